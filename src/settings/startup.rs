//! Settings among a connection's options, where nobody knows yet whose they are: the library comes later.
//!
//! PostgreSQL keeps such a setting as text over what configuration and database say, and forgets both when it finds
//! the role not allowed to make it; then the built-in default counts, and a user could have less strict limits than
//! the server's administrator set. So a library whose settings were made so is not loaded, as PostgreSQL refuses
//! the connection where it is loaded by `shared_preload_libraries`.

use std::ffi::CStr;

use pgrx::pg_sys;

use crate::report::{Code, Report};

/// The settings that everybody may make.
const EVERYBODYS: [&str; 4] = [
    "log_level",
    "max_query_depth",
    "max_query_clauses",
    "max_query_size",
];

/// Fails when a role without the right to made one of the others among its connection's options. Called before they
/// are defined.
pub fn check() -> Result<(), Report> {
    // SAFETY: the server's own array of its settings, read in its only thread; names are NUL-terminated.
    unsafe {
        for &setting in all() {
            let name = CStr::from_ptr((*setting).name);
            let Some(ours) = ours(name) else { continue };
            let is_anybodys = EVERYBODYS
                .iter()
                .any(|known| known.eq_ignore_ascii_case(ours));
            if !is_anybodys && is_usurped(&*setting) {
                let message = format!("permission denied to set parameter \"quidditch.{ours}\"");
                return Err(Report::new(Code::ERRCODE_INSUFFICIENT_PRIVILEGE, message)
                    .detail("It is among the connection's options, over what the server's configuration says.")
                    .hint("Connect without it."));
            }
        }
    }
    Ok(())
}

/// The rest of the name of a setting of this library.
fn ours(name: &CStr) -> Option<&str> {
    const PREFIX: &str = "quidditch.";
    let name = name.to_str().ok()?;
    let prefix = name.get(..PREFIX.len())?;
    prefix
        .eq_ignore_ascii_case(PREFIX)
        .then(|| &name[PREFIX.len()..])
}

/// Whether it comes from the client, who may not make it.
fn is_usurped(setting: &pg_sys::config_generic) -> bool {
    if setting.reset_source != pg_sys::GucSource::PGC_S_CLIENT {
        return false;
    }
    // SAFETY: catalog look-ups, which need a transaction, or else what the connection has found out.
    unsafe {
        if !pg_sys::IsTransactionState() {
            return !pg_sys::GetSessionUserIsSuperuser();
        }
        let set = pg_sys::ACL_SET as pg_sys::AclMode;
        pg_sys::pg_parameter_aclcheck(setting.name, setting.reset_srole, set)
            != pg_sys::AclResult::ACLCHECK_OK
    }
}

/// All settings that the server knows.
///
/// # Safety
/// The slice is valid until a setting is defined.
unsafe fn all<'s>() -> &'s [*mut pg_sys::config_generic] {
    // SAFETY: pointer and length belong together.
    unsafe {
        #[cfg(feature = "pg15")]
        let (settings, count) = (pg_sys::get_guc_variables(), pg_sys::GetNumConfigOptions());
        #[cfg(not(feature = "pg15"))]
        let (settings, count) = {
            let mut count = 0;
            (pg_sys::get_guc_variables(&mut count), count)
        };
        std::slice::from_raw_parts(settings, count as usize)
    }
}
