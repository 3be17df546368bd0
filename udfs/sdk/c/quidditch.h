/* quidditch.h - write Quidditch UDFs in C, without a libc.
 *
 * A UDF is a WebAssembly module. PostgreSQL calls one exported function per row and hands it `ctx`, a number that
 * names the row's document. The document stays on the host's side: the function asks for the fields it needs, by
 * path, and each answer is copied into the module's own memory.
 *
 *     #include "quidditch.h"
 *
 *     QD_EXPORT(filter) int32_t filter(qd_ctx ctx) {
 *         double price;
 *         if (qd_field_f64(ctx, QD_STR("price"), &price) != QD_OK) return 0;
 *         return price < 100;
 *     }
 *
 *     clang --target=wasm32 -O2 -nostdlib -Wl,--no-entry -Wl,-z,stack-size=16384 -Wl,--strip-all -o filter.wasm filter.c
 *
 * Entry function   `int32_t f(qd_ctx)`: 0 excludes the row, anything else includes it. A result of int64_t, float or
 *                  double is a value or a score. For a string result, call qd_set_result and return 0.
 * ctx              good during this one call only. A kept one finds nothing.
 * Strings          UTF-8 with a length, never NUL-terminated: qd_str. QD_STR("...") makes one from a literal.
 * Paths            "a.b" descends objects, "a[0].b" indexes arrays ("a[-1]" is the last), "a[\"k.with.dots\"]" quotes a
 *                  key. An array met without an index is not searched: QD_WRONG_TYPE.
 *                  "[0]" is an element of a document that is an array, and "" is the whole document.
 * Long strings     qd_..._text copies a string of any length into a qd_buffer, which grows until it fits.
 * State            globals live from row to row within one statement and never longer.
 * Not there        no libc, files, network, clock or randomness. A large struct copy or initializer may become a call of
 *                  memcpy or memset: compile with -mbulk-memory and it becomes an instruction.
 */
#ifndef QUIDDITCH_H
#define QUIDDITCH_H

#include <stdint.h>

#ifdef __cplusplus
#define QD_C_ extern "C"
#else
#define QD_C_ extern
#endif
#define QD_IMPORT_(name) __attribute__((import_module("env"), import_name(#name))) QD_C_
#define QD_INLINE_ static inline __attribute__((always_inline, unused))

/* Put before a function that PostgreSQL may call. */
#define QD_EXPORT(name) __attribute__((export_name(#name), visibility("default")))

typedef int64_t qd_ctx;

/* What every getter answers. The out parameter is written with QD_OK only (lengths: see the string getters). */
typedef enum {
    QD_OK = 0,
    QD_NOT_FOUND = 1,  /* no such field or parameter */
    QD_WRONG_TYPE = 2, /* it is there with another type (a JSON null has no type but null) */
    QD_BUFFER = 3      /* the text is longer than the buffer: nothing usable was written, the true length was */
} qd_status;

typedef enum { QD_DEBUG = 0, QD_INFO = 1, QD_WARNING = 2, QD_ERROR = 3 } qd_level;

typedef struct {
    const char *text;
    uint32_t length;
} qd_str;

/* A qd_str from a string literal (the "" refuses anything else). */
#define QD_STR(literal) qd_str_("" literal, (uint32_t)sizeof(literal) - 1)
QD_INLINE_ qd_str qd_str_(const char *text, uint32_t length) {
    qd_str s = {text, length};
    return s;
}

