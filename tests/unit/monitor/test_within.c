/* SPDX-License-Identifier: MIT */
/* Containers that are watched by threads of the process that has started them. */
#include "tests/unit/engine/attached.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "engine/container/container.h"
#include "port/clock.h"

static const char *const echo[] = {"echo", "hello", NULL};
static const char *const ping[] = {"ping", NULL};

static int32_t no_process(void *context, wcow_host *host, const char *id, machine_child **child)
{
    (void)context;
    (void)host;
    (void)id;
    (void)child;
    return HR_FILE_NOT_FOUND;
}

/* As the test's fixture, but for its monitors: those are the library's affair. */
static int set_up(void **test)
{
    fixture *f = fixture_with_image(NULL);

    f->host->start_monitor = no_process;
    assert_ok(&f->err, wcow_monitor_within(f->host, &f->err));
    assert_ok(&f->err, wcow_monitor_within(f->host, &f->err)); /* once is enough */
    *test = f;
    return 0;
}

static int tear_down(void **test)
{
    fixture_free(*test);
    return 0;
}

static wcow_container *create(fixture *f, const char *name, const char *const *command,
                              bool start_follows)
{
    wcow_container_spec spec = WCOW_CONTAINER_SPEC_INIT;
    wcow_container *container = NULL;

    spec.image = IMAGE;
    spec.name = name;
    spec.command = command;
    spec.auto_remove = true;
    spec.start_follows = start_follows;
    assert_ok(&f->err, wcow_container_create(f->host, &spec, &container, &f->err));
    return container;
}

static void no_process_is_started_for_one(void **test)
{
    fixture *f = *test;
    wcow_container *web = create(f, "web", echo, true);
    attached_result r = attached_run(f, web, NULL, 0);

    assert_ok(&f->err, r.status);
    assert_string_equal(r.out, "hello\n");
    assert_int_equal(r.outcome.exit_code, 0);
    attached_free(&r);
    wcow_container_free(web);
    assert_int_equal(wcow_container_open(f->host, "web", &web, &f->err), WCOW_NOT_FOUND);
    fixture_assert_clean(f);
}

static void *kill_it(void *context)
{
    fixture *f = context;
    wcow_container *web = NULL;
    cleanup_free char *status = NULL;

    do {
        free(TAKE(status));
        clock_sleep(20);
        wcow_container_free(web);
        web = NULL;
        if (!wcow_container_open(f->host, "web", &web, NULL))
            status = fixture_inspect(f, web, "State.Status");
    } while (!status || !text_equal(status, "running"));
    assert_int_equal(wcow_container_kill(web, "KILL", NULL), WCOW_OK);
    wcow_container_free(web);
    return NULL;
}

static void others_reach_it_as_any(void **test)
{
    fixture *f = *test;
    wcow_container *web = create(f, "web", ping, true);
    pthread_t other;
    attached_result r;

    assert_int_equal(pthread_create(&other, NULL, kill_it, f), 0);
    r = attached_run(f, web, NULL, 0);
    pthread_join(other, NULL);
    assert_ok(&f->err, r.status);
    assert_int_not_equal(r.outcome.exit_code, 0);
    attached_free(&r);
    wcow_container_free(web);
    fixture_assert_clean(f);
}

static void the_host_waits_for_them(void **test)
{
    fixture *f = *test;
    wcow_container *web = create(f, "web", ping, true);

    assert_ok(&f->err, wcow_container_start(web, NULL, NULL, &f->err));
    assert_true(f->host->monitor_runs(f->host->start_context, wcow_container_id(web)));
    assert_ok(&f->err, wcow_container_stop(web, 0, &f->err));
    wcow_container_free(web);
    f->host->end_monitors(f->host->start_context);
    f->host->end_monitors = NULL;
    fixture_assert_clean(f);
}

static void one_that_ends_before_it_listens_is_noticed_at_once(void **test)
{
    fixture *f = *test;
    wcow_container *web = create(f, "web", ping, false);
    cleanup_free char *path =
        text_format("%s/containers/%s/container.log", f->root, wcow_container_id(web));
    const uint64_t begin = clock_ticks();

    (void)unlink(path);
    assert_int_equal(mkdir(path, 0700), 0);
    assert_int_not_equal(wcow_container_start(web, NULL, NULL, &f->err), WCOW_OK);
    assert_true(clock_ticks() - begin < f->host->limits.connect);
    assert_ok(&f->err, wcow_container_remove(web, true, &f->err));
    wcow_container_free(web);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(no_process_is_started_for_one, set_up, tear_down),
        cmocka_unit_test_setup_teardown(others_reach_it_as_any, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_host_waits_for_them, set_up, tear_down),
        cmocka_unit_test_setup_teardown(one_that_ends_before_it_listens_is_noticed_at_once, set_up,
                                        tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
