//! Perl takes over SIGFPE in a backend that runs it; guest traps are none of its business, nor it theirs.

use quidditch_pg_test::{Database, Log, Session, filter};

fn perl_works(session: &mut Session) {
    assert_eq!(
        session.text("SELECT perl_sum(20, 22)").as_deref(),
        Some("42")
    );
    // Perl's own division by zero is an error of Perl's.
    let failure = session.failure("SELECT perl_quotient(1, 0)");
    assert!(failure.message.contains("division by zero"), "{failure:?}");
}

fn guest_traps(session: &mut Session) {
    for name in ["divide", "overflow"] {
        let failure = session.failure(&format!("SELECT quidditch.call_udf('{name}', '{{}}')"));
        assert_eq!(failure.state, "38000", "{failure:?}");
    }
    assert_eq!(
        session
            .text("SELECT quidditch.call_udf('fine', '{}')")
            .as_deref(),
        Some("true")
    );
    // PostgreSQL's own.
    assert_eq!(session.failure("SELECT 1 / 0").state, "22012");
}

#[test]
fn perl_and_guests_in_one_backend() {
    let log = Log::now();
    let database = Database::new("plperl");
    let mut session = database.connect();
    if let Err(error) = session.client.batch_execute("CREATE EXTENSION plperl") {
        panic!(
            "{error}\nplperl is missing. Debian: apt-get install postgresql-plperl-15, then make the private server anew"
        );
    }
    session.run(
        "CREATE FUNCTION perl_sum(int, int) RETURNS int LANGUAGE plperl AS 'return $_[0] + $_[1];';
         CREATE FUNCTION perl_quotient(int, int) RETURNS int LANGUAGE plperl AS 'return $_[0] / $_[1];'",
    );
    session.register(
        "divide",
        &filter("(i32.div_s (i32.const 1) (i32.const 0))"),
        "{}",
    );
    session.register(
        "overflow",
        &filter("(i32.div_s (i32.const 0x80000000) (i32.const -1))"),
        "{}",
    );
    session.register("fine", &filter("i32.const 1"), "{}");

    let mut perl_first = database.connect();
    let mut guest_first = database.connect();
    for _ in 0..3 {
        perl_works(&mut perl_first);
        guest_traps(&mut perl_first);
        guest_traps(&mut guest_first);
        perl_works(&mut guest_first);
    }
    log.assert_no_crash();
}
