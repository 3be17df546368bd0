//! The functions that read the document: every status of each, every kind of path, number and pointer.

mod common;

use common::{MEMORY, Probe, jsonb};
use quidditch_document::encode::Json;
use quidditch_document::{Damaged, Document};
use quidditch_sandbox::{CallError, Output};

/// Where the tests put the path, the answer, a buffer and its length.
const PATH: u32 = 0x100;
const OUT: u32 = 0x40;
const BUFFER: u32 = 0x1000;
const LENGTH: u32 = 0x80;
/// Stands where nothing may be written.
const UNTOUCHED: u8 = 0xA5;

const FOUND: i32 = 0;
const NOT_FOUND: i32 = 1;
const WRONG_TYPE: i32 = 2;
const BAD_POINTER: i32 = 3;

fn probe(document: &str, path: &str) -> Probe {
    Probe::new(document)
        .put(PATH, path.as_bytes())
        .put(OUT, &[UNTOUCHED; 32])
}

/// The arguments for the path of [`probe`].
fn at_path(path: &str) -> String {
    format!(
        "(local.get $ctx) (i32.const {PATH}) (i32.const {})",
        path.len()
    )
}

fn has(document: &str, path: &str) -> bool {
    let call = format!("(call $has_field {})", at_path(path));
    match probe(document, path).status(&call) {
        0 => false,
        1 => true,
        other => panic!("has_field answered {other}"),
    }
}

/// Calls a getter of a number; the bytes it wrote, or its status.
fn number<const N: usize>(function: &str, document: &str, path: &str) -> Result<[u8; N], i32> {
    let call = format!("(call ${function} {} (i32.const {OUT}))", at_path(path));
    let seen = probe(document, path).ask(&call, OUT, 32);
    let (answer, behind) = seen.memory.split_first_chunk().unwrap();
    assert!(
        behind.iter().all(|b| *b == UNTOUCHED),
        "{function} wrote too much"
    );
    if seen.status == FOUND {
        return Ok(*answer);
    }
    assert_eq!(
        *answer, [UNTOUCHED; N],
        "{function} wrote in spite of its status"
    );
    Err(seen.status)
}

fn i64_of(document: &str, path: &str) -> Result<i64, i32> {
    number("get_field_i64", document, path).map(i64::from_le_bytes)
}

fn f64_of(document: &str, path: &str) -> Result<f64, i32> {
    number("get_field_f64", document, path).map(f64::from_le_bytes)
}

fn bool_of(document: &str, path: &str) -> Result<i32, i32> {
    number("get_field_bool", document, path).map(i32::from_le_bytes)
}

fn length_of(document: &str, path: &str) -> Result<u32, i32> {
    number("get_array_length", document, path).map(u32::from_le_bytes)
}

/// Calls a getter of text with a buffer of `capacity`: the status, the length afterwards, the buffer.
fn text_with(probe: Probe, call: &str, capacity: u32, shown: u32) -> (i32, u32, Vec<u8>) {
    let probe = probe
        .put(LENGTH, &capacity.to_le_bytes())
        .put(BUFFER, &vec![UNTOUCHED; shown as usize]);
    let length = probe.ask(call, LENGTH, 4);
    let seen = probe.ask(call, BUFFER, shown);
    let length = u32::from_le_bytes(length.memory.try_into().unwrap());
    (seen.status, length, seen.memory)
}

/// What a getter of text answers with a large buffer, or its status.
fn text(function: &str, document: &str, path: &str) -> Result<String, i32> {
    let call = format!(
        "(call ${function} {} (i32.const {BUFFER}) (i32.const {LENGTH}))",
        at_path(path)
    );
    let (status, length, buffer) = text_with(probe(document, path), &call, 1000, 1024);
    if status != FOUND {
        assert_eq!(
            length, 1000,
            "{function} wrote a length in spite of its status"
        );
        assert!(
            buffer.iter().all(|b| *b == UNTOUCHED),
            "{function} wrote text"
        );
        return Err(status);
    }
    let (text, behind) = buffer.split_at(length as usize);
    assert!(
        behind.iter().all(|b| *b == UNTOUCHED),
        "{function} wrote too much"
    );
    Ok(String::from_utf8(text.to_vec()).unwrap())
}

fn string_of(document: &str, path: &str) -> Result<String, i32> {
    text("get_field_string", document, path)
}

fn json_of(document: &str, path: &str) -> Result<String, i32> {
    text("get_field_json", document, path)
}

#[test]
fn has_field_says_whether_a_path_leads_somewhere() {
    let document = r#"{"a": null, "b": false, "c": {"d": [1]}, "": 7}"#;
    for path in ["a", "b", "c", "c.d", "c.d[0]", r#"[""]"#] {
        assert!(has(document, path), "{path}");
    }
    for path in ["d", "a.b", "c.e", "c.d[1]", "c.d.e", "A", "a ", " a"] {
        assert!(!has(document, path), "{path}");
    }
}

