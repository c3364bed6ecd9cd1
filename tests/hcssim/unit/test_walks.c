/* SPDX-License-Identifier: MIT */
/* Whole walks of other clients than wcow: what Docker and hcsshim do works here. */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* ---- hcsshim's transport folder ---- */

static char *read_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    text out = TEXT_INIT;
    char buffer[65536];
    size_t got;

    assert_non_null(file);
    while ((got = fread(buffer, 1, sizeof(buffer), file)) > 0)
        text_add_bytes(&out, buffer, got);
    fclose(file);
    return text_take(&out);
}

static int digit(char c)
{
    return c <= '9' ? c - '0' : c - 'a' + 10;
}

/* Files beyond 4 KiB come without their bytes: attributes alone stand in for them. */
static void put_vector(const char *folder, const cJSON *item)
{
    cleanup_free char *path = text_format("%s/%s", folder, json_text(item, "path", ""));
    const char *hex = json_text(item, "hex", "21000000");
    FILE *file;

    for (char *at = path; *at; at++)
        if (*at == '\\')
            *at = '/';
    if (json_bool(item, "directory", false)) {
        assert_int_equal(mkdir(path, 0700), 0);
        return;
    }
    file = fopen(path, "wb");
    assert_non_null(file);
    for (; *hex; hex += 2)
        fputc(digit(hex[0]) << 4 | digit(hex[1]), file);
    fclose(file);
}

static void the_transport_folder_of_hcsshim_is_imported(void **state)
{
    fixture *f = *state;
    cleanup_free char *content = read_file("data/transport.json");
    cleanup_json cJSON *vector = cJSON_Parse(content);
    cleanup_free char *folder = text_format("%s/transport", f->host->folder);
    cleanup_free char *layer = text_format("%s/diff", f->host->folder);
    cleanup_free char *data = text_format("%s/Files/app/data.txt", layer);
    cleanup_free char *hive = text_format("%s/Hives/Software_Delta", layer);
    layer_descriptor parents[2];
    const cJSON *item;
    struct stat found;

    assert_int_equal(mkdir(folder, 0700), 0);
    cJSON_ArrayForEach (item, vector)
        put_vector(folder, item);
    parents_of(f, parents);
    assert_int_equal(f->storage->import_layer(f->storage, layer, folder, parents, 2), HR_OK);
    assert_int_equal(stat(data, &found), 0);
    assert_int_equal(found.st_size, 5);
    assert_int_equal(stat(hive, &found), 0);
    assert_int_equal(found.st_size, 4096);
}

/* ---- Docker ---- */

typedef struct client {
    sim *sim;
    uint64_t session;
    cJSON *reply; /* of the last call */
} client;

static void hear_nothing(void *context, uint64_t callback, uint32_t type, int32_t hr,
                         const char *data)
{
    (void)context;
    (void)callback;
    (void)type;
    (void)hr;
    (void)data;
}

/* Members of the request as JSON without the braces. */
static int32_t call(client *c, const char *name, const char *members)
{
    cleanup_free char *content =
        text_format("{\"call\":\"%s\"%s%s}", name, *members ? "," : "", members);
    cleanup_json cJSON *request = cJSON_Parse(content);

    assert_non_null(request);
    cJSON_Delete(c->reply);
    c->reply = sim_call(c->sim, c->session, request);
    return (int32_t)json_integer(c->reply, "hr", -1);
}

static int32_t call_driver(client *c, const char *name, const char *id, const char *more)
{
    cleanup_free char *members =
        text_format("\"driver\":{\"flavour\":1,\"home\":\"\"},\"id\":\"%s\"%s", id, more);

    return call(c, name, members);
}

