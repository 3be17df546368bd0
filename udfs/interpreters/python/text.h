// What CPython's str has and MicroPython's lacks: text.c. Included by patched files of MicroPython.
#pragma once
#include <stddef.h>
#include "py/obj.h"

// Case and kind of characters beyond ASCII.
unsigned text_lower(unsigned character);
unsigned text_upper(unsigned character);
bool text_is_alpha(unsigned character);
bool text_is_space(unsigned character);
// Not beyond ASCII: a space, a control character or half of a character.
bool text_is_printable(unsigned character);

// How many bytes the first `count` characters of a string have.
size_t text_prefix(const char *text, size_t length, size_t count);

// Each character of a string goes through `op`.
mp_obj_t text_map(unsigned (*op)(unsigned), mp_obj_t self);
// Whether there are characters, and `is` holds of all.
bool text_all(bool (*is)(unsigned), mp_obj_t self);
// Whether there are letters, and none that `op` makes another one.
bool text_is_case(unsigned (*op)(unsigned), mp_obj_t self);
// text[start:stop:step].
mp_obj_t text_slice(mp_obj_t self, mp_obj_t slice);

extern const struct _mp_obj_fun_builtin_var_t text_center_obj, text_ljust_obj, text_rjust_obj;
extern const struct _mp_obj_fun_builtin_fixed_t text_capitalize_obj, text_casefold_obj, text_isalnum_obj,
    text_removeprefix_obj, text_removesuffix_obj, text_swapcase_obj, text_title_obj, text_zfill_obj;

#define TEXT_METHODS \
    { MP_ROM_QSTR(MP_QSTR_center), MP_ROM_PTR(&text_center_obj) }, \
    { MP_ROM_QSTR(MP_QSTR_ljust), MP_ROM_PTR(&text_ljust_obj) }, \
    { MP_ROM_QSTR(MP_QSTR_rjust), MP_ROM_PTR(&text_rjust_obj) }, \
    { MP_ROM_QSTR(MP_QSTR_zfill), MP_ROM_PTR(&text_zfill_obj) }, \
    { MP_ROM_QSTR(MP_QSTR_capitalize), MP_ROM_PTR(&text_capitalize_obj) }, \
    { MP_ROM_QSTR(MP_QSTR_casefold), MP_ROM_PTR(&text_casefold_obj) }, \
    { MP_ROM_QSTR(MP_QSTR_swapcase), MP_ROM_PTR(&text_swapcase_obj) }, \
    { MP_ROM_QSTR(MP_QSTR_title), MP_ROM_PTR(&text_title_obj) }, \
    { MP_ROM_QSTR(MP_QSTR_isalnum), MP_ROM_PTR(&text_isalnum_obj) }, \
    { MP_ROM_QSTR(MP_QSTR_removeprefix), MP_ROM_PTR(&text_removeprefix_obj) }, \
    { MP_ROM_QSTR(MP_QSTR_removesuffix), MP_ROM_PTR(&text_removesuffix_obj) },
