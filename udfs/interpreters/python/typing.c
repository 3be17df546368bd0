// The modules `typing` and `__future__`, for sources that import what their annotations name. Annotations aren't
// evaluated, so the names stand for nothing.
#include "py/objmodule.h"

#define NAME(name) { MP_ROM_QSTR(MP_QSTR_##name), MP_ROM_NONE }

static const mp_rom_map_elem_t typing_globals_table[] = {
    { MP_ROM_QSTR(MP_QSTR___name__), MP_ROM_QSTR(MP_QSTR_typing) },
    NAME(Any), NAME(Callable), NAME(Dict), NAME(Final), NAME(FrozenSet), NAME(Generator), NAME(Iterable), NAME(Iterator),
    NAME(List), NAME(Literal), NAME(Mapping), NAME(NoReturn), NAME(Optional), NAME(Sequence), NAME(Set), NAME(Tuple),
    NAME(Type), NAME(Union),
};
static MP_DEFINE_CONST_DICT(typing_globals, typing_globals_table);

const mp_obj_module_t typing_module = {
    .base = { &mp_type_module },
    .globals = (mp_obj_dict_t *)&typing_globals,
};
MP_REGISTER_MODULE(MP_QSTR_typing, typing_module);

static const mp_rom_map_elem_t future_globals_table[] = {
    { MP_ROM_QSTR(MP_QSTR___name__), MP_ROM_QSTR(MP_QSTR___future__) },
    NAME(annotations),
};
static MP_DEFINE_CONST_DICT(future_globals, future_globals_table);

const mp_obj_module_t future_module = {
    .base = { &mp_type_module },
    .globals = (mp_obj_dict_t *)&future_globals,
};
MP_REGISTER_MODULE(MP_QSTR___future__, future_module);
