/* SPDX-License-Identifier: MIT */
/* What changes nothing, and what takes images away: plan, info, image inspect, rmi. */
#include "tests/unit/engine/fixture.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "engine/container/container.h"

static const char *const ping[] = {"ping", NULL};

static int set_up(void **state)
{
    *state = fixture_with_image(NULL);
    return 0;
}

static int tear_down(void **state)
{
    fixture_free(*state);
    return 0;
}

static cJSON *parsed(fixture *f, const char *json)
{
    cJSON *value = NULL;

    assert_ok(&f->err, json_parse(json, strlen(json), "the answer", &value, &f->err));
    return value;
}

/* ---- plan ---- */

static cJSON *plan_of(fixture *f, const wcow_container_spec *spec)
{
    char *json = NULL;
    cJSON *plan;

    assert_ok(&f->err, wcow_container_plan(f->host, spec, &json, &f->err));
    plan = parsed(f, json);
    wcow_free(json);
    return plan;
}

static bool plans_call(const cJSON *plan, const char *name)
{
    const cJSON *item;

    cJSON_ArrayForEach (item, json_member(plan, "calls"))
        if (text_equal(json_text(item, "call", ""), name))
            return true;
    return false;
}

static void a_plan_touches_nothing(void **state)
{
    fixture *f = *state;
    wcow_container_spec spec = WCOW_CONTAINER_SPEC_INIT;
    const size_t mounted = fixture_calls(f, "ActivateLayer");
    wcow_container_info *rows = NULL;
    size_t count = 1;

    spec.image = IMAGE;
    spec.isolation = WCOW_ISOLATION_PROCESS;

    cleanup_json cJSON *plan = plan_of(f, &spec);

    assert_true(plans_call(plan, "PrepareLayer"));
    assert_true(plans_call(plan, "HNSCall"));
    assert_string_equal(json_text(json_path(plan, "process"), "CommandLine", ""), "ping");
    assert_string_equal(json_text(json_path(plan, "system"), "Owner", ""), "wcow");
    assert_int_equal(cJSON_GetArraySize(json_path(plan, "system.Layers")), 2);
    assert_ok(&f->err, wcow_container_list(f->host, &rows, &count, &f->err));
    assert_int_equal(count, 0);
    wcow_free(rows);
    assert_int_equal(fixture_calls(f, "HcsCreateComputeSystem"), 0);
    assert_int_equal(fixture_calls(f, "ActivateLayer"), mounted);
    fixture_assert_clean(f);
}

static void a_plan_depends_on_isolation_network_and_input(void **state)
{
    fixture *f = *state;
    wcow_container_spec spec = WCOW_CONTAINER_SPEC_INIT;

    spec.image = IMAGE;
    spec.isolation = WCOW_ISOLATION_HYPERV;
    spec.network = "none";
    spec.open_stdin = true;

    cleanup_json cJSON *plan = plan_of(f, &spec);

    assert_false(plans_call(plan, "PrepareLayer"));
    assert_false(plans_call(plan, "HNSCall"));
    assert_false(plans_call(plan, "HcsModifyProcess"));
    assert_true(plans_call(plan, "HcsCreateComputeSystem"));
    assert_non_null(json_path(plan, "system.HvRuntime"));
}

static void a_plan_refuses_what_create_would(void **state)
{
    fixture *f = *state;
    wcow_container_spec spec = WCOW_CONTAINER_SPEC_INIT;
    char *json = NULL;

    spec.image = "test/none:1";
    assert_int_equal(wcow_container_plan(f->host, &spec, &json, &f->err), WCOW_NOT_FOUND);
    spec.image = IMAGE;
    spec.network = "bridge";
    assert_int_equal(wcow_container_plan(f->host, &spec, &json, &f->err), WCOW_INVALID);
    assert_null(json);
}

/* ---- info ---- */

