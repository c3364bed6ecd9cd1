/* SPDX-License-Identifier: MIT */
/* What becomes of a container with --rm that somebody restarts. */
#include "tests/unit/engine/fixture.h"

#include <string.h>

#include "base/error.h"
#include "engine/container/container.h"
#include "engine/container/monitor_link.h"
#include "engine/container/reconcile.h"
#include "port/clock.h"

static void ask(fixture *f, const connection *link, const char *request)
{
    assert_ok(&f->err, frame_write(link->pipe, FRAME_REQUEST, request, strlen(request), &f->err));
}

static void read_until(fixture *f, const connection *link, frame_type wanted)
{
    frame_type type;

    do {
        cleanup_frame frame answer = FRAME_INIT;

        assert_ok(&f->err, frame_read(link->pipe, 8000, &answer, &f->err));
        type = answer.type;
    } while (type != wanted);
}

static const char *const deaf[] = {"stuck", NULL};

static wcow_container *run_removed(fixture *f, const char *const *command)
{
    wcow_container_spec spec = WCOW_CONTAINER_SPEC_INIT;
    wcow_container *web = NULL;

    spec.image = IMAGE;
    spec.name = "web";
    spec.command = command;
    spec.auto_remove = true;
    assert_ok(&f->err, wcow_container_create(f->host, &spec, &web, &f->err));
    assert_ok(&f->err, wcow_container_start(web, NULL, NULL, &f->err));
    return web;
}

static void begin_restart(fixture *f, wcow_container *web, const char *request, connection *link)
{
    assert_ok(&f->err, monitor_connect(web, 5000, link, &f->err));
    ask(f, link, request);
    clock_sleep(200);
}

static void assert_removed(fixture *f, wcow_container *web)
{
    fixture_settle(f);
    assert_true(container_gone(web));
    wcow_container_free(web);
    fixture_assert_clean(f);
}

static void one_that_is_restarted_stays(void **test)
{
    fixture *f = *test;
    wcow_container *web = run_removed(f, deaf);
    connection link = CONNECTION_INIT;

    begin_restart(f, web, "{\"do\":\"stop\",\"seconds\":0,\"keeps\":true}", &link);
    read_until(f, &link, FRAME_DONE);
    connection_close(&link);
    fixture_settle(f);
    assert_false(container_gone(web));
    assert_ok(&f->err, wcow_container_remove(web, true, &f->err));
    wcow_container_free(web);
}

static void unless_somebody_kills_it(void **test)
{
    fixture *f = *test;
    wcow_container *web = run_removed(f, deaf);
    connection link = CONNECTION_INIT;

    begin_restart(f, web, "{\"do\":\"stop\",\"seconds\":60,\"keeps\":true}", &link);
    assert_ok(&f->err, wcow_container_kill(web, NULL, &f->err));
    connection_close(&link);
    assert_removed(f, web);
}

/* His reader is at the stop at that time, and reads nothing. */
static void or_who_restarts_it_goes_during_his_stop(void **test)
{
    fixture *f = *test;
    wcow_container *web = run_removed(f, deaf);
    connection link = CONNECTION_INIT;

    begin_restart(f, web, "{\"do\":\"stop\",\"seconds\":1,\"keeps\":true}", &link);
    connection_close(&link);
    assert_removed(f, web);
}

/* The service does not end it; in the end it does so by itself. */
static void or_it_could_not_be_stopped(void **test)
{
    static const char *const sleep[] = {"sleep", "2000", NULL};
    static const char *const calls[] = {"HcsSignalProcess", "HcsTerminateProcess",
                                        "HcsTerminateComputeSystem"};
    fixture *f = *test;
    wcow_container *web = run_removed(f, sleep);
    connection link = CONNECTION_INIT;

    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
        cleanup_free char *fault =
            text_format("{\"call\":\"%s\",\"every\":true,\"hr\":\"0x80004005\"}", calls[i]);

        assert_true(sim_fault(f->fake->sim, fault));
    }
    begin_restart(f, web, "{\"do\":\"stop\",\"seconds\":0,\"keeps\":true}", &link);
    read_until(f, &link, FRAME_ERROR);
    sim_faults_clear(f->fake->sim);
    for (int i = 0; i < 500 && !container_gone(web); i++)
        clock_sleep(20); /* who restarts it is there all the time */
    assert_true(container_gone(web));
    connection_close(&link);
    assert_removed(f, web);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)
        TEST(one_that_is_restarted_stays),
        TEST(unless_somebody_kills_it),
        TEST(or_who_restarts_it_goes_during_his_stop),
        TEST(or_it_could_not_be_stopped),
    };

    return cmocka_run_group_tests_name("monitor/request", tests, NULL, NULL);
}
