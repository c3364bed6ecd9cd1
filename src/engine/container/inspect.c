/* SPDX-License-Identifier: MIT */
/* inspect: what there is to say of a container, gathered from its files and from the service. */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "docker/container_inspect.h"
#include "engine/container/configuration.h"
#include "engine/container/container.h"
#include "engine/container/exec_note.h"
#include "engine/container/health_log.h"
#include "engine/container/reconcile.h"
#include "engine/container/record.h"
#include "engine/host/paths.h"
#include "engine/host/store.h"
#include "engine/host/volume_store.h"
#include "network/endpoint.h"

/* What the facts are borrowed from. */
typedef struct sources {
    record *record;
    state *state;
    cJSON *config; /* OCI */
    string_list environment;
    string_list execs;
    mount_facts *mounts;
    endpoint_facts *endpoints;
    port_facts *bindings;
    port_facts *ports;
    mount_list options; /* of --mount */
    mount_wish_facts *wishes;
    char *log;
    char *scratch;
    char *hostname;
    health_log health;
} sources;

static void sources_free(sources *s)
{
    record_free(s->record);
    state_free(s->state);
    cJSON_Delete(s->config);
    string_list_free(&s->environment);
    string_list_free(&s->execs);
    free(s->mounts);
    free(s->endpoints);
    free(s->bindings);
    free(s->ports);
    mount_list_free(&s->options);
    free(s->wishes);
    free(s->log);
    free(s->scratch);
    free(s->hostname);
    health_log_free(&s->health);
}

DEFINE_CLEANUP_VALUE(sources, sources, sources_free)

static const char *const *list_of(const string_list *list)
{
    return (const char *const *)list->items;
}

static wcow_status read_all(wcow_container *container, sources *s, wcow_error *err)
{
    wcow_status status = container_settle(container, &s->state, err);

    if (!status)
        status = record_read(container->host, container->id, &s->record, err);
    if (!status)
        status = configuration_read(container->host, s->record, &s->config, err);
    if (!status && state_is_running(s->state))
        status = exec_notes_running(container, s->state->phase == PHASE_PAUSED, &s->execs, err);
    if (status)
        return status;
    s->log = path_in_container(container->host, container->id, FILE_LOG);
    s->scratch = path_of_scratch(container->host, container->id);
    return s->log && s->scratch ? WCOW_OK : error_no_memory(err);
}

static void add_record(const record *r, container_facts *facts)
{
    facts->id = r->id;
    facts->name = r->name;
    facts->created = r->created;
    facts->path = r->command.count ? r->command.items[0] : NULL;
    facts->path_arguments = r->command.count ? list_of(&r->command) + 1 : NULL;
    facts->image = r->image;
    facts->image_id = r->image_id;
    facts->os_version = r->os_version;
    facts->entrypoint = list_of(&r->entrypoint);
    facts->arguments = list_of(&r->arguments);
    facts->labels = list_of(&r->labels);
    facts->binds = list_of(&r->mounts);
    facts->volumes_from = list_of(&r->volumes_from);
    facts->volumes = list_of(&r->volumes);
    facts->volume_driver = r->volume_driver;
    facts->isolation = isolation_name(r->isolation);
    facts->schema = r->schema;
    facts->stop_timeout = r->stop_timeout == WCOW_FOREVER ? -1 : r->stop_timeout; /* as Docker */
    facts->tty = r->tty;
    facts->open_stdin = r->open_stdin;
    facts->auto_remove = r->auto_remove;
    facts->restart_policy = restart_modes[r->restart_mode];
    facts->restart_maximum = r->restart_maximum;
    facts->args_escaped = r->args_escaped;
    facts->domainname = r->domainname;
    facts->stop_signal = *r->stop_signal ? r->stop_signal : NULL;
    facts->storage_options = list_of(&r->storage_options);
    facts->security_options = list_of(&r->security_options);
    facts->devices = list_of(&r->devices);
    facts->dns_search = list_of(&r->dns_search);
    facts->nano_cpus = r->nano_cpus;
    facts->cpu_count = r->cpu_count;
    facts->cpu_percent = r->cpu_percent;
    facts->cpu_shares = r->cpu_shares;
    facts->io_bandwidth = r->io_bandwidth;
    facts->io_operations = r->io_operations;
    facts->log_driver = r->log_driver;
    facts->log_options = list_of(&r->log_options);
    facts->health_test = list_of(&r->health.test);
    facts->health_interval = r->health.interval;
    facts->health_timeout = r->health.timeout;
    facts->health_start_period = r->health.start_period;
    facts->health_start_interval = r->health.start_interval;
    facts->health_retries = r->health.retries;
}

