/* Multiplies the score of a search by how popular a document is:
 *
 *     boost = 1 + weight * value / (value + pivot)        score = the search's score * boost
 *
 * value / (value + pivot) grows from 0 towards 1, and is a half where the value is the pivot: twice the sales count,
 * a thousand times the sales don't drown the words that were searched for. A document without the number has `missing`
 * in its place; a negative number is 0.
 *
 * Two exported functions: `score` for script_score, and `boost` alone. pivot, weight and missing are typed parameters. */
#include "quidditch.h"

static qd_str field;

static void read_field(void) {
    static qd_buffer buffer;
    switch (qd_param_text(QD_STR("field"), &buffer, &field)) {
    case QD_OK: break;
    case QD_NOT_FOUND: field = QD_STR("popularity"); break;
    default: qd_fail(QD_STR("parameter field must be a string"));
    }
}

QD_EXPORT(boost) double boost(qd_ctx ctx, double pivot, double weight, double missing) {
    if (!(pivot > 0)) qd_fail(QD_STR("parameter pivot must be more than 0"));
    if (!(weight >= 0)) qd_fail(QD_STR("parameter weight must not be negative"));
    /* JSON has no such numbers, but a function in SQL may be called with them. */
    if (!__builtin_isfinite(weight) || !__builtin_isfinite(missing)) qd_fail(QD_STR("parameters weight and missing must be finite"));
    /* An instance has one set of strings for life, so the path is read for its first row. */
    if (!field.text) read_field();

    double value;
    if (qd_field_f64(ctx, field, &value) != QD_OK) value = missing;
    if (value < 0) value = 0;
    return 1 + weight * (value / (value + pivot));
}

QD_EXPORT(score) double score(qd_ctx ctx, double pivot, double weight, double missing) {
    return qd_score(ctx) * boost(ctx, pivot, weight, missing);
}
