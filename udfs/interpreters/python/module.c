// The module `quidditch`, also known as `udf`: the host's functions. They are builtins too (mpconfigport.h).
#include <string.h>
#include "host.h"
#include "interpreter.h"
#include "py/builtin.h"
#include "py/objmodule.h"
#include "py/objstr.h"
#include "py/runtime.h"

// The ctx of the running call, 0 while the source is loaded.
int64_t running_call;

static char buffer[4096];

// A getter of text: copies it into a buffer.
typedef int32_t copy_text(const char *name, size_t length, char *buffer, uint32_t *size);

static int32_t copy_field_string(const char *path, size_t length, char *to, uint32_t *size) {
    return host_field_string(running_call, path, length, to, size);
}

static int32_t copy_field_json(const char *path, size_t length, char *to, uint32_t *size) {
    return host_field_json(running_call, path, length, to, size);
}

static int32_t copy_document(const char *path, size_t length, char *to, uint32_t *size) {
    return host_document(running_call, to, size);
}

static int32_t copy_document_id(const char *path, size_t length, char *to, uint32_t *size) {
    return host_document_id(running_call, to, size);
}

// The text as a new string, or None.
static mp_obj_t text(copy_text *copy, const char *name, size_t length) {
    uint32_t size = sizeof buffer;
    int32_t status = copy(name, length, buffer, &size);
    if (status == SUCCESS) {
        return mp_obj_new_str(buffer, size);
    }
    if (status != BAD_BUFFER || size <= sizeof buffer) {
        return mp_const_none;
    }
    vstr_t whole;
    vstr_init_len(&whole, size);
    if (copy(name, length, whole.buf, &size) != SUCCESS) {
        return mp_const_none;
    }
    return mp_obj_new_str_from_utf8_vstr(&whole);
}

static mp_obj_t integer(int32_t status, int64_t value) {
    return status == SUCCESS ? mp_obj_new_int_from_ll(value) : mp_const_none;
}

static mp_obj_t floating(int32_t status, double value) {
    return status == SUCCESS ? mp_obj_new_float(value) : mp_const_none;
}

static mp_obj_t boolean(int32_t status, int32_t value) {
    return status == SUCCESS ? mp_obj_new_bool(value) : mp_const_none;
}

static mp_obj_t param_int(const char *name, size_t length) {
    int64_t value = 0;
    return integer(host_param_i64(name, length, &value), value);
}

static mp_obj_t param_float(const char *name, size_t length) {
    double value = 0;
    return floating(host_param_f64(name, length, &value), value);
}

static mp_obj_t param_bool(const char *name, size_t length) {
    int32_t value = 0;
    return boolean(host_param_bool(name, length, &value), value);
}

mp_obj_t parameter_of_type(char type, const char *name, size_t length) {
    switch (type) {
        case 's':
            return text(host_param_string, name, length);
        case 'i':
            return param_int(name, length);
        case 'f':
            return param_float(name, length);
        default:
            return param_bool(name, length);
    }
}

// A function of one string.
#define GETTER(function, body) \
    static mp_obj_t function(mp_obj_t argument) { \
        size_t length; \
        const char *name = mp_obj_str_get_data(argument, &length); \
        body \
    } \
    MP_DEFINE_CONST_FUN_OBJ_1(function##_obj, function);

GETTER(has_field, return mp_obj_new_bool(host_has_field(running_call, name, length));)
GETTER(get_field_string, return text(copy_field_string, name, length);)
GETTER(get_field_int, int64_t value = 0; return integer(host_field_i64(running_call, name, length, &value), value);)
GETTER(get_field_float, double value = 0; return floating(host_field_f64(running_call, name, length, &value), value);)
GETTER(get_field_bool, int32_t value = 0; return boolean(host_field_bool(running_call, name, length, &value), value);)
GETTER(get_array_length, uint32_t value = 0; return integer(host_array_length(running_call, name, length, &value), value);)
GETTER(get_param_string, return text(host_param_string, name, length);)
GETTER(get_param_int, return param_int(name, length);)
GETTER(get_param_float, return param_float(name, length);)
GETTER(get_param_bool, return param_bool(name, length);)

extern const mp_obj_module_t mp_module_json;

// What a JSON text says, None for no text.
static mp_obj_t parsed(mp_obj_t json) {
    if (json == mp_const_none) {
        return mp_const_none;
    }
    return mp_call_function_1(mp_load_attr(MP_OBJ_FROM_PTR(&mp_module_json), MP_QSTR_loads), json);
}

GETTER(get_field_json, return parsed(text(copy_field_json, name, length));)

mp_obj_t whole_document(void) {
    return parsed(text(copy_document, NULL, 0));
}

static mp_obj_t get_document_id(void) {
    return text(copy_document_id, NULL, 0);
}
MP_DEFINE_CONST_FUN_OBJ_0(get_document_id_obj, get_document_id);

static mp_obj_t get_score(void) {
    return mp_obj_new_float(host_score(running_call));
}
MP_DEFINE_CONST_FUN_OBJ_0(get_score_obj, get_score);

// log(message, level="info"): the level by its name, or by its number in the ABI.
static mp_obj_t log_message(size_t count, const mp_obj_t *positional, mp_map_t *named) {
    enum { MESSAGE, LEVEL };
    static const mp_arg_t allowed[] = {
        { MP_QSTR_message, MP_ARG_REQUIRED | MP_ARG_OBJ, { .u_rom_obj = MP_ROM_NONE } },
        { MP_QSTR_level, MP_ARG_OBJ, { .u_rom_obj = MP_ROM_QSTR(MP_QSTR_info) } },
    };
    mp_arg_val_t given[MP_ARRAY_SIZE(allowed)];
    mp_arg_parse_all(count, positional, named, MP_ARRAY_SIZE(allowed), allowed, given);
    static const qstr names[] = { MP_QSTR_debug, MP_QSTR_info, MP_QSTR_warning, MP_QSTR_error };
    mp_obj_t wanted = given[LEVEL].u_obj;
    int32_t level = -1;
    for (size_t i = 0; i < MP_ARRAY_SIZE(names); i++) {
        if (mp_obj_equal(wanted, MP_OBJ_NEW_QSTR(names[i])) || wanted == MP_OBJ_NEW_SMALL_INT(i)) {
            level = i;
        }
    }
    if (level < 0) {
        mp_raise_ValueError(MP_ERROR_TEXT("level must be debug, info, warning or error"));
    }
    mp_obj_t message = given[MESSAGE].u_obj;
    if (!mp_obj_is_str(message)) {
        message = mp_call_function_1(MP_OBJ_FROM_PTR(&mp_type_str), message);
    }
    size_t length;
    const char *data = mp_obj_str_get_data(message, &length);
    flush_output();
    host_log(level, data, length);
    return mp_const_none;
}
MP_DEFINE_CONST_FUN_OBJ_KW(log_obj, 0, log_message);

static const mp_rom_map_elem_t globals_table[] = {
    { MP_ROM_QSTR(MP_QSTR___name__), MP_ROM_QSTR(MP_QSTR_quidditch) },
    MICROPY_PORT_BUILTINS
};
static MP_DEFINE_CONST_DICT(globals, globals_table);

const mp_obj_module_t quidditch_module = {
    .base = { &mp_type_module },
    .globals = (mp_obj_dict_t *)&globals,
};
MP_REGISTER_MODULE(MP_QSTR_quidditch, quidditch_module);
MP_REGISTER_MODULE(MP_QSTR_udf, quidditch_module);
