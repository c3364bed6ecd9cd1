/* SPDX-License-Identifier: MIT */
/* What dead servers have left: given back, or kept for whoever comes later. */
#include "shim/container/leftover.h"

#include <string.h>

#include "base/condition.h"
#include "base/error.h"
#include "base/path.h"
#include "base/text.h"
#include "port/clock.h"
#include "port/hash.h"
#include "port/pipe.h"
#include "shim/container/taken.h"
#include "shim/task/pod.h"

#define LEFT_FOLDER  "shim"
#define LEFT_SUFFIX  ".json"
#define LEFT_LOCK    "left.lock"
#define HELPER_LOCK  "helper.lock"
#define SANDBOX_FILE "sandbox"
/* ms */
#define HELPER_PATIENCE 2000u  /* for another helper that is about to end */
#define NOTE_PATIENCE   60000u /* for one of many, before the next one's turn */
#define ROUND_INTERVAL  500u   /* how often a server that lives is looked at */

/* ---- what stays, for whoever comes later ---- */

/* By the id alone: another container of that name finds it. NULL: out of memory. */
static char *left_path(const container_host *host, const char *id)
{
    cleanup_free char *folder = path_join(host->layers.root, LEFT_FOLDER);
    cleanup_sha256 sha256 *hash = sha256_new();
    cleanup_free char *name = NULL;
    char hex[SHA256_HEX_SIZE];

    if (!folder || !hash)
        return NULL;
    sha256_update(hash, id, strlen(id));
    sha256_finish(hash, hex);
    name = text_format("%s" LEFT_SUFFIX, hex);
    return name ? path_join(folder, name) : NULL;
}

static wcow_status make_folder(files_port *files, const char *path, wcow_error *err)
{
    const int32_t hr = files->make_directory(files, path);

    return hr == HR_ALREADY_EXISTS ? WCOW_OK : error_check(err, hr, "make the folder");
}

static wcow_status keep_left(const container_host *host, const taken *t, wcow_error *err)
{
    files_port *files = host->layers.files;
    cleanup_free char *folder = path_join(host->layers.root, LEFT_FOLDER);
    cleanup_free char *path = left_path(host, t->id);
    wcow_status status;

    if (!folder || !path)
        return error_no_memory(err);
    status = make_folder(files, host->layers.root, err);
    if (!status)
        status = make_folder(files, folder, err);
    return status ? error_wrap(err, status, "'%s'", folder) : taken_put(files, path, t, err);
}

wcow_status leftover_release(const container_host *host, const char *bundle, uint32_t milliseconds,
                             wcow_error *err)
{
    const uint64_t deadline = ticks_after(milliseconds);
    files_port *files = host->layers.files;
    cleanup_taken_note taken t = {0};
    wcow_error problem = WCOW_ERROR_INIT;
    wcow_status status = taken_read(files, bundle, &t, &problem);

    if (status)
        return status == WCOW_NOT_FOUND ? WCOW_OK : error_pass(err, status, &problem);
    if (!host->hcs)
        status = error_set(&problem, WCOW_UNAVAILABLE,
                           "what it has taken is kept for a later call of the shim");
    else if (milliseconds > 0)
        status = taken_give_back(host, &t, deadline, milliseconds, &problem);
    else
        status = error_set(&problem, WCOW_TIMEOUT, "there is no time left for '%s'", t.id);
    if (status)
        ignore(keep_left(host, &t, NULL));
    /* The bundle's note says no more than what is left: it goes with the bundle. */
    ignore(taken_write(files, bundle, &t, NULL));
    return error_pass(err, status, &problem);
}

/* The bundle's note stays as it is: it is the server's. */
wcow_status container_keep(const container_host *host, const char *bundle, const char *server,
                           wcow_error *err)
{
    cleanup_taken_note taken t = {0};
    wcow_error problem = WCOW_ERROR_INIT;
    wcow_status status = taken_read(host->layers.files, bundle, &t, &problem);

    if (status)
        return status == WCOW_NOT_FOUND ? WCOW_OK : error_pass(err, status, &problem);
    return text_replace(&t.server, server) ? keep_left(host, &t, err) : error_no_memory(err);
}

