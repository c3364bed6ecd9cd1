/* SPDX-License-Identifier: MIT */
/* Health checks, as a monitor carries them out. */
#include "tests/unit/engine/fixture.h"
#include "tests/unit/support/own_resources.h"

#include <stdlib.h>
#include <string.h>

#include "base/condition.h"
#include "base/error.h"
#include "engine/container/reconcile.h"
#include "port/clock.h"

#define MILLISECOND INT64_C(1000000)

static const char *const ping[] = {"ping", NULL};

static wcow_container_spec spec_of(const char *command)
{
    wcow_container_spec spec = WCOW_CONTAINER_SPEC_INIT;

    spec.image = IMAGE;
    spec.name = "web";
    spec.command = ping;
    spec.health_command = command;
    spec.health_interval = 5 * MILLISECOND;
    return spec;
}

static wcow_container *start(fixture *f, const wcow_container_spec *spec)
{
    wcow_container *web = NULL;

    assert_ok(&f->err, wcow_container_create(f->host, spec, &web, &f->err));
    assert_ok(&f->err, wcow_container_start(web, NULL, NULL, &f->err));
    return web;
}

static void end(fixture *f, wcow_container *web)
{
    assert_ok(&f->err, wcow_container_remove(web, true, &f->err));
    fixture_settle(f);
    fixture_assert_clean(f);
    wcow_container_free(web);
}

static void wait_for(fixture *f, wcow_container *web, const char *path, const char *wanted)
{
    const uint64_t give_up = ticks_after(20000);

    for (;;) {
        cleanup_free char *value = fixture_inspect(f, web, path);

        if (text_equal(value, wanted))
            return;
        assert_true(ticks_now() < give_up);
        clock_sleep(5);
    }
}

/* The last result of it; to be freed with the whole, which goes to *inspected. */
static const cJSON *last_result(fixture *f, wcow_container *web, cJSON **inspected)
{
    char *json = NULL;
    const cJSON *log;

    assert_ok(&f->err, wcow_container_inspect(web, &json, &f->err));
    *inspected = fixture_json(f, json);
    log = json_path(*inspected, "State.Health.Log");
    assert_in_range(cJSON_GetArraySize(log), 1, 5);
    return cJSON_GetArrayItem(log, cJSON_GetArraySize(log) - 1);
}

static void assert_told(fixture *f, const char *action, size_t wanted)
{
    cleanup_free char *path = text_format("%s/events.log", f->root);
    cleanup_free char *line = text_format("\"Action\":\"%s\"", action);
    cleanup_free char *bytes = NULL;
    size_t size = 0;
    size_t count = 0;

    assert_false(HR_FAILED(f->files->read(f->files, path, (size_t)1 << 24, &bytes, &size)));
    for (const char *at = bytes; (at = strstr(at, line)); at++)
        count++;
    assert_int_equal(count, wanted);
}

static void one_that_is_well_becomes_healthy(void **test)
{
    fixture *f = *test;
    wcow_container_spec spec = spec_of("echo fine");
    wcow_container *web = start(f, &spec);
    cleanup_json cJSON *inspected = NULL;
    wcow_container_info *info = NULL;
    const cJSON *result;

    wait_for(f, web, "State.Health.Status", "healthy");
    result = last_result(f, web, &inspected);
    assert_string_equal(json_text(result, "Output", ""), "fine\n");
    assert_int_equal(json_integer(result, "ExitCode", 9), 0);
    assert_ok(&f->err, wcow_container_get_info(web, &info, &f->err));
    assert_string_equal(info->health, "healthy");
    assert_non_null(strstr(info->status, "(healthy)"));
    wcow_free(info);
    assert_told(f, "health_status: healthy", 1);
    end(f, web);
}

static void one_that_fails_again_and_again_becomes_unhealthy(void **test)
{
    fixture *f = *test;
    wcow_container_spec spec = spec_of("exit 3");
    wcow_container *web;
    cleanup_json cJSON *inspected = NULL;

    spec.health_retries = 2;
    web = start(f, &spec);
    wait_for(f, web, "State.Health.Status", "unhealthy");
    assert_int_equal(json_integer(last_result(f, web, &inspected), "ExitCode", 9), 3);
    assert_true(json_integer(json_path(inspected, "State.Health"), "FailingStreak", 0) >= 2);
    assert_told(f, "health_status: unhealthy", 1);
    end(f, web);
}

