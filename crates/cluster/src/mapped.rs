//! A file of a fixed size that every process maps.
//!
//! It begins with a header: what kind of file it is, the layout's version, how many units it has, its own inode, a
//! checksum. A file counts only when all of that is right, it has the size that follows from it, and it is a regular
//! one of this user that nobody else may read or write. Anything else that has its name is replaced by a new file. The
//! inode makes a copy (a base backup's, say) as good as missing: what it counted happened on another server.
//!
//! All of a file's blocks are allocated before it is mapped, so that a full disk is an error when it is opened, not a
//! SIGBUS when it is written to. Nothing is synced: the files say what happened since the machine was started, mostly,
//! and one that was damaged when it stopped is replaced.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, FileExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::ptr::NonNull;
use std::sync::atomic::AtomicU64;

use rustix::fs::{FallocateFlags, FlockOperation, OFlags};
use rustix::io::retry_on_intr;
use rustix::mm::{MapFlags, ProtFlags};

use crate::words::checksum;

const HEADER: usize = 8;

/// What is in a kind of file: behind the header some words for the whole, then units of equally many words.
#[derive(Clone, Copy, Debug)]
pub struct Layout {
    /// The file's name, and what its first word says.
    pub name: &'static str,
    pub magic: [u8; 8],
    /// Changes when the meaning of the words does.
    pub version: u64,
    /// Words for the whole.
    pub fixed: usize,
    /// Words of a unit.
    pub unit: usize,
    pub most_units: usize,
}

impl Layout {
    fn words(&self, units: usize) -> usize {
        HEADER + self.fixed + units * self.unit
    }

    fn header(&self, units: usize, inode: u64) -> [u64; HEADER] {
        let mut header = [0; HEADER];
        header[0] = u64::from_le_bytes(self.magic);
        header[1] = self.version;
        header[2] = self.words(units) as u64;
        header[3] = units as u64;
        header[4] = inode;
        header[HEADER - 1] = checksum(0, header[..HEADER - 1].iter().copied());
        header
    }
}

/// Such a file, mapped for reading and writing.
pub struct MappedFile {
    path: PathBuf,
    device: u64,
    inode: u64,
    layout: Layout,
    units: usize,
    start: NonNull<AtomicU64>,
    length: usize,
}

impl MappedFile {
    /// Maps the file of a directory; makes both when they aren't there or not as they should be. A new file has
    /// `units` units of zeros, one that is there keeps as many as it has.
    ///
    /// # Errors
    /// The disk is full, the directory is somebody else's, …
    pub fn open(directory: &Path, layout: Layout, units: usize) -> io::Result<Self> {
        let path = directory.join(layout.name);
        if let Some(file) = Self::existing(&path, layout) {
            return Ok(file);
        }
        let _lock = lock(directory)?;
        // Another process may have made it meanwhile.
        match Self::existing(&path, layout) {
            Some(file) => Ok(file),
            None => Self::replace(&path, layout, units, |_| ()),
        }
    }

    /// Puts a new file in the place of this one, with another number of units. `fill` takes over what is to stay,
    /// before anybody else sees the new file; what others write to the old one until they notice is lost. Another
    /// process may have been faster: then its file is the answer.
    ///
    /// # Errors
    /// As for [`open`](Self::open).
    pub fn resize(&self, units: usize, fill: impl FnOnce(&Self)) -> io::Result<Self> {
        let directory = self.path.parent().ok_or(io::ErrorKind::InvalidInput)?;
        let _lock = lock(directory)?;
        if !self.is_current() {
            let newer = Self::existing(&self.path, self.layout);
            return newer.ok_or_else(|| io::ErrorKind::NotFound.into());
        }
        Self::replace(&self.path, self.layout, units, fill)
    }

    /// Whether the file still has its name and its length: it may have been removed, replaced or cut.
    pub fn is_current(&self) -> bool {
        let is_same = |now: fs::Metadata| {
            (now.dev(), now.ino()) == (self.device, self.inode)
                && now.len() == self.length as u64 * 8
        };
        fs::symlink_metadata(&self.path).is_ok_and(is_same)
    }

