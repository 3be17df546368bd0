#include "text.h"

#include <stdlib.h>
#include <string.h>

enum { SMALL = 1024, KEPT = 64 << 10 };

static char small[SMALL + 1];
char *buffer = small;
uint32_t buffer_capacity = SMALL;

Text text_of(JSContext *js, JSValueConst value) {
    size_t length;
    const char *bytes = JS_ToCStringLen(js, &length, value);
    if (!bytes) return (Text){0};
    /* QuickJS writes half a pair as if it were a character: ED A0..BF xx, as long as U+FFFD's EF BF BD. Text with
     * other bytes than ASCII is always a copy. */
    for (char *at = memchr(bytes, 0xED, length); at; at = memchr(at, 0xED, (size_t)(bytes + length - at))) {
        if ((uint8_t)at[1] >= 0xA0) memcpy(at, "\xEF\xBF\xBD", 3);
        at += 3;
    }
    return (Text){bytes, (uint32_t)length};
}

void text_free(JSContext *js, Text text) { JS_FreeCString(js, text.bytes); }

bool buffer_grow(size_t wanted) {
    if (wanted <= buffer_capacity || wanted >= UINT32_MAX) return false;
    char *larger = malloc(wanted + 1);
    if (!larger) return false;
    if (buffer != small) free(buffer);
    buffer = larger;
    buffer_capacity = (uint32_t)wanted;
    return true;
}

void buffer_shrink(void) {
    if (buffer_capacity <= KEPT) return;
    free(buffer);
    buffer = small;
    buffer_capacity = SMALL;
}
