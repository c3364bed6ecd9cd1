/* SPDX-License-Identifier: MIT */
/* GET /endpointstats/ID (hcsshim internal/hns/hnsendpoint.go, HNSEndpointStats). */
#include "network/endpoint_counters.h"

#include <stddef.h>

#include "base/error.h"
#include "base/text.h"
#include "network/hns.h"

static const struct {
    const char *name;
    size_t at;
} counters[] = {
    {"BytesReceived", offsetof(endpoint_counters, received_bytes)},
    {"PacketsReceived", offsetof(endpoint_counters, received_packets)},
    {"DroppedPacketsIncoming", offsetof(endpoint_counters, received_dropped)},
    {"BytesSent", offsetof(endpoint_counters, sent_bytes)},
    {"PacketsSent", offsetof(endpoint_counters, sent_packets)},
    {"DroppedPacketsOutgoing", offsetof(endpoint_counters, sent_dropped)},
};

wcow_status endpoint_counters_add(hcs_port *port, const char *endpoint, endpoint_counters *sum,
                                  wcow_error *err)
{
    cleanup_free char *path = text_format("/endpointstats/%s", endpoint);
    cleanup_json cJSON *answer = NULL;
    wcow_status status =
        path ? hns_call(port, "GET", path, NULL, &answer, err) : error_no_memory(err);

    if (status)
        return status;
    for (size_t i = 0; i < sizeof(counters) / sizeof(counters[0]); i++) {
        uint64_t *total = (uint64_t *)(void *)((char *)sum + counters[i].at);
        const int64_t count = json_integer(answer, counters[i].name, 0);

        *total += count > 0 ? (uint64_t)count : 0;
    }
    return WCOW_OK;
}
