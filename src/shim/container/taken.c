/* SPDX-License-Identifier: MIT */
/* What a container has taken, and giving it back without the server that took it. */
#include "shim/container/taken.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/condition.h"
#include "base/error.h"
#include "base/fields.h"
#include "base/path.h"
#include "base/text.h"
#include "base/thread.h"
#include "layer/store/scratch.h"
#include "network/namespace.h"
#include "port/hash.h"
#include "runtime/release.h"
#include "shim/task/pod.h"

#define NOTE_MOST      ((size_t)64 << 10)
#define LEFT_FOLDER    "shim"
#define LEFT_SUFFIX    ".json"
#define LEFT_LOCK      "left.lock"
#define NOTE_VERSION   1
#define SANDBOX_FILE   "sandbox"
#define LEAST_PATIENCE 100u

static const field fields[] = {
    {.name = "id", .kind = FIELD_TEXT, .at = offsetof(taken, id)},
    {.name = "system", .kind = FIELD_BOOL, .at = offsetof(taken, system)},
    {.name = "mounted", .kind = FIELD_BOOL, .at = offsetof(taken, mounted)},
    {.name = "scratch", .kind = FIELD_TEXT, .at = offsetof(taken, scratch)},
    {.name = "networkNamespace", .kind = FIELD_TEXT, .at = offsetof(taken, network_namespace)},
    FIELDS_END};

void taken_free(taken *t)
{
    free(t->id);
    free(t->scratch);
    free(t->network_namespace);
    *t = (taken){0};
}

static bool is_anything(const taken *t)
{
    return t->system || t->mounted || t->network_namespace;
}

/* ---- the file ---- */

static wcow_status write_note(files_port *files, const char *path, const taken *t, wcow_error *err)
{
    cleanup_json cJSON *note = fields_object(fields, t);
    cleanup_free char *printed = NULL;

    if (!note || !json_add_integer(note, "version", NOTE_VERSION))
        return error_no_memory(err);
    printed = json_print(note);
    if (!printed)
        return error_no_memory(err);
    return error_check(err, files->replace(files, path, printed, strlen(printed)), "write");
}

static bool is_absent(int32_t hr)
{
    return hr == HR_FILE_NOT_FOUND || hr == HR_PATH_NOT_FOUND;
}

static wcow_status remove_note(files_port *files, const char *path, wcow_error *err)
{
    const int32_t hr = files->remove_file(files, path);

    return is_absent(hr) ? WCOW_OK : error_check(err, hr, "remove");
}

static wcow_status put_note(files_port *files, const char *path, const taken *t, wcow_error *err)
{
    wcow_status status =
        is_anything(t) ? write_note(files, path, t, err) : remove_note(files, path, err);

    return status ? error_wrap(err, status, "'%s'", path) : WCOW_OK;
}

/* Administrators alone write into a bundle; all the same it says nothing that leads astray. */
static wcow_status check_note(const taken *t, wcow_error *err)
{
    if (!t->id || !*t->id || strlen(t->id) > TASK_MOST_ID || strpbrk(t->id, "\\/"))
        return error_set(err, WCOW_CORRUPT, "the id is none");
    if (t->mounted && (!t->scratch || !path_is_absolute(t->scratch)))
        return error_set(err, WCOW_CORRUPT, "the scratch is no folder");
    if (t->network_namespace && strlen(t->network_namespace) >= GUID_TEXT_SIZE)
        return error_set(err, WCOW_CORRUPT, "the network's namespace is no GUID");
    return WCOW_OK;
}

static wcow_status parse_note(const char *path, const char *bytes, size_t size, taken *out,
                              wcow_error *err)
{
    cleanup_taken_note taken t = {0};
    cleanup_json cJSON *note = NULL;
    wcow_status status = json_parse(bytes, size, path, &note, err);

    if (!status)
        status = json_check_version(note, NOTE_VERSION, path, err);
    if (status)
        return status;
    status = fields_read(fields, note, &t) ? check_note(&t, err)
                                           : error_set(err, WCOW_CORRUPT, "it is no such note");
    if (status)
        return error_wrap(err, status, "'%s'", path);
    *out = t;
    t = (taken){0};
    return WCOW_OK;
}

static wcow_status read_note(files_port *files, const char *path, taken *out, wcow_error *err)
{
    cleanup_free char *bytes = NULL;
    size_t size = 0;
    const int32_t hr = files->read(files, path, NOTE_MOST, &bytes, &size);

    if (is_absent(hr))
        return error_set(err, WCOW_NOT_FOUND, "nothing is noted in '%s'", path);
    if (HR_FAILED(hr))
        return error_wrap(err, error_hresult(err, hr, "read"), "'%s'", path);
    return parse_note(path, bytes, size, out, err);
}

wcow_status taken_write(files_port *files, const char *bundle, const taken *t, wcow_error *err)
{
    cleanup_free char *path = path_join(bundle, TAKEN_FILE);

    return path ? put_note(files, path, t, err) : error_no_memory(err);
}

