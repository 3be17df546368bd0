// What the host calls: `start` loads the source, `call_…` call its function, one for each kind of result.
#include <string.h>
#include "host.h"
#include "interpreter.h"
#include "py/builtin.h"
#include "py/compile.h"
#include "py/cstack.h"
#include "py/gc.h"
#include "py/objfun.h"
#include "py/objint.h"
#include "py/runtime.h"

extern const mp_obj_type_t mp_type_closure;

#define BYTE_ORDER_MARK "\xef\xbb\xbf"

// Of the shadow stack, which has SHADOW_STACK bytes (build.sh). Before so much of it is in use, no more than 200 kB of
// the native stack are, whatever recurses: tests/python.rs tries.
#define STACK_LIMIT (SHADOW_STACK - 16 * 1024)

struct parameter {
    qstr name;
    char type; // the first letter of its name
    bool is_required; // by the function's own signature: it then gets None when there is no value
};

static struct parameter *parameters;
static size_t parameter_count;
static mp_obj_t function;
// Whether it has an argument for the document.
static bool takes_document;
static qstr function_name;
qstr source_name;
MP_REGISTER_ROOT_POINTER(void *quidditch_kept[3]);

// Reads a text of the host's.
static char *read(size_t (*from)(char *, size_t), size_t *length) {
    *length = from(NULL, 0);
    char *text = m_new(char, *length + 1);
    from(text, *length);
    text[*length] = 0;
    return text;
}

static qstr read_name(size_t (*from)(char *, size_t)) {
    size_t length;
    char *text = read(from, &length);
    return qstr_from_strn(text, length);
}

static void read_parameters(void) {
    size_t length;
    char *text = read(host_parameters, &length);
    char *end = text + length;
    for (char *c = text; c < end; c++) {
        parameter_count += *c == '\n';
    }
    parameters = m_new(struct parameter, parameter_count);
    MP_STATE_VM(quidditch_kept)[0] = parameters;
    for (size_t i = 0; i < parameter_count; i++) {
        char *name = (char *)memchr(text, ' ', end - text) + 1;
        char *newline = memchr(name, '\n', end - name);
        parameters[i].type = *text;
        parameters[i].name = qstr_from_strn(name, newline - name);
        text = newline + 1;
    }
}

// No frame of the virtual machine has this address.
#define NO_FRAME ((void *)&quidditch_outermost_frame)

// Calls from C, with collections while a function of Python runs. What else can be called, a class say, holds
// objects in C in the meantime.
static mp_obj_t call(mp_obj_t callee, size_t named, const mp_obj_t *arguments) {
    const mp_obj_type_t *type = mp_obj_get_type(callee);
    bool is_function = type == &mp_type_fun_bc || type == &mp_type_closure;
    quidditch_outermost_frame = is_function ? NULL : NO_FRAME;
    mp_obj_t result = mp_call_function_n_kw(callee, 0, named, arguments);
    quidditch_outermost_frame = NO_FRAME;
    return result;
}

static void read_signature(void) {
    takes_document = requires_argument(function, MP_QSTR_doc);
    for (size_t i = 0; i < parameter_count; i++) {
        parameters[i].is_required = requires_argument(function, parameters[i].name);
        takes_document &= parameters[i].name != MP_QSTR_doc;
    }
}

static void load(void) {
    function_name = read_name(host_entry);
    source_name = read_name(host_name);
    read_parameters();
    mp_store_global(MP_QSTR___name__, MP_OBJ_NEW_QSTR(source_name));
    size_t length;
    char *source = read(host_source, &length);
    if (length >= 3 && memcmp(source, BYTE_ORDER_MARK, 3) == 0) {
        length -= 3;
        memmove(source, source + 3, length + 1);
    }
    mp_lexer_t *lexer = mp_lexer_new_from_str_len(source_name, source, length, length + 1);
    mp_parse_tree_t tree = mp_parse(lexer, MP_PARSE_FILE_INPUT);
    mp_obj_t module = mp_compile(&tree, source_name, false);
    if (function_name == MP_QSTR_) {
        return; // only asked for mistakes of syntax
    }
    call(module, 0, NULL);
    mp_map_elem_t *found =
        mp_map_lookup(&mp_globals_get()->map, MP_OBJ_NEW_QSTR(function_name), MP_MAP_LOOKUP);
    if (!found) {
        mp_raise_msg_varg(&mp_type_NameError, MP_ERROR_TEXT("no function %q"), function_name);
    }
    if (!mp_obj_is_callable(found->value)) {
        mp_raise_msg_varg(&mp_type_TypeError, MP_ERROR_TEXT("%q is not a function"), function_name);
    }
    function = found->value;
    MP_STATE_VM(quidditch_kept)[1] = function;
    read_signature();
}