static void one_that_takes_too_long_is_ended(void **test)
{
    fixture *f = *test;
    wcow_container_spec spec = spec_of("stuck");
    wcow_container *web;
    cleanup_json cJSON *inspected = NULL;
    const cJSON *result;

    spec.health_timeout = 20 * MILLISECOND;
    spec.health_retries = 1;
    web = start(f, &spec);
    wait_for(f, web, "State.Health.Status", "unhealthy");
    result = last_result(f, web, &inspected);
    assert_string_equal(json_text(result, "Output", ""), "Health check exceeded timeout (20ms)");
    assert_int_equal(json_integer(result, "ExitCode", 9), -1);
    assert_true(fixture_calls(f, "HcsTerminateProcess") >= 1);
    end(f, web);
}

static void what_cannot_be_run_fails_with_the_reason(void **test)
{
    static const char image[] =
        "{\"Cmd\":[\"ping\"],\"Healthcheck\":{\"Test\":[\"CMD\",\"nosuch\"],"
        "\"Interval\":2000000,\"Retries\":1}}";
    fixture *f = *test;
    wcow_container_spec spec = WCOW_CONTAINER_SPEC_INIT;
    wcow_container *web;
    cleanup_json cJSON *inspected = NULL;
    const cJSON *result;

    fixture_load(f, "ill:1", image);
    spec.image = "ill:1";
    web = start(f, &spec);
    wait_for(f, web, "State.Health.Status", "unhealthy");
    result = last_result(f, web, &inspected);
    assert_non_null(strstr(json_text(result, "Output", ""), "nosuch"));
    assert_int_equal(json_integer(result, "ExitCode", 9), -1);
    assert_int_equal(json_integer(json_path(inspected, "Config.Healthcheck"), "Interval", 0),
                     2000000);
    end(f, web);
}

static void output_is_kept_up_to_4096_bytes(void **test)
{
    fixture *f = *test;
    wcow_container_spec spec = spec_of("flood 100000");
    wcow_container *web = start(f, &spec);
    cleanup_json cJSON *inspected = NULL;
    const char *output;

    wait_for(f, web, "State.Health.Status", "healthy");
    output = json_text(last_result(f, web, &inspected), "Output", "");
    assert_string_equal(output + strlen(output) - 3, "...");
    end(f, web);
}

static void without_a_check_there_is_no_thread_and_no_health(void **test)
{
    fixture *f = *test;
    wcow_container_spec spec = spec_of(NULL);
    size_t without;
    cleanup_json cJSON *inspected = NULL;
    char *json = NULL;
    wcow_container *web = start(f, &spec);

    clock_sleep(50);
    without = own_threads();
    assert_ok(&f->err, wcow_container_inspect(web, &json, &f->err));
    inspected = fixture_json(f, json);
    assert_null(json_path(inspected, "State.Health"));
    end(f, web);
    spec.no_health_check = true;
    web = start(f, &spec);
    clock_sleep(50);
    assert_int_equal(own_threads(), without);
    end(f, web);
    spec = spec_of("echo fine");
    web = start(f, &spec);
    wait_for(f, web, "State.Health.Status", "healthy");
    assert_true(own_threads() > without);
    end(f, web);
}

static void a_container_ends_at_once_whatever_its_probe_does(void **test)
{
    fixture *f = *test;
    wcow_container_spec spec = spec_of("stuck");
    wcow_container *web = start(f, &spec);
    uint64_t begun;

    while (!fixture_calls(f, "HcsCreateProcess") || fixture_calls(f, "HcsCreateProcess") < 2)
        clock_sleep(5);
    begun = ticks_now();
    assert_ok(&f->err, wcow_container_kill(web, "KILL", &f->err));
    assert_true(ticks_now() - begun < 5000);
    wait_for(f, web, "State.Status", "exited");
    wait_for(f, web, "State.Health.Status", "unhealthy");
    end(f, web);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(one_that_is_well_becomes_healthy),
        TEST(one_that_fails_again_and_again_becomes_unhealthy),
        TEST(one_that_takes_too_long_is_ended),
        TEST(what_cannot_be_run_fails_with_the_reason),
        TEST(output_is_kept_up_to_4096_bytes),
        TEST(without_a_check_there_is_no_thread_and_no_health),
        TEST(a_container_ends_at_once_whatever_its_probe_does),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
