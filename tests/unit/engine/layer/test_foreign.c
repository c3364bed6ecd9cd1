/* SPDX-License-Identifier: MIT */
/* Another engine's layers: listed, refused while somebody runs on them, and destroyed in order. */
#include "tests/unit/engine/fixture.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/guid.h"
#include "base/json.h"
#include "base/path.h"

/* A folder like Docker's: one read-only layer, two writable ones, the second of which is mounted
 * and has a running system with an endpoint. */
typedef struct engine {
    fixture *f;
    char *root;
    char *base;
    char *idle;
    char *busy;
    hcs_system *system;
    char *endpoint;
} engine;

static void make_scratch(engine *e, const char *path, bool mount, char **volume)
{
    storage_port *storage = e->f->fake->storage;
    layer_descriptor parent = {.path = e->base};

    assert_int_equal(storage->name_to_guid(storage, "base", &parent.id), HR_OK);
    assert_int_equal(storage->create_sandbox_layer(storage, path, &parent, 1), HR_OK);
    if (!mount)
        return;
    assert_int_equal(storage->activate_layer(storage, path), HR_OK);
    assert_int_equal(storage->prepare_layer(storage, path, &parent, 1), HR_OK);
    assert_int_equal(storage->get_layer_mount_path(storage, path, volume), HR_OK);
}

static cJSON *hns(engine *e, const char *method, const char *path, const char *body)
{
    cleanup_free char *response = NULL;

    assert_int_equal(e->f->fake->hcs->hns_call(e->f->fake->hcs, method, path, body, &response),
                     HR_OK);
    return cJSON_Parse(response);
}

static char *id_of(cJSON *answer)
{
    char *id = text_copy(json_text(json_member(answer, "Output"), "ID", ""));

    cJSON_Delete(answer);
    return id;
}

static void make_endpoint(engine *e)
{
    cleanup_free char *network =
        id_of(hns(e, "POST", "/networks/", "{\"Name\":\"theirs\",\"Type\":\"nat\"}"));
    cleanup_free char *body = text_format("{\"VirtualNetwork\":\"%s\"}", network);

    e->endpoint = id_of(hns(e, "POST", "/endpoints/", body));
}

static void start_system(engine *e, const char *volume, const char *name)
{
    hcs_port *hcs = e->f->fake->hcs;
    cleanup_free char *quoted = NULL;
    cleanup_free char *document = NULL;
    char printed[GUID_TEXT_SIZE];
    guid id;

    e->f->fake->storage->name_to_guid(e->f->fake->storage, "base", &id);
    guid_print(&id, printed);
    {
        cleanup_json cJSON *string = cJSON_CreateString(volume);

        quoted = json_print(string);
    }
    document =
        text_format("{\"SystemType\":\"Container\",\"Name\":\"%s\",\"Owner\":\"docker\","
                    "\"HvPartition\":false,\"VolumePath\":%s,\"LayerFolderPath\":\"%s\","
                    "\"Layers\":[{\"ID\":\"%s\",\"Path\":\"%s\"}],\"EndpointList\":[\"%s\"]}",
                    name, quoted, e->busy, printed, e->base, e->endpoint);
    assert_int_equal(hcs->create_system(hcs, name, document, &e->system, NULL), HR_OK);
    assert_int_equal(hcs->start_system(hcs, e->system, "", NULL), HR_OK);
}

static engine *engine_with(const char *system)
{
    const sim_options options = {.synchronous = true};
    engine *e = calloc(1, sizeof(*e));
    cleanup_free char *volume = NULL;

    e->f = fixture_new(&options);
    e->root = path_join(e->f->fake->folder, "windowsfilter");
    e->base = path_join(e->root, "base");
    e->idle = path_join(e->root, "idle");
    e->busy = path_join(e->root, "busy");
    assert_int_equal(e->f->files->make_directory(e->f->files, e->root), HR_OK);
    assert_true(fake_layer_make(e->base, true));
    make_scratch(e, e->idle, false, NULL);
    make_scratch(e, e->busy, true, &volume);
    make_endpoint(e);
    start_system(e, volume, system);
    return e;
}

static engine *engine_new(void)
{
    return engine_with("busy");
}

