// What of MicroPython is built in: the language and its text, number and data modules, nothing that reaches
// outside. Every option is a MICROPY_ one of py/mpconfig.h.
#pragma once
#include <alloca.h>
#include <stdint.h>

#define MICROPY_CONFIG_ROM_LEVEL (MICROPY_CONFIG_ROM_LEVEL_EXTRA_FEATURES)

typedef intptr_t mp_int_t;
typedef uintptr_t mp_uint_t;
typedef long mp_off_t;

// The language.
#define MICROPY_ENABLE_COMPILER (1)
#define MICROPY_ENABLE_SOURCE_LINE (1)
#define MICROPY_ERROR_REPORTING (MICROPY_ERROR_REPORTING_DETAILED)
#define MICROPY_FLOAT_IMPL (MICROPY_FLOAT_IMPL_DOUBLE)
#define MICROPY_LONGINT_IMPL (MICROPY_LONGINT_IMPL_MPZ)
#define MICROPY_STREAMS_NON_BLOCK (0)
#define MICROPY_OPT_COMPUTED_GOTO (0)
#define MICROPY_KBD_EXCEPTION (0)
#define MICROPY_ENABLE_SCHEDULER (0)
#define MICROPY_ENABLE_FINALISER (0)
#define MICROPY_ENABLE_EXTERNAL_IMPORT (0)
#define MICROPY_MODULE_WEAK_LINKS (0)
#define MICROPY_HELPER_REPL (0)
#define MICROPY_PY_SYS_PS1_PS2 (0)
#define MICROPY_PY_SYS_ATTR_DELEGATION (0)
#define MICROPY_REPL_EMACS_KEYS (0)
#define MICROPY_REPL_AUTO_INDENT (0)
#define MICROPY_COMP_CONST (0)
#define MICROPY_EMERGENCY_EXCEPTION_BUF_SIZE (256)
#define MICROPY_ENABLE_EMERGENCY_EXCEPTION_BUF (1)
#define MICROPY_PY_BUILTINS_STR_UNICODE (1)
#define MICROPY_PY_BUILTINS_STR_CENTER (1)
#define MICROPY_PY_BUILTINS_STR_PARTITION (1)
#define MICROPY_PY_BUILTINS_STR_SPLITLINES (1)
#define MICROPY_PY_BUILTINS_NEXT2 (1)
#define MICROPY_PY_BUILTINS_POW3 (1)
#define MICROPY_PY_BUILTINS_NOTIMPLEMENTED (1)
#define MICROPY_PY_BUILTINS_EXECFILE (0)
#define MICROPY_PY_BUILTINS_INPUT (0)
#define MICROPY_PY_BUILTINS_HELP (0)
#define MICROPY_PY_ALL_SPECIAL_METHODS (1)
#define MICROPY_PY_REVERSE_SPECIAL_METHODS (1)
#define MICROPY_PY_ALL_INPLACE_SPECIAL_METHODS (1)
#define MICROPY_PY_DELATTR_SETATTR (1)
#define MICROPY_PY_FUNCTION_ATTRS (1)
#define MICROPY_PY_FSTRINGS (1)
#define MICROPY_PY_ASYNC_AWAIT (0)
#define MICROPY_PY_STR_BYTES_CMP_WARN (0)

// The modules.
#define MICROPY_PY_COLLECTIONS_NAMEDTUPLE__ASDICT (1)
#define MICROPY_PY_MATH_SPECIAL_FUNCTIONS (1)
#define MICROPY_PY_MATH_FACTORIAL (1)
#define MICROPY_PY_MATH_ISCLOSE (1)
#define MICROPY_PY_MATH_CONSTANTS (1)
#define MICROPY_PY_RE_MATCH_GROUPS (1)
#define MICROPY_PY_RE_MATCH_SPAN_START_END (1)
#define MICROPY_PY_JSON_SEPARATORS (1)
#define MICROPY_PY_IO_IOBASE (0)
#define MICROPY_PY_GC (0)
#define MICROPY_PY_SYS (0)
#define MICROPY_PY_SYS_STDFILES (0)
#define MICROPY_PY_MICROPYTHON (0)
#define MICROPY_PY_ASYNCIO (0)
#define MICROPY_PY_BINASCII (0)
#define MICROPY_PY_DEFLATE (0)
#define MICROPY_PY_FRAMEBUF (0)
#define MICROPY_PY_HASHLIB (0)
#define MICROPY_PY_MACHINE (0)
#define MICROPY_PY_MARSHAL (0)
#define MICROPY_PY_ONEWIRE (0)
#define MICROPY_PY_OS (0)
#define MICROPY_PY_PLATFORM (0)
#define MICROPY_PY_RANDOM (0)
#define MICROPY_PY_SELECT (0)
#define MICROPY_PY_STRUCT (0)
#define MICROPY_PY_ARRAY (0)
#define MICROPY_PY_TIME (0)
#define MICROPY_PY_UCTYPES (0)
#define MICROPY_PY_VFS (0)
#define MICROPY_VFS (0)

