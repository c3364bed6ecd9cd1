/* SPDX-License-Identifier: MIT */
/* There is no Host Compute Service on Linux. */
#include "port/hcs.h"

#include "base/error.h"

int32_t hcs_port_open(hcs_port **out)
{
    (void)out;
    return HR_NOT_SUPPORTED;
}
