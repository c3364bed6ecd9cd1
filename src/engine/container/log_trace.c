/* SPDX-License-Identifier: MIT */
/* Lines of a log as events. */
#include "engine/container/log_trace.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/text.h"
#include "base/utf.h"

log_trace_calls log_trace_port = {event_trace_open, event_trace_write, event_trace_close};

char *log_trace_head(const record *r)
{
    return text_format("container_name: %s, image_name: %s, container_id: %s, image_id: %s, ",
                       r->name, r->image, r->id, r->image_id);
}

/* NULL: no memory. */
static char *make_text(const char *bytes, size_t length)
{
    cleanup_text text kept = TEXT_INIT;

    for (size_t i = 0; i < length; i++) {
        if (bytes[i])
            text_add_char(&kept, bytes[i]);
    }
    return kept.failed ? NULL : utf8_mended(text_get(&kept), kept.length);
}

int32_t log_trace_write(event_trace *trace, const char *head, bool is_error, const char *bytes,
                        size_t length)
{
    const size_t size = length && bytes[length - 1] == '\n' ? length - 1 : length;
    cleanup_free char *line = make_text(bytes, size);
    cleanup_free char *words = NULL;

    if (line)
        words = text_format("%ssource: %s, log: %s", head, is_error ? "stderr" : "stdout", line);
    return words ? log_trace_port.write(trace, words) : HR_OUT_OF_MEMORY;
}
