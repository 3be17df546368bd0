/* The global `doc`: the document of the running call, read as it is used.
 *
 * A number, string, bool or null is read by itself. An object or array becomes a node that knows its path; when its
 * keys are wanted, or many of its values, the host gives its JSON, and the node answers from that. Nodes can't be
 * written.
 */
#ifndef DOCUMENT_H
#define DOCUMENT_H

#include <stdbool.h>

#include "quickjs.h"

/* Defines `doc`. Answers whether that worked. */
bool document_start(JSContext *js);

/* The document of the call that begins; 0 when there is none. */
void document_set(JSContext *js, int64_t ctx);

/* The one that was set. */
int64_t document_ctx(void);

/* `doc` itself. */
JSValue document_value(JSContext *js);

/* Whether a value is an array that is still in the document. */
bool document_is_array(JSContext *js, JSValueConst value);

/* Reads a field as a JavaScript value: undefined when it is missing. Objects and arrays are made whole. */
JSValue document_json(JSContext *js, const char *path, uint32_t length);

#endif
