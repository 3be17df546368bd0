//! `register_udf`, `upload_udf`, `unregister_udf`, `delete_udf`: what changes the catalog.

use std::rc::Rc;
use std::time::Instant;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use pgrx::{JsonB, PgLogLevel};
use quidditch_sandbox::{Digest, Module, Refused, Sandbox};
use quidditch_script::Language;
use serde_json::{Value, json};
use sha2::Digest as _;

use super::audit::{self, Operation};
use super::catalog::Row;
use super::metadata::{self, Metadata};
use super::registry::{self, Udf};
use super::rights::{self, check_owner};
use super::signature::Signed;
use super::signature::manifest::Manifest;
use super::{
    Bound, access, catalog, language, parameters, permissions, runtime, scripts, signature, tally,
    version,
};
use crate::arguments::sql_function;
use crate::cluster;
use crate::report::{self, Code, Report};
use crate::settings::{self, RequireSignature};

/// The module as it is stored: binary, whatever it came as, or the text that is interpreted.
pub struct Assembled {
    bytes: Vec<u8>,
    pub digest: Digest,
    interpreter: Option<Language>,
}

sql_function! {
    /// `register_udf(name, version, module, metadata)`: checks everything, compiles, stores.
    fn quidditch_register_udf(arguments) -> Result<Option<JsonB>, Report> {
        let name = arguments.required_text(0, "name")?;
        let version = arguments.required_text(1, "version")?;
        let module = arguments.bytes(2).ok_or_else(|| Report::null("module"))?;
        let metadata = arguments.json(3, "metadata", most_metadata())?;
        register(&name, &version, Given::Module(&module), &metadata)
            .map(|answer| Some(JsonB(answer)))
    }
}

sql_function! {
    /// `upload_udf(body)`: the same from one JSON body, the metadata's keys beside `name`, `version` and
    /// `wasm_base64`.
    fn quidditch_upload_udf(arguments) -> Result<Option<JsonB>, Report> {
        if arguments.datum(0).is_none() {
            return Err(Report::null("body"));
        }
        let Value::Object(mut body) = arguments.json(0, "body", most_metadata())? else {
            return Err(Report::invalid("body must be a JSON object"));
        };
        let mut take = |key: &str| match body.remove(key) {
            Some(Value::String(text)) => Ok(text),
            Some(other) => Err(Report::invalid(format!(
                "body.{key}: expected a string, got {}",
                super::parameters::describe(&other)
            ))),
            None => Err(Report::invalid(format!("body lacks the key {key:?}"))
                .hint("It needs name, version and wasm_base64, and may have register_udf's metadata beside them.")),
        };
        let (name, version, encoded) = (take("name")?, take("version")?, take("wasm_base64")?);
        let compact: String = encoded.split_ascii_whitespace().collect();
        let module = STANDARD
            .decode(compact)
            .map_err(|error| Report::invalid(format!("body.wasm_base64: {error}")))?;
        register(&name, &version, Given::Module(&module), &Value::Object(body))?;
        Ok(Some(JsonB(json!({ "success": true, "name": name, "version": version }))))
    }
}

sql_function! {
    /// `unregister_udf(name, version)`: whether there was such a UDF; it is gone now.
    fn quidditch_unregister_udf(arguments) -> Result<Option<bool>, Report> {
        let name = arguments.required_text(0, "name")?;
        let version = arguments.required_text(1, "version")?;
        match unregister(&name, &version) {
            Ok(()) => Ok(Some(true)),
            Err(report) if report.code() == Code::ERRCODE_UNDEFINED_OBJECT => Ok(Some(false)),
            Err(report) => Err(report),
        }
    }
}

sql_function! {
    /// `delete_udf(name, version)`: as `unregister_udf`, with an answer in JSON and an error when there is
    /// no such UDF.
    fn quidditch_delete_udf(arguments) -> Result<Option<JsonB>, Report> {
        let name = arguments.required_text(0, "name")?;
        let version = arguments.required_text(1, "version")?;
        unregister(&name, &version)?;
        Ok(Some(JsonB(json!({ "success": true, "name": name, "version": version }))))
    }
}

