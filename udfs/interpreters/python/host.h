// The host's functions: of module `env` what every guest may import, of module `quidditch` what interpreters may.
#pragma once
#include <stddef.h>
#include <stdint.h>

enum { SUCCESS = 0, NOT_FOUND = 1, WRONG_TYPE = 2, BAD_BUFFER = 3 };

#define ENV(name) __attribute__((import_module("env"), import_name(#name))) extern
#define QUIDDITCH(name) __attribute__((import_module("quidditch"), import_name(#name))) extern

ENV(has_field) int32_t host_has_field(int64_t ctx, const char *path, size_t length);
ENV(get_field_string) int32_t host_field_string(int64_t ctx, const char *path, size_t length, char *buffer, uint32_t *size);
ENV(get_field_i64) int32_t host_field_i64(int64_t ctx, const char *path, size_t length, int64_t *out);
ENV(get_field_f64) int32_t host_field_f64(int64_t ctx, const char *path, size_t length, double *out);
ENV(get_field_bool) int32_t host_field_bool(int64_t ctx, const char *path, size_t length, int32_t *out);
ENV(get_field_json) int32_t host_field_json(int64_t ctx, const char *path, size_t length, char *buffer, uint32_t *size);
ENV(get_array_length) int32_t host_array_length(int64_t ctx, const char *path, size_t length, uint32_t *out);
ENV(get_param_string) int32_t host_param_string(const char *name, size_t length, char *buffer, uint32_t *size);
ENV(get_param_i64) int32_t host_param_i64(const char *name, size_t length, int64_t *out);
ENV(get_param_f64) int32_t host_param_f64(const char *name, size_t length, double *out);
ENV(get_param_bool) int32_t host_param_bool(const char *name, size_t length, int32_t *out);
ENV(get_document_id) int32_t host_document_id(int64_t ctx, char *buffer, uint32_t *size);
ENV(get_score) double host_score(int64_t ctx);
ENV(set_result_string) int32_t host_set_result_string(const char *text, size_t length);
ENV(log) void host_log(int32_t level, const char *text, size_t length);

QUIDDITCH(source) size_t host_source(char *buffer, size_t capacity);
QUIDDITCH(entry) size_t host_entry(char *buffer, size_t capacity);
QUIDDITCH(name) size_t host_name(char *buffer, size_t capacity);
QUIDDITCH(parameters) size_t host_parameters(char *buffer, size_t capacity);
QUIDDITCH(document) int32_t host_document(int64_t ctx, char *buffer, uint32_t *size);
QUIDDITCH(fail) _Noreturn void host_fail(const char *message, size_t message_length, const char *detail, size_t detail_length);
