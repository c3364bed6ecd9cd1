/* SPDX-License-Identifier: MIT */
/* What is remembered of containers whose bundles go, and what a helper makes of it. */
#include "shim/container/leftover.h"
#include "shim/container/pod_leftover.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/path.h"
#include "hcs/credential_guard.h"
#include "port/clock.h"
#include "port/pipe.h"
#include "shim/container/taken.h"
#include "tests/unit/shim/container/shim_scene.h"

static char server[96];
static bool kept;

static void open_scene(shim_scene *s)
{
    static unsigned count;

    snprintf(server, sizeof(server), "\\\\.\\pipe\\wcow-leftover-%d-%u", (int)getpid(), count++);
    shim_scene_open(s, "pod", false, NULL);
}

/* A bundle that notes a system; of a pod's container it names the sandbox. Its path. */
static char *add_bundle(shim_scene *s, const char *id, const char *sandbox)
{
    char *folder = shim_scene_bundle(s, id);
    cleanup_free char *path = path_join(folder, "sandbox");
    const taken t = {.id = (char *)(uintptr_t)id, .system = true};

    assert_int_equal(s->files->make_directory(s->files, folder), 0);
    assert_ok(&s->err, taken_write(s->files, folder, &t, &s->err));
    if (sandbox)
        assert_int_equal(s->files->replace(s->files, path, sandbox, strlen(sandbox)), 0);
    return folder;
}

static bool is_noted(shim_scene *s, const char *bundle)
{
    cleanup_taken_note taken t = {0};

    return taken_read(s->files, bundle, &t, NULL) == WCOW_OK;
}

static size_t count_left(shim_scene *s)
{
    cleanup_free char *folder = path_join(s->host.layers.root, "shim");
    cleanup_strings string_list names = STRING_LIST_INIT;
    size_t count = 0;

    ignore(s->files->list(s->files, folder, &names));
    for (size_t i = 0; i < names.count; i++)
        count += text_ends_with(names.items[i], ".json");
    assert_int_equal(container_has_left(s->files, s->host.layers.root), count > 0);
    return count;
}

/* The server may have it still: neither its system nor its note is touched. */
static void what_is_kept_is_not_touched_while_its_server_listens(void **state)
{
    shim_scene s;
    cleanup_free char *bundle = NULL;
    cleanup_pipe_server pipe_server *pipe = NULL;
    size_t before;

    (void)state;
    open_scene(&s);
    assert_int_equal(pipe_listen_address(server, &pipe), 0);
    bundle = add_bundle(&s, "web", NULL);
    assert_int_equal(count_left(&s), 0);
    before = shim_scene_calls(&s, "HcsOpenComputeSystem");
    assert_ok(&s.err, container_keep(&s.host, bundle, server, &s.err));
    assert_true(is_noted(&s, bundle));
    assert_int_equal(leftover_release_all(&s.host, 100, &s.err), WCOW_UNAVAILABLE);
    assert_string_equal(s.err.message, "the shim's server that has 'web' still runs");
    assert_int_equal(count_left(&s), 1);
    assert_int_not_equal(leftover_release_earlier(&s.host, "web", true, "another", 100, &s.err),
                         WCOW_OK);
    assert_int_equal(shim_scene_calls(&s, "HcsOpenComputeSystem"), before);
    assert_int_equal(count_left(&s), 1);
    /* A new server of that name: the one that the note means cannot be there any more. */
    assert_ok(&s.err, leftover_release_earlier(&s.host, "web", true, server, 4000, &s.err));
    assert_true(shim_scene_calls(&s, "HcsOpenComputeSystem") > before);
    assert_int_equal(count_left(&s), 0);
    shim_scene_close(&s);
}

static void *end_later(void *context)
{
    clock_sleep(300);
    pipe_server_free(context);
    return NULL;
}

