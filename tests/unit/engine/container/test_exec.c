/* SPDX-License-Identifier: MIT */
/* Which execs an inspection lists: those that run, and nothing that a crash left; and monitors
 * that know none. */
#include "tests/unit/engine/fixture.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "base/path.h"
#include "engine/container/container.h"
#include "engine/container/exec_note.h"
#include "engine/container/id.h"
#include "engine/container/reconcile.h"
#include "engine/container/state.h"
#include "engine/host/paths.h"
#include "link/protocol.h"
#include "port/clock.h"
#include "port/pipe.h"

#define PATIENCE 20000u

static const char *const ping[] = {"ping", NULL};

static wcow_container *start(fixture *f)
{
    wcow_container *container = fixture_create(f, NULL, ping);

    assert_ok(&f->err, wcow_container_start(container, NULL, NULL, &f->err));
    return container;
}

static void drop(fixture *f, wcow_container *container)
{
    assert_ok(&f->err, wcow_container_remove(container, true, &f->err));
    wcow_container_free(container);
}

static void exec_in_background(fixture *f, wcow_container *container, const char *const *command)
{
    wcow_exec_spec spec = WCOW_EXEC_SPEC_INIT;

    spec.command = command;
    assert_ok(&f->err, wcow_container_exec(container, &spec, NULL, NULL, &f->err));
}

/* How many ids are listed; every one must be an id. -1: the list is neither that nor null. */
static int listed(fixture *f, wcow_container *container)
{
    cleanup_free char *printed = fixture_inspect(f, container, "ExecIDs");
    cleanup_json cJSON *ids = NULL;
    const cJSON *item;

    assert_ok(&f->err, json_parse(printed, strlen(printed), "ExecIDs", &ids, &f->err));
    if (cJSON_IsNull(ids))
        return 0;
    cJSON_ArrayForEach (item, ids) {
        if (!cJSON_IsString(item) || !id_valid(item->valuestring))
            return -1;
    }
    return cJSON_GetArraySize(ids) ? cJSON_GetArraySize(ids) : -1;
}

/* Whether so many are listed before long. */
static bool comes_to_list(fixture *f, wcow_container *container, int wanted)
{
    const uint64_t end = clock_ticks() + PATIENCE;

    while (listed(f, container) != wanted) {
        if (clock_ticks() > end)
            return false;
        clock_sleep(10);
    }
    return true;
}

static size_t notes(fixture *f)
{
    cleanup_free char *folder = path_of_execs(f->host);
    cleanup_strings string_list names = STRING_LIST_INIT;

    assert_ok(&f->err, store_list(f->host, folder, &names, &f->err));
    return names.count;
}

/* ---- those that run ---- */

/* An exec under way, with this process's streams: nothing asserts between begin() and end(). */
typedef struct attached {
    wcow_container *container;
    const char *const *command;
    wcow_status status;
    wcow_outcome outcome;
    wcow_error err;
    pthread_t thread;
    streams streams;
} attached;

static void *exec_attached(void *context)
{
    attached *a = context;
    wcow_attach_options attach = WCOW_ATTACH_OPTIONS_INIT;
    wcow_exec_spec spec = WCOW_EXEC_SPEC_INIT;

    attach.standard_input = true;
    spec.command = a->command;
    a->status = wcow_container_exec(a->container, &spec, &attach, &a->outcome, &a->err);
    return NULL;
}

static void begin(fixture *f, attached *a)
{
    streams_replace(f, &a->streams);
    assert_int_equal(pthread_create(&a->thread, NULL, exec_attached, a), 0);
}

/* What it waits for on its standard input ends. */
static void end(attached *a)
{
    char *out;
    char *err;

    close(a->streams.in[1]);
    a->streams.in[1] = -1;
    pthread_join(a->thread, NULL);
    streams_restore(&a->streams, &out, &err);
    free(out);
    free(err);
}

static void a_running_exec_is_listed_and_one_that_ended_is_not(void **test)
{
    static const char *const cat[] = {"cat", NULL};
    fixture *f = *test;
    wcow_container *container = start(f);
    attached a = {.container = container, .command = cat, .outcome = WCOW_OUTCOME_INIT};
    bool seen;

    assert_int_equal(listed(f, container), 0);
    begin(f, &a);
    seen = comes_to_list(f, container, 1);
    end(&a);
    assert_true(seen);
    assert_ok(&a.err, a.status);
    assert_int_equal(listed(f, container), 0);
    assert_int_equal(notes(f), 0);
    drop(f, container);
}

