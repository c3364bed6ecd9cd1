/* SPDX-License-Identifier: MIT */
/*
 * Asks all checks in turn. A service may be stuck, and its calls then return from nothing: so each
 * check is carried out by a thread, and a *consultation* – what that thread works with – is held by
 * two, the thread and who waits for it. Who waits longer than the limit lets go; the thread frees
 * it if it ever comes back.
 *
 * For the same reason the checks have a host of their own: the caller may free his one while a
 * thread still uses it.
 */
#include "engine/doctor/doctor.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/condition.h"
#include "base/error.h"
#include "base/json.h"
#include "base/options.h"
#include "base/thread.h"
#include "port/clock.h"

#define LIMIT      10000u /* milliseconds for a look */
#define FIX_FACTOR 12u    /* and so much longer to mend: systems are ended, disks are unmounted */

const doctor_questions doctor_asks_windows = {
    .elevated = machine_elevated,
    .now = clock_now,
    .volume_of = survey_volume_of,
    .volume_state = survey_volume_state,
    .free_space = survey_free_space,
    .filters = survey_filters,
    .service = survey_service,
    .start_service = survey_start_service,
    .library_export = survey_export,
    .hypervisor = survey_hypervisor,
    .exclusions = survey_exclusions,
    .resolve = survey_resolve,
    .program_writers = survey_program_writers,
    .service_exposed = service_exposed,
};

/* ---- saying what was found ---- */

void found(examination *x, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    text_addv(&x->found, format, arguments);
    va_end(arguments);
}

void found_wrong(examination *x, wcow_verdict verdict, const char *remedy, ...)
{
    va_list arguments;

    if (verdict > x->verdict)
        x->verdict = verdict;
    if (x->remedy.length)
        text_add(&x->remedy, "; ");
    va_start(arguments, remedy);
    text_addv(&x->remedy, remedy, arguments);
    va_end(arguments);
}

void found_unknown(examination *x, const char *call, int32_t hr)
{
    wcow_error err = WCOW_ERROR_INIT;

    (void)error_hresult(&err, hr, call);
    found_error(x, WCOW_VERDICT_UNKNOWN, &err);
}

void found_error(examination *x, wcow_verdict verdict, const wcow_error *err)
{
    found(x, "%s", err->message);
    found_wrong(x, verdict, "%s", verdict == WCOW_VERDICT_UNKNOWN ? "" : err->hint);
}

/* ---- a consultation ---- */

/* The host of all checks of one examination, and who holds it. */
typedef struct ward {
    pthread_mutex_t lock; /* guards what its consultations say of themselves */
    condition changed;
    atomic_uint holders; /* not under the lock, which the last one destroys */
    wcow_host *host;
} ward;

typedef struct consultation {
    ward *ward;
    const doctor_check *check;
    bool fixes;
    atomic_uint holders;
    bool done;
    examination x;
    wcow_status status; /* of a fix */
    wcow_error err;
} consultation;

static wcow_status host_again(wcow_host *host, wcow_host **out, wcow_error *err)
{
    wcow_host_options options = WCOW_HOST_OPTIONS_INIT;
    wcow_status status;

    options.root = host->root;
    status = host->borrowed ? host_new(host->root, host->hcs, host->storage, host->files, out, err)
                            : wcow_host_open(&options, out, err);
    if (status)
        return status;
    if (host->borrowed)
        (*out)->services = host->services;
    (*out)->root_is_default = host->root_is_default;
    (*out)->start_monitor = host->start_monitor;
    (*out)->start_context = host->start_context;
    (*out)->limits = host->limits;
    (*out)->version = host->version;
    return WCOW_OK;
}

static wcow_status ward_new(wcow_host *host, ward **out, wcow_error *err)
{
    ward *w = calloc(1, sizeof *w);
    wcow_status status;

    if (!w || pthread_mutex_init(&w->lock, NULL)) {
        free(w);
        return error_no_memory(err);
    }
    if (!condition_init(&w->changed)) {
        pthread_mutex_destroy(&w->lock);
        free(w);
        return error_no_memory(err);
    }
    atomic_init(&w->holders, 1);
    status = host_again(host, &w->host, err);
    if (status) {
        condition_free(&w->changed);
        pthread_mutex_destroy(&w->lock);
        free(w);
        return status;
    }
    *out = w;
    return WCOW_OK;
}

