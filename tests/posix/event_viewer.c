/* SPDX-License-Identifier: MIT */
/* There is no event log of Windows here. */
#include "port/event_viewer.h"

#include <stddef.h>

#include "base/error.h"

int32_t event_viewer_read(const char *channel, const char *query, event_viewer_fn *each,
                          void *context)
{
    (void)channel;
    (void)query;
    (void)each;
    (void)context;
    return HR_NOT_SUPPORTED;
}

int32_t event_viewer_write(uint32_t kind, uint32_t id, const char *words)
{
    (void)kind;
    (void)id;
    (void)words;
    return HR_NOT_SUPPORTED;
}
