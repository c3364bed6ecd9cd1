/* SPDX-License-Identifier: MIT */
/* What port/companion.h promises, with a logger as the program. */
#include "contract.h"

#include <stdio.h>

#include "base/path.h"
#include "base/text.h"
#include "port/clock.h"
#include "port/companion.h"
#include "port/files.h"
#include "port/stream.h"

#define PATIENCE 60000u

static char folder[512];
static char report[600];
static files_port *files;

static int set_up(void **state)
{
    (void)state;
    native_temporary(folder, sizeof(folder));
    snprintf(report, sizeof(report), "%s%creport", folder, native_separator());
    return HR_FAILED(files_port_open(&files));
}

static int tear_down(void **state)
{
    (void)state;
    (void)files->remove_file(files, report);
    (void)files->remove_directory(files, folder);
    files->free(files);
    return 0;
}

static companion *start(const char *mode, const char *const *variables)
{
    const char *const arguments[] = {report, mode, "two words", "", "a\"b\\", NULL};
    companion *c = NULL;

    assert_done(companion_start(CONTRACT_LOGGER, arguments, variables, &c));
    assert_true(companion_id(c) != 0);
    return c;
}

/* It has started whole. Wine gives a program a console of its own by another process, which stays,
 * and keeps this test's streams open, if the program is killed while it is being made. */
static void wait_for_report(void)
{
    for (uint32_t waited = 0; waited < PATIENCE; waited += 20) {
        cleanup_free char *told = NULL;
        size_t size = 0;

        if (!HR_FAILED(files->read(files, report, 4096, &told, &size)) && size)
            return;
        clock_sleep(20);
    }
    fail_msg("it does not start");
}

static void it_gets_its_arguments_and_variables_and_the_systems(void **state)
{
    static const char *const variables[] = {"CONTAINER_ID=web \xc3\xa4", "CONTAINER_WAIT=", NULL};
    cleanup_companion companion *c = NULL;
    cleanup_free char *told = NULL;
    uint32_t code = 99;
    size_t size;

    (void)state;
    native_set_environment("STRANGE", "one of ours");
    c = start("die", variables);
    assert_done(companion_wait(c, PATIENCE, &code));
    assert_int_equal(code, 3);
    assert_done(companion_wait(c, 0, &code));
    assert_done(files->read(files, report, 4096, &told, &size));
    assert_non_null(strstr(told, "argument two words\nargument \nargument a\"b\\\n"));
    assert_non_null(strstr(told, "CONTAINER_ID=web "));
    assert_non_null(strstr(told, "STRANGE=\n"));
    assert_non_null(strstr(told, "PATH is set\n"));
}

static void one_that_runs_on_is_ended(void **state)
{
    static const char *const variables[] = {NULL};
    cleanup_companion companion *c = start("never", variables);
    uint32_t code = 99;

    (void)state;
    assert_hr(HR_WAIT_TIMEOUT, companion_wait(c, 50, &code));
    assert_int_equal(code, 99);
    wait_for_report();
    companion_kill(c);
    assert_done(companion_wait(c, PATIENCE, &code));
    assert_int_not_equal(code, 0);
    companion_kill(c);
}

static void one_that_is_not_there_is_not_found(void **state)
{
    static const char *const nothing[] = {NULL};
    cleanup_free char *path = path_join(folder, "nobody.exe");
    companion *c = NULL;

    (void)state;
    assert_hr(HR_FILE_NOT_FOUND, companion_start(path, nothing, nothing, &c));
    assert_null(c);
}

/* A container's folder could not be removed, and containerd waits for the ends of pipes. */
static void it_holds_nothing_of_ours(void **state)
{
    static const char *const variables[] = {NULL};
    intptr_t reader;
    intptr_t writer;
    cleanup_stream stream *s = NULL;
    cleanup_companion companion *c = NULL;
    char byte;
    size_t got = 99;
    uint32_t code;

    (void)state;
    native_pipe(&reader, &writer);
    c = start("never", variables);
    native_close(writer);
    assert_done(stream_from_native(reader, &s));
    assert_done(stream_read_timeout(s, &byte, 1, PATIENCE, &got));
    assert_int_equal(got, 0);
    wait_for_report();
    companion_kill(c);
    assert_done(companion_wait(c, PATIENCE, &code));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        TEST(it_gets_its_arguments_and_variables_and_the_systems),
        TEST(one_that_runs_on_is_ended),
        TEST(one_that_is_not_there_is_not_found),
        TEST(it_holds_nothing_of_ours),
    };

    return cmocka_run_group_tests_name("contract/companion", tests, NULL, NULL);
}