wcow_status taken_read(files_port *files, const char *bundle, taken *out, wcow_error *err)
{
    cleanup_free char *path = path_join(bundle, TAKEN_FILE);

    return path ? read_note(files, path, out, err) : error_no_memory(err);
}

/* ---- giving back ---- */

/* run_release() does not tell whether the service let go of a scratch: it is asked. */
static wcow_status check_unmounted(const container_host *host, taken *t, wcow_error *err)
{
    t->mounted = scratch_is_mounted(&host->layers, t->scratch);
    return t->mounted
               ? error_set(err, WCOW_FAILED, "the scratch layer '%s' is still mounted", t->scratch)
               : WCOW_OK;
}

/* What is given back is crossed out in `t`, whatever fails. */
static wcow_status give_back(const container_host *host, taken *t, uint32_t patience,
                             wcow_error *err)
{
    const release_place place = {.id = t->id,
                                 .hcs = host->hcs,
                                 .layers = host->layers,
                                 .scratch = t->scratch,
                                 .patience = patience};
    run_taken what = {.system = t->system, .mounted = t->mounted};
    wcow_status status = run_release(&place, &what, NULL, err);

    t->system = what.system;
    if (!status && t->mounted)
        status = check_unmounted(host, t, err);
    if (status || !t->network_namespace)
        return status;
    status = hns_namespace_delete(host->hcs, t->network_namespace, err);
    if (!status)
        free(TAKE(t->network_namespace));
    return status;
}

/*
 * The service may never answer, so a thread of its own gives back. Who asked for it waits for so
 * long; of the two the later one frees this.
 */
typedef struct release_job {
    pthread_mutex_t lock;
    condition changed;
    container_host host;
    taken what;
    uint32_t patience;
    bool done, given_up;
    wcow_status status;
    wcow_error err;
} release_job;

static void job_free(release_job *job)
{
    taken_free(&job->what);
    condition_free(&job->changed);
    pthread_mutex_destroy(&job->lock);
    free(job);
}

static void *job_main(void *context)
{
    release_job *job = context;
    wcow_error problem = WCOW_ERROR_INIT;
    const wcow_status status = give_back(&job->host, &job->what, job->patience, &problem);
    bool given_up;

    pthread_mutex_lock(&job->lock);
    job->status = status;
    job->err = problem;
    job->done = true;
    given_up = job->given_up;
    condition_broadcast(&job->changed);
    pthread_mutex_unlock(&job->lock);
    if (given_up)
        job_free(job);
    return NULL;
}

static bool copy_taken(const taken *from, taken *out)
{
    *out = (taken){.id = text_copy(from->id),
                   .system = from->system,
                   .mounted = from->mounted,
                   .scratch = text_copy(from->scratch),
                   .network_namespace = text_copy(from->network_namespace)};
    return out->id && (out->scratch || !from->scratch) &&
           (out->network_namespace || !from->network_namespace);
}

static release_job *job_new(const container_host *host, const taken *what, uint32_t patience)
{
    release_job *job = calloc(1, sizeof *job);

    if (!job)
        return NULL;
    job->host = *host;
    job->patience = patience;
    if (!condition_init(&job->changed)) {
        free(job);
        return NULL;
    }
    pthread_mutex_init(&job->lock, NULL);
    if (!copy_taken(what, &job->what)) {
        job_free(job);
        return NULL;
    }
    return job;
}

/* Whether it has an answer by then; if not, the thread frees it. */
static bool job_await(release_job *job, uint64_t deadline)
{
    bool done;

    pthread_mutex_lock(&job->lock);
    while (!job->done && condition_wait_until(&job->changed, &job->lock, deadline))
        continue;
    done = job->done;
    job->given_up = !done;
    pthread_mutex_unlock(&job->lock);
    return done;
}

/* What is left of it stands in `t` then. */
static wcow_status release_within(const container_host *host, taken *t, uint64_t deadline,
                                  uint32_t patience, wcow_error *err)
{
    release_job *job = job_new(host, t, patience);
    wcow_status status;
    taken left;

    if (!job)
        return error_no_memory(err);
    if (!thread_start_detached(job_main, job)) {
        job_free(job);
        return error_set(err, WCOW_NO_MEMORY, "cannot start a thread");
    }
    if (!job_await(job, deadline))
        return error_set(err, WCOW_TIMEOUT, "the service does not say that '%s' is gone", t->id);
    status = error_pass(err, job->status, &job->err);
    left = job->what;
    job->what = *t;
    *t = left;
    job_free(job);
    return status;
}

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
    return status ? error_wrap(err, status, "'%s'", folder) : put_note(files, path, t, err);
}

