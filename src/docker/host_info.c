/* SPDX-License-Identifier: MIT */
/* info: the host, in Docker's member names. */
#include <stdio.h>
#include <string.h>

#include "base/docker_type.h"
#include "base/error.h"
#include "base/text.h"
#include "docker/times.h"
#include "engine/container/catalog.h"
#include "engine/container/isolation.h"
#include "engine/host/layers.h"
#include "hcs/system.h"
#include "image/registry/registry_settings.h"
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

/* ---- what clients of Docker look for ---- */

/* Docker takes every address of the machine itself for one whose certificate does not count. */
static bool add_insecure(const registry_settings *settings, cJSON *networks, cJSON *indexes)
{
    bool fine = json_append(networks, cJSON_CreateString("::1/128")) &&
                json_append(networks, cJSON_CreateString("127.0.0.0/8"));

    for (size_t i = 0; fine && i < settings->insecure.count; i++) {
        const char *name = settings->insecure.items[i];
        cleanup_json cJSON *index = NULL;

        if (strchr(name, '/')) {
            fine = json_append(networks, cJSON_CreateString(name));
            continue;
        }
        index = cJSON_CreateObject();
        fine = index && json_add_text(index, "Name", name) &&
               docker_complete(index, DOCKER_INDEX) && json_add(indexes, name, TAKE(index));
    }
    return fine;
}

static bool add_hub(const registry_settings *settings, cJSON *indexes)
{
    cleanup_json cJSON *hub = cJSON_CreateObject();

    return hub && json_add_text(hub, "Name", "docker.io") &&
           json_add_strings(hub, "Mirrors", (const char *const *)settings->mirrors.items) &&
           json_add_bool(hub, "Secure", true) && json_add_bool(hub, "Official", true) &&
           json_add(indexes, "docker.io", TAKE(hub));
}

/* A daemon.json that cannot be read is told by what uses it. */
static bool add_registries(wcow_host *host, cJSON *info)
{
    cleanup_registry_settings registry_settings settings = REGISTRY_SETTINGS_INIT;
    cleanup_json cJSON *networks = cJSON_CreateArray();
    cleanup_json cJSON *indexes = cJSON_CreateObject();
    cleanup_json cJSON *json = cJSON_CreateObject();
    files_port *files;
    wcow_status status = host_files(host, &files, NULL);

    if (!status)
        status = registry_settings_read(files, host->root, &settings, NULL);
    return status != WCOW_NO_MEMORY && json && networks && indexes && add_hub(&settings, indexes) &&
           add_insecure(&settings, networks, indexes) &&
           json_add(json, "InsecureRegistryCIDRs", TAKE(networks)) &&
           json_add(json, "IndexConfigs", TAKE(indexes)) &&
           json_add_strings(json, "Mirrors", (const char *const *)settings.mirrors.items) &&
           json_add(info, "RegistryConfig", TAKE(json)) &&
           json_add_text(info, "IndexServerAddress", "https://index.docker.io/v1/");
}

/* What stands for plugins here: the network drivers and the log format that are built in. */
static bool add_plugins(cJSON *info)
{
    static const char *const networks[] = {"nat", "null", NULL};
    static const char *const logs[] = {"json-file", NULL};
    cleanup_json cJSON *plugins = cJSON_CreateObject();

    return plugins && json_add_strings(plugins, "Network", networks) &&
           json_add_strings(plugins, "Log", logs) && json_add(info, "Plugins", TAKE(plugins));
}

static bool add_swarm(cJSON *info)
{
    cleanup_json cJSON *swarm = cJSON_CreateObject();

    return swarm && json_add_text(swarm, "LocalNodeState", "inactive") &&
           json_add(info, "Swarm", TAKE(swarm));
}

/* Docker shows nobody the password of a proxy. */
static char *without_credentials(const char *url)
{
    const char *scheme = url ? strstr(url, "://") : NULL;
    const char *host = url ? strrchr(url, '@') : NULL;

    if (!scheme || !host || host < scheme)
        return text_copy(url);
    return text_format("%.*sxxxxx:xxxxx%s", (int)(scheme + 3 - url), url, host);
}

static bool add_proxies(cJSON *info)
{
    static const struct {
        const char *member;
        const char *variable;
    } proxies[] = {
        {"HttpProxy", "HTTP_PROXY"}, {"HttpsProxy", "HTTPS_PROXY"}, {"NoProxy", "NO_PROXY"}};
    bool fine = true;

    for (size_t i = 0; fine && i < sizeof(proxies) / sizeof(proxies[0]); i++) {
        cleanup_free char *value = machine_environment(proxies[i].variable);
        cleanup_free char *shown = without_credentials(value);

        fine = (shown || !value) && json_add_text(info, proxies[i].member, shown);
    }
    return fine;
}

static bool add_docker(wcow_host *host, cJSON *info)
{
    return add_registries(host, info) && add_plugins(info) && add_swarm(info) &&
           add_proxies(info) && json_add_bool(info, "IPv4Forwarding", true) &&
           docker_complete(info, DOCKER_INFO);
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
        !add_self(host, info) || !add_machine(host, info) || !add_service(host, info) ||
        !add_docker(host, info))
        return error_no_memory(err);
    printed = json_print_pretty(info);
    if (!printed)
        return error_no_memory(err);
    *json = printed;
    return WCOW_OK;
}
