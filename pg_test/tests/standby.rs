//! Standbys answer like their primary while it writes, merges and uses pages again, without telling it what they read;
//! they can be promoted, and a backup goes on to any point in time.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use quidditch_pg_test::cluster::Cluster;
use quidditch_pg_test::documents::{document, sql};
use quidditch_pg_test::{Ending, Failure, Random, Session, duration};

type Rows = Vec<Vec<Option<String>>>;

const QUERIES: &[&str] = &[
    r#"{"match": {"body": "quick fox"}}"#,
    r#"{"match_phrase": {"body": "lazy dog"}}"#,
    r#"{"term": {"tags": "alpha"}}"#,
    r#"{"range": {"n": {"gte": 3, "lt": 12}}}"#,
    r#"{"bool": {"must": {"match": {"title": "run"}}, "must_not": {"exists": {"field": "ok"}}}}"#,
];

/// Whose replay checks each page that a log record changes, and which writes a lot of log.
const PRIMARY: &[&str] = &[
    "wal_consistency_checking = 'all'",
    "max_wal_size = 1GB",
    "autovacuum = off",
    "hot_standby_feedback = off",
];

fn prepare(cluster: &Cluster, random: &mut Random) {
    let mut session = cluster.connect();
    session.run(
        "CREATE EXTENSION quidditch;
         CREATE TABLE t (id bigserial PRIMARY KEY, doc jsonb) WITH (autovacuum_enabled = false);
         CREATE INDEX searched ON t USING quidditch (doc) WITH (pending_limit = 64)",
    );
    insert(&mut session, random, 150);
}

fn insert(session: &mut Session, random: &mut Random, count: usize) {
    let rows: Vec<String> = (0..count)
        .map(|_| format!("({})", sql(document(random).as_deref())))
        .collect();
    session.run(&format!("INSERT INTO t (doc) VALUES {}", rows.join(", ")));
}

/// Does some work on the primary.
fn work(session: &mut Session, random: &mut Random) {
    match random.below(10) {
        0..=3 => {
            let count = 1 + random.below(30);
            insert(session, random, count);
        }
        4 => change(
            session,
            "UPDATE t SET doc = doc || '{\"seen\": true}' WHERE jsonb_typeof(doc) = 'object' AND id % 7 = 2",
        ),
        5 => change(session, "DELETE FROM t WHERE random() < 0.15"),
        6 => session.run("VACUUM t"),
        7 => session.run("SELECT quidditch.merge_index('searched')"),
        8 => {
            session.run("BEGIN");
            insert(session, random, 20);
            session.run("ROLLBACK");
        }
        _ => session.run("REINDEX INDEX searched"),
    }
}

/// Changes rows, unless another one changes them in another order.
fn change(session: &mut Session, statement: &str) {
    if let Err(failure) = session.try_rows(statement) {
        assert_eq!(failure.state, "40P01", "{failure:?}");
    }
}

/// The answers of all queries: rows in no order, then the best with their scores.
fn answers(session: &mut Session, settings: &str) -> Vec<Rows> {
    session.run(settings);
    let mut answers = Vec::new();
    for query in QUERIES {
        answers.push(session.rows(&format!(
            "SELECT id FROM t WHERE doc @@@ '{query}' ORDER BY id"
        )));
        answers.push(session.rows(&format!(
            "SELECT score FROM (SELECT doc <@> '{query}' AS score FROM t WHERE doc @@@ '{query}' ORDER BY doc <@> '{query}' LIMIT 10) AS s"
        )));
    }
    answers
}

const BY_INDEX: &str =
    "SET enable_seqscan = off; SET enable_bitmapscan = on; SET enable_indexscan = on";
const BY_TABLE: &str =
    "SET enable_seqscan = on; SET enable_bitmapscan = off; SET enable_indexscan = off";

/// Fails unless primary and standby, which has replayed everything, answer alike, with the index and without.
fn compare(primary: &Cluster, standby: &Cluster) {
    primary.wait_for_standby(standby);
    let expected = answers(&mut primary.connect(), BY_TABLE);
    assert!(
        answers(&mut primary.connect(), BY_INDEX) == expected,
        "the primary's index is wrong"
    );
    let mut session = standby.connect();
    assert!(
        answers(&mut session, BY_TABLE) == expected,
        "the standby's table is different"
    );
    assert!(
        answers(&mut session, BY_INDEX) == expected,
        "the standby's index is wrong"
    );
}

