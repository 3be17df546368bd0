//! New versions: of the extension's objects by `ALTER EXTENSION … UPDATE`, of the server by `pg_upgrade`.

use quidditch_pg_test::Session;
use quidditch_pg_test::cluster::Cluster;

/// A UDF as the version 0.1.0 kept it: nobody can register one there with a newer library.
const UDF: &str = r#"INSERT INTO quidditch.udf (name, version, language, module, sha256, owner)
    VALUES ('always', '1.0.0', 'wasm', '\x0061736d0100000001060160017e017f03020100070a010666696c74657200000a0601040041010b',
        sha256('\x0061736d0100000001060160017e017f03020100070a010666696c74657200000a0601040041010b'), 'postgres')"#;

const DOCUMENTS: &str = r#"
    CREATE TABLE docs (id int PRIMARY KEY, doc jsonb);
    INSERT INTO docs SELECT i, jsonb_build_object('text', CASE i % 3 WHEN 0 THEN 'quick fox' ELSE 'lazy dog ' || i END, 'n', i) FROM generate_series(1, 999) AS i;
    CREATE INDEX docs_index ON docs USING quidditch (doc)"#;

/// What searching the table answers, by the index: how many match, and the best.
fn search(session: &mut Session) -> Vec<Vec<Option<String>>> {
    session.run("SET enable_seqscan = off; SET enable_sort = off");
    session.rows(
        r#"SELECT (SELECT count(*) FROM docs WHERE doc @@@ '{"match": {"text": "fox"}}')::text,
            (SELECT string_agg(id::text, ' ') FROM (SELECT id FROM docs ORDER BY doc <@> '{"match": {"text": "fox"}}', id LIMIT 3) AS best)"#,
    )
}

/// Every object of the extension: what it is, its definition and its rights.
fn objects(session: &mut Session) -> Vec<Vec<Option<String>>> {
    session.rows(
        "SELECT pg_describe_object(classid, objid, objsubid),
            CASE classid WHEN 'pg_proc'::regclass THEN concat_ws(' ', p.proacl, p.prosrc, p.provolatile, p.proparallel)
                WHEN 'pg_class'::regclass THEN concat_ws(' ', c.relacl, pg_get_viewdef(c.oid)) END,
            obj_description(objid, classid::regclass::name),
            (SELECT array_agg(attname || format_type(atttypid, atttypmod) ORDER BY attnum) FROM pg_attribute
                WHERE classid = 'pg_class'::regclass AND attrelid = objid AND attnum > 0)::text,
            (SELECT initprivs::text FROM pg_init_privs AS i WHERE i.classoid = d.classid AND i.objoid = d.objid AND i.objsubid = 0)
         FROM pg_depend AS d LEFT JOIN pg_proc AS p ON p.oid = objid LEFT JOIN pg_class AS c ON c.oid = objid
         WHERE refclassid = 'pg_extension'::regclass AND deptype = 'e'
             AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'quidditch')
         ORDER BY 1",
    )
}

#[test]
fn from_the_version_before() {
    let cluster = Cluster::new(&[]);
    let log = cluster.log();
    let mut session = cluster.connect();
    session.run("CREATE DATABASE older");
    session.run("CREATE DATABASE newer");
    let mut newer = cluster.connect_to("newer");
    newer.run("CREATE EXTENSION quidditch");
    let latest = newer.text("SELECT extversion FROM pg_extension WHERE extname = 'quidditch'");

    let mut older = cluster.connect_to("older");
    older.run("CREATE EXTENSION quidditch VERSION '0.1.0'");
    older.run(UDF);
    older.run(DOCUMENTS);
    let found = search(&mut older);
    assert_eq!(found, [[Some("333".into()), Some("3 6 9".into())]]);
    // Searching goes on as before. UDFs wait for their tables.
    let call = "SELECT quidditch.call_udf('always', '{}')";
    let failure = older.failure(call);
    assert_eq!(failure.state, "55000");
    assert!(failure.message.contains("older"), "{failure:?}");

    older.run("ALTER EXTENSION quidditch UPDATE");
    assert_eq!(
        older.text("SELECT extversion FROM pg_extension WHERE extname = 'quidditch'"),
        latest
    );
    assert_eq!(older.text(call).as_deref(), Some("true"));
    assert_eq!(search(&mut older), found);
    older.run("CREATE FUNCTION f(doc jsonb) RETURNS boolean LANGUAGE wasm AS 'always@1.0.0'");
    older.run("SELECT quidditch.revoke_udf('always', 'public')");
    let rights = older.text("SELECT f('{}') || execute_roles::text FROM quidditch.udfs");
    assert_eq!(rights.as_deref(), Some("true{}"));

    let (updated, fresh) = (objects(&mut older), objects(&mut newer));
    assert!(updated.len() > 40, "{updated:?}");
    assert_eq!(updated, fresh);
    log.assert_no_crash();
}

#[test]
fn pg_upgrade() {
    let (old, new) = (Cluster::new(&[]), Cluster::new(&[]));
    let mut session = old.connect();
    session.run("CREATE ROLE quidditch_reader; CREATE EXTENSION quidditch");
    session.run(UDF);
    session.run(DOCUMENTS);
    session.run(
        "SELECT quidditch.revoke_udf('always', 'public'); SELECT quidditch.grant_udf('always', 'quidditch_reader');
         CREATE FUNCTION f(doc jsonb) RETURNS boolean LANGUAGE wasm IMMUTABLE AS 'always@1.0.0';
         CREATE FUNCTION inline(doc jsonb) RETURNS boolean LANGUAGE wasm IMMUTABLE AS '(module (func (export \"filter\") (param i64) (result i32) i32.const 1))';
         ALTER TABLE docs ADD CHECK (inline(doc)), ADD kept boolean GENERATED ALWAYS AS (inline(doc)) STORED",
    );
    let examine =
        |session: &mut Session| {
            let mut seen = search(session);
            seen.extend(session.rows(
                "SELECT count(*)::text, bool_and(kept)::text, bool_and(f(doc))::text FROM docs",
            ));
            seen.extend(session.rows("SELECT name, execute_roles::text FROM quidditch.udfs"));
            seen
        };
    let seen = examine(&mut session);
    assert_eq!(seen[1], ["999", "true", "true"].map(|t| Some(t.to_owned())));
    drop(session);
    old.stop("fast");
    new.stop("fast");
    new.upgrade_from(&old);
    new.start();
    let log = new.log();
    let mut session = new.connect();
    assert_eq!(examine(&mut session), seen);
    session.run("SELECT quidditch.check_index('docs_index', true)");
    session.run(
        r#"INSERT INTO docs SELECT i, '{"text": "fox"}' FROM generate_series(1001, 1003) AS i"#,
    );
    assert_eq!(search(&mut session)[0][0].as_deref(), Some("336"));
    log.assert_no_crash();
}
