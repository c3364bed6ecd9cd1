/* SPDX-License-Identifier: MIT */
/* A container's life: create, start, watch, stop, remove. */
#include "tests/unit/engine/fixture.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "base/path.h"
#include "engine/container/container.h"

static const char *const ping[] = {"ping", NULL};

static void assert_status(fixture *f, wcow_container *container, const char *expected)
{
    cleanup_free char *status = fixture_inspect(f, container, "State.Status");

    assert_string_equal(status, expected);
}

static void start(fixture *f, wcow_container *container)
{
    assert_ok(&f->err, wcow_container_start(container, NULL, NULL, &f->err));
}

static void a_container_lives_and_leaves_nothing(void **state)
{
    fixture *f = *state;
    wcow_container *web = fixture_create(f, "web", ping);
    uint32_t code = 0;

    assert_status(f, web, "created");
    start(f, web);
    assert_status(f, web, "running");
    assert_int_equal(fixture_left(f, "systems"), 1);
    assert_int_equal(fixture_left(f, "mounted"), 1);
    assert_int_equal(fixture_left(f, "endpoints"), 1);
    assert_ok(&f->err, wcow_container_stop(web, 5, &f->err));
    assert_status(f, web, "exited");
    fixture_assert_clean(f);
    assert_ok(&f->err, wcow_container_wait(web, &code, &f->err));
    assert_int_equal(code, 0xC000013A);
    assert_ok(&f->err, wcow_container_remove(web, false, &f->err));
    wcow_container_free(web);
    assert_int_equal(wcow_container_open(f->host, "web", &web, &f->err), WCOW_NOT_FOUND);
}

static void all_32_bits_of_an_exit_code_arrive(void **state)
{
    static const char *const commands[][3] = {{"exit", "0", NULL},
                                              {"exit", "3", NULL},
                                              {"exit", "255", NULL},
                                              {"exit", "0xC000013A", NULL}};
    static const uint32_t codes[] = {0, 3, 255, 0xC000013A};
    fixture *f = *state;

    for (size_t i = 0; i < 4; i++) {
        wcow_container *container = fixture_create(f, NULL, commands[i]);
        uint32_t code = 77;

        start(f, container);
        assert_ok(&f->err, wcow_container_wait(container, &code, &f->err));
        assert_int_equal(code, codes[i]);
        assert_ok(&f->err, wcow_container_remove(container, false, &f->err));
        wcow_container_free(container);
    }
}

static void a_command_that_is_not_there_is_said_to_be_so(void **state)
{
    static const char *const command[] = {"nosuch", NULL};
    fixture *f = *state;
    wcow_container *container = fixture_create(f, "lost", command);
    cleanup_free char *code = NULL;

    assert_int_equal(wcow_container_start(container, NULL, NULL, &f->err), WCOW_COMMAND_NOT_FOUND);
    assert_non_null(strstr(f->err.message,
                           "cannot start container 'lost': cannot run 'nosuch': HcsCreateProcess"));
    assert_non_null(strstr(f->err.message, "0x80070002"));
    assert_int_equal(f->err.hresult, (int32_t)0x80070002);
    fixture_assert_clean(f);
    assert_status(f, container, "created");
    code = fixture_inspect(f, container, "State.ExitCode");
    assert_string_equal(code, "127");
    assert_ok(&f->err, wcow_container_remove(container, false, &f->err));
    wcow_container_free(container);
}

static void a_command_that_cannot_be_run_is_another_error(void **state)
{
    static const char *const denied[] = {"denied", NULL};
    static const char *const notexe[] = {"notexe", NULL};
    fixture *f = *state;
    wcow_container *first = fixture_create(f, NULL, denied);
    wcow_container *second = fixture_create(f, NULL, notexe);

    assert_int_equal(wcow_container_start(first, NULL, NULL, NULL), WCOW_COMMAND_NOT_RUNNABLE);
    assert_int_equal(wcow_container_start(second, NULL, NULL, NULL), WCOW_COMMAND_NOT_RUNNABLE);
    fixture_assert_clean(f);
    wcow_container_free(first);
    wcow_container_free(second);
}

static void starting_a_running_one_does_nothing(void **state)
{
    fixture *f = *state;
    wcow_container *web = fixture_create(f, "web", ping);

    start(f, web);
    start(f, web);
    assert_int_equal(fixture_calls(f, "HcsCreateComputeSystem"), 1);
    assert_ok(&f->err, wcow_container_remove(web, true, &f->err));
    fixture_assert_clean(f);
    wcow_container_free(web);
}