/// Reads on a standby until it is over: in each snapshot, index and table have the same rows. How often, and how often a
/// query was cancelled.
fn read(standby: &Cluster, mut random: Random, is_over: &AtomicBool) -> (usize, usize) {
    let (mut reads, mut cancelled) = (0, 0);
    let mut session = standby.connect();
    while !is_over.load(Ordering::Relaxed) {
        let query = *random.pick(QUERIES);
        let statement = format!("SELECT id FROM t WHERE doc @@@ '{query}' ORDER BY id");
        let mut read = || {
            session.try_rows("BEGIN ISOLATION LEVEL REPEATABLE READ")?;
            session.try_rows(BY_INDEX)?;
            let first = session.try_rows(&statement)?;
            thread::sleep(Duration::from_millis(random.below(150) as u64));
            let again = session.try_rows(&statement)?;
            session.try_rows(BY_TABLE)?;
            let expected = session.try_rows(&statement)?;
            // An index that the primary built again since the snapshot was taken lacks rows that were dead there, be it a
            // btree: PostgreSQL has no conflict for that.
            let may_miss = session.try_rows(IS_OF_SNAPSHOT)?[0][0].as_deref() == Some("f");
            for found in [&first, &again] {
                let is_in = |rows: &Rows, row: &Vec<Option<String>>| rows.contains(row);
                let missing = expected.iter().filter(|row| !is_in(found, row));
                let more = found.iter().filter(|row| !is_in(&expected, row));
                let (missing, more): (Vec<_>, Vec<_>) = (missing.collect(), more.collect());
                assert!(
                    (missing.is_empty() || may_miss) && more.is_empty(),
                    "the standby's index is wrong: {query}: of {} rows it misses {missing:?}, and has {more:?}",
                    expected.len()
                );
            }
            session.try_rows("COMMIT")
        };
        match read() {
            Ok(_) => reads += 1,
            Err(failure) => {
                assert!(is_conflict(&failure), "{failure:?}");
                session = standby.connect();
                cancelled += 1;
            }
        }
    }
    (reads, cancelled)
}

/// Whether the file of the index is that of the snapshot; the function knows the current one.
const IS_OF_SNAPSHOT: &str =
    "SELECT relfilenode = pg_relation_filenode(oid) FROM pg_class WHERE relname = 'searched'";

/// Whether recovery cancelled a query, or ended a session that was idle in its transaction.
fn is_conflict(failure: &Failure) -> bool {
    failure.state == "40001" || failure.state == "connection"
}

#[test]
fn under_load_then_promoted() {
    let mut random = Random::from_environment();
    let primary = Cluster::new(PRIMARY);
    prepare(&primary, &mut random);
    let standby = primary.standby(&[
        "max_standby_streaming_delay = 200ms",
        "hot_standby_feedback = off",
    ]);
    let (primary_log, log) = (primary.log(), standby.log());
    let is_over = AtomicBool::new(false);
    let (started, time) = (Instant::now(), duration(5000));
    thread::scope(|scope| {
        let ending = Ending(&is_over);
        let readers: Vec<_> = (0..2)
            .map(|_| {
                let (standby, is_over) = (&standby, &is_over);
                let random = Random(random.number());
                scope.spawn(move || read(standby, random, is_over))
            })
            .collect();
        while started.elapsed() < time && !readers.iter().any(|reader| reader.is_finished()) {
            thread::scope(|scope| {
                for _ in 0..2 {
                    let (mut session, mut random) = (primary.connect(), Random(random.number()));
                    scope.spawn(move || {
                        for _ in 0..8 {
                            work(&mut session, &mut random);
                        }
                    });
                }
            });
            compare(&primary, &standby);
        }
        drop(ending);
        for reader in readers {
            let (reads, cancelled) = reader.join().unwrap();
            println!("{reads} reads, {cancelled} cancelled");
        }
    });
    primary_log.assert_no_crash();
    primary.kill();
    standby.promote();
    let mut session = standby.connect();
    session.run("SELECT quidditch.check_index('searched', true)");
    for _ in 0..10 {
        work(&mut session, &mut random);
    }
    session.run("SELECT quidditch.check_index('searched', true)");
    assert!(answers(&mut session, BY_INDEX) == answers(&mut session, BY_TABLE));
    log.assert_no_crash();
}

