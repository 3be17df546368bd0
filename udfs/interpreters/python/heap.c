// Memory for Python's heap, and the moments at which it is collected.
//
// MicroPython's collector is conservative: what memory points to lives. A C function's locals and temporaries are not
// in memory here but in WebAssembly's own, so an object that only C holds would be lost. It is collected, therefore,
// only where C holds none: between two calls, and in the outermost run of the virtual machine when it jumps (a loop's
// next round), enters a function, returns from one or catches an exception. That one run executes the called function and all Python functions called from there, without C
// recursion (MICROPY_STACKLESS), with their frames on a stack in memory (MICROPY_ENABLE_PYSTACK). What Python code
// allocates inside a C function (the key function of sorted(), a generator, a closure) is collected when that is left.
#include <string.h>
#include "interpreter.h"
#include "py/gc.h"
#include "py/mpstate.h"
#include "py/pystack.h"

#define PAGE 65536u
// Blocks of 16 bytes allocated between two collections, at least.
#define LEAST_GARBAGE (512 * 1024 / 16)

bool quidditch_collection_is_due;
void *quidditch_outermost_frame;
// Whether the host refused memory in the running call.
bool out_of_memory;

// After how many safe points there is the next collection while memory is short, 0 otherwise: what a handler of
// MemoryError lets go of is found soon, and a program that lets nothing go isn't slowed down for long.
static unsigned interval, countdown;

static char first_area[128 * 1024] __attribute__((aligned(16)));
static char python_stack[192 * 1024] __attribute__((aligned(16)));

// Areas for what handles a MemoryError: each refusal of the host opens one.
static struct reserve {
    char memory[16 * 1024];
} reserves[8] __attribute__((aligned(16)));
static bool is_taken[MP_ARRAY_SIZE(reserves)];
static bool is_open;

struct free_area {
    struct free_area *next;
    size_t size;
};
static struct free_area *free_areas;

void heap_init(void) {
    mp_pystack_init(python_stack, python_stack + sizeof python_stack);
    gc_init(first_area, first_area + sizeof first_area);
    MP_STATE_MEM(gc_alloc_threshold) = LEAST_GARBAGE;
}

// What the allocator calls when it finds no room or enough has been allocated.
void gc_collect(void) {
    quidditch_collection_is_due = true;
    MP_STATE_MEM(gc_alloc_amount) = 0;
}

static size_t count_blocks(bool used) {
    size_t count = 0;
    for (mp_state_mem_area_t *area = &MP_STATE_MEM(area); area; area = area->next) {
        for (size_t i = 0; i < area->gc_alloc_table_byte_len; i++) {
            // Two bits for a block, of which one is set when it is in use.
            byte kinds = area->gc_alloc_table_start[i];
            size_t in_use = __builtin_popcount((kinds | kinds >> 1) & 0x55);
            count += used ? in_use : 4 - in_use;
        }
    }
    return count;
}

void quidditch_collect(void) {
    if (interval && --countdown) {
        return;
    }
    gc_collect_start();
    gc_collect_end();
    // The next one is due when half as much again as is alive has been allocated.
    size_t alive = count_blocks(true);
    MP_STATE_MEM(gc_alloc_threshold) = alive / 2 > LEAST_GARBAGE ? alive / 2 : LEAST_GARBAGE;
    if (interval && count_blocks(false) > alive / 8) {
        interval = 0;
    }
    quidditch_collection_is_due = interval;
    countdown = interval *= 2;
}

size_t gc_get_max_new_split(void) {
    // The host knows, and refuses.
    return SIZE_MAX / 2;
}

void *quidditch_alloc_area(size_t needed, size_t *size) {
    for (struct free_area **place = &free_areas; *place; place = &(*place)->next) {
        struct free_area *area = *place;
        if (area->size >= needed) {
            *place = area->next;
            *size = area->size;
            return area;
        }
    }
    size_t least = (needed + PAGE - 1) / PAGE;
    for (size_t pages = (*size + PAGE - 1) / PAGE;; pages = pages / 2 > least ? pages / 2 : least) {
        size_t before = __builtin_wasm_memory_grow(0, pages);
        if (before != SIZE_MAX) {
            *size = pages * PAGE;
            return (void *)(before * PAGE);
        }
        if (pages == least) {
            break;
        }
    }
    out_of_memory = true;
    interval = countdown = 1;
    is_open = !is_open;
    for (size_t i = 0; !is_open && needed <= sizeof *reserves && i < MP_ARRAY_SIZE(reserves); i++) {
        if (!is_taken[i]) {
            is_taken[i] = true;
            *size = sizeof *reserves;
            return &reserves[i];
        }
    }
    return NULL;
}

// The allocator knows by itself that nobody has as much. The host is asked all the same, as it names its limit then.
void quidditch_too_much(void) {
    if (!out_of_memory) {
        __builtin_wasm_memory_grow(0, SIZE_MAX / PAGE);
        out_of_memory = true;
    }
}

void quidditch_free_area(void *start, void *end) {
    size_t reserve = (struct reserve *)start - reserves;
    if (reserve < MP_ARRAY_SIZE(reserves)) {
        is_taken[reserve] = false;
        return;
    }
    struct free_area *area = start;
    area->size = (char *)end - (char *)start;
    area->next = free_areas;
    free_areas = area;
}