#[test]
fn strings_come_unescaped() {
    let document =
        r#"{"s": "a\"b\\\nž€😀", "empty": "", "n": 5, "o": {}, "null": null, "b": true}"#;
    assert_eq!(string_of(document, "s"), Ok("a\"b\\\nž€😀".into()));
    assert_eq!(string_of(document, "empty"), Ok(String::new()));
    assert_eq!(string_of(document, "none"), Err(NOT_FOUND));
    for path in ["n", "o", "null", "b"] {
        assert_eq!(string_of(document, path), Err(WRONG_TYPE), "{path}");
    }
}

#[test]
fn integers_are_exact_or_of_the_wrong_type() {
    for (json, wanted) in [
        ("0", Ok(0)),
        ("-0", Ok(0)),
        ("5.0", Ok(5)),
        ("-5.000", Ok(-5)),
        ("12e3", Ok(12_000)),
        ("1200e-2", Ok(12)),
        ("1e18", Ok(1_000_000_000_000_000_000)),
        ("9007199254740993", Ok(9_007_199_254_740_993)),
        ("9223372036854775807", Ok(i64::MAX)),
        ("9223372036854775807.0", Ok(i64::MAX)),
        ("-9223372036854775808", Ok(i64::MIN)),
        ("9223372036854775808", Err(WRONG_TYPE)),
        ("-9223372036854775809", Err(WRONG_TYPE)),
        ("1e19", Err(WRONG_TYPE)),
        ("1e400", Err(WRONG_TYPE)),
        ("5.5", Err(WRONG_TYPE)),
        ("0.1", Err(WRONG_TYPE)),
        ("1e-400", Err(WRONG_TYPE)),
        ("\"5\"", Err(WRONG_TYPE)),
        ("true", Err(WRONG_TYPE)),
        ("null", Err(WRONG_TYPE)),
        ("[5]", Err(WRONG_TYPE)),
        ("{\"n\": 5}", Err(WRONG_TYPE)),
    ] {
        assert_eq!(i64_of(&format!("{{\"n\": {json}}}"), "n"), wanted, "{json}");
    }
    assert_eq!(i64_of("{}", "n"), Err(NOT_FOUND));
}

#[test]
fn floats_are_any_number_in_range() {
    for (json, wanted) in [
        ("0", Ok(0.0)),
        ("1", Ok(1.0)),
        ("-2.5", Ok(-2.5)),
        ("0.1", Ok(0.1)),
        ("9007199254740993", Ok(9_007_199_254_740_992.0)),
        ("9223372036854775807", Ok(9_223_372_036_854_775_808.0)),
        ("1e308", Ok(1e308)),
        ("-1.7976931348623157e308", Ok(f64::MIN)),
        ("5e-324", Ok(5e-324)),
        ("1e-400", Ok(0.0)),
        ("1e400", Err(WRONG_TYPE)),
        ("-1e400", Err(WRONG_TYPE)),
        ("\"1\"", Err(WRONG_TYPE)),
        ("false", Err(WRONG_TYPE)),
        ("null", Err(WRONG_TYPE)),
        ("[]", Err(WRONG_TYPE)),
        ("{}", Err(WRONG_TYPE)),
    ] {
        assert_eq!(f64_of(&format!("{{\"n\": {json}}}"), "n"), wanted, "{json}");
    }
    assert_eq!(f64_of("{}", "n"), Err(NOT_FOUND));
}

#[test]
fn bools_are_a_whole_i32() {
    let document = r#"{"t": true, "f": false, "n": 1, "s": "true", "null": null}"#;
    assert_eq!(bool_of(document, "t"), Ok(1));
    assert_eq!(bool_of(document, "f"), Ok(0));
    assert_eq!(bool_of(document, "none"), Err(NOT_FOUND));
    for path in ["n", "s", "null"] {
        assert_eq!(bool_of(document, path), Err(WRONG_TYPE), "{path}");
    }
}

#[test]
fn array_lengths() {
    let long = format!(
        "{{\"long\": [{}]}}",
        (0..1000)
            .map(|i| i.to_string())
            .collect::<Vec<_>>()
            .join(",")
    );
    assert_eq!(length_of(&long, "long"), Ok(1000));
    let document = r#"{"none": [], "two": [[1, 2, 3], null], "o": {"a": 1}, "s": "abc"}"#;
    assert_eq!(length_of(document, "none"), Ok(0));
    assert_eq!(length_of(document, "two"), Ok(2));
    assert_eq!(length_of(document, "two[0]"), Ok(3));
    assert_eq!(length_of(document, "three"), Err(NOT_FOUND));
    assert_eq!(length_of(document, "two[2]"), Err(NOT_FOUND));
    for path in ["o", "s", "two[1]", "two[0][0]", "two.length"] {
        assert_eq!(length_of(document, path), Err(WRONG_TYPE), "{path}");
    }
}

