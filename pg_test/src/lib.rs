//! What the integration tests share: connections to the server that the environment names
//! (`scripts/server.sh env test` prints it), databases of their own, UDFs, reading errors.

pub mod cluster;
pub mod documents;
pub mod queries;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};

use postgres::{Client, Config, NoTls, SimpleQueryMessage};

/// An environment variable that the tests can't do without.
fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| {
        panic!(
            "{name} is not set: these tests need a server. \
             make integration starts one; eval \"$(scripts/server.sh env test)\" names a running one"
        )
    })
}

fn config(database: &str) -> Config {
    let mut config = Config::new();
    // A backend that doesn't answer interrupts keeps databases from being made and dropped.
    if database == "postgres" {
        config.options("-c statement_timeout=60s");
    }
    config
        .host(&variable("PGHOST"))
        .port(variable("PGPORT").parse().expect("PGPORT is a number"))
        .user(&variable("PGUSER"))
        .dbname(database);
    config
}

/// The server's data directory.
pub fn data_directory() -> PathBuf {
    variable("QUIDDITCH_PG_DATA").into()
}

/// A database with the extension in it, dropped with the value.
pub struct Database {
    name: String,
}

impl Database {
    /// `test` is part of its name.
    pub fn new(test: &str) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("quidditch_{test}_{}_{count}", std::process::id());
        let mut client = connect("postgres");
        client
            .batch_execute(&format!("CREATE DATABASE {name}"))
            .unwrap();
        let database = Database { name };
        database.connect().run("CREATE EXTENSION quidditch");
        database
    }

    pub fn connect(&self) -> Session {
        Session::new(connect(&self.name))
    }

    /// As another role, with options for the server (`-c name=value`).
    pub fn connect_as(&self, role: &str, options: &str) -> Session {
        let mut config = config(&self.name);
        let client = config.user(role).options(options).connect(NoTls);
        Session::new(client.unwrap_or_else(|error| panic!("cannot connect as {role}: {error}")))
    }

    /// Runs a program of the server's on it: `pg_dump`, or `psql` with something to read.
    pub fn run(&self, program: &str, arguments: &[&str], input: &[u8]) -> Vec<u8> {
        let mut child = Command::new(PathBuf::from(variable("QUIDDITCH_PG_BIN")).join(program))
            .args(arguments)
            .env("PGDATABASE", &self.name)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{program}: {error}"));
        // None of them writes much before it has read everything.
        child.stdin.take().unwrap().write_all(input).unwrap();
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.success() && said.is_empty(),
            "{program}: {said}"
        );
        output.stdout
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let drop = format!("DROP DATABASE {} WITH (FORCE)", self.name);
        let dropped = config("postgres")
            .connect(NoTls)
            .and_then(|mut client| client.batch_execute(&drop));
        if let Err(error) = dropped {
            eprintln!("{drop}: {error}");
        }
    }
}

fn connect(database: &str) -> Client {
    config(database)
        .connect(NoTls)
        .unwrap_or_else(|error| panic!("cannot connect to {database}: {error}"))
}

/// A connection, and the process that serves it.
pub struct Session {
    pub client: Client,
    pub pid: i32,
}

impl Session {
    fn new(client: Client) -> Self {
        Session::try_new(client).unwrap()
    }

    /// Not if the session has ended already: on a standby it may be in the way of what is replayed.
    fn try_new(mut client: Client) -> Result<Self, postgres::Error> {
        let row = client.query_one("SELECT pg_backend_pid()", &[])?;
        let pid = row.get(0);
        Ok(Session { client, pid })
    }

    pub fn run(&mut self, sql: &str) {
        if let Err(error) = self.client.batch_execute(sql) {
            panic!("{sql}\n{}", describe(&error));
        }
    }

    /// The only column of the only row, as text.
    pub fn text(&mut self, sql: &str) -> Option<String> {
        let sql = format!("SELECT q.a::text FROM ({sql}) AS q(a)");
        match self.client.query_one(&sql, &[]) {
            Ok(row) => row.get(0),
            Err(error) => panic!("{sql}\n{}", describe(&error)),
        }
    }

    /// The rows of the statement's last query, as text.
    pub fn try_rows(&mut self, sql: &str) -> Result<Vec<Vec<Option<String>>>, Failure> {
        let messages = self.client.simple_query(sql);
        let messages = messages.map_err(|error| Failure::new(&error))?;
        let mut rows = Vec::new();
        for message in messages {
            match message {
                SimpleQueryMessage::RowDescription(_) => rows.clear(),
                SimpleQueryMessage::Row(row) => {
                    let columns = 0..row.len();
                    rows.push(columns.map(|at| row.get(at).map(str::to_owned)).collect());
                }
                _ => {}
            }
        }
        Ok(rows)
    }

    /// The same of a statement that must succeed.
    pub fn rows(&mut self, sql: &str) -> Vec<Vec<Option<String>>> {
        self.try_rows(sql)
            .unwrap_or_else(|failure| panic!("{sql}\n{failure:?}"))
    }

    /// The error a statement must end with.
    pub fn failure(&mut self, sql: &str) -> Failure {
        match self.client.batch_execute(sql) {
            Ok(()) => panic!("no error: {sql}"),
            Err(error) => Failure::new(&error),
        }
    }

