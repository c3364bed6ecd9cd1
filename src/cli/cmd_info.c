/* SPDX-License-Identifier: MIT */
/* wcow info: the host, its service and what is kept here. */
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "cli/all.h"
#include "cli/human.h"
#include "cli/listing.h"
#include "cli/output.h"
#include "cli/template/template_value.h"

struct info {
    const char *format;
};

static const struct option options[] = {
    {'f', "format", OPTION_STRING, offsetof(struct info, format), "string",
     "Format output: json, or TEMPLATE"},
    {0},
};

/* The lines of `docker info` that mean something here, in its order. Some are there even if empty.
 */
static const struct {
    const char *label;
    const char *path;
    enum { IF_KNOWN, ALWAYS, JOINED, MEMORY } how;
} lines[] = {
    {" Containers", "Containers", ALWAYS},
    {"  Running", "ContainersRunning", ALWAYS},
    {"  Paused", "ContainersPaused", ALWAYS},
    {"  Stopped", "ContainersStopped", ALWAYS},
    {" Images", "Images", ALWAYS},
    {" Server Version", "ServerVersion", IF_KNOWN},
    {" Storage Driver", "Driver", IF_KNOWN},
    {" Logging Driver", "LoggingDriver", IF_KNOWN},
    {" Plugins", NULL, ALWAYS},
    {"  Volume", "Plugins.Volume", JOINED},
    {"  Network", "Plugins.Network", JOINED},
    {"  Log", "Plugins.Log", JOINED},
    {" Swarm", "Swarm.LocalNodeState", IF_KNOWN},
    {" Default Isolation", "Isolation", IF_KNOWN},
    {" Kernel Version", "KernelVersion", IF_KNOWN},
    {" Operating System", "OperatingSystem", IF_KNOWN},
    {" OS Version", "OSVersion", IF_KNOWN},
    {" OSType", "OSType", IF_KNOWN},
    {" Architecture", "Architecture", IF_KNOWN},
    {" CPUs", "NCPU", ALWAYS},
    {" Total Memory", "MemTotal", MEMORY},
    {" Name", "Name", IF_KNOWN},
    {" ID", "ID", IF_KNOWN},
    {" Docker Root Dir", "DockerRootDir", IF_KNOWN},
    {" HTTP Proxy", "HttpProxy", IF_KNOWN},
    {" HTTPS Proxy", "HttpsProxy", IF_KNOWN},
    {" No Proxy", "NoProxy", IF_KNOWN},
};

static void add_joined(const cJSON *list, text *out)
{
    const cJSON *item;

    cJSON_ArrayForEach (item, list) {
        text_add(out, item == list->child ? "" : " ");
        value_print(item, out);
    }
}

static void add_line(const cJSON *info, size_t i, text *out)
{
    const cJSON *value = lines[i].path ? json_path(info, lines[i].path) : NULL;
    cleanup_text text printed = TEXT_INIT;

    if (lines[i].how == JOINED)
        add_joined(value, &printed);
    else if (value && lines[i].how == MEMORY && cJSON_IsNumber(value) && value->valuedouble > 0)
        human_memory((uint64_t)value->valuedouble, &printed);
    else if (value && !cJSON_IsNull(value))
        value_print(value, &printed);
    out->failed |= printed.failed;
    if (printed.length || lines[i].how != IF_KNOWN)
        text_addf(out, "%s:%s%s\n", lines[i].label, printed.length ? " " : "", text_get(&printed));
}

static void add_registries(const cJSON *info, text *out)
{
    const cJSON *registries = json_member(info, "RegistryConfig");
    const cJSON *item;

    text_add(out, " Insecure Registries:\n");
    cJSON_ArrayForEach (item, json_member(registries, "IndexConfigs"))
        if (!json_bool(item, "Secure", true))
            text_addf(out, "  %s\n", json_text(item, "Name", ""));
    cJSON_ArrayForEach (item, json_member(registries, "InsecureRegistryCIDRs"))
        text_addf(out, "  %s\n", cJSON_IsString(item) ? item->valuestring : "");
    if (json_member(registries, "Mirrors") && json_member(registries, "Mirrors")->child)
        text_add(out, " Registry Mirrors:\n");
    cJSON_ArrayForEach (item, json_member(registries, "Mirrors"))
        text_addf(out, "  %s\n", cJSON_IsString(item) ? item->valuestring : "");
}

/* Docker's, on the standard error; with --errors json objects, as what else is told there. */
static void warn(const struct session *session, const cJSON *list)
{
    const cJSON *item;

    cJSON_ArrayForEach (item, list) {
        if (cJSON_IsString(item))
            session_warning(session, "%s", item->valuestring);
    }
}

static void tell_errors(struct session *session, const cJSON *list)
{
    const cJSON *item;

    cJSON_ArrayForEach (item, list) {
        wcow_error failure = WCOW_ERROR_INIT;

        if (!cJSON_IsString(item))
            continue;
        if (!session->json_errors)
            fprintf(session->err, "ERROR: %s\n", item->valuestring);
        else if (error_set(&failure, WCOW_UNAVAILABLE, "%s", item->valuestring))
            session_tell(session, &failure);
    }
}

static wcow_status print_text(struct session *session, const cJSON *info, wcow_error *err)
{
    cleanup_text text all = TEXT_INIT;

    text_addf(&all,
              "Client: wcow\n Version:    %s\n Context:    default\n Debug Mode: %s\n\nServer:\n",
              wcow_version(), session->debug ? "true" : "false");
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
        add_line(info, i, &all);
    add_registries(info, &all);
    if (all.failed)
        return error_no_memory(err);
    output_write(session->out, text_get(&all), all.length);
    warn(session, json_member(info, "Warnings"));
    tell_errors(session, json_member(info, "ServerErrors"));
    return WCOW_OK;
}

/* Docker adds what its own side knows. */
static bool add_client(const struct session *session, cJSON *info)
{
    cleanup_json cJSON *client = cJSON_CreateObject();

    return client && json_add_bool(client, "Debug", session->debug) &&
           json_add_text(client, "Version", wcow_version()) &&
           json_add_text(client, "Os", "windows") && json_add_text(client, "Arch", "amd64") &&
           json_add_text(client, "Context", "default") &&
           json_add(info, "ClientInfo", TAKE(client)) && docker_complete(info, DOCKER_INFO);
}

static wcow_status run(struct session *session, void *values, wcow_error *err)
{
    const struct info *info = values;
    cleanup_wcow char *json = NULL;
    cleanup_json cJSON *parsed = NULL;
    wcow_host *host = NULL;
    wcow_status status = session_host(session, &host, err);

    if (!status)
        status = wcow_host_info(host, &json, err);
    if (!status)
        status = json_parse(json, strlen(json), "the information", &parsed, err);
    if (status)
        return status;
    if (!add_client(session, parsed))
        return error_no_memory(err);
    if (info->format && *info->format)
        return object_print(session->out, info->format, parsed, DOCKER_INFO, err);
    return print_text(session, parsed, err);
}

const struct command cmd_info = {
    .name = "info",
    .also = {"system info"},
    .section = SECTION_COMMON,
    .summary = "Display information about the host and what wcow keeps on it",
    .options = options,
    .size = sizeof(struct info),
    .run = run,
};