#[test]
fn any_value_is_json() {
    let document =
        r#"{"o": {"b": [1, 2.50, "x\n\"", null], "a": {}}, "s": "é\u0001", "n": -1.0, "t": true}"#;
    // The server's own way of writing jsonb: keys by length and bytes, a space behind each comma and colon.
    assert_eq!(
        json_of(document, "o"),
        Ok(r#"{"a": {}, "b": [1, 2.50, "x\n\"", null]}"#.into())
    );
    assert_eq!(json_of(document, "o.b[3]"), Ok("null".into()));
    assert_eq!(json_of(document, "s"), Ok("\"é\\u0001\"".into()));
    assert_eq!(json_of(document, "n"), Ok("-1.0".into()));
    assert_eq!(json_of(document, "t"), Ok("true".into()));
    assert_eq!(json_of(document, "none"), Err(NOT_FOUND));
    assert_eq!(json_of(document, "o.b.c"), Err(WRONG_TYPE));
}

#[test]
fn paths_descend_index_and_quote() {
    let document = r#"{
        "a": {"b": {"c": 1}}, "l": [{"b": 2}, [3, 4], 5],
        "k.with.dots": {"x[0]": 6}, "quo\"te": 7, "back\\slash": 8, "é": 9, "": 10, "-1": 11, "]": 12, " ": 13
    }"#;
    for (path, wanted) in [
        ("a.b.c", Ok(1)),
        (r#"a["b"].c"#, Ok(1)),
        (r#"["a"]["b"]["c"]"#, Ok(1)),
        ("l[0].b", Ok(2)),
        ("l[-3].b", Ok(2)),
        ("l[1][0]", Ok(3)),
        ("l[1][-1]", Ok(4)),
        ("l[-1]", Ok(5)),
        ("l[2]", Ok(5)),
        ("l[-0].b", Ok(2)),
        (r#"["k.with.dots"]["x[0]"]"#, Ok(6)),
        (r#"["quo\"te"]"#, Ok(7)),
        (r#"["back\\slash"]"#, Ok(8)),
        (r"back\slash", Ok(8)),
        ("é", Ok(9)),
        (r#"["\u00e9"]"#, Ok(9)),
        (r#"[""]"#, Ok(10)),
        ("-1", Ok(11)),
        ("]", Ok(12)),
        (" ", Ok(13)),
        // No such thing.
        ("l[3]", Err(NOT_FOUND)),
        ("l[-4]", Err(NOT_FOUND)),
        ("l[9223372036854775807]", Err(NOT_FOUND)),
        ("l[-9223372036854775808]", Err(NOT_FOUND)),
        ("l[4294967296].b", Err(NOT_FOUND)),
        ("l[-4294967299].b", Err(NOT_FOUND)),
        ("a[0]", Err(NOT_FOUND)),
        ("a.b.c.d", Err(NOT_FOUND)),
        ("a.b.c[0]", Err(NOT_FOUND)),
        ("k.with.dots", Err(NOT_FOUND)),
        ("A.b.c", Err(NOT_FOUND)),
        // An array met without an index isn't searched.
        ("l.b", Err(WRONG_TYPE)),
        ("l.b.c", Err(WRONG_TYPE)),
        (r#"l["b"]"#, Err(WRONG_TYPE)),
        ("l[1].b", Err(WRONG_TYPE)),
        ("l", Err(WRONG_TYPE)),
        // The document itself.
        ("", Err(WRONG_TYPE)),
        // Not paths at all.
        (".", Err(NOT_FOUND)),
        (".a", Err(NOT_FOUND)),
        ("a.", Err(NOT_FOUND)),
        ("a..b", Err(NOT_FOUND)),
        ("a.b.c.", Err(NOT_FOUND)),
        ("a.[0]", Err(NOT_FOUND)),
        ("l[", Err(NOT_FOUND)),
        ("l[]", Err(NOT_FOUND)),
        ("l[2", Err(NOT_FOUND)),
        ("l[x]", Err(NOT_FOUND)),
        ("l[ 2]", Err(NOT_FOUND)),
        ("l[+2]", Err(NOT_FOUND)),
        ("l[--1]", Err(NOT_FOUND)),
        ("l[2]x", Err(NOT_FOUND)),
        ("l[99999999999999999999]", Err(NOT_FOUND)),
        (r#"["a"#, Err(NOT_FOUND)),
        (r#"["a""#, Err(NOT_FOUND)),
        (r#"["\x"]"#, Err(NOT_FOUND)),
        (r#"["\ud800"]"#, Err(NOT_FOUND)),
        (r#""a""#, Err(NOT_FOUND)),
    ] {
        assert_eq!(i64_of(document, path), wanted, "{path}");
        assert_eq!(
            has(document, path),
            wanted.is_ok() || ["l", ""].contains(&path),
            "has {path}"
        );
    }
}

#[test]
fn documents_that_are_no_objects() {
    assert_eq!(i64_of("[1, {\"a\": 2}]", "[1].a"), Ok(2));
    assert_eq!(i64_of("[1, {\"a\": 2}]", "[-2]"), Ok(1));
    assert_eq!(i64_of("[1, {\"a\": 2}]", "a"), Err(WRONG_TYPE));
    assert_eq!(i64_of("[]", "[0]"), Err(NOT_FOUND));
    // A lone scalar is stored as an array of one, which must not show.
    for path in ["a", "[0]", "[-1]"] {
        assert_eq!(i64_of("5", path), Err(NOT_FOUND), "{path}");
    }
}

#[test]
fn paths_that_are_not_utf_8_name_nothing() {
    for path in [
        &b"\xff"[..],
        b"a.\xff",
        b"[\"\xc3\"]",
        b"\xed\xa0\x80",
        b"a\0",
    ] {
        let probe = Probe::new(r#"{"a": {"b": 1}}"#).put(PATH, path);
        let call = format!(
            "(call $get_field_i64 (local.get $ctx) (i32.const {PATH}) (i32.const {}) (i32.const {OUT}))",
            path.len()
        );
        assert_eq!(probe.status(&call), NOT_FOUND, "{path:?}");
    }
}

#[test]
fn long_paths() {
    // Longer than what is remembered, and at the very limit.
    for length in [255, 256, 257, 1000, 65_534, 65_535] {
        let key = "k".repeat(length);
        let document = format!("{{\"{key}\": 5}}");
        assert_eq!(i64_of(&document, &key), Ok(5), "a key of {length}");
        let nested = format!("a.{}", &key[2..]);
        let document = format!("{{\"a\": {{\"{}\": 6}}}}", &key[2..]);
        assert_eq!(
            i64_of(&document, &nested),
            Ok(6),
            "a nested path of {length}"
        );
    }
    let key = "k".repeat(65_536);
    assert_eq!(i64_of(&format!("{{\"{key}\": 5}}"), &key), Err(NOT_FOUND));
    assert!(!has(&format!("{{\"{key}\": 5}}"), &key));
    let deep = format!("{}5{}", "{\"a\":".repeat(2000), "}".repeat(2000));
    assert_eq!(i64_of(&deep, &["a"; 2000].join(".")), Ok(5));
    assert_eq!(i64_of(&deep, &["a"; 2001].join(".")), Err(NOT_FOUND));
}

/// Every getter of the document with the `ctx` and path given as WAT, and a good place for the answer.
fn all_getters(ctx: &str, path: &str) -> [(&'static str, String); 6] {
    let number = format!("{ctx} {path} (i32.const {OUT})");
    let text = format!("{ctx} {path} (i32.const {BUFFER}) (i32.const {LENGTH})");
    [
        ("i64", format!("(call $get_field_i64 {number})")),
        ("f64", format!("(call $get_field_f64 {number})")),
        ("bool", format!("(call $get_field_bool {number})")),
        ("length", format!("(call $get_array_length {number})")),
        ("string", format!("(call $get_field_string {text})")),
        ("json", format!("(call $get_field_json {text})")),
    ]
}

/// A document and a path for each getter of [`all_getters`], so that nothing but a pointer is wrong.
fn right_for(getter: &str) -> &'static str {
    match getter {
        "i64" | "f64" => "{\"a\": 5}",
        "bool" => "{\"a\": true}",
        "length" => "{\"a\": []}",
        _ => "{\"a\": \"text\"}",
    }
}

#[test]
fn a_ctx_that_is_not_the_running_calls_finds_nothing() {
    for ctx in ["0", "-1", "2", "4294967297", "9223372036854775807"] {
        // The first call of an instance has a `ctx`, and it isn't any of these.
        let ctx = format!("(i64.add (local.get $ctx) (i64.const {ctx}))");
        let valid = ctx == "(i64.add (local.get $ctx) (i64.const 0))";
        let path = format!("(i32.const {PATH}) (i32.const 1)");
        for (getter, call) in all_getters(&ctx, &path) {
            let probe = probe(right_for(getter), "a").put(LENGTH, &100u32.to_le_bytes());
            let wanted = if valid { FOUND } else { NOT_FOUND };
            assert_eq!(probe.status(&call), wanted, "{getter} with {ctx}");
        }
        let probe = probe("{\"a\": 1, \"id\": 2}", "a").put(LENGTH, &100u32.to_le_bytes());
        assert_eq!(
            probe.status(&format!("(call $has_field {ctx} {path})")),
            i32::from(valid)
        );
        assert_eq!(
            probe.status(&format!(
                "(call $get_document_id {ctx} (i32.const {BUFFER}) (i32.const {LENGTH}))"
            )),
            if valid { FOUND } else { NOT_FOUND }
        );
        assert_eq!(
            probe.value("f64", &format!("(call $get_score {ctx})")),
            Output::F64(if valid { 0.25 } else { 0.0 })
        );
    }
}

#[test]
fn a_ctx_kept_from_the_call_before_is_stale() {
    let module = common::compile(
        r#"(module
        (import "env" "get_field_i64" (func $get (param i64 i32 i32 i32) (result i32)))
        (memory (export "memory") 1) (data (i32.const 0) "a")
        (global $kept (mut i64) (i64.const 0))
        (func (export "_initialize")
            ;; No document is there before the first call, whatever the number.
            (if (i32.ne (call $get (i64.const 0) (i32.const 0) (i32.const 1) (i32.const 8)) (i32.const 1))
                (then unreachable))
            (if (i32.ne (call $get (i64.const 1) (i32.const 0) (i32.const 1) (i32.const 8)) (i32.const 1))
                (then unreachable)))
        (func (export "filter") (param $ctx i64) (result i32) (local $status i32)
            (local.set $status (i32.mul (i32.const 16)
                (call $get (global.get $kept) (i32.const 0) (i32.const 1) (i32.const 8))))
            (global.set $kept (local.get $ctx))
            (i32.or (local.get $status)
                (call $get (local.get $ctx) (i32.const 0) (i32.const 1) (i32.const 8)))))"#,
    );
    let mut instance = common::instance(&module).unwrap();
    for _ in 0..3 {
        let document = jsonb("{\"a\": 1}");
        let answer = instance.call(Document::new(&document).unwrap(), 0.0);
        assert_eq!(answer, Ok(Output::I32(0x10)));
    }
}

#[test]
fn a_path_outside_memory_is_a_bad_pointer() {
    let end = MEMORY;
    for (address, length, inside) in [
        (end - 1, 1, true),
        (end - 1, 2, false),
        (end, 1, false),
        (end + 1, 0, false),
        (0, end + 1, false),
        (0, u32::MAX, false),
        (u32::MAX, 0, false),
        (u32::MAX, 1, false),
        (u32::MAX, u32::MAX, false),
        (1, u32::MAX, false),
        (0x8000_0000, 1, false),
        (0x8000_0000, 0x8000_0000, false),
        (end - 1, 0x8000_0000, false),
    ] {
        let path = format!(
            "(i32.const {}) (i32.const {})",
            address as i32, length as i32
        );
        for (getter, call) in all_getters("(local.get $ctx)", &path) {
            let probe = probe(right_for(getter), "")
                .put(end - 1, b"a")
                .put(LENGTH, &100u32.to_le_bytes());
            let wanted = if inside { FOUND } else { BAD_POINTER };
            assert_eq!(
                probe.status(&call),
                wanted,
                "{getter} at {address}, {length}"
            );
        }
        // It has no status: such a field doesn't exist.
        let probe = probe("{\"a\": 1}", "").put(end - 1, b"a");
        assert_eq!(
            probe.status(&format!("(call $has_field (local.get $ctx) {path})")),
            i32::from(inside)
        );
    }
}

#[test]
fn an_empty_path_leads_to_the_document() {
    for document in [
        r#"{"a": [1, {"": 2}], "b": null}"#,
        r#"[1, "x"]"#,
        "[]",
        "{}",
    ] {
        assert!(has(document, ""), "{document}");
        assert_eq!(json_of(document, ""), Ok(document.into()));
        assert_eq!(string_of(document, ""), Err(WRONG_TYPE), "{document}");
    }
    assert_eq!(length_of(r#"[1, "x"]"#, ""), Ok(2));
    assert_eq!(length_of(r#"{"a": 1}"#, ""), Err(WRONG_TYPE));
    // A document may be no object and no array.
    assert_eq!(string_of(r#""x""#, ""), Ok("x".into()));
    assert_eq!(json_of("null", ""), Ok("null".into()));
}

/// It has no bytes, so it may lie anywhere up to the memory's end.
#[test]
fn an_empty_path_may_lie_anywhere_in_memory() {
    for (address, expected) in [(0, 1), (PATH, 1), (MEMORY, 1), (MEMORY + 1, 0)] {
        let path = format!("(local.get $ctx) (i32.const {address}) (i32.const 0)");
        let exists = probe("{}", "").status(&format!("(call $has_field {path})"));
        assert_eq!(exists, expected, "{address}");
    }
}

#[test]
fn a_number_that_has_no_room_is_not_written() {
    let path = format!("(local.get $ctx) (i32.const {PATH}) (i32.const 1)");
    for (function, document, size) in [
        ("get_field_i64", "{\"a\": -1}", 8),
        ("get_field_f64", "{\"a\": -1}", 8),
        ("get_field_bool", "{\"a\": true}", 4),
        ("get_array_length", "{\"a\": [1]}", 4),
    ] {
        let probe = probe(document, "a").put(MEMORY - 16, &[UNTOUCHED; 16]);
        for out in [
            MEMORY - size + 1,
            MEMORY - 1,
            MEMORY,
            0x7FFF_FFFF,
            0x8000_0000,
            u32::MAX - 3,
            u32::MAX,
        ] {
            let call = format!("(call ${function} {path} (i32.const {}))", out as i32);
            let seen = probe.ask(&call, MEMORY - 16, 16);
            assert_eq!(seen.status, BAD_POINTER, "{function} to {out}");
            assert_eq!(seen.memory, [UNTOUCHED; 16], "{function} to {out}");
        }
        let call = format!("(call ${function} {path} (i32.const {}))", MEMORY - size);
        let seen = probe.ask(&call, MEMORY - 16, 16);
        assert_eq!(seen.status, FOUND);
        assert_eq!(
            seen.memory[..16 - size as usize],
            vec![UNTOUCHED; 16 - size as usize][..]
        );
        assert_ne!(
            seen.memory[16 - size as usize..],
            vec![UNTOUCHED; size as usize][..]
        );
        // Unaligned is as good.
        let seen = probe.ask(&format!("(call ${function} {path} (i32.const 3))"), 0, 4);
        assert_eq!(seen.status, FOUND);
    }
}

#[test]
fn type_and_presence_come_before_the_pointer_of_the_answer() {
    let path = format!("(local.get $ctx) (i32.const {PATH}) (i32.const 1)");
    let call = format!("(call $get_field_i64 {path} (i32.const -1))");
    assert_eq!(probe("{\"a\": \"x\"}", "a").status(&call), WRONG_TYPE);
    assert_eq!(probe("{}", "a").status(&call), NOT_FOUND);
    // And the ctx comes before everything.
    let call = "(call $get_field_i64 (i64.const -7) (i32.const -1) (i32.const -1) (i32.const -1))";
    assert_eq!(probe("{}", "a").status(call), NOT_FOUND);
}

#[test]
fn text_that_does_not_fit_tells_its_length() {
    for (function, value, text) in [
        ("get_field_string", "\"žluťoučký\"", "žluťoučký"),
        ("get_field_json", "[1, 2, 3]", "[1, 2, 3]"),
        ("get_field_json", "{}", "{}"),
    ] {
        let call = format!(
            "(call ${function} {} (i32.const {BUFFER}) (i32.const {LENGTH}))",
            at_path("a")
        );
        let document = format!("{{\"a\": {value}}}");
        for capacity in 0..text.len() as u32 + 2 {
            let (status, length, buffer) =
                text_with(probe(&document, "a"), &call, capacity, text.len() as u32);
            assert_eq!(length, text.len() as u32, "{function}, {capacity} bytes");
            if capacity < length {
                assert_eq!(status, BAD_POINTER);
                assert!(
                    buffer.iter().all(|b| *b == UNTOUCHED),
                    "a part of the text was written"
                );
            } else {
                assert_eq!(status, FOUND);
                assert_eq!(buffer, text.as_bytes());
            }
        }
    }
}

#[test]
fn text_into_bad_buffers() {
    let text = "\"abcdefgh\"";
    let document = format!("{{\"a\": {text}, \"id\": {text}}}");
    for function in ["get_field_string", "get_field_json", "get_document_id"] {
        let arguments = match function {
            "get_document_id" => "(local.get $ctx)".to_owned(),
            _ => at_path("a"),
        };
        let length = if function == "get_field_json" { 10 } else { 8 };
        let ask = |buffer: u32, length_at: u32, capacity: u32| {
            let call = format!(
                "(call ${function} {arguments} (i32.const {}) (i32.const {}))",
                buffer as i32, length_at as i32
            );
            let probe = probe(&document, "a").put(LENGTH, &capacity.to_le_bytes());
            let seen = probe.ask(&call, LENGTH, 4);
            (
                seen.status,
                u32::from_le_bytes(seen.memory.try_into().unwrap()),
            )
        };
        assert_eq!(
            ask(MEMORY - length, LENGTH, length),
            (FOUND, length),
            "{function}"
        );
        // The guest says that it has room where it has none; it learns the length all the same.
        for buffer in [
            MEMORY - length + 1,
            MEMORY,
            0x7FFF_FFFF,
            0x8000_0000,
            u32::MAX,
        ] {
            for capacity in [length, u32::MAX] {
                assert_eq!(
                    ask(buffer, LENGTH, capacity),
                    (BAD_POINTER, length),
                    "{function} at {buffer}"
                );
            }
        }
        // Nowhere to read the capacity from: nothing is written.
        for length_at in [MEMORY - 3, MEMORY, 0x8000_0000, u32::MAX - 1, u32::MAX] {
            assert_eq!(
                ask(BUFFER, length_at, 77),
                (BAD_POINTER, 77),
                "{function}, {length_at}"
            );
        }
        // A negative capacity is a giant one, as any u32.
        assert_eq!(ask(BUFFER, LENGTH, u32::MAX), (FOUND, length), "{function}");
    }
}

#[test]
fn lengths_and_buffers_need_no_alignment() {
    let odd = LENGTH + 3;
    let call = format!(
        "(call $get_field_string {} (i32.const {}) (i32.const {odd}))",
        at_path("a"),
        odd + 5
    );
    let seen = probe("{\"a\": \"text\"}", "a")
        .put(LENGTH, &[0; 3])
        .put(odd, &4u32.to_le_bytes())
        .ask(&call, odd, 9);
    assert_eq!(
        (seen.status, &seen.memory[..]),
        (FOUND, &b"\x04\0\0\0\0text"[..])
    );
}

#[test]
fn an_answer_may_overlap_its_question() {
    // Over the path itself.
    let document = "{\"a\": \"0123456789\"}";
    let call = format!(
        "(call $get_field_string {} (i32.const {PATH}) (i32.const {LENGTH}))",
        at_path("a")
    );
    let seen = probe(document, "a")
        .put(LENGTH, &10u32.to_le_bytes())
        .ask(&call, PATH, 10);
    assert_eq!((seen.status, &seen.memory[..]), (FOUND, &b"0123456789"[..]));

    let call = format!(
        "(call $get_field_i64 {} (i32.const {PATH}))",
        at_path("abc")
    );
    let seen = probe("{\"abc\": -2}", "abc").ask(&call, PATH, 8);
    assert_eq!(
        (seen.status, &seen.memory[..]),
        (FOUND, &(-2i64).to_le_bytes()[..])
    );

    // Over the length: of both writes the text is the last.
    let call = format!(
        "(call $get_field_string {} (i32.const {}) (i32.const {LENGTH}))",
        at_path("a"),
        LENGTH - 2
    );
    let seen = probe(document, "a")
        .put(LENGTH, &10u32.to_le_bytes())
        .ask(&call, LENGTH - 2, 10);
    assert_eq!((seen.status, &seen.memory[..]), (FOUND, &b"0123456789"[..]));
}

#[test]
fn document_ids() {
    let id = |document: &str| {
        let call = format!(
            "(call $get_document_id (local.get $ctx) (i32.const {BUFFER}) (i32.const {LENGTH}))"
        );
        let (status, length, buffer) = text_with(Probe::new(document), &call, 100, 100);
        (status == FOUND)
            .then(|| String::from_utf8(buffer[..length as usize].to_vec()).unwrap())
            .ok_or(status)
    };
    assert_eq!(
        id(r#"{"_id": "first", "id": "second"}"#),
        Ok("first".into())
    );
    assert_eq!(id(r#"{"id": "second"}"#), Ok("second".into()));
    assert_eq!(id(r#"{"_id": 12}"#), Ok("12".into()));
    assert_eq!(id(r#"{"id": -12.50}"#), Ok("-12.50".into()));
    assert_eq!(
        id(r#"{"id": 12345678901234567890123}"#),
        Ok("12345678901234567890123".into())
    );
    assert_eq!(id(r#"{"id": ""}"#), Ok(String::new()));
    assert_eq!(id(r#"{"ID": 1, "a": {"id": 2}}"#), Err(NOT_FOUND));
    assert_eq!(id("{}"), Err(NOT_FOUND));
    assert_eq!(id("[1]"), Err(NOT_FOUND));
    assert_eq!(id("\"id\""), Err(NOT_FOUND));
    for value in ["null", "true", "[1]", "{\"$oid\": \"5\"}"] {
        assert_eq!(
            id(&format!("{{\"id\": {value}}}")),
            Err(WRONG_TYPE),
            "{value}"
        );
    }
}

#[test]
fn scores() {
    let module = common::compile(
        r#"(module (import "env" "get_score" (func $score (param i64) (result f64)))
            (func (export "filter") (param i64) (result f64) (call $score (local.get 0))))"#,
    );
    let mut instance = common::instance(&module).unwrap();
    let document = jsonb("{}");
    for score in [0.0, 1.5, -2.0, f64::MAX, f64::INFINITY] {
        let answer = instance.call(Document::new(&document).unwrap(), score);
        assert_eq!(answer, Ok(Output::F64(score)));
    }
}

/// A guest that writes another path at the same address each time gets another answer each time.
#[test]
fn a_path_that_changes_in_place_is_read_anew() {
    let module = common::compile(
        r#"(module
        (import "env" "get_field_i64" (func $get (param i64 i32 i32 i32) (result i32)))
        (memory (export "memory") 1)
        ;; The letter at address 16 goes from a to z and round again; the digits are 1000 * status + value.
        (func (export "filter") (param $ctx i64) (result i64) (local $status i32)
            (i32.store8 (i32.const 16) (i32.add (i32.const 97) (i32.rem_u (i32.load (i32.const 64)) (i32.const 26))))
            (i32.store (i32.const 64) (i32.add (i32.load (i32.const 64)) (i32.const 1)))
            (i64.store (i32.const 32) (i64.const 0))
            (local.set $status (call $get (local.get $ctx) (i32.const 16) (i32.const 1) (i32.const 32)))
            (i64.add (i64.mul (i64.extend_i32_u (local.get $status)) (i64.const 1000)) (i64.load (i32.const 32)))))"#,
    );
    // The odd letters are there, the others not.
    let pairs: Vec<_> = (0..26)
        .filter(|i| i % 2 == 1)
        .map(|i| format!("\"{}\": {i}", (b'a' + i) as char))
        .collect();
    let document = jsonb(&format!("{{{}}}", pairs.join(",")));
    let mut instance = common::instance(&module).unwrap();
    for round in 0..60i64 {
        let letter = round % 26;
        let wanted = if letter % 2 == 1 { letter } else { 1000 };
        let answer = instance.call(Document::new(&document).unwrap(), 0.0);
        assert_eq!(answer, Ok(Output::I64(wanted)), "round {round}");
    }
}

/// More paths than are remembered, of which many share a place, over documents of different shapes.
#[test]
fn many_paths_over_changing_documents() {
    const PATHS: i64 = 300;
    // Path number i is `o.kNNN` at address 8 * i, or the plain key `kNNN` in it.
    let paths: String = (0..PATHS).map(|i| format!("o.k{i:03}--")).collect();
    let source = format!(
        r#"(module
        (import "env" "get_field_i64" (func $get (param i64 i32 i32 i32) (result i32)))
        (memory (export "memory") 1) (data (i32.const 0) "{paths}")
        ;; The sum of all that are found, nested ones and plain ones.
        (func (export "filter") (param $ctx i64) (result i64) (local $i i32) (local $sum i64)
            (loop $next
                (if (i32.eqz (call $get (local.get $ctx)
                        (i32.mul (local.get $i) (i32.const 8)) (i32.const 6) (i32.const 4096)))
                    (then (local.set $sum (i64.add (local.get $sum) (i64.load (i32.const 4096))))))
                (if (i32.eqz (call $get (local.get $ctx)
                        (i32.add (i32.mul (local.get $i) (i32.const 8)) (i32.const 2)) (i32.const 4) (i32.const 4096)))
                    (then (local.set $sum (i64.add (local.get $sum) (i64.load (i32.const 4096))))))
                (local.set $i (i32.add (local.get $i) (i32.const 1)))
                (br_if $next (i32.lt_u (local.get $i) (i32.const {PATHS}))))
            (local.get $sum)))"#
    );
    let mut instance = common::instance(&common::compile(&source)).unwrap();
    for (step, from) in [(1, 0), (2, 1), (3, 0), (7, 5), (1, 0), (299, 0)] {
        let keys = || (0..PATHS).filter(|i| i % step == from % step);
        let plain: Vec<_> = keys()
            .map(|i| format!("\"k{i:03}\": {}", 1_000_000 * i))
            .collect();
        let nested: Vec<_> = keys().map(|i| format!("\"k{i:03}\": {i}")).collect();
        let document = jsonb(&format!(
            "{{\"o\": {{{}}}, {}}}",
            nested.join(","),
            plain.join(",")
        ));
        let wanted: i64 = keys().map(|i| 1_000_001 * i).sum();
        for _ in 0..2 {
            let answer = instance.call(Document::new(&document).unwrap(), 0.0);
            assert_eq!(answer, Ok(Output::I64(wanted)), "every {step}th key");
        }
    }
}

/// A damaged document ends the call with an error of its own; the module goes on.
#[test]
fn a_damaged_field_ends_the_call() {
    // An entry of an unknown type: the top nibble is the type, 6 is none.
    let mut document = jsonb("{\"a\": null}");
    document[11] = 0x60;
    let call = format!("(call $has_field {})", at_path("a"));
    let error = Probe::of_bytes(document.clone())
        .put(PATH, b"a")
        .try_ask(&call, 0, 0)
        .unwrap_err();
    assert!(matches!(error, CallError::Damaged(_)), "{error:?}");

    let module = common::compile(
        r#"(module (import "env" "has_field" (func $has (param i64 i32 i32) (result i32)))
        (memory (export "memory") 1) (data (i32.const 0) "a")
        (func (export "filter") (param i64) (result i32) (call $has (local.get 0) (i32.const 0) (i32.const 1))))"#,
    );
    let mut instance = common::instance(&module).unwrap();
    assert!(matches!(
        instance.call(Document::new(&document).unwrap(), 0.0),
        Err(CallError::Damaged(Damaged { .. }))
    ));
    assert!(instance.is_broken());
    let good = jsonb("{\"a\": null}");
    let mut instance = common::instance(&module).unwrap();
    assert_eq!(
        instance.call(Document::new(&good).unwrap(), 0.0),
        Ok(Output::I32(1))
    );
}

/// In a database of another encoding than UTF-8, or from a damaged one.
#[test]
fn strings_that_are_not_utf_8() {
    let document = Json::Object(vec![(b"a".to_vec(), Json::String(b"x\xff".to_vec()))]).encode();
    let probe = || {
        Probe::of_bytes(document.clone())
            .put(PATH, b"a")
            .put(LENGTH, &9u32.to_le_bytes())
    };
    let arguments = format!("{} (i32.const {BUFFER}) (i32.const {LENGTH})", at_path("a"));
    let seen = probe().ask(&format!("(call $get_field_string {arguments})"), BUFFER, 3);
    assert_eq!((seen.status, &seen.memory[..]), (FOUND, &b"x\xff\0"[..]));
    let error = probe().try_ask(&format!("(call $get_field_json {arguments})"), 0, 0);
    assert!(matches!(error, Err(CallError::Damaged(_))), "{error:?}");
}

/// A small document may have JSON of many gigabytes. The host must not make it, nor take long.
#[test]
fn json_that_no_guest_can_take_is_not_made() {
    let numbers = vec!["1e131071"; 20_000].join(",");
    let document = format!("{{\"a\": [{numbers}]}}");
    let call = format!(
        "(call $get_field_json {} (i32.const {BUFFER}) (i32.const {LENGTH}))",
        at_path("a")
    );
    let large = probe(&document, "a").put(LENGTH, &100u32.to_le_bytes());
    let start = std::time::Instant::now();
    let seen = large.ask(&call, LENGTH, 4);
    assert_eq!(seen.status, BAD_POINTER);
    let length = u32::from_le_bytes(seen.memory.try_into().unwrap());
    assert!(
        length as usize > large.limits.memory,
        "{length} would be worth a try"
    );
    assert!(
        start.elapsed().as_secs() < 2,
        "it took {:?}",
        start.elapsed()
    );
    // What does fit is unharmed: one such number has 131,072 digits.
    let one = "{\"a\": 1e131071}";
    let (status, length, _) = text_with(probe(one, "a"), &call, 100, 4);
    assert_eq!((status, length), (BAD_POINTER, 131_072));
}
