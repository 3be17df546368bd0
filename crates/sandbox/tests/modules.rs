//! What is a module: validation, the assembler, and what happens to bytes that are neither.

mod common;

use std::time::Duration;

use common::{SANDBOX, Seeded, compile, instance, jsonb, limited, refused, ticking};
use quidditch_document::Document;
use quidditch_sandbox::{Limits, Output, Sandbox, Signature};

/// Asserts that one of the problems has all these parts.
fn lists(problems: &[String], parts: &[&str]) {
    assert!(
        problems
            .iter()
            .any(|problem| parts.iter().all(|part| problem.contains(part))),
        "{parts:?} in none of {problems:#?}"
    );
}

#[test]
fn everything_wrong_is_listed_at_once() {
    let refused = refused(
        r#"(module
        (import "env" "has_field" (func (param i64 i32 i32) (result i32)))
        (import "env" "unheard_of" (func (param i32)))
        (import "env" "get_field_i64" (func (param i64 i32) (result i64)))
        (import "elsewhere" "log" (func (param i32 i32)))
        (import "env" "memory" (memory 1))
        (import "env" "base" (global i32))
        (import "env" "table" (table 1 funcref))
        (func (export "_initialize") (param i32)))"#,
    );
    let problems = &refused.problems;
    lists(problems, &["\"unheard_of\"", "\"env\"", "doesn't exist"]);
    lists(
        problems,
        &[
            "\"get_field_i64\"",
            "(i64, i32) -> i64",
            "(i64, i32, i32, i32) -> i32",
        ],
    );
    lists(problems, &["\"log\"", "\"elsewhere\"", "doesn't exist"]);
    lists(problems, &["\"memory\"", "is a memory", "functions only"]);
    lists(problems, &["\"base\"", "is a global", "functions only"]);
    lists(problems, &["\"table\"", "is a table", "functions only"]);
    lists(problems, &["exports no \"memory\"", "has_field"]);
    lists(problems, &["_initialize", "() -> nothing"]);
    assert_eq!(problems.len(), 8, "{problems:#?}");
    // The hint has what could be meant, each name once.
    let hint = refused.hint.as_deref().unwrap();
    for name in [
        "has_field",
        "get_field_string",
        "get_field_i64",
        "get_field_f64",
        "get_field_bool",
        "get_field_json",
        "get_array_length",
        "get_param_string",
        "get_param_i64",
        "get_param_f64",
        "get_param_bool",
        "get_document_id",
        "get_score",
        "set_result_string",
        "log",
        "get_field_int64",
        "get_field_float64",
    ] {
        let count = hint
            .split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
            .filter(|word| *word == name)
            .count();
        assert_eq!(count, 1, "{name} in {hint}");
    }
    assert_eq!(refused.to_string().lines().count(), 8);
}

#[test]
fn a_name_of_two_generations_shows_both_types() {
    let refused = refused(
        r#"(module (import "env" "log" (func (param i32 i64))) (memory (export "memory") 1))"#,
    );
    lists(
        &refused.problems,
        &[
            "(i32, i64) -> nothing",
            "(i32, i32, i32) -> nothing or (i32, i32) -> nothing",
        ],
    );
}

#[test]
fn a_long_list_is_cut() {
    let imports: String = (0..75)
        .map(|i| format!("(import \"env\" \"f{i}\" (func))"))
        .collect();
    let refused = refused(format!("(module {imports})"));
    assert_eq!(refused.problems.len(), 21);
    lists(&refused.problems, &["55 more"]);
    // And so is a long name, wherever its characters end.
    let name = "é".repeat(5000);
    let message = common::refused(format!("(module (import \"{name}\" \"{name}\" (func)))"));
    assert!(message.to_string().len() < 1000);
}

