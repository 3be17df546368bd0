#include "document.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine.h"
#include "host.h"
#include "text.h"

/* So many values of a node are read one by one before all are. */
enum { SINGLE_FIELDS = 12, SINGLE_ELEMENTS = 4 };

/* Longer ones the host doesn't take. */
enum { LONGEST_PATH = 65535 };

/* What stands for the length of what is no array; of a document that nobody asked yet. */
enum { IS_OBJECT = -1, IS_UNKNOWN = -2 };

/* A value that was read; JS_UNINITIALIZED when there is none. */
typedef struct {
    JSAtom key;
    JSValue value;
} Known;

/* An object or array of a document. */
typedef struct {
    int64_t ctx; /* the call whose document it belongs to */
    char *path;  /* NULL for the document itself, and for what came out of a `whole` */
    uint32_t path_length;
    int32_t length; /* of an array */
    JSValue whole;  /* its value once it was read as JSON, undefined before */
    int known_count;
    Known known[SINGLE_FIELDS];
} Node;

static JSClassID node_class;
static JSValue document;
static JSAtom length_key;
static int64_t current;

static Node *node_of(JSValueConst value) { return JS_GetOpaque(value, node_class); }

static void forget(JSRuntime *runtime, Node *node) {
    for (int i = 0; i < node->known_count; i++) {
        JS_FreeAtomRT(runtime, node->known[i].key);
        JS_FreeValueRT(runtime, node->known[i].value);
    }
    node->known_count = 0;
    JS_FreeValueRT(runtime, node->whole);
    node->whole = JS_UNDEFINED;
}

static void finalize(JSRuntime *runtime, JSValue value) {
    Node *node = node_of(value);
    if (!node) return;
    forget(runtime, node);
    js_free_rt(runtime, node->path);
    js_free_rt(runtime, node);
}

static void mark(JSRuntime *runtime, JSValueConst value, JS_MarkFunc *mark_value) {
    Node *node = node_of(value);
    if (!node) return;
    for (int i = 0; i < node->known_count; i++) JS_MarkValue(runtime, node->known[i].value, mark_value);
    JS_MarkValue(runtime, node->whole, mark_value);
}

/* Takes `whole`, copies the path. */
static JSValue node_new(JSContext *js, const char *path, uint32_t path_length, int32_t length, JSValue whole) {
    Node *node = js_mallocz(js, sizeof *node);
    char *copy = node && path ? js_malloc(js, path_length) : NULL;
    JSValue prototype = length >= 0 ? engine_array_prototype(js) : engine_object_prototype(js);
    JSValue value = node && !path == !copy ? JS_NewObjectProtoClass(js, prototype, node_class) : JS_EXCEPTION;
    JS_FreeValue(js, prototype);
    if (JS_IsException(value)) {
        js_free(js, node);
        js_free(js, copy);
        JS_FreeValue(js, whole);
        return value;
    }
    if (copy) memcpy(copy, path, path_length);
    node->ctx = current;
    node->path = copy;
    node->path_length = path_length;
    node->length = length;
    node->whole = whole;
    JS_SetOpaque(value, node);
    return value;
}

static JSValue parsed(JSContext *js, Answer json) {
    if (json.status == TOO_SMALL) return JS_ThrowOutOfMemory(js);
    return json.status == FOUND ? JS_ParseJSON(js, json.bytes, json.length, "document") : JS_UNDEFINED;
}

JSValue document_json(JSContext *js, const char *path, uint32_t length) {
    return parsed(js, ASK(host_field_json, current, path, length));
}

/* The value at a path; JS_UNINITIALIZED when there is none. */
static JSValue read(JSContext *js, const char *path, uint32_t length) {
    double number;
    int32_t boolean, elements;
    Answer string = ASK(host_field_string, current, path, length);
    if (string.status == FOUND) return JS_NewStringLen(js, string.bytes, string.length);
    if (string.status == TOO_SMALL) return JS_ThrowOutOfMemory(js);
    if (string.status == NOT_FOUND) return JS_UNINITIALIZED;
    if (host_field_f64(current, path, length, &number) == FOUND) return JS_NewFloat64(js, number);
    if (host_field_bool(current, path, length, &boolean) == FOUND) return JS_NewBool(js, boolean);
    if (host_array_length(current, path, length, &elements) == FOUND)
        return node_new(js, path, length, elements, JS_UNDEFINED);
    switch (host_kind(current, path, length)) {
        case KIND_NULL: return JS_NULL;
        case KIND_OBJECT: return node_new(js, path, length, IS_OBJECT, JS_UNDEFINED);
        case KIND_NUMBER: return document_json(js, path, length); /* beyond an f64's range */
        default: return JS_UNINITIALIZED;
    }
}

static bool is_current(JSContext *js, const Node *node) {
    if (node->ctx == current && current) return true;
    JS_ThrowTypeError(js, current ? "this is part of an earlier call's document"
                                  : "there is no document outside of a call");
    return false;
}

