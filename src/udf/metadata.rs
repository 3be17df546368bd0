//! What a UDF's author says of it: the `metadata` argument of `register_udf`, checked key by key. Errors
//! name the key by its path, `metadata.parameters[1].type`.

use std::collections::HashSet;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use quidditch_sandbox::{Parameter, Signature, Type};
use serde_json::{Map, Value, json};

use super::parameters::{self, Declared};
use super::permissions::{GRANTED, REFUSED};
use super::signature::{self, Signed};
use crate::report::{Code, Report};
use crate::settings;
use quidditch_query::nearest;

/// The longest text of a single-line key, in characters.
const LONGEST_LINE: usize = 1000;

/// The longest name of a UDF or a parameter, in bytes.
pub const LONGEST_NAME: usize = 63;

/// Most parameters a UDF can declare.
const MOST_PARAMETERS: usize = 100;

const LANGUAGES: [&str; 8] = [
    "wasm",
    "wat",
    "rust",
    "c",
    "python",
    "javascript",
    "assemblyscript",
    "go",
];

const KEYS: [&str; 18] = [
    "description",
    "author",
    "category",
    "tags",
    "license",
    "repository",
    "language",
    "source",
    "function_name",
    "parameters",
    "returns",
    "permissions",
    "limits",
    "pool_size",
    "expected_latency",
    "metadata",
    "signature",
    "signed_by",
];

/// Checked metadata, with defaults where a key was absent.
#[derive(Debug)]
pub struct Metadata {
    pub description: Option<String>,
    pub author: Option<String>,
    pub category: Option<String>,
    pub tags: Vec<String>,
    pub license: Option<String>,
    pub repository: Option<String>,
    pub language: String,
    pub source: Option<String>,
    pub function_name: String,
    pub declared: Vec<Declared>,
    pub returns: Option<Type>,
    /// The declarations as they are stored: with their descriptions.
    pub parameters_json: Value,
    pub returns_json: Value,
    pub permissions: Vec<String>,
    pub limits: OwnLimits,
    pub pool_size: i32,
    pub expected_latency: Option<String>,
    pub free: Value,
    pub signed: Option<Signed>,
}

/// A UDF's own limits; absent ones leave the ceiling of the configuration.
#[derive(Clone, Debug, Default)]
pub struct OwnLimits {
    /// Bytes.
    pub memory: Option<i64>,
    /// Milliseconds.
    pub execution_time: Option<i64>,
    /// Bytes.
    pub stack: Option<i64>,
}

impl Metadata {
    /// Checks a metadata object. `is_text` says that the module came as WAT text.
    pub fn parse(metadata: &Value, is_text: bool) -> Result<Self, Report> {
        let at = Path::root("metadata");
        let object = at.object(metadata)?;
        at.check_keys(object, &KEYS)?;
        let language = at
            .line(object, "language")?
            .unwrap_or_else(|| if is_text { "wat" } else { "wasm" }.into());
        if !LANGUAGES.contains(&language.as_str()) {
            return Err(at
                .key("language")
                .error(&format!("unknown language {language:?}"))
                .hint(one_of(&LANGUAGES)));
        }
        let function_name = at
            .line(object, "function_name")?
            .unwrap_or_else(|| "filter".into());
        if function_name.is_empty() {
            return Err(at.key("function_name").error("must not be empty"));
        }
        let parameters_json = object
            .get("parameters")
            .cloned()
            .unwrap_or_else(|| json!([]));
        let returns_json = object.get("returns").cloned().unwrap_or_else(|| json!([]));
        Ok(Metadata {
            description: at.text(object, "description")?,
            author: at.line(object, "author")?,
            category: at.line(object, "category")?,
            tags: at.words(object, "tags")?.unwrap_or_default(),
            license: at.line(object, "license")?,
            repository: at.line(object, "repository")?,
            language,
            source: at.text(object, "source")?,
            function_name,
            declared: parse_parameters(&at.key("parameters"), &parameters_json)?,
            returns: parse_returns(&at.key("returns"), &returns_json)?,
            parameters_json,
            returns_json,
            permissions: parse_permissions(&at, object)?,
            limits: parse_limits(&at, object)?,
            pool_size: at
                .integer(object, "pool_size", 0..=1000)?
                .map_or(4, |n| n as i32),
            expected_latency: at.line(object, "expected_latency")?,
            free: match object.get("metadata") {
                None => json!({}),
                Some(free) => Value::Object(at.key("metadata").object(free)?.clone()),
            },
            signed: parse_signature(&at, object)?,
        })
    }