static void add_state(const state *s, container_facts *facts)
{
    facts->state = state_name(s);
    facts->running = state_is_running(s);
    facts->paused = s->phase == PHASE_PAUSED;
    facts->restarting = s->restarting && s->phase == PHASE_RUNNING;
    facts->restart_count = s->restart_count;
    facts->dead = s->phase == PHASE_DEAD;
    facts->pid = facts->running ? s->pid : 0;
    facts->exit_code = s->exit_code;
    facts->error = s->error;
    facts->started = s->started;
    facts->finished = s->finished;
    facts->health = s->health ? health_states[s->health] : "";
    facts->health_streak = s->health_streak;
}

static wcow_status add_mounts(sources *s, container_facts *facts, wcow_error *err)
{
    const mount_list *points = &s->record->points;

    s->mounts = calloc(points->count + 1, sizeof *s->mounts);
    if (!s->mounts)
        return error_no_memory(err);
    for (size_t i = 0; i < points->count; i++) {
        const mount_spec *mount = &points->items[i];
        const bool kept = mount->type == MOUNT_VOLUME;

        s->mounts[i] = (mount_facts){
            .type = mount_types[mount->type],
            .name = kept ? mount->name : NULL,
            .source = mount->source,
            .destination = mount->destination,
            .driver = kept ? VOLUME_DRIVER : NULL,
            .mode = mount->mode,
            .writable = !mount->read_only,
        };
    }
    facts->mounts = s->mounts;
    facts->mount_count = points->count;
    return WCOW_OK;
}

/* What --mount said, taken apart again. */
static wcow_status add_mount_wishes(sources *s, container_facts *facts, wcow_error *err)
{
    wcow_container_spec given = WCOW_CONTAINER_SPEC_INIT;
    wcow_status status;

    given.mount_options = list_of(&s->record->mount_options);
    status = mount_list_parse(&given, &s->options, err);
    if (status)
        return status;
    s->wishes = calloc(s->options.count + 1, sizeof *s->wishes);
    if (!s->wishes)
        return error_no_memory(err);
    for (size_t i = 0; i < s->options.count; i++) {
        const mount_spec *mount = &s->options.items[i];

        s->wishes[i] = (mount_wish_facts){
            .type = mount_types[mount->type],
            .source = mount->type == MOUNT_VOLUME ? mount->name : mount->source,
            .target = mount->destination,
            .read_only = mount->read_only,
            .creates_source = mount->creates_source,
            .labels = list_of(&mount->labels),
            .subpath = mount->subpath,
        };
    }
    facts->mount_wishes = s->wishes;
    facts->mount_wish_count = s->options.count;
    return WCOW_OK;
}

/* The service is told of both as one. */
static char *plain_hostname(const char *full, const char *domain)
{
    const size_t length = strlen(full);
    const size_t behind = strlen(domain);

    if (behind && behind < length && full[length - behind - 1] == '.' &&
        text_ends_with(full, domain))
        return text_copy_bytes(full, length - behind - 1);
    return text_copy(full);
}

static wcow_status add_config(sources *s, container_facts *facts, wcow_error *err)
{
    const cJSON *process = json_member(s->config, "process");
    const cJSON *memory = json_path(s->config, "windows.resources.memory");

    s->hostname = plain_hostname(json_text(s->config, "hostname", ""), s->record->domainname);
    if (!s->hostname)
        return error_no_memory(err);
    facts->hostname = s->hostname;
    facts->user = json_text(json_member(process, "user"), "username", NULL);
    facts->working_directory = json_text(process, "cwd", NULL);
    facts->memory = (uint64_t)json_integer(memory, "limit", 0);
    if (!json_strings(process, "env", &s->environment))
        return error_set(err, WCOW_CORRUPT, "its config.json is damaged: not what wcow wrote");
    facts->environment = list_of(&s->environment);
    return WCOW_OK;
}

/*
 * HNS may give an address only after the endpoint was made (DHCP), and what an older wcow noted has
 * none: then the service is asked.
 */