// The getters are builtins as well.
#define MICROPY_PORT_BUILTINS \
    { MP_ROM_QSTR(MP_QSTR_has_field), MP_ROM_PTR(&has_field_obj) }, \
    { MP_ROM_QSTR(MP_QSTR_get_field_string), MP_ROM_PTR(&get_field_string_obj) }, \
    { MP_ROM_QSTR(MP_QSTR_get_field_int), MP_ROM_PTR(&get_field_int_obj) }, \
    { MP_ROM_QSTR(MP_QSTR_get_field_float), MP_ROM_PTR(&get_field_float_obj) }, \
    { MP_ROM_QSTR(MP_QSTR_get_field_bool), MP_ROM_PTR(&get_field_bool_obj) }, \
    { MP_ROM_QSTR(MP_QSTR_get_field_json), MP_ROM_PTR(&get_field_json_obj) }, \
    { MP_ROM_QSTR(MP_QSTR_get_array_length), MP_ROM_PTR(&get_array_length_obj) }, \
    { MP_ROM_QSTR(MP_QSTR_get_param_string), MP_ROM_PTR(&get_param_string_obj) }, \
    { MP_ROM_QSTR(MP_QSTR_get_param_int), MP_ROM_PTR(&get_param_int_obj) }, \
    { MP_ROM_QSTR(MP_QSTR_get_param_float), MP_ROM_PTR(&get_param_float_obj) }, \
    { MP_ROM_QSTR(MP_QSTR_get_param_bool), MP_ROM_PTR(&get_param_bool_obj) }, \
    { MP_ROM_QSTR(MP_QSTR_get_document_id), MP_ROM_PTR(&get_document_id_obj) }, \
    { MP_ROM_QSTR(MP_QSTR_get_score), MP_ROM_PTR(&get_score_obj) }, \
    { MP_ROM_QSTR(MP_QSTR_log), MP_ROM_PTR(&log_obj) },
extern const struct _mp_obj_fun_builtin_fixed_t has_field_obj, get_field_string_obj, get_field_int_obj, get_field_float_obj,
    get_field_bool_obj, get_field_json_obj, get_array_length_obj, get_param_string_obj, get_param_int_obj,
    get_param_float_obj, get_param_bool_obj, get_document_id_obj, get_score_obj;
extern const struct _mp_obj_fun_builtin_var_t log_obj;

// Exceptions are longjmp, longjmp is an exception of WebAssembly: setjmp.c.
#define MICROPY_NLR_SETJMP (1)

// The collector can't see what C holds in WebAssembly's own stack and locals, so it runs only where C holds nothing:
// heap.c. Python's frames lie on a stack of their own, which it sees.
#define MICROPY_ENABLE_GC (1)
#define MICROPY_GC_CONSERVATIVE_CLEAR (0)
#define MICROPY_GC_ALLOC_THRESHOLD (1)
#define MICROPY_GC_SPLIT_HEAP (1)
#define MICROPY_GC_SPLIT_HEAP_AUTO (1)
#define MICROPY_ALLOC_GC_STACK_SIZE (8192) // with fewer, long chains are marked in many rounds
#define MICROPY_STACKLESS (1)
#define MICROPY_STACKLESS_STRICT (0)
#define MICROPY_ENABLE_PYSTACK (1)
#define MICROPY_VM_HOOK_INIT quidditch_frame(__builtin_frame_address(0));
#define MICROPY_VM_HOOK_LOOP quidditch_safe_point(__builtin_frame_address(0));
#define MP_PLAT_ALLOC_HEAP(size) quidditch_alloc_area(needed, &(size))
#define MP_PLAT_FREE_HEAP(area) quidditch_free_area(area, (area)->gc_pool_end)
#include "heap.h"

// Recursion in C ends by the shadow stack, of which each function that checks takes so much that it is used up
// before the native stack is: about as many bytes as its round of calls needs there.
#define MICROPY_STACK_CHECK (1)
#ifndef MICROPY_STACK_CHECK_FRAME
#define MICROPY_STACK_CHECK_FRAME (768)
#endif

#define MICROPY_HW_BOARD_NAME "quidditch"
#define MICROPY_HW_MCU_NAME "wasm32"
#define MP_STATE_PORT MP_STATE_VM
#define mp_hal_pin_obj_t
