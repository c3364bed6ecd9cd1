/* SPDX-License-Identifier: MIT */
/* The Host Compute Network: computenetwork.dll's calls over what HNSCall knows. */
#include "support.h"

#include <stdlib.h>

#define VERSION "\"SchemaVersion\":{\"Major\":2,\"Minor\":0}"
#define QUERY   "{" VERSION "}"
#define SPACE   "5c7d7bd4-1111-4000-8000-000000000001"
#define OTHER   "5c7d7bd4-1111-4000-8000-000000000002"
#define ZEROS   "00000000-0000-0000-0000-000000000000"

/* A session of its own, for calls that port/hcs.h does not have. */
static uint64_t session;

static void unheard(void *context, uint64_t callback, uint32_t type, int32_t hr, const char *data)
{
    (void)context;
    (void)callback;
    (void)type;
    (void)hr;
    (void)data;
}

static int setup(void **state)
{
    fixture *f;
    int failed = fixture_setup(state);

    f = *state;
    session = failed ? 0 : sim_session_open(f->host->sim, 1, unheard, NULL);
    return failed;
}

static int teardown(void **state)
{
    fixture *f = *state;

    assert_int_equal(sim_session_handles(f->host->sim, session), 0);
    sim_session_close(f->host->sim, session);
    return fixture_teardown(state);
}

/* Carries a call out; the reply. Members come as pairs of name and text, ended by NULL. */
static cJSON *call(fixture *f, const char *name, int64_t object, const char *const *pairs)
{
    cleanup_json cJSON *request = cJSON_CreateObject();

    json_add_text(request, "call", name);
    if (object)
        json_add_integer(request, strcmp(name, "HcnCreateEndpoint") ? "object" : "network", object);
    for (size_t i = 0; pairs[i]; i += 2)
        json_add_text(request, pairs[i], pairs[i + 1]);
    return sim_call(f->host->sim, session, request);
}

#define CALL(name, object, ...) call(f, name, object, (const char *const[]){__VA_ARGS__, NULL})
#define BARE(name, object)      call(f, name, object, (const char *const[]){NULL})

static int32_t hr_of(const cJSON *reply)
{
    return (int32_t)json_integer(reply, "hr", 1);
}

static int64_t object_of(const cJSON *reply)
{
    assert_int_equal(hr_of(reply), HR_OK);
    assert_true(json_integer(reply, "object", 0) > 0);
    return json_integer(reply, "object", 0);
}

/* What a reply has in a text, as JSON. */
static cJSON *parsed(const cJSON *reply, const char *member)
{
    return cJSON_Parse(json_text(reply, member, "null"));
}

static void close_it(fixture *f, const char *name, int64_t object)
{
    cleanup_json cJSON *reply = BARE(name, object);

    assert_int_equal(hr_of(reply), HR_OK);
}

static int64_t make_space(fixture *f, const char *id)
{
    cleanup_json cJSON *made = CALL("HcnCreateNamespace", 0, "id", id, "settings", "{" VERSION "}");

    return object_of(made);
}

static cJSON *show(fixture *f, const char *name, int64_t object)
{
    cleanup_json cJSON *reply = CALL(name, object, "query", QUERY);

    assert_int_equal(hr_of(reply), HR_OK);
    return parsed(reply, "properties");
}

static void refused_with(const cJSON *reply, uint32_t code, const char *words)
{
    cleanup_json cJSON *record = parsed(reply, "result");

    assert_int_equal((uint32_t)hr_of(reply), code);
    assert_false(json_bool(record, "Success", true));
    assert_int_equal(json_integer(record, "ErrorCode", 0), code);
    assert_string_equal(json_text(record, "Error", ""), words);
}

static void a_namespace_has_the_id_that_was_chosen(void **state)
{
    fixture *f = *state;
    int64_t space = make_space(f, SPACE);
    int64_t chosen = make_space(f, ZEROS);
    cleanup_json cJSON *shown = show(f, "HcnQueryNamespaceProperties", space);
    cleanup_json cJSON *other = show(f, "HcnQueryNamespaceProperties", chosen);
    cleanup_json cJSON *twice =
        CALL("HcnCreateNamespace", 0, "id", SPACE, "settings", "{" VERSION "}");
    cleanup_json cJSON *first = hns(f, "GET", "/namespaces/" SPACE, "");

    assert_string_equal(json_text(shown, "ID", ""), SPACE);
    assert_string_equal(json_text(shown, "Type", ""), "Host");
    assert_int_equal(cJSON_GetArraySize(json_member(shown, "Resources")), 0);
    assert_string_not_equal(json_text(other, "ID", ZEROS), ZEROS);
    assert_true(HR_FAILED(hr_of(twice)));
    assert_true(json_bool(first, "Success", false));
    close_it(f, "HcnCloseNamespace", space);
    close_it(f, "HcnCloseNamespace", chosen);
}

