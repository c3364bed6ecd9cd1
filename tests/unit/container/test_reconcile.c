/* SPDX-License-Identifier: MIT */
/* Dead monitors, crashed creators, and many callers at once. */
#include "tests/unit/container/fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/path.h"
#include "container/container.h"
#include "container/host/paths.h"
#include "container/record.h"

static const char *const ping[] = {"ping", NULL};

static int set_up(void **test)
{
    *test = fixture_with_image(NULL);
    return 0;
}

static int tear_down(void **test)
{
    fixture_free(*test);
    return 0;
}

/* As after the death of a monitor: the state says "running", nobody holds the lock. */
static void pretend(fixture *f, wcow_container *container, phase p)
{
    state s = {.phase = p,
               .pid = 7,
               .monitor_pid = 8,
               .started = 1,
               .system = true,
               .mounted = true,
               .networked = true};

    assert_ok(&f->err, state_write(f->host, container->id, &s, &f->err));
}

static void a_container_without_its_monitor_is_brought_to_rest(void **test)
{
    fixture *f = *test;
    wcow_container *web = fixture_create(f, "web", ping);
    cleanup_free char *scratch = text_format("%s/containers/%s/scratch/%s", f->root,
                                             wcow_container_id(web), wcow_container_id(web));
    cleanup_free char *status = NULL;
    cleanup_free char *code = NULL;

    assert_int_equal(f->fake->storage->activate_layer(f->fake->storage, scratch), 0);
    pretend(f, web, PHASE_RUNNING);
    assert_int_equal(fixture_left(f, "mounted"), 1);
    status = fixture_inspect(f, web, "State.Status");
    code = fixture_inspect(f, web, "State.ExitCode");
    assert_string_equal(status, "exited");
    assert_string_equal(code, "255");
    fixture_assert_clean(f);
    assert_ok(&f->err, wcow_container_start(web, NULL, NULL, &f->err));
    assert_ok(&f->err, wcow_container_remove(web, true, &f->err));
    fixture_assert_clean(f);
    wcow_container_free(web);
}

static void what_died_while_being_made_or_removed_can_only_be_removed(void **test)
{
    static const phase phases[] = {PHASE_CREATING, PHASE_REMOVING};
    fixture *f = *test;

    for (size_t i = 0; i < 2; i++) {
        wcow_container *web = fixture_create(f, "web", ping);
        cleanup_free char *status = NULL;

        pretend(f, web, phases[i]);
        status = fixture_inspect(f, web, "State.Status");
        assert_string_equal(status, "dead");
        assert_int_equal(wcow_container_start(web, NULL, NULL, NULL), WCOW_CONFLICT);
        assert_ok(&f->err, wcow_container_remove(web, false, &f->err));
        fixture_assert_clean(f);
        wcow_container_free(web);
    }
}

static void prune_removes_what_is_at_rest_and_what_crashes_left(void **test)
{
    fixture *f = *test;
    wcow_container *stopped = fixture_create(f, "stopped", ping);
    wcow_container *running = fixture_create(f, "running", ping);
    wcow_container *debris = fixture_create(f, "debris", ping);
    cleanup_free char *record_path =
        path_in_container(f->host, wcow_container_id(debris), FILE_RECORD);
    cleanup_free char *folder = path_of_container(f->host, wcow_container_id(debris));
    wcow_prune_report report = {0};
    file_info info;

    assert_ok(&f->err, wcow_container_start(running, NULL, NULL, &f->err));
    assert_int_equal(f->files->remove_file(f->files, record_path), 0);
    assert_ok(&f->err, wcow_host_prune(f->host, NULL, &report, &f->err));
    assert_int_equal(report.containers, 2);
    assert_int_equal(fixture_left(f, "systems"), 1);
    assert_true(HR_FAILED(f->files->info(f->files, folder, &info)));
    assert_ok(&f->err, wcow_container_remove(running, true, &f->err));
    fixture_assert_clean(f);
    wcow_container_free(stopped);
    wcow_container_free(running);
    wcow_container_free(debris);
}

