package org.acme.store

/** A user of the store. */
case class User(id: Int, name: String = "x") extends Base(id) with Named[Int] {
//         ^^^^ definition.class User
//         ^^^^ doc A user of the store
//         ^^^^ signature case class User(id: Int, name: String = "x") extends Base(id) with Named[Int]
//              ^^ definition.field User.id
//                       ^^^^ definition.field User.name
//                                                   ^^^^ reference.implements in User
//                                                                 ^^^^^ reference.implements in User
  val tags: List[String] = Nil
  //  ^^^^ definition.field User.tags
  //        ^^^^ reference.type in User
  var hits = 1
  //  ^^^^ definition.field User.hits
  lazy val (first, rest) = split(tags)
  //        ^^^^^ definition.field User.first
  type Key = Int
  //   ^^^ definition.type User.Key

  // Reads one.
  def fetch[A](key: A)(implicit order: Ord[A]): Int = {
  //  ^^^^^ definition.method User.fetch
  //  ^^^^^ doc Reads one
  //  ^^^^^ signature def fetch[A](key: A)(implicit order: Ord[A]): Int
    val local = load(key).entry.size(1)
    //  ^^^^^ !definition
    //          ^^^^ reference.call in User.fetch
    //                          ^^^^ reference.call in User.fetch
    //               ^^^ !reference
    tags.map(tag => tag.trim)
    //   ^^^ reference.call in User.fetch on tags
    new Cursor(local)
    //  ^^^^^^ reference.call in User.fetch
    local match {
      case Some(value) => value
      //   ^^^^ reference.type in User.fetch
      //                  ^^^^^ !reference
      case other: User => other.id
      //          ^^^^ reference.type in User.fetch
    }
  }

  override def toString = s"hello $name"
  //           ^^^^^^^^ definition.method User.toString
}

object User {
//     ^^^^ definition.class User
  val Limit = 3
  //  ^^^^^ definition.constant User.Limit
  def apply(): User = new User(1)
  //  ^^^^^ definition.method User.apply
}

trait Shape[F[_]] { self: Closable =>
//    ^^^^^ definition.trait Shape
  def area(scale: Int): F[Int]
  //  ^^^^ definition.method Shape.area
}

object Syntax {
  implicit class RichText(val text: String) extends AnyVal {
  //             ^^^^^^^^ definition.class Syntax.RichText
  //                                                ^^^^^^ reference.implements in Syntax.RichText
    def loud: String = text.toUpperCase
    //  ^^^^ definition.method Syntax.RichText.loud
  }
}

class UserSuite extends AnyFunSuite {
//    ^^^^^^^^^ test
  test("keeps the name") { assert(User().name == "x") }
  //                       ^^^^^^ reference.call in UserSuite
}
