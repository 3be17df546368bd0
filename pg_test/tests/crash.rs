//! A server that is killed at any moment loses nothing: what was committed is found by the index, which is whole, and
//! the pages that a crash leaves behind are free after a VACUUM.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use quidditch_pg_test::cluster::Cluster;
use quidditch_pg_test::documents::{document, sql};
use quidditch_pg_test::{Failure, Random, Session, duration};

/// What makes flushes and merges frequent.
const TABLE: &str = "CREATE EXTENSION quidditch;
    CREATE TABLE t (id bigint PRIMARY KEY, version int, doc jsonb) WITH (autovacuum_enabled = false);
    CREATE INDEX searched ON t USING quidditch (doc) WITH (pending_limit = 64)";

/// Queries whose answers by the index are compared with those without it.
const QUERIES: &[&str] = &[
    r#"{"match_all": {}}"#,
    r#"{"exists": {"field": "title"}}"#,
    r#"{"match": {"body": "quick fox"}}"#,
    r#"{"match_phrase": {"title": "quick fox"}}"#,
    r#"{"term": {"tags": "alpha"}}"#,
    r#"{"range": {"n": {"gte": 3, "lt": 12}}}"#,
    r#"{"bool": {"must_not": {"exists": {"field": "body"}}}}"#,
    r#"{"prefix": {"obj.code": "b"}}"#,
];

/// Fails unless the index is whole, and answers as the table does.
fn examine(session: &mut Session) {
    session.run("SET statement_timeout = '60s'");
    // A crash may leave indexes behind that were being built.
    for row in session.rows("SELECT indexrelid::regclass FROM pg_index WHERE NOT indisvalid") {
        session.run(&format!("DROP INDEX {}", row[0].as_ref().unwrap()));
    }
    session.run("SELECT quidditch.check_index('searched', true)");
    for query in QUERIES {
        let statement = format!("SELECT id FROM t WHERE doc @@@ '{query}' ORDER BY id");
        session.run(
            "SET enable_indexscan = off; SET enable_bitmapscan = off; SET enable_seqscan = on",
        );
        let expected = session.rows(&statement);
        session.run("SET enable_seqscan = off");
        for way in ["enable_bitmapscan", "enable_indexscan"] {
            session.run(&format!("SET {way} = on"));
            assert!(session.rows(&statement) == expected, "{statement}, {way}");
            session.run(&format!("SET {way} = off"));
        }
    }
    session.run("RESET ALL");
}

/// After a VACUUM, nothing is left of what a crash left behind.
fn examine_space(cluster: &Cluster) -> bool {
    let notices = Arc::new(Mutex::new(Vec::new()));
    let all = notices.clone();
    let mut session = cluster.connect_noticing(move |notice| {
        if notice.contains("belong to nothing") {
            all.lock().unwrap().push(notice.to_owned());
        }
    });
    session.run("SELECT quidditch.check_index('searched')");
    let had_some = !notices.lock().unwrap().is_empty();
    session.run("VACUUM t");
    notices.lock().unwrap().clear();
    session.run("SELECT quidditch.check_index('searched', true)");
    let left = notices.lock().unwrap().clone();
    assert!(left.is_empty(), "{left:?}");
    had_some
}

/// Rows by id and version, as far as their transactions are known to be committed.
type Committed = Arc<Mutex<BTreeMap<i64, i64>>>;