static void info_counts_containers_and_images(void **state)
{
    fixture *f = *state;
    wcow_container *one = fixture_create(f, "one", ping);
    wcow_container *two = fixture_create(f, "two", ping);
    char *json = NULL;

    assert_ok(&f->err, wcow_container_start(one, NULL, NULL, &f->err));
    assert_ok(&f->err, wcow_host_info(f->host, &json, &f->err));

    cleanup_json cJSON *info = parsed(f, json);

    wcow_free(json);
    assert_int_equal(json_integer(info, "Containers", 0), 2);
    assert_int_equal(json_integer(info, "ContainersRunning", 0), 1);
    assert_int_equal(json_integer(info, "ContainersStopped", 0), 1);
    assert_int_equal(json_integer(info, "Images", 0), 1);
    assert_int_equal(json_integer(info, "ComputeSystems", 0), 1);
    assert_null(json_member(info, "ServerErrors"));
    assert_string_equal(json_text(json_member(info, "Swarm"), "LocalNodeState", ""), "inactive");
    assert_string_equal(json_path(info, "Plugins.Log")->child->valuestring, "json-file");
    assert_true(
        json_bool(cJSON_GetObjectItem(json_path(info, "RegistryConfig.IndexConfigs"), "docker.io"),
                  "Official", false));
    assert_true(cJSON_IsNull(json_member(info, "Runtimes")));
    assert_string_equal(info->child->string, "ID");
    assert_ok(&f->err, wcow_container_remove(one, true, &f->err));
    wcow_container_free(one);
    wcow_container_free(two);
}

static void info_works_without_the_service_and_says_why(void **state)
{
    fixture *f = *state;
    char *json = NULL;

    assert_true(
        sim_fault(f->fake->sim, "{\"call\":\"HcsEnumerateComputeSystems\",\"hr\":\"0x80070005\"}"));
    assert_ok(&f->err, wcow_host_info(f->host, &json, &f->err));

    cleanup_json cJSON *info = parsed(f, json);
    const cJSON *errors = json_member(info, "ServerErrors");

    wcow_free(json);
    assert_int_equal(cJSON_GetArraySize(errors), 1);
    assert_non_null(strstr(errors->child->valuestring, "0x80070005"));
    assert_null(json_member(info, "ComputeSystems"));
}

/* Where wcow is tried out before it is used: the same store, no Windows. */
static void without_windows_a_plan_still_tells_what_it_can(void **state)
{
    fixture *f = *state;
    wcow_host_options options = WCOW_HOST_OPTIONS_INIT;
    wcow_container_spec spec = WCOW_CONTAINER_SPEC_INIT;
    wcow_host *bare = NULL;
    char *json = NULL;
    char *info = NULL;

    options.root = f->root;
    spec.image = IMAGE;
    spec.isolation = WCOW_ISOLATION_HYPERV;
    assert_ok(&f->err, wcow_host_open(&options, &bare, &f->err));
    assert_ok(&f->err, wcow_container_plan(bare, &spec, &json, &f->err));
    assert_non_null(strstr(json, "<NameToGuid("));
    assert_ok(&f->err, wcow_host_info(bare, &info, &f->err));
    assert_non_null(strstr(info, "ServerErrors"));
    wcow_free(json);
    wcow_free(info);
    wcow_host_free(bare);
}

/* ---- images ---- */

/* The folder of an imported layer that an image stands on. */
static bool is_layer(fixture *f, const char *path)
{
    char *json = NULL;
    const cJSON *row;
    bool found = false;

    assert_ok(&f->err, wcow_layer_list(f->host, &json, &f->err));

    cleanup_json cJSON *rows = parsed(f, json);

    wcow_free(json);
    cJSON_ArrayForEach (row, rows) {
        found |= strcmp(json_text(row, "Path", ""), path) == 0 && json_integer(row, "Images", 0);
    }
    return found;
}

/* What `images` says of the only image. */
static int64_t listed_size(fixture *f)
{
    wcow_image_info *rows = NULL;
    size_t count = 0;
    int64_t size;

    assert_ok(&f->err, wcow_image_list(f->host, &rows, &count, &f->err));
    assert_int_equal(count, 1);
    size = (int64_t)rows[0].size;
    wcow_free(rows);
    assert_true(size > 0);
    return size;
}

static void a_container_is_shown_with_all_of_dockers_members(void **state)
{
    static const struct {
        const char *path;
        const char *value;
    } members[] = {
        {"MountLabel", ""},
        {"AppArmorProfile", ""},
        {"HostConfig.ConsoleSize", "[0,0]"},
        {"HostConfig.VolumesFrom", "null"},
        {"HostConfig.Dns", "[]"},
        {"HostConfig.NanoCpus", "0"},
        {"HostConfig.Privileged", "false"},
        {"HostConfig.PidsLimit", "null"},
        {"HostConfig.IOMaximumBandwidth", "0"},
        {"NetworkSettings.SandboxKey", ""},
        {"NetworkSettings.IPAddress", ""},
        {"NetworkSettings.SecondaryIPAddresses", "null"},
        {"NetworkSettings.Networks.nat.Aliases", "null"},
        {"NetworkSettings.Networks.nat.IPv6Gateway", ""},
        {"State.Health", "<missing>"},
        {"Config.Healthcheck", "<missing>"},
        {"SizeRw", "<missing>"},
    };
    fixture *f = *state;
    wcow_container *one = fixture_create(f, "one", ping);

    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
        cleanup_free char *value = fixture_inspect(f, one, members[i].path);

        assert_string_equal(value, members[i].value);
    }
    assert_ok(&f->err, wcow_container_remove(one, true, &f->err));
    wcow_container_free(one);
}

