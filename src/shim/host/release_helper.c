/* SPDX-License-Identifier: MIT */
#include "shim/host/release_helper.h"

#include "base/error.h"
#include "port/machine.h"

wcow_status release_helper_start(const shim_invocation *in, const char *bundle, wcow_error *err)
{
    const char *const arguments[] = {
        "-namespace",      in->space,          "-id",     in->id, "-address", in->address,
        "-publish-binary", in->publish_binary, "-bundle", bundle, "release",  NULL};
    cleanup_child machine_child *child = NULL;

    return error_check(err, machine_start_self(arguments, &child), "CreateProcess");
}
