//! The validator: what `CREATE FUNCTION` asks whether a function is one.

use pgrx::pg_sys;

use super::body::{self, Body};
use super::declaration::Row;
use super::function::Function;
use crate::arguments::sql_function;
use crate::report::{Code, Report};
use crate::udf::audit::{self, Operation};
use crate::udf::{access, registry, runtime};

sql_function! {
    /// `wasm_validator(oid)`: raises what is wrong with a function.
    fn quidditch_wasm_validator(arguments) -> Result<Option<()>, Report> {
        let Some(oid) = arguments.oid(0) else { return Ok(None) };
        // SAFETY: look-ups for the oids of two functions. What the setting is, is the backend's variable.
        let (may_see, checks_bodies) = unsafe {
            let may_see = pg_sys::CheckFunctionValidatorAccess(arguments.function()?, oid);
            (may_see, pg_sys::check_function_bodies)
        };
        if may_see {
            validate(&Row::of(oid)?, checks_bodies)?;
        }
        Ok(Some(()))
    }
}

fn validate(row: &Row, checks_bodies: bool) -> Result<(), Report> {
    let source = row.source()?;
    if !body::carries_code(&source) {
        return check(row, &source, checks_bodies);
    }
    // A right, and no matter of what is checked: it counts while a dump is restored, too.
    let label = row.label();
    check_may_bring_code(row).map_err(|report| audit::refused(&label, report))?;
    // Code comes into the database, as by registering it.
    audit::watch(Operation::Register, &label, || {
        check(row, &source, checks_bodies)
    })
}

fn check(row: &Row, source: &str, checks_bodies: bool) -> Result<(), Report> {
    if !checks_bodies {
        return Ok(());
    }
    if let Body::Reference(reference) = Body::parse(source)? {
        // Only who may run a UDF may keep it from being removed.
        let udf = registry::resolve(reference.name, reference.version)?;
        udf.rights.check(&udf.label, runtime::user())?;
        // So that nobody removes the UDF before this transaction's end, when the function is there to be seen.
        access::lock_to_use(reference.name)?;
    }
    Function::check(row)
}

/// Whoever may register modules may put them into functions.
fn check_may_bring_code(row: &Row) -> Result<(), Report> {
    // Without looking anything up: pg_upgrade makes functions before the extension's tables, and maybe its functions.
    // SAFETY: a look-up of the current user.
    if unsafe { pg_sys::superuser() } {
        return Ok(());
    }
    let may = access::select(
        c"SELECT pg_catalog.has_function_privilege(
              'quidditch.register_udf(pg_catalog.text,pg_catalog.text,pg_catalog.bytea,pg_catalog.jsonb)', 'EXECUTE')",
        &[],
        |row| Ok(row.get(1) == Some(true)),
    )?;
    if may == [true] {
        return Ok(());
    }
    let message = format!(
        "permission denied to put a module into function {}",
        row.label()
    );
    Err(Report::new(Code::ERRCODE_INSUFFICIENT_PRIVILEGE, message)
        .detail("That takes the right to EXECUTE quidditch.register_udf, as registering the module does.")
        .hint("A function whose body is the name@version of a registered UDF needs no such right."))
}
