// How a file loads and offers things in either module system.
import React, { useState as useLocal, memo } from "react";
//     ^^^^^ !reference
//              ^^^^^^^^ import react.useState as useLocal
//                                    ^^^^ import react.memo
import * as files from "node:fs";
//                      ^^^^^^^ import node:fs as files
import defaults from "./defaults.js";
//                    ^^^^^^^^^^^^^ import ./defaults.js as defaults
import "./polyfill";
//      ^^^^^^^^^^ import ./polyfill
export * from "./shapes.js";
//     ^ import ./shapes.js.* as *
export { parse as read } from "./parse.js";
//       ^^^^^ import ./parse.js.parse as read
const path = require("path");
//    ^^^^ !definition
//                    ^^^^ import path
const { join, dirname: parent } = require("node:path");
//      ^^^^ import node:path.join as join
//            ^^^^^^^ import node:path.dirname as parent
const debug = require("debug")("app:modules");
//    ^^^^^ definition.constant debug

/** How many times a request is sent again. */
export const MAX_RETRIES = 3, DELAY = 50;
//           ^^^^^^^^^^^ definition.constant MAX_RETRIES
//           ^^^^^^^^^^^ doc sent again
//                            ^^^^^ definition.constant DELAY
export const { host, port: number } = defaults.listen;
//             ^^^^ definition.variable host
//                         ^^^^^^ definition.variable number
let lastError;
//  ^^^^^^^^^ definition.variable lastError

export default async function (url) {
//     ^^^^^^^ definition.function default
  const { fetchWith } = await import("./client.js");
//        ^^^^^^^^^ import ./client.js.fetchWith as fetchWith
  return fetchWith(join(url, path.sep), MAX_RETRIES);
//       ^^^^^^^^^ reference.call in default
//                      ^^^ !reference
//                                ^^^ reference.read in default on path
//                                      ^^^^^^^^^^^ reference.read in default
}

exports.slugify = function (title) {
//      ^^^^^^^ definition.function slugify
  return title.toLowerCase();
//             ^^^^^^^^^^^ reference.call in slugify on title
};
module.exports.Queue = class {
//             ^^^^^ definition.class Queue
  push(job) {
//^^^^ definition.method Queue.push
    this.jobs.push(job);
//            ^^^^ reference.call in Queue.push on this.jobs
  }
};
module.exports = (options) => new Queue(options);
//     ^^^^^^^ definition.function exports
//                                ^^^^^ reference.call in exports
