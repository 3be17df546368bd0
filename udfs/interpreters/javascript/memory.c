#include "memory.h"

#include <stdlib.h>

enum { RESERVE = 32 << 10 };

size_t malloc_usable_size(void *block);

bool out_of_memory;

static void *reserve;

void memory_reserve(void) {
    if (!reserve) reserve = malloc(RESERVE);
}

static void *none(void) {
    out_of_memory = true;
    free(reserve);
    reserve = NULL;
    return NULL;
}

/* QuickJS counts what it uses, to know when to look for garbage. */

static void *allocate(JSMallocState *state, size_t size) {
    void *block = malloc(size);
    if (!block) return none();
    state->malloc_count++;
    state->malloc_size += malloc_usable_size(block);
    return block;
}

static void release(JSMallocState *state, void *block) {
    if (!block) return;
    state->malloc_count--;
    state->malloc_size -= malloc_usable_size(block);
    free(block);
}

static void *resize(JSMallocState *state, void *block, size_t size) {
    if (!block) return size ? allocate(state, size) : NULL;
    if (!size) {
        release(state, block);
        return NULL;
    }
    size_t before = malloc_usable_size(block);
    void *moved = realloc(block, size);
    if (!moved) return none();
    state->malloc_size += malloc_usable_size(moved) - before;
    return moved;
}

static size_t usable(const void *block) { return malloc_usable_size((void *)block); }

const JSMallocFunctions memory_functions = {allocate, release, resize, usable};
