//! Damaged documents: an error or another document, but always an answer.

mod every_reader;
#[path = "random/seeded.rs"]
mod seeded;

use quidditch_document::encode::Json;
use quidditch_document::{Damaged, Document, Path, Value};
use seeded::Seeded;
use std::ops::ControlFlow;

fn documents() -> Vec<Vec<u8>> {
    let mut texts: Vec<String> = [
        r#"{"a": [1, {"b": [2, "three", {"c": null}]}], "key1": "é", "z": -12.50}"#,
        r#"[[[[1, 2], [3]], [[4]]], {"a": {"b": 1e300}}, 123456789.987654321, 1e-16383, true]"#,
        r#"{"a": {"b": {"key1": [{"key1": [5]}]}}}"#,
        "-42.5",
        "\"scalar\"",
        "[]",
        "{}",
    ]
    .map(String::from)
    .into();
    let pairs: Vec<_> = (0..80)
        .map(|i| format!(r#""key{i}": [{i}, "{i}", {{"a": {i}}}]"#))
        .collect();
    texts.push(format!("{{{}}}", pairs.join(",")));
    texts.push(format!(
        "[{}]",
        ["{\"key1\": 0.1}", "\"x\"", "7"].repeat(40).join(",")
    ));
    texts
        .iter()
        .map(|text| text.parse::<Json>().expect("valid JSON").encode())
        .collect()
}

#[test]
fn mutated_documents_are_read_without_panic() {
    let documents = documents();
    let mut random = Seeded(20);
    for round in 0..400_000 {
        let mut bytes = documents[round % documents.len()].clone();
        for _ in 0..=random.below(4) {
            let at = random.below(bytes.len());
            match random.below(5) {
                0 => bytes[at] ^= 1 << random.below(8),
                1 => bytes[at] = random.next() as u8,
                2 => bytes[at] = [0, 0x7F, 0x80, 0xFF][random.below(4)],
                3 => bytes.truncate(at.max(1)),
                // Most of what can go wrong is in the entries, at the beginning.
                _ => bytes[at.min(12) & !3..]
                    .iter_mut()
                    .take(4)
                    .for_each(|byte| *byte = random.next() as u8),
            }
        }
        every_reader::read(&bytes);
    }
}

#[test]
fn every_truncation_is_read_without_panic() {
    for bytes in documents() {
        (0..bytes.len()).for_each(|length| every_reader::read(&bytes[..length]));
    }
}

/// `depth` arrays in each other, the innermost empty.
fn nested(depth: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    for level in (1..depth).rev() {
        bytes.extend((0x4000_0000u32 | 1).to_ne_bytes());
        bytes.extend((0x8000_0000u32 | 0x5000_0000 | (level * 8 - 4)).to_ne_bytes());
    }
    bytes.extend(0x4000_0000u32.to_ne_bytes());
    bytes
}

#[test]
fn deep_documents_need_no_deep_stack() {
    let bytes = nested(100_000);
    let work = move || {
        let root = Document::new(&bytes).unwrap().root().unwrap();
        let mut text = String::new();
        root.write_json(&mut text).unwrap();
        assert_eq!(text, "[".repeat(100_000) + &"]".repeat(100_000));
        let mut seen = 0;
        let mut count = |_: Value<'_>| {
            seen += 1;
            ControlFlow::<()>::Continue(())
        };
        root.visit(&mut count)
            .unwrap()
            .is_continue()
            .then_some(())
            .unwrap();
        Path::parse("a[0]")
            .unwrap()
            .visit(root, &mut count)
            .unwrap()
            .is_continue()
            .then_some(())
            .unwrap();
        assert_eq!(seen, 0);
    };
    let small = std::thread::Builder::new()
        .stack_size(128 << 10)
        .spawn(work)
        .expect("a thread");
    small.join().expect("no overflow");
}

#[test]
fn overlapping_children_are_refused_when_walked() {
    // Two entries that both end at 8: the second starts where the first ended and is given a length that
    // would take it back to 4.
    let words: [u32; 5] = [0x4000_0000 | 2, 0x8000_0000 | 8, 0x8000_0000 | 4, 0, 0];
    let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_ne_bytes()).collect();
    let Ok(Value::Array(array)) = Document::new(&bytes).and_then(|document| document.root()) else {
        panic!("an array")
    };
    let elements: Vec<_> = array.iter().map(|element| element.map(|_| ())).collect();
    assert_eq!(
        elements,
        [
            Ok(()),
            Err(Damaged {
                offset: 20,
                what: "a value that ends before it starts"
            })
        ]
    );
}

#[test]
fn errors_say_where() {
    let at = |bytes: &[u8]| {
        Document::new(bytes)
            .and_then(|document| document.root())
            .map(|_| ())
            .unwrap_err()
    };
    assert_eq!(at(&[]).offset, 0);
    assert_eq!(
        at(&7u32.to_ne_bytes()).what,
        "a container that is neither array nor object"
    );
    assert_eq!(
        at(&(0x4000_0000u32 | 7).to_ne_bytes()).what,
        "more children than the container has room for"
    );
    let mut number = "[1, 2]".parse::<Json>().unwrap().encode();
    let last = number.len() - 1;
    number[last] = 0xFF;
    let Ok(Value::Array(array)) = Document::new(&number).and_then(|document| document.root())
    else {
        panic!("an array")
    };
    assert!(matches!(array.get(0), Ok(Some(Value::Number(_)))));
    assert_eq!(
        array.get(1).unwrap_err(),
        Damaged {
            offset: 20,
            what: "a number with a digit that is none"
        }
    );
}
