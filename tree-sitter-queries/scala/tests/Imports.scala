package shop

import shop.model.{Cart, Order => Purchase, Line as Item, _}
//                 ^^^^ import shop.model.Cart
//                       ^^^^^ import shop.model.Order as Purchase
//                                          ^^^^ import shop.model.Line as Item
//                                                        ^ import shop.model.*
import scala.collection.mutable, shop.tax.Rate
//                      ^^^^^^^ import scala.collection.mutable
//                                        ^^^^ import shop.tax.Rate
import shop.syntax.given
//                 ^^^^^ import shop.syntax.*

object Till
