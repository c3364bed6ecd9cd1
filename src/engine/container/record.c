/* SPDX-License-Identifier: MIT */
/* container.json */
#include "engine/container/record.h"

#include <stddef.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/text.h"
#include "engine/host/fields.h"
#include "engine/host/paths.h"
#include "engine/host/store.h"

#define VERSION 1

static const char *const isolations[] = {
    [WCOW_ISOLATION_DEFAULT] = "",
    [WCOW_ISOLATION_PROCESS] = "process",
    [WCOW_ISOLATION_HYPERV] = "hyperv",
    NULL,
};

#define MEMBER(name) offsetof(record, name)

static const field fields[] = {
    {"id", FIELD_TEXT, MEMBER(id), "", 0, NULL},
    {"name", FIELD_TEXT, MEMBER(name), "", 0, NULL},
    {"image", FIELD_TEXT, MEMBER(image), "", 0, NULL},
    {"imageId", FIELD_TEXT, MEMBER(image_id), "", 0, NULL},
    {"osVersion", FIELD_TEXT, MEMBER(os_version), "", 0, NULL},
    {"chain", FIELD_TEXT, MEMBER(chain), "", 0, NULL},
    {"network", FIELD_TEXT, MEMBER(network), "none", 0, NULL},
    {"command", FIELD_TEXTS, MEMBER(command), NULL, 0, NULL},
    {"entrypoint", FIELD_TEXTS, MEMBER(entrypoint), NULL, 0, NULL},
    {"arguments", FIELD_TEXTS, MEMBER(arguments), NULL, 0, NULL},
    {"labels", FIELD_TEXTS, MEMBER(labels), NULL, 0, NULL},
    {"mounts", FIELD_TEXTS, MEMBER(mounts), NULL, 0, NULL},
    {"stopTimeout", FIELD_INT, MEMBER(stop_timeout), NULL, 30, NULL},
    {"tty", FIELD_BOOL, MEMBER(tty), NULL, 0, NULL},
    {"openStdin", FIELD_BOOL, MEMBER(open_stdin), NULL, 0, NULL},
    {"autoRemove", FIELD_BOOL, MEMBER(auto_remove), NULL, 0, NULL},
    {"argsEscaped", FIELD_BOOL, MEMBER(args_escaped), NULL, 0, NULL},
    {"isolation", FIELD_CHOICE, MEMBER(isolation), NULL, 0, isolations},
    {"created", FIELD_TIME, MEMBER(created), NULL, 0, NULL},
};

#define FIELD_COUNT (sizeof fields / sizeof fields[0])

const char *isolation_name(wcow_isolation isolation)
{
    return isolations[isolation == WCOW_ISOLATION_HYPERV ? isolation : WCOW_ISOLATION_PROCESS];
}

void record_free(record *r)
{
    if (!r)
        return;
    cJSON_Delete(r->read);
    free(r->id);
    free(r->name);
    free(r->image);
    free(r->image_id);
    free(r->os_version);
    free(r->network);
    free(r->chain);
    string_list_free(&r->command);
    string_list_free(&r->entrypoint);
    string_list_free(&r->arguments);
    string_list_free(&r->labels);
    string_list_free(&r->mounts);
    free(r);
}

record *record_unreadable(const char *id)
{
    cleanup_json cJSON *json = cJSON_CreateObject();
    cleanup_record record *r = calloc(1, sizeof *r);

    if (!json || !r || !json_add_text(json, "id", id) ||
        !json_add_text(json, "isolation", isolations[WCOW_ISOLATION_PROCESS]) ||
        !json_add_text(json, "created", "0001-01-01T00:00:00Z") ||
        !fields_read(fields, FIELD_COUNT, json, r))
        return NULL;
    return TAKE(r);
}

wcow_status record_read(wcow_host *host, const char *id, record **out, wcow_error *err)
{
    cleanup_free char *path = path_in_container(host, id, FILE_RECORD);
    cleanup_json cJSON *json = NULL;
    cleanup_record record *r = calloc(1, sizeof *r);
    wcow_status status;

    if (!path || !r)
        return error_no_memory(err);
    status = store_read_version(host, path, VERSION, &json, err);
    if (status)
        return status;
    if (!fields_read(fields, FIELD_COUNT, json, r) || !text_equal(r->id, id))
        return error_set(err, WCOW_CORRUPT, "'%s' is damaged: not what wcow wrote", path);
    r->read = TAKE(json);
    *out = TAKE(r);
    return WCOW_OK;
}

wcow_status record_write(wcow_host *host, const record *r, wcow_error *err)
{
    cleanup_free char *path = path_in_container(host, r->id, FILE_RECORD);
    cleanup_json cJSON *json = r->read ? cJSON_Duplicate(r->read, true) : cJSON_CreateObject();

    if (!path || !json || !json_put_integer(json, "version", VERSION) ||
        !fields_write(fields, FIELD_COUNT, r, json))
        return error_no_memory(err);
    return store_write(host, path, json, err);
}
