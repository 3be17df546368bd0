//! Everything that ends a query ends a guest's endless loop: cancel, statement_timeout, terminate; in a function
//! call, a scan, a start function, a parallel worker. The time it took is printed; the bound is generous, so
//! that only a hang fails.

use std::sync::mpsc;
use std::time::{Duration, Instant};

use quidditch_pg_test::{Database, Failure, Log, Session, filter, wait_until};

const BOUND: Duration = Duration::from_secs(5);

/// Statements that never end by themselves.
const ENDLESS: [(&str, &str); 5] = [
    ("call_udf", "SELECT quidditch.call_udf('loop', '{}')"),
    ("test_udf", "SELECT quidditch.test_udf('loop', '{}')"),
    ("start function", "SELECT quidditch.call_udf('start', '{}')"),
    (
        "host calls",
        "SELECT quidditch.call_udf('host', '{\"o\": [1, 2, 3]}')",
    ),
    (
        "@@@",
        "SELECT count(*) FROM docs WHERE doc @@@ wasm_udf('loop')",
    ),
];

fn prepare(test: &str) -> (Database, Session) {
    let database = Database::new(test);
    let mut session = database.connect();
    session.register("loop", &filter("(loop (br 0)) (i32.const 1)"), "{}");
    session.register(
        "start",
        "(module (func $s (loop (br 0))) (start $s) (func (export \"filter\") (param i64) (result i32) (i32.const 1)))",
        "{}",
    );
    session.register(
        "host",
        r#"(module (import "env" "get_field_json" (func $get (param i64 i32 i32 i32 i32) (result i32)))
            (memory (export "memory") 1) (data (i32.const 0) "o")
            (func (export "filter") (param i64) (result i32)
                (loop (i32.store (i32.const 8) (i32.const 1000))
                    (drop (call $get (local.get 0) (i32.const 0) (i32.const 1) (i32.const 16) (i32.const 8))) (br 0))
                (i32.const 1)))"#,
        "{}",
    );
    session.register("fine", &filter("i32.const 1"), "{}");
    session.run(
        "CREATE TABLE docs AS SELECT jsonb_build_object('n', i) AS doc FROM generate_series(1, 20000) AS i; ANALYZE docs",
    );
    (database, session)
}

/// A session without a limit per call.
fn unlimited(database: &Database) -> Session {
    let mut session = database.connect();
    session.run("SET quidditch.max_execution_time = 0");
    session
}

/// A statement in a thread of its own, which must end in an error.
struct Running {
    what: &'static str,
    ended: mpsc::Receiver<(Failure, Instant, Session)>,
}

impl Running {
    fn new(mut session: Session, what: &'static str) -> Self {
        let (sender, ended) = mpsc::channel();
        std::thread::spawn(move || {
            let failure = session.failure(what);
            // Nobody listens any more when the test has failed.
            let _ = sender.send((failure, Instant::now(), session));
        });
        Running { what, ended }
    }

    /// The error, when it came, and the session.
    fn wait(self) -> (Failure, Instant, Session) {
        let ended = self.ended.recv_timeout(BOUND);
        ended.unwrap_or_else(|_| panic!("still running after {BOUND:?}: {}", self.what))
    }
}

/// Runs a statement until `stop` ends it: the error, how long that took, and the session.
fn interrupt(
    session: Session,
    sql: &'static str,
    control: &mut Session,
    stop: &str,
) -> (Failure, Duration, Session) {
    let pid = session.pid;
    let running = Running::new(session, sql);
    wait_until("the statement runs", || {
        let query = sql.replace('\'', "''");
        let active = format!(
            "SELECT state = 'active' AND query = '{query}' FROM pg_stat_activity WHERE pid = {pid}"
        );
        control.text(&active).as_deref() == Some("true")
    });
    // Well inside the loop.
    std::thread::sleep(Duration::from_millis(30));
    let stopped = Instant::now();
    let told = control.text(&format!("SELECT {stop}({pid})"));
    assert_eq!(told.as_deref(), Some("true"));
    let (failure, ended, session) = running.wait();
    (failure, ended - stopped, session)
}

/// Runs a statement that something ends by itself: the error, how long that took, and the session.
fn ends(session: Session, sql: &'static str) -> (Failure, Duration, Session) {
    let started = Instant::now();
    let (failure, ended, session) = Running::new(session, sql).wait();
    (failure, ended - started, session)
}

