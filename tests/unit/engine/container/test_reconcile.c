/* SPDX-License-Identifier: MIT */
/* Dead monitors, crashed creators, and many callers at once. */
#include "tests/unit/engine/container/abandon.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/path.h"
#include "engine/container/container.h"
#include "engine/container/reconcile.h"
#include "engine/container/record.h"
#include "engine/container/state.h"
#include "engine/host/paths.h"
#include "engine/host/store.h"
#include "monitor/record_run.h"

static const char *const ping[] = {"ping", NULL};

static void a_container_without_its_monitor_is_brought_to_rest(void **test)
{
    fixture *f = *test;
    wcow_container *web = fixture_create(f, "web", ping);
    cleanup_free char *scratch = text_format("%s/containers/%s/scratch/%s", f->root,
                                             wcow_container_id(web), wcow_container_id(web));
    cleanup_free char *status = NULL;
    cleanup_free char *code = NULL;

    assert_int_equal(f->fake->storage->activate_layer(f->fake->storage, scratch), 0);
    abandon(f, web, PHASE_RUNNING);
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

static wcow_container *create_removed(fixture *f)
{
    wcow_container_spec spec = WCOW_CONTAINER_SPEC_INIT;
    wcow_container *web = NULL;

    spec.image = IMAGE;
    spec.name = "web";
    spec.command = ping;
    spec.auto_remove = true;
    assert_ok(&f->err, wcow_container_create(f->host, &spec, &web, &f->err));
    abandon(f, web, PHASE_RUNNING);
    return web;
}

static void with_rm_it_is_gone_for_who_lists_names_or_makes_one(void **test)
{
    fixture *f = *test;

    for (int i = 0; i < 3; i++) {
        wcow_container *web = create_removed(f);
        cleanup_free wcow_container_info *rows = NULL;
        wcow_container *other = NULL;
        size_t count = 1;

        if (i == 0) {
            assert_ok(&f->err, wcow_container_list(f->host, &rows, &count, &f->err));
            assert_int_equal(count, 0);
        } else if (i == 1) {
            assert_fails(&f->err, WCOW_NOT_FOUND, "No such container: web",
                         wcow_container_open(f->host, "web", &other, &f->err));
        } else {
            other = fixture_create(f, "web", ping);
            assert_ok(&f->err, wcow_container_remove(other, false, &f->err));
            wcow_container_free(other);
        }
        assert_true(container_gone(web));
        wcow_container_free(web);
        fixture_assert_clean(f);
    }
}

static int32_t no_room(files_port *port, const char *path, const void *bytes, size_t size)
{
    (void)port;
    (void)path;
    (void)bytes;
    (void)size;
    return HR_DISK_FULL;
}

/* In events.log, of this action. */
static size_t events_told(fixture *f, const char *action)
{
    cleanup_free char *path = text_format("%s/events.log", f->root);
    cleanup_free char *wanted = text_format("\"Action\":\"%s\"", action);
    cleanup_free char *bytes = NULL;
    size_t size = 0;
    size_t count = 0;

    assert_int_equal(f->files->read(f->files, path, 1 << 20, &bytes, &size), HR_OK);
    for (const char *at = bytes; (at = strstr(at, wanted)); at++)
        count++;
    return count;
}

/* Nothing can be written, not even that it goes: and it is what makes room. Nor is anything told
 * twice. */
static void on_a_full_disk_containers_are_looked_at_and_removed(void **test)
{
    fixture *f = *test;
    int32_t (*replace)(files_port *, const char *, const void *, size_t) = f->faulty.port.replace;
    const phase phases[] = {PHASE_RUNNING, PHASE_EXITED, PHASE_REMOVING};

    for (size_t i = 0; i < 2 * sizeof phases / sizeof phases[0]; i++) {
        const phase was = phases[i / 2];
        const bool pruned = i % 2;
        wcow_container *web = fixture_create(f, "web", ping);
        cleanup_free char *status = NULL;
        cleanup_free char *again = NULL;
        const size_t told = events_told(f, "die");

        abandon(f, web, was);
        f->faulty.port.replace = no_room;
        status = fixture_inspect(f, web, "State.Status");
        again = fixture_inspect(f, web, "State.Status");
        assert_int_equal(events_told(f, "die"), told);
        assert_string_equal(status, again);
        assert_string_equal(status, was == PHASE_REMOVING ? "dead" : "exited");
        if (pruned)
            assert_ok(&f->err, wcow_container_prune(f->host, NULL, NULL, &f->err));
        else
            assert_ok(&f->err, wcow_container_remove(web, false, &f->err));
        f->faulty.port.replace = replace;
        assert_int_equal(events_told(f, "die"), told + (was == PHASE_RUNNING));
        wcow_container_free(web);
        assert_int_equal(wcow_container_open(f->host, "web", &web, &f->err), WCOW_NOT_FOUND);
        fixture_assert_clean(f);
    }
}

static void on_a_full_disk_one_whose_state_is_damaged_is_removed(void **test)
{
    fixture *f = *test;
    int32_t (*replace)(files_port *, const char *, const void *, size_t) = f->faulty.port.replace;

    for (int i = 0; i < 2; i++) {
        wcow_container *web = fixture_create(f, "web", ping);
        cleanup_free char *path =
            text_format("%s/containers/%s/state.json", f->root, wcow_container_id(web));

        assert_int_equal(f->files->replace(f->files, path, "{", i ? 1 : 0), HR_OK);
        f->faulty.port.replace = no_room;
        if (i)
            assert_ok(&f->err, wcow_container_prune(f->host, NULL, NULL, &f->err));
        else
            assert_ok(&f->err, wcow_container_remove(web, true, &f->err));
        f->faulty.port.replace = replace;
        wcow_container_free(web);
        assert_int_equal(wcow_container_open(f->host, "web", &web, &f->err), WCOW_NOT_FOUND);
        fixture_assert_clean(f);
    }
}

/* A commit of gigabytes, say. Its lock is nobody's business. */
static void one_that_another_command_has_is_busy(void **test)
{
    fixture *f = *test;
    wcow_container *web = fixture_create(f, "web", ping);
    store_lock other = STORE_LOCK_INIT;

    f->host->limits.owner = f->host->limits.patience = 10;
    assert_ok(&f->err, container_own(f->host, wcow_container_id(web), 0, &other, &f->err));
    assert_fails(&f->err, WCOW_CONFLICT,
                 "conflict: container web is busy: another command is at it",
                 wcow_container_remove(web, true, &f->err));
    store_lock_release(&other);
    assert_ok(&f->err, wcow_container_remove(web, false, &f->err));
    wcow_container_free(web);
}

/* A monitor that has started the container, and dies: its handles are closed, and nothing else. */
static void start_and_die(fixture *f, wcow_container *container)
{
    hcs_port *hcs = fake_hcs_open(f->fake->sim);
    storage_port *storage = fake_storage_open(f->fake->sim);
    wcow_host *host = NULL;
    monitor m = {.id = container->id};
    record_run files = {0};
    run_request request = {0};

    assert_ok(&f->err, host_new(f->root, hcs, storage, &f->monitors.port, &host, &f->err));
    m.host = host;
    assert_ok(&f->err, record_read(host, container->id, &m.record, &f->err));
    assert_ok(&f->err, run_init(&m.run, &f->err));
    assert_ok(&f->err, record_run_open(&files, &m, &request, &f->err));
    assert_ok(&f->err, run_begin(&m.run, &request, &f->err));
    streams_free(m.run.streams);
    compute_process_close(m.run.process);
    compute_system_close(m.run.system);
    run_free(&m.run);
    record_run_close(&files);
    record_free(m.record);
    wcow_host_free(host);
    hcs->free(hcs);
    storage->free(storage);
}

/* Before 16299, and wherever the service does not do what its document says: found, and ended. */
static void a_system_that_outlives_its_monitor_is_ended(void **test)
{
    const sim_options outliving = {.keep_orphans = true};
    fixture *f = fixture_with_image(&outliving);
    wcow_container *web = fixture_create(f, "web", ping);
    cleanup_free char *status = NULL;

    (void)test;
    start_and_die(f, web);
    assert_int_equal(fixture_left(f, "systems"), 1);
    assert_int_equal(fixture_left(f, "processes"), 1);
    status = fixture_inspect(f, web, "State.Status");
    assert_string_equal(status, "exited");
    fixture_assert_clean(f);
    assert_ok(&f->err, wcow_container_start(web, NULL, NULL, &f->err));
    assert_ok(&f->err, wcow_container_remove(web, true, &f->err));
    wcow_container_free(web);
    fixture_free(f);
}

static void a_windows_that_knows_no_last_handle_is_not_asked_for_it(void **test)
{
    const sim_options old = {.build = 14393, .keep_orphans = true};
    fixture *f = fixture_with_image(&old);
    wcow_container *web = fixture_create(f, "web", ping);

    (void)test;
    assert_ok(&f->err, wcow_container_start(web, NULL, NULL, &f->err));
    assert_int_equal(fixture_calls(f, "HcsCreateComputeSystem"), 2); /* refused, and without it */
    assert_ok(&f->err, wcow_container_remove(web, true, &f->err));
    wcow_container_free(web);
    fixture_assert_clean(f);
    fixture_free(f);
}

/* ---- races ---- */

static void assert_told_as_gone(fixture *f, wcow_status status)
{
    assert_int_equal(status, WCOW_NOT_FOUND);
    assert_non_null(strstr(f->err.message, "container 'web' was removed by another command"));
}

/* Whatever is asked of it then, nobody hears of files that cannot be read. */
static void one_that_another_removed_is_told_as_that(void **test)
{
    fixture *f = *test;
    wcow_container *web = fixture_create(f, "web", ping);
    wcow_container *other = container_new(f->host, wcow_container_id(web), "web");
    wcow_attach_options attach = WCOW_ATTACH_OPTIONS_INIT;
    wcow_outcome outcome = WCOW_OUTCOME_INIT;
    cleanup_record record *r = NULL;
    char *json = NULL;

    assert_ok(&f->err, wcow_container_remove(web, true, &f->err));
    assert_told_as_gone(f, container_record(other, &r, &f->err));
    assert_told_as_gone(f, wcow_container_rename(other, "new", &f->err));
    assert_told_as_gone(f, wcow_container_inspect(other, &json, &f->err));
    assert_told_as_gone(f, wcow_container_start(other, NULL, NULL, &f->err));
    assert_told_as_gone(f, wcow_container_attach(other, &attach, &outcome, &f->err));
    assert_told_as_gone(f, wcow_container_pause(other, &f->err));
    wcow_container_free(web);
    wcow_container_free(other);
}

#define RACE_ROUNDS 12
#define STARTERS    2u
#define REMOVERS    3u

typedef struct racer {
    fixture *f;
    const char *id;
    bool starts;
    wcow_status status;
    wcow_error err;
} racer;

static void *race(void *context)
{
    racer *r = context;
    hcs_port *hcs = fake_hcs_open(r->f->fake->sim);
    storage_port *storage = fake_storage_open(r->f->fake->sim);
    wcow_container *container = NULL;
    wcow_host *host = NULL;

    r->status = host_new(r->f->root, hcs, storage, r->f->files, &host, &r->err);
    if (!r->status) {
        host->limits = r->f->host->limits;
        host->start_monitor = r->f->host->start_monitor;
        host->start_context = r->f;
        container = container_new(host, r->id, "web");
        r->status = r->starts ? wcow_container_start(container, NULL, NULL, &r->err)
                              : wcow_container_remove(container, true, &r->err);
    }
    wcow_container_free(container);
    wcow_host_free(host);
    hcs->free(hcs);
    storage->free(storage);
    return NULL;
}

static void assert_fair(const racer *r)
{
    if (!r->status)
        return;
    if (!r->starts || !strstr(r->err.message, "removed by another command"))
        fail_msg("%s: %s", r->starts ? "start" : "rm -f", r->err.message);
}

/* Docker's own race: whoever loses says that it was removed, and nobody fails for a lock or a
 * folder that is not empty. */
static void starts_beside_removals_end_in_a_removal(void **test)
{
    fixture *f = *test;

    for (unsigned round = 0; round < RACE_ROUNDS; round++) {
        wcow_container *web = fixture_create(f, "web", ping);
        racer racers[STARTERS + REMOVERS];
        pthread_t threads[STARTERS + REMOVERS];
        cleanup_free char *folder = text_format("%s/containers/%s", f->root, web->id);

        for (unsigned i = 0; i < STARTERS + REMOVERS; i++) {
            racers[i] = (racer){.f = f, .id = web->id, .starts = i < STARTERS};
            assert_int_equal(pthread_create(&threads[i], NULL, race, &racers[i]), 0);
        }
        for (unsigned i = 0; i < STARTERS + REMOVERS; i++)
            pthread_join(threads[i], NULL);
        for (unsigned i = 0; i < STARTERS + REMOVERS; i++)
            assert_fair(&racers[i]);
        /* A start that came last found nothing; one that came first was ended. */
        wcow_container_free(web);
        fixture_assert_clean(f);
        assert_int_equal(access(folder, F_OK), -1);
    }
}

/* What a start finds at the very moment at which another command looks whether the owner lives. */
typedef struct meeting {
    int32_t (*lock)(files_port *port, const char *path, uint32_t milliseconds, file_lock **out);
    wcow_host *host;
    const char *id;
    unsigned met;
    bool deceived;
} meeting;

static meeting met;

static int32_t lock_and_meet(files_port *port, const char *path, uint32_t milliseconds,
                             file_lock **out)
{
    const int32_t hr = met.lock(port, path, milliseconds, out);
    cleanup_container wcow_container *same = NULL;
    cleanup_state state *s = NULL;

    if (HR_FAILED(hr) || !strstr(path, FILE_OWNER_LOCK) || met.met++)
        return hr;
    same = container_new(met.host, met.id, "web");
    met.deceived = !container_settle(same, &s, NULL) && state_is_active(s);
    return hr;
}

static void nobody_takes_one_who_looks_for_the_owner(void **test)
{
    fixture *f = *test;
    wcow_container *web = fixture_create(f, "web", ping);
    wcow_container_info *rows = NULL;
    size_t count = 0;

    abandon(f, web, PHASE_RUNNING);
    met = (meeting){.lock = f->faulty.port.lock, .id = web->id};
    assert_ok(&f->err,
              host_new(f->root, f->fake->hcs, f->fake->storage, f->files, &met.host, &f->err));
    met.host->limits.lock = 50; /* who looks holds it, and is the one who waits for us */
    f->faulty.port.lock = lock_and_meet;
    assert_ok(&f->err, wcow_container_list(f->host, &rows, &count, &f->err));
    f->faulty.port.lock = met.lock;
    assert_true(met.met);
    assert_false(met.deceived);
    assert_string_equal(rows[0].state, "exited");
    wcow_free(rows);
    wcow_host_free(met.host);
    assert_ok(&f->err, wcow_container_remove(web, true, &f->err));
    wcow_container_free(web);
}

static void what_died_while_being_made_or_removed_can_only_be_removed(void **test)
{
    static const phase phases[] = {PHASE_CREATING, PHASE_REMOVING};
    fixture *f = *test;

    for (size_t i = 0; i < 2; i++) {
        wcow_container *web = fixture_create(f, "web", ping);
        cleanup_free char *status = NULL;

        abandon(f, web, phases[i]);
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
        cmocka_unit_test_setup_teardown(one_that_another_command_has_is_busy, fixture_set_up,
                                        fixture_tear_down),
        cmocka_unit_test_setup_teardown(a_container_without_its_monitor_is_brought_to_rest,
                                        fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(with_rm_it_is_gone_for_who_lists_names_or_makes_one,
                                        fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(on_a_full_disk_one_whose_state_is_damaged_is_removed,
                                        fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(on_a_full_disk_containers_are_looked_at_and_removed,
                                        fixture_set_up, fixture_tear_down),
        cmocka_unit_test(a_system_that_outlives_its_monitor_is_ended),
        cmocka_unit_test(a_windows_that_knows_no_last_handle_is_not_asked_for_it),
        cmocka_unit_test_setup_teardown(one_that_another_removed_is_told_as_that, fixture_set_up,
                                        fixture_tear_down),
        cmocka_unit_test_setup_teardown(starts_beside_removals_end_in_a_removal, fixture_set_up,
                                        fixture_tear_down),
        cmocka_unit_test_setup_teardown(nobody_takes_one_who_looks_for_the_owner, fixture_set_up,
                                        fixture_tear_down),
        cmocka_unit_test_setup_teardown(what_died_while_being_made_or_removed_can_only_be_removed,
                                        fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(prune_removes_what_is_at_rest_and_what_crashes_left,
                                        fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(many_callers_lose_no_state_and_accept_no_clash,
                                        fixture_set_up, fixture_tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
