/* SPDX-License-Identifier: MIT */
/* What a registry client reads of strangers: challenges, URLs; and what the administrator says. */
#include "tests/unit/status.h"

#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "base/path.h"
#include "base/text.h"
#include "image/registry/challenge.h"
#include "image/registry/credentials.h"
#include "image/registry/http.h"
#include "image/registry/registry_settings.h"
#include "tests/unit/support/recording_storage.h"

static void expect_challenge(const char *header, challenge_kind kind, const char *realm,
                             const char *service, const char *scope)
{
    cleanup_challenge auth_challenge found = {CHALLENGE_NONE, NULL, NULL, NULL};

    assert_true(auth_challenge_parse(header, &found));
    assert_int_equal(found.kind, kind);
    assert_true(text_equal(found.realm, realm));
    assert_true(text_equal(found.service, service));
    assert_true(text_equal(found.scope, scope));
}

static void a_bearer_challenge_tells_realm_service_and_scope(void **state)
{
    (void)state;
    expect_challenge("Bearer realm=\"https://auth.docker.io/token\",service=\"registry.docker.io\","
                     "scope=\"repository:library/x:pull,push\"",
                     CHALLENGE_BEARER, "https://auth.docker.io/token", "registry.docker.io",
                     "repository:library/x:pull,push");
    expect_challenge("bearer  realm = a , service=\"q\\\"uoted\"", CHALLENGE_BEARER, "a",
                     "q\"uoted", NULL);
}

static void a_bearer_is_preferred_over_a_basic(void **state)
{
    (void)state;
    expect_challenge("Basic realm=\"x\", Bearer realm=\"y\"", CHALLENGE_BEARER, "y", NULL, NULL);
    expect_challenge("Bearer realm=\"y\", Basic realm=\"x\"", CHALLENGE_BEARER, "y", NULL, NULL);
    expect_challenge("Negotiate, Basic", CHALLENGE_BASIC, NULL, NULL, NULL);
}

static void rubbish_is_no_challenge(void **state)
{
    static const char *const rubbish[] = {
        "",           " ,,", "Bearer",    "=",    "\"",          "Bearer realm", "Bearer realm=\"",
        "Digest a=b", "a==", "Bearer =x", ",=\"", "Bearer \"x\""};

    (void)state;
    for (size_t i = 0; i < sizeof(rubbish) / sizeof(rubbish[0]); i++)
        expect_challenge(rubbish[i], CHALLENGE_NONE, NULL, NULL, NULL);
}

static void expect_join(const char *base, const char *location, const char *expected)
{
    cleanup_free char *joined = http_url_join(base, location);

    assert_true(text_equal(joined, expected));
}

static void locations_are_absolute_relative_or_refused(void **state)
{
    (void)state;
    expect_join("https://h/v2/a?x=1", "/upload/1", "https://h/upload/1");
    expect_join("https://h/v2/a", "http://other:5/x", "http://other:5/x");
    expect_join("https://h/v2/a", "file:///etc/passwd", NULL);
    expect_join("https://h/v2/a", "ftp://h/x", NULL);
}

static void an_origin_is_scheme_host_and_port(void **state)
{
    (void)state;
    assert_true(http_same_origin("https://Host/a", "https://host:443/b?c"));
    assert_false(http_same_origin("https://host/a", "http://host/a"));
    assert_false(http_same_origin("https://host:1/a", "https://host:2/a"));
    assert_false(http_same_origin("https://host/a", "https://host.evil/a"));
    assert_false(http_same_origin("https://host/a", "https://host@evil/a"));
    assert_false(http_same_origin("nonsense://", "nonsense://"));
}

static void insecure_registries_are_named_or_in_a_network(void **state)
{
    cleanup_registry_settings registry_settings settings = REGISTRY_SETTINGS_INIT;

    (void)state;
    assert_true(string_list_add(&settings.insecure, "registry.lan:5000"));
    assert_true(string_list_add(&settings.insecure, "10.1.0.0/16"));
    assert_true(registry_settings_insecure(&settings, "localhost:5000"));
    assert_true(registry_settings_insecure(&settings, "127.3.2.1"));
    assert_true(registry_settings_insecure(&settings, "registry.lan:5000"));
    assert_true(registry_settings_insecure(&settings, "10.1.255.3:80"));
    assert_false(registry_settings_insecure(&settings, "registry.lan"));
    assert_false(registry_settings_insecure(&settings, "10.2.0.1"));
    assert_false(registry_settings_insecure(&settings, "127.0.0.1.evil.com"));
    assert_false(registry_settings_insecure(&settings, "mcr.microsoft.com"));
}

static void base64_goes_both_ways(void **state)
{
    static const char *const pairs[][2] = {
        {"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"}, {"\xff\xfe\xfd", "//79"}};

    (void)state;
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        cleanup_free char *encoded = base64_encode(pairs[i][0], strlen(pairs[i][0]));
        cleanup_free unsigned char *decoded = NULL;
        size_t size = 0;

        assert_string_equal(encoded, pairs[i][1]);
        assert_true(base64_decode(encoded, strlen(encoded), &decoded, &size));
        assert_int_equal(size, strlen(pairs[i][0]));
        assert_memory_equal(decoded, pairs[i][0], size);
    }
}