#[test]
fn cancel() {
    let log = Log::now();
    let (database, mut control) = prepare("cancel");
    let mut session = unlimited(&database);
    for (what, sql) in ENDLESS {
        let (failure, took, same) = interrupt(session, sql, &mut control, "pg_cancel_backend");
        println!("{what}: cancelled within {took:?}");
        assert_eq!(failure.state, "57014", "{what}: {failure:?}");
        assert_eq!(
            failure.message, "canceling statement due to user request",
            "{what}"
        );
        session = same;
        assert_eq!(
            session
                .text("SELECT quidditch.call_udf('fine', '{}')")
                .as_deref(),
            Some("true")
        );
    }
    log.assert_no_crash();
}

#[test]
fn statement_timeout() {
    let log = Log::now();
    let (database, _control) = prepare("timeout");
    let mut session = unlimited(&database);
    session.run("SET statement_timeout = 50");
    for (what, sql) in ENDLESS {
        let (failure, took, same) = ends(session, sql);
        session = same;
        println!("{what}: statement_timeout of 50 ms took {took:?}");
        assert_eq!(failure.state, "57014", "{what}: {failure:?}");
        assert_eq!(
            failure.message, "canceling statement due to statement timeout",
            "{what}"
        );
        assert!(session.answers());
    }
    // The guest's own ticks don't disarm a statement's timeout, nor does one query's end the next.
    session.run("SELECT count(quidditch.call_udf('fine', doc)) FROM docs LIMIT 1");
    session.run("SELECT pg_sleep(0.03)");
    let failure = session.failure("SELECT quidditch.call_udf('fine', '{}'), pg_sleep(10)");
    assert_eq!(failure.state, "57014");
    log.assert_no_crash();
}

#[test]
fn other_timeouts() {
    let log = Log::now();
    let (database, _control) = prepare("timeouts");
    let mut session = unlimited(&database);
    session.run("SET lock_timeout = 50; SET idle_in_transaction_session_timeout = 300");
    let mut other = database.connect();
    other.run("BEGIN; LOCK TABLE docs");
    session.run("SELECT quidditch.call_udf('fine', '{}')");
    let failure = session.failure("SELECT quidditch.call_udf('fine', '{}') FROM docs");
    assert_eq!(failure.state, "55P03", "{failure:?}");
    other.run("ROLLBACK");
    // A guest call in an open transaction doesn't keep the idle session from being ended.
    session.run("BEGIN; SELECT quidditch.call_udf('fine', '{}')");
    std::thread::sleep(Duration::from_millis(800));
    let failure = session.failure("SELECT 1");
    assert!(
        ["25P03", "connection"].contains(&failure.state.as_str()),
        "{failure:?}"
    );
    log.assert_no_crash();
}

#[test]
fn terminate() {
    let log = Log::now();
    let (database, mut control) = prepare("terminate");
    for (what, sql) in ENDLESS {
        let session = unlimited(&database);
        let pid = session.pid;
        let (failure, took, _) = interrupt(session, sql, &mut control, "pg_terminate_backend");
        println!("{what}: terminated within {took:?}");
        assert!(
            ["57P01", "connection"].contains(&failure.state.as_str()),
            "{what}: {failure:?}"
        );
        wait_until("the backend is gone", || {
            let sql = format!("SELECT count(*) FROM pg_stat_activity WHERE pid = {pid}");
            control.text(&sql).as_deref() == Some("0")
        });
    }
    log.assert_no_crash();
}

/// The limit of a call, from its own setting.
#[test]
fn deadline() {
    let (database, _control) = prepare("deadline");
    let mut session = database.connect();
    session.run("SET quidditch.max_execution_time = 50");
    for (what, sql) in ENDLESS {
        if what == "test_udf" {
            continue;
        }
        let (failure, took, same) = ends(session, sql);
        session = same;
        println!("{what}: deadline of 50 ms took {took:?}");
        assert_eq!(failure.state, "57014", "{what}: {failure:?}");
        assert!(
            failure.message.contains("exceeded its time limit of 50 ms"),
            "{what}: {failure:?}"
        );
    }
    // It is each call's: many short ones may take longer together.
    session.run("SELECT count(quidditch.call_udf('fine', doc)) FROM docs, generate_series(1, 10)");
}