static void sizes_are_those_of_scratch_and_image(void **state)
{
    fixture *f = *state;
    wcow_container *one = fixture_create(f, "one", ping);
    uint64_t own = 0;
    uint64_t whole = 0;

    assert_ok(&f->err, wcow_container_sizes(one, &own, &whole, &f->err));
    assert_int_equal(whole - own, listed_size(f));
    assert_ok(&f->err, wcow_container_remove(one, true, &f->err));
    assert_int_equal(wcow_container_sizes(one, &own, &whole, &f->err), WCOW_NOT_FOUND);
    wcow_container_free(one);
}

static void an_image_is_shown_as_docker_shows_it(void **state)
{
    fixture *f = *state;
    char *json = NULL;

    assert_ok(&f->err, wcow_image_inspect(f->host, IMAGE, &json, &f->err));

    cleanup_json cJSON *shown = parsed(f, json);

    wcow_free(json);
    assert_memory_equal(json_text(shown, "Id", ""), "sha256:", 7);
    assert_string_equal(json_path(shown, "RepoTags")->child->valuestring, IMAGE);
    assert_string_equal(json_text(shown, "Os", ""), "windows");
    assert_string_equal(json_text(shown, "OsVersion", ""), "10.0.20348.1");
    assert_string_equal(json_path(shown, "Config.Cmd")->child->valuestring, "ping");
    assert_int_equal(cJSON_GetArraySize(json_path(shown, "RootFS.Layers")), 2);
    assert_string_equal(json_text(json_path(shown, "GraphDriver"), "Name", ""), "windowsfilter");
    assert_true(is_layer(f, json_text(json_path(shown, "GraphDriver.Data"), "dir", "")));
    assert_int_equal(json_integer(shown, "Size", 0), listed_size(f));
    assert_string_equal(json_text(shown, "DockerVersion", "none"), "");
    assert_string_equal(json_text(shown, "Parent", "none"), "");
    assert_fails(&f->err, WCOW_NOT_FOUND, "No such image: test/none:1",
                 wcow_image_inspect(f->host, "test/none:1", &json, &f->err));
}

static void collect(void *context, const char *line)
{
    text_addf(context, "%.8s|", line);
}

static size_t images_left(fixture *f)
{
    wcow_image_info *rows = NULL;
    size_t count = 99;

    assert_ok(&f->err, wcow_image_list(f->host, &rows, &count, &f->err));
    wcow_free(rows);
    return count;
}

static void rmi_removes_the_layers_that_nothing_else_needs(void **state)
{
    fixture *f = *state;
    text lines = TEXT_INIT;
    const size_t before = fixture_calls(f, "DestroyLayer");

    fixture_load(f, "test/other:1", "{\"Cmd\":[\"ping\"]}"); /* the same base, another top */
    assert_ok(&f->err, wcow_image_remove(f->host, "test/other:1", false, collect, &lines, &f->err));
    assert_string_equal(text_get(&lines), "Untagged|Deleted:|");
    assert_int_equal(fixture_calls(f, "DestroyLayer"), before + 1);
    text_free(&lines);
    assert_ok(&f->err, wcow_image_remove(f->host, IMAGE, false, NULL, NULL, &f->err));
    assert_int_equal(fixture_calls(f, "DestroyLayer"), before + 3);
    assert_int_equal(images_left(f), 0);
    assert_int_equal(wcow_image_remove(f->host, IMAGE, false, NULL, NULL, &f->err), WCOW_NOT_FOUND);
}

/* The one layer that a VM can boot from; malloc'ed. */
static char *layer_with_vm(fixture *f)
{
    cleanup_free char *folder = text_format("%s/layers", f->root);
    cleanup_strings string_list names = STRING_LIST_INIT;
    char *found = NULL;
    file_info info;

    assert_int_equal(f->files->list(f->files, folder, &names), HR_OK);
    for (size_t i = 0; i < names.count; i++) {
        cleanup_free char *vm = text_format("%s/%s/UtilityVM", folder, names.items[i]);

        if (HR_SUCCEEDED(f->files->info(f->files, vm, &info)))
            found = text_copy(names.items[i]);
    }
    assert_non_null(found);
    return found;
}