/* Makes the document the kind of thing that it was read as. */
static bool become(JSContext *js, Node *node) {
    node->length = IS_OBJECT;
    if (!JS_IsArray(js, node->whole)) return true;
    JS_ToInt32(js, &node->length, JS_GetProperty(js, node->whole, length_key));
    JSValue prototype = engine_array_prototype(js);
    int is_set = JS_SetPrototype(js, document, prototype);
    JS_FreeValue(js, prototype);
    return is_set >= 0;
}

/* Reads a node as JSON, unless it was. */
static bool read_whole(JSContext *js, Node *node) {
    if (!JS_IsUndefined(node->whole)) return true;
    if (!is_current(js, node)) return false;
    JSValue whole = node->path ? document_json(js, node->path, node->path_length)
                               : parsed(js, ASK(host_document, current));
    if (JS_IsException(whole)) return false;
    /* Nodes that were handed out stay the ones. */
    for (int i = 0; i < node->known_count; i++) {
        JSValueConst value = node->known[i].value;
        if (!JS_IsObject(value)) continue;
        if (JS_DefinePropertyValue(js, whole, node->known[i].key, JS_DupValue(js, value), JS_PROP_C_W_E) < 0) {
            JS_FreeValue(js, whole);
            return false;
        }
    }
    forget(JS_GetRuntime(js), node);
    node->whole = whole;
    return node->length != IS_UNKNOWN || become(js, node);
}

/* Finds out whether the document is an array. Few are, so that is asked when it turns out to have no such field. */
static bool find_kind(JSContext *js, Node *node) {
    if (node->length != IS_UNKNOWN) return true;
    if (host_kind(current, "", 0) == KIND_ARRAY) return read_whole(js, node);
    node->length = IS_OBJECT;
    return true;
}

static JSValue own_of_whole(JSContext *js, Node *node, JSAtom key) {
    JSPropertyDescriptor found;
    if (!JS_IsObject(node->whole)) return JS_UNINITIALIZED;
    int is_found = JS_GetOwnProperty(js, &found, node->whole, key);
    if (is_found <= 0) return is_found ? JS_EXCEPTION : JS_UNINITIALIZED;
    JSValue value = found.value;
    if (!JS_IsObject(value) || node_of(value)) return value;
    int32_t length = IS_OBJECT;
    if (JS_IsArray(js, value)) JS_ToInt32(js, &length, JS_GetProperty(js, value, length_key));
    JSValue child = node_new(js, NULL, 0, length, value);
    if (!JS_IsException(child) &&
        JS_DefinePropertyValue(js, node->whole, key, JS_DupValue(js, child), JS_PROP_C_W_E) < 0) {
        JS_FreeValue(js, child);
        return JS_EXCEPTION;
    }
    return child;
}

static bool is_plain(Text key) {
    for (uint32_t i = 0; i < key.length; i++)
        if (key.bytes[i] == '.' || key.bytes[i] == '[' || key.bytes[i] == '"') return false;
    return key.length > 0;
}

/* Writes the path of a node's value to `path`, which has room for it; answers its length. */
static uint32_t write_path(char *path, const Node *node, Text key) {
    char *end = path;
    if (node->path_length) memcpy(end, node->path, node->path_length);
    end += node->path_length;
    if (node->length >= 0) {
        *end++ = '[';
        memcpy(end, key.bytes, key.length);
        end += key.length;
        *end++ = ']';
    } else if (is_plain(key)) {
        if (node->path_length) *end++ = '.';
        memcpy(end, key.bytes, key.length);
        end += key.length;
    } else {
        *end++ = '[';
        *end++ = '"';
        for (uint32_t i = 0; i < key.length; i++) {
            if (key.bytes[i] == '"' || key.bytes[i] == '\\') *end++ = '\\';
            *end++ = key.bytes[i];
        }
        *end++ = '"';
        *end++ = ']';
    }
    return (uint32_t)(end - path);
}

static JSValue read_child(JSContext *js, Node *node, Text key) {
    /* So that the host meets the path at the same address again. */
    if (!node->path_length && node->length < 0 && is_plain(key)) return read(js, key.bytes, key.length);
    char *path = js_malloc(js, node->path_length + 2 * (size_t)key.length + 4);
    if (!path) return JS_EXCEPTION;
    uint32_t length = write_path(path, node, key);
    JSValue value;
    if (length <= LONGEST_PATH)
        value = read(js, path, length);
    else
        value = read_whole(js, node) ? JS_UNDEFINED : JS_EXCEPTION;
    js_free(js, path);
    return value;
}

