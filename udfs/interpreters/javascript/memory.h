/* The memory of JavaScript's values. */
#ifndef MEMORY_H
#define MEMORY_H

#include <stdbool.h>

#include "quickjs.h"

extern const JSMallocFunctions memory_functions;

/* Whether there was no memory when it was asked for, in the running call. */
extern bool out_of_memory;

/* Lays some memory aside, which is given back when there is no other, so that an exception can say so. */
void memory_reserve(void);

#endif
