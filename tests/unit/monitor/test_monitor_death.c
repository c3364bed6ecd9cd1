/* SPDX-License-Identifier: MIT */
/* Monitors that end before their container has started, or as somebody comes. */
#include "tests/unit/engine/fixture.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/text.h"
#include "engine/container/container.h"
#include "engine/container/reconcile.h"
#include "engine/container/state.h"
#include "engine/host/paths.h"
#include "link/protocol.h"
#include "port/clock.h"
#include "port/machine.h"
#include "port/pipe.h"

static const char *const ping[] = {"ping", NULL};

/* What is started for a monitor. */
typedef struct death {
    fixture *f;
    host_start_monitor *living; /* the fixture's */
    const state *before;        /* what it writes down first; NULL: nothing */
    unsigned hang_ups;          /* so many of them; the next one lives */
    unsigned deaths, started;   /* so many die first; so many there were */
    pipe_server *server;
    pthread_t thread;
} death;

static int set_up(void **test)
{
    static death d;

    d = (death){.f = fixture_with_image(NULL)};
    d.living = d.f->host->start_monitor;
    d.f->host->start_context = &d;
    *test = &d;
    return 0;
}

static int tear_down(void **test)
{
    death *d = *test;

    d->f->host->start_context = d->f;
    fixture_free(d->f);
    return 0;
}

static int32_t write_down(const death *d, wcow_host *host, const char *id)
{
    return d->before && state_write(host, id, d->before, NULL) ? HR_FROM_WIN32(1) : HR_OK;
}

/* This program with an argument: see main(). */
static int32_t start_a_dying_one(void *context, wcow_host *host, const char *id,
                                 machine_child **child)
{
    static const char *const arguments[] = {"5", NULL};
    int32_t hr = write_down(context, host, id);

    return HR_FAILED(hr) ? hr : machine_start_self(arguments, child);
}

/* Takes the request and goes; its name is free before the client knows. */
static void *hang_up(void *context)
{
    death *d = context;
    cleanup_frame frame request = FRAME_INIT;
    cleanup_stream stream *client = NULL;

    if (HR_SUCCEEDED(pipe_accept(d->server, &client)))
        ignore(frame_read(client, FRAME_FOREVER, &request, NULL));
    pipe_server_free(d->server);
    return NULL;
}

static int32_t start_one_that_hangs_up(void *context, wcow_host *host, const char *id,
                                       machine_child **child)
{
    death *d = context;
    cleanup_free char *name = path_of_pipe(host, id);
    int32_t hr;

    if (d->hang_ups == 0)
        return d->living(d->f, host, id, child);
    d->hang_ups--;
    hr = write_down(d, host, id);
    if (HR_SUCCEEDED(hr))
        hr = pipe_listen(name, &d->server);
    if (HR_SUCCEEDED(hr) && pthread_create(&d->thread, NULL, hang_up, d) != 0)
        hr = HR_OUT_OF_MEMORY;
    return hr;
}

static void remove_it(death *d, wcow_container *container)
{
    assert_ok(&d->f->err, wcow_container_remove(container, true, &d->f->err));
    wcow_container_free(container);
}

static void one_that_dies_before_it_listens_is_told_with_its_exit_code(void **test)
{
    death *d = *test;
    wcow_container *web = fixture_create(d->f, "web", ping);

    d->f->host->start_monitor = start_a_dying_one;
    assert_fails(&d->f->err, WCOW_FAILED,
                 "cannot start container 'web': its monitor process ended at once with exit code 5",
                 wcow_container_start(web, NULL, NULL, &d->f->err));
    remove_it(d, web);
}

static void or_with_what_it_wrote_down(void **test)
{
    char why[] = "cannot open the log";
    const state failed = {.phase = PHASE_EXITED, .exit_code = 125, .error = why};
    death *d = *test;
    wcow_container *web = fixture_create(d->f, "web", ping);

    d->before = &failed;
    d->f->host->start_monitor = start_a_dying_one;
    assert_fails(&d->f->err, WCOW_FAILED,
                 "cannot start container 'web': its monitor ended at once: cannot open the log",
                 wcow_container_start(web, NULL, NULL, &d->f->err));
    remove_it(d, web);
}

/* rm -f was faster: the monitor found nothing, and its end is not the news. */
static int32_t start_one_whose_container_is_removed(void *context, wcow_host *host, const char *id,
                                                    machine_child **child)
{
    const death *d = context;
    wcow_container *container = container_new(host, id, "web");
    int32_t hr = wcow_container_remove(container, true, &d->f->err) ? HR_FROM_WIN32(1) : HR_OK;

    wcow_container_free(container);
    return HR_FAILED(hr) ? hr : start_a_dying_one(context, host, id, child);
}

static void one_that_dies_since_its_container_was_removed_is_told_as_that(void **test)
{
    death *d = *test;
    wcow_container *web = fixture_create(d->f, "web", ping);

    d->f->host->start_monitor = start_one_whose_container_is_removed;
    assert_fails(&d->f->err, WCOW_NOT_FOUND, "container 'web' was removed by another command",
                 wcow_container_start(web, NULL, NULL, &d->f->err));
    assert_fails(&d->f->err, WCOW_NOT_FOUND, "container 'web' was removed by another command",
                 wcow_container_stop(web, 1, &d->f->err));
    wcow_container_free(web);
}

static void one_that_leaves_as_it_is_asked_is_followed_by_another(void **test)
{
    death *d = *test;
    wcow_container *web = fixture_create(d->f, "web", ping);

    d->hang_ups = 1;
    d->f->host->start_monitor = start_one_that_hangs_up;
    assert_ok(&d->f->err, wcow_container_start(web, NULL, NULL, &d->f->err));
    assert_int_equal(d->hang_ups, 0);
    pthread_join(d->thread, NULL);
    remove_it(d, web);
}