/// A long query on a standby, while the pages that it reads are merged away and used again: it answers what its snapshot
/// has, or is cancelled.
#[test]
fn pages_used_again() {
    let mut random = Random::from_environment();
    let primary = Cluster::new(PRIMARY);
    prepare(&primary, &mut random);
    let standby = primary.standby(&[
        "max_standby_streaming_delay = 100ms",
        "hot_standby_feedback = off",
    ]);
    let log = standby.log();
    let statement = format!("SELECT id FROM t WHERE doc @@@ '{}'", QUERIES[0]);
    let (mut cancelled, mut answered) = (0, 0);
    let (started, time) = (Instant::now(), duration(2500));
    while started.elapsed() < time || cancelled == 0 {
        assert!(
            started.elapsed() < time + Duration::from_secs(20),
            "no query was cancelled because of the index"
        );
        primary.wait_for_standby(&standby);
        let mut session = standby.connect();
        session.run(BY_TABLE);
        session.run("BEGIN ISOLATION LEVEL REPEATABLE READ");
        // With whatever it does later, by one look at the index.
        session.run(&format!(
            "SET LOCAL enable_seqscan = off; SET LOCAL enable_indexscan = on; DECLARE c CURSOR FOR {statement}"
        ));
        let mut rows = session.rows("FETCH 1 FROM c");
        let mut writer = primary.connect();
        // Otherwise nothing but the index has a conflict with the query.
        let deletes = random.one_in(2);
        for _ in 0..2 {
            insert(&mut writer, &mut random, 60);
            if deletes {
                writer.run("DELETE FROM t WHERE id % 5 = 3");
            }
            writer.run("SELECT quidditch.merge_index('searched')");
            writer.run("VACUUM t");
        }
        primary.connect().run("SELECT txid_current()");
        thread::sleep(Duration::from_millis(random.below(500) as u64));
        let rest = session.try_rows("FETCH ALL FROM c").and_then(|rest| {
            let again = session.try_rows(&statement)?;
            session.try_rows(BY_TABLE)?;
            Ok((rest, again, session.try_rows(&statement)?))
        });
        match rest {
            Ok((rest, mut again, mut expected)) => {
                rows.extend(rest);
                for rows in [&mut rows, &mut again, &mut expected] {
                    rows.sort();
                }
                assert!(
                    rows == expected && again == expected,
                    "the standby's answer is wrong"
                );
                answered += 1;
            }
            Err(failure) => {
                assert!(is_conflict(&failure), "{failure:?}");
                cancelled += usize::from(!deletes);
            }
        }
    }
    println!("{answered} answered, {cancelled} cancelled");
    compare(&primary, &standby);
    log.assert_no_crash();
}

/// A backup and the log that was archived since make what was there at a restore point.
#[test]
fn restored_to_a_point() {
    let mut random = Random::from_environment();
    let primary = Cluster::new(&[
        "archive_mode = on",
        "wal_level = replica",
        "autovacuum = off",
    ]);
    let archive = primary.beside("archive");
    std::fs::create_dir(&archive).unwrap();
    primary.give(&archive);
    primary.configure(&[&format!(
        "archive_command = 'cp %p {}/%f'",
        archive.display()
    )]);
    primary.stop("fast");
    primary.start();
    prepare(&primary, &mut random);
    let mut session = primary.connect();
    for _ in 0..8 {
        work(&mut session, &mut random);
    }
    let backup = primary.base_backup();
    for _ in 0..12 {
        work(&mut session, &mut random);
    }
    // A point amid things: another transaction is under way.
    let mut other = primary.connect();
    other.run("BEGIN");
    insert(&mut other, &mut random, 50);
    let expected = answers(&mut session, BY_TABLE);
    session.run("SELECT pg_create_restore_point('here')");
    other.run("COMMIT");
    for _ in 0..8 {
        work(&mut session, &mut random);
    }
    session.run("SELECT pg_switch_wal()");
    let last = session
        .text("SELECT pg_walfile_name(pg_current_wal_lsn() - 1)")
        .unwrap();
    quidditch_pg_test::wait_until("the log is archived", || archive.join(&last).exists());
    backup.configure(&[
        &format!("restore_command = 'cp {}/%f %p'", archive.display()),
        "recovery_target_name = 'here'",
        "recovery_target_action = 'promote'",
        "archive_mode = off",
    ]);
    std::fs::write(backup.data().join("recovery.signal"), "").unwrap();
    let log = backup.log();
    backup.start();
    let mut session = backup.connect();
    quidditch_pg_test::wait_until("recovery has ended", || {
        session.text("SELECT pg_is_in_recovery()").as_deref() == Some("false")
    });
    assert!(answers(&mut session, BY_TABLE) == expected);
    assert!(
        answers(&mut session, BY_INDEX) == expected,
        "the restored index is wrong"
    );
    session.run("SELECT quidditch.check_index('searched', true)");
    for _ in 0..8 {
        work(&mut session, &mut random);
    }
    session.run("SELECT quidditch.check_index('searched', true)");
    log.assert_no_crash();
}
