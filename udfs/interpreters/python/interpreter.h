// What the files of the interpreter share.
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include "heap.h"
#include "py/obj.h"

// heap.c
extern bool out_of_memory;
void heap_init(void);

// exports.c
// What tracebacks call the source.
extern qstr source_name;

// module.c
extern int64_t running_call;
// A parameter's value, None where it has none. The type is its name's first letter.
mp_obj_t parameter_of_type(char type, const char *name, size_t length);
// The document of the running call as json.loads makes it.
mp_obj_t whole_document(void);

// signature.c
// Whether the function can't be called without an argument of that name.
bool requires_argument(mp_obj_t function, qstr name);

// failure.c
// Ends the call with an exception.
_Noreturn void fail_with(mp_obj_t exception);

// output.c
// Logs what was printed without an end of line.
void flush_output(void);
