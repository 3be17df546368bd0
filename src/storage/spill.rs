//! Pages in a temporary file: runs of a segment that is too large to be built in memory. PostgreSQL removes the file at
//! the end of the transaction, and counts it against `temp_file_limit`.

use std::rc::Rc;

use pgrx::pg_sys;
use quidditch_segment::{PageKind, ReadPages, WritePages};

use crate::report::{Code, Report};
use crate::storage::page::CAPACITY;

/// A temporary file, made when it is first written to.
#[derive(Default)]
pub struct SpillFile {
    file: Option<pg_sys::File>,
    /// How many pages were given out, and what is in those that were written: kind and length.
    pages: Vec<Option<(PageKind, u16)>>,
}

impl SpillFile {
    fn failed(what: &str) -> Report {
        Report::new(
            Code::ERRCODE_IO_ERROR,
            format!(
                "could not {what} a temporary file: {}",
                std::io::Error::last_os_error()
            ),
        )
    }
}

/// `FileRead`, which from 17 on is an inline function of the header. Gives how many bytes it was, or -1.
///
/// # Safety
/// An open file, and a buffer of so many bytes.
unsafe fn file_read(file: pg_sys::File, buffer: *mut u8, length: usize, offset: i64) -> isize {
    let wait = pg_sys::WaitEventIO::WAIT_EVENT_BUFFILE_READ;
    #[cfg(any(feature = "pg15", feature = "pg16"))]
    // SAFETY: by the contract.
    let read = unsafe { pg_sys::FileRead(file, buffer.cast(), length as _, offset, wait) } as isize;
    #[cfg(not(any(feature = "pg15", feature = "pg16")))]
    let read = {
        let part = pg_sys::iovec {
            iov_base: buffer.cast(),
            iov_len: length,
        };
        // SAFETY: by the contract.
        unsafe { pg_sys::FileReadV(file, &raw const part, 1, offset, wait) }
    };
    read
}

/// `FileWrite`, which from 17 on is an inline function of the header. Gives how many bytes it was, or -1.
///
/// # Safety
/// An open file, and a buffer of so many bytes, which are only read.
unsafe fn file_write(file: pg_sys::File, buffer: *mut u8, length: usize, offset: i64) -> isize {
    let wait = pg_sys::WaitEventIO::WAIT_EVENT_BUFFILE_WRITE;
    #[cfg(any(feature = "pg15", feature = "pg16"))]
    // SAFETY: by the contract.
    let written =
        unsafe { pg_sys::FileWrite(file, buffer.cast(), length as _, offset, wait) } as isize;
    #[cfg(not(any(feature = "pg15", feature = "pg16")))]
    let written = {
        let part = pg_sys::iovec {
            iov_base: buffer.cast(),
            iov_len: length,
        };
        // SAFETY: by the contract.
        unsafe { pg_sys::FileWriteV(file, &raw const part, 1, offset, wait) }
    };
    written
}

impl ReadPages for SpillFile {
    type Page = Rc<[u8]>;
    type Error = Report;

    fn page(&self, block: u32, kind: PageKind) -> Result<Rc<[u8]>, Report> {
        pgrx::check_for_interrupts!();
        let (Some(file), Some(Some((found, length)))) = (self.file, self.pages.get(block as usize))
        else {
            return Err(Report::internal("a temporary page that was never written"));
        };
        if *found != kind {
            return Err(Report::internal("a temporary page of another kind"));
        }
        let mut page = vec![0; usize::from(*length)];
        // SAFETY: the buffer has so many bytes.
        let read = unsafe {
            let offset = i64::from(block) * CAPACITY as i64;
            file_read(file, page.as_mut_ptr(), page.len(), offset)
        };
        if read != page.len() as isize {
            return Err(SpillFile::failed("read"));
        }
        Ok(page.into())
    }
}

impl WritePages for SpillFile {
    type Error = Report;

    fn capacity(&self) -> usize {
        CAPACITY
    }

    fn reserve(&mut self) -> Result<u32, Report> {
        self.pages.push(None);
        Ok(self.pages.len() as u32 - 1)
    }

    fn write(&mut self, block: u32, kind: PageKind, payload: &[u8]) -> Result<(), Report> {
        pgrx::check_for_interrupts!();
        let file = *self.file.get_or_insert_with(|| {
            // SAFETY: makes a file that belongs to the current resource owner.
            unsafe {
                pg_sys::PrepareTempTablespaces();
                pg_sys::OpenTemporaryFile(false)
            }
        });
        // SAFETY: the buffer has so many bytes; it is only read.
        let written = unsafe {
            let offset = i64::from(block) * CAPACITY as i64;
            file_write(file, payload.as_ptr().cast_mut(), payload.len(), offset)
        };
        if written != payload.len() as isize {
            return Err(SpillFile::failed("write"));
        }
        self.pages[block as usize] = Some((kind, payload.len() as u16));
        Ok(())
    }
}

impl Drop for SpillFile {
    fn drop(&mut self) {
        if let Some(file) = self.file
            && !std::thread::panicking()
        {
            // SAFETY: opened here, and closed once.
            unsafe { pg_sys::FileClose(file) };
        }
    }
}