/// The largest metadata, in bytes: with room for a module in base64, or for its source.
pub fn most_metadata() -> usize {
    settings::max_module_size() * 2
}

pub fn register(
    name: &str,
    version: &str,
    code: Given<'_>,
    metadata: &Value,
) -> Result<Value, Report> {
    audit::watch(Operation::Register, &label(name, version), || {
        check_and_store(name, version, &code, metadata)
    })
}

/// `name@version`, whatever was given as such.
fn label(name: &str, version: &str) -> String {
    format!("{name}@{version}")
}

/// What a UDF's code is given as.
pub enum Given<'c> {
    /// WebAssembly, binary or as text.
    Module(&'c [u8]),
    /// Source text that is interpreted.
    Script(Language, &'c str),
}

/// What can be said of a UDF's parts without compiling it: they are well-formed.
pub fn checked(
    name: &str,
    version: &str,
    code: &Given<'_>,
    metadata: &Value,
) -> Result<(Assembled, Metadata), Report> {
    metadata::check_name(name)?;
    version::check(version)?;
    let (bytes, interpreter, metadata) = match code {
        Given::Module(module) => {
            check_size(module)?;
            let text = std::str::from_utf8(module)
                .ok()
                .filter(|text| !text.contains('\0'));
            let mut metadata = Metadata::parse(metadata, text.is_some())?;
            if let Some(text) = text {
                metadata.source.get_or_insert_with(|| text.to_owned());
            }
            let bytes = Sandbox::assemble(module).map_err(|problem| {
                let report = refused(problem);
                match text {
                    Some(text) if !scripts::is_wat(text) => report.hint(
                        "register_python and register_javascript take source text; that of other languages has to be compiled.",
                    ),
                    _ => report,
                }
            })?;
            (bytes, None, metadata)
        }
        Given::Script(language, source) => {
            let metadata = Metadata::parse(metadata, true)?;
            (source.as_bytes().to_vec(), Some(*language), metadata)
        }
    };
    let digest = sha2::Sha256::digest(&bytes).into();
    let assembled = Assembled {
        bytes,
        digest,
        interpreter,
    };
    Ok((assembled, metadata))
}

fn check_and_store(
    name: &str,
    version: &str,
    code: &Given<'_>,
    metadata: &Value,
) -> Result<Value, Report> {
    let (assembled, metadata) = checked(name, version, code, metadata)?;
    let manifest = Manifest::of(name, version, &assembled.digest, &metadata);
    let label = label(name, version);
    let mut compiling = None;
    let mut compile_once = || {
        if compiling.is_none() {
            signature::at_registration(&label, &manifest, metadata.signed.as_ref())?;
            let started = Instant::now();
            compile(&label, &assembled, &metadata)?;
            compiling = Some(started.elapsed());
        }
        Ok::<_, Report>(compiling)
    };
    // Compiling takes its time, in which nobody waits for the lock.
    owned_by_caller(name)?;
    if known(name, version, &assembled, &metadata)?.is_none() {
        compile_once()?;
    }
    // From here on nobody else changes this name's rows, so what is checked stays true.
    access::lock_to_change(name)?;
    let others = owned_by_caller(name)?;
    if let Some(row) = known(name, version, &assembled, &metadata)? {
        register_again(name, &row, &manifest, metadata.signed.as_ref())?;
        return Ok(registered(name, version, &assembled, &metadata));
    }
    let took = compile_once()?;
    // The key may have been revoked meanwhile; who is only warned has been.
    if settings::require_signature() != RequireSignature::Warn {
        signature::at_registration(&label, &manifest, metadata.signed.as_ref())?;
    }
    if !catalog::insert(
        name,
        version,
        &assembled.bytes,
        &assembled.digest,
        assembled.interpreter.map(Language::name),
        &metadata,
    )? {
        return Err(Report::new(
            Code::ERRCODE_DUPLICATE_OBJECT,
            format!("UDF {name}@{version} is being registered by another session"),
        ));
    }
    // What a row left that was deleted, and not by unregister_udf.
    rights::forget(name, version)?;
    if let Some(meant) = version::latest(others.iter().map(|other| other.version.as_str())) {
        rights::inherit(name, version, meant)?;
    }
    tally::count_module(&label, took);
    Ok(registered(name, version, &assembled, &metadata))
}

/// The versions there are of a name, all of which the current role has to own: a new one changes what the name means to
/// whoever doesn't ask for a version.
fn owned_by_caller(name: &str) -> Result<Vec<catalog::Ownership>, Report> {
    let others = catalog::owners(name)?;
    for other in &others {
        check_owner(name, other.owner)?;
    }
    Ok(others)
}

/// Compiling can't be interrupted, so large modules aren't begun.
pub fn check_size(module: &[u8]) -> Result<(), Report> {
    let most = settings::max_module_size();
    if module.len() <= most {
        return Ok(());
    }
    Err(Report::new(
        Code::ERRCODE_PROGRAM_LIMIT_EXCEEDED,
        format!(
            "the module has {} bytes, more than quidditch.max_module_size allows, which is {most}",
            module.len()
        ),
    ))
}

fn registered(name: &str, version: &str, module: &Assembled, metadata: &Metadata) -> Value {
    json!({
        "success": true,
        "name": name,
        "version": version,
        "function_name": metadata.function_name,
        "size": module.bytes.len(),
        "sha256": hex(&module.digest),
    })
}

pub fn hex(digest: &Digest) -> String {
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn taken(label: &str, detail: &str) -> Report {
    let message = format!("UDF {label} exists already");
    Report::new(Code::ERRCODE_DUPLICATE_OBJECT, message)
        .detail(detail)
        .hint("A registered version never changes. Register the new one under a higher version.")
}

/// The row, if the very same UDF is there. Another module or other metadata under its name is an error:
/// what a query refers to by name and version must not change under it.
fn known(
    name: &str,
    version: &str,
    module: &Assembled,
    metadata: &Metadata,
) -> Result<Option<Row>, Report> {
    let rows = catalog::rows(name)?;
    let Some(row) = rows.into_iter().find(|row| row.version == version) else {
        return Ok(None);
    };
    let label = format!("{name}@{version}");
    if row.digest != module.digest {
        return Err(taken(&label, "Its module has other bytes."));
    }
    if row.interpreter.as_deref() != module.interpreter.map(Language::name) {
        return Err(taken(&label, "It is registered as another kind of code."));
    }
    if row.function_name != metadata.function_name
        || row.parameters != metadata.parameters_json
        || row.returns != metadata.returns_json
    {
        return Err(taken(
            &label,
            "Its module is the same, but its function name, parameters or result are others.",
        ));
    }
    Ok(Some(row))
}

/// The same UDF once more: nothing changes but its signature, if there is a new one.
fn register_again(
    name: &str,
    row: &Row,
    manifest: &Manifest<'_>,
    signed: Option<&Signed>,
) -> Result<(), Report> {
    let label = format!("{name}@{}", row.version);
    let (declared, returns) = metadata::stored(&row.parameters, &row.returns)?;
    let stored = Manifest::stored(name, row, &declared, returns);
    let mut notice = format!("UDF {label} is registered already, with the same module");
    match signed {
        Some(signed) if row.signed.as_ref() != Some(signed) => {
            if stored.to_string() != manifest.to_string() {
                let detail = "Its permissions or limits are others, which a signature is of, too.";
                return Err(taken(&label, detail));
            }
            signature::at_registration(&label, &stored, Some(signed))?;
            catalog::sign(name, &row.version, signed)?;
            notice += "; its signature is the new one";
        }
        _ => {
            signature::at_load(&label, &stored, row.signed.as_ref())?;
        }
    }
    report::emit(PgLogLevel::NOTICE, &notice);
    Ok(())
}

/// Compiles a module for the first time, checks it against its metadata, and only then keeps the code.
fn compile(label: &str, assembled: &Assembled, metadata: &Metadata) -> Result<(), Report> {
    let stack = metadata
        .limits
        .stack
        .map_or(usize::MAX, |bytes| bytes as usize);
    let stack = stack.min(settings::max_stack());
    let sandbox = runtime::sandbox(stack)?;
    let module = match assembled.interpreter {
        None => sandbox.compile(&assembled.bytes).map_err(refused)?,
        Some(language) => {
            let source = std::str::from_utf8(&assembled.bytes)
                .map_err(|_| Report::internal("a source that is not UTF-8"))?;
            scripts::module(language, stack, label, source, &metadata.permissions)?
        }
    };
    let entry = module
        .entry(&metadata.function_name, &metadata.signature())
        .map_err(refused)?;
    let begins = match assembled.interpreter {
        None => "the module".into(),
        Some(language) => format!("the interpreter of {language}"),
    };
    check_memory(&begins, &module, metadata.limits.memory)?;
    if assembled.interpreter.is_some() {
        // An interpreter finds what is wrong with a source when it loads it.
        let declared = metadata.declared.clone();
        let parameters = parameters::defaults(&declared);
        let udf = Udf::uncatalogued(
            label.to_owned(),
            module,
            &metadata.function_name,
            entry,
            declared,
        );
        Bound::of(Rc::new(udf), parameters).load()?;
        return Ok(());
    }
    permissions::check(&module, &metadata.permissions)?;
    if let Some(cache) = registry::code_cache() {
        sandbox.keep(&module, &assembled.digest, &cache);
    }
    Ok(())
}

/// Whether a module's memory is within its limit before it grows.
pub fn check_memory(what: &str, module: &Module, own: Option<i64>) -> Result<(), Report> {
    let own = own.map_or(u64::MAX, |bytes| bytes as u64);
    let memory = own.min(settings::limits().memory as u64);
    if module.initial_memory() <= memory {
        return Ok(());
    }
    Err(
        Report::invalid(format!("{what} begins with more memory than it may have")).detail(
            format!(
                "Its memory has {} bytes to begin with, and its limit is {memory}.",
                module.initial_memory()
            ),
        ),
    )
}

pub fn refused(refused: Refused) -> Report {
    let mut problems = refused.problems;
    let message = match problems.len() {
        1 => problems.remove(0),
        n => format!("the module has {n} problems"),
    };
    let mut report = Report::invalid(format!("invalid module: {message}"));
    if !problems.is_empty() {
        report = report.detail(problems.join("\n"));
    }
    match refused.hint {
        Some(hint) => report.hint(hint),
        None => report,
    }
}

/// The owner of a UDF, who the current role has to be.
fn owned(name: &str, version: &str) -> Result<catalog::Ownership, Report> {
    let owners = catalog::owners(name)?;
    let Some(found) = owners.into_iter().find(|row| row.version == version) else {
        let rows = catalog::rows(name)?;
        return Err(registry::unknown(name, Some(version), &rows)?);
    };
    check_owner(&label(name, version), found.owner)?;
    Ok(found)
}

/// Removes a UDF, or fails with 42704 when there is none.
fn unregister(name: &str, version: &str) -> Result<(), Report> {
    audit::watch(Operation::Unregister, &label(name, version), || {
        // Who may not remove it doesn't get to hold the locks, either.
        owned(name, version)?;
        // In this order, so that whoever waits to change the name doesn't wait for a function that is being made.
        access::lock_to_remove(name)?;
        access::lock_to_change(name)?;
        let found = owned(name, version)?;
        language::check_unused(name, version)?;
        catalog::delete(name, version)?;
        rights::forget(name, version)?;
        if let Some(statistics) = cluster::statistics() {
            statistics.forget_error(runtime::database(), &label(name, version));
        }
        // Only a cache: if the transaction aborts, or another UDF has the same module, it is compiled again.
        if let (Some(cache), Ok(digest)) = (registry::code_cache(), found.digest.try_into()) {
            cache.remove(&digest);
        }
        Ok(())
    })
}
