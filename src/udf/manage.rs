//! What UDFs there are, in JSON: `get_udf`, `list_udfs`, `udf_versions`.

use pgrx::JsonB;
use serde_json::{Map, Value};

use super::metadata::Path;
use super::{catalog, registry, version};
use crate::arguments::sql_function;
use crate::report::Report;
use crate::settings;

const FILTER_KEYS: [&str; 5] = ["name", "category", "author", "language", "tags"];

sql_function! {
    /// `get_udf(name, version)`: everything about a UDF but its bytes; the latest version without one.
    fn quidditch_get_udf(arguments) -> Result<Option<JsonB>, Report> {
        let name = arguments.required_text(0, "name")?;
        let version = arguments.text(1);
        let mut udfs = catalog::describe(Some(&name))?;
        let wanted = match &version {
            Some(version) => Some(version.as_str()),
            None => version::latest(udfs.iter().map(version_of)),
        };
        match udfs.iter().position(|udf| Some(version_of(udf)) == wanted) {
            Some(found) => Ok(Some(JsonB(udfs.swap_remove(found)))),
            None => Err(registry::unknown(&name, version.as_deref(), &catalog::rows(&name)?)?),
        }
    }
}

sql_function! {
    /// `udf_versions(name)`: everything about each version, newest first.
    fn quidditch_udf_versions(arguments) -> Result<Option<JsonB>, Report> {
        let name = arguments.required_text(0, "name")?;
        let mut udfs = catalog::describe(Some(&name))?;
        if udfs.is_empty() {
            return Err(registry::unknown(&name, None, &[])?);
        }
        version::sort_descending(&mut udfs, version_of);
        Ok(Some(JsonB(Value::Array(udfs))))
    }
}

sql_function! {
    /// `list_udfs(filter)`: everything about each UDF that the filter lets through, by name, newest
    /// version first. The filter's keys name what a UDF must have: `tags` all of a list, the others the value.
    fn quidditch_list_udfs(arguments) -> Result<Option<JsonB>, Report> {
        let filter = arguments.json(0, "filter", settings::query_limits().bytes)?;
        let at = Path::root("filter");
        let filter = at.object(&filter)?;
        at.check_keys(filter, &FILTER_KEYS)?;
        for key in FILTER_KEYS.iter().filter(|key| **key != "tags") {
            at.text(filter, key)?;
        }
        at.words(filter, "tags")?;
        let mut udfs = catalog::describe(None)?;
        udfs.retain(|udf| passes(udf, filter));
        version::sort_descending(&mut udfs, version_of);
        udfs.sort_by(|a, b| a["name"].as_str().cmp(&b["name"].as_str()));
        Ok(Some(JsonB(Value::Array(udfs))))
    }
}

fn passes(udf: &Value, filter: &Map<String, Value>) -> bool {
    filter.iter().all(|(key, wanted)| match wanted {
        Value::Array(tags) => {
            let has = udf[key].as_array();
            tags.iter()
                .all(|tag| has.is_some_and(|has| has.contains(tag)))
        }
        wanted => udf[key] == *wanted,
    })
}

fn version_of(udf: &Value) -> &str {
    udf["version"].as_str().unwrap_or_default()
}