static void a_question_filters_by_members_of_either_version(void **state)
{
    static const struct {
        const char *filter;
        int found;
    } cases[] = {{"{\\\"ID\\\":\\\"5C7D7BD4-1111-4000-8000-000000000001\\\"}", 1},
                 {"{\\\"ID\\\":\\\"\\\"}", 0},
                 {"{\\\"Type\\\":\\\"Host\\\"}", 2},
                 {"{\\\"Colour\\\":\\\"red\\\"}", 0}};
    fixture *f = *state;
    cleanup_json cJSON *wrong = NULL;

    close_it(f, "HcnCloseNamespace", make_space(f, SPACE));
    close_it(f, "HcnCloseNamespace", make_space(f, OTHER));
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        cleanup_free char *query = text_format("{" VERSION ",\"Filter\":\"%s\"}", cases[i].filter);
        cleanup_json cJSON *reply = CALL("HcnEnumerateNamespaces", 0, "query", query);
        cleanup_json cJSON *found = parsed(reply, "objects");

        assert_int_equal(hr_of(reply), HR_OK);
        assert_int_equal(cJSON_GetArraySize(found), cases[i].found);
    }
    wrong = CALL("HcnEnumerateNamespaces", 0, "query", "{\"Filter\":\"no object\"}");
    refused_with(wrong, 0x803B001B, "Invalid JSON document string. ");
}

static void what_is_not_there_is_refused_in_the_words_of_its_noun(void **state)
{
    fixture *f = *state;
    cleanup_json cJSON *network = CALL("HcnOpenNetwork", 0, "id", SPACE);
    cleanup_json cJSON *space = CALL("HcnOpenNamespace", 0, "id", SPACE);
    cleanup_json cJSON *endpoint = CALL("HcnDeleteEndpoint", 0, "id", SPACE);
    cleanup_json cJSON *handle = CALL("HcnQueryNamespaceProperties", 77, "query", QUERY);

    refused_with(network, 0x803B0001, "The object identifier does not represent a valid object. ");
    refused_with(space, 0x80070490, "Element not found. ");
    refused_with(endpoint, 0x803B0002, "The object identifier does not represent a valid object. ");
    assert_int_equal(hr_of(handle), HR_FROM_WIN32(6));
}

static int64_t open_nat(fixture *f)
{
    cleanup_json cJSON *made =
        CALL("HcnCreateNetwork", 0, "id", ZEROS, "settings",
             "{\"Name\":\"nat\",\"Type\":\"NAT\",\"Ipams\":[{\"Type\":\"Static\",\"Subnets\":[{"
             "\"IpAddressPrefix\":\"172.30.0.0/24\",\"Routes\":[{\"NextHop\":\"172.30.0.1\","
             "\"DestinationPrefix\":\"0.0.0.0/0\"}]}]}]," VERSION "}");

    return object_of(made);
}

static void an_endpoint_is_made_on_a_network_as_cni_plugins_do(void **state)
{
    fixture *f = *state;
    int64_t network = open_nat(f);
    cleanup_json cJSON *made =
        CALL("HcnCreateEndpoint", network, "id", ZEROS, "settings",
             "{\"Name\":\"box_nat\",\"Dns\":{\"Search\":[\"a.b\",\"c.d\"],\"ServerList\":["
             "\"10.96.0.10\"]},\"Policies\":[{\"Type\":\"PortMapping\",\"Settings\":{\"Protocol\":"
             "17,\"InternalPort\":53,\"ExternalPort\":5353}}]," VERSION "}");
    int64_t endpoint = object_of(made);
    cleanup_json cJSON *shown = show(f, "HcnQueryEndpointProperties", endpoint);
    cleanup_json cJSON *net = show(f, "HcnQueryNetworkProperties", network);
    const cJSON *address = cJSON_GetArrayItem(json_member(shown, "IpConfigurations"), 0);
    const cJSON *policy = cJSON_GetArrayItem(json_member(shown, "Policies"), 0);
    cleanup_free char *path = text_format("/endpoints/%s", json_text(shown, "ID", ""));
    cleanup_json cJSON *first = hns(f, "GET", path, "");
    cleanup_json cJSON *gone = CALL("HcnDeleteEndpoint", 0, "id", json_text(shown, "ID", ""));
    cleanup_json cJSON *late = CALL("HcnQueryEndpointProperties", endpoint, "query", QUERY);

    assert_string_equal(json_text(address, "IpAddress", ""), "172.30.0.2");
    assert_int_equal(json_integer(address, "PrefixLength", 0), 24);
    assert_string_equal(json_text(policy, "Type", ""), "PortMapping");
    assert_int_equal(json_integer(json_member(policy, "Settings"), "Protocol", 0), 17);
    assert_int_equal(cJSON_GetArraySize(json_path(shown, "Dns.Search")), 2);
    assert_string_equal(json_text(net, "Name", ""), "nat");
    assert_string_equal(json_path(first, "Output.DNSSuffix")->valuestring, "a.b,c.d");
    assert_int_equal(hr_of(gone), HR_OK);
    refused_with(late, 0x803B0002, "The object identifier does not represent a valid object. ");
    close_it(f, "HcnCloseEndpoint", endpoint);
    close_it(f, "HcnCloseNetwork", network);
}

