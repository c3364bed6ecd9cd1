/* SPDX-License-Identifier: MIT */
/*
 * A container in Docker's shape: a table for each of its objects, all of the one struct of facts.
 * What is zero for every container of ours is not named: docker_complete() knows Docker's types.
 */
#include "docker/container_inspect.h"

#include <stdlib.h>

#include "base/docker_type.h"
#include "base/fields.h"
#include "base/text.h"
#include "docker/graph_driver.h"

#define AT(name) offsetof(container_facts, name)

static const field state_fields[] = {
    {"Status", FIELD_TEXT, .at = AT(state)},
    {"Running", FIELD_BOOL, .at = AT(running)},
    {"Paused", FIELD_BOOL, .at = AT(paused)},
    {"Restarting", FIELD_BOOL, .at = AT(restarting)},
    {"Dead", FIELD_BOOL, .at = AT(dead)},
    {"Pid", FIELD_UINT32, .at = AT(pid)},
    {"ExitCode", FIELD_UINT32, .at = AT(exit_code)},
    {"Error", FIELD_TEXT, .at = AT(error)},
    {"StartedAt", FIELD_TIME, .at = AT(started)},
    {"FinishedAt", FIELD_TIME, .at = AT(finished)},
    FIELDS_END,
};

static const field config_fields[] = {
    {"Hostname", FIELD_TEXT, .at = AT(hostname)},
    {"Domainname", FIELD_TEXT, .at = AT(domainname)},
    {"User", FIELD_TEXT, .at = AT(user)},
    {"AttachStdin", FIELD_BOOL, .at = AT(open_stdin)},
    {.name = "AttachStdout", .kind = FIELD_TRUE},
    {.name = "AttachStderr", .kind = FIELD_TRUE},
    {"Tty", FIELD_BOOL, .at = AT(tty)},
    {"OpenStdin", FIELD_BOOL, .at = AT(open_stdin)},
    {"StdinOnce", FIELD_BOOL, .at = AT(open_stdin)},
    {"Env", FIELD_LIST, .at = AT(environment)},
    {"Cmd", FIELD_SOME_LIST, .at = AT(arguments)},
    {"Image", FIELD_TEXT, .at = AT(image)},
    {"WorkingDir", FIELD_TEXT, .at = AT(working_directory)},
    {"Entrypoint", FIELD_SOME_LIST, .at = AT(entrypoint)},
    {"Labels", FIELD_LABELS, .at = AT(labels)},
    {"StopSignal", FIELD_TEXT, .at = AT(stop_signal)},
    {"StopTimeout", FIELD_INT, .at = AT(stop_timeout)},
    {"ArgsEscaped", FIELD_SOME_BOOL, .at = AT(args_escaped)},
    FIELDS_END,
};

static const field log_fields[] = {
    {"Type", FIELD_TEXT, .at = AT(log_driver), .text = "json-file"},
    {"Config", FIELD_LABELS, .at = AT(log_options)},
    FIELDS_END,
};

static const field restart_fields[] = {
    {"Name", FIELD_TEXT, .at = AT(restart_policy)},
    {"MaximumRetryCount", FIELD_UINT32, .at = AT(restart_maximum)},
    FIELDS_END,
};

static const field host_fields[] = {
    {"Binds", FIELD_SOME_LIST, .at = AT(binds)},
    {"VolumeDriver", FIELD_TEXT, .at = AT(volume_driver)},
    {"VolumesFrom", FIELD_SOME_LIST, .at = AT(volumes_from)},
    {"LogConfig", FIELD_OBJECT, .members = log_fields},
    {"RestartPolicy", FIELD_OBJECT, .members = restart_fields},
    {"AutoRemove", FIELD_BOOL, .at = AT(auto_remove)},
    {"Isolation", FIELD_TEXT, .at = AT(isolation)},
    {"Schema", FIELD_INT, .at = AT(schema), .number = 1}, /* ours: Docker has no choice */
    {"DnsSearch", FIELD_LIST, .at = AT(dns_search)},
    {"SecurityOpt", FIELD_SOME_LIST, .at = AT(security_options)},
    {"StorageOpt", FIELD_SOME_LABELS, .at = AT(storage_options)},
    {"Memory", FIELD_SIZE, .at = AT(memory)},
    {"NanoCpus", FIELD_SIZE, .at = AT(nano_cpus)},
    {"CpuCount", FIELD_SIZE, .at = AT(cpu_count)},
    {"CpuPercent", FIELD_SIZE, .at = AT(cpu_percent)},
    {"CpuShares", FIELD_SIZE, .at = AT(cpu_shares)},
    {"IOMaximumBandwidth", FIELD_SIZE, .at = AT(io_bandwidth)},
    {"IOMaximumIOps", FIELD_SIZE, .at = AT(io_operations)},
    FIELDS_END,
};