static void complete_endpoints(wcow_host *host, hns_endpoint_list *endpoints)
{
    for (size_t i = 0; i < endpoints->count; i++) {
        hns_endpoint *e = &endpoints->items[i];
        hns_endpoint found = HNS_ENDPOINT_INIT;
        hcs_port *hcs;

        if (*e->ip_address || !*e->id || host_hcs(host, &hcs, NULL) ||
            hns_endpoint_get(hcs, e->id, &found, NULL))
            continue;
        hns_endpoint_free(e);
        *e = found;
    }
}

static endpoint_facts endpoint_of(const attachment *a, const hns_endpoint *e)
{
    endpoint_facts facts = {.network = attachment_name(a),
                            .aliases = list_of(&a->aliases),
                            .wished_address = *a->ip_address ? a->ip_address : NULL};

    if (!e)
        return facts;
    facts.id = e->id;
    facts.network_id = e->network_id;
    facts.gateway = e->gateway;
    facts.ip_address = e->ip_address;
    facts.prefix_length = (int)e->prefix_length;
    facts.mac_address = e->mac_address;
    return facts;
}

static size_t copy_ports(const hns_port *from, size_t count, port_facts *out)
{
    for (size_t i = 0; i < count; i++)
        out[i] = (port_facts){.protocol = hns_protocols[from[i].protocol],
                              .container = from[i].container,
                              .host = from[i].host};
    return count;
}

static size_t count_ports(const hns_endpoint_list *endpoints)
{
    size_t count = 0;

    for (size_t i = 0; i < endpoints->count; i++)
        count += endpoints->items[i].port_count;
    return count;
}

static wcow_status add_networks(wcow_host *host, sources *s, network_facts *facts, wcow_error *err)
{
    const record *r = s->record;
    const attachment_list *all = &r->networks;
    hns_endpoint_list *endpoints = &s->state->endpoints;

    complete_endpoints(host, endpoints);
    s->endpoints = calloc(all->count + 1, sizeof *s->endpoints);
    s->bindings = calloc(r->ports.count + 1, sizeof *s->bindings);
    s->ports = calloc(count_ports(endpoints) + 1, sizeof *s->ports);
    if (!s->endpoints || !s->bindings || !s->ports)
        return error_no_memory(err);
    *facts = (network_facts){.mode = r->network,
                             .endpoints = s->endpoints,
                             .endpoint_count = all->count,
                             .bindings = s->bindings,
                             .ports = s->ports,
                             .exposed = list_of(&r->exposed),
                             .dns = list_of(&r->dns),
                             .hosts = list_of(&r->hosts),
                             .running = state_is_running(s->state),
                             .publish_all = r->publish_all};
    for (size_t i = 0; i < all->count; i++)
        s->endpoints[i] =
            endpoint_of(&all->items[i], attachment_endpoint(all, &all->items[i], endpoints));
    facts->binding_count = copy_ports(r->ports.items, r->ports.count, s->bindings);
    for (size_t i = 0; i < endpoints->count; i++)
        facts->port_count += copy_ports(endpoints->items[i].ports, endpoints->items[i].port_count,
                                        s->ports + facts->port_count);
    return WCOW_OK;
}

wcow_status wcow_container_inspect(wcow_container *container, char **json, wcow_error *err)
{
    CLEANUP(sources) sources s = {0};
    container_facts facts = {0};
    char *printed;
    wcow_status status = read_all(container, &s, err);

    if (!status)
        status = add_config(&s, &facts, err);
    if (!status)
        status = add_networks(container->host, &s, &facts.network, err);
    if (!status)
        status = add_mounts(&s, &facts, err);
    if (!status)
        status = add_mount_wishes(&s, &facts, err);
    if (status) /* what of one that is gone was read does not matter */
        return error_wrap(err,
                          container_gone(container) ? container_say_gone(container, err) : status,
                          "cannot inspect container '%s'", container->name);
    add_record(s.record, &facts);
    add_state(s.state, &facts);
    if (s.state->health) /* what cannot be read is shown as none */
        ignore(health_log_read(container->host, container->id, &s.health, NULL));
    facts.health_log = s.health;
    facts.running_execs = list_of(&s.execs);
    facts.log_path = text_equal(s.record->log_driver, "json-file") ? s.log : NULL;
    facts.scratch = s.scratch;
    printed = container_inspect_print(&facts);
    if (!printed)
        return error_no_memory(err);
    *json = printed;
    return WCOW_OK;
}