static char *make_endpoint(fixture *f)
{
    int64_t network = open_nat(f);
    cleanup_json cJSON *made =
        CALL("HcnCreateEndpoint", network, "id", OTHER, "settings", "{" VERSION "}");

    close_it(f, "HcnCloseEndpoint", object_of(made));
    close_it(f, "HcnCloseNetwork", network);
    return text_copy(OTHER);
}

static int32_t change(fixture *f, int64_t space, const char *how, const char *endpoint)
{
    cleanup_free char *settings =
        text_format("{\"ResourceType\":\"Endpoint\",\"RequestType\":\"%s\",\"Settings\":{"
                    "\"EndpointId\":\"%s\"}}",
                    how, endpoint);
    cleanup_json cJSON *reply = CALL("HcnModifyNamespace", space, "settings", settings);

    return hr_of(reply);
}

static void an_endpoint_is_in_one_namespace_at_a_time(void **state)
{
    fixture *f = *state;
    cleanup_free char *endpoint = make_endpoint(f);
    int64_t space = make_space(f, SPACE);
    int64_t other = make_space(f, ZEROS);
    cleanup_json cJSON *opened = NULL;
    cleanup_json cJSON *shown = NULL;
    int64_t handle;

    assert_int_equal(change(f, space, "Add", endpoint), HR_OK);
    assert_int_equal((uint32_t)change(f, space, "Add", endpoint), 0x803B002B);
    assert_int_equal((uint32_t)change(f, other, "Add", endpoint), 0x803B002B);
    assert_int_equal((uint32_t)change(f, other, "Remove", endpoint), 0x80070490);
    assert_int_equal((uint32_t)change(f, space, "Refresh", endpoint), 0x803B001B);
    opened = CALL("HcnOpenEndpoint", 0, "id", endpoint);
    handle = object_of(opened);
    shown = show(f, "HcnQueryEndpointProperties", handle);
    assert_string_equal(json_text(shown, "HostComputeNamespace", ""), SPACE);
    assert_int_equal(change(f, space, "Remove", endpoint), HR_OK);
    assert_int_equal(change(f, other, "Add", endpoint), HR_OK);
    close_it(f, "HcnCloseEndpoint", handle);
    close_it(f, "HcnCloseNamespace", space);
    close_it(f, "HcnCloseNamespace", other);
}

static void an_endpoint_that_is_deleted_leaves_its_namespace(void **state)
{
    fixture *f = *state;
    cleanup_free char *endpoint = make_endpoint(f);
    int64_t space = make_space(f, SPACE);
    cleanup_json cJSON *gone = NULL;
    cleanup_json cJSON *shown = NULL;

    assert_int_equal(change(f, space, "Add", endpoint), HR_OK);
    gone = CALL("HcnDeleteEndpoint", 0, "id", endpoint);
    shown = show(f, "HcnQueryNamespaceProperties", space);
    assert_int_equal(hr_of(gone), HR_OK);
    assert_int_equal(cJSON_GetArraySize(json_member(shown, "Resources")), 0);
    close_it(f, "HcnCloseNamespace", space);
}