#[test]
fn nothing_but_functions_may_be_imported() {
    for (import, kind) in [
        ("(import \"env\" \"memory\" (memory 1))", "memory"),
        ("(import \"env\" \"x\" (global i32))", "global"),
        ("(import \"env\" \"x\" (global (mut i64)))", "global"),
        ("(import \"env\" \"x\" (table 1 funcref))", "table"),
    ] {
        let refused = refused(format!("(module {import})"));
        lists(&refused.problems, &[kind, "functions only"]);
        assert_eq!(refused.problems.len(), 1, "{:?}", refused.problems);
    }
    // Even when the name is a function's.
    let refused = refused("(module (import \"env\" \"has_field\" (global i32)))");
    lists(&refused.problems, &["\"has_field\"", "global"]);
}

#[test]
fn memory_must_be_exported_as_memory() {
    for (module, parts) in [
        ("(module (memory 1))", &["doesn't export it"][..]),
        (
            "(module (memory (export \"mem\") 1))",
            &["doesn't export it"],
        ),
        (
            "(module (memory 1) (func (export \"memory\")))",
            &["\"memory\"", "function", "not a memory"],
        ),
        (
            "(module (global (export \"memory\") i32 (i32.const 0)))",
            &["\"memory\"", "global", "not a memory"],
        ),
        (
            "(module (table (export \"memory\") 1 funcref))",
            &["\"memory\"", "table", "not a memory"],
        ),
        (
            "(module (import \"env\" \"log\" (func (param i32 i32 i32))))",
            &["exports no \"memory\"", "log"],
        ),
        (
            "(module (import \"wasi_snapshot_preview1\" \"random_get\" (func (param i32 i32) (result i32))))",
            &["exports no \"memory\"", "random_get"],
        ),
    ] {
        lists(&refused(module).problems, parts);
    }
    // Who imports nothing that reads it needs none.
    compile("(module)");
    compile("(module (import \"env\" \"get_score\" (func (param i64) (result f64))))");
    compile("(module (memory (export \"memory\") 0))");
    compile("(module (memory (export \"other\") (export \"memory\") 1))");
}

#[test]
fn initialize_takes_and_returns_nothing() {
    for bad in [
        "(func (export \"_initialize\") (param i32))",
        "(func (export \"_initialize\") (result i32) (i32.const 0))",
        "(global (export \"_initialize\") i32 (i32.const 0))",
        "(memory (export \"memory\") (export \"_initialize\") 1)",
    ] {
        lists(
            &refused(format!("(module {bad})")).problems,
            &["_initialize"],
        );
    }
    compile("(module (func (export \"_initialize\")))");
}

#[test]
fn an_entry_that_is_missing_lists_those_there_are() {
    let module = compile(
        r#"(module (memory (export "memory") 1) (global (export "g") i32 (i32.const 0))
        (func (export "first") (param i64) (result i32) (i32.const 1))
        (func (export "zweite é") (param i64) (result i32) (i32.const 1)))"#,
    );
    for name in ["filter", "First", "memory", "g", "", "first "] {
        let Err(refused) = module.entry(name, &Signature::default()) else {
            panic!("{name} was found");
        };
        lists(
            &refused.problems,
            &["no exported function", &format!("{name:?}")],
        );
        let hint = refused.hint.unwrap();
        assert!(
            hint.contains("\"first\"") && hint.contains("\"zweite é\""),
            "{hint}"
        );
        assert!(
            !hint.contains("\"g\"") && !hint.contains("\"memory\""),
            "{hint}"
        );
    }
    assert!(module.entry("zweite é", &Signature::default()).is_ok());
    let Err(refused) = compile("(module)").entry("filter", &Signature::default()) else {
        panic!("a function in an empty module");
    };
    assert!(refused.hint.unwrap().contains("no function"));
    // A hint stays readable.
    let exports: String = (0..500)
        .map(|i| format!("(func (export \"function_{i}\"))"))
        .collect();
    let Err(refused) = compile(&format!("(module {exports})")).entry("f", &Signature::default())
    else {
        panic!("f was found");
    };
    assert!(refused.hint.unwrap().len() < 1000);
}

