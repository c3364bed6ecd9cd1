/* SPDX-License-Identifier: MIT */
/*
 * Two pods on one host as containerd's CRI has them: a namespace and a plug-in's endpoint for each,
 * a pause container and two more that share it, probes, and their ends. On Windows, with the
 * program and its pipes: tests/cli/test_cri.py.
 */
#include "tests/unit/shim/container/shim_scene.h"

#include "base/error.h"
#include "network/namespace.h"
#include "port/clock.h"
#include "tests/shim/cni/plugin.h"

#define TERM 15
#define KILL 9

/* A pod, and the shim that it has to itself. */
typedef struct pod {
    const char *name;
    const char *space;
    container_owner owner;
    container_backend *backend;
    task_pod *tasks;
} pod;

static shim_scene s;

/* The scene's calls are for this pod from now on. */
static void turn_to(const pod *p)
{
    s.owner = p->owner;
    s.backend = p->backend;
    s.pod = p->tasks;
}

static void plug_in(const pod *p, const char *command, const char *space)
{
    const cni_call call = {.command = command,
                           .container = p->name,
                           .space = space,
                           .input = "{\"cniVersion\":\"1.0.0\",\"name\":\"nat\"}"};
    cleanup_free char *out = NULL;
    int code = cni_run(s.fake->hcs, &call, &out);

    if (code)
        fail_msg("the plug-in: %s", out);
}

static void make_network(void)
{
    cleanup_free char *response = NULL;

    assert_int_equal(s.fake->hcs->hns_call(s.fake->hcs, "POST", "/networks/",
                                           "{\"Name\":\"nat\",\"Type\":\"nat\"}", &response),
                     0);
}

static void begin(pod *p)
{
    cleanup_free char *made = NULL;

    assert_ok(&s.err, hns_namespace_create(s.fake->hcs, p->space, &made, &s.err));
    plug_in(p, "ADD", p->space);
}

static wcow_status create(const pod *p, const char *id, const char *kind, const char *command)
{
    cleanup_free char *annotations = text_format("{\"io.kubernetes.cri.container-type\":\"%s\","
                                                 "\"io.kubernetes.cri.sandbox-id\":\"%s\"}",
                                                 kind, p->name);
    cleanup_free char *windows = text_format("\"network\":{\"networkNamespace\":\"%s\"}", p->space);
    const scene_wish wish = {
        .id = id, .command = command, .annotations = annotations, .windows = windows};

    return shim_scene_create(&s, &wish);
}

static void run(const pod *p, const char *id, const char *kind, const char *command)
{
    assert_ok(&s.err, create(p, id, kind, command));
    assert_ok(&s.err, shim_scene_start(&s, id, ""));
}

/* The exit status of a probe, which is deleted at once. */
static uint32_t probe(const char *id, const char *exec_id, const char *program, bool too_long)
{
    cleanup_free char *process = text_format("{\"args\":[%s],\"cwd\":\"C:\\\\\"}", program);
    uint32_t status;

    assert_ok(&s.err, shim_scene_exec(&s, id, exec_id, process));
    assert_ok(&s.err, shim_scene_start(&s, id, exec_id));
    if (too_long)
        assert_ok(&s.err, task_kill(s.pod, id, exec_id, KILL, false, &s.err));
    status = shim_scene_wait(&s, id, exec_id);
    shim_scene_delete(&s, id, exec_id);
    return status;
}

static size_t containers_in(const char *space)
{
    cleanup_free char *path = text_format("/namespaces/%s", space);
    cleanup_free char *response = NULL;
    cleanup_json cJSON *answer = NULL;

    assert_int_equal(s.fake->hcs->hns_call(s.fake->hcs, "GET", path, "", &response), 0);
    answer = cJSON_Parse(response);
    return (size_t)cJSON_GetArraySize(json_path(answer, "Output.Containers"));
}

static void use(const pod *p, const char *web, const char *worker)
{
    turn_to(p);
    run(p, p->name, "sandbox", "ping");
    run(p, web, "container", "wait 3");
    run(p, worker, "container", "ping");
    assert_int_equal(containers_in(p->space), 3);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(probe(web, "ready", "\"exit\",\"0\"", false), 0);
        assert_int_equal(probe(worker, "alive", "\"exit\",\"7\"", false), 7);
        assert_int_not_equal(probe(worker, "slow", "\"ping\"", true), 0);
    }
}

/* Stopped in time by its signal; what ignores it is killed. */
static void stop(const char *id, uint32_t number)
{
    assert_ok(&s.err, task_kill(s.pod, id, "", number, false, &s.err));
    ignore(shim_scene_wait(&s, id, ""));
    assert_int_equal(task_kill(s.pod, id, "", KILL, true, &s.err), WCOW_NOT_FOUND);
    shim_scene_delete(&s, id, "");
}

