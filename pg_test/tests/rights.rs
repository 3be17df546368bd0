//! Who may run a UDF, where several sessions and roles meet: a change counts at everybody's next statement, and what
//! a guest remembers stays with the role it served.

use std::time::Instant;

use quidditch_pg_test::cluster::Cluster;
use quidditch_pg_test::{Database, Log, Session, filter};

const CALL: &str = "SELECT quidditch.call_udf('f', '{}')";
const DENIED: &str = "permission denied for UDF f@1.0.0";

/// How often its instance was called.
const COUNT: &str = "(i32.store (i32.const 0) (i32.add (i32.load (i32.const 0)) (i32.const 1))) (i32.load (i32.const 0))";
const I32: &str = r#"{"returns": [{"type": "i32"}]}"#;

/// Roles of a test's own, dropped with the value.
struct Roles<'d> {
    database: &'d Database,
    prefix: String,
    names: Vec<String>,
}

impl<'d> Roles<'d> {
    fn new(database: &'d Database, test: &str, names: &[&str]) -> Self {
        let mut roles = Roles {
            database,
            prefix: format!("quidditch_{test}_{}_", std::process::id()),
            names: Vec::new(),
        };
        for name in names {
            roles.create(name);
        }
        roles
    }

    fn name(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    fn create(&mut self, name: &str) {
        let name = self.name(name);
        let mut session = self.database.connect();
        session.run(&format!("CREATE ROLE {name} LOGIN"));
        self.names.push(name);
    }
}

impl Drop for Roles<'_> {
    fn drop(&mut self) {
        let mut session = self.database.connect();
        let names = self.names.join(", ");
        let drop = format!("DROP OWNED BY {names}; DROP ROLE {names}");
        if let Err(error) = session.client.batch_execute(&drop) {
            eprintln!("{drop}: {error}");
        }
    }
}

fn may(session: &mut Session) -> bool {
    match session.client.batch_execute(CALL) {
        Ok(()) => true,
        Err(error) => {
            let message = error.as_db_error().map(|error| error.message().to_owned());
            assert_eq!(message.as_deref(), Some(DENIED), "{error:?}");
            false
        }
    }
}

#[test]
fn a_change_counts_at_the_next_statement_of_every_session() {
    let database = Database::new("revoke");
    let roles = Roles::new(&database, "revoke", &["reader", "team"]);
    let (reader, team) = (roles.name("reader"), roles.name("team"));
    let mut owner = database.connect();
    owner.register("f", &filter("i32.const 1"), I32);
    let mut session = database.connect_as(&reader, "-c plan_cache_mode=force_generic_plan");
    let prepared = session.client.prepare(CALL).unwrap();
    let mut seen = |expected: bool, what: &str| {
        assert_eq!(may(&mut session), expected, "{what}");
        assert_eq!(
            session.client.query(&prepared, &[]).is_ok(),
            expected,
            "prepared, {what}"
        );
    };
    seen(true, "everybody");
    owner.run("SELECT quidditch.revoke_udf('f', 'public')");
    seen(false, "revoked from everybody");
    owner.run(&format!("SELECT quidditch.grant_udf('f', '{reader}')"));
    seen(true, "granted");
    // Not before it is committed, and not if it never is.
    owner.run(&format!(
        "BEGIN; SELECT quidditch.revoke_udf('f', '{reader}')"
    ));
    seen(true, "not committed");
    owner.run("ROLLBACK");
    seen(true, "rolled back");
    owner.run(&format!(
        "BEGIN; SELECT quidditch.revoke_udf('f', '{reader}'); COMMIT"
    ));
    seen(false, "committed");
    // By a membership, which is no change of the UDF.
    owner.run(&format!("SELECT quidditch.grant_udf('f', '{team}')"));
    seen(false, "granted to a team");
    owner.run(&format!("GRANT {team} TO {reader}"));
    seen(true, "a member");
    owner.run(&format!("REVOKE {team} FROM {reader}"));
    seen(false, "no member any more");
    owner.run(&format!("ALTER ROLE {reader} SUPERUSER"));
    seen(true, "superuser");
    owner.run(&format!("ALTER ROLE {reader} NOSUPERUSER"));
    seen(false, "no superuser any more");
    owner.run("SELECT quidditch.grant_udf('f', 'public')");
    seen(true, "everybody again");
}

