/* QuickJS, and what of its inside the interpreter needs: see engine.h. */
#include "document.h"
#include "stack.h"

#include "quickjs.c"

#include "engine.h"

JSValue engine_global(JSContext *js, JSAtom name) { return JS_GetGlobalVar(js, name, TRUE); }

static JSFunctionBytecode *bytecode(JSValueConst function) {
    if (JS_VALUE_GET_TAG(function) != JS_TAG_OBJECT) return NULL;
    JSObject *object = JS_VALUE_GET_OBJ(function);
    return js_class_has_bytecode(object->class_id) ? object->u.func.function_bytecode : NULL;
}

EngineFunction engine_function(JSValueConst function) {
    const JSFunctionBytecode *code = bytecode(function);
    if (!code) return (EngineFunction){0};
    return (EngineFunction){
        .is_known = true,
        .is_generator = code->func_kind & JS_FUNC_GENERATOR,
        .count = code->arg_count,
        .required = code->defined_arg_count,
    };
}

JSAtom engine_parameter(JSValueConst function, int position) { return bytecode(function)->vardefs[position].var_name; }

bool engine_is_text(JSContext *js, JSAtom key) { return JS_AtomGetKind(js, key) == JS_ATOM_KIND_STRING; }

bool engine_is_index(JSContext *js, uint32_t *index, JSAtom key) { return JS_AtomIsArrayIndex(js, index, key); }

JSValue engine_object_prototype(JSContext *js) { return JS_GetClassProto(js, JS_CLASS_OBJECT); }

JSValue engine_array_prototype(JSContext *js) { return JS_GetClassProto(js, JS_CLASS_ARRAY); }