static void ward_drop(ward *w)
{
    if (atomic_fetch_sub(&w->holders, 1) > 1)
        return;
    wcow_host_free(w->host);
    condition_free(&w->changed);
    pthread_mutex_destroy(&w->lock);
    free(w);
}

static void consultation_drop(consultation *c)
{
    ward *w = c->ward;

    if (atomic_fetch_sub(&c->holders, 1) > 1)
        return;
    text_free(&c->x.found);
    text_free(&c->x.remedy);
    free(c);
    ward_drop(w);
}

static void *consultation_main(void *context)
{
    consultation *c = context;

    if (c->fixes)
        c->status = c->check->fix(c->x.host, c->x.ask, &c->err);
    else
        c->check->look(&c->x);
    pthread_mutex_lock(&c->ward->lock);
    c->done = true;
    condition_broadcast(&c->ward->changed);
    pthread_mutex_unlock(&c->ward->lock);
    consultation_drop(c);
    return NULL;
}

/* Both the caller and the thread hold it, if there is a thread. NULL: out of memory. */
static consultation *consultation_new(ward *w, const doctor_questions *ask,
                                      const doctor_check *check, bool fixes)
{
    consultation *c = calloc(1, sizeof *c);

    if (!c)
        return NULL;
    *c = (consultation){.ward = w, .check = check, .fixes = fixes};
    atomic_init(&c->holders, 2);
    c->x.host = w->host;
    c->x.ask = ask;
    atomic_fetch_add(&w->holders, 1);
    if (!thread_start_detached(consultation_main, c)) {
        atomic_store(&c->holders, 1);
        consultation_drop(c);
        return NULL;
    }
    return c;
}

/* True: it returned in time. */
static bool consultation_wait(consultation *c, uint32_t limit)
{
    const uint64_t deadline = ticks_after(limit);
    bool done;

    pthread_mutex_lock(&c->ward->lock);
    while (!c->done && condition_wait_until(&c->ward->changed, &c->ward->lock, deadline))
        continue;
    done = c->done;
    pthread_mutex_unlock(&c->ward->lock);
    return done;
}

/* ---- all of them ---- */

typedef struct round {
    ward *ward;
    const doctor_questions *ask;
    uint32_t limit;
    bool fix;
    bool silent[LANES]; /* it does not answer */
    cJSON *rows;
    wcow_verdict worst;
} round;

static const char *verdict_name(wcow_verdict verdict)
{
    static const char *const names[] = {"fine", "unknown", "warning", "broken"};

    return names[verdict];
}

static wcow_status add_row(round *r, const doctor_check *check, const examination *x, bool fixed,
                           wcow_error *err)
{
    cleanup_json cJSON *row = cJSON_CreateObject();
    const bool fine = row && !x->found.failed && !x->remedy.failed &&
                      json_add_text(row, "ID", check->id) &&
                      json_add_text(row, "Question", check->question) &&
                      json_add_text(row, "Verdict", verdict_name(x->verdict)) &&
                      json_add_text(row, "Found", text_get(&x->found)) &&
                      json_add_text(row, "Remedy", text_get(&x->remedy)) &&
                      json_add_bool(row, "Fixable", check->fix && x->fixable) &&
                      json_add_bool(row, "Fixed", fixed);

    if (!fine || !json_append(r->rows, TAKE(row)))
        return error_no_memory(err);
    if (x->verdict > r->worst)
        r->worst = x->verdict;
    return WCOW_OK;
}

/* Nobody can be asked: says so in a row. */
static wcow_status add_unasked(round *r, const doctor_check *check, const char *why,
                               const char *remedy, wcow_verdict verdict, wcow_error *err)
{
    examination x = {.verdict = verdict};
    wcow_status status;

    text_add(&x.found, why);
    text_add(&x.remedy, remedy);
    status = add_row(r, check, &x, false, err);
    text_free(&x.found);
    text_free(&x.remedy);
    return status;
}