/* It may have done much before: nobody does it again. */
static void one_that_dies_while_it_starts_is_not_followed(void **test)
{
    const state starting = {.phase = PHASE_STARTING, .started = 1};
    wcow_attach_options attach = WCOW_ATTACH_OPTIONS_INIT;
    wcow_outcome outcome = WCOW_OUTCOME_INIT;
    death *d = *test;
    wcow_container *web = fixture_create(d->f, "web", ping);

    attach.standard_output = false;
    attach.standard_error = false;
    d->hang_ups = 2;
    d->before = &starting;
    d->f->host->start_monitor = start_one_that_hangs_up;
    assert_fails(&d->f->err, WCOW_UNAVAILABLE,
                 "cannot start container 'web': its monitor died while starting it",
                 wcow_container_start(web, &attach, &outcome, &d->f->err));
    pthread_join(d->thread, NULL);
    assert_int_equal(d->hang_ups, 1);
    remove_it(d, web);
}

/* ---- started while its container is made ---- */

static int32_t start_some(void *context, wcow_host *host, const char *id, machine_child **child)
{
    death *d = context;

    return d->started++ < d->deaths ? start_a_dying_one(d, host, id, child)
                                    : d->living(d->f, host, id, child);
}

static void run_at_once(death *d, unsigned deaths)
{
    wcow_container_spec spec = WCOW_CONTAINER_SPEC_INIT;
    wcow_container *web = NULL;

    spec.image = IMAGE;
    spec.name = "web";
    spec.command = ping;
    spec.start_follows = true;
    d->deaths = deaths;
    d->started = 0;
    d->f->host->start_monitor = start_some;
    assert_ok(&d->f->err, wcow_container_create(d->f->host, &spec, &web, &d->f->err));
    assert_int_equal(d->started, 1);
    assert_ok(&d->f->err, wcow_container_start(web, NULL, NULL, &d->f->err));
    assert_int_equal(d->started, 1 + deaths);
    remove_it(d, web);
}

static void one_that_was_started_ahead_is_the_only_one(void **test)
{
    run_at_once(*test, 0);
}

static void one_that_was_started_ahead_and_died_is_followed_by_another(void **test)
{
    run_at_once(*test, 1);
}

/* Nobody will ever ask it for anything: it does not keep what is to go. */
static void one_that_was_started_ahead_for_nothing_leaves(void **test)
{
    death *d = *test;
    wcow_container_spec spec = WCOW_CONTAINER_SPEC_INIT;
    wcow_container *web = NULL;

    spec.image = IMAGE;
    spec.name = "web";
    spec.command = ping;
    spec.start_follows = true;
    d->f->host->start_monitor = start_some;
    assert_ok(&d->f->err, wcow_container_create(d->f->host, &spec, &web, &d->f->err));
    remove_it(d, web);
    fixture_settle(d->f);
}

/* A monitor whose pipe is gone already, and whose container's end is recorded in a moment. */
static void *end_in_a_moment(void *context)
{
    fixture *f = context;
    cleanup_free char *id = NULL;
    wcow_container_info *list = NULL;
    size_t count = 0;
    state ended = {.phase = PHASE_EXITED, .started = 1, .finished = 2, .exit_code = 5};

    ignore(wcow_container_list(f->host, &list, &count, NULL));
    id = count ? text_copy(list[0].id) : NULL;
    wcow_free(list);
    clock_sleep(200);
    if (id)
        ignore(state_write(f->host, id, &ended, NULL));
    return NULL;
}

static void who_attaches_while_the_pipe_goes_learns_how_it_ended(void **test)
{
    const death *d = *test;
    fixture *f = d->f;
    wcow_container *web = fixture_create(f, "web", ping);
    state running = {.phase = PHASE_RUNNING, .started = 1};
    wcow_attach_options attach = WCOW_ATTACH_OPTIONS_INIT;
    wcow_outcome outcome = WCOW_OUTCOME_INIT;
    store_lock owner = STORE_LOCK_INIT;
    pthread_t monitor;

    assert_ok(&f->err, state_write(f->host, wcow_container_id(web), &running, &f->err));
    assert_ok(&f->err, container_own(f->host, wcow_container_id(web), 1000, &owner, &f->err));
    assert_int_equal(pthread_create(&monitor, NULL, end_in_a_moment, f), 0);
    assert_ok(&f->err, wcow_container_attach(web, &attach, &outcome, &f->err));
    assert_int_equal(outcome.exit_code, 5);
    pthread_join(monitor, NULL);
    store_lock_release(&owner);
    assert_ok(&f->err, wcow_container_remove(web, true, &f->err));
    wcow_container_free(web);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        TEST(one_that_dies_before_it_listens_is_told_with_its_exit_code),
        TEST(or_with_what_it_wrote_down),
        TEST(one_that_dies_since_its_container_was_removed_is_told_as_that),
        TEST(one_that_leaves_as_it_is_asked_is_followed_by_another),
        TEST(one_that_dies_while_it_starts_is_not_followed),
        TEST(one_that_was_started_ahead_is_the_only_one),
        TEST(one_that_was_started_ahead_and_died_is_followed_by_another),
        TEST(one_that_was_started_ahead_for_nothing_leaves),
        TEST(who_attaches_while_the_pipe_goes_learns_how_it_ended),
    };

    if (argc > 1) /* a monitor */
        return atoi(argv[1]);
    return cmocka_run_group_tests_name("container/monitor_death", tests, NULL, NULL);
}