static void a_stopped_one_starts_again(void **state)
{
    fixture *f = *state;
    wcow_container *web = fixture_create(f, "web", ping);

    for (int i = 0; i < 3; i++) {
        start(f, web);
        assert_ok(&f->err, wcow_container_stop(web, 5, &f->err));
    }
    assert_int_equal(fixture_calls(f, "HcsCreateComputeSystem"), 3);
    assert_ok(&f->err, wcow_container_stop(web, 5, &f->err));
    assert_ok(&f->err, wcow_container_remove(web, false, &f->err));
    fixture_assert_clean(f);
    wcow_container_free(web);
}

static bool was_sent(fixture *f, const char *signal)
{
    cleanup_json cJSON *journal = sim_journal(f->fake->sim);
    cleanup_free char *printed = json_print(journal);

    return printed && strstr(printed, signal);
}

static void stop_sends_the_signal_that_it_is_given(void **state)
{
    fixture *f = *state;
    wcow_container *container = fixture_create(f, NULL, ping);

    assert_int_equal(wcow_container_stop_by(container, "NOSUCH", 5, &f->err), WCOW_INVALID);
    assert_string_equal(f->err.message, "Invalid signal: NOSUCH");
    start(f, container);
    assert_ok(&f->err, wcow_container_stop_by(container, "SIGINT", 5, &f->err));
    assert_true(was_sent(f, "CtrlC"));
    assert_false(was_sent(f, "CtrlShutdown"));
    assert_int_equal(fixture_calls(f, "HcsTerminateProcess"), 0);
    start(f, container);
    assert_ok(&f->err, wcow_container_stop_by(container, "KILL", 100, &f->err));
    assert_int_equal(fixture_calls(f, "HcsSignalProcess"), 1);
    assert_int_equal(fixture_calls(f, "HcsTerminateProcess"), 1);
    assert_status(f, container, "exited");
    fixture_assert_clean(f);
    wcow_container_free(container);
}

static wcow_container *create_with_signal(fixture *f, const char *image, const char *signal)
{
    wcow_container_spec spec = WCOW_CONTAINER_SPEC_INIT;
    wcow_container *container = NULL;

    spec.image = image;
    spec.command = ping;
    spec.stop_signal = signal;
    assert_ok(&f->err, wcow_container_create(f->host, &spec, &container, &f->err));
    return container;
}

/* --stop-signal, or an image's STOPSIGNAL. */
static void a_container_has_a_signal_of_its_own(void **state)
{
    fixture *f = *state;
    wcow_container *given, *inherited;
    cleanup_free char *shown = NULL;

    fixture_load(f, "test/signal:1", "{\"Cmd\":[\"ping\"],\"StopSignal\":\"SIGINT\"}");
    fixture_load(f, "test/linux:1", "{\"Cmd\":[\"ping\"],\"StopSignal\":\"SIGRTMIN+3\"}");
    inherited = create_with_signal(f, "test/signal:1", NULL);
    shown = fixture_inspect(f, inherited, "Config.StopSignal");
    assert_string_equal(shown, "SIGINT");
    start(f, inherited);
    assert_ok(&f->err, wcow_container_stop(inherited, 5, &f->err));
    assert_true(was_sent(f, "CtrlC"));
    assert_false(was_sent(f, "CtrlShutdown"));
    given = create_with_signal(f, "test/signal:1", "KILL");
    start(f, given);
    assert_ok(&f->err, wcow_container_stop(given, 100, &f->err));
    assert_int_equal(fixture_calls(f, "HcsSignalProcess"), 1);
    assert_int_equal(fixture_calls(f, "HcsTerminateProcess"), 1);
    wcow_container_free(given);
    given = create_with_signal(f, "test/linux:1", NULL); /* which Windows has nothing like */
    start(f, given);
    assert_ok(&f->err, wcow_container_stop(given, 5, &f->err));
    assert_true(was_sent(f, "CtrlShutdown"));
    fixture_assert_clean(f);
    wcow_container_free(given);
    wcow_container_free(inherited);
}

static void a_process_that_ignores_signals_is_terminated(void **state)
{
    static const char *const stuck[] = {"stuck", NULL};
    fixture *f = *state;
    wcow_container *container = fixture_create(f, NULL, stuck);

    start(f, container);
    assert_ok(&f->err, wcow_container_stop(container, 1, &f->err));
    assert_int_equal(fixture_calls(f, "HcsSignalProcess"), 1);
    assert_int_equal(fixture_calls(f, "HcsTerminateProcess"), 1);
    assert_status(f, container, "exited");
    fixture_assert_clean(f);
    wcow_container_free(container);
}

