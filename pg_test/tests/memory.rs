//! A backend's memory doesn't grow with what guests do in it.

use quidditch_pg_test::{Database, filter};

const MEGABYTE: u64 = 1 << 20;

/// Runs `work` once to warm up, then again, and answers the growth in bytes.
fn growth(register: &[(&str, &str)], work: &str) -> i64 {
    let database = Database::new("memory");
    let mut session = database.connect();
    for (name, wat) in register {
        session.register(name, wat, "{}");
    }
    session.run(work);
    let before = session.resident();
    session.run(work);
    let after = session.resident();
    println!("{} MB, then {} MB", before / MEGABYTE, after / MEGABYTE);
    after as i64 - before as i64
}

fn caught(name: &str, times: usize) -> String {
    format!(
        "DO $$
        DECLARE caught int := 0;
        BEGIN
            FOR i IN 1..{times} LOOP
                BEGIN
                    PERFORM quidditch.call_udf('{name}', '{{}}');
                EXCEPTION WHEN external_routine_exception THEN
                    caught := caught + 1;
                END;
            END LOOP;
            ASSERT caught = {times};
        END
        $$"
    )
}

#[test]
fn caught_traps() {
    let grown = growth(&[("trap", &filter("unreachable"))], &caught("trap", 50_000));
    assert!(grown < 20 * MEGABYTE as i64, "grown by {grown} bytes");
}

#[test]
fn traps_after_memory_grew() {
    let greedy = filter(
        "(drop (memory.grow (i32.const 200))) (memory.fill (i32.const 0) (i32.const 1) (i32.const 13000000)) unreachable",
    );
    let grown = growth(&[("greedy", &greedy)], &caught("greedy", 500));
    assert!(grown < 20 * MEGABYTE as i64, "grown by {grown} bytes");
}

#[test]
fn many_instances() {
    // Other parameters for each row are another instance each.
    let work = "SELECT count(quidditch.call_udf(CASE i % 2 WHEN 0 THEN 'a' ELSE 'b' END, '{}')) FROM generate_series(1, 50000) AS i";
    let (a, b) = (filter("i32.const 1"), filter("i32.const 0"));
    let grown = growth(&[("a", &a), ("b", &b)], work);
    assert!(grown < 20 * MEGABYTE as i64, "grown by {grown} bytes");
}

#[test]
fn large_documents() {
    let work = "SELECT count(quidditch.call_udf('a', jsonb_build_object('text', repeat('x', 1000000 + i)))) FROM generate_series(1, 500) AS i";
    let grown = growth(&[("a", &filter("i32.const 1"))], work);
    assert!(grown < 20 * MEGABYTE as i64, "grown by {grown} bytes");
}

#[test]
fn registering_again_and_again() {
    let work = "DO $$
        BEGIN
            FOR i IN 1..300 LOOP
                PERFORM quidditch.register_udf('r', '1.0.0', convert_to('(module (func (export \"filter\") (param i64) (result i32) i32.const ' || i || '))', 'UTF8'));
                PERFORM quidditch.call_udf('r', '{}');
                PERFORM quidditch.unregister_udf('r', '1.0.0');
            END LOOP;
        END
        $$";
    let grown = growth(&[], work);
    assert!(grown < 20 * MEGABYTE as i64, "grown by {grown} bytes");
}
