// How lists are sorted: by merging, so that equal items stay in order and no order of the items is a slow one, with one
// call of the key function for each item. MicroPython's quicksort has none of that.
#include <string.h>
#include "py/cstack.h"
#include "py/runtime.h"
#include "sort.h"

struct item {
    mp_obj_t key;
    mp_obj_t value;
};

// Whether `right`, which came later, has to go first.
static bool goes_first(const struct item *right, const struct item *left, bool reverse) {
    mp_obj_t less = reverse ? left->key : right->key;
    mp_obj_t more = reverse ? right->key : left->key;
    if (mp_obj_is_small_int(less) && mp_obj_is_small_int(more)) {
        return MP_OBJ_SMALL_INT_VALUE(less) < MP_OBJ_SMALL_INT_VALUE(more);
    }
    return mp_obj_is_true(mp_binary_op(MP_BINARY_OP_LESS, less, more));
}

// Merges sorted runs of `width` items into ones of twice that.
static void merge(const struct item *from, struct item *to, size_t count, size_t width, bool reverse) {
    for (size_t start = 0; start < count; start += 2 * width) {
        size_t middle = MIN(start + width, count), end = MIN(middle + width, count);
        size_t left = start, right = middle;
        if (middle < end && !goes_first(&from[middle], &from[middle - 1], reverse)) {
            memcpy(to + start, from + start, (end - start) * sizeof *to); // in order already
            continue;
        }
        for (size_t i = start; i < end; i++) {
            bool takes_right = left == middle || (right < end && goes_first(&from[right], &from[left], reverse));
            to[i] = from[takes_right ? right++ : left++];
        }
    }
}

void sort_list(mp_obj_list_t *list, mp_obj_t key, bool reverse) {
    mp_cstack_check();
    size_t count = list->len;
    struct item *items = m_new(struct item, count), *merged = m_new(struct item, count);
    for (size_t i = 0; i < count; i++) {
        if (list->len != count) {
            mp_raise_ValueError(MP_ERROR_TEXT("list modified during sort"));
        }
        items[i].value = list->items[i];
        items[i].key = key == mp_const_none ? items[i].value : mp_call_function_1(key, items[i].value);
    }
    for (size_t width = 1; width < count; width *= 2) {
        merge(items, merged, count, width, reverse);
        struct item *other = items;
        items = merged;
        merged = other;
    }
    if (list->len != count) {
        mp_raise_ValueError(MP_ERROR_TEXT("list modified during sort"));
    }
    for (size_t i = 0; i < count; i++) {
        list->items[i] = items[i].value;
    }
    m_del(struct item, items, count);
    m_del(struct item, merged, count);
}
