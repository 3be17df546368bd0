/* What the interpreter needs of QuickJS beyond its API. engine.c, which contains QuickJS, has it. */
#ifndef ENGINE_H
#define ENGINE_H

#include <stdbool.h>

#include "quickjs.h"

/* The value of a global variable: one of `let`, `const` and `class`, too, which are no properties of the global
 * object. Throws a ReferenceError when there is none. */
JSValue engine_global(JSContext *js, JSAtom name);

/* How a function's parameters are declared. */
typedef struct {
    bool is_known; /* not of functions that are native, bound or proxies: they have no names */
    bool is_generator;
    int count;
    int required; /* those before the first with a default, and before a rest parameter */
} EngineFunction;

EngineFunction engine_function(JSValueConst function);

/* The name of a parameter, JS_ATOM_NULL where a pattern stands. Not to be freed. */
JSAtom engine_parameter(JSValueConst function, int position);

/* Whether a property's key is a string, not a symbol or a private name. */
bool engine_is_text(JSContext *js, JSAtom key);

/* Whether it is an array index, and which. */
bool engine_is_index(JSContext *js, uint32_t *index, JSAtom key);

/* Object.prototype and Array.prototype, whatever became of the globals. */
JSValue engine_object_prototype(JSContext *js);
JSValue engine_array_prototype(JSContext *js);

#endif
