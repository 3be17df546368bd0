//! Expression trees, as the parser makes them and planner and executor have them (`primnodes.h`).

use std::ffi::CStr;

use pgrx::pg_sys::{self, Node, NodeTag};

use crate::datum::Jsonb;

/// The parts of a name that may have a schema, as the parser has them.
///
/// # Safety
/// Called in a backend. Raises an error when it is no name.
pub unsafe fn name_parts(name: &CStr) -> *mut pg_sys::List {
    // SAFETY: parses a NUL-terminated text into nodes of the current memory context.
    unsafe {
        #[cfg(feature = "pg15")]
        let parts = pg_sys::stringToQualifiedNameList(name.as_ptr());
        // Null: what is no name is raised.
        #[cfg(not(feature = "pg15"))]
        let parts = pg_sys::stringToQualifiedNameList(name.as_ptr(), std::ptr::null_mut());
        parts
    }
}

/// An element of a list of nodes.
///
/// # Safety
/// `list` is null or a List of nodes.
pub unsafe fn element(list: *const pg_sys::List, place: i32) -> Option<*mut Node> {
    // SAFETY: the place is in the list.
    unsafe {
        let list = list.as_ref().filter(|list| place < list.length)?;
        Some((*list.elements.add(place as usize)).ptr_value.cast())
    }
}

/// The arguments of the call of a function or an operator.
///
/// # Safety
/// Null, or an expression.
pub unsafe fn arguments(call: *const Node) -> Option<*const pg_sys::List> {
    // SAFETY: the tag says what it is.
    unsafe {
        match call.as_ref()?.type_ {
            NodeTag::T_OpExpr => Some((*call.cast::<pg_sys::OpExpr>()).args),
            NodeTag::T_FuncExpr => Some((*call.cast::<pg_sys::FuncExpr>()).args),
            _ => None,
        }
    }
}

/// An argument of a call.
///
/// # Safety
/// Null, or an expression.
pub unsafe fn argument(call: *const Node, place: i32) -> Option<*mut Node> {
    // SAFETY: arguments are a list of nodes.
    unsafe { element(arguments(call)?, place) }
}

/// The value of a constant that is a query.
///
/// # Safety
/// `node` is an expression.
pub unsafe fn constant_query(node: *mut Node) -> Option<Jsonb> {
    // SAFETY: the tag says that it is a Const.
    unsafe {
        if node.is_null() || (*node).type_ != NodeTag::T_Const {
            return None;
        }
        let constant = &*node.cast::<pg_sys::Const>();
        let is_query = !constant.constisnull && constant.consttype == pg_sys::JSONBOID;
        is_query.then(|| Jsonb::new(constant.constvalue))
    }
}
