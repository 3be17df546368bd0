//! What there is of the extension's in a database through pg_dump and pg_restore: UDFs and who may run them, trusted keys,
//! an index, and functions in LANGUAGE wasm, which those have that need them while rows are restored.

use quidditch_pg_test::cluster::Cluster;
use quidditch_pg_test::{Session, filter};

/// Keeps documents whose "n" is at most the argument, and its double.
const MODULE: &str = r#"(module
    (import "env" "get_field_i64" (func $get (param i64 i32 i32 i32) (result i32)))
    (memory (export "memory") 1) (data (i32.const 0) "n")
    (func (export "filter") (param $ctx i64) (param $most i64) (result i32)
        (if (call $get (local.get $ctx) (i32.const 0) (i32.const 1) (i32.const 8)) (then (return (i32.const 0))))
        (i64.le_s (i64.load (i32.const 8)) (local.get $most)))
    (func (export "double") (param $ctx i64) (result i64)
        (drop (call $get (local.get $ctx) (i32.const 0) (i32.const 1) (i32.const 8)))
        (i64.mul (i64.load (i32.const 8)) (i64.const 2))))"#;

/// Public keys on P-256.
const KEY: &str = "-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEIR2pf/8Wei22rGBLoO/wslsPnn3K
pTirj0Nm8+9uxHMuN9XVMgilk4SKkKpQOqiIlTOUmSCYrIIO2c/fJMrRCA==
-----END PUBLIC KEY-----";
const OTHER_KEY: &str = "-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEUoRZreo++b4k5STfwrHXemvZcdd/
peyBLfhqtb525h39emgZBGb8nWpde92rmCYQ2I1H+9Fbkf0RuH8TopEcUw==
-----END PUBLIC KEY-----";

