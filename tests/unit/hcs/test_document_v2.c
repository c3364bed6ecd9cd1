/* SPDX-License-Identifier: MIT */
/* OCI configurations → HCS documents of schema 2, held against what containerd's shim sent
 * (data/README.md). */
#include "tests/unit/hcs/captured.h"

#include <string.h>

#include "base/text.h"
#include "hcs/document.h"

static wcow_error err;

static const struct {
    const char *run;
    process_streams streams; /* that its client gave */
} runs[] = {
    {"shim-net", {.output = true}},
    {"shim-tty", {.output = true}},
    {"ctr-run", {true, true, true}},
    {"ctr-limits", {0}},
    {"ctr-tty", {true, true, true}},
    {"cri-sandbox", {0}},
    {"cri-container", {.output = true, .error_output = true}},
    {"cri-stdin", {true, true, true}},
};

/* The facts that stand beside the configuration, taken from the captured document itself. */
static void read_facts(const cJSON *document, layer_descriptor *layers, system_facts *out)
{
    const cJSON *storage = json_path(document, "Container.Storage");
    const cJSON *layer;

    *out = (system_facts){.id = "x",
                          .owner = json_text(document, "Owner", ""),
                          .layers = layers,
                          .volume_path = json_text(storage, "Path", NULL),
                          .processors = 2,
                          .build = 20348,
                          .terminate_on_last_handle_closed = true};
    cJSON_ArrayForEach (layer, json_member(storage, "Layers")) {
        assert_true(guid_parse(json_text(layer, "Id", ""), &layers[out->layer_count].id));
        layers[out->layer_count++].path = json_text(layer, "Path", "");
    }
}

static void the_documents_are_those_of_containerds_shim(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(runs) / sizeof(runs[0]); i++) {
        cleanup_json cJSON *config = load(runs[i].run, "config");
        cleanup_json cJSON *expected = load(runs[i].run, "system");
        cleanup_json cJSON *made = NULL;
        layer_descriptor layers[4];
        system_facts facts;

        read_facts(expected, layers, &facts);
        assert_ok(&err, system_document_new(SCHEMA_V2, config, &facts, &made, &err));
        assert_same(made, expected, runs[i].run);
    }
}

static void the_process_documents_are_those_of_containerds_shim(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(runs) / sizeof(runs[0]); i++) {
        cleanup_json cJSON *config = load(runs[i].run, "config");
        cleanup_json cJSON *expected = load(runs[i].run, "process");
        cleanup_json cJSON *made = NULL;

        assert_ok(&err, process_document_new(SCHEMA_V2, json_member(config, "process"),
                                             &runs[i].streams, &made, &err));
        assert_same(made, expected, runs[i].run);
    }
}

static const layer_descriptor one_layer[] = {{{{1}}, "C:\\l"}};
static const system_facts plain = {.id = "web",
                                   .owner = "wcow",
                                   .layers = one_layer,
                                   .layer_count = 1,
                                   .volume_path = "\\\\?\\Volume{x}",
                                   .processors = 4};

/* The Container of {"windows":{"layerFolders":[…] WINDOWS} REST}. */
static wcow_status container_of(const char *windows, const char *rest, const system_facts *facts,
                                cJSON **out)
{
    cleanup_free char *json = text_format(
        "{\"windows\":{\"layerFolders\":[\"C:\\\\l\",\"C:\\\\s\"]%s}%s}", windows, rest);
    cleanup_json cJSON *config = parsed(json);
    cleanup_json cJSON *document = NULL;
    wcow_status status = system_document_new(SCHEMA_V2, config, facts, &document, &err);

    if (!status)
        *out = cJSON_DetachItemFromObjectCaseSensitive(document, "Container");
    return status;
}

static void assert_made(const char *windows, const char *rest, const char *member,
                        const char *expected_json)
{
    cleanup_json cJSON *expected = parsed(expected_json);
    cleanup_json cJSON *made = NULL;

    assert_ok(&err, container_of(windows, rest, &plain, &made));
    if (!json_member(made, member))
        fail_msg("%s is missing", member);
    assert_same(json_member(made, member), expected, member);
}

