/* SPDX-License-Identifier: MIT */
/* There is no layer storage on Linux. */
#include "port/storage.h"

#include "base/error.h"

int32_t storage_port_open(storage_port **out)
{
    (void)out;
    return HR_NOT_SUPPORTED;
}
