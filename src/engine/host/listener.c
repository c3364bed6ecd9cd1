/* SPDX-License-Identifier: MIT */
/* The border between our one kind of progress and the two of <wcow/image.h>. */
#include "engine/host/listener.h"

#include <stdio.h>
#include <string.h>

#include "oci/reference.h"

#define SHORT_ID 12

/* Docker shows a blob by twelve digits, where it tells events. */
static bool tell(void *context, const char *what, const char *doing, uint64_t done, uint64_t total)
{
    const listener *l = context;
    wcow_transfer event = {what, doing, done, total};
    char id[SHORT_ID + 1];

    if (l->steps)
        return l->steps(l->context, what, done, total);
    if (what && digest_valid(what)) {
        snprintf(id, sizeof id, "%.*s", SHORT_ID, what + strlen("sha256:"));
        event.id = id;
    }
    return l->events(l->context, &event);
}

wcow_status listener_open(listener *out, wcow_transfer_fn *events, wcow_progress_fn *steps,
                          void *context, wcow_error *err)
{
    wcow_status status = progress_open(&out->sink, events || steps ? tell : NULL, out, err);

    out->events = events;
    out->steps = steps;
    out->context = context;
    out->open = !status;
    return status;
}

void listener_close(listener *l)
{
    if (l->open)
        progress_close(&l->sink);
    l->open = false;
}
