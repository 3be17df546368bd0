//! The files that all sessions share: statistics, audit trail, slots of running UDFs. Whatever they are replaced by, sessions
//! go on; what is counted adds up; a crash loses a little and breaks nothing; the limit holds and lets go.

use std::fs::{self, OpenOptions, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use quidditch_pg_test::cluster::{Cluster, sleep_up_to};
use quidditch_pg_test::{Ending, Random, Session, duration, filter, wait_until};

const ENDLESS: &str = "(loop (br 0)) (i32.const 1)";

/// A busy loop of some milliseconds.
const BUSY: &str = "(local $i i32)
    (loop (local.set $i (i32.add (local.get $i) (i32.const 1))) (br_if 0 (i32.lt_u (local.get $i) (i32.const 20000000))))
    (i32.const 1)";

fn prepared(settings: &[&str]) -> (Cluster, Session) {
    let cluster = Cluster::new(settings);
    let mut session = cluster.connect();
    session.run("CREATE EXTENSION quidditch");
    session.register("f", &filter("i32.const 1"), "{}");
    (cluster, session)
}

fn directory(cluster: &Cluster) -> PathBuf {
    cluster.data().join("quidditch")
}

fn number(session: &mut Session, query: &str) -> u64 {
    let text = session.text(query).unwrap_or_default();
    text.parse()
        .unwrap_or_else(|e| panic!("{query}: {text:?}: {e}"))
}

fn calls(session: &mut Session) -> u64 {
    number(
        session,
        "SELECT coalesce(sum(calls), 0) FROM quidditch.udf_statistics WHERE name = 'f'",
    )
}

fn call(session: &mut Session) {
    let answer = session.text("SELECT quidditch.call_udf('f', '{}')");
    assert_eq!(answer.as_deref(), Some("true"));
}

/// Ends the session, and waits until its process is gone and maps nothing any more.
fn end(session: Session) {
    let process = PathBuf::from(format!("/proc/{}", session.pid));
    drop(session);
    wait_until("the session has ended", || !process.exists());
}

#[test]
fn files_that_are_not_what_they_should_be() {
    type Damage = fn(&Path, &mut Random);
    let damages: [(&str, Damage); 9] = [
        ("truncated", |path, random| {
            let file = OpenOptions::new().write(true).open(path).unwrap();
            file.set_len(random.below(1000) as u64).unwrap();
        }),
        ("overwritten", |path, random| {
            let length = fs::metadata(path).unwrap().len() as usize;
            fs::write(path, random.bytes(length)).unwrap();
        }),
        ("a damaged header", |path, random| {
            let mut bytes = fs::read(path).unwrap();
            bytes[random.below(64)] ^= 1 << random.below(8);
            fs::write(path, bytes).unwrap();
        }),
        ("somebody else's", |path, _| {
            // Root's, where the tests are root's; otherwise a copy.
            let bytes = fs::read(path).unwrap();
            fs::remove_file(path).unwrap();
            fs::write(path, bytes).unwrap();
        }),
        ("open to others", |path, _| {
            fs::set_permissions(path, Permissions::from_mode(0o666)).unwrap();
        }),
        ("a link", |path, _| {
            let other = path.with_extension("other");
            fs::rename(path, &other).unwrap();
            symlink(other, path).unwrap();
        }),
        ("a link to nothing", |path, _| {
            fs::remove_file(path).unwrap();
            symlink("/nonexistent/file", path).unwrap();
        }),
        ("a link to a device", |path, _| {
            fs::remove_file(path).unwrap();
            symlink("/dev/zero", path).unwrap();
        }),
        ("gone", |path, _| fs::remove_file(path).unwrap()),
    ];
    let mut random = Random::from_environment();
    let (cluster, mut session) = prepared(&["quidditch.max_concurrent_udfs = 2"]);
    let log = cluster.log();
    call(&mut session);
    let user = fs::metadata(cluster.data()).unwrap().uid();
    for (what, damage) in damages {
        end(session);
        for name in ["statistics", "audit", "slots"] {
            damage(&directory(&cluster).join(name), &mut random);
        }
        session = cluster.connect();
        assert_eq!(calls(&mut session), 0, "{what}");
        assert_eq!(
            number(&mut session, "SELECT count(*) FROM quidditch.udf_audit"),
            0,
            "{what}"
        );
        call(&mut session);
        assert_eq!(calls(&mut session), 1, "{what}");
        session.run("SELECT quidditch.unregister_udf('nothing', '1.0.0')");
        assert_eq!(
            number(&mut session, "SELECT count(*) FROM quidditch.udf_audit"),
            1,
            "{what}"
        );
        for name in ["statistics", "audit", "slots"] {
            let metadata = fs::symlink_metadata(directory(&cluster).join(name)).unwrap();
            assert!(metadata.is_file(), "{what}");
            assert_eq!(
                (metadata.mode() & 0o777, metadata.uid()),
                (0o600, user),
                "{what}"
            );
        }
    }
    // What the links led to is as it was.
    assert!(fs::metadata(directory(&cluster).join("statistics.other")).is_ok());
    assert!(Path::new("/dev/zero").exists());
    // Behind a header that is right, anything may be.
    end(session);
    for name in ["statistics", "audit", "audit_calls", "slots"] {
        let path = directory(&cluster).join(name);
        let mut bytes = fs::read(&path).unwrap();
        let garbage = random.bytes(bytes.len() - 64);
        bytes[64..].copy_from_slice(&garbage);
        fs::write(&path, bytes).unwrap();
    }
    session = cluster.connect();
    session.run("SET quidditch.audit_calls = 1");
    for _ in 0..10 {
        call(&mut session);
    }
    session.run("SELECT * FROM quidditch.udf_statistics; SELECT * FROM quidditch.udf_audit");
    assert_eq!(
        number(&mut session, "SELECT count(*) FROM quidditch.udf_audit"),
        10
    );
    session.run("SELECT quidditch.reset_udf_statistics()");
    call(&mut session);
    assert_eq!(calls(&mut session), 1);
    log.assert_no_crash();
}

/// Where a file can't be had, its part is left out, the log says so once, and all else works.
#[test]
fn files_that_cannot_be() {
    let (cluster, session) = prepared(&["quidditch.max_concurrent_udfs = 1"]);
    end(session);
    for name in ["statistics", "audit", "audit_calls", "slots"] {
        let path = directory(&cluster).join(name);
        _ = fs::remove_file(&path);
        fs::create_dir(path).unwrap();
    }
    let log = cluster.log();
    let mut session = cluster.connect();
    session.run("SET quidditch.audit_calls = 1");
    for _ in 0..3 {
        call(&mut session);
    }
    session.register("g", &filter("i32.const 1"), "{}");
    assert_eq!(calls(&mut session), 0);
    assert_eq!(
        number(&mut session, "SELECT count(*) FROM quidditch.udf_audit"),
        0
    );
    assert_eq!(
        session
            .text("SELECT quidditch.udf_stats('f') -> 'calls'")
            .as_deref(),
        Some("0")
    );
    let logged = log.text();
    for what in [
        "the statistics",
        "the audit trail",
        "the audit trail of calls",
        "the slots of running UDFs",
    ] {
        let line = format!("quidditch goes on without {what}:");
        assert_eq!(logged.matches(&line).count(), 1, "{line}\n{logged}");
    }
    log.assert_no_crash();
}

/// Somebody clears the directory while sessions run: each notices at its next statement.
#[test]
fn files_that_are_removed() {
    let (cluster, mut one) = prepared(&["quidditch.max_concurrent_udfs = 1"]);
    let mut other = cluster.connect();
    call(&mut one);
    call(&mut other);
    fs::remove_dir_all(directory(&cluster)).unwrap();
    call(&mut one);
    call(&mut other);
    assert_eq!((calls(&mut one), calls(&mut other)), (2, 2));
    // So for a file that is cut between two statements; within one it would end the process.
    let statistics = directory(&cluster).join("statistics");
    let file = OpenOptions::new().write(true).open(statistics).unwrap();
    file.set_len(1000).unwrap();
    call(&mut one);
    call(&mut other);
    assert_eq!((calls(&mut one), calls(&mut other)), (2, 2));
    // So for a reset.
    one.run("SELECT quidditch.reset_udf_statistics()");
    call(&mut other);
    assert_eq!((calls(&mut one), calls(&mut other)), (1, 1));
}

/// Another capacity keeps the newest records, and other sessions' go on.
#[test]
fn audit_capacity() {
    const COUNT: &str = "SELECT count(*) FROM quidditch.udf_audit";
    let (cluster, mut session) = prepared(&["quidditch.audit_capacity = 10"]);
    let mut other = cluster.connect();
    let attempt = |session: &mut Session, n: u32| {
        session.run(&format!("SELECT quidditch.unregister_udf('u{n}', '1.0.0')"));
    };
    (0..20).for_each(|n| attempt(&mut session, n));
    assert_eq!(number(&mut session, COUNT), 10);
    attempt(&mut other, 20);
    let set = |session: &mut Session, capacity: u32| {
        session.run(&format!(
            "ALTER SYSTEM SET quidditch.audit_capacity = {capacity}"
        ));
        session.run("SELECT pg_reload_conf()");
        wait_until("the setting is there", || {
            session.text("SELECT current_setting('quidditch.audit_capacity')")
                == Some(capacity.to_string())
        });
    };
    for (capacity, kept) in [(4, 4), (7, 4)] {
        set(&mut session, capacity);
        assert_eq!(number(&mut session, COUNT), kept);
        let newest = session.text("SELECT string_agg(udf, ' ') FROM quidditch.udf_audit");
        assert_eq!(
            newest.as_deref(),
            Some("u17@1.0.0 u18@1.0.0 u19@1.0.0 u20@1.0.0")
        );
    }
    wait_until("the other session has it, too", || {
        other
            .text("SELECT current_setting('quidditch.audit_capacity')")
            .as_deref()
            == Some("7")
    });
    attempt(&mut other, 21);
    attempt(&mut session, 22);
    let newest =
        session.text("SELECT string_agg(udf, ' ') FROM quidditch.udf_audit WHERE udf ~ 'u2'");
    assert_eq!(newest.as_deref(), Some("u20@1.0.0 u21@1.0.0 u22@1.0.0"));
    set(&mut session, 0);
    assert_eq!(number(&mut session, COUNT), 0);
    attempt(&mut session, 23);
    set(&mut session, 7);
    assert_eq!(number(&mut session, COUNT), 6);
}

/// Sessions that register, remove, call and look at the statistics of the same UDFs: each call is counted, once.
#[test]
fn racing_sessions() {
    // One of its own: others may need all the room there is.
    let cluster = Cluster::new(&[]);
    cluster.connect().run("CREATE EXTENSION quidditch");
    let seed = Random::from_environment().number();
    let (time, called) = (duration(3000), AtomicU64::new(0));
    thread::scope(|scope| {
        for t in 0..3 {
            let (cluster, called) = (&cluster, &called);
            scope.spawn(move || {
                let (mut session, mut random) = (cluster.connect(), Random(seed + t));
                let started = Instant::now();
                while started.elapsed() < time {
                    let n = random.below(3);
                    match random.below(8) {
                        0 => {
                            let module = filter("i32.const 1");
                            let done = session.try_register("f", &format!("{n}.0.0"), module.as_bytes(), "{}");
                            assert!(done.is_ok(), "{done:?}");
                        }
                        1 => session.run(&format!("SELECT quidditch.unregister_udf('f', '{n}.0.0')")),
                        2 => session.run("SELECT * FROM quidditch.udf_statistics; SELECT * FROM quidditch.udf_audit"),
                        _ => {
                            let sql = format!(
                                "SELECT count(quidditch.call_udf('f', '{{}}', version => '{n}.0.0')) FROM generate_series(1, {})",
                                1 + random.below(3000)
                            );
                            match session.try_rows(&sql) {
                                Ok(rows) => {
                                    let count = rows[0][0].as_deref().unwrap().parse().unwrap();
                                    called.fetch_add(count, Ordering::Relaxed);
                                }
                                Err(failure) => assert_eq!(failure.state, "42704", "{failure:?}"),
                            }
                        }
                    }
                }
            });
        }
    });
    let mut session = cluster.connect();
    let counted = number(
        &mut session,
        "SELECT sum(calls) FROM quidditch.udf_statistics WHERE database = current_database()",
    );
    assert_eq!(counted, called.into_inner());
    println!("{counted} calls");
}

/// The server is killed while sessions count and record: afterwards the numbers are those of the statements that had ended,
/// and of no more than were running.
#[test]
fn killed_while_counting() {
    const ROWS: u64 = 20_000;
    const SESSIONS: u64 = 3;
    let mut random = Random::from_environment();
    let (cluster, session) = prepared(&[
        "quidditch.audit_calls = 0.05",
        "quidditch.audit_capacity = 200",
    ]);
    drop(session);
    let statement =
        format!("SELECT count(quidditch.call_udf('f', '{{}}')) FROM generate_series(1, {ROWS})");
    let (started, time) = (Instant::now(), duration(3000));
    let (mut least, mut most, mut kills) = (0, 0, 0);
    while started.elapsed() < time || kills < 2 {
        let ended = AtomicU64::new(0);
        let is_over = AtomicBool::new(false);
        thread::scope(|scope| {
            let _ending = Ending(&is_over);
            for _ in 0..SESSIONS {
                let mut session = cluster.connect();
                let (statement, ended) = (&statement, &ended);
                scope.spawn(move || {
                    while session.try_rows(statement).is_ok() {
                        ended.fetch_add(ROWS, Ordering::Relaxed);
                    }
                });
            }
            thread::sleep(Duration::from_millis(50));
            sleep_up_to(400, &mut random);
            cluster.kill();
        });
        kills += 1;
        cluster.start();
        let ended = ended.into_inner();
        (least, most) = (least + ended, most + ended + SESSIONS * ROWS);
        let mut session = cluster.connect();
        let counted = calls(&mut session);
        assert!(
            (least..=most).contains(&counted),
            "{counted} of {least} to {most}"
        );
        least = counted;
        most = counted;
        let is_sane = session.text(
            "SELECT bool_and(errors = 0 AND instances > 0 AND timed_calls <= calls AND min_time <= p50_time
                AND p99_time <= max_time AND mean_time < 1000 AND last_call BETWEEN stats_since AND clock_timestamp())
             FROM quidditch.udf_statistics WHERE name = 'f'",
        );
        assert_eq!(is_sane.as_deref(), Some("true"));
        let records = session.rows(
            "SELECT count(*) <= 201, bool_and(role = 'postgres' AND database = 'postgres' AND udf = 'f@1.0.0' AND success
                AND recorded_at BETWEEN now() - interval '1 day' AND now()) FROM quidditch.udf_audit WHERE operation = 'call'",
        );
        assert_eq!(records, [[Some("t".into()), Some("t".into())]]);
    }
    println!("{kills} kills, {least} calls");
}

