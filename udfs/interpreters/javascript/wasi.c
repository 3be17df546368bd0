/* wasi-libc's stdio, which QuickJS links and never writes with, imports these from the host. Without them the
 * interpreter imports nothing of WASI. */
#include <stdint.h>

enum { EBADF_WASI = 8 };

int32_t __imported_wasi_snapshot_preview1_fd_write(int32_t fd, int32_t parts, int32_t count, int32_t written) {
    return EBADF_WASI;
}

int32_t __imported_wasi_snapshot_preview1_fd_close(int32_t fd) { return EBADF_WASI; }

int32_t __imported_wasi_snapshot_preview1_fd_seek(int32_t fd, int64_t offset, int32_t whence, int32_t position) {
    return EBADF_WASI;
}
