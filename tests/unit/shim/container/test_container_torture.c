/* SPDX-License-Identifier: MIT */
/*
 * Every call to the outside fails in turn, or is the last one of a server that dies there. What is
 * left on the host then stands in the note, and who reads that gives it back.
 */
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/path.h"
#include "port/clock.h"
#include "shim/container/leftover.h"
#include "tests/unit/shim/container/shim_scene.h"

/* Two tries: one of them may be the call that fails. */
static void kill_it(shim_scene *s)
{
    for (int tries = 0; tries < 2; tries++) {
        if (task_kill(s->pod, "web", "", 9, false, &s->err) == WCOW_OK)
            return;
    }
}

static void play_exec(shim_scene *s)
{
    task_end end;

    if (shim_scene_exec(s, "web", "e1", "{\"commandLine\":\"exit 5\",\"cwd\":\"C:\\\\\"}"))
        return;
    if (shim_scene_start(s, "web", "e1") == WCOW_OK)
        shim_scene_wait(s, "web", "e1");
    ignore(task_delete(s->pod, "web", "e1", &end, NULL));
}

/* Goes on whatever fails. */
static void play(shim_scene *s)
{
    const scene_wish wish = {.id = "web",
                             .command = "ping",
                             .windows =
                                 "\"network\":{},\"credentialSpec\":\"{\\\"CmsPlugins\\\":[]}\"",
                             .streams = true};
    task_end end;

    if (shim_scene_create(s, &wish))
        return;
    if (shim_scene_start(s, "web", "") == WCOW_OK) {
        play_exec(s);
        kill_it(s);
        shim_scene_wait(s, "web", "");
    }
    ignore(task_delete(s->pod, "web", "", &end, NULL));
}

/* All that there is stands in the note, or is kept for a helper. */
static void release(shim_scene *s)
{
    cleanup_free char *bundle = shim_scene_bundle(s, "web");
    bool kept;

    assert_ok(&s->err, leftover_release(&s->host, bundle, 20000, &kept, &s->err));
    assert_ok(&s->err, leftover_release_all(&s->host, 20000, &s->err));
    shim_scene_assert_clean(s, "web");
}

/* Whether the service refused to close something: that stays open. */
static bool refused_to_close(shim_scene *s)
{
    cleanup_json cJSON *journal = sim_journal(s->fake->sim);
    const cJSON *item;

    cJSON_ArrayForEach (item, journal) {
        const char *call = json_text(item, "call", "");

        const int64_t hr = json_integer(json_member(item, "reply"), "hr", 0);

        if (hr < 0 && (strstr(call, "Close") || strstr(call, "Unregister")))
            return true;
    }
    return false;
}

static unsigned fail_calls(bool after)
{
    unsigned nth = 0;

    for (bool hit = true; hit;) {
        char fault[96];
        shim_scene s;

        snprintf(fault, sizeof fault, "{\"nth\":%u,\"hr\":\"0x80004005\"%s}", ++nth,
                 after ? ",\"after\":true" : "");
        shim_scene_open(&s, "web", false, NULL);
        shim_scene_prepare(&s);
        shim_scene_fault(&s, fault);
        play(&s);
        hit = sim_faults_hit(s.fake->sim) > 0;
        s.may_leave = refused_to_close(&s);
        shim_scene_bury(&s);
        if (!s.may_leave)
            assert_int_equal(s.buried, 0);
        release(&s);
        shim_scene_close(&s);
    }
    return nth - 1;
}

static void whatever_call_fails_what_is_left_is_noted(void **state)
{
    const unsigned count = fail_calls(false);

    (void)state;
    printf("%u calls to the service failed in turn\n", count);
    assert_true(count > 10);
}

static void nor_does_it_matter_whether_it_was_carried_out(void **state)
{
    const unsigned count = fail_calls(true);

    (void)state;
    printf("%u calls to the service failed in turn\n", count);
    assert_true(count > 10);
}

static void a_note_that_cannot_be_written_is_no_note(void **state)
{
    unsigned nth = 0;
    bool hit = true;

    (void)state;
    while (hit) {
        shim_scene s;

        shim_scene_open(&s, "web", false, NULL);
        shim_scene_prepare(&s);
        s.mortal.fails = ++nth;
        play(&s);
        hit = s.mortal.calls >= nth;
        shim_scene_bury(&s);
        assert_int_equal(s.buried, 0);
        release(&s);
        shim_scene_close(&s);
    }
    assert_true(nth > 2);
}