static void engine_free(engine *e)
{
    e->f->fake->hcs->close_system(e->f->fake->hcs, e->system);
    fixture_free(e->f);
    free(e->root);
    free(e->base);
    free(e->idle);
    free(e->busy);
    free(e->endpoint);
    free(e);
}

static void they_are_listed_with_what_runs_on_them(void **state)
{
    engine *e = engine_new();
    cleanup_json cJSON *rows = NULL;
    const cJSON *busy;
    char *json = NULL;

    (void)state;
    assert_ok(&e->f->err, wcow_layer_foreign(e->f->host, e->f->fake->folder, &json, &e->f->err));
    wcow_free(json);
    assert_ok(&e->f->err, wcow_layer_foreign(e->f->host, e->root, &json, &e->f->err));
    rows = cJSON_Parse(json);
    wcow_free(json);
    assert_int_equal(cJSON_GetArraySize(rows), 3);
    busy = cJSON_GetArrayItem(rows, 1);
    assert_string_equal(json_text(cJSON_GetArrayItem(rows, 0), "Kind", ""), "layer");
    assert_string_equal(json_text(busy, "Id", ""), "busy");
    assert_string_equal(json_text(busy, "Kind", ""), "scratch");
    assert_true(json_bool(busy, "Mounted", false));
    assert_string_equal(cJSON_GetStringValue(cJSON_GetArrayItem(json_member(busy, "Systems"), 0)),
                        "busy");
    assert_false(json_bool(cJSON_GetArrayItem(rows, 2), "Mounted", true));
    assert_int_equal(wcow_layer_foreign(e->f->host, "x", &json, &e->f->err), WCOW_INVALID);
    assert_ok(&e->f->err, wcow_layer_zap(e->f->host, e->root,
                                         &(wcow_layer_zap_options){sizeof(wcow_layer_zap_options),
                                                                   true, NULL, NULL},
                                         &e->f->err));
    engine_free(e);
}

/* What is not active may have its folder for a mount path. */
static int32_t (*true_mount_path)(storage_port *port, const char *path, char **out);

static int32_t mount_path_or_folder(storage_port *port, const char *path, char **out)
{
    int32_t hr = true_mount_path(port, path, out);

    if (HR_SUCCEEDED(hr))
        return hr;
    *out = text_copy(path);
    return *out ? HR_OK : HR_OUT_OF_MEMORY;
}

static void the_folder_of_one_is_no_volume_that_is_mounted(void **state)
{
    engine *e = engine_new();
    cleanup_json cJSON *rows = NULL;
    char *json = NULL;

    (void)state;
    true_mount_path = e->f->fake->storage->get_layer_mount_path;
    e->f->fake->storage->get_layer_mount_path = mount_path_or_folder;
    assert_ok(&e->f->err, wcow_layer_foreign(e->f->host, e->root, &json, &e->f->err));
    rows = cJSON_Parse(json);
    wcow_free(json);
    assert_true(json_bool(cJSON_GetArrayItem(rows, 1), "Mounted", false));
    assert_false(json_bool(cJSON_GetArrayItem(rows, 2), "Mounted", true));
    assert_ok(&e->f->err, wcow_layer_zap(e->f->host, e->root,
                                         &(wcow_layer_zap_options){sizeof(wcow_layer_zap_options),
                                                                   true, NULL, NULL},
                                         &e->f->err));
    engine_free(e);
}

static void note(void *context, wcow_layer_zapped what, const char *name)
{
    text_addf(context, "%d %s\n", (int)what, path_base_name(name));
}

