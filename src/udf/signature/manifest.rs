//! The text that is signed: everything that decides what a UDF does and may do, as canonical JSON in the manner of
//! RFC 8785. It is made of checked declarations, so it is the same from the metadata a UDF is registered with
//! and from its row, however their JSON was written.
//!
//! One line of UTF-8 without spaces between tokens, every key always there, in this order:
//! `format`, `function`, `limits`, `name`, `parameters`, `permissions`, `returns`, `sha256`, `version`.

use std::fmt;

use quidditch_sandbox::{Digest, Parameter, Type};

use super::super::metadata::{Metadata, OwnLimits};
use super::super::parameters::Declared;
use super::super::register::{self, Given};
use super::super::{catalog, metadata, registry, scripts};
use crate::arguments::sql_function;
use crate::report::Report;

/// What a manifest of this form begins with; one of another form would have another number.
const FORMAT: &str = "quidditch.udf/1";

/// What is signed; written out by `Display`.
pub struct Manifest<'u> {
    pub name: &'u str,
    pub version: &'u str,
    pub digest: &'u Digest,
    pub function: &'u str,
    pub declared: &'u [Declared],
    pub returns: Option<Type>,
    pub permissions: &'u [String],
    pub limits: &'u OwnLimits,
}

impl<'u> Manifest<'u> {
    /// That of a module about to be registered.
    pub fn of(
        name: &'u str,
        version: &'u str,
        digest: &'u Digest,
        metadata: &'u Metadata,
    ) -> Manifest<'u> {
        Manifest {
            name,
            version,
            digest,
            function: &metadata.function_name,
            declared: &metadata.declared,
            returns: metadata.returns,
            permissions: &metadata.permissions,
            limits: &metadata.limits,
        }
    }

    /// That of a row, whose declarations were read already.
    pub fn stored(
        name: &'u str,
        row: &'u catalog::Row,
        declared: &'u [Declared],
        returns: Option<Type>,
    ) -> Manifest<'u> {
        Manifest {
            name,
            version: &row.version,
            digest: &row.digest,
            function: &row.function_name,
            declared,
            returns,
            permissions: &row.permissions,
            limits: &row.limits,
        }
    }
}

impl fmt::Display for Manifest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut permissions: Vec<_> = self.permissions.iter().collect();
        permissions.sort_unstable();
        permissions.dedup();
        let permissions: Vec<_> = permissions.into_iter().map(|text| quoted(text)).collect();
        let parameters: Vec<_> = self.declared.iter().map(parameter).collect();
        let returns = self.returns.map_or("null".into(), |ty| quoted(ty.name()));
        write!(
            f,
            r#"{{"format":{},"function":{},"limits":{{"max_execution_time":{},"max_memory":{},"max_stack":{}}},"name":{},"parameters":[{}],"permissions":[{}],"returns":{returns},"sha256":"{}","version":{}}}"#,
            quoted(FORMAT),
            quoted(self.function),
            optional(self.limits.execution_time),
            optional(self.limits.memory),
            optional(self.limits.stack),
            quoted(self.name),
            parameters.join(","),
            permissions.join(","),
            register::hex(self.digest),
            quoted(self.version),
        )
    }
}

fn parameter(declared: &Declared) -> String {
    let default = match &declared.default {
        None => "null".into(),
        Some(Parameter::String(text)) => quoted(text),
        Some(Parameter::Bool(value)) => value.to_string(),
        // All digits, also beyond 2^53, where RFC 8785 leaves the integers.
        Some(Parameter::Integer(number)) => number.to_string(),
        Some(Parameter::Float(number)) => {
            let mut buffer = ryu_js::Buffer::new();
            // The shortest that reads back as the same value of its type.
            match declared.ty {
                Type::F32 => buffer.format(*number as f32).to_owned(),
                _ => buffer.format(*number).to_owned(),
            }
        }
    };
    format!(
        r#"{{"default":{default},"name":{},"required":{},"type":{}}}"#,
        quoted(&declared.name),
        declared.required,
        quoted(declared.ty.name())
    )
}

fn optional(limit: Option<i64>) -> String {
    limit.map_or("null".into(), |limit| limit.to_string())
}

/// A JSON string: `"`, `\` and control characters escaped as RFC 8785 does, which is how `serde_json` does it.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

sql_function! {
    /// `manifest(name, version, module, metadata)`: what has to be signed before a UDF is registered so.
    fn quidditch_manifest(arguments) -> Result<Option<String>, Report> {
        let name = arguments.required_text(0, "name")?;
        let version = arguments.required_text(1, "version")?;
        let module = arguments.bytes(2).ok_or_else(|| Report::null("module"))?;
        let given = arguments.json(3, "metadata", register::most_metadata())?;
        let (assembled, metadata) = match scripts::source(&module, &given) {
            None => register::checked(&name, &version, &Given::Module(&module), &given)?,
            Some((language, source)) => {
                let (_, metadata) = scripts::describe(language, source, &given)?;
                register::checked(&name, &version, &Given::Script(language, source), &metadata)?
            }
        };
        let manifest = Manifest::of(&name, &version, &assembled.digest, &metadata);
        Ok(Some(manifest.to_string()))
    }
}

sql_function! {
    /// `udf_manifest(name, version)`: the same of a UDF that is registered.
    fn quidditch_udf_manifest(arguments) -> Result<Option<String>, Report> {
        let name = arguments.required_text(0, "name")?;
        let row = registry::row(&name, arguments.text(1).as_deref())?;
        let (declared, returns) = metadata::stored(&row.parameters, &row.returns)?;
        Ok(Some(Manifest::stored(&name, &row, &declared, returns).to_string()))
    }
}
