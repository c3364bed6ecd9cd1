/* SPDX-License-Identifier: MIT */
/* What a dead server's note gives back. */
#include "shim/container/taken.h"

#include <string.h>

#include "base/error.h"
#include "base/path.h"
#include "hcs/credential_guard.h"
#include "layer/store/scratch.h"
#include "network/namespace.h"
#include "port/clock.h"
#include "shim/container/leftover.h"
#include "shim/container/pod_leftover.h"
#include "tests/unit/shim/container/shim_scene.h"

/* What the last release says: nothing is forgotten when the bundle goes. */
static bool kept;

/* A host after a server has died: what it took is there, but for its system, perhaps. */
typedef struct aftermath {
    shim_scene s;
    char *bundle;
    taken noted;
} aftermath;

/* Mounts its scratch; the volume. */
static char *mount(aftermath *a)
{
    shim_scene *s = &a->s;
    layer_chain chain = LAYER_CHAIN_INIT;
    string_list parents = STRING_LIST_INIT;
    char *volume = NULL;

    assert_true(string_list_add(&parents, s->fake->upper) &&
                string_list_add(&parents, s->fake->base));
    assert_ok(&s->err, layer_chain_of_folders(&s->host.layers, &parents, &chain, &s->err));
    assert_ok(&s->err, scratch_mount(&s->host.layers, a->noted.scratch, &chain, &volume, &s->err));
    layer_chain_free(&chain);
    string_list_free(&parents);
    return volume;
}

/* Makes a system that outlives whoever made it. */
static void make_system(aftermath *a, cJSON *configuration)
{
    cleanup_free char *volume = mount(a);
    cleanup_free char *document = NULL;
    cleanup_free char *result = NULL;
    cJSON *container = cJSON_GetObjectItemCaseSensitive(configuration, "Container");
    hcs_port *dead = fake_hcs_open(a->s.fake->sim);
    hcs_system *system = NULL;

    cJSON_DeleteItemFromObjectCaseSensitive(configuration, "ShouldTerminateOnLastHandleClosed");
    cJSON_ReplaceItemInObjectCaseSensitive(cJSON_GetObjectItemCaseSensitive(container, "Storage"),
                                           "Path", cJSON_CreateString(volume));
    document = json_print(configuration);
    assert_true(dead->create_system(dead, "web", document, &system, &result) == HCS_PENDING);
    assert_int_equal(dead->close_system(dead, system), 0);
    dead->free(dead);
}

static void open_aftermath(aftermath *a)
{
    cleanup_json cJSON *guard = NULL;
    const scene_wish wish = {.id = "web", .windows = "\"network\":{}"};
    cleanup_json cJSON *configuration = NULL;
    cleanup_free char *made = NULL;
    shim_scene *s = &a->s;

    *a = (aftermath){.bundle = NULL};
    shim_scene_open(s, "web", false, NULL);
    assert_ok(&s->err, shim_scene_create(s, &wish));
    a->bundle = shim_scene_bundle(s, "web");
    assert_ok(&s->err, taken_read(s->files, a->bundle, &a->noted, &s->err));
    configuration = shim_scene_last(s, "HcsCreateComputeSystem", "configuration");
    shim_scene_delete(s, "web", ""); /* and all of it once more, by somebody who is gone */
    assert_ok(&s->err,
              hns_namespace_create(s->fake->hcs, a->noted.network_namespace, &made, &s->err));
    assert_ok(&s->err, credential_guard_add(s->fake->hcs, "web", "{}", &guard, &s->err));
    a->noted.guarded = true;
    make_system(a, configuration);
    assert_ok(&s->err, taken_write(s->files, a->bundle, &a->noted, &s->err));
}

static void close_aftermath(aftermath *a)
{
    shim_scene_close(&a->s);
    taken_free(&a->noted);
    free(a->bundle);
}

