#include "failure.h"

#include <stdio.h>
#include <string.h>

#include "host.h"
#include "memory.h"
#include "text.h"

/* What QuickJS throws when it gets no memory. */
#define OUT_OF_MEMORY "InternalError: out of memory"

static void forget_exception(JSContext *js) { JS_FreeValue(js, JS_GetException(js)); }

const char *type_name(JSContext *js, JSValueConst value) {
    if (JS_IsUndefined(value)) return "undefined";
    if (JS_IsNull(value)) return "null";
    if (JS_IsBool(value)) return "a boolean";
    if (JS_IsNumber(value)) return "a number";
    if (JS_IsBigInt(js, value)) return "a bigint";
    if (JS_IsString(value)) return "a string";
    if (JS_IsSymbol(value)) return "a symbol";
    if (JS_IsFunction(js, value)) return "a function";
    return JS_IsArray(js, value) > 0 ? "an array" : "an object";
}

/* "TypeError: not a function", which Error.prototype.toString makes unless the script redefined it. */
static JSValue error_message(JSContext *js, JSValueConst error) {
    JSValue message = JS_ToString(js, error);
    if (!JS_IsException(message)) return message;
    forget_exception(js);
    return JS_NewString(js, "Error");
}

/* A stack without what the middle of a deep one repeats. Takes it. */
static JSValue shortened(JSContext *js, JSValue value) {
    enum { FIRST = 20, LAST = 5 };
    char text[8 << 10];
    uint32_t lines = 1, head = 0, tail = 0, seen = 0;
    Text stack = text_of(js, value);
    if (!stack.bytes) return value;
    while (stack.length && stack.bytes[stack.length - 1] == '\n') stack.length--;
    for (uint32_t i = 0; i < stack.length; i++) lines += stack.bytes[i] == '\n';
    for (uint32_t i = 0; i < stack.length; i++) {
        if (stack.bytes[i] != '\n') continue;
        seen++;
        if (seen == FIRST) head = i;
        if (seen == lines - LAST) tail = i;
    }
    JS_FreeValue(js, value);
    if (lines <= FIRST + LAST) {
        value = JS_NewStringLen(js, stack.bytes, stack.length);
    } else {
        snprintf(text, sizeof text, "%.*s\n    ... %u more%.*s", (int)head, stack.bytes,
                 (unsigned)(lines - FIRST - LAST), (int)(stack.length - tail), stack.bytes + tail);
        value = JS_NewString(js, text);
    }
    text_free(js, stack);
    return value;
}

static JSValue error_stack(JSContext *js, JSValueConst error) {
    JSValue stack = JS_GetPropertyStr(js, error, "stack");
    if (JS_IsString(stack)) return shortened(js, stack);
    if (JS_IsException(stack)) forget_exception(js);
    JS_FreeValue(js, stack);
    return JS_NewString(js, "");
}

static JSValue concat(JSContext *js, JSValue a, const char *between, JSValue b) {
    Text first = text_of(js, a), second = text_of(js, b);
    JSValue text = JS_EXCEPTION;
    size_t length = strlen(between), total = (size_t)first.length + length + second.length;
    char *bytes = first.bytes && second.bytes ? js_malloc(js, total + 1) : NULL;
    if (bytes) {
        memcpy(bytes, first.bytes, first.length);
        memcpy(bytes + first.length, between, length);
        memcpy(bytes + first.length + length, second.bytes, second.length);
        text = JS_NewStringLen(js, bytes, total);
        js_free(js, bytes);
    }
    text_free(js, first);
    text_free(js, second);
    JS_FreeValue(js, a);
    JS_FreeValue(js, b);
    return text;
}

JSValue in_words(JSContext *js, JSValueConst value) {
    JSValue words;
    if (JS_IsError(js, value)) {
        words = concat(js, error_message(js, value), "\n", error_stack(js, value));
    } else {
        bool has_json = JS_IsObject(value) && !JS_IsFunction(js, value);
        words = has_json ? JS_JSONStringify(js, value, JS_UNDEFINED, JS_UNDEFINED) : JS_UNDEFINED;
        if (JS_IsException(words)) {
            forget_exception(js);
            words = JS_UNDEFINED;
        }
        if (!JS_IsString(words)) {
            JSAtom atom = JS_IsSymbol(value) ? JS_ValueToAtom(js, value) : JS_ATOM_NULL;
            words = atom ? JS_AtomToString(js, atom) : JS_ToString(js, value);
            JS_FreeAtom(js, atom);
        }
    }
    if (!JS_IsException(words)) return words;
    forget_exception(js);
    return JS_NewString(js, type_name(js, value));
}

_Noreturn void fail_with_exception(JSContext *js) {
    JSValue thrown = JS_GetException(js), message, detail;
    if (JS_IsError(js, thrown)) {
        message = error_message(js, thrown);
        detail = error_stack(js, thrown);
    } else {
        JSValue quoted = JS_IsString(thrown) ? JS_JSONStringify(js, thrown, JS_UNDEFINED, JS_UNDEFINED)
                                             : in_words(js, thrown);
        message = concat(js, JS_NewString(js, "Uncaught"), " ", quoted);
        detail = JS_NewString(js, "");
    }
    Text words = text_of(js, message), stack = text_of(js, detail);
    /* The host remembers that it refused memory, and says how much there may be. */
    if (out_of_memory && (!words.bytes || strcmp(words.bytes, OUT_OF_MEMORY) == 0)) __builtin_trap();
    if (!words.bytes) words = (Text){OUT_OF_MEMORY, strlen(OUT_OF_MEMORY)};
    if (!stack.bytes) stack = (Text){"", 0};
    host_fail(words.bytes, words.length, stack.bytes, stack.length);
}
