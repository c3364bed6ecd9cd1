/* SPDX-License-Identifier: MIT */
/* OCI configurations → HCS documents, held against what the reference clients sent
 * (data/README.md). */
#include "tests/unit/hcs/captured.h"

#include <string.h>

#include "base/text.h"
#include "hcs/document.h"
#include "oci/runtime_spec.h"

static wcow_error err;

/* The facts that stand beside the configuration, taken from the captured document itself. */
typedef struct captured_facts {
    system_facts facts;
    layer_descriptor layers[4];
    char *volume;
} captured_facts;

static void read_facts(const cJSON *document, captured_facts *out)
{
    const char *volume = json_text(document, "VolumePath", NULL);
    const cJSON *layer;

    memset(out, 0, sizeof(*out));
    cJSON_ArrayForEach (layer, json_member(document, "Layers")) {
        assert_true(
            guid_parse(json_text(layer, "ID", ""), &out->layers[out->facts.layer_count].id));
        out->layers[out->facts.layer_count++].path = json_text(layer, "Path", "");
    }
    out->volume = volume ? text_format("%s\\", volume) : NULL;
    out->facts.id = json_text(document, "Name", "");
    out->facts.owner = json_text(document, "Owner", "");
    out->facts.layers = out->layers;
    out->facts.volume_path = out->volume;
    out->facts.utility_vm = json_text(json_member(document, "HvRuntime"), "ImagePath", NULL);
}

static void the_documents_are_those_of_the_reference_clients(void **state)
{
    static const char *const runs[] = {"docker-none-process", "docker-none-hyperv",
                                       "docker-nat-process",  "docker-nat-hyperv",
                                       "runhcs-process",      "runhcs-hyperv"};

    (void)state;
    for (size_t i = 0; i < sizeof(runs) / sizeof(runs[0]); i++) {
        cleanup_json cJSON *config = load(runs[i], "config");
        cleanup_json cJSON *expected = load(runs[i], "system");
        cleanup_json cJSON *made = NULL;
        captured_facts facts;

        read_facts(expected, &facts);
        assert_ok(&err, system_document_new(SCHEMA_V1, config, &facts.facts, &made, &err));
        assert_same(made, expected, runs[i]);

        /* This is the one member that wcow sends and Docker does not. */
        facts.facts.terminate_on_last_handle_closed = true;
        cJSON_Delete(made);
        assert_ok(&err, system_document_new(SCHEMA_V1, config, &facts.facts, &made, &err));
        assert_true(json_bool(made, "TerminateOnLastHandleClosed", false));
        cJSON_DeleteItemFromObjectCaseSensitive(made, "TerminateOnLastHandleClosed");
        assert_same(made, expected, runs[i]);
        free(facts.volume);
    }
}

static void the_process_documents_are_those_of_the_reference_clients(void **state)
{
    static const struct {
        const char *run;
        bool console_size; /* Docker sends [0,0] when it knows none, runhcs leaves it out */
    } runs[] = {{"docker-none-process", true}, {"docker-none-hyperv", true},
                {"docker-nat-process", true},  {"docker-nat-hyperv", true},
                {"runhcs-process", false},     {"runhcs-hyperv", false}};

    (void)state;
    for (size_t i = 0; i < sizeof(runs) / sizeof(runs[0]); i++) {
        cleanup_json cJSON *config = load(runs[i].run, "config");
        cleanup_json cJSON *expected = load(runs[i].run, "process");
        cleanup_json cJSON *made = NULL;

        assert_ok(&err, process_document_new(SCHEMA_V1, json_member(config, "process"), NULL, &made,
                                             &err));
        if (!runs[i].console_size) {
            assert_non_null(json_member(made, "ConsoleSize"));
            cJSON_DeleteItemFromObjectCaseSensitive(made, "ConsoleSize");
        }
        assert_same(made, expected, runs[i].run);
    }
}

static const layer_descriptor two_layers[] = {{{{1}}, "C:\\l\\upper"}, {{{2}}, "C:\\l\\base"}};
static const system_facts facts = {.id = "web",
                                   .owner = "wcow",
                                   .layers = two_layers,
                                   .layer_count = 2,
                                   .volume_path = "\\\\?\\Volume{x}\\",
                                   .utility_vm = "C:\\l\\base\\UtilityVM",
                                   .processors = 4};
#define LAYERS "\"layerFolders\":[\"C:\\\\l\\\\upper\",\"C:\\\\l\\\\base\",\"C:\\\\s\"]"

/* Makes the document of {"windows":{LAYERS WINDOWS} REST}. */
static wcow_status document_of(const char *windows, const char *rest, cJSON **out)
{
    cleanup_free char *json = text_format("{\"windows\":{" LAYERS "%s}%s}", windows, rest);
    cleanup_json cJSON *config = parsed(json);

    return system_document_new(SCHEMA_V1, config, &facts, out, &err);
}

