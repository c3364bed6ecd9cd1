/* SPDX-License-Identifier: MIT */
/* Services of containers: made, started, gone; and every call to the manager failed in turn. */
#include "engine/container/container_service.h"

#include <stdlib.h>

#include "base/condition.h"
#include "base/error.h"
#include "engine/container/container.h"
#include "engine/container/reconcile.h"
#include "engine/host/paths.h"
#include "link/protocol.h"
#include "port/clock.h"
#include "port/pipe.h"
#include "tests/unit/engine/fixture.h"
#include "tests/unit/support/fake_services.h"

#define OTHER "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static const char *const ping[] = {"ping", NULL};
static const char *const seven[] = {"exit", "7", NULL};

static int set_up(void **test)
{
    fixture *f = fixture_with_image(NULL);

    setenv("WCOW_MONITOR", "service", 1);
    fixture_serve(f);
    *test = f;
    return 0;
}

static int tear_down(void **test)
{
    unsetenv("WCOW_MONITOR");
    fixture_free(*test);
    return 0;
}

static wcow_container *create(fixture *f, const char *restart, const char *const *command)
{
    wcow_container_spec spec = WCOW_CONTAINER_SPEC_INIT;
    wcow_container *web = NULL;

    spec.image = IMAGE;
    spec.name = "web";
    spec.command = command;
    spec.restart = restart;
    assert_ok(&f->err, wcow_container_create(f->host, &spec, &web, &f->err));
    return web;
}

static void start(fixture *f, wcow_container *web)
{
    wcow_outcome outcome = WCOW_OUTCOME_INIT;

    assert_ok(&f->err, wcow_container_start(web, NULL, &outcome, &f->err));
    assert_int_equal(outcome.warning.status, WCOW_OK);
}

static state *look(fixture *f, wcow_container *web)
{
    state *s = NULL;

    assert_ok(&f->err, container_settle(web, &s, &f->err));
    return s;
}

static void await_run(fixture *f, wcow_container *web)
{
    const uint64_t give_up = ticks_after(20000);
    bool runs = false;

    while (!runs) {
        cleanup_state state *s = look(f, web);

        runs = s->phase == PHASE_RUNNING;
        assert_true(runs || ticks_now() < give_up);
        clock_sleep(5);
    }
}

static void drop(fixture *f, wcow_container *web)
{
    assert_ok(&f->err, wcow_container_remove(web, true, &f->err));
    wcow_container_free(web);
    fixture_settle(f);
    assert_int_equal(fake_services_count(&f->services), 0);
}

static void a_monitor_is_a_service_until_its_run_has_ended(void **test)
{
    fixture *f = *test;
    wcow_container *web = create(f, NULL, ping);
    cleanup_state state *running = NULL;
    cleanup_state state *ended = NULL;

    assert_int_equal(fake_services_count(&f->services), 0);
    start(f, web);
    assert_int_equal(fake_services_count(&f->services), 1);
    assert_false(fake_services_automatic(&f->services));
    assert_false(fake_services_depends(&f->services)); /* nobody's restart is refused for it */
    running = look(f, web);
    assert_true(running->service);
    assert_ok(&f->err, wcow_container_stop(web, 0, &f->err));
    ended = look(f, web);
    assert_false(ended->service);
    start(f, web); /* the name is free as soon as the last process has ended */
    assert_ok(&f->err, wcow_container_stop(web, 0, &f->err));
    fixture_settle(f);
    assert_int_equal(fake_services_count(&f->services), 0);
    drop(f, web);
}

static void what_comes_back_with_the_host_keeps_its_service(void **test)
{
    static const struct {
        const char *restart;
        bool stays; /* stopped by somebody */
    } cases[] = {{"always", true}, {"unless-stopped", false}, {"on-failure", true}};
    fixture *f = *test;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        wcow_container *web = create(f, cases[i].restart, ping);

        start(f, web);
        assert_true(fake_services_automatic(&f->services));
        assert_true(fake_services_depends(&f->services));
        assert_ok(&f->err, wcow_container_stop(web, 0, &f->err));
        fixture_settle(f);
        assert_int_equal(fake_services_count(&f->services), cases[i].stays);
        fake_services_boot(&f->services);
        if (cases[i].stays)
            await_run(f, web);
        drop(f, web);
    }
}

