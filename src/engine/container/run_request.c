/* SPDX-License-Identifier: MIT */
/* From a record to a run. */
#include "engine/container/run_request.h"

#include "base/text.h"

void run_request_fill(run_request *request, const wcow_host *host, const record *what)
{
    const host_limits *limits = &host->limits;
    const bool alone = text_equal(what->network, "none");

    request->id = what->id;
    request->owner = RUN_OWNER;
    request->network.kind = alone ? RUN_NETWORK_NONE : RUN_NETWORK_NAT;
    request->keep_input = what->open_stdin;
    request->schema = SCHEMA_V1;
    request->build = host->version.build;
    request->processors = host->processors;
    request->limits = (run_limits){
        .drain = limits->drain, .shutdown = limits->shutdown, .terminate = limits->terminate};
}
