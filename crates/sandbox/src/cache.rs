//! Compiled code on disk, so that a new process loads a module instead of compiling it.
//!
//! A file is `<directory>/<engine hash>/<sha256 of the module>.cwasm`: the runtime's own image of the
//! code, and behind it its XXH3, of 128 bits. The image is native code that will be executed, so a file counts
//! only when it is a regular one of this user, that nobody else may read or write, and whose checksum is
//! right; anything else is as good as missing, and is written anew. Files are written beside their
//! name and renamed, so a reader sees a whole file or none.
//!
//! The checksum finds damage. Who can write these files can write a digest of any kind as well, and a
//! cryptographic one of the megabytes that an interpreter has would take a fifth of a session's first call.

use std::fmt::Write as _;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::hash::{Hash, Hasher};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use rustix::fs::{MemfdFlags, OFlags, SealFlags, fcntl_add_seals, memfd_create};
use sha2::{Digest as _, Sha256};
use wasmtime::Engine;
use xxhash_rust::xxh3::{Xxh3, xxh3_128};

/// A SHA-256.
pub type Digest = [u8; 32];

/// Of the checksum behind an image.
const CHECKSUM_BYTES: u64 = 16;

/// A file is read in pieces that stay in the processor's cache.
const PIECE: u64 = 128 << 10;

/// The runtime maps an image: of megabytes most are never touched, and touching each page is what takes longest. What it
/// maps is a copy in memory, not the file. So the checksum is that of the bytes that run, and a file that somebody
/// truncates takes no process down.
const MEMORY_FILE: MemfdFlags = MemfdFlags::CLOEXEC.union(MemfdFlags::ALLOW_SEALING);
const SEALS: SealFlags = SealFlags::WRITE
    .union(SealFlags::SHRINK)
    .union(SealFlags::GROW);

/// A module's compiled code on disk.
pub struct CodeFile {
    /// The name of the engine's directory.
    pub engine: String,
    pub bytes: u64,
    /// In microseconds since 1970.
    pub written: u64,
}

/// A directory of compiled modules.
pub struct CodeCache {
    directory: PathBuf,
}

impl CodeCache {
    /// A cache in `directory`, which is made when the first module is written.
    pub fn new(directory: impl Into<PathBuf>) -> Self {
        CodeCache {
            directory: directory.into(),
        }
    }

    fn path(&self, engine: &Engine, digest: &Digest) -> PathBuf {
        let mut hasher = StableHasher(Sha256::new());
        engine.precompile_compatibility_hash().hash(&mut hasher);
        let compatibility = hex(&hasher.0.finalize()[..8]);
        self.directory
            .join(compatibility)
            .join(format!("{}.cwasm", hex(digest)))
    }

    pub(crate) fn read(&self, engine: &Engine, digest: &Digest) -> Option<wasmtime::Module> {
        let path = self.path(engine, digest);
        if !is_private(&fs::symlink_metadata(path.parent()?).ok()?) {
            return None;
        }
        let mut file = OpenOptions::new()
            .read(true)
            .custom_flags((OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC).bits() as i32)
            .open(&path)
            .ok()?;
        let metadata = file.metadata().ok()?;
        if !metadata.is_file() || !is_private(&metadata) {
            return None;
        }
        let length = metadata.len().checked_sub(CHECKSUM_BYTES)?;
        // Where such a file can't be mapped to be executed, as under SELinux, the image is read, which is still faster than
        // to compile it.
        map(engine, &mut file, length).or_else(|| {
            file.rewind().ok()?;
            let mut image = Vec::with_capacity(usize::try_from(length).ok()?);
            copy_verified(&mut file, length, &mut image)?;
            // SAFETY: it wants an image that this runtime wrote for this engine. The file lies in a directory and has a mode
            // that let only this user write it, its checksum says that it is what `write` once wrote, and the runtime
            // checks version and settings itself.
            unsafe { wasmtime::Module::deserialize(engine, image) }.ok()
        })
    }

