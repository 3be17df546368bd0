// An exception that nothing caught ends the call: the host gets its message, and its traceback as Python prints one.
#include <string.h>
#include "host.h"
#include "interpreter.h"
#include "py/gc.h"
#include "py/mpprint.h"
#include "py/objexcept.h"
#include "py/objtype.h"
#include "py/runtime.h"

// At a line's end, or at the source's.
static const char *line_end(const char *at, const char *end) {
    const char *newline = memchr(at, '\n', end - at);
    return newline ? newline : end;
}

static void print_line(const mp_print_t *print, const char *source, const char *end, size_t number) {
    for (; number > 1; number--) {
        source = line_end(source, end);
        if (source == end) {
            return;
        }
        source++;
    }
    end = line_end(source, end);
    while (source < end && (*source == ' ' || *source == '\t')) {
        source++;
    }
    while (end > source && (end[-1] == '\r' || end[-1] == ' ')) {
        end--;
    }
    if (source < end) {
        mp_printf(print, "    %.*s\n", (int)(end - source), source);
    }
}

static void print_traceback(const mp_print_t *print, mp_obj_t exception) {
    size_t count;
    size_t *entries;
    mp_obj_exception_get_traceback(exception, &count, &entries);
    if (!count) {
        return;
    }
    size_t length = host_source(NULL, 0);
    char *source = m_malloc_maybe(length);
    if (source) {
        host_source(source, length);
    }
    mp_print_str(print, "Traceback (most recent call last):\n");
    for (size_t i = count; i >= 3; i -= 3) {
        const size_t *entry = entries + i - 3; // file, line, function
        mp_printf(print, "  File \"%q\", line %u", (qstr)entry[0], (unsigned)entry[1]);
        if (entry[2] != MP_QSTRnull) {
            mp_printf(print, ", in %q", (qstr)entry[2]);
        }
        mp_print_str(print, "\n");
        if (source && entry[0] == source_name) {
            print_line(print, source, source + length, entry[1]);
        }
    }
}

// "ValueError: too long"; of a script's own class what its `__str__` says.
static void print_message(const mp_print_t *print, mp_obj_t exception) {
    if (!mp_obj_is_instance_type(mp_obj_get_type(exception))) {
        mp_obj_print_helper(print, exception, PRINT_EXC);
        return;
    }
    mp_obj_t text = mp_call_function_1(MP_OBJ_FROM_PTR(&mp_type_str), exception);
    size_t length;
    const char *data = mp_obj_str_get_data(text, &length);
    mp_printf(print, length ? "%s: %.*s" : "%s", mp_obj_get_type_str(exception), (int)length, data);
}

_Noreturn void fail_with(mp_obj_t exception) {
    quidditch_outermost_frame = &quidditch_outermost_frame; // nothing is collected any more
    bool is_memory_error = mp_obj_is_subclass_fast(
        MP_OBJ_FROM_PTR(mp_obj_get_type(exception)), MP_OBJ_FROM_PTR(&mp_type_MemoryError));
    if (is_memory_error && out_of_memory) {
        // The host remembers that it refused memory, and says how much there may be.
        __builtin_trap();
    }
    nlr_buf_t nlr;
    if (nlr_push(&nlr) == 0) {
        flush_output();
        vstr_t message, detail;
        mp_print_t print;
        vstr_init_print(&message, 64, &print);
        print_message(&print, exception);
        vstr_init_print(&detail, 256, &print);
        print_traceback(&print, exception);
        if (detail.len) {
            detail.len--; // the last end of line
        }
        host_fail(message.buf, message.len, detail.buf, detail.len);
    }
    // Not even that: the exception can't be printed.
    const char *name = mp_obj_get_type_str(exception);
    host_fail(name, strlen(name), NULL, 0);
}

// Never: whatever raises runs inside the exports.
_Noreturn void nlr_jump_fail(void *value) {
    __builtin_trap();
}