static void a_running_one_is_removed_by_force_only(void **state)
{
    fixture *f = *state;
    wcow_container *web = fixture_create(f, "web", ping);

    start(f, web);
    assert_fails(
        &f->err, WCOW_CONFLICT,
        "cannot remove container \"/web\": container is running: stop the container before "
        "removing or force remove",
        wcow_container_remove(web, false, &f->err));
    assert_ok(&f->err, wcow_container_remove(web, true, &f->err));
    fixture_assert_clean(f);
    wcow_container_free(web);
}

static void rm_leaves_no_file(void **state)
{
    fixture *f = *state;
    wcow_container *web = fixture_create(f, "web", ping);
    cleanup_free char *containers = path_join(f->root, "containers");
    string_list names = STRING_LIST_INIT;

    start(f, web);
    assert_ok(&f->err, wcow_container_remove(web, true, &f->err));
    fixture_settle(f);
    assert_int_equal(f->files->list(f->files, containers, &names), 0);
    assert_int_equal(names.count, 1);
    assert_string_equal(names.items[0], "containers.lock");
    string_list_free(&names);
    wcow_container_free(web);
}

static void create_meanwhile(void *context)
{
    fixture *f = context;

    wcow_container_free(fixture_create(f, "meanwhile", ping));
}

/* A scanner may hold a file of it for long: who makes containers meanwhile does not wait for that.
 */
static void others_are_created_while_the_folder_of_one_goes(void **state)
{
    fixture *f = *state;
    wcow_container *web = fixture_create(f, "web", ping);
    size_t calls;

    faulty_files_fail(&f->faulty, 0);
    assert_ok(&f->err, wcow_container_remove(web, false, &f->err));
    wcow_container_free(web);
    calls = f->faulty.calls;
    web = fixture_create(f, "web", ping);
    faulty_files_meet(&f->faulty, calls, create_meanwhile, f);
    assert_ok(&f->err, wcow_container_remove(web, false, &f->err));
    wcow_container_free(web);
    assert_true(f->faulty.met);
    assert_ok(&f->err, wcow_container_open(f->host, "meanwhile", &web, &f->err));
    wcow_container_free(web);
}

static void rm_with_the_run_removes_itself(void **state)
{
    fixture *f = *state;
    wcow_container_spec spec = WCOW_CONTAINER_SPEC_INIT;
    static const char *const command[] = {"exit", "7", NULL};
    wcow_attach_options attach = WCOW_ATTACH_OPTIONS_INIT;
    wcow_outcome outcome = {.detached = true};
    wcow_container *container = NULL;

    spec.image = IMAGE;
    spec.name = "short";
    spec.command = command;
    spec.auto_remove = true;
    assert_ok(&f->err, wcow_container_create(f->host, &spec, &container, &f->err));
    assert_ok(&f->err, wcow_container_start(container, &attach, &outcome, &f->err));
    assert_int_equal(outcome.exit_code, 7);
    assert_false(outcome.detached);
    wcow_container_free(container);
    assert_fails(&f->err, WCOW_NOT_FOUND, "No such container: short",
                 wcow_container_open(f->host, "short", &container, &f->err));
    fixture_assert_clean(f);
}

static void a_taken_name_is_refused(void **state)
{
    fixture *f = *state;
    wcow_container *first = fixture_create(f, "web", ping);
    wcow_container *second = NULL;
    wcow_container_spec spec = WCOW_CONTAINER_SPEC_INIT;

    spec.image = IMAGE;
    spec.name = "web";
    assert_int_equal(wcow_container_create(f->host, &spec, &second, &f->err), WCOW_ALREADY_EXISTS);
    assert_non_null(strstr(f->err.message,
                           "Conflict. The container name \"/web\" is already in use "
                           "by container \""));
    assert_null(second);
    second = fixture_create(f, "other", ping);
    assert_int_equal(wcow_container_rename(second, "web", NULL), WCOW_ALREADY_EXISTS);
    assert_ok(&f->err, wcow_container_rename(first, "www", &f->err));
    assert_ok(&f->err, wcow_container_rename(second, "web", &f->err));
    assert_string_equal(wcow_container_name(first), "www");
    assert_string_equal(wcow_container_name(second), "web");
    wcow_container_free(first);
    assert_ok(&f->err, wcow_container_open(f->host, "/web", &first, &f->err));
    assert_string_equal(wcow_container_id(first), wcow_container_id(second));
    wcow_container_free(first);
    wcow_container_free(second);
}

