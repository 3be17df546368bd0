//! How the table `quidditch.udf`, and those of grants and keys, are reached: as their owner, in their latest state,
//! and how this backend learns that they changed.

use std::ffi::{CStr, c_char};
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};

use pgrx::datum::DatumWithOid;
use pgrx::pg_sys;
use pgrx::prelude::*;
use serde_json::Value;
use sha2::Digest as _;

use crate::datum::Jsonb;
use crate::report::{Code, Report};

/// The table, and the role that owns it.
#[derive(Clone, Copy)]
struct Table {
    oid: pg_sys::Oid,
    owner: pg_sys::Oid,
}

/// Counts the changes of the catalog that this backend was told of.
static GENERATION: AtomicU64 = AtomicU64::new(0);

/// The table's oid, once known: whose invalidations count.
static TABLE: AtomicU32 = AtomicU32::new(0);

/// Whether this backend is told at all: there are few places for callbacks.
static REGISTERED: AtomicBool = AtomicBool::new(false);

/// A number that changes when a row may have: what was read under another number must be read again.
///
/// Each change of the tables invalidates the relcache entry of `quidditch.udf` (the trigger `udf_changed`), which
/// PostgreSQL tells every backend before its next statement, on standbys too. So a look-up needs no query
/// while nothing changes.
pub fn generation() -> u64 {
    GENERATION.load(Ordering::Relaxed)
}

/// Tells every backend that a row may have changed, once the transaction commits.
pub fn invalidate() -> Result<(), Report> {
    let table = table()?.oid;
    // SAFETY: registers an invalidation of a table that exists.
    unsafe { pg_sys::CacheInvalidateRelcacheByRelid(table) };
    Ok(())
}

unsafe extern "C-unwind" fn invalidated(_: pg_sys::Datum, relation: pg_sys::Oid) {
    // InvalidOid: anything may have changed.
    if relation == pg_sys::InvalidOid || relation.to_u32() == TABLE.load(Ordering::Relaxed) {
        GENERATION.fetch_add(1, Ordering::Relaxed);
    }
}

fn table() -> Result<Table, Report> {
    const SCHEMA: &CStr = c"quidditch";
    const NAME: &CStr = c"udf";
    // SAFETY: catalog look-ups by NUL-terminated names; the tuple is released before its copy of the owner
    // is used.
    let found = unsafe {
        if !REGISTERED.swap(true, Ordering::Relaxed) {
            pg_sys::CacheRegisterRelcacheCallback(Some(invalidated), pg_sys::Datum::null());
        }
        let schema = pg_sys::get_namespace_oid(SCHEMA.as_ptr(), true);
        let oid = match schema {
            pg_sys::InvalidOid => pg_sys::InvalidOid,
            schema => pg_sys::get_relname_relid(NAME.as_ptr(), schema),
        };
        let tuple = pg_sys::SearchSysCache1(
            pg_sys::SysCacheIdentifier::RELOID as i32,
            pg_sys::Datum::from(oid),
        );
        if tuple.is_null() {
            None
        } else {
            let class = pg_sys::GETSTRUCT(tuple).cast::<pg_sys::FormData_pg_class>();
            let owner = (*class).relowner;
            pg_sys::ReleaseSysCache(tuple);
            Some(Table { oid, owner })
        }
    };
    let found = found.ok_or_else(|| {
        Report::new(
            Code::ERRCODE_UNDEFINED_TABLE,
            "table quidditch.udf doesn't exist",
        )
        .hint("Create the extension in this database: CREATE EXTENSION quidditch.")
    })?;
    TABLE.store(found.oid.to_u32(), Ordering::Relaxed);
    Ok(found)
}

/// The right to read and write the table, for as long as it lives.
pub struct AsOwner {
    user: pg_sys::Oid,
    context: i32,
}

/// What is committed now, as PostgreSQL reads its own catalogs, while it lives. A statement's snapshot may
/// be older than the latest change, and what it shows must not be remembered.
struct Latest;

impl Latest {
    fn new() -> Result<Self, Report> {
        let table = table()?.oid;
        // SAFETY: in a transaction; pushing copies the static snapshot.
        unsafe { pg_sys::PushActiveSnapshot(pg_sys::GetCatalogSnapshot(table)) };
        Ok(Latest)
    }
}

