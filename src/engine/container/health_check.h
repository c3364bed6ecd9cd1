/* SPDX-License-Identifier: MIT */
/**
 * The rules of health checks, as moby's daemon/health.go has them: which command, when, and what
 * its end means. Nothing here waits or asks for the time.
 */
#ifndef WCOW_ENGINE_CONTAINER_HEALTH_CHECK_H
#define WCOW_ENGINE_CONTAINER_HEALTH_CHECK_H

#include <stdbool.h>

#include <wcow/container.h>

#include "base/cleanup.h"
#include "oci/health_config.h"

typedef enum health_state {
    HEALTH_NONE, /* there is no check */
    HEALTH_STARTING,
    HEALTH_HEALTHY,
    HEALTH_UNHEALTHY
} health_state;

/** Docker's words; ended by NULL. */
extern const char *const health_states[];

typedef struct health_status {
    health_state state;
    uint32_t streak; /* failures in a row */
} health_status;

/** Exit code of a probe that has none: it did not start, or was ended. */
#define HEALTH_NO_CODE (-1)

void health_config_free(health_config *config);
DEFINE_CLEANUP_VALUE(health_config, health_config, health_config_free)
#define cleanup_health_config CLEANUP(health_config)

/** Refuses what dockerd refuses, in its words. */
WCOW_CHECKED wcow_status health_wishes_check(const wcow_container_spec *spec, wcow_error *err);
/** The user's wishes; what he does not say is the image's. */
WCOW_CHECKED wcow_status health_merge(const wcow_container_spec *spec, const health_config *image,
                                      health_config *out, wcow_error *err);
/** Whether there is anything to run. */
bool health_is_checked(const health_config *config);
/**
 * What is run, a list of words.
 *
 * @param shell  the image's SHELL; empty: Windows' own
 */
WCOW_CHECKED wcow_status health_command(const health_config *config, const string_list *shell,
                                        string_list *out, wcow_error *err);
/** Nanoseconds that one probe may take. */
uint64_t health_timeout(const health_config *config);
/**
 * Nanoseconds from the end of a probe, or from the start, until the next.
 *
 * @param age  since the start, nanoseconds
 */
uint64_t health_pause(const health_config *config, health_state state, int64_t age);
/**
 * What a probe's end makes of it.
 *
 * @param age  of the container when the probe began, nanoseconds
 */
health_status health_judge(const health_config *config, health_status before, int exit_code,
                           int64_t age);

#endif
