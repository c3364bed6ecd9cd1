/* SPDX-License-Identifier: MIT */
/**
 * What --restart says: whether a container is started again when it has ended, and after which
 * pause. Docker's rules (moby daemon/internal/restartmanager, daemon/monitor.go), in numbers and
 * without a clock: whoever asks has one.
 */
#ifndef WCOW_ENGINE_CONTAINER_RESTART_POLICY_H
#define WCOW_ENGINE_CONTAINER_RESTART_POLICY_H

#include <stdbool.h>
#include <stdint.h>

#include <wcow/error.h>

typedef enum restart_mode {
    RESTART_NO,
    RESTART_ON_FAILURE,
    RESTART_ALWAYS,
    RESTART_UNLESS_STOPPED
} restart_mode;

typedef struct restart_policy {
    restart_mode mode;
    uint32_t maximum; /* of attempts, for on-failure; 0: no limit */
} restart_policy;

/** As Docker names them, ended by NULL: "no", "on-failure", … */
extern const char *const restart_modes[];

/** "", "no", "on-failure", "on-failure:3", "always", "unless-stopped"; NULL is "". */
WCOW_CHECKED wcow_status restart_policy_parse(const char *given, restart_policy *out,
                                              wcow_error *err);

/** How a run ended, and what came before it. */
typedef struct restart_facts {
    uint32_t exit_code;
    uint32_t count; /* restarts since it was started by somebody */
    bool stopped;   /* by somebody: stop, kill */
} restart_facts;

/**
 * Whether a run's end is followed by another run: at once, unless somebody has ended it by a stop
 * (which cancels that, whatever the policy says: it is not asked here), and when the host has
 * booted again, of a container that was started once.
 */
bool restart_follows(const restart_policy *policy, const restart_facts *how);

/**
 * The pause before the next run: doubled from 0.1 s up to a minute, and from 0.1 s again after a
 * run of 10 s. Milliseconds.
 *
 * @param before  the one before the last run; 0: there was none
 * @param lasted  the last run; milliseconds
 */
uint32_t restart_pause(uint32_t before, uint64_t lasted);

#endif