    pub fn signature(&self) -> Signature {
        signature(&self.declared, self.returns)
    }
}

/// The types an entry function is checked against.
pub fn signature(declared: &[Declared], returns: Option<Type>) -> Signature {
    Signature {
        parameters: declared.iter().map(|d| d.ty).collect(),
        returns,
    }
}

/// Reads the stored declarations of a row back.
pub fn stored(
    parameters: &Value,
    returns: &Value,
) -> Result<(Vec<Declared>, Option<Type>), Report> {
    Ok((
        parse_parameters(&Path::root("parameters"), parameters)?,
        parse_returns(&Path::root("returns"), returns)?,
    ))
}

fn parse_parameters(at: &Path, value: &Value) -> Result<Vec<Declared>, Report> {
    let list = at.array(value)?;
    if list.len() > MOST_PARAMETERS {
        return Err(at.error(&format!(
            "has {} elements, more than {MOST_PARAMETERS}",
            list.len()
        )));
    }
    let mut names = HashSet::new();
    let mut declared = Vec::with_capacity(list.len());
    for (i, element) in list.iter().enumerate() {
        let at = at.index(i);
        let object = at.object(element)?;
        at.check_keys(
            object,
            &["name", "type", "required", "default", "description"],
        )?;
        let name = at.required_line(object, "name")?;
        check_identifier(&at.key("name"), &name)?;
        if !names.insert(name.clone()) {
            return Err(at
                .key("name")
                .error(&format!("parameter {name:?} is declared twice")));
        }
        let ty = parse_type(&at, object)?;
        at.text(object, "description")?;
        let required = at.boolean(object, "required")?;
        let default = match object.get("default") {
            None | Some(Value::Null) => None,
            Some(default) => Some(parse_default(&at.key("default"), default, ty)?),
        };
        if required == Some(true) && default.is_some() {
            return Err(at.key("default").error(&format!(
                "parameter {name:?} is required, so it can't have a default"
            )));
        }
        // A parameter that says nothing may be left out if there is something to take in its place.
        let required = required.unwrap_or(default.is_none());
        declared.push(Declared {
            name,
            ty,
            required,
            default,
        });
    }
    Ok(declared)
}

fn parse_default(at: &Path, default: &Value, ty: Type) -> Result<Parameter, Report> {
    parameters::convert(default, ty).ok_or_else(|| {
        at.error(&format!(
            "{} is no value of the declared type {ty}",
            parameters::describe(default)
        ))
    })
}

fn parse_returns(at: &Path, value: &Value) -> Result<Option<Type>, Report> {
    let list = at.array(value)?;
    if list.len() > 1 {
        return Err(at.index(1).error("a function returns one value"));
    }
    let Some(element) = list.first() else {
        return Ok(None);
    };
    let at = at.index(0);
    let object = at.object(element)?;
    at.check_keys(object, &["name", "type", "description"])?;
    at.line(object, "name")?;
    at.text(object, "description")?;
    parse_type(&at, object).map(Some)
}

fn parse_type(at: &Path, object: &Map<String, Value>) -> Result<Type, Report> {
    let name = at.required_line(object, "type")?;
    name.parse().map_err(|()| {
        let known = Type::ALL.map(Type::name);
        at.key("type")
            .error(&format!("unknown type {name:?}"))
            .hint(one_of(&known))
    })
}

fn parse_permissions(at: &Path, object: &Map<String, Value>) -> Result<Vec<String>, Report> {
    let Some(permissions) = at.words(object, "permissions")? else {
        return Ok(GRANTED.map(String::from).to_vec());
    };
    for (i, permission) in permissions.iter().enumerate() {
        let at = at.key("permissions").index(i);
        if REFUSED.contains(&permission.as_str()) {
            return Err(Report::new(
                Code::ERRCODE_INSUFFICIENT_PRIVILEGE,
                format!("{at}: permission {permission:?} is never granted"),
            )
            .detail("UDFs are sandboxed: they read the document and their parameters, and nothing else."));
        }
        if !GRANTED.contains(&permission.as_str()) {
            return Err(at
                .error(&format!("unknown permission {permission:?}"))
                .hint(one_of(&GRANTED)));
        }
    }
    Ok(permissions)
}

