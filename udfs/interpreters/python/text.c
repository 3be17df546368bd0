// What CPython's str has and MicroPython's lacks.
//
// Case is that of single characters (towlower), so what becomes several ones in CPython stays: 'ß'.upper() is 'ß'.
#include <string.h>
#include <wctype.h>
#include "py/objlist.h"
#include "py/objstr.h"
#include "py/runtime.h"
#include "py/unicode.h"
#include "text.h"

unsigned text_lower(unsigned c) {
    return c < 128 ? c + (c - 'A' < 26 ? 32 : 0) : towlower(c);
}

unsigned text_upper(unsigned c) {
    if (c < 128) {
        return c - (c - 'a' < 26 ? 32 : 0);
    }
    return c == 0xdf ? c : towupper(c); // of ß it makes one that Unicode doesn't
}

bool text_is_alpha(unsigned c) {
    return c < 128 ? (c | 32) - 'a' < 26 : iswalpha(c);
}

bool text_is_space(unsigned c) {
    return c == ' ' || c - 9 < 5 || c - 0x1c < 4 || c == 0x85 || c == 0xa0 || (c >= 128 && iswspace(c));
}

bool text_is_printable(unsigned c) {
    bool is_format = c == 0xad || c - 0x200b < 5 || c - 0x2028 < 7 || c - 0x2060 < 16 || c == 0xfeff;
    return c >= 0xa1 && !is_format && c - 0xd800 >= 0x2100 && !text_is_space(c);
}

static bool is_alnum(unsigned c) {
    return text_is_alpha(c) || c - '0' < 10;
}

static const char *data_of(mp_obj_t self, size_t *length) {
    if (!mp_obj_is_str(self)) {
        mp_raise_TypeError(MP_ERROR_TEXT("bytes have no such method"));
    }
    return mp_obj_str_get_data(self, length);
}

mp_obj_t text_map(unsigned (*op)(unsigned), mp_obj_t self) {
    size_t length;
    const byte *at = (const byte *)mp_obj_str_get_data(self, &length);
    bool is_text = mp_obj_is_str(self);
    vstr_t mapped;
    vstr_init(&mapped, length + 1);
    for (const byte *end = at + length; at < end;) {
        if (*at < 128 || !is_text) {
            vstr_add_byte(&mapped, *at < 128 ? op(*at) : *at);
            at++;
        } else {
            vstr_add_char(&mapped, op(utf8_get_char(at)));
            at = utf8_next_char(at);
        }
    }
    return is_text ? mp_obj_new_str_from_utf8_vstr(&mapped) : mp_obj_new_bytes_from_vstr(&mapped);
}

bool text_all(bool (*is)(unsigned), mp_obj_t self) {
    size_t length;
    const byte *at = (const byte *)mp_obj_str_get_data(self, &length);
    for (const byte *end = at + length; at < end; at = utf8_next_char(at)) {
        if (!is(utf8_get_char(at))) {
            return false;
        }
    }
    return length > 0;
}

bool text_is_case(unsigned (*op)(unsigned), mp_obj_t self) {
    size_t length;
    const byte *at = (const byte *)mp_obj_str_get_data(self, &length);
    bool has_case = false;
    for (const byte *end = at + length; at < end; at = utf8_next_char(at)) {
        unsigned c = utf8_get_char(at);
        if (op(c) != c) {
            return false;
        }
        has_case |= text_lower(c) != text_upper(c);
    }
    return has_case;
}

size_t text_prefix(const char *text, size_t length, size_t count) {
    size_t at = 0;
    for (; at < length; at++) {
        // A byte that begins a character; behind the last one there needn't be a NUL.
        if (!UTF8_IS_CONT(text[at]) && count-- == 0) {
            break;
        }
    }
    return at;
}

mp_obj_t text_slice(mp_obj_t self, mp_obj_t slice) {
    mp_obj_t characters = mp_call_function_1(MP_OBJ_FROM_PTR(&mp_type_list), self);
    mp_obj_t chosen = mp_obj_subscr(characters, slice, MP_OBJ_SENTINEL);
    mp_obj_t join[3];
    mp_load_method(MP_OBJ_NEW_QSTR(MP_QSTR_), MP_QSTR_join, join);
    join[2] = chosen;
    return mp_call_method_n_kw(1, 0, join);
}

// Puts the text between as much padding.
static mp_obj_t pad(size_t left, mp_obj_t self, size_t right, mp_obj_t with) {
    size_t length, with_length;
    const char *text = data_of(self, &length);
    const char *filling = data_of(with, &with_length);
    if (utf8_charlen((const byte *)filling, with_length) != 1) {
        mp_raise_TypeError(MP_ERROR_TEXT("the fill character must be one character"));
    }
    vstr_t padded;
    vstr_init(&padded, length + (left + right) * with_length + 1);
    for (; left; left--) {
        vstr_add_strn(&padded, filling, with_length);
    }
    vstr_add_strn(&padded, text, length);
    for (; right; right--) {
        vstr_add_strn(&padded, filling, with_length);
    }
    return mp_obj_new_str_from_utf8_vstr(&padded);
}