static void every_limit_has_its_member(void **state)
{
    cleanup_json cJSON *made = NULL;

    (void)state;
    assert_ok(&err, document_of(",\"resources\":{\"memory\":{\"limit\":1610612735},\"cpu\":{"
                                "\"count\":2,\"shares\":10000,\"maximum\":1},\"storage\":{"
                                "\"iops\":5,\"bps\":4294967296,\"sandboxSize\":7}}",
                                "", &made));
    assert_int_equal(json_integer(made, "MemoryMaximumInMB", 0), 1535);
    assert_int_equal(json_integer(made, "ProcessorCount", 0), 2);
    assert_int_equal(json_integer(made, "ProcessorWeight", 0), 10000);
    assert_int_equal(json_integer(made, "ProcessorMaximum", 0), 1);
    assert_int_equal(json_integer(made, "StorageIOPSMaximum", 0), 5);
    assert_true(json_integer(made, "StorageBandwidthMaximum", 0) == INT64_C(4294967296));
    assert_null(json_member(made, "StorageSandboxSize"));
}

static void more_processors_than_the_host_has_are_cut(void **state)
{
    cleanup_json cJSON *made = NULL;

    (void)state;
    assert_ok(&err, document_of(",\"resources\":{\"cpu\":{\"count\":64}}", "", &made));
    assert_int_equal(json_integer(made, "ProcessorCount", 0), 4);
}

static void what_is_zero_or_empty_is_left_out(void **state)
{
    cleanup_json cJSON *made = NULL;
    cleanup_json cJSON *expected = parsed(
        "{\"SystemType\":\"Container\",\"Name\":\"web\",\"Owner\":\"wcow\","
        "\"VolumePath\":\"\\\\\\\\?\\\\Volume{x}\",\"LayerFolderPath\":\"C:\\\\s\",\"Layers\":["
        "{\"ID\":\"00000001-0000-0000-0000-000000000000\",\"Path\":\"C:\\\\l\\\\upper\"},"
        "{\"ID\":\"00000002-0000-0000-0000-000000000000\",\"Path\":\"C:\\\\l\\\\base\"}],"
        "\"HvPartition\":false}");

    (void)state;
    assert_ok(&err,
              document_of(",\"resources\":{\"memory\":{\"limit\":1048575},\"cpu\":{\"count\":0}},"
                          "\"network\":{\"endpointList\":[],\"DNSSearchList\":[],"
                          "\"allowUnqualifiedDNSQuery\":false},\"credentialSpec\":\"\","
                          "\"ignoreFlushesDuringBoot\":false,\"devices\":[]",
                          ",\"hostname\":\"\",\"mounts\":[],\"root\":{}", &made));
    assert_same(made, expected, "empty");
}

static void mounts_keep_their_order_and_pipes_go_apart(void **state)
{
    cleanup_json cJSON *made = NULL;
    cleanup_json cJSON *directories =
        parsed("[{\"HostPath\":\"C:\\\\A\",\"ContainerPath\":\"C:\\\\a\",\"ReadOnly\":true,"
               "\"BandwidthMaximum\":0,\"IOPSMaximum\":0,\"CreateInUtilityVM\":false},"
               "{\"HostPath\":\"C:\\\\B\",\"ContainerPath\":\"C:\\\\b\",\"ReadOnly\":false,"
               "\"BandwidthMaximum\":0,\"IOPSMaximum\":0,\"CreateInUtilityVM\":false}]");
    cleanup_json cJSON *pipes =
        parsed("[{\"HostPath\":\"\\\\\\\\.\\\\pipe\\\\host\",\"ContainerPipeName\":\"guest\"}]");

    (void)state;
    assert_ok(&err, document_of("",
                                ",\"mounts\":[{\"source\":\"C:\\\\A\",\"destination\":\"C:\\\\a\","
                                "\"options\":[\"rbind\",\"RO\"]},"
                                "{\"source\":\"\\\\\\\\.\\\\pipe\\\\host\",\"destination\":"
                                "\"\\\\\\\\.\\\\Pipe\\\\guest\"},"
                                "{\"source\":\"C:\\\\B\",\"destination\":\"C:\\\\b\"}]",
                                &made));
    assert_same(json_member(made, "MappedDirectories"), directories, "directories");
    assert_same(json_member(made, "MappedPipes"), pipes, "pipes");
}