/* The order of Docker Engine 29.7.2 for a process-isolated container without a network. */
static void docker_runs_a_container(void **state)
{
    fixture *f = *state;
    sim_options options = {.synchronous = true};
    client c = {0};
    cleanup_free char *parents = NULL;
    cleanup_free char *scratch = NULL;
    cleanup_free char *document = NULL;
    cleanup_free char *members = NULL;
    cleanup_free char *by_system = NULL;
    char guid_text[2][GUID_TEXT_SIZE];
    layer_descriptor layers[2];
    char *volume;
    int64_t process;

    fixture_restart(f, &options);
    c.sim = f->host->sim;
    c.session = sim_session_open(c.sim, 420, hear_nothing, NULL);
    parents_of(f, layers);
    for (size_t i = 0; i < 2; i++)
        guid_print(&layers[i].id, guid_text[i]);
    parents = text_format(",\"parents\":[{\"id\":\"%s\",\"flags\":0,\"path\":\"%s\"},"
                          "{\"id\":\"%s\",\"flags\":0,\"path\":\"%s\"}]",
                          guid_text[0], layers[0].path, guid_text[1], layers[1].path);
    scratch = text_format("%s/89e6f7", f->host->folder);

    assert_int_equal(call_driver(&c, "CreateSandboxLayer", scratch, parents), HR_OK);
    assert_int_equal(call_driver(&c, "ActivateLayer", scratch, ""), HR_OK);
    assert_int_equal(call_driver(&c, "PrepareLayer", scratch, parents), HR_OK);
    assert_int_equal(call_driver(&c, "GetLayerMountPath", scratch, ""), HR_OK);
    volume = text_copy(json_text(c.reply, "path", NULL));

    document = text_format(
        "{\"SystemType\":\"Container\",\"Name\":\"89e6f7\",\"Owner\":\"docker\",\"VolumePath\":"
        "\"\\\\"
        "\\\\?\\\\%s\",\"IgnoreFlushesDuringBoot\":true,\"LayerFolderPath\":\"%s\",\"Layers\":"
        "[{\"ID\":\"%s\",\"Path\":\"%s\"},{\"ID\":\"%s\",\"Path\":\"%s\"}],"
        "\"MemoryMaximumInMB\":512,\"HostName\":\"dk\",\"MappedDirectories\":[{\"HostPath\":\"%s\","
        "\"ContainerPath\":\"c:\\\\data\",\"ReadOnly\":true,\"BandwidthMaximum\":0,\"IOPSMaximum\":"
        "0"
        ",\"CreateInUtilityVM\":false}],\"HvPartition\":false,\"AllowUnqualifiedDNSQuery\":true}",
        volume + 4, scratch, guid_text[0], layers[0].path, guid_text[1], layers[1].path,
        f->host->folder);
    free(volume);
    {
        cleanup_json cJSON *quoted = cJSON_CreateString(document);
        cleanup_free char *printed = json_print(quoted);

        members = text_format("\"id\":\"89e6f7\",\"configuration\":%s", printed);
    }
    assert_int_equal(call(&c, "HcsCreateComputeSystem", members), HR_OK);
    by_system = text_format("\"system\":%d", (int)json_integer(c.reply, "system", 0));
    assert_int_equal(call(&c, "HcsRegisterComputeSystemCallback", by_system), HR_OK);
    free(members);
    members = text_format("%s,\"propertyQuery\":\"{}\"", by_system);
    assert_int_equal(call(&c, "HcsGetComputeSystemProperties", members), HR_OK);
    assert_non_null(strstr(json_text(c.reply, "properties", ""), "\"docker\""));
    assert_int_equal(call(&c, "HcsStartComputeSystem", by_system), HR_OK);
    free(members);
    members =
        text_format("%s,\"processParameters\":\"{\\\"CommandLine\\\":\\\"cmd /c echo hi\\\","
                    "\\\"WorkingDirectory\\\":\\\"C:\\\\\\\\\\\",\\\"ConsoleSize\\\":[0,0]}\"",
                    by_system);
    assert_int_equal(call(&c, "HcsCreateProcess", members), HR_OK);
    process = json_integer(c.reply, "process", 0);
    free(members);
    members = text_format("\"process\":%d", (int)process);
    assert_int_equal(call(&c, "HcsCloseProcess", members), HR_OK);
    assert_int_equal(call(&c, "HcsShutdownComputeSystem", by_system), HR_OK);
    assert_int_equal(call(&c, "HcsCloseComputeSystem", by_system), HR_OK);
    assert_int_equal(call_driver(&c, "UnprepareLayer", scratch, ""), HR_OK);
    assert_int_equal(call_driver(&c, "DeactivateLayer", scratch, ""), HR_OK);
    assert_int_equal(call(&c, "HcsEnumerateComputeSystems", "\"query\":\"{}\""), HR_OK);
    assert_string_equal(json_text(c.reply, "computeSystems", ""), "[]");
    assert_int_equal(call_driver(&c, "DestroyLayer", scratch, ""), HR_OK);
    cJSON_Delete(c.reply);
    sim_session_close(c.sim, c.session);
}

