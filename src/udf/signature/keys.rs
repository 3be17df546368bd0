//! The keys whose signatures count: the table `quidditch.trusted_key`. A key is revoked, never removed, so that
//! its name and its bytes don't come back by mistake.

use p256::PublicKey;
use pgrx::pg_sys;

use super::super::access::{self, AsOwner};
use super::super::audit::{self, Operation};
use super::verify;
use crate::arguments::{Arguments, sql_function};
use crate::report::{Code, Report};

/// The longest name of a key, in characters.
const LONGEST_NAME: usize = 100;

/// A row of the table. Times are compared as numbers and shown as texts.
pub struct Key {
    name: String,
    pem: String,
    pub valid_from: pg_sys::TimestampTz,
    pub valid_from_text: String,
    pub valid_until: super::Until,
    pub valid_until_text: String,
    pub revoked_at: Option<String>,
}

impl Key {
    pub fn public_key(&self) -> Result<PublicKey, Report> {
        verify::public_key(&self.pem).ok_or_else(|| {
            let name = &self.name;
            let message = format!("quidditch.trusted_key has no P-256 key under the name {name:?}");
            Report::new(Code::ERRCODE_DATA_CORRUPTED, message)
        })
    }
}

/// The key of that name.
pub fn find(name: &str) -> Result<Option<Key>, Report> {
    let _owner = AsOwner::new()?;
    let keys = access::select(
        c"SELECT public_key, valid_from, valid_from::text, valid_until, valid_until::text, revoked_at::text
          FROM quidditch.trusted_key WHERE name OPERATOR(pg_catalog.=) $1",
        &[name.into()],
        |row| {
            Ok(Key {
                name: name.to_owned(),
                pem: row.get(1).unwrap_or_default(),
                // A timestamptz is such a number, with infinities at its ends.
                valid_from: row.get(2).unwrap_or(pg_sys::TimestampTz::MAX),
                valid_from_text: row.get(3).unwrap_or_default(),
                valid_until: row.get(4),
                valid_until_text: row.get(5).unwrap_or_default(),
                revoked_at: row.get(6),
            })
        },
    )?;
    Ok(keys.into_iter().next())
}

sql_function! {
    /// `add_trusted_key(name, public_key, valid_from, valid_until, comment)`: trusts signatures of a key.
    fn quidditch_add_trusted_key(arguments) -> Result<Option<()>, Report> {
        let name = checked_name(arguments)?;
        audit::watch(Operation::AddKey, &name, || add(&name, arguments))?;
        Ok(Some(()))
    }
}

fn add(name: &str, arguments: &Arguments) -> Result<(), Report> {
    let pem = arguments.required_text(1, "public_key")?;
    let key = verify::public_key(&pem)
        .and_then(|key| verify::to_pem(&key))
        .ok_or_else(|| no_key(&pem))?;
    access::lock_keys()?;
    let _owner = AsOwner::new()?;
    let same = access::select(
        c"SELECT name FROM quidditch.trusted_key
              WHERE name OPERATOR(pg_catalog.=) $1 OR public_key OPERATOR(pg_catalog.=) $2",
        &[name.into(), key.as_str().into()],
        |row| Ok(row.get::<String>(1).unwrap_or_default()),
    )?;
    if let Some(other) = same.first() {
        let message = match other == name {
            true => format!("the trusted key {name:?} exists already"),
            false => format!("this key is there already, under the name {other:?}"),
        };
        return Err(Report::new(Code::ERRCODE_DUPLICATE_OBJECT, message).hint(
            "Keys stay in quidditch.trusted_key, revoked ones too. Give another key another name.",
        ));
    }
    let time = |i| arguments.timestamp(i);
    let comment = arguments.text(4);
    access::write(
        c"INSERT INTO quidditch.trusted_key (name, public_key, valid_from, valid_until, comment)
              VALUES ($1, $2, COALESCE($3, pg_catalog.now()), $4, $5)",
        &[
            name.into(),
            key.into(),
            time(2).into(),
            time(3).into(),
            comment.into(),
        ],
    )?;
    Ok(())
}

sql_function! {
    /// `revoke_trusted_key(name)`: signatures of the key no longer count, whenever they were made. False when
    /// it was revoked before.
    fn quidditch_revoke_trusted_key(arguments) -> Result<Option<bool>, Report> {
        let name = checked_name(arguments)?;
        audit::watch(Operation::RevokeKey, &name, || revoke(&name)).map(Some)
    }
}

fn revoke(name: &str) -> Result<bool, Report> {
    access::lock_keys()?;
    if find(name)?.is_none() {
        let message = format!("there is no trusted key {name:?}");
        return Err(Report::new(Code::ERRCODE_UNDEFINED_OBJECT, message)
            .hint("The table quidditch.trusted_key has them."));
    }
    let revoked = access::write(
        c"UPDATE quidditch.trusted_key SET revoked_at = pg_catalog.now()
              WHERE name OPERATOR(pg_catalog.=) $1 AND revoked_at IS NULL",
        &[name.into()],
    )?;
    Ok(revoked == 1)
}

fn checked_name(arguments: &Arguments) -> Result<String, Report> {
    let name = arguments.required_text(0, "name")?;
    if name.is_empty() || name.chars().count() > LONGEST_NAME {
        return Err(Report::invalid(format!(
            "a key's name has 1 to {LONGEST_NAME} characters"
        )));
    }
    Ok(name)
}

fn no_key(pem: &str) -> Report {
    if pem.contains("PRIVATE KEY") {
        return Report::invalid("this is a private key, not a public one")
            .detail("Whoever has it can sign in its owner's name, so no server should be told it.")
            .hint("openssl ec -in key.pem -pubout writes the public key.");
    }
    Report::invalid("this is not a public key on the curve P-256 in PEM form")
        .detail("Such a text begins with -----BEGIN PUBLIC KEY-----.")
        .hint("openssl ecparam -name prime256v1 -genkey -noout -out key.pem makes a key, openssl ec -in key.pem -pubout writes its public half.")
}
