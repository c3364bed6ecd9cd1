/* SPDX-License-Identifier: MIT */
/* The self-test as a whole: its root, its image, its steps, its report. */
#include "engine/self_test/self_test.h"

#include <stdlib.h>
#include <string.h>

#include <wcow/container.h>
#include <wcow/image.h>

#include "base/docker_time.h"
#include "base/error.h"
#include "base/options.h"
#include "base/path.h"
#include "engine/host/store.h"
#include "port/clock.h"
#include "port/survey.h"

#define SUFFIX "-self-test"

typedef struct counts {
    size_t passed, differs, left_out;
} counts;

static void self_test_free(self_test *t)
{
    wcow_host_free(t->host);
    cJSON_Delete(t->step);
    string_list_free(&t->systems);
    string_list_free(&t->endpoints);
}

DEFINE_CLEANUP_VALUE(self_test, self_test, self_test_free)

/* The newest one that runs on it in process isolation (hcs.md: host and image builds). */
static const char *image_of(uint32_t build)
{
    static const struct {
        uint32_t build;
        const char *name;
    } images[] = {{26100, "mcr.microsoft.com/windows/nanoserver:ltsc2025"},
                  {20348, "mcr.microsoft.com/windows/nanoserver:ltsc2022"},
                  {17763, "mcr.microsoft.com/windows/nanoserver:ltsc2019"},
                  {0, "mcr.microsoft.com/windows/servercore:ltsc2016"}};
    size_t i = 0;

    while (build < images[i].build)
        i++;
    return images[i].name;
}

/* ---- its root ---- */

static wcow_status remove_root(wcow_host *own, wcow_error *err)
{
    cleanup_free char *parent = path_parent(own->root);

    if (!parent)
        return error_no_memory(err);
    return store_remove(own, parent, path_base_name(own->root), err);
}

/* Those of a test that was killed may run on: their monitors are processes of their own. */
static wcow_status end_containers(wcow_host *own, wcow_error *err)
{
    wcow_container_info *list = NULL;
    size_t count = 0;
    wcow_status status = wcow_container_list(own, &list, &count, err);

    for (size_t i = 0; !status && i < count; i++) {
        wcow_container *container = NULL;

        status = wcow_container_open(own, list[i].id, &container, err);
        if (!status)
            status = wcow_container_remove(container, true, err);
        wcow_container_free(container);
    }
    wcow_free(list);
    return status;
}

/* What an earlier test left: its containers and layers through the service, then the files. */
static wcow_status clear_root(wcow_host *own, wcow_error *err)
{
    const wcow_prune_options all = {.size = sizeof(all), .all = true};
    wcow_status status;

    if (!store_exists(own, own->root))
        return WCOW_OK;
    status = end_containers(own, err);
    if (!status)
        status = wcow_host_prune(own, &all, NULL, err);
    return status ? status : remove_root(own, err);
}

/* All ports, opened as a user's command would; a test's host lends its own. */
static wcow_status open_ports(wcow_host *host, wcow_host *own, wcow_error *err)
{
    hcs_port *hcs;
    storage_port *storage;
    files_port *files;
    wcow_status status;

    if (host->borrowed) {
        own->hcs = host->hcs;
        own->storage = host->storage;
        own->files = host->files;
        own->borrowed = true;
        own->limits = host->limits;
        own->version = host->version;
        own->start_monitor = host->start_monitor;
        own->start_context = host->start_context;
    }
    status = host_hcs(own, &hcs, err);
    if (!status)
        status = host_storage(own, &storage, err);
    return status ? status : host_files(own, &files, err);
}

static wcow_status open_root(wcow_host *host, self_test *t, wcow_error *err)
{
    cleanup_free char *root = text_format("%s" SUFFIX, host->root);
    wcow_host_options options = WCOW_HOST_OPTIONS_INIT;
    wcow_status status;

    if (!root)
        return error_no_memory(err);
    options.root = root;
    status = wcow_host_open(&options, &t->host, err);
    if (!status)
        status = open_ports(host, t->host, err);
    if (!status)
        status = host_check_root(t->host, t->host->files, err);
    if (!status)
        status = clear_root(t->host, err);
    return status ? status : store_make_directory(t->host, t->host->root, err);
}

