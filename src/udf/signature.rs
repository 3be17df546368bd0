//! Signatures of UDFs: who vouches for a module and for how it is run.
//!
//! * [`manifest`] is the text that is signed;
//! * [`keys`] are the public keys that count, in the table `quidditch.trusted_key`;
//! * [`verify`] is ECDSA over the curve P-256.
//!
//! `quidditch.require_signature` says what happens without a good one, when a UDF is registered
//! ([`at_registration`]) and when a backend first uses it ([`at_load`]), which it does anew after any change of
//! UDFs or keys and when the key expires.

mod keys;
pub mod manifest;
mod verify;

use pgrx::pg_sys;

pub use verify::is_well_formed;

use super::{audit, metadata, registry};
use crate::arguments::sql_function;
use crate::callsite;
use crate::report::{Code, Report};
use crate::settings::{self, RequireSignature};
use manifest::Manifest;

/// A signature and the name of the key it was made with, neither of them checked.
#[derive(Clone, Debug, PartialEq)]
pub struct Signed {
    pub signature: Vec<u8>,
    pub by: String,
}

/// How long something holds: until the time, if there is one.
pub type Until = Option<pg_sys::TimestampTz>;

/// What a UDF's signature is worth now.
enum Finding {
    Good(Until),
    /// It has none, or by a key that is unknown.
    Unknown(Report),
    /// A known key doesn't vouch for the UDF.
    Bad(Report),
}

/// Checks the signature that came with a module. One by a known key must be good in any case.
pub fn at_registration(
    label: &str,
    manifest: &Manifest<'_>,
    signed: Option<&Signed>,
) -> Result<(), Report> {
    match examine(label, manifest, signed)? {
        Finding::Good(_) => Ok(()),
        Finding::Unknown(report) => complain(report),
        Finding::Bad(report) => Err(report),
    }
}

/// Checks a stored signature, and says how long the answer holds.
pub fn at_load(
    label: &str,
    manifest: &Manifest<'_>,
    signed: Option<&Signed>,
) -> Result<Until, Report> {
    if settings::require_signature() == RequireSignature::Off {
        return Ok(None);
    }
    match examine(label, manifest, signed)? {
        Finding::Good(until) => Ok(until),
        Finding::Unknown(report) | Finding::Bad(report) => complain(report)
            .map(|()| None)
            .map_err(|report| audit::refused(label, report)),
    }
}

sql_function! {
    /// `signature_problem(name, version)`: why a UDF is refused where signatures are required; NULL when it isn't.
    fn quidditch_signature_problem(arguments) -> Result<Option<String>, Report> {
        let name = arguments.required_text(0, "name")?;
        let row = registry::row(&name, arguments.text(1).as_deref())?;
        let (declared, returns) = metadata::stored(&row.parameters, &row.returns)?;
        let manifest = Manifest::stored(&name, &row, &declared, returns);
        let label = format!("{name}@{}", row.version);
        Ok(match examine(&label, &manifest, row.signed.as_ref())? {
            Finding::Good(_) => None,
            Finding::Unknown(report) | Finding::Bad(report) => Some(report.to_string()),
        })
    }
}

/// What is to be run can't have a signature, and `what` says why.
pub fn without(label: &str, what: String) -> Result<(), Report> {
    let report = untrusted(what).hint(
        "Where signatures are required, functions call the registered function of a signed UDF.",
    );
    complain(report).map_err(|report| audit::refused(label, report))
}

/// Makes as much of a missing trust as the setting wants.
fn complain(report: Report) -> Result<(), Report> {
    match settings::require_signature() {
        RequireSignature::Off => Ok(()),
        RequireSignature::Warn => {
            report.warn();
            Ok(())
        }
        RequireSignature::On => Err(report),
    }
}

/// Whether a trusted key that counts now signed this very manifest.
fn examine(
    label: &str,
    manifest: &Manifest<'_>,
    signed: Option<&Signed>,
) -> Result<Finding, Report> {
    let Some(signed) = signed else {
        let report = untrusted(format!("UDF {label} has no signature")).hint(
            "Sign what quidditch.manifest or quidditch.udf_manifest gives, and register it with \"signature\" and \"signed_by\" in its metadata.",
        );
        return Ok(Finding::Unknown(report));
    };
    let by = &signed.by;
    let Some(key) = keys::find(by)? else {
        let message =
            format!("UDF {label} is signed with the key {by:?}, which is not a trusted one");
        let report =
            untrusted(message).hint("The table quidditch.trusted_key has the trusted ones.");
        return Ok(Finding::Unknown(report));
    };
    let now = callsite::message();
    let refused = |what: &str, detail: String| {
        let message = format!("the key {by:?} that UDF {label} is signed with {what}");
        let report = untrusted(message).detail(detail).hint(
            "Sign the UDF with a key that is valid, and register it again with that signature.",
        );
        Ok(Finding::Bad(report))
    };
    if let Some(at) = &key.revoked_at {
        return refused("was revoked", format!("It was revoked at {at}."));
    }
    if key.valid_from > now {
        let from = &key.valid_from_text;
        return refused("is not valid yet", format!("It is valid from {from} on."));
    }
    if key.valid_until.is_some_and(|until| until <= now) {
        let until = &key.valid_until_text;
        return refused("has expired", format!("It was valid until {until}."));
    }
    if !verify::verifies(&key.public_key()?, &manifest.to_string(), &signed.signature) {
        let report = untrusted(format!("the signature of UDF {label} is wrong"))
            .detail(format!("The key {by:?} has not signed this module under this name and version, with this function, these parameters, result, permissions and limits."))
            .hint("What has to be signed is the text that quidditch.manifest and quidditch.udf_manifest give.");
        return Ok(Finding::Bad(report));
    }
    Ok(Finding::Good(key.valid_until))
}

/// 42501, the code of everything that isn't allowed for want of trust.
fn untrusted(message: String) -> Report {
    Report::new(Code::ERRCODE_INSUFFICIENT_PRIVILEGE, message)
}
