/* SPDX-License-Identifier: MIT */
/* info: the host, in Docker's member names. */
#include <stdio.h>

#include "base/error.h"
#include "base/text.h"
#include "container/catalog.h"
#include "container/host/layers.h"
#include "container/host/times.h"
#include "container/isolation.h"
#include "hcs/system.h"
#include "port/clock.h"

typedef struct counts {
    size_t containers, running, paused, stopped, images;
} counts;

static wcow_status count_all(wcow_host *host, counts *out, wcow_error *err)
{
    cleanup_image_records image_records records = IMAGE_RECORDS_INIT;
    wcow_container_info *list = NULL;
    size_t count = 0;
    image_store images;
    counts found = {0};
    wcow_status status = wcow_container_list(host, &list, &count, err);

    for (size_t i = 0; i < count; i++) {
        found.containers++;
        found.paused += text_equal(list[i].state, "paused");
        found.running += text_equal(list[i].state, "running");
    }
    found.stopped = found.containers - found.running - found.paused;
    wcow_free(list);
    if (!status)
        status = host_images(host, &images, err);
    if (!status)
        status = image_store_list(&images, &records, err);
    if (status)
        return status;
    found.images = records.count;
    *out = found;
    return WCOW_OK;
}

static bool add_size(cJSON *json, const char *name, double value)
{
    return cJSON_AddNumberToObject(json, name, value) != NULL;
}

static bool add_counts(cJSON *json, const counts *c)
{
    return add_size(json, "Containers", (double)c->containers) &&
           add_size(json, "ContainersRunning", (double)c->running) &&
           add_size(json, "ContainersPaused", (double)c->paused) &&
           add_size(json, "ContainersStopped", (double)c->stopped) &&
           add_size(json, "Images", (double)c->images);
}

/* Whether the service answers, and why not. */
static bool add_service(wcow_host *host, cJSON *json)
{
    cleanup_json cJSON *errors = cJSON_CreateArray();
    cleanup_json cJSON *systems = NULL;
    wcow_error problem = WCOW_ERROR_INIT;
    hcs_port *hcs;
    wcow_status status = host_hcs(host, &hcs, &problem);

    if (!status)
        status = compute_systems(hcs, host->version.build, "wcow", &systems, &problem);
    if (!errors || (status && !json_append(errors, cJSON_CreateString(problem.message))))
        return false;
    if (!status && !json_add_integer(json, "ComputeSystems", cJSON_GetArraySize(systems)))
        return false;
    return status ? json_add(json, "ServerErrors", TAKE(errors)) : true;
}

static bool add_machine(wcow_host *host, cJSON *json)
{
    const machine_version *v = &host->version;
    cleanup_free char *name = machine_hostname();
    cleanup_free char *os = machine_os_name();
    cleanup_free char *version =
        text_format("%u.%u.%u.%u", v->major, v->minor, v->build, v->revision);
    char now[TIME_TEXT_SIZE];

    docker_time_print(clock_now(), now);
    return version && json_add_text(json, "SystemTime", now) &&
           json_add_text(json, "KernelVersion", version) &&
           json_add_text(json, "OperatingSystem", os ? os : "") &&
           json_add_text(json, "OSVersion", version) &&
           json_add_text(json, "OSType", v->build ? "windows" : "linux") &&
           json_add_text(json, "Architecture", "x86_64") &&
           json_add_integer(json, "NCPU", machine_processors()) &&
           add_size(json, "MemTotal", (double)machine_memory()) &&
           json_add_text(json, "Name", name ? name : "") &&
           json_add_bool(json, "Elevated", machine_elevated());
}

static bool add_self(wcow_host *host, cJSON *json)
{
    return json_add_text(json, "Driver", "windowsfilter") &&
           json_add_text(json, "LoggingDriver", "json-file") &&
           json_add_text(json, "Isolation",
                         isolation_name(isolation_resolve(host, WCOW_ISOLATION_DEFAULT))) &&
           json_add_text(json, "DockerRootDir", host->root) &&
           json_add_text(json, "ServerVersion", wcow_version());
}

wcow_status wcow_host_info(wcow_host *host, char **json, wcow_error *err)
{
    cleanup_json cJSON *info = cJSON_CreateObject();
    cleanup_free char *name = machine_hostname();
    counts all = {0};
    char *printed;
    wcow_status status = count_all(host, &all, err);

    if (status)
        return status;
    if (!info || !json_add_text(info, "ID", name ? name : "") || !add_counts(info, &all) ||
        !add_self(host, info) || !add_machine(host, info) || !add_service(host, info))
        return error_no_memory(err);
    printed = json_print_pretty(info);
    if (!printed)
        return error_no_memory(err);
    *json = printed;
    return WCOW_OK;
}
