/* SPDX-License-Identifier: MIT */
#include "shim/container/limit_annotations.h"

#include "base/number.h"
#include "base/text.h"

#define MEGABYTE (1024 * 1024)

/* Of windows.resources. */
static const struct row {
    const char *name;
    const char *part, *member;
    uint64_t unit, most;
} rows[] = {
    {"io.microsoft.container.memory.sizeinmb", "memory", "limit", MEGABYTE, UINT32_MAX},
    {"io.microsoft.container.processor.count", "cpu", "count", 1, UINT32_MAX},
    {"io.microsoft.container.processor.limit", "cpu", "maximum", 1, 10000},
    {"io.microsoft.container.processor.weight", "cpu", "shares", 1, 10000},
    {"io.microsoft.container.storage.qos.bandwidthmaximum", "storage", "bps", 1, UINT32_MAX},
    {"io.microsoft.container.storage.qos.iopsmaximum", "storage", "iops", 1, UINT32_MAX},
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

static wcow_status apply(cJSON *config, const struct row *r, wcow_error *err)
{
    const char *words = json_text(json_member(config, "annotations"), r->name, "");
    cJSON *windows = cJSON_GetObjectItemCaseSensitive(config, "windows");
    cJSON *resources = NULL;
    cJSON *part = NULL;
    uint64_t value;
    wcow_status status;

    if (!*words)
        return WCOW_OK;
    if (!number_parse(words, r->most, &value))
        return error_set(err, WCOW_INVALID, "the annotation %s is '%.64s': it must be a number",
                         r->name, words);
    status = json_object_in(windows, "resources", &resources, err);
    if (!status)
        status = json_object_in(resources, r->part, &part, err);
    if (status)
        return error_wrap(err, status, "config.json: windows.resources");
    return json_put_integer(part, r->member, (int64_t)(value * r->unit)) ? WCOW_OK
                                                                         : error_no_memory(err);
}

static wcow_status check(const cJSON *config, wcow_error *err)
{
    const cJSON *cpu = json_path(config, "windows.resources.cpu");
    static const char *const exclusive[] = {"count", "maximum", "shares"};
    unsigned count = 0;

    for (size_t i = 0; i < sizeof(exclusive) / sizeof(exclusive[0]); i++)
        count += json_integer(cpu, exclusive[i], 0) != 0;
    if (count > 1)
        return error_set(err, WCOW_INVALID,
                         "of the processors' count, maximum and shares a container can have one");
    if (cJSON_GetArraySize(json_member(cpu, "affinity")) > 0)
        return error_set(err, WCOW_UNSUPPORTED,
                         "processors cannot be chosen for a container: leave cpu.affinity out");
    return WCOW_OK;
}

wcow_status limit_annotations_apply(cJSON *config, wcow_error *err)
{
    for (size_t i = 0; i < ROWS; i++) {
        const wcow_status status = apply(config, &rows[i], err);

        if (status)
            return status;
    }
    return check(config, err);
}

bool limit_annotations_have(const char *name)
{
    for (size_t i = 0; i < ROWS; i++) {
        if (text_equal(name, rows[i].name))
            return true;
    }
    return false;
}
