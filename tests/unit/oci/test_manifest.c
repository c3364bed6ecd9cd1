/* SPDX-License-Identifier: MIT */
/* Manifests, indexes and configs: what is taken from them, what is refused. */
#include "tests/unit/status.h"

#include <string.h>

#include "base/text.h"
#include "oci/image_config.h"
#include "oci/manifest.h"

#define DIGEST_A "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define DIGEST_B "sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define CONFIG_A "\"config\":{\"digest\":\"" DIGEST_A "\",\"size\":7}"

static wcow_error err;

static wcow_status parse_manifest(const char *json, image_manifest **out)
{
    return image_manifest_parse(json, strlen(json), "the manifest", out, &err);
}

static wcow_status parse_config(const char *json, image_config **out)
{
    return image_config_parse(json, strlen(json), out, &err);
}

static void a_manifest_gives_config_and_layers(void **state)
{
    cleanup_manifest image_manifest *m = NULL;

    (void)state;
    assert_ok(&err, parse_manifest("{\"schemaVersion\":2,\"mediaType\":\"" MEDIA_DOCKER_MANIFEST
                                   "\"," CONFIG_A
                                   ",\"layers\":[{\"mediaType\":\"m\",\"digest\":\"" DIGEST_B
                                   "\",\"size\":9,\"urls\":[\"https://x\",\"https://y\"]}]}",
                                   &m));
    assert_false(m->is_index);
    assert_string_equal(m->media_type, MEDIA_DOCKER_MANIFEST);
    assert_string_equal(m->config.digest, DIGEST_A);
    assert_int_equal(m->config.size, 7);
    assert_int_equal(m->count, 1);
    assert_string_equal(m->items[0].digest, DIGEST_B);
    assert_string_equal(m->items[0].media_type, "m");
    assert_int_equal(m->items[0].urls.count, 2);
}

static void an_index_gives_platforms_and_names(void **state)
{
    cleanup_manifest image_manifest *m = NULL;

    (void)state;
    assert_ok(
        &err,
        parse_manifest("{\"schemaVersion\":2,\"manifests\":[{\"mediaType\":\"" MEDIA_OCI_INDEX
                       "\",\"digest\":\"" DIGEST_A "\",\"size\":1,\"platform\":{\"os\":\"windows\","
                       "\"architecture\":\"amd64\",\"os.version\":\"10.0.1\"},\"annotations\":{"
                       "\"io.containerd.image.name\":\"n\","
                       "\"org.opencontainers.image.ref.name\":\"r\"}}]}",
                       &m));
    assert_true(m->is_index);
    assert_true(image_descriptor_is_index(&m->items[0]));
    assert_string_equal(m->items[0].os, "windows");
    assert_string_equal(m->items[0].architecture, "amd64");
    assert_string_equal(m->items[0].os_version, "10.0.1");
    assert_string_equal(m->items[0].name, "n");
    assert_string_equal(m->items[0].ref_name, "r");
}

static void malformed_manifests_are_refused(void **state)
{
    static const struct {
        const char *json;
        const char *message;
    } cases[] = {
        {"[]", "the manifest is malformed"},
        {"{\"schemaVersion\":3}", "the manifest is malformed"},
        {"{\"schemaVersion\":2}", "the manifest is malformed: it lists no layers"},
        {"{\"schemaVersion\":2,\"layers\":{}}", "the manifest is malformed: it lists no layers"},
        {"{\"schemaVersion\":2,\"manifests\":7}",
         "the manifest is malformed: it lists no manifests"},
        {"{\"schemaVersion\":2,\"manifests\":[]," CONFIG_A ",\"layers\":[]}",
         "the manifest is malformed"},
        {"{\"schemaVersion\":2,\"layers\":[]}",
         "the manifest is malformed: a descriptor is no object"},
        {"{\"schemaVersion\":2," CONFIG_A ",\"layers\":[7]}",
         "the manifest is malformed: a descriptor is no object"},
        {"{\"schemaVersion\":2," CONFIG_A ",\"layers\":[{\"digest\":\"../../x\",\"size\":1}]}",
         "the manifest is malformed: '../../x' is no sha256 digest"},
        {"{\"schemaVersion\":2," CONFIG_A ",\"layers\":[{\"digest\":\"" DIGEST_B
         "\",\"size\":-1}]}",
         "the manifest is malformed: " DIGEST_B " has no valid size"},
        {"{\"schemaVersion\":2," CONFIG_A ",\"layers\":[{\"digest\":\"" DIGEST_B
         "\",\"size\":1,\"urls\":[1]}]}",
         "the manifest is malformed: the descriptor of " DIGEST_B},
        {"{\"schemaVersion\":2," CONFIG_A ",\"layers\":[{\"digest\":\"" DIGEST_B
         "\",\"size\":1,\"mediaType\":1}]}",
         "the manifest is malformed: the descriptor of " DIGEST_B},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        image_manifest *m = NULL;

        assert_fails(&err, WCOW_CORRUPT, cases[i].message, parse_manifest(cases[i].json, &m));
        assert_null(m);
    }
}

static void docker_s_first_schema_is_named(void **state)
{
    image_manifest *m = NULL;

    (void)state;
    assert_fails(&err, WCOW_UNSUPPORTED,
                 "the manifest is in Docker's old format (schema 1); save or push the image anew",
                 parse_manifest("{\"schemaVersion\":1,\"fsLayers\":[]}", &m));
}

