/* SPDX-License-Identifier: MIT */
/* wcow layer rm, wcow layer zap: layers that nobody needs, wcow's own and others'. */
#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "cli/all.h"

struct rm {
    bool force;
};

static const struct option options[] = {
    {'f', "force", OPTION_FLAG, offsetof(struct rm, force), NULL, "Do not prompt for confirmation"},
    {0},
};

static const struct option zap_options[] = {
    {'f', "force", OPTION_FLAG, offsetof(struct rm, force), NULL,
     "Do not prompt for confirmation, and end what runs on the layers"},
    {0},
};

static wcow_status remove_one(wcow_host *host, const char *id, FILE *out, wcow_error *err)
{
    cleanup_wcow char *removed = NULL;
    wcow_status status = wcow_layer_remove(host, id, &removed, err);

    if (!status)
        fprintf(out, "%s\n", removed);
    return status;
}

static void print_zapped(void *context, wcow_layer_zapped what, const char *name)
{
    static const char *const words[] = {"Ended", "Deleted endpoint", "Unmounted", "Destroyed"};

    fprintf(context, "%s: %s\n", words[what], name);
}

static wcow_status zap(wcow_host *host, const char *path, FILE *out, bool force, wcow_error *err)
{
    wcow_layer_zap_options how = WCOW_LAYER_ZAP_OPTIONS_INIT;
    wcow_status status;

    how.force = force;
    how.tell = print_zapped;
    how.context = out;
    status = wcow_layer_zap(host, path, &how, err);
    if (!status)
        fprintf(out, "%s\n", path);
    return status;
}

static wcow_status zap_idle(wcow_host *host, const char *path, FILE *out, wcow_error *err)
{
    return zap(host, path, out, false, err);
}

static wcow_status zap_any(wcow_host *host, const char *path, FILE *out, wcow_error *err)
{
    return zap(host, path, out, true, err);
}

typedef wcow_status destroy_fn(wcow_host *host, const char *name, FILE *out, wcow_error *err);

/* Goes on over failures, as rmi does. */
static void destroy_each(struct session *session, wcow_host *host, const string_list *names,
                         destroy_fn *destroy)
{
    for (size_t i = 0; i < names->count; i++) {
        wcow_error failure = WCOW_ERROR_INIT;

        if (destroy(host, names->items[i], session->out, &failure))
            session_report(session, &failure);
    }
}

static wcow_status confirm(struct session *session, const char *what, const string_list *lines,
                           wcow_error *err)
{
    fprintf(session->out, "WARNING! This will destroy %s:\n", what);
    for (size_t i = 0; i < lines->count; i++)
        fprintf(session->out, "  %s\n", lines->items[i]);
    return session_confirm(session, "", session->path, err);
}

static wcow_status run_rm(struct session *session, void *values, wcow_error *err)
{
    const struct rm *rm = values;
    cleanup_strings string_list names = STRING_LIST_INIT;
    wcow_host *host = NULL;
    wcow_status status = session_host(session, &host, err);

    for (int i = 0; i < session->count && !status; i++)
        if (!string_list_add(&names, session->arguments[i]))
            status = error_no_memory(err);
    if (!status && !rm->force)
        status = confirm(session, "these layers", &names, err);
    if (!status)
        destroy_each(session, host, &names, remove_one);
    return status;
}

#define NAMES_SHOWN 3

/* "C:\w (4 layers: 1, 2, 3, ...)" */
static wcow_status describe(const char *path, const char *json, string_list *lines, wcow_error *err)
{
    cleanup_json cJSON *rows = cJSON_Parse(json);
    cleanup_text text line = TEXT_INIT;
    int count = cJSON_GetArraySize(rows);

    text_addf(&line, "%s (%d layer%s", path, count, count == 1 ? "" : "s");
    for (int i = 0; i < count && i < NAMES_SHOWN; i++)
        text_addf(&line, "%s %s", i ? "," : ":", json_text(cJSON_GetArrayItem(rows, i), "Id", ""));
    text_addf(&line, "%s)", count > NAMES_SHOWN ? ", ..." : "");
    return rows && !line.failed && string_list_add(lines, text_get(&line)) ? WCOW_OK
                                                                           : error_no_memory(err);
}

/* What can be zapped, with a line for the question; the rest is reported before it is asked. */
static wcow_status look(struct session *session, wcow_host *host, string_list *paths,
                        string_list *lines, wcow_error *err)
{
    wcow_status status = WCOW_OK;

    for (int i = 0; i < session->count && !status; i++) {
        const char *path = session->arguments[i];
        cleanup_wcow char *json = NULL;
        wcow_error failure = WCOW_ERROR_INIT;

        if (wcow_layer_zap_list(host, path, &json, &failure)) {
            session_report(session, &failure);
            continue;
        }
        status = describe(path, json, lines, err);
        if (!status && !string_list_add(paths, path))
            status = error_no_memory(err);
    }
    return status;
}

static wcow_status run_zap(struct session *session, void *values, wcow_error *err)
{
    const struct rm *rm = values;
    cleanup_strings string_list paths = STRING_LIST_INIT;
    cleanup_strings string_list lines = STRING_LIST_INIT;
    wcow_host *host = NULL;
    wcow_status status = session_host(session, &host, err);

    for (int i = 0; i < session->count && !status && rm->force; i++)
        if (!string_list_add(&paths, session->arguments[i]))
            status = error_no_memory(err);
    if (!status && !rm->force)
        status = look(session, host, &paths, &lines, err);
    if (!status && lines.count)
        status = confirm(session, "these folders with all layers in them", &lines, err);
    if (!status)
        destroy_each(session, host, &paths, rm->force ? zap_any : zap_idle);
    return status;
}

const struct command cmd_layer_rm = {
    .name = "layer rm",
    .also = {"layer remove"},
    .section = SECTION_OTHER,
    .summary = "Remove layers that no image and no container needs, and leftovers",
    .arguments = "LAYER [LAYER...]",
    .options = options,
    .size = sizeof(struct rm),
    .minimum = 1,
    .maximum = -1,
    .run = run_rm,
};

const struct command cmd_layer_zap = {
    .name = "layer zap",
    .section = SECTION_OTHER,
    .summary = "Destroy folders of layers that another tool left",
    .arguments = "PATH [PATH...]",
    .notes =
        "For what no recursive delete can remove, as C:\\ProgramData\\docker\\windowsfilter after "
        "Docker is gone: unmounts each layer in PATH and has the service destroy it, and PATH at "
        "the end; tells each. Nothing is done where systems run on the layers, or may run on one "
        "that is mounted, unless --force is given: those that are known to are ended, with their "
        "endpoints. Nor is anything done to a folder without layers, to Windows' folders and "
        "wcow's "
        "store, by whatever name, or where one of the layers holds what is no part of a layer. "
        "Where PATH holds more than layers it stays, with that. \"layer ls --foreign PATH\" lists "
        "all first.",
    .options = zap_options,
    .size = sizeof(struct rm),
    .minimum = 1,
    .maximum = -1,
    .run = run_zap,
};
