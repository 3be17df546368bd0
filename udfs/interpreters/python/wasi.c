// What the C library's formatted output would call for a stream: nothing here writes to one, and the interpreter
// imports nothing of WASI.
#include <stdint.h>

enum { BAD_DESCRIPTOR = 8 };

int32_t __imported_wasi_snapshot_preview1_fd_write(int32_t descriptor, int32_t pieces, int32_t count, int32_t written) {
    return BAD_DESCRIPTOR;
}

int32_t __imported_wasi_snapshot_preview1_fd_close(int32_t descriptor) {
    return BAD_DESCRIPTOR;
}

int32_t __imported_wasi_snapshot_preview1_fd_seek(int32_t descriptor, int64_t offset, int32_t whence, int32_t position) {
    return BAD_DESCRIPTOR;
}

int32_t __imported_wasi_snapshot_preview1_fd_fdstat_get(int32_t descriptor, int32_t status) {
    return BAD_DESCRIPTOR;
}
