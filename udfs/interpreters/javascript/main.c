/* The JavaScript interpreter: QuickJS with the exports the host calls.
 *
 * An instance belongs to one UDF. `prepare` makes everything that doesn't depend on it, and has run when the module
 * was built (snapshot.mjs); `start` runs the source and finds the function to call; each `call_*` calls it for a row.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "document.h"
#include "engine.h"
#include "failure.h"
#include "functions.h"
#include "host.h"
#include "memory.h"
#include "stack.h"
#include "text.h"

#define EXPORT(name) __attribute__((export_name(#name)))

/* More than this is collected when it consists of cycles; the memory of an instance is 16 MB by default. */
enum { COLLECT_FROM = 1 << 20 };

typedef struct {
    char type; /* the first letter of its type's name */
    const char *name;
    uint32_t length;
    JSAtom key;
} Parameter;

/* What an argument of the function is. */
typedef struct {
    enum { NOTHING, DOCUMENT, VALUE, ALL } kind;
    const Parameter *parameter; /* of a VALUE */
} Argument;

uintptr_t stack_limit;

static JSContext *js;
static JSValue function;
static const char *function_name;

static Parameter *parameters;
static int parameter_count;
static Argument *arguments;
static JSValue *values;
static int argument_count;

static void *allocate(size_t size) {
    void *memory = calloc(1, size + 1);
    if (!memory) {
        JS_ThrowOutOfMemory(js);
        fail_with_exception(js);
    }
    return memory;
}

/* What one of the host's functions tells, NUL-terminated. */
static char *told(uint32_t (*tell)(char *, uint32_t), size_t *length) {
    uint32_t wanted = tell(NULL, 0);
    char *text = allocate(wanted);
    tell(text, wanted);
    if (length) *length = wanted;
    return text;
}

/* Reads the lines `<type> <name>`. */
static void read_parameters(void) {
    char *text = told(host_parameters, NULL);
    for (const char *at = text; *at; at++) parameter_count += *at == '\n';
    parameters = allocate((size_t)parameter_count * sizeof *parameters);
    for (Parameter *parameter = parameters; *text; parameter++) {
        char *name = strchr(text, ' ') + 1, *end = strchr(name, '\n');
        *parameter = (Parameter){*text, name, (uint32_t)(end - name), JS_NewAtomLen(js, name, (size_t)(end - name))};
        text = end + 1;
    }
}

static const Parameter *find_parameter(JSAtom key) {
    for (int i = 0; i < parameter_count; i++)
        if (parameters[i].key == key) return &parameters[i];
    return NULL;
}

/* Decides what the function is called with. */
static bool plan_arguments(void) {
    EngineFunction declared = engine_function(function);
    if (declared.is_generator) {
        JS_ThrowTypeError(js, "%s is a generator: it must return its result, not yield it", function_name);
        return false;
    }
    argument_count = declared.is_known ? declared.count : 1;
    arguments = allocate((size_t)argument_count * sizeof *arguments);
    values = allocate((size_t)argument_count * sizeof *values);
    if (!declared.is_known) {
        arguments[0].kind = ALL;
        return true;
    }
    JSAtom doc = JS_NewAtom(js, "doc");
    int unnamed = -1; /* the place of a name that means nothing here */
    bool has_values = false;
    for (int i = 0; i < argument_count; i++) {
        JSAtom key = engine_parameter(function, i);
        const Parameter *parameter = find_parameter(key);
        if (parameter) {
            arguments[i] = (Argument){VALUE, parameter};
            has_values = true;
        } else if (key == JS_ATOM_NULL) {
            arguments[i].kind = ALL;
        } else if (key == doc) {
            arguments[i].kind = DOCUMENT;
        } else if (i < declared.required && unnamed < 0) {
            unnamed = i;
        } else if (i < declared.required) {
            has_values = true;
        }
    }
    JS_FreeAtom(js, doc);
    /* The rest is not passed: not even as undefined, as there may be a `...rest`. */
    while (argument_count > 0 && argument_count > unnamed + 1 && arguments[argument_count - 1].kind == NOTHING)
        argument_count--;
    if (unnamed < 0) return true;
    /* A single name stands for all parameters: filter(options). Beside names of parameters it is a mistake. */
    if (!has_values) {
        arguments[unnamed].kind = ALL;
        return true;
    }
    const char *name = JS_AtomToCString(js, engine_parameter(function, unnamed));
    JS_ThrowTypeError(js, "function %s wants \"%s\", which is not a declared parameter", function_name, name);
    return false;
}

