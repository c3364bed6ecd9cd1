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

#define LEFT_FOLDER "shim"
#define LEFT_SUFFIX ".json"
#define LOCK_SUFFIX ".lock"
#define LOCK_DIGITS 2 /* of a note's name */
#define HELPER_LOCK "helper.lock"
/* ms */
#define HELPER_PATIENCE 2000u /* for another helper that is about to end */
#define ROUND_INTERVAL  500u  /* how often a server that lives is looked at */
/* One of many has this part of a helper's time, before the next one's turn. */
#define NOTE_PART 10u

/* ---- what stays, for whoever comes later ---- */

/* Of the name of what a kind of note is kept for; NULL: out of memory. */
static char *left_path(const container_host *host, const char *kind, const char *name)
{
    cleanup_free char *folder = path_join(host->layers.root, LEFT_FOLDER);
    cleanup_sha256 sha256 *hash = sha256_new();
    cleanup_free char *base = NULL;
    char hex[SHA256_HEX_SIZE];

    if (!folder || !hash)
        return NULL;
    sha256_update(hash, kind, strlen(kind));
    sha256_update(hash, name, strlen(name));
    sha256_finish(hash, hex);
    base = text_format("%s" LEFT_SUFFIX, hex);
    return base ? path_join(folder, base) : NULL;
}

/* By the id alone: another container of that name finds it. */
static char *container_path(const container_host *host, const char *id)
{
    return left_path(host, "", id);
}

static bool is_there(files_port *files, const char *path)
{
    file_info info;

    return HR_SUCCEEDED(files->info(files, path, &info));
}

static wcow_status make_folder(files_port *files, const char *path, wcow_error *err)
{
    const int32_t hr = files->make_directory(files, path);

    return hr == HR_ALREADY_EXISTS ? WCOW_OK : error_check(err, hr, "make the folder");
}

/* Whether another container of that name would be in its way. */
static bool has_its_name(const taken *t, bool guarded)
{
    return t->system || t->mounted || (guarded && t->guarded);
}

/*
 * In the note `path`, but for a namespace that HNS will not delete: that keeps no container from
 * its name (runtime/release.h), and may stay for long, so as soon as nothing but it is in the way
 * it has a note of its own, which that container's does not overwrite. No id has a space in it.
 */
static wcow_status put_left(const container_host *host, const char *path, const taken *t,
                            wcow_error *err)
{
    files_port *files = host->layers.files;
    const taken alone = {.id = t->id, .network_namespace = t->network_namespace};
    cleanup_free char *own = NULL;
    taken named = *t;
    wcow_status status;

    if (!t->network_namespace || has_its_name(t, false))
        return taken_put(files, path, t, err);
    own = left_path(host, "namespace ", t->network_namespace);
    if (!own)
        return error_no_memory(err);
    named.network_namespace = NULL;
    status = taken_put(files, own, &alone, err);
    return status || text_equal(own, path) ? status : taken_put(files, path, &named, err);
}

/* An instance of the guard that an earlier container of that name has left may be there still. */
wcow_status leftover_keep(const container_host *host, const taken *t, wcow_error *err)
{
    files_port *files = host->layers.files;
    cleanup_free char *folder = path_join(host->layers.root, LEFT_FOLDER);
    cleanup_free char *path = container_path(host, t->id);
    cleanup_taken_note taken earlier = {0};
    taken all = *t;
    wcow_status status;

    if (!folder || !path)
        return error_no_memory(err);
    status = make_folder(files, host->layers.root, err);
    if (!status)
        status = make_folder(files, folder, err);
    if (status)
        return error_wrap(err, status, "'%s'", folder);
    if (!taken_get(files, path, &earlier, NULL))
        all.guarded = all.guarded || earlier.guarded;
    return put_left(host, path, &all, err);
}

/* By a server that had not given it back (container_run.c). */
static bool is_kept(const container_host *host, const char *id)
{
    cleanup_free char *path = container_path(host, id);

    return path && is_there(host->layers.files, path);
}

/* Without a note, and with one that nobody will ever understand, nothing is forgotten. */
static wcow_status read_note(files_port *files, const char *bundle, taken *out, bool *kept,
                             wcow_error *err)
{
    const wcow_status status = taken_read(files, bundle, out, err);

    *kept = status == WCOW_NOT_FOUND || status == WCOW_CORRUPT;
    return status;
}

