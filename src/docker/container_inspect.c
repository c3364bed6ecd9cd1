/* SPDX-License-Identifier: MIT */
/* A container as `docker inspect` shows it. */
#include <stdio.h>
#include <string.h>

#include "base/docker_type.h"
#include "base/error.h"
#include "base/text.h"
#include "docker/times.h"
#include "engine/container/container.h"
#include "engine/container/exec_note.h"
#include "engine/container/reconcile.h"
#include "engine/container/record.h"
#include "engine/host/layers.h"
#include "engine/host/paths.h"
#include "engine/host/store.h"
#include "network/endpoint.h"

/* Everything an inspection is made of. */
typedef struct subject {
    wcow_container *container;
    const record *record;
    const state *state;
    const cJSON *config; /* OCI */
    const string_list *execs;
} subject;

static bool add_time(cJSON *object, const char *name, int64_t when)
{
    char words[TIME_TEXT_SIZE];

    docker_time_print(when, words);
    return json_add_text(object, name, words);
}

static bool add_number(cJSON *object, const char *name, double value)
{
    return cJSON_AddNumberToObject(object, name, value) != NULL;
}

static bool runs(const state *s)
{
    return s->phase == PHASE_RUNNING || s->phase == PHASE_PAUSED;
}

static cJSON *make_state(const subject *s)
{
    cleanup_json cJSON *json = cJSON_CreateObject();
    const state *now = s->state;

    if (!json || !json_add_text(json, "Status", phase_name(now->phase)) ||
        !json_add_bool(json, "Running", runs(now)) ||
        !json_add_bool(json, "Paused", now->phase == PHASE_PAUSED) ||
        !json_add_bool(json, "Restarting", false) || !json_add_bool(json, "OOMKilled", false) ||
        !json_add_bool(json, "Dead", now->phase == PHASE_DEAD) ||
        !add_number(json, "Pid", runs(now) ? now->pid : 0) ||
        !add_number(json, "ExitCode", now->exit_code) ||
        !json_add_text(json, "Error", now->error ? now->error : "") ||
        !add_time(json, "StartedAt", now->started) || !add_time(json, "FinishedAt", now->finished))
        return NULL;
    return TAKE(json);
}

static cJSON *make_labels(const string_list *labels)
{
    cleanup_json cJSON *json = cJSON_CreateObject();

    for (size_t i = 0; json && i < labels->count; i++) {
        const size_t length = strcspn(labels->items[i], "=");
        cleanup_free char *name = text_copy_bytes(labels->items[i], length);
        const char *value = labels->items[i][length] ? labels->items[i] + length + 1 : "";

        if (!name || !json_add_text(json, name, value))
            return NULL;
    }
    return TAKE(json);
}

/* An empty list is null, as in Docker's JSON. */
static bool add_list(cJSON *object, const char *name, const string_list *items)
{
    if (!items->count)
        return json_add(object, name, cJSON_CreateNull());
    return json_add_strings(object, name, (const char *const *)items->items);
}

static cJSON *make_config(const subject *s)
{
    cleanup_json cJSON *json = cJSON_CreateObject();
    const record *r = s->record;
    const cJSON *process = json_member(s->config, "process");
    const cJSON *environment = json_member(process, "env");

    if (!json || !json_add_text(json, "Hostname", json_text(s->config, "hostname", "")) ||
        !json_add_text(json, "Domainname", "") ||
        !json_add_text(json, "User", json_text(json_member(process, "user"), "username", "")) ||
        !json_add_bool(json, "AttachStdin", r->open_stdin) ||
        !json_add_bool(json, "AttachStdout", true) || !json_add_bool(json, "AttachStderr", true) ||
        !json_add_bool(json, "Tty", r->tty) || !json_add_bool(json, "OpenStdin", r->open_stdin) ||
        !json_add_bool(json, "StdinOnce", r->open_stdin) ||
        !json_add(json, "Env",
                  environment ? cJSON_Duplicate(environment, true) : cJSON_CreateArray()) ||
        !add_list(json, "Cmd", &r->arguments) || !json_add_text(json, "Image", r->image) ||
        !json_add(json, "Volumes", cJSON_CreateNull()) ||
        !json_add_text(json, "WorkingDir", json_text(process, "cwd", "")) ||
        !add_list(json, "Entrypoint", &r->entrypoint) ||
        !json_add(json, "OnBuild", cJSON_CreateNull()) ||
        !json_add(json, "Labels", make_labels(&r->labels)) ||
        !json_add_integer(json, "StopTimeout", r->stop_timeout))
        return NULL;
    if (r->args_escaped && !json_add_bool(json, "ArgsEscaped", true))
        return NULL;
    return TAKE(json);
}

