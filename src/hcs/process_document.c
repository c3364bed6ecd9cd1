/* SPDX-License-Identifier: MIT */
/* What both schemas say of a process: the names are the same, two habits of the clients are not. */
#include "hcs/process_document.h"

#include <string.h>

#include "base/command_line.h"
#include "base/error.h"
#include "base/text.h"

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

static bool set_variable(cJSON *environment, const char *entry, bool keeps_empty)
{
    const char *equals = strchr(entry, '=');
    cleanup_free char *name = NULL;

    /* Windows' own "=C:=C:\folder" entries are no variables of anybody's. */
    if (!equals || equals == entry)
        return true;
    name = text_copy_bytes(entry, (size_t)(equals - entry));
    if (!name)
        return false;
    if (!equals[1] && !keeps_empty)
        return true;
    cJSON_DeleteItemFromObjectCaseSensitive(environment, name);
    return json_add_text(environment, name, equals + 1);
}

static wcow_status add_environment(cJSON *document, const cJSON *process, bool keeps_empty,
                                   wcow_error *err)
{
    cleanup_strings string_list entries = STRING_LIST_INIT;
    cleanup_json cJSON *environment = cJSON_CreateObject();

    if (!environment)
        return error_no_memory(err);
    if (!json_strings(process, "env", &entries))
        return error_set(err, WCOW_INVALID, "config.json: process.env is not a list of texts");
    for (size_t i = 0; i < entries.count; i++) {
        if (!set_variable(environment, entries.items[i], keeps_empty))
            return error_no_memory(err);
    }
    if (environment->child && !json_add(document, "Environment", TAKE(environment)))
        return error_no_memory(err);
    return WCOW_OK;
}

static bool add_console_size(cJSON *document, const cJSON *process, bool always)
{
    const cJSON *size = json_member(process, "consoleSize");
    cJSON *console;

    if (!cJSON_IsObject(size) && !always)
        return true;
    console = cJSON_AddArrayToObject(document, "ConsoleSize");
    return console &&
           json_append(console, cJSON_CreateNumber((double)json_integer(size, "height", 0))) &&
           json_append(console, cJSON_CreateNumber((double)json_integer(size, "width", 0)));
}

/* A pipe that nobody wants is not asked for. Errors come apart only where there is no console. */
static bool add_standard_streams(cJSON *document, const cJSON *process,
                                 const process_streams *wanted)
{
    const bool terminal = json_bool(process, "terminal", false);

    return (!terminal || json_add_bool(document, "EmulateConsole", true)) &&
           (!wanted->input || json_add_bool(document, "CreateStdInPipe", true)) &&
           (!wanted->output || json_add_bool(document, "CreateStdOutPipe", true)) &&
           (!wanted->error_output || terminal || json_add_bool(document, "CreateStdErrPipe", true));
}

wcow_status process_document_write(const process_dialect *dialect, const cJSON *process,
                                   const process_streams *streams, cJSON **out, wcow_error *err)
{
    static const process_streams all = {.input = true, .output = true, .error_output = true};
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
    status = add_environment(document, process, dialect->keeps_empty_variables, err);
    if (status)
        return status;
    if (!add_standard_streams(document, process, streams ? streams : &all) ||
        !add_console_size(document, process, dialect->always_sizes_console))
        return error_no_memory(err);

    *out = TAKE(document);
    return WCOW_OK;
}