static void hyperv_isolation_mounts_nothing_and_can_pause(void **state)
{
    fixture *f = *state;
    wcow_container_spec spec = WCOW_CONTAINER_SPEC_INIT;
    wcow_container *vm = NULL;

    spec.image = IMAGE;
    spec.isolation = WCOW_ISOLATION_HYPERV;
    spec.command = ping;
    assert_ok(&f->err, wcow_container_create(f->host, &spec, &vm, &f->err));
    start(f, vm);
    assert_int_equal(fixture_calls(f, "ActivateLayer"), 0);
    assert_ok(&f->err, wcow_container_pause(vm, &f->err));
    assert_status(f, vm, "paused");
    assert_int_equal(wcow_container_pause(vm, NULL), WCOW_CONFLICT);
    assert_ok(&f->err, wcow_container_unpause(vm, &f->err));
    assert_status(f, vm, "running");
    assert_ok(&f->err, wcow_container_pause(vm, &f->err));
    assert_ok(&f->err, wcow_container_stop(vm, 5, &f->err));
    fixture_assert_clean(f);
    wcow_container_free(vm);
}

static void process_isolation_cannot_pause(void **state)
{
    fixture *f = *state;
    wcow_container *web = fixture_create(f, "web", ping);

    assert_int_equal(wcow_container_pause(web, NULL), WCOW_CONFLICT);
    start(f, web);
    assert_fails(&f->err, WCOW_UNSUPPORTED,
                 "cannot pause container 'web': it has process isolation",
                 wcow_container_pause(web, &f->err));
    assert_status(f, web, "running");
    assert_ok(&f->err, wcow_container_remove(web, true, &f->err));
    wcow_container_free(web);
}

static void top_lists_the_processes(void **state)
{
    fixture *f = *state;
    wcow_container *web = fixture_create(f, "web", ping);
    wcow_process_info *rows = NULL;
    size_t count = 0;

    assert_int_equal(wcow_container_processes(web, &rows, &count, NULL), WCOW_CONFLICT);
    start(f, web);
    assert_ok(&f->err, wcow_container_processes(web, &rows, &count, &f->err));
    assert_int_equal(count, 1);
    assert_non_null(strstr(rows[0].name, "ping"));
    assert_int_not_equal(rows[0].pid, 0);
    wcow_free(rows);
    assert_ok(&f->err, wcow_container_remove(web, true, &f->err));
    wcow_container_free(web);
}

static void kill_says_when_there_is_nothing_to_kill(void **state)
{
    fixture *f = *state;
    wcow_container *web = fixture_create(f, "web", ping);

    assert_int_equal(wcow_container_kill(web, "KILL", &f->err), WCOW_CONFLICT);
    assert_non_null(strstr(f->err.message, "is not running"));
    assert_int_equal(wcow_container_kill(web, "NOSUCH", &f->err), WCOW_INVALID);
    start(f, web);
    assert_ok(&f->err, wcow_container_kill(web, "SIGKILL", &f->err));
    assert_status(f, web, "exited");
    fixture_assert_clean(f);
    wcow_container_free(web);
}

static void int_is_a_ctrl_c(void **state)
{
    static const char *const command[] = {"wait", "9", NULL};
    fixture *f = *state;
    wcow_container *container = fixture_create(f, NULL, command);
    uint32_t code = 0;

    start(f, container);
    assert_ok(&f->err, wcow_container_kill(container, "INT", &f->err));
    assert_ok(&f->err, wcow_container_wait(container, &code, &f->err));
    assert_int_equal(code, 9);
    fixture_assert_clean(f);
    wcow_container_free(container);
}

/* As dockerd on every build: the system is asked to shut down, whatever the signal was. */
static void where_there_are_no_signals_int_is_a_shutdown(void **state)
{
    fixture *f = *state;
    wcow_container *container = fixture_create(f, NULL, ping);
    uint32_t code = 0;

    start(f, container);
    assert_true(sim_fault(f->fake->sim,
                          "{\"call\":\"HcsSignalProcess\",\"every\":true,\"hr\":\"0x80004001\"}"));
    assert_ok(&f->err, wcow_container_kill(container, "INT", &f->err));
    assert_ok(&f->err, wcow_container_wait(container, &code, &f->err));
    sim_faults_clear(f->fake->sim);
    assert_true(fixture_calls(f, "HcsShutdownComputeSystem") > 0);
    assert_status(f, container, "exited");
    fixture_assert_clean(f);
    wcow_container_free(container);
}