wcow_status container_release(const container_host *host, const char *bundle, uint32_t milliseconds,
                              wcow_error *err)
{
    const uint64_t deadline = ticks_after(milliseconds);
    files_port *files = host->layers.files;
    cleanup_taken_note taken t = {0};
    wcow_error problem = WCOW_ERROR_INIT;
    wcow_status status = taken_read(files, bundle, &t, &problem);

    if (status)
        return status == WCOW_NOT_FOUND ? WCOW_OK : error_pass(err, status, &problem);
    status = host->hcs ? release_within(host, &t, deadline, milliseconds, &problem)
                       : error_set(&problem, WCOW_UNAVAILABLE,
                                   "what it has taken is kept for a later call of the shim");
    if (status)
        ignore(keep_left(host, &t, NULL));
    /* The bundle's note says no more than what is left: it goes with the bundle. */
    ignore(taken_write(files, bundle, &t, NULL));
    return error_pass(err, status, &problem);
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

/* At least a moment: what needs no patience is done even so. */
static uint32_t what_is_left(uint64_t deadline)
{
    const uint64_t now = ticks_now();

    return now + LEAST_PATIENCE < deadline ? (uint32_t)(deadline - now) : LEAST_PATIENCE;
}

wcow_status container_release_pod(const container_host *host, const char *bundle, const char *id,
                                  uint32_t milliseconds, wcow_error *err)
{
    const uint64_t deadline = ticks_after(milliseconds);
    files_port *files = host->layers.files;
    cleanup_free char *folder = path_parent(bundle);
    cleanup_strings string_list names = STRING_LIST_INIT;
    wcow_error first = WCOW_ERROR_INIT;

    if (!folder)
        return error_no_memory(err);
    ignore(files->list(files, folder, &names)); /* without them there is the sandbox still */
    for (size_t i = 0; i <= names.count; i++) {
        cleanup_free char *other = i < names.count ? path_join(folder, names.items[i]) : NULL;
        wcow_error problem = WCOW_ERROR_INIT;
        wcow_status status;

        if (i < names.count && (!other || !is_of_pod(files, other, id)))
            continue;
        status = container_release(host, other ? other : bundle, what_is_left(deadline), &problem);
        error_keep_first(&first, status, &problem);
    }
    return error_pass(err, first.status, &first);
}

/* ---- finishing ---- */

/* Under the lock of all that is left: one of them, as long as it is there. */
static wcow_status release_left(const container_host *host, const char *path, uint64_t deadline,
                                uint32_t patience, wcow_error *err)
{
    files_port *files = host->layers.files;
    cleanup_taken_note taken t = {0};
    wcow_error problem = WCOW_ERROR_INIT;
    wcow_status status = read_note(files, path, &t, &problem);

    if (status == WCOW_CORRUPT) /* nobody will ever understand it */
        return remove_note(files, path, err);
    if (status)
        return status == WCOW_NOT_FOUND ? WCOW_OK : error_pass(err, status, &problem);
    status = release_within(host, &t, deadline, patience, err);
    ignore(put_note(files, path, &t, NULL));
    return status;
}

static wcow_status lock_left(const container_host *host, uint32_t milliseconds, file_lock **out,
                             wcow_error *err)
{
    files_port *files = host->layers.files;
    cleanup_free char *folder = path_join(host->layers.root, LEFT_FOLDER);
    cleanup_free char *path = folder ? path_join(folder, LEFT_LOCK) : NULL;

    if (!path)
        return error_no_memory(err);
    return error_check(err, files->lock(files, path, milliseconds, out), "lock");
}

wcow_status container_release_earlier(const container_host *host, const char *id,
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
    status = lock_left(host, milliseconds, &lock, err);
    if (!status) {
        status = release_left(host, path, deadline, milliseconds, err);
        files->unlock(files, lock);
    }
    return status ? error_wrap(err, status,
                               "what an earlier container '%s' left cannot be given back", id)
                  : WCOW_OK;
}

static wcow_status release_all_left(const container_host *host, const char *folder,
                                    uint64_t deadline, uint32_t patience, wcow_error *err)
{
    files_port *files = host->layers.files;
    cleanup_strings string_list names = STRING_LIST_INIT;
    wcow_error first = WCOW_ERROR_INIT;
    wcow_status status = error_check(err, files->list(files, folder, &names), "list");

    if (status)
        return status;
    for (size_t i = 0; i < names.count; i++) {
        cleanup_free char *path = path_join(folder, names.items[i]);
        wcow_error problem = WCOW_ERROR_INIT;

        if (!path)
            return error_no_memory(err);
        if (!text_ends_with(path, LEFT_SUFFIX))
            continue;
        status = release_left(host, path, deadline, patience, &problem);
        error_keep_first(&first, status, &problem);
    }
    return error_pass(err, first.status, &first);
}

wcow_status container_release_left(const container_host *host, uint32_t milliseconds,
                                   wcow_error *err)
{
    const uint64_t deadline = ticks_after(milliseconds);
    files_port *files = host->layers.files;
    cleanup_free char *folder = path_join(host->layers.root, LEFT_FOLDER);
    file_lock *lock = NULL;
    file_info info;
    wcow_status status;

    if (!folder)
        return error_no_memory(err);
    if (HR_FAILED(files->info(files, folder, &info)))
        return WCOW_OK;
    status = lock_left(host, milliseconds, &lock, err);
    if (status)
        return status;
    status = release_all_left(host, folder, deadline, milliseconds, err);
    files->unlock(files, lock);
    return status;
}
