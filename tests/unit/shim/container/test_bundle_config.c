/* SPDX-License-Identifier: MIT */
/* What is refused, before anything is taken, and what becomes of the rest. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/path.h"
#include "shim/container/bundle_config.h"
#include "shim/wire/common.pb.h"
#include "shim/wire/runhcs.pb.h"
#include "tests/unit/shim/container/shim_scene.h"

#define RUNHCS "containerd.runhcs.v1.Options"
#define SANDBOX                                                                                    \
    "{\"io.kubernetes.cri.container-type\":\"sandbox\",\"io.kubernetes.cri.sandbox-id\":\"web\"}"

static void nothing_was_taken(shim_scene *s)
{
    assert_int_equal(shim_scene_calls(s, "ActivateLayer"), 0);
    assert_int_equal(shim_scene_calls(s, "HcsCreateComputeSystem"), 0);
    shim_scene_assert_clean(s, "web");
}

static const struct refusal {
    scene_wish wish;
    wcow_status status;
    const char *words;
} refusals[] = {
    {{.annotations = "{\"microsoft.com/hostprocess-container\":\"true\"}"},
     WCOW_UNSUPPORTED,
     "HostProcess containers are not run by this shim: choose a RuntimeClass whose handler is "
     "containerd-shim-runhcs-v1 for it"},
    {{.more = "\"linux\":{}"}, WCOW_UNSUPPORTED, "Linux containers are not run by this shim"},
    {{.windows = "\"hyperv\":{}"},
     WCOW_UNSUPPORTED,
     "set the annotation wcow.experimental.hyperv=true for it, or choose a RuntimeClass"},
    {{.windows = "\"hyperv\":{}", .annotations = SANDBOX},
     WCOW_UNSUPPORTED,
     "pods with Hyper-V isolation are not run by this shim: choose a RuntimeClass"},
    {{.windows = "\"credentialSpec\":{}"},
     WCOW_INVALID,
     "config.json: windows.credentialSpec is not the text of a credential spec"},
    {{.windows = "\"credentialSpec\":\"{}\"",
      .annotations = "{\"io.microsoft.container.wcow.gmsa.disable\":\"true\"}"},
     WCOW_INVALID,
     "the annotation io.microsoft.container.wcow.gmsa.disable forbids it"},
    {{.layer_type = "CimFS"},
     WCOW_UNSUPPORTED,
     "snapshots of the type 'CimFS' are not run by this shim: use the snapshotter 'windows'"},
    {{.option = "ro"}, WCOW_UNSUPPORTED, "on a snapshot that is read-only"},
    {{.mounts = 2}, WCOW_UNSUPPORTED, "the rootfs has 2 mounts: Windows takes one"},
    {{.no_mount = true}, WCOW_INVALID, "the container has no rootfs"},
    {{.windows = "\"resources\":{\"cpu\":{\"count\":1,\"shares\":5}}"},
     WCOW_INVALID,
     "of the processors' count, maximum and shares a container can have one"},
    {{.windows = "\"resources\":{\"cpu\":{\"affinity\":[{\"mask\":1,\"group\":0}]}}"},
     WCOW_UNSUPPORTED,
     "processors cannot be chosen for a container"},
    {{.more = "\"mounts\":[{\"destination\":\"C:\\\\x\",\"source\":\"C:\\\\y\","
              "\"type\":\"virtual-disk\"}]"},
     WCOW_UNSUPPORTED,
     "'C:\\x': mounts of the type 'virtual-disk' are not known here"},
    {{.annotations = "{\"io.microsoft.container.processor.count\":\"many\"}"},
     WCOW_INVALID,
     "the annotation io.microsoft.container.processor.count is 'many': it must be a number"},
    {{.annotations = "{\"io.microsoft.container.processor.count\":\"2\"}",
      .windows = "\"resources\":5"},
     WCOW_INVALID,
     "config.json: windows.resources: 'resources' is not a JSON object"},
    {{.option = "parentLayerPaths=[1]"}, WCOW_INVALID, "parentLayerPaths has what is no text"},
    {{.option = "parentLayerPaths={"}, WCOW_INVALID, "parentLayerPaths"},
    {{.option = "parentLayerPaths=[\"relative\"]"},
     WCOW_INVALID,
     "'relative' is no folder of a layer"},
    {{.config = "{"}, WCOW_CORRUPT, "config.json"},
    {{.config = "[]"}, WCOW_CORRUPT, "config.json' is no JSON object"},
    {{.config = "{\"windows\":{}}"}, WCOW_INVALID, "the process is no JSON object"},
    {{.config = "{\"process\":{}}"}, WCOW_INVALID, "there is no 'windows' in it"},
    {{.annotations = "{\"io.kubernetes.cri.container-type\":\"container\","
                     "\"io.kubernetes.cri.sandbox-id\":\"web\"}"},
     WCOW_CONFLICT,
     "the annotation io.kubernetes.cri.container-type of 'web' is 'container'"},
    {{.annotations = "{\"io.kubernetes.cri.container-type\":\"sandbox\","
                     "\"io.kubernetes.cri.sandbox-id\":\"other\"}"},
     WCOW_CONFLICT,
     "the annotation io.kubernetes.cri.sandbox-id of 'web' is 'other': the pod here is 'web'"},
};

static void what_it_cannot_do_is_refused_with_the_way_out(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
        scene_wish wish = refusals[i].wish;
        shim_scene s;

        wish.id = "web";
        shim_scene_open(&s, "web", true, NULL);
        assert_int_equal(shim_scene_create(&s, &wish), refusals[i].status);
        if (!strstr(s.err.message, refusals[i].words))
            fail_msg("'%s' is not in '%s'", refusals[i].words, s.err.message);
        nothing_was_taken(&s);
        shim_scene_close(&s);
    }
}

static void options_of_the_handler_count(void **state)
{
    cleanup_text text linux_platform = TEXT_INIT;
    cleanup_text text hypervisor = TEXT_INIT;
    const runhcs_options wants_linux = {.sandbox_platform = wire_text("linux/amd64")};
    const runhcs_options wants_vm = {.sandbox_isolation = 1};
    wcow_error err = WCOW_ERROR_INIT;

    (void)state;
    assert_ok(&err, wire_encode(runhcs_options_fields, &wants_linux, &linux_platform, &err));
    assert_ok(&err, wire_encode(runhcs_options_fields, &wants_vm, &hypervisor, &err));

    const struct row {
        const char *type;
        wire_bytes bytes;
        wcow_status status;
    } rows[] = {
        {RUNHCS, wire_of(&linux_platform), WCOW_UNSUPPORTED},
        {"type.googleapis.com/" RUNHCS, wire_of(&hypervisor), WCOW_UNSUPPORTED},
        {"runtimeoptions.v1.Options", wire_of(&hypervisor), WCOW_OK},
        {RUNHCS, wire_text("\xff\xff"), WCOW_INVALID},
        {RUNHCS, {NULL, 0}, WCOW_OK},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const scene_wish wish = {
            .id = "web", .options_type = rows[i].type, .options = rows[i].bytes};
        shim_scene s;

        shim_scene_open(&s, "web", false, NULL);
        assert_int_equal(shim_scene_create(&s, &wish), rows[i].status);
        shim_scene_close(&s);
    }
}

/* Processors of a VM (8) and its memory (9, twice as if in a list), beside what is known. */
static void what_is_not_heeded_is_remarked_and_no_error(void **state)
{
    static const uint8_t options[] = {0x30, 0, 0x40, 4, 0x48, 1, 0x48, 2};
    const scene_wish wish = {
        .id = "web",
        .annotations = "{\"io.microsoft.container.processor.weight\":\"7\","
                       "\"io.microsoft.virtualmachine.computetopology.memory.sizeinmb\":\"9\","
                       "\"microsoft.com/strange\":\"\",\"io.kubernetes.cri.image-name\":\"x\"}",
        .options_type = RUNHCS,
        .options = {options, sizeof(options)}};
    shim_scene s;

    (void)state;
    shim_scene_open(&s, "web", false, NULL);
    assert_ok(&s.err, shim_scene_create(&s, &wish));
    assert_string_equal(
        text_get(&s.remarks),
        "web: not heeded of containerd.runhcs.v1.Options, by their numbers: 8 9|"
        "web: annotations that are not heeded: "
        "io.microsoft.virtualmachine.computetopology.memory.sizeinmb microsoft.com/strange|");
    shim_scene_close(&s);
}