/* A document of schema 2 as containerd's shim sends it, on the prepared scratch. */
static char *document_in(const fixture *f, const char *space)
{
    const char *const folders[] = {f->host->upper, f->host->base};
    cleanup_free char *volume = text_format("%s\\", f->volume);
    cleanup_json cJSON *document =
        cJSON_Parse("{\"Owner\":\"x\",\"SchemaVersion\":{\"Major\":2,\"Minor\":1},"
                    "\"ShouldTerminateOnLastHandleClosed\":true,\"Container\":{}}");
    cJSON *container = cJSON_GetObjectItem(document, "Container");
    cJSON *storage = cJSON_AddObjectToObject(container, "Storage");
    cJSON *layers = cJSON_AddArrayToObject(storage, "Layers");

    for (size_t i = 0; i < 2; i++) {
        cJSON *layer = cJSON_CreateObject();
        char printed[GUID_TEXT_SIZE];
        guid id;

        f->storage->name_to_guid(f->storage, path_base_name(folders[i]), &id);
        guid_print(&id, printed);
        json_add_text(layer, "Id", printed);
        json_add_text(layer, "Path", folders[i]);
        json_append(layers, layer);
    }
    json_add_text(storage, "Path", volume);
    json_add_text(cJSON_AddObjectToObject(container, "Networking"), "Namespace", space);
    return json_print(document);
}

static void a_container_is_in_the_namespace_that_its_document_names(void **state)
{
    fixture *f = *state;
    cleanup_free char *document = NULL;
    cleanup_json cJSON *shown = NULL;
    cleanup_json cJSON *used = NULL;
    cleanup_json cJSON *gone = NULL;
    cleanup_json cJSON *left = NULL;
    cleanup_json cJSON *first = NULL;
    const cJSON *resource;
    int64_t space;
    hcs_system *system;

    document = document_in(f, SPACE);
    assert_int_equal((uint32_t)create(f, "one", document, &system), 0x80070490);
    space = make_space(f, SPACE);
    system = run_document(f, "one", document);
    shown = show(f, "HcnQueryNamespaceProperties", space);
    resource = cJSON_GetArrayItem(json_member(shown, "Resources"), 0);
    assert_string_equal(json_text(resource, "Type", ""), "Container");
    assert_string_equal(json_text(json_member(resource, "Data"), "Id", ""), "one");
    used = CALL("HcnDeleteNamespace", 0, "id", SPACE);
    refused_with(used, 0x803B0015, "The specified request is unsupported. ");
    first = hns(f, "GET", "/namespaces/" SPACE, "");
    resource = cJSON_GetArrayItem(json_path(first, "Output.Containers"), 0);
    assert_true(cJSON_IsString(resource) && text_equal(resource->valuestring, "one"));
    assert_int_equal(cJSON_GetArraySize(json_path(first, "Output.ResourceList")), 0);
    left = sim_leftovers(f->host->sim);
    assert_int_equal(json_integer(left, "namespaces", -1), 1);
    end_system(f, system);
    gone = CALL("HcnDeleteNamespace", 0, "id", SPACE);
    assert_int_equal(hr_of(gone), HR_OK);
    close_it(f, "HcnCloseNamespace", space);
}

static void who_shares_a_network_names_its_namespace(void **state)
{
    fixture *f = *state;
    cleanup_free char *document = NULL;
    cleanup_free char *shared = NULL;
    cleanup_json cJSON *parsed_document = NULL;
    cJSON *networking;
    hcs_system *system;

    document = document_in(f, SPACE);
    parsed_document = cJSON_Parse(document);
    networking =
        cJSON_GetObjectItem(cJSON_GetObjectItem(parsed_document, "Container"), "Networking");
    cJSON_DeleteItemFromObject(networking, "Namespace");
    json_add_text(networking, "NetworkSharedContainerName", "other");
    shared = json_print(parsed_document);
    assert_int_equal((uint32_t)create(f, "one", shared, &system), 0x80070057);
}

static void older_windows_has_none_of_it(void **state)
{
    fixture *f = *state;
    sim_options options = {.build = 17134};
    cleanup_json cJSON *reply = NULL;

    sim_session_close(f->host->sim, session);
    fixture_restart(f, &options);
    session = sim_session_open(f->host->sim, 1, unheard, NULL);
    reply = CALL("HcnEnumerateNamespaces", 0, "query", QUERY);
    assert_int_equal(hr_of(reply), HR_PROC_NOT_FOUND);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_namespace_has_the_id_that_was_chosen),
        TEST(a_question_filters_by_members_of_either_version),
        TEST(what_is_not_there_is_refused_in_the_words_of_its_noun),
        TEST(an_endpoint_is_made_on_a_network_as_cni_plugins_do),
        TEST(an_endpoint_is_in_one_namespace_at_a_time),
        TEST(an_endpoint_that_is_deleted_leaves_its_namespace),
        TEST(a_container_is_in_the_namespace_that_its_document_names),
        TEST(who_shares_a_network_names_its_namespace),
        TEST(older_windows_has_none_of_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