static const field network_fields[] = {
    {"SandboxID", FIELD_TEXT, .at = AT(id)},
    FIELDS_END,
};

static const field container_fields[] = {
    {"Id", FIELD_TEXT, .at = AT(id)},
    {"Created", FIELD_TIME, .at = AT(created)},
    {"Path", FIELD_TEXT, .at = AT(path)},
    {"Args", FIELD_LIST, .at = AT(path_arguments)},
    {"State", FIELD_OBJECT, .members = state_fields},
    {"Image", FIELD_TEXT, .at = AT(image_id)},
    {"LogPath", FIELD_TEXT, .at = AT(log_path)},
    {"RestartCount", FIELD_UINT32, .at = AT(restart_count)},
    {"Driver", FIELD_FIXED, .text = GRAPH_DRIVER},
    {"Platform", FIELD_FIXED, .text = "windows"},
    {"OsVersion", FIELD_TEXT, .at = AT(os_version)},
    {"ExecIDs", FIELD_SOME_LIST, .at = AT(running_execs)},
    {"HostConfig", FIELD_OBJECT, .members = host_fields},
    {"GraphDriver", FIELD_OBJECT, .at = AT(scratch), .members = graph_driver_fields},
    {"Config", FIELD_OBJECT, .members = config_fields},
    {"NetworkSettings", FIELD_OBJECT, .members = network_fields},
    FIELDS_END,
};

#define AT_MOUNT(name) offsetof(mount_facts, name)

static const field mount_fields[] = {
    {"Type", FIELD_TEXT, .at = AT_MOUNT(type)},
    {"Name", FIELD_TEXT, .at = AT_MOUNT(name)},
    {"Source", FIELD_TEXT, .at = AT_MOUNT(source)},
    {"Destination", FIELD_TEXT, .at = AT_MOUNT(destination)},
    {"Driver", FIELD_TEXT, .at = AT_MOUNT(driver)},
    {"Mode", FIELD_TEXT, .at = AT_MOUNT(mode)},
    {"RW", FIELD_BOOL, .at = AT_MOUNT(writable)},
    FIELDS_END,
};

#define AT_WISH(name) offsetof(mount_wish_facts, name)

static const field wish_bind_fields[] = {
    {"CreateMountpoint", FIELD_SOME_BOOL, .at = AT_WISH(creates_source)},
    FIELDS_END,
};

static const field wish_volume_fields[] = {
    {"Labels", FIELD_SOME_LABELS, .at = AT_WISH(labels)},
    {"Subpath", FIELD_TEXT, .at = AT_WISH(subpath)},
    FIELDS_END,
};

static const field wish_fields[] = {
    {"Type", FIELD_TEXT, .at = AT_WISH(type)},
    {"Source", FIELD_TEXT, .at = AT_WISH(source)},
    {"Target", FIELD_TEXT, .at = AT_WISH(target)},
    {"ReadOnly", FIELD_SOME_BOOL, .at = AT_WISH(read_only)},
    {"BindOptions", FIELD_SOME_OBJECT, .at = 0, .members = wish_bind_fields},
    {"VolumeOptions", FIELD_SOME_OBJECT, .at = 0, .members = wish_volume_fields},
    FIELDS_END,
};

static bool add_mounts(const container_facts *facts, cJSON *container)
{
    cleanup_json cJSON *list = cJSON_CreateArray();

    for (size_t i = 0; list && i < facts->mount_count; i++)
        if (!json_append(list, fields_object(mount_fields, &facts->mounts[i])))
            return false;
    return list && json_add(container, "Mounts", TAKE(list));
}

