/* SPDX-License-Identifier: MIT */
#include "shim/host/start_input.h"

#include <string.h>

#include "base/error.h"
#include "shim/wire/common.pb.h"
#include "shim/wire/runhcs.pb.h"

#define OPTIONS "containerd.runhcs.v1.Options"
#define PREFIX  "type.googleapis.com/"

static wire_bytes without_prefix(wire_bytes type)
{
    const size_t length = strlen(PREFIX);

    if (type.size < length || memcmp(type.data, PREFIX, length) != 0)
        return type;
    return (wire_bytes){type.data + length, type.size - length};
}

/* The level of the log is all that concerns `start`; the rest comes again with Create. */
static wcow_status read_options(const common_any *any, start_input *out, wcow_error *err)
{
    runhcs_options options = {0};
    wcow_status status;

    if (any->type_url.size == 0 && any->value.size == 0)
        return WCOW_OK;
    if (!wire_is(without_prefix(any->type_url), OPTIONS)) {
        out->unknown = any->type_url;
        return WCOW_OK;
    }
    status = wire_decode(runhcs_options_fields, any->value, "the runtime's options", &options, err);
    if (status)
        return status;
    if (shim_level_read(options.log_level, &out->level))
        out->has_level = true;
    else if (options.debug) {
        out->has_level = true;
        out->level = SHIM_DEBUG;
    }
    return WCOW_OK;
}

static wcow_status read_extension(wire_bytes entry, start_input *out, wcow_error *err)
{
    bootstrap_extension extension = {0};
    wcow_status status =
        wire_decode(bootstrap_extension_fields, entry, "an extension", &extension, err);

    return status ? status : read_options(&extension.value, out, err);
}

static wcow_status read_params(const bootstrap_params *params, start_input *out, wcow_error *err)
{
    wcow_status status = WCOW_OK;

    out->bootstrap = true;
    out->events = params->containerd_ttrpc_address;
    out->has_level = true;
    out->level = shim_level_from_number(params->log_level);
    for (size_t i = 0; !status && i < params->extensions.count; i++)
        status = read_extension(params->extensions.entries[i], out, err);
    return status;
}

wcow_status start_input_read(wire_bytes bytes, const char *space, const char *id, start_input *out,
                             wcow_error *err)
{
    bootstrap_params params = {0};
    common_any any = {0};
    start_input in = {0};
    wcow_status status;

    /* An Any decodes as BootstrapParams, too: its type would be the id, its value the namespace. So
     * it is only that if both are those of the call (containerd's own rule: pkg/shim). */
    if (!wire_decode(bootstrap_params_fields, bytes, "BootstrapParams", &params, NULL) &&
        wire_is(params.instance_id, id) && wire_is(params.namespace, space)) {
        status = read_params(&params, &in, err);
    } else {
        status = wire_decode(common_any_fields, bytes, "what containerd sent", &any, err);
        if (!status)
            status = read_options(&any, &in, err);
    }
    if (!status)
        *out = in;
    return status;
}
