/* SPDX-License-Identifier: MIT */
/* A task's container on the simulated host, from Create to its end. */
#include "tests/unit/shim/container/shim_scene.h"

#include <string.h>

#include "base/error.h"
#include "base/path.h"
#include "network/namespace.h"
#include "port/clock.h"
#include "runtime/guard.h"
#include "shim/container/leftover.h"
#include "shim/container/program_note.h"
#include "shim/container/taken.h"

static void a_container_runs_from_create_to_delete(void **state)
{
    const scene_wish wish = {.id = "web", .command = "exit 7"};
    cleanup_free char *bundle = NULL;
    cleanup_taken_note taken noted = {0};
    shim_scene s;

    (void)state;
    shim_scene_open(&s, "web", false, NULL);
    assert_ok(&s.err, shim_scene_create(&s, &wish));
    bundle = shim_scene_bundle(&s, "web");
    assert_ok(&s.err, taken_read(s.files, bundle, &noted, &s.err));
    assert_true(noted.system && noted.mounted && noted.scratch);
    assert_int_equal(shim_scene_calls(&s, "HcsStartComputeSystem"), 0);
    assert_ok(&s.err, shim_scene_start(&s, "web", ""));
    assert_int_equal(shim_scene_wait(&s, "web", ""), 7);
    shim_scene_assert_clean(&s, "web");
    shim_scene_delete(&s, "web", "");
    assert_string_equal(text_get(&s.events), "create web|start web|exit web 7|delete web 7|");
    assert_string_equal(text_get(&s.problems), "");
    shim_scene_close(&s);
}

static char *program_of(shim_scene *s, const char *id)
{
    cleanup_free char *bundle = shim_scene_bundle(s, id);
    cleanup_free char *path = path_join(bundle, PROGRAM_NOTE_FILE);
    char *content = NULL;
    size_t size;

    assert_int_equal(s->files->read(s->files, path, 4096, &content, &size), 0);
    return content;
}

/* Else it asks the program of the handler's type, which may be another shim. */
static void containerd_finds_the_program_in_the_bundle_when_it_is_started_anew(void **state)
{
    const scene_wish wish = {.id = "web"};
    cleanup_free char *bundle = NULL;
    cleanup_free char *path = NULL;
    cleanup_free char *ours = NULL;
    cleanup_free char *theirs = NULL;
    shim_scene s;

    (void)state;
    shim_scene_open(&s, "web", false, NULL);
    assert_ok(&s.err, shim_scene_create(&s, &wish));
    ours = program_of(&s, "web");
    assert_string_equal(ours, SCENE_PROGRAM);
    shim_scene_delete(&s, "web", "");
    bundle = shim_scene_bundle(&s, "web");
    path = path_join(bundle, PROGRAM_NOTE_FILE);
    assert_int_equal(s.files->replace(s.files, path, "C:\\its.exe", 10), 0);
    assert_ok(&s.err, shim_scene_create(&s, &wish));
    theirs = program_of(&s, "web");
    assert_string_equal(theirs, "C:\\its.exe");
    shim_scene_close(&s);
}

static void what_it_writes_and_reads_passes_through_its_streams(void **state)
{
    const scene_wish wish = {.id = "web", .command = "cat", .streams = true};
    cleanup_free char *written = NULL;
    shim_scene s;

    (void)state;
    shim_scene_open(&s, "web", false, NULL);
    fake_stdio_type("typed");
    assert_ok(&s.err, shim_scene_create(&s, &wish));
    assert_ok(&s.err, task_close_input(s.pod, "web", "", &s.err)); /* before its start */
    assert_ok(&s.err, shim_scene_start(&s, "web", ""));
    assert_int_equal(shim_scene_wait(&s, "web", ""), 0);
    written = fake_stdio_written("web-out");
    assert_string_equal(written, "typed");
    shim_scene_close(&s);
}

static void a_process_has_the_pipes_that_its_client_has(void **state)
{
    const scene_wish with = {.id = "web", .streams = true}, without = {.id = "quiet"};
    shim_scene s;

    (void)state;
    for (int i = 0; i < 2; i++) {
        cleanup_json cJSON *document = NULL;

        shim_scene_open(&s, i ? "quiet" : "web", false, NULL);
        assert_ok(&s.err, shim_scene_create(&s, i ? &without : &with));
        assert_ok(&s.err, shim_scene_start(&s, i ? "quiet" : "web", ""));
        document = shim_scene_last(&s, "HcsCreateProcess", "processParameters");
        assert_int_equal(json_bool(document, "CreateStdInPipe", false), i == 0);
        assert_int_equal(json_bool(document, "CreateStdOutPipe", false), i == 0);
        assert_int_equal(json_bool(document, "CreateStdErrPipe", false), i == 0);
        shim_scene_close(&s);
    }
}