static void a_helper_waits_for_the_server_s_end(void **state)
{
    shim_scene s;
    cleanup_free char *bundle = NULL;
    pipe_server *pipe = NULL;
    pthread_t thread;

    (void)state;
    open_scene(&s);
    assert_int_equal(pipe_listen_address(server, &pipe), 0);
    bundle = add_bundle(&s, "web", NULL);
    assert_ok(&s.err, container_keep(&s.host, bundle, server, &s.err));
    assert_int_equal(pthread_create(&thread, NULL, end_later, pipe), 0);
    assert_ok(&s.err, leftover_release_all(&s.host, 20000, &s.err));
    pthread_join(thread, NULL);
    assert_int_equal(count_left(&s), 0);
    shim_scene_close(&s);
}

/* A `delete` of each: they would stand in line. */
static void a_second_helper_leaves_it_to_the_first(void **state)
{
    shim_scene s;
    cleanup_free char *bundle = NULL;
    cleanup_free char *path = NULL;
    file_lock *lock = NULL;

    (void)state;
    open_scene(&s);
    bundle = add_bundle(&s, "web", NULL);
    assert_ok(&s.err, container_keep(&s.host, bundle, server, &s.err));
    path = text_format("%s/shim/helper.lock", s.host.layers.root);
    assert_int_equal(s.files->lock(s.files, path, 0, &lock), 0);
    assert_ok(&s.err, leftover_release_all(&s.host, 100, &s.err));
    assert_int_equal(count_left(&s), 1);
    s.files->unlock(s.files, lock);
    assert_ok(&s.err, leftover_release_all(&s.host, 4000, &s.err));
    assert_int_equal(count_left(&s), 0);
    shim_scene_close(&s);
}

typedef struct helping {
    shim_scene *s;
    pthread_t thread;
    wcow_status status;
    wcow_error err;
} helping;

static void *help(void *context)
{
    helping *h = context;

    h->status = leftover_release_all(&h->s->host, 60000, &h->err);
    return NULL;
}

/* A helper whose service takes 2 s to answer for the container `id`. */
static void begin_to_help(helping *h, shim_scene *s, const char *id)
{
    cleanup_free char *bundle = add_bundle(s, id, NULL);

    *h = (helping){.s = s, .err = WCOW_ERROR_INIT};
    assert_ok(&s->err, container_keep(&s->host, bundle, server, &s->err));
    shim_scene_fault(s, "{\"call\":\"HcsOpenComputeSystem\",\"delay\":2000}");
    assert_int_equal(pthread_create(&h->thread, NULL, help, h), 0);
    while (sim_faults_hit(s->fake->sim) == 0)
        clock_sleep(5);
}

/* The first has listed what there is before the second comes. */
static void what_a_second_helper_leaves_the_first_does(void **state)
{
    shim_scene s;
    cleanup_free char *bundle = NULL;
    helping first;

    (void)state;
    open_scene(&s);
    begin_to_help(&first, &s, "other");
    bundle = add_bundle(&s, "web", NULL);
    assert_ok(&s.err, container_keep(&s.host, bundle, server, &s.err));
    assert_ok(&s.err, leftover_release_all(&s.host, 100, &s.err));
    assert_int_equal(count_left(&s), 2);
    pthread_join(first.thread, NULL);
    assert_ok(&first.err, first.status);
    assert_int_equal(count_left(&s), 0);
    shim_scene_close(&s);
}

/* It waits for what has its own name, and for nothing else. */
static void a_helper_whose_service_hangs_keeps_no_container_of_another_name_waiting(void **state)
{
    shim_scene s;
    cleanup_free char *bundle = NULL;
    helping helper;

    (void)state;
    open_scene(&s);
    begin_to_help(&helper, &s, "other");
    bundle = add_bundle(&s, "web", NULL);
    assert_ok(&s.err, container_keep(&s.host, bundle, server, &s.err));
    assert_ok(&s.err, leftover_release_earlier(&s.host, "web", true, "another", 1000, &s.err));
    assert_int_equal(leftover_release_earlier(&s.host, "other", true, "another", 0, &s.err),
                     WCOW_TIMEOUT);
    assert_int_equal(count_left(&s), 1);
    pthread_join(helper.thread, NULL);
    assert_ok(&helper.err, helper.status);
    shim_scene_close(&s);
}

