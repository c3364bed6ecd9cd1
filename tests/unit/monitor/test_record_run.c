/* SPDX-License-Identifier: MIT */
/* An end that there is no room to record: it is told once all the same. */
#include "tests/unit/engine/fixture.h"

#include <string.h>

#include "base/error.h"
#include "engine/container/container.h"
#include "engine/host/paths.h"
#include "engine/host/store.h"
#include "engine/host/windows_log.h"
#include "port/clock.h"

static _Atomic bool full;     /* there is no room for another file */
static _Atomic bool no_spare; /* nor was there for the spare one */
static _Atomic bool fills;    /* once a run is to follow another */
static _Atomic unsigned entries;
static int32_t (*real_replace)(files_port *, const char *, const void *, size_t);
static int32_t (*real_open)(files_port *, const char *, int, file **);

static int32_t replace_if_there_is_room(files_port *port, const char *path, const void *bytes,
                                        size_t size)
{
    if (fills && strstr(path, FILE_STATE) && strstr(bytes, "\"restarting\":true"))
        full = true;
    return full ? HR_DISK_FULL : real_replace(port, path, bytes, size);
}

static int32_t open_if_there_is_room(files_port *port, const char *path, int mode, file **out)
{
    return no_spare && strstr(path, FILE_SPARE) ? HR_DISK_FULL : real_open(port, path, mode, out);
}

static int32_t count_entry(uint32_t kind, uint32_t id, const char *words)
{
    (void)kind;
    (void)id;
    (void)words;
    entries++;
    return HR_OK;
}

static int set_up(void **test)
{
    const int code = fixture_set_up(test);
    fixture *f = *test;

    full = false;
    no_spare = false;
    fills = false;
    entries = 0;
    windows_log_port.write = count_entry;
    real_replace = f->faulty.port.replace;
    real_open = f->faulty.port.open;
    f->faulty.port.replace = replace_if_there_is_room;
    f->monitors.port.replace = replace_if_there_is_room;
    f->monitors.port.open = open_if_there_is_room;
    return code;
}

static wcow_container *start_as(fixture *f, const char *const *command, const char *restart,
                                bool auto_remove)
{
    wcow_container_spec spec = WCOW_CONTAINER_SPEC_INIT;
    wcow_container *web = NULL;

    spec.image = IMAGE;
    spec.name = "web";
    spec.command = command;
    spec.restart = restart;
    spec.auto_remove = auto_remove;
    assert_ok(&f->err, wcow_container_create(f->host, &spec, &web, &f->err));
    assert_ok(&f->err, wcow_container_start(web, NULL, NULL, &f->err));
    return web;
}

static wcow_container *start(fixture *f, bool auto_remove)
{
    static const char *const ping[] = {"ping", NULL};

    return start_as(f, ping, NULL, auto_remove);
}

/* In events.log. */
static size_t told(fixture *f, const char *wanted)
{
    cleanup_free char *path = text_format("%s/events.log", f->root);
    cleanup_free char *bytes = NULL;
    size_t size = 0;
    size_t count = 0;

    assert_int_equal(f->files->read(f->files, path, 1 << 20, &bytes, &size), HR_OK);
    for (const char *at = bytes; (at = strstr(at, wanted)); at++)
        count++;
    return count;
}

/* It is kept as the run begins, after its start was told. */
static void await_spare(fixture *f, const wcow_container *web)
{
    cleanup_free char *path = path_in_container(f->host, web->id, FILE_SPARE);
    const uint64_t give_up = clock_ticks() + 20000;
    file_info info = {0};

    while (HR_FAILED(f->files->info(f->files, path, &info)) || info.size < 8192) {
        assert_true(clock_ticks() < give_up);
        clock_sleep(10);
    }
}

/* As a crash may leave it. */
static void write_short_spare(fixture *f, const wcow_container *web)
{
    cleanup_free char *path = path_in_container(f->host, web->id, FILE_SPARE);

    assert_int_equal(f->files->replace(f->files, path, "x", 1), HR_OK);
}

#define DIE        "\"Action\":\"die\""
#define DISCONNECT "\"Action\":\"disconnect\""
#define LOST       "\"exitCode\":\"255\""

static void assert_told_once(fixture *f)
{
    assert_int_equal(told(f, DIE), 1);
    assert_int_equal(told(f, DISCONNECT), 1);
}

/* Room for it was kept as it began. */
static void an_end_on_a_full_disk_is_recorded(void **test)
{
    fixture *f = *test;
    wcow_container *web = start(f, false);
    cleanup_free char *status = NULL;
    cleanup_free char *code = NULL;

    full = true;
    assert_ok(&f->err, wcow_container_kill(web, "KILL", &f->err));
    fixture_settle(f);
    status = fixture_inspect(f, web, "State.Status");
    code = fixture_inspect(f, web, "State.ExitCode");
    assert_string_equal(status, "exited");
    assert_string_not_equal(code, "255");
    assert_told_once(f);
    assert_int_equal(told(f, LOST), 0);
    assert_int_equal(entries, 0);

    full = false; /* and is kept anew by the next run */
    write_short_spare(f, web);
    assert_ok(&f->err, wcow_container_start(web, NULL, NULL, &f->err));
    await_spare(f, web);
    full = true;
    assert_ok(&f->err, wcow_container_remove(web, true, &f->err));
    assert_int_equal(told(f, DIE), 2);
    assert_int_equal(told(f, LOST), 0);
    assert_int_equal(entries, 0);
    fixture_assert_clean(f);
    wcow_container_free(web);
}