static void all_that_is_noted_is_given_back(void **state)
{
    aftermath a;
    cleanup_free char *left = NULL;
    size_t before;

    (void)state;
    open_aftermath(&a);
    left = shim_scene_left(&a.s);
    assert_string_equal(left, "system scratch namespace guard ");
    before = shim_scene_calls(&a.s, "HNSCall");
    assert_ok(&a.s.err, leftover_release(&a.s.host, a.bundle, 4000, &kept, &a.s.err));
    assert_int_equal(shim_scene_calls(&a.s, "HNSCall") - before, 2); /* who is in it; delete it */
    shim_scene_assert_clean(&a.s, "web");
    assert_ok(&a.s.err, leftover_release(&a.s.host, a.bundle, 4000, &kept, &a.s.err));
    close_aftermath(&a);
}

/* Of a pod whose server has died, of version 3: `delete` comes for the sandbox alone. */
static void containers_of_a_pod_go_with_its_sandbox(void **state)
{
    static const char *const ids[] = {"pod", "mine", "others"};
    static const char *const pods[] = {NULL, "pod", "pod-2"};
    shim_scene s;
    cleanup_free char *bundle = NULL;

    (void)state;
    shim_scene_open(&s, "pod", false, NULL);
    bundle = shim_scene_bundle(&s, "pod");
    for (size_t i = 0; i < 3; i++) {
        cleanup_free char *folder = shim_scene_bundle(&s, ids[i]);
        cleanup_free char *path = path_join(folder, "sandbox");
        const taken t = {.id = (char *)(uintptr_t)ids[i], .system = true};

        assert_int_equal(s.files->make_directory(s.files, folder), 0);
        assert_ok(&s.err, taken_write(s.files, folder, &t, &s.err));
        if (pods[i])
            assert_int_equal(s.files->replace(s.files, path, pods[i], strlen(pods[i])), 0);
    }
    assert_ok(&s.err, leftover_release_pod(&s.host, bundle, "pod", 4000, &kept, &s.err));
    for (size_t i = 0; i < 3; i++) {
        cleanup_free char *folder = shim_scene_bundle(&s, ids[i]);
        cleanup_taken_note taken left = {0};

        assert_int_equal(taken_read(s.files, folder, &left, NULL) == WCOW_OK, i == 2);
    }
    shim_scene_close(&s);
}

static void without_a_note_nothing_is_touched(void **state)
{
    shim_scene s;
    size_t before;

    (void)state;
    shim_scene_open(&s, "web", false, NULL);
    shim_scene_run(&s, "web", "ping");
    before = shim_scene_calls(&s, "HcsOpenComputeSystem");
    assert_ok(&s.err, leftover_release(&s.host, "/nowhere/at/all", 4000, &kept, &s.err));
    assert_int_equal(shim_scene_calls(&s, "HcsOpenComputeSystem"), before);
    shim_scene_close(&s);
}

static void what_a_note_should_not_say_is_refused(void **state)
{
    static const char *const notes[] = {
        "",
        "{",
        "[]",
        "{}",
        "{\"id\":\"\"}",
        "{\"id\":\"a\\\\b\",\"system\":true}",
        "{\"id\":\"web\",\"mounted\":true}",
        "{\"id\":\"web\",\"mounted\":true,\"scratch\":\"x\"}",
        "{\"id\":\"web\",\"networkNamespace\":\"0123456789012345678901234567890123456789\"}",
        "{\"id\":7}",
        "{\"id\":\"web\",\"version\":2,\"system\":true}"};
    shim_scene s;
    cleanup_free char *bundle = NULL;
    cleanup_free char *path = NULL;

    (void)state;
    shim_scene_open(&s, "web", false, NULL);
    bundle = shim_scene_bundle(&s, "web");
    path = path_join(bundle, TAKEN_FILE);
    assert_int_equal(s.files->make_directory(s.files, bundle), 0);
    for (size_t i = 0; i < sizeof(notes) / sizeof(notes[0]); i++) {
        assert_int_equal(s.files->replace(s.files, path, notes[i], strlen(notes[i])), 0);
        assert_int_not_equal(leftover_release(&s.host, bundle, 4000, &kept, &s.err), WCOW_OK);
        /* Nobody will ever understand it, but for that of a later version. */
        assert_int_equal(kept, i + 1 < sizeof(notes) / sizeof(notes[0]));
    }
    assert_int_equal(shim_scene_calls(&s, "HcsOpenComputeSystem"), 0);
    assert_int_equal(s.files->remove_file(s.files, path), 0);
    shim_scene_close(&s);
}

