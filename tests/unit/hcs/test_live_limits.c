/* SPDX-License-Identifier: MIT */
/* Limits of a system that runs: which requests the service gets, and that it gets none of a wish
 * that cannot be. */
#include "tests/unit/status.h"

#include <string.h>

#include "hcs/live_limits.h"
#include "tests/unit/hcs/fake_service.h"

#define BUILD 20348

typedef struct scene {
    fake_service fake;
    compute_system *system;
} scene;

static wcow_error err;

static int open_scene(void **state)
{
    scene *s = calloc(1, sizeof(*s));

    fake_start(&s->fake);
    s->fake.properties = "{}";
    if (compute_system_create(&s->fake.port, "web", "{}", NULL, &s->system, &err))
        return -1;
    *state = s;
    return 0;
}

static int close_scene(void **state)
{
    scene *s = *state;

    compute_system_close(s->system);
    fake_stop(&s->fake);
    assert_int_equal(s->fake.handles, 0);
    free(s);
    return 0;
}

static wcow_status change(scene *s, uint32_t build, const char *resources)
{
    cleanup_json cJSON *parsed = NULL;

    assert_ok(&err, json_parse(resources, strlen(resources), "it", &parsed, &err));
    return live_limits_change(s->system, build, 4, parsed, &err);
}

static void each_wish_is_the_request_of_containerds_shim(void **state)
{
    static const struct {
        const char *resources, *request;
    } wishes[] = {
        {"{\"memory\":{\"limit\":134217728}}",
         "{\"ResourcePath\":\"Container/Memory/SizeInMB\",\"RequestType\":\"Update\","
         "\"Settings\":128}"},
        {"{\"cpu\":{\"maximum\":2500}}",
         "{\"ResourcePath\":\"Container/Processor\",\"RequestType\":\"Update\",\"Settings\":{"
         "\"Maximum\":2500}}"},
        {"{\"cpu\":{\"count\":64}}",
         "{\"ResourcePath\":\"Container/Processor\",\"RequestType\":\"Update\",\"Settings\":{"
         "\"Count\":4}}"},
        {"{\"memory\":{},\"cpu\":{\"shares\":3}}",
         "{\"ResourcePath\":\"Container/Processor\",\"RequestType\":\"Update\",\"Settings\":{"
         "\"Weight\":3}}"},
    };
    scene *s = *state;

    for (size_t i = 0; i < sizeof(wishes) / sizeof(wishes[0]); i++) {
        const uint32_t before = s->fake.calls;

        assert_ok(&err, change(s, BUILD, wishes[i].resources));
        assert_int_equal(s->fake.calls, before + 1);
        assert_string_equal(s->fake.last_text, wishes[i].request);
    }
}

static void memory_comes_before_processors(void **state)
{
    scene *s = *state;
    const uint32_t before = s->fake.calls;

    assert_ok(&err, change(s, BUILD,
                           "{\"memory\":{\"limit\":134217728},\"cpu\":{\"maximum\":2500},"
                           "\"storage\":{\"iops\":5}}"));
    assert_int_equal(s->fake.calls, before + 2);
    assert_non_null(strstr(s->fake.last_text, "Container/Processor"));
}

static void nothing_is_changed_when_one_wish_cannot_be(void **state)
{
    static const struct {
        wcow_status status;
        uint32_t build;
        const char *resources;
    } wishes[] = {
        {WCOW_INVALID, BUILD,
         "{\"memory\":{\"limit\":134217728},\"cpu\":{\"count\":1,\"shares\":5}}"},
        {WCOW_INVALID, BUILD, "{\"memory\":{\"limit\":134217728},\"cpu\":{\"maximum\":10001}}"},
        {WCOW_INVALID, BUILD, "{\"memory\":{\"limit\":\"1g\"},\"cpu\":{\"maximum\":1}}"},
        {WCOW_UNSUPPORTED, 17763, "{\"memory\":{\"limit\":134217728},\"cpu\":{\"maximum\":1}}"},
    };
    scene *s = *state;

    for (size_t i = 0; i < sizeof(wishes) / sizeof(wishes[0]); i++) {
        const uint32_t before = s->fake.calls;

        assert_int_equal(change(s, wishes[i].build, wishes[i].resources), wishes[i].status);
        assert_int_equal(s->fake.calls, before);
    }
}

static void memory_can_be_changed_on_every_build(void **state)
{
    assert_ok(&err, change(*state, 17763, "{\"memory\":{\"limit\":134217728}}"));
}

static void the_services_no_is_passed_on(void **state)
{
    scene *s = *state;

    for (uint32_t nth = 1; nth <= 2; nth++) {
        s->fake.fail_nth = nth;
        s->fake.fail_hr = (int32_t)0x80070057;
        assert_int_not_equal(
            change(s, BUILD, "{\"memory\":{\"limit\":134217728},\"cpu\":{\"maximum\":2500}}"),
            WCOW_OK);
        assert_int_equal(err.hresult, (int32_t)0x80070057);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_wish_is_the_request_of_containerds_shim, open_scene,
                                        close_scene),
        cmocka_unit_test_setup_teardown(memory_comes_before_processors, open_scene, close_scene),
        cmocka_unit_test_setup_teardown(nothing_is_changed_when_one_wish_cannot_be, open_scene,
                                        close_scene),
        cmocka_unit_test_setup_teardown(memory_can_be_changed_on_every_build, open_scene,
                                        close_scene),
        cmocka_unit_test_setup_teardown(the_services_no_is_passed_on, open_scene, close_scene),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