impl Drop for Latest {
    fn drop(&mut self) {
        // After an error the statement's own snapshots may be above it; aborting pops them all.
        if !std::thread::panicking() {
            // SAFETY: pops what `new` pushed.
            unsafe { pg_sys::PopActiveSnapshot() };
        }
    }
}

impl AsOwner {
    pub fn new() -> Result<Self, Report> {
        let Table { oid, owner } = table()?;
        // SAFETY: a look-up by a NUL-terminated name.
        let latest = unsafe { pg_sys::get_attnum(oid, c"is_public".as_ptr()) };
        if i32::from(latest) == pg_sys::InvalidAttrNumber as i32 {
            return Err(Report::new(
                Code::ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE,
                "the extension quidditch is older in this database than its library",
            )
            .hint("ALTER EXTENSION quidditch UPDATE brings it up to date."));
        }
        let (mut user, mut context) = (pg_sys::InvalidOid, 0);
        // SAFETY: as ri_triggers.c does; every name in the statements run meanwhile is qualified.
        unsafe {
            pg_sys::GetUserIdAndSecContext(&mut user, &mut context);
            let changed = context | pg_sys::SECURITY_LOCAL_USERID_CHANGE as i32;
            pg_sys::SetUserIdAndSecContext(owner, changed);
        }
        Ok(AsOwner { user, context })
    }
}

impl Drop for AsOwner {
    fn drop(&mut self) {
        // SAFETY: assigns two variables of the backend; transaction abort would assign the same.
        unsafe { pg_sys::SetUserIdAndSecContext(self.user, self.context) };
    }
}

/// Keeps others from changing the UDFs of a name, and who may run them, until the transaction ends. One who changes
/// another name's has nothing to wait for, however long this transaction stays open.
pub fn lock_to_change(name: &str) -> Result<(), Report> {
    lock_name(name, Aspect::Catalog, pg_sys::ExclusiveLock)
}

/// Keeps the UDFs of a name where they are until the transaction ends. Any number of sessions can, and they are
/// in nobody's way but of those who [remove](lock_to_remove) that name's.
pub fn lock_to_use(name: &str) -> Result<(), Report> {
    lock_name(name, Aspect::Presence, pg_sys::AccessShareLock)
}

/// Waits until nobody keeps the UDFs of a name where they are.
pub fn lock_to_remove(name: &str) -> Result<(), Report> {
    lock_name(name, Aspect::Presence, pg_sys::AccessExclusiveLock)
}

/// Keeps others from changing the trusted keys until the transaction ends.
pub fn lock_keys() -> Result<(), Report> {
    lock(0, Aspect::Keys, pg_sys::ExclusiveLock)
}

/// What a lock is about; the lock manager tells them apart by its number.
enum Aspect {
    /// The rows of a name's versions and grants.
    Catalog,
    /// That a name's versions are there, which functions rely on.
    Presence,
    Keys,
}

fn lock_name(name: &str, aspect: Aspect, mode: u32) -> Result<(), Report> {
    // Rows aren't objects with an oid; two names that have the same number wait for each other needlessly.
    let [a, b, c, d, ..]: [u8; 32] = sha2::Sha256::digest(name).into();
    lock(u32::from_ne_bytes([a, b, c, d]), aspect, mode)
}

fn lock(number: u32, aspect: Aspect, mode: u32) -> Result<(), Report> {
    let table = table()?.oid;
    // SAFETY: in a transaction, whose end releases the lock.
    unsafe {
        pg_sys::LockDatabaseObject(
            table,
            number.into(),
            aspect as u16,
            mode as pg_sys::LOCKMODE,
        );
    }
    Ok(())
}

/// A row of [`select`].
pub struct Selected {
    tuple: pg_sys::HeapTuple,
    descriptor: pg_sys::TupleDesc,
}

impl Selected {
    /// The column at a position from 1 on, unless it is NULL.
    fn datum(&self, column: i32) -> Option<pg_sys::Datum> {
        let mut is_null = true;
        // SAFETY: tuple and descriptor are the running `select`'s.
        let datum =
            unsafe { pg_sys::SPI_getbinval(self.tuple, self.descriptor, column, &mut is_null) };
        (!is_null).then_some(datum)
    }

