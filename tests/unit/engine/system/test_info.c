/* SPDX-License-Identifier: MIT */
/* What is told of the host. */
#include "tests/unit/engine/fixture.h"

#include <string.h>

#include "base/json.h"

static const char *const ping[] = {"ping", NULL};

static void info_counts_containers_and_images(void **state)
{
    fixture *f = *state;
    wcow_container *one = fixture_create(f, "one", ping);
    wcow_container *two = fixture_create(f, "two", ping);
    char *json = NULL;

    assert_ok(&f->err, wcow_container_start(one, NULL, NULL, &f->err));
    assert_ok(&f->err, wcow_host_info(f->host, &json, &f->err));

    cleanup_json cJSON *info = fixture_json(f, json);
    assert_int_equal(json_integer(info, "Containers", 0), 2);
    assert_int_equal(json_integer(info, "ContainersRunning", 0), 1);
    assert_int_equal(json_integer(info, "ContainersStopped", 0), 1);
    assert_int_equal(json_integer(info, "Images", 0), 1);
    assert_int_equal(json_integer(info, "ComputeSystems", 0), 1);
    assert_null(json_member(info, "ServerErrors"));
    assert_string_equal(json_text(json_member(info, "Swarm"), "LocalNodeState", ""), "inactive");
    assert_string_equal(json_path(info, "Plugins.Log")->child->valuestring, "etwlogs");
    assert_true(
        json_bool(cJSON_GetObjectItem(json_path(info, "RegistryConfig.IndexConfigs"), "docker.io"),
                  "Official", false));
    assert_true(cJSON_IsNull(json_member(info, "Runtimes")));
    assert_string_equal(info->child->string, "ID");
    assert_ok(&f->err, wcow_container_remove(one, true, &f->err));
    wcow_container_free(one);
    wcow_container_free(two);
}

static void info_counts_an_image_once_for_all_of_its_names(void **state)
{
    fixture *f = *state;
    char *json = NULL;

    assert_ok(&f->err, wcow_image_tag(f->host, IMAGE, "second:1", &f->err));
    assert_ok(&f->err, wcow_host_info(f->host, &json, &f->err));

    cleanup_json cJSON *info = fixture_json(f, json);
    assert_int_equal(json_integer(info, "Images", 0), 1);
}

static void info_works_without_the_service_and_says_why(void **state)
{
    fixture *f = *state;
    char *json = NULL;

    assert_true(
        sim_fault(f->fake->sim, "{\"call\":\"HcsEnumerateComputeSystems\",\"hr\":\"0x80070005\"}"));
    assert_ok(&f->err, wcow_host_info(f->host, &json, &f->err));

    cleanup_json cJSON *info = fixture_json(f, json);
    const cJSON *errors = json_member(info, "ServerErrors");
    assert_int_equal(cJSON_GetArraySize(errors), 1);
    assert_non_null(strstr(errors->child->valuestring, "0x80070005"));
    assert_null(json_member(info, "ComputeSystems"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(info_counts_containers_and_images),
        TEST(info_counts_an_image_once_for_all_of_its_names),
        TEST(info_works_without_the_service_and_says_why),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
