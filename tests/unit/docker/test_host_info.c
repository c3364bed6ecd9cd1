/* SPDX-License-Identifier: MIT */
/* A host in Docker's shape. */
#include "docker/host_info.h"

#include "tests/unit/docker/shows.h"
static const char *const insecure[] = {"r:5000", "10.0.0.0/8", NULL};
static const char *const mirrors[] = {"https://m", NULL};

static void a_host_shows_what_clients_look_for(void **state)
{
    const host_facts facts = {
        .name = "h",
        .containers = 3,
        .containers_running = 1,
        .now = 1000000000,
        .compute_systems = 2,
        .insecure_registries = insecure,
        .registry_mirrors = mirrors,
        .memory = 1ull << 40,
    };
    cleanup_free char *json = host_info_print(&facts);

    (void)state;
    assert_non_null(json);
    shows(json, "ID", "\"h\"");
    shows(json, "Containers", "3");
    shows(json, "SystemTime", "\"1970-01-01T00:00:01Z\"");
    shows(json, "MemTotal", "1099511627776");
    shows(json, "ComputeSystems", "2");
    shows(json, "ServerErrors", "<missing>");
    shows(json, "Plugins.Log", "[\"etwlogs\",\"json-file\",\"local\"]");
    shows(json, "Swarm.LocalNodeState", "\"inactive\"");
    shows(json, "RegistryConfig.Mirrors", "[\"https://m\"]");
    shows(json, "RegistryConfig.InsecureRegistryCIDRs",
          "[\"::1/128\",\"127.0.0.0/8\",\"10.0.0.0/8\"]");
    shows(json, "RegistryConfig.IndexConfigs.r:5000.Secure", "false");
}

static void a_service_that_does_not_answer_is_an_error_of_the_server(void **state)
{
    const host_facts facts = {.service_error = "no service"};
    cleanup_free char *json = host_info_print(&facts);

    (void)state;
    assert_non_null(json);
    shows(json, "ServerErrors", "[\"no service\"]");
    shows(json, "ComputeSystems", "<missing>");
}

static void nobody_is_shown_the_password_of_a_proxy(void **state)
{
    const host_facts facts = {
        .http_proxy = "http://me:se@cret@proxy:80", .https_proxy = "proxy:80", .no_proxy = "a,b"};
    cleanup_free char *json = host_info_print(&facts);

    (void)state;
    assert_non_null(json);
    shows(json, "HttpProxy", "\"http://xxxxx:xxxxx@proxy:80\"");
    shows(json, "HttpsProxy", "\"proxy:80\"");
    shows(json, "NoProxy", "\"a,b\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_host_shows_what_clients_look_for),
        cmocka_unit_test(a_service_that_does_not_answer_is_an_error_of_the_server),
        cmocka_unit_test(nobody_is_shown_the_password_of_a_proxy),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
