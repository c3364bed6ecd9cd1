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

/*
 * The service may never answer, so a thread of its own gives back. Who asked for it waits for so
 * long; of the two the later one frees this. What is given back is crossed out at once, so that a
 * call that hangs keeps nothing noted but what it was made for, and what comes after it.
 */
typedef struct release_job {
    pthread_mutex_t lock; /* guards the following, which but for `given_up` the thread writes */
    condition changed;
    container_host host;
    taken what;
    file_lock *held; /* of its note, once it is given up */
    uint32_t patience;
    bool done, given_up;
    wcow_status status;
    wcow_error err;
} release_job;

static void cross_out(release_job *job, bool *noted)
{
    pthread_mutex_lock(&job->lock);
    *noted = false;
    pthread_mutex_unlock(&job->lock);
}

static wcow_status release(release_job *job, run_taken what, wcow_error *err)
{
    const release_place place = {.id = job->what.id,
                                 .hcs = job->host.hcs,
                                 .layers = job->host.layers,
                                 .scratch = job->what.scratch,
                                 .patience = job->patience};

    return run_release(&place, &what, NULL, err);
}

static wcow_status end_system(release_job *job, wcow_error *err)
{
    const wcow_status status = release(job, (run_taken){.system = true}, err);

    if (!status)
        cross_out(job, &job->what.system);
    return status;
}

/* run_release() does not tell whether the service let go of a scratch: it is asked. */
static wcow_status unmount(release_job *job, wcow_error *err)
{
    const wcow_status status = release(job, (run_taken){.mounted = true}, err);

    if (status)
        return status;
    if (scratch_is_mounted(&job->host.layers, job->what.scratch))
        return error_set(err, WCOW_FAILED, "the scratch layer '%s' is still mounted",
                         job->what.scratch);
    cross_out(job, &job->what.mounted);
    return WCOW_OK;
}

static wcow_status leave_guard(release_job *job, wcow_error *err)
{
    const wcow_status status = release(job, (run_taken){.guarded = true}, err);

    if (!status)
        cross_out(job, &job->what.guarded);
    return status;
}

static wcow_status drop_namespace(release_job *job, wcow_error *err)
{
    cleanup_free char *gone = NULL;
    const wcow_status status =
        hns_namespace_dissolve(job->host.hcs, job->what.network_namespace, err);

    if (status)
        return status;
    pthread_mutex_lock(&job->lock);
    gone = TAKE(job->what.network_namespace);
    pthread_mutex_unlock(&job->lock);
    return WCOW_OK;
}

/* From under a live system nothing is taken; else each has its turn, whatever became of the
 * others. The first failure is told. */
static wcow_status give_back(release_job *job, wcow_error *err)
{
    wcow_error first = WCOW_ERROR_INIT;
    wcow_error next = WCOW_ERROR_INIT;
    wcow_status status;

    status = job->what.system ? end_system(job, err) : WCOW_OK;
    if (status)
        return status;
    if (job->what.mounted)
        error_keep_first(&first, unmount(job, &next), &next);
    if (job->what.guarded)
        error_keep_first(&first, leave_guard(job, &next), &next);
    if (job->what.network_namespace)
        error_keep_first(&first, drop_namespace(job, &next), &next);
    return first.status ? error_pass(err, first.status, &first) : WCOW_OK;
}

static void job_free(release_job *job)
{
    files_port *files = job->host.layers.files;

    if (job->held)
        files->unlock(files, job->held);
    taken_free(&job->what);
    condition_free(&job->changed);
    pthread_mutex_destroy(&job->lock);
    free(job);
}

static void *job_main(void *context)
{
    release_job *job = context;
    wcow_error problem = WCOW_ERROR_INIT;
    const wcow_status status = give_back(job, &problem);
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

/* Of what was noted this is left. */
static void take_over(const taken *left, taken *t)
{
    t->system = left->system;
    t->mounted = left->mounted;
    t->guarded = left->guarded;
    if (!left->network_namespace)
        free(TAKE(t->network_namespace));
}

/* Whether it has an answer by then; if not, the thread has the note's lock, and frees all of it. */
static bool job_await(release_job *job, uint64_t deadline, taken *t, file_lock **held)
{
    bool done;

    pthread_mutex_lock(&job->lock);
    while (!job->done && condition_wait_until(&job->changed, &job->lock, deadline))
        continue;
    done = job->done;
    job->given_up = !done;
    if (!done && held)
        job->held = TAKE(*held);
    take_over(&job->what, t);
    pthread_mutex_unlock(&job->lock);
    return done;
}

wcow_status taken_give_back(const container_host *host, taken *t, uint64_t deadline,
                            uint32_t patience, file_lock **held, wcow_error *err)
{
    release_job *job = job_new(host, t, patience);
    wcow_status status;

    if (!job)
        return error_no_memory(err);
    if (!thread_start_detached(job_main, job)) {
        job_free(job);
        return error_set(err, WCOW_NO_MEMORY, "cannot start a thread");
    }
    if (!job_await(job, deadline, t, held)) {
        container_host_hangs(host);
        return error_set(err, WCOW_TIMEOUT, "the service does not say that '%s' is gone", t->id);
    }
    status = error_pass(err, job->status, &job->err);
    job_free(job);
    return status;
}
