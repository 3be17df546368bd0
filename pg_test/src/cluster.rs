//! PostgreSQL servers of a test's own, to be killed, damaged, copied and followed. They lie beside the server that the
//! environment names and run its binaries; as root, they belong to the user `postgres`.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use postgres::error::SqlState;
use postgres::{Config, NoTls};
use rustix::process::{Pid, Signal, kill_process};

use crate::{Log, Session, variable, wait_until};

/// Part of the socket's name; nobody listens on TCP.
const PORT: u16 = 5432;

/// What all have, unless a test says otherwise. A killed server loses nothing that it gave to the system, so nothing
/// has to reach the disk.
const SETTINGS: &[&str] = &[
    "listen_addresses = ''",
    "fsync = off",
    "shared_buffers = 64MB",
    "log_line_prefix = '%m [%p] %q%d '",
    "archive_timeout = 0",
];

/// A server, stopped and removed with the value, unless its test failed.
pub struct Cluster {
    directory: PathBuf,
}

impl Cluster {
    /// A new one, running.
    pub fn new(settings: &[&str]) -> Cluster {
        Cluster::with_initdb(&[], settings)
    }

    /// The same with options of initdb.
    pub fn with_initdb(options: &[&str], settings: &[&str]) -> Cluster {
        let cluster = Cluster::empty();
        let mut arguments = vec!["-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8"];
        arguments.extend(["-A", "trust", "--no-sync", "-D"]);
        let data = cluster.data();
        arguments.push(data.to_str().unwrap());
        arguments.extend(options);
        run("initdb", &arguments);
        cluster.configure(SETTINGS);
        cluster.configure(settings);
        cluster.start();
        cluster
    }

    fn empty() -> Cluster {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let parent = parent();
        if COUNT.load(Ordering::Relaxed) == 0 {
            remove_left_behind(&parent);
        }
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        // Short, for a socket's path may not be long.
        let directory = parent.join(format!("x{}-{count}", std::process::id()));
        fs::create_dir(&directory).unwrap_or_else(|e| panic!("{directory:?}: {e}"));
        let closed = fs::Permissions::from_mode(0o700);
        fs::set_permissions(&directory, closed).unwrap();
        let cluster = Cluster { directory };
        cluster.give(&cluster.directory);
        cluster
    }

    /// Makes something the server's user's.
    pub fn give(&self, path: &Path) {
        if is_root() {
            let mut owner = Command::new("chown");
            check("chown", owner.arg("postgres:").arg(path).output());
        }
    }

    pub fn data(&self) -> PathBuf {
        self.directory.join("data")
    }

    /// A path beside the data, in a directory of the server's user.
    pub fn beside(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }

    fn log_file(&self) -> PathBuf {
        self.directory.join("log")
    }

    /// What it logs from here on.
    pub fn log(&self) -> Log {
        Log::at(&self.log_file())
    }

    /// What it has logged.
    pub fn logged(&self) -> String {
        String::from_utf8_lossy(&fs::read(self.log_file()).unwrap_or_default()).into_owned()
    }

    /// Adds lines to its configuration, for its next start.
    pub fn configure(&self, settings: &[&str]) {
        let path = self.data().join("postgresql.conf");
        let mut text = fs::read_to_string(&path).unwrap();
        for setting in settings {
            text += setting;
            text += "\n";
        }
        fs::write(&path, text).unwrap();
    }

    pub fn start(&self) {
        self.start_under(&[]);
    }