    /// Keeps a compiled module. Failing is no error: the next process compiles again.
    pub(crate) fn write(&self, engine: &Engine, digest: &Digest, module: &wasmtime::Module) {
        let path = self.path(engine, digest);
        if let Ok(image) = module.serialize() {
            let _ = write_whole(&path, &image);
        }
    }

    /// The files of a module, one for each engine that has compiled it.
    pub fn files(&self, digest: &Digest) -> Vec<CodeFile> {
        let Ok(engines) = fs::read_dir(&self.directory) else {
            return Vec::new();
        };
        let file = |engine: fs::DirEntry| {
            let path = engine.path().join(format!("{}.cwasm", hex(digest)));
            let metadata = fs::symlink_metadata(path).ok()?;
            let written = metadata.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
            Some(CodeFile {
                engine: engine.file_name().to_string_lossy().into_owned(),
                bytes: metadata.len(),
                written: written.as_micros() as u64,
            })
        };
        engines.flatten().filter_map(file).collect()
    }

    /// Forgets a module; for one that was removed.
    pub fn remove(&self, digest: &Digest) {
        let Ok(engines) = fs::read_dir(&self.directory) else {
            return;
        };
        for engine in engines.flatten() {
            let _ = fs::remove_file(engine.path().join(format!("{}.cwasm", hex(digest))));
        }
    }
}

/// Maps a copy of an image of so many bytes.
fn map(engine: &Engine, file: &mut File, length: u64) -> Option<wasmtime::Module> {
    let mut image = File::from(memfd_create("quidditch code", MEMORY_FILE).ok()?);
    copy_verified(file, length, &mut image)?;
    fcntl_add_seals(&image, SEALS).ok()?;
    // SAFETY: as for what is read, and nobody changes what is sealed.
    unsafe { wasmtime::Module::deserialize_open_file(engine, image) }.ok()
}

/// Copies an image of so many bytes, if it has the checksum that stands behind it.
fn copy_verified(file: &mut File, length: u64, image: &mut impl Write) -> Option<()> {
    let mut hasher = Xxh3::new();
    let mut piece = Vec::with_capacity(PIECE as usize);
    let mut left = length;
    while left > 0 {
        piece.clear();
        let mut next = (&mut *file).take(left.min(PIECE));
        left -= match next.read_to_end(&mut piece).ok()? {
            0 => return None,
            read => read as u64,
        };
        hasher.update(&piece);
        image.write_all(&piece).ok()?;
    }
    let mut written = [0; CHECKSUM_BYTES as usize];
    file.read_exact(&mut written).ok()?;
    (hasher.digest128().to_le_bytes() == written).then_some(())
}

/// Owned by this process's user, and closed to everybody else.
fn is_private(metadata: &fs::Metadata) -> bool {
    metadata.uid() == rustix::process::geteuid().as_raw() && metadata.mode() & 0o077 == 0
}

fn write_whole(path: &Path, image: &[u8]) -> io::Result<()> {
    let directory = path.parent().ok_or(io::ErrorKind::InvalidInput)?;
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(directory)?;
    let temporary = path.with_extension(format!("{}.tmp", std::process::id()));
    // One may be left of a process that had this number and crashed.
    let _ = fs::remove_file(&temporary);
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .custom_flags((OFlags::NOFOLLOW | OFlags::CLOEXEC).bits() as i32)
        .open(&temporary)?;
    let written = file
        .write_all(image)
        .and_then(|()| file.write_all(&xxh3_128(image).to_le_bytes()))
        .and_then(|()| file.sync_all())
        .and_then(|()| fs::rename(&temporary, path));
    if written.is_err() {
        let _ = fs::remove_file(&temporary);
    }
    written
}

fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
}

/// Hashes the same in every process, unlike std's.
struct StableHasher(Sha256);

impl Hasher for StableHasher {
    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    fn finish(&self) -> u64 {
        let digest = self.0.clone().finalize();
        u64::from_le_bytes(std::array::from_fn(|i| digest[i]))
    }
}