#[test]
fn an_entry_of_another_type_says_which() {
    let module = compile(
        r#"(module (func (export "f") (param i32 i32) (result f32) (f32.const 0))
        (func (export "g") (param i64)))"#,
    );
    let Err(refused) = module.entry("f", &Signature::default()) else {
        panic!("it was accepted");
    };
    lists(
        &refused.problems,
        &["\"f\"", "(i32, i32) -> f32", "(i64) -> i32"],
    );
    let Err(refused) = module.entry("g", &Signature::default()) else {
        panic!("it was accepted");
    };
    lists(&refused.problems, &["\"g\"", "(i64) -> nothing"]);
}

#[test]
fn components_are_not_modules() {
    for bytes in [&b"\0asm\x0d\0\x01\0"[..], b"(component)"] {
        let refused = refused(bytes);
        lists(&refused.problems, &["component"]);
        assert!(refused.hint.is_some());
    }
}

#[test]
fn bytes_that_are_nothing() {
    for bytes in [
        &b""[..],
        b" \n",
        b"hello",
        b"\x7fELF\x02\x01",
        b"PK\x03\x04",
        b"\xff\xfe(\0m\0",
        b"AGFzbQEAAAA=",
        b"\0as",
        b"\0asm",
        b"\0asm\x01\0\0",
        b"\0asm\x02\0\0\0",
        b"\0asm\xff\xff\0\0",
    ] {
        refused(bytes);
        // The assembler alone may leave what has the magic number to the compiler.
        let assembled = Sandbox::assemble(bytes);
        assert!(
            assembled.is_err() || bytes.starts_with(b"\0asm"),
            "{bytes:?}"
        );
    }
}

#[test]
fn the_assembler() {
    let empty = b"\0asm\x01\0\0\0";
    assert_eq!(Sandbox::assemble(empty).unwrap(), empty);
    for text in [
        "(module)",
        "  \n(module)",
        ";; comment\n(module)",
        "(; comment ;)(module)",
    ] {
        assert_eq!(Sandbox::assemble(text.as_bytes()).unwrap(), empty, "{text}");
    }
    // Binary text in text form, and what comes out is as it was put in.
    let quoted = br#"(module binary "\00asm" "\01\00\00\00")"#;
    assert_eq!(Sandbox::assemble(quoted).unwrap(), empty);
}

#[test]
fn syntax_errors_have_line_and_column() {
    for (text, place) in [
        ("(module\n  (func (bogus)))", "line 2, column 10"),
        (
            "(module\n\n    (global $g i32 (i32.const x)))",
            "line 3, column 31",
        ),
        ("(modul)", "line 1, column 2"),
        ("(module (func (param $x i33)))", "line 1, column 25"),
        ("(module (func\n(local.get $y)))", "line 2, column 12"),
        ("(module\n \"unterminated", "line 2"),
    ] {
        let refused = refused(text);
        lists(&refused.problems, &["WAT syntax error", place]);
        assert_eq!(
            refused.problems[0].lines().count(),
            1,
            "{}",
            refused.problems[0]
        );
    }
    refused("(module");
    refused("((((((");
    refused("(");
    refused("()");
    refused(";; only a comment");
    refused("(module) (module)");
}

/// Text nested deeper than any program is an error, not an overflow of the host's stack.
#[test]
fn deep_text() {
    for (open, close) in [("(", ")"), ("(module ", ")"), ("(;", ";)")] {
        refused(format!("{}{}", open.repeat(200_000), close.repeat(200_000)));
        refused(open.repeat(200_000));
    }
    let depth = 100_000;
    let folded = format!(
        "(module (func (result i32) {} (i32.const 0) {}))",
        "(i32.eqz ".repeat(depth),
        ")".repeat(depth)
    );
    // Refused or not: it comes back.
    let _ = SANDBOX.compile(folded.as_bytes());
    let blocks = format!(
        "(module (func (export \"filter\") (param i64) (result i32) {} {} i32.const 9))",
        "block ".repeat(20_000),
        "end ".repeat(20_000)
    );
    let module = compile(&blocks);
    assert_eq!(
        common::call(&mut instance(&module).unwrap()),
        Ok(Output::I32(9))
    );
}

