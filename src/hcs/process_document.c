/* SPDX-License-Identifier: MIT */
/* OCI process → version 1 process document, as Docker's engine makes it. */
#include <string.h>

#include "base/command_line.h"
#include "base/error.h"
#include "base/text.h"
#include "hcs/document_v1.h"

/* commandLine as it is, else args quoted and joined. */
static wcow_status add_command(cJSON *document, const cJSON *process, wcow_error *err)
{
    cleanup_strings string_list arguments = STRING_LIST_INIT;
    cleanup_free char *line = text_copy(json_text(process, "commandLine", ""));

    if (!json_strings(process, "args", &arguments))
        return error_set(err, WCOW_INVALID, "config.json: process.args is not a list of texts");
    if (line && *line == '\0' && arguments.count) {
        free(line);
        line = command_line_join((const char *const *)arguments.items);
    }
    if (!line)
        return error_no_memory(err);
    if (*line == '\0')
        return error_set(err, WCOW_INVALID, "no command was given, and the image has none");
    return json_add_text(document, "CommandLine", line) ? WCOW_OK : error_no_memory(err);
}

static bool set_variable(cJSON *environment, const char *entry)
{
    const char *equals = strchr(entry, '=');
    cleanup_free char *name = NULL;

    /* Windows' own "=C:=C:\folder" entries are no variables of anybody's. */
    if (!equals || equals == entry)
        return true;
    name = text_copy_bytes(entry, (size_t)(equals - entry));
    if (!name)
        return false;
    cJSON_DeleteItemFromObjectCaseSensitive(environment, name);
    return json_add_text(environment, name, equals + 1);
}

static wcow_status add_environment(cJSON *document, const cJSON *process, wcow_error *err)
{
    cleanup_strings string_list entries = STRING_LIST_INIT;
    cleanup_json cJSON *environment = cJSON_CreateObject();

    if (!environment)
        return error_no_memory(err);
    if (!json_strings(process, "env", &entries))
        return error_set(err, WCOW_INVALID, "config.json: process.env is not a list of texts");
    for (size_t i = 0; i < entries.count; i++) {
        if (!set_variable(environment, entries.items[i]))
            return error_no_memory(err);
    }
    if (environment->child && !json_add(document, "Environment", TAKE(environment)))
        return error_no_memory(err);
    return WCOW_OK;
}

/*
 * Input and output are always asked for, so that there is always a log; errors come apart only
 * where there is no console. ConsoleSize is a fixed array in the reference, so it is there even
 * when unset.
 */
static bool add_streams(cJSON *document, const cJSON *process)
{
    const cJSON *size = json_member(process, "consoleSize");
    bool terminal = json_bool(process, "terminal", false);
    cJSON *console;

    if ((terminal && !json_add_bool(document, "EmulateConsole", true)) ||
        !json_add_bool(document, "CreateStdInPipe", true) ||
        !json_add_bool(document, "CreateStdOutPipe", true) ||
        (!terminal && !json_add_bool(document, "CreateStdErrPipe", true)))
        return false;
    console = cJSON_AddArrayToObject(document, "ConsoleSize");
    return console &&
           json_append(console, cJSON_CreateNumber((double)json_integer(size, "height", 0))) &&
           json_append(console, cJSON_CreateNumber((double)json_integer(size, "width", 0)));
}

wcow_status process_document_new(const cJSON *process, cJSON **out, wcow_error *err)
{
    cleanup_json cJSON *document = cJSON_CreateObject();
    const char *user = json_text(json_member(process, "user"), "username", "");
    const char *cwd = json_text(process, "cwd", "");
    wcow_status status;

    if (!document)
        return error_no_memory(err);
    status = add_command(document, process, err);
    if (status)
        return status;
    if ((*user && !json_add_text(document, "User", user)) ||
        (*cwd && !json_add_text(document, "WorkingDirectory", cwd)))
        return error_no_memory(err);
    status = add_environment(document, process, err);
    if (status)
        return status;
    if (!add_streams(document, process))
        return error_no_memory(err);

    *out = TAKE(document);
    return WCOW_OK;
}