static void what_cannot_be_run_is_not_listed(void **test)
{
    static const char *const nosuch[] = {"nosuch", NULL};
    fixture *f = *test;
    wcow_container *container = start(f);
    wcow_exec_spec spec = WCOW_EXEC_SPEC_INIT;

    spec.command = nosuch;
    assert_int_equal(wcow_container_exec(container, &spec, NULL, NULL, NULL),
                     WCOW_COMMAND_NOT_FOUND);
    assert_int_equal(listed(f, container), 0);
    assert_int_equal(notes(f), 0);
    drop(f, container);
}

static void one_in_the_background_is_listed_until_it_ends(void **test)
{
    static const char *const nap[] = {"sleep", "1500", NULL};
    fixture *f = *test;
    wcow_container *container = start(f);
    wcow_container *other = start(f);

    exec_in_background(f, container, ping);
    assert_int_equal(listed(f, container), 1);
    exec_in_background(f, container, nap);
    assert_int_equal(listed(f, container), 2);
    assert_int_equal(listed(f, other), 0);
    assert_true(comes_to_list(f, container, 1));
    assert_int_equal(notes(f), 1);
    drop(f, container);
    drop(f, other);
    assert_int_equal(notes(f), 0);
}

static void a_paused_one_is_listed(void **test)
{
    wcow_container_spec spec = WCOW_CONTAINER_SPEC_INIT;
    wcow_container *container = NULL;
    fixture *f = *test;

    spec.image = IMAGE;
    spec.command = ping;
    spec.isolation = WCOW_ISOLATION_HYPERV;
    assert_ok(&f->err, wcow_container_create(f->host, &spec, &container, &f->err));
    assert_ok(&f->err, wcow_container_start(container, NULL, NULL, &f->err));
    exec_in_background(f, container, ping);
    assert_ok(&f->err, wcow_container_pause(container, &f->err));
    assert_int_equal(listed(f, container), 1);
    assert_ok(&f->err, wcow_container_unpause(container, &f->err));
    assert_int_equal(listed(f, container), 1);
    drop(f, container);
}

static void a_container_that_does_not_run_has_none(void **test)
{
    fixture *f = *test;
    wcow_container *container = start(f);

    exec_in_background(f, container, ping);
    assert_ok(&f->err, wcow_container_kill(container, "KILL", &f->err));
    fixture_settle(f);
    assert_int_equal(listed(f, container), 0);
    assert_ok(&f->err, wcow_container_start(container, NULL, NULL, &f->err));
    assert_int_equal(listed(f, container), 0);
    drop(f, container);
}

typedef struct listing {
    wcow_container *container;
    wcow_status status;
    wcow_error err;
} listing;

static void *ask_for_processes(void *context)
{
    listing *ask = context;
    wcow_process_info *rows = NULL;
    size_t count;

    ask->status = wcow_container_processes(ask->container, &rows, &count, &ask->err);
    wcow_free(rows);
    return NULL;
}

/* The run ends between the look at its state and the service's answer, which knows it no more. */
static void one_that_ends_meanwhile_is_not_running(void **test)
{
    fixture *f = *test;
    wcow_container *container = start(f);
    attached exec = {.container = container, .command = ping};

    assert_true(sim_fault(f->fake->sim, "{\"call\":\"HcsOpenComputeSystem\",\"nth\":1,"
                                        "\"hr\":\"0xC037010E\",\"delay\":1000}"));
    begin(f, &exec);
    clock_sleep(300);
    assert_ok(&f->err, wcow_container_stop(container, 0, &f->err));
    end(&exec);
    sim_faults_clear(f->fake->sim);
    assert_int_equal(exec.status, WCOW_CONFLICT);
    assert_non_null(strstr(exec.err.message, "is not running"));
    assert_null(strstr(exec.err.message, "Hcs"));
    drop(f, container);
}

