/* SPDX-License-Identifier: MIT */
/*
 * wcow stats: what running containers take of the host, once or drawn anew all the time. Each has
 * a watch of its own (wcow/stats.h), so that one which does not answer shows as "--" and holds up
 * none of the others. Who is there is looked up every second: a container that is started appears,
 * one that ends goes, or stays with zeros if it was named or all are wanted.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/condition.h"
#include "base/error.h"
#include "cli/all.h"
#include "cli/human.h"
#include "cli/listing.h"
#include "cli/output.h"

#include <wcow/stats.h>

#define FRAME   500u   /* ms between two pictures: Docker's */
#define PATIENT 10000u /* ms for the two samples that --no-stream wants */
#define HASTY   2000u  /* ms for the first picture: what has not come by then shows as "--" */

struct stats {
    bool all, human, once, whole;
    const char *format;
};

static const struct stats defaults = {.human = true};

static const struct option options[] = {
    {'a', "all", OPTION_FLAG, offsetof(struct stats, all), NULL,
     "Show all containers (default shows just running)"},
    {0, "format", OPTION_STRING, offsetof(struct stats, format), "string",
     "Format output: table, table TEMPLATE, json, or TEMPLATE"},
    {0, "human", OPTION_FLAG, offsetof(struct stats, human), NULL, HUMAN_SIZES_HELP},
    {0, "no-stream", OPTION_FLAG, offsetof(struct stats, once), NULL,
     "Disable streaming stats and only pull the first result"},
    {0, "no-trunc", OPTION_FLAG, offsetof(struct stats, whole), NULL, "Do not truncate output"},
    {0},
};

static const struct column columns[] = {
    {"BlockIO", "BLOCK I/O"},   {"CPUPerc", "CPU %"},
    {"Container", "CONTAINER"}, {"ID", "CONTAINER ID"},
    {"MemPerc", "MEM %"},       {"MemUsage", "PRIV WORKING SET"},
    {"Name", "NAME"},           {"NetIO", "NET I/O"},
    {"PIDs", "PIDS"},           {NULL, NULL},
};

#define TABLE "{{.ID}}\t{{.Name}}\t{{.CPUPerc}}\t{{.MemUsage}}\t{{.NetIO}}\t{{.BlockIO}}"

/* One container that is watched. */
struct watched {
    const char *named; /* what the user called it; NULL: nobody did */
    char *id, *name;
    bool there, running; /* when it was last looked for */
    bool over;           /* its watch has seen the end of a run: another needs another */
    wcow_stats_watch *watch;
    struct watched *next;
};

struct view {
    struct session *session;
    wcow_host *host;
    const struct stats *wishes;
    struct watched *first;
    struct listing listing;
    bool named; /* those that the user named, and no others */
    bool shown; /* a picture has been drawn */
};

static void watched_free(struct watched *w)
{
    wcow_stats_watch_free(w->watch);
    free(w->id);
    free(w->name);
    free(w);
}

static void view_free(struct view *view)
{
    for (struct watched *w = view->first, *next; w; w = next) {
        next = w->next;
        watched_free(w);
    }
}

DEFINE_CLEANUP_VALUE(view, struct view, view_free)

/* At the end; NULL: out of memory. */
static struct watched *watched_add(struct view *view, const char *id, const char *name)
{
    struct watched **end = &view->first;
    struct watched *w = calloc(1, sizeof(*w));

    if (!w)
        return NULL;
    w->id = text_copy(id);
    w->name = text_copy(name);
    if (!w->id || !w->name) {
        watched_free(w);
        return NULL;
    }
    while (*end)
        end = &(*end)->next;
    return *end = w;
}

static struct watched *watched_find(const struct view *view, const char *id)
{
    struct watched *w = view->first;

    while (w && !text_equal(w->id, id))
        w = w->next;
    return w;
}

/* ---- who is there ---- */

/* All are tried before it fails, as in Docker. */
static wcow_status find_named(struct view *view, wcow_error *err)
{
    wcow_error first = WCOW_ERROR_INIT;
    unsigned failures = 0;

    for (int i = 0; i < view->session->count; i++) {
        cleanup_container wcow_container *container = NULL;
        wcow_error failure = WCOW_ERROR_INIT;
        struct watched *w = NULL;

        if (session_container(view->session, view->session->arguments[i], &container, &failure)) {
            if (failures++)
                session_report(view->session, &failure);
            else
                first = failure;
            continue;
        }
        if (watched_find(view, wcow_container_id(container)))
            continue;
        w = watched_add(view, wcow_container_id(container), wcow_container_name(container));
        if (!w)
            return error_no_memory(err);
        w->named = view->session->arguments[i];
    }
    return failures ? error_pass(err, first.status, &first) : WCOW_OK;
}