fn parse_signature(at: &Path, object: &Map<String, Value>) -> Result<Option<Signed>, Report> {
    let (signature, by) = match (at.text(object, "signature")?, at.line(object, "signed_by")?) {
        (None, None) => return Ok(None),
        (Some(signature), Some(by)) => (signature, by),
        (signature, _) => {
            let lacking = if signature.is_some() {
                "signed_by"
            } else {
                "signature"
            };
            return Err(at
                .error(&format!("lacks the key {lacking:?}"))
                .hint("A signature needs both: \"signature\" in base64, and \"signed_by\", the name of the key."));
        }
    };
    let compact: String = signature.split_ascii_whitespace().collect();
    let at = at.key("signature");
    let signature = STANDARD
        .decode(compact)
        .map_err(|error| at.error(&format!("invalid base64: {error}")))?;
    if !signature::is_well_formed(&signature) {
        return Err(at
            .error("is no ECDSA signature on the curve P-256")
            .hint("openssl dgst -sha256 -sign key.pem manifest | base64 writes one."));
    }
    Ok(Some(Signed { signature, by }))
}

fn parse_limits(at: &Path, object: &Map<String, Value>) -> Result<OwnLimits, Report> {
    let Some(value) = object.get("limits") else {
        return Ok(OwnLimits::default());
    };
    let at = at.key("limits");
    let object = at.object(value)?;
    at.check_keys(object, &["max_memory", "max_execution_time", "max_stack"])?;
    let ceilings = settings::limits();
    let limit = |key: &str, parse: fn(&Value) -> Option<i64>, unit: &str, ceiling: i64| {
        let Some(value) = object.get(key) else {
            return Ok(None);
        };
        let at = at.key(key);
        let limit = parse(value).filter(|limit| *limit > 0).ok_or_else(|| {
            at.error(&format!("{} is no limit", parameters::describe(value)))
                .hint(format!(
                    "Give a positive number of {unit}, or a text with a unit."
                ))
        })?;
        if ceiling > 0 && limit > ceiling {
            return Err(at
                .error(&format!(
                    "{limit} {unit} is more than quidditch.{key} allows, which is {ceiling}"
                ))
                .hint("A UDF's own limits can only be narrower than the server's."));
        }
        Ok(Some(limit))
    };
    Ok(OwnLimits {
        memory: limit("max_memory", bytes, "bytes", ceilings.memory as i64)?,
        execution_time: limit(
            "max_execution_time",
            milliseconds,
            "milliseconds",
            ceilings.time.as_millis() as i64,
        )?,
        stack: limit("max_stack", bytes, "bytes", settings::max_stack() as i64)?,
    })
}

/// A number of bytes, or "16MB" in the units of PostgreSQL's configuration.
fn bytes(value: &Value) -> Option<i64> {
    with_unit(
        value,
        &[
            ("kB", 1 << 10),
            ("MB", 1 << 20),
            ("GB", 1 << 30),
            ("TB", 1 << 40),
            ("B", 1),
        ],
    )
}

/// A number of milliseconds, or "5s".
fn milliseconds(value: &Value) -> Option<i64> {
    with_unit(
        value,
        &[("ms", 1), ("s", 1000), ("min", 60_000), ("h", 3_600_000)],
    )
}

fn with_unit(value: &Value, units: &[(&str, i64)]) -> Option<i64> {
    let text = match value {
        Value::Number(number) => return number.as_i64(),
        Value::String(text) => text.trim(),
        _ => return None,
    };
    let digits = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let number: i64 = number.parse().ok()?;
    match unit.trim() {
        "" => Some(number),
        unit => number.checked_mul(units.iter().find(|(name, _)| *name == unit)?.1),
    }
}

/// A UDF's or parameter's name: what can stand in a query without quoting worries.
pub fn check_name(name: &str) -> Result<(), Report> {
    check_identifier(&Path::root("name"), name)
}

