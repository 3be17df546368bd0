//! The cache of compiled code: what is in it is used, and what is not quite right in it is not.

mod common;

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use common::{SANDBOX, call, instance};
use quidditch_sandbox::{CallError, CodeCache, Digest, Module, Output, Sandbox};

const MODULE: &[u8] = br#"(module
    (import "env" "get_score" (func $score (param i64) (result f64)))
    (memory (export "memory") 1)
    (func (export "filter") (param i64) (result i32) (i32.const 77)))"#;
const DIGEST: Digest = [0xAB; 32];

/// An empty place on disk, removed again at the end.
struct Place(PathBuf);

impl Place {
    fn new(name: &str) -> Self {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR"))
            .join(format!("code-cache-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        Place(path)
    }

    fn cache(&self) -> CodeCache {
        CodeCache::new(&self.0)
    }

    /// The files of all engines.
    fn files(&self) -> Vec<PathBuf> {
        let directories = fs::read_dir(&self.0).into_iter().flatten();
        directories
            .flat_map(|engine| fs::read_dir(engine.unwrap().path()).unwrap())
            .map(|file| file.unwrap().path())
            .collect()
    }

    fn file(&self) -> PathBuf {
        match &self.files()[..] {
            [file] => file.clone(),
            files => panic!("one file expected: {files:?}"),
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn store(place: &Place) -> Module {
    SANDBOX
        .compile_into(MODULE, &DIGEST, &place.cache())
        .unwrap()
}

fn load(place: &Place) -> Option<Module> {
    SANDBOX.load(&DIGEST, &place.cache())
}

fn works(module: &Module) {
    let answer = call(&mut instance(module).unwrap());
    assert_eq!(answer, Ok(Output::I32(77)));
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().mode() & 0o7777
}

#[test]
fn round_trip() {
    let place = Place::new("round-trip");
    assert!(load(&place).is_none());
    assert!(place.files().is_empty(), "looking makes nothing");
    works(&store(&place));
    let file = place.file();
    assert_eq!(
        file.file_name().unwrap().to_str(),
        Some(format!("{}.cwasm", "ab".repeat(32)).as_str())
    );
    assert_eq!(mode(&file), 0o600);
    assert_eq!(mode(file.parent().unwrap()), 0o700);
    let module = load(&place).expect("what was stored");
    works(&module);
    assert!(module.imports().eq(["get_score"]));
    assert_eq!(module.initial_memory(), 65_536);
    // Another digest is another module.
    assert!(SANDBOX.load(&[0xAC; 32], &place.cache()).is_none());
    // The file may go while its code is in use.
    let mut guest = instance(&module).unwrap();
    place.cache().remove(&DIGEST);
    assert!(place.files().is_empty());
    assert!(load(&place).is_none());
    assert_eq!(call(&mut guest), Ok(Output::I32(77)));
    works(&module);
    // Removing what isn't there is fine.
    place.cache().remove(&DIGEST);
    CodeCache::new("/nonexistent/place").remove(&DIGEST);
}

#[test]
fn storing_again_replaces_the_file_and_leaves_no_other() {
    let place = Place::new("again");
    let first = store(&place);
    let loaded = load(&place).unwrap();
    let inode = fs::metadata(place.file()).unwrap().ino();
    store(&place);
    assert_ne!(fs::metadata(place.file()).unwrap().ino(), inode);
    works(&load(&place).unwrap());
    // Who mapped the old file keeps it.
    works(&loaded);
    works(&first);
}

/// A broken module is not stored, and neither does it disturb what is.
#[test]
fn what_is_refused_is_not_stored() {
    let place = Place::new("refused");
    assert!(
        SANDBOX
            .compile_into(
                b"(module (import \"a\" \"b\" (func)))",
                &DIGEST,
                &place.cache()
            )
            .is_err()
    );
    assert!(place.files().is_empty());
}

/// After `damage` the file isn't used; compiling writes a good one.
fn recovers(name: &str, damage: impl FnOnce(&Path)) {
    let place = Place::new(name);
    store(&place);
    let file = place.file();
    assert!(load(&place).is_some(), "{name}");
    damage(&file);
    assert!(load(&place).is_none(), "{name}: it was used");
    works(&store(&place));
    works(&load(&place).expect(name));
    let metadata = fs::symlink_metadata(&file).unwrap();
    assert!(metadata.is_file(), "{name}");
    assert_eq!(metadata.mode() & 0o7777, 0o600, "{name}");
    assert_eq!(place.files(), [file], "{name}");
}

fn chmod(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

#[test]
fn a_flipped_bit_anywhere() {
    let place = Place::new("flipped");
    store(&place);
    let good = fs::read(place.file()).unwrap();
    // The header, all over the image, and every byte of the checksum.
    let places = (0..64)
        .chain((64..good.len()).step_by(997))
        .chain(good.len() - 32..good.len());
    for at in places {
        let mut bad = good.clone();
        bad[at] ^= 1 << (at % 8);
        fs::write(place.file(), &bad).unwrap();
        assert!(load(&place).is_none(), "byte {at} of {}", good.len());
    }
    fs::write(place.file(), &good).unwrap();
    assert!(load(&place).is_some());
    recovers("flipped-once", |file| {
        let mut bytes = fs::read(file).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 0x10;
        fs::write(file, bytes).unwrap();
    });
}

#[test]
fn a_file_of_another_length() {
    let place = Place::new("lengths");
    store(&place);
    let good = fs::read(place.file()).unwrap();
    for length in [
        0,
        1,
        31,
        32,
        33,
        64,
        good.len() / 2,
        good.len() - 32,
        good.len() - 1,
    ] {
        fs::write(place.file(), &good[..length]).unwrap();
        assert!(load(&place).is_none(), "{length} of {} bytes", good.len());
    }
    fs::write(place.file(), [&good[..], b"x"].concat()).unwrap();
    assert!(load(&place).is_none());
    recovers("truncated", |file| fs::write(file, b"").unwrap());
}

/// The checksum is right, but what it is of is no code.
#[test]
fn an_image_that_is_none() {
    for image in [&b""[..], b"\x7fELF", &[0; 5000], b"\0asm\x01\0\0\0"] {
        recovers("no-image", |file| {
            let checksum = xxhash_rust::xxh3::xxh3_128(image).to_le_bytes();
            fs::write(file, [image, &checksum].concat()).unwrap();
        });
    }
}

#[test]
fn a_file_that_others_may_touch() {
    for bits in [0o644, 0o640, 0o606, 0o601, 0o660, 0o777] {
        recovers(&format!("mode-{bits:o}"), |file| chmod(file, bits));
    }
}

#[test]
fn links_and_directories_in_its_place() {
    let elsewhere = Place::new("elsewhere");
    fs::create_dir_all(&elsewhere.0).unwrap();
    let target = elsewhere.0.join("code");
    recovers("symlink", |file| {
        fs::rename(file, &target).unwrap();
        symlink(&target, file).unwrap();
    });
    assert!(
        fs::read(&target).unwrap().len() > 1000,
        "what the link led to was overwritten"
    );
    recovers("dangling", |file| {
        fs::remove_file(file).unwrap();
        symlink("/nonexistent/file", file).unwrap();
    });
    // One that would wait for a writer.
    recovers("fifo", |file| {
        use rustix::fs::{CWD, FileType, Mode, mknodat};
        fs::remove_file(file).unwrap();
        mknodat(CWD, file, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
    });

    // A directory can't be replaced by a file: it goes on without.
    let place = Place::new("directory");
    store(&place);
    let file = place.file();
    fs::remove_file(&file).unwrap();
    fs::create_dir(&file).unwrap();
    assert!(load(&place).is_none());
    works(&store(&place));
    assert!(load(&place).is_none());
    assert_eq!(place.files(), [file], "no temporary file is left");
}

#[test]
fn a_directory_that_others_may_touch() {
    for bits in [0o755, 0o750, 0o770, 0o777, 0o1777] {
        let place = Place::new(&format!("directory-{bits:o}"));
        store(&place);
        let directory = place.file().parent().unwrap().to_owned();
        chmod(&directory, bits);
        assert!(load(&place).is_none(), "{bits:o}");
        works(&store(&place));
        chmod(&directory, 0o700);
        works(&load(&place).expect("a private directory again"));
    }
    // A link to a private directory is not a private directory.
    let place = Place::new("linked-directory");
    store(&place);
    let directory = place.file().parent().unwrap().to_owned();
    let moved = directory.with_extension("moved");
    fs::rename(&directory, &moved).unwrap();
    symlink(&moved, &directory).unwrap();
    assert!(load(&place).is_none());
}

/// Only root may give files away.
#[test]
fn a_file_or_directory_of_somebody_else() {
    if !rustix::process::geteuid().is_root() {
        return;
    }
    recovers("foreign-file", |file| {
        std::os::unix::fs::chown(file, Some(12345), None).unwrap();
    });
    let place = Place::new("foreign-directory");
    store(&place);
    let directory = place.file().parent().unwrap().to_owned();
    std::os::unix::fs::chown(&directory, Some(12345), None).unwrap();
    assert!(load(&place).is_none());
}

#[test]
fn a_place_that_cannot_be_written() {
    let place = Place::new("read-only");
    fs::create_dir_all(&place.0).unwrap();
    let blocked = place.0.join("file");
    fs::write(&blocked, "").unwrap();
    // Where nobody can make a directory, root neither.
    for unwritable in [blocked.join("directory"), "/proc/code".into()] {
        let cache = CodeCache::new(unwritable);
        works(&SANDBOX.compile_into(MODULE, &DIGEST, &cache).unwrap());
        assert!(SANDBOX.load(&DIGEST, &cache).is_none());
    }
    if !rustix::process::geteuid().is_root() {
        fs::remove_file(&blocked).unwrap();
        chmod(&place.0, 0o500);
        works(&store(&place));
        assert!(load(&place).is_none());
        chmod(&place.0, 0o700);
    }
}

/// The stack limit is checked when a call begins, so code compiled under one serves another.
#[test]
fn sandboxes_of_different_stacks_share_the_code() {
    let recursing = br#"(module
        (func $down (param $left i32) (result i32)
            (if (i32.eqz (local.get $left)) (then (return (i32.const 0))))
            (i32.add (call $down (i32.sub (local.get $left) (i32.const 1))) (i32.const 1)))
        (func (export "filter") (param i64) (result i32) (call $down (i32.const 10000))))"#;
    let place = Place::new("stacks");
    let small = Sandbox::new(32 << 10, || ()).unwrap();
    let large = Sandbox::new(1 << 20, || ()).unwrap();
    let compiled = small
        .compile_into(recursing, &DIGEST, &place.cache())
        .unwrap();
    let loaded = large.load(&DIGEST, &place.cache()).expect("the same code");
    assert_eq!(
        call(&mut instance(&compiled).unwrap()),
        Err(CallError::StackLimit)
    );
    assert_eq!(
        call(&mut instance(&loaded).unwrap()),
        Ok(Output::I32(10_000))
    );
    let loaded = small.load(&DIGEST, &place.cache()).expect("the same code");
    assert_eq!(
        call(&mut instance(&loaded).unwrap()),
        Err(CallError::StackLimit)
    );
}

/// Loaded code has its own sandbox's `on_tick` and deadline.
#[test]
fn loaded_code_can_be_interrupted() {
    let endless = br#"(module (func (export "filter") (param i64) (result i32) (loop (br 0)) (i32.const 0)))"#;
    let place = Place::new("endless");
    SANDBOX
        .compile_into(endless, &DIGEST, &place.cache())
        .unwrap();
    let module = load(&place).unwrap();
    let limits = quidditch_sandbox::Limits {
        time: std::time::Duration::from_millis(20),
        ..Default::default()
    };
    common::ticking(&SANDBOX, || {
        let answer = call(&mut common::limited(&module, &limits).unwrap());
        assert!(
            matches!(answer, Err(CallError::Deadline { .. })),
            "{answer:?}"
        );
    });
}