/* ---- its image ---- */

static wcow_status copy_image(wcow_host *host, self_test *t, wcow_error *err)
{
    cleanup_free char *archive = self_test_path(t, "image.tar");
    uint64_t since = clock_ticks();
    wcow_status status;

    if (!archive)
        return error_no_memory(err);
    status = wcow_image_save(host, &t->image, 1, archive, err);
    note_status(t, "save", t->image, status, err, since);
    if (status)
        return status;
    since = clock_ticks();
    status = wcow_image_load(t->host, archive, NULL, err);
    note_status(t, "load", t->image, status, err, since);
    (void)t->host->files->remove_file(t->host->files, archive);
    return status;
}

/* From the host's own store, where it often is; else from its registry. */
static void take_image(wcow_host *host, self_test *t)
{
    wcow_error err = WCOW_ERROR_INIT;
    wcow_status status = copy_image(host, t, &err);

    if (status == WCOW_NOT_FOUND) {
        const uint64_t since = clock_ticks();

        status = wcow_image_pull(t->host, t->image, NULL, &err);
        note_status(t, "pull", t->image, status, &err, since);
    }
    t->have_image = !status;
    if (status)
        note_left_out(t, err.message);
}

/* ---- its steps ---- */

static void begin_step(self_test *t, const self_test_step *step, const char *isolation)
{
    t->step = cJSON_CreateObject();
    t->isolation = isolation;
    t->differs = false;
    t->left_out = false;
    if (!t->step)
        t->no_memory = true;
    note_text(t, "name", step->name);
    note_text(t, "isolation", isolation);
    note_text(t, "question", step->question);
}

static wcow_self_test_outcome outcome_of(const self_test *t)
{
    if (t->differs)
        return WCOW_SELF_TEST_DIFFERS;
    return t->left_out ? WCOW_SELF_TEST_LEFT_OUT : WCOW_SELF_TEST_PASSED;
}

static void end_step(self_test *t, uint64_t since, cJSON *steps, counts *counted)
{
    static const char *const names[] = {"", "passed", "differs", "left out"};
    const wcow_self_test_outcome outcome = outcome_of(t);

    note_text(t, "outcome", names[outcome]);
    note_number(t, "ms", (int64_t)(clock_ticks() - since));
    counted->passed += outcome == WCOW_SELF_TEST_PASSED;
    counted->differs += outcome == WCOW_SELF_TEST_DIFFERS;
    counted->left_out += outcome == WCOW_SELF_TEST_LEFT_OUT;
    if (!json_append(steps, TAKE(t->step)))
        t->no_memory = true;
}

static bool can_be_tried(self_test *t, const self_test_step *step)
{
    const bool hyperv = text_equal(t->isolation, "hyperv");

    if (step->need != SELF_TEST_NOTHING && !t->have_image)
        note_left_out(t, "there is no image: see the step 'take-image'");
    else if (step->need >= SELF_TEST_CONTAINER &&
             t->broken[hyperv ? WCOW_ISOLATION_HYPERV : WCOW_ISOLATION_PROCESS])
        note_left_out(t, "no container runs with this isolation: see the step 'codes'");
    else
        return true;
    return false;
}

typedef struct telling {
    const wcow_self_test_options *options;
    cJSON *steps;
    counts counted;
} telling;

static void tell(const telling *to, const self_test_step *step, const char *isolation,
                 wcow_self_test_outcome outcome, const char *why)
{
    cleanup_free char *name =
        isolation ? text_format("%s (%s)", step->name, isolation) : text_copy(step->name);

    if (to->options->told)
        to->options->told(to->options->context, name ? name : step->name, outcome, why);
}

