//! What a source says of itself.

use serde_json::{Map, Value, json};

use crate::language::Language;
use crate::types::Type;

/// Everything that a source says of the UDF it is.
#[derive(Clone, Debug, PartialEq)]
pub struct Description {
    /// The language it is written in.
    pub language: Language,
    /// The UDF's name.
    pub name: Option<String>,
    /// Its version, a semantic one.
    pub version: Option<String>,
    /// The function to call.
    pub function: String,
    /// How that takes its parameters.
    pub call: Call,
    /// What the UDF does.
    pub description: Option<String>,
    /// Who wrote it.
    pub author: Option<String>,
    /// What it is for.
    pub category: Option<String>,
    /// Words to find it by.
    pub tags: Vec<String>,
    /// Under which terms it is published.
    pub license: Option<String>,
    /// Where its source is kept.
    pub repository: Option<String>,
    /// The parameters, in the order of the signature.
    pub parameters: Vec<Parameter>,
    /// The result.
    pub returns: Returns,
    /// What it asks for, when it says so.
    pub permissions: Option<Vec<String>>,
    /// `max_memory`, `max_execution_time` and `max_stack`, those that are given.
    pub limits: Map<String, Value>,
    /// How many idle instances are kept, when it says so.
    pub pool_size: Option<i64>,
    /// How long a call takes, for people.
    pub expected_latency: Option<String>,
    /// What tags say under keys of the author's own.
    pub free: Map<String, Value>,
}

/// How a function takes its parameters. A JavaScript function may have one more, `doc`, for the document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Call {
    /// By name, as a Python function does: `filter(query=…, threshold=…)`.
    Named,
    /// One after the other, `filter(query, threshold)`, with `undefined` in the place of an absent one.
    Positional,
    /// As properties of one object: `filter({query, threshold})`.
    Object,
}

/// A parameter.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// Its type.
    pub ty: Type,
    /// Whether every query has to give it.
    pub required: bool,
    /// What it is when a query doesn't give it, where that is known. A parameter that is neither required nor has a
    /// default is left out of the call, so that the language takes its own.
    pub default: Option<Value>,
    /// What it is for.
    pub description: Option<String>,
}

/// A result.
#[derive(Clone, Debug, PartialEq)]
pub struct Returns {
    /// Its type: string, i64, f64 or bool.
    pub ty: Type,
    /// What it says.
    pub description: Option<String>,
}

impl Description {
    /// All but name, version, source and call, as the `metadata` of `register_udf`.
    pub fn metadata(&self) -> Value {
        let mut metadata = Map::new();
        let mut set = |key: &str, value: Value| {
            metadata.insert(key.into(), value);
        };
        set("language", self.language.name().into());
        set("function_name", self.function.as_str().into());
        let texts = [
            ("description", &self.description),
            ("author", &self.author),
            ("category", &self.category),
            ("license", &self.license),
            ("repository", &self.repository),
            ("expected_latency", &self.expected_latency),
        ];
        for (key, text) in texts {
            if let Some(text) = text {
                set(key, text.as_str().into());
            }
        }
        if !self.tags.is_empty() {
            set("tags", json!(self.tags));
        }
        if let Some(permissions) = &self.permissions {
            set("permissions", json!(permissions));
        }
        if !self.limits.is_empty() {
            set("limits", Value::Object(self.limits.clone()));
        }
        if let Some(pool_size) = self.pool_size {
            set("pool_size", pool_size.into());
        }
        if !self.free.is_empty() {
            set("metadata", Value::Object(self.free.clone()));
        }
        set(
            "parameters",
            self.parameters.iter().map(Parameter::metadata).collect(),
        );
        let mut returns = Map::from_iter([("type".into(), self.returns.ty.name().into())]);
        describe(&mut returns, &self.returns.description);
        set("returns", json!([returns]));
        Value::Object(metadata)
    }
}

impl Parameter {
    fn metadata(&self) -> Value {
        let mut object = Map::from_iter([
            ("name".into(), self.name.as_str().into()),
            ("type".into(), self.ty.name().into()),
            ("required".into(), self.required.into()),
        ]);
        if let Some(default) = &self.default {
            object.insert("default".into(), default.clone());
        }
        describe(&mut object, &self.description);
        Value::Object(object)
    }
}

fn describe(object: &mut Map<String, Value>, description: &Option<String>) {
    if let Some(description) = description {
        object.insert("description".into(), description.as_str().into());
    }
}
