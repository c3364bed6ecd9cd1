/* SPDX-License-Identifier: MIT */
/* wcow inspect: containers and images as JSON. */
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "cli/all.h"
#include "cli/listing.h"
#include "cli/output.h"
#include "cli/template/template.h"

struct inspect {
    const char *format, *type, *platform;
    bool size;
};

/* clang-format off */
#define INSPECT_FORMAT \
    {'f', "format", OPTION_STRING, offsetof(struct inspect, format), "string", \
     "Format output: json, or TEMPLATE"}
#define INSPECT_SIZE \
    {'s', "size", OPTION_FLAG, offsetof(struct inspect, size), NULL, \
     "Display total file sizes (accepted for Docker's sake)"}
/* clang-format on */

static const struct option options[] = {
    INSPECT_FORMAT,
    INSPECT_SIZE,
    {0, "type", OPTION_STRING, offsetof(struct inspect, type), "string",
     "Only inspect objects of the given type: container or image"},
    {0},
};

static const struct option container_options[] = {INSPECT_FORMAT, INSPECT_SIZE, {0}};
static const struct option image_options[] = {
    INSPECT_FORMAT,
    {0, "platform", OPTION_STRING, offsetof(struct inspect, platform), "string",
     "Inspect only an image of this platform: windows[(BUILD)][/amd64]"},
    {0}};

static wcow_status inspect_container(struct session *session, const char *reference, char **json,
                                     wcow_error *err)
{
    cleanup_container wcow_container *container = NULL;
    wcow_status status = session_container(session, reference, &container, err);

    return status ? status : wcow_container_inspect(container, json, err);
}

static wcow_status inspect_image(struct session *session, const char *reference,
                                 const char *platform, char **json, wcow_error *err)
{
    wcow_host *host = NULL;
    wcow_status status = session_host(session, &host, err);

    if (!status && platform && *platform)
        status = wcow_image_check_platform(host, reference, platform, err);
    return status ? status : wcow_image_inspect(host, reference, json, err);
}

/* Containers first; what is neither is told as Docker does. */
static wcow_status inspect_any(struct session *session, const char *reference, char **json,
                               wcow_error *err)
{
    wcow_status status = inspect_container(session, reference, json, err);

    if (status != WCOW_NOT_FOUND)
        return status;
    status = inspect_image(session, reference, NULL, json, err);
    if (status != WCOW_NOT_FOUND)
        return status;
    return error_set(err, WCOW_NOT_FOUND, "No such object: %s", reference);
}

static wcow_status inspect_one(struct session *session, const struct inspect *inspect,
                               const char *reference, cJSON **out, wcow_error *err)
{
    cleanup_wcow char *json = NULL;
    const char *type = inspect->type;
    wcow_status status;

    if (!type || !*type)
        status = inspect_any(session, reference, &json, err);
    else if (strcmp(type, "container") == 0)
        status = inspect_container(session, reference, &json, err);
    else if (strcmp(type, "image") == 0)
        status = inspect_image(session, reference, inspect->platform, &json, err);
    else
        return error_set(err, WCOW_INVALID, "\"%s\" is not a valid value for --type", type);
    return status ? status : json_parse_with_nul(json, strlen(json), reference, out, err);
}

static wcow_status print_all(struct session *session, const cJSON *objects, wcow_error *err)
{
    cleanup_free char *pretty = json_print_pretty(objects);

    if (!pretty)
        return error_no_memory(err);
    output_write(session->out, pretty, strlen(pretty));
    fputc('\n', session->out);
    return WCOW_OK;
}

/* What is found is printed, even if something else is not. */
static wcow_status collect(struct session *session, const struct inspect *inspect, cJSON *objects,
                           wcow_error *err)
{
    for (int i = 0; i < session->count; i++) {
        cleanup_json cJSON *object = NULL;
        wcow_error failure = WCOW_ERROR_INIT;
        wcow_status status =
            inspect_one(session, inspect, session->arguments[i], &object, &failure);

        if (status == WCOW_INVALID) {
            if (err)
                *err = failure;
            return status;
        }
        if (!status && inspect->format)
            status = format_print(session->out, inspect->format, object, &failure);
        if (!status && !json_append(objects, TAKE(object)))
            return error_no_memory(err);
        if (status)
            session_report(session, &failure);
    }
    return WCOW_OK;
}

static wcow_status inspect_as(struct session *session, const struct inspect *inspect,
                              wcow_error *err)
{
    cleanup_json cJSON *objects = cJSON_CreateArray();
    cleanup_template template *checked = NULL;
    wcow_status status = WCOW_OK;

    if (!objects)
        return error_no_memory(err);
    if (inspect->format)
        status = template_parse(inspect->format, &checked, err);
    if (!status)
        status = collect(session, inspect, objects, err);
    if (status || inspect->format)
        return status;
    return print_all(session, objects, err);
}

static wcow_status run(struct session *session, void *values, wcow_error *err)
{
    return inspect_as(session, values, err);
}

static wcow_status run_container(struct session *session, void *values, wcow_error *err)
{
    struct inspect *inspect = values;

    inspect->type = "container";
    return inspect_as(session, inspect, err);
}

static wcow_status run_image(struct session *session, void *values, wcow_error *err)
{
    struct inspect *inspect = values;

    inspect->type = "image";
    return inspect_as(session, inspect, err);
}

const struct command cmd_inspect = {
    .name = "inspect",
    .section = SECTION_OTHER,
    .summary = "Return low-level information on containers and images",
    .arguments = "NAME|ID [NAME|ID...]",
    .options = options,
    .size = sizeof(struct inspect),
    .minimum = 1,
    .maximum = -1,
    .run = run,
};

const struct command cmd_container_inspect = {
    .name = "container inspect",
    .section = SECTION_OTHER,
    .summary = "Display detailed information on one or more containers",
    .arguments = "CONTAINER [CONTAINER...]",
    .options = container_options,
    .size = sizeof(struct inspect),
    .minimum = 1,
    .maximum = -1,
    .run = run_container,
};

const struct command cmd_image_inspect = {
    .name = "image inspect",
    .section = SECTION_OTHER,
    .summary = "Display detailed information on one or more images",
    .arguments = "IMAGE [IMAGE...]",
    .options = image_options,
    .size = sizeof(struct inspect),
    .minimum = 1,
    .maximum = -1,
    .run = run_image,
};
