/* SPDX-License-Identifier: MIT */
#include "shim/host/grouping.h"

#include "base/error.h"
#include "base/text.h"

#define TYPE         "io.kubernetes.cri.container-type"
#define SANDBOX      "io.kubernetes.cri.sandbox-id"
#define HOST_PROCESS "microsoft.com/hostprocess-container"

static wcow_status check_type(const char *type, const char *sandbox, const char *id,
                              shim_group *out, wcow_error *err)
{
    if (text_equal(type, "container")) {
        *out = (shim_group){SHIM_CONTAINER, sandbox};
        return WCOW_OK;
    }
    if (!text_equal(type, "sandbox"))
        return error_set(err, WCOW_INVALID,
                         "the annotation '" TYPE "' is neither 'sandbox' nor "
                         "'container' but '%s'",
                         type);
    if (!text_equal(sandbox, id))
        return error_set(err, WCOW_INVALID,
                         "the sandbox '%s' has '%s' in its annotation '" SANDBOX "'", id, sandbox);
    *out = (shim_group){SHIM_SANDBOX, sandbox};
    return WCOW_OK;
}

wcow_status shim_group_read(const cJSON *specification, const char *id, shim_group *out,
                            wcow_error *err)
{
    const cJSON *annotations = json_member(specification, "annotations");
    const char *type = json_text(annotations, TYPE, NULL);
    const char *sandbox = json_text(annotations, SANDBOX, NULL);

    if (text_equal(json_text(annotations, HOST_PROCESS, ""), "true")) {
        ignore(error_set(err, WCOW_UNSUPPORTED, "HostProcess containers are not supported"));
        error_hint(err, "give such pods another RuntimeClass, whose handler has containerd's own "
                        "shim for Windows (runhcs-wcow-process)");
        return err ? err->status : WCOW_UNSUPPORTED;
    }
    if (!type && !sandbox) {
        *out = (shim_group){SHIM_ALONE, id};
        return WCOW_OK;
    }
    if (!type || !sandbox)
        return error_set(err, WCOW_INVALID,
                         "the annotations '" TYPE "' and '" SANDBOX "' need each other");
    return check_type(type, sandbox, id, out, err);
}