/* containerd removes the bundle: what is left is remembered elsewhere. */
static void what_fails_is_finished_later(void **state)
{
    aftermath a;
    cleanup_free char *path = NULL;

    (void)state;
    open_aftermath(&a);
    shim_scene_fault(&a.s, "{\"call\":\"HcsTerminateComputeSystem\",\"hr\":\"0x80004005\"}");
    assert_int_equal(leftover_release(&a.s.host, a.bundle, 4000, &kept, &a.s.err), WCOW_FAILED);
    assert_true(kept);
    path = path_join(a.bundle, TAKEN_FILE);
    assert_int_equal(a.s.files->remove_file(a.s.files, path), 0);
    assert_ok(&a.s.err, leftover_release_all(&a.s.host, 4000, &a.s.err));
    shim_scene_assert_clean(&a.s, "web");
    assert_ok(&a.s.err, leftover_release_all(&a.s.host, 4000, &a.s.err));
    close_aftermath(&a);
}

static void a_scratch_that_stays_mounted_stays_noted(void **state)
{
    aftermath a;

    (void)state;
    open_aftermath(&a);
    shim_scene_fault(&a.s, "{\"call\":\"UnprepareLayer\",\"hr\":\"0x80004005\"}");
    shim_scene_fault(&a.s, "{\"call\":\"DeactivateLayer\",\"hr\":\"0x80004005\"}");
    shim_scene_fault(&a.s, "{\"call\":\"DetachVirtualDisk\",\"hr\":\"0x80004005\"}");
    if (leftover_release(&a.s.host, a.bundle, 4000, &kept, &a.s.err) == WCOW_OK) {
        cleanup_free char *left = shim_scene_left(&a.s);

        assert_string_equal(left, "");
    }
    sim_faults_clear(a.s.fake->sim);
    assert_ok(&a.s.err, leftover_release(&a.s.host, a.bundle, 4000, &kept, &a.s.err));
    shim_scene_assert_clean(&a.s, "web");
    assert_ok(&a.s.err, leftover_release_all(&a.s.host, 4000, &a.s.err));
    close_aftermath(&a);
}

/* Neither its scratch nor its namespace has to wait for that. */
static void a_guard_that_stays_keeps_nothing_else(void **state)
{
    cleanup_free char *left = NULL;
    cleanup_taken_note taken noted = {0};
    aftermath a;

    (void)state;
    open_aftermath(&a);
    shim_scene_fault(&a.s, "{\"call\":\"HcsModifyServiceSettings\",\"hr\":\"0x80004005\"}");
    assert_int_equal(leftover_release(&a.s.host, a.bundle, 4000, &kept, &a.s.err), WCOW_FAILED);
    assert_non_null(strstr(a.s.err.message, "credential guard"));
    left = shim_scene_left(&a.s);
    assert_string_equal(left, "guard ");
    assert_ok(&a.s.err, taken_read(a.s.files, a.bundle, &noted, &a.s.err));
    assert_true(noted.guarded && !noted.mounted && !noted.network_namespace);
    assert_ok(&a.s.err, leftover_release(&a.s.host, a.bundle, 4000, &kept, &a.s.err));
    assert_ok(&a.s.err, leftover_release_all(&a.s.host, 4000, &a.s.err));
    shim_scene_assert_clean(&a.s, "web");
    close_aftermath(&a);
}

