//! What one session does is seen by the others at their next statement; what a guest remembers is not.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::PathBuf;

use quidditch_pg_test::{Database, Session, data_directory, filter, wait_until};

const I32: &str = r#"{"returns": [{"type": "i32"}]}"#;

fn constant(n: u32) -> String {
    filter(&format!("i32.const {n}"))
}

fn register(session: &mut Session, version: &str, n: u32) {
    let registered = session.try_register("f", version, constant(n).as_bytes(), I32);
    registered.unwrap_or_else(|failure| panic!("{failure:?}"));
}

#[test]
fn changes_are_seen_by_the_next_statement() {
    const CALL: &str = "SELECT quidditch.call_udf('f', '{}')";
    let database = Database::new("changes");
    let (mut one, mut other) = (database.connect(), database.connect());
    register(&mut one, "1.0.0", 1);
    other.run("SET plan_cache_mode = force_generic_plan; PREPARE call AS SELECT quidditch.call_udf('f', '{}')");
    let statement = other
        .client
        .prepare("SELECT quidditch.call_udf('f', '{}')::text")
        .unwrap();
    let seen = |other: &mut Session| {
        let called = other.text(CALL).unwrap();
        let prepared: String = other.client.query_one(&statement, &[]).unwrap().get(0);
        assert_eq!(called, prepared);
        called
    };
    assert_eq!(seen(&mut other), "1");
    register(&mut one, "1.1.0", 2);
    assert_eq!(seen(&mut other), "2");
    register(&mut one, "2.0.0-rc.1", 3);
    assert_eq!(seen(&mut other), "2");
    one.run("SELECT quidditch.unregister_udf('f', '1.1.0')");
    assert_eq!(seen(&mut other), "1");
    // Not before it is committed, and not if it never is.
    one.run("BEGIN");
    register(&mut one, "3.0.0", 4);
    assert_eq!(one.text(CALL).as_deref(), Some("4"));
    assert_eq!(seen(&mut other), "1");
    one.run("COMMIT");
    assert_eq!(seen(&mut other), "4");
    one.run("BEGIN; SELECT quidditch.unregister_udf('f', '3.0.0'); ROLLBACK");
    assert_eq!(one.text(CALL).as_deref(), Some("4"));
    // Another session's transaction sees it too, as it would see a function that was replaced.
    other.run("BEGIN; SELECT quidditch.call_udf('f', '{}')");
    one.run("SELECT quidditch.unregister_udf('f', '3.0.0')");
    assert_eq!(seen(&mut other), "1");
    other.run("COMMIT");
    one.run("SELECT quidditch.unregister_udf('f', '1.0.0'), quidditch.unregister_udf('f', '2.0.0-rc.1')");
    assert_eq!(other.failure(CALL).state, "42704");
    assert_eq!(other.failure("EXECUTE call").state, "42704");
}

/// A statement's snapshot may be older than the change; what it sees must not be what later ones see.
#[test]
fn an_old_snapshot_is_not_remembered() {
    let database = Database::new("snapshot");
    let (mut one, mut other) = (database.connect(), database.connect());
    register(&mut one, "1.0.0", 1);
    // With a transaction id, because the server then gives nested statements other snapshots.
    other.run(
        "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM pg_class; CREATE TEMP TABLE written ()",
    );
    register(&mut one, "2.0.0", 2);
    other.run("SELECT quidditch.call_udf('f', '{}')");
    other.run("COMMIT");
    assert_eq!(
        other
            .text("SELECT quidditch.call_udf('f', '{}')")
            .as_deref(),
        Some("2")
    );

    let running = std::thread::spawn(move || {
        other.run("SELECT quidditch.call_udf('f', '{}') FROM (SELECT pg_sleep(0.5), count(*) FROM pg_class) AS late");
        other.text("SELECT quidditch.call_udf('f', '{}')")
    });
    std::thread::sleep(std::time::Duration::from_millis(200));
    register(&mut one, "3.0.0", 3);
    assert_eq!(running.join().unwrap().as_deref(), Some("3"));
}

