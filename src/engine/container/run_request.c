/* SPDX-License-Identifier: MIT */
/* From a record to a run. */
#include "engine/container/run_request.h"

void run_request_fill(run_request *request, const wcow_host *host, const record *what)
{
    const host_limits *limits = &host->limits;

    request->id = what->id;
    request->owner = RUN_OWNER;
    request->keep_input = what->open_stdin;
    request->schema = record_schema(what);
    request->build = host->version.build;
    request->processors = host->processors;
    request->limits = (run_limits){
        .drain = limits->drain, .shutdown = limits->shutdown, .terminate = limits->terminate};
}