/// A transaction with an old snapshot doesn't keep a right that was revoked, as it doesn't keep one on a table.
#[test]
fn a_revoke_counts_in_a_transaction_that_began_before() {
    let database = Database::new("snapshot");
    let roles = Roles::new(&database, "snapshot", &["reader"]);
    let mut owner = database.connect();
    owner.register("f", &filter("i32.const 1"), I32);
    let mut reader = database.connect_as(&roles.name("reader"), "");
    for level in ["READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"] {
        reader.run(&format!("BEGIN ISOLATION LEVEL {level}"));
        assert!(may(&mut reader), "{level}");
        owner.run("SELECT quidditch.revoke_udf('f', 'public')");
        assert!(!may(&mut reader), "{level}");
        reader.run("ROLLBACK");
        owner.run("SELECT quidditch.grant_udf('f', 'public')");
    }
}

/// A transaction with an old snapshot changes what is there now, as GRANT does: a revoke that finds nothing to revoke
/// would be believed.
#[test]
fn a_transaction_that_began_before_changes_the_latest() {
    let database = Database::new("latest");
    let roles = Roles::new(&database, "latest", &["reader"]);
    let reader = roles.name("reader");
    let mut session = database.connect_as(&reader, "");
    let (mut old, mut other) = (database.connect(), database.connect());
    for level in ["REPEATABLE READ", "SERIALIZABLE"] {
        let begin = format!("BEGIN ISOLATION LEVEL {level}; SELECT count(*) FROM quidditch.udf");
        old.run(&begin);
        other.register("f", &filter("i32.const 1"), I32);
        old.run("SELECT quidditch.revoke_udf('f', 'public'); COMMIT");
        assert!(!may(&mut session), "{level}: revoked from everybody");
        old.run(&begin);
        other.run(&format!("SELECT quidditch.grant_udf('f', '{reader}')"));
        assert!(may(&mut session), "{level}: granted");
        old.run(&format!(
            "SELECT quidditch.revoke_udf('f', '{reader}'); COMMIT"
        ));
        assert!(!may(&mut session), "{level}: revoked");
        old.run(&begin);
        other.run("SELECT quidditch.unregister_udf('f', '1.0.0')");
        other.register("f", &filter("i32.const 2"), I32);
        let removed = old.text("SELECT quidditch.unregister_udf('f', '1.0.0')");
        assert_eq!(removed.as_deref(), Some("true"), "{level}");
        old.run("COMMIT");
    }
}

/// Nor does a standby go on letting in whom the primary keeps out.
#[test]
fn a_revoke_reaches_the_sessions_of_a_standby() {
    let primary = Cluster::new(&[]);
    let mut owner = primary.connect();
    owner.run("CREATE EXTENSION quidditch; CREATE ROLE team; CREATE ROLE reader IN ROLE team");
    owner.register("f", &filter("i32.const 1"), I32);
    let standby = primary.standby(&[]);
    primary.wait_for_standby(&standby);
    let mut reader = standby.connect();
    reader.run("SET ROLE reader");
    assert!(may(&mut reader));
    for (change, expected) in [
        ("SELECT quidditch.revoke_udf('f', 'public')", false),
        ("SELECT quidditch.grant_udf('f', 'team')", true),
        ("REVOKE team FROM reader", false),
        ("GRANT team TO reader", true),
        ("SELECT quidditch.revoke_udf('f', 'team')", false),
    ] {
        owner.run(change);
        primary.wait_for_standby(&standby);
        assert_eq!(may(&mut reader), expected, "{change}");
    }
}

/// Who may not change rights doesn't wait for whoever is changing them, nor do they wait for him.
#[test]
fn who_may_not_grant_takes_no_lock() {
    let database = Database::new("lock");
    let roles = Roles::new(&database, "lock", &["reader"]);
    let reader = roles.name("reader");
    let mut owner = database.connect();
    owner.register("f", &filter("i32.const 1"), I32);
    let mut session = database.connect_as(&reader, "-c lock_timeout=2s");
    let grant = format!("SELECT quidditch.grant_udf('f', '{reader}')");
    owner.run(&format!("BEGIN; {grant}"));
    assert_eq!(session.failure(&grant).state, "42501");
    owner.run("COMMIT");
}