static void docker_hub_has_one_name_for_credentials(void **state)
{
    (void)state;
    assert_string_equal(credentials_server("docker.io"), "https://index.docker.io/v1/");
    assert_string_equal(credentials_server("registry-1.docker.io"), "https://index.docker.io/v1/");
    assert_string_equal(credentials_server("host:5"), "host:5");
}

/* ---- Docker's config.json ---- */

static char *config_folder;
static files_port *files;
static wcow_error err;

static int start_config(void **state)
{
    (void)state;
    err = (wcow_error)WCOW_ERROR_INIT;
    config_folder = make_temporary_folder();
    files_port_open(&files);
    return setenv("DOCKER_CONFIG", config_folder, 1);
}

static int stop_config(void **state)
{
    (void)state;
    files->free(files);
    remove_tree(config_folder);
    free(config_folder);
    return unsetenv("DOCKER_CONFIG");
}

static void write_file(const char *name, const char *content)
{
    cleanup_free char *path = path_join(config_folder, name);

    assert_int_equal(files->replace(files, path, content, strlen(content)), 0);
}

static void expect_credentials(const char *config, const char *user, const char *password)
{
    cleanup_credentials credentials found = {NULL, NULL, NULL};

    write_file("config.json", config);
    assert_ok(&err, credentials_find(files, "host:5", &found, &err));
    assert_true(text_equal(found.user, user));
    assert_true(text_equal(found.password, password));
}

static void credentials_are_read_in_either_form(void **state)
{
    (void)state;
    expect_credentials("{\"auths\":{\"host:5\":{\"auth\":\"bWU6cHc=\"}}}", "me", "pw");
    expect_credentials("{\"auths\":{\"host:5\":{\"username\":\"you\",\"password\":\"secret\"}}}",
                       "you", "secret");
    expect_credentials("{\"auths\":{\"https://host:5/v2/\":{\"auth\":\"\",\"username\":\"you\","
                       "\"password\":\"secret\"}}}",
                       "you", "secret");
    expect_credentials("{\"auths\":{\"host:5\":{\"auth\":\"bWU6cHc=\",\"username\":\"you\","
                       "\"password\":\"secret\"}}}",
                       "me", "pw");
    expect_credentials("{\"auths\":{\"host:5\":{\"password\":\"secret\"}}}", NULL, NULL);
    expect_credentials("{\"auths\":{\"other\":{\"username\":\"you\"}}}", NULL, NULL);
}

static void a_config_with_nothing_in_it_is_as_none(void **state)
{
    static const char *const blank[] = {"", " \r\n", "null", "{}"};

    (void)state;
    for (size_t i = 0; i < sizeof(blank) / sizeof(blank[0]); i++) {
        cleanup_credentials credentials given = {text_copy("me"), text_copy("pw"), NULL};
        cleanup_free char *plain = NULL;

        expect_credentials(blank[i], NULL, NULL);
        assert_ok(&err, credentials_store(files, "host:5", &given, &plain, &err));
        assert_non_null(plain);
    }
    write_file("config.json", "[]");
    {
        cleanup_credentials credentials found = {NULL, NULL, NULL};

        assert_int_equal(credentials_find(files, "host:5", &found, &err), WCOW_CORRUPT);
    }
}

static void other_settings_of_docker_are_read(void **state)
{
    cleanup_free char *keys = NULL;
    cleanup_free char *none = NULL;

    (void)state;
    write_file("config.json", "{\"detachKeys\":\"ctrl-x\",\"psFormat\":1}");
    assert_ok(&err, docker_config_text(files, "detachKeys", &keys, &err));
    assert_string_equal(keys, "ctrl-x");
    assert_ok(&err, docker_config_text(files, "psFormat", &none, &err));
    assert_null(none);
    write_file("config.json", "{");
    assert_int_equal(docker_config_text(files, "detachKeys", &none, &err), WCOW_CORRUPT);
}

static void settings_with_nothing_in_them_are_the_usual_ones(void **state)
{
    cleanup_registry_settings registry_settings settings = REGISTRY_SETTINGS_INIT;

    (void)state;
    write_file("daemon.json", "\r\n");
    assert_ok(&err, registry_settings_read(files, config_folder, &settings, &err));
    assert_int_equal(settings.downloads, 3);
}

int main(void)
{
#define CONFIG(name) cmocka_unit_test_setup_teardown(name, start_config, stop_config)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bearer_challenge_tells_realm_service_and_scope),
        cmocka_unit_test(a_bearer_is_preferred_over_a_basic),
        cmocka_unit_test(rubbish_is_no_challenge),
        cmocka_unit_test(locations_are_absolute_relative_or_refused),
        cmocka_unit_test(an_origin_is_scheme_host_and_port),
        cmocka_unit_test(insecure_registries_are_named_or_in_a_network),
        cmocka_unit_test(base64_goes_both_ways),
        cmocka_unit_test(docker_hub_has_one_name_for_credentials),
        CONFIG(credentials_are_read_in_either_form),
        CONFIG(a_config_with_nothing_in_it_is_as_none),
        CONFIG(other_settings_of_docker_are_read),
        CONFIG(settings_with_nothing_in_them_are_the_usual_ones),
    };

    return cmocka_run_group_tests_name("image/registry", tests, NULL, NULL);
}
