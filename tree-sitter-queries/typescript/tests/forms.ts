// Each declaration bare, exported, declared, and both; its comment belongs to it in each.
// About N1x.
interface N1x {}
//        ^^^ definition.interface N1x
//        ^^^ doc About N1x
// About N2x.
export interface N2x {}
//               ^^^ definition.interface N2x
//               ^^^ doc About N2x
// About N3x.
declare interface N3x {}
//                ^^^ definition.interface N3x
//                ^^^ doc About N3x
// About N4x.
export declare interface N4x {}
//                       ^^^ definition.interface N4x
//                       ^^^ doc About N4x
// About N5x.
type N5x = string
//   ^^^ definition.type N5x
//   ^^^ doc About N5x
// About N6x.
export type N6x = string
//          ^^^ definition.type N6x
//          ^^^ doc About N6x
// About N7x.
declare type N7x = string
//           ^^^ definition.type N7x
//           ^^^ doc About N7x
// About N8x.
export declare type N8x = string
//                  ^^^ definition.type N8x
//                  ^^^ doc About N8x
// About N9x.
enum N9x {}
//   ^^^ definition.enum N9x
//   ^^^ doc About N9x
// About N10x.
export enum N10x {}
//          ^^^^ definition.enum N10x
//          ^^^^ doc About N10x
// About N11x.
declare enum N11x {}
//           ^^^^ definition.enum N11x
//           ^^^^ doc About N11x
// About N12x.
export declare enum N12x {}
//                  ^^^^ definition.enum N12x
//                  ^^^^ doc About N12x
// About N13x.
namespace N13x {}
//        ^^^^ definition.namespace N13x
//        ^^^^ doc About N13x
// About N14x.
export namespace N14x {}
//               ^^^^ definition.namespace N14x
//               ^^^^ doc About N14x
// About N15x.
declare namespace N15x {}
//                ^^^^ definition.namespace N15x
//                ^^^^ doc About N15x
// About N16x.
export declare namespace N16x {}
//                       ^^^^ definition.namespace N16x
//                       ^^^^ doc About N16x
// About N17x.
class N17x {}
//    ^^^^ definition.class N17x
//    ^^^^ doc About N17x
// About N18x.
export class N18x {}
//           ^^^^ definition.class N18x
//           ^^^^ doc About N18x
// About N19x.
declare class N19x {}
//            ^^^^ definition.class N19x
//            ^^^^ doc About N19x
// About N20x.
export declare class N20x {}
//                   ^^^^ definition.class N20x
//                   ^^^^ doc About N20x
// About N21x.
abstract class N21x {}
//             ^^^^ definition.class N21x
//             ^^^^ doc About N21x
// About N22x.
export abstract class N22x {}
//                    ^^^^ definition.class N22x
//                    ^^^^ doc About N22x
// About N23x.
declare abstract class N23x {}
//                     ^^^^ definition.class N23x
//                     ^^^^ doc About N23x
// About N24x.
export declare abstract class N24x {}
//                            ^^^^ definition.class N24x
//                            ^^^^ doc About N24x
// About N25x.
function N25x(): void
//       ^^^^ definition.function N25x
//       ^^^^ doc About N25x
// About N26x.
export function N26x(): void
//              ^^^^ definition.function N26x
//              ^^^^ doc About N26x
// About N27x.
declare function N27x(): void
//               ^^^^ definition.function N27x
//               ^^^^ doc About N27x
// About N28x.
export declare function N28x(): void
//                      ^^^^ definition.function N28x
//                      ^^^^ doc About N28x