/* Whoever else works at that note would take from the one what the other has asked about. */
static void a_thread_that_is_given_up_keeps_the_lock_of_its_note(void **state)
{
    shim_scene s;
    cleanup_free char *bundle = NULL;
    size_t before;

    (void)state;
    open_scene(&s);
    bundle = add_bundle(&s, "web", NULL);
    assert_ok(&s.err, container_keep(&s.host, bundle, server, &s.err));
    before = shim_scene_calls(&s, "HcsOpenComputeSystem");
    shim_scene_fault(&s, "{\"call\":\"HcsOpenComputeSystem\",\"delay\":2000}");
    for (int nth = 0; nth < 2; nth++) {
        assert_int_equal(leftover_release_earlier(&s.host, "web", true, "another", 200, &s.err),
                         WCOW_TIMEOUT);
        assert_int_equal(shim_scene_calls(&s, "HcsOpenComputeSystem"), before); /* it hangs */
    }
    assert_int_equal(count_left(&s), 1);
    assert_ok(&s.err, leftover_release_earlier(&s.host, "web", true, "another", 20000, &s.err));
    assert_int_equal(count_left(&s), 0);
    shim_scene_close(&s);
}

/* One call and one thread: it does not stand in the service with one more in each round. */
static void a_helper_asks_once_for_what_hangs_and_goes_on_with_the_others(void **state)
{
    static const char *const ids[] = {"web", "other", "third"};
    shim_scene s;
    size_t before, each;

    (void)state;
    open_scene(&s);
    before = shim_scene_calls(&s, "HcsOpenComputeSystem");
    for (size_t i = 0; i < 3; i++) {
        cleanup_free char *bundle = add_bundle(&s, ids[i], NULL);

        assert_ok(&s.err, container_keep(&s.host, bundle, server, &s.err));
        if (i > 0)
            continue;
        assert_ok(&s.err, leftover_release_all(&s.host, 20000, &s.err));
        each = shim_scene_calls(&s, "HcsOpenComputeSystem") - before;
        shim_scene_fault(&s, "{\"call\":\"HcsOpenComputeSystem\",\"delay\":6000}");
    }
    assert_int_equal(leftover_release_all(&s.host, 5000, &s.err), WCOW_TIMEOUT);
    assert_int_equal(count_left(&s), 1);
    assert_int_equal(shim_scene_calls(&s, "HcsOpenComputeSystem") - before, 2 * each);
    assert_ok(&s.err, leftover_release_all(&s.host, 40000, &s.err)); /* when it has returned */
    assert_int_equal(count_left(&s), 0);
    shim_scene_close(&s);
}

/* An instance of the credential guard has the container's name, as its system has. */
static void what_has_its_name_is_given_back_before_another_takes_that(void **state)
{
    static char space[] = "36f22842-4bdc-a071-0160-3afd06b10b68";
    static char id[] = "web";
    const taken named = {.id = id, .guarded = true, .network_namespace = space};
    const taken alone = {.id = id, .network_namespace = space};
    shim_scene s;

    (void)state;
    open_scene(&s);
    assert_ok(&s.err, leftover_keep(&s.host, &named, &s.err));
    assert_ok(&s.err, leftover_keep(&s.host, &alone, &s.err));
    assert_int_equal(count_left(&s), 2);
    assert_ok(&s.err, leftover_release_earlier(&s.host, "web", true, server, 4000, &s.err));
    assert_int_equal(count_left(&s), 1);
    assert_ok(&s.err, leftover_release_all(&s.host, 4000, &s.err));
    assert_int_equal(count_left(&s), 0);
    shim_scene_close(&s);
}

/* A container that ended as it should, but for that: containerd calls no `delete` for its bundle,
 * and another of that name would be refused an instance. */
