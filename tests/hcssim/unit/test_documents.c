/* SPDX-License-Identifier: MIT */
/* Documents: what reference clients send passes, what is wrong is refused by name. */
#include "support.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/hcssim/engine/documents.h"

#define INVALID_JSON ((int32_t)0xC037010D)

/* data/documents/CALL.BUILD.NUMBER.json: as captured from Docker Engine 29.7.2 and from hcsshim. */
static const struct {
    const char *call;
    const field *schema;
} schemas[] = {
    {"HcsCreateComputeSystem", NULL},
    {"HcsCreateProcess", schema_process},
    {"HcsEnumerateComputeSystems", schema_enumerate},
    {"HcsGetComputeSystemProperties", schema_query},
    {"HcsModifyComputeSystem", schema_modify_v2},
    {"HcsModifyProcess", schema_modify_process},
    {"HcsSignalProcess", schema_signal},
};

static const field *schema_of(const char *name, const char *content)
{
    for (size_t i = 0; i < sizeof(schemas) / sizeof(schemas[0]); i++)
        if (text_starts_with(name, schemas[i].call)) {
            if (schemas[i].schema)
                return schemas[i].schema;
            return strstr(content, "SchemaVersion") ? schema_system_v2 : schema_container_v1;
        }
    return NULL;
}

static char *read_document(const char *name)
{
    cleanup_free char *path = text_format("data/documents/%s", name);
    FILE *file = fopen(path, "rb");
    char buffer[16384];
    size_t got;

    assert_non_null(file);
    got = fread(buffer, 1, sizeof(buffer) - 1, file);
    fclose(file);
    return text_copy_bytes(buffer, got);
}

static void what_reference_clients_send_is_accepted(void **state)
{
    DIR *folder = opendir("data/documents");
    const struct dirent *entry;
    size_t count = 0;

    (void)state;
    assert_non_null(folder);
    while ((entry = readdir(folder))) {
        cleanup_free char *content = NULL;
        cleanup_json cJSON *document = NULL;
        refusal why = {0};
        const char *build = strchr(entry->d_name, '.');

        if (entry->d_name[0] == '.')
            continue;
        content = read_document(entry->d_name);
        document_read(content, schema_of(entry->d_name, content), false, (uint32_t)atoi(build + 1),
                      &document, &why);
        if (why.hr)
            fprintf(stderr, "%s: %s\n", entry->d_name, why.message);
        assert_int_equal(why.hr, 0);
        count++;
    }
    closedir(folder);
    assert_true(count >= 20);
}

static void members_that_do_not_belong_are_named(void **state)
{
    static const struct {
        const char *more;
        int32_t hr;
        const char *named;
    } cases[] = {
        {",\"Foo\":1", INVALID_JSON, "Unknown member 'Foo' in the document"},
        {",\"HostName\":7", INVALID_JSON, "'HostName'"},
        {",\"hostname\":\"x\"", INVALID_JSON, "'hostname'"},
        {",\"MemoryMaximumInMB\":\"512\"", INVALID_JSON, "'MemoryMaximumInMB'"},
        {",\"MemoryMaximumInMB\":1.5", INVALID_JSON, "'MemoryMaximumInMB'"},
        {",\"MemoryMaximumInMB\":-1", INVALID_JSON, "'MemoryMaximumInMB'"},
        {",\"ProcessorMaximum\":10001", HR_FROM_WIN32(87), "'ProcessorMaximum'"},
        {",\"EndpointList\":[\"x\"]", INVALID_JSON, "'x' in member 'EndpointList'"},
        {",\"EndpointList\":{}", INVALID_JSON, "'EndpointList'"},
        {",\"MappedDirectories\":[{\"HostPath\":\"/tmp\"}]", INVALID_JSON, "'ContainerPath'"},
        {",\"MappedDirectories\":[{\"HostPath\":\"/tmp\",\"ContainerPath\":\"C:\\\\x\",\"X\":1}]",
         INVALID_JSON, "Unknown member 'X' in MappedDirectories[0]"},
        {",\"MappedDirectories\":[{\"HostPath\":\"/no/where\",\"ContainerPath\":\"C:\\\\x\"}]",
         HR_FROM_WIN32(3), "/no/where"},
        {",\"MappedDirectories\":[{\"HostPath\":\"/tmp\",\"ContainerPath\":\"x\"}]",
         HR_FROM_WIN32(87), "'x'"},
        {",\"HvRuntime\":{\"ImagePath\":\"/tmp\"}", HR_FROM_WIN32(87), "'HvRuntime'"},
        {",\"ContainerType\":\"Linux\"", HR_FROM_WIN32(50), "Linux"},
    };
    fixture *f = *state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        cleanup_free char *document = process_document(f, "web", cases[i].more);
        cleanup_json cJSON *result = NULL;
        hcs_system *system = NULL;
        const cJSON *event;

        assert_int_equal(create(f, "web", document, &system), cases[i].hr);
        assert_null(system);
        result = cJSON_Parse(f->result);
        event = cJSON_GetArrayItem(json_member(result, "ErrorEvents"), 0);
        assert_non_null(strstr(json_text(event, "Message", ""), cases[i].named));
        assert_int_equal(json_integer(result, "Error", 0), cases[i].hr);
    }
}