/// Many sessions that register and remove the same version: one at a time, and no wrong answer.
#[test]
fn concurrent_registration() {
    let database = Database::new("concurrent");
    let threads: Vec<_> = (0..4)
        .map(|t| {
            let mut session = database.connect();
            std::thread::spawn(move || {
                for i in 0..100 {
                    match session.try_register("f", "1.0.0", constant(1).as_bytes(), I32) {
                        Ok(()) => {}
                        Err(failure) => assert_eq!(failure.state, "42710", "{failure:?}"),
                    }
                    let called = session
                        .client
                        .query_one("SELECT quidditch.call_udf('f', '{}')::text", &[]);
                    match called {
                        Ok(row) => assert_eq!(row.get::<_, String>(0), "1"),
                        Err(error) => {
                            assert_eq!(error.code().map(|c| c.code()), Some("42704"), "{error}")
                        }
                    }
                    if (i + t) % 2 == 0 {
                        session.run("SELECT quidditch.unregister_udf('f', '1.0.0')");
                    }
                }
            })
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
}

#[test]
fn what_a_guest_remembers() {
    const COUNT: &str = "(i32.store (i32.const 0) (i32.add (i32.load (i32.const 0)) (i32.const 1))) (i32.load (i32.const 0))";
    let database = Database::new("remembers");
    let mut session = database.connect();
    session.register("count", &filter(COUNT), I32);
    session.run("DROP ROLE IF EXISTS quidditch_guest; CREATE ROLE quidditch_guest");
    const CALL: &str = "SELECT quidditch.call_udf('count', '{}')";
    const MANY: &str =
        "SELECT max(quidditch.call_udf('count', '{}')::int) FROM generate_series(1, 100)";
    for _ in 0..3 {
        assert_eq!(session.text(CALL).as_deref(), Some("1"));
        assert_eq!(session.text(MANY).as_deref(), Some("100"));
    }
    session.run("BEGIN");
    assert_eq!(session.text(CALL).as_deref(), Some("1"));
    assert_eq!(session.text(CALL).as_deref(), Some("1"));
    session.run("SET ROLE quidditch_guest");
    assert_eq!(session.text(CALL).as_deref(), Some("1"));
    session.run("RESET ROLE; COMMIT");
    // Prepared, with one plan for all executions.
    session.run("SET plan_cache_mode = force_generic_plan");
    let statement = session
        .client
        .prepare("SELECT quidditch.call_udf('count', '{}')::text")
        .unwrap();
    for _ in 0..3 {
        assert_eq!(
            session
                .client
                .query_one(&statement, &[])
                .unwrap()
                .get::<_, String>(0),
            "1"
        );
    }
    // A function that runs as somebody else, in the middle of a statement.
    session.run(
        "CREATE FUNCTION as_guest() RETURNS int LANGUAGE plpgsql SECURITY DEFINER AS $$BEGIN RETURN quidditch.call_udf('count', '{}')::int; END$$;
         ALTER FUNCTION as_guest() OWNER TO quidditch_guest;
         CREATE FUNCTION as_caller() RETURNS int LANGUAGE plpgsql AS $$BEGIN RETURN quidditch.call_udf('count', '{}')::int; END$$",
    );
    session.run("BEGIN");
    // PL/pgSQL keeps the place of the call for the whole transaction, and these statements come in one message.
    session.run(
        "CREATE TEMPORARY TABLE counted (n int);
         INSERT INTO counted SELECT as_caller(); INSERT INTO counted SELECT as_caller(); SELECT as_caller();
         DECLARE c CURSOR FOR SELECT as_caller() FROM generate_series(1, 3); FETCH c; FETCH c;
         INSERT INTO counted SELECT max(as_caller()) FROM generate_series(1, 9)",
    );
    let counted = session.text("SELECT string_agg(n::text, ' ') FROM counted");
    assert_eq!(counted.as_deref(), Some("1 1 9"));
    // The planner computes these, before there is a portal.
    session.run(
        "CREATE FUNCTION constant(OUT n int) IMMUTABLE LANGUAGE plpgsql AS
             $$BEGIN FOR i IN 1..3 LOOP n := quidditch.call_udf('count', '{}')::int; END LOOP; END$$;
         TRUNCATE counted;
         INSERT INTO counted SELECT constant(); INSERT INTO counted SELECT constant(); SELECT constant();
         INSERT INTO counted SELECT constant()",
    );
    let counted = session.text("SELECT string_agg(n::text, ' ') FROM counted");
    assert_eq!(counted.as_deref(), Some("3 3 3"));
    assert_eq!(session.text("SELECT as_caller()").as_deref(), Some("1"));
    session.run("SET ROLE quidditch_guest");
    assert_eq!(session.text("SELECT as_caller()").as_deref(), Some("1"));
    assert_eq!(session.text("SELECT as_guest()").as_deref(), Some("1"));
    session.run("ROLLBACK; DROP FUNCTION as_guest(); DROP ROLE quidditch_guest");
    // After an error too.
    session.register(
        "third_fails",
        &filter(&format!(
            "{COUNT} (if (i32.eq (i32.const 3)) (then unreachable)) (i32.load (i32.const 0))"
        )),
        I32,
    );
    for _ in 0..2 {
        session
            .failure("SELECT quidditch.call_udf('third_fails', '{}') FROM generate_series(1, 9)");
        assert_eq!(
            session
                .text("SELECT quidditch.call_udf('third_fails', '{}')")
                .as_deref(),
            Some("1")
        );
    }
}

/// The compiled code of a UDF, wherever the engine keeps it.
fn cached(session: &mut Session) -> PathBuf {
    let digest = session
        .text("SELECT encode(sha256, 'hex') FROM quidditch.udf WHERE name = 'f'")
        .unwrap();
    let root = data_directory().join("quidditch");
    let engines = fs::read_dir(&root).unwrap_or_else(|e| panic!("{root:?}: {e}"));
    let file = engines
        .map(|engine| engine.unwrap().path().join(format!("{digest}.cwasm")))
        .find(|path| path.exists());
    file.unwrap_or_else(|| panic!("no compiled code for {digest}"))
}

#[test]
fn damaged_code_cache() {
    let database = Database::new("cache");
    let mut session = database.connect();
    // A module that no other test has.
    let unique = std::process::id() << 4 | 7;
    register(&mut session, "1.0.0", unique);
    let expected = Some(unique.to_string());
    let works = || {
        // A new backend, which knows nothing yet.
        let mut session = database.connect();
        assert_eq!(
            session.text("SELECT quidditch.call_udf('f', '{}')"),
            expected
        );
        // It maps the file, which must not shrink under it.
        let process = PathBuf::from(format!("/proc/{}", session.pid));
        drop(session);
        wait_until("the backend is gone", || !process.exists());
    };
    works();
    let file = cached(&mut session);
    let good = fs::read(&file).unwrap();
    let mode = |path: &PathBuf| fs::symlink_metadata(path).unwrap().permissions().mode() & 0o7777;
    assert_eq!(mode(&file), 0o600);
    assert_eq!(mode(&file.parent().unwrap().to_owned()), 0o700);

    type Damage = fn(&PathBuf, &[u8]);
    let damages: [(&str, Damage); 9] = [
        ("deleted", |file, _| fs::remove_file(file).unwrap()),
        ("emptied", |file, _| fs::write(file, b"").unwrap()),
        ("cut off", |file, good| {
            fs::write(file, &good[..good.len() / 2]).unwrap()
        }),
        ("appended to", |file, good| {
            fs::write(file, [good, b"x"].concat()).unwrap()
        }),
        ("another start", |file, good| {
            fs::write(file, [b"\x7fELX", &good[4..]].concat()).unwrap()
        }),
        ("a flipped bit", |file, good| {
            let mut bad = good.to_vec();
            let middle = bad.len() / 2;
            bad[middle] ^= 1;
            fs::write(file, bad).unwrap();
        }),
        ("readable by all", |file, good| {
            fs::write(file, good).unwrap();
            fs::set_permissions(file, fs::Permissions::from_mode(0o644)).unwrap();
        }),
        ("a symbolic link", |file, good| {
            let target = file.with_extension("elsewhere");
            fs::write(&target, good).unwrap();
            fs::set_permissions(&target, fs::Permissions::from_mode(0o600)).unwrap();
            let _ = fs::remove_file(file);
            symlink(&target, file).unwrap();
        }),
        ("a directory", |file, _| {
            let _ = fs::remove_file(file);
            fs::create_dir(file).unwrap();
        }),
    ];
    for (what, damage) in damages {
        println!("{what}");
        damage(&file, &good);
        works();
        works();
        if what != "a directory" {
            // It was written anew.
            let metadata = fs::symlink_metadata(&file).unwrap();
            assert!(metadata.is_file(), "{what}");
            assert_eq!(metadata.permissions().mode() & 0o777, 0o600, "{what}");
            assert!(fs::read(&file).unwrap() == good, "{what}: other code");
        }
    }
    fs::remove_dir(&file).unwrap();
    let _ = fs::remove_file(file.with_extension("elsewhere"));
    works();
    // The session that was there all the time, too.
    assert_eq!(
        session.text("SELECT quidditch.call_udf('f', '{}')"),
        expected
    );
    // Off, nothing is read or written.
    fs::remove_file(&file).unwrap();
    let mut without = database.connect();
    without.run("SET quidditch.code_cache = off");
    assert_eq!(
        without.text("SELECT quidditch.call_udf('f', '{}')"),
        expected
    );
    assert!(!file.exists());
    // No half-written file of this module is left; other tests may be writing theirs.
    let digest = file.file_stem().unwrap().to_str().unwrap();
    let left: Vec<_> = fs::read_dir(file.parent().unwrap())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with(digest) && name.ends_with(".tmp"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}
