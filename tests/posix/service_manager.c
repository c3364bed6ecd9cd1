/* SPDX-License-Identifier: MIT */
/* Linux has no Service Control Manager: what is tested natively has a fake one. */
#include "port/service_manager.h"

#include "base/error.h"

int32_t services_port_open(services_port **out)
{
    (void)out;
    return HR_NOT_SUPPORTED;
}

bool service_exposed(const char *root, char **where)
{
    (void)root;
    (void)where;
    return false;
}

int32_t service_process_run(const service_body *body)
{
    (void)body;
    return HR_NOT_SUPPORTED;
}

void service_process_ending(void)
{
    /* This process is none. */
}