/// A change that isn't committed is in the way of changes of the same name alone, and of none of the keys.
#[test]
fn an_open_change_is_in_the_way_of_its_name() {
    let database = Database::new("open");
    let mut roles = Roles::new(&database, "open", &["reader"]);
    roles.create("gone");
    let (reader, gone) = (roles.name("reader"), roles.name("gone"));
    let mut owner = database.connect();
    let mut other = database.connect();
    owner.register("f", &filter("i32.const 1"), I32);
    owner.register("g", &filter("i32.const 1"), I32);
    // Both sessions have a grant to sweep out.
    owner.run(&format!(
        "SELECT quidditch.grant_udf('f', '{gone}'), quidditch.grant_udf('g', '{gone}'); DROP ROLE {gone}"
    ));
    roles.names.retain(|name| *name != gone);
    let changes = |name: &str| {
        [
            format!("SELECT quidditch.grant_udf('{name}', '{reader}')"),
            format!("SELECT quidditch.revoke_udf('{name}', '{reader}')"),
            format!("SELECT quidditch.unregister_udf('{name}', '1.0.0')"),
        ]
    };
    other.run("SET lock_timeout = '300ms'");
    for change in changes("f") {
        owner.run(&format!("BEGIN; {change}"));
        for same in changes("f") {
            assert_eq!(other.failure(&same).state, "55P03", "{change}; {same}");
        }
        let newer = other.try_register("f", "2.0.0", filter("i32.const 2").as_bytes(), I32);
        assert_eq!(newer.unwrap_err().state, "55P03", "{change}");
        for another in changes("g") {
            other.run(&another);
        }
        other.register("g", &filter("i32.const 1"), I32);
        assert_eq!(
            other
                .failure("SELECT quidditch.revoke_trusted_key('k')")
                .state,
            "42704",
            "{change}"
        );
        owner.run("ROLLBACK");
    }
    let left = owner.text("SELECT count(*) FROM quidditch.udf_grant WHERE name = 'g'");
    assert_eq!(left.as_deref(), Some("0"));
}

/// Sessions that run a UDF while its owner grants and revokes: each answer is one or the other, and the last counts.
#[test]
fn grants_beside_calls() {
    let log = Log::now();
    let database = Database::new("beside");
    let roles = Roles::new(&database, "beside", &["reader"]);
    let reader = roles.name("reader");
    let mut owner = database.connect();
    owner.register("f", &filter("i32.const 1"), I32);
    owner.run("SELECT quidditch.revoke_udf('f', 'public')");
    let callers: Vec<_> = (0..2)
        .map(|_| {
            let mut session = database.connect_as(&reader, "");
            std::thread::spawn(move || {
                let allowed = (0..300).filter(|_| may(&mut session)).count();
                (allowed, session)
            })
        })
        .collect();
    let granters: Vec<_> = (0..2)
        .map(|_| {
            let mut session = database.connect();
            let reader = reader.clone();
            std::thread::spawn(move || {
                for _ in 0..50 {
                    session.run(&format!("SELECT quidditch.grant_udf('f', '{reader}')"));
                    session.run(&format!("SELECT quidditch.revoke_udf('f', '{reader}')"));
                }
            })
        })
        .collect();
    for granter in granters {
        granter.join().unwrap();
    }
    for caller in callers {
        let (allowed, mut session) = caller.join().unwrap();
        println!("allowed {allowed} of 300");
        assert!(!may(&mut session));
    }
    log.assert_no_crash();
}