static const char *template_of; /* the layer that it stands on */

static int32_t enumerate_with_templates(hcs_port *port, const char *query, char **systems,
                                        char **result)
{
    (void)port;
    (void)result;
    assert_string_equal(query, "{}"); /* it is nobody's */
    *systems = text_format("[{\"Id\":\"theirs\",\"IsRuntimeTemplate\":true,"
                           "\"RuntimeImagePath\":\"C:\\\\x\\\\UtilityVM\"},"
                           "{\"Id\":\"running\",\"RuntimeImagePath\":\"C:\\\\%s\\\\UtilityVM\"},"
                           "{\"Id\":\"template\",\"IsRuntimeTemplate\":true,"
                           "\"RuntimeImagePath\":\"C:\\\\%s\\\\UtilityVM\"}]",
                           template_of, template_of);
    return HR_OK;
}

/* After a Hyper-V container the service keeps a VM that it starts others from, on the layer's
 * files: without its end they cannot be removed. */
static void what_the_service_keeps_on_a_layer_is_ended_first(void **state)
{
    fixture *f = *state;
    hcs_port *hcs = f->fake->hcs;
    int32_t (*enumerate)(hcs_port *, const char *, char **, char **) = hcs->enumerate_systems;
    const size_t before = fixture_calls(f, "HcsOpenComputeSystem");
    cleanup_free char *base = layer_with_vm(f);

    template_of = base;
    hcs->enumerate_systems = enumerate_with_templates;
    assert_ok(&f->err, wcow_image_remove(f->host, IMAGE, false, NULL, NULL, &f->err));
    hcs->enumerate_systems = enumerate;
    assert_int_equal(fixture_calls(f, "HcsOpenComputeSystem"), before + 1);
}

static void an_image_in_use_is_kept(void **state)
{
    fixture *f = *state;
    wcow_container *web = fixture_create(f, "web", ping);
    const size_t before = fixture_calls(f, "DestroyLayer");

    assert_int_equal(wcow_image_remove(f->host, IMAGE, false, NULL, NULL, &f->err), WCOW_CONFLICT);
    assert_non_null(strstr(f->err.message, "must force"));
    assert_ok(&f->err, wcow_container_start(web, NULL, NULL, &f->err));
    assert_int_equal(wcow_image_remove(f->host, IMAGE, true, NULL, NULL, &f->err), WCOW_CONFLICT);
    assert_non_null(strstr(f->err.message, "cannot be forced"));
    assert_ok(&f->err, wcow_container_stop(web, 5, &f->err));

    /* Forced away, it leaves its layers to the container, which still starts. */
    assert_ok(&f->err, wcow_image_remove(f->host, IMAGE, true, NULL, NULL, &f->err));
    assert_int_equal(fixture_calls(f, "DestroyLayer"), before);
    assert_ok(&f->err, wcow_container_start(web, NULL, NULL, &f->err));
    assert_ok(&f->err, wcow_container_remove(web, true, &f->err));
    wcow_container_free(web);
    fixture_assert_clean(f);
}

static void a_layer_that_cannot_be_destroyed_is_told(void **state)
{
    fixture *f = *state;

    assert_true(sim_fault(f->fake->sim,
                          "{\"call\":\"DestroyLayer\",\"every\":true,\"hr\":\"0x80004005\"}"));
    assert_int_equal(wcow_image_remove(f->host, IMAGE, false, NULL, NULL, &f->err), WCOW_FAILED);
    assert_non_null(strstr(f->err.message, "the image '" IMAGE "' is removed, but not all of its "
                                           "layers"));
    assert_int_equal(images_left(f), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_plan_touches_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_plan_depends_on_isolation_network_and_input, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_plan_refuses_what_create_would, set_up, tear_down),
        cmocka_unit_test_setup_teardown(info_counts_containers_and_images, set_up, tear_down),
        cmocka_unit_test_setup_teardown(info_works_without_the_service_and_says_why, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(without_windows_a_plan_still_tells_what_it_can, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_container_is_shown_with_all_of_dockers_members, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(sizes_are_those_of_scratch_and_image, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_image_is_shown_as_docker_shows_it, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_the_service_keeps_on_a_layer_is_ended_first, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(rmi_removes_the_layers_that_nothing_else_needs, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(an_image_in_use_is_kept, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_layer_that_cannot_be_destroyed_is_told, set_up,
                                        tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