static void an_account_that_is_not_forgotten_keeps_nobody_from_its_name(void **state)
{
    const scene_wish wish = {.id = "web",
                             .command = "exit 3",
                             .windows = "\"credentialSpec\":\"{\\\"CmsPlugins\\\":[]}\""};
    shim_scene s;

    (void)state;
    shim_scene_open(&s, "web", false, NULL);
    for (int nth = 0; nth < 2; nth++) {
        cleanup_free char *left = NULL;

        assert_ok(&s.err, shim_scene_create(&s, &wish));
        assert_int_equal(count_left(&s), 0);
        shim_scene_fault(&s, "{\"call\":\"HcsModifyServiceSettings\",\"hr\":\"0x80004005\"}");
        assert_ok(&s.err, shim_scene_start(&s, "web", ""));
        assert_int_equal(shim_scene_wait(&s, "web", ""), 3);
        shim_scene_delete(&s, "web", "");
        left = shim_scene_left(&s);
        assert_string_equal(left, "guard ");
        assert_int_equal(count_left(&s), 1);
    }
    assert_ok(&s.err, leftover_release_all(&s.host, 4000, &s.err));
    shim_scene_assert_clean(&s, "web");
    shim_scene_close(&s);
}

/* What a pod's server has not given back: for a container of version 3 containerd calls no
 * `delete`, and removes its bundle. */
static void a_system_that_stays_is_not_forgotten_with_its_bundle(void **state)
{
    const scene_wish wish = {.id = "pod", .command = "exit 3"};
    cleanup_free char *bundle = NULL;
    cleanup_free char *note = NULL;
    pipe_server *pipe = NULL;
    shim_scene s;

    (void)state;
    open_scene(&s);
    s.owner.pipe = server;
    shim_scene_bury(&s);
    assert_int_equal(pipe_listen_address(server, &pipe), 0);
    bundle = shim_scene_bundle(&s, "pod");
    note = path_join(bundle, TAKEN_FILE);
    assert_ok(&s.err, shim_scene_create(&s, &wish));
    shim_scene_fault(
        &s, "{\"call\":\"HcsShutdownComputeSystem\",\"every\":true,\"hr\":\"0x80004005\"}");
    shim_scene_fault(
        &s, "{\"call\":\"HcsTerminateComputeSystem\",\"every\":true,\"hr\":\"0x80004005\"}");
    assert_ok(&s.err, shim_scene_start(&s, "pod", ""));
    assert_int_equal(shim_scene_wait(&s, "pod", ""), 3);
    shim_scene_delete(&s, "pod", "");
    sim_faults_clear(s.fake->sim);
    assert_int_equal(s.files->remove_file(s.files, note), 0);
    assert_int_equal(count_left(&s), 1);
    assert_int_equal(leftover_release_all(&s.host, 100, &s.err), WCOW_UNAVAILABLE);
    pipe_server_free(pipe);
    assert_ok(&s.err, leftover_release_all(&s.host, 4000, &s.err));
    assert_int_equal(count_left(&s), 0);
    shim_scene_close(&s);
}

/* Its start fails, its scratch stays, and `delete` comes after all: no helper is needed. */
static void what_is_given_back_after_all_is_not_kept_any_more(void **state)
{
    static const char *const calls[] = {"UnprepareLayer", "DeactivateLayer", "DetachVirtualDisk"};
    const scene_wish wish = {.id = "pod", .command = "nothing"};
    cleanup_free char *bundle = NULL;
    shim_scene s;

    (void)state;
    open_scene(&s);
    bundle = shim_scene_bundle(&s, "pod");
    assert_ok(&s.err, shim_scene_create(&s, &wish));
    scripted_hold_disks(s.fake->machine, true);
    for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
        cleanup_free char *fault =
            text_format("{\"call\":\"%s\",\"every\":true,\"hr\":\"0x80004005\"}", calls[i]);

        shim_scene_fault(&s, fault);
    }
    assert_int_equal(shim_scene_start(&s, "pod", ""), WCOW_COMMAND_NOT_FOUND);
    assert_int_equal(count_left(&s), 1);
    scripted_hold_disks(s.fake->machine, false);
    sim_faults_clear(s.fake->sim);
    shim_scene_delete(&s, "pod", "");
    assert_ok(&s.err, leftover_release(&s.host, bundle, 4000, &kept, &s.err));
    assert_true(kept);
    assert_int_equal(count_left(&s), 0);
    shim_scene_close(&s);
}

