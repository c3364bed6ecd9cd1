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

/* ---- a log on a disk that does not answer ---- */

static struct stuck_disk {
    pthread_mutex_t lock; /* guards the following */
    condition changed;
    bool stuck;
    size_t inside, open;
} disk = {.lock = PTHREAD_MUTEX_INITIALIZER};

static int32_t open_log(files_port *port, const char *path, int mode, file **out)
{
    static char log;

    (void)port;
    (void)path;
    (void)mode;
    pthread_mutex_lock(&disk.lock);
    disk.open++;
    pthread_mutex_unlock(&disk.lock);
    *out = (file *)(void *)&log;
    return HR_OK;
}

static int32_t write_log(files_port *port, file *f, const void *bytes, size_t size)
{
    (void)port;
    (void)f;
    (void)bytes;
    (void)size;
    pthread_mutex_lock(&disk.lock);
    disk.inside++;
    condition_broadcast(&disk.changed);
    while (disk.stuck)
        condition_wait(&disk.changed, &disk.lock);
    disk.inside--;
    pthread_mutex_unlock(&disk.lock);
    return HR_OK;
}

static void close_log(files_port *port, file *f)
{
    (void)port;
    (void)f;
    pthread_mutex_lock(&disk.lock);
    disk.open--;
    condition_broadcast(&disk.changed);
    pthread_mutex_unlock(&disk.lock);
}

static void disk_get_stuck(shim_scene *s)
{
    assert_true(condition_init(&disk.changed));
    disk.stuck = true;
    s->mortal.port.open = open_log;
    s->mortal.port.write_all = write_log;
    s->mortal.port.close = close_log;
}

static void disk_await_inside(size_t count)
{
    const uint64_t end = ticks_after(PATIENCE);

    pthread_mutex_lock(&disk.lock);
    while (disk.inside < count && condition_wait_until(&disk.changed, &disk.lock, end))
        continue;
    assert_int_equal(disk.inside, count);
    pthread_mutex_unlock(&disk.lock);
}

/* It answers again, and what was left behind closes its log. */
static void disk_recover(void)
{
    const uint64_t end = ticks_after(PATIENCE);

    pthread_mutex_lock(&disk.lock);
    disk.stuck = false;
    condition_broadcast(&disk.changed);
    while (disk.open && condition_wait_until(&disk.changed, &disk.lock, end))
        continue;
    assert_int_equal(disk.open, 0);
    pthread_mutex_unlock(&disk.lock);
    condition_free(&disk.changed);
}

static void run_exec_to(shim_scene *s, const char *output)
{
    const task_exec_request request = {
        .id = wire_text("web"),
        .exec_id = wire_text("e1"),
        .has_spec = true,
        .spec = {wire_text("types.containerd.io/opencontainers/runtime-spec/1/Process"),
                 wire_text("{\"commandLine\":\"flood 100\",\"cwd\":\"C:\\\\\"}")}};
    const task_wish wish = {.id = "web",
                            .exec_id = "e1",
                            .bundle = "",
                            .input = "",
                            .output = output,
                            .error_output = "",
                            .details = &request};

    assert_ok(&s->err, task_create(s->pod, &wish, &s->err));
    assert_ok(&s->err, shim_scene_start(s, "web", "e1"));
}

/* All is given back but who stands in the write, and he frees what he has when he comes out. */
static void a_log_on_a_disk_that_is_stuck_stops_no_teardown(void **state)
{
    static const char log[] = "file:///C:/logs/web.log";
    const scene_wish wish = {.id = "web", .command = "ping", .output = log};
    shim_scene s;
    uint64_t begun;

    (void)state;
    shim_scene_open(&s, "web", false, NULL);
    disk_get_stuck(&s);
    assert_ok(&s.err, shim_scene_create(&s, &wish));
    assert_ok(&s.err, shim_scene_start(&s, "web", ""));
    run_exec_to(&s, log);
    disk_await_inside(2);
    begun = clock_ticks();
    assert_ok(&s.err, task_kill(s.pod, "web", "", 9, false, &s.err));
    assert_int_equal(shim_scene_wait(&s, "web", "e1"), 0);
    assert_int_equal(shim_scene_wait(&s, "web", ""), 1);
    assert_true(clock_ticks() - begun < TASK_PATIENCE + 4000);
    shim_scene_assert_clean(&s, "web");
    shim_scene_delete(&s, "web", "");
    disk_recover();
    shim_scene_close(&s);
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
        cmocka_unit_test(a_log_on_a_disk_that_is_stuck_stops_no_teardown),
        cmocka_unit_test(where_nobody_listens_nothing_is_taken),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