/* As Windows' own: an automatic service that is stopped is there, and starts with the host. */
static void with_its_service_it_ends_and_not_for_good(void **test)
{
    static const struct {
        const char *policy;
        bool stays;
    } cases[] = {{"always", true}, {"unless-stopped", true}, {"no", false}};
    fixture *f = *test;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        wcow_container *web = create(f, cases[i].policy, ping);
        cleanup_state state *s = NULL;

        start(f, web);
        container_dismiss(web);
        fixture_settle(f);
        s = look(f, web);
        assert_int_equal(s->phase, PHASE_EXITED);
        assert_false(s->stopped);
        assert_int_equal(fake_services_count(&f->services), cases[i].stays);
        fake_services_boot(&f->services);
        if (cases[i].stays)
            await_run(f, web);
        drop(f, web);
    }
}

/* A monitor that ends its container as soon as it is asked to, and what it was granted. */
typedef struct obedient {
    fixture *f;
    const char *id;
    pipe_server *server;
    int64_t seconds;
} obedient;

static void *obey(void *context)
{
    static const state over = {.phase = PHASE_EXITED, .started = 1};
    obedient *o = context;
    cleanup_frame frame request = FRAME_INIT;
    cleanup_json cJSON *json = NULL;
    stream *client = NULL;

    if (!pipe_accept(o->server, &client) && !frame_read(client, 20000, &request, NULL) &&
        !frame_json(&request, &json, NULL))
        o->seconds = json_integer(json, "seconds", -1);
    ignore(state_write(o->f->host, o->id, &over, NULL));
    stream_free(client);
    return NULL;
}

/* To a service Windows grants no more, and kills it then: what stands for ever is to end before. */
static void with_its_service_nothing_is_granted_more_than_the_service_has(void **test)
{
    static const state running = {.phase = PHASE_RUNNING, .started = 1};
    static const struct {
        int own, granted;
    } cases[] = {{7, 7}, {7200, 3540}, {WCOW_FOREVER, 3540}};
    fixture *f = *test;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        wcow_container_spec spec = WCOW_CONTAINER_SPEC_INIT;
        wcow_container *web = NULL;
        cleanup_free char *name = NULL;
        obedient monitor = {.f = f, .seconds = -1};
        store_lock owner = STORE_LOCK_INIT;
        pthread_t thread;

        spec.image = IMAGE;
        spec.name = "web";
        spec.stop_timeout = cases[i].own;
        assert_ok(&f->err, wcow_container_create(f->host, &spec, &web, &f->err));
        monitor.id = wcow_container_id(web);
        name = path_of_pipe(f->host, monitor.id);
        assert_ok(&f->err, state_write(f->host, monitor.id, &running, &f->err));
        assert_ok(&f->err, container_own(f->host, monitor.id, 1000, &owner, &f->err));
        assert_int_equal(pipe_listen(name, &monitor.server), 0);
        assert_int_equal(pthread_create(&thread, NULL, obey, &monitor), 0);
        container_dismiss(web);
        pthread_join(thread, NULL);
        assert_int_equal(monitor.seconds, cases[i].granted);
        pipe_server_free(monitor.server);
        store_lock_release(&owner);
        drop(f, web);
    }
}

/* As if the service were not there. */
static void silence(fixture *f, const char *call)
{
    cleanup_free char *fault =
        text_format("{\"call\":\"%s\",\"every\":true,\"hr\":\"0x800706BA\"}", call);

    assert_true(sim_fault(f->fake->sim, fault));
}

/* Windows starts it when the processes of the services run, and not when those answer. */
static void what_comes_back_waits_for_the_services_to_answer(void **test)
{
    static const char *const calls[] = {"HcsEnumerateComputeSystems", "HNSCall"};
    fixture *f = *test;

    for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
        wcow_container *web = create(f, "always", ping);

        start(f, web);
        assert_ok(&f->err, wcow_container_stop(web, 0, &f->err));
        fixture_settle(f);
        silence(f, calls[i]);
        silence(f, "HcsCreateComputeSystem");
        fake_services_boot(&f->services);
        clock_sleep(200);
        sim_faults_clear(f->fake->sim);
        await_run(f, web);
        drop(f, web);
    }
}

