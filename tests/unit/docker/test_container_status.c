/* SPDX-License-Identifier: MIT */
/* A container's status in words. */
#include "docker/container_status.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define SECOND INT64_C(1000000000)
#define NOW    (1000 * SECOND)

static void says(container_status facts, const char *words)
{
    char said[STATUS_SIZE];

    facts.now = NOW;
    container_status_print(&facts, said);
    assert_string_equal(said, words);
}

static void each_state_has_dockers_words(void **state)
{
    const int64_t then = NOW - 180 * SECOND;

    (void)state;
    says((container_status){.state = "created"}, "Created");
    says((container_status){.state = "running", .started = then}, "Up 3 minutes");
    says((container_status){.state = "paused", .started = then}, "Up 3 minutes (Paused)");
    says((container_status){.state = "exited", .started = 1, .finished = then, .exit_code = 3},
         "Exited (3) 3 minutes ago");
    says((container_status){.state = "restarting", .started = 1, .finished = then, .exit_code = 1},
         "Restarting (1) 3 minutes ago");
    says(
        (container_status){
            .state = "exited", .started = 1, .finished = then, .exit_code = UINT32_MAX},
        "Exited (4294967295) 3 minutes ago");
    says((container_status){.state = "removing", .started = then}, "Removal In Progress");
    says((container_status){.state = "dead"}, "Dead");
}

static void what_docker_has_no_words_for_is_said_in_ours(void **state)
{
    (void)state;
    says((container_status){.state = "dead", .unreadable = true},
         "Dead (its files cannot be read)");
    says((container_status){.state = "created", .started = 1}, "Starting"); /* again */
    says((container_status){.state = "exited"}, "Created");                 /* its start failed */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_state_has_dockers_words),
        cmocka_unit_test(what_docker_has_no_words_for_is_said_in_ours),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
