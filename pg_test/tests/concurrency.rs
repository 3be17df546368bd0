//! Readers, writers, VACUUM, merges and rebuilds all at once: nobody gets an error, and each snapshot sees what it should,
//! no more and no less.

use std::collections::HashSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use quidditch_pg_test::documents::{document, literal, text};
use quidditch_pg_test::{Database, Ending, Log, Random, Session, duration};

/// Rows that are updated all the time, and always there.
const COUNTERS: usize = 40;
/// How many rows are inserted, and deleted, together.
const BATCH: usize = 7;

/// What the threads share.
#[derive(Default)]
struct Shared {
    is_over: AtomicBool,
    /// Committed and not being deleted.
    batches: Mutex<HashSet<String>>,
    writes: AtomicUsize,
    reads: AtomicUsize,
}

impl Shared {
    fn goes_on(&self) -> bool {
        !self.is_over.load(Ordering::Relaxed)
    }
}

fn write(mut session: Session, writer: usize, mut random: Random, shared: &Shared) {
    let mut next = 0;
    while shared.goes_on() {
        shared.writes.fetch_add(1, Ordering::Relaxed);
        match random.below(4) {
            0 | 1 => {
                let (counter, body) = (random.below(COUNTERS), literal(&text(&mut random, 30)));
                session.run(&format!(
                    "UPDATE t SET doc = doc || jsonb_build_object('value', (doc ->> 'value')::int + 1, 'body', {body}) WHERE id = {counter}"
                ));
            }
            2 => {
                next += 1;
                let batch = format!("w{writer}-{next}");
                let rows: Vec<String> = (0..BATCH)
                    .map(|place| {
                        let document = document(&mut random).unwrap_or("null".to_owned());
                        let document = format!("{{\"batch\": \"{batch}\", \"place\": {place}, \"all\": \"all {batch} words\", \"more\": {document}}}");
                        format!("(-1, {})", literal(&document))
                    })
                    .collect();
                session.run("BEGIN");
                for row in &rows {
                    session.run(&format!("INSERT INTO t VALUES {row}"));
                }
                match random.one_in(5) {
                    true => session.run("ROLLBACK"),
                    false => {
                        session.run("COMMIT");
                        shared.batches.lock().unwrap().insert(batch);
                    }
                }
            }
            _ => {
                let batch = shared.batches.lock().unwrap().iter().next().cloned();
                if let Some(batch) = batch
                    && random.one_in(2)
                    && shared.batches.lock().unwrap().remove(&batch)
                {
                    let deletes = if random.one_in(4) {
                        "ROLLBACK"
                    } else {
                        "COMMIT"
                    };
                    session.run(&format!("BEGIN; DELETE FROM t WHERE doc @@@ '{{\"term\": {{\"batch\": \"{batch}\"}}}}'; {deletes}"));
                }
            }
        }
    }
}

fn read(mut session: Session, mut random: Random, shared: &Shared) {
    session.run("SET enable_seqscan = off");
    while shared.goes_on() {
        shared.reads.fetch_add(1, Ordering::Relaxed);
        let way = *random.pick(&[
            "SET enable_indexscan = off; SET enable_bitmapscan = on",
            "SET enable_bitmapscan = off; SET enable_indexscan = on",
        ]);
        session.run(way);
        match random.below(5) {
            0 => whole_batches(&mut session, shared),
            1 => every_counter(&mut session, &mut random),
            2 => one_snapshot(&mut session, &mut random),
            3 => ranked(&mut session, &mut random),
            _ => by_cursor(&mut session, &mut random),
        }
    }
}

fn number(session: &mut Session, sql: &str) -> usize {
    session.rows(sql)[0][0].as_ref().unwrap().parse().unwrap()
}

/// A batch that was committed before is seen whole, unless somebody began to delete it: then whole or not at all.
fn whole_batches(session: &mut Session, shared: &Shared) {
    let batch = shared.batches.lock().unwrap().iter().next().cloned();
    let Some(batch) = batch else { return };
    let clause = *["term", "match"].get(batch.len() % 2).unwrap();
    let field = if clause == "term" { "batch" } else { "all" };
    let condition = format!(
        "doc @@@ '{{\"bool\": {{\"must\": {{\"{clause}\": {{\"{field}\": \"{batch}\"}}}}, \"filter\": {{\"term\": {{\"batch\": \"{batch}\"}}}}}}}}'"
    );
    let seen = number(
        session,
        &format!("SELECT count(*) FROM t WHERE {condition}"),
    );
    let is_left = shared.batches.lock().unwrap().contains(&batch);
    assert!(
        seen == BATCH || seen == 0 && !is_left,
        "{batch}: {seen} rows"
    );
}

/// Each counter is seen once, whatever happens to it.
fn every_counter(session: &mut Session, random: &mut Random) {
    let counter = random.below(COUNTERS);
    let sql =
        format!("SELECT count(*) FROM t WHERE doc @@@ '{{\"term\": {{\"counter\": {counter}}}}}'");
    assert_eq!(number(session, &sql), 1, "counter {counter}");
    let sql = "SELECT count(*), count(DISTINCT doc -> 'counter') FROM t WHERE doc @@@ '{\"exists\": {\"field\": \"counter\"}}'";
    let rows = session.rows(sql);
    assert!(
        rows[0].iter().all(|count| count.as_deref() == Some("40")),
        "{rows:?}"
    );
}

