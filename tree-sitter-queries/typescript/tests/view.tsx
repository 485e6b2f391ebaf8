// The grammar with elements.
import { useState, type FC } from "react";

type Props = { title: string };

/** Shows a title. */
export const Panel: FC<Props> = ({ title }) => {
//           ^^^^^ definition.function Panel
//           ^^^^^ doc a title
//                  ^^ reference.type in Panel
//                     ^^^^^ reference.type in Panel
  const [open, setOpen] = useState<boolean>(false);
//                        ^^^^^^^^ reference.call in Panel
  return <Card<Props> title={title} onClick={() => setOpen(!open)}><Icon /></Card>;
//        ^^^^ reference.call in Panel
//                           ^^^^^ !reference
//                                                                  ^^^^ reference.call in Panel
};