static void a_folder_can_be_mapped_to_a_drive(void **state)
{
    static const struct {
        const char *inside;
        bool good;
    } cases[] = {{"d:", true}, {"D:\\\\", true}, {"c:", false}, {"d:x", false}, {"1:", false}};
    fixture *f = *state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        cleanup_free char *more =
            text_format(",\"MappedDirectories\":[{\"HostPath\":\"/tmp\",\"ContainerPath\":\"%s\"}]",
                        cases[i].inside);
        cleanup_free char *document = process_document(f, "web", more);
        hcs_system *system = NULL;

        assert_int_equal(create(f, "web", document, &system),
                         cases[i].good ? PENDING : HR_FROM_WIN32(87));
        if (system)
            end_system(f, system);
    }
}

/* A whole document with a part replaced. */
static char *replaced(char *document, const char *from, const char *to)
{
    char *at = strstr(document, from);
    char *out;

    assert_non_null(at);
    out = text_format("%.*s%s%s", (int)(at - document), document, to, at + strlen(from));
    free(document);
    return out;
}

static void expect(fixture *f, char *document, int32_t hr, const char *named)
{
    hcs_system *system = NULL;

    assert_int_equal(create(f, "web", document, &system), hr);
    assert_null(system);
    assert_non_null(f->result);
    assert_non_null(strstr(f->result, named));
    free(document);
}

static void layers_and_volume_are_checked(void **state)
{
    fixture *f = *state;
    cleanup_free char *parent = text_format("\"Path\":\"%s\"", f->host->upper);

    expect(f, replaced(process_document(f, "web", ""), parent, "\"Path\":\"/no/where\""),
           HR_FROM_WIN32(3), "/no/where");
    expect(f, replaced(process_document(f, "web", ""), "\"ID\":\"", "\"ID\":\"0"), INVALID_JSON,
           "'ID'");
    expect(f,
           replaced(process_document(f, "web", ""), "Volume{",
                    "Volume{00000000-0000-4000-8000-000000000000}\",\"HostName\":\"{"),
           HR_FROM_WIN32(3), "VolumePath");
    expect(f, replaced(process_document(f, "web", ""), "\"VolumePath\"", "\"HostName\""),
           HR_FROM_WIN32(87), "VolumePath");
    expect(f, replaced(process_document(f, "web", ""), f->scratch, "/tmp"), HR_FROM_WIN32(87),
           "LayerFolderPath");
    f->storage->unprepare_layer(f->storage, f->scratch);
    expect(f, process_document(f, "web", ""), HR_FROM_WIN32(21), "not prepared");
    f->storage->deactivate_layer(f->storage, f->scratch);
    expect(f, process_document(f, "web", ""), HR_FROM_WIN32(3), "VolumePath");
}

static void a_layer_id_must_be_that_of_its_folder(void **state)
{
    fixture *f = *state;
    char *document = process_document(f, "web", "");
    char *id = strstr(document, "\"ID\":\"") + 6;

    id[0] = id[0] == 'a' ? 'b' : 'a';
    expect(f, document, (int32_t)0xC0370112, "identifier");
}

static void a_volume_with_its_last_separator_is_the_same(void **state)
{
    fixture *f = *state;
    cleanup_free char *document = replaced(process_document(f, "web", ""), "}\",\"LayerFolderPath",
                                           "}\\\\\",\"LayerFolderPath");
    hcs_system *system = NULL;

    assert_int_equal(create(f, "web", document, &system), PENDING);
    end_system(f, system);
}

static void isolations_do_not_mix(void **state)
{
    fixture *f = *state;
    char *volume = text_format("\"HvPartition\":true,\"VolumePath\":\"x\",");

    expect(f, replaced(hyperv_document(f, "web", ""), "\"HvPartition\":true,", volume),
           HR_FROM_WIN32(87), "VolumePath");
    free(volume);
    expect(f,
           replaced(hyperv_document(f, "web", ""), "\"ImagePath\"", "\"SkipTemplate\":true,\"X\""),
           INVALID_JSON, "'X'");
    expect(f, replaced(hyperv_document(f, "web", ""), "\"LayerFolderPath\"", "\"HostName\""),
           HR_FROM_WIN32(87), "LayerFolderPath");
    expect(f, replaced(hyperv_document(f, "web", ""), "/UtilityVM", "/Nothing"), HR_FROM_WIN32(3),
           "ImagePath");
    expect(f, replaced(hyperv_document(f, "web", ""), f->scratch, f->host->folder),
           HR_FROM_WIN32(2), "sandbox.vhdx");
}