/* The imports as the host defines them; the typed functions below are nicer. */
QD_IMPORT_(has_field) int32_t qd_import_has_field(qd_ctx, const char *, uint32_t);
QD_IMPORT_(get_field_string) int32_t qd_import_field_string(qd_ctx, const char *, uint32_t, char *, uint32_t *);
QD_IMPORT_(get_field_i64) int32_t qd_import_field_i64(qd_ctx, const char *, uint32_t, int64_t *);
QD_IMPORT_(get_field_f64) int32_t qd_import_field_f64(qd_ctx, const char *, uint32_t, double *);
QD_IMPORT_(get_field_bool) int32_t qd_import_field_bool(qd_ctx, const char *, uint32_t, int32_t *);
QD_IMPORT_(get_field_json) int32_t qd_import_field_json(qd_ctx, const char *, uint32_t, char *, uint32_t *);
QD_IMPORT_(get_array_length) int32_t qd_import_array_length(qd_ctx, const char *, uint32_t, int32_t *);
QD_IMPORT_(get_param_string) int32_t qd_import_param_string(const char *, uint32_t, char *, uint32_t *);
QD_IMPORT_(get_param_i64) int32_t qd_import_param_i64(const char *, uint32_t, int64_t *);
QD_IMPORT_(get_param_f64) int32_t qd_import_param_f64(const char *, uint32_t, double *);
QD_IMPORT_(get_param_bool) int32_t qd_import_param_bool(const char *, uint32_t, int32_t *);
QD_IMPORT_(get_document_id) int32_t qd_import_document_id(qd_ctx, char *, uint32_t *);
QD_IMPORT_(get_score) double qd_import_score(qd_ctx);
QD_IMPORT_(set_result_string) int32_t qd_import_set_result(const char *, uint32_t);
QD_IMPORT_(log) void qd_import_log(int32_t, const char *, uint32_t);

/* Does the path lead anywhere? A JSON null counts as there. */
QD_INLINE_ int qd_has_field(qd_ctx ctx, qd_str path) { return qd_import_has_field(ctx, path.text, path.length); }

/* Integers exactly: a fraction, or a number beyond 64 bits, is QD_WRONG_TYPE. */
QD_INLINE_ qd_status qd_field_i64(qd_ctx ctx, qd_str path, int64_t *out) {
    return (qd_status)qd_import_field_i64(ctx, path.text, path.length, out);
}

/* Any JSON number within the range of a double; another is QD_WRONG_TYPE. */
QD_INLINE_ qd_status qd_field_f64(qd_ctx ctx, qd_str path, double *out) {
    return (qd_status)qd_import_field_f64(ctx, path.text, path.length, out);
}

/* Writes 0 or 1. */
QD_INLINE_ qd_status qd_field_bool(qd_ctx ctx, qd_str path, int32_t *out) {
    return (qd_status)qd_import_field_bool(ctx, path.text, path.length, out);
}

/* These string getters copy into `buffer` and set `out` to what is there. With QD_BUFFER, out->length is the length the
 * text really has: decide by the length, or use a qd_buffer (below). Never take a QD_BUFFER for "no match". */
QD_INLINE_ qd_status qd_field_string(qd_ctx ctx, qd_str path, char *buffer, uint32_t capacity, qd_str *out) {
    out->text = buffer;
    out->length = capacity;
    return (qd_status)qd_import_field_string(ctx, path.text, path.length, buffer, &out->length);
}

/* Any value, objects and arrays included, as JSON text. */
QD_INLINE_ qd_status qd_field_json(qd_ctx ctx, qd_str path, char *buffer, uint32_t capacity, qd_str *out) {
    out->text = buffer;
    out->length = capacity;
    return (qd_status)qd_import_field_json(ctx, path.text, path.length, buffer, &out->length);
}

QD_INLINE_ qd_status qd_array_length(qd_ctx ctx, qd_str path, int32_t *out) {
    return (qd_status)qd_import_array_length(ctx, path.text, path.length, out);
}

/* Parameters: what the query passed, or the default of the UDF's metadata. i64 and f64 convert when that is exact. */
QD_INLINE_ qd_status qd_param_string(qd_str name, char *buffer, uint32_t capacity, qd_str *out) {
    out->text = buffer;
    out->length = capacity;
    return (qd_status)qd_import_param_string(name.text, name.length, buffer, &out->length);
}
QD_INLINE_ qd_status qd_param_i64(qd_str name, int64_t *out) {
    return (qd_status)qd_import_param_i64(name.text, name.length, out);
}
QD_INLINE_ qd_status qd_param_f64(qd_str name, double *out) {
    return (qd_status)qd_import_param_f64(name.text, name.length, out);
}
QD_INLINE_ qd_status qd_param_bool(qd_str name, int32_t *out) {
    return (qd_status)qd_import_param_bool(name.text, name.length, out);
}

/* The document's `_id`, else its `id`, as text. */
QD_INLINE_ qd_status qd_document_id(qd_ctx ctx, char *buffer, uint32_t capacity, qd_str *out) {
    out->text = buffer;
    out->length = capacity;
    return (qd_status)qd_import_document_id(ctx, buffer, &out->length);
}