static void defaults_of_the_handler_override_nothing(void **state)
{
    cleanup_text text encoded = TEXT_INIT;
    text pairs[2] = {TEXT_INIT, TEXT_INIT};
    const common_pair defaults[] = {
        {wire_text("io.microsoft.container.memory.sizeinmb"), wire_text("64")},
        {wire_text("io.microsoft.container.processor.weight"), wire_text("7")}};
    runhcs_options options = {.default_container_annotations.count = 2};
    cleanup_json cJSON *document = NULL;
    const cJSON *container;
    wcow_error err = WCOW_ERROR_INIT;
    shim_scene s;

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        assert_ok(&err, wire_encode(common_pair_fields, &defaults[i], &pairs[i], &err));
        options.default_container_annotations.entries[i] = wire_of(&pairs[i]);
    }
    assert_ok(&err, wire_encode(runhcs_options_fields, &options, &encoded, &err));

    const scene_wish wish = {.id = "web",
                             .annotations = "{\"io.microsoft.container.memory.sizeinmb\":\"128\"}",
                             .options_type = RUNHCS,
                             .options = wire_of(&encoded)};

    shim_scene_open(&s, "web", false, NULL);
    assert_ok(&s.err, shim_scene_create(&s, &wish));
    document = shim_scene_last(&s, "HcsCreateComputeSystem", "configuration");
    container = json_member(document, "Container");
    assert_int_equal(json_integer(json_member(container, "Memory"), "SizeInMB", 0), 128);
    assert_int_equal(json_integer(json_member(container, "Processor"), "Weight", 0), 7);
    shim_scene_close(&s);
    text_free(&pairs[0]);
    text_free(&pairs[1]);
}

