/* SPDX-License-Identifier: MIT */
/* container.json */
#include "container/record.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "container/host/paths.h"
#include "container/host/store.h"
#include "container/host/times.h"

const char *isolation_name(wcow_isolation isolation)
{
    return isolation == WCOW_ISOLATION_HYPERV ? "hyperv" : "process";
}

void container_record_free(record *r)
{
    if (!r)
        return;
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

static cJSON *record_to_json(const record *r)
{
    cleanup_json cJSON *json = cJSON_CreateObject();
    char created[TIME_TEXT_SIZE];

    docker_time_print(r->created, created);
    if (!json || !json_add_text(json, "id", r->id) || !json_add_text(json, "name", r->name) ||
        !json_add_text(json, "image", r->image) || !json_add_text(json, "imageId", r->image_id) ||
        !json_add_text(json, "osVersion", r->os_version) ||
        !json_add_text(json, "chain", r->chain) || !json_add_text(json, "network", r->network) ||
        !json_add_text(json, "isolation", isolation_name(r->isolation)) ||
        !json_add_text(json, "created", created) ||
        !json_add_strings(json, "command", (const char *const *)r->command.items) ||
        !json_add_strings(json, "entrypoint", (const char *const *)r->entrypoint.items) ||
        !json_add_strings(json, "arguments", (const char *const *)r->arguments.items) ||
        !json_add_strings(json, "labels", (const char *const *)r->labels.items) ||
        !json_add_strings(json, "mounts", (const char *const *)r->mounts.items) ||
        !json_add_integer(json, "stopTimeout", r->stop_timeout) ||
        !json_add_bool(json, "tty", r->tty) || !json_add_bool(json, "openStdin", r->open_stdin) ||
        !json_add_bool(json, "autoRemove", r->auto_remove) ||
        !json_add_bool(json, "argsEscaped", r->args_escaped))
        return NULL;
    return TAKE(json);
}

static bool read_texts(const cJSON *json, record *r)
{
    r->id = text_copy(json_text(json, "id", ""));
    r->name = text_copy(json_text(json, "name", ""));
    r->image = text_copy(json_text(json, "image", ""));
    r->image_id = text_copy(json_text(json, "imageId", ""));
    r->os_version = text_copy(json_text(json, "osVersion", ""));
    r->chain = text_copy(json_text(json, "chain", ""));
    r->network = text_copy(json_text(json, "network", "none"));
    return r->id && r->name && r->image && r->image_id && r->os_version && r->chain && r->network &&
           json_strings(json, "command", &r->command) &&
           json_strings(json, "entrypoint", &r->entrypoint) &&
           json_strings(json, "arguments", &r->arguments) &&
           json_strings(json, "labels", &r->labels) && json_strings(json, "mounts", &r->mounts);
}

static record *record_from_json(const cJSON *json)
{
    cleanup_record record *r = calloc(1, sizeof *r);

    if (!r || !read_texts(json, r) ||
        !docker_time_parse(json_text(json, "created", ""), &r->created))
        return NULL;
    r->isolation = text_equal(json_text(json, "isolation", NULL), "hyperv")
                       ? WCOW_ISOLATION_HYPERV
                       : WCOW_ISOLATION_PROCESS;
    r->stop_timeout = (int)json_integer(json, "stopTimeout", 30);
    r->tty = json_bool(json, "tty", false);
    r->open_stdin = json_bool(json, "openStdin", false);
    r->auto_remove = json_bool(json, "autoRemove", false);
    r->args_escaped = json_bool(json, "argsEscaped", false);
    return TAKE(r);
}

wcow_status container_record_read(wcow_host *host, const char *id, record **out, wcow_error *err)
{
    cleanup_free char *path = path_in_container(host, id, FILE_RECORD);
    cleanup_json cJSON *json = NULL;
    wcow_status status;
    record *r;

    if (!path)
        return error_no_memory(err);
    status = store_read(host, path, &json, err);
    if (status)
        return status;
    r = record_from_json(json);
    if (!r)
        return error_set(err, WCOW_CORRUPT, "'%s' is damaged: not what wcow wrote", path);
    *out = r;
    return WCOW_OK;
}

wcow_status container_record_write(wcow_host *host, const record *r, wcow_error *err)
{
    cleanup_free char *path = path_in_container(host, r->id, FILE_RECORD);
    cleanup_json cJSON *json = record_to_json(r);

    if (!path || !json)
        return error_no_memory(err);
    return store_write(host, path, json, err);
}