    /// Registers a module, binary or WAT.
    pub fn try_register(
        &mut self,
        name: &str,
        version: &str,
        module: &[u8],
        metadata: &str,
    ) -> Result<(), Failure> {
        let sql = "SELECT quidditch.register_udf($1, $2, $3, $4::text::jsonb)";
        match self
            .client
            .query(sql, &[&name, &version, &module, &metadata])
        {
            Ok(_) => Ok(()),
            Err(error) => Err(Failure::new(&error)),
        }
    }

    pub fn register(&mut self, name: &str, wat: &str, metadata: &str) {
        if let Err(failure) = self.try_register(name, "1.0.0", wat.as_bytes(), metadata) {
            panic!("{name}: {failure:?}\n{wat}");
        }
    }

    /// Whether it is as good as new.
    pub fn answers(&mut self) -> bool {
        self.text("SELECT 1").as_deref() == Some("1")
    }

    /// Bytes of memory that the backend has in RAM and shares with nobody.
    pub fn resident(&self) -> u64 {
        let path = format!("/proc/{}/statm", self.pid);
        let statm = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{path}: {e}"));
        let mut fields = statm.split(' ').skip(1).map(|f| f.parse::<u64>().unwrap());
        let (resident, shared) = (fields.next().unwrap(), fields.next().unwrap());
        (resident - shared) * 4096
    }
}

/// What a client sees of an error.
#[derive(Debug, Clone, PartialEq)]
pub struct Failure {
    pub state: String,
    pub message: String,
}

impl Failure {
    pub fn new(error: &postgres::Error) -> Self {
        match error.as_db_error() {
            Some(db) => Failure {
                state: db.code().code().to_owned(),
                message: db.message().to_owned(),
            },
            None => Failure {
                state: "connection".to_owned(),
                message: error.to_string(),
            },
        }
    }
}

fn describe(error: &postgres::Error) -> String {
    format!("{:?}", Failure::new(error))
}

/// WAT text of a module whose `filter` does what the instructions say, with one page of memory.
pub fn filter(instructions: &str) -> String {
    format!(
        r#"(module (memory (export "memory") 1)
            (func (export "filter") (param $ctx i64) (result i32) {instructions}))"#
    )
}

/// Reads what the server has logged since it was made.
pub struct Log {
    path: PathBuf,
    from: u64,
}

impl Log {
    pub fn now() -> Self {
        Log::at(Path::new(&variable("QUIDDITCH_PG_LOG")))
    }

    fn at(path: &Path) -> Self {
        Log {
            path: path.to_owned(),
            from: std::fs::metadata(path).map_or(0, |m| m.len()),
        }
    }

    /// What it has.
    pub fn text(&self) -> String {
        let log = std::fs::read(&self.path).unwrap_or_else(|e| panic!("{:?}: {e}", self.path));
        String::from_utf8_lossy(&log[self.from as usize..]).into_owned()
    }

    fn assert_without(&self, signs: &[&str]) {
        let new = self.text();
        for sign in signs {
            let line = new.lines().find(|line| line.contains(sign));
            assert!(line.is_none(), "the server's log: {line:?}");
        }
    }

    /// Fails when a backend crashed.
    pub fn assert_no_crash(&self) {
        self.assert_without(&["was terminated by signal", "reinitializing", "crashed"]);
        self.assert_no_panic();
    }

    /// Fails when code or the server panicked; others may have killed it.
    pub fn assert_no_panic(&self) {
        self.assert_without(&[
            "PANIC:",
            "panicked at",
            "stack backtrace",
            "inconsistent page",
        ]);
    }
}

/// SplitMix64: pseudo-random numbers from a seed.
pub struct Random(pub u64);

impl Random {
    /// Seeded by `QUIDDITCH_SEED`, or by the clock; prints the seed.
    pub fn from_environment() -> Self {
        let seed = match std::env::var("QUIDDITCH_SEED") {
            Ok(seed) => seed.parse().expect("QUIDDITCH_SEED is a number"),
            Err(_) => std::time::UNIX_EPOCH.elapsed().unwrap().as_nanos() as u64,
        };
        println!("QUIDDITCH_SEED={seed}");
        Random(seed)
    }

    pub fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, n: usize) -> usize {
        (self.number() % n as u64) as usize
    }

    /// Once in so many times.
    pub fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    pub fn pick<'c, T>(&mut self, choices: &'c [T]) -> &'c T {
        &choices[self.below(choices.len())]
    }

    pub fn bytes(&mut self, n: usize) -> Vec<u8> {
        let mut bytes: Vec<u8> = (0..n.div_ceil(8))
            .flat_map(|_| self.number().to_le_bytes())
            .collect();
        bytes.truncate(n);
        bytes
    }
}

/// Says that it is over when it is dropped, in a panic too: then other threads don't wait for a test that failed.
pub struct Ending<'f>(pub &'f AtomicBool);

impl Drop for Ending<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// How long a test goes on: as long as `QUIDDITCH_SOAK` says, in seconds, else so many milliseconds.
pub fn duration(milliseconds: u64) -> Duration {
    match std::env::var("QUIDDITCH_SOAK") {
        Ok(seconds) => Duration::from_secs(seconds.parse().expect("QUIDDITCH_SOAK is a number")),
        Err(_) => Duration::from_millis(milliseconds),
    }
}

/// Waits until `done` says so; panics after ten seconds.
pub fn wait_until(what: &str, mut done: impl FnMut() -> bool) {
    let started = Instant::now();
    while !done() {
        assert!(
            started.elapsed() < Duration::from_secs(10),
            "waited too long until {what}"
        );
        std::thread::sleep(Duration::from_millis(5));
    }
}