static void a_pause_image_of_old_is_made_to_wait(void **state)
{
    const scene_wish wish = {
        .id = "web",
        .config = "{\"annotations\":" SANDBOX ",\"process\":{\"args\":["
                  "\"c:\\\\windows\\\\system32\\\\cmd.exe\"],\"cwd\":\"C:\\\\\"},\"windows\":{}}"};
    cleanup_json cJSON *document = NULL;
    shim_scene s;

    (void)state;
    shim_scene_open(&s, "web", true, NULL);
    assert_ok(&s.err, shim_scene_create(&s, &wish));
    assert_ok(&s.err, shim_scene_start(&s, "web", ""));
    document = shim_scene_last(&s, "HcsCreateProcess", "processParameters");
    assert_string_equal(json_text(document, "CommandLine", ""), "cmd /c ping -t 127.0.0.1 > nul");
    shim_scene_close(&s);
}

static void a_single_container_may_have_a_vm_of_its_own(void **state)
{
    const scene_wish wish = {.id = "web",
                             .command = "exit 3",
                             .annotations = "{\"wcow.experimental.hyperv\":\"true\"}",
                             .windows = "\"hyperv\":{},\"network\":{}"};
    cleanup_json cJSON *document = NULL;
    shim_scene s;

    (void)state;
    shim_scene_open(&s, "web", false, NULL);
    assert_ok(&s.err, shim_scene_create(&s, &wish));
    document = shim_scene_last(&s, "HcsCreateComputeSystem", "configuration");
    assert_true(json_bool(document, "HvPartition", false));
    assert_null(json_member(document, "EndpointList"));
    assert_int_equal(shim_scene_calls(&s, "ActivateLayer"), 0);
    assert_ok(&s.err, shim_scene_start(&s, "web", ""));
    assert_int_equal(shim_scene_wait(&s, "web", ""), 3);
    shim_scene_assert_clean(&s, "web");
    shim_scene_close(&s);
}

static void layers_may_stand_in_the_configuration_instead(void **state)
{
    cleanup_free char *folders = NULL;
    shim_scene s;

    (void)state;
    shim_scene_open(&s, "web", false, NULL);
    folders = text_format("{\"process\":{\"args\":[\"exit\",\"4\"],\"cwd\":\"C:\\\\\"},\"windows\":"
                          "{\"layerFolders\":[\"%s\",\"%s\",\"%s/snapshot-1\"]}}",
                          s.fake->upper, s.fake->base, s.fake->folder);

    const scene_wish both = {.id = "web", .config = folders};
    const scene_wish wish = {.id = "web", .config = folders, .no_mount = true};

    assert_int_equal(shim_scene_create(&s, &both), WCOW_INVALID);
    assert_ok(&s.err, shim_scene_create(&s, &wish));
    assert_ok(&s.err, shim_scene_start(&s, "web", ""));
    assert_int_equal(shim_scene_wait(&s, "web", ""), 4);
    shim_scene_close(&s);
}

