//! Functions in LANGUAGE wasm across sessions, and in the long run.

use std::thread;
use std::time::{Duration, Instant};

use quidditch_pg_test::{Database, Failure, Log, Random, Session, filter, wait_until};

const REFERRING: &str =
    "CREATE FUNCTION f(doc jsonb) RETURNS boolean LANGUAGE wasm IMMUTABLE AS 'u@1.0.0'";
const REMOVING: &str = "SELECT quidditch.unregister_udf('u', '1.0.0')";

/// A function whose guest asks for the parameter p in its first call, or in each of them, and answers its length.
fn length(name: &str, asks_always: bool) -> String {
    format!(
        r#"CREATE FUNCTION {name}(doc jsonb, p text) RETURNS integer LANGUAGE wasm IMMUTABLE AS $$(module
            (import "env" "get_param_string" (func $ask (param i32 i32 i32 i32) (result i32)))
            (memory (export "memory") 1) (data (i32.const 0) "p") (global $asked (mut i32) (i32.const 0))
            (func (export "filter") (param i64) (result i32)
                (if (i32.eqz (i32.and (global.get $asked) (i32.const {}))) (then
                    (i32.store (i32.const 8) (i32.const 60000))
                    (drop (call $ask (i32.const 0) (i32.const 1) (i32.const 16) (i32.const 8)))
                    (global.set $asked (i32.const 1))))
                (i32.load (i32.const 8))))$$"#,
        !asks_always as i32
    )
}

/// Runs `first` in a transaction, then `second` in another session, which has to wait; how that ends after the commit.
fn second_waits(database: &Database, first: &str, second: &str) -> Result<(), Failure> {
    let (mut one, mut two, mut watching) =
        (database.connect(), database.connect(), database.connect());
    one.run("BEGIN");
    one.run(first);
    let pid = two.pid;
    thread::scope(|scope| {
        let running = scope.spawn(move || two.try_rows(second).map(|_| ()));
        let waits = format!("SELECT wait_event_type FROM pg_stat_activity WHERE pid = {pid}");
        wait_until("it waits", || {
            watching.text(&waits).as_deref() == Some("Lock")
        });
        one.run("COMMIT");
        running.join().unwrap()
    })
}

#[test]
fn a_udf_stays_while_a_function_is_made() {
    let database = Database::new("made");
    database
        .connect()
        .register("u", &filter("i32.const 1"), "{}");
    let refused = second_waits(&database, REFERRING, REMOVING).unwrap_err();
    assert_eq!(refused.state, "2BP01", "{refused:?}");
    let answer = database.connect().text("SELECT f('{}')");
    assert_eq!(answer.as_deref(), Some("true"));
}

#[test]
fn a_function_being_made_is_in_nobody_elses_way() {
    let database = Database::new("way");
    let (mut one, mut other) = (database.connect(), database.connect());
    one.register("u", &filter("i32.const 1"), "{}");
    one.register("v", &filter("i32.const 1"), "{}");
    one.run("BEGIN");
    one.run(REFERRING);
    other.run("SET lock_timeout = '10s'");
    let module = filter("i32.const 0");
    let newer = other.try_register("u", "2.0.0", module.as_bytes(), "{}");
    assert_eq!(newer, Ok(()));
    other.run("SELECT quidditch.unregister_udf('v', '1.0.0')");
    other.run(&REFERRING.replace(" f(", " g("));
    one.run("COMMIT");
}

#[test]
fn no_function_is_made_while_its_udf_goes() {
    let database = Database::new("goes");
    database
        .connect()
        .register("u", &filter("i32.const 1"), "{}");
    let refused = second_waits(&database, REMOVING, REFERRING).unwrap_err();
    assert_eq!(refused.state, "42704", "{refused:?}");
}

