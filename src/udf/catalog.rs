//! The rows of the table `quidditch.udf`: read and written as its owner, since users have no rights on it
//! beyond reading.

use std::collections::HashMap;

use pgrx::datum::DatumWithOid;
use pgrx::{JsonB, pg_sys};
use quidditch_sandbox::Digest;
use serde_json::Value;

use super::access::{self, AsOwner};
use super::metadata::{Metadata, OwnLimits};
use super::rights::Rights;
use super::signature::Signed;
use crate::arguments::sql_function;
use crate::report::{Code, Report};

/// What running a UDF needs of its row.
pub struct Row {
    pub version: String,
    pub function_name: String,
    pub digest: Digest,
    pub parameters: Value,
    pub returns: Value,
    pub permissions: Vec<String>,
    pub limits: OwnLimits,
    pub signed: Option<Signed>,
    pub rights: Rights,
    /// The interpreter of a module that is source text.
    pub interpreter: Option<String>,
}

/// All rows of a name, in no order.
pub fn rows(name: &str) -> Result<Vec<Row>, Report> {
    let _owner = AsOwner::new()?;
    access::select(
        c"SELECT version, function_name, sha256, parameters, returns, max_memory, max_execution_time, max_stack,
              permissions, signature, signed_by, owner::pg_catalog.oid, is_public,
              interpreter,
              ARRAY(SELECT g.grantee::pg_catalog.oid FROM quidditch.udf_grant AS g
                  WHERE g.name OPERATOR(pg_catalog.=) u.name AND g.version OPERATOR(pg_catalog.=) u.version)
          FROM quidditch.udf AS u WHERE name OPERATOR(pg_catalog.=) $1",
        &[name.into()],
        |row| {
            Ok(Row {
                version: row.get(1).unwrap_or_default(),
                function_name: row.get(2).unwrap_or_default(),
                digest: row
                    .get::<Vec<u8>>(3)
                    .and_then(|bytes| bytes.try_into().ok())
                    .ok_or_else(|| Report::internal("sha256 is not 32 bytes long"))?,
                parameters: row.json(4)?,
                returns: row.json(5)?,
                limits: OwnLimits {
                    memory: row.get(6),
                    execution_time: row.get(7),
                    stack: row.get(8),
                },
                // An element that is NULL allows nothing.
                permissions: row
                    .get::<Vec<Option<String>>>(9)
                    .map_or_else(Vec::new, |all| all.into_iter().flatten().collect()),
                signed: row
                    .get(10)
                    .zip(row.get(11))
                    .map(|(signature, by)| Signed { signature, by }),
                rights: Rights::new(
                    row.get(12).unwrap_or(pg_sys::InvalidOid),
                    row.get(13).unwrap_or(false),
                    row.get(15).unwrap_or_default(),
                ),
                interpreter: row.get(14),
            })
        },
    )
}

/// Every name there is.
pub fn names() -> Result<Vec<String>, Report> {
    let _owner = AsOwner::new()?;
    access::select(c"SELECT DISTINCT name FROM quidditch.udf", &[], |row| {
        Ok(row.get(1).unwrap_or_default())
    })
}

/// The module's bytes, if there is such a row.
pub fn module(name: &str, version: &str) -> Result<Option<Vec<u8>>, Report> {
    let _owner = AsOwner::new()?;
    let modules = access::select(
        c"SELECT module FROM quidditch.udf
          WHERE name OPERATOR(pg_catalog.=) $1 AND version OPERATOR(pg_catalog.=) $2",
        &[name.into(), version.into()],
        |row| Ok(row.get(1)),
    )?;
    Ok(modules.into_iter().flatten().next())
}

/// Everything about a UDF but its module, as the JSON that the management functions answer; versions
/// of all names when `name` is `None`. Read with the caller's rights.
pub fn describe(name: Option<&str>) -> Result<Vec<Value>, Report> {
    access::select(
        c"SELECT pg_catalog.to_jsonb(u) FROM quidditch.udfs AS u
          WHERE $1 IS NULL OR name OPERATOR(pg_catalog.=) $1
          ORDER BY name, registered_at",
        &[name.into()],
        |row| row.json(1),
    )
}

