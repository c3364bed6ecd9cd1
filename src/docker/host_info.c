/* SPDX-License-Identifier: MIT */
/* A host in Docker's shape, with what clients of Docker look for in it. */
#include "docker/host_info.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/docker_type.h"
#include "base/fields.h"
#include "base/text.h"
#include "docker/graph_driver.h"

#define AT(name) offsetof(host_facts, name)

static const field swarm_fields[] = {
    {"LocalNodeState", FIELD_FIXED, .text = "inactive"},
    FIELDS_END,
};

static const field info_fields[] = {
    {"ID", FIELD_TEXT, .at = AT(name)},
    {"Containers", FIELD_SIZE, .at = AT(containers)},
    {"ContainersRunning", FIELD_SIZE, .at = AT(containers_running)},
    {"ContainersPaused", FIELD_SIZE, .at = AT(containers_paused)},
    {"ContainersStopped", FIELD_SIZE, .at = AT(containers_stopped)},
    {"Images", FIELD_SIZE, .at = AT(images)},
    {"Driver", FIELD_FIXED, .text = GRAPH_DRIVER},
    {"LoggingDriver", FIELD_FIXED, .text = "json-file"},
    {"Isolation", FIELD_TEXT, .at = AT(isolation)},
    {"DockerRootDir", FIELD_TEXT, .at = AT(root)},
    {"ServerVersion", FIELD_TEXT, .at = AT(version)},
    {"SystemTime", FIELD_TIME, .at = AT(now)},
    {"KernelVersion", FIELD_TEXT, .at = AT(kernel)},
    {"OperatingSystem", FIELD_TEXT, .at = AT(os)},
    {"OSVersion", FIELD_TEXT, .at = AT(kernel)},
    {"OSType", FIELD_TEXT, .at = AT(os_type)},
    {"Architecture", FIELD_FIXED, .text = "x86_64"},
    {"NCPU", FIELD_INT, .at = AT(processors)},
    {"MemTotal", FIELD_SIZE, .at = AT(memory)},
    {"Name", FIELD_TEXT, .at = AT(name)},
    {"Elevated", FIELD_BOOL, .at = AT(elevated)},
    {"IndexServerAddress", FIELD_FIXED, .text = "https://index.docker.io/v1/"},
    {"Swarm", FIELD_OBJECT, .members = swarm_fields},
    {.name = "IPv4Forwarding", .kind = FIELD_TRUE},
    FIELDS_END,
};

/* Whether the service answers, and why not. */
static bool add_service(const host_facts *facts, cJSON *info)
{
    const char *const errors[] = {facts->service_error, NULL};

    if (facts->service_error)
        return json_add_strings(info, "ServerErrors", errors);
    return json_add_integer(info, "ComputeSystems", facts->compute_systems);
}

/* Docker takes every address of the machine itself for one whose certificate does not count. */
static bool add_insecure(const char *const *registries, cJSON *networks, cJSON *indexes)
{
    bool fine = json_append(networks, cJSON_CreateString("::1/128")) &&
                json_append(networks, cJSON_CreateString("127.0.0.0/8"));

    for (; fine && registries && *registries; registries++) {
        cleanup_json cJSON *index = NULL;

        if (strchr(*registries, '/')) {
            fine = json_append(networks, cJSON_CreateString(*registries));
            continue;
        }
        index = cJSON_CreateObject();
        fine = index && json_add_text(index, "Name", *registries) &&
               docker_complete(index, DOCKER_INDEX) && json_add(indexes, *registries, TAKE(index));
    }
    return fine;
}

static bool add_hub(const host_facts *facts, cJSON *indexes)
{
    cleanup_json cJSON *hub = cJSON_CreateObject();

    return hub && json_add_text(hub, "Name", "docker.io") &&
           json_add_strings(hub, "Mirrors", facts->registry_mirrors) &&
           json_add_bool(hub, "Secure", true) && json_add_bool(hub, "Official", true) &&
           json_add(indexes, "docker.io", TAKE(hub));
}

static bool add_registries(const host_facts *facts, cJSON *info)
{
    cleanup_json cJSON *networks = cJSON_CreateArray();
    cleanup_json cJSON *indexes = cJSON_CreateObject();
    cleanup_json cJSON *json = cJSON_CreateObject();

    return json && networks && indexes && add_hub(facts, indexes) &&
           add_insecure(facts->insecure_registries, networks, indexes) &&
           json_add(json, "InsecureRegistryCIDRs", TAKE(networks)) &&
           json_add(json, "IndexConfigs", TAKE(indexes)) &&
           json_add_strings(json, "Mirrors", facts->registry_mirrors) &&
           json_add(info, "RegistryConfig", TAKE(json));
}

/* What stands for plugins here: the network drivers and the log format that are built in. */
static bool add_plugins(cJSON *info)
{
    static const char *const networks[] = {"ics",  "internal", "l2bridge",    "l2tunnel", "nat",
                                           "null", "private",  "transparent", NULL};
    static const char *const logs[] = {"etwlogs", "json-file", "local", NULL};
    cleanup_json cJSON *plugins = cJSON_CreateObject();

    return plugins && json_add_strings(plugins, "Network", networks) &&
           json_add_strings(plugins, "Log", logs) && json_add(info, "Plugins", TAKE(plugins));
}

/* Docker shows nobody the password of a proxy. */
static bool add_proxy(cJSON *info, const char *name, const char *url)
{
    const char *scheme = url ? strstr(url, "://") : NULL;
    const char *host = url ? strrchr(url, '@') : NULL;
    cleanup_free char *hidden = NULL;

    if (!scheme || !host || host < scheme)
        return json_add_text(info, name, url);
    hidden = text_format("%.*sxxxxx:xxxxx%s", (int)(scheme + 3 - url), url, host);
    return hidden && json_add_text(info, name, hidden);
}

char *host_info_print(const host_facts *facts)
{
    cleanup_json cJSON *info = fields_object(info_fields, facts);

    if (!info || !add_service(facts, info) || !add_registries(facts, info) || !add_plugins(info) ||
        !add_proxy(info, "HttpProxy", facts->http_proxy) ||
        !add_proxy(info, "HttpsProxy", facts->https_proxy) ||
        !add_proxy(info, "NoProxy", facts->no_proxy) || !docker_complete(info, DOCKER_INFO))
        return NULL;
    return json_print_pretty(info);
}