/// Valid text of an invalid module: the validator's reason, with the offset.
#[test]
fn invalid_code_is_refused_with_its_offset() {
    for text in [
        "(module (func (result i32)))",
        "(module (func (drop)))",
        "(module (func (i32.add (i32.const 1) (i64.const 1)) drop))",
        "(module (func (call 5)))",
        "(module (func (export \"a\")) (func (export \"a\")))",
        "(module (memory (export \"memory\") 65537))",
        "(module (memory (export \"memory\") 2 1))",
        "(module (func (i32.load (i32.const 0)) drop))",
        "(module (func $s (param i32)) (start $s))",
        "(module (func (br 7)))",
    ] {
        let refused = refused(text);
        lists(&refused.problems, &["at offset"]);
    }
}

/// What would make answers differ from machine to machine, or let a guest past its limits.
#[test]
fn features_that_are_off() {
    for (feature, text) in [
        ("memory64", "(module (memory (export \"memory\") i64 1))"),
        (
            "shared memory",
            "(module (memory (export \"memory\") 1 2 shared))",
        ),
        (
            "atomics",
            "(module (memory (export \"memory\") 1) (func (drop (i32.atomic.load (i32.const 0)))))",
        ),
        (
            "two memories",
            "(module (memory (export \"memory\") 1) (memory 1))",
        ),
        (
            "a second, exported memory",
            "(module (memory (export \"memory\") 1) (memory (export \"more\") 1))",
        ),
        (
            "relaxed simd",
            "(module (func (param v128 v128) (result v128) (i8x16.relaxed_swizzle (local.get 0) (local.get 1))))",
        ),
        (
            "relaxed fma",
            "(module (func (param v128) (result v128) (f32x4.relaxed_madd (local.get 0) (local.get 0) (local.get 0))))",
        ),
        ("garbage collection", "(module (type (struct (field i32))))"),
        (
            "function references",
            "(module (type $f (func)) (func (param (ref $f))))",
        ),
        (
            "exceptions of the older form",
            "(module (tag) (func (try (do) (catch_all))))",
        ),
        (
            "stack switching",
            "(module (type $f (func)) (type (cont $f)))",
        ),
        ("64-bit tables", "(module (table i64 1 funcref))"),
        (
            "custom page sizes",
            "(module (memory (export \"memory\") 1 (pagesize 1)))",
        ),
    ] {
        if let Ok(_module) = SANDBOX.compile(text.as_bytes()) {
            panic!("{feature} is on");
        }
    }
    // And what compilers emit by default is on.
    for (feature, text) in [
        (
            "simd",
            "(module (func (param v128) (result v128) (i8x16.add (local.get 0) (local.get 0))))",
        ),
        ("exceptions", "(module (tag) (func (throw 0)))"),
        (
            "bulk memory",
            "(module (memory (export \"memory\") 1) (func (memory.copy (i32.const 0) (i32.const 1) (i32.const 2))))",
        ),
        (
            "sign extension",
            "(module (func (param i32) (result i32) (i32.extend8_s (local.get 0))))",
        ),
        (
            "many values",
            "(module (func (result i32 i32) (i32.const 1) (i32.const 2)))",
        ),
        (
            "mutable globals",
            "(module (global (export \"g\") (mut i32) (i32.const 0)))",
        ),
        (
            "reference types",
            "(module (table 1 funcref) (func (drop (table.get 0 (i32.const 0)))))",
        ),
        ("tail calls", "(module (func $f (return_call $f)))"),
        (
            "extended constants",
            "(module (global i32 (i32.add (i32.const 1) (i32.const 2))))",
        ),
    ] {
        if let Err(refused) = SANDBOX.compile(text.as_bytes()) {
            panic!("{feature} is off: {refused}");
        }
    }
}

#[test]
fn imports_are_listed() {
    let module = compile(
        r#"(module
        (import "env" "log" (func (param i32 i32 i32)))
        (import "env" "get_score" (func (param i64) (result f64)))
        (import "wasi_snapshot_preview1" "sched_yield" (func (result i32)))
        (import "env" "log" (func (param i32 i32 i32)))
        (memory (export "memory") 3))"#,
    );
    let imports: Vec<_> = module.imports().collect();
    assert_eq!(imports, ["log", "get_score", "sched_yield", "log"]);
    assert_eq!(module.initial_memory(), 3 << 16);
    assert_eq!(compile("(module)").initial_memory(), 0);
}