/// Within a snapshot nothing changes, with the index and without.
fn one_snapshot(session: &mut Session, random: &mut Random) {
    session.run("BEGIN ISOLATION LEVEL REPEATABLE READ");
    let word = *random.pick(&["quick", "fox", "lazy", "database"]);
    let sql = format!(
        "SELECT count(*), sum((doc ->> 'value')::int) FROM t WHERE doc @@@ '{{\"match\": {{\"body\": \"{word}\"}}}}'"
    );
    let first = session.rows(&sql);
    thread::sleep(std::time::Duration::from_millis(random.below(60) as u64));
    assert_eq!(session.rows(&sql), first);
    session.run("SET LOCAL enable_seqscan = on; SET LOCAL enable_indexscan = off; SET LOCAL enable_bitmapscan = off");
    assert_eq!(session.rows(&sql), first);
    session.run("COMMIT");
}

/// The best ones are the best, by scores that their rows have.
fn ranked(session: &mut Session, random: &mut Random) {
    let words = literal(&format!(
        "{{\"match\": {{\"body\": \"{}\"}}}}",
        text(random, 3)
    ));
    let limit = 1 + random.below(60);
    let rows = session.rows(&format!(
        "SELECT doc <@> {words} FROM t WHERE doc @@@ {words} ORDER BY doc <@> {words} LIMIT {limit}"
    ));
    assert!(rows.iter().all(|row| row[0].is_some()), "{rows:?}");
}

/// A cursor goes on through what it began with.
fn by_cursor(session: &mut Session, random: &mut Random) {
    session.run("BEGIN; DECLARE c CURSOR FOR SELECT doc -> 'counter' FROM t WHERE doc @@@ '{\"range\": {\"counter\": {\"gte\": 0}}}'");
    let mut seen = HashSet::new();
    loop {
        let rows = session.rows("FETCH 9 FROM c");
        if rows.is_empty() {
            break;
        }
        for row in rows {
            assert!(seen.insert(row[0].clone()), "{row:?} twice");
        }
        thread::sleep(std::time::Duration::from_millis(random.below(10) as u64));
    }
    assert_eq!(seen.len(), COUNTERS);
    session.run("COMMIT");
}

fn maintain(mut session: Session, mut random: Random, shared: &Shared) {
    while shared.goes_on() {
        let statement = *random.pick(&[
            "VACUUM t",
            "VACUUM (PARALLEL 0, INDEX_CLEANUP on) t",
            "ANALYZE t",
            "SELECT quidditch.merge_index(i) FROM (SELECT indexrelid AS i FROM pg_index WHERE indrelid = 't'::regclass AND indisvalid) AS s",
            "SELECT quidditch.check_index('searched', true)",
            "SELECT * FROM quidditch.index_stats('searched')",
            "REINDEX INDEX CONCURRENTLY searched",
            "CREATE INDEX CONCURRENTLY IF NOT EXISTS other ON t USING quidditch (doc)",
            "DROP INDEX CONCURRENTLY IF EXISTS other",
        ]);
        session.run(statement);
        thread::sleep(std::time::Duration::from_millis(random.below(30) as u64));
    }
}

#[test]
fn all_at_once() {
    let mut random = Random::from_environment();
    let log = Log::now();
    let database = Database::new("concurrency");
    let mut session = database.connect();
    session.run(&format!(
        "CREATE TABLE t (id int, doc jsonb);
         CREATE INDEX searched ON t USING quidditch (doc) WITH (pending_limit = 64);
         INSERT INTO t SELECT i, jsonb_build_object('counter', i, 'value', 0, 'body', 'quick fox') FROM generate_series(0, {COUNTERS} - 1) AS i"
    ));
    let shared = Shared::default();
    let next = |random: &mut Random| Random(random.number());
    thread::scope(|scope| {
        let shared = &shared;
        for writer in 0..3 {
            let (session, random) = (database.connect(), next(&mut random));
            scope.spawn(move || guarded(shared, || write(session, writer, random, shared)));
        }
        for _ in 0..3 {
            let (session, random) = (database.connect(), next(&mut random));
            scope.spawn(move || guarded(shared, || read(session, random, shared)));
        }
        let (session, random) = (database.connect(), next(&mut random));
        scope.spawn(move || guarded(shared, || maintain(session, random, shared)));
        let started = std::time::Instant::now();
        while shared.goes_on() && started.elapsed() < duration(6000) {
            thread::sleep(std::time::Duration::from_millis(20));
        }
        shared.is_over.store(true, Ordering::Relaxed);
    });
    session.run("SELECT quidditch.check_index('searched', true)");
    session.run("VACUUM t");
    session.run("SELECT quidditch.check_index('searched', true)");
    log.assert_no_crash();
    println!(
        "{} writes, {} reads",
        shared.writes.into_inner(),
        shared.reads.into_inner()
    );
}

/// Ends the others when one fails.
fn guarded(shared: &Shared, work: impl FnOnce()) {
    let _ending = Ending(&shared.is_over);
    work();
}
