/* How deep JavaScript may recurse.
 *
 * Calls use two stacks: the one in the module's memory, for what has an address, and the runtime's native one, which
 * the module can't see and whose overflow ends the call for good. So that the first tells of the second, functions
 * that recurse take more of it than they need: about what they, and what they call until another takes some, take of
 * the native one. STACK_BUDGET is what may be used of the first before 256 KB of the second are full. The numbers were
 * found by trying what recurses; crates/sandbox/tests/javascript.rs tries it again.
 */
#ifndef STACK_H
#define STACK_H

#include <stdint.h>

#define SMALL_FRAME 256
#define MEDIUM_FRAME 896
#define LARGE_FRAME 1024

/* Of STACK_SIZE, which the linker is told, too. The stack lies at address 0. */
#ifndef STACK_BUDGET
#define STACK_BUDGET (224 << 10)
#endif

/* A macro, as the function where it stands is to take it. The empty instruction keeps the compiler from leaving out
 * what nobody uses. */
#define take_stack(bytes) __asm__ volatile("" : : "r"(__builtin_alloca(bytes)))

/* Whether the stack has no room for so many bytes more. */
#define is_stack_low(bytes) \
    __builtin_expect((uintptr_t)__builtin_frame_address(0) < STACK_SIZE - STACK_BUDGET + (bytes), 0)

#endif
