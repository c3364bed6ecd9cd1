/* SPDX-License-Identifier: MIT */
/*
 * Every call to the outside, and every allocation, of whoever connects a process's streams fails in
 * turn: it is told, or makes no difference, and nothing is left.
 */
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "port/clock.h"
#include "port/companion.h"
#include "port/pipe.h"
#include "tests/unit/status.h"
#include "tests/unit/support/own_resources.h"

static stdio_bench b;

/* Of the thread that opens; the client's threads are not meant. */
static _Thread_local size_t calls, fail_at;
static _Thread_local bool failed;

static bool fails(void)
{
    if (fail_at == 0 || ++calls != fail_at)
        return false;
    failed = true;
    return true;
}

/* The linker hands the code under test these. */
#define WRAP(result, name, failure, parameters, arguments)                                         \
    result __real_##name parameters;                                                               \
    result __wrap_##name parameters;                                                               \
    result __wrap_##name parameters                                                                \
    {                                                                                              \
        return fails() ? (failure) : __real_##name arguments;                                      \
    }

WRAP(void *, malloc, NULL, (size_t size), (size))
WRAP(void *, calloc, NULL, (size_t count, size_t size), (count, size))
WRAP(void *, realloc, NULL, (void *old, size_t size), (old, size))
WRAP(int32_t, pipe_connect_address, HR_ACCESS_DENIED,
     (const char *address, uint32_t milliseconds, const atomic_bool *given_up, stream **out),
     (address, milliseconds, given_up, out))
WRAP(int32_t, pipe_listen_address, HR_ACCESS_DENIED, (const char *address, pipe_server **out),
     (address, out))
WRAP(int32_t, pipe_accept_within, HR_ACCESS_DENIED,
     (pipe_server * server, uint32_t milliseconds, stream **out), (server, milliseconds, out))
WRAP(int32_t, stream_read_timeout, HR_ACCESS_DENIED,
     (stream * s, void *buffer, size_t size, uint32_t milliseconds, size_t *got),
     (s, buffer, size, milliseconds, got))
WRAP(int32_t, companion_start, HR_ACCESS_DENIED,
     (const char *path, const char *const *arguments, const char *const *variables,
      companion **out),
     (path, arguments, variables, out))
WRAP(int32_t, companion_wait, HR_ACCESS_DENIED,
     (companion * c, uint32_t milliseconds, uint32_t *exit_code), (c, milliseconds, exit_code))

/* Whether the nth call failed. */
static bool open_once(size_t nth)
{
    stdio *s = NULL;
    wcow_status status;

    b.error = (wcow_error)WCOW_ERROR_INIT;
    calls = 0;
    failed = false;
    fail_at = nth;
    status = stdio_open(b.files, &b.names, &b.limits, &s, &b.error);
    fail_at = 0;
    if (!failed && status)
        fail_msg("%s", b.error.message);
    if (status && (b.error.status != status || !b.error.message[0] || s))
        fail_msg("call %zu: %s: '%s'", nth, wcow_status_name(status), b.error.message);
    if (status)
        return failed;
    stdio_last_words(s, 0);
    assert_true(stdio_finish(s, 0));
    stdio_free(s);
    return failed;
}

static void fail_each(bool listen, size_t least)
{
    size_t before = 0;
    size_t nth = 0;
    bool again = true;

    while (again) {
        if (listen)
            bench_listen(&b);
        again = open_once(++nth);
        for (size_t i = 0; i < 3; i++)
            far_end_free(TAKE(b.client[i]));
        if (nth == 1)
            before = own_descriptors();
        assert_in_range(own_descriptors(), 0, before);
    }
    assert_in_range(nth, least, 1000);
}

static int set_up(void **state)
{
    (void)state;
    bench_open(&b);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    bench_close(&b);
    return 0;
}

static void each_call_fails_of_who_connects_to_pipes(void **state)
{
    (void)state;
    fail_each(true, 10);
}

static void each_call_fails_of_who_starts_a_logger(void **state)
{
    char folder[] = "/tmp/wcow-logger-XXXXXX";
    char report[96];
    char uri[512];

    (void)state;
    snprintf(report, sizeof(report), "%s/report", mkdtemp(folder));
    snprintf(uri, sizeof(uri), "binary://%s?%s=&id=a", LOGGER, report);
    b.names.input = "";
    b.names.output = b.names.error_output = uri;
    b.limits.logger_end = 2000;
    fail_each(false, 30);
    unlink(report);
    rmdir(folder);
}

static void each_call_fails_of_who_opens_a_log(void **state)
{
    char folder[] = "/tmp/wcow-log-XXXXXX";
    char uri[128];

    (void)state;
    snprintf(uri, sizeof(uri), "file://%s/a/b/out.log", mkdtemp(folder));
    b.names.input = "";
    b.names.output = b.names.error_output = uri;
    fail_each(false, 5);
    bench_remove_folder(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        TEST(each_call_fails_of_who_connects_to_pipes),
        TEST(each_call_fails_of_who_starts_a_logger),
        TEST(each_call_fails_of_who_opens_a_log),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