static bool load(void) {
    size_t length;
    read_parameters();
    function_name = told(host_entry, NULL);
    char *source = told(host_source, &length), *name = told(host_name, NULL);
    bool is_asked_for_mistakes = !*function_name;
    JSValue result =
        JS_Eval(js, source, length, name, JS_EVAL_TYPE_GLOBAL | (is_asked_for_mistakes ? JS_EVAL_FLAG_COMPILE_ONLY : 0));
    free(source);
    free(name);
    if (JS_IsException(result)) return false;
    JS_FreeValue(js, result);
    if (is_asked_for_mistakes) return true;
    JSAtom key = JS_NewAtom(js, function_name);
    function = engine_global(js, key);
    JS_FreeAtom(js, key);
    if (JS_IsFunction(js, function)) return plan_arguments();
    JS_FreeValue(js, JS_GetException(js));
    JS_ThrowReferenceError(js, "there is no function %s", function_name);
    return false;
}

/* The value of a parameter; undefined when it was left out. */
static JSValue value_of(const Parameter *parameter) {
    int64_t integer;
    double number;
    int32_t boolean;
    Answer string;
    switch (parameter->type) {
        case 's':
            string = ASK(host_param_string, parameter->name, parameter->length);
            if (string.status == TOO_SMALL) return JS_ThrowOutOfMemory(js);
            return string.status == FOUND ? JS_NewStringLen(js, string.bytes, string.length) : JS_UNDEFINED;
        case 'i':
            if (host_param_i64(parameter->name, parameter->length, &integer) != FOUND) return JS_UNDEFINED;
            return JS_NewInt64(js, integer);
        case 'f':
            if (host_param_f64(parameter->name, parameter->length, &number) != FOUND) return JS_UNDEFINED;
            return JS_NewFloat64(js, number);
        default:
            if (host_param_bool(parameter->name, parameter->length, &boolean) != FOUND) return JS_UNDEFINED;
            return JS_NewBool(js, boolean);
    }
}

/* An object of those that weren't left out. */
static JSValue all_values(void) {
    JSValue all = JS_NewObject(js);
    if (JS_IsException(all)) return all;
    for (int i = 0; i < parameter_count; i++) {
        JSValue value = value_of(&parameters[i]);
        if (JS_IsUndefined(value)) continue;
        if (JS_IsException(value) || JS_DefinePropertyValue(js, all, parameters[i].key, value, JS_PROP_C_W_E) < 0) {
            JS_FreeValue(js, all);
            return JS_EXCEPTION;
        }
    }
    return all;
}

static JSValue argument(Argument argument) {
    switch (argument.kind) {
        case DOCUMENT: return document_value(js);
        case VALUE: return value_of(argument.parameter);
        case ALL: return all_values();
        default: return JS_UNDEFINED;
    }
}

/* What a promise comes to, and any other value itself. */
static JSValue settled(JSValue result) {
    JSContext *in;
    for (int ran = 1; ran;) {
        ran = JS_ExecutePendingJob(JS_GetRuntime(js), &in);
        if (ran < 0) fail_with_exception(in);
    }
    JSPromiseStateEnum state = JS_PromiseState(js, result);
    if ((int)state < 0) return result;
    JSValue value = JS_PromiseResult(js, result);
    JS_FreeValue(js, result);
    if (state == JS_PROMISE_FULFILLED) return value;
    if (state == JS_PROMISE_REJECTED)
        JS_Throw(js, value);
    else
        JS_ThrowTypeError(js, "%s waits for something that never happens", function_name);
    fail_with_exception(js);
}

