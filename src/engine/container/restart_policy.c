/* SPDX-License-Identifier: MIT */
/* What --restart says. */
#include "engine/container/restart_policy.h"

#include <string.h>

#include "base/error.h"
#include "base/number.h"
#include "base/text.h"

#define FIRST_PAUSE   100u
#define LONGEST_PAUSE 60000u
/* A run of that length was a good one. */
#define LONG_RUN 10000u

const char *const restart_modes[] = {
    [RESTART_NO] = "no",
    [RESTART_ON_FAILURE] = "on-failure",
    [RESTART_ALWAYS] = "always",
    [RESTART_UNLESS_STOPPED] = "unless-stopped",
    NULL,
};

/* In docker/cli's words, and where that asks nothing, in dockerd's. */
static wcow_status read_maximum(const char *given, int64_t *out, wcow_error *err)
{
    if (!number_parse_signed(given, out) || *out > INT32_MAX)
        return error_set(err, WCOW_INVALID,
                         "invalid restart policy format: maximum retry count must be an integer");
    return WCOW_OK;
}

static wcow_status check_maximum(restart_mode mode, int64_t maximum, wcow_error *err)
{
    if (mode != RESTART_ON_FAILURE && maximum)
        return error_set(err, WCOW_INVALID,
                         "invalid restart policy: maximum retry count can only be used with "
                         "'on-failure'%s",
                         maximum < 0 ? " and cannot be negative" : "");
    if (maximum < 0)
        return error_set(err, WCOW_INVALID,
                         "invalid restart policy: maximum retry count cannot be negative");
    return WCOW_OK;
}

static bool find_mode(const char *given, size_t length, restart_mode *out)
{
    for (int i = 0; restart_modes[i]; i++) {
        if (strlen(restart_modes[i]) == length && !strncmp(restart_modes[i], given, length)) {
            *out = (restart_mode)i;
            return true;
        }
    }
    return false;
}

wcow_status restart_policy_parse(const char *given, restart_policy *out, wcow_error *err)
{
    const size_t length = given ? strcspn(given, ":") : 0;
    restart_mode mode = RESTART_NO;
    int64_t maximum = 0;
    wcow_status status = WCOW_OK;

    if (given && *given == ':')
        return error_set(err, WCOW_INVALID,
                         "invalid restart policy format: no policy provided before colon");
    if (given && given[length] && given[length + 1])
        status = read_maximum(given + length + 1, &maximum, err);
    if (status)
        return status;
    if (length && !find_mode(given, length, &mode))
        return error_set(err, WCOW_INVALID,
                         "invalid restart policy: unknown policy '%.*s'; use one of 'no', "
                         "'always', 'on-failure', or 'unless-stopped'",
                         (int)(length < 64 ? length : 64), given);
    status = check_maximum(mode, maximum, err);
    if (status)
        return status;
    *out = (restart_policy){mode, (uint32_t)maximum};
    return WCOW_OK;
}

bool restart_follows(const restart_policy *policy, const restart_facts *how)
{
    switch (policy->mode) {
    case RESTART_ALWAYS:
        return true;
    case RESTART_UNLESS_STOPPED:
        return !how->stopped;
    case RESTART_ON_FAILURE:
        return how->exit_code != 0 && (!policy->maximum || how->count < policy->maximum);
    case RESTART_NO:
        break;
    }
    return false;
}

uint32_t restart_pause(uint32_t before, uint64_t lasted)
{
    if (!before || lasted >= LONG_RUN)
        return FIRST_PAUSE;
    return before < LONGEST_PAUSE / 2 ? before * 2 : LONGEST_PAUSE;
}