/* Only another account would be in its way. */
static void a_guard_that_stays_keeps_nobody_from_its_name_but_who_wants_one(void **state)
{
    static char id[] = "pod";
    static const char spec[] = "\"credentialSpec\":\"{\\\"CmsPlugins\\\":[]}\"";
    const scene_wish without = {.id = id, .command = "exit 3"};
    const scene_wish with = {.id = id, .command = "exit 3", .windows = spec};
    const taken noted = {.id = id, .guarded = true};
    cleanup_json cJSON *made = NULL;
    shim_scene s;

    (void)state;
    open_scene(&s);
    assert_ok(&s.err, credential_guard_add(s.fake->hcs, id, "{}", &made, &s.err));
    assert_ok(&s.err, leftover_keep(&s.host, &noted, &s.err));
    shim_scene_fault(
        &s, "{\"call\":\"HcsModifyServiceSettings\",\"every\":true,\"hr\":\"0x80004005\"}");
    assert_int_equal(shim_scene_create(&s, &with), WCOW_FAILED);
    assert_non_null(strstr(s.err.message, "what an earlier container 'pod' left"));
    assert_ok(&s.err, shim_scene_create(&s, &without));
    shim_scene_delete(&s, id, "");
    assert_int_equal(count_left(&s), 1);
    sim_faults_clear(s.fake->sim);
    assert_ok(&s.err, leftover_release_all(&s.host, 4000, &s.err));
    shim_scene_close(&s);
}

static void a_pod_is_kept_as_a_whole(void **state)
{
    static const char *const ids[] = {"pod", "mine", "others"};
    static const char *const pods[] = {NULL, "pod", "pod-2"};
    shim_scene s;
    char *bundles[3];

    (void)state;
    open_scene(&s);
    for (size_t i = 0; i < 3; i++)
        bundles[i] = add_bundle(&s, ids[i], pods[i]);
    assert_ok(&s.err, container_keep_pod(&s.host, bundles[0], "pod", server, &s.err));
    assert_int_equal(count_left(&s), 2);
    assert_ok(&s.err, leftover_release_all(&s.host, 4000, &s.err)); /* nobody listens */
    assert_int_equal(count_left(&s), 0);
    for (size_t i = 0; i < 3; i++)
        free(bundles[i]);
    shim_scene_close(&s);
}

static files_port *torn;
static int32_t (*whole_read)(files_port *port, const char *path, size_t limit, char **out,
                             size_t *size);
static size_t torn_for;

/* A scanner has what tells of the pod open for a while, and what is being removed for ever. */
static int32_t read_torn(files_port *port, const char *path, size_t limit, char **out, size_t *size)
{
    if (strstr(path, "/.gone/") || (text_ends_with(path, "sandbox") && torn_for > 0 && torn_for--))
        return HR_ACCESS_DENIED;
    return whole_read(port, path, limit, out, size);
}

static void what_is_being_removed_or_open_fails_no_pod(void **state)
{
    cleanup_free char *bundle = NULL;
    cleanup_free char *mine = NULL;
    cleanup_free char *gone = NULL;
    shim_scene s;

    (void)state;
    open_scene(&s);
    bundle = add_bundle(&s, "pod", NULL);
    mine = add_bundle(&s, "mine", "pod");
    gone = text_format("%s/.gone", s.fake->folder);
    assert_int_equal(s.files->make_directory(s.files, gone), 0);
    torn = s.host.layers.files;
    whole_read = torn->read;
    torn->read = read_torn;
    torn_for = 3;
    assert_ok(&s.err, leftover_release_pod(&s.host, bundle, "pod", 4000, &kept, &s.err));
    assert_true(kept);
    assert_int_equal(torn_for, 0);
    assert_false(is_noted(&s, mine));
    torn->read = whole_read;
    shim_scene_close(&s);
}