static void layers_are_bounded(void **state)
{
    cleanup_text text json = TEXT_INIT;
    image_manifest *m = NULL;

    (void)state;
    text_add(&json, "{\"schemaVersion\":2," CONFIG_A ",\"layers\":[0");
    for (int i = 0; i < IMAGE_LAYER_LIMIT; i++)
        text_add(&json, ",0");
    text_add(&json, "]}");
    assert_fails(&err, WCOW_CORRUPT, "the manifest lists 1025 items, more than 1024",
                 parse_manifest(json.data, &m));
}

static void a_config_gives_everything(void **state)
{
    cleanup_image_config image_config *c = NULL;

    (void)state;
    assert_ok(&err,
              parse_config(
                  "{\"architecture\":\"amd64\",\"os\":\"windows\",\"os.version\":\"10.0.20348.1\","
                  "\"author\":\"a\",\"created\":\"2024-02-29T12:00:00.5+01:00\",\"config\":{"
                  "\"Env\":[\"A=1\",\"B=\"],\"Cmd\":[\"cmd\",\"/c\"],\"Entrypoint\":null,"
                  "\"WorkingDir\":\"C:\\\\x\",\"User\":\"u\",\"StopSignal\":\"TERM\","
                  "\"ArgsEscaped\":true,\"Labels\":{\"k\":\"v\"},\"Volumes\":{\"C:\\\\d\":{}},"
                  "\"ExposedPorts\":{\"80/tcp\":{}}},\"rootfs\":{\"type\":\"layers\",\"diff_ids\":"
                  "[\"" DIGEST_A
                  "\"]},\"history\":[{\"created_by\":\"x\",\"empty_layer\":true},{}]}",
                  &c));
    assert_string_equal(c->os_version, "10.0.20348.1");
    assert_true(c->created_seconds == 1709204400);
    assert_int_equal(c->environment.count, 2);
    assert_string_equal(c->environment.items[1], "B=");
    assert_int_equal(c->command.count, 2);
    assert_int_equal(c->entrypoint.count, 0);
    assert_string_equal(c->working_directory, "C:\\x");
    assert_string_equal(c->user, "u");
    assert_string_equal(c->stop_signal, "TERM");
    assert_true(c->args_escaped);
    assert_string_equal(c->labels.items[0], "k=v");
    assert_string_equal(c->volumes.items[0], "C:\\d");
    assert_string_equal(c->exposed_ports.items[0], "80/tcp");
    assert_string_equal(c->diff_ids.items[0], DIGEST_A);
    assert_int_equal(c->history_count, 2);
    assert_string_equal(c->history[0].created_by, "x");
    assert_true(c->history[0].empty_layer);
    assert_null(c->history[1].created_by);
}

static void a_config_needs_nothing_but_its_layers(void **state)
{
    cleanup_image_config image_config *c = NULL;

    (void)state;
    assert_ok(&err, parse_config("{\"rootfs\":{\"diff_ids\":[]}}", &c));
    assert_null(c->os);
    assert_int_equal(c->environment.count, 0);
}

static void malformed_configs_are_refused(void **state)
{
#define ROOTFS "\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[]}"
    static const struct {
        const char *json;
        const char *member;
    } cases[] = {
        {"{}", "rootfs"},
        {"{\"rootfs\":[]}", "rootfs"},
        {"{\"rootfs\":{\"type\":\"cims\",\"diff_ids\":[]}}", "rootfs"},
        {"{\"rootfs\":{\"diff_ids\":[1]}}", "rootfs"},
        {"{\"rootfs\":{\"diff_ids\":[\"x\"]}}", "rootfs.diff_ids"},
        {"{\"os\":1," ROOTFS "}", "os"},
        {"{\"config\":7," ROOTFS "}", "config"},
        {"{\"config\":{\"Env\":\"x\"}," ROOTFS "}", "Env"},
        {"{\"config\":{\"Cmd\":[1]}," ROOTFS "}", "Cmd"},
        {"{\"config\":{\"User\":{}}," ROOTFS "}", "User"},
        {"{\"config\":{\"Labels\":[]}," ROOTFS "}", "Labels"},
        {"{\"config\":{\"Labels\":{\"a\":1}}," ROOTFS "}", "Labels"},
        {"{\"config\":{\"Volumes\":[]}," ROOTFS "}", "Volumes"},
        {"{\"history\":{}," ROOTFS "}", "history"},
        {"{\"history\":[{\"comment\":1}]," ROOTFS "}", "comment"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        image_config *c = NULL;
        cleanup_free char *message =
            text_format("the image's config is malformed: '%s'", cases[i].member);

        assert_fails(&err, WCOW_CORRUPT, message, parse_config(cases[i].json, &c));
        assert_null(c);
    }
}

static void documents_cut_anywhere_are_refused(void **state)
{
    static const char json[] = "{\"schemaVersion\":2," CONFIG_A ",\"layers\":[]}";
    image_manifest *m = NULL;

    (void)state;
    for (size_t length = 0; length < sizeof(json) - 1; length++) {
        cleanup_free char *exact = text_copy_bytes(json, length);

        assert_int_equal(image_manifest_parse(exact, length, "the manifest", &m, &err),
                         WCOW_CORRUPT);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_manifest_gives_config_and_layers),
        cmocka_unit_test(an_index_gives_platforms_and_names),
        cmocka_unit_test(malformed_manifests_are_refused),
        cmocka_unit_test(docker_s_first_schema_is_named),
        cmocka_unit_test(layers_are_bounded),
        cmocka_unit_test(a_config_gives_everything),
        cmocka_unit_test(a_config_needs_nothing_but_its_layers),
        cmocka_unit_test(malformed_configs_are_refused),
        cmocka_unit_test(documents_cut_anywhere_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
