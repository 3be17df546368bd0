/* Texts between the host and JavaScript. */
#ifndef TEXT_H
#define TEXT_H

#include <stdbool.h>

#include "host.h"
#include "quickjs.h"

/* A string's UTF-8, borrowed until `text_free`. Half a surrogate pair becomes U+FFFD, as the host takes valid UTF-8
 * only. A string of ASCII is not copied, so a constant has the same address each time, by which the host remembers
 * paths. */
typedef struct {
    const char *bytes; /* NULL: an exception was thrown */
    uint32_t length;
} Text;

Text text_of(JSContext *js, JSValueConst value);
void text_free(JSContext *js, Text text);

/* What a host function that fills a buffer left there. NUL-terminated; good until the next such call. */
typedef struct {
    int32_t status;
    const char *bytes;
    size_t length;
} Answer;

/* Calls a host function that takes `…, buffer, length` until the buffer is large enough for its answer. */
#define ASK(function, ...) \
    ({ \
        Answer answer_; \
        do { \
            uint32_t length_ = buffer_capacity; \
            int32_t status_ = function(__VA_ARGS__ __VA_OPT__(, ) buffer, &length_); \
            answer_ = (Answer){status_, buffer, length_}; \
        } while (answer_.status == TOO_SMALL && buffer_grow(answer_.length)); \
        if (answer_.status == FOUND) buffer[answer_.length] = 0; \
        answer_; \
    })

extern char *buffer;
extern uint32_t buffer_capacity; /* with room for one byte more */

/* Makes room for so many bytes, if there is so much memory. */
bool buffer_grow(size_t wanted);

/* Gives a large buffer back. */
void buffer_shrink(void);

#endif
