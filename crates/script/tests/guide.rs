//! The examples of docs/script-metadata.md: each source gives what stands below it, metadata or a mistake.

use quidditch_script::{Language, describe};
use serde_json::Value;

#[test]
fn examples() {
    let guide = include_str!("../../../docs/script-metadata.md");
    let mut blocks = guide.split("```").skip(1).step_by(2);
    let mut examples = 0;
    while let Some(block) = blocks.next() {
        let (language, source) = match block.split_once('\n') {
            Some(("python", source)) => (Language::Python, source),
            Some(("javascript", source)) => (Language::JavaScript, source),
            _ => panic!("a block without a source: {block}"),
        };
        let expected = blocks.next().and_then(|block| block.split_once('\n'));
        match (expected, describe(language, source)) {
            (Some(("json", json)), Ok(found)) => {
                let json: Value = serde_json::from_str(json).expect(json);
                assert_eq!(found.metadata(), json, "{source}");
            }
            (Some(("text", text)), Err(mistake)) => {
                assert_eq!(
                    format!("{mistake}\nHINT: {}\n", mistake.hint),
                    text,
                    "{source}"
                );
            }
            (expected, found) => panic!("{source}\n{expected:?}\n{found:?}"),
        }
        examples += 1;
    }
    assert!(examples > 10);
}