static wcow_status add_stuck(round *r, const doctor_check *check, wcow_error *err)
{
    cleanup_text text why = TEXT_INIT;

    r->silent[check->lane] = check->lane != LANE_NONE;
    text_addf(&why, "no answer within %u s", (r->limit + 999) / 1000);
    return add_unasked(
        r, check, text_get(&why),
        check->lane == LANE_NONE
            ? "try again; if it stays so, restart the host"
            : "the service is stuck: restart it (Restart-Service -Force vmcompute, hns), "
              "or the host",
        check->lane == LANE_NONE ? WCOW_VERDICT_UNKNOWN : WCOW_VERDICT_BROKEN, err);
}

/* Mends what the look found, and says in the row's words what became of it. */
static bool mend(round *r, const doctor_check *check, examination *x, wcow_error *err,
                 wcow_status *status)
{
    consultation *c = consultation_new(r->ward, r->ask, check, true);
    bool fixed = false;

    if (!c) {
        *status = error_no_memory(err);
        return false;
    }
    if (!consultation_wait(c, r->limit * FIX_FACTOR))
        found_wrong(x, WCOW_VERDICT_BROKEN, "mending it was begun and has not returned");
    else if (c->status)
        found_wrong(x, WCOW_VERDICT_WARNING, "it could not be mended: %s", c->err.message);
    else
        fixed = true;
    consultation_drop(c);
    return fixed;
}

static wcow_status look(round *r, const doctor_check *check, bool fixed, bool *again,
                        wcow_error *err)
{
    consultation *c = consultation_new(r->ward, r->ask, check, false);
    wcow_status status = WCOW_OK;

    *again = false;
    if (!c)
        return error_no_memory(err);
    if (!consultation_wait(c, r->limit)) {
        consultation_drop(c);
        return add_stuck(r, check, err);
    }
    if (r->fix && !fixed && check->fix && c->x.fixable)
        *again = mend(r, check, &c->x, err, &status);
    if (!status && !*again)
        status = add_row(r, check, &c->x, fixed && !c->x.fixable, err);
    if (!*again && c->x.verdict == WCOW_VERDICT_BROKEN)
        r->silent[check->lane] = check->lane == LANE_SERVICE || check->lane == LANE_NETWORK;
    consultation_drop(c);
    return status;
}

/* What was mended is looked at once more: that it is well is found, not believed. */
static wcow_status consult(round *r, const doctor_check *check, wcow_error *err)
{
    bool again = false;
    wcow_status status;

    if (check->needs_elevation && !r->ask->elevated())
        return add_unasked(r, check, "only an administrator is told",
                           "run 'wcow doctor' from an elevated prompt", WCOW_VERDICT_UNKNOWN, err);
    if (r->silent[check->lane])
        return add_unasked(r, check, "not asked: the service does not answer", "",
                           WCOW_VERDICT_UNKNOWN, err);
    status = look(r, check, false, &again, err);
    return !status && again ? look(r, check, true, &again, err) : status;
}

wcow_status doctor_examine(wcow_host *host, const wcow_examine_options *options,
                           const doctor_questions *ask, const doctor_check *checks, uint32_t limit,
                           char **json, wcow_verdict *worst, wcow_error *err)
{
    wcow_examine_options wish = WCOW_EXAMINE_OPTIONS_INIT;
    cleanup_json cJSON *rows = cJSON_CreateArray();
    round r = {.ask = ask, .limit = limit, .rows = rows};
    char *printed = NULL;
    wcow_status status = options_copy(&wish, sizeof wish, options, "wcow_examine_options", err);

    if (!status)
        status = rows ? ward_new(host, &r.ward, err) : error_no_memory(err);
    if (status)
        return status;
    r.fix = wish.fix;
    for (size_t i = 0; checks[i].id && !status; i++)
        status = consult(&r, &checks[i], err);
    ward_drop(r.ward);
    if (status)
        return status;
    printed = json_print(rows);
    if (!printed)
        return error_no_memory(err);
    *json = printed;
    *worst = r.worst;
    return WCOW_OK;
}

wcow_status wcow_host_examine(wcow_host *host, const wcow_examine_options *options, char **json,
                              wcow_verdict *worst, wcow_error *err)
{
    return doctor_examine(host, options, &doctor_asks_windows, doctor_checks, LIMIT, json, worst,
                          err);
}
