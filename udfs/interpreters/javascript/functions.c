#include "functions.h"

#include <string.h>

#include "document.h"
#include "failure.h"
#include "host.h"
#include "text.h"

#define FUNCTION(name) static JSValue name(JSContext *js, JSValueConst this, int argc, JSValueConst *argv)

/* A string that the host gave, or null. */
static JSValue string_answer(JSContext *js, Answer answer) {
    if (answer.status == FOUND) return JS_NewStringLen(js, answer.bytes, answer.length);
    return answer.status == TOO_SMALL ? JS_ThrowOutOfMemory(js) : JS_NULL;
}

/* The text of the first argument, a path in the document of the running call. */
static Text path_of(JSContext *js, JSValueConst *argv) {
    if (document_ctx()) return text_of(js, argv[0]);
    JS_ThrowTypeError(js, "there is no document outside of a call");
    return (Text){0};
}

FUNCTION(has_field) {
    Text path = path_of(js, argv);
    if (!path.bytes) return JS_EXCEPTION;
    int32_t is_there = host_has_field(document_ctx(), path.bytes, path.length);
    text_free(js, path);
    return JS_NewBool(js, is_there);
}

FUNCTION(get_field_string) {
    Text path = path_of(js, argv);
    if (!path.bytes) return JS_EXCEPTION;
    Answer answer = ASK(host_field_string, document_ctx(), path.bytes, path.length);
    text_free(js, path);
    return string_answer(js, answer);
}

FUNCTION(get_field_json) {
    Text path = path_of(js, argv);
    if (!path.bytes) return JS_EXCEPTION;
    JSValue value = document_json(js, path.bytes, path.length);
    text_free(js, path);
    return JS_IsUndefined(value) ? JS_NULL : value;
}

/* A getter of something with a fixed size: the text is asked of `host`, which has it in the out parameter. */
#define GETTER(name, text, host, type, to_value, ...) \
    FUNCTION(name) { \
        type found; \
        Text name = text; \
        if (!name.bytes) return JS_EXCEPTION; \
        int32_t status = host(__VA_ARGS__ __VA_OPT__(, ) name.bytes, name.length, &found); \
        text_free(js, name); \
        return status == FOUND ? to_value(js, found) : JS_NULL; \
    }

GETTER(get_field_int, path_of(js, argv), host_field_i64, int64_t, JS_NewInt64, document_ctx())
GETTER(get_field_bigint, path_of(js, argv), host_field_i64, int64_t, JS_NewBigInt64, document_ctx())
GETTER(get_field_float, path_of(js, argv), host_field_f64, double, JS_NewFloat64, document_ctx())
GETTER(get_field_bool, path_of(js, argv), host_field_bool, int32_t, JS_NewBool, document_ctx())
GETTER(get_array_length, path_of(js, argv), host_array_length, int32_t, JS_NewInt32, document_ctx())
GETTER(get_param_int, text_of(js, argv[0]), host_param_i64, int64_t, JS_NewInt64)
GETTER(get_param_bigint, text_of(js, argv[0]), host_param_i64, int64_t, JS_NewBigInt64)
GETTER(get_param_float, text_of(js, argv[0]), host_param_f64, double, JS_NewFloat64)
GETTER(get_param_bool, text_of(js, argv[0]), host_param_bool, int32_t, JS_NewBool)

FUNCTION(get_param_string) {
    Text name = text_of(js, argv[0]);
    if (!name.bytes) return JS_EXCEPTION;
    Answer answer = ASK(host_param_string, name.bytes, name.length);
    text_free(js, name);
    return string_answer(js, answer);
}

FUNCTION(get_document_id) { return string_answer(js, ASK(host_document_id, document_ctx())); }

FUNCTION(get_score) { return JS_NewFloat64(js, host_score(document_ctx())); }

/* A log line for each line of the text. */
static void log_lines(int32_t level, Text text) {
    const char *line = text.bytes, *end = text.bytes + text.length;
    for (const char *stop; (stop = memchr(line, '\n', (size_t)(end - line))); line = stop + 1)
        host_log(level, line, (uint32_t)(stop - line));
    host_log(level, line, (uint32_t)(end - line));
}

static const char *const levels[] = {"debug", "info", "warning", "error"};

