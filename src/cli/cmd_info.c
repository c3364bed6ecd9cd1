/* SPDX-License-Identifier: MIT */
/* wcow info: the host, its service and what is kept here. */
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "cli/all.h"
#include "cli/human.h"
#include "cli/listing.h"
#include "cli/template/template_value.h"

struct info {
    const char *format;
};

static const struct option options[] = {
    {'f', "format", OPTION_STRING, offsetof(struct info, format), "string",
     "Format output: json, or TEMPLATE"},
    {0},
};

/* The lines of `docker info` that mean something here, in its order. */
static const struct {
    const char *label;
    const char *member;
    bool bytes;
} lines[] = {
    {"Containers", "Containers", false},
    {" Running", "ContainersRunning", false},
    {" Paused", "ContainersPaused", false},
    {" Stopped", "ContainersStopped", false},
    {"Images", "Images", false},
    {"wcow Version", "ServerVersion", false},
    {"Storage Driver", "Driver", false},
    {"Default Isolation", "Isolation", false},
    {"Kernel Version", "KernelVersion", false},
    {"Operating System", "OperatingSystem", false},
    {"OS Version", "OSVersion", false},
    {"OSType", "OSType", false},
    {"Architecture", "Architecture", false},
    {"CPUs", "NCPU", false},
    {"Total Memory", "MemTotal", true},
    {"Name", "Name", false},
    {"ID", "ID", false},
    {"wcow Root Dir", "DockerRootDir", false},
};

static wcow_status print_line(FILE *out, const char *label, const cJSON *value, bool bytes,
                              wcow_error *err)
{
    cleanup_text text printed = TEXT_INIT;

    if (!value || cJSON_IsNull(value) || (cJSON_IsString(value) && !value->valuestring[0]))
        return WCOW_OK;
    if (bytes && cJSON_IsNumber(value) && value->valuedouble > 0)
        human_size((uint64_t)value->valuedouble, 4, &printed);
    else
        value_print(value, &printed);
    if (printed.failed)
        return error_no_memory(err);
    fprintf(out, "%s: %s\n", label, text_get(&printed));
    return WCOW_OK;
}

static void print_list(FILE *out, const char *label, const cJSON *list)
{
    const cJSON *item;

    cJSON_ArrayForEach (item, list) {
        if (cJSON_IsString(item))
            fprintf(out, "%s: %s\n", label, item->valuestring);
    }
}

static wcow_status print_text(struct session *session, const cJSON *info, wcow_error *err)
{
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        wcow_status status = print_line(session->out, lines[i].label,
                                        json_member(info, lines[i].member), lines[i].bytes, err);

        if (status)
            return status;
    }
    fflush(session->out);
    print_list(session->err, "WARNING", json_member(info, "Warnings"));
    print_list(session->err, "ERROR", json_member(info, "ServerErrors"));
    return WCOW_OK;
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
    if (info->format && *info->format)
        return format_print(session->out, info->format, parsed, err);
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