/* A watch of one that runs, and of no other. */
static wcow_status watch_it(struct view *view, struct watched *w, wcow_error *err)
{
    cleanup_container wcow_container *container = NULL;

    if (!w->running || w->over) {
        wcow_stats_watch_free(TAKE(w->watch));
        w->over = false;
    }
    if (!w->running || w->watch)
        return WCOW_OK;
    /* It may be removed meanwhile: the next look tells. */
    if (session_container(view->session, w->id, &container, NULL))
        return WCOW_OK;
    return wcow_stats_watch_start(container, &w->watch, err);
}

static wcow_status take_over(struct view *view, const wcow_container_info *info, wcow_error *err)
{
    struct watched *w = watched_find(view, info->id);

    if (!w && (view->named || (!info->running && !view->wishes->all)))
        return WCOW_OK;
    if (!w)
        w = watched_add(view, info->id, info->name);
    if (!w || !text_replace(&w->name, info->name))
        return error_no_memory(err);
    w->there = info->running || view->named || view->wishes->all;
    w->running = info->running;
    return watch_it(view, w, err);
}

static void drop_those_gone(struct view *view)
{
    for (struct watched **at = &view->first; *at;) {
        struct watched *w = *at;

        if (w->there) {
            at = &w->next;
        } else {
            *at = w->next;
            watched_free(w);
        }
    }
}

static wcow_status look(struct view *view, wcow_error *err)
{
    cleanup_wcow wcow_container_info *infos = NULL;
    size_t count = 0;
    wcow_status status = wcow_container_list(view->host, &infos, &count, err);

    for (struct watched *w = view->first; w; w = w->next)
        w->there = false;
    for (size_t i = 0; !status && i < count; i++)
        status = take_over(view, &infos[i], err);
    if (!status)
        drop_those_gone(view);
    return status;
}

/* ---- the picture ---- */

static bool add(cJSON *row, const char *key, text *value)
{
    bool fine = !value->failed && json_add_text(row, key, text_get(value));

    text_cut(value, 0);
    return fine;
}

static void add_two_sizes(const struct view *view, uint64_t one, uint64_t other, bool known,
                          text *out)
{
    if (!known) {
        text_add(out, "--");
        return;
    }
    human_size_or_bytes(view->wishes->human, one, 3, out);
    text_add(out, " / ");
    human_size_or_bytes(view->wishes->human, other, 3, out);
}

static void add_id(const struct view *view, const char *id, text *out)
{
    if (view->wishes->whole)
        text_add(out, id);
    else
        human_id(id, out);
}

/* `sample` NULL: there is none to be had. Members stand in the order of their names. */
static cJSON *row_new(const struct view *view, const struct watched *w, const wcow_stats *sample)
{
    static const wcow_stats nothing;
    const wcow_stats *s = sample ? sample : &nothing;
    cleanup_json cJSON *row = cJSON_CreateObject();
    cleanup_text text value = TEXT_INIT;
    bool fine = row != NULL;

    add_two_sizes(view, s->read_bytes, s->write_bytes, sample != NULL, &value);
    fine = fine && add(row, "BlockIO", &value);
    text_addf(&value, sample ? "%.2f%%" : "--", s->cpu_percent);
    fine = fine && add(row, "CPUPerc", &value);
    if (w->named)
        text_add(&value, w->named);
    else
        add_id(view, w->id, &value);
    fine = fine && add(row, "Container", &value);
    add_id(view, w->id, &value);
    fine = fine && add(row, "ID", &value) && json_add_text(row, "MemPerc", "--");
    if (!sample)
        text_add(&value, "-- / --");
    else if (view->wishes->human)
        human_memory(s->private_working_set, &value);
    else
        text_addf(&value, "%" PRIu64, s->private_working_set);
    fine = fine && add(row, "MemUsage", &value) &&
           json_add_text(row, "Name", *w->name ? w->name : "--");
    add_two_sizes(view, s->received_bytes, s->sent_bytes, sample && s->network_known, &value);
    fine = fine && add(row, "NetIO", &value) && json_add_text(row, "PIDs", "--");
    return fine ? TAKE(row) : NULL;
}

/* One that does not run takes nothing. What fails is an error of the program's only where nobody
 * looks at a second picture. */
