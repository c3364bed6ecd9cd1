/* SPDX-License-Identifier: MIT */
/* health.json */
#include "engine/container/health_log.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "engine/host/paths.h"
#include "engine/host/store.h"

#define VERSION 1

static const field fields[] = {
    {"log", FIELD_ITEMS, .at = 0, .number = sizeof(health_result), .members = health_result_fields},
    FIELDS_END,
};

void health_log_free(health_log *log)
{
    health_result *results = log->items;

    for (size_t i = 0; i < log->count; i++)
        free(results[i].output);
    free(results);
    *log = (health_log){NULL, 0};
}

wcow_status health_log_read(wcow_host *host, const char *id, health_log *out, wcow_error *err)
{
    cleanup_free char *path = path_in_container(host, id, FILE_HEALTH);
    cleanup_json cJSON *json = NULL;
    cleanup_health_log health_log log = {NULL, 0};
    wcow_error problem = WCOW_ERROR_INIT;
    wcow_status status;

    if (!path)
        return error_no_memory(err);
    status = store_read_version(host, path, VERSION, &json, &problem);
    if (status == WCOW_NOT_FOUND)
        return WCOW_OK;
    if (status)
        return error_pass(err, status, &problem);
    if (!fields_read(fields, json, &log))
        return error_set(err, WCOW_CORRUPT, "'%s' is damaged: not what wcow wrote", path);
    *out = log;
    log = (health_log){NULL, 0};
    return WCOW_OK;
}

wcow_status health_log_write(wcow_host *host, const char *id, const health_log *log,
                             wcow_error *err)
{
    cleanup_free char *path = path_in_container(host, id, FILE_HEALTH);
    cleanup_json cJSON *json = cJSON_CreateObject();

    if (!path || !json || !json_put_integer(json, "version", VERSION) ||
        !fields_write(fields, log, json))
        return error_no_memory(err);
    return store_write(host, path, json, err);
}

bool health_log_add(health_log *log, health_result *result)
{
    health_result *results = log->items;

    if (log->count < HEALTH_LOG_RESULTS) {
        results = realloc(results, (log->count + 1) * sizeof *results);
        if (!results)
            return false;
        log->items = results;
        log->count++;
    } else {
        free(results[0].output);
        memmove(results, results + 1, (log->count - 1) * sizeof *results);
    }
    results[log->count - 1] = *result;
    *result = (health_result){0};
    return true;
}
