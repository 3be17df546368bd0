// The heap's memory, and when it is collected: see heap.c.
#pragma once
#include <stdbool.h>
#include <stddef.h>

// Whether a collection is due, and the frame of the virtual machine in which one may be done.
extern bool quidditch_collection_is_due;
extern void *quidditch_outermost_frame;

void quidditch_collect(void);

// Memory for at least `needed` bytes of heap, if possible *size of them.
void *quidditch_alloc_area(size_t needed, size_t *size);
void quidditch_free_area(void *area, void *end);
// What is asked for, the allocator can't have.
void quidditch_too_much(void);

// The virtual machine is between two instructions, in this frame of C.
static inline void quidditch_safe_point(void *frame) {
    if (quidditch_collection_is_due && frame == quidditch_outermost_frame) {
        quidditch_collect();
    }
}

// The virtual machine begins to run a function in this frame of C, or goes on after a call or an exception.
static inline void quidditch_frame(void *frame) {
    if (!quidditch_outermost_frame) {
        quidditch_outermost_frame = frame;
    }
    quidditch_safe_point(frame);
}
