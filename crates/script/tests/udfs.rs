//! The example UDFs in scripts: their sources say what they are, and their cases name parameters that they have.

use quidditch_script::{Call, Description, Language, describe};
use serde_json::Value;

fn example(language: Language, source: &str, cases: &str) -> Description {
    let found = describe(language, source).unwrap();
    let cases: Vec<Value> = serde_json::from_str(cases).unwrap();
    assert!(cases.len() > 20);
    for case in &cases {
        for name in case["parameters"].as_object().unwrap().keys() {
            assert!(found.parameters.iter().any(|p| p.name == *name), "{name}");
        }
    }
    assert_eq!(found.version.as_deref(), Some("1.0.0"));
    assert_eq!(found.author.as_deref(), Some("Quidditch contributors"));
    assert!(found.parameters.iter().all(|p| p.description.is_some()));
    found
}

fn parameters(found: &Description) -> Vec<String> {
    let parameters = found.parameters.iter().map(|p| {
        let default = p.default.as_ref().map_or("-".into(), Value::to_string);
        format!("{} {} {} {default}", p.name, p.ty, p.required)
    });
    parameters.collect()
}

#[test]
fn text_similarity() {
    let found = example(
        Language::Python,
        include_str!("../../../udfs/text_similarity/text_similarity.py"),
        include_str!("../../../udfs/text_similarity/test.json"),
    );
    assert_eq!(found.name.as_deref(), Some("text_similarity"));
    assert_eq!(
        parameters(&found),
        [
            "query string true -",
            "threshold i64 false 2",
            "field string false \"title\""
        ]
    );
}

#[test]
fn regex_capture() {
    let found = example(
        Language::JavaScript,
        include_str!("../../../udfs/regex_capture/regex_capture.js"),
        include_str!("../../../udfs/regex_capture/test.json"),
    );
    assert_eq!(found.name.as_deref(), Some("regex_capture"));
    assert_eq!(found.call, Call::Object);
    assert_eq!(
        parameters(&found),
        [
            "pattern string true -",
            "expected string false -",
            "group i64 false 1",
            "field string false \"title\"",
            "flags string false \"u\"",
        ]
    );
}