    /// Starts it with a program, like `prlimit`, that says how.
    pub fn start_under(&self, program: &[&str]) {
        let options = format!("-p {PORT} -k '{}'", self.directory.display());
        let (data, log) = (self.data(), self.log_file());
        let output = command_under(program, "pg_ctl")
            .args(["-w", "-t", "120", "-o", &options, "-l"])
            .arg(log)
            .arg("-D")
            .arg(data)
            .arg("start")
            .output();
        let output = output.unwrap_or_else(|e| panic!("pg_ctl: {e}"));
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.success(),
            "the server doesn't start: {said}\n{}",
            self.logged()
        );
    }

    /// Stops it as it should be: `fast` or `immediate`.
    pub fn stop(&self, mode: &str) {
        let data = self.data();
        run(
            "pg_ctl",
            &["-w", "-m", mode, "-D", data.to_str().unwrap(), "stop"],
        );
    }

    /// The process of the postmaster.
    pub fn postmaster(&self) -> Option<Pid> {
        let text = fs::read_to_string(self.data().join("postmaster.pid")).ok()?;
        Pid::from_raw(text.lines().next()?.parse().ok()?)
    }

    /// Kills the postmaster and its children, as if the machine's power had failed.
    pub fn kill(&self) {
        let postmaster = self.postmaster().expect("the server runs");
        // Stopped first, so that it makes no more children.
        kill_process(postmaster, Signal::STOP).unwrap();
        let children = children(postmaster);
        for child in &children {
            _ = kill_process(*child, Signal::KILL);
        }
        kill_process(postmaster, Signal::KILL).unwrap();
        let all = children.into_iter().chain([postmaster]);
        for process in all {
            let path = PathBuf::from(format!("/proc/{}", process.as_raw_nonzero()));
            wait_until("the server's processes are gone", || {
                !path.exists() || state(process) == Some('Z')
            });
        }
        // Whoever inherited the postmaster may not have noticed its end yet, and the next one would take it for alive.
        _ = fs::remove_file(self.data().join("postmaster.pid"));
        _ = fs::remove_file(self.beside(&format!(".s.PGSQL.{PORT}.lock")));
    }

    /// Runs a client program of PostgreSQL's, connected to it; what it wrote to standard output.
    pub fn client(&self, program: &str, arguments: &[&str]) -> String {
        let mut command = command(program);
        command.arg("-h").arg(&self.directory);
        command.args(["-p", &PORT.to_string(), "-U", "postgres"]);
        let output = check(program, command.args(arguments).output());
        String::from_utf8(output.stdout).unwrap()
    }

    fn config(&self, database: &str) -> Config {
        let mut config = Config::new();
        config
            .host_path(&self.directory)
            .port(PORT)
            .user("postgres")
            .dbname(database);
        config
    }

    pub fn try_connect(&self) -> Option<Session> {
        let client = self.config("postgres").connect(NoTls).ok()?;
        Session::try_new(client).ok()
    }

    /// A session in the database `postgres`.
    pub fn connect(&self) -> Session {
        self.connect_with(&mut self.config("postgres"))
    }

    fn connect_with(&self, config: &mut Config) -> Session {
        // On a standby a new session may be ended at once.
        for _ in 0..10 {
            match config.connect(NoTls).and_then(Session::try_new) {
                Ok(session) => return session,
                Err(error) if error.code() == Some(&SqlState::T_R_SERIALIZATION_FAILURE) => {}
                Err(error) => panic!("cannot connect: {error}\n{}", self.logged()),
            }
        }
        panic!("cannot connect: sessions are ended at once")
    }

    pub fn connect_to(&self, database: &str) -> Session {
        self.connect_with(&mut self.config(database))
    }

    /// A session that shows its notices.
    pub fn connect_noticing(&self, notice: impl Fn(&str) + Send + Sync + 'static) -> Session {
        let mut config = self.config("postgres");
        config.notice_callback(move |error| notice(error.message()));
        self.connect_with(&mut config)
    }

    /// Waits until it takes connections again after one of its processes crashed, since the log was begun.
    pub fn wait_for_recovery(&self, log: &Log) {
        wait_until("the server has recovered", || {
            log.text().contains("ready to accept connections")
        });
    }

    /// Takes over what another one has by pg_upgrade; neither is running.
    pub fn upgrade_from(&self, old: &Cluster) {
        let binaries = variable("QUIDDITCH_PG_BIN");
        let mut command = command("pg_upgrade");
        command.args(["-U", "postgres", "-b", &binaries, "-B", &binaries]);
        command.arg("-d").arg(old.data()).arg("-D").arg(self.data());
        command.arg("-s").arg(&self.directory);
        // It writes into the directory it is in, and what is wrong to its output.
        let output = command.current_dir(&self.directory).output();
        let output = output.unwrap_or_else(|e| panic!("pg_upgrade: {e}"));
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "pg_upgrade: {said}");
    }

    /// A copy of it, not running.
    pub fn base_backup(&self) -> Cluster {
        let copy = Cluster::empty();
        let (socket, data) = (self.directory.to_str().unwrap(), copy.data());
        let port = PORT.to_string();
        let mut arguments = vec!["-h", socket, "-p", &port, "-U", "postgres", "--no-sync"];
        arguments.extend(["-c", "fast", "-X", "stream", "-D", data.to_str().unwrap()]);
        run("pg_basebackup", &arguments);
        copy
    }

    /// A running standby that follows it.
    pub fn standby(&self, settings: &[&str]) -> Cluster {
        let standby = self.base_backup();
        let from = format!(
            "primary_conninfo = 'host=''{}'' port={PORT} user=postgres'",
            self.directory.display()
        );
        standby.configure(&[&from, "hot_standby = on"]);
        standby.configure(settings);
        fs::write(standby.data().join("standby.signal"), "").unwrap();
        standby.start();
        standby
    }

    /// Waits until a standby has replayed what is here now.
    pub fn wait_for_standby(&self, standby: &Cluster) {
        let end = self.connect().text("SELECT pg_current_wal_insert_lsn()");
        let end = end.unwrap();
        // What was inserted without a commit is only written when somebody asks.
        self.connect().run("SELECT txid_current()");
        let mut session = standby.connect();
        let sql = format!("SELECT pg_last_wal_replay_lsn() >= '{end}'");
        wait_until("the standby has replayed everything", || {
            match session.try_rows(&sql) {
                Ok(rows) => rows[0][0].as_deref() == Some("t"),
                // Recovery may end any session.
                Err(_) => {
                    session = standby.connect();
                    false
                }
            }
        });
    }

    /// Ends recovery.
    pub fn promote(&self) {
        let data = self.data();
        run("pg_ctl", &["-w", "-D", data.to_str().unwrap(), "promote"]);
    }

    /// The main file of a relation.
    pub fn file_of(&self, relation: &str) -> PathBuf {
        let path = self
            .connect()
            .text(&format!("SELECT pg_relation_filepath('{relation}')"));
        self.data().join(path.unwrap())
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        remove(&self.directory, std::thread::panicking());
    }
}

