/* SPDX-License-Identifier: MIT */
/* Containers whose clients listen at real pipes, as ctr and containerd do. */
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "port/clock.h"
#include "port/machine.h"
#include "tests/shim/far_end.h"
#include "tests/unit/shim/container/shim_scene.h"

#define PATIENCE 20000u

/* The scene's own streams in memory are not linked here. */
void fake_stdio_reset(void)
{
}

size_t fake_stdio_count(void)
{
    return 0;
}

static char *address(const char *which)
{
    static unsigned number;

    return text_format("\\\\.\\pipe\\wcow-streams-%u-%u-%s", machine_process_id(), ++number, which);
}

static void create_at(shim_scene *s, const char *command, const char *input, const char *output)
{
    const scene_wish wish = {.id = "web", .command = command, .input = input, .output = output};

    shim_scene_open(s, "web", false, NULL);
    assert_ok(&s->err, shim_scene_create(s, &wish));
    assert_ok(&s->err, shim_scene_start(s, "web", ""));
}

static void what_it_writes_has_arrived_when_its_end_is_told(void **state)
{
    cleanup_free char *output = address("out");
    far_end *client = far_end_new(output, FAR_READER);
    const char *heard;
    size_t size = 0;
    shim_scene s;

    (void)state;
    create_at(&s, "flood 300000", "", output);
    assert_int_equal(shim_scene_wait(&s, "web", ""), 0);
    assert_true(far_end_ended(client, PATIENCE));
    heard = far_end_bytes(client, &size);
    assert_int_equal(size, 300000);
    for (size_t i = 0; i < size; i++)
        assert_int_equal((unsigned char)heard[i], i % 251);
    shim_scene_close(&s);
    far_end_free(client);
}

static void what_its_client_says_reaches_it_to_the_end(void **state)
{
    cleanup_free char *input = address("in");
    cleanup_free char *output = address("out");
    far_end *writer = far_end_new(input, FAR_WRITER);
    far_end *reader = far_end_new(output, FAR_READER);
    size_t size = 0;
    shim_scene s;

    (void)state;
    create_at(&s, "cat", input, output);
    assert_true(far_end_say(writer, "hello", 5));
    far_end_hang_up(writer);
    assert_int_equal(shim_scene_wait(&s, "web", ""), 0);
    assert_true(far_end_ended(reader, PATIENCE));
    assert_string_equal(far_end_bytes(reader, &size), "hello");
    shim_scene_close(&s);
    far_end_free(writer);
    far_end_free(reader);
}

/* The recorded scene in which containerd's own shim never comes to an end. */
static void a_reader_who_is_gone_stops_no_teardown(void **state)
{
    cleanup_free char *output = address("out");
    far_end *client = far_end_new(output, FAR_READER);
    shim_scene s;
    uint64_t begun;

    (void)state;
    create_at(&s, "ping", "", output);
    assert_true(far_end_heard(client, 1, PATIENCE));
    far_end_leave(client);
    clock_sleep(200); /* what it writes now nobody takes */
    begun = clock_ticks();
    assert_ok(&s.err, task_kill(s.pod, "web", "", 9, false, &s.err));
    assert_int_equal(shim_scene_wait(&s, "web", ""), 1);
    assert_true(clock_ticks() - begun < TASK_PATIENCE);
    shim_scene_assert_clean(&s, "web");
    shim_scene_delete(&s, "web", "");
    shim_scene_close(&s);
    far_end_free(client);
}

static void output_goes_on_when_its_reader_is_back(void **state)
{
    cleanup_free char *output = address("out");
    far_end *client = far_end_new(output, FAR_READER);
    shim_scene s;

    (void)state;
    create_at(&s, "ping", "", output);
    assert_true(far_end_heard(client, 1, PATIENCE));
    far_end_leave(client);
    clock_sleep(100);
    far_end_return(client);
    assert_true(far_end_heard(client, 1000, PATIENCE));
    assert_true(far_end_connections(client) >= 2);
    assert_ok(&s.err, task_kill(s.pod, "web", "", 9, false, &s.err));
    shim_scene_wait(&s, "web", "");
    shim_scene_close(&s);
    far_end_free(client);
}

static void where_nobody_listens_nothing_is_taken(void **state)
{
    cleanup_free char *output = address("out");
    const scene_wish wish = {.id = "web", .output = output};
    shim_scene s;

    (void)state;
    shim_scene_open(&s, "web", false, NULL);
    assert_int_not_equal(shim_scene_create(&s, &wish), WCOW_OK);
    assert_int_equal(shim_scene_calls(&s, "ActivateLayer"), 0);
    assert_int_equal(shim_scene_calls(&s, "HcsCreateComputeSystem"), 0);
    shim_scene_assert_clean(&s, "web");
    shim_scene_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_it_writes_has_arrived_when_its_end_is_told),
        cmocka_unit_test(what_its_client_says_reaches_it_to_the_end),
        cmocka_unit_test(a_reader_who_is_gone_stops_no_teardown),
        cmocka_unit_test(output_goes_on_when_its_reader_is_back),
        cmocka_unit_test(where_nobody_listens_nothing_is_taken),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