static void what_cannot_be_started_is_given_back_whole(void **state)
{
    const scene_wish wish = {.id = "web", .command = "nothing"};
    shim_scene s;

    (void)state;
    shim_scene_open(&s, "web", false, NULL);
    assert_ok(&s.err, shim_scene_create(&s, &wish));
    assert_int_equal(shim_scene_start(&s, "web", ""), WCOW_COMMAND_NOT_FOUND);
    assert_non_null(strstr(s.err.message, "cannot run 'nothing'"));
    shim_scene_assert_clean(&s, "web");
    assert_int_equal(shim_scene_wait(&s, "web", ""), 1);
    shim_scene_delete(&s, "web", "");
    assert_string_equal(text_get(&s.events), "create web|exit web 1|delete web 1|");
    shim_scene_close(&s);
}

static void what_was_only_created_is_given_back(void **state)
{
    const scene_wish wish = {.id = "web"};
    shim_scene s;

    (void)state;
    shim_scene_open(&s, "web", false, NULL);
    assert_ok(&s.err, shim_scene_create(&s, &wish));
    shim_scene_delete(&s, "web", "");
    shim_scene_assert_clean(&s, "web");
    assert_ok(&s.err, shim_scene_create(&s, &wish)); /* the name is free again */
    assert_ok(&s.err, task_kill(s.pod, "web", "", 9, false, &s.err));
    shim_scene_assert_clean(&s, "web");
    shim_scene_close(&s);
}

static void a_client_that_does_not_listen_fails_it_before_anything_is_taken(void **state)
{
    const scene_wish wish = {.id = "web", .streams = true};
    shim_scene s;

    (void)state;
    shim_scene_open(&s, "web", false, NULL);
    fake_stdio_refuse(WCOW_NOT_FOUND);
    assert_fails(&s.err, WCOW_NOT_FOUND, "nobody listens at 'web-out'",
                 shim_scene_create(&s, &wish));
    assert_int_equal(shim_scene_calls(&s, "ActivateLayer"), 0);
    assert_int_equal(shim_scene_calls(&s, "HcsCreateComputeSystem"), 0);
    shim_scene_assert_clean(&s, "web");
    shim_scene_close(&s);
}

/* ---- signals ---- */

static void signals_go_by_the_numbers_of_windows(void **state)
{
    static const struct row {
        uint32_t number;
        const char *wrote;
    } rows[] = {{0, "CtrlC"},      {1, "CtrlBreak"},    {2, "CtrlClose"},
                {5, "CtrlLogOff"}, {6, "CtrlShutdown"}, {15, "CtrlShutdown"}};
    shim_scene s;

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        cleanup_json cJSON *options = NULL;

        shim_scene_open(&s, "web", false, NULL);
        shim_scene_run(&s, "web", "wait 5");
        assert_ok(&s.err, task_kill(s.pod, "web", "", rows[i].number, false, &s.err));
        assert_int_equal(shim_scene_wait(&s, "web", ""), 5);
        options = shim_scene_last(&s, "HcsSignalProcess", "options");
        assert_string_equal(json_text(options, "Signal", ""), rows[i].wrote);
        shim_scene_close(&s);
    }
}

static void what_windows_has_not_is_refused(void **state)
{
    shim_scene s;

    (void)state;
    shim_scene_open(&s, "web", false, NULL);
    shim_scene_run(&s, "web", "ping");
    assert_fails(&s.err, WCOW_CONFLICT, "Windows has no signal 3: it has TERM (15) and KILL (9)",
                 task_kill(s.pod, "web", "", 3, false, &s.err));
    assert_ok(&s.err, task_kill(s.pod, "web", "", 9, false, &s.err));
    assert_int_equal(shim_scene_wait(&s, "web", ""), 1);
    assert_int_equal(task_kill(s.pod, "web", "", 9, false, &s.err), WCOW_NOT_FOUND);
    shim_scene_close(&s);
}

/* ---- networks ---- */