#[test]
fn a_standby_counts_for_itself() {
    let (primary, mut session) = prepared(&["wal_level = replica"]);
    for _ in 0..5 {
        call(&mut session);
    }
    let standby = primary.standby(&["quidditch.max_concurrent_udfs = 1"]);
    let log = standby.log();
    primary.wait_for_standby(&standby);
    // The backup copied the files, and they count for nothing here.
    assert!(directory(&standby).join("statistics").exists());
    let mut there = standby.connect();
    assert_eq!(calls(&mut there), 0);
    assert_eq!(
        number(&mut there, "SELECT count(*) FROM quidditch.udf_audit"),
        0
    );
    call(&mut there);
    assert_eq!((calls(&mut there), calls(&mut session)), (1, 5));
    // What the standby refuses is in its own trail.
    let failure = there.failure("SELECT quidditch.unregister_udf('f', '1.0.0')");
    assert_eq!(failure.state, "55000", "{failure:?}");
    let trail = there.rows("SELECT operation, udf, success, sqlstate FROM quidditch.udf_audit");
    let expected = ["unregister", "f@1.0.0", "f", "55000"].map(|text| Some(text.to_owned()));
    assert_eq!(trail, [expected]);
    // It goes on counting when it becomes a primary.
    drop(session);
    primary.stop("fast");
    standby.promote();
    call(&mut there);
    assert_eq!(calls(&mut there), 2);
    log.assert_no_crash();
}

