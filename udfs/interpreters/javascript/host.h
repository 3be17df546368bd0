/* What the host gives: module `env` as every UDF has it, and module `quidditch` that interpreters have.
 *
 * Texts are UTF-8 with a length. Statuses are those of the guest ABI.
 */
#ifndef HOST_H
#define HOST_H

#include <stdint.h>

#define ENV(name) __attribute__((import_module("env"), import_name(#name)))
#define QUIDDITCH(name) __attribute__((import_module("quidditch"), import_name(#name)))

enum { FOUND, NOT_FOUND, WRONG_TYPE, TOO_SMALL };
enum { LOG_DEBUG, LOG_INFO, LOG_WARNING, LOG_ERROR };

ENV(has_field) int32_t host_has_field(int64_t ctx, const char *path, uint32_t length);
ENV(get_field_string)
int32_t host_field_string(int64_t ctx, const char *path, uint32_t length, char *buffer, uint32_t *buffer_length);
ENV(get_field_i64) int32_t host_field_i64(int64_t ctx, const char *path, uint32_t length, int64_t *out);
ENV(get_field_f64) int32_t host_field_f64(int64_t ctx, const char *path, uint32_t length, double *out);
ENV(get_field_bool) int32_t host_field_bool(int64_t ctx, const char *path, uint32_t length, int32_t *out);
ENV(get_field_json)
int32_t host_field_json(int64_t ctx, const char *path, uint32_t length, char *buffer, uint32_t *buffer_length);
ENV(get_array_length) int32_t host_array_length(int64_t ctx, const char *path, uint32_t length, int32_t *out);
ENV(get_param_string)
int32_t host_param_string(const char *name, uint32_t length, char *buffer, uint32_t *buffer_length);
ENV(get_param_i64) int32_t host_param_i64(const char *name, uint32_t length, int64_t *out);
ENV(get_param_f64) int32_t host_param_f64(const char *name, uint32_t length, double *out);
ENV(get_param_bool) int32_t host_param_bool(const char *name, uint32_t length, int32_t *out);
ENV(get_document_id) int32_t host_document_id(int64_t ctx, char *buffer, uint32_t *buffer_length);
ENV(get_score) double host_score(int64_t ctx);
ENV(set_result_string) int32_t host_set_result_string(const char *text, uint32_t length);
ENV(log) void host_log(int32_t level, const char *text, uint32_t length);

/* Each copies as much as fits and answers the whole length. */
QUIDDITCH(source) uint32_t host_source(char *buffer, uint32_t capacity);
QUIDDITCH(entry) uint32_t host_entry(char *buffer, uint32_t capacity);
QUIDDITCH(name) uint32_t host_name(char *buffer, uint32_t capacity);
/* A line for each declared parameter: its type, a space, its name. */
QUIDDITCH(parameters) uint32_t host_parameters(char *buffer, uint32_t capacity);
/* How many bytes of the native stack a call may use. */
QUIDDITCH(stack) uint32_t host_stack(void);
/* Ends the call. */
QUIDDITCH(fail)
_Noreturn void host_fail(const char *message, uint32_t length, const char *detail, uint32_t detail_length);

/* What kind of value a path leads to; an empty one to the document itself. */
enum { KIND_NONE, KIND_NULL, KIND_BOOL, KIND_NUMBER, KIND_STRING, KIND_ARRAY, KIND_OBJECT };
QUIDDITCH(kind) int32_t host_kind(int64_t ctx, const char *path, uint32_t length);
/* The document as JSON. */
QUIDDITCH(document) int32_t host_document(int64_t ctx, char *buffer, uint32_t *buffer_length);

#endif
