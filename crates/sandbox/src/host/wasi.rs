//! The functions of `wasi_snapshot_preview1` that compilers and C libraries import by themselves,
//! without a system behind them: standard output is the log, standard input is at its end, there are no
//! arguments, no environment and no other files, random numbers are the same ones each time, and time
//! doesn't pass ([`clock`]). What would open a file or a socket isn't here, so a module that imports it is
//! refused.

use wasmtime::Caller;

use super::{Host, HostFunction, clock, host, memory, parts};
use crate::error::Stop;
use crate::log::Stream;

/// WASI's error numbers.
pub(super) type Errno = i32;
const OK: Errno = 0;
const BAD_DESCRIPTOR: Errno = 8;
pub(super) const FAULT: Errno = 21;
pub(super) const NO_SYSTEM_CALL: Errno = 52;
const NOT_SEEKABLE: Errno = 70;

/// The file type of a terminal or a pipe end, which standard streams pretend to be.
const CHARACTER_DEVICE: u8 = 2;

/// `fd_write` takes at most this many pieces a call, and none behind so many bytes; more of them come in the next call.
/// It looks at each line, and can't be interrupted.
const MOST_PIECES: u32 = 1024;
const MOST_BYTES: u32 = 64 << 10;

type Guest<'a> = Caller<'a, Host>;

pub(super) static STUBS: &[HostFunction] = &[
    host!(
        "wasi_snapshot_preview1",
        proc_exit(I32) = |code: i32| -> wasmtime::Result<()> { Err(Stop::Exit { code }.into()) }
    ),
    host!("wasi_snapshot_preview1", fd_write(I32, I32, I32, I32) -> I32 = fd_write),
    host!("wasi_snapshot_preview1", fd_read(I32, I32, I32, I32) -> I32 = fd_read),
    host!("wasi_snapshot_preview1", fd_close(I32) -> I32 =
        |descriptor: i32| -> Errno { stream(descriptor) }),
    host!("wasi_snapshot_preview1", fd_seek(I32, I64, I32, I32) -> I32 =
        |_: i32, _: i64, _: i32, _: i32| -> Errno { NOT_SEEKABLE }),
    host!("wasi_snapshot_preview1", fd_fdstat_get(I32, I32) -> I32 = fd_fdstat_get),
    host!("wasi_snapshot_preview1", fd_fdstat_set_flags(I32, I32) -> I32 =
        |descriptor: i32, _: i32| -> Errno { stream(descriptor) }),
    host!("wasi_snapshot_preview1", fd_prestat_get(I32, I32) -> I32 =
        |_: i32, _: i32| -> Errno { BAD_DESCRIPTOR }),
    host!("wasi_snapshot_preview1", fd_prestat_dir_name(I32, I32, I32) -> I32 =
        |_: i32, _: i32, _: i32| -> Errno { BAD_DESCRIPTOR }),
    host!("wasi_snapshot_preview1", environ_sizes_get(I32, I32) -> I32 = no_strings),
    host!("wasi_snapshot_preview1", environ_get(I32, I32) -> I32 = |_: i32, _: i32| -> Errno { OK }),
    host!("wasi_snapshot_preview1", args_sizes_get(I32, I32) -> I32 = no_strings),
    host!("wasi_snapshot_preview1", args_get(I32, I32) -> I32 = |_: i32, _: i32| -> Errno { OK }),
    host!("wasi_snapshot_preview1", clock_time_get(I32, I64, I32) -> I32 =
        |caller: Guest<'_>, _: i32, _: i64, out: u32| clock::clock_time_get(caller, out)),
    host!("wasi_snapshot_preview1", clock_res_get(I32, I32) -> I32 =
        |caller: Guest<'_>, _: i32, out: u32| clock::clock_res_get(caller, out)),
    host!("wasi_snapshot_preview1", random_get(I32, I32) -> I32 = random_get),
    host!("wasi_snapshot_preview1", sched_yield() -> I32 = || -> Errno { OK }),
    host!("wasi_snapshot_preview1", poll_oneoff(I32, I32, I32, I32) -> I32 = clock::poll_oneoff),
];

fn stream(descriptor: i32) -> Errno {
    if (0..=2).contains(&descriptor) {
        OK
    } else {
        BAD_DESCRIPTOR
    }
}

/// Standard output and error become log lines.
fn fd_write(
    mut caller: Guest<'_>,
    descriptor: i32,
    pieces: u32,
    count: u32,
    written_at: u32,
) -> Errno {
    let stream = match descriptor {
        1 => Stream::Output,
        2 => Stream::Error,
        _ => return BAD_DESCRIPTOR,
    };
    let (memory, host) = parts(&mut caller);
    let mut written = 0u32;
    for piece in 0..count.min(MOST_PIECES) {
        if written >= MOST_BYTES {
            break;
        }
        let at = pieces.wrapping_add(piece * 8);
        let text = memory::read_u32(memory, at)
            .zip(memory::read_u32(memory, at.wrapping_add(4)))
            .and_then(|(address, length)| memory::bytes(memory, address, length));
        let Some(text) = text else { return FAULT };
        // Pieces may overlap, so their sum may exceed the address space.
        let Some(sum) = written.checked_add(text.len() as u32) else {
            return FAULT;
        };
        written = sum;
        host.log.write(stream, text);
    }
    answer(memory, written_at, written.to_le_bytes())
}

fn fd_read(
    mut caller: Guest<'_>,
    descriptor: i32,
    _pieces: i32,
    _count: i32,
    read_at: u32,
) -> Errno {
    if descriptor != 0 {
        return BAD_DESCRIPTOR;
    }
    answer(parts(&mut caller).0, read_at, 0u32.to_le_bytes())
}

/// The `fdstat` of a stream: its type, and no flags and rights.
fn fd_fdstat_get(mut caller: Guest<'_>, descriptor: i32, out: u32) -> Errno {
    if stream(descriptor) != OK {
        return BAD_DESCRIPTOR;
    }
    let mut fdstat = [0u8; 24];
    fdstat[0] = CHARACTER_DEVICE;
    answer(parts(&mut caller).0, out, fdstat)
}

fn no_strings(mut caller: Guest<'_>, count_at: u32, bytes_at: u32) -> Errno {
    let (memory, _) = parts(&mut caller);
    let zero = 0u32.to_le_bytes();
    if memory::write(memory, count_at, zero) {
        answer(memory, bytes_at, zero)
    } else {
        FAULT
    }
}

/// SplitMix64 from a fixed seed: enough for hash tables, which is what runtimes ask it for.
fn random_get(mut caller: Guest<'_>, buffer: u32, length: u32) -> Errno {
    let (memory, host) = parts(&mut caller);
    let Some(buffer) = memory::bytes_mut(memory, buffer, length as usize) else {
        return FAULT;
    };
    for chunk in buffer.chunks_mut(8) {
        host.random = host.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = host.random;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        chunk.copy_from_slice(&mixed.to_le_bytes()[..chunk.len()]);
    }
    OK
}

pub(super) fn answer<const N: usize>(memory: &mut [u8], address: u32, number: [u8; N]) -> Errno {
    if memory::write(memory, address, number) {
        OK
    } else {
        FAULT
    }
}
