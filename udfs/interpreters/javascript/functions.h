/* The globals `udf`, with the host's functions, and `console`, which writes the log. */
#ifndef FUNCTIONS_H
#define FUNCTIONS_H

#include <stdbool.h>

#include "quickjs.h"

/* Defines them. Answers whether that worked. */
bool functions_start(JSContext *js);

#endif