static void a_service_that_does_not_answer_is_not_waited_for(void **state)
{
    uint64_t begun;
    aftermath a;

    (void)state;
    open_aftermath(&a);
    shim_scene_fault(&a.s, "{\"call\":\"HcsTerminateComputeSystem\",\"delay\":3000}");
    begun = clock_ticks();
    assert_int_equal(leftover_release(&a.s.host, a.bundle, 300, &kept, &a.s.err), WCOW_TIMEOUT);
    assert_true(clock_ticks() - begun < 2500);
    shim_scene_assert_clean(&a.s, NULL); /* it goes on by itself */
    assert_ok(&a.s.err, leftover_release(&a.s.host, a.bundle, 4000, &kept, &a.s.err));
    assert_ok(&a.s.err, leftover_release_all(&a.s.host, 4000, &a.s.err));
    close_aftermath(&a);
}

/* What hangs keeps itself noted, and not what was given back before. */
static void a_namespace_that_is_not_deleted_in_time_stays_noted_alone(void **state)
{
    cleanup_taken_note taken noted = {0};
    cleanup_free char *left = NULL;
    aftermath a;

    (void)state;
    open_aftermath(&a);
    shim_scene_fault(&a.s, "{\"call\":\"HNSCall\",\"delay\":6000}");
    assert_int_equal(leftover_release(&a.s.host, a.bundle, 3000, &kept, &a.s.err), WCOW_TIMEOUT);
    left = shim_scene_left(&a.s);
    assert_string_equal(left, "namespace ");
    assert_ok(&a.s.err, taken_read(a.s.files, a.bundle, &noted, &a.s.err));
    assert_true(noted.network_namespace && !noted.system && !noted.mounted && !noted.guarded);
    shim_scene_assert_clean(&a.s, NULL); /* it goes on by itself */
    assert_ok(&a.s.err, leftover_release(&a.s.host, a.bundle, 4000, &kept, &a.s.err));
    assert_ok(&a.s.err, leftover_release_all(&a.s.host, 4000, &a.s.err));
    close_aftermath(&a);
}

/* Of a host that cannot reach it just now: the bundle goes, and its note must not. */
static void what_no_service_can_be_asked_for_is_finished_later(void **state)
{
    container_host without;
    taken t = {0};
    aftermath a;

    (void)state;
    open_aftermath(&a);
    without = a.s.host;
    without.hcs = NULL;
    without.layers.storage = NULL;
    assert_int_equal(leftover_release_pod(&without, a.bundle, "web", 4000, &kept, &a.s.err),
                     WCOW_UNAVAILABLE);
    assert_non_null(strstr(a.s.err.message, "is kept for a later call"));
    assert_ok(&a.s.err, taken_read(a.s.files, a.bundle, &t, &a.s.err));
    taken_free(&t);
    assert_ok(&a.s.err, leftover_release_all(&a.s.host, 4000, &a.s.err));
    shim_scene_assert_clean(&a.s, NULL);
    assert_ok(&a.s.err, leftover_release(&a.s.host, a.bundle, 4000, &kept, &a.s.err));
    assert_ok(&a.s.err, leftover_release(&without, a.bundle, 4000, &kept, &a.s.err));
    close_aftermath(&a);
}

static void another_of_that_name_waits_for_what_an_earlier_one_left(void **state)
{
    const scene_wish wish = {.id = "web", .command = "exit 3"};
    aftermath a;
    cleanup_free char *path = NULL;

    (void)state;
    open_aftermath(&a);
    shim_scene_fault(&a.s, "{\"call\":\"HcsTerminateComputeSystem\",\"hr\":\"0x80004005\"}");
    assert_int_equal(leftover_release(&a.s.host, a.bundle, 4000, &kept, &a.s.err), WCOW_FAILED);
    path = path_join(a.bundle, TAKEN_FILE);
    assert_int_equal(a.s.files->remove_file(a.s.files, path), 0);
    shim_scene_fault(&a.s, "{\"call\":\"HcsTerminateComputeSystem\",\"hr\":\"0x80004005\"}");
    assert_int_equal(shim_scene_create(&a.s, &wish), WCOW_FAILED);
    assert_non_null(
        strstr(a.s.err.message, "what an earlier container 'web' left cannot be given back"));
    assert_ok(&a.s.err, shim_scene_create(&a.s, &wish));
    assert_ok(&a.s.err, shim_scene_start(&a.s, "web", ""));
    assert_ok(&a.s.err, leftover_release_all(&a.s.host, 4000, &a.s.err)); /* harms it not */
    assert_int_equal(shim_scene_wait(&a.s, "web", ""), 3);
    shim_scene_assert_clean(&a.s, "web");
    close_aftermath(&a);
}

