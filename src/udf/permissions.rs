//! What the host lets a module do: its imports need the permissions that its metadata names. Checked when it is
//! registered, and again when a backend loads it, since the superuser may have narrowed the row. An interpreter imports
//! everything, so what its scripts aren't permitted fails when they call it.

use quidditch_sandbox::Module;

use crate::report::{Code, Report};

/// What a module may be allowed, and is unless its metadata says less.
pub const GRANTED: [&str; 2] = ["read_document", "write_log"];

/// What only exists to be refused.
pub const REFUSED: [&str; 2] = ["network_access", "file_access"];

/// Fails when the module imports a host function that `permissions` don't allow.
pub fn check(module: &Module, permissions: &[String]) -> Result<(), Report> {
    for import in module.imports() {
        let Some(needed) = needed_for(import) else {
            continue;
        };
        if !permissions.iter().any(|permission| permission == needed) {
            return Err(Report::new(
                Code::ERRCODE_INSUFFICIENT_PRIVILEGE,
                format!("the module imports {import:?}, but lacks the permission {needed:?}"),
            ));
        }
    }
    Ok(())
}

/// What a module must be allowed to import a host function, and a script to call it.
pub fn needed_for(import: &str) -> Option<&'static str> {
    match import {
        "log" | "fd_write" => Some("write_log"),
        "has_field" | "get_array_length" | "get_document_id" | "kind" | "document" => {
            Some("read_document")
        }
        getter if getter.starts_with("get_field_") => Some("read_document"),
        _ => None,
    }
}
