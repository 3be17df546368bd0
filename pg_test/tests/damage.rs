//! Damaged pages are noticed: whatever stands in an index's file, statements give right answers or errors, and neither
//! crash nor go on forever. REINDEX makes all well again.
//!
//! Bytes within what a page holds may be damaged so that they still mean something, as in any index; then answers may be
//! wrong, but `check_index` finds that the rows aren't there.

use std::fs;
use std::path::Path;

use quidditch_pg_test::cluster::Cluster;
use quidditch_pg_test::documents::{document, sql};
use quidditch_pg_test::{Failure, Random, Session, duration};

const PAGE: usize = 8192;

/// How many tables are damaged between two starts of the server.
const TABLES: usize = 8;

const QUERIES: &[&str] = &[
    r#"{"match_all": {}}"#,
    r#"{"exists": {"field": "title"}}"#,
    r#"{"match": {"body": "quick fox"}}"#,
    r#"{"term": {"tags": "alpha"}}"#,
    r#"{"range": {"n": {"gte": 3, "lt": 12}}}"#,
    r#"{"bool": {"must": {"match": {"title": "run"}}, "must_not": {"exists": {"field": "tags"}}}}"#,
    r#"{"wildcard": {"obj.code": "*a*"}}"#,
    r#"{"match_phrase": {"body": "quick fox"}}"#,
];

/// What was done to a file.
struct Damage {
    what: String,
    /// Whether nobody may take it for right; other bytes may still mean something.
    is_structural: bool,
}

fn damage(file: &Path, random: &mut Random) -> Damage {
    let mut bytes = fs::read(file).unwrap();
    let pages = bytes.len() / PAGE;
    let block = random.below(pages);
    let start = block * PAGE;
    // In the special area.
    let kind = bytes[start + PAGE - 14];
    let (is_structural, what) = match random.below(8) {
        0 => {
            bytes[start..start + PAGE].fill(0);
            (true, format!("block {block} of {pages} zeroed"))
        }
        1 => {
            let left = random.below(pages);
            bytes.truncate(left * PAGE);
            (true, format!("{left} of {pages} blocks left"))
        }
        2 => {
            let other = random.below(pages);
            let copy = bytes[other * PAGE..][..PAGE].to_vec();
            let copied = copy[PAGE - 14];
            bytes[start..start + PAGE].copy_from_slice(&copy);
            // A page doesn't say which one it is: that a page of the same kind came to another's place the server's
            // checksums notice, which this one hasn't.
            (
                copied != kind,
                format!(
                    "block {block} of {pages}, kind {kind}, is a copy of {other}, kind {copied}"
                ),
            )
        }
        3 => {
            let rubbish = random.bytes(PAGE);
            bytes[start..start + PAGE].copy_from_slice(&rubbish);
            (true, format!("block {block} of {pages} is rubbish"))
        }
        4 => {
            // The header's fields after the LSN and the checksum, and the special area.
            let at = match random.one_in(2) {
                true => 10 + random.below(14),
                false => PAGE - 16 + random.below(16),
            };
            bytes[start + at] ^= 1 << random.below(8);
            (
                false,
                format!("a bit of byte {at} of block {block} of {pages}, kind {kind}"),
            )
        }
        _ => {
            let end = usize::from(u16::from_le_bytes([bytes[start + 12], bytes[start + 13]]));
            let count = 1 + random.below(4);
            let places: Vec<usize> = (0..count)
                .map(|_| 24 + random.below(end.saturating_sub(24).max(1)))
                .collect();
            for at in &places {
                bytes[start + at] = random.number() as u8;
            }
            (
                false,
                format!("bytes {places:?} of block {block} of {pages}, kind {kind}"),
            )
        }
    };
    write_over(file, &bytes);
    Damage {
        what,
        is_structural,
    }
}

/// In place, so that it stays the file of the server's user.
fn write_over(file: &Path, bytes: &[u8]) {
    let mut options = fs::OpenOptions::new();
    let opened = options.write(true).truncate(true).open(file).unwrap();
    std::io::Write::write_all(&mut &opened, bytes).unwrap();
}

