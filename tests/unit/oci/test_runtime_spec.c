/* SPDX-License-Identifier: MIT */
/* Building OCI configurations. */
#include "tests/unit/status.h"

#include <string.h>

#include "oci/runtime_spec.h"

static wcow_error err;

static void assert_json(const cJSON *made, const char *expected)
{
    cleanup_free char *printed = json_print(made);

    assert_string_equal(printed, expected);
}

static void a_full_configuration_has_every_member(void **state)
{
    static const char *const args[] = {"cmd", "/c", NULL};
    static const char *const env[] = {"A=b", NULL};
    static const char *const folders[] = {"C:\\l", "C:\\s", NULL};
    static const char *const list[] = {"x", "y", NULL};
    static const oci_mount mounts[] = {{"C:\\a", "C:\\b", true}, {"C:\\c", "C:\\d", false}};
    const oci_config config = {
        .process = {.args = args,
                    .env = env,
                    .cwd = "C:\\",
                    .username = "u",
                    .terminal = true,
                    .height = 40,
                    .width = 120},
        .hostname = "web",
        .mounts = mounts,
        .mount_count = 2,
        .layer_folders = folders,
        .memory_limit = 536870912,
        .cpu_count = 1,
        .cpu_shares = 2,
        .cpu_maximum = 3,
        .storage_iops = 4,
        .storage_bps = 5,
        .storage_size = 6,
        .hyperv = true,
        .utility_vm = "C:\\u",
        .ignore_flushes_during_boot = true,
        .credential_spec = "{}",
        .device_classes = list,
        .endpoints = list,
        .allow_unqualified_dns_query = true,
        .dns_search = list,
        .network_container = "other",
    };
    cleanup_json cJSON *made = NULL;

    (void)state;
    assert_ok(&err, oci_config_new(&config, &made, &err));
    assert_true(oci_config_is_hyperv(made));
    assert_json(
        made,
        "{\"ociVersion\":\"1.0.2\",\"process\":{\"user\":{\"username\":\"u\"},\"consoleSize\":{"
        "\"height\":40,\"width\":120},\"terminal\":true,\"args\":[\"cmd\",\"/"
        "c\"],\"env\":[\"A=b\"],"
        "\"cwd\":\"C:\\\\\"},\"root\":{},\"hostname\":\"web\",\"mounts\":[{\"destination\":\"C:"
        "\\\\b\","
        "\"source\":\"C:\\\\a\",\"options\":[\"ro\"]},{\"destination\":\"C:\\\\d\",\"source\":"
        "\"C:\\\\c\"}],\"windows\":{\"layerFolders\":[\"C:\\\\l\",\"C:\\\\s\"],\"devices\":[{"
        "\"id\":"
        "\"x\",\"idType\":\"class\"},{\"id\":\"y\",\"idType\":\"class\"}],\"resources\":{"
        "\"memory\":{"
        "\"limit\":536870912},\"cpu\":{\"count\":1,\"shares\":2,\"maximum\":3},\"storage\":{"
        "\"iops\":4,"
        "\"bps\":5,\"sandboxSize\":6}},\"credentialSpec\":\"{}\",\"ignoreFlushesDuringBoot\":true,"
        "\"hyperv\":{\"utilityVMPath\":\"C:\\\\u\"},\"network\":{\"endpointList\":[\"x\",\"y\"],"
        "\"allowUnqualifiedDNSQuery\":true,\"DNSSearchList\":[\"x\",\"y\"],"
        "\"networkSharedContainerName\":\"other\"}}}");
}

static void what_is_not_set_is_left_out(void **state)
{
    const oci_config config = {0};
    cleanup_json cJSON *made = NULL;

    (void)state;
    assert_ok(&err, oci_config_new(&config, &made, &err));
    assert_false(oci_config_is_hyperv(made));
    assert_json(made,
                "{\"ociVersion\":\"1.0.2\",\"process\":{\"user\":{\"username\":\"\"},"
                "\"terminal\":false,\"cwd\":\"\"},\"root\":{},\"windows\":{\"layerFolders\":[]}}");
}

static void limits_have_their_range(void **state)
{
    const oci_config shares = {.cpu_shares = 10001};
    const oci_config maximum = {.cpu_maximum = 10001};
    cJSON *made = NULL;

    (void)state;
    assert_fails(&err, WCOW_INVALID, "cpu shares is 10001: it goes from 1 to 10000",
                 oci_config_new(&shares, &made, &err));
    assert_fails(&err, WCOW_INVALID, "cpu maximum is 10001: it goes from 1 to 10000",
                 oci_config_new(&maximum, &made, &err));
    assert_null(made);
}

static void endpoints_come_and_go_with_each_start(void **state)
{
    static const char *const one[] = {"e1", NULL};
    static const char *const none[] = {NULL};
    cleanup_json cJSON *config = cJSON_Parse("{\"windows\":{}}");

    (void)state;
    assert_ok(&err, oci_config_set_network(config, one, NULL, true, &err));
    assert_json(config, "{\"windows\":{\"network\":{\"endpointList\":[\"e1\"],"
                        "\"allowUnqualifiedDNSQuery\":true}}}");
    assert_ok(&err, oci_config_set_network(config, one, NULL, false, &err));
    assert_json(config, "{\"windows\":{\"network\":{\"endpointList\":[\"e1\"]}}}");
    assert_ok(&err, oci_config_set_network(config, none, NULL, false, &err));
    assert_json(config, "{\"windows\":{}}");
    assert_ok(&err, oci_config_set_network(config, NULL, NULL, false, &err));
    assert_json(config, "{\"windows\":{}}");
}

static void other_network_settings_stay(void **state)
{
    cleanup_json cJSON *config =
        cJSON_Parse("{\"windows\":{\"network\":{\"DNSSearchList\":[\"a\"],\"endpointList\":[]}}}");

    (void)state;
    assert_ok(&err, oci_config_set_network(config, NULL, NULL, false, &err));
    assert_json(config, "{\"windows\":{\"network\":{\"DNSSearchList\":[\"a\"]}}}");
}

static void the_first_start_is_marked(void **state)
{
    cleanup_json cJSON *config = cJSON_Parse("{\"windows\":{}}");

    (void)state;
    assert_ok(&err, oci_config_set_first_start(config, true, &err));
    assert_ok(&err, oci_config_set_first_start(config, true, &err));
    assert_json(config, "{\"windows\":{\"ignoreFlushesDuringBoot\":true}}");
    assert_ok(&err, oci_config_set_first_start(config, false, &err));
    assert_json(config, "{\"windows\":{}}");
}

static void an_exec_has_a_process_only(void **state)
{
    static const char *const args[] = {"ipconfig", NULL};
    const oci_process process = {.args = args, .cwd = "C:\\x"};
    cleanup_json cJSON *made = NULL;

    (void)state;
    assert_ok(&err, oci_process_new(&process, &made, &err));
    assert_json(made, "{\"user\":{\"username\":\"\"},\"terminal\":false,\"args\":[\"ipconfig\"],"
                      "\"cwd\":\"C:\\\\x\"}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_full_configuration_has_every_member),
        cmocka_unit_test(what_is_not_set_is_left_out),
        cmocka_unit_test(limits_have_their_range),
        cmocka_unit_test(endpoints_come_and_go_with_each_start),
        cmocka_unit_test(other_network_settings_stay),
        cmocka_unit_test(the_first_start_is_marked),
        cmocka_unit_test(an_exec_has_a_process_only),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