static void a_damaged_state_does_not_hide_others_and_can_be_removed(void **test)
{
    fixture *f = *test;
    wcow_container *bad = fixture_create(f, "bad", ping);
    wcow_container *good = fixture_create(f, "good", ping);
    cleanup_free char *path = path_in_container(f->host, wcow_container_id(bad), FILE_STATE);
    wcow_container_info *rows = NULL;
    size_t count = 0;

    assert_int_equal(f->files->replace(f->files, path, "{", 1), 0);
    assert_ok(&f->err, wcow_container_list(f->host, &rows, &count, &f->err));
    assert_int_equal(count, 1);
    wcow_free(rows);
    assert_ok(&f->err, wcow_container_remove(bad, true, &f->err));
    assert_int_equal(wcow_container_open(f->host, "bad", &bad, NULL), WCOW_NOT_FOUND);
    wcow_container_free(bad);
    wcow_container_free(good);
}

/* ---- many at once ---- */

#define THREADS 8
#define ROUNDS  6

typedef struct worker {
    fixture *f;
    unsigned number;
    size_t won; /* names that were this one's */
    size_t failed;
    char message[1024];
} worker;

static bool live(worker *w, const char *name)
{
    wcow_container_spec spec = WCOW_CONTAINER_SPEC_INIT;
    wcow_container *container = NULL;
    wcow_error err = WCOW_ERROR_INIT;
    wcow_status status;

    spec.image = IMAGE;
    spec.name = name;
    spec.command = ping;
    status = wcow_container_create(w->f->host, &spec, &container, &err);
    if (status == WCOW_ALREADY_EXISTS)
        return false;
    if (!status)
        status = wcow_container_start(container, NULL, NULL, &err);
    if (!status)
        status = wcow_container_stop(container, 5, &err);
    if (status && !w->failed++)
        snprintf(w->message, sizeof w->message, "%s", err.message);
    wcow_container_free(container);
    return true;
}

static void *work(void *context)
{
    worker *w = context;

    for (unsigned round = 0; round < ROUNDS; round++) {
        char shared[32];
        char own[32];

        snprintf(shared, sizeof shared, "shared-%u", round);
        snprintf(own, sizeof own, "own-%u-%u", w->number, round);
        w->won += live(w, shared);
        if (!live(w, own))
            w->failed++;
    }
    return NULL;
}

static void many_callers_lose_no_state_and_accept_no_clash(void **test)
{
    fixture *f = *test;
    worker workers[THREADS] = {0};
    pthread_t threads[THREADS];
    wcow_container_info *rows = NULL;
    size_t count = 0;
    size_t won = 0;

    for (unsigned i = 0; i < THREADS; i++) {
        workers[i].f = f;
        workers[i].number = i;
        assert_int_equal(pthread_create(&threads[i], NULL, work, &workers[i]), 0);
    }
    for (unsigned i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    for (unsigned i = 0; i < THREADS; i++) {
        won += workers[i].won;
        if (workers[i].failed)
            fail_msg("%zu failures: %s", workers[i].failed, workers[i].message);
    }
    assert_int_equal(won, ROUNDS);
    assert_ok(&f->err, wcow_container_list(f->host, &rows, &count, &f->err));
    assert_int_equal(count, ROUNDS + THREADS * ROUNDS);
    for (size_t i = 0; i < count; i++)
        assert_string_equal(rows[i].state, "exited");
    wcow_free(rows);
    fixture_assert_clean(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_container_without_its_monitor_is_brought_to_rest, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(what_died_while_being_made_or_removed_can_only_be_removed,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(prune_removes_what_is_at_rest_and_what_crashes_left, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_damaged_state_does_not_hide_others_and_can_be_removed,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(many_callers_lose_no_state_and_accept_no_clash, set_up,
                                        tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
