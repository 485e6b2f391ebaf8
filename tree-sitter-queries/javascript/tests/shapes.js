// Every other way to name, bind, load and use a thing.
export * as geometry from "./geometry.js";
//                         ^^^^^^^^^^^^^ import ./geometry.js as geometry
import {} from "./nothing.js";
const parse = require("./parse").default;
//    ^^^^^ !definition
//                               ^^^^^^^ import ./parse.default as parse
const client = await import("./client.js");
//                           ^^^^^^^^^^^ import ./client.js as client
require("./register");
// <- !reference
//       ^^^^^^^^^^ import ./register
import("./late.js").then(start);
//      ^^^^^^^^^ import ./late.js

/* Turns them. */
export function* pages(list) { yield* list; }
//               ^^^^^ definition.function pages
//               ^^^^^ doc Turns them
//               ^^^^^ signature function* pages(list)
//                                    ^^^^ !reference
export const first = (x) => x, second = function () { return TWO; };
//           ^^^^^ signature export const first = (x) =>
//                             ^^^^^^ definition.function second
//                                                           ^^^ reference.read in second
export let total = 0, spare;
//         ^^^^^ definition.variable total
//         ^^^^^ signature export let total = 0
//                    ^^^^^ definition.variable spare
export const [left, right] = sides, { width } = box;
//            ^^^^ definition.variable left
//            ^^^^ signature export const [left, right] = sides
//                                    ^^^^^ definition.variable width
//                                              ^^^ reference.read in width
export const Card = memo((props) => null), Row = React.forwardRef(function Row() {});
//           ^^^^ definition.function Card
//           ^^^^ signature export const Card = memo((props) =>
//                                         ^^^ definition.function Row
//                                                                         ^^^ !definition
export const Cat = class { purr() {} }, Dog = class {};
//           ^^^ definition.class Cat
//           ^^^ signature export const Cat = class
//                         ^^^^ definition.method Cat.purr
//                                      ^^^ definition.class Dog
export { total as sum };
//       ^^^^^ reference.read
//                ^^^ !reference
export default class { run() {} }
//     ^^^^^^^ definition.class default
//                     ^^^ definition.method default.run

const List = observer(() => null), Item = observer(() => ONE);
//    ^^^^ definition.function List
//    ^^^^ signature const List = observer(() =>
//                                 ^^^^ definition.function Item
const Lion = class Inner {}, Puma = class {};
//    ^^^^ definition.class Lion
//    ^^^^ signature const Lion = class Inner
//                 ^^^^^ !definition
//                           ^^^^ definition.class Puma
var Bear = class {}, Wolf = class {};
//  ^^^^ definition.class Bear
//  ^^^^ signature var Bear = class
//                   ^^^^ definition.class Wolf
const icon = <Icon />, page = <main>{icon}</main>, note = <Note />;
//    ^^^^ definition.constant icon
//    ^^^^ signature const icon = <Icon />
//                     ^^^^ definition.constant page
//                                                 ^^^^ definition.constant note
const LIMIT = 3, NEXT = 4;
//    ^^^^^ signature const LIMIT = 3
//               ^^^^ definition.constant NEXT
let open = false, closed;
//  ^^^^ signature let open = false
//                ^^^^^^ definition.variable closed
let waiting, done;
//  ^^^^^^^ definition.variable waiting
//  ^^^^^^^ signature let waiting
//           ^^^^ definition.variable done
const { one, two: three } = numbers, [four] = more;
//      ^^^ definition.variable one
//      ^^^ signature const { one, two: three } = numbers
//                ^^^^^ definition.variable three
//                                    ^^^^ definition.variable four

module.exports = class { stop() {} };
//     ^^^^^^^ definition.class exports
module.exports = { open };
//     ^^^^^^^ !definition
//     ^^^^^^^ !reference
Object.assign(Shape.prototype, { turn() {} });
//                               ^^^^ definition.method Shape.turn
shapes.Square = class {};
//     ^^^^^^ definition.class shapes.Square
resize = function scale(by) { return by; };
// <- definition.function resize
//                ^^^^^ !definition
Hexagon = class {};
// <- definition.class Hexagon
const rules = { min: (x) => x, "no-max": function () {}, Rule: class {} };
//              ^^^ definition.function rules.min
//                              ^^^^^^ definition.function rules.no-max
//                                                       ^^^^ definition.class rules.Rule
register({ key: () => 1, "on end": function () {}, later: function named() {} });
//         ^^^ !definition
//                        ^^^^^^ definition.function on end
//                                                 ^^^^^ definition.function later
//                                                                 ^^^^^ !definition
schedule(function tick() { tick(); }, function* beat() {}, class Pulse {});
//                ^^^^ definition.function tick
//                                              ^^^^ definition.function beat
//                                                               ^^^^^ definition.class Pulse

@sealed
// <- chunk.start Registry
//^^^^^ reference.macro in Registry
@store.bound
//     ^^^^^ reference.macro in Registry on store
@store.named("x")
//     ^^^^^ reference.macro in Registry on store
class Registry extends events.Emitter {
//    ^^^^^^^^ definition.class Registry
//                            ^^^^^^^ reference.implements in Registry on events
  fill(...items) {
//^^^^ definition.method Registry.fill
    const local = new db.Pool(items);
//                       ^^^^ reference.call in Registry.fill on db
//                            ^^^^^ !reference
    for (const item in items) use(local, item);
//                                ^^^^^ !reference
//                                       ^^^^ !reference
    try { items.map(it => it); } catch (error) { report(error); }
//                        ^^ !reference
//                                                      ^^^^^ !reference
    const [head, ...tail] = items, { a: alias, b = 1 } = head, set = (c = b, { d = c }) => c + d;
//                                                                                          ^ !reference
//                                                                                              ^ !reference
    return [head, tail, alias, b, arguments];
//          ^^^^ !reference
//                ^^^^ !reference
//                      ^^^^^ !reference
//                             ^ !reference
//                                ^^^^^^^^^ !reference
  }
}
Registry.prototype.close = function close() {};
// <- reference.read in Registry.close
//       ^^^^^^^^^ !reference
//                                  ^^^^^ !definition

test.describe("groups", () => {
//             ^^^^^^ definition.section groups
});
describe.skip("skipped", () => {});
//             ^^^^^^^ definition.section skipped
describe.each([1])("each", () => {});
//                  ^^^^ definition.section each
it("keeps `marks` inside", () => {});
//  ^^^^^^^^^^^^^^^^^^^^ definition.function keeps `marks` inside