    /// A copy of a column, which must have the type that `T` stands for.
    pub fn get<T: FromDatum>(&self, column: i32) -> Option<T> {
        // SAFETY: the statement selects that type.
        self.datum(column)
            .and_then(|datum| unsafe { T::from_datum(datum, false) })
    }

    /// A jsonb column.
    pub fn json(&self, column: i32) -> Result<Value, Report> {
        let Some(datum) = self.datum(column) else {
            return Ok(Value::Null);
        };
        // SAFETY: a jsonb of a tuple that stays for the running `select`.
        unsafe { Jsonb::new(datum) }.json("the catalog")
    }
}

/// The arguments of a statement, as SPI takes them.
struct Bindings {
    types: Vec<pg_sys::Oid>,
    values: Vec<pg_sys::Datum>,
    nulls: Vec<c_char>,
}

impl Bindings {
    fn new(arguments: &[DatumWithOid<'_>]) -> Self {
        let data = arguments
            .iter()
            .map(|argument| argument.datum().map(|datum| datum.sans_lifetime()));
        Bindings {
            types: arguments.iter().map(|argument| argument.oid()).collect(),
            nulls: data
                .clone()
                .map(|datum| if datum.is_some() { b' ' } else { b'n' } as c_char)
                .collect(),
            values: data
                .map(|datum| datum.unwrap_or(pg_sys::Datum::null()))
                .collect(),
        }
    }
}

/// Reads rows in the latest committed state (and what this transaction wrote). The statement is run as a
/// read-only one, which neither takes a snapshot nor moves the command counter: look-ups happen in the middle
/// of queries, in parallel ones too.
pub fn select<T>(
    statement: &CStr,
    arguments: &[DatumWithOid<'_>],
    mut each: impl FnMut(&Selected) -> Result<T, Report>,
) -> Result<Vec<T>, Report> {
    let _latest = Latest::new()?;
    Spi::connect(|_| {
        let mut given = Bindings::new(arguments);
        // SAFETY: connected; the arrays are as long as there are arguments, and outlive the call.
        unsafe {
            let code = pg_sys::SPI_execute_with_args(
                statement.as_ptr(),
                arguments.len() as i32,
                given.types.as_mut_ptr(),
                given.values.as_mut_ptr(),
                given.nulls.as_ptr(),
                true,
                0,
            );
            if code != pg_sys::SPI_OK_SELECT as i32 || pg_sys::SPI_tuptable.is_null() {
                return Err(failed(code));
            }
            let table = &*pg_sys::SPI_tuptable;
            let row = |i| Selected {
                tuple: *table.vals.add(i),
                descriptor: table.tupdesc,
            };
            (0..pg_sys::SPI_processed as usize)
                .map(|i| each(&row(i)))
                .collect()
        }
    })
}

/// Inserts, updates or deletes rows of the latest committed state, as PostgreSQL changes its own catalogs, and says
/// how many: a transaction with an older snapshot would leave out, silently, what came since.
pub fn write(statement: &CStr, arguments: &[DatumWithOid<'_>]) -> Result<u64, Report> {
    const DONE: [u32; 3] = [
        pg_sys::SPI_OK_INSERT,
        pg_sys::SPI_OK_UPDATE,
        pg_sys::SPI_OK_DELETE,
    ];
    let _owner = AsOwner::new()?;
    Spi::connect_mut(|_| {
        let mut given = Bindings::new(arguments);
        // SAFETY: connected; the arrays are as long as there are arguments, and outlive the calls; the snapshot
        // is copied before another one is taken.
        unsafe {
            let count = arguments.len() as i32;
            let plan = pg_sys::SPI_prepare(statement.as_ptr(), count, given.types.as_mut_ptr());
            if plan.is_null() {
                return Err(failed(pg_sys::SPI_result));
            }
            let code = pg_sys::SPI_execute_snapshot(
                plan,
                given.values.as_mut_ptr(),
                given.nulls.as_ptr(),
                pg_sys::GetLatestSnapshot(),
                std::ptr::null_mut(),
                false,
                true,
                0,
            );
            match u32::try_from(code) {
                Ok(code) if DONE.contains(&code) => Ok(pg_sys::SPI_processed),
                _ => Err(failed(code)),
            }
        }
    })
}

#[cold]
fn failed(code: i32) -> Report {
    Report::internal(format!("catalog access failed with SPI code {code}"))
}