#[test]
fn modules_and_sandboxes_outlive_each_other() {
    let module = {
        let sandbox = Sandbox::new(128 << 10, || ()).unwrap();
        sandbox
            .clone()
            .compile(b"(module (func (export \"filter\") (param i64) (result i32) (i32.const 3)))")
            .unwrap()
    };
    let mut guest = instance(&module).unwrap();
    drop(module.clone());
    drop(module);
    assert_eq!(common::call(&mut guest), Ok(Output::I32(3)));
}

/// A module with a bit of everything.
const SAMPLE: &str = r#"(module
    (import "env" "get_field_f64" (func $f64 (param i64 i32 i32 i32) (result i32)))
    (import "env" "get_field_string" (func $string (param i64 i32 i32 i32 i32) (result i32)))
    (import "env" "log" (func $log (param i32 i32 i32)))
    (type $unary (func (param i32) (result i32)))
    (memory (export "memory") 1 16)
    (global $count (mut i32) (i32.const 0))
    (global $half f64 (f64.const 0.5))
    (table $t 4 8 funcref)
    (elem (i32.const 1) $double $square)
    (data (i32.const 0) "price") (data (i32.const 16) "name") (data $more "passive data")
    (func $double (type $unary) (i32.shl (local.get 0) (i32.const 1)))
    (func $square (type $unary) (i32.mul (local.get 0) (local.get 0)))
    (func $start (global.set $count (i32.const 3)) (memory.init $more (i32.const 100) (i32.const 0) (i32.const 12)))
    (start $start)
    (func (export "_initialize") (data.drop $more))
    (func (export "filter") (param $doc i64) (result i32) (local $i i32) (local $sum i32)
        (global.set $count (i32.add (global.get $count) (i32.const 1)))
        (loop $next
            (local.set $sum (i32.add (local.get $sum)
                (call_indirect (type $unary) (local.get $i) (i32.add (i32.const 1) (i32.and (local.get $i) (i32.const 1))))))
            (br_if $next (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 20))))
        (i32.store (i32.const 200) (i32.const 64))
        (block $out
            (br_if $out (call $string (local.get $doc) (i32.const 16) (i32.const 4) (i32.const 300) (i32.const 200)))
            (call $log (i32.const 1) (i32.const 300) (i32.load (i32.const 200))))
        (if (i32.eqz (call $f64 (local.get $doc) (i32.const 0) (i32.const 5) (i32.const 208)))
            (then (return (f64.gt (f64.mul (f64.load (i32.const 208)) (global.get $half)) (f64.const 10)))))
        (i32.and (local.get $sum) (i32.const 0))))"#;

/// Compiles bytes and runs whatever is accepted, under small limits. The answer doesn't matter: that there is
/// one does. Whether it got as far as a call.
fn survives(bytes: &[u8], document: Document<'_>, limits: &Limits) -> bool {
    let Ok(module) = SANDBOX.compile(bytes) else {
        return false;
    };
    let Ok(entry) = module.entry("filter", &Signature::default()) else {
        return false;
    };
    let Ok(mut guest) =
        quidditch_sandbox::Instance::new(&module, &entry, &Default::default(), limits)
    else {
        return false;
    };
    assert!(guest.memory_bytes() <= limits.memory);
    let _ = guest.call(document, 1.0);
    let _ = guest.call(document, 1.0);
    assert!(guest.memory_bytes() <= limits.memory);
    assert!(guest.take_log().len() <= limits.log_lines + 1);
    true
}

fn small_limits() -> Limits {
    Limits {
        memory: 1 << 20,
        time: Duration::from_millis(10),
        log_bytes: 100,
        log_lines: 5,
    }
}

#[test]
fn the_sample_works() {
    let module = compile(SAMPLE);
    let mut guest = limited(&module, &small_limits()).unwrap();
    for (price, wanted) in [("30", 1), ("20", 0), ("20.5", 1), ("\"x\"", 0)] {
        let document = jsonb(&format!("{{\"name\": \"n\", \"price\": {price}}}"));
        let answer = guest.call(Document::new(&document).unwrap(), 0.0);
        assert_eq!(answer, Ok(Output::I32(wanted)));
        assert_eq!(guest.take_log().len(), 1);
    }
}