    pub fn units(&self) -> usize {
        self.units
    }

    fn words(&self) -> &[AtomicU64] {
        // SAFETY: the mapping has that length, is page-aligned, and stays as long as `self`; atomics may be shared with
        // other processes.
        unsafe { std::slice::from_raw_parts(self.start.as_ptr(), self.length) }
    }

    /// The words for the whole.
    pub fn fixed(&self) -> &[AtomicU64] {
        &self.words()[HEADER..HEADER + self.layout.fixed]
    }

    /// A unit, if there is one at that place.
    pub fn unit(&self, place: usize) -> Option<&[AtomicU64]> {
        if place >= self.units {
            return None;
        }
        let from = HEADER + self.layout.fixed + place * self.layout.unit;
        self.words().get(from..from + self.layout.unit)
    }

    fn existing(path: &Path, layout: Layout) -> Option<Self> {
        let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .custom_flags(flags.bits() as i32)
            .open(path)
            .ok()?;
        let metadata = file.metadata().ok()?;
        let is_private =
            metadata.uid() == rustix::process::geteuid().as_raw() && metadata.mode() & 0o077 == 0;
        if !metadata.is_file() || !is_private {
            return None;
        }
        let mut bytes = [0; HEADER * 8];
        file.read_exact_at(&mut bytes, 0).ok()?;
        let (words, _) = bytes.as_chunks::<8>();
        let units = usize::try_from(u64::from_le_bytes(words[3])).ok()?;
        if !(1..=layout.most_units).contains(&units) {
            return None;
        }
        let expected = layout.header(units, metadata.ino());
        let is_ours = words
            .iter()
            .zip(expected)
            .all(|(word, expected)| u64::from_le_bytes(*word) == expected);
        if !is_ours || metadata.len() != layout.words(units) as u64 * 8 {
            return None;
        }
        // A hole would have to be filled when it is written to, when no error can be reported any more.
        if metadata.blocks() * 512 < metadata.len() {
            allocate(&file, metadata.len()).ok()?;
        }
        Self::map(path, &file, layout, units).ok()
    }

    /// Called under the lock.
    fn replace(
        path: &Path,
        layout: Layout,
        units: usize,
        fill: impl FnOnce(&Self),
    ) -> io::Result<Self> {
        let units = units.clamp(1, layout.most_units);
        let temporary = path.with_extension("new");
        // Of a process that ended in the middle.
        let _ = fs::remove_file(&temporary);
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create_new(true)
            .mode(0o600)
            .custom_flags((OFlags::NOFOLLOW | OFlags::CLOEXEC).bits() as i32)
            .open(&temporary)?;
        let made = allocate(&file, layout.words(units) as u64 * 8)
            .and_then(|()| {
                let header = layout.header(units, file.metadata()?.ino());
                let bytes: Vec<u8> = header.iter().flat_map(|w| w.to_le_bytes()).collect();
                file.write_all_at(&bytes, 0)
            })
            .and_then(|()| Self::map(path, &file, layout, units))
            .and_then(|mapped| {
                fill(&mapped);
                fs::rename(&temporary, path)?;
                Ok(mapped)
            });
        if made.is_err() {
            let _ = fs::remove_file(&temporary);
        }
        made
    }

    fn map(path: &Path, file: &File, layout: Layout, units: usize) -> io::Result<Self> {
        let metadata = file.metadata()?;
        let length = layout.words(units);
        // SAFETY: a new mapping, wherever there is place for it.
        let start = unsafe {
            rustix::mm::mmap(
                std::ptr::null_mut(),
                length * 8,
                ProtFlags::READ | ProtFlags::WRITE,
                MapFlags::SHARED,
                file,
                0,
            )?
        };
        Ok(MappedFile {
            path: path.to_owned(),
            device: metadata.dev(),
            inode: metadata.ino(),
            layout,
            units,
            start: NonNull::new(start.cast()).ok_or(io::ErrorKind::OutOfMemory)?,
            length,
        })
    }
}