static void docker_makes_layers_by_name(void **state)
{
    fixture *f = *state;
    client c = {.sim = f->host->sim};
    cleanup_free char *members =
        text_format("\"driver\":{\"flavour\":1,\"home\":\"%s\"},\"id\":\"7b8ae9\",\"parent\":\"\"",
                    f->host->folder);
    cleanup_free char *child = text_format(
        "\"driver\":{\"flavour\":1,\"home\":\"%s\"},\"id\":\"047078\",\"parent\":\"7b8ae9\"",
        f->host->folder);
    cleanup_free char *orphan =
        text_format("\"driver\":{\"flavour\":1,\"home\":\"%s\"},\"id\":\"x\",\"parent\":\"nobody\"",
                    f->host->folder);

    c.session = sim_session_open(c.sim, 420, hear_nothing, NULL);
    assert_int_equal(call(&c, "CreateLayer", members), HR_OK);
    assert_int_equal(call(&c, "CreateLayer", members), HR_FROM_WIN32(183));
    assert_int_equal(call(&c, "CreateLayer", child), HR_OK);
    assert_int_equal(call(&c, "CreateLayer", orphan), HR_FROM_WIN32(3));
    assert_int_equal(call(&c, "NoSuchExport", ""), HR_FROM_WIN32(127));
    assert_int_equal(call(&c, "GetBaseImages", ""), HR_OK);
    assert_string_equal(json_text(c.reply, "images", ""), "{\"Images\":[]}");
    cJSON_Delete(c.reply);
    sim_session_close(c.sim, c.session);
}

static void layers_are_copied_and_opened_to_vms(void **state)
{
    fixture *f = *state;
    client c = {.sim = f->host->sim};
    layer_descriptor layers[2];
    char id[GUID_TEXT_SIZE];
    cleanup_free char *copy = NULL;
    cleanup_free char *grant = text_format("\"vm\":\"web\",\"path\":\"%s/layout\"", f->host->base);

    c.session = sim_session_open(c.sim, 420, hear_nothing, NULL);
    parents_of(f, layers);
    guid_print(&layers[1].id, id);
    copy = text_format("\"driver\":{\"flavour\":1,\"home\":\"%s\"},\"source\":\"upper\","
                       "\"destination\":\"copy\",\"parents\":[{\"id\":\"%s\",\"flags\":0,"
                       "\"path\":\"%s\"}]",
                       f->host->folder, id, layers[1].path);
    assert_int_equal(call(&c, "CopyLayer", copy), HR_OK);
    assert_int_equal(call(&c, "CopyLayer", copy), HR_FROM_WIN32(183));
    assert_int_equal(call(&c, "GrantVmAccess", grant), HR_OK);
    assert_int_equal(call(&c, "GrantVmAccess", "\"vm\":\"web\",\"path\":\"/no/where\""),
                     HR_FROM_WIN32(2));
    assert_int_equal(call(&c, "HcsModifyServiceSettings",
                          "\"settings\":\"{\\\"PropertyType\\\":\\\"CpuGroup\\\"}\""),
                     HR_OK);
    assert_int_equal(call(&c, "HcsModifyServiceSettings", "\"settings\":\"{}\""),
                     (int32_t)0xC037010D);
    cJSON_Delete(c.reply);
    sim_session_close(c.sim, c.session);
}

static int32_t change_guard(client *c, const char *settings)
{
    cleanup_json cJSON *words = cJSON_CreateString(settings);
    cleanup_free char *quoted = json_print(words);
    cleanup_free char *members = text_format("\"settings\":%s", quoted);

    return call(c, "HcsModifyServiceSettings", members);
}

/* As hcsshim asks; what it never asks is refused. */
static void the_credential_guard_keeps_instances(void **state)
{
#define GUARD(settings) "{\"PropertyType\":\"ContainerCredentialGuard\",\"Settings\":" settings "}"
#define ADD(details)    GUARD("{\"Operation\":\"AddInstance\",\"OperationDetails\":" details "}")
    static const char add[] =
        ADD("{\"Id\":\"a\",\"CredentialSpec\":\"{}\",\"Transport\":\"LRPC\"}");
    static const char take[] =
        GUARD("{\"Operation\":\"RemoveInstance\",\"OperationDetails\":{\"Id\":\"a\"}}");
    static const struct {
        const char *settings;
        int32_t hr;
    } steps[] = {
        {take, HR_NOT_FOUND},
        {add, HR_OK},
        {add, HR_ALREADY_EXISTS},
        {take, HR_OK},
        {GUARD("{}"), (int32_t)0xC037010D},
        {ADD("{\"Id\":\"b\",\"CredentialSpec\":\"{}\"}"), (int32_t)0xC037010D},
        {ADD("{\"Id\":\"b\",\"CredentialSpec\":\"{}\",\"Transport\":\"TCP\"}"),
         (int32_t)0xC037010D},
        {ADD("{\"Id\":\"b\",\"CredentialSpec\":\"x\",\"Transport\":\"LRPC\"}"),
         HR_INVALID_PARAMETER},
        {ADD("{\"Id\":\"b\",\"Other\":1,\"CredentialSpec\":\"{}\",\"Transport\":\"LRPC\"}"),
         (int32_t)0xC037010D},
    };
#undef ADD
#undef GUARD
    fixture *f = *state;
    client c = {.sim = f->host->sim};

    c.session = sim_session_open(c.sim, 420, hear_nothing, NULL);
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
        assert_int_equal(change_guard(&c, steps[i].settings), steps[i].hr);
    cJSON_Delete(c.reply);
    sim_session_close(c.sim, c.session);
}