static void one_that_ends_meanwhile_has_no_processes(void **test)
{
    static const char *const answers[] = {"0xC037010E", "0xC0370105"};
    fixture *f = *test;

    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        cleanup_free char *rule =
            text_format("{\"call\":\"HcsOpenComputeSystem\",\"nth\":1,\"hr\":\"%s\",\"delay\":600}",
                        answers[i]);
        wcow_container *container = start(f);
        listing ask = {.container = container};
        pthread_t thread;

        assert_true(sim_fault(f->fake->sim, rule));
        assert_int_equal(pthread_create(&thread, NULL, ask_for_processes, &ask), 0);
        clock_sleep(200);
        assert_ok(&f->err, wcow_container_stop(container, 0, &f->err));
        pthread_join(thread, NULL);
        sim_faults_clear(f->fake->sim);
        assert_int_equal(ask.status, WCOW_CONFLICT);
        assert_non_null(strstr(ask.err.message, "is not running"));
        drop(f, container);
    }
}

static void where_nothing_can_be_noted_an_exec_runs_all_the_same(void **test)
{
    static const char *const cat[] = {"cat", NULL};
    fixture *f = *test;
    wcow_container *container = start(f);
    cleanup_free char *path = path_of_execs(f->host);
    attached a = {.container = container, .command = cat, .outcome = WCOW_OUTCOME_INIT};

    assert_int_equal(f->files->replace(f->files, path, "", 0), 0); /* a file, and no folder */
    begin(f, &a);
    end(&a);
    assert_ok(&a.err, a.status);
    exec_in_background(f, container, ping);
    assert_int_equal(f->files->remove_file(f->files, path), 0);
    drop(f, container);
}

/* ---- those whose owner dies ---- */

/*
 * A container that runs, and another process that has an exec under way in it until end_owner().
 * That is forked first: it would hold the locks of monitors, too.
 */
static wcow_container *start_with_owner(fixture *f, pid_t *owner)
{
    wcow_container *container = fixture_create(f, NULL, ping);

    *owner = fork();
    assert_true(*owner >= 0);
    if (*owner == 0) {
        exec_note note = EXEC_NOTE_INIT;

        alarm(PATIENCE / 1000);
        exec_note_begin(&note, container);
        for (;;)
            pause();
    }
    assert_ok(&f->err, wcow_container_start(container, NULL, NULL, &f->err));
    assert_true(comes_to_list(f, container, 1));
    return container;
}

static void end_owner(pid_t owner)
{
    assert_int_equal(kill(owner, SIGKILL), 0);
    assert_int_equal(waitpid(owner, NULL, 0), owner);
}

static void one_whose_owner_died_is_not_listed(void **test)
{
    fixture *f = *test;
    pid_t owner;
    wcow_container *container = start_with_owner(f, &owner);

    end_owner(owner);
    assert_int_equal(notes(f), 1);
    assert_int_equal(listed(f, container), 0);
    assert_int_equal(notes(f), 0);
    drop(f, container);
}

static void rm_does_not_wait_for_an_exec(void **test)
{
    fixture *f = *test;
    pid_t owner;
    wcow_container *container = start_with_owner(f, &owner);
    cleanup_free char *folder = path_of_container(f->host, container->id);

    drop(f, container);
    assert_false(store_exists(f->host, folder));
    assert_int_equal(notes(f), 1); /* its owner's */
    assert_ok(&f->err, wcow_host_prune(f->host, NULL, NULL, &f->err));
    assert_int_equal(notes(f), 1);
    end_owner(owner);
    assert_ok(&f->err, wcow_host_prune(f->host, NULL, NULL, &f->err));
    assert_int_equal(notes(f), 0);
}

/* Both kinds of notes that nobody answers for. */
static void leave_notes(fixture *f, const char *id)
{
    static const char *const endings[] = {"lock", "json"};
    cleanup_free char *folder = path_of_execs(f->host);
    cleanup_json cJSON *nothing = cJSON_CreateObject();

    assert_ok(&f->err, store_make_directory(f->host, folder, &f->err));
    for (size_t i = 0; i < 2; i++) {
        cleanup_free char *name = text_format("%s-%064d.%s", id, 7, endings[i]);
        cleanup_free char *path = path_join(folder, name);

        assert_ok(&f->err, store_write(f->host, path, nothing, &f->err));
    }
}