static void nothing_is_touched_while_a_system_runs(void **state)
{
    engine *e = engine_new();
    cleanup_text text told = TEXT_INIT;
    cleanup_free char *expected = NULL;
    wcow_layer_zap_options options = WCOW_LAYER_ZAP_OPTIONS_INIT;

    (void)state;
    options.tell = note;
    options.context = &told;
    assert_int_equal(wcow_layer_zap(e->f->host, e->root, &options, &e->f->err), WCOW_CONFLICT);
    assert_non_null(strstr(e->f->err.message, "1 running system uses layers in"));
    assert_non_null(strstr(e->f->err.message, "busy"));
    assert_int_equal(told.length, 0);
    assert_int_equal(access(e->idle, F_OK), 0);
    assert_int_equal(fixture_calls(e->f, "DestroyLayer"), 0);

    options.force = true;
    e->f->err = (wcow_error)WCOW_ERROR_INIT;
    assert_ok(&e->f->err, wcow_layer_zap(e->f->host, e->root, &options, &e->f->err));
    expected = text_format("%d busy\n%d %s\n%d busy\n%d busy\n%d idle\n%d base\n", WCOW_LAYER_ENDED,
                           WCOW_LAYER_ENDPOINT, e->endpoint, WCOW_LAYER_UNMOUNTED,
                           WCOW_LAYER_DESTROYED, WCOW_LAYER_DESTROYED, WCOW_LAYER_DESTROYED);
    assert_string_equal(text_get(&told), expected);
    assert_int_equal(access(e->root, F_OK), -1);
    assert_int_equal(fixture_left(e->f, "mounted"), 0);
    assert_int_equal(fixture_left(e->f, "endpoints"), 0);
    assert_int_equal(fixture_left(e->f, "processes"), 0);
    engine_free(e);
}

static void what_cannot_be_destroyed_does_not_keep_the_others(void **state)
{
    engine *e = engine_new();
    wcow_layer_zap_options options = WCOW_LAYER_ZAP_OPTIONS_INIT;

    (void)state;
    options.force = true;
    assert_true(
        sim_fault(e->f->fake->sim, "{\"call\":\"DestroyLayer\",\"nth\":1,\"hr\":\"0x80070002\"}"));
    assert_int_not_equal(wcow_layer_zap(e->f->host, e->root, &options, &e->f->err), WCOW_OK);
    assert_int_equal(access(e->root, F_OK), 0);
    assert_int_equal(access(e->base, F_OK), -1);
    sim_faults_clear(e->f->fake->sim);
    e->f->err = (wcow_error)WCOW_ERROR_INIT;
    assert_ok(&e->f->err, wcow_layer_zap(e->f->host, e->root, &options, &e->f->err));
    assert_int_equal(access(e->root, F_OK), -1);
    engine_free(e);
}

static void a_separator_at_the_end_hides_no_system(void **state)
{
    engine *e = engine_new();
    cleanup_free char *path = text_format("%s//", e->busy);
    cleanup_free char *removing = text_format("%s-removing", e->busy);
    wcow_layer_zap_options force = WCOW_LAYER_ZAP_OPTIONS_INIT;
    char *json = NULL;

    (void)state;
    force.force = true;
    assert_ok(&e->f->err, wcow_layer_foreign(e->f->host, path, &json, &e->f->err));
    assert_non_null(strstr(json, "\"Id\":\"busy\""));
    wcow_free(json);
    assert_int_equal(wcow_layer_zap_list(e->f->host, path, &json, &e->f->err), WCOW_CONFLICT);
    assert_int_equal(wcow_layer_zap(e->f->host, path, NULL, &e->f->err), WCOW_CONFLICT);
    assert_non_null(strstr(e->f->err.message, "1 running system uses layers in"));
    assert_int_equal(fixture_left(e->f, "mounted"), 1);
    assert_ok(&e->f->err, wcow_layer_zap(e->f->host, path, &force, &e->f->err));
    assert_int_equal(access(e->busy, F_OK), -1);
    assert_int_equal(access(removing, F_OK), -1);
    assert_ok(&e->f->err, wcow_layer_zap(e->f->host, e->root, &force, &e->f->err));
    engine_free(e);
}

/* containerd's container is not called as its snapshot is. */
static void what_is_mounted_may_be_anybodys_root(void **state)
{
    engine *e = engine_with("web-1");
    wcow_layer_zap_options force = WCOW_LAYER_ZAP_OPTIONS_INIT;

    (void)state;
    force.force = true;
    assert_int_equal(wcow_layer_zap(e->f->host, e->root, NULL, &e->f->err), WCOW_CONFLICT);
    assert_non_null(strstr(e->f->err.message, "busy' is mounted"));
    assert_non_null(strstr(e->f->err.message, "web-1"));
    assert_int_equal(fixture_left(e->f, "mounted"), 1);
    assert_int_equal(fixture_calls(e->f, "DestroyLayer"), 0);
    assert_int_equal(wcow_layer_zap(e->f->host, e->root, &force, &e->f->err), WCOW_CONFLICT);
    assert_non_null(strstr(e->f->err.message, "busy' is mounted"));
    assert_non_null(strstr(e->f->err.hint, "zap --force \""));
    assert_int_equal(fixture_left(e->f, "mounted"), 1);
    assert_int_equal(fixture_calls(e->f, "DestroyLayer"), 0);
    assert_ok(&e->f->err, wcow_layer_zap(e->f->host, e->idle, NULL, &e->f->err));

    assert_int_equal(e->f->fake->hcs->terminate_system(e->f->fake->hcs, e->system, "", NULL),
                     HR_OK);
    assert_ok(&e->f->err, wcow_layer_zap(e->f->host, e->root, NULL, &e->f->err));
    assert_int_equal(access(e->root, F_OK), -1);
    engine_free(e);
}

