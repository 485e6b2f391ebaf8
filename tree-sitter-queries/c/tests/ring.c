/* A ring buffer. */
#include <stdio.h>
//        ^^^^^^^ import stdio.h
#include "ring/slot.h"
//        ^^^^^^^^^^^ import ring/slot.h

#define RING_MAX 64
//      ^^^^^^^^ definition.constant RING_MAX
#define RING_MARK
//      ^^^^^^^^^ !definition
#define NEXT(slot) ((slot)->next)
//      ^^^^ definition.macro NEXT
//      ^^^^ signature #define NEXT(slot)

typedef unsigned int u32, *pu32;
//                   ^^^ definition.type u32
//                         ^^^^ definition.type pu32
typedef struct { int x, y; } point_t;
//                   ^ definition.field point_t::x
//                      ^ definition.field point_t::y
//                           ^^^^^^^ definition.struct point_t

/* A place in the ring. */
// <- chunk.start slot
typedef struct slot {
//             ^^^^ definition.struct slot
//             ^^^^ doc A place in the ring.
    struct slot *next;
//         ^^^^ reference.type in slot
//               ^^^^ definition.field slot::next
    u32 keys[4], n_keys;
//  ^^^ reference.type in slot
//      ^^^^ definition.field slot::keys
//               ^^^^^^ definition.field slot::n_keys
    int (*compare)(const void *a, const void *b);
//        ^^^^^^^ definition.field slot::compare
} slot;

typedef int (*visit_fn)(slot *at, void *context);
//            ^^^^^^^^ definition.type visit_fn
enum state { EMPTY, FULL = 2 };
//   ^^^^^ definition.enum state
//                  ^^^^ definition.member state::FULL
union value { int i; float f; };
//    ^^^^^ definition.union value
//                         ^ definition.field value::f
struct later;
//     ^^^^^ !definition

static int n_rings = 0, n_slots;
//         ^^^^^^^ definition.variable n_rings
//                      ^^^^^^^ definition.variable n_slots
static const struct ops ring_ops = { .open = ring_open };
//                  ^^^ reference.type in ring_ops
//                      ^^^^^^^^ definition.constant ring_ops
//                                    ^^^^ reference.read in ring_ops
//                                           ^^^^^^^^^ reference.read in ring_ops
int (*on_error)(int code);
//    ^^^^^^^^ definition.variable on_error

/* Opens a ring. Declared here, found here. */
int ring_open(const char *path, ...);
//  ^^^^^^^^^ definition.function ring_open
//  ^^^^^^^^^ doc Opens a ring.
//  ^^^^^^^^^ signature int ring_open(const char *path, ...)
char **ring_names(void);
//     ^^^^^^^^^^ definition.function ring_names

static inline __attribute__((noreturn)) void die(void) { abort(); }
//                                           ^^^ definition.function die
//                                                       ^^^^^ reference.call in die

/* Adds two numbers,
 * slowly. */
int add(int a, int *b)
//  ^^^ definition.function add
//  ^^^ doc slowly.
//  ^^^ signature int add(int a, int *b)
{
    int sum = a + *b, *where = &sum;
//      ^^^ !definition
//            ^ !reference
    point_t p = { 0 };
//  ^^^^^^^ reference.type in add
    for (int i = 0; i < RING_MAX; i++)
//                      ^^^^^^^^ reference.read in add
        sum += NEXT(i);
//             ^^^^ reference.call in add
//                  ^ !reference
#ifdef TRACE
    int traced = sum;
//      ^^^^^^ !definition
#endif
    ops->close(where);
//       ^^^^^ reference.call in add on ops
    (*on_error)(p.x);
//    ^^^^^^^^ reference.call in add
//                ^ reference.read in add on p
    switch (sum) {
    case FULL: return (int)sizeof(struct slot);
//       ^^^^ reference.read in add
//                                       ^^^^ reference.type in add
    }
    goto out;
out:
    return n_rings + sum;
//         ^^^^^^^ reference.read in add
//                   ^^^ !reference
}
// <- chunk.end add

#ifdef RING_WINDOWS
static void ring_wait(void) { Sleep(1); }
//          ^^^^^^^^^ definition.function ring_wait
#else
static void ring_wait(void) { usleep(1); }
//          ^^^^^^^^^ definition.function ring_wait
//                            ^^^^^^ reference.call in ring_wait
#endif

void test_ring_adds(void) { assert(add(1, 0)); }
//   ^^^^^^^^^^^^^^ test

int ring_depth(void) {
  extern int ring_limit(void);
//           ^^^^^^^^^^ !definition
#if RING_N > 1
#if RING_N > 2
#if RING_N > 3
#if RING_N > 4
  long level = 1, next = 2;
//     ^^^^^ !definition
//                ^^^^ !definition
#endif
#endif
#endif
  next = level;
//       ^^^^^ !reference
#endif
  return ring_limit();
//       ^^^^^^^^^^ reference.call in ring_depth
}