/* The streams were given out with the process: whoever asks again gets the pid alone. */
static void streams_are_given_out_once(void **state)
{
    fixture *f = *state;
    client c = {.sim = f->host->sim};
    hcs_system *system = run_system(f, "web");
    hcs_process *process = NULL;
    hcs_process_io io = {0};
    cleanup_free char *opened = NULL;
    cleanup_free char *asked = NULL;
    const cJSON *info;

    assert_int_equal(run_process(f, system, "wait", &io, &process), HR_OK);
    c.session = sim_session_open(c.sim, 420, hear_nothing, NULL);
    assert_int_equal(call(&c, "HcsOpenComputeSystem", "\"id\":\"web\""), HR_OK);
    opened =
        text_format("\"system\":%d,\"pid\":%u", (int)json_integer(c.reply, "system", 0), io.pid);
    assert_int_equal(call(&c, "HcsOpenProcess", opened), HR_OK);
    asked = text_format("\"process\":%d", (int)json_integer(c.reply, "process", 0));
    assert_int_equal(call(&c, "HcsGetProcessInfo", asked), HR_OK);
    info = json_member(c.reply, "info");
    assert_int_equal(json_integer(info, "pid", 0), io.pid);
    assert_int_equal(json_integer(info, "out", -1), 0);
    assert_int_equal(call(&c, "HcsCloseProcess", asked), HR_OK);
    *strchr(opened, ',') = 0;
    assert_int_equal(call(&c, "HcsCloseComputeSystem", opened), HR_OK);
    cJSON_Delete(c.reply);
    sim_session_close(c.sim, c.session);
    io_free(&io);
    f->hcs->close_process(f->hcs, process);
    end_system(f, system);
}

/* ---- hcsshim, Hyper-V isolation by schema 2 ---- */

static hcs_system *create_v2(fixture *f, const char *id, const char *document)
{
    hcs_system *system = NULL;

    assert_int_equal(create(f, id, document, &system), HR_OK);
    return system;
}

static void a_container_lives_in_its_utility_vm(void **state)
{
    fixture *f = *state;
    sim_options options = {.synchronous = true, .build = 17763};
    cleanup_free char *machine = NULL;
    hcs_system *vm;
    hcs_system *inside;
    hcs_process *process = NULL;
    hcs_process_io io = {0};
    hcs_registration *registration = NULL;
    cJSON *answer;
    static const char hosted[] =
        "{\"Owner\":\"runhcs\",\"SchemaVersion\":{\"Major\":2,\"Minor\":1},\"HostingSystemId\":"
        "\"web@vm\",\"HostedSystem\":{\"SchemaVersion\":{\"Major\":2,\"Minor\":1},\"Container\":{"
        "\"GuestOs\":{\"HostName\":\"h\"},\"Storage\":{\"Layers\":[],\"Path\":\"C:\\\\c\\\\1\"}}},"
        "\"ShouldTerminateOnLastHandleClosed\":true}";
    static const char layers[] =
        "{\"GuestRequest\":{\"RequestType\":\"Add\",\"ResourceType\":\"CombinedLayers\","
        "\"Settings\":{\"ContainerRootPath\":\"C:\\\\c\\\\1\",\"Layers\":[]}}}";

    fixture_restart(f, &options);
    machine = text_format(
        "{\"Owner\":\"runhcs\",\"SchemaVersion\":{\"Major\":2,\"Minor\":1},\"VirtualMachine\":{"
        "\"StopOnReset\":true,\"Chipset\":{},\"ComputeTopology\":{\"Memory\":{\"SizeInMB\":512},"
        "\"Processor\":{\"Count\":2}},\"Devices\":{\"VirtualSmb\":{\"Shares\":[{\"Name\":\"os\","
        "\"Path\":\"%s/UtilityVM/Files\"}]}},\"GuestConnection\":{}},"
        "\"ShouldTerminateOnLastHandleClosed\":true}",
        f->host->base);
    vm = create_v2(f, "web@vm", machine);
    assert_int_equal(create(f, "web", hosted, &inside), (int32_t)0xC0370105);
    assert_int_equal(f->hcs->start_system(f->hcs, vm, "", NULL), HR_OK);
    assert_int_equal(f->hcs->modify_system(f->hcs, vm, layers, NULL), HR_OK);
    answer = properties(f, vm, "{\"PropertyTypes\":[\"GuestConnection\",\"Memory\"]}");
    assert_int_equal(json_integer(json_member(answer, "GuestConnectionInfo"), "ProtocolVersion", 0),
                     4);
    assert_string_equal(json_text(answer, "SystemType", ""), "VirtualMachine");
    cJSON_Delete(answer);

    inside = create_v2(f, "web", hosted);
    assert_int_equal(f->hcs->start_system(f->hcs, inside, "", NULL), HR_OK);
    assert_int_equal(run_process(f, inside, "stuck", &io, &process), HR_OK);
    assert_int_equal(
        f->hcs->register_system(f->hcs, inside, heard_callback, &f->heard, &registration), HR_OK);
    /* The end of the VM is the end of all in it. */
    assert_int_equal(f->hcs->terminate_system(f->hcs, vm, "", NULL), HR_OK);
    heard_wait(&f->heard, 1);
    assert_int_equal(f->heard.items[0].type, HCS_SYSTEM_EXITED);
    assert_int_equal(exit_code(f, process), 1067);
    io_free(&io);
    f->hcs->close_process(f->hcs, process);
    f->hcs->unregister_system(f->hcs, registration);
    f->hcs->close_system(f->hcs, inside);
    f->hcs->close_system(f->hcs, vm);
}

