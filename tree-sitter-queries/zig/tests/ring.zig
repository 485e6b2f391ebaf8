//! A ring buffer.
const std = @import("std");
//                   ^^^ import std as std
const Allocator = @import("std").mem.Allocator;
const limits = @import("limits.zig");
//                      ^^^^^^^^^^ import limits.zig as limits
const mem = std.mem;
//    ^^^ definition.constant mem
//          ^^^ reference.read in mem
const c = @cImport({
    @cInclude("stdio.h");
//             ^^^^^^^ import stdio.h
});

/// Most slots that a ring may have.
pub const max_slots: usize = 1 << 16;
//        ^^^^^^^^^ definition.constant max_slots
//        ^^^^^^^^^ doc Most slots
var n_rings: usize = 0;
//  ^^^^^^^ definition.variable n_rings

/// What can go wrong.
pub const RingError = error{ Full, Empty };
//        ^^^^^^^^^ definition.enum RingError
//                           ^^^^ definition.member RingError.Full
//        ^^^^^^^^^ doc What can go wrong.

/// A place in the ring.
pub const Slot = struct {
//        ^^^^ definition.struct Slot
//        ^^^^ signature pub const Slot = struct
    key: u32,
//  ^^^ definition.field Slot.key
    next: ?*Slot = null,
//          ^^^^ reference.type in Slot

    const Self = @This();
    pub const empty: Slot = .{ .key = 0 };
//            ^^^^^ definition.constant Slot.empty
//                              ^^^ !reference

    /// Whether it holds anything.
//  <- chunk.start Slot.isUsed
    pub fn isUsed(self: *const Self) bool {
//         ^^^^^^ definition.method Slot.isUsed
//         ^^^^^^ signature pub fn isUsed(self: *const Self) bool
//         ^^^^^^ doc Whether it holds anything.
//                             ^^^^ reference.type in Slot.isUsed
        const found = self.key;
//            ^^^^^ !definition
//                         ^^^ reference.read in Slot.isUsed on self
        return found != 0;
//             ^^^^^ !reference
    }

    test "a slot is unused" {
//        ^^^^^^^^^^^^^^^^ definition.method Slot.a slot is unused
//        ^^^^^^^^^^^^^^^^ test
        try std.testing.expect(!Slot.empty.isUsed());
    }
};

const Mode = enum(u8) { block, drop };
//    ^^^^ definition.enum Mode
//                      ^^^^^ definition.member Mode.block
const Value = union(enum) { number: i64, text: []const u8 };
//    ^^^^^ definition.union Value
//                          ^^^^^^ definition.field Value.number
const Handle = opaque {};
//    ^^^^^^ definition.struct Handle

/// A ring of any type.
pub fn Ring(comptime T: type) type {
//     ^^^^ definition.function Ring
    return struct {
        items: []T,
//      ^^^^^ definition.field Ring.items
//               ^ !reference

        pub fn push(self: *@This(), item: T) RingError!void {
//             ^^^^ definition.function Ring.push
            if (self.items.len == max_slots) return error.Full;
//                                ^^^^^^^^^ reference.read in Ring.push
            mem.copyForwards(T, self.items, self.items);
//              ^^^^^^^^^^^^ reference.call in Ring.push on mem
            log(item);
//          ^^^ reference.call in Ring.push
        }
    };
}

extern "c" fn puts(text: [*:0]const u8) c_int;
//            ^^^^ definition.function puts
//            ^^^^ signature extern "c" fn puts(text: [*:0]const u8) c_int

fn log(item: anytype) void {
// ^^^ definition.function log
    for (item, 0..) |part, idx| {
        _ = part;
//          ^^^^ !reference
        _ = idx;
    }
    const slot = Slot{ .key = 1 };
//               ^^^^ reference.type in log
    Ring(Slot).push(slot, .drop) catch |err| return report(err);
//  ^^^^ reference.call in log
//             ^^^^ reference.call in log on Ring(Slot)
//                                                  ^^^^^^ reference.call in log
//                                                         ^^^ !reference
}

test "rings turn" {
//    ^^^^^^^^^^ definition.function rings turn
//    ^^^^^^^^^^ test
    log(.{});
//  ^^^ reference.call in rings turn
}

test log {
//   ^^^ definition.function log
//   ^^^ test
}