wcow_status leftover_release(const container_host *host, const char *bundle, uint32_t milliseconds,
                             bool *kept, wcow_error *err)
{
    const uint64_t deadline = ticks_after(milliseconds);
    files_port *files = host->layers.files;
    cleanup_taken_note taken t = {0};
    wcow_error problem = WCOW_ERROR_INIT;
    wcow_status status = read_note(files, bundle, &t, kept, &problem);

    if (status)
        return status == WCOW_NOT_FOUND ? WCOW_OK : error_pass(err, status, &problem);
    if (!host->hcs)
        status = error_set(&problem, WCOW_UNAVAILABLE,
                           "what it has taken is kept for a later call of the shim");
    else if (milliseconds > 0)
        status = taken_give_back(host, &t, deadline, milliseconds, NULL, &problem);
    else
        status = error_set(&problem, WCOW_TIMEOUT, "there is no time left for '%s'", t.id);
    *kept = (!status && !is_kept(host, t.id)) || leftover_keep(host, &t, NULL) == WCOW_OK;
    *kept = *kept || !status;
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

    if (status == WCOW_NOT_FOUND || status == WCOW_CORRUPT) /* nobody will ever understand it */
        return WCOW_OK;
    if (status)
        return error_pass(err, status, &problem);
    return text_replace(&t.server, server) ? leftover_keep(host, &t, err) : error_no_memory(err);
}

/* ---- finishing ---- */

/*
 * Under its lock: one of them, as long as it is there. What a server may still have is not touched,
 * unless it is our own, `own`: then the one that the note means is gone, since two cannot listen at
 * one pipe.
 */