static void one_damaged_note_fails_no_pod(void **state)
{
    cleanup_free char *bundle = NULL;
    cleanup_free char *mine = NULL;
    cleanup_free char *note = NULL;
    shim_scene s;

    (void)state;
    open_scene(&s);
    bundle = add_bundle(&s, "pod", NULL);
    mine = add_bundle(&s, "mine", "pod");
    note = path_join(mine, TAKEN_FILE);
    assert_int_equal(s.files->replace(s.files, note, "{", 1), 0);
    assert_ok(&s.err, container_keep_pod(&s.host, bundle, "pod", server, &s.err));
    assert_int_equal(count_left(&s), 1);
    assert_ok(&s.err, leftover_release_all(&s.host, 4000, &s.err));
    shim_scene_close(&s);
}

/* containerd kills `delete` after 5 s: what has not had its turn by then would be lost. */
static void a_large_pod_loses_no_note_when_the_service_hangs(void **state)
{
    enum { CONTAINERS = 60 };
    shim_scene s;
    char *bundles[CONTAINERS + 1];
    uint64_t begun;

    (void)state;
    open_scene(&s);
    for (size_t i = 0; i <= CONTAINERS; i++) {
        cleanup_free char *id = text_format("pod%zu", i);

        bundles[i] = add_bundle(&s, i ? id : "pod", i ? "pod" : NULL);
    }
    shim_scene_fault(&s, "{\"call\":\"HcsOpenComputeSystem\",\"delay\":2000}");
    begun = clock_ticks();
    assert_int_equal(leftover_release_pod(&s.host, bundles[0], "pod", 300, &kept, &s.err),
                     WCOW_TIMEOUT);
    assert_true(kept);
    assert_true(clock_ticks() - begun < 300 + CONTAINERS * 100 / 2);
    assert_int_equal(count_left(&s), CONTAINERS + 1);
    sim_faults_clear(s.fake->sim);
    assert_ok(&s.err, leftover_release_all(&s.host, 20000, &s.err));
    assert_int_equal(count_left(&s), 0);
    for (size_t i = 0; i <= CONTAINERS; i++)
        free(bundles[i]);
    shim_scene_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_kept_is_not_touched_while_its_server_listens),
        cmocka_unit_test(a_helper_waits_for_the_server_s_end),
        cmocka_unit_test(a_second_helper_leaves_it_to_the_first),
        cmocka_unit_test(what_a_second_helper_leaves_the_first_does),
        cmocka_unit_test(a_helper_whose_service_hangs_keeps_no_container_of_another_name_waiting),
        cmocka_unit_test(a_thread_that_is_given_up_keeps_the_lock_of_its_note),
        cmocka_unit_test(a_helper_asks_once_for_what_hangs_and_goes_on_with_the_others),
        cmocka_unit_test(what_has_its_name_is_given_back_before_another_takes_that),
        cmocka_unit_test(an_account_that_is_not_forgotten_keeps_nobody_from_its_name),
        cmocka_unit_test(a_system_that_stays_is_not_forgotten_with_its_bundle),
        cmocka_unit_test(what_is_given_back_after_all_is_not_kept_any_more),
        cmocka_unit_test(a_guard_that_stays_keeps_nobody_from_its_name_but_who_wants_one),
        cmocka_unit_test(a_pod_is_kept_as_a_whole),
        cmocka_unit_test(what_is_being_removed_or_open_fails_no_pod),
        cmocka_unit_test(one_damaged_note_fails_no_pod),
        cmocka_unit_test(a_large_pod_loses_no_note_when_the_service_hangs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