/// A cluster where so many may run UDFs at once, and an endless one.
fn limited(most: u32) -> (Cluster, Session) {
    let setting = format!("quidditch.max_concurrent_udfs = {most}");
    let (cluster, mut session) = prepared(&[&setting, "quidditch.max_execution_time = 0"]);
    session.register("endless", &filter(ENDLESS), "{}");
    session.register("busy", &filter(BUSY), "{}");
    (cluster, session)
}

/// Runs the endless UDF in a session of its own; the error that ends it.
struct Running {
    pid: i32,
    thread: thread::JoinHandle<String>,
}

impl Running {
    fn new(cluster: &Cluster, settings: &str) -> Self {
        let mut session = cluster.connect();
        session.run(settings);
        let pid = session.pid;
        let thread = thread::spawn(move || {
            session
                .failure("SELECT quidditch.call_udf('endless', '{}')")
                .state
        });
        Running { pid, thread }
    }

    fn is_waiting(&self, control: &mut Session) -> bool {
        let sql = format!(
            "SELECT wait_event_type FROM pg_stat_activity WHERE pid = {}",
            self.pid
        );
        let waits = |control: &mut Session| control.text(&sql).as_deref() == Some("Extension");
        // Who runs is never seen to wait, and who waits is mostly.
        (0..5).any(|_| {
            thread::sleep(Duration::from_millis(3));
            waits(control)
        })
    }