static void a_container_without_wishes_has_layers_a_volume_and_patience(void **state)
{
    cleanup_json cJSON *config =
        parsed("{\"windows\":{\"layerFolders\":[\"C:\\\\l\",\"C:\\\\s\"]}}");
    cleanup_json cJSON *expected =
        parsed("{\"Owner\":\"wcow\",\"SchemaVersion\":{\"Major\":2,\"Minor\":1},\"Container\":{"
               "\"Storage\":{\"Layers\":[{\"Id\":\"00000001-0000-0000-0000-000000000000\","
               "\"Path\":\"C:\\\\l\"}],\"Path\":\"\\\\\\\\?\\\\Volume{x}\\\\\"},\"Processor\":{},"
               "\"RegistryChanges\":{\"AddValues\":[{\"Key\":{\"Hive\":\"System\",\"Name\":"
               "\"ControlSet001\\\\Control\"},\"Name\":\"WaitToKillServiceTimeout\",\"Type\":"
               "\"String\",\"StringValue\":\"2147483647\"}]}}}");
    cleanup_json cJSON *made = NULL;

    (void)state;
    assert_ok(&err, system_document_new(SCHEMA_V2, config, &plain, &made, &err));
    assert_same(made, expected, "plain");
}

static void every_limit_has_its_member(void **state)
{
    (void)state;
    assert_made(",\"resources\":{\"cpu\":{\"count\":2}}", "", "Processor", "{\"Count\":2}");
    assert_made(",\"resources\":{\"cpu\":{\"count\":64}}", "", "Processor", "{\"Count\":4}");
    assert_made(",\"resources\":{\"cpu\":{\"maximum\":1}}", "", "Processor", "{\"Maximum\":1}");
    assert_made(",\"resources\":{\"cpu\":{\"shares\":10000}}", "", "Processor",
                "{\"Weight\":10000}");
    assert_made(",\"resources\":{\"cpu\":{\"count\":0,\"maximum\":0,\"shares\":3}}", "",
                "Processor", "{\"Weight\":3}");
    assert_made(",\"resources\":{\"memory\":{\"limit\":1610612735}}", "", "Memory",
                "{\"SizeInMB\":1535}");
    assert_made(",\"resources\":{\"storage\":{\"iops\":5}}", "", "Storage",
                "{\"Layers\":[{\"Id\":\"00000001-0000-0000-0000-000000000000\",\"Path\":"
                "\"C:\\\\l\"}],\"Path\":\"\\\\\\\\?\\\\Volume{x}\\\\\",\"QoS\":{"
                "\"IopsMaximum\":5}}");
}

static void an_annotation_of_hcsshims_name_takes_precedence(void **state)
{
    (void)state;
    assert_made(",\"resources\":{\"memory\":{\"limit\":1048576}}",
                ",\"annotations\":{\"io.microsoft.container.memory.sizeinmb\":\"200\"}", "Memory",
                "{\"SizeInMB\":200}");
    assert_made("", ",\"annotations\":{\"io.microsoft.container.processor.limit\":\"7\"}",
                "Processor", "{\"Maximum\":7}");
    assert_made(",\"resources\":{\"cpu\":{\"maximum\":3}}",
                ",\"annotations\":{\"io.microsoft.container.processor.limit\":\"10001\"}",
                "Processor", "{\"Maximum\":3}");
    assert_made(",\"resources\":{\"cpu\":{\"shares\":3}}",
                ",\"annotations\":{\"io.microsoft.container.processor.weight\":\"x\"}", "Processor",
                "{\"Weight\":3}");
}

