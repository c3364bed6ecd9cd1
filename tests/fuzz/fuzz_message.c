/* SPDX-License-Identifier: MIT */
/* Protobuf messages: the first byte says which, the rest is one. What is read can be written, and
 * read again. */
#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "shim/wire/bootstrap.pb.h"
#include "shim/wire/common.pb.h"
#include "shim/wire/event.pb.h"
#include "shim/wire/message.h"
#include "shim/wire/runhcs.pb.h"
#include "shim/wire/task.pb.h"
#include "shim/wire/ttrpc.pb.h"

/* Those that hold lists and others are the larger ones. */
typedef union any_message {
    bootstrap_params params;
    bootstrap_runtime_info runtime_info;
    event_forward_request forward_request;
    event_task_create task_create;
    runhcs_options options;
    runhcs_statistics statistics;
    task_create_request create_request;
    task_pids_response pids_response;
    task_state_response state_response;
    task_update_request update_request;
    ttrpc_request request;
    ttrpc_response response;
    task_mount mount;
} any_message;

static const pb_msgdesc_t *const kinds[] = {
    bootstrap_params_fields,    bootstrap_runtime_info_fields, event_forward_request_fields,
    event_task_create_fields,   runhcs_options_fields,         runhcs_statistics_fields,
    task_create_request_fields, task_pids_response_fields,     task_state_response_fields,
    task_update_request_fields, ttrpc_request_fields,          ttrpc_response_fields,
    task_mount_fields,
};

static bool decode(const pb_msgdesc_t *fields, wire_bytes bytes, any_message *out)
{
    memset(out, 0, sizeof(*out));
    return wire_decode(fields, bytes, "it", out, NULL) == WCOW_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static any_message message;
    cleanup_text text once = TEXT_INIT;
    cleanup_text text twice = TEXT_INIT;
    const pb_msgdesc_t *fields;

    if (size == 0)
        return 0;
    fields = kinds[data[0] % (sizeof(kinds) / sizeof(kinds[0]))];
    if (!decode(fields, (wire_bytes){data + 1, size - 1}, &message))
        return 0;
    FUZZ_CHECK(wire_encode(fields, &message, &once, NULL) == WCOW_OK);
    FUZZ_CHECK(decode(fields, wire_of(&once), &message));
    FUZZ_CHECK(wire_encode(fields, &message, &twice, NULL) == WCOW_OK);
    FUZZ_CHECK(once.length == twice.length &&
               memcmp(text_get(&once), text_get(&twice), once.length) == 0);
    return 0;
}