    fn stop(self, control: &mut Session, how: &str) -> String {
        control.run(&format!("SELECT {how}({})", self.pid));
        let asked = Instant::now();
        let state = self.thread.join().unwrap();
        assert!(asked.elapsed() < Duration::from_secs(5), "{how}");
        // The client may see the connection's end before the message.
        match state.as_str() {
            "connection" => "57P01".to_owned(),
            _ => state,
        }
    }
}

fn waiting(running: &[Running], control: &mut Session) -> usize {
    running.iter().filter(|r| r.is_waiting(control)).count()
}

#[test]
fn no_more_run_than_allowed() {
    let (cluster, mut control) = limited(2);
    let log = cluster.log();
    let mut running: Vec<_> = (0..4).map(|_| Running::new(&cluster, "")).collect();
    let timed = Running::new(&cluster, "SET statement_timeout = 300");
    // Waiting is ended by a timeout, by a cancel, by the session's end.
    assert_eq!(timed.thread.join().unwrap(), "57014");
    wait_until("two wait", || waiting(&running, &mut control) == 2);
    let named = number(&mut control, "SELECT current_setting('server_version_num')") >= 170_000;
    let event = match named {
        true => "QuidditchUdfSlot",
        false => "Extension",
    };
    wait_until("the event is seen", || {
        let sql =
            "SELECT DISTINCT wait_event FROM pg_stat_activity WHERE wait_event_type = 'Extension'";
        control.rows(sql) == [[Some(event.to_owned())]]
    });
    let at = running
        .iter()
        .position(|r| r.is_waiting(&mut control))
        .unwrap();
    assert_eq!(
        running.remove(at).stop(&mut control, "pg_cancel_backend"),
        "57014"
    );
    assert_eq!(waiting(&running, &mut control), 1);
    // A session that is terminated in the guest leaves its slot to the one that waits.
    let at = running
        .iter()
        .position(|r| !r.is_waiting(&mut control))
        .unwrap();
    assert_eq!(
        running
            .remove(at)
            .stop(&mut control, "pg_terminate_backend"),
        "57P01"
    );
    wait_until("nobody waits", || waiting(&running, &mut control) == 0);
    running.push(Running::new(&cluster, ""));
    wait_until("one waits", || waiting(&running, &mut control) == 1);
    let at = running
        .iter()
        .position(|r| r.is_waiting(&mut control))
        .unwrap();
    assert_eq!(
        running
            .remove(at)
            .stop(&mut control, "pg_terminate_backend"),
        "57P01"
    );
    // One that is cancelled, too.
    running.push(Running::new(&cluster, ""));
    wait_until("one waits again", || waiting(&running, &mut control) == 1);
    let at = running
        .iter()
        .position(|r| !r.is_waiting(&mut control))
        .unwrap();
    assert_eq!(
        running.remove(at).stop(&mut control, "pg_cancel_backend"),
        "57014"
    );
    wait_until("nobody waits again", || {
        waiting(&running, &mut control) == 0
    });
    log.assert_no_crash();
    // After a crash nothing is taken.
    cluster.kill();
    for r in running {
        r.thread.join().unwrap();
    }
    cluster.start();
    let mut control = cluster.connect();
    let running: Vec<_> = (0..3).map(|_| Running::new(&cluster, "")).collect();
    wait_until("one waits after the crash", || {
        waiting(&running, &mut control) == 1
    });
    for r in running {
        r.stop(&mut control, "pg_cancel_backend");
    }
}

