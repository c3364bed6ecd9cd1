/* SPDX-License-Identifier: MIT */
/* info: what there is to say of the host. */
#include "base/error.h"
#include "base/text.h"
#include "docker/host_info.h"
#include "engine/container/catalog.h"
#include "engine/container/isolation.h"
#include "engine/container/run_request.h"
#include "engine/host/host_stores.h"
#include "hcs/system.h"
#include "image/registry/registry_settings.h"
#include "port/clock.h"

/* What the facts are borrowed from. */
typedef struct sources {
    char *name;
    char *os;
    char *kernel;
    char *proxies[3];
    registry_settings registries;
    wcow_error problem; /* of the service */
} sources;

static void sources_free(sources *s)
{
    free(s->name);
    free(s->os);
    free(s->kernel);
    for (size_t i = 0; i < sizeof s->proxies / sizeof s->proxies[0]; i++)
        free(s->proxies[i]);
    registry_settings_clear(&s->registries);
}

DEFINE_CLEANUP_VALUE(sources, sources, sources_free)

/* However many names they have, as Docker counts them. */
static size_t count_images(const image_records *records)
{
    size_t count = 0;

    for (size_t i = 0; i < records->count; i++) {
        size_t first = 0;

        while (!text_equal(records->items[first].id, records->items[i].id))
            first++;
        count += first == i;
    }
    return count;
}

static wcow_status count_all(wcow_host *host, host_facts *facts, wcow_error *err)
{
    cleanup_image_records image_records records = IMAGE_RECORDS_INIT;
    wcow_container_info *list = NULL;
    size_t count = 0;
    image_store images;
    wcow_status status = wcow_container_list(host, &list, &count, err);

    for (size_t i = 0; i < count; i++) {
        facts->containers_paused += text_equal(list[i].state, "paused");
        facts->containers_running += text_equal(list[i].state, "running");
    }
    facts->containers = count;
    facts->containers_stopped = count - facts->containers_running - facts->containers_paused;
    wcow_free(list);
    if (!status)
        status = host_images(host, &images, err);
    if (!status)
        status = image_store_list(&images, &records, err);
    facts->images = count_images(&records);
    return status;
}

static void ask_service(wcow_host *host, sources *s, host_facts *facts)
{
    cleanup_json cJSON *systems = NULL;
    hcs_port *hcs;
    wcow_status status = host_hcs(host, &hcs, &s->problem);

    if (!status)
        status = compute_systems(hcs, host->version.build, RUN_OWNER, &systems, &s->problem);
    facts->compute_systems = cJSON_GetArraySize(systems);
    facts->service_error = status ? s->problem.message : NULL;
}

static wcow_status ask_machine(wcow_host *host, sources *s, host_facts *facts, wcow_error *err)
{
    const machine_version *v = &host->version;

    s->name = machine_hostname();
    s->os = machine_os_name();
    s->kernel = text_format("%u.%u.%u.%u", v->major, v->minor, v->build, v->revision);
    if (!s->kernel)
        return error_no_memory(err);
    facts->name = s->name ? s->name : "";
    facts->os = s->os;
    facts->kernel = s->kernel;
    facts->os_type = v->build ? "windows" : "linux";
    facts->processors = (int)machine_processors();
    facts->memory = machine_memory();
    facts->elevated = machine_elevated();
    facts->now = clock_now();
    return WCOW_OK;
}

/* A daemon.json that cannot be read is told by what uses it. */
static wcow_status ask_registries(wcow_host *host, sources *s, host_facts *facts, wcow_error *err)
{
    files_port *files;
    wcow_status status = host_files(host, &files, NULL);

    if (!status)
        status = registry_settings_read(files, host->root, &s->registries, NULL);
    if (status == WCOW_NO_MEMORY)
        return error_no_memory(err);
    facts->insecure_registries = (const char *const *)s->registries.insecure.items;
    facts->registry_mirrors = (const char *const *)s->registries.mirrors.items;
    return WCOW_OK;
}

static void ask_environment(sources *s, host_facts *facts)
{
    s->proxies[0] = machine_environment("HTTP_PROXY");
    s->proxies[1] = machine_environment("HTTPS_PROXY");
    s->proxies[2] = machine_environment("NO_PROXY");
    facts->http_proxy = s->proxies[0];
    facts->https_proxy = s->proxies[1];
    facts->no_proxy = s->proxies[2];
}

wcow_status wcow_host_info(wcow_host *host, char **json, wcow_error *err)
{
    host_facts facts = {
        .version = wcow_version(),
        .root = host->root,
        .isolation = isolation_name(isolation_resolve(host, WCOW_ISOLATION_DEFAULT)),
    };
    CLEANUP(sources)
    sources s = {.registries = REGISTRY_SETTINGS_INIT, .problem = WCOW_ERROR_INIT};
    char *printed;
    wcow_status status = count_all(host, &facts, err);

    if (!status)
        status = ask_machine(host, &s, &facts, err);
    if (!status)
        status = ask_registries(host, &s, &facts, err);
    if (status)
        return status;
    ask_service(host, &s, &facts);
    ask_environment(&s, &facts);
    printed = host_info_print(&facts);
    if (!printed)
        return error_no_memory(err);
    *json = printed;
    return WCOW_OK;
}