static int32_t list_nothing(files_port *port, const char *path, string_list *out)
{
    (void)port;
    (void)path;
    (void)out;
    return HR_ACCESS_DENIED;
}

static int32_t read_nothing(files_port *port, const char *path, size_t limit, char **out,
                            size_t *size)
{
    (void)port;
    (void)path;
    (void)limit;
    (void)out;
    (void)size;
    return HR_ACCESS_DENIED;
}

/* What nothing remembers but the bundle: a full disk, or what cannot be read just now. */
static void what_is_forgotten_with_the_bundle_is_told(void **state)
{
    files_port *files;
    cleanup_taken_note taken t = {0};
    aftermath a;

    (void)state;
    open_aftermath(&a);
    files = &a.s.mortal.port;
    const files_port whole = *files;

    a.s.mortal.fails = a.s.mortal.calls + 1;
    assert_int_equal(leftover_release_pod(&a.s.host, a.bundle, "web", 0, &kept, &a.s.err),
                     WCOW_TIMEOUT);
    assert_false(kept);
    files->list = list_nothing;
    assert_int_not_equal(leftover_release_pod(&a.s.host, a.bundle, "web", 0, &kept, &a.s.err),
                         WCOW_OK);
    assert_false(kept);
    *files = whole;
    files->read = read_nothing;
    assert_int_not_equal(leftover_release_pod(&a.s.host, a.bundle, "web", 0, &kept, &a.s.err),
                         WCOW_OK);
    assert_false(kept);
    *files = whole;
    assert_ok(&a.s.err, taken_read(a.s.files, a.bundle, &t, &a.s.err));
    assert_ok(&a.s.err, leftover_release_pod(&a.s.host, a.bundle, "web", 4000, &kept, &a.s.err));
    assert_true(kept);
    shim_scene_assert_clean(&a.s, "web");
    assert_ok(&a.s.err, leftover_release_all(&a.s.host, 4000, &a.s.err));
    close_aftermath(&a);
}

/* Whatever has failed before: who frees what that thread uses asks for it. */
static void a_thread_that_is_given_up_is_remembered(void **state)
{
    atomic_bool hung = false;
    taken other = {.id = (char *)(uintptr_t) "other", .system = true};
    cleanup_free char *bundle = NULL;
    cleanup_free char *path = NULL;
    aftermath a;

    (void)state;
    open_aftermath(&a);
    a.s.host.hung = &hung;
    bundle = shim_scene_bundle(&a.s, "other");
    path = path_join(bundle, "sandbox");
    assert_int_equal(a.s.files->make_directory(a.s.files, bundle), 0);
    assert_int_equal(a.s.files->replace(a.s.files, path, "web", 3), 0);
    assert_ok(&a.s.err, taken_write(a.s.files, bundle, &other, &a.s.err));
    shim_scene_fault(&a.s, "{\"call\":\"HcsOpenComputeSystem\",\"nth\":2,\"hr\":\"0x80004005\"}");
    shim_scene_fault(&a.s, "{\"call\":\"HcsTerminateComputeSystem\",\"delay\":2000}");
    assert_int_equal(leftover_release_pod(&a.s.host, a.bundle, "web", 1000, &kept, &a.s.err),
                     WCOW_FAILED);
    assert_true(atomic_load(&hung));
    shim_scene_assert_clean(&a.s, NULL);
    assert_ok(&a.s.err, leftover_release_all(&a.s.host, 4000, &a.s.err));
    close_aftermath(&a);
}

static int64_t count_namespaces(aftermath *a)
{
    cleanup_json cJSON *left = sim_leftovers(a->s.fake->sim);

    return json_integer(left, "namespaces", 0);
}