/// Calls of one after the other take at least as long as all of them together.
#[test]
fn one_at_a_time() {
    const CALLS: u64 = 20;
    let (cluster, mut control) = limited(1);
    let statement = format!(
        "SELECT count(quidditch.call_udf('busy', '{{}}')) FROM generate_series(1, {CALLS})"
    );
    let sessions: Vec<_> = (0..2).map(|_| cluster.connect()).collect();
    let started = Instant::now();
    thread::scope(|scope| {
        for mut session in sessions {
            let statement = &statement;
            scope.spawn(move || session.run(statement));
        }
    });
    let took = started.elapsed().as_secs_f64() * 1e3;
    let shortest =
        control.text("SELECT min_time FROM quidditch.udf_statistics WHERE name = 'busy'");
    let shortest: f64 = shortest.unwrap().parse().unwrap();
    assert!(shortest > 1.0, "{shortest} ms");
    let least = (2 * CALLS) as f64 * shortest;
    assert!(took >= least, "{took} ms, at least {least}");
}

/// Who holds a lock and wants a slot, and who waits for the lock: nobody holds a slot meanwhile.
#[test]
fn no_deadlock_with_locks() {
    let (cluster, mut one) = limited(1);
    one.run(
        "CREATE TABLE t AS SELECT i AS id, '{}'::jsonb AS doc FROM generate_series(1, 10) AS i",
    );
    let mut other = cluster.connect();
    one.run("BEGIN; UPDATE t SET doc = '{\"n\": 1}' WHERE id = 5");
    let pid = other.pid;
    let updating =
        thread::spawn(move || other.run("UPDATE t SET doc = '{}' WHERE doc @@@ wasm_udf('f')"));
    let mut control = cluster.connect();
    wait_until("the other waits for the row", || {
        let event = control.text(&format!(
            "SELECT wait_event_type FROM pg_stat_activity WHERE pid = {pid}"
        ));
        event.as_deref() == Some("Lock")
    });
    one.run("SET statement_timeout = '10s'");
    assert_eq!(
        one.text("SELECT count(*) FROM t WHERE doc @@@ wasm_udf('f')")
            .as_deref(),
        Some("10")
    );
    one.run("COMMIT");
    updating.join().unwrap();
}