/* The text-search score where the query has one, else 0. */
QD_INLINE_ double qd_score(qd_ctx ctx) { return qd_import_score(ctx); }

/* The result of a UDF that returns a string. */
QD_INLINE_ qd_status qd_set_result(qd_str text) { return (qd_status)qd_import_set_result(text.text, text.length); }

QD_INLINE_ void qd_log(qd_level level, qd_str message) { qd_import_log(level, message.text, message.length); }

/* Ends the query with an error, after logging why. For what the caller got wrong, not for odd rows. */
__attribute__((noreturn, unused)) static void qd_fail(qd_str why) {
    qd_log(QD_ERROR, why);
    __builtin_trap();
}

/* Memory that grows on demand and is kept for the next row: for text of any length. Keep it in a static, which starts as
 * {0}. What was copied into it stays until something else is. */
typedef struct {
    char *start; /* aligned for any type */
    uint32_t capacity;
} qd_buffer;

enum { QD_PAGE_ = 65536, QD_ARENA_ = 32768 };

/* Where buffers start: small ones need no growing of the module's memory. */
__attribute__((aligned(16), unused)) static char qd_arena_[QD_ARENA_];
__attribute__((unused)) static uint32_t qd_arena_used_;

__attribute__((unused)) static int qd_allocate_(qd_buffer *buffer, uint32_t bytes) {
    if (bytes <= QD_ARENA_ - qd_arena_used_) {
        buffer->start = qd_arena_ + qd_arena_used_;
        buffer->capacity = (bytes + 15) / 16 * 16; /* both lengths are multiples of 16 */
        qd_arena_used_ += buffer->capacity;
        return 1;
    }
    uint32_t pages = bytes / QD_PAGE_ + (bytes % QD_PAGE_ != 0);
    uint32_t before = (uint32_t)__builtin_wasm_memory_grow(0, pages);
    if (before == UINT32_MAX) return 0;
    buffer->start = (char *)(uintptr_t)(before * QD_PAGE_);
    buffer->capacity = pages * QD_PAGE_;
    return 1;
}

/* Makes room for `bytes`; what was there is lost. Fails the query when the memory limit is reached. */
__attribute__((unused)) static void qd_reserve(qd_buffer *buffer, uint32_t bytes) {
    if (bytes <= buffer->capacity) return;
    uint32_t generous = buffer->capacity < UINT32_MAX / 2 ? buffer->capacity * 2 : UINT32_MAX;
    if (generous < 256) generous = 256;
    if (generous < bytes) generous = bytes;
    if (!qd_allocate_(buffer, generous) && !qd_allocate_(buffer, bytes))
        qd_fail(QD_STR("out of memory: the text does not fit the UDF's memory limit"));
}

/* After a getter's answer: was the buffer too small? Then it no longer is. */
QD_INLINE_ int qd_grown_(qd_buffer *buffer, qd_status status, uint32_t length) {
    if (status != QD_BUFFER || length <= buffer->capacity) return 0;
    qd_reserve(buffer, length);
    return 1;
}

/* The string getters once more, for text of any length: QD_BUFFER is no answer of theirs. */
QD_INLINE_ qd_status qd_field_text(qd_ctx ctx, qd_str path, qd_buffer *buffer, qd_str *out) {
    qd_status status;
    do status = qd_field_string(ctx, path, buffer->start, buffer->capacity, out);
    while (qd_grown_(buffer, status, out->length));
    return status;
}
QD_INLINE_ qd_status qd_field_json_text(qd_ctx ctx, qd_str path, qd_buffer *buffer, qd_str *out) {
    qd_status status;
    do status = qd_field_json(ctx, path, buffer->start, buffer->capacity, out);
    while (qd_grown_(buffer, status, out->length));
    return status;
}
QD_INLINE_ qd_status qd_document_id_text(qd_ctx ctx, qd_buffer *buffer, qd_str *out) {
    qd_status status;
    do status = qd_document_id(ctx, buffer->start, buffer->capacity, out);
    while (qd_grown_(buffer, status, out->length));
    return status;
}
QD_INLINE_ qd_status qd_param_text(qd_str name, qd_buffer *buffer, qd_str *out) {
    qd_status status;
    do status = qd_param_string(name, buffer->start, buffer->capacity, out);
    while (qd_grown_(buffer, status, out->length));
    return status;
}

#endif