/* The number of a level's name, the way `log` takes it; -1 with an exception. */
static int level_of(JSContext *js, JSValueConst name) {
    if (JS_IsUndefined(name)) return LOG_INFO;
    Text text = text_of(js, name);
    if (!text.bytes) return -1;
    int level = LOG_ERROR;
    while (level >= LOG_DEBUG && strcmp(text.bytes, levels[level])) level--;
    if (level < 0) JS_ThrowTypeError(js, "there is no log level '%s': debug, info, warning, error", text.bytes);
    text_free(js, text);
    return level;
}

FUNCTION(log_message) {
    int level = level_of(js, argv[1]);
    if (level < 0) return JS_EXCEPTION;
    JSValue words = in_words(js, argv[0]);
    Text text = text_of(js, words);
    JS_FreeValue(js, words);
    if (!text.bytes) return JS_EXCEPTION;
    log_lines(level, text);
    text_free(js, text);
    return JS_UNDEFINED;
}

/* What is logged goes out as one text, so that a message of many parts is one line. */
static JSValue console_log(JSContext *js, JSValueConst this, int argc, JSValueConst *argv, int level) {
    size_t length = 0;
    char *line = NULL;
    for (int i = 0; i < argc; i++) {
        JSValue words = in_words(js, argv[i]);
        Text text = text_of(js, words);
        JS_FreeValue(js, words);
        char *longer = text.bytes ? js_realloc(js, line, length + text.length + 1) : NULL;
        if (!longer) {
            text_free(js, text);
            js_free(js, line);
            return JS_EXCEPTION;
        }
        line = longer;
        memcpy(line + length, text.bytes, text.length);
        length += text.length;
        line[length++] = ' ';
        text_free(js, text);
    }
    log_lines(level, (Text){line ? line : "", length ? (uint32_t)length - 1 : 0});
    js_free(js, line);
    return JS_UNDEFINED;
}

static const JSCFunctionListEntry udf[] = {
    JS_CFUNC_DEF("hasField", 1, has_field),
    JS_CFUNC_DEF("getFieldString", 1, get_field_string),
    JS_CFUNC_DEF("getFieldInt", 1, get_field_int),
    JS_CFUNC_DEF("getFieldBigInt", 1, get_field_bigint),
    JS_CFUNC_DEF("getFieldFloat", 1, get_field_float),
    JS_CFUNC_DEF("getFieldBool", 1, get_field_bool),
    JS_CFUNC_DEF("getFieldJson", 1, get_field_json),
    JS_CFUNC_DEF("getArrayLength", 1, get_array_length),
    JS_CFUNC_DEF("getParamString", 1, get_param_string),
    JS_CFUNC_DEF("getParamInt", 1, get_param_int),
    JS_CFUNC_DEF("getParamBigInt", 1, get_param_bigint),
    JS_CFUNC_DEF("getParamFloat", 1, get_param_float),
    JS_CFUNC_DEF("getParamBool", 1, get_param_bool),
    JS_CFUNC_DEF("getDocumentId", 0, get_document_id),
    JS_CFUNC_DEF("getScore", 0, get_score),
    JS_CFUNC_DEF("log", 2, log_message),
};

static const JSCFunctionListEntry console[] = {
    JS_CFUNC_MAGIC_DEF("debug", 0, console_log, LOG_DEBUG),
    JS_CFUNC_MAGIC_DEF("log", 0, console_log, LOG_INFO),
    JS_CFUNC_MAGIC_DEF("info", 0, console_log, LOG_INFO),
    JS_CFUNC_MAGIC_DEF("warn", 0, console_log, LOG_WARNING),
    JS_CFUNC_MAGIC_DEF("error", 0, console_log, LOG_ERROR),
};

#define COUNT(list) (sizeof(list) / sizeof *(list))

static const JSCFunctionListEntry globals[] = {
    JS_OBJECT_DEF("udf", udf, COUNT(udf), JS_PROP_WRITABLE | JS_PROP_CONFIGURABLE),
    JS_OBJECT_DEF("console", console, COUNT(console), JS_PROP_WRITABLE | JS_PROP_CONFIGURABLE),
};

bool functions_start(JSContext *js) {
    JSValue global = JS_GetGlobalObject(js);
    JS_SetPropertyFunctionList(js, global, globals, COUNT(globals));
    JS_FreeValue(js, global);
    return true;
}
