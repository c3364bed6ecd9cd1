/* SPDX-License-Identifier: MIT */
/* Limits that stand in annotations. */
#include "shim/container/limit_annotations.h"

#include "tests/unit/status.h"

static void check(const char *config, wcow_status status, const char *expected)
{
    cleanup_json cJSON *made = cJSON_Parse(config);
    cleanup_free char *printed = NULL;
    wcow_error err = WCOW_ERROR_INIT;

    assert_non_null(made);
    if (status) {
        assert_fails(&err, status, expected, limit_annotations_apply(made, &err));
        return;
    }
    assert_ok(&err, limit_annotations_apply(made, &err));
    printed = json_print(json_member(made, "windows"));
    assert_string_equal(printed, expected);
}

#define MEMORY    "io.microsoft.container.memory.sizeinmb"
#define PROCESSOR "io.microsoft.container.processor."

static void they_override_what_the_configuration_says(void **state)
{
    (void)state;
    check("{\"windows\":{\"resources\":{\"memory\":{\"limit\":5}}},\"annotations\":{\"" MEMORY
          "\":\"3\"}}",
          WCOW_OK, "{\"resources\":{\"memory\":{\"limit\":3145728}}}");
    check("{\"windows\":{},\"annotations\":{\"" PROCESSOR "weight\":\"9\","
          "\"io.microsoft.container.storage.qos.iopsmaximum\":\"7\"}}",
          WCOW_OK, "{\"resources\":{\"cpu\":{\"shares\":9},\"storage\":{\"iops\":7}}}");
    check("{\"windows\":{\"resources\":null}}", WCOW_OK, "{\"resources\":null}");
}

static void what_they_cannot_be_is_refused(void **state)
{
    (void)state;
    check("{\"windows\":{},\"annotations\":{\"" PROCESSOR "limit\":\"10001\"}}", WCOW_INVALID,
          "the annotation " PROCESSOR "limit is '10001': it must be a number");
    check("{\"windows\":{},\"annotations\":{\"" PROCESSOR "limit\":\"5\",\"" PROCESSOR
          "count\":\"1\"}}",
          WCOW_INVALID, "of the processors' count, maximum and shares a container can have one");
    check("{\"windows\":{\"resources\":{\"memory\":7}},\"annotations\":{\"" MEMORY "\":\"3\"}}",
          WCOW_INVALID, "config.json: windows.resources: 'memory' is not a JSON object");
}

static void they_are_known_by_name(void **state)
{
    (void)state;
    assert_true(limit_annotations_have(MEMORY));
    assert_false(limit_annotations_have("io.microsoft.container.unknown"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(they_override_what_the_configuration_says),
        cmocka_unit_test(what_they_cannot_be_is_refused),
        cmocka_unit_test(they_are_known_by_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