static void mounts_keep_their_order_and_pipes_go_apart(void **state)
{
    static const char mounts[] =
        ",\"mounts\":[{\"source\":\"\\\\\\\\?\\\\Volume{y}\\\\A\",\"destination\":\"C:\\\\a\","
        "\"options\":[\"rbind\",\"RO\"]},{\"source\":\"\\\\\\\\.\\\\pipe\\\\host\","
        "\"destination\":\"\\\\\\\\.\\\\Pipe\\\\guest\"},{\"source\":\"C:\\\\B\","
        "\"destination\":\"C:\\\\b\",\"type\":\"bind\"}]";

    (void)state;
    assert_made("", mounts, "MappedDirectories",
                "[{\"HostPath\":\"\\\\\\\\?\\\\Volume{y}\\\\A\",\"ContainerPath\":\"C:\\\\a\","
                "\"ReadOnly\":true},{\"HostPath\":\"C:\\\\B\",\"ContainerPath\":\"C:\\\\b\"}]");
    assert_made("", mounts, "MappedPipes",
                "[{\"ContainerPipeName\":\"guest\",\"HostPath\":\"\\\\\\\\.\\\\pipe\\\\host\"}]");
}

static void a_namespace_stands_for_the_network(void **state)
{
    system_facts ours = plain;
    cleanup_json cJSON *expected = parsed("{\"Namespace\":\"ours\"}");
    cleanup_json cJSON *made = NULL;

    (void)state;
    assert_made(",\"network\":{\"networkNamespace\":\"n\",\"DNSSearchList\":[\"a.com\",\"b.com\"],"
                "\"allowUnqualifiedDNSQuery\":true,\"endpointList\":[\"e\"],"
                "\"networkSharedContainerName\":\"other\"}",
                "", "Networking",
                "{\"AllowUnqualifiedDnsQuery\":true,\"DnsSearchList\":\"a.com,b.com\","
                "\"NetworkSharedContainerName\":\"other\",\"Namespace\":\"n\"}");
    assert_made(",\"network\":{}", "", "Networking", "{}");

    ours.network_namespace = "ours";
    assert_ok(&err, container_of(",\"network\":{\"networkNamespace\":\"n\",\"endpointList\":["
                                 "\"e\"]}",
                                 "", &ours, &made));
    assert_same(json_member(made, "Networking"), expected, "ours");
}

static void devices_are_named_by_class_or_by_place(void **state)
{
    (void)state;
    assert_made(",\"devices\":[{\"id\":\"g1\",\"idType\":\"class\"},{\"id\":\"PCI(0)\",\"idType\":"
                "\"vpci-location-path\"},{\"id\":\"g2\",\"idType\":\"vpci-class-guid\"}]",
                "", "AssignedDevices",
                "[{\"InterfaceClassGuid\":\"g1\"},{\"Type\":\"DeviceInstance\",\"LocationPath\":"
                "\"PCI(0)\"},{\"InterfaceClassGuid\":\"g2\"}]");
}

static void credentials_are_what_the_guard_answered(void **state)
{
    cleanup_json cJSON *guard = parsed("{\"Cookie\":\"c\",\"Transport\":\"LRPC\"}");
    system_facts guarded = plain;
    cleanup_json cJSON *made = NULL;

    (void)state;
    guarded.credential_guard = guard;
    assert_ok(&err, container_of(",\"credentialSpec\":\"{}\"", "", &guarded, &made));
    assert_same(json_member(made, "ContainerCredentialGuard"), guard, "guard");
}

static void an_old_build_is_told_before_the_service_is_asked(void **state)
{
    system_facts old = plain;
    cJSON *made = NULL;

    (void)state;
    old.build = 17134;
    assert_fails(&err, WCOW_UNSUPPORTED,
                 "documents of schema 2 need Windows build 17763 (Server 2019) or later, and this "
                 "is build 17134; take schema 1",
                 container_of("", "", &old, &made));
    old.build = SCHEMA_V2_BUILD;
    assert_ok(&err, container_of("", "", &old, &made));
    cJSON_Delete(made);
}

