#!/usr/bin/env node
// Classes, prototypes, objects and the functions that are assigned to names.

/**
// <- chunk.start LruCache
 * A map that forgets what was used least.
 */
export class LruCache extends Map {
//           ^^^^^^^^ definition.class LruCache
//           ^^^^^^^^ doc forgets what
//           ^^^^^^^^ signature class LruCache extends Map
//                            ^^^ reference.implements in LruCache
  static #instances = 0;
//       ^^^^^^^^^^ definition.field LruCache.#instances
  limit = DEFAULT_LIMIT;
//^^^^^ definition.field LruCache.limit
//        ^^^^^^^^^^^^^ reference.read in LruCache

  constructor(limit) {
//^^^^^^^^^^^ definition.constructor LruCache.constructor
    super();
    LruCache.#instances += 1;
//           ^^^^^^^^^^ reference.read in LruCache.constructor on LruCache
  }

  // Reads and freshens.
  get(key, { touch = true, ...rest } = {}) {
//^^^ definition.method LruCache.get
//^^^ doc freshens
//^^^ signature get(key, { touch = true, ...rest } = {})
    for (const [name, value] of this.entries()) {
//                                   ^^^^^^^ reference.call in LruCache.get on this
      if (touch && name === key) return rest.wrap?.(value) ?? value;
//        ^^^^^ !reference
//                                           ^^^^ reference.call in LruCache.get on rest
    }
    return missing(key);
//         ^^^^^^^ reference.call in LruCache.get
  }
// <- chunk.end LruCache.get

  onEvict = (key) => this.emit("evict", key);
//^^^^^^^ definition.method LruCache.onEvict
//                        ^^^^ reference.call in LruCache.onEvict on this
  get size() { return this.count; }
//    ^^^^ definition.method LruCache.size
  async *[Symbol.asyncIterator]() { yield* this.pages; }
//       ^^^^^^^^^^^^^^^^^^^^^^ definition.method LruCache.[Symbol.asyncIterator]
  #reset() {}
//^^^^^^ definition.method LruCache.#reset
  "quoted name"() {}
// ^^^^^^^^^^^ definition.method LruCache.quoted name
}

// Adds with a carry.
const add = (left, right = CARRY) => left + right;
//    ^^^ definition.function add
//    ^^^ doc with a carry
//    ^^^ signature const add = (left, right = CARRY) =>
//                         ^^^^^ reference.read in add
//                                   ^^^^ !reference

var walk = function visit(node) { return node ? visit(node.next) : null; };
//  ^^^^ definition.function walk
//                  ^^^^^ !definition

function Shape() { this.scale = function (by) { return by * this.width; }; }
//       ^^^^^ definition.function Shape
//                      ^^^^^ definition.function Shape.scale
Shape.prototype.area = function () { return compute(this); };
//              ^^^^ definition.method Shape.area
//                                          ^^^^^^^ reference.call in Shape.area
Shape.create = () => new Shape();
//    ^^^^^^ definition.method Shape.create
Circle.prototype = {
// <- definition.impl Circle
  radius: function () { return 1; },
//^^^^^^ definition.method Circle.radius
  grow() {}
//^^^^ definition.method Circle.grow
};
const { first, second } = split(Shape);
//      ^^^^^ definition.variable first

const handlers = {
//    ^^^^^^^^ definition.constant handlers
  open(event) { start(event.target); },
//^^^^ definition.function handlers.open
//                          ^^^^^^ reference.read in handlers.open on event
  "close-all": async () => stop(),
// ^^^^^^^^^ definition.function handlers.close-all
  limits: { add, MAX: 3 },
//          ^^^ reference.read in handlers
//               ^^^ !reference
};

function* ids() { outer: while (true) { const next = () => 1; yield next(); break outer; } }
//        ^^^ definition.function ids
//                                            ^^^^ definition.function ids.next
//                                                                  ^^^^ reference.call in ids

Shape.prototype.paint = Shape.prototype.draw = function () { fill(this); };
//              ^^^^^ definition.method Shape.paint
//                                      ^^^^ definition.method Shape.draw
//                                                           ^^^^ reference.call in Shape.draw
var cache = {}, lookup = function (key) { return fetchFrom(cache, key); }, last = lookup;
//  ^^^^^ definition.variable cache
//  ^^^^^ signature var cache = {}
//              ^^^^^^ definition.function lookup
//                                               ^^^^^^^^^ reference.call in lookup
//                                                                         ^^^^ definition.variable last
//                                                                                ^^^^^^ reference.read in last
library.fn.extend({
  hide() { return this.css("display", "none"); },
//^^^^ definition.method library.fn.hide
//                     ^^^ reference.call in library.fn.hide on this
});
const messages = { 20(other) { return `not ${other}`; } };
//                 ^^ !definition
library.event = {
//      ^^^^^ definition.namespace library.event
  add: function (elem) { return elem; },
//^^^ definition.function library.event.add
};
library.limits = { most: 3 };
//      ^^^^^^ !definition