/* It does what it can, says what it could not do, and once more it does the rest. */
static void whatever_call_fails_it_says_so_and_goes_on(void **state)
{
    static const char *const calls[] = {"HcsEnumerateComputeSystems", "HcsOpenComputeSystem",
                                        "HcsTerminateComputeSystem",  "HNSCall",
                                        "GetLayerMountPath",          "DestroyLayer"};
    wcow_layer_zap_options force = WCOW_LAYER_ZAP_OPTIONS_INIT;
    size_t points = 0;

    (void)state;
    force.force = true;
    for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
        for (size_t nth = 1, before = 0, made = nth; made >= nth; nth++, points++) {
            engine *e = engine_new();
            cleanup_free char *fault =
                text_format("{\"call\":\"%s\",\"nth\":%zu,\"hr\":\"0x80070005\"}", calls[i], nth);
            wcow_status status;

            before = fixture_calls(e->f, calls[i]);
            assert_true(sim_fault(e->f->fake->sim, fault));
            status = wcow_layer_zap(e->f->host, e->root, &force, &e->f->err);
            sim_faults_clear(e->f->fake->sim);
            made = fixture_calls(e->f, calls[i]) - before;
            assert_true(status == WCOW_OK || *e->f->err.message);
            if (status && (i == 1 || i == 2)) /* nothing is taken from under what may still run */
                assert_int_equal(fixture_left(e->f, "mounted"), 1);
            if (access(e->root, F_OK) == 0)
                assert_ok(&e->f->err, wcow_layer_zap(e->f->host, e->root, &force, &e->f->err));
            assert_int_equal(access(e->root, F_OK), -1);
            assert_int_equal(fixture_left(e->f, "mounted"), 0);
            engine_free(e);
        }
    }
    print_message("%zu failing calls of a zap\n", points);
}

static void whatever_file_call_fails_it_says_so_and_destroys_no_half(void **state)
{
    wcow_layer_zap_options force = WCOW_LAYER_ZAP_OPTIONS_INIT;
    bool failed = true;
    size_t nth;

    (void)state;
    force.force = true;
    for (nth = 1; failed; nth++) {
        engine *e = engine_new();
        wcow_status status;

        faulty_files_fail(&e->f->faulty, nth);
        status = wcow_layer_zap(e->f->host, e->root, &force, &e->f->err);
        failed = e->f->faulty.failed > 0;
        faulty_files_fail(&e->f->faulty, 0);
        assert_true(status == WCOW_OK || *e->f->err.message);
        assert_int_equal(e->f->faulty.open, 0);
        if (access(e->root, F_OK) == 0)
            assert_ok(&e->f->err, wcow_layer_zap(e->f->host, e->root, &force, &e->f->err));
        assert_int_equal(access(e->root, F_OK), -1);
        engine_free(e);
    }
    print_message("%zu failing file calls of a zap\n", nth);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(they_are_listed_with_what_runs_on_them),
        cmocka_unit_test(the_folder_of_one_is_no_volume_that_is_mounted),
        cmocka_unit_test(nothing_is_touched_while_a_system_runs),
        cmocka_unit_test(a_separator_at_the_end_hides_no_system),
        cmocka_unit_test(what_is_mounted_may_be_anybodys_root),
        cmocka_unit_test(whatever_call_fails_it_says_so_and_goes_on),
        cmocka_unit_test(whatever_file_call_fails_it_says_so_and_destroys_no_half),
        cmocka_unit_test(what_cannot_be_destroyed_does_not_keep_the_others),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