/// Stops a server, and removes it.
fn remove(directory: &Path, keep: bool) {
    let data = directory.join("data");
    if data.join("postmaster.pid").exists() {
        let mut stop = command("pg_ctl");
        stop.args(["-w", "-m", "immediate", "-D"]).arg(&data);
        _ = stop.arg("stop").output();
    }
    match keep {
        true => eprintln!("its server stays in {}", directory.display()),
        false => _ = fs::remove_dir_all(directory),
    }
}

/// Servers whose test was stopped before it could remove them.
fn remove_left_behind(parent: &Path) {
    for entry in fs::read_dir(parent).unwrap().flatten() {
        let name = entry.file_name();
        let process = name.to_str().and_then(|name| {
            let (process, _) = name.strip_prefix('x')?.split_once('-')?;
            process.parse::<u32>().ok()
        });
        if process.is_some_and(|process| !Path::new(&format!("/proc/{process}")).exists()) {
            remove(&entry.path(), false);
        }
    }
}

/// The directory of the server that the environment names has others beside it.
fn parent() -> PathBuf {
    let socket = PathBuf::from(variable("PGHOST"));
    socket.parent().expect("PGHOST is a directory").to_owned()
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// A program of the server's, to be run by the server's user.
fn command(program: &str) -> Command {
    command_under(&[], program)
}

/// The same, run by other programs in turn.
fn command_under(others: &[&str], program: &str) -> Command {
    let user: &[&str] = match is_root() {
        true => &["runuser", "-u", "postgres", "--"],
        false => &[],
    };
    // Without any, `env` is one that changes nothing.
    let mut command = Command::new("env");
    command.args(user).args(others);
    command.arg(PathBuf::from(variable("QUIDDITCH_PG_BIN")).join(program));
    command.current_dir("/").env_remove("RUST_BACKTRACE");
    command
}

fn run(program: &str, arguments: &[&str]) {
    check(program, command(program).args(arguments).output());
}

fn check(program: &str, output: std::io::Result<Output>) -> Output {
    let output = output.unwrap_or_else(|e| panic!("{program}: {e}"));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program}: {said}");
    output
}

/// The fields of `/proc/…/stat` after the name, which may have spaces.
fn stat(process: Pid) -> Option<Vec<String>> {
    let path = format!("/proc/{}/stat", process.as_raw_nonzero());
    let text = fs::read_to_string(path).ok()?;
    let (_, rest) = text.rsplit_once(')')?;
    Some(rest.split_whitespace().map(str::to_owned).collect())
}

fn state(process: Pid) -> Option<char> {
    stat(process)?.first()?.chars().next()
}

fn children(parent: Pid) -> Vec<Pid> {
    let parent = parent.as_raw_nonzero().to_string();
    let processes = fs::read_dir("/proc").unwrap().flatten();
    processes
        .filter_map(|entry| Pid::from_raw(entry.file_name().to_str()?.parse().ok()?))
        .filter(|process| stat(*process).is_some_and(|stat| stat.get(1) == Some(&parent)))
        .collect()
}

/// Sleeps for a random part of that.
pub fn sleep_up_to(milliseconds: u64, random: &mut crate::Random) {
    let time = random.below(milliseconds as usize) as u64;
    std::thread::sleep(Duration::from_millis(time));
}