static void containers_of_a_pod_say_that_they_belong_to_it(void **state)
{
    const scene_wish sandbox = {.id = "web", .command = "ping", .annotations = SANDBOX};
    const scene_wish stranger = {.id = "log", .command = "ping"};
    const scene_wish own = {.id = "log",
                            .command = "exit 2",
                            .annotations = "{\"io.kubernetes.cri.container-type\":\"container\","
                                           "\"io.kubernetes.cri.sandbox-id\":\"web\"}"};
    shim_scene s;

    (void)state;
    shim_scene_open(&s, "web", true, NULL);
    assert_ok(&s.err, shim_scene_create(&s, &sandbox));
    assert_ok(&s.err, shim_scene_start(&s, "web", ""));
    assert_fails(&s.err, WCOW_CONFLICT,
                 "the container 'log' does not say that it belongs to the pod 'web'",
                 shim_scene_create(&s, &stranger));
    assert_ok(&s.err, shim_scene_create(&s, &own));
    assert_ok(&s.err, shim_scene_start(&s, "log", ""));
    assert_int_equal(shim_scene_wait(&s, "log", ""), 2);
    shim_scene_close(&s);
}

/* ---- mounts ---- */

static void put_file(shim_scene *s, const char *name, const char *contents)
{
    cleanup_free char *path = path_join(s->fake->folder, name);

    assert_int_equal(s->files->replace(s->files, path, contents, strlen(contents)), 0);
}

static void put_folder(shim_scene *s, const char *name)
{
    cleanup_free char *path = path_join(s->fake->folder, name);

    assert_int_equal(s->files->make_directory(s->files, path), 0);
}

static void put_link(shim_scene *s, const char *target, const char *name)
{
    cleanup_free char *path = path_join(s->fake->folder, name);

    ignore(unlink(path));
    assert_int_equal(symlink(target, path), 0);
}

/* As kubelet keeps a ConfigMap or a Secret: names that lead through a link, which is exchanged. */
static void put_config_map(shim_scene *s)
{
    put_folder(s, "map");
    put_folder(s, "map/..2026_11_30");
    put_file(s, "map/..2026_11_30/token", "old");
    put_link(s, "..2026_11_30", "map/..data");
    put_link(s, "..data/token", "map/token");
}

static wcow_status create_with_mount(shim_scene *s, const char *source, const char *destination)
{
    cleanup_free char *more =
        text_format("\"mounts\":[{\"source\":\"%s\",\"destination\":\"%s\",\"options\":[\"ro\"]}]",
                    source, destination);
    const scene_wish wish = {.id = "web", .command = "exit 0", .more = more};

    return shim_scene_create(s, &wish);
}

/* The host's path of the one folder that was mapped, from the scene's folder on. */
static char *mapped(shim_scene *s)
{
    cleanup_json cJSON *document = shim_scene_last(s, "HcsCreateComputeSystem", "configuration");
    const cJSON *all = json_path(document, "Container.MappedDirectories");
    const cJSON *one = cJSON_GetArrayItem(all, 0);
    cleanup_free char *folder = realpath(s->fake->folder, NULL);
    const char *path = json_text(one, "HostPath", "");

    assert_int_equal(cJSON_GetArraySize(all), 1);
    assert_true(json_bool(one, "ReadOnly", false));
    assert_true(text_starts_with(path, folder));
    return text_copy(path + strlen(folder));
}