fn check_identifier(at: &Path, name: &str) -> Result<(), Report> {
    let mut characters = name.chars();
    let starts = characters
        .next()
        .is_some_and(|c| c.is_ascii_alphabetic() || c == '_');
    let goes_on = characters.all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'));
    if !starts || !goes_on || name.len() > LONGEST_NAME {
        return Err(at
            .error(&format!("invalid name {name:?}"))
            .hint("A name is 1 to 63 ASCII letters, digits, \"_\", \"-\" and \".\", and begins with a letter or \"_\"."));
    }
    Ok(())
}

fn one_of(known: &[&str]) -> String {
    format!("It is one of {}.", known.join(", "))
}

/// Where in the metadata a value stands, and the checks that report it.
pub struct Path(String);

impl std::fmt::Display for Path {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl Path {
    pub fn root(name: &str) -> Self {
        Path(name.to_owned())
    }

    fn key(&self, key: &str) -> Self {
        Path(format!("{}.{key}", self.0))
    }

    fn index(&self, i: usize) -> Self {
        Path(format!("{}[{i}]", self.0))
    }

    fn error(&self, what: &str) -> Report {
        Report::invalid(format!("{}: {what}", self.0))
    }

    fn expected(&self, what: &str, found: &Value) -> Report {
        self.error(&format!(
            "expected {what}, got {}",
            parameters::describe(found)
        ))
    }

    pub fn check_keys(&self, object: &Map<String, Value>, known: &[&str]) -> Result<(), Report> {
        for key in object.keys() {
            if !known.contains(&key.as_str()) {
                let mut message = format!("unknown key {key:?}");
                if let Some(near) = nearest(key, known.iter().copied()) {
                    message += &format!(", did you mean {near:?}?");
                }
                return Err(self
                    .error(&message)
                    .hint(format!("Known keys: {}.", known.join(", "))));
            }
        }
        Ok(())
    }

    pub fn object<'v>(&self, value: &'v Value) -> Result<&'v Map<String, Value>, Report> {
        value
            .as_object()
            .ok_or_else(|| self.expected("an object", value))
    }

    fn array<'v>(&self, value: &'v Value) -> Result<&'v Vec<Value>, Report> {
        value
            .as_array()
            .ok_or_else(|| self.expected("an array", value))
    }

    /// A string, or nothing. A null is an error: a key that is there says something.
    pub fn text(&self, object: &Map<String, Value>, key: &str) -> Result<Option<String>, Report> {
        match object.get(key) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(other) => Err(self.key(key).expected("a string", other)),
        }
    }

    fn line(&self, object: &Map<String, Value>, key: &str) -> Result<Option<String>, Report> {
        let text = self.text(object, key)?;
        if text
            .as_ref()
            .is_some_and(|text| text.chars().count() > LONGEST_LINE)
        {
            return Err(self
                .key(key)
                .error(&format!("is longer than {LONGEST_LINE} characters")));
        }
        Ok(text)
    }

    fn required_line(&self, object: &Map<String, Value>, key: &str) -> Result<String, Report> {
        self.line(object, key)?
            .ok_or_else(|| self.error(&format!("lacks the key {key:?}")))
    }

    pub fn words(
        &self,
        object: &Map<String, Value>,
        key: &str,
    ) -> Result<Option<Vec<String>>, Report> {
        let Some(value) = object.get(key) else {
            return Ok(None);
        };
        let at = self.key(key);
        let words = at
            .array(value)?
            .iter()
            .enumerate()
            .map(|(i, word)| match word {
                Value::String(word) => Ok(word.clone()),
                other => Err(at.index(i).expected("a string", other)),
            });
        words.collect::<Result<_, _>>().map(Some)
    }

    fn boolean(&self, object: &Map<String, Value>, key: &str) -> Result<Option<bool>, Report> {
        match object.get(key) {
            None => Ok(None),
            Some(Value::Bool(b)) => Ok(Some(*b)),
            Some(other) => Err(self.key(key).expected("true or false", other)),
        }
    }

    fn integer(
        &self,
        object: &Map<String, Value>,
        key: &str,
        range: std::ops::RangeInclusive<i64>,
    ) -> Result<Option<i64>, Report> {
        match object.get(key) {
            None => Ok(None),
            Some(value) => match value.as_i64().filter(|n| range.contains(n)) {
                Some(number) => Ok(Some(number)),
                None => Err(self.key(key).expected(
                    &format!("an integer from {} to {}", range.start(), range.end()),
                    value,
                )),
            },
        }
    }
}