/* kill has ended it before stop resumes it: that was "cannot unpause", or the service's own words.
 */
static void a_stop_of_a_paused_one_that_cannot_be_resumed_ends_it(void **state)
{
    wcow_container_spec spec = WCOW_CONTAINER_SPEC_INIT;
    fixture *f = *state;
    wcow_container *vm = NULL;

    spec.image = IMAGE;
    spec.command = ping;
    spec.isolation = WCOW_ISOLATION_HYPERV;
    assert_ok(&f->err, wcow_container_create(f->host, &spec, &vm, &f->err));
    start(f, vm);
    assert_ok(&f->err, wcow_container_pause(vm, &f->err));
    assert_true(
        sim_fault(f->fake->sim,
                  "{\"call\":\"HcsResumeComputeSystem\",\"every\":true,\"hr\":\"0xC0370110\"}"));
    assert_ok(&f->err, wcow_container_stop(vm, 1, &f->err));
    sim_faults_clear(f->fake->sim);
    assert_status(f, vm, "exited");
    fixture_assert_clean(f);
    wcow_container_free(vm);
}

static void the_list_has_the_newest_first(void **state)
{
    fixture *f = *state;
    wcow_container *first = fixture_create(f, "first", ping);
    wcow_container *second = fixture_create(f, "second", ping);
    wcow_container_info *rows = NULL;
    size_t count = 0;

    start(f, first);
    assert_ok(&f->err, wcow_container_list(f->host, &rows, &count, &f->err));
    assert_int_equal(count, 2);
    assert_string_equal(rows[0].name, "second");
    assert_string_equal(rows[0].status, "Created");
    assert_string_equal(rows[0].command, "ping");
    assert_string_equal(rows[1].name, "first");
    assert_string_equal(rows[1].state, "running");
    assert_true(strncmp(rows[1].status, "Up ", 3) == 0);
    assert_true(rows[1].running);
    wcow_free(rows);
    assert_ok(&f->err, wcow_container_remove(first, true, &f->err));
    wcow_container_free(first);
    wcow_container_free(second);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_container_lives_and_leaves_nothing, fixture_set_up,
                                        fixture_tear_down),
        cmocka_unit_test_setup_teardown(all_32_bits_of_an_exit_code_arrive, fixture_set_up,
                                        fixture_tear_down),
        cmocka_unit_test_setup_teardown(a_command_that_is_not_there_is_said_to_be_so,
                                        fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(a_command_that_cannot_be_run_is_another_error,
                                        fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(starting_a_running_one_does_nothing, fixture_set_up,
                                        fixture_tear_down),
        cmocka_unit_test_setup_teardown(a_stopped_one_starts_again, fixture_set_up,
                                        fixture_tear_down),
        cmocka_unit_test_setup_teardown(stop_sends_the_signal_that_it_is_given, fixture_set_up,
                                        fixture_tear_down),
        cmocka_unit_test_setup_teardown(a_container_has_a_signal_of_its_own, fixture_set_up,
                                        fixture_tear_down),
        cmocka_unit_test_setup_teardown(a_process_that_ignores_signals_is_terminated,
                                        fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(a_running_one_is_removed_by_force_only, fixture_set_up,
                                        fixture_tear_down),
        cmocka_unit_test_setup_teardown(rm_leaves_no_file, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(others_are_created_while_the_folder_of_one_goes,
                                        fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(rm_with_the_run_removes_itself, fixture_set_up,
                                        fixture_tear_down),
        cmocka_unit_test_setup_teardown(a_taken_name_is_refused, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(hyperv_isolation_mounts_nothing_and_can_pause,
                                        fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(process_isolation_cannot_pause, fixture_set_up,
                                        fixture_tear_down),
        cmocka_unit_test_setup_teardown(top_lists_the_processes, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(kill_says_when_there_is_nothing_to_kill, fixture_set_up,
                                        fixture_tear_down),
        cmocka_unit_test_setup_teardown(int_is_a_ctrl_c, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(where_there_are_no_signals_int_is_a_shutdown,
                                        fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(a_stop_of_a_paused_one_that_cannot_be_resumed_ends_it,
                                        fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(the_list_has_the_newest_first, fixture_set_up,
                                        fixture_tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
