//! A number that a guest reads as f64 is the one that PostgreSQL's cast makes of the numeric.

use quidditch_pg_test::Database;

const READ: &str = r#"(module (import "env" "get_field_f64" (func $get (param i64 i32 i32 i32) (result i32)))
    (memory (export "memory") 1) (data (i32.const 0) "n")
    (func (export "filter") (param i64) (result f64)
        (if (call $get (local.get 0) (i32.const 0) (i32.const 1) (i32.const 8)) (then unreachable))
        (f64.load (i32.const 8))))"#;

/// Compares all numbers of a query, which calls them `n`, and answers how many there were.
fn compare(test: &str, rows: usize, numbers: &str) {
    let database = Database::new(test);
    let mut session = database.connect();
    session.register("read", READ, r#"{"returns": [{"type": "f64"}]}"#);
    session.run("SELECT setseed(0.25); SET max_parallel_workers_per_gather = 0");
    let compared = session.text(&format!(
        "SELECT concat(count(*), ' ', count(*) FILTER (WHERE result IS DISTINCT FROM n::float8), ' ',
             min(n) FILTER (WHERE result IS DISTINCT FROM n::float8))
         FROM (SELECT n, quidditch.call_udf('read', jsonb_build_object('n', n))::float8 AS result
               FROM ({numbers}) AS numbers) AS results"
    ));
    assert_eq!(compared, Some(format!("{rows} 0 ")));
}

/// Up to 17 digits and any scale: what documents have.
#[test]
fn ordinary_numbers() {
    compare(
        "ordinary",
        600_000,
        "SELECT (trunc(random()::numeric * 10.0 ^ (i % 18)) / 10.0 ^ (i % 13) - 10.0 ^ (i % 7)) * (i % 3 - 1) AS n
         FROM generate_series(1, 600000) AS i",
    );
}

/// From the smallest to the largest magnitudes that an f64 has, with many digits.
#[test]
fn extreme_magnitudes() {
    compare(
        "extreme",
        300_000,
        "SELECT (round((random() * 9 + 1)::numeric, i % 16) || 'e' || i % 600 - 320 + 12)::numeric * (1 - i % 2 * 2) AS n
         FROM generate_series(1, 300000) AS i WHERE true",
    );
}

/// Hundreds of digits, some near the middle between two f64s.
#[test]
fn long_numbers() {
    compare(
        "long",
        100_000,
        "SELECT CASE i % 4
             WHEN 0 THEN (repeat(trunc(random() * 1e9)::text, 1 + i % 34))::numeric
             WHEN 1 THEN ('0.' || repeat('0', i % 200) || repeat(trunc(random() * 1e9)::text, 40))::numeric
             -- A power of two and half of its last place, and a little more or less.
             WHEN 2 THEN 2::numeric ^ (53 + i % 100) + 2::numeric ^ (i % 100) + (i % 3 - 1)
             ELSE (trunc(2::numeric ^ (53 + i % 60) + 2::numeric ^ (i % 60))::text || '.' || repeat('0', i % 90) || i % 2)::numeric
         END AS n FROM generate_series(1, 100000) AS i",
    );
}