/* And not for ever: then the start says what is wrong; or when it is sent away. */
static void what_waits_for_a_service_in_vain_says_so(void **test)
{
    fixture *f = *test;

    for (int sent_away = 0; sent_away < 2; sent_away++) {
        wcow_container *web = create(f, "always", ping);
        cleanup_state state *s = NULL;

        start(f, web);
        assert_ok(&f->err, wcow_container_stop(web, 0, &f->err));
        fixture_settle(f);
        f->host->limits.boot = sent_away ? 60000 : 100;
        silence(f, "HcsEnumerateComputeSystems");
        silence(f, "HcsCreateComputeSystem");
        fake_services_boot(&f->services);
        if (sent_away) {
            clock_sleep(100);
            container_dismiss(web);
        }
        fixture_settle(f);
        sim_faults_clear(f->fake->sim);
        s = look(f, web);
        assert_int_equal(s->phase, PHASE_EXITED);
        assert_int_equal(s->error && strstr(s->error, "0x800706BA"), !sent_away);
        drop(f, web);
    }
}

/*
 * A command that still reads what a run has written keeps its monitor's process, and with it the
 * service's name.
 */
static void a_start_while_an_earlier_run_is_read_takes_another_service(void **test)
{
    static const char *const policies[] = {"always", "no"};
    fixture *f = *test;

    for (size_t i = 0; i < 2; i++) {
        wcow_container *web = create(f, policies[i], ping);
        const char *id = wcow_container_id(web);
        cleanup_free char *name = text_format("wcow-%.12s", id);
        cleanup_free char *line =
            text_format("\"C:\\wcow.exe\" --root %s monitor --service %s", f->root, id);

        start(f, web);
        assert_ok(&f->err, wcow_container_stop(web, 0, &f->err));
        fixture_settle(f);
        if (i) { /* its last run's monitor has removed it */
            fake_services_put(&f->services, name, line);
            fake_services_linger(&f->services, name, true);
            assert_int_equal(f->services.port.remove(&f->services.port, name), HR_OK);
        } else {
            fake_services_linger(&f->services, name, true);
        }
        start(f, web);
        assert_int_equal(fake_services_count(&f->services), 2);
        fake_services_linger(&f->services, name, false);
        assert_int_equal(fake_services_count(&f->services), 1);
        assert_int_equal(fake_services_automatic(&f->services), !i);
        assert_ok(&f->err, wcow_container_stop(web, 0, &f->err));
        fixture_settle(f);
        start(f, web); /* whatever its number: it is the container's */
        assert_int_equal(fake_services_count(&f->services), 1);
        drop(f, web);
    }
}

/* And whatever the manager refuses then, always: it runs, and nothing stays behind. */
static void any_call_refused_while_an_earlier_run_is_read_is_a_warning_at_most(void **test)
{
    static const char *const calls[] = {"create", "start",  "set_automatic",
                                        "query",  "remove", "list"};
    fixture *f = *test;

    for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
        wcow_container *web = create(f, "always", ping);
        cleanup_free char *name = text_format("wcow-%.12s", wcow_container_id(web));
        wcow_outcome outcome = WCOW_OUTCOME_INIT;

        start(f, web);
        assert_ok(&f->err, wcow_container_stop(web, 0, &f->err));
        fixture_settle(f);
        fake_services_linger(&f->services, name, true);
        fake_services_refuse(&f->services, calls[i]);
        assert_ok(&f->err, wcow_container_start(web, NULL, &outcome, &f->err));
        assert_ok(&f->err, wcow_container_stop(web, 0, &f->err));
        fixture_settle(f);
        fake_services_refuse(&f->services, NULL);
        fake_services_linger(&f->services, name, false);
        drop(f, web);
    }
}

