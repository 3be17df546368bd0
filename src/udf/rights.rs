//! Who may run a UDF. Its owner (a member of that role) and superusers always may; everybody may unless the
//! owner revoked that from PUBLIC; then whom he granted it, and their members.
//!
//! [`Rights`] are part of a UDF as the registry keeps it, and are checked when it is resolved and when a call
//! site meets another role: never for each row. `grant_udf` and `revoke_udf` change them, and a new version
//! takes over those of the version before ([`inherit`]).

use std::cell::Cell;
use std::ffi::CString;
use std::os::raw::c_int;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use pgrx::datum::DatumWithOid;
use pgrx::pg_sys;

use super::audit::{self, Operation};
use super::{access, catalog, registry, runtime};
use crate::arguments::{Arguments, sql_function};
use crate::report::{Code, Report};

/// Counts the changes of roles and memberships that this backend was told of.
static ROLES: AtomicU64 = AtomicU64::new(0);

/// Whether it is told at all: there are few places for callbacks.
static WATCHED: AtomicBool = AtomicBool::new(false);

/// Who may run a UDF, as its row and `quidditch.udf_grant` have it.
#[derive(Clone)]
pub struct Rights {
    owner: pg_sys::Oid,
    is_public: bool,
    grantees: Vec<pg_sys::Oid>,
    /// The role that was let through last, and the state of the roles then.
    passed: Cell<Option<(u64, pg_sys::Oid)>>,
}

impl Rights {
    pub fn new(owner: pg_sys::Oid, is_public: bool, grantees: Vec<pg_sys::Oid>) -> Self {
        Rights {
            owner,
            is_public,
            grantees,
            passed: Cell::new(None),
        }
    }

    /// Those of what has no rights of its own.
    pub fn of_everybody() -> Self {
        Rights::new(pg_sys::InvalidOid, true, Vec::new())
    }

    /// Whether they let a role run the UDF.
    pub fn allow(&self, role: pg_sys::Oid) -> bool {
        let is_one_of = |granted| has_privileges_of(role, granted);
        self.is_public || is_one_of(self.owner) || self.grantees.iter().copied().any(is_one_of)
    }

    /// Whether the role may run the UDF `label`.
    ///
    /// # Errors
    /// It may not: 42501.
    pub fn check(&self, label: &str, role: pg_sys::Oid) -> Result<(), Report> {
        if self.is_public {
            return Ok(());
        }
        let now = (roles(), role);
        if self.passed.get() == Some(now) {
            return Ok(());
        }
        if self.allow(role) {
            self.passed.set(Some(now));
            return Ok(());
        }
        let report = Report::new(
            Code::ERRCODE_INSUFFICIENT_PRIVILEGE,
            format!("permission denied for UDF {label}"),
        )
        .hint("The UDF's owner can grant it with quidditch.grant_udf.");
        Err(audit::refused(label, report))
    }
}

/// Whether a role is another one, inherits from it, or is a superuser.
fn has_privileges_of(role: pg_sys::Oid, other: pg_sys::Oid) -> bool {
    // SAFETY: a look-up of role memberships, which PostgreSQL remembers for the last role.
    unsafe { pg_sys::has_privs_of_role(role, other) }
}

/// Fails unless the current role has the owner's rights over `what`.
pub fn check_owner(what: &str, owner: pg_sys::Oid) -> Result<(), Report> {
    if has_privileges_of(runtime::user(), owner) {
        return Ok(());
    }
    Err(Report::new(
        Code::ERRCODE_INSUFFICIENT_PRIVILEGE,
        format!("must be owner of UDF {what}"),
    ))
}

/// A number that changes when a role or a membership may have.
fn roles() -> u64 {
    if !WATCHED.swap(true, Ordering::Relaxed) {
        use pg_sys::SysCacheIdentifier::{AUTHMEMROLEMEM, AUTHOID, DATABASEOID};
        // Who owns the database is a member of pg_database_owner.
        for cache in [AUTHMEMROLEMEM, AUTHOID, DATABASEOID] {
            // SAFETY: the callback is a function of the library, which stays loaded.
            unsafe {
                pg_sys::CacheRegisterSyscacheCallback(
                    cache as c_int,
                    Some(roles_changed),
                    pg_sys::Datum::null(),
                );
            }
        }
    }
    ROLES.load(Ordering::Relaxed)
}

unsafe extern "C-unwind" fn roles_changed(_: pg_sys::Datum, _: c_int, _: u32) {
    ROLES.fetch_add(1, Ordering::Relaxed);
}

/// Whom a right is granted.
enum Grantee {
    Public,
    Role(pg_sys::Oid),
}

impl Grantee {
    /// A role by its name as it is, without quotes, as `has_table_privilege` takes it. No role can be called
    /// `public`.
    fn named(name: &str) -> Result<Self, Report> {
        if name == "public" {
            return Ok(Grantee::Public);
        }
        let role = CString::new(name).map_or(pg_sys::InvalidOid, |text| {
            // SAFETY: a look-up by a NUL-terminated name.
            unsafe { pg_sys::get_role_oid(text.as_ptr(), true) }
        });
        match role {
            pg_sys::InvalidOid if name.eq_ignore_ascii_case("public") => Ok(Grantee::Public),
            pg_sys::InvalidOid => {
                let code = Code::ERRCODE_UNDEFINED_OBJECT;
                Err(Report::new(code, format!("role {name:?} does not exist")))
            }
            role => Ok(Grantee::Role(role)),
        }
    }
}