/* What is mounted is nobody's to see but by the note. */
static void a_scratch_that_the_service_keeps_stays_noted(void **state)
{
    const scene_wish wish = {.id = "web", .command = "nothing"};
    cleanup_free char *bundle = NULL;
    cleanup_free char *path = NULL;
    cleanup_taken_note taken noted = {0};
    shim_scene s;

    (void)state;
    shim_scene_open(&s, "web", false, NULL);
    bundle = shim_scene_bundle(&s, "web");
    assert_ok(&s.err, shim_scene_create(&s, &wish));
    shim_scene_fault(&s, "{\"call\":\"UnprepareLayer\",\"every\":true,\"hr\":\"0x80004005\"}");
    shim_scene_fault(&s, "{\"call\":\"DeactivateLayer\",\"every\":true,\"hr\":\"0x80004005\"}");
    scripted_hold_disks(s.fake->machine, true);
    shim_scene_fault(&s, "{\"call\":\"DetachVirtualDisk\",\"every\":true,\"hr\":\"0x80004005\"}");
    assert_int_equal(shim_scene_start(&s, "web", ""), WCOW_COMMAND_NOT_FOUND);
    assert_ok(&s.err, taken_read(s.files, bundle, &noted, &s.err));
    assert_true(noted.mounted && !noted.system);
    path = path_join(bundle, TAKEN_FILE); /* containerd removes it after Delete */
    assert_int_equal(s.files->remove_file(s.files, path), 0);
    scripted_hold_disks(s.fake->machine, false);
    sim_faults_clear(s.fake->sim);
    release(&s);
    shim_scene_close(&s);
}

/* ---- death ---- */

/* Nothing that a dead server's calls would do is done; its threads are told that the service is
 * gone, so that they come to an end. */
typedef struct reaper {
    shim_scene *s;
    _Atomic bool over;
    pthread_t thread;
} reaper;

static void *reap(void *context)
{
    reaper *r = context;

    while (!r->over) {
        if (sim_faults_hit(r->s->fake->sim) > 0)
            r->s->mortal.dead = true;
        if (r->s->mortal.dead)
            shim_scene_fault(r->s, "{\"every\":true,\"hr\":\"0x800706BA\"}");
        if (r->s->mortal.dead && sim_fault(r->s->fake->sim, "{\"kill\":true}"))
            return NULL;
        clock_sleep(1);
    }
    return NULL;
}

/* Whether the server came so far. */
static bool die(const char *fault, size_t change)
{
    shim_scene s;
    reaper r = {.s = &s};
    bool died;

    shim_scene_open(&s, "web", false, NULL);
    shim_scene_prepare(&s);
    s.mortal.dies = change;
    if (fault)
        shim_scene_fault(&s, fault);
    assert_int_equal(pthread_create(&r.thread, NULL, reap, &r), 0);
    play(&s);
    died = sim_faults_hit(s.fake->sim) > 0 || s.mortal.dead;
    r.over = true;
    pthread_join(r.thread, NULL);
    shim_scene_bury(&s);
    release(&s);
    s.may_leave = true; /* what it would have closed */
    shim_scene_close(&s);
    return died;
}

static void a_server_that_dies_at_any_call_leaves_a_note_of_all(void **state)
{
    unsigned nth = 1;
    char fault[96];

    (void)state;
    do
        snprintf(fault, sizeof fault, "{\"nth\":%u,\"every\":true,\"hr\":\"0x800706BA\"}", nth);
    while (die(fault, 0) && ++nth);
    printf("a server died at each of %u calls to the service\n", nth - 1);
    assert_true(nth > 10);
}

static void nor_if_it_dies_while_it_writes(void **state)
{
    unsigned nth = 1;

    (void)state;
    while (die(NULL, nth))
        nth++;
    printf("a server died at each of %u changes of its note\n", nth - 1);
    assert_true(nth > 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whatever_call_fails_what_is_left_is_noted),
        cmocka_unit_test(nor_does_it_matter_whether_it_was_carried_out),
        cmocka_unit_test(a_note_that_cannot_be_written_is_no_note),
        cmocka_unit_test(a_scratch_that_the_service_keeps_stays_noted),
        cmocka_unit_test(a_server_that_dies_at_any_call_leaves_a_note_of_all),
        cmocka_unit_test(nor_if_it_dies_while_it_writes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
