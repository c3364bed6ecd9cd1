/* SPDX-License-Identifier: MIT */
/* wcow inspect: containers, images, networks and volumes as JSON. */
#include <wcow/network.h>

#include <string.h>

#include "base/docker_type.h"
#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "cli/all.h"
#include "cli/output.h"
#include "cli/template/template.h"

struct inspect {
    const char *format, *type, *platform;
    bool size, verbose;
};

/* clang-format off */
#define INSPECT_FORMAT \
    {'f', "format", OPTION_STRING, offsetof(struct inspect, format), "string", \
     "Format output: json, or TEMPLATE"}
#define INSPECT_SIZE \
    {'s', "size", OPTION_FLAG, offsetof(struct inspect, size), NULL, \
     "Display total file sizes if the type is container"}
/* clang-format on */

static const struct option options[] = {
    INSPECT_FORMAT,
    INSPECT_SIZE,
    {0, "type", OPTION_STRING, offsetof(struct inspect, type), "string",
     "Only inspect objects of the given type: container, image, network or volume"},
    {0},
};

static const struct option container_options[] = {INSPECT_FORMAT, INSPECT_SIZE, {0}};
static const struct option volume_options[] = {INSPECT_FORMAT, {0}};
static const struct option image_options[] = {
    INSPECT_FORMAT,
    {0, "platform", OPTION_STRING, offsetof(struct inspect, platform), "string",
     "Inspect only an image of this platform: windows[(BUILD)][/amd64]"},
    {0}};