static cJSON *make_log_config(void)
{
    cleanup_json cJSON *json = cJSON_CreateObject();

    if (!json || !json_add_text(json, "Type", "json-file") ||
        !json_add(json, "Config", cJSON_CreateObject()))
        return NULL;
    return TAKE(json);
}

static cJSON *make_restart_policy(void)
{
    cleanup_json cJSON *json = cJSON_CreateObject();

    if (!json || !json_add_text(json, "Name", "no") ||
        !json_add_integer(json, "MaximumRetryCount", 0))
        return NULL;
    return TAKE(json);
}

static cJSON *make_host_config(const subject *s)
{
    cleanup_json cJSON *json = cJSON_CreateObject();
    const record *r = s->record;
    const cJSON *memory = json_path(s->config, "windows.resources.memory");

    if (!json || !add_list(json, "Binds", &r->mounts) ||
        !json_add_text(json, "ContainerIDFile", "") ||
        !json_add(json, "LogConfig", make_log_config()) ||
        !json_add_text(json, "NetworkMode", r->network) ||
        !json_add(json, "PortBindings", cJSON_CreateObject()) ||
        !json_add(json, "RestartPolicy", make_restart_policy()) ||
        !json_add_bool(json, "AutoRemove", r->auto_remove) ||
        !json_add_text(json, "Isolation", isolation_name(r->isolation)) ||
        !add_number(json, "Memory", (double)json_integer(memory, "limit", 0)))
        return NULL;
    return TAKE(json);
}

static cJSON *make_mounts(const subject *s)
{
    cleanup_json cJSON *list = cJSON_CreateArray();
    const cJSON *mounts = json_member(s->config, "mounts");
    const cJSON *mount;

    cJSON_ArrayForEach (mount, mounts) {
        cleanup_json cJSON *json = cJSON_CreateObject();
        const cJSON *option = cJSON_GetArrayItem(json_member(mount, "options"), 0);
        const char *mode = option && option->valuestring ? option->valuestring : "";

        if (!json || !json_add_text(json, "Type", "bind") ||
            !json_add_text(json, "Source", json_text(mount, "source", "")) ||
            !json_add_text(json, "Destination", json_text(mount, "destination", "")) ||
            !json_add_text(json, "Mode", mode) ||
            !json_add_bool(json, "RW", !text_equal(mode, "ro")) ||
            !json_add_text(json, "Propagation", "") || !list || !json_append(list, TAKE(json)))
            return NULL;
    }
    return TAKE(list);
}

static cJSON *make_graph_driver(const subject *s)
{
    cleanup_free char *scratch = path_of_scratch(s->container->host, s->record->id);
    cleanup_json cJSON *json = cJSON_CreateObject();
    cleanup_json cJSON *data = cJSON_CreateObject();

    if (!json || !data || !scratch || !json_add_text(data, "dir", scratch) ||
        !json_add(json, "Data", TAKE(data)) || !json_add_text(json, "Name", "windowsfilter"))
        return NULL;
    return TAKE(json);
}

/* ---- network ---- */

static bool look_up_endpoint(const subject *s, hns_endpoint *out)
{
    hcs_port *hcs;

    return s->state->endpoint && *s->state->endpoint && !host_hcs(s->container->host, &hcs, NULL) &&
           !hns_endpoint_get(hcs, s->state->endpoint, out, NULL);
}

