// What the files of the interpreter share.
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include "heap.h"
#include "py/obj.h"

// heap.c
extern bool out_of_memory;
void heap_init(void);

// module.c
extern int64_t running_call;
// A text that `copy` writes into a buffer, as a new string; None unless its status is success.
mp_obj_t parameter_of_type(char type, const char *name, size_t length);

// failure.c
// Ends the call with an exception.
_Noreturn void fail_with(mp_obj_t exception);

// output.c
// Logs what was printed without an end of line.
void flush_output(void);
