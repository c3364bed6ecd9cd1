/* SPDX-License-Identifier: MIT */
/* wcow version: needs no host and no service, so that it always answers, and at once. */
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "cli/all.h"
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

static cJSON *side_new(void)
{
    cleanup_json cJSON *side = cJSON_CreateObject();
    bool fine = side && json_add_text(side, "Version", wcow_version()) &&
                json_add_text(side, "Interface", "Host Compute Service, schema 1") &&
                json_add_text(side, "Compiler", COMPILER) && json_add_text(side, "Os", "windows") &&
                json_add_text(side, "Arch", "amd64");

    return fine ? TAKE(side) : NULL;
}

/* Scripts ask a `docker version` for .Client.Version and .Server.Version; here both are this
 * program. */
static wcow_status print_formatted(FILE *out, const char *format, wcow_error *err)
{
    cleanup_json cJSON *both = cJSON_CreateObject();

    if (!both || !json_add(both, "Client", side_new()) || !json_add(both, "Server", side_new()))
        return error_no_memory(err);
    return format_print(out, format, both, err);
}

static wcow_status run(struct session *session, void *values, wcow_error *err)
{
    const struct version *version = values;

    if (version->format && *version->format)
        return print_formatted(session->out, version->format, err);
    fprintf(session->out,
            "wcow:\n"
            " Version:           %s\n"
            " Interface:         Host Compute Service, schema 1\n"
            " Containers:        windows/amd64\n"
            " Compiler:          %s\n",
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
