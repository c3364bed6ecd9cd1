/* SPDX-License-Identifier: MIT */
/*
 * Members are read with their type and range: HCS says of a document that it does not like only
 * that it does not, so whoever wrote the configuration is told here, and by its names.
 */
#include "hcs/config_reader.h"

#include <string.h>

#include "base/error.h"
#include "base/number.h"

static const char pipe_prefix[] = "\\\\.\\pipe\\";

wcow_status config_refuse(wcow_error *err, const char *member, const char *why)
{
    return error_set(err, WCOW_INVALID, "config.json: %s %s", member, why);
}

wcow_status config_check(const cJSON *config, wcow_error *err)
{
    if (!cJSON_IsObject(json_member(config, "windows")))
        return config_refuse(err, "windows", "is missing: this is no Windows container");
    if (json_bool(json_member(config, "root"), "readonly", false))
        return config_refuse(err, "root.readonly", "cannot be had with Windows");
    return WCOW_OK;
}

/* ---- limits ---- */

/* Where a limit stands: in the configuration, and in an annotation, whose unit is the service's. */
static const struct limit {
    size_t offset; /* in config_limits */
    const char *path;
    uint64_t most;
    uint64_t unit;
    const char *annotation;
} limits[] = {
    {offsetof(config_limits, cpu_count), "windows.resources.cpu.count", UINT32_MAX, 1,
     "io.microsoft.container.processor.count"},
    {offsetof(config_limits, cpu_weight), "windows.resources.cpu.shares", 10000, 1,
     "io.microsoft.container.processor.weight"},
    {offsetof(config_limits, cpu_maximum), "windows.resources.cpu.maximum", 10000, 1,
     "io.microsoft.container.processor.limit"},
    {offsetof(config_limits, iops), "windows.resources.storage.iops", INT64_MAX, 1,
     "io.microsoft.container.storage.qos.iopsmaximum"},
    {offsetof(config_limits, bandwidth), "windows.resources.storage.bps", INT64_MAX, 1,
     "io.microsoft.container.storage.qos.bandwidthmaximum"},
    {offsetof(config_limits, memory), "windows.resources.memory.limit", INT64_MAX, 1024 * 1024,
     "io.microsoft.container.memory.sizeinmb"},
};

/* A whole number that is not negative; 0 if it is not there. */
static wcow_status read_number(const cJSON *config, const char *path, uint64_t most, uint64_t *out,
                               wcow_error *err)
{
    const cJSON *member = json_path(config, path);
    const char *name = strrchr(path, '.') + 1;
    cleanup_free char *parent = text_copy_bytes(path, (size_t)(name - 1 - path));
    int64_t value = 0;

    if (!parent)
        return error_no_memory(err);
    if (member && !cJSON_IsNull(member)) {
        value = json_integer(json_path(config, parent), name, -1);
        if (value < 0 || (uint64_t)value > most)
            return config_refuse(err, path, "is not a whole number in its range");
    }
    *out = (uint64_t)value;
    return WCOW_OK;
}

/* What is no number counts as not there, as with hcsshim. */
static uint64_t annotated(const cJSON *config, const struct limit *limit)
{
    const char *value = json_text(json_member(config, "annotations"), limit->annotation, "");
    uint64_t number = 0;

    return number_parse(value, limit->most / limit->unit, &number) ? number : 0;
}

wcow_status config_read_limits(const cJSON *config, uint32_t processors, config_limits *out,
                               wcow_error *err)
{
    config_limits read = {0};

    for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
        const struct limit *limit = &limits[i];
        const uint64_t wanted = annotated(config, limit);
        uint64_t value = 0;
        wcow_status status = read_number(config, limit->path, limit->most, &value, err);

        if (status)
            return status;
        value = wanted ? wanted : value / limit->unit;
        memcpy((char *)&read + limit->offset, &value, sizeof(value));
    }
    if (processors && read.cpu_count > processors)
        read.cpu_count = processors;
    *out = read;
    return WCOW_OK;
}

/* ---- the rest ---- */

wcow_status config_read_folders(const cJSON *config, string_list *out, wcow_error *err)
{
    if (!json_strings(json_member(config, "windows"), "layerFolders", out))
        return config_refuse(err, "windows.layerFolders", "is not a list of folders");
    if (out->count < 2)
        return config_refuse(err, "windows.layerFolders",
                             "needs at least two folders: a layer and the scratch");
    return WCOW_OK;
}

static bool is_read_only(const cJSON *mount)
{
    const cJSON *option;

    cJSON_ArrayForEach (option, json_member(mount, "options")) {
        if (cJSON_IsString(option) && text_equal_ignore_case(option->valuestring, "ro"))
            return true;
    }
    return false;
}

static bool is_pipe(const char *path)
{
    char start[sizeof(pipe_prefix)];

    if (strlen(path) < sizeof(start) - 1)
        return false;
    memcpy(start, path, sizeof(start) - 1);
    start[sizeof(start) - 1] = '\0';
    return text_equal_ignore_case(start, pipe_prefix);
}

/* ctr writes the type "bind" for what has none on Windows. */
wcow_status config_read_mount(const cJSON *mount, config_mount *out, wcow_error *err)
{
    const char *type = json_text(mount, "type", "");
    const char *source = json_text(mount, "source", "");
    const char *destination = json_text(mount, "destination", "");
    const bool pipe = is_pipe(destination);

    if (*type && !text_equal(type, "bind"))
        return config_refuse(err, "mounts[].type", "must not be set for Windows");
    if (*source == '\0' || *destination == '\0')
        return config_refuse(err, "mounts[]", "needs a source and a destination");
    if (pipe != is_pipe(source))
        return config_refuse(err, "mounts[]", "has a pipe on one side only");
    *out = (config_mount){.source = source,
                          .destination = destination + (pipe ? sizeof(pipe_prefix) - 1 : 0),
                          .pipe = pipe,
                          .read_only = is_read_only(mount)};
    return WCOW_OK;
}

wcow_status config_read_dns_search(const cJSON *network, text *out, wcow_error *err)
{
    cleanup_strings string_list domains = STRING_LIST_INIT;

    if (!json_strings(network, "DNSSearchList", &domains))
        return config_refuse(err, "windows.network.DNSSearchList", "is not a list of texts");
    for (size_t i = 0; i < domains.count; i++) {
        if (i)
            text_add_char(out, ',');
        text_add(out, domains.items[i]);
    }
    return out->failed ? error_no_memory(err) : WCOW_OK;
}

bool config_device_is_class(const cJSON *device)
{
    const char *type = json_text(device, "idType", "");

    return text_equal(type, "class") || text_equal(type, "vpci-class-guid");
}
