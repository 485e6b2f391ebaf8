package org.acme.paint

/** What can be told from light. */
enum Color(val rgb: Int):
//   ^^^^^ definition.enum Color
//   ^^^^^ doc told from light
  case Red extends Color(1)
  //   ^^^ definition.member Color.Red
  //               ^^^^^ reference.implements in Color
  case Green, Blue
  //   ^^^^^ definition.member Color.Green
  //          ^^^^ definition.member Color.Blue

given intOrder: Ord[Int] with
//    ^^^^^^^^ definition.constant intOrder
  def compare(a: Int, b: Int) = a - b

given Show[String] = Show.plain
//    ^^^^ definition.constant Show

extension (text: String)
  def shout: String = text.toUpperCase
  //  ^^^^^ definition.method String.shout
  def twice(times: Int): String = text * times
  //  ^^^^^ definition.method String.twice

extension [T](xs: List[T]) def second: T = xs(1)
//                             ^^^^^^ definition.method List.second

opaque type Id = Int
//          ^^ definition.type Id

def top(depth: Int): Int =
//  ^^^ definition.function top
  val local = visit(depth)
  //  ^^^^^ !definition
  //          ^^^^^ reference.call in top
  //                ^^^^^ !reference
  local + 1

val limit = 3
//  ^^^^^ definition.field limit
