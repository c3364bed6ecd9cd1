/* SPDX-License-Identifier: MIT */
/** HEALTHCHECK: how a container is asked whether it is well. Docker's; OCI has none. */
#ifndef WCOW_OCI_HEALTH_CONFIG_H
#define WCOW_OCI_HEALTH_CONFIG_H

#include <stdint.h>

#include "base/strings.h"

/** Zero and empty: not said, which means the default or the image's. */
typedef struct health_config {
    string_list test;        /* {"CMD", word…}, {"CMD-SHELL", line}, {"NONE"} */
    uint64_t interval;       /* nanoseconds, as all here */
    uint64_t timeout;        /* of one probe */
    uint64_t start_period;   /* in which a failure does not count */
    uint64_t start_interval; /* between probes in the start period */
    uint64_t retries;        /* failures in a row that make it unhealthy */
} health_config;

#endif