static void a_namespace_of_a_pod_is_named_and_never_touched(void **state)
{
    const scene_wish wish = {.id = "web",
                             .command = "ping",
                             .windows =
                                 "\"network\":{\"networkNamespace\":\"" SCENE_NAMESPACE "\"}"};
    cleanup_json cJSON *document = NULL;
    cleanup_free char *made = NULL;
    shim_scene s;

    (void)state;
    shim_scene_open(&s, "web", false, NULL);
    assert_ok(&s.err, hns_namespace_create(s.fake->hcs, SCENE_NAMESPACE, &made, &s.err));
    assert_ok(&s.err, shim_scene_create(&s, &wish));
    document = shim_scene_last(&s, "HcsCreateComputeSystem", "configuration");
    assert_string_equal(json_text(json_path(document, "Container.Networking"), "Namespace", ""),
                        SCENE_NAMESPACE);
    assert_ok(&s.err, shim_scene_start(&s, "web", ""));
    assert_ok(&s.err, task_kill(s.pod, "web", "", 9, false, &s.err));
    shim_scene_wait(&s, "web", "");
    assert_int_equal(shim_scene_calls(&s, "HcnCreateNamespace"), 1);
    assert_int_equal(shim_scene_calls(&s, "HNSCall"), 0);
    assert_ok(&s.err, hns_namespace_delete(s.fake->hcs, SCENE_NAMESPACE, &s.err));
    shim_scene_close(&s);
}

static void one_that_is_in_none_gets_its_own_and_gives_it_back(void **state)
{
    const scene_wish wish = {.id = "web",
                             .command = "ping",
                             .windows = "\"network\":{\"allowUnqualifiedDNSQuery\":true}"};
    cleanup_json cJSON *document = NULL;
    cleanup_free char *bundle = NULL;
    cleanup_taken_note taken noted = {0};
    const cJSON *networking;
    size_t before;
    shim_scene s;

    (void)state;
    shim_scene_open(&s, "web", false, NULL);
    assert_ok(&s.err, shim_scene_create(&s, &wish));
    bundle = shim_scene_bundle(&s, "web");
    assert_ok(&s.err, taken_read(s.files, bundle, &noted, &s.err));
    document = shim_scene_last(&s, "HcsCreateComputeSystem", "configuration");
    networking = json_path(document, "Container.Networking");
    assert_string_equal(json_text(networking, "Namespace", ""), noted.network_namespace);
    assert_true(json_bool(networking, "AllowUnqualifiedDnsQuery", false));
    assert_ok(&s.err, shim_scene_start(&s, "web", ""));
    before = shim_scene_calls(&s, "HNSCall");
    assert_ok(&s.err, task_kill(s.pod, "web", "", 9, false, &s.err));
    shim_scene_wait(&s, "web", "");
    shim_scene_assert_clean(&s, "web");
    assert_int_equal(shim_scene_calls(&s, "HNSCall") - before, 2); /* who is in it; delete it */
    shim_scene_close(&s);
}

/* ---- a service that is stuck ---- */

/* So much longer than any of them may wait. */
#define STUCK "12000"

static void add(void *to, const char *exec_id, const task_process_facts *facts)
{
    (void)exec_id;
    *(uint32_t *)to = facts->pid;
}

static void a_service_that_hangs_holds_up_nobody_who_asks(void **state)
{
    task_state is = {0};
    uint32_t pid, listed = 0;
    uint64_t begun;
    shim_scene s;

    (void)state;
    shim_scene_open(&s, "web", false, NULL);
    pid = shim_scene_run(&s, "web", "ping");
    shim_scene_fault(&s, "{\"every\":true,\"delay\":" STUCK "}");
    begun = clock_ticks();
    assert_ok(&s.err, task_look(s.pod, "web", "", &is, &s.err));
    assert_int_equal(is.status, TASK_RUNNING);
    task_state_free(&is);
    assert_ok(&s.err, task_processes(s.pod, "web", add, &listed, &s.err));
    assert_int_equal(listed, pid);
    assert_ok(&s.err, task_kill(s.pod, "web", "", 9, false, &s.err));
    assert_true(clock_ticks() - begun < 11000);
    sim_faults_clear(s.fake->sim);
    assert_int_equal(shim_scene_wait(&s, "web", ""), 1);
    shim_scene_close(&s);
}