static void the_rest_of_the_windows_section_is_passed_on(void **state)
{
    cleanup_json cJSON *made = NULL;
    cleanup_json cJSON *devices = parsed("[{\"InterfaceClassGuid\":\"g1\"},"
                                         "{\"InterfaceClassGuid\":\"g2\"}]");
    cleanup_json cJSON *endpoints = parsed("[\"e2\",\"e1\"]");

    (void)state;
    assert_ok(&err,
              document_of(",\"credentialSpec\":\"{\\\"a\\\":1}\",\"ignoreFlushesDuringBoot\":"
                          "true,\"devices\":[{\"id\":\"g1\",\"idType\":\"class\"},{\"id\":\"g2\","
                          "\"idType\":\"vpci-class-guid\"}],\"network\":{\"endpointList\":["
                          "\"e2\",\"e1\"],\"networkSharedContainerName\":\"other\","
                          "\"DNSSearchList\":[\"a.com\",\"b.com\"]},\"servicing\":true",
                          "", &made));
    assert_string_equal(json_text(made, "Credentials", ""), "{\"a\":1}");
    assert_true(json_bool(made, "IgnoreFlushesDuringBoot", false));
    assert_same(json_member(made, "AssignedDevices"), devices, "devices");
    assert_same(json_member(made, "EndpointList"), endpoints, "endpoints");
    assert_string_equal(json_text(made, "NetworkSharedContainerName", ""), "other");
    assert_string_equal(json_text(made, "DNSSearchList", ""), "a.com,b.com");
    assert_null(json_member(made, "AllowUnqualifiedDNSQuery"));
    assert_null(json_member(made, "Servicing"));
}

static void a_utility_vm_in_the_configuration_is_used_too(void **state)
{
    cleanup_json cJSON *config =
        parsed("{\"windows\":{" LAYERS ",\"hyperv\":{\"utilityVMPath\":\"D:\\\\uvm\"}}}");
    cleanup_json cJSON *made = NULL;
    cJSON *none = NULL;
    system_facts without = facts;

    (void)state;
    without.utility_vm = NULL;
    assert_ok(&err, system_document_new(SCHEMA_V1, config, &without, &made, &err));
    assert_string_equal(json_text(json_member(made, "HvRuntime"), "ImagePath", ""), "D:\\uvm");
    assert_null(json_member(made, "VolumePath"));
    cJSON_DeleteItemFromObject(
        cJSON_GetObjectItem(cJSON_GetObjectItem(config, "windows"), "hyperv"), "utilityVMPath");
    assert_int_equal(system_document_new(SCHEMA_V1, config, &without, &none, &err),
                     WCOW_UNSUPPORTED);
}