impl Drop for MappedFile {
    fn drop(&mut self) {
        // SAFETY: the mapping that `map` made; whoever borrowed from it is gone.
        let _ = unsafe { rustix::mm::munmap(self.start.as_ptr().cast(), self.length * 8) };
    }
}

/// Makes the file so long, with blocks of the disk behind all of it.
fn allocate(file: &File, length: u64) -> io::Result<()> {
    let allocated =
        retry_on_intr(|| rustix::fs::fallocate(file, FallocateFlags::empty(), 0, length));
    match allocated {
        Err(rustix::io::Errno::OPNOTSUPP) => {
            let zeros = [0; 8192];
            let mut from = file.metadata()?.len();
            while from < length {
                let n = zeros.len().min((length - from) as usize);
                file.write_all_at(&zeros[..n], from)?;
                from += n as u64;
            }
            Ok(())
        }
        result => Ok(result?),
    }
}

/// Keeps other processes from making files in a directory, which is made if it isn't there.
fn lock(directory: &Path) -> io::Result<File> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(directory)?;
    let opened = File::open(directory)?;
    let metadata = opened.metadata()?;
    if metadata.uid() != rustix::process::geteuid().as_raw() || metadata.mode() & 0o022 != 0 {
        return Err(io::Error::new(
            io::ErrorKind::PermissionDenied,
            "others may write to the directory",
        ));
    }
    retry_on_intr(|| rustix::fs::flock(&opened, FlockOperation::LockExclusive))?;
    Ok(opened)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;
    use std::sync::atomic::Ordering::Relaxed;

    use proptest::prelude::*;

    use super::*;

    const LAYOUT: Layout = Layout {
        name: "test",
        magic: *b"QUIDTEST",
        version: 1,
        fixed: 2,
        unit: 3,
        most_units: 100,
    };

    fn open(directory: &Path) -> MappedFile {
        MappedFile::open(directory, LAYOUT, 10).unwrap()
    }

    /// A file with a mark, which is gone when the file was made anew.
    fn marked() -> (tempfile::TempDir, PathBuf) {
        let directory = tempfile::tempdir().unwrap();
        open(directory.path()).unit(9).unwrap()[2].store(42, Relaxed);
        let path = directory.path().join("test");
        (directory, path)
    }

    fn mark(directory: &Path) -> u64 {
        open(directory).unit(9).unwrap()[2].load(Relaxed)
    }

    #[test]
    fn processes_share_it() {
        let (directory, path) = marked();
        let (one, other) = (open(directory.path()), open(directory.path()));
        assert_eq!(other.unit(9).unwrap()[2].load(Relaxed), 42);
        one.fixed()[1].store(7, Relaxed);
        assert_eq!(other.fixed()[1].load(Relaxed), 7);
        assert!(one.unit(10).is_none() && one.unit(usize::MAX).is_none());
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
        // A path that is gone is noticed, and what is mapped stays usable.
        fs::remove_file(&path).unwrap();
        assert!(!one.is_current());
        one.fixed()[0].store(1, Relaxed);
        let again = open(directory.path());
        assert!(again.is_current());
        // So is one that was cut, which must not be touched any more.
        let file = OpenOptions::new().write(true).open(&path).unwrap();
        file.set_len(0).unwrap();
        assert!(!again.is_current());
    }

    #[test]
    fn what_is_not_as_it_should_be_is_replaced() {
        type Damage = fn(&Path);
        let damages: [(&str, Damage); 9] = [
            ("empty", |path| fs::write(path, "").unwrap()),
            ("short", |path| {
                let file = OpenOptions::new().write(true).open(path).unwrap();
                file.set_len(100).unwrap();
            }),
            ("long", |path| {
                let file = OpenOptions::new().write(true).open(path).unwrap();
                file.set_len(1 << 20).unwrap();
            }),
            ("copied", |path| {
                let copy = path.with_extension("copy");
                fs::copy(path, &copy).unwrap();
                fs::rename(copy, path).unwrap();
            }),
            ("readable", |path| {
                fs::set_permissions(path, fs::Permissions::from_mode(0o644)).unwrap();
            }),
            ("writable", |path| {
                fs::set_permissions(path, fs::Permissions::from_mode(0o662)).unwrap();
            }),
            ("symlink", |path| {
                let other = path.with_extension("other");
                fs::rename(path, &other).unwrap();
                std::os::unix::fs::symlink(other, path).unwrap();
            }),
            ("dangling", |path| {
                fs::remove_file(path).unwrap();
                std::os::unix::fs::symlink("/nonexistent", path).unwrap();
            }),
            ("fifo", |path| {
                fs::remove_file(path).unwrap();
                let mode = rustix::fs::Mode::from_raw_mode(0o600);
                rustix::fs::mknodat(rustix::fs::CWD, path, rustix::fs::FileType::Fifo, mode, 0)
                    .unwrap();
            }),
        ];
        for (what, damage) in damages {
            let (directory, path) = marked();
            damage(&path);
            assert_eq!(mark(directory.path()), 0, "{what}");
            assert!(open(directory.path()).is_current(), "{what}");
        }
    }

    #[test]
    fn what_cant_be_made_is_an_error() {
        let directory = tempfile::tempdir().unwrap();
        fs::create_dir(directory.path().join("test")).unwrap();
        assert!(MappedFile::open(directory.path(), LAYOUT, 10).is_err());
        let shared = tempfile::tempdir().unwrap();
        fs::set_permissions(shared.path(), fs::Permissions::from_mode(0o777)).unwrap();
        assert!(MappedFile::open(shared.path(), LAYOUT, 10).is_err());
        let file = directory.path().join("file");
        fs::write(&file, "").unwrap();
        assert!(MappedFile::open(&file, LAYOUT, 10).is_err());
    }

    #[test]
    fn another_version_is_replaced() {
        let (directory, _) = marked();
        let newer = Layout {
            version: 2,
            ..LAYOUT
        };
        let file = MappedFile::open(directory.path(), newer, 20).unwrap();
        assert_eq!(file.units(), 20);
        assert_eq!(file.unit(9).unwrap()[2].load(Relaxed), 0);
    }

    #[test]
    fn resizing_keeps_what_is_copied() {
        let (directory, _) = marked();
        let old = open(directory.path());
        let fill = |new: &MappedFile| new.unit(0).unwrap()[0].store(42, Relaxed);
        let new = old.resize(20, fill).unwrap();
        assert_eq!((new.units(), old.is_current()), (20, false));
        // Who comes later gets the same file.
        let late = old.resize(30, |_| panic!("resized twice")).unwrap();
        assert_eq!(late.units(), 20);
        assert_eq!(open(directory.path()).unit(0).unwrap()[0].load(Relaxed), 42);
    }

    proptest! {
        /// Whatever a file's header says, opening gives a file as it should be; with any byte of it changed, a new one.
        #[test]
        fn any_header(at in 0..HEADER * 8, byte: u8) {
            let (directory, path) = marked();
            let mut bytes = fs::read(&path).unwrap();
            let is_same = std::mem::replace(&mut bytes[at], byte) == byte;
            OpenOptions::new().write(true).open(&path).unwrap().write_all_at(&bytes, 0).unwrap();
            prop_assert_eq!(mark(directory.path()), if is_same { 42 } else { 0 });
        }

        #[test]
        fn any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..1000)) {
            let (directory, path) = marked();
            OpenOptions::new().write(true).truncate(true).open(&path).unwrap().write_all_at(&bytes, 0).unwrap();
            prop_assert_eq!(mark(directory.path()), 0);
        }
    }
}