static void modify_requests_are_checked(void **state)
{
    static const struct {
        const char *request;
        int32_t hr;
    } cases[] = {
        {"{\"ResourcePath\":\"Container/Memory/SizeInMB\",\"RequestType\":\"Update\","
         "\"Settings\":512}",
         HR_OK},
        {"{\"ResourcePath\":\"Container/Memory/SizeInMB\",\"RequestType\":\"Update\","
         "\"Settings\":\"512\"}",
         (int32_t)0xC037010D},
        {"{\"ResourcePath\":\"Container/Nonsense\",\"RequestType\":\"Update\"}",
         (int32_t)0xC037010D},
        {"{\"ResourcePath\":\"VirtualMachine/Devices/Scsi/0/Attachments/1\",\"RequestType\":"
         "\"Add\"}",
         HR_FROM_WIN32(50)},
        {"{\"GuestRequest\":{\"ResourceType\":\"Network\"}}", HR_FROM_WIN32(50)},
        {"{\"GuestRequest\":{\"ResourceType\":\"Nonsense\"}}", (int32_t)0xC037010D},
    };
    fixture *f = *state;
    hcs_system *system = run_system(f, "web");

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_int_equal(f->hcs->modify_system(f->hcs, system, cases[i].request, NULL),
                         cases[i].hr);
    end_system(f, system);
}

static void the_service_says_what_it_knows(void **state)
{
    fixture *f = *state;
    cleanup_free char *answer = NULL;
    cleanup_free char *refused = NULL;
    cleanup_json cJSON *parsed = NULL;
    const cJSON *version;

    assert_int_equal(
        f->hcs->get_service_properties(
            f->hcs, "{\"PropertyTypes\":[\"Basic\",\"ProcessorTopology\"]}", &answer, NULL),
        HR_OK);
    parsed = cJSON_Parse(answer);
    version =
        cJSON_GetArrayItem(json_member(cJSON_GetArrayItem(json_member(parsed, "Properties"), 0),
                                       "SupportedSchemaVersions"),
                           1);
    assert_int_equal(json_integer(version, "Major", 0), 2);
    assert_int_equal(json_integer(version, "Minor", 0), 5);
    assert_int_equal(json_integer(cJSON_GetArrayItem(json_member(parsed, "Properties"), 1),
                                  "LogicalProcessorCount", 0),
                     2);
    assert_int_equal(
        f->hcs->get_service_properties(f->hcs, "{\"PropertyTypes\":[\"X\"]}", &refused, NULL),
        (int32_t)0xC037010D);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_transport_folder_of_hcsshim_is_imported),
        TEST(docker_runs_a_container),
        TEST(docker_makes_layers_by_name),
        TEST(layers_are_copied_and_opened_to_vms),
        TEST(the_credential_guard_keeps_instances),
        TEST(streams_are_given_out_once),
        TEST(a_container_lives_in_its_utility_vm),
        TEST(modify_requests_are_checked),
        TEST(the_service_says_what_it_knows),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
