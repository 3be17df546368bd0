// What the signature of the called function asks for.
#include "interpreter.h"
#include "py/bc.h"
#include "py/objfun.h"
#include "py/runtime.h"

bool requires_argument(mp_obj_t function, qstr name) {
    if (mp_obj_get_type(function) != &mp_type_fun_bc) {
        return false; // a class, or what a decorator made: nothing is known of it
    }
    const mp_obj_fun_bc_t *code = MP_OBJ_TO_PTR(function);
    const byte *at = code->bytecode;
    MP_BC_PRELUDE_SIG_DECODE(at);
    MP_BC_PRELUDE_SIZE_DECODE(at);
    at = mp_decode_uint_skip(at); // the function's own name
    for (size_t i = 0; i < n_pos_args + n_kwonly_args; i++) {
        qstr argument = mp_decode_uint(&at);
        if (argument != name) {
            continue;
        }
        if (i < n_pos_args) {
            return i < n_pos_args - n_def_pos_args;
        }
        // Defaults of those that are named always lie in a dictionary behind the others.
        return !(scope_flags & MP_SCOPE_FLAG_DEFKWARGS)
            || !mp_map_lookup(mp_obj_dict_get_map(code->extra_args[n_def_pos_args]), MP_OBJ_NEW_QSTR(name), MP_MAP_LOOKUP);
    }
    return false;
}
