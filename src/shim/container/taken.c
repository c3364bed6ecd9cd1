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
#include "runtime/release.h"
#include "shim/task/pod.h"

#define NOTE_MOST    ((size_t)64 << 10)
#define NOTE_VERSION 1

static const field fields[] = {
    {.name = "id", .kind = FIELD_TEXT, .at = offsetof(taken, id)},
    {.name = "system", .kind = FIELD_BOOL, .at = offsetof(taken, system)},
    {.name = "mounted", .kind = FIELD_BOOL, .at = offsetof(taken, mounted)},
    {.name = "guarded", .kind = FIELD_BOOL, .at = offsetof(taken, guarded)},
    {.name = "scratch", .kind = FIELD_TEXT, .at = offsetof(taken, scratch)},
    {.name = "server", .kind = FIELD_TEXT, .at = offsetof(taken, server)},
    {.name = "networkNamespace", .kind = FIELD_TEXT, .at = offsetof(taken, network_namespace)},
    FIELDS_END};

void taken_free(taken *t)
{
    free(t->id);
    free(t->scratch);
    free(t->network_namespace);
    free(t->server);
    *t = (taken){0};
}

bool taken_is_anything(const taken *t)
{
    return t->system || t->mounted || t->guarded || t->network_namespace;
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

wcow_status taken_remove(files_port *files, const char *path, wcow_error *err)
{
    const int32_t hr = files->remove_file(files, path);

    return is_absent(hr) ? WCOW_OK : error_check(err, hr, "remove");
}

wcow_status taken_put(files_port *files, const char *path, const taken *t, wcow_error *err)
{
    wcow_status status =
        taken_is_anything(t) ? write_note(files, path, t, err) : taken_remove(files, path, err);

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

wcow_status taken_get(files_port *files, const char *path, taken *out, wcow_error *err)
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

    return path ? taken_put(files, path, t, err) : error_no_memory(err);
}

wcow_status taken_read(files_port *files, const char *bundle, taken *out, wcow_error *err)
{
    cleanup_free char *path = path_join(bundle, TAKEN_FILE);

    return path ? taken_get(files, path, out, err) : error_no_memory(err);
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

static wcow_status drop_namespace(const container_host *host, taken *t, wcow_error *err)
{
    const wcow_status status = hns_namespace_dissolve(host->hcs, t->network_namespace, err);

    if (!status)
        free(TAKE(t->network_namespace));
    return status;
}

/*
 * What is given back is crossed out in `t`, whatever fails. From under a live system nothing is
 * taken; else each has its turn, whatever became of the others.
 */
static wcow_status give_back(const container_host *host, taken *t, uint32_t patience,
                             wcow_error *err)
{
    const release_place place = {.id = t->id,
                                 .hcs = host->hcs,
                                 .layers = host->layers,
                                 .scratch = t->scratch,
                                 .patience = patience};
    run_taken what = {.system = t->system, .mounted = t->mounted, .guarded = t->guarded};
    wcow_status first = run_release(&place, &what, NULL, err);
    wcow_status next = WCOW_OK;

    t->system = what.system;
    t->guarded = what.guarded;
    if (t->system)
        return first;
    if (t->mounted)
        next = check_unmounted(host, t, first ? NULL : err);
    first = first ? first : next;
    next = t->network_namespace ? drop_namespace(host, t, first ? NULL : err) : WCOW_OK;
    return first ? first : next;
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
                   .guarded = from->guarded,
                   .scratch = text_copy(from->scratch),
                   .network_namespace = text_copy(from->network_namespace),
                   .server = text_copy(from->server)};
    return out->id && (out->scratch || !from->scratch) && (out->server || !from->server) &&
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

wcow_status taken_give_back(const container_host *host, taken *t, uint64_t deadline,
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
    if (!job_await(job, deadline)) {
        container_host_hangs(host);
        return error_set(err, WCOW_TIMEOUT, "the service does not say that '%s' is gone", t->id);
    }
    status = error_pass(err, job->status, &job->err);
    left = job->what;
    job->what = *t;
    *t = left;
    job_free(job);
    return status;
}