static cJSON *make_endpoint(const subject *s)
{
    cleanup_endpoint hns_endpoint endpoint = HNS_ENDPOINT_INIT;
    cleanup_json cJSON *json = cJSON_CreateObject();
    const bool known = look_up_endpoint(s, &endpoint);

    if (!json || !json_add_text(json, "NetworkID", known ? endpoint.network_id : "") ||
        !json_add_text(json, "EndpointID", known ? endpoint.id : "") ||
        !json_add_text(json, "Gateway", known ? endpoint.gateway : "") ||
        !json_add_text(json, "IPAddress", known ? endpoint.ip_address : "") ||
        !json_add_integer(json, "IPPrefixLen", known ? endpoint.prefix_length : 0) ||
        !json_add_text(json, "MacAddress", known ? endpoint.mac_address : ""))
        return NULL;
    return TAKE(json);
}

static cJSON *make_network(const subject *s)
{
    cleanup_json cJSON *json = cJSON_CreateObject();
    cleanup_json cJSON *networks = cJSON_CreateObject();

    if (!json || !networks || !json_add_text(json, "SandboxID", s->record->id) ||
        !json_add(json, "Ports", cJSON_CreateObject()) ||
        !json_add(networks, s->record->network, make_endpoint(s)) ||
        !json_add(json, "Networks", TAKE(networks)))
        return NULL;
    return TAKE(json);
}

/* ---- the whole ---- */

static cJSON *make_arguments(const record *r)
{
    cJSON *list = cJSON_CreateArray();

    for (size_t i = 1; list && i < r->command.count; i++) {
        if (!json_append(list, cJSON_CreateString(r->command.items[i]))) {
            cJSON_Delete(list);
            return NULL;
        }
    }
    return list;
}

static cJSON *make_all(const subject *s)
{
    const record *r = s->record;
    cleanup_json cJSON *json = cJSON_CreateObject();
    cleanup_free char *log = path_in_container(s->container->host, r->id, FILE_LOG);
    cleanup_free char *name = text_format("/%s", r->name);

    if (!json || !log || !name || !json_add_text(json, "Id", r->id) ||
        !add_time(json, "Created", r->created) ||
        !json_add_text(json, "Path", r->command.count ? r->command.items[0] : "") ||
        !json_add(json, "Args", make_arguments(r)) || !json_add(json, "State", make_state(s)) ||
        !json_add_text(json, "Image", r->image_id) || !json_add_text(json, "LogPath", log) ||
        !json_add_text(json, "Name", name) || !json_add_integer(json, "RestartCount", 0) ||
        !json_add_text(json, "Driver", "windowsfilter") ||
        !json_add_text(json, "Platform", "windows") ||
        !json_add_text(json, "OsVersion", r->os_version) || !add_list(json, "ExecIDs", s->execs) ||
        !json_add(json, "HostConfig", make_host_config(s)) ||
        !json_add(json, "GraphDriver", make_graph_driver(s)) ||
        !json_add(json, "Mounts", make_mounts(s)) || !json_add(json, "Config", make_config(s)) ||
        !json_add(json, "NetworkSettings", make_network(s)))
        return NULL;
    return TAKE(json);
}

wcow_status wcow_container_inspect(wcow_container *container, char **json, wcow_error *err)
{
    cleanup_free char *path = path_in_container(container->host, container->id, FILE_CONFIG);
    cleanup_record record *r = NULL;
    cleanup_state state *s = NULL;
    cleanup_strings string_list execs = STRING_LIST_INIT;
    cleanup_json cJSON *config = NULL;
    cleanup_json cJSON *all = NULL;
    char *printed;
    wcow_status status = path ? container_settle(container, &s, err) : error_no_memory(err);

    if (!status)
        status = record_read(container->host, container->id, &r, err);
    if (!status)
        status = store_read(container->host, path, &config, err);
    if (!status && runs(s))
        status = exec_notes_running(container, s->phase == PHASE_PAUSED, &execs, err);
    if (status)
        return error_wrap(err, status, "cannot inspect container '%s'", container->name);

    const subject it = {container, r, s, config, &execs};

    all = make_all(&it);
    printed = all && docker_complete(all, DOCKER_CONTAINER) ? json_print_pretty(all) : NULL;
    if (!printed)
        return error_no_memory(err);
    *json = printed;
    return WCOW_OK;
}
