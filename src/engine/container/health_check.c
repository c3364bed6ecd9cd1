/* SPDX-License-Identifier: MIT */
/* The rules of health checks. */
#include "engine/container/health_check.h"

#include "base/error.h"
#include "base/text.h"

#define SECOND UINT64_C(1000000000)

#define DEFAULT_INTERVAL       (30 * SECOND)
#define DEFAULT_TIMEOUT        (30 * SECOND)
#define DEFAULT_START_INTERVAL (5 * SECOND)
#define DEFAULT_RETRIES        3
#define SHORTEST               1000000 /* a millisecond: moby's container.MinimumDuration */

const char *const health_states[] = {
    [HEALTH_NONE] = "none",
    [HEALTH_STARTING] = "starting",
    [HEALTH_HEALTHY] = "healthy",
    [HEALTH_UNHEALTHY] = "unhealthy",
    NULL,
};

void health_config_free(health_config *config)
{
    string_list_free(&config->test);
}

/* ---- what is wished ---- */

static wcow_status check_duration(int64_t given, const char *name, wcow_error *err)
{
    if (!given || given >= SHORTEST)
        return WCOW_OK;
    return error_set(err, WCOW_INVALID, "%s in healthcheck cannot be less than 1ms", name);
}

wcow_status health_wishes_check(const wcow_container_spec *spec, wcow_error *err)
{
    wcow_status status = check_duration(spec->health_interval, "interval", err);

    if (!status)
        status = check_duration(spec->health_timeout, "timeout", err);
    if (!status && spec->health_retries < 0)
        status = error_set(err, WCOW_INVALID, "retries in healthcheck cannot be negative");
    if (!status)
        status = check_duration(spec->health_start_period, "start period", err);
    if (!status)
        status = check_duration(spec->health_start_interval, "start interval", err);
    return status;
}

static bool take_test(const wcow_container_spec *spec, const health_config *image, string_list *out)
{
    if (spec->no_health_check)
        return string_list_add(out, "NONE");
    if (spec->health_command && *spec->health_command)
        return string_list_add(out, "CMD-SHELL") && string_list_add(out, spec->health_command);
    for (size_t i = 0; i < image->test.count; i++) {
        if (!string_list_add(out, image->test.items[i]))
            return false;
    }
    return true;
}

static uint64_t either(int64_t given, uint64_t inherited)
{
    return given ? (uint64_t)given : inherited;
}

wcow_status health_merge(const wcow_container_spec *spec, const health_config *image,
                         health_config *out, wcow_error *err)
{
    cleanup_health_config health_config merged = {
        .interval = either(spec->health_interval, image->interval),
        .timeout = either(spec->health_timeout, image->timeout),
        .start_period = either(spec->health_start_period, image->start_period),
        .start_interval = either(spec->health_start_interval, image->start_interval),
        .retries = either(spec->health_retries, image->retries),
    };

    if (!take_test(spec, image, &merged.test))
        return error_no_memory(err);
    *out = merged;
    merged = (health_config){0};
    return WCOW_OK;
}

/* ---- what is run ---- */

static bool is_shell(const health_config *config)
{
    return text_equal(config->test.items[0], "CMD-SHELL");
}

/* Of a kind that nobody knows nothing is run, as in moby, which writes that to its log. */
bool health_is_checked(const health_config *config)
{
    return config->test.count > 1 && (text_equal(config->test.items[0], "CMD") || is_shell(config));
}

wcow_status health_command(const health_config *config, const string_list *shell, string_list *out,
                           wcow_error *err)
{
    static const char *const windows[] = {"cmd", "/S", "/C"};
    cleanup_strings string_list words = STRING_LIST_INIT;
    const bool own = shell->count > 0;
    const size_t before = !is_shell(config) ? 0 : own ? shell->count : 3;
    bool fine = true;

    for (size_t i = 0; i < before && fine; i++)
        fine = string_list_add(&words, own ? shell->items[i] : windows[i]);
    for (size_t i = 1; i < config->test.count && fine; i++)
        fine = string_list_add(&words, config->test.items[i]);
    if (!fine)
        return error_no_memory(err);
    *out = words;
    words = (string_list)STRING_LIST_INIT;
    return WCOW_OK;
}

/* ---- when, and what it means ---- */

uint64_t health_timeout(const health_config *config)
{
    return config->timeout ? config->timeout : DEFAULT_TIMEOUT;
}

static bool in_start_period(const health_config *config, int64_t age)
{
    return age < 0 || (uint64_t)age < config->start_period;
}

uint64_t health_pause(const health_config *config, health_state state, int64_t age)
{
    if (state == HEALTH_STARTING && in_start_period(config, age))
        return config->start_interval ? config->start_interval : DEFAULT_START_INTERVAL;
    return config->interval ? config->interval : DEFAULT_INTERVAL;
}

health_status health_judge(const health_config *config, health_status before, int exit_code,
                           int64_t age)
{
    const uint64_t retries = config->retries ? config->retries : DEFAULT_RETRIES;
    health_status after = before;

    if (exit_code == 0)
        return (health_status){HEALTH_HEALTHY, 0};
    if (before.state == HEALTH_STARTING && in_start_period(config, age))
        return before;
    after.streak++;
    if (after.streak >= retries)
        after.state = HEALTH_UNHEALTHY;
    return after;
}