#[test]
fn a_thousand_roles() {
    const ROLES: usize = 1000;
    let database = Database::new("thousand");
    let roles = Roles::new(&database, "thousand", &["author", "stranger"]);
    let many = roles.name("many");
    let mut owner = database.connect();
    owner.register("f", &filter("i32.const 1"), I32);
    owner.run(&format!(
        "UPDATE quidditch.udf SET owner = '{}'; SELECT quidditch.revoke_udf('f', 'public');
         DO $$BEGIN FOR i IN 1..{ROLES} LOOP EXECUTE 'CREATE ROLE {many}' || i; END LOOP; END$$",
        roles.name("author")
    ));
    let started = Instant::now();
    owner.run(&format!(
        "SELECT quidditch.grant_udf('f', '{many}' || i) FROM generate_series(1, {ROLES}) AS i"
    ));
    println!("granting: {:?} each", started.elapsed() / ROLES as u32);
    let listed = "SELECT cardinality(execute_roles) FROM quidditch.udfs";
    assert_eq!(owner.text(listed), Some(ROLES.to_string()));
    let mut session = database.connect();
    let started = Instant::now();
    for i in 1..=ROLES {
        session.run(&format!("SET ROLE {many}{i}"));
        assert!(may(&mut session), "{i}");
    }
    println!(
        "one call as each: {:?} each",
        started.elapsed() / ROLES as u32
    );
    // The first call of a role among so many looks for it, the next ones remember.
    let mut timed = |statement: &str| {
        let started = Instant::now();
        session.run(statement);
        started.elapsed()
    };
    timed(&format!("SET ROLE {many}{ROLES}"));
    let first = timed(CALL);
    let next: Vec<_> = (0..100).map(|_| timed(CALL)).collect();
    println!("first {first:?}, then {:?}", next.iter().min().unwrap());
    session.run(&format!("SET ROLE {}", roles.name("stranger")));
    assert!(!may(&mut session));
    owner.run(&format!("SELECT quidditch.revoke_udf('f', '{many}500')"));
    for (i, expected) in [(499, true), (500, false), (501, true)] {
        session.run(&format!("SET ROLE {many}{i}"));
        assert_eq!(may(&mut session), expected, "{i}");
    }
    session.run("RESET ROLE");
    // Dropped ones are forgotten.
    owner.run(&format!(
        "DO $$BEGIN FOR i IN 1..{ROLES} LOOP EXECUTE 'DROP ROLE {many}' || i; END LOOP; END$$"
    ));
    assert_eq!(owner.text(listed).as_deref(), Some("0"));
    owner.run("SELECT quidditch.revoke_udf('f', 'public')");
    let left = owner.text("SELECT count(*) FROM quidditch.udf_grant");
    assert_eq!(left.as_deref(), Some("0"));
}