static wcow_status release_locked(const container_host *host, const char *path, const char *own,
                                  uint64_t deadline, file_lock **held, wcow_error *err)
{
    files_port *files = host->layers.files;
    cleanup_taken_note taken t = {0};
    wcow_error problem = WCOW_ERROR_INIT;
    wcow_status status = taken_get(files, path, &t, &problem);
    wcow_status put;

    if (status == WCOW_CORRUPT) /* nobody will ever understand it */
        return taken_remove(files, path, err);
    if (status)
        return status == WCOW_NOT_FOUND ? WCOW_OK : error_pass(err, status, &problem);
    if (t.server && !text_equal(t.server, own) && pipe_address_listened(t.server))
        return error_set(err, WCOW_UNAVAILABLE, "the shim's server that has '%s' still runs", t.id);
    free(TAKE(t.server));
    status = taken_give_back(host, &t, deadline, ticks_left(deadline), held, err);
    put = put_left(host, path, &t, status ? NULL : err);
    return status ? status : put;
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

/*
 * One of them, which nobody else works at meanwhile. Its lock has the first digits of its name, so
 * that one whose service hangs keeps no container of another name waiting, or hardly any. A thread
 * that is given up works at it still, and keeps the lock until it comes back, or with it the
 * process ends. Who goes through all of them again and again remembers those locks in `lost`
 * (NULL: nobody does), and waits for none of them.
 */
static wcow_status release_left(const container_host *host, const char *path, const char *own,
                                uint64_t deadline, string_list *lost, wcow_error *err)
{
    files_port *files = host->layers.files;
    cleanup_free char *name = text_format("%.*s" LOCK_SUFFIX, LOCK_DIGITS, path_base_name(path));
    file_lock *lock = NULL;
    bool is_lost;
    wcow_status status;

    if (!name)
        return error_no_memory(err);
    is_lost = lost && string_list_contains(lost, name);
    status = lock_left(host, name, is_lost ? 0 : ticks_left(deadline), &lock, err);
    if (status)
        return status;
    status = release_locked(host, path, own, deadline, &lock, err);
    if (lock)
        files->unlock(files, lock);
    else if (lost && !is_lost)
        ignore(string_list_add(lost, name)); /* else it is waited for */
    return status;
}

/* Whether what stays in a note keeps another container from its name. */
static bool is_in_the_way(files_port *files, const char *path, bool guarded)
{
    cleanup_taken_note taken t = {0};
    const wcow_status status = taken_get(files, path, &t, NULL);

    return status ? status != WCOW_NOT_FOUND : has_its_name(&t, guarded);
}

wcow_status leftover_release_earlier(const container_host *host, const char *id, bool guarded,
                                     const char *own, uint32_t milliseconds, wcow_error *err)
{
    files_port *files = host->layers.files;
    cleanup_free char *path = container_path(host, id);
    wcow_error problem = WCOW_ERROR_INIT;
    wcow_status status;

    if (!path)
        return error_no_memory(err);
    if (!is_there(files, path))
        return WCOW_OK;
    status = release_left(host, path, own, ticks_after(milliseconds), NULL, &problem);
    if (!status || !is_in_the_way(files, path, guarded))
        return WCOW_OK;
    return error_wrap(err, error_pass(err, status, &problem),
                      "what an earlier container '%s' left cannot be given back", id);
}

/* What is to be looked at again: whose server lives, and what the service has not answered. */
static bool is_for_later(wcow_status status)
{
    return status == WCOW_UNAVAILABLE || status == WCOW_TIMEOUT;
}

/* Who goes through all of them, round by round. */
typedef struct helper {
    const container_host *host;
    const char *folder;
    uint64_t deadline;
    uint32_t turn;    /* ms for each */
    string_list lost; /* locks that threads of its own have which were given up */
} helper;

static void helper_free(helper *h)
{
    string_list_free(&h->lost);
}

DEFINE_CLEANUP_VALUE(helper, helper, helper_free)

/* One look at all of them. */
typedef struct sweep {
    string_list left; /* the names of those that are there still */
    bool later;       /* some of them are to be looked at again */
} sweep;

static void sweep_free(sweep *s)
{
    string_list_free(&s->left);
}

DEFINE_CLEANUP_VALUE(sweep, sweep, sweep_free)

static wcow_status release_one(helper *h, const char *name, sweep *s, wcow_error *err)
{
    const uint64_t turn = ticks_after(h->turn);
    cleanup_free char *path = path_join(h->folder, name);
    wcow_status status;

    if (!path)
        return error_no_memory(err);
    status =
        release_left(h->host, path, NULL, turn < h->deadline ? turn : h->deadline, &h->lost, err);
    s->later = s->later || is_for_later(status);
    if (is_there(h->host->layers.files, path) && !string_list_add(&s->left, name))
        return error_no_memory(err);
    return status;
}

/* A note that hangs does not take the time of the others. */
static wcow_status release_round(helper *h, sweep *s, wcow_error *err)
{
    files_port *files = h->host->layers.files;
    cleanup_strings string_list names = STRING_LIST_INIT;
    wcow_error first = WCOW_ERROR_INIT;
    wcow_status status = error_check(err, files->list(files, h->folder, &names), "list");

    for (size_t i = 0; i < names.count; i++) {
        wcow_error problem = WCOW_ERROR_INIT;

        if (!text_ends_with(names.items[i], LEFT_SUFFIX))
            continue;
        status = release_one(h, names.items[i], s, &problem);
        error_keep_first(&first, status, &problem);
    }
    return first.status ? error_pass(err, first.status, &first) : status;
}

/* Whether there are any that the round has not seen: of helpers that have left theirs to us. */
static bool has_others(files_port *files, const char *folder, const sweep *s)
{
    cleanup_strings string_list names = STRING_LIST_INIT;

    if (HR_FAILED(files->list(files, folder, &names)))
        return true;
    for (size_t i = 0; i < names.count; i++) {
        if (text_ends_with(names.items[i], LEFT_SUFFIX) &&
            !string_list_contains(&s->left, names.items[i]))
            return true;
    }
    return false;
}

static wcow_status release_in_rounds(helper *h, wcow_error *err)
{
    for (;;) {
        CLEANUP(sweep) sweep s = {.left = STRING_LIST_INIT};
        wcow_error problem = WCOW_ERROR_INIT;
        const wcow_status status = release_round(h, &s, &problem);

        if ((!s.later && !has_others(h->host->layers.files, h->folder, &s)) ||
            ticks_left(h->deadline) <= ROUND_INTERVAL)
            return error_pass(err, status, &problem);
        clock_sleep(ROUND_INTERVAL);
    }
}

wcow_status leftover_release_all(const container_host *host, uint32_t milliseconds, wcow_error *err)
{
    const uint32_t patience = milliseconds < HELPER_PATIENCE ? milliseconds : HELPER_PATIENCE;
    files_port *files = host->layers.files;
    cleanup_free char *folder = path_join(host->layers.root, LEFT_FOLDER);
    CLEANUP(helper)
    helper h = {host, folder, ticks_after(milliseconds), milliseconds / NOTE_PART,
                STRING_LIST_INIT};
    wcow_error problem = WCOW_ERROR_INIT;
    file_lock *lock = NULL;
    wcow_status status;

    if (!folder)
        return error_no_memory(err);
    if (!container_has_left(files, host->layers.root))
        return WCOW_OK;
    status = lock_left(host, HELPER_LOCK, patience, &lock, &problem);
    if (status) /* another helper is at it, who looks for what is new before he ends */
        return status == WCOW_TIMEOUT ? WCOW_OK : error_pass(err, status, &problem);
    status = release_in_rounds(&h, err);
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