fn make(session: &mut Session) {
    session.run(
        "CREATE EXTENSION quidditch;
         GRANT CREATE ON SCHEMA public TO quidditch_author;
         GRANT EXECUTE ON FUNCTION quidditch.register_udf TO quidditch_author;
         SET ROLE quidditch_author",
    );
    session.register("always", &filter("i32.const 1"), "{}");
    let metadata = r#"{"parameters": [{"name": "most", "type": "i64"}]}"#;
    session.register("at_most", MODULE, metadata);
    session.run(&format!(
        "CREATE FUNCTION small(doc jsonb, most bigint) RETURNS boolean LANGUAGE wasm IMMUTABLE STRICT PARALLEL SAFE COST 7 AS $wat${MODULE}$wat$;
         CREATE FUNCTION doubled(doc jsonb) RETURNS bigint LANGUAGE wasm IMMUTABLE PARALLEL SAFE AS $wat${MODULE}#double$wat$;
         CREATE FUNCTION referred(doc jsonb, most bigint DEFAULT 5) RETURNS boolean LANGUAGE wasm IMMUTABLE SECURITY DEFINER AS 'at_most@1.0.0#filter';
         CREATE FUNCTION latest(doc jsonb) RETURNS boolean LANGUAGE wasm STABLE AS 'always';
         COMMENT ON FUNCTION small(jsonb, bigint) IS 'has a module';
         REVOKE EXECUTE ON FUNCTION referred FROM PUBLIC;
         RESET ROLE"
    ));
    // In base64, in lines; with a quoted name.
    session.run(
        r#"DO $$ BEGIN EXECUTE format('CREATE FUNCTION "In ""base64"""(doc jsonb, bigint) RETURNS boolean LANGUAGE wasm IMMUTABLE AS %L',
             (SELECT encode(module, 'base64') FROM quidditch.udf WHERE name = 'at_most')); END $$"#,
    );
    // Names that come before and after the extension's table, in the order of a dump.
    for schema in ["public", "zoo"] {
        session.run(&format!(
            "CREATE SCHEMA IF NOT EXISTS {schema};
             CREATE TABLE {schema}.guarded (doc jsonb CHECK (small(doc, 1000)), twice bigint GENERATED ALWAYS AS (doubled(doc)) STORED,
                 CONSTRAINT encoded CHECK (\"In \"\"base64\"\"\"(doc, 2000)));
             INSERT INTO {schema}.guarded SELECT jsonb_build_object('n', i) FROM generate_series(1, 1000) AS i;
             INSERT INTO {schema}.guarded VALUES (NULL);
             CREATE INDEX by_double ON {schema}.guarded (doubled(doc)) WHERE small(doc, 500)"
        ));
    }
    session.run(
        "SELECT quidditch.revoke_udf('always', 'public'); SELECT quidditch.grant_udf('always', 'quidditch_author');
         -- So that another job of pg_restore comes to the grants before this table is filled.
         UPDATE quidditch.udf SET source = (SELECT string_agg(md5(i::text), '') FROM generate_series(1, 500000) AS i) WHERE name = 'always';
         CREATE INDEX searched ON zoo.guarded USING quidditch (doc)",
    );
    session.run(&format!(
        "SELECT quidditch.add_trusted_key('release', '{KEY}', '2024-01-01', '2099-01-01', 'whoever builds releases');
         SELECT quidditch.add_trusted_key('lost', '{OTHER_KEY}'); SELECT quidditch.revoke_trusted_key('lost')"
    ));
    session.run(
        "CREATE VIEW public.uses AS SELECT doc FROM public.guarded WHERE referred(doc) AND latest(doc);
         CREATE MATERIALIZED VIEW public.kept AS SELECT count(*) FROM public.guarded WHERE small(doc, 10);
         REVOKE EXECUTE ON FUNCTION quidditch.register_udf FROM quidditch_author",
    );
}

/// What a session sees of it.
fn examine(session: &mut Session) -> Vec<Vec<Option<String>>> {
    for schema in ["public", "zoo"] {
        let insert = format!("INSERT INTO {schema}.guarded VALUES ('{{\"n\": 1001}}')");
        assert_eq!(session.failure(&insert).state, "23514");
    }
    let in_use = session.failure("SELECT quidditch.unregister_udf('at_most', '1.0.0')");
    assert_eq!(in_use.state, "2BP01");
    session.run("SET enable_seqscan = off");
    let by_double =
        "SELECT doc, twice FROM zoo.guarded WHERE doubled(doc) = 84 AND small(doc, 500)";
    let plan = session.rows(&format!("EXPLAIN (COSTS OFF) {by_double}"));
    assert!(format!("{plan:?}").contains("by_double"), "{plan:?}");
    let mut rows = session.rows(by_double);
    rows.extend(session.rows(
        "SELECT (SELECT sum(twice) FROM public.guarded)::text, (SELECT count(*) FROM public.uses)::text, (SELECT count FROM public.kept)::text,
             (SELECT count(*) FROM zoo.guarded WHERE twice IS NULL)::text",
    ));
    rows.extend(session.rows(
        r#"SELECT (SELECT count(*) FROM zoo.guarded WHERE doc @@@ '{"range": {"n": {"lte": 7}}}')::text,
             (SELECT string_agg(execute_roles::text, ' ' ORDER BY name) FROM quidditch.udfs),
             (SELECT string_agg(concat_ws(' ', name, md5(public_key), valid_from, valid_until, revoked_at, comment), ', ' ORDER BY name)
                 FROM quidditch.trusted_key)"#,
    ));
    rows.extend(session.rows(
        "SELECT p.oid::regprocedure::text, proowner::regrole::text, proacl::text, procost::text, obj_description(p.oid), md5(prosrc)
         FROM pg_proc AS p JOIN pg_language AS l ON l.oid = prolang WHERE lanname = 'wasm' ORDER BY 1",
    ));
    rows
}

/// A plain dump, without the key that newer ones have in it.
fn dump(cluster: &Cluster, database: &str) -> String {
    let dump = cluster.client("pg_dump", &[database]);
    let lines = dump.lines().filter(|line| !line.contains("restrict "));
    lines.map(|line| format!("{line}\n")).collect()
}

#[test]
fn functions_in_a_dump() {
    let cluster = Cluster::new(&[]);
    let mut session = cluster.connect();
    let log = cluster.log();
    session.run("CREATE ROLE quidditch_author");
    for database in ["original", "restored", "replayed"] {
        session.run(&format!("CREATE DATABASE {database}"));
    }
    let mut original = cluster.connect_to("original");
    make(&mut original);
    let seen = examine(&mut original);
    // The row that was looked for, the sums, what is in the extension's tables, and five functions.
    assert_eq!(seen.len(), 8, "{seen:?}");
    let text = |rows: &[Option<String>]| rows.iter().flatten().cloned().collect::<Vec<_>>();
    assert_eq!(text(&seen[0]), ["{\"n\": 42}", "84"]);
    assert_eq!(text(&seen[1]), ["1001000", "5", "10", "1"]);
    assert_eq!(text(&seen[2])[..2], ["7", "{quidditch_author} {public}"]);

    let archive = cluster.beside("archive");
    let archive = archive.to_str().unwrap();
    cluster.client("pg_dump", &["-Fc", "-f", archive, "original"]);
    let arguments = ["--exit-on-error", "-j", "4", "-d", "restored", archive];
    cluster.client("pg_restore", &arguments);
    assert_eq!(examine(&mut cluster.connect_to("restored")), seen);

    let before = dump(&cluster, "original");
    let script = cluster.beside("script.sql");
    std::fs::write(&script, &before).unwrap();
    let script = script.to_str().unwrap();
    let arguments = [
        "-X",
        "-q",
        "-v",
        "ON_ERROR_STOP=1",
        "-f",
        script,
        "replayed",
    ];
    cluster.client("psql", &arguments);
    assert_eq!(examine(&mut cluster.connect_to("replayed")), seen);

    assert!(before.contains("LANGUAGE wasm"), "{before}");
    for copy in ["restored", "replayed"] {
        assert!(dump(&cluster, copy) == before, "{copy} is another one");
    }
    log.assert_no_crash();
}
