/* SPDX-License-Identifier: MIT */
#include "shim/host/shim_actions.h"

#include "shim/wire/bootstrap.pb.h"

const char *shim_version(void)
{
    return WCOW_SHIM_VERSION; /* the project's: CMakeLists.txt */
}

wcow_status shim_info(text *answer, wcow_error *err)
{
    const bootstrap_runtime_info info = {
        .name = wire_text("io.containerd.wcow.v1"),
        .has_version = true,
        .version = {.version = wire_text(shim_version())},
    };

    return wire_encode(bootstrap_runtime_info_fields, &info, answer, err);
}
