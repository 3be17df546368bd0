/* How JavaScript's exceptions become errors of the host. */
#ifndef FAILURE_H
#define FAILURE_H

#include "quickjs.h"

/* Ends the call with the exception that was thrown: its message, and its stack as the detail. */
_Noreturn void fail_with_exception(JSContext *js);

/* What a thrown or logged value is in words: a string as it is, an error as its stack says, anything else as JSON. The
 * string is to be freed; an exception on the way there is not passed on. */
JSValue in_words(JSContext *js, JSValueConst value);

/* The name of a value's type, as an error names it: JavaScript's own, but null and array, too. */
const char *type_name(JSContext *js, JSValueConst value);

#endif