static void what_it_cannot_do_is_refused_by_name(void **state)
{
    static const struct {
        wcow_status status;
        const char *windows, *rest, *message;
    } configs[] = {
        {WCOW_UNSUPPORTED, ",\"hyperv\":{}", "",
         "with schema 2 a container has process isolation; for Hyper-V isolation take schema 1"},
        {WCOW_UNSUPPORTED, ",\"credentialSpec\":\"{}\"", "",
         "with schema 2 credentials need the credential guard, which was not asked; take schema 1"},
        {WCOW_INVALID, ",\"resources\":{\"cpu\":{\"count\":1,\"shares\":5}}", "",
         "config.json: windows.resources.cpu has more than one of count, maximum and shares, of "
         "which schema 2 takes one"},
        {WCOW_INVALID, ",\"resources\":{\"cpu\":{\"maximum\":10001}}", "",
         "config.json: windows.resources.cpu.maximum is not a whole number in its range"},
        {WCOW_INVALID, ",\"network\":{\"endpointList\":[\"e\"]}", "",
         "config.json: windows.network.endpointList needs a networkNamespace that its endpoints "
         "are in, with schema 2"},
        {WCOW_INVALID, ",\"network\":{\"endpointList\":\"e\"}", "",
         "config.json: windows.network.endpointList is not a list of ids"},
        {WCOW_INVALID, ",\"devices\":[{\"id\":\"g\",\"idType\":\"pci\"}]", "",
         "config.json: windows.devices[].idType must be 'class' or 'vpci-location-path'"},
        {WCOW_INVALID, "", ",\"root\":{\"readonly\":true}",
         "config.json: root.readonly cannot be had with Windows"},
        {WCOW_INVALID, "",
         ",\"mounts\":[{\"source\":\"C:\\\\a\",\"destination\":\"\\\\\\\\.\\\\"
         "pipe\\\\x\"}]",
         "config.json: mounts[] has a pipe on one side only"},
        {WCOW_INVALID, "",
         ",\"mounts\":[{\"type\":\"tmpfs\",\"source\":\"x\",\"destination\":"
         "\"y\"}]",
         "config.json: mounts[].type must not be set for Windows"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(configs) / sizeof(configs[0]); i++) {
        cJSON *made = NULL;

        assert_fails(&err, configs[i].status, configs[i].message,
                     container_of(configs[i].windows, configs[i].rest, &plain, &made));
        assert_null(made);
    }
}

static void layers_and_volume_must_be_there(void **state)
{
    system_facts wrong = plain;
    cJSON *made = NULL;

    (void)state;
    wrong.layer_count = 0;
    assert_fails(&err, WCOW_INVALID,
                 "config.json: windows.layerFolders does not fit the layers of the image",
                 container_of("", "", &wrong, &made));
    wrong = plain;
    wrong.volume_path = NULL;
    assert_fails(&err, WCOW_INVALID,
                 "config.json: root.path is missing: the volume of the container",
                 container_of("", "", &wrong, &made));
    assert_null(made);
}

/* hcsshim leaves out what is empty, where Docker sends it. */
static void an_empty_variable_is_left_out(void **state)
{
    cleanup_json cJSON *process = parsed("{\"args\":[\"x\"],\"env\":[\"A=1\",\"B=\",\"A=2\"]}");
    cleanup_json cJSON *expected =
        parsed("{\"CommandLine\":\"x\",\"Environment\":{\"A\":\"2\"},\"CreateStdInPipe\":true,"
               "\"CreateStdOutPipe\":true,\"CreateStdErrPipe\":true}");
    cleanup_json cJSON *made = NULL;

    (void)state;
    assert_ok(&err, process_document_new(SCHEMA_V2, process, NULL, &made, &err));
    assert_same(made, expected, "process");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_documents_are_those_of_containerds_shim),
        cmocka_unit_test(the_process_documents_are_those_of_containerds_shim),
        cmocka_unit_test(a_container_without_wishes_has_layers_a_volume_and_patience),
        cmocka_unit_test(every_limit_has_its_member),
        cmocka_unit_test(an_annotation_of_hcsshims_name_takes_precedence),
        cmocka_unit_test(mounts_keep_their_order_and_pipes_go_apart),
        cmocka_unit_test(a_namespace_stands_for_the_network),
        cmocka_unit_test(devices_are_named_by_class_or_by_place),
        cmocka_unit_test(credentials_are_what_the_guard_answered),
        cmocka_unit_test(an_old_build_is_told_before_the_service_is_asked),
        cmocka_unit_test(what_it_cannot_do_is_refused_by_name),
        cmocka_unit_test(layers_and_volume_must_be_there),
        cmocka_unit_test(an_empty_variable_is_left_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