/// A guest that counts its calls starts from nothing wherever another role comes to run it.
#[test]
fn what_a_guest_remembers_stays_with_its_role() {
    let database = Database::new("memory");
    let roles = Roles::new(&database, "memory", &["one", "other"]);
    let (one, other) = (roles.name("one"), roles.name("other"));
    let mut session = database.connect();
    session.register("f", &filter(COUNT), I32);
    session.register(
        "fourth",
        &filter(&format!("{COUNT} (i32.ge_s (i32.const 4))")),
        "{}",
    );
    session.run(&format!(
        "CREATE SCHEMA shared; GRANT USAGE, CREATE ON SCHEMA shared TO {one}, {other};
         SET search_path = shared, public;
         CREATE TABLE docs AS SELECT i AS id, jsonb_build_object('n', i) AS doc FROM generate_series(1, 6) AS i;
         GRANT SELECT ON docs TO PUBLIC;
         -- One place of a call, for whoever comes.
         CREATE FUNCTION calls() RETURNS int LANGUAGE plpgsql AS $$BEGIN RETURN quidditch.call_udf('f', '{{}}'); END$$;
         CREATE FUNCTION as_one() RETURNS int LANGUAGE plpgsql SECURITY DEFINER SET search_path = shared AS $$BEGIN RETURN calls(); END$$;
         CREATE FUNCTION as_other() RETURNS int LANGUAGE plpgsql SECURITY DEFINER SET search_path = shared AS $$BEGIN RETURN calls(); END$$;
         ALTER FUNCTION as_one() OWNER TO {one}; ALTER FUNCTION as_other() OWNER TO {other}"
    ));
    // In one statement: the same role goes on counting, another begins.
    let counts = |session: &mut Session, sql: &str| {
        let rows = session.rows(sql);
        let row: Vec<_> = rows[0].iter().map(|count| count.clone().unwrap()).collect();
        row.join(" ")
    };
    assert_eq!(
        counts(&mut session, "SELECT as_one(), as_one(), as_one()"),
        "1 2 3"
    );
    assert_eq!(
        counts(
            &mut session,
            "SELECT as_one(), as_other(), as_one(), as_other()"
        ),
        "1 1 1 1"
    );
    assert_eq!(
        counts(&mut session, "SELECT calls(), as_one(), as_one(), calls()"),
        "1 1 2 1"
    );
    // Row for row, as a policy has it.
    assert_eq!(
        counts(
            &mut session,
            "SELECT string_agg(CASE WHEN id % 2 = 0 THEN as_one() ELSE as_other() END::text, '' ORDER BY id) FROM docs"
        ),
        "111111"
    );
    // In one transaction, with a role after the other, and with the session's.
    session.run("BEGIN");
    for role in [&one, &other, &one] {
        session.run(&format!("SET LOCAL ROLE {role}"));
        assert_eq!(
            counts(&mut session, "SELECT shared.calls(), shared.calls()"),
            "1 2"
        );
        session.run(&format!(
            "RESET ROLE; SET LOCAL SESSION AUTHORIZATION {other}"
        ));
        assert_eq!(counts(&mut session, "SELECT shared.calls()"), "1");
        session.run("RESET SESSION AUTHORIZATION");
    }
    session.run("COMMIT");
    // A cursor that one role opened and another goes on reading.
    session.run(&format!(
        "BEGIN; SET LOCAL ROLE {one}; DECLARE c CURSOR FOR SELECT quidditch.call_udf('f', doc) FROM docs; FETCH 3 FROM c; SET LOCAL ROLE {other}"
    ));
    assert_eq!(counts(&mut session, "FETCH c"), "1");
    session.run("COMMIT");
    // A policy's guest and a query's are two, and so are those of two roles: if they were one, more rows than the
    // last three would pass.
    session.run(
        "ALTER TABLE docs ENABLE ROW LEVEL SECURITY; CREATE POLICY fourth ON docs USING (doc @@@ public.wasm_udf('fourth'))",
    );
    for role in [&one, &other, &one] {
        session.run(&format!("SET ROLE {role}"));
        let ids = "SELECT string_agg(id::text, '' ORDER BY id) FROM docs";
        assert_eq!(counts(&mut session, ids), "456", "{role}");
        // The three rows that the policy lets through are the query's first.
        let none = "SELECT count(*) FROM docs WHERE doc @@@ public.wasm_udf('fourth')";
        assert_eq!(counts(&mut session, none), "0", "{role}");
        session.run("RESET ROLE");
    }
    // An error in between.
    session.run(&format!("SET ROLE {one}"));
    session.failure("SELECT shared.calls(), 1 / 0 FROM shared.docs");
    session.run(&format!("SET ROLE {other}"));
    assert_eq!(counts(&mut session, "SELECT shared.calls()"), "1");
    session.run("RESET ROLE; DROP SCHEMA shared CASCADE");
}

/// Settings that were made before the library was loaded, when nobody knew whose they are.
#[test]
fn ceilings_are_the_superusers() {
    let database = Database::new("ceilings");
    let roles = Roles::new(&database, "ceilings", &["reader"]);
    let reader = roles.name("reader");
    let settings = [
        ("max_memory", "1GB", "16MB"),
        ("max_execution_time", "1h", "5s"),
        ("max_stack", "384kB", "256kB"),
        ("max_module_size", "64MB", "8MB"),
        ("max_log_lines", "9999", "100"),
        ("max_log_size", "1MB", "16kB"),
        ("code_cache", "off", "on"),
        ("require_signature", "warn", "off"),
    ];
    database
        .connect()
        .register("f", &filter("i32.const 1"), I32);
    let check = |session: &mut Session, how: &str| {
        assert!(may(session));
        for (setting, _, default) in settings {
            let now = session.rows(&format!("SHOW quidditch.{setting}"));
            assert_eq!(now[0][0].as_deref(), Some(default), "{setting}, {how}");
        }
    };
    let option =
        |(setting, value, _): &(&str, &str, &str)| format!("-c quidditch.{setting}={value}");
    // Among the connection's options they would hide what the server's configuration says.
    for setting in &settings {
        let mut session =
            database.connect_as(&reader, &option(setting).to_uppercase().replace("-C", "-c"));
        for _ in 0..2 {
            let refused = session.failure(CALL);
            assert_eq!(refused.state, "42501", "{setting:?}");
            let message = refused.message.to_lowercase();
            assert_eq!(
                message,
                format!(
                    "permission denied to set parameter \"quidditch.{}\"",
                    setting.0
                )
            );
        }
        assert!(session.answers());
    }
    // Those that are everybody's may be there.
    let mut session = database.connect_as(
        &reader,
        "-c quidditch.log_level=notice -c quidditch.max_query_depth=5",
    );
    assert!(may(&mut session));
    assert_eq!(
        session.rows("SHOW quidditch.max_query_depth")[0][0].as_deref(),
        Some("5")
    );
    let mut session = database.connect_as(&reader, "");
    for (setting, value, _) in settings {
        session.run(&format!("SET quidditch.{setting} = '{value}'"));
    }
    check(&mut session, "set before");
    for (setting, value, _) in settings {
        let refused = session.failure(&format!("SET quidditch.{setting} = '{value}'"));
        assert_eq!(refused.state, "42501", "{setting}");
    }
    // A superuser's do count, made in the same way.
    let options: Vec<_> = settings.iter().map(option).collect();
    let mut superuser = database.connect_as("postgres", &options.join(" "));
    superuser.run(&format!("SET ROLE {reader}; {CALL}"));
    let memory = superuser.rows("SHOW quidditch.max_memory");
    assert_eq!(memory[0][0].as_deref(), Some("1GB"));
    // And those of a role that was granted one.
    superuser.run(&format!(
        "RESET ROLE; GRANT SET ON PARAMETER quidditch.max_memory TO {reader}"
    ));
    let mut session = database.connect_as(&reader, "-c quidditch.max_memory=32MB");
    assert!(may(&mut session));
    assert_eq!(
        session.rows("SHOW quidditch.max_memory")[0][0].as_deref(),
        Some("32MB")
    );
    superuser.run(&format!(
        "REVOKE SET ON PARAMETER quidditch.max_memory FROM {reader}"
    ));
}

