/* SPDX-License-Identifier: MIT */
/* There is no Event Tracing for Windows here. */
#include "port/event_trace.h"

#include "base/error.h"

int32_t event_trace_open(const char *provider_guid, event_trace **out)
{
    (void)provider_guid;
    (void)out;
    return HR_NOT_SUPPORTED;
}

int32_t event_trace_write(event_trace *trace, const char *words)
{
    (void)trace;
    (void)words;
    return HR_NOT_SUPPORTED;
}

void event_trace_close(event_trace *trace)
{
    (void)trace;
}