/* The service does not find a file whose path has a link in it. */
static void sources_are_mapped_with_all_links_followed(void **state)
{
    static const struct {
        const char *source, *mapped;
    } rows[] = {
        {"map/token", "/map/..2026_11_30/token"}, {"map/..data/token", "/map/..2026_11_30/token"},
        {"map/..data", "/map/..2026_11_30"},      {"map", "/map"},
        {"volumes/sub", "/map/..2026_11_30"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        cleanup_free char *source = NULL;
        cleanup_free char *found = NULL;
        shim_scene s;

        shim_scene_open(&s, "web", false, NULL);
        put_config_map(&s);
        put_folder(&s, "volumes");
        put_link(&s, "../map/..data", "volumes/sub"); /* a subPath's, which kubelet binds */
        source = path_join(s.fake->folder, rows[i].source);
        assert_ok(&s.err, create_with_mount(&s, source, "C:\\\\var\\\\it"));
        found = mapped(&s);
        assert_string_equal(found, rows[i].mapped);
        shim_scene_close(&s);
    }
}

static void each_container_has_what_was_there_when_it_was_made(void **state)
{
    cleanup_free char *source = NULL;
    cleanup_free char *before = NULL;
    cleanup_free char *after = NULL;
    shim_scene s;

    (void)state;
    shim_scene_open(&s, "web", false, NULL);
    put_config_map(&s);
    source = path_join(s.fake->folder, "map/token");
    assert_ok(&s.err, create_with_mount(&s, source, "C:\\\\token"));
    before = mapped(&s);
    shim_scene_delete(&s, "web", "");
    put_folder(&s, "map/..2026_12_01");
    put_file(&s, "map/..2026_12_01/token", "new");
    put_link(&s, "..2026_12_01", "map/..data");
    assert_ok(&s.err, create_with_mount(&s, source, "C:\\\\token"));
    after = mapped(&s);
    assert_string_equal(before, "/map/..2026_11_30/token");
    assert_string_equal(after, "/map/..2026_12_01/token");
    shim_scene_close(&s);
}

/* Before anything is taken, and by both of its names. */
static void a_source_that_leads_nowhere_is_refused(void **state)
{
    static const struct {
        const char *source;
        bool is_relative;
        wcow_status status;
        const char *words;
    } rows[] = {
        {"map/none", false, WCOW_INVALID, "/map/none': open: the file was not found"},
        {"map/dangling", false, WCOW_INVALID, "/map/dangling': open: the file was not found"},
        {"map/token/below", false, WCOW_INVALID, "/map/token/below': open: "},
        {"map/loop", false, WCOW_INVALID, "/map/loop': open: "},
        {"map/token", true, WCOW_INVALID,
         "'C:\\token': the source of a mount is a whole path, and this one is 'map/token'"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        cleanup_free char *source = NULL;
        shim_scene s;

        shim_scene_open(&s, "web", false, NULL);
        put_config_map(&s);
        put_link(&s, "..gone", "map/dangling");
        put_link(&s, "loop", "map/loop");
        source = rows[i].is_relative ? text_copy(rows[i].source)
                                     : path_join(s.fake->folder, rows[i].source);
        const wcow_status status = create_with_mount(&s, source, "C:\\\\token");

        if (status != rows[i].status)
            fail_msg("%s: %d, %s", source, status, s.err.message);
        assert_true(text_starts_with(s.err.message, "'C:\\token': the source of "));
        if (!strstr(s.err.message, rows[i].words))
            fail_msg("'%s' is not in '%s'", rows[i].words, s.err.message);
        nothing_was_taken(&s);
        shim_scene_close(&s);
    }
}

static void a_pipe_is_mapped_by_its_name(void **state)
{
    cleanup_json cJSON *document = NULL;
    const cJSON *pipe;
    shim_scene s;

    (void)state;
    shim_scene_open(&s, "web", false, NULL);
    assert_ok(&s.err, create_with_mount(&s, "\\\\\\\\.\\\\pipe\\\\a", "\\\\\\\\.\\\\pipe\\\\b"));
    document = shim_scene_last(&s, "HcsCreateComputeSystem", "configuration");
    pipe = cJSON_GetArrayItem(json_path(document, "Container.MappedPipes"), 0);
    assert_string_equal(json_text(pipe, "HostPath", ""), "\\\\.\\pipe\\a");
    assert_string_equal(json_text(pipe, "ContainerPipeName", ""), "b");
    shim_scene_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_it_cannot_do_is_refused_with_the_way_out),
        cmocka_unit_test(options_of_the_handler_count),
        cmocka_unit_test(what_is_not_heeded_is_remarked_and_no_error),
        cmocka_unit_test(defaults_of_the_handler_override_nothing),
        cmocka_unit_test(a_pause_image_of_old_is_made_to_wait),
        cmocka_unit_test(a_single_container_may_have_a_vm_of_its_own),
        cmocka_unit_test(layers_may_stand_in_the_configuration_instead),
        cmocka_unit_test(containers_of_a_pod_say_that_they_belong_to_it),
        cmocka_unit_test(sources_are_mapped_with_all_links_followed),
        cmocka_unit_test(each_container_has_what_was_there_when_it_was_made),
        cmocka_unit_test(a_source_that_leads_nowhere_is_refused),
        cmocka_unit_test(a_pipe_is_mapped_by_its_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