static const struct option network_options[] = {
    INSPECT_FORMAT,
    {'v', "verbose", OPTION_FLAG, offsetof(struct inspect, verbose), NULL,
     "Taken for Docker's sake: it tells of a swarm's services"},
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

static wcow_status inspect_network(struct session *session, const char *reference, char **json,
                                   wcow_error *err)
{
    wcow_host *host = NULL;
    wcow_status status = session_host(session, &host, err);

    return status ? status : wcow_network_inspect(host, reference, json, err);
}

static wcow_status inspect_volume(struct session *session, const char *reference, char **json,
                                  wcow_error *err)
{
    wcow_host *host = NULL;
    wcow_status status = session_host(session, &host, err);

    return status ? status : wcow_volume_inspect(host, reference, json, err);
}

/* Containers first, in Docker's order; what is nothing of these is told as Docker does. */
static wcow_status inspect_any(struct session *session, const char *reference, char **json,
                               wcow_error *err)
{
    wcow_status status = inspect_container(session, reference, json, err);

    if (status != WCOW_NOT_FOUND)
        return status;
    status = inspect_image(session, reference, NULL, json, err);
    if (status != WCOW_NOT_FOUND)
        return status;
    status = inspect_network(session, reference, json, err);
    if (!status || status == WCOW_CONFLICT || status == WCOW_NO_MEMORY)
        return status; /* a service that does not answer does not make it an object */
    status = inspect_volume(session, reference, json, err);
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
    else if (strcmp(type, "network") == 0)
        status = inspect_network(session, reference, &json, err);
    else if (strcmp(type, "volume") == 0)
        status = inspect_volume(session, reference, &json, err);
    else
        return error_set(err, WCOW_INVALID, "\"%s\" is not a valid value for --type", type);
    return status ? status : json_parse_with_nul(json, strlen(json), reference, out, err);
}

/* ---- what was found ---- */

/* What is printed: all objects as one array, or what a template makes of each. */
struct findings {
    cJSON *objects;
    const template *format; /* NULL: JSON */
    text printed;
};

static enum docker_type type_of(const cJSON *object)
{
    if (json_member(object, "RepoTags"))
        return DOCKER_IMAGE;
    if (json_member(object, "Mountpoint"))
        return DOCKER_VOLUME;
    return json_member(object, "IPAM") ? DOCKER_NETWORK : DOCKER_CONTAINER;
}

static wcow_status add_sizes(struct session *session, const char *reference, cJSON *object,
                             wcow_error *err)
{
    cleanup_container wcow_container *container = NULL;
    uint64_t own = 0;
    uint64_t whole = 0;
    wcow_status status = session_container(session, reference, &container, err);

    if (!status)
        status = wcow_container_sizes(container, &own, &whole, err);
    if (status)
        return status;
    if (!json_add_integer(object, "SizeRw", (int64_t)own) ||
        !json_add_integer(object, "SizeRootFs", (int64_t)whole) ||
        !docker_complete(object, DOCKER_CONTAINER))
        return error_no_memory(err);
    return WCOW_OK;
}

static wcow_status print_one(struct findings *findings, cJSON *object, wcow_error *err)
{
    const size_t before = findings->printed.length;
    wcow_status status;

    docker_mark(object, type_of(object));
    status = template_run(findings->format, object, &findings->printed, err);
    if (status) {
        text_cut(&findings->printed, before);
        return status;
    }
    text_add_char(&findings->printed, '\n');
    return findings->printed.failed ? error_no_memory(err) : WCOW_OK;
}

static wcow_status find(struct session *session, const struct inspect *inspect,
                        const char *reference, struct findings *findings, wcow_error *err)
{
    cleanup_json cJSON *object = NULL;
    wcow_status status = inspect_one(session, inspect, reference, &object, err);

    if (!status && inspect->size && type_of(object) == DOCKER_CONTAINER)
        status = add_sizes(session, reference, object, err);
    if (!status && findings->format)
        status = print_one(findings, object, err);
    if (!status && !json_append(findings->objects, TAKE(object)))
        return error_no_memory(err);
    return status;
}

/* What is found is printed, even if something else is not. */
static wcow_status collect(struct session *session, const struct inspect *inspect,
                           struct findings *findings, wcow_error *err)
{
    for (int i = 0; i < session->count; i++) {
        wcow_error failure = WCOW_ERROR_INIT;
        wcow_status status = find(session, inspect, session->arguments[i], findings, &failure);

        if (status == WCOW_INVALID || status == WCOW_NO_MEMORY) {
            if (err)
                *err = failure;
            return status;
        }
        if (status)
            session_report(session, &failure);
    }
    return WCOW_OK;
}

/* Docker's --format json is the array on one line; a template that found nothing leaves a line. */
static wcow_status print_all(struct session *session, const struct inspect *inspect,
                             struct findings *findings, wcow_error *err)
{
    cleanup_free char *json = NULL;

    if (findings->format) {
        if (!findings->printed.length)
            text_add_char(&findings->printed, '\n');
        output_write(session->out, text_get(&findings->printed), findings->printed.length);
        return findings->printed.failed ? error_no_memory(err) : WCOW_OK;
    }
    json = text_equal(inspect->format, "json") ? json_print(findings->objects)
                                               : json_print_pretty(findings->objects);
    if (!json)
        return error_no_memory(err);
    output_write(session->out, json, strlen(json));
    fputc('\n', session->out);
    return WCOW_OK;
}

static wcow_status inspect_as(struct session *session, const struct inspect *inspect,
                              wcow_error *err)
{
    cleanup_json cJSON *objects = cJSON_CreateArray();
    cleanup_template template *format = NULL;
    cleanup_text text printed = TEXT_INIT;
    struct findings findings = {objects, NULL, TEXT_INIT};
    wcow_status status = WCOW_OK;

    if (!objects)
        return error_no_memory(err);
    if (inspect->format && *inspect->format && strcmp(inspect->format, "json") != 0)
        status = template_parse(inspect->format, &format, err);
    findings.format = format;
    if (!status)
        status = collect(session, inspect, &findings, err);
    if (!status)
        status = print_all(session, inspect, &findings, err);
    printed = findings.printed;
    return status;
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

static wcow_status run_network(struct session *session, void *values, wcow_error *err)
{
    struct inspect *inspect = values;

    inspect->type = "network";
    return inspect_as(session, inspect, err);
}

static wcow_status run_volume(struct session *session, void *values, wcow_error *err)
{
    struct inspect *inspect = values;

    inspect->type = "volume";
    return inspect_as(session, inspect, err);
}

const struct command cmd_inspect = {
    .name = "inspect",
    .section = SECTION_OTHER,
    .summary = "Return low-level information on containers, images, networks and volumes",
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

const struct command cmd_network_inspect = {
    .name = "network inspect",
    .section = SECTION_OTHER,
    .summary = "Display detailed information on one or more networks",
    .arguments = "NETWORK [NETWORK...]",
    .options = network_options,
    .size = sizeof(struct inspect),
    .minimum = 1,
    .maximum = -1,
    .run = run_network,
};

const struct command cmd_volume_inspect = {
    .name = "volume inspect",
    .section = SECTION_OTHER,
    .summary = "Display detailed information on one or more volumes",
    .arguments = "VOLUME [VOLUME...]",
    .options = volume_options,
    .size = sizeof(struct inspect),
    .minimum = 1,
    .maximum = -1,
    .run = run_volume,
};
