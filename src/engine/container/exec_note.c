/* SPDX-License-Identifier: MIT */
/* Notes of execs: written, asked, swept. */
#include "engine/container/exec_note.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/path.h"
#include "base/text.h"
#include "engine/container/id.h"
#include "engine/container/record.h"
#include "engine/host/paths.h"

#define LOCK_SUFFIX ".lock" /* its owner lives as long as this is held */
#define LEFT_SUFFIX ".json" /* it goes on without its owner */
#define LOCK_WAIT   1000u   /* somebody may ask just now whether the new note is a dead one */

/* Container and exec, with a dash between them. */
#define NAME_LENGTH (2 * ID_LENGTH + 1)

static char *note_path(const wcow_host *host, const char *name, const char *suffix)
{
    cleanup_free char *folder = path_of_execs(host);
    cleanup_free char *leaf = text_format("%s%s", name, suffix);

    return folder && leaf ? path_join(folder, leaf) : NULL;
}

static void remove_note(wcow_host *host, const char *name, const char *suffix)
{
    cleanup_free char *path = note_path(host, name, suffix);
    files_port *files;

    if (path && !host_files(host, &files, NULL))
        (void)files->remove_file(files, path);
}

/* ---- by its owner ---- */

void exec_note_begin(exec_note *note, wcow_container *container)
{
    wcow_host *host = container->host;
    cleanup_free char *folder = path_of_execs(host);
    cleanup_free char *name = NULL;
    cleanup_free char *path = NULL;
    char id[ID_LENGTH + 1];

    if (!folder || id_make(id, NULL))
        return;
    name = text_format("%s-%s", container->id, id);
    path = name ? note_path(host, name, LOCK_SUFFIX) : NULL;
    if (!path || store_make_directory(host, folder, NULL) ||
        store_lock_take(host, path, LOCK_WAIT, &note->lock, NULL))
        return;
    note->container = container;
    note->name = TAKE(name);
}

const char *exec_note_id(const exec_note *note)
{
    return note->name ? note->name + ID_LENGTH + 1 : "";
}

/* The row of a process in the service's list; NULL: it has ended. */
static const cJSON *process_row(const cJSON *properties, int64_t pid)
{
    const cJSON *row;

    cJSON_ArrayForEach (row, json_member(properties, "ProcessList")) {
        if (json_integer(row, "ProcessId", -1) == pid)
            return row;
    }
    return NULL;
}

/* Its time of creation; that the service always tells it alike, no source says in words. */
static bool add_created(cJSON *json, wcow_container *container, uint32_t pid)
{
    cleanup_json cJSON *properties = NULL;
    const cJSON *row = NULL;

    if (!container_process_list(container, &properties, NULL))
        row = process_row(properties, pid);
    return row && json_add_text(json, "created", json_text(row, "CreateTimestamp", ""));
}

void exec_note_leave(const exec_note *note, uint32_t pid, bool ask)
{
    wcow_container *container = note->container;
    cleanup_json cJSON *json = cJSON_CreateObject();
    cleanup_free char *path = NULL;

    if (!note->name || !json || !json_add_integer(json, "pid", pid) ||
        (ask && !add_created(json, container, pid)))
        return;
    path = note_path(container->host, note->name, LEFT_SUFFIX);
    if (path)
        ignore(store_write(container->host, path, json, NULL));
}

void exec_note_end(exec_note *note)
{
    if (!note->name)
        return;
    store_lock_release(&note->lock);
    remove_note(note->container->host, note->name, LOCK_SUFFIX);
    free(TAKE(note->name));
}

/* ---- by others ---- */

/* The names of notes, each once: a container's, or all. */
static wcow_status list_notes(wcow_host *host, const char *id, string_list *out, wcow_error *err)
{
    cleanup_free char *folder = path_of_execs(host);
    cleanup_strings string_list files = STRING_LIST_INIT;
    wcow_status status = folder ? store_list(host, folder, &files, err) : error_no_memory(err);

    for (size_t i = 0; i < files.count && !status; i++) {
        char *name = files.items[i];

        if (strlen(name) <= NAME_LENGTH || (id && !text_starts_with(name, id)))
            continue;
        name[NAME_LENGTH] = '\0'; /* without its ending */
        if (!string_list_contains(out, name) && !string_list_add(out, name))
            status = error_no_memory(err);
    }
    string_list_sort(out);
    return status;
}

/*
 * Whether somebody watches it. Two who ask about a dead one at the same moment may take each other
 * for its owner. The lock file is made by asking; it goes with the answer.
 */
static bool is_watched(wcow_host *host, const char *name)
{
    cleanup_free char *path = note_path(host, name, LOCK_SUFFIX);
    cleanup_lock store_lock lock = STORE_LOCK_INIT;

    if (!path || !store_exists(host, path))
        return false;
    if (store_lock_take(host, path, 0, &lock, NULL) == WCOW_TIMEOUT)
        return true;
    store_lock_release(&lock);
    remove_note(host, name, LOCK_SUFFIX);
    return false;
}

/* A container and what the service says runs in it: asked when first needed, and once. */
typedef struct inquiry {
    wcow_container *container;
    bool paused;
    bool asked;
    cJSON *properties; /* NULL: it does not tell */
} inquiry;

static bool is_listed(inquiry *q, const cJSON *left)
{
    const char *created = json_text(left, "created", NULL);
    const cJSON *row;

    if (!q->asked && container_process_list(q->container, &q->properties, NULL))
        q->properties = NULL;
    q->asked = true;
    row = process_row(q->properties, json_integer(left, "pid", -1));
    return row && (!created || text_equal(json_text(row, "CreateTimestamp", ""), created));
}

/* Nothing ends in a paused container, and no source tells whether its guest answers: it is not
 * asked. */
static bool goes_on(inquiry *q, const char *name)
{
    wcow_host *host = q->container->host;
    cleanup_free char *path = note_path(host, name, LEFT_SUFFIX);
    cleanup_json cJSON *left = NULL;

    if (!path || store_read(host, path, &left, NULL))
        return false;
    if (q->paused || is_listed(q, left))
        return true;
    if (q->properties)
        remove_note(host, name, LEFT_SUFFIX);
    return false;
}

wcow_status exec_notes_running(wcow_container *container, bool paused, string_list *out,
                               wcow_error *err)
{
    cleanup_strings string_list names = STRING_LIST_INIT;
    inquiry q = {container, paused, false, NULL};
    wcow_status status = list_notes(container->host, container->id, &names, err);

    for (size_t i = 0; i < names.count && !status; i++) {
        const char *name = names.items[i];

        if ((is_watched(container->host, name) || goes_on(&q, name)) &&
            !string_list_add(out, name + ID_LENGTH + 1))
            status = error_no_memory(err);
    }
    cJSON_Delete(q.properties);
    return status;
}

static bool is_there(wcow_host *host, const char *name)
{
    cleanup_free char *id = text_copy_bytes(name, ID_LENGTH);
    cleanup_free char *folder = id ? path_of_container(host, id) : NULL;

    return !folder || store_exists(host, folder);
}

void exec_notes_sweep(wcow_host *host, const char *id)
{
    cleanup_strings string_list names = STRING_LIST_INIT;

    if (list_notes(host, id, &names, NULL))
        return;
    for (size_t i = 0; i < names.count; i++) {
        if (!is_watched(host, names.items[i]) && (id || !is_there(host, names.items[i])))
            remove_note(host, names.items[i], LEFT_SUFFIX);
    }
}