static void when_no_name_is_left_a_start_says_who_has_them(void **test)
{
    fixture *f = *test;
    wcow_container *web = create(f, NULL, ping);
    const char *id = wcow_container_id(web);
    cleanup_free char *line =
        text_format("\"C:\\wcow.exe\" --root %s monitor --service %s", f->root, id);
    wcow_outcome outcome = WCOW_OUTCOME_INIT;

    for (int i = 1; i <= 8; i++) {
        cleanup_free char *name =
            i > 1 ? text_format("wcow-%.12s-%d", id, i) : text_format("wcow-%.12s", id);

        fake_services_put(&f->services, name, line);
        fake_services_linger(&f->services, name, true);
    }
    assert_ok(&f->err, wcow_container_start(web, NULL, &outcome, &f->err));
    assert_non_null(strstr(outcome.warning.message, "ends only when somebody has read"));
    assert_ok(&f->err, wcow_container_stop(web, 0, &f->err));
    fixture_settle(f);
    while (fake_services_count(&f->services)) {
        cleanup_free char *name = text_copy(f->services.items[0].name);

        fake_services_linger(&f->services, name, false);
        (void)f->services.port.remove(&f->services.port, name);
    }
    drop(f, web);
}

/* Of a state that cannot be read nobody knows whether there was one. */
static void a_damaged_container_takes_its_service_along(void **test)
{
    fixture *f = *test;
    wcow_container *web = create(f, "always", ping);
    cleanup_free char *path = path_in_container(f->host, wcow_container_id(web), FILE_STATE);

    start(f, web);
    assert_ok(&f->err, wcow_container_stop(web, 0, &f->err));
    fixture_settle(f);
    assert_int_equal(fake_services_count(&f->services), 1);
    assert_int_equal(f->files->replace(f->files, path, "{", 1), HR_OK);
    drop(f, web);
}

/* The monitor died, and its service stayed. */
static void who_finds_a_monitor_dead_removes_its_service(void **test)
{
    static const char *const policies[] = {"no", "always"};
    const state running = {.phase = PHASE_RUNNING, .started = 1, .booted = true, .service = true};
    fixture *f = *test;

    for (size_t i = 0; i < 2; i++) {
        wcow_container *web = create(f, policies[i], ping);
        cleanup_free char *name = NULL;
        cleanup_record record *r = NULL;
        cleanup_state state *s = NULL;

        assert_ok(&f->err, record_read(f->host, wcow_container_id(web), &r, &f->err));
        assert_ok(&f->err, container_service_make(f->host, r, &name, &f->err));
        assert_ok(&f->err, state_write(f->host, wcow_container_id(web), &running, &f->err));
        s = look(f, web);
        assert_int_equal(s->phase, PHASE_EXITED);
        assert_int_equal(s->service, i); /* "always" comes back with the host */
        assert_int_equal(fake_services_count(&f->services), i);
        drop(f, web);
    }
}

static void a_changed_policy_changes_the_service(void **test)
{
    fixture *f = *test;
    wcow_container *web = create(f, NULL, ping);
    const char *id = wcow_container_id(web);
    const restart_mode modes[] = {RESTART_ALWAYS, RESTART_NO, RESTART_UNLESS_STOPPED};

    assert_ok(&f->err, container_service_follow(f->host, id, &f->err)); /* it never ran */
    assert_int_equal(fake_services_count(&f->services), 0);
    start(f, web);
    for (size_t i = 0; i < 3; i++) {
        cleanup_record record *r = NULL;

        assert_ok(&f->err, record_read(f->host, id, &r, &f->err));
        r->restart_mode = modes[i];
        assert_ok(&f->err, record_write(f->host, r, &f->err));
        assert_ok(&f->err, container_service_follow(f->host, id, &f->err));
        assert_int_equal(fake_services_automatic(&f->services), modes[i] != RESTART_NO);
        assert_int_equal(fake_services_depends(&f->services), modes[i] != RESTART_NO);
    }
    assert_ok(&f->err, wcow_container_stop(web, 0, &f->err));
    fixture_settle(f);
    assert_int_equal(fake_services_count(&f->services), 0);
    drop(f, web);
}