/* ---- a pod ---- */

static bool is_of_pod(files_port *files, const char *bundle, const char *id)
{
    cleanup_free char *path = path_join(bundle, SANDBOX_FILE);
    cleanup_free char *words = NULL;
    size_t size = 0;

    return path && HR_SUCCEEDED(files->read(files, path, TASK_MOST_ID, &words, &size)) &&
           text_equal(words, id);
}

/* What is done with each bundle of a pod: kept for the end of that server, or released until then.
 */
typedef struct pod_wish {
    const char *server; /* NULL: released */
    uint64_t deadline;
} pod_wish;

/* Containers first, then the sandbox; whatever fails, the others' turn comes. */
static wcow_status each_of_pod(const container_host *host, const char *bundle, const char *id,
                               const pod_wish *wish, wcow_error *err)
{
    files_port *files = host->layers.files;
    cleanup_free char *folder = path_parent(bundle);
    cleanup_strings string_list names = STRING_LIST_INIT;
    wcow_error first = WCOW_ERROR_INIT;

    if (!folder)
        return error_no_memory(err);
    ignore(files->list(files, folder, &names)); /* without them there is the sandbox still */
    for (size_t i = 0; i <= names.count; i++) {
        cleanup_free char *other = i < names.count ? path_join(folder, names.items[i]) : NULL;
        const char *each = other ? other : bundle;
        wcow_error problem = WCOW_ERROR_INIT;
        wcow_status status;

        if (i < names.count && (!other || !is_of_pod(files, other, id)))
            continue;
        status = wish->server ? container_keep(host, each, wish->server, &problem)
                              : leftover_release(host, each, ticks_left(wish->deadline), &problem);
        error_keep_first(&first, status, &problem);
    }
    return error_pass(err, first.status, &first);
}

wcow_status leftover_release_pod(const container_host *host, const char *bundle, const char *id,
                                 uint32_t milliseconds, wcow_error *err)
{
    const pod_wish wish = {NULL, ticks_after(milliseconds)};

    return each_of_pod(host, bundle, id, &wish, err);
}

wcow_status container_keep_pod(const container_host *host, const char *bundle, const char *id,
                               const char *server, wcow_error *err)
{
    const pod_wish wish = {server, 0};

    return each_of_pod(host, bundle, id, &wish, err);
}

/* ---- finishing ---- */

/*
 * Under the lock of all that is left: one of them, as long as it is there. What a server may still
 * have is not touched, unless it is our own, `own`: then the one that the note means is gone, since
 * two cannot listen at one pipe.
 */
static wcow_status release_left(const container_host *host, const char *path, const char *own,
                                uint64_t deadline, wcow_error *err)
{
    files_port *files = host->layers.files;
    cleanup_taken_note taken t = {0};
    wcow_error problem = WCOW_ERROR_INIT;
    wcow_status status = taken_get(files, path, &t, &problem);

    if (status == WCOW_CORRUPT) /* nobody will ever understand it */
        return taken_remove(files, path, err);
    if (status)
        return status == WCOW_NOT_FOUND ? WCOW_OK : error_pass(err, status, &problem);
    if (t.server && !text_equal(t.server, own) && pipe_address_listened(t.server))
        return error_set(err, WCOW_UNAVAILABLE, "the shim's server that has '%s' still runs", t.id);
    free(TAKE(t.server));
    status = taken_give_back(host, &t, deadline, ticks_left(deadline), err);
    ignore(taken_put(files, path, &t, NULL));
    return status;
}

static wcow_status lock_left(const container_host *host, const char *name, uint32_t milliseconds,
                             file_lock **out, wcow_error *err)
{
    files_port *files = host->layers.files;
    cleanup_free char *folder = path_join(host->layers.root, LEFT_FOLDER);
    cleanup_free char *path = folder ? path_join(folder, name) : NULL;

    if (!path)
        return error_no_memory(err);
    return error_check(err, files->lock(files, path, milliseconds, out), "lock");
}