/// A parallel query under a limit of one: its processes take turns.
#[test]
fn parallel_workers_take_turns() {
    let (cluster, mut session) = limited(1);
    session.run("CREATE TABLE t AS SELECT i AS id, '{}'::jsonb AS doc FROM generate_series(1, 20000) AS i; ANALYZE t");
    session.run(
        "SET statement_timeout = '30s'; SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0;
         SET min_parallel_table_scan_size = 0; SET max_parallel_workers_per_gather = 2",
    );
    let count = session.text("SELECT count(*) FROM t WHERE doc @@@ wasm_udf('f')");
    assert_eq!(count.as_deref(), Some("20000"));
    assert_eq!(calls(&mut session), 20_000);
    drop(cluster);
}

/// A short query ends while a long one that began before it still runs, be its calls short or long.
#[test]
fn nobody_starves() {
    let (cluster, _control) = limited(1);
    for (name, calls) in [("f", 1000), ("busy", 20)] {
        let (mut long, mut short) = (cluster.connect(), cluster.connect());
        let many = |calls: u32| {
            format!(
                "SELECT count(quidditch.call_udf('{name}', jsonb_build_object('i', i))) FROM generate_series(1, {calls}) AS i"
            )
        };
        let is_over = AtomicBool::new(false);
        thread::scope(|scope| {
            scope.spawn(|| {
                let failure = long.failure(&many(1_000_000_000));
                assert_eq!(failure.state, "57014");
                is_over.store(true, Ordering::Relaxed);
            });
            thread::sleep(Duration::from_millis(100));
            let started = Instant::now();
            short.run("SET statement_timeout = '20s'");
            short.run(&many(calls));
            println!("{calls} calls of {name}: {:?}", started.elapsed());
            assert!(!is_over.load(Ordering::Relaxed));
            short.run("SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE query ~ '1000000000' AND pid <> pg_backend_pid()");
        });
    }
}