/* Twelve digits are not all: another's is not touched, and the container's gets another name. */
static void the_service_of_another_container_is_left_alone(void **test)
{
    fixture *f = *test;
    wcow_container *web = create(f, NULL, ping);
    cleanup_free char *name = text_format("wcow-%.12s", wcow_container_id(web));
    cleanup_free char *line =
        text_format("\"C:\\wcow.exe\" --root %s monitor --service " OTHER, f->root);

    fake_services_put(&f->services, name, line);
    start(f, web);
    assert_int_equal(fake_services_count(&f->services), 2);
    assert_ok(&f->err, wcow_container_remove(web, true, &f->err));
    wcow_container_free(web);
    fixture_settle(f);
    assert_int_equal(fake_services_count(&f->services), 1);
}

static void prune_removes_strays_of_this_store_and_no_others(void **test)
{
    fixture *f = *test;
    cleanup_free char *ours =
        text_format("\"C:\\wcow.exe\" --root %s monitor --service " OTHER, f->root);
    wcow_service_info *rows = NULL;
    size_t count = 0;

    fake_services_put(&f->services, "wcow-0123456789ab", ours);
    fake_services_put(&f->services, "wcow-other",
                      "\"C:\\wcow.exe\" --root /other monitor --service " OTHER);
    fake_services_put(&f->services, "wcow-strange", "C:\\strange.exe");
    assert_ok(&f->err, wcow_service_list(f->host, &rows, &count, &f->err));
    assert_int_equal(count, 2); /* what is none of wcow's is not listed */
    assert_true(rows[0].stray);
    assert_string_equal(rows[0].root, f->root);
    assert_string_equal(rows[0].state, "stopped");
    wcow_free(rows);
    assert_ok(&f->err, wcow_host_prune(f->host, NULL, NULL, &f->err));
    assert_int_equal(fake_services_count(&f->services), 2);
}

/* Whatever the manager refuses: the container runs, and nothing stays behind. */
static void any_failing_call_to_the_manager_is_a_warning_at_most(void **test)
{
    static const char *const policies[] = {"no", "always"};
    fixture *f = *test;
    size_t failed = 0;

    for (size_t i = 0; i < 2; i++) {
        for (size_t nth = 1; nth < 40; nth++) {
            wcow_container *web = create(f, policies[i], ping);
            wcow_outcome outcome = WCOW_OUTCOME_INIT;
            bool hit;

            fake_services_fail(&f->services, nth);
            assert_ok(&f->err, wcow_container_start(web, NULL, &outcome, &f->err));
            assert_ok(&f->err, wcow_container_stop(web, 0, &f->err));
            fixture_settle(f);
            hit = f->services.failed;
            failed += hit;
            fake_services_fail(&f->services, 0);
            drop(f, web);
            if (!hit)
                break;
        }
    }
    assert_in_range(failed, 5, 40);
}

static void one_whose_start_fails_leaves_no_service(void **test)
{
    fixture *f = *test;
    wcow_container *web = create(f, "always", seven);

    assert_true(sim_fault(f->fake->sim, "{\"call\":\"HcsCreateComputeSystem\",\"every\":true,"
                                        "\"hr\":\"0x80004005\"}"));
    assert_int_not_equal(wcow_container_start(web, NULL, NULL, &f->err), WCOW_OK);
    sim_faults_clear(f->fake->sim);
    fixture_settle(f);
    assert_int_equal(fake_services_count(&f->services), 0);
    drop(f, web);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_monitor_is_a_service_until_its_run_has_ended),
        TEST(what_comes_back_with_the_host_keeps_its_service),
        TEST(with_its_service_it_ends_and_not_for_good),
        TEST(with_its_service_nothing_is_granted_more_than_the_service_has),
        TEST(what_comes_back_waits_for_the_services_to_answer),
        TEST(what_waits_for_a_service_in_vain_says_so),
        TEST(a_start_while_an_earlier_run_is_read_takes_another_service),
        TEST(any_call_refused_while_an_earlier_run_is_read_is_a_warning_at_most),
        TEST(when_no_name_is_left_a_start_says_who_has_them),
        TEST(a_damaged_container_takes_its_service_along),
        TEST(who_finds_a_monitor_dead_removes_its_service),
        TEST(a_changed_policy_changes_the_service),
        TEST(the_service_of_another_container_is_left_alone),
        TEST(prune_removes_strays_of_this_store_and_no_others),
        TEST(any_failing_call_to_the_manager_is_a_warning_at_most),
        TEST(one_whose_start_fails_leaves_no_service),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