/// For ids and versions, which only grow.
fn next() -> i64 {
    static NEXT: AtomicI64 = AtomicI64::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

/// A row's id says whose it is.
const WRITERS: i64 = 3;

/// Writes until the server is gone.
fn write(mut session: Session, writer: i64, mut random: Random, committed: Committed) {
    loop {
        let mut rows = BTreeMap::new();
        let mut statements = vec!["BEGIN".to_owned()];
        for _ in 0..1 + random.below(8) {
            let document = document(&mut random);
            let document = sql(document.as_deref());
            let known: Vec<i64> = committed
                .lock()
                .unwrap()
                .keys()
                .copied()
                .filter(|id| id % WRITERS == writer)
                .collect();
            if known.is_empty() || random.below(4) > 0 {
                let next = next() * WRITERS + writer;
                rows.insert(next, 0);
                statements.push(format!("INSERT INTO t VALUES ({next}, 0, {document})"));
            } else {
                let id = *random.pick(&known);
                let version = next();
                rows.insert(id, version);
                statements.push(format!(
                    "UPDATE t SET version = {version}, doc = {document} WHERE id = {id}"
                ));
            }
        }
        let commits = !random.one_in(6);
        statements.push(if commits { "COMMIT" } else { "ROLLBACK" }.to_owned());
        match session.try_rows(&statements.join("; ")) {
            Ok(_) if commits => committed.lock().unwrap().extend(rows),
            Ok(_) => {}
            Err(failure) => return assert_gone(&failure),
        }
    }
}

fn assert_gone(failure: &Failure) {
    let gone = ["connection", "57P01", "57P02", "57P03"];
    assert!(gone.contains(&&*failure.state), "{failure:?}");
}

/// Maintains the index until the server is gone.
fn maintain(mut session: Session, mut random: Random) {
    loop {
        let statement = *random.pick(&[
            "SELECT quidditch.merge_index('searched')",
            "VACUUM t",
            "DELETE FROM t WHERE id % 17 = 3 AND version < 0; VACUUM t",
            "REINDEX INDEX searched",
            "REINDEX INDEX CONCURRENTLY searched",
            "CREATE INDEX other ON t USING quidditch (doc)",
            "DROP INDEX IF EXISTS other",
            "SELECT quidditch.check_index('searched', true)",
        ]);
        for part in statement.split("; ") {
            match session.try_rows(part) {
                Ok(_) => {}
                // There is `other` already.
                Err(failure) if failure.state == "42P07" => {}
                Err(failure) => return assert_gone(&failure),
            }
        }
    }
}

#[test]
fn killed_at_any_moment() {
    let mut random = Random::from_environment();
    let cluster = Cluster::new(&["autovacuum = off"]);
    cluster.connect().run(TABLE);
    let committed: Committed = Arc::default();
    let (started, time) = (Instant::now(), duration(9000));
    let (mut kills, mut with_orphans) = (0, 0);
    while started.elapsed() < time {
        let mut threads = Vec::new();
        for writer in 0..WRITERS {
            let (session, committed) = (cluster.connect(), committed.clone());
            let random = Random(random.number());
            threads.push(thread::spawn(move || {
                write(session, writer, random, committed)
            }));
        }
        let (session, maintainer) = (cluster.connect(), Random(random.number()));
        threads.push(thread::spawn(move || maintain(session, maintainer)));
        thread::sleep(Duration::from_millis(50 + random.below(700) as u64));
        cluster.kill();
        kills += 1;
        for thread in threads {
            thread.join().unwrap();
        }
        let log = cluster.log();
        cluster.start();
        let mut session = cluster.connect();
        let rows = session.rows("SELECT id, version FROM t");
        let number = |column: &Option<String>| column.as_ref().unwrap().parse::<i64>().unwrap();
        let rows: BTreeMap<i64, i64> = rows
            .iter()
            .map(|row| (number(&row[0]), number(&row[1])))
            .collect();
        for (id, version) in committed.lock().unwrap().iter() {
            // The last transaction of a writer may have been committed without anybody being told.
            assert!(
                rows.get(id).is_some_and(|found| found >= version),
                "row {id} is lost"
            );
        }
        *committed.lock().unwrap() = rows;
        examine(&mut session);
        if random.one_in(2) {
            with_orphans += usize::from(examine_space(&cluster));
        }
        log.assert_no_crash();
    }
    let rows = committed.lock().unwrap().len();
    println!("{kills} kills, {with_orphans} with pages left behind; {rows} rows");
}

/// What is killed after each of its log records. Each is preceded by something that makes work for it.
const OPERATIONS: &[(&str, &str, &str)] = &[
    (
        "insert",
        "SELECT 1",
        "INSERT INTO t SELECT coalesce(max(id), 0) + 1, 0, (SELECT jsonb_object_agg('w' || i, i) FROM generate_series(1, 30) AS i) FROM t",
    ),
    (
        "insert of many",
        "SELECT 1",
        "INSERT INTO t SELECT m + i, 0, jsonb_build_object('title', 'quick fox ' || i, 'n', i) FROM (SELECT coalesce(max(id), 0) AS m FROM t) AS s, generate_series(1, 400) AS i",
    ),
    (
        "insert of a large one",
        "SELECT 1",
        "INSERT INTO t SELECT coalesce(max(id), 0) + 1, 0, (SELECT jsonb_build_object('body', string_agg('word' || i, ' ')) FROM generate_series(1, 5000) AS i) FROM t",
    ),
    (
        "merge",
        "INSERT INTO t SELECT m + i, 0, jsonb_build_object('body', 'merged ' || i) FROM (SELECT coalesce(max(id), 0) AS m FROM t) AS s, generate_series(1, 200) AS i",
        "SELECT quidditch.merge_index('searched')",
    ),
    (
        "vacuum",
        "DELETE FROM t WHERE id IN (SELECT id FROM t ORDER BY random() LIMIT 60); INSERT INTO t SELECT m + i, 0, jsonb_build_object('body', 'vacuum ' || i) FROM (SELECT coalesce(max(id), 0) AS m FROM t) AS s, generate_series(1, 60) AS i",
        "VACUUM t",
    ),
    (
        "build",
        "DROP INDEX IF EXISTS other",
        "CREATE INDEX other ON t USING quidditch (doc)",
    ),
    ("reindex", "SELECT 1", "REINDEX INDEX searched"),
];

/// The same at each log record of an operation. Needs a build with fault points, as `make soak` makes one.
#[test]
fn killed_after_each_record() {
    let mut random = Random::from_environment();
    let cluster = Cluster::new(&["autovacuum = off", "restart_after_crash = on"]);
    let mut session = cluster.connect();
    session.run(TABLE);
    session.run("INSERT INTO t SELECT i, 0, jsonb_build_object('title', 'fox ' || i, 'tags', 'alpha', 'n', i) FROM generate_series(1, 300) AS i");
    if session
        .try_rows("SET quidditch.crash_after_records = 0")
        .is_err()
    {
        println!("SKIPPED: this build of the extension has no fault points; make soak has them");
        return;
    }
    drop(session);
    let share = duration(2500) / OPERATIONS.len() as u32;
    let mut left = 0;
    for (name, preparation, operation) in OPERATIONS {
        let started = Instant::now();
        let mut record = 1;
        let mut ended = false;
        while started.elapsed() < share && !ended {
            let log = cluster.log();
            let mut session = cluster.connect();
            for part in preparation.split("; ") {
                session.run(part);
            }
            session.run(&format!("SET quidditch.crash_after_records = {record}"));
            match session.try_rows(operation) {
                Ok(_) => ended = true,
                Err(failure) => {
                    assert_gone(&failure);
                    cluster.wait_for_recovery(&log);
                }
            }
            examine(&mut cluster.connect());
            if random.one_in(4) {
                left += usize::from(examine_space(&cluster));
            }
            log.assert_no_panic();
            // The first records one by one, later ones in leaps.
            record += 1 + random.below(1 + record / 10);
        }
        println!(
            "{name}: up to record {record}, {}",
            if ended { "its end" } else { "when time was up" }
        );
    }
    println!("{} times pages were left behind", left);
}