static cJSON *row_of(struct view *view, struct watched *w, uint64_t give_up)
{
    static const wcow_stats nothing = {.network_known = true};
    const bool once = view->wishes->once;
    const uint32_t wait = view->shown ? 0 : ticks_left(give_up);
    cleanup_wcow wcow_stats *sample = NULL;
    wcow_error failure = WCOW_ERROR_INIT;
    wcow_status status;

    if (!w->watch)
        return row_new(view, w, &nothing);
    status = wcow_stats_watch_latest(w->watch, once ? 2 : 1, wait, &sample, &failure);
    w->over = status == WCOW_CONFLICT || status == WCOW_NOT_FOUND;
    if (w->over)
        return row_new(view, w, &nothing);
    if (status && once) {
        error_wrap(&failure, status, "container '%s'", w->name);
        session_report(view->session, &failure);
    }
    return row_new(view, w, status ? NULL : sample);
}

/* Docker's way to draw over the picture before: home, each line cleared behind its text, and all
 * that was below. It does so whether or not a terminal reads it. */
static void frame(const text *picture, text *out)
{
    text_add(out, "\033[H");
    for (const char *at = text_get(picture); *at;) {
        const size_t length = strcspn(at, "\n");

        text_add_bytes(out, at, length);
        text_add(out, "\033[K\n");
        at += length + (at[length] == '\n');
    }
    text_add(out, "\033[J");
}

/* *over: nobody reads any more. */
static wcow_status draw(struct view *view, bool *over, wcow_error *err)
{
    const uint64_t give_up = ticks_after(view->wishes->once ? PATIENT : HASTY);
    cleanup_json cJSON *rows = cJSON_CreateArray();
    cleanup_text text picture = TEXT_INIT;
    cleanup_text text framed = TEXT_INIT;
    const text *out = view->wishes->once ? &picture : &framed;
    wcow_status status;

    for (struct watched *w = view->first; w; w = w->next)
        if (!json_append(rows, row_of(view, w, give_up)))
            return error_no_memory(err);
    status = rows ? listing_format(&picture, &view->listing, rows, err) : error_no_memory(err);
    if (status)
        return status;
    frame(&picture, &framed);
    if (out->failed)
        return error_no_memory(err);
    *over = !output_write(view->session->out, text_get(out), out->length);
    view->shown = true;
    return WCOW_OK;
}

/* ---- doing it ---- */

static void pause_for(uint32_t milliseconds)
{
    pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    const uint64_t deadline = ticks_after(milliseconds);
    condition never;

    if (!condition_init(&never))
        return;
    pthread_mutex_lock(&lock);
    while (condition_wait_until(&never, &lock, deadline))
        ;
    pthread_mutex_unlock(&lock);
    condition_free(&never);
}

/* Ctrl-C ends it wherever it is: a picture is one write, and there is nothing to put back. */
static wcow_status show(struct view *view, wcow_error *err)
{
    bool over = false;
    wcow_status status = WCOW_OK;

    for (unsigned n = 0; !status && !over; n++) {
        if (n > 0)
            pause_for(FRAME);
        if (n % 2 == 0)
            status = look(view, err);
        if (!status && view->named && !view->first && n > 0)
            return WCOW_OK; /* all have been removed */
        if (!status)
            status = draw(view, &over, err);
        over = over || view->wishes->once;
    }
    return status;
}

static wcow_status run(struct session *session, void *values, wcow_error *err)
{
    struct stats *stats = values;
    cleanup_wcow char *kept = NULL;
    CLEANUP(view) struct view view = {.session = session, .wishes = stats};
    wcow_status status = session_setting(session, "statsFormat", &stats->format, &kept, err);

    view.listing = (struct listing){.format = stats->format, .standard = TABLE, .columns = columns};
    view.named = session->count > 0;
    if (!status)
        status = session_host(session, &view.host, err);
    if (!status)
        status = find_named(&view, err);
    return status ? status : show(&view, err);
}

const struct command cmd_stats = {
    .name = "stats",
    .also = {"container stats"},
    .section = SECTION_OTHER,
    .summary = "Display a live stream of container(s) resource usage statistics",
    .arguments = "[CONTAINER...]",
    .notes = "Memory is the private working set, CPU a share of all processors, as Docker shows "
             "them for Windows. \"--\": the service does not answer.",
    .options = options,
    .size = sizeof(struct stats),
    .defaults = &defaults,
    .maximum = -1,
    .run = run,
};
