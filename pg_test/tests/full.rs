//! A full disk: building, inserting and merging fail with an error that says so, the index stays whole, and all goes on
//! once there is room.
//!
//! No file system has to be filled for that: what keeps a server's files from growing does the same. Where the tests run
//! as root and may mount, a small file system is filled, too.

use std::fs;
use std::path::Path;
use std::process::Command;

use quidditch_pg_test::Session;
use quidditch_pg_test::cluster::Cluster;

/// Larger than any file of a new database, smaller than the index becomes.
const LIMIT: usize = 3 << 20;

const INSERT: &str = "INSERT INTO t SELECT m + i, jsonb_build_object('body', (SELECT string_agg('w' || (i * 31 + j * j) % 9973, ' ') FROM generate_series(1, 60) AS j))
    FROM (SELECT coalesce(max(id), 0) AS m FROM t) AS s, generate_series(1, 1500) AS i";

fn prepare(session: &mut Session, tablespace: &str) {
    session.run(&format!(
        "CREATE EXTENSION quidditch;
         CREATE TABLE t (id int, doc jsonb) WITH (autovacuum_enabled = false);
         CREATE INDEX searched ON t USING quidditch (doc) WITH (pending_limit = 256) {tablespace}"
    ));
}

/// Answers by the index are those without it.
fn examine(session: &mut Session) {
    session.run("SELECT quidditch.check_index('searched', true)");
    for word in ["w1", "w31", "w5000"] {
        let sql = format!(
            "SELECT count(*) FROM t WHERE doc @@@ '{{\"match\": {{\"body\": \"{word}\"}}}}'"
        );
        session
            .run("SET enable_seqscan = off; SET enable_bitmapscan = on; SET enable_indexscan = on");
        let found = session.rows(&sql);
        session.run(
            "SET enable_seqscan = on; SET enable_bitmapscan = off; SET enable_indexscan = off",
        );
        assert_eq!(found, session.rows(&sql), "{word}");
    }
}

/// Runs a statement that may need more room than there is. Whether it did.
fn fails(session: &mut Session, statement: &str, states: &[&str]) -> bool {
    let result = session.try_rows(statement);
    if let Err(failure) = &result {
        println!("{statement}: {failure:?}");
        assert!(states.contains(&&*failure.state), "{failure:?}");
    }
    examine(session);
    result.is_err()
}

/// Inserts until there is no room.
fn fill(session: &mut Session, states: &[&str]) {
    for _ in 0..200 {
        if let Err(failure) = session.try_rows(INSERT) {
            println!("{failure:?}");
            assert!(states.contains(&&*failure.state), "{failure:?}");
            return examine(session);
        }
    }
    panic!("there is room for everything");
}

#[test]
fn files_that_cannot_grow() {
    // Files of the log have to stay below the limit, too.
    let cluster = Cluster::with_initdb(&["--wal-segsize=1"], &["autovacuum = off"]);
    let mut session = cluster.connect();
    prepare(&mut session, "");
    session.run("ALTER TABLE t ALTER COLUMN doc SET STORAGE MAIN");
    session.run(INSERT);
    let log = cluster.log();
    drop(session);
    cluster.stop("fast");
    cluster.start_under(&["prlimit", &format!("--fsize={LIMIT}")]);
    // EFBIG has no code of its own.
    let states = ["53100", "58030", "XX000"];
    let mut session = cluster.connect();
    fill(&mut session, &states);
    fails(
        &mut session,
        "SELECT quidditch.merge_index('searched')",
        &states,
    );
    session.run("SET maintenance_work_mem = '1MB'");
    fails(
        &mut session,
        "CREATE INDEX other ON t USING quidditch (doc)",
        &states,
    );
    drop(session);
    cluster.stop("fast");
    cluster.start();
    let mut session = cluster.connect();
    session.run(INSERT);
    session.run("SELECT quidditch.merge_index('searched')");
    session.run("VACUUM t");
    examine(&mut session);
    log.assert_no_crash();
}

/// A small file system, as long as it is there.
struct Small<'d>(&'d Path);

impl<'d> Small<'d> {
    fn mount(directory: &'d Path) -> Option<Small<'d>> {
        fs::create_dir_all(directory).unwrap();
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", "size=6m,mode=777", "tmpfs"]);
        let output = mount.arg(directory).output().ok()?;
        output.status.success().then_some(Small(directory))
    }
}

impl Drop for Small<'_> {
    fn drop(&mut self) {
        _ = Command::new("umount").arg("-l").arg(self.0).output();
    }
}

#[test]
fn a_file_system_that_is_full() {
    let cluster = Cluster::new(&["autovacuum = off"]);
    let directory = cluster.beside("small");
    let Some(_small) = Small::mount(&directory) else {
        println!(
            "SKIPPED: no file system can be mounted here, which takes root; only files that cannot grow are tested"
        );
        return;
    };
    let space = directory.join("space");
    fs::create_dir(&space).unwrap();
    cluster.give(&space);
    let mut session = cluster.connect();
    session.run(&format!(
        "CREATE TABLESPACE small LOCATION '{}'",
        space.display()
    ));
    prepare(&mut session, "TABLESPACE small");
    let log = cluster.log();
    fill(&mut session, &["53100"]);
    assert!(fails(
        &mut session,
        "SELECT quidditch.merge_index('searched')",
        &["53100"],
    ));
    assert!(fails(&mut session, "REINDEX INDEX searched", &["53100"]));
    assert!(fails(
        &mut session,
        "CREATE INDEX other ON t USING quidditch (doc) TABLESPACE small",
        &["53100"],
    ));
    // What its own rows took is of no use to anybody else.
    session.run("DELETE FROM t WHERE id % 2 = 0");
    session.run("ALTER INDEX searched SET TABLESPACE pg_default");
    session.run("VACUUM t");
    session.run(INSERT);
    examine(&mut session);
    log.assert_no_crash();
    drop(session);
    cluster.stop("fast");
}