fn fill(session: &mut Session, random: &mut Random) {
    let mut insert = |session: &mut Session, from: usize, count: usize| {
        let rows: Vec<String> = (from..from + count)
            .map(|id| format!("({id}, {})", sql(document(random).as_deref())))
            .collect();
        session.run(&format!("INSERT INTO t VALUES {}", rows.join(", ")));
    };
    session.run(
        "CREATE TABLE t (id int, doc jsonb) WITH (autovacuum_enabled = false);
         CREATE INDEX ON t USING quidditch (doc) WITH (pending_limit = 64)",
    );
    insert(session, 0, 250);
    session.run("DELETE FROM t WHERE id % 9 = 4");
    session.run("VACUUM t");
    insert(session, 250, 60);
    session.run("UPDATE t SET doc = doc WHERE id % 11 = 5");
}

/// A statement's rows; or its error, which has to be one about damage.
fn attempt(session: &mut Session, statement: &str, what: &str) -> Option<Vec<Vec<Option<String>>>> {
    match session.try_rows(statement) {
        Ok(rows) => Some(rows),
        Err(failure) => {
            assert!(
                is_about_damage(&failure),
                "{what}: {statement}: {failure:?}"
            );
            None
        }
    }
}

fn is_about_damage(failure: &Failure) -> bool {
    // PostgreSQL's own, of several codes, about rows that a damaged index leads to.
    let beyond_the_table = failure.message.contains("target block");
    failure.state == "XX001" || failure.state == "XX002" || beyond_the_table
}

/// Pages of a list that was retired, each of which says that it comes after itself. Whoever frees them locks them
/// together, and a lock on a buffer that its holder waits for ends with nothing.
#[test]
fn retired_pages_that_follow_themselves() {
    const PENDING: u8 = 3;
    let cluster = Cluster::new(&["autovacuum = off"]);
    let mut session = cluster.connect();
    session.run(
        "CREATE EXTENSION quidditch; CREATE TABLE t (doc jsonb) WITH (autovacuum_enabled = false);
         CREATE INDEX t_i ON t USING quidditch (doc) WITH (pending_limit = 64)",
    );
    // Who reads keeps what is retired.
    let mut reader = cluster.connect();
    reader.run("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM t");
    session.run(
        "INSERT INTO t SELECT jsonb_build_object('n', i, 'text', md5(i::text)) FROM generate_series(1, 2000) AS i",
    );
    let file = cluster.file_of("t_i");
    drop((session, reader));
    cluster.stop("fast");
    let mut bytes = fs::read(&file).unwrap();
    let pages = bytes.chunks_exact(PAGE).enumerate();
    let listed = pages.filter(|(_, page)| page[PAGE - 14] == PENDING && page[24..28] != [0xFF; 4]);
    let mut listed: Vec<usize> = listed.map(|(block, _)| block).collect();
    // The last ones are still in the list that is read.
    listed.truncate(listed.len() / 2);
    assert!(listed.len() > 4, "{listed:?}");
    for block in listed {
        bytes[block * PAGE + 24..][..4].copy_from_slice(&(block as u32).to_le_bytes());
    }
    write_over(&file, &bytes);
    let log = cluster.log();
    cluster.start();
    let mut session = cluster.connect();
    session.run("SET statement_timeout = '20s'");
    for statement in ["INSERT INTO t VALUES ('{}')", "VACUUM t"] {
        attempt(&mut session, statement, "pages that follow themselves");
    }
    log.assert_no_crash();
}

#[test]
fn pages_are_not_believed() {
    let mut random = Random::from_environment();
    let cluster = Cluster::new(&["autovacuum = off", "shared_buffers = 16MB"]);
    let mut session = cluster.connect();
    session.run("CREATE EXTENSION quidditch");
    fill(&mut session, &mut random);
    let expected: Vec<_> = QUERIES
        .iter()
        .map(|query| sequential(&mut session, "t", query))
        .collect();
    let time = duration(3000);
    let started = std::time::Instant::now();
    let (mut damaged, mut noticed, mut wrong) = (0, 0, 0);
    while started.elapsed() < time {
        let names: Vec<String> = (0..TABLES).map(|table| format!("t{table}")).collect();
        for name in &names {
            session.run(&format!(
                "CREATE TABLE {name} (LIKE t) WITH (autovacuum_enabled = false);
                 INSERT INTO {name} SELECT * FROM t WHERE id < 200;
                 CREATE INDEX {name}_i ON {name} USING quidditch (doc) WITH (pending_limit = 64);
                 INSERT INTO {name} SELECT * FROM t WHERE id >= 200 ORDER BY id"
            ));
            // Some have dead documents, some retired pages, some one segment alone.
            match random.below(4) {
                0 => {
                    session.run(&format!("UPDATE {name} SET doc = doc WHERE id % 3 = 0"));
                    session.run(&format!("VACUUM {name}"));
                }
                1 => session.run(&format!("SELECT quidditch.merge_index('{name}_i')")),
                _ => {}
            }
        }
        let files: Vec<_> = names
            .iter()
            .map(|name| cluster.file_of(&format!("{name}_i")))
            .collect();
        drop(session);
        cluster.stop("fast");
        let damages: Vec<Damage> = files.iter().map(|file| damage(file, &mut random)).collect();
        let log = cluster.log();
        cluster.start();
        session = cluster.connect();
        session.run("SET statement_timeout = '20s'");
        for (name, damage) in names.iter().zip(&damages) {
            damaged += 1;
            let what = &damage.what;
            let outcome = examine(&mut session, name, what, &expected);
            noticed += usize::from(outcome.noticed);
            if let Some(query) = outcome.wrong {
                wrong += 1;
                assert!(!damage.is_structural, "{query}: wrong answers after {what}");
                // Where words stand in a text isn't compared with the rows.
                let is_compared = !query.contains("match_phrase");
                assert!(
                    outcome.found || !is_compared,
                    "{query}: check_index finds nothing wrong after {what}"
                );
            }
        }
        session.run(&format!("DROP TABLE {}", names.join(", ")));
        log.assert_no_crash();
    }
    println!("{damaged} damaged, {noticed} noticed, {wrong} wrong");
}