wcow_status leftover_release_earlier(const container_host *host, const char *id, const char *own,
                                     uint32_t milliseconds, wcow_error *err)
{
    const uint64_t deadline = ticks_after(milliseconds);
    files_port *files = host->layers.files;
    cleanup_free char *path = left_path(host, id);
    file_lock *lock = NULL;
    file_info info;
    wcow_status status;

    if (!path)
        return error_no_memory(err);
    if (HR_FAILED(files->info(files, path, &info)))
        return WCOW_OK;
    status = lock_left(host, LEFT_LOCK, milliseconds, &lock, err);
    if (!status) {
        status = release_left(host, path, own, deadline, err);
        files->unlock(files, lock);
    }
    return status ? error_wrap(err, status,
                               "what an earlier container '%s' left cannot be given back", id)
                  : WCOW_OK;
}

/* What is to be looked at again: whose server lives, and what the service has not answered. */
static bool is_for_later(wcow_status status)
{
    return status == WCOW_UNAVAILABLE || status == WCOW_TIMEOUT;
}

/* One round. A note that hangs does not take the time of the others. */
static wcow_status release_all_left(const container_host *host, const char *folder,
                                    uint64_t deadline, bool *later, wcow_error *err)
{
    files_port *files = host->layers.files;
    cleanup_strings string_list names = STRING_LIST_INIT;
    wcow_error first = WCOW_ERROR_INIT;
    wcow_status status = error_check(err, files->list(files, folder, &names), "list");

    if (status)
        return status;
    *later = false;
    for (size_t i = 0; i < names.count; i++) {
        const uint64_t turn = ticks_after(NOTE_PATIENCE);
        cleanup_free char *path = path_join(folder, names.items[i]);
        wcow_error problem = WCOW_ERROR_INIT;

        if (!path)
            return error_no_memory(err);
        if (!text_ends_with(path, LEFT_SUFFIX))
            continue;
        status = release_left(host, path, NULL, turn < deadline ? turn : deadline, &problem);
        *later = *later || is_for_later(status);
        error_keep_first(&first, status, &problem);
    }
    return error_pass(err, first.status, &first);
}

/* The lock is free between rounds: who makes a container of one of these names needs it. */
static wcow_status release_in_rounds(const container_host *host, const char *folder,
                                     uint64_t deadline, wcow_error *err)
{
    files_port *files = host->layers.files;

    for (;;) {
        wcow_error problem = WCOW_ERROR_INIT;
        file_lock *lock = NULL;
        bool later = true;
        wcow_status status = lock_left(host, LEFT_LOCK, ticks_left(deadline), &lock, &problem);

        if (!status) {
            status = release_all_left(host, folder, deadline, &later, &problem);
            files->unlock(files, lock);
        }
        if (!later || ticks_now() + ROUND_INTERVAL >= deadline)
            return error_pass(err, status, &problem);
        clock_sleep(ROUND_INTERVAL);
    }
}

wcow_status leftover_release_all(const container_host *host, uint32_t milliseconds, wcow_error *err)
{
    const uint64_t deadline = ticks_after(milliseconds);
    const uint32_t patience = milliseconds < HELPER_PATIENCE ? milliseconds : HELPER_PATIENCE;
    files_port *files = host->layers.files;
    cleanup_free char *folder = path_join(host->layers.root, LEFT_FOLDER);
    wcow_error problem = WCOW_ERROR_INIT;
    file_lock *lock = NULL;
    wcow_status status;

    if (!folder)
        return error_no_memory(err);
    if (!container_has_left(files, host->layers.root))
        return WCOW_OK;
    status = lock_left(host, HELPER_LOCK, patience, &lock, &problem);
    if (status) /* another helper is at it, whose next round finds what is new */
        return status == WCOW_TIMEOUT ? WCOW_OK : error_pass(err, status, &problem);
    status = release_in_rounds(host, folder, deadline, err);
    files->unlock(files, lock);
    return status;
}

bool container_has_left(files_port *files, const char *root)
{
    cleanup_free char *folder = path_join(root, LEFT_FOLDER);
    cleanup_strings string_list names = STRING_LIST_INIT;

    if (!folder || HR_FAILED(files->list(files, folder, &names)))
        return false;
    for (size_t i = 0; i < names.count; i++) {
        if (text_ends_with(names.items[i], LEFT_SUFFIX))
            return true;
    }
    return false;
}
