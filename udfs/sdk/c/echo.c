/* Tests quidditch.h: each function answers what a getter of strings gave. `path` says which field; the parameter that
 * `parameter` answers is called `text`. The suite sdk of pg_test/regress calls them. */
#include "quidditch.h"

static qd_buffer path_buffer, answer_buffer;

static qd_str path(void) {
    qd_str path;
    switch (qd_param_text(QD_STR("path"), &path_buffer, &path)) {
    case QD_OK: return path;
    case QD_NOT_FOUND: return QD_STR("");
    default: qd_fail(QD_STR("parameter path must be a string"));
    }
}

/* What becomes the result, or why there is nothing: both are strings. */
static int32_t answer(qd_status status, const qd_str *text) {
    switch (status) {
    case QD_OK: return qd_set_result(*text);
    case QD_NOT_FOUND: return qd_set_result(QD_STR("(not found)"));
    case QD_WRONG_TYPE: return qd_set_result(QD_STR("(wrong type)"));
    default: return qd_set_result(QD_STR("(too small)"));
    }
}

QD_EXPORT(field) int32_t field(qd_ctx ctx) {
    qd_str text;
    return answer(qd_field_text(ctx, path(), &answer_buffer, &text), &text);
}

QD_EXPORT(json) int32_t json(qd_ctx ctx) {
    qd_str text;
    return answer(qd_field_json_text(ctx, path(), &answer_buffer, &text), &text);
}

QD_EXPORT(id) int32_t id(qd_ctx ctx) {
    qd_str text;
    return answer(qd_document_id_text(ctx, &answer_buffer, &text), &text);
}

QD_EXPORT(parameter) int32_t parameter(qd_ctx ctx) {
    (void)ctx;
    qd_str text;
    return answer(qd_param_text(QD_STR("text"), &answer_buffer, &text), &text);
}

/* The length of a field that fits 16 bytes, the negated length of one that doesn't. */
QD_EXPORT(fixed) int64_t fixed(qd_ctx ctx) {
    char bytes[16];
    qd_str text;
    switch (qd_field_string(ctx, path(), bytes, sizeof bytes, &text)) {
    case QD_OK: return text.length;
    case QD_BUFFER: return -(int64_t)text.length;
    default: qd_fail(QD_STR("no such string"));
    }
}
