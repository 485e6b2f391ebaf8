import Foundation
//     ^^^^^^^^^^ import Foundation as Foundation
@testable import GardenKit
//               ^^^^^^^^^ import GardenKit
import struct Botany.Leaf
//            ^^^^^^^^^^^ import Botany.Leaf as Leaf

/// A bed of plants.
//<- chunk.start Bed
@objc public final class Bed<T: Plant>: Plot, Waterable, Soil.Holder {
//                       ^^^ definition.class Bed
//                       ^^^ doc A bed of plants.
//^^^ reference.macro in Bed
//                              ^^^^^ reference.type in Bed
//                                      ^^^^ reference.implements in Bed
//                                            ^^^^^^^^^ reference.implements in Bed
//                                                            ^^^^^^ reference.implements in Bed on Soil
    static let shared = Bed()
//             ^^^^^^ definition.property Bed.shared
//                      ^^^ reference.call in Bed
    private(set) var name: String = "bed", row: Int
//                   ^^^^ definition.property Bed.name
//                         ^^^^^^ reference.type in Bed
//                                         ^^^ definition.property Bed.row
    lazy var plants: [T] = { return [] }()
//           ^^^^^^ definition.property Bed.plants
    var count: Int { plants.count }
//      ^^^^^ definition.property Bed.count
//      ^^^^^ signature var count: Int
//                   ^^^^^^ reference.read
//                          ^^^^^ reference.read on plants
    @Published var depth: Int = 0 { didSet { report(depth) } }
//   ^^^^^^^^^ reference.macro
//                 ^^^^^ definition.property Bed.depth
//                                           ^^^^^^ reference.call

    init(name: String) { self.name = name; super.init() }
//  ^^^^ definition.constructor Bed.init
//  ^^^^ signature init(name: String)
//                                         ^^^^^ !reference
//                                               ^^^^ reference.call in Bed.init on super
    convenience init?(row: Int) { self.init(name: "") }
//              ^^^^ definition.constructor Bed.init
    deinit { close() }
//  ^^^^^^ definition.method Bed.deinit
//           ^^^^^ reference.call in Bed.deinit

    /// Waters every plant.
    func water(with can: Can, _ litres: Int = 1) async throws -> Int {
//       ^^^^^ definition.method Bed.water
//       ^^^^^ doc Waters every plant.
//       ^^^^^ signature func water(with can: Can, _ litres: Int = 1) async throws -> Int
//                       ^^^ reference.type in Bed.water
        let share = litres / count
//          ^^^^^ !definition
//                  ^^^^^^ !reference
        guard let first = plants.first else { return 0 }
        for plant in plants { plant.drink(share, from: can) }
//                            ^^^^^ !reference
//                                  ^^^^^ reference.call in Bed.water on plant
//                                               ^^^^ !reference
        switch first.state {
        case .dry(let days): return days
//                                  ^^^^ !reference
        default: break
        }
        return Gauge<Int>(first).read()
//             ^^^^^ reference.call in Bed.water
//                        ^^^^^ !reference
//                               ^^^^ reference.call in Bed.water
    }

    static func == (left: Bed, right: Bed) -> Bool { left.row == right.row }
//              ^^ definition.method Bed.==
    subscript(index: Int) -> T { plants[index] }
//  ^^^^^^^^^ definition.method Bed.subscript
//  ^^^^^^^^^ signature subscript(index: Int) -> T

    enum State: String, CaseIterable {
//       ^^^^^ definition.enum Bed.State
        case wet, dry = "d"
//           ^^^ definition.member Bed.State.wet
//                ^^^ definition.member Bed.State.dry
        case `default`
//           ^^^^^^^^^ !definition
//            ^^^^^^^ definition.member Bed.State.default
        case frozen(days: Int)
//           ^^^^^^ definition.member Bed.State.frozen
    }
    typealias Row = Int
//            ^^^ definition.type Bed.Row
}

protocol Waterable: AnyObject {
//       ^^^^^^^^^ definition.interface Waterable
//                  ^^^^^^^^^ reference.implements in Waterable
    associatedtype Water
//                 ^^^^^ definition.type Waterable.Water
    var level: Int { get }
//      ^^^^^ definition.property Waterable.level
    func fill(_ water: Water) -> Int
//       ^^^^ definition.method Waterable.fill
}

struct Leaf { var size: Int }
//     ^^^^ definition.struct Leaf
//                ^^^^ definition.property Leaf.size

extension Bed: CustomStringConvertible {
//        ^^^ definition.impl Bed
//        ^^^ reference.type in Bed
//             ^^^^^^^^^^^^^^^^^^^^^^^ reference.implements in Bed
    var description: String { name }
//      ^^^^^^^^^^^ definition.property Bed.description
    func weed() {}
//       ^^^^ definition.method Bed.weed
}

actor Tank { func drain() {} }
//    ^^^^ definition.class Tank
//                ^^^^^ definition.method Tank.drain

/* Grows anything. */
func grow<T>(_ seed: T) -> T {
//   ^^^^ definition.function grow
//   ^^^^ doc Grows anything.
//                   ^ !reference
    let tool = seed
    return Bed.shared.rows.map { cut($0, tool) } as! T
//         ^^^ reference.type in grow
//             ^^^^^^ reference.read in grow on Bed
//                         ^^^ reference.call in grow on Bed.shared.rows
//                               ^^^ reference.call in grow
//                                       ^^^^ !reference
}

let maxBeds = 12
//  ^^^^^^^ definition.constant maxBeds
var openBeds: Int { 2 }
//  ^^^^^^^^ definition.variable openBeds
infix operator +++: AdditionPrecedence
//             ^^^ definition.function +++

final class BedTests: XCTestCase {
//          ^^^^^^^^ test
    func testWater() { XCTAssertEqual(1, 1) }
//       ^^^^^^^^^ definition.method BedTests.testWater
//       ^^^^^^^^^ test
//                     ^^^^^^^^^^^^^^ reference.call in BedTests.testWater
}

@Suite struct TankSuite {
    @Test("drains") func drains() { #expect(true) }
//                       ^^^^^^ test
//                                   ^^^^^^ reference.macro in TankSuite.drains
}