#[test]
fn functions_that_others_change() {
    let database = Database::new("changed");
    let (mut one, mut other) = (database.connect(), database.connect());
    other.run(
        "SET plan_cache_mode = force_generic_plan; CREATE TABLE docs AS SELECT '{}'::jsonb AS doc",
    );
    let make = |session: &mut Session, options: &str, body: &str| {
        session.run(&format!(
            "CREATE OR REPLACE FUNCTION f(doc jsonb) RETURNS integer LANGUAGE wasm {options} AS '{body}'"
        ));
    };
    let constant = |n: u32| filter(&format!("i32.const {n}"));
    make(&mut one, "STABLE", &constant(1));
    other.run("PREPARE call AS SELECT f(doc) FROM docs");
    let called = |session: &mut Session| session.rows("EXECUTE call")[0][0].clone().unwrap();
    assert_eq!(called(&mut other), "1");
    make(&mut one, "STABLE", &constant(2));
    assert_eq!(called(&mut other), "2");
    one.run("BEGIN");
    make(&mut one, "STABLE", &constant(3));
    assert_eq!(called(&mut other), "2");
    one.run("ROLLBACK");
    assert_eq!(called(&mut other), "2");
    // From a module to a UDF, and what becomes of that.
    let i32 = r#"{"returns": [{"type": "i32"}]}"#;
    one.register("u", &constant(4), i32);
    make(&mut one, "STABLE", "u");
    assert_eq!(called(&mut other), "4");
    one.try_register("u", "1.1.0", constant(5).as_bytes(), i32)
        .unwrap();
    assert_eq!(called(&mut other), "5");
    one.run("SELECT quidditch.unregister_udf('u', '1.1.0')");
    assert_eq!(called(&mut other), "4");
    // Another function of the name.
    one.run("DROP FUNCTION f");
    assert_eq!(other.failure("EXECUTE call").state, "42883");
    make(&mut one, "IMMUTABLE", &constant(6));
    assert_eq!(called(&mut other), "6");
    one.run("ALTER FUNCTION f(jsonb) STRICT; UPDATE docs SET doc = NULL");
    assert_eq!(other.rows("EXECUTE call"), [[None]]);
}

#[test]
fn endless_functions_end() {
    let log = Log::now();
    let database = Database::new("endless");
    let mut session = database.connect();
    session.run(&format!(
        "CREATE FUNCTION endless(n integer) RETURNS boolean LANGUAGE wasm AS '{}'",
        filter("(loop (br 0)) (i32.const 1)")
    ));
    for (setting, statement) in [
        ("statement_timeout", "SELECT endless(1)"),
        (
            "statement_timeout",
            "SELECT endless(i) FROM generate_series(1, 3) AS i",
        ),
        ("quidditch.max_execution_time", "SELECT endless(1)"),
        (
            "quidditch.max_execution_time",
            "CREATE TABLE t (n integer CHECK (endless(n))); INSERT INTO t VALUES (1)",
        ),
    ] {
        let started = Instant::now();
        session.run(&format!("SET {setting} = '100ms'"));
        assert_eq!(
            session.failure(statement).state,
            "57014",
            "{setting}: {statement}"
        );
        assert!(
            started.elapsed() < Duration::from_secs(3),
            "{setting}: {statement}"
        );
        session.run(&format!("RESET {setting}"));
        assert!(session.answers());
    }
    log.assert_no_crash();
}