#[derive(Default)]
struct Outcome {
    /// Some statement was an error.
    noticed: bool,
    /// The query whose answer was wrong.
    wrong: Option<&'static str>,
    /// `check_index` was an error.
    found: bool,
}

fn sequential(session: &mut Session, table: &str, query: &str) -> Vec<Vec<Option<String>>> {
    session.run("SET enable_indexscan = off; SET enable_bitmapscan = off; SET enable_seqscan = on");
    // By the table alone: what a query needs of the index, it would need of the damaged one, too.
    session.rows(&format!(
        "SELECT id FROM {table} WHERE (ARRAY[doc])[1] @@@ '{query}' ORDER BY id"
    ))
}

fn examine(
    session: &mut Session,
    name: &str,
    what: &str,
    expected: &[Vec<Vec<Option<String>>>],
) -> Outcome {
    let mut outcome = Outcome::default();
    // A fresh look each time: what was read before is remembered.
    for round in 0..2 {
        for (query, expected) in QUERIES.iter().zip(expected) {
            for way in ["enable_bitmapscan", "enable_indexscan"] {
                session.run(&format!(
                    "SET enable_seqscan = off; SET enable_bitmapscan = off; SET enable_indexscan = off; SET {way} = on"
                ));
                let statement =
                    format!("SELECT id FROM {name} WHERE doc @@@ '{query}' ORDER BY id");
                match attempt(session, &statement, what) {
                    Some(rows) if round == 0 && rows != *expected => {
                        outcome.wrong = outcome.wrong.or(Some(query))
                    }
                    Some(_) => {}
                    None => outcome.noticed = true,
                }
            }
            let ranked = format!(
                "SELECT id FROM {name} WHERE doc @@@ '{query}' ORDER BY doc <@> '{query}' LIMIT 5"
            );
            outcome.noticed |= attempt(session, &ranked, what).is_none();
        }
        if round == 0 {
            let check = format!("SELECT quidditch.check_index('{name}_i', true)");
            outcome.found = attempt(session, &check, what).is_none();
            outcome.noticed |= outcome.found;
            for statement in [
                format!("SELECT * FROM quidditch.index_stats('{name}_i')"),
                format!(
                    "INSERT INTO {name} SELECT 1000 + i, jsonb_build_object('title', 'quick ' || repeat('fox ', 200) || i) FROM generate_series(1, 100) AS i"
                ),
                format!("DELETE FROM {name} WHERE id % 5 = 2"),
                format!("VACUUM {name}"),
                format!("SELECT quidditch.merge_index('{name}_i')"),
            ] {
                outcome.noticed |= attempt(session, &statement, what).is_none();
            }
        }
    }
    session.run(&format!(
        "REINDEX INDEX {name}_i; SELECT quidditch.check_index('{name}_i', true)"
    ));
    for query in QUERIES {
        let expected = sequential(session, name, query);
        session.run("SET enable_seqscan = off; SET enable_bitmapscan = on");
        let rows = session.rows(&format!(
            "SELECT id FROM {name} WHERE doc @@@ '{query}' ORDER BY id"
        ));
        assert!(rows == expected, "after REINDEX: {what}");
    }
    outcome
}
