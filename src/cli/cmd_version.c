/* SPDX-License-Identifier: MIT */
/* wcow version: needs no host and no service, so that it always answers, and at once. */
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "cli/all.h"
#include "cli/dependencies.h"
#include "cli/listing.h"

struct version {
    const char *format;
};

static const struct option options[] = {
    {'f', "format", OPTION_STRING, offsetof(struct version, format), "string",
     "Format output: json, or TEMPLATE"},
    {0},
};

#if defined(__clang__)
#define COMPILER "clang " __clang_version__
#else
#define COMPILER "gcc " __VERSION__
#endif

#define INTERFACE "Host Compute Service, schemas 1 and 2"

/* What Docker tells of either side that is true here; there is no API, no Go and no commit. */
static cJSON *side_new(void)
{
    cleanup_json cJSON *side = cJSON_CreateObject();
    cleanup_json cJSON *platform = cJSON_CreateObject();
    bool fine = side && platform && json_add_text(platform, "Name", "wcow") &&
                json_add(side, "Platform", TAKE(platform)) &&
                json_add_text(side, "Version", wcow_version()) &&
                json_add_text(side, "Os", "windows") && json_add_text(side, "Arch", "amd64") &&
                json_add_text(side, "Interface", INTERFACE) &&
                json_add_text(side, "Compiler", COMPILER) &&
                json_add(side, "Dependencies", dependencies_new());

    return fine ? TAKE(side) : NULL;
}

static cJSON *engine_new(void)
{
    cleanup_json cJSON *engine = cJSON_CreateObject();
    cleanup_json cJSON *details = cJSON_CreateObject();
    bool fine =
        engine && details && json_add_text(details, "ApiVersion", "") &&
        json_add_text(details, "Arch", "amd64") &&
        json_add_text(details, "Experimental", "false") &&
        json_add_text(details, "GitCommit", "") && json_add_text(details, "GoVersion", "") &&
        json_add_text(details, "Os", "windows") && json_add_text(engine, "Name", "Engine") &&
        json_add_text(engine, "Version", wcow_version()) &&
        json_add(engine, "Details", TAKE(details));

    return fine ? TAKE(engine) : NULL;
}

static cJSON *client_new(void)
{
    cleanup_json cJSON *client = side_new();

    return client && json_add_text(client, "Context", "default") ? TAKE(client) : NULL;
}

static cJSON *server_new(void)
{
    cleanup_json cJSON *server = side_new();
    cleanup_json cJSON *components = cJSON_CreateArray();

    return server && components && json_append(components, engine_new()) &&
                   json_add(server, "Components", TAKE(components))
               ? TAKE(server)
               : NULL;
}

/* Scripts ask a `docker version` for .Client.Version and .Server.Version; here both are this
 * program. */
static wcow_status print_formatted(FILE *out, const char *format, wcow_error *err)
{
    cleanup_json cJSON *both = cJSON_CreateObject();

    if (!both || !json_add(both, "Client", client_new()) ||
        !json_add(both, "Server", server_new()) || !docker_complete(both, DOCKER_VERSIONS))
        return error_no_memory(err);
    return object_print(out, format, both, DOCKER_VERSIONS, err);
}

static wcow_status run(struct session *session, void *values, wcow_error *err)
{
    const struct version *version = values;

    if (version->format && *version->format)
        return print_formatted(session->out, version->format, err);
    fprintf(session->out,
            "Client: wcow\n"
            " Version:           %s\n"
            " Interface:         " INTERFACE "\n"
            " Compiler:          %s\n"
            " OS/Arch:           windows/amd64\n"
            " Context:           default\n",
            wcow_version(), COMPILER);
    return WCOW_OK;
}

const struct command cmd_version = {
    .name = "version",
    .section = SECTION_COMMON,
    .summary = "Show the version information",
    .options = options,
    .size = sizeof(struct version),
    .run = run,
};
