// A service with most of what TypeScript adds.
import type { Store, Entry as Row } from "./store";
//            ^^^^^ import ./store.Store
//                   ^^^^^ import ./store.Entry as Row
import { type Logger } from "../log";
//            ^^^^^^ import ../log.Logger
import assert = require("node:assert");
//                       ^^^^^^^^^^^ import node:assert as assert
import Options = Settings.Http.Options;
//               ^^^^^^^^^^^^^^^^^^^^^ import Settings.Http.Options as Options

/** What every record has. */
export interface Entity<Id = string> extends Base, Comparable<Id> {
//               ^^^^^^ definition.interface Entity
//               ^^^^^^ doc every record
//               ^^^^^^ signature interface Entity<Id = string> extends Base, Comparable<Id>
//                                           ^^^^ reference.implements in Entity
//                                                 ^^^^^^^^^^ reference.implements in Entity
//                                                            ^^ !reference
  readonly id: Id;
//         ^^ definition.field Entity.id
  rename(to: Label): void;
//^^^^^^ definition.method Entity.rename
//           ^^^^^ reference.type in Entity.rename
}

export type Mapped<T> = { [K in keyof T]: Wrapper<T[K]> };
//          ^^^^^^ definition.type Mapped
//                                        ^^^^^^^ reference.type in Mapped
//                                                  ^ !reference
type Options2 = { retries: number; "keep-alive": boolean };
//                ^^^^^^^ definition.field Options2.retries
//                                  ^^^^^^^^^^ definition.field Options2.keep-alive
export const enum Level { Low, High = 10, "very high" }
//                ^^^^^ definition.enum Level
//                        ^^^ definition.member Level.Low
//                             ^^^^ definition.member Level.High
//                                         ^^^^^^^^^ definition.member Level.very high

/** Pads on the left. */
// <- chunk.start pad
export function pad(text: string): string;
//              ^^^ definition.function pad
//              ^^^ doc on the left
export function pad(count: number): number;
//              ^^^ !definition
export function pad(value: any): any {
//              ^^^ !definition
  return value as Padded;
//       ^^^^^ !reference
//                ^^^^^^ reference.type in pad
}
// <- chunk.end pad

@Injectable({ scope: "request" })
// <- chunk.start Repository
// ^^^^^^^^ reference.macro in Repository
export abstract class Repository<T extends Entity> extends Emitter<T> implements Store<T>, db.Closable {
//                    ^^^^^^^^^^ definition.class Repository
//                                         ^^^^^^ reference.type in Repository
//                                                         ^^^^^^^ reference.implements in Repository
//                                                                               ^^^^^ reference.implements in Repository
//                                                                                            ^^^^^^^^ reference.implements in Repository on db
  private readonly rows = new Map<string, T>();
//                 ^^^^ definition.field Repository.rows
//                            ^^^ reference.call in Repository

  constructor(private readonly logger: Logger, size: number) {
//^^^^^^^^^^^ definition.constructor Repository.constructor
//                             ^^^^^^ definition.field
//                                     ^^^^^^ reference.type in Repository
    super(size);
//        ^^^^ !reference
  }

  protected abstract key(of: T): string;
//                   ^^^ definition.method Repository.key

  find(id: string): T | undefined;
//^^^^ definition.method Repository.find
  find(id: string, fallback?: T): T {
//^^^^ !definition
    const found = this.rows.get(id)!;
//                          ^^^ reference.call in Repository.find on this.rows
    return (found ?? fallback) satisfies T;
//                   ^^^^^^^^ !reference
  }

  @Memoize()
// <- chunk.start Repository.size
// ^^^^^^^ reference.macro
  get size(): number { return count<T>(this.rows); }
//    ^^^^ definition.method Repository.size
//                            ^^^^^ reference.call in Repository.size
  handle = async (event: Event): Promise<void> => { await this.find(event.id); };
//^^^^^^ definition.method Repository.handle
}

const isRow = (value: unknown): value is Row => typeof value === "object";
//    ^^^^^ definition.function isRow
//                                       ^^^ reference.type in isRow
const defaults = { retries: 3 } satisfies Options2;
//    ^^^^^^^^ definition.constant defaults
//                                        ^^^^^^^^ reference.type in defaults
export const LEVELS = ["low"] as const;
//           ^^^^^^ definition.constant LEVELS

test("finds", () => { assert(pad(1)); });
//    ^^^^^ test