/* Calls the function for a document. */
static JSValue call(int64_t ctx) {
    document_set(js, ctx);
    out_of_memory = false;
    memory_reserve();
    for (int i = 0; i < argument_count; i++) {
        values[i] = argument(arguments[i]);
        if (JS_IsException(values[i])) fail_with_exception(js);
    }
    JSValue result = JS_Call(js, function, JS_UNDEFINED, argument_count, values);
    if (JS_IsException(result)) fail_with_exception(js);
    for (int i = 0; i < argument_count; i++) JS_FreeValue(js, values[i]);
    return settled(result);
}

static void done(JSValue result) {
    JS_FreeValue(js, result);
    buffer_shrink();
}

static _Noreturn void wrong_result(const char *expected, JSValueConst result) {
    JS_ThrowTypeError(js, "%s must return %s, not %s", function_name, expected, type_name(js, result));
    fail_with_exception(js);
}

/* The integer a number or bigint is. */
static bool integer_of(JSValueConst value, int64_t *integer) {
    double number;
    if (JS_IsNumber(value)) {
        JS_ToFloat64(js, &number, value);
        /* 2^63 itself is out of range, and every float below it that is whole converts exactly. */
        if (!(number >= -0x1p63 && number < 0x1p63)) return false;
        *integer = (int64_t)number;
        return (double)*integer == number;
    }
    if (!JS_IsBigInt(js, value) || JS_ToBigInt64(js, integer, value)) return false;
    /* The conversion wraps around. */
    JSValue back = JS_NewBigInt64(js, *integer);
    bool is_same = JS_StrictEq(js, value, back);
    JS_FreeValue(js, back);
    return is_same;
}

/* Makes the interpreter, without a script. */
EXPORT(prepare) void prepare(void) {
    JSRuntime *runtime = JS_NewRuntime2(&memory_functions, NULL);
    if (!runtime) __builtin_trap();
    JS_SetGCThreshold(runtime, COLLECT_FROM);
    js = JS_NewContext(runtime);
    if (!js || !document_start(js) || !functions_start(js)) __builtin_trap();
}

EXPORT(start) void start(void) {
    if (!js) prepare();
    stack_limit = stack_limit_for(host_stack());
    memory_reserve();
    if (!load()) fail_with_exception(js);
}

EXPORT(call_bool) int32_t call_bool(int64_t ctx) {
    JSValue result = call(ctx);
    int is_true = JS_ToBool(js, result);
    done(result);
    return is_true;
}

EXPORT(call_i64) int64_t call_i64(int64_t ctx) {
    JSValue result = call(ctx);
    int64_t integer;
    if (!integer_of(result, &integer)) {
        if (!JS_IsNumber(result) && !JS_IsBigInt(js, result)) wrong_result("an integer", result);
        Text text = text_of(js, result);
        JS_ThrowRangeError(js, "%s must return an integer of 64 bits, not %s", function_name,
                           text.bytes ? text.bytes : "this");
        fail_with_exception(js);
    }
    done(result);
    return integer;
}

EXPORT(call_f64) double call_f64(int64_t ctx) {
    JSValue result = call(ctx);
    double number = 0;
    int64_t integer;
    if (JS_IsNumber(result))
        JS_ToFloat64(js, &number, result);
    else if (JS_IsBigInt(js, result) && integer_of(result, &integer))
        number = (double)integer;
    else
        wrong_result("a number", result);
    done(result);
    return number;
}

EXPORT(call_string) int32_t call_string(int64_t ctx) {
    JSValue result = call(ctx);
    if (!JS_IsString(result)) wrong_result("a string", result);
    Text text = text_of(js, result);
    if (!text.bytes) fail_with_exception(js);
    int32_t status = host_set_result_string(text.bytes, text.length);
    if (status != FOUND && memchr(text.bytes, 0, text.length)) {
        JS_ThrowRangeError(js, "%s must return a string without U+0000", function_name);
        fail_with_exception(js);
    }
    text_free(js, text);
    done(result);
    return status;
}