/* As in Docker: what a running one says is when its last run ended. */
static void the_end_of_the_last_run_is_known_while_the_next_one_runs(void **test)
{
    fixture *f = *test;
    wcow_container *web = start(f, false);
    cleanup_free char *before = NULL;
    cleanup_free char *after = NULL;
    cleanup_free char *never = fixture_inspect(f, web, "State.FinishedAt");

    assert_string_equal(never, "0001-01-01T00:00:00Z");
    assert_ok(&f->err, wcow_container_stop(web, 0, &f->err));
    before = fixture_inspect(f, web, "State.FinishedAt");
    assert_ok(&f->err, wcow_container_start(web, NULL, NULL, &f->err));
    after = fixture_inspect(f, web, "State.FinishedAt");
    assert_string_not_equal(before, never);
    assert_string_equal(after, before);
    assert_ok(&f->err, wcow_container_remove(web, true, &f->err));
    wcow_container_free(web);
}

/* A next run could not be noted: the room is for this end, which is the last then. */
static void an_end_on_a_full_disk_is_the_last_whatever_the_policy_says(void **test)
{
    static const char *const fails[] = {"exit", "3", NULL};
    fixture *f = *test;
    wcow_container *web;
    cleanup_free char *status = NULL;
    cleanup_free char *code = NULL;
    cleanup_free char *count = NULL;

    fills = true;
    web = start_as(f, fails, "always", false);
    fixture_settle(f);
    assert_true(full);
    status = fixture_inspect(f, web, "State.Status");
    code = fixture_inspect(f, web, "State.ExitCode");
    count = fixture_inspect(f, web, "RestartCount");
    assert_string_equal(status, "exited");
    assert_string_equal(code, "3");
    assert_string_equal(count, "0");
    assert_told_once(f);
    assert_int_equal(told(f, LOST), 0);
    assert_int_equal(entries, 1); /* that it is not restarted */
    full = false;
    fills = false;
    assert_ok(&f->err, wcow_container_remove(web, false, &f->err));
    fixture_assert_clean(f);
    wcow_container_free(web);
}

/* Who removes himself after it finds nobody lost. */
static void an_end_with_rm_on_a_full_disk_is_told_once(void **test)
{
    fixture *f = *test;
    wcow_container *web = start(f, true);

    full = true;
    assert_ok(&f->err, wcow_container_kill(web, "KILL", &f->err));
    fixture_settle(f);
    assert_told_once(f);
    assert_int_equal(told(f, LOST), 0);
    assert_int_equal(told(f, "\"Action\":\"destroy\""), 1);
    assert_int_equal(entries, 0);
    fixture_assert_clean(f);
    wcow_container_free(web);
}

/* There was no room for that, either: then the next who looks finds a lost one. */
static void an_end_that_cannot_be_recorded_is_left_to_others_to_tell(void **test)
{
    fixture *f = *test;
    wcow_container *web;
    cleanup_free char *status = NULL;

    no_spare = true;
    web = start(f, false);
    full = true;
    ignore(wcow_container_kill(web, "KILL", NULL));
    fixture_settle(f);
    assert_int_equal(told(f, DIE), 0);
    assert_int_equal(told(f, DISCONNECT), 0);
    full = false;
    status = fixture_inspect(f, web, "State.Status");
    assert_string_equal(status, "exited");
    assert_told_once(f);
    assert_int_equal(told(f, LOST), 1);
    assert_int_equal(entries, 1);
    assert_ok(&f->err, wcow_container_remove(web, false, &f->err));
    assert_told_once(f);
    fixture_assert_clean(f);
    wcow_container_free(web);
}

/* With --rm that is the monitor, which knows more, and is not lost. */
static void nor_is_one_lost_who_removes_himself(void **test)
{
    fixture *f = *test;
    wcow_container *web;

    no_spare = true;
    web = start(f, true);
    full = true;
    ignore(wcow_container_kill(web, "KILL", NULL));
    fixture_settle(f);
    assert_told_once(f);
    assert_int_equal(told(f, "\"Action\":\"destroy\""), 1);
    assert_int_equal(told(f, LOST), 0);
    assert_int_equal(entries, 0);
    fixture_assert_clean(f);
    wcow_container_free(web);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, fixture_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_end_on_a_full_disk_is_recorded),
        TEST(the_end_of_the_last_run_is_known_while_the_next_one_runs),
        TEST(an_end_on_a_full_disk_is_the_last_whatever_the_policy_says),
        TEST(an_end_with_rm_on_a_full_disk_is_told_once),
        TEST(an_end_that_cannot_be_recorded_is_left_to_others_to_tell),
        TEST(nor_is_one_lost_who_removes_himself),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
