// How lists are sorted: sort.c.
#pragma once
#include "py/objlist.h"

// Sorts by the keys that `key` makes, None for the items themselves.
void sort_list(mp_obj_list_t *list, mp_obj_t key, bool reverse);