/// Who owns a version of a name.
pub struct Ownership {
    pub version: String,
    pub owner: pg_sys::Oid,
    pub digest: Vec<u8>,
}

/// The owners of a name's versions.
pub fn owners(name: &str) -> Result<Vec<Ownership>, Report> {
    let _owner = AsOwner::new()?;
    access::select(
        c"SELECT version, owner::pg_catalog.oid, sha256 FROM quidditch.udf
          WHERE name OPERATOR(pg_catalog.=) $1",
        &[name.into()],
        |row| {
            Ok(Ownership {
                version: row.get(1).unwrap_or_default(),
                owner: row.get(2).unwrap_or(pg_sys::InvalidOid),
                digest: row.get(3).unwrap_or_default(),
            })
        },
    )
}

/// The owners of all UDFs, by `name@version`.
pub fn all_owners() -> Result<HashMap<String, pg_sys::Oid>, Report> {
    let _owner = AsOwner::new()?;
    let owners = access::select(
        c"SELECT name OPERATOR(pg_catalog.||) '@' OPERATOR(pg_catalog.||) version, owner::pg_catalog.oid
          FROM quidditch.udf",
        &[],
        |row| {
            let label: String = row.get(1).unwrap_or_default();
            Ok((label, row.get(2).unwrap_or(pg_sys::InvalidOid)))
        },
    )?;
    Ok(owners.into_iter().collect())
}

/// Adds a row; false when another session was faster.
pub fn insert(
    name: &str,
    version: &str,
    module: &[u8],
    digest: &Digest,
    interpreter: Option<&str>,
    metadata: &Metadata,
) -> Result<bool, Report> {
    let user = super::runtime::user();
    let limits = &metadata.limits;
    let signed = metadata.signed.as_ref();
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
        signed.map(|signed| signed.signature.as_slice()).into(),
        signed.map(|signed| signed.by.as_str()).into(),
        interpreter.into(),
    ];
    let inserted = access::write(
        c"INSERT INTO quidditch.udf (name, version, description, author, category, tags, license, repository,
              language, source, function_name, module, sha256, parameters, returns, permissions,
              max_memory, max_execution_time, max_stack, pool_size, expected_latency, metadata, owner,
              signature, signed_by, interpreter)
          VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20,
              $21, $22, $23::pg_catalog.regrole, $24, $25, $26)
          ON CONFLICT DO NOTHING",
        arguments,
    )?;
    Ok(inserted == 1)
}

/// Gives a row another signature.
pub fn sign(name: &str, version: &str, signed: &Signed) -> Result<(), Report> {
    access::write(
        c"UPDATE quidditch.udf SET signature = $3, signed_by = $4
          WHERE name OPERATOR(pg_catalog.=) $1 AND version OPERATOR(pg_catalog.=) $2",
        &[
            name.into(),
            version.into(),
            signed.signature.as_slice().into(),
            signed.by.as_str().into(),
        ],
    )?;
    Ok(())
}

/// Removes a row.
pub fn delete(name: &str, version: &str) -> Result<(), Report> {
    access::write(
        c"DELETE FROM quidditch.udf
          WHERE name OPERATOR(pg_catalog.=) $1 AND version OPERATOR(pg_catalog.=) $2",
        &[name.into(), version.into()],
    )?;
    Ok(())
}

sql_function! {
    /// `udf_changed()`, the statement trigger on the table and on those of grants and keys: tells every backend
    /// that what it knows of UDFs may be out of date.
    fn quidditch_udf_changed(arguments) -> Result<Option<pg_sys::Datum>, Report> {
        let context = arguments.context();
        // SAFETY: a context is null or a node, whose tag says what it is.
        if context.is_null() || unsafe { (*context).type_ } != pg_sys::NodeTag::T_TriggerData {
            let code = Code::ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED;
            return Err(Report::new(code, "udf_changed() was not called as a trigger"));
        }
        access::invalidate()?;
        // A trigger's null answer must not be marked as NULL.
        Ok(Some(pg_sys::Datum::null()))
    }
}