/* A node's own property; JS_UNINITIALIZED when there is none. */
static JSValue own(JSContext *js, Node *node, JSAtom key) {
    uint32_t index;
    if (!engine_is_text(js, key))
        return !current || node->ctx != current || find_kind(js, node) ? JS_UNINITIALIZED : JS_EXCEPTION;
    if (!JS_IsUndefined(node->whole)) return own_of_whole(js, node, key);
    if (node->length >= 0) {
        if (key == length_key) return JS_NewInt32(js, node->length);
        if (!engine_is_index(js, &index, key) || index >= (uint32_t)node->length) return JS_UNINITIALIZED;
    }
    for (int i = 0; i < node->known_count; i++)
        if (node->known[i].key == key) return JS_DupValue(js, node->known[i].value);
    if (!is_current(js, node)) return JS_EXCEPTION;
    if (node->known_count == (node->length >= 0 ? SINGLE_ELEMENTS : SINGLE_FIELDS))
        return read_whole(js, node) ? own_of_whole(js, node, key) : JS_EXCEPTION;
    JSValue name = JS_AtomToString(js, key);
    Text text = text_of(js, name);
    JSValue value = text.bytes ? read_child(js, node, text) : JS_EXCEPTION;
    text_free(js, text);
    JS_FreeValue(js, name);
    if (JS_IsUninitialized(value) && !find_kind(js, node)) return JS_EXCEPTION;
    if (!JS_IsUndefined(node->whole)) return own_of_whole(js, node, key);
    if (!JS_IsException(value))
        node->known[node->known_count++] = (Known){JS_DupAtom(js, key), JS_DupValue(js, value)};
    return value;
}

static int get_own_property(JSContext *js, JSPropertyDescriptor *descriptor, JSValueConst object, JSAtom key) {
    Node *node = node_of(object);
    JSValue value = own(js, node, key);
    if (JS_IsException(value)) return -1;
    if (JS_IsUninitialized(value)) return 0;
    if (descriptor)
        *descriptor = (JSPropertyDescriptor){
            .flags = node->length >= 0 && key == length_key ? 0 : JS_PROP_ENUMERABLE | JS_PROP_CONFIGURABLE,
            .value = value,
            .getter = JS_UNDEFINED,
            .setter = JS_UNDEFINED,
        };
    else
        JS_FreeValue(js, value);
    return 1;
}

static int get_own_property_names(JSContext *js, JSPropertyEnum **names, uint32_t *count, JSValueConst object) {
    Node *node = node_of(object);
    *names = NULL;
    *count = 0;
    if (!read_whole(js, node)) return -1;
    if (!JS_IsObject(node->whole)) return 0;
    return JS_GetOwnPropertyNames(js, names, count, node->whole, JS_GPN_STRING_MASK);
}

static int refuse_write(JSContext *js, JSAtom key) {
    const char *name = JS_AtomToCString(js, key);
    if (!name) return -1;
    JS_ThrowTypeError(js, "cannot write '%s': documents are read-only", name);
    JS_FreeCString(js, name);
    return -1;
}

static int delete_property(JSContext *js, JSValueConst object, JSAtom key) { return refuse_write(js, key); }

static int define_own_property(JSContext *js, JSValueConst object, JSAtom key, JSValueConst value, JSValueConst getter,
                               JSValueConst setter, int flags) {
    return refuse_write(js, key);
}

static int set_property(JSContext *js, JSValueConst object, JSAtom key, JSValueConst value, JSValueConst receiver,
                        int flags) {
    return refuse_write(js, key);
}

static JSClassExoticMethods exotic = {
    .get_own_property = get_own_property,
    .get_own_property_names = get_own_property_names,
    .delete_property = delete_property,
    .define_own_property = define_own_property,
    .set_property = set_property,
};

static const JSClassDef class = {
    .class_name = "Object",
    .finalizer = finalize,
    .gc_mark = mark,
    .exotic = &exotic,
};

bool document_start(JSContext *js) {
    JSRuntime *runtime = JS_GetRuntime(js);
    JS_NewClassID(&node_class);
    if (JS_NewClass(runtime, node_class, &class) < 0) return false;
    length_key = JS_NewAtom(js, "length");
    document = node_new(js, NULL, 0, IS_UNKNOWN, JS_UNDEFINED);
    if (JS_IsException(document)) return false;
    JSValue global = JS_GetGlobalObject(js);
    int defined = JS_DefinePropertyValueStr(js, global, "doc", document_value(js),
                                            JS_PROP_WRITABLE | JS_PROP_CONFIGURABLE);
    JS_FreeValue(js, global);
    return defined >= 0;
}

void document_set(JSContext *js, int64_t ctx) {
    Node *node = node_of(document);
    forget(JS_GetRuntime(js), node);
    if (node->length >= 0) {
        JSValue prototype = engine_object_prototype(js);
        JS_SetPrototype(js, document, prototype);
        JS_FreeValue(js, prototype);
    }
    node->length = IS_UNKNOWN;
    node->ctx = current = ctx;
}

int64_t document_ctx(void) { return current; }

JSValue document_value(JSContext *js) { return JS_DupValue(js, document); }

bool document_is_array(JSContext *js, JSValueConst value) {
    Node *node = node_of(value);
    if (!node) return false;
    if (current && node->ctx == current && !find_kind(js, node)) JS_FreeValue(js, JS_GetException(js));
    return node->length >= 0;
}