#[test]
fn dump_and_restore() {
    let database = Database::new("dumped");
    let mut roles = Roles::new(&database, "dumped", &["author", "reader"]);
    roles.create("gone");
    let (author, reader, gone) = (
        roles.name("author"),
        roles.name("reader"),
        roles.name("gone"),
    );
    let mut session = database.connect();
    session.register("f", &filter("i32.const 1"), I32);
    session.register("g", &filter("i32.const 1"), I32);
    let key = "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEIR2pf/8Wei22rGBLoO/wslsPnn3K\npTirj0Nm8+9uxHMuN9XVMgilk4SKkKpQOqiIlTOUmSCYrIIO2c/fJMrRCA==\n-----END PUBLIC KEY-----";
    session.run(&format!(
        "UPDATE quidditch.udf SET owner = '{author}';
         SELECT quidditch.revoke_udf('f', 'public'), quidditch.grant_udf('f', '{reader}'), quidditch.grant_udf('f', '{gone}');
         SELECT quidditch.add_trusted_key('k', '{key}', valid_until => 'infinity', comment => 'it''s'), quidditch.revoke_trusted_key('k')"
    ));
    session.run(&format!("DROP ROLE {gone}"));
    roles.names.retain(|name| *name != gone);
    let dump = database.run("pg_dump", &[], b"");
    assert!(String::from_utf8_lossy(&dump).contains(&reader));

    let restored = Database::new("restored");
    restored.connect().run("DROP EXTENSION quidditch");
    restored.run("psql", &["-X", "-q", "-v", "ON_ERROR_STOP=1"], &dump);
    let mut other = restored.connect();
    for what in [
        "SELECT string_agg(concat_ws(' ', name, version, owner, execute_roles, encode(module, 'hex')), ';' ORDER BY name) FROM quidditch.udfs JOIN quidditch.udf USING (name, version, owner)",
        "SELECT k::text FROM quidditch.trusted_key AS k",
        "SELECT string_agg(g::text, ' ') FROM quidditch.udf_grant AS g WHERE EXISTS (SELECT FROM pg_roles WHERE oid = grantee)",
    ] {
        assert_eq!(other.text(what), session.text(what), "{what}");
    }
    // The role that is gone isn't among them, not even as a number.
    let grants = other.text("SELECT count(*) FROM quidditch.udf_grant");
    assert_eq!(grants.as_deref(), Some("1"));
    for (role, expected) in [(&author, true), (&reader, true)] {
        assert_eq!(may(&mut restored.connect_as(role, "")), expected, "{role}");
    }
    drop(restored);
}