/// Bodies that are nearly right, and worse ones: refused or working, never harmful.
#[test]
fn bodies_of_garbage() {
    let log = Log::now();
    let database = Database::new("garbage");
    let mut session = database.connect();
    session.register(
        "u",
        &filter("i32.const 1"),
        r#"{"parameters": [{"name": "n", "type": "i64", "default": 1}]}"#,
    );
    let encoded = session.text("SELECT encode(module, 'base64') FROM quidditch.udf");
    let sources = [
        encoded.unwrap(),
        filter("(i32.wrap_i64 (local.get $ctx))"),
        filter("i32.const 1") + "#filter",
        "u@1.0.0#filter".to_owned(),
    ];
    let signatures = [
        "doc jsonb",
        "doc jsonb, n bigint",
        "n numeric",
        "doc jsonb, text, boolean",
    ];
    let mut random = Random::from_environment();
    let (mut made, mut refused) = (0, 0);
    for _ in 0..400 {
        let mut body = random.pick(&sources).clone().into_bytes();
        for _ in 0..random.below(4) {
            let at = random.below(body.len() + 1);
            match random.below(4) {
                0 => body.truncate(at),
                1 => body.insert(at, *random.pick(b"A=(#@ \n1z\\\"'")),
                2 => _ = (at < body.len()).then(|| body.remove(at)),
                _ => {
                    let from = random.below(at + 1);
                    body.extend_from_within(from..at);
                }
            }
        }
        let body = String::from_utf8(body).unwrap().replace('\'', "''");
        let signature = random.pick(&signatures);
        session.run(&format!(
            "DROP ROUTINE IF EXISTS f; SET check_function_bodies = {}",
            random.one_in(2)
        ));
        let create =
            format!("CREATE FUNCTION f({signature}) RETURNS boolean LANGUAGE wasm AS '{body}'");
        let types = match *signature {
            "doc jsonb" => "'{}'::jsonb",
            "doc jsonb, n bigint" => "'{}'::jsonb, 5::bigint",
            "n numeric" => "7.0",
            _ => "'{}'::jsonb, 'a', true",
        };
        let call = format!("SELECT f({types})");
        let result = session
            .try_rows(&create)
            .and_then(|_| session.try_rows(&call));
        match result {
            Ok(_) => made += 1,
            Err(failure) => {
                refused += 1;
                let expected = ["22023", "42P13", "42704", "38000", "22003", "22004"];
                assert!(expected.contains(&&*failure.state), "{failure:?}\n{create}");
            }
        }
        assert!(session.answers(), "{create}");
    }
    assert!(made > 20 && refused > 20, "{made} made, {refused} refused");
    log.assert_no_crash();
}

/// Runs `work` once to warm up, then again, and answers the growth in bytes.
fn growth(make: &[String], work: &str) -> i64 {
    let database = Database::new("growth");
    let mut session = database.connect();
    for function in make {
        session.run(function);
    }
    session.run(work);
    let before = session.resident();
    session.run(work);
    session.resident() as i64 - before as i64
}

const LITTLE: i64 = 20 << 20;

#[test]
fn parameters_in_the_long_run() {
    // Texts of up to 5 kB, one after another.
    let work =
        "SELECT sum(f('{}', repeat('x', (i % 500) * 10))) FROM generate_series(1, 100000) AS i";
    let grown = growth(&[length("f", true)], work);
    assert!(grown < LITTLE, "grown by {grown} bytes");
    // And an instance for each.
    let work = "SELECT sum(f('{}', i::text)) FROM generate_series(1, 200000) AS i";
    let grown = growth(&[length("f", false)], work);
    assert!(grown < LITTLE, "grown by {grown} bytes");
}

#[test]
fn results_in_the_long_run() {
    let echo = r#"CREATE FUNCTION echo(doc jsonb) RETURNS jsonb LANGUAGE wasm IMMUTABLE AS $$(module
        (import "env" "get_field_json" (func $get (param i64 i32 i32 i32 i32) (result i32)))
        (import "env" "set_result_string" (func $set (param i32 i32) (result i32)))
        (memory (export "memory") 4) (data (i32.const 0) "a")
        (func (export "filter") (param i64) (result i32)
            (i32.store (i32.const 8) (i32.const 200000))
            (drop (call $get (local.get 0) (i32.const 0) (i32.const 1) (i32.const 16) (i32.const 8)))
            (call $set (i32.const 16) (i32.load (i32.const 8)))))$$"#;
    let work = "DO $$ BEGIN FOR i IN 1..5000 LOOP
        ASSERT echo(jsonb_build_object('a', repeat('x', 10000 + i))) #>> '{}' = repeat('x', 10000 + i); END LOOP; END $$";
    let grown = growth(&[echo.to_owned()], work);
    assert!(grown < LITTLE, "grown by {grown} bytes");
}

#[test]
fn functions_made_again_and_again() {
    let work = "DO $$ BEGIN FOR i IN 1..1000 LOOP
        EXECUTE format('CREATE FUNCTION f%s(doc jsonb) RETURNS integer LANGUAGE wasm AS %L', i,
            '(module (func (export \"filter\") (param i64) (result i32) i32.const ' || i || '))');
        EXECUTE format('SELECT f%s(''{}'')', i);
        EXECUTE format('DROP FUNCTION f%s', i); END LOOP; END $$";
    let grown = growth(&[], work);
    assert!(grown < LITTLE, "grown by {grown} bytes");
}