static void nor_who_deletes_what_was_only_created(void **state)
{
    const scene_wish wish = {.id = "web"};
    atomic_bool hung = false;
    uint64_t begun;
    shim_scene s;

    (void)state;
    shim_scene_open(&s, "web", false, NULL);
    s.host.hung = &hung;
    shim_scene_bury(&s); /* another server, of that host */
    assert_ok(&s.err, shim_scene_create(&s, &wish));
    shim_scene_fault(&s, "{\"call\":\"HcsTerminateComputeSystem\",\"delay\":" STUCK "}");
    begun = clock_ticks();
    shim_scene_delete(&s, "web", "");
    assert_true(clock_ticks() - begun < 11000);
    assert_true(atomic_load(&hung));   /* a thread uses that host still */
    shim_scene_assert_clean(&s, NULL); /* it goes on by itself */
    shim_scene_close(&s);
}

/* The same for a client's side that takes its time: both together are waited for as long as one. */
static void nor_does_a_logger_that_ends_slowly(void **state)
{
    const scene_wish wish = {.id = "web", .streams = true};
    uint64_t begun;
    shim_scene s;

    (void)state;
    shim_scene_open(&s, "web", false, NULL);
    assert_ok(&s.err, shim_scene_create(&s, &wish));
    fake_stdio_linger(8000);
    begun = clock_ticks();
    shim_scene_delete(&s, "web", "");
    assert_true(clock_ticks() - begun < 8000);
    shim_scene_assert_clean(&s, "web");
    shim_scene_close(&s);
}

/* HNS, that is: all else is given back, and nobody waits for it. */
static void nor_does_a_namespace_that_is_not_deleted(void **state)
{
    const scene_wish wish = {.id = "web", .command = "exit 3", .windows = "\"network\":{}"};
    cleanup_free char *left = NULL;
    cleanup_free char *bundle = NULL;
    cleanup_taken_note taken noted = {0};
    atomic_bool hung = false;
    uint64_t begun;
    shim_scene s;

    (void)state;
    shim_scene_open(&s, "web", false, NULL);
    bundle = shim_scene_bundle(&s, "web");
    s.host.hung = &hung;
    shim_scene_bury(&s); /* another server, of that host */
    assert_ok(&s.err, shim_scene_create(&s, &wish));
    shim_scene_fault(&s, "{\"call\":\"HNSCall\",\"delay\":8000}");
    begun = clock_ticks();
    assert_ok(&s.err, shim_scene_start(&s, "web", ""));
    assert_int_equal(shim_scene_wait(&s, "web", ""), 3);
    assert_true(clock_ticks() - begun < 7000);
    assert_true(atomic_load(&hung)); /* a thread uses that host still */
    left = shim_scene_left(&s);
    assert_string_equal(left, "namespace ");
    assert_int_equal(taken_read(s.files, bundle, &noted, NULL), WCOW_NOT_FOUND);
    assert_true(container_has_left(s.files, s.host.layers.root));
    shim_scene_delete(&s, "web", "");
    shim_scene_assert_clean(&s, "web"); /* it goes on by itself */
    assert_ok(&s.err, leftover_release_all(&s.host, 20000, &s.err));
    shim_scene_close(&s);
}

static uint32_t retired_within; /* ms, instead of what is asked for; 0: that */

bool __real_guard_retire(guard *g, uint32_t milliseconds);
bool __wrap_guard_retire(guard *g, uint32_t milliseconds);

bool __wrap_guard_retire(guard *g, uint32_t milliseconds)
{
    return __real_guard_retire(g, retired_within ? retired_within : milliseconds);
}

static atomic_uint guards_dropped;

void __real_guard_drop(guard *g);
void __wrap_guard_drop(guard *g);

/* It is the last thing that a call's thread does. */
void __wrap_guard_drop(guard *g)
{
    __real_guard_drop(g);
    atomic_fetch_add(&guards_dropped, 1);
}

/* A server whose host tells that a thread of it hangs. */
static void open_hanging(shim_scene *s, atomic_bool *hung, const char *command)
{
    const scene_wish wish = {.id = "web", .command = command};

    shim_scene_open(s, "web", false, NULL);
    s->host.hung = hung;
    shim_scene_bury(s); /* another server, of that host */
    assert_ok(&s->err, shim_scene_create(s, &wish));
    atomic_store(&guards_dropped, 0);
}