static void an_attached_scratch_cannot_go_to_a_vm(void **state)
{
    fixture *f = *state;
    cleanup_free char *document = hyperv_document(f, "vm", "");
    sim_options options = {.synchronous = true};
    hcs_system *system = NULL;

    fixture_restart(f, &options);
    free(document);
    document = hyperv_document(f, "vm", "");
    assert_int_equal(create(f, "vm", document, &system), HR_OK);
    assert_int_equal(f->hcs->start_system(f->hcs, system, "", NULL), HR_FROM_WIN32(32));
    end_system(f, system);
}

static void members_of_later_builds_are_unknown_to_earlier_ones(void **state)
{
    static const char pipes[] =
        ",\"MappedPipes\":[{\"HostPath\":\"x\",\"ContainerPipeName\":\"y\"}]";
    fixture *f = *state;
    sim_options old = {.build = 14393};
    cleanup_free char *document = process_document(f, "web", pipes);
    hcs_system *system = NULL;

    assert_int_equal(create(f, "web", document, &system), PENDING);
    end_system(f, system);
    fixture_restart(f, &old);
    expect(f, process_document(f, "web", pipes), INVALID_JSON, "'MappedPipes'");
    expect(f,
           text_copy("{\"SchemaVersion\":{\"Major\":2,\"Minor\":1},\"VirtualMachine\":"
                     "{\"Chipset\":{}}}"),
           INVALID_JSON, "SchemaVersion");
}

static void schema_2_containers_run(void **state)
{
    fixture *f = *state;
    cleanup_free char *first = process_document(f, "web", "");
    cleanup_json cJSON *v1 = cJSON_Parse(first);
    cleanup_json cJSON *v2 =
        cJSON_Parse("{\"Owner\":\"wcow\",\"SchemaVersion\":{\"Major\":2,\"Minor\":1},\"Container\":"
                    "{\"Storage\":"
                    "{\"Layers\":[]}},\"ShouldTerminateOnLastHandleClosed\":true}");
    cJSON *storage = cJSON_GetObjectItem(cJSON_GetObjectItem(v2, "Container"), "Storage");
    cleanup_free char *document = NULL;
    hcs_system *system = NULL;
    hcs_process *process = NULL;
    hcs_process_io io = {0};
    hcs_registration *registration = NULL;
    const cJSON *layer;

    cJSON_ArrayForEach (layer, json_member(v1, "Layers")) {
        cJSON *item = cJSON_CreateObject();

        json_add_text(item, "Id", json_text(layer, "ID", ""));
        json_add_text(item, "Path", json_text(layer, "Path", ""));
        json_append(cJSON_GetObjectItem(storage, "Layers"), item);
    }
    json_add_text(storage, "Path", json_text(v1, "VolumePath", ""));
    document = json_print(v2);
    assert_int_equal(create(f, "web", document, &system), PENDING);
    assert_int_equal(
        f->hcs->register_system(f->hcs, system, heard_callback, &f->heard, &registration), HR_OK);
    assert_int_equal(heard_wait_for(&f->heard, HCS_SYSTEM_CREATE_COMPLETED), HR_OK);
    assert_int_equal(f->hcs->start_system(f->hcs, system, "", NULL), PENDING);
    assert_int_equal(heard_wait_for(&f->heard, HCS_SYSTEM_START_COMPLETED), HR_OK);
    assert_int_equal(run_process(f, system, "exit 5", &io, &process), HR_OK);
    assert_int_equal(exit_code(f, process), 5);
    io_free(&io);
    f->hcs->close_process(f->hcs, process);
    f->hcs->unregister_system(f->hcs, registration);
    end_system(f, system);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_folder_can_be_mapped_to_a_drive),
        TEST(what_reference_clients_send_is_accepted),
        TEST(members_that_do_not_belong_are_named),
        TEST(layers_and_volume_are_checked),
        TEST(a_layer_id_must_be_that_of_its_folder),
        TEST(a_volume_with_its_last_separator_is_the_same),
        TEST(isolations_do_not_mix),
        TEST(an_attached_scratch_cannot_go_to_a_vm),
        TEST(members_of_later_builds_are_unknown_to_earlier_ones),
        TEST(schema_2_containers_run),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