// `force_parallel_mode` is `debug_parallel_query` from 16 on.
const PARALLEL: &str = "SELECT set_config(name, 'on', false) FROM pg_settings
    WHERE name IN ('force_parallel_mode', 'debug_parallel_query'); SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0;
    SET min_parallel_table_scan_size = 0; SET max_parallel_workers_per_gather = 2; SET parallel_leader_participation = off";

#[test]
fn parallel_workers() {
    let log = Log::now();
    let (database, mut control) = prepare("parallel");
    for sql in [
        "SELECT count(*) FROM docs WHERE quidditch.call_udf('loop', doc) = 'true'",
        "SELECT count(*) FROM docs WHERE doc @@@ wasm_udf('loop')",
    ] {
        let mut session = unlimited(&database);
        session.run(PARALLEL);
        let plan = session
            .client
            .query(&format!("EXPLAIN {sql}"), &[])
            .unwrap();
        let plan: Vec<String> = plan.iter().map(|row| row.get(0)).collect();
        assert!(
            plan.iter().any(|line| line.contains("Parallel Seq Scan")),
            "{plan:?}"
        );

        let (failure, took, mut session) =
            interrupt(session, sql, &mut control, "pg_cancel_backend");
        println!("parallel: cancelled within {took:?}");
        assert_eq!(failure.state, "57014", "{failure:?}");

        session.run("SET statement_timeout = 100");
        let (failure, took, mut session) = ends(session, sql);
        println!("parallel: statement_timeout of 100 ms took {took:?}");
        assert_eq!(failure.state, "57014", "{failure:?}");

        session.run("SET statement_timeout = 0; SET quidditch.max_execution_time = 50");
        let (failure, _, mut session) = ends(session, sql);
        assert_eq!(failure.state, "57014", "{failure:?}");
        assert!(
            failure.message.contains("exceeded its time limit"),
            "{failure:?}"
        );

        session.run("SET quidditch.max_execution_time = 0");
        let (failure, took, _) = interrupt(session, sql, &mut control, "pg_terminate_backend");
        println!("parallel: terminated within {took:?}");
        assert!(
            ["57P01", "connection"].contains(&failure.state.as_str()),
            "{failure:?}"
        );
        wait_until("no worker is left", || {
            let sql = "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'parallel worker' AND datname = current_database()";
            control.text(sql).as_deref() == Some("0")
        });
    }
    log.assert_no_crash();
}

/// What workers answer is what one process answers.
#[test]
fn parallel_answers() {
    let (database, mut session) = prepare("parallel_answers");
    let mut other = database.connect();
    other.run(PARALLEL);
    for sql in [
        "SELECT count(*) FROM docs WHERE quidditch.call_udf('fine', doc) = 'true'",
        "SELECT count(*) FROM docs WHERE doc @@@ '{\"bool\": {\"must\": [{\"range\": {\"n\": {\"gt\": 500}}}, {\"wasm_udf\": {\"name\": \"fine\"}}]}}'",
    ] {
        assert_eq!(session.text(sql), other.text(sql), "{sql}");
    }
}

/// After a guest call nothing keeps on waking the backend up.
#[test]
fn an_idle_backend_sleeps() {
    let (database, _control) = prepare("idle");
    let mut session = database.connect();
    session.run("BEGIN; DECLARE c CURSOR FOR SELECT quidditch.call_udf('fine', doc) FROM docs; FETCH 10 FROM c");
    std::thread::sleep(Duration::from_millis(100));
    let wakeups = |pid: i32| {
        let path = format!("/proc/{pid}/status");
        let status = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{path}: {e}"));
        let line = status
            .lines()
            .find(|line| line.starts_with("voluntary_ctxt_switches"));
        line.unwrap()
            .split_whitespace()
            .nth(1)
            .unwrap()
            .parse::<u64>()
            .unwrap()
    };
    let before = wakeups(session.pid);
    std::thread::sleep(Duration::from_millis(500));
    let woken = wakeups(session.pid) - before;
    assert!(woken < 5, "woken up {woken} times in half a second");
    session.run("FETCH 10 FROM c; COMMIT");
}