static void what_windows_cannot_do_is_refused_by_name(void **state)
{
    static const struct {
        const char *windows, *rest, *message;
    } configs[] = {
        {"", ",\"root\":{\"readonly\":true}",
         "config.json: root.readonly cannot be had with Windows"},
        {"", ",\"mounts\":[{\"type\":\"tmpfs\",\"source\":\"x\",\"destination\":\"y\"}]",
         "config.json: mounts[].type must not be set for Windows"},
        {"", ",\"mounts\":[{\"destination\":\"y\"}]",
         "config.json: mounts[] needs a source and a destination"},
        {",\"resources\":{\"cpu\":{\"shares\":10001}}", "",
         "config.json: windows.resources.cpu.shares is not a whole number in its range"},
        {",\"resources\":{\"memory\":{\"limit\":\"1g\"}}", "",
         "config.json: windows.resources.memory.limit is not a whole number in its range"},
        {",\"resources\":{\"cpu\":{\"count\":-1}}", "",
         "config.json: windows.resources.cpu.count is not a whole number in its range"},
        {",\"hyperv\":{}", ",\"root\":{\"path\":\"\\\\\\\\?\\\\Volume{x}\\\\\"}",
         "config.json: root.path must not be set for Hyper-V isolation"},
        {",\"hyperv\":{},\"devices\":[{\"id\":\"g\",\"idType\":\"class\"}]", "",
         "config.json: windows.devices cannot be assigned with Hyper-V isolation"},
        {",\"devices\":[{\"id\":\"g\",\"idType\":\"vpci-location-path\"}]", "",
         "config.json: windows.devices[].idType must be 'class'"},
        {",\"network\":{\"endpointList\":\"e\"}", "",
         "config.json: windows.network.endpointList is not a list of ids"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(configs) / sizeof(configs[0]); i++) {
        cJSON *made = NULL;

        assert_fails(&err, WCOW_INVALID, configs[i].message,
                     document_of(configs[i].windows, configs[i].rest, &made));
        assert_null(made);
    }
}

static void layers_must_fit_the_configuration(void **state)
{
    cleanup_json cJSON *config = parsed("{\"windows\":{" LAYERS "}}");
    cleanup_json cJSON *linux_config = parsed("{\"linux\":{}}");
    cleanup_json cJSON *short_config = parsed("{\"windows\":{\"layerFolders\":[\"C:\\\\s\"]}}");
    system_facts one = facts;
    cJSON *made = NULL;

    (void)state;
    one.layer_count = 1;
    assert_int_equal(system_document_new(SCHEMA_V1, config, &one, &made, &err), WCOW_INVALID);
    assert_fails(&err, WCOW_INVALID,
                 "config.json: windows is missing: this is no Windows container",
                 system_document_new(SCHEMA_V1, linux_config, &facts, &made, &err));
    assert_int_equal(system_document_new(SCHEMA_V1, short_config, &facts, &made, &err),
                     WCOW_INVALID);
    one = facts;
    one.volume_path = NULL;
    assert_fails(&err, WCOW_INVALID,
                 "config.json: root.path is missing: the volume of the container",
                 system_document_new(SCHEMA_V1, config, &one, &made, &err));
    assert_null(made);
}

static void a_console_takes_the_place_of_the_error_stream(void **state)
{
    cleanup_json cJSON *process =
        parsed("{\"terminal\":true,\"args\":[\"cmd\",\"a "
               "b\",\"\"],\"cwd\":\"\",\"consoleSize\":{\"width\":"
               "120,\"height\":40},\"user\":{\"username\":\"ContainerUser\"}}");
    cleanup_json cJSON *expected =
        parsed("{\"CommandLine\":\"cmd \\\"a b\\\" \\\"\\\"\",\"User\":\"ContainerUser\","
               "\"EmulateConsole\":true,\"CreateStdInPipe\":true,\"CreateStdOutPipe\":true,"
               "\"ConsoleSize\":[40,120]}");
    cleanup_json cJSON *made = NULL;

    (void)state;
    assert_ok(&err, process_document_new(SCHEMA_V1, process, NULL, &made, &err));
    assert_same(made, expected, "console");
}

static void a_command_line_is_passed_as_it_is(void **state)
{
    cleanup_json cJSON *process =
        parsed("{\"commandLine\":\"cmd /S /C \\\"echo \\\"hi\\\"\\\"\",\"args\":[\"ignored\"],"
               "\"cwd\":\"C:\\\\\"}");
    cleanup_json cJSON *made = NULL;

    (void)state;
    assert_ok(&err, process_document_new(SCHEMA_V1, process, NULL, &made, &err));
    assert_string_equal(json_text(made, "CommandLine", ""), "cmd /S /C \"echo \"hi\"\"");
    assert_string_equal(json_text(made, "WorkingDirectory", ""), "C:\\");
}

static void the_last_of_two_variables_wins(void **state)
{
    cleanup_json cJSON *process =
        parsed("{\"args\":[\"x\"],\"env\":[\"A=1\",\"B=\",\"A=2=3\",\"novalue\",\"=C:=C:\\\\x\"]}");
    cleanup_json cJSON *expected = parsed("{\"A\":\"2=3\",\"B\":\"\"}");
    cleanup_json cJSON *made = NULL;

    (void)state;
    assert_ok(&err, process_document_new(SCHEMA_V1, process, NULL, &made, &err));
    assert_same(json_member(made, "Environment"), expected, "environment");
}

static void a_process_needs_a_command(void **state)
{
    static const char *const bad[] = {"{}", "{\"args\":[]}", "{\"args\":[1]}",
                                      "{\"args\":[\"x\"],\"env\":{}}"};

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        cleanup_json cJSON *process = parsed(bad[i]);
        cJSON *made = NULL;

        assert_int_equal(process_document_new(SCHEMA_V1, process, NULL, &made, &err), WCOW_INVALID);
        assert_null(made);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_documents_are_those_of_the_reference_clients),
        cmocka_unit_test(the_process_documents_are_those_of_the_reference_clients),
        cmocka_unit_test(every_limit_has_its_member),
        cmocka_unit_test(more_processors_than_the_host_has_are_cut),
        cmocka_unit_test(what_is_zero_or_empty_is_left_out),
        cmocka_unit_test(mounts_keep_their_order_and_pipes_go_apart),
        cmocka_unit_test(the_rest_of_the_windows_section_is_passed_on),
        cmocka_unit_test(a_utility_vm_in_the_configuration_is_used_too),
        cmocka_unit_test(what_windows_cannot_do_is_refused_by_name),
        cmocka_unit_test(layers_must_fit_the_configuration),
        cmocka_unit_test(a_console_takes_the_place_of_the_error_stream),
        cmocka_unit_test(a_command_line_is_passed_as_it_is),
        cmocka_unit_test(the_last_of_two_variables_wins),
        cmocka_unit_test(a_process_needs_a_command),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