// Before anything of MicroPython runs.
static void enter(void) {
    mp_cstack_init_with_sp_here(STACK_LIMIT);
    out_of_memory = false;
}

__attribute__((export_name("start"))) void start(void) {
    heap_init();
    enter();
    mp_init();
    nlr_buf_t nlr;
    if (nlr_push(&nlr) != 0) {
        fail_with(MP_OBJ_FROM_PTR(nlr.ret_val));
    }
    load();
    nlr_pop();
    flush_output();
}

// Calls the function with the parameters that are there, and the document if it takes it.
static mp_obj_t call_function(void) {
    mp_obj_t arguments[2 * parameter_count + 2];
    size_t named = 0;
    if (takes_document) {
        arguments[0] = MP_OBJ_NEW_QSTR(MP_QSTR_doc);
        arguments[1] = whole_document();
        named = 1;
    }
    for (size_t i = 0; i < parameter_count; i++) {
        size_t length;
        const char *name = (const char *)qstr_data(parameters[i].name, &length);
        mp_obj_t value = parameter_of_type(parameters[i].type, name, length);
        if (value != mp_const_none || parameters[i].is_required) {
            arguments[2 * named] = MP_OBJ_NEW_QSTR(parameters[i].name);
            arguments[2 * named++ + 1] = value;
        }
    }
    return call(function, named, arguments);
}

_Noreturn static void wrong_result(const char *expected, mp_obj_t result) {
    mp_raise_msg_varg(&mp_type_TypeError, MP_ERROR_TEXT("%q must return %s, not %s"), function_name, expected,
        mp_obj_get_type_str(result));
}

static int32_t truth(mp_obj_t result) {
    return mp_obj_is_true(result);
}

static int64_t to_i64(mp_obj_t result) {
    if (!mp_obj_is_int(result) && !mp_obj_is_bool(result)) {
        wrong_result("int", result);
    }
    if (mp_obj_is_small_int(result)) {
        return MP_OBJ_SMALL_INT_VALUE(result);
    }
    if (mp_obj_is_bool(result)) {
        return result == mp_const_true;
    }
    int64_t number;
    mp_obj_int_to_bytes_impl(result, false, sizeof number, (byte *)&number); // cut off
    if (!mp_obj_equal(mp_obj_new_int_from_ll(number), result)) {
        mp_raise_msg_varg(&mp_type_OverflowError, MP_ERROR_TEXT("%q must return an int of at most 64 bits"), function_name);
    }
    return number;
}

static double to_f64(mp_obj_t result) {
    mp_float_t number;
    if (!mp_obj_get_float_maybe(result, &number)) {
        wrong_result("float", result);
    }
    return number;
}

static int32_t give_string(mp_obj_t result) {
    if (!mp_obj_is_str(result)) {
        wrong_result("str", result);
    }
    size_t length;
    const char *text = mp_obj_str_get_data(result, &length);
    if (host_set_result_string(text, length) != SUCCESS) {
        mp_raise_msg_varg(&mp_type_ValueError,
            MP_ERROR_TEXT("%q must return a str without NUL and surrogates"), function_name);
    }
    return SUCCESS;
}

#define EXPORT(name, type, convert) \
    __attribute__((export_name(#name))) type name(int64_t ctx) { \
        enter(); \
        running_call = ctx; \
        if (quidditch_collection_is_due) { \
            quidditch_collect(); \
        } \
        nlr_buf_t nlr; \
        if (nlr_push(&nlr) != 0) { \
            fail_with(MP_OBJ_FROM_PTR(nlr.ret_val)); \
        } \
        type result = convert(call_function()); \
        nlr_pop(); \
        flush_output(); \
        return result; \
    }

EXPORT(call_bool, int32_t, truth)
EXPORT(call_i64, int64_t, to_i64)
EXPORT(call_f64, double, to_f64)
EXPORT(call_string, int32_t, give_string)