/* A call on one of them that returns in 3 s; the process ends meanwhile. */
static void signal_by_a_call_that_hangs(shim_scene *s, const char *exec_id, uint32_t pid)
{
    shim_scene_fault(s, "{\"call\":\"HcsSignalProcess\",\"delay\":3000}");
    retired_within = 200;
    assert_ok(&s->err, task_kill(s->pod, "web", exec_id, 15, false, &s->err));
    assert_int_equal(sim_faults_hit(s->fake->sim), 1);
    assert_true(scripted_end(s->fake->machine, pid, 3));
}

/* When so many calls have returned: until then nothing may be freed that they use. */
static void close_hanging(shim_scene *s, unsigned calls)
{
    retired_within = 0;
    shim_scene_delete(s, "web", "");
    while (atomic_load(&guards_dropped) < calls)
        clock_sleep(5);
    shim_scene_bury(s);
    assert_ok(&s->err, leftover_release_all(&s->host, 20000, &s->err));
    s->may_leave = true;
    shim_scene_close(s);
}

/* A call that has not returned within 30 s: its system is left behind, and stays noted. */
static void what_a_call_still_uses_is_not_freed_at_the_server_s_end(void **state)
{
    atomic_bool hung = false;
    uint32_t pid = 0;
    shim_scene s;

    (void)state;
    open_hanging(&s, &hung, "ping");
    assert_ok(&s.err, task_start(s.pod, "web", "", &pid, &s.err));
    signal_by_a_call_that_hangs(&s, "", pid);
    assert_int_equal(shim_scene_wait(&s, "web", ""), 3);
    assert_true(atomic_load(&hung));
    assert_true(container_has_left(s.files, s.host.layers.root));
    close_hanging(&s, 1);
}

/* The same of an added process: it is left behind, and with it the container's system. */
static void nor_what_one_uses_of_an_added_process(void **state)
{
    atomic_bool hung = false;
    uint32_t pid = 0;
    shim_scene s;

    (void)state;
    open_hanging(&s, &hung, "ping");
    assert_ok(&s.err, shim_scene_start(&s, "web", ""));
    assert_ok(&s.err,
              shim_scene_exec(&s, "web", "e1", "{\"commandLine\":\"ping\",\"cwd\":\"C:\\\\\"}"));
    assert_ok(&s.err, task_start(s.pod, "web", "e1", &pid, &s.err));
    signal_by_a_call_that_hangs(&s, "e1", pid);
    assert_int_equal(shim_scene_wait(&s, "web", "e1"), 3);
    assert_true(atomic_load(&hung));
    assert_false(container_has_left(s.files, s.host.layers.root));
    assert_ok(&s.err, task_kill(s.pod, "web", "", 9, false, &s.err));
    shim_scene_wait(&s, "web", "");
    assert_true(container_has_left(s.files, s.host.layers.root));
    close_hanging(&s, 2); /* and what killed the first */
}

static void a_shut_down_brings_down_what_runs(void **state)
{
    shim_scene s;

    (void)state;
    shim_scene_open(&s, "web", false, NULL);
    shim_scene_run(&s, "web", "stuck");
    shim_scene_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_container_runs_from_create_to_delete),
        cmocka_unit_test(containerd_finds_the_program_in_the_bundle_when_it_is_started_anew),
        cmocka_unit_test(what_it_writes_and_reads_passes_through_its_streams),
        cmocka_unit_test(a_process_has_the_pipes_that_its_client_has),
        cmocka_unit_test(what_cannot_be_started_is_given_back_whole),
        cmocka_unit_test(what_was_only_created_is_given_back),
        cmocka_unit_test(a_client_that_does_not_listen_fails_it_before_anything_is_taken),
        cmocka_unit_test(signals_go_by_the_numbers_of_windows),
        cmocka_unit_test(what_windows_has_not_is_refused),
        cmocka_unit_test(a_namespace_of_a_pod_is_named_and_never_touched),
        cmocka_unit_test(one_that_is_in_none_gets_its_own_and_gives_it_back),
        cmocka_unit_test(a_service_that_hangs_holds_up_nobody_who_asks),
        cmocka_unit_test(nor_who_deletes_what_was_only_created),
        cmocka_unit_test(nor_does_a_logger_that_ends_slowly),
        cmocka_unit_test(nor_does_a_namespace_that_is_not_deleted),
        cmocka_unit_test(what_a_call_still_uses_is_not_freed_at_the_server_s_end),
        cmocka_unit_test(nor_what_one_uses_of_an_added_process),
        cmocka_unit_test(a_shut_down_brings_down_what_runs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