#[test]
fn every_truncation() {
    let bytes = Sandbox::assemble(SAMPLE.as_bytes()).unwrap();
    let document = jsonb("{\"name\": \"n\", \"price\": 30}");
    let document = Document::new(&document).unwrap();
    let mut accepted = 0;
    ticking(&SANDBOX, || {
        for length in 0..bytes.len() {
            accepted += u32::from(SANDBOX.compile(&bytes[..length]).is_ok());
            survives(&bytes[..length], document, &small_limits());
        }
        assert!(survives(&bytes, document, &small_limits()));
    });
    // Only between two of its thirteen sections can it be cut, and not between all of them.
    assert!(
        (1..=12).contains(&accepted),
        "{accepted} cut modules accepted"
    );
}

#[test]
fn flipped_bits() {
    let bytes = Sandbox::assemble(SAMPLE.as_bytes()).unwrap();
    let document = jsonb("{\"name\": \"n\", \"price\": 30}");
    let document = Document::new(&document).unwrap();
    let mut random = Seeded(48);
    let mut ran = 0;
    ticking(&SANDBOX, || {
        for round in 0..6000 {
            let mut bad = bytes.clone();
            for _ in 0..1 + round % 3 {
                let at = random.below(bad.len());
                bad[at] ^= 1 << random.below(8);
            }
            ran += u32::from(survives(&bad, document, &small_limits()));
        }
    });
    // Else this tests nothing but the parser.
    assert!(ran > 500, "only {ran} ran");
}

#[test]
fn flipped_text() {
    let document = jsonb("{\"name\": \"n\", \"price\": 30}");
    let document = Document::new(&document).unwrap();
    let mut random = Seeded(84);
    ticking(&SANDBOX, || {
        for _ in 0..1000 {
            let mut bad = SAMPLE.as_bytes().to_vec();
            for _ in 0..=random.below(3) {
                let at = random.below(bad.len());
                bad[at] = b"()$\" ;0x\\.\xff\0"[random.below(12)];
            }
            survives(&bad, document, &small_limits());
        }
    });
}

#[test]
fn noise() {
    let mut random = Seeded(8);
    for _ in 0..2000 {
        let count = random.below(200);
        let noise = random.bytes(count);
        let _ = SANDBOX.compile(&noise);
        let _ = SANDBOX.compile(&[b"\0asm\x01\0\0\0", &noise[..]].concat());
        let _ = SANDBOX.compile(&[b"(module ", &noise[..]].concat());
    }
}

/// Modules that would take minutes to compile, and ones at the edge that don't.
#[test]
fn modules_that_take_too_long() {
    let module = |locals: usize, body: &str| {
        let locals = "i32 ".repeat(locals);
        format!(
            "(module (func (export \"filter\") (param i64) (result i32) (local {locals}) {body} (i32.const 1)))"
        )
    };
    let nested = |what: &str, depth: usize| {
        format!(
            "{}{}",
            format!("{what} ").repeat(depth),
            "end ".repeat(depth)
        )
    };
    let refusal = |source: &str| match SANDBOX.compile(source.as_bytes()) {
        Ok(_) => panic!("compiled"),
        Err(refused) => refused.problems.join("; "),
    };
    assert!(refusal(&module(1, &nested("loop", 1_001))).contains("nested deeper than 1000"));
    let loops = "(loop) ".repeat(1_001);
    assert!(refusal(&module(1_000, &loops)).contains("1000 locals and more than 1000 loops"));
    let functions = format!("(module {})", "(func) ".repeat(50_001));
    assert!(refusal(&functions).contains("50001 functions"));
    for source in [
        module(1, &nested("loop", 1_000)),
        module(100, &"(loop) ".repeat(1_000)),
    ] {
        assert!(SANDBOX.compile(source.as_bytes()).is_ok());
    }
}
