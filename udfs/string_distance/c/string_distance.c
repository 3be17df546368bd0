/* Keeps the documents whose string field is at most `max_distance` edits (Levenshtein: insert, delete or replace one code
 * point) away from `target`. The same algorithms as in ../string_distance.rs.
 *
 * A code point stands for its bytes, packed into a number: it is compared for equality only. */
#include "quidditch.h"

/* Code points, in a buffer of their own. */
typedef struct {
    qd_buffer buffer;
    uint32_t length;
} points;

static struct {
    int ready;
    int64_t limit;
    qd_str path;
    qd_buffer path_text, row_text;
    points target, row;
    uint64_t ascii[128]; /* for short targets: the positions of a code point in it, as bits */
    qd_buffer cells;     /* for longer ones: one row of the distance matrix */
} s;

static uint32_t least(uint32_t a, uint32_t b) { return a < b ? a : b; }
static uint32_t most(uint32_t a, uint32_t b) { return a > b ? a : b; }

static uint32_t *words(const qd_buffer *buffer) { return (uint32_t *)buffer->start; }

static void unpack(qd_str text, points *into) {
    qd_reserve(&into->buffer, text.length * 4);
    uint32_t *to = words(&into->buffer), count = 0;
    for (uint32_t i = 0; i < text.length; count++) {
        uint32_t point = (uint8_t)text.text[i++];
        while (i < text.length && (text.text[i] & 0xC0) == 0x80) point = point << 8 | (uint8_t)text.text[i++];
        to[count] = point;
    }
    into->length = count;
}

static void read_parameters(void) {
    switch (qd_param_i64(QD_STR("max_distance"), &s.limit)) {
    case QD_OK: break;
    case QD_NOT_FOUND: s.limit = 2; break;
    default: qd_fail(QD_STR("parameter max_distance must be an integer"));
    }
    if (s.limit > 1 << 30) s.limit = 1 << 30; /* no text is longer */
    if (qd_param_text(QD_STR("field"), &s.path_text, &s.path) != QD_OK) qd_fail(QD_STR("parameter field must be a string"));

    qd_buffer text = {0};
    qd_str target;
    if (qd_param_text(QD_STR("target"), &text, &target) != QD_OK) qd_fail(QD_STR("parameter target must be a string"));
    unpack(target, &s.target);
    if (s.target.length <= 64) {
        for (uint32_t i = 0; i < s.target.length; i++) {
            uint32_t point = words(&s.target.buffer)[i];
            if (point < 128) s.ascii[point] |= (uint64_t)1 << i;
        }
    } else {
        qd_reserve(&s.cells, (s.target.length + 1) * 4);
    }
    s.ready = 1;
}

/* The field's text, when it isn't too long to be near enough. */
static int read_row(qd_ctx ctx, uint32_t limit, qd_str *text) {
    /* A code point takes at most four bytes. The host need not even copy what has more. */
    uint64_t longest = ((uint64_t)s.target.length + limit) * 4;
    for (;;) {
        uint32_t room = s.row_text.capacity < longest ? s.row_text.capacity : (uint32_t)longest;
        qd_status status = qd_field_string(ctx, s.path, s.row_text.start, room, text);
        if (status != QD_BUFFER || text->length > longest) return status == QD_OK;
        qd_reserve(&s.row_text, text->length);
    }
}

/* Where a code point stands in a short target. */
static uint64_t positions(uint32_t point) {
    if (point < 128) return s.ascii[point];
    uint64_t found = 0;
    for (uint32_t i = 0; i < s.target.length; i++) found |= (uint64_t)(words(&s.target.buffer)[i] == point) << i;
    return found;
}

/* Myers' and Hyyrö's bit-parallel algorithm. Bit i of the vectors is row i of one column of the distance matrix: `plus`
 * and `minus` say where the value is one more or one less than in the row above, `same` where it equals its upper left
 * neighbour. The values along the diagonal that ends in the last cell never fall and end with the distance, so they are
 * followed and most texts are done with after a few code points. */
static int bit_parallel(uint32_t limit) {
    uint32_t length = s.row.length, chars = s.target.length;
    uint64_t plus = ~(uint64_t)0, minus = 0;
    uint32_t before = length > chars ? length - chars : 0; /* columns before the diagonal starts */
    uint32_t row = chars > length ? chars - length : 0;
    uint32_t distance = before + row;
    for (uint32_t i = 0; i < length; i++) {
        uint64_t equal = positions(words(&s.row.buffer)[i]);
        uint64_t same = (((equal & plus) + plus) ^ plus) | equal | minus;
        if (before > 0) {
            before--;
        } else {
            distance += (same >> (row & 63) & 1) == 0;
            if (distance > limit) return 0;
            row++;
        }
        uint64_t right_plus = (minus | ~(same | plus)) << 1 | 1;
        uint64_t right_minus = (plus & same) << 1;
        plus = right_minus | ~(same | right_plus);
        minus = right_plus & same;
    }
    return 1;
}

/* Row by row, computing only the cells within `limit` of the main diagonal. */
static int banded(uint32_t limit) {
    const uint32_t far = (uint32_t)1 << 31;
    const uint32_t *text = words(&s.row.buffer), *target = words(&s.target.buffer);
    uint32_t *cells = words(&s.cells), chars = s.target.length;
    for (uint32_t column = 0; column <= chars; column++) cells[column] = column <= limit ? column : far;
    for (uint32_t row = 1; row <= s.row.length; row++) {
        uint32_t first = row > limit ? row - limit : 1, last = least(row + limit, chars);
        uint32_t diagonal = cells[first - 1], left = first == 1 ? row : far, nearest = far;
        cells[first - 1] = left;
        for (uint32_t column = first; column <= last; column++) {
            /* The cell above the band's last one still has its `far` from the start. */
            uint32_t replaced = diagonal + (target[column - 1] != text[row - 1]);
            diagonal = cells[column];
            left = least(replaced, least(left, diagonal) + 1);
            cells[column] = left;
            nearest = least(nearest, left);
        }
        if (nearest > limit) return 0;
    }
    return cells[chars] <= limit;
}

QD_EXPORT(filter) int32_t filter(qd_ctx ctx) {
    /* An instance has one set of parameters for life, so they are read for its first row. */
    if (!s.ready) read_parameters();
    if (s.limit < 0) return 0;

    qd_str text;
    uint32_t limit = (uint32_t)s.limit;
    if (!read_row(ctx, limit, &text)) return 0;
    unpack(text, &s.row);
    uint32_t longer = most(s.row.length, s.target.length), shorter = least(s.row.length, s.target.length);
    if (longer - shorter > limit) return 0;
    if (shorter == 0) return 1;
    return s.target.length <= 64 ? bit_parallel(limit) : banded(least(limit, longer));
}