/* HNS believes that a container is in it, of which nobody knows: it may stay for long. */
static void a_namespace_that_stays_keeps_no_container_from_its_name(void **state)
{
    const scene_wish wish = {.id = "web", .command = "exit 3", .windows = "\"network\":{}"};
    cleanup_free char *left = NULL;
    aftermath a;

    (void)state;
    open_aftermath(&a);
    shim_scene_fault(&a.s, "{\"call\":\"HNSCall\",\"hr\":\"0x80004005\"}");
    assert_int_equal(leftover_release(&a.s.host, a.bundle, 4000, &kept, &a.s.err), WCOW_FAILED);
    left = shim_scene_left(&a.s);
    assert_string_equal(left, "namespace ");
    shim_scene_fault(&a.s, "{\"call\":\"HNSCall\",\"hr\":\"0x80004005\"}"); /* if it is asked */
    assert_ok(&a.s.err, shim_scene_create(&a.s, &wish));
    sim_faults_clear(a.s.fake->sim);
    shim_scene_delete(&a.s, "web", "");
    assert_ok(&a.s.err, leftover_release_all(&a.s.host, 4000, &a.s.err));
    shim_scene_assert_clean(&a.s, "web");
    assert_false(container_has_left(a.s.files, a.s.host.layers.root));
    close_aftermath(&a);
}

/* The same of what was not given back in time: it is done before the next one takes the name. The
 * next one's own namespace, which stays too, is forgotten as little. */
static void each_namespace_that_stays_is_remembered(void **state)
{
    const scene_wish wish = {.id = "web", .command = "exit 3", .windows = "\"network\":{}"};
    aftermath a;

    (void)state;
    open_aftermath(&a);
    assert_int_equal(leftover_release(&a.s.host, a.bundle, 0, &kept, &a.s.err), WCOW_TIMEOUT);
    shim_scene_fault(&a.s, "{\"call\":\"HNSCall\",\"hr\":\"0x80004005\"}");
    assert_ok(&a.s.err, shim_scene_create(&a.s, &wish));
    assert_int_equal(sim_faults_hit(a.s.fake->sim), 1);
    shim_scene_fault(&a.s, "{\"call\":\"HNSCall\",\"every\":true,\"hr\":\"0x80004005\"}");
    shim_scene_delete(&a.s, "web", "");
    assert_ok(&a.s.err, leftover_release(&a.s.host, a.bundle, 4000, &kept, &a.s.err));
    assert_int_equal(count_namespaces(&a), 2); /* of the second containerd has asked nobody */
    sim_faults_clear(a.s.fake->sim);
    assert_ok(&a.s.err, leftover_release_all(&a.s.host, 4000, &a.s.err));
    shim_scene_assert_clean(&a.s, NULL);
    close_aftermath(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_that_is_noted_is_given_back),
        cmocka_unit_test(containers_of_a_pod_go_with_its_sandbox),
        cmocka_unit_test(without_a_note_nothing_is_touched),
        cmocka_unit_test(what_a_note_should_not_say_is_refused),
        cmocka_unit_test(what_fails_is_finished_later),
        cmocka_unit_test(a_scratch_that_stays_mounted_stays_noted),
        cmocka_unit_test(a_guard_that_stays_keeps_nothing_else),
        cmocka_unit_test(a_service_that_does_not_answer_is_not_waited_for),
        cmocka_unit_test(a_namespace_that_is_not_deleted_in_time_stays_noted_alone),
        cmocka_unit_test(what_no_service_can_be_asked_for_is_finished_later),
        cmocka_unit_test(another_of_that_name_waits_for_what_an_earlier_one_left),
        cmocka_unit_test(a_namespace_that_stays_keeps_no_container_from_its_name),
        cmocka_unit_test(each_namespace_that_stays_is_remembered),
        cmocka_unit_test(what_is_forgotten_with_the_bundle_is_told),
        cmocka_unit_test(a_thread_that_is_given_up_is_remembered),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
