/* What macros and conditionals hide. */
#ifndef RING_MACROS_H
#define RING_MACROS_H
#ifdef __cplusplus
extern "C" {
#endif

/* Exported to everybody. */
RING_API int ring_size(const ring_t *ring);
//           ^^^^^^^^^ definition.function ring_size
//           ^^^^^^^^^ doc Exported to everybody.
//           ^^^^^^^^^ signature RING_API int ring_size(const ring_t *ring)
//                           ^^^^^^ reference.type in ring_size
RING_API(char *) ring_name(void);
//               ^^^^^^^^^ definition.function ring_name
int RING_CALL ring_close(void);
//            ^^^^^^^^^^ definition.function ring_close
void ring_log(const char *format, ...) RING_PRINTF(1, 2);
//   ^^^^^^^^ definition.function ring_log
extern int ring_old OF((int flags));
//         ^^^^^^^^ definition.function ring_old
typedef long (RING_CALL *ring_hook)(int code);
//                       ^^^^^^^^^ definition.type ring_hook
struct RING_ALIGN(8) ring_head {
//                   ^^^^^^^^^ definition.struct ring_head
    int used RING_GUARDED(lock);
//      ^^^^ definition.field ring_head::used
};
RING_DECLARE(ring_list)
internal void ring_free(struct ring_head *head);
//            ^^^^^^^^^ definition.function ring_free

int
#ifdef RING_WINDOWS
WinMain(int code)
//      ^^^ !definition
#else
main(int argc, char **argv)
#endif
{
    if (argc > 1) RING_RETURN(1);
//                ^^^^^^^^^^^ reference.call
    return 0;
}

void ring_poll(void)
//   ^^^^^^^^^ definition.function ring_poll
{
#ifdef RING_EPOLL
    if (wait()) {
#else
    if (select()) {
#endif
        ring_log("ready");
//      ^^^^^^^^ reference.call in ring_poll
    }
}

int ring_add(left, right)
//  ^^^^^^^^ definition.function ring_add
    int left;
    char *right;
{
    return left + *right;
//         ^^^^ !reference
}

typedef void (*ring_free_function) OF((void *head));
//             ^^^^^^^^^^^^^^^^^^ definition.type ring_free_function

#define RING_EACH(head) \
//      ^^^^^^^^^ definition.macro RING_EACH
  do { /* the first is a guard */ \
    int ring_at = 0; \
  } while (ring_at)

void ring_after(void);
//   ^^^^^^^^^^ definition.function ring_after

#ifdef __cplusplus
}
#endif
#endif