static void what_execs_left_goes_with_their_container(void **test)
{
    fixture *f = *test;
    wcow_container *container = start(f);
    wcow_container *other = start(f);

    leave_notes(f, container->id);
    exec_in_background(f, other, ping);
    assert_int_equal(notes(f), 3);
    drop(f, container);
    assert_int_equal(notes(f), 1);
    drop(f, other);
    assert_int_equal(notes(f), 0);
}

static void prune_sweeps_what_execs_left_and_nothing_that_runs(void **test)
{
    static const char absent[] = "ab5e47ab5e47ab5e47ab5e47ab5e47ab5e47ab5e47ab5e47ab5e47ab5e47ab5e";
    fixture *f = *test;
    pid_t owner;
    wcow_container *container = start_with_owner(f, &owner);

    leave_notes(f, absent);
    exec_in_background(f, container, ping);
    end_owner(owner);
    assert_int_equal(notes(f), 4);
    assert_ok(&f->err, wcow_host_prune(f->host, NULL, NULL, &f->err));
    assert_int_equal(notes(f), 1);
    assert_int_equal(listed(f, container), 1);
    drop(f, container);
}

static void what_execs_left_goes_when_a_monitor_is_found_dead(void **test)
{
    const state running = {.phase = PHASE_RUNNING, .pid = 7, .monitor_pid = 8, .started = 1};
    fixture *f = *test;
    wcow_container *container = fixture_create(f, "web", ping);

    leave_notes(f, container->id);
    assert_ok(&f->err, state_write(f->host, container->id, &running, &f->err));
    assert_int_equal(listed(f, container), 0);
    assert_int_equal(notes(f), 0);
    drop(f, container);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)

/* A monitor that knows no such request, as those before exec -d: it hangs up. */
static void *hang_up(void *context)
{
    cleanup_frame frame request = FRAME_INIT;
    stream *client = NULL;

    if (!pipe_accept(context, &client))
        ignore(frame_read(client, 20000, &request, NULL));
    stream_free(client);
    return NULL;
}

static void a_monitor_that_hangs_up_is_called_an_older_one(void **test)
{
    fixture *f = *test;
    wcow_container *web = fixture_create(f, "web", ping);
    cleanup_free char *name = path_of_pipe(f->host, wcow_container_id(web));
    const state running = {.phase = PHASE_RUNNING, .started = 1};
    wcow_exec_spec spec = WCOW_EXEC_SPEC_INIT;
    store_lock owner = STORE_LOCK_INIT;
    pipe_server *server = NULL;
    pthread_t monitor;

    spec.command = ping;
    assert_ok(&f->err, state_write(f->host, wcow_container_id(web), &running, &f->err));
    assert_ok(&f->err, container_own(f->host, wcow_container_id(web), 1000, &owner, &f->err));
    assert_int_equal(pipe_listen(name, &server), 0);
    assert_int_equal(pthread_create(&monitor, NULL, hang_up, server), 0);
    assert_fails(&f->err, WCOW_UNSUPPORTED,
                 "cannot exec in container 'web': its monitor is an older wcow.exe, which cannot "
                 "do that",
                 wcow_container_exec(web, &spec, NULL, NULL, &f->err));
    assert_string_equal(f->err.hint, "restart the container, or exec without -d");
    pthread_join(monitor, NULL);
    pipe_server_free(server);
    store_lock_release(&owner);
    drop(f, web);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_running_exec_is_listed_and_one_that_ended_is_not),
        TEST(what_cannot_be_run_is_not_listed),
        TEST(one_in_the_background_is_listed_until_it_ends),
        TEST(a_paused_one_is_listed),
        TEST(a_container_that_does_not_run_has_none),
        TEST(one_that_ends_meanwhile_is_not_running),
        TEST(one_that_ends_meanwhile_has_no_processes),
        TEST(where_nothing_can_be_noted_an_exec_runs_all_the_same),
        TEST(a_monitor_that_hangs_up_is_called_an_older_one),
        TEST(one_whose_owner_died_is_not_listed),
        TEST(rm_does_not_wait_for_an_exec),
        TEST(what_execs_left_goes_with_their_container),
        TEST(prune_sweeps_what_execs_left_and_nothing_that_runs),
        TEST(what_execs_left_goes_when_a_monitor_is_found_dead),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