static void end(pod *p)
{
    plug_in(p, "DEL", p->space);
    assert_ok(&s.err, hns_namespace_delete(s.fake->hcs, p->space, &s.err));
    plug_in(p, "DEL", "");
}

static void make_second_shim(pod *p)
{
    p->owner = s.owner;
    p->owner.id = p->name;
    assert_ok(&s.err, container_backend_new(&s.host, &p->owner, &p->backend, &s.err));
    p->tasks = task_pod_new(p->name, true, container_backend_table(p->backend));
    assert_non_null(p->tasks);
}

/* The scene's own end is for the first. */
static void free_second_shim(const pod *p)
{
    const uint64_t deadline = ticks_after(60000);

    task_shut_down(p->tasks, p->name);
    pthread_mutex_lock(&s.lock);
    while (!s.shut_down && condition_wait_until(&s.changed, &s.lock, deadline))
        continue;
    assert_true(s.shut_down);
    s.shut_down = false;
    pthread_mutex_unlock(&s.lock);
    task_pod_free(p->tasks);
    container_backend_free(p->backend);
}

static void two_pods_run_are_probed_and_leave_nothing(void **state)
{
    pod one = {.name = "pod1", .space = "5c7d7bd4-1111-4000-8000-000000000001"};
    pod two = {.name = "pod2", .space = "5c7d7bd4-1111-4000-8000-000000000002"};
    cleanup_json cJSON *left = NULL;

    (void)state;
    shim_scene_open(&s, "pod1", true, NULL);
    one.owner = s.owner;
    one.backend = s.backend;
    one.tasks = s.pod;
    make_network();
    make_second_shim(&two);
    begin(&one);
    begin(&two);
    use(&one, "web1", "worker1");
    use(&two, "web2", "worker2");

    turn_to(&one);
    stop("web1", TERM);
    stop("worker1", KILL);
    assert_int_equal(containers_in(one.space), 1);
    assert_int_equal(containers_in(two.space), 3);
    stop("pod1", KILL);
    end(&one);
    turn_to(&two);
    stop("web2", TERM);
    stop("worker2", KILL);
    stop("pod2", KILL);
    end(&two);
    left = sim_leftovers(s.fake->sim);
    assert_int_equal(json_integer(left, "namespaces", -1), 0);
    assert_int_equal(json_integer(left, "endpoints", -1), 0);
    assert_int_equal(json_integer(left, "systems", -1), 0);
    assert_string_equal(text_get(&s.problems), "");
    free_second_shim(&two);
    turn_to(&one);
    shim_scene_close(&s);
}

/* The pause container dies: CRI sends KILL with `all`, which takes the others along. */
static void a_pod_whose_sandbox_dies_can_be_stopped(void **state)
{
    pod one = {.name = "pod1", .space = "5c7d7bd4-1111-4000-8000-000000000001"};

    (void)state;
    shim_scene_open(&s, "pod1", true, NULL);
    one.owner = s.owner;
    one.backend = s.backend;
    one.tasks = s.pod;
    make_network();
    begin(&one);
    turn_to(&one);
    run(&one, "pod1", "sandbox", "wait 4");
    run(&one, "web1", "container", "ping");
    assert_ok(&s.err, task_kill(s.pod, "pod1", "", TERM, false, &s.err));
    assert_int_equal(shim_scene_wait(&s, "pod1", ""), 4);
    assert_int_equal(create(&one, "late", "container", "ping"), WCOW_CONFLICT);
    ignore(task_kill(s.pod, "pod1", "", KILL, true, &s.err));
    ignore(shim_scene_wait(&s, "web1", ""));
    shim_scene_delete(&s, "web1", "");
    shim_scene_delete(&s, "pod1", "");
    end(&one);
    shim_scene_close(&s);
}

/* A namespace that is not there any more, as after a reboot: nothing is left of the try. */
static void a_pod_without_its_namespace_is_refused_whole(void **state)
{
    pod one = {.name = "pod1", .space = "5c7d7bd4-1111-4000-8000-000000000001"};

    (void)state;
    shim_scene_open(&s, "pod1", true, NULL);
    one.owner = s.owner;
    one.backend = s.backend;
    one.tasks = s.pod;
    turn_to(&one);
    assert_int_equal(create(&one, "pod1", "sandbox", "ping"), WCOW_NOT_FOUND);
    assert_string_equal(
        s.err.message,
        "the network namespace 5c7d7bd4-1111-4000-8000-000000000001 is not there any more: "
        "HcsCreateComputeSystem: it was not found (0x80070490)");
    assert_non_null(strstr(s.err.hint, "remove the pod and make it anew"));
    shim_scene_assert_clean(&s, "pod1");
    shim_scene_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_pods_run_are_probed_and_leave_nothing),
        cmocka_unit_test(a_pod_whose_sandbox_dies_can_be_stopped),
        cmocka_unit_test(a_pod_without_its_namespace_is_refused_whole),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