// How many characters are missing to a width.
static size_t missing(mp_obj_t self, mp_obj_t width) {
    size_t length;
    const char *text = data_of(self, &length);
    mp_int_t more = mp_obj_get_int(width) - (mp_int_t)utf8_charlen((const byte *)text, length);
    return more > 0 ? more : 0;
}

static mp_obj_t filling_of(size_t count, const mp_obj_t *arguments) {
    return count > 2 ? arguments[2] : MP_OBJ_NEW_QSTR(MP_QSTR__space_);
}

static mp_obj_t center(size_t count, const mp_obj_t *arguments) {
    size_t more = missing(arguments[0], arguments[1]);
    // CPython's choice of the side that gets one more.
    size_t left = more / 2 + (more & mp_obj_get_int(arguments[1]) & 1);
    return pad(left, arguments[0], more - left, filling_of(count, arguments));
}
MP_DEFINE_CONST_FUN_OBJ_VAR_BETWEEN(text_center_obj, 2, 3, center);

static mp_obj_t ljust(size_t count, const mp_obj_t *arguments) {
    return pad(0, arguments[0], missing(arguments[0], arguments[1]), filling_of(count, arguments));
}
MP_DEFINE_CONST_FUN_OBJ_VAR_BETWEEN(text_ljust_obj, 2, 3, ljust);

static mp_obj_t rjust(size_t count, const mp_obj_t *arguments) {
    return pad(missing(arguments[0], arguments[1]), arguments[0], 0, filling_of(count, arguments));
}
MP_DEFINE_CONST_FUN_OBJ_VAR_BETWEEN(text_rjust_obj, 2, 3, rjust);

static mp_obj_t zfill(mp_obj_t self, mp_obj_t width) {
    size_t length;
    const char *text = data_of(self, &length);
    size_t zeros = missing(self, width);
    size_t sign = length && (*text == '-' || *text == '+');
    vstr_t filled;
    vstr_init(&filled, length + zeros + 1);
    vstr_add_strn(&filled, text, sign);
    for (; zeros; zeros--) {
        vstr_add_byte(&filled, '0');
    }
    vstr_add_strn(&filled, text + sign, length - sign);
    return mp_obj_new_str_from_utf8_vstr(&filled);
}
MP_DEFINE_CONST_FUN_OBJ_2(text_zfill_obj, zfill);

// Capitals at the beginnings of words, or of the text alone; other letters are small.
static mp_obj_t capitals(mp_obj_t self, bool of_words) {
    size_t length;
    const byte *at = (const byte *)data_of(self, &length);
    vstr_t text;
    vstr_init(&text, length + 1);
    bool begins = true;
    for (const byte *end = at + length; at < end; at = utf8_next_char(at)) {
        unsigned c = utf8_get_char(at);
        vstr_add_char(&text, begins ? text_upper(c) : text_lower(c));
        begins = of_words && !text_is_alpha(c);
    }
    return mp_obj_new_str_from_utf8_vstr(&text);
}

static mp_obj_t capitalize(mp_obj_t self) {
    return capitals(self, false);
}
MP_DEFINE_CONST_FUN_OBJ_1(text_capitalize_obj, capitalize);

static mp_obj_t title(mp_obj_t self) {
    return capitals(self, true);
}
MP_DEFINE_CONST_FUN_OBJ_1(text_title_obj, title);

static unsigned swap(unsigned c) {
    return text_lower(c) != c ? text_lower(c) : text_upper(c);
}

static mp_obj_t swapcase(mp_obj_t self) {
    return text_map(swap, self);
}
MP_DEFINE_CONST_FUN_OBJ_1(text_swapcase_obj, swapcase);

static mp_obj_t casefold(mp_obj_t self) {
    return text_map(text_lower, self);
}
MP_DEFINE_CONST_FUN_OBJ_1(text_casefold_obj, casefold);

static mp_obj_t isalnum(mp_obj_t self) {
    return mp_obj_new_bool(text_all(is_alnum, self));
}
MP_DEFINE_CONST_FUN_OBJ_1(text_isalnum_obj, isalnum);

static mp_obj_t removeprefix(mp_obj_t self, mp_obj_t prefix) {
    size_t length, cut;
    const char *text = data_of(self, &length), *start = data_of(prefix, &cut);
    if (cut > length || memcmp(text, start, cut) != 0) {
        return self;
    }
    return mp_obj_new_str(text + cut, length - cut);
}
MP_DEFINE_CONST_FUN_OBJ_2(text_removeprefix_obj, removeprefix);

static mp_obj_t removesuffix(mp_obj_t self, mp_obj_t suffix) {
    size_t length, cut;
    const char *text = data_of(self, &length), *end = data_of(suffix, &cut);
    if (cut > length || memcmp(text + length - cut, end, cut) != 0) {
        return self;
    }
    return mp_obj_new_str(text, length - cut);
}
MP_DEFINE_CONST_FUN_OBJ_2(text_removesuffix_obj, removesuffix);
