/* The memory of JavaScript's values. */
#ifndef MEMORY_H
#define MEMORY_H

#include "quickjs.h"

extern const JSMallocFunctions memory_functions;

/* Lays some memory aside, which is given back when there is no other, so that an exception can say so. */
void memory_reserve(void);

#endif
