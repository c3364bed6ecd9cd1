/* SPDX-License-Identifier: MIT */
/* Docker's types: what is added, in which order, what is known of a value. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>

#include <cmocka.h>

#include "base/docker_type.h"

#define completes(type, before, after) completes_at(__LINE__, type, before, after)

static void completes_at(int line, enum docker_type type, const char *before, const char *after)
{
    cleanup_json cJSON *value = cJSON_Parse(before);
    cleanup_free char *printed = NULL;

    assert_non_null(value);
    assert_true(docker_complete(value, type));
    printed = json_print(value);
    _assert_string_equal(printed, after, __FILE__, line);
}

static void what_is_missing_is_zero(void **state)
{
    (void)state;
    completes(DOCKER_RESTART_POLICY, "{}", "{\"Name\":\"\",\"MaximumRetryCount\":0}");
    completes(DOCKER_GRAPH_DRIVER, "{}", "{\"Data\":null,\"Name\":\"\"}");
    completes(DOCKER_METADATA, "{}", "{\"LastTagTime\":\"0001-01-01T00:00:00Z\"}");
    completes(DOCKER_INDEX, "{}",
              "{\"Name\":\"\",\"Mirrors\":[],\"Secure\":false,\"Official\":false}");
    completes(
        DOCKER_SERVER_VERSION, "{}",
        "{\"Platform\":{\"Name\":\"\"},\"Version\":\"\",\"ApiVersion\":\"\",\"GitCommit\":\"\","
        "\"GoVersion\":\"\",\"Os\":\"\",\"Arch\":\"\"}");
}

static void what_may_be_left_out_is_left_out(void **state)
{
    (void)state;
    completes(DOCKER_IMAGE_CONFIG, "{}", "{}");
    completes(DOCKER_IMAGE_CONFIG, "{\"User\":\"u\"}", "{\"User\":\"u\"}");
    completes(DOCKER_STATE, "null", "null");
}

static void members_stand_in_dockers_order_and_ours_last(void **state)
{
    (void)state;
    completes(DOCKER_COMMIT, "{\"Ours\":1,\"Expected\":\"e\",\"ID\":\"i\"}",
              "{\"ID\":\"i\",\"Expected\":\"e\",\"Ours\":1}");
    completes(DOCKER_COMMIT, "{\"Ours\":1,\"Mine\":{}}", "{\"ID\":\"\",\"Ours\":1,\"Mine\":{}}");
}

static void lists_and_maps_are_completed_too(void **state)
{
    (void)state;
    completes(DOCKER_PEERS, "[{},{\"Addr\":\"a\"}]",
              "[{\"NodeID\":\"\",\"Addr\":\"\"},{\"NodeID\":\"\",\"Addr\":\"a\"}]");
    completes(DOCKER_PORT_MAP, "{\"80/tcp\":[{}],\"81/tcp\":null}",
              "{\"80/tcp\":[{\"HostIp\":\"\",\"HostPort\":\"\"}],\"81/tcp\":null}");
}

static void every_type_has_a_zero_that_is_its_own(void **state)
{
    (void)state;
    for (enum docker_type type = DOCKER_NONE + 1; type < DOCKER_TYPE_COUNT; type++) {
        cleanup_json cJSON *zero = docker_zero(type);
        cleanup_json cJSON *again = cJSON_Duplicate(zero, true);

        assert_non_null(zero);
        assert_int_not_equal(docker_kind(type), DOCKER_UNKNOWN);
        assert_true(docker_complete(again, type));
        assert_true(cJSON_Compare(zero, again, true));
        if (cJSON_IsObject(zero) || cJSON_IsArray(zero) || cJSON_IsNull(zero))
            assert_int_equal(docker_type_of(zero), type);
        if (docker_kind(type) == DOCKER_IS_STRUCT && type != DOCKER_NOTHING)
            assert_non_null(docker_members(type)->name);
    }
}

static void marks_go_deep_and_survive_copies(void **state)
{
    cleanup_json cJSON *value = cJSON_Parse("{\"State\":null,\"NetworkSettings\":{\"Networks\":{"
                                            "\"nat\":{\"Links\":null}}},\"Ours\":{}}");
    cleanup_json cJSON *copy = NULL;

    (void)state;
    docker_mark(value, DOCKER_CONTAINER);
    copy = cJSON_Duplicate(value, true);
    assert_int_equal(docker_type_of(copy), DOCKER_CONTAINER);
    assert_int_equal(docker_type_of(json_member(copy, "State")), DOCKER_STATE);
    assert_int_equal(docker_type_of(json_path(copy, "NetworkSettings.Networks")), DOCKER_ENDPOINTS);
    assert_int_equal(docker_type_of(json_path(copy, "NetworkSettings.Networks.nat.Links")),
                     DOCKER_TEXTS);
    assert_int_equal(docker_type_of(json_member(copy, "Ours")), DOCKER_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_missing_is_zero),
        cmocka_unit_test(what_may_be_left_out_is_left_out),
        cmocka_unit_test(members_stand_in_dockers_order_and_ours_last),
        cmocka_unit_test(lists_and_maps_are_completed_too),
        cmocka_unit_test(every_type_has_a_zero_that_is_its_own),
        cmocka_unit_test(marks_go_deep_and_survive_copies),
    };

    return cmocka_run_group_tests_name("base/docker_type", tests, NULL, NULL);
}
