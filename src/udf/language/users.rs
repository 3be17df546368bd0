//! Which functions use a UDF. Rows of a table aren't objects that `pg_depend` could know of.

use pgrx::pg_sys;

use super::body::{LONGEST_REFERENCE, Reference};
use crate::report::{Code, Report};
use crate::udf::access::{self, AsOwner};
use crate::udf::catalog;

/// Functions that a message lists.
const MOST_LISTED: usize = 100;

/// Whether a UDF can be removed. The caller keeps others from making functions that use it.
///
/// # Errors
/// Functions use it: 2BP01, with their names.
pub fn check_unused(name: &str, version: &str) -> Result<(), Report> {
    let mut functions = users(name, version)?;
    if functions.is_empty() {
        return Ok(());
    }
    let more = functions.len().saturating_sub(MOST_LISTED);
    functions.truncate(MOST_LISTED);
    if more > 0 {
        functions.push(format!("and {more} more"));
    }
    let message = format!("cannot remove UDF {name}@{version} because functions use it");
    Err(
        Report::new(Code::ERRCODE_DEPENDENT_OBJECTS_STILL_EXIST, message)
            .detail(functions.join("\n"))
            .hint("Drop them first, or give them another body with CREATE OR REPLACE FUNCTION."),
    )
}

fn users(name: &str, version: &str) -> Result<Vec<String>, Report> {
    // What a function without a version uses is there as long as any version is.
    let rows = catalog::rows(name)?;
    let is_last = rows.iter().all(|row| row.version == version);
    let row = rows.into_iter().find(|row| row.version == version);
    // What somebody makes who may not run the UDF doesn't keep it there.
    let may_use = |owner| row.as_ref().is_some_and(|row| row.rights.allow(owner));
    let _owner = AsOwner::new()?;
    // Modules, which are longer, stay where they are. Where the extension has older objects than this library, there
    // may be no handler yet.
    let longest = LONGEST_REFERENCE as i32;
    let found = access::select(
        c"SELECT p.prosrc, p.oid::pg_catalog.regprocedure::pg_catalog.text, p.proowner
          FROM pg_catalog.pg_proc AS p JOIN pg_catalog.pg_language AS l ON l.oid OPERATOR(pg_catalog.=) p.prolang
          WHERE l.lanplcallfoid OPERATOR(pg_catalog.=) pg_catalog.to_regprocedure('quidditch.wasm_handler()')
          AND CASE WHEN pg_catalog.octet_length(p.prosrc) OPERATOR(pg_catalog.<=) $2
              THEN pg_catalog.strpos(p.prosrc, $1) OPERATOR(pg_catalog.>) 0 END
          ORDER BY 2",
        &[name.into(), longest.into()],
        |row| {
            let source: String = row.get(1).unwrap_or_default();
            let uses = Reference::parse(&source).is_ok_and(|reference| {
                reference.name == name && reference.version.map_or(is_last, |v| v == version)
            });
            let function: Option<String> = row.get(2);
            let owner = row.get(3).unwrap_or(pg_sys::InvalidOid);
            Ok(function.filter(|_| uses && may_use(owner)))
        },
    )?;
    let functions = found.into_iter().flatten();
    Ok(functions
        .map(|function| format!("function {function}"))
        .collect())
}