static void try_step(self_test *t, const self_test_step *step, const char *isolation, telling *to)
{
    const uint64_t since = clock_ticks();

    tell(to, step, isolation, WCOW_SELF_TEST_BEGINS, NULL);
    begin_step(t, step, isolation);
    if (t->no_memory)
        return;
    if (can_be_tried(t, step))
        step->run(t);
    tell(to, step, isolation, outcome_of(t), json_text(t->step, "leftOut", NULL));
    end_step(t, since, to->steps, &to->counted);
}

static void try_steps(self_test *t, telling *to)
{
    for (const self_test_step *step = self_test_steps; step->name && !t->no_memory; step++) {
        const bool isolated = step->need >= SELF_TEST_CONTAINER;

        try_step(t, step, isolated ? "process" : NULL, to);
        if (step->need == SELF_TEST_CONTAINER && !to->options->no_hyperv && !t->no_memory)
            try_step(t, step, "hyperv", to);
    }
}

/* The first step is no line of the table: it needs the host that the image may be in. */
static void try_image(wcow_host *host, self_test *t, telling *to)
{
    static const self_test_step taking = {"take-image", "how long does an image take to come?",
                                          SELF_TEST_NOTHING, NULL};
    const uint64_t since = clock_ticks();

    tell(to, &taking, NULL, WCOW_SELF_TEST_BEGINS, NULL);
    begin_step(t, &taking, NULL);
    if (t->no_memory)
        return;
    leftovers_begin(t);
    take_image(host, t);
    tell(to, &taking, NULL, outcome_of(t), json_text(t->step, "leftOut", NULL));
    end_step(t, since, to->steps, &to->counted);
}

/* ---- its report ---- */

static char *make_report(const self_test *t, telling *to, const wcow_error *left)
{
    cleanup_json cJSON *report = cJSON_CreateObject();
    char now[TIME_TEXT_SIZE];

    docker_time_print(clock_now(), now);
    if (!report || !json_add_text(report, "wcow", wcow_version()) ||
        !json_add_text(report, "time", now) || !json_add_text(report, "image", t->image) ||
        !json_add_text(report, "rootLeft", left->status ? left->message : NULL) ||
        !json_add_integer(report, "passed", (int64_t)to->counted.passed) ||
        !json_add_integer(report, "differs", (int64_t)to->counted.differs) ||
        !json_add_integer(report, "leftOut", (int64_t)to->counted.left_out) ||
        !json_add(report, "steps", TAKE(to->steps)))
        return NULL;
    return json_print_pretty(report);
}

wcow_status self_test_run(wcow_host *host, const wcow_self_test_options *options,
                          self_test_program *program, char **json, bool *passed, wcow_error *err)
{
    CLEANUP(self_test) self_test t = {.program = program};
    telling to = {options, NULL, {0, 0, 0}};
    wcow_error left = WCOW_ERROR_INIT;
    cleanup_free char *report = NULL;
    wcow_status status = open_root(host, &t, err);

    if (status)
        return error_wrap(err, status, "cannot begin the self-test");
    t.image = options->image ? options->image : image_of(t.host->version.build);
    to.steps = cJSON_CreateArray();
    t.no_memory = !to.steps;
    if (!t.no_memory)
        try_image(host, &t, &to);
    try_steps(&t, &to);
    ignore(remove_root(t.host, &left));
    report = make_report(&t, &to, &left);
    cJSON_Delete(to.steps);
    if (t.no_memory || !report)
        return error_no_memory(err);
    *json = TAKE(report);
    *passed = !to.counted.differs && !left.status;
    return WCOW_OK;
}

wcow_status wcow_host_self_test(wcow_host *host, const wcow_self_test_options *options, char **json,
                                bool *passed, wcow_error *err)
{
    wcow_self_test_options how = WCOW_SELF_TEST_OPTIONS_INIT;
    const wcow_status taken =
        options_copy(&how, sizeof how, options, "wcow_self_test_options", err);
    hcs_port *hcs;
    wcow_status status = host_hcs(host, &hcs, err);

    if (status)
        return status;
    if (!machine_elevated())
        return error_set(err, WCOW_DENIED,
                         "the self-test needs an elevated process: run it from an elevated prompt");
    return taken ? taken : self_test_run(host, &how, survey_run_self, json, passed, err);
}
