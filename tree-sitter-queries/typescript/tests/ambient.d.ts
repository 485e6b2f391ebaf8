// Declarations without bodies.
declare module "left-pad" {
//              ^^^^^^^^ definition.module left-pad
  export function leftPad(text: string, width: number): string;
//                ^^^^^^^ definition.function left-pad.leftPad
  const version: string;
//      ^^^^^^^ definition.constant left-pad.version
}
declare namespace Express.Core {
//                        ^^^^ definition.namespace Express.Core
  interface Request { user?: User }
//          ^^^^^^^ definition.interface Express.Core.Request
//                    ^^^^ definition.field Express.Core.Request.user
//                           ^^^^ reference.type in Express.Core.Request
}
declare global {
  var registry: Registry;
//    ^^^^^^^^ definition.variable global.registry
}
/** Made while building. */
export declare const BUILD: string;
//                   ^^^^^ definition.constant BUILD
//                   ^^^^^ doc while building
export declare class Socket extends net.Duplex {
//                   ^^^^^^ definition.class Socket
//                                      ^^^^^^ reference.implements in Socket on net
  on(event: "open"): this;
//^^ definition.method Socket.on
  on(event: "close", code: number): this;
//^^ !definition
}
declare function setTimer(ms: number): Timer;
//               ^^^^^^^^ definition.function setTimer
//                                     ^^^^^ reference.type in setTimer
