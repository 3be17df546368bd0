// print(): each line is a line of the log.
#include <string.h>
#include "host.h"
#include "interpreter.h"
#include "py/mphal.h"

enum { INFO = 1 };

static char line[4096];
static size_t length;

void flush_output(void) {
    if (length) {
        host_log(INFO, line, length);
        length = 0;
    }
}

void mp_hal_stdout_tx_strn_cooked(const char *text, size_t left) {
    for (; left; text++, left--) {
        if (*text == '\n') {
            host_log(INFO, line, length);
            length = 0;
            continue;
        }
        // A line that is too long goes on in the next; characters stay whole.
        if (length == sizeof line || (length > sizeof line - 4 && (*text & 0xc0) != 0x80)) {
            flush_output();
        }
        line[length++] = *text;
    }
}