sql_function! {
    /// `grant_udf(name, grantee, version)`: lets a role, or PUBLIC, run a UDF; all its versions without one.
    fn quidditch_grant_udf(arguments) -> Result<Option<()>, Report> {
        change(arguments, true).map(Some)
    }
}

sql_function! {
    /// `revoke_udf(name, grantee, version)`: takes the right back.
    fn quidditch_revoke_udf(arguments) -> Result<Option<()>, Report> {
        change(arguments, false).map(Some)
    }
}

fn change(arguments: &Arguments, grants: bool) -> Result<(), Report> {
    let name = arguments.required_text(0, "name")?;
    let role = arguments.required_text(1, "grantee")?;
    let version = arguments.text(2);
    let operation = match grants {
        true => Operation::Grant,
        false => Operation::Revoke,
    };
    let what = match &version {
        Some(version) => format!("{name}@{version} {role}"),
        None => format!("{name} {role}"),
    };
    audit::watch(operation, &what, || {
        write(&name, version.as_deref(), &Grantee::named(&role)?, grants)
    })
}

fn write(name: &str, version: Option<&str>, grantee: &Grantee, grants: bool) -> Result<(), Report> {
    // Who may not change them doesn't get to hold the lock, either.
    check_owns(name, version)?;
    access::lock_to_change(name)?;
    check_owns(name, version)?;
    let [of, version]: [DatumWithOid<'_>; 2] = [name.into(), version.into()];
    match (grantee, grants) {
        (Grantee::Public, is_public) => access::write(
            c"UPDATE quidditch.udf SET is_public = $3
             WHERE name OPERATOR(pg_catalog.=) $1 AND ($2 IS NULL OR version OPERATOR(pg_catalog.=) $2)
                 AND is_public OPERATOR(pg_catalog.<>) $3",
            &[of, version, is_public.into()],
        ),
        (&Grantee::Role(role), true) => access::write(
            c"INSERT INTO quidditch.udf_grant (name, version, grantee)
             SELECT name, version, $3::pg_catalog.regrole FROM quidditch.udf
             WHERE name OPERATOR(pg_catalog.=) $1 AND ($2 IS NULL OR version OPERATOR(pg_catalog.=) $2)
             ON CONFLICT DO NOTHING",
            &[of, version, role.into()],
        ),
        (&Grantee::Role(role), false) => access::write(
            c"DELETE FROM quidditch.udf_grant
             WHERE name OPERATOR(pg_catalog.=) $1 AND ($2 IS NULL OR version OPERATOR(pg_catalog.=) $2)
                 AND grantee::pg_catalog.oid OPERATOR(pg_catalog.=) $3",
            &[of, version, role.into()],
        ),
    }?;
    forget_dropped_roles(name)?;
    Ok(())
}

/// Fails unless there is such a UDF and the current role owns it; all its versions without one.
fn check_owns(name: &str, version: Option<&str>) -> Result<(), Report> {
    let mut found = catalog::owners(name)?;
    found.retain(|row| version.is_none_or(|version| row.version == version));
    if found.is_empty() {
        return Err(registry::unknown(name, version, &catalog::rows(name)?)?);
    }
    for row in &found {
        check_owner(&format!("{name}@{}", row.version), row.owner)?;
    }
    Ok(())
}

/// Forgets whom a UDF was granted to.
pub fn forget(name: &str, version: &str) -> Result<(), Report> {
    access::write(
        c"DELETE FROM quidditch.udf_grant
         WHERE name OPERATOR(pg_catalog.=) $1 AND version OPERATOR(pg_catalog.=) $2",
        &[name.into(), version.into()],
    )?;
    Ok(())
}

/// Dropping a role doesn't look into tables, so a name's grants to it are swept out when others of that name change.
fn forget_dropped_roles(name: &str) -> Result<u64, Report> {
    access::write(
        c"DELETE FROM quidditch.udf_grant AS g WHERE name OPERATOR(pg_catalog.=) $1
             AND NOT EXISTS (SELECT FROM pg_catalog.pg_roles AS r
                 WHERE r.oid OPERATOR(pg_catalog.=) g.grantee::pg_catalog.oid)",
        &[name.into()],
    )
}

/// Gives a new version the rights of the version `from`, which the name meant until now: whoever asks for no
/// version gets another one, and nobody gets a right by that or loses one.
pub fn inherit(name: &str, version: &str, from: &str) -> Result<(), Report> {
    access::write(
        c"UPDATE quidditch.udf SET is_public = false
         WHERE name OPERATOR(pg_catalog.=) $1 AND version OPERATOR(pg_catalog.=) $2 AND EXISTS (
             SELECT FROM quidditch.udf WHERE name OPERATOR(pg_catalog.=) $1
                 AND version OPERATOR(pg_catalog.=) $3 AND NOT is_public)",
        &[name.into(), version.into(), from.into()],
    )?;
    access::write(
        c"INSERT INTO quidditch.udf_grant (name, version, grantee)
         SELECT name, $2, grantee FROM quidditch.udf_grant
         WHERE name OPERATOR(pg_catalog.=) $1 AND version OPERATOR(pg_catalog.=) $3",
        &[name.into(), version.into(), from.into()],
    )?;
    Ok(())
}
