// Components, hooks and tests.
import { forwardRef } from "react";
import { Theme } from "./theme";

/** A button that waits. */
export const SlowWidget = forwardRef(function SlowWidget({ label, onPress }, ref) {
//           ^^^^^^^^^^ definition.function SlowWidget
//           ^^^^^^^^^^ doc that waits
//                                            ^^^^^^^^^^ !definition
  const handlePress = () => onPress(label);
//      ^^^^^^^^^^^ definition.function SlowWidget.handlePress
//                                  ^^^^^ !reference
  return (
    <Theme.Provider value={palette}>
//         ^^^^^^^^ reference.call in SlowWidget on Theme
//                         ^^^^^^^ reference.read in SlowWidget
      <Spinner {...ref} />
//     ^^^^^^^ reference.call in SlowWidget
      <button onClick={handlePress}>{label}</button>
//     ^^^^^^ !reference
//                     ^^^^^^^^^^^ reference.read in SlowWidget
    </Theme.Provider>
  );
});

describe("SlowWidget", () => {
//        ^^^^^^^^^^ definition.section SlowWidget
//        ^^^^^^^^^^ test
  it("calls onPress once", async () => {
//    ^^^^^^^^^^^^^^^^^^ definition.function SlowWidget.calls onPress once
//    ^^^^^^^^^^^^^^^^^^ test
    expect(press(<SlowWidget />)).toBe(1);
//         ^^^^^ reference.call in SlowWidget.calls onPress once
  });
  it.each([1, 2])(`waits %i seconds`, (seconds) => {});
//                 ^^^^^^^^^^^^^^^^ definition.function SlowWidget.waits %i seconds
});
test.skip("renders", () => {});
//         ^^^^^^^ test
regex.test("not a test", flags);
//          ^^^^^^^^^^ !definition
const shape = <svg:path><Icon.Small></Icon.Small></svg:path>;
//                       ^^^^ reference.read in shape
//                                    ^^^^ !reference
