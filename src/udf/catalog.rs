//! The table `quidditch.udf`: its rows, read and written as its owner, since users have no rights on it
//! beyond reading.

use std::ffi::CStr;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use pgrx::datum::DatumWithOid;
use pgrx::prelude::*;
use pgrx::{JsonB, pg_sys};
use quidditch_sandbox::Digest;
use serde_json::Value;

use super::metadata::Metadata;
use crate::arguments::sql_function;
use crate::report::{Code, Report};

/// What running a UDF needs of its row.
pub struct Row {
    pub version: String,
    pub function_name: String,
    pub digest: Digest,
    pub parameters: Value,
    pub returns: Value,
    /// In bytes.
    pub max_memory: Option<i64>,
    /// In milliseconds.
    pub max_execution_time: Option<i64>,
    /// In bytes.
    pub max_stack: Option<i64>,
}

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

/// A number that changes when a row may have: what was read under another number must be read again.
///
/// Each change of the table invalidates its relcache entry (the trigger `udf_changed`), which PostgreSQL
/// tells every backend before its next statement, on standbys too. So a look-up needs no query while
/// nothing changes.
pub fn generation() -> u64 {
    GENERATION.load(Ordering::Relaxed)
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
        if TABLE.load(Ordering::Relaxed) == 0 {
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
struct AsOwner {
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
    fn new() -> Result<Self, Report> {
        let owner = table()?.owner;
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

/// All rows of a name, in no order.
pub fn rows(name: &str) -> Result<Vec<Row>, Report> {
    let _latest = Latest::new()?;
    let _owner = AsOwner::new()?;
    Spi::connect(|client| {
        let table = client.select(
            "SELECT version, function_name, sha256, parameters, returns, max_memory, max_execution_time, max_stack
             FROM quidditch.udf WHERE name OPERATOR(pg_catalog.=) $1",
            None,
            &[name.into()],
        )?;
        table
            .map(|row| {
                let digest: Option<Vec<u8>> = row.get(3)?;
                let json = |column| -> Result<Value, Report> {
                    Ok(row.get::<JsonB>(column)?.map_or(Value::Null, |json| json.0))
                };
                Ok(Row {
                    version: row.get(1)?.unwrap_or_default(),
                    function_name: row.get(2)?.unwrap_or_default(),
                    digest: digest
                        .and_then(|bytes| bytes.try_into().ok())
                        .ok_or_else(|| Report::internal("sha256 is not 32 bytes long"))?,
                    parameters: json(4)?,
                    returns: json(5)?,
                    max_memory: row.get(6)?,
                    max_execution_time: row.get(7)?,
                    max_stack: row.get(8)?,
                })
            })
            .collect()
    })
}

/// Every name there is.
pub fn names() -> Result<Vec<String>, Report> {
    let _owner = AsOwner::new()?;
    Spi::connect(|client| {
        let table = client.select("SELECT DISTINCT name FROM quidditch.udf", None, &[])?;
        table
            .map(|row| Ok(row.get(1)?.unwrap_or_default()))
            .collect()
    })
}

/// The module's bytes, if there is such a row.
pub fn module(name: &str, version: &str) -> Result<Option<Vec<u8>>, Report> {
    let _latest = Latest::new()?;
    let _owner = AsOwner::new()?;
    Spi::connect(|client| {
        let table = client.select(
            "SELECT module FROM quidditch.udf
             WHERE name OPERATOR(pg_catalog.=) $1 AND version OPERATOR(pg_catalog.=) $2",
            Some(1),
            &[name.into(), version.into()],
        )?;
        Ok(if table.is_empty() {
            None
        } else {
            table.first().get_one()?
        })
    })
}

/// Everything about a UDF but its module, as the JSON that the management functions answer; `versions`
/// of all names when `name` is `None`.
pub fn describe(name: Option<&str>) -> Result<Vec<Value>, Report> {
    let _owner = AsOwner::new()?;
    Spi::connect(|client| {
        let table = client.select(
            "SELECT pg_catalog.to_jsonb(u) FROM quidditch.udfs AS u
             WHERE $1 IS NULL OR name OPERATOR(pg_catalog.=) $1
             ORDER BY name, registered_at",
            None,
            &[name.into()],
        )?;
        table
            .map(|row| Ok(row.get::<JsonB>(1)?.map_or(Value::Null, |json| json.0)))
            .collect()
    })
}

/// The owner of a row and the digest of its module, if there is such a row; without a version, of the name's
/// first row.
pub fn owner(name: &str, version: Option<&str>) -> Result<Option<(pg_sys::Oid, Vec<u8>)>, Report> {
    let _owner = AsOwner::new()?;
    Spi::connect(|client| {
        let table = client.select(
            "SELECT owner::pg_catalog.oid, sha256 FROM quidditch.udf
             WHERE name OPERATOR(pg_catalog.=) $1 AND ($2 IS NULL OR version OPERATOR(pg_catalog.=) $2)
             ORDER BY registered_at",
            Some(1),
            &[name.into(), version.into()],
        )?;
        if table.is_empty() {
            return Ok(None);
        }
        let (owner, digest) = table.first().get_two()?;
        Ok(owner.zip(digest))
    })
}

/// Adds a row; false when another session was faster.
pub fn insert(
    name: &str,
    version: &str,
    module: &[u8],
    digest: &Digest,
    metadata: &Metadata,
) -> Result<bool, Report> {
    let user = super::runtime::user();
    let _owner = AsOwner::new()?;
    let limits = &metadata.limits;
    let arguments: &[DatumWithOid<'_>] = &[
        name.into(),
        version.into(),
        metadata.description.as_deref().into(),
        metadata.author.as_deref().into(),
        metadata.category.as_deref().into(),
        metadata.tags.clone().into(),
        metadata.license.as_deref().into(),
        metadata.repository.as_deref().into(),
        metadata.language.as_str().into(),
        metadata.source.as_deref().into(),
        metadata.function_name.as_str().into(),
        module.into(),
        digest.as_slice().into(),
        JsonB(metadata.parameters_json.clone()).into(),
        JsonB(metadata.returns_json.clone()).into(),
        metadata.permissions.clone().into(),
        limits.memory.into(),
        limits.execution_time.into(),
        limits.stack.into(),
        metadata.pool_size.into(),
        metadata.expected_latency.as_deref().into(),
        JsonB(metadata.free.clone()).into(),
        user.into(),
    ];
    Spi::connect_mut(|client| {
        let inserted = client.update(
            "INSERT INTO quidditch.udf (name, version, description, author, category, tags, license, repository,
                 language, source, function_name, module, sha256, parameters, returns, permissions,
                 max_memory, max_execution_time, max_stack, pool_size, expected_latency, metadata, owner)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20,
                 $21, $22, $23::pg_catalog.regrole)
             ON CONFLICT DO NOTHING",
            None,
            arguments,
        )?;
        Ok(inserted.len() == 1)
    })
}

/// Removes a row; false when there was none.
pub fn delete(name: &str, version: &str) -> Result<bool, Report> {
    let _owner = AsOwner::new()?;
    Spi::connect_mut(|client| {
        let deleted = client.update(
            "DELETE FROM quidditch.udf
             WHERE name OPERATOR(pg_catalog.=) $1 AND version OPERATOR(pg_catalog.=) $2",
            None,
            &[name.into(), version.into()],
        )?;
        Ok(deleted.len() == 1)
    })
}

sql_function! {
    /// `udf_changed()`, the statement trigger on the table: tells every backend that it changed.
    fn quidditch_udf_changed(arguments) -> Result<Option<pg_sys::Datum>, Report> {
        let context = arguments.context();
        // SAFETY: a call whose context is a TriggerData comes from the trigger manager, with an open relation.
        unsafe {
            if context.is_null() || (*context).type_ != pg_sys::NodeTag::T_TriggerData {
                let code = Code::ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED;
                return Err(Report::new(code, "udf_changed() was not called as a trigger"));
            }
            let trigger = context.cast::<pg_sys::TriggerData>();
            pg_sys::CacheInvalidateRelcacheByRelid((*(*trigger).tg_relation).rd_id);
        }
        // A trigger's null answer must not be marked as NULL.
        Ok(Some(pg_sys::Datum::null()))
    }
}