static bool add_mount_wishes(const container_facts *facts, cJSON *container)
{
    cJSON *host = cJSON_GetObjectItemCaseSensitive(container, "HostConfig");
    cJSON *list = facts->mount_wish_count ? cJSON_AddArrayToObject(host, "Mounts") : NULL;

    for (size_t i = 0; i < facts->mount_wish_count; i++)
        if (!list || !json_append(list, fields_object(wish_fields, &facts->mount_wishes[i])))
            return false;
    return true;
}

/* A set, in Docker's JSON: an object of empty objects. */
static bool add_volumes(const container_facts *facts, cJSON *container)
{
    cJSON *config = cJSON_GetObjectItemCaseSensitive(container, "Config");
    const char *const *path = facts->volumes;
    cJSON *set = path && *path ? cJSON_AddObjectToObject(config, "Volumes") : NULL;

    for (; path && *path; path++)
        if (!set || !cJSON_AddObjectToObject(set, *path))
            return false;
    return true;
}

/* Windows' have no path in the container. */
static bool add_devices(const container_facts *facts, cJSON *container)
{
    cJSON *host = cJSON_GetObjectItemCaseSensitive(container, "HostConfig");
    const char *const *device = facts->devices;
    cJSON *list = device && *device ? cJSON_AddArrayToObject(host, "Devices") : NULL;

    for (; device && *device; device++) {
        cJSON *item = cJSON_CreateObject();

        if (!json_append(list, item) || !json_add_text(item, "PathOnHost", *device) ||
            !json_add_text(item, "PathInContainer", "") ||
            !json_add_text(item, "CgroupPermissions", ""))
            return false;
    }
    return true;
}

static bool add_health(const container_facts *facts, cJSON *container)
{
    const health_result *results = facts->health_log.items;
    cJSON *state = cJSON_GetObjectItemCaseSensitive(container, "State");
    cleanup_json cJSON *health = cJSON_CreateObject();
    cleanup_json cJSON *log = cJSON_CreateArray();

    if (!facts->health || !*facts->health)
        return true;
    for (size_t i = 0; log && i < facts->health_log.count; i++) {
        if (!json_append(log, fields_object(health_result_fields, &results[i])))
            return false;
    }
    return health && log && json_add_text(health, "Status", facts->health) &&
           json_add_integer(health, "FailingStreak", facts->health_streak) &&
           json_add(health, "Log", TAKE(log)) && json_add(state, "Health", TAKE(health));
}

/* Its members are Go's omitempty. */
static bool add_health_check(const container_facts *facts, cJSON *container)
{
    const struct {
        const char *name;
        uint64_t value;
    } numbers[] = {
        {"Interval", facts->health_interval},
        {"Timeout", facts->health_timeout},
        {"StartPeriod", facts->health_start_period},
        {"StartInterval", facts->health_start_interval},
        {"Retries", facts->health_retries},
    };
    cJSON *config = cJSON_GetObjectItemCaseSensitive(container, "Config");
    cleanup_json cJSON *check = cJSON_CreateObject();
    const char *const *test = facts->health_test;

    if (!check || (test && *test && !json_add_strings(check, "Test", test)))
        return false;
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        if (numbers[i].value &&
            !json_add_integer(check, numbers[i].name, (int64_t)numbers[i].value))
            return false;
    }
    return !check->child || json_add(config, "Healthcheck", TAKE(check));
}

/* Docker puts a slash before a container's. */
static bool add_name(const container_facts *facts, cJSON *container)
{
    cleanup_free char *name = text_format("/%s", facts->name);

    return name && json_add_text(container, "Name", name);
}

char *container_inspect_print(const container_facts *facts)
{
    cleanup_json cJSON *json = fields_object(container_fields, facts);

    if (!json || !add_name(facts, json) || !container_network_add(&facts->network, json) ||
        !add_mounts(facts, json) || !add_mount_wishes(facts, json) || !add_volumes(facts, json) ||
        !add_devices(facts, json) || !add_health(facts, json) || !add_health_check(facts, json) ||
        !docker_complete(json, DOCKER_CONTAINER))
        return NULL;
    return json_print_pretty(json);
}
