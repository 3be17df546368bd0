/* How deep JavaScript may recurse.
 *
 * Calls of a script's functions by its own have a stack to themselves (quickjs.patch). What else recurses, in C, uses two:
 * the one in the module's memory, for what has an address, and the runtime's native one, which
 * the module can't see and whose overflow ends the call for good. So that the first tells of the second, functions
 * that recurse take more of it than they need: about what they, and what they call until another takes some, take of
 * the native one. The sizes were found by trying what recurses; crates/sandbox/tests/javascript.rs tries it again.
 */
#ifndef STACK_H
#define STACK_H

#include <stdint.h>

#define SMALL_FRAME 256
#define MEDIUM_FRAME 896
#define CALL_FRAME 1792 /* JS_CallInternal */
#define LARGE_FRAME 1024

/* Left for functions that take some without asking. */
#define STACK_RESERVE (32 << 10)

/* The lowest address of the stack that may be used. */
extern uintptr_t stack_limit;

/* Where that is when the native stack has so many bytes. The module's has STACK_SIZE, from address 0. */
static inline uintptr_t stack_limit_for(uint32_t native) {
    uint32_t budget = native / 8 * 7;
    return budget < STACK_SIZE - STACK_RESERVE ? STACK_SIZE - budget : STACK_RESERVE;
}

/* A macro, as the function where it stands is to take it. The empty instruction keeps the compiler from leaving out
 * what nobody uses. */
#define take_stack(bytes) __asm__ volatile("" : : "r"(__builtin_alloca(bytes)))

/* Whether the stack has no room for so many bytes more. */
#define is_stack_low(bytes) __builtin_expect((uintptr_t)__builtin_frame_address(0) < stack_limit + (bytes), 0)

#endif
