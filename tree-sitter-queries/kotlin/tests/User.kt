package org.acme.store

import kotlin.math.max
//     ^^^^^^ import kotlin.math.max
import org.acme.Base as Root
//     ^^^ import org.acme.Base as Root
import org.acme.keys.*
//                   ^ import org.acme.keys.*

/** Largest page. */
const val LIMIT = 4096
//        ^^^^^ definition.constant LIMIT
//        ^^^^^ doc Largest page

typealias Reader<T> = (String) -> T
//        ^^^^^^ definition.type Reader

/** A user of the store. */
@Serializable
data class User(val id: Int, var name: String = "x", plain: Int) : Root<Int>(id), Named {
//         ^^^^ definition.class User
//         ^^^^ doc A user of
//                  ^^ definition.property User.id
//                               ^^^^ definition.property User.name
//                                                   ^^^^^ !definition
//                                                                 ^^^^ reference.implements in User
//                                                                                ^^^^^ reference.implements in User
    companion object {
        const val MAX = 3
        //        ^^^ definition.constant User.MAX
        fun create(): User = User(1, "", 2)
        //  ^^^^^^ definition.method User.create
        //                   ^^^^ reference.call in User.create
    }

    /** Made of a text. */
    constructor(text: String) : this(1, text, 2) {
    // <- definition.constructor User.constructor
    // <- doc Made of a text
        announce()
        // <- reference.call in User.constructor
    }

    lateinit var tags: List<String>
    //           ^^^^ definition.property User.tags
    val size: Int
    //  ^^^^ definition.property User.size
        get() = tags.size

    inner class Cursor
    //          ^^^^^^ definition.class User.Cursor

    object Factory : Maker()
    //     ^^^^^^^ definition.class User.Factory
    //               ^^^^^ reference.implements in User.Factory
}

sealed interface Shape {
//               ^^^^^ definition.interface Shape
//               ^^^^^ signature sealed interface Shape
    fun area(scale: Int): Double
    //  ^^^^ definition.method Shape.area
}

enum class Color(val rgb: Int) {
//         ^^^^^ definition.enum Color
    RED(1),
    // <- definition.member Color.RED
    GREEN(2);

    fun mix(): Color = RED
    //  ^^^ definition.method Color.mix
    //                 ^^^ reference.read in Color.mix
}

// Louder.
fun String.shout(times: Int): String = uppercase().repeat(times)
//         ^^^^^ definition.method String.shout
//         ^^^^^ signature fun String.shout(times: Int): String
//         ^^^^^ doc Louder
//                                                 ^^^^^^ reference.call in String.shout
//                                                        ^^^^^ !reference

fun <T> List<T>?.second(): T? = this?.get(1)
//               ^^^^^^ definition.method List.second

val String.ending: Char
//         ^^^^^^ definition.property String.ending
    get() = this[length - 1]

fun main() {
//  ^^^^ definition.function main
    val (first, rest) = split(LIMIT)
    //   ^^^^^ !definition
    //                  ^^^^^ reference.call in main
    //                        ^^^^^ reference.read in main
    for (i in 0..3) {
        visit(i, first)
        // <- reference.call in main
        //       ^^^^^ !reference
    }
    rest.map { entry -> entry.name }.forEach(::println)
    //   ^^^ reference.call in main on rest
    //                        ^^^^ reference.read in main on entry
    val local = object : Runnable {
    //                   ^^^^^^^^ reference.implements in main
        override fun run() {}
    }
    when (local) {
        is User -> User.create().announce(depth = 2)
        // ^^^^ reference.type in main
        //              ^^^^^^ reference.call in main on User
        //                                ^^^^^ !reference
    }
}

class UserTest {
//    ^^^^^^^^ test
    @Test
    fun `keeps the name`() {
    //  ^^^^^^ test
    }
}

class Page(val next: Page? = null, var last: Boolean = true, private val size: Int = LIMIT)
//             ^^^^ definition.property Page.next
//                           ^^^^ !definition
//                                     ^^^^ definition.property Page.last
//                                                     ^^^^ !definition
//                                                                       ^^^^ definition.property Page.size
//                                                                                   ^^^^^ reference.read in Page

@Target(AnnotationTarget.CLASS)
annotation class Stored
//               ^^^^^^ definition.class Stored

sealed interface Reply { data class Found(val page: Page) : Reply ; object Missing : Reply }
//               ^^^^^ definition.interface Reply
//                                  ^^^^^ definition.class Reply.Found
//                                            ^^^^ definition.property Reply.Found.page
//                                                                         ^^^^^^^ definition.class Reply.Missing

class Counter { companion object { fun start() = Counter() } }
//    ^^^^^^^ definition.class Counter
//                                     ^^^^^ definition.method Counter.start

fun last() = "${"}"} { }"
//  ^^^^ definition.function last
