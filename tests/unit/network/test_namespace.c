/* SPDX-License-Identifier: MIT */
/* Network namespaces: what is sent, what refusals mean, and that nothing is left over. */
#include "tests/unit/status.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "network/namespace.h"

#define SPACE    "5c7d7bd4-1111-4000-8000-000000000001"
#define ENDPOINT "5c7d7bd4-2222-4000-8000-000000000002"
#define VERSION  "{\"SchemaVersion\":{\"Major\":2,\"Minor\":0}}"
#define GONE     "{\"Success\":false,\"Error\":\"Element not found. \",\"ErrorCode\":2147943568}"

static wcow_error err;

/* A service that writes down what it is asked, one call a line, and fails one of the calls. */
static struct service {
    hcs_port port;
    char said[2000];
    size_t calls, failing; /* counted from 1; 0: none fails */
    int32_t hr;
    const char *record;     /* of the failing call, and what HNSCall answers then */
    const char *properties; /* of a namespace */
    const char *inside;     /* the endpoint in it, as version 1 tells */
    size_t open;            /* handles */
} service;

static bool told(const char *line)
{
    size_t length = strlen(service.said);

    snprintf(service.said + length, sizeof(service.said) - length, "%s\n", line);
    return ++service.calls == service.failing;
}

static int32_t answer(bool fails, char **result)
{
    if (fails && result && service.record)
        *result = text_copy(service.record);
    return fails ? service.hr : HR_OK;
}

static int32_t give(bool fails, hcn_namespace **out, char **result)
{
    if (!fails) {
        service.open++;
        *out = (hcn_namespace *)&service;
    }
    return answer(fails, result);
}

static bool told_of(const char *call, const guid *id, const char *settings)
{
    char printed[GUID_TEXT_SIZE];
    cleanup_free char *line = NULL;

    guid_print(id, printed);
    line = text_format("%s %s%s%s", call, printed, settings ? " " : "", settings ? settings : "");
    return told(line);
}

static int32_t create(hcs_port *port, const guid *id, const char *settings, hcn_namespace **out,
                      char **result)
{
    (void)port;
    return give(told_of("create", id, settings), out, result);
}

static int32_t open_one(hcs_port *port, const guid *id, hcn_namespace **out, char **result)
{
    (void)port;
    return give(told_of("open", id, NULL), out, result);
}

static int32_t close_one(hcs_port *port, hcn_namespace *space)
{
    (void)port;
    assert_ptr_equal(space, &service);
    service.open--;
    return HR_OK;
}

static int32_t modify(hcs_port *port, hcn_namespace *space, const char *settings, char **result)
{
    cleanup_free char *line = text_format("modify %s", settings);

    (void)port;
    (void)space;
    return answer(told(line), result);
}

static int32_t query(hcs_port *port, hcn_namespace *space, const char *asked, char **properties,
                     char **result)
{
    cleanup_free char *line = text_format("query %s", asked);
    bool fails = told(line);

    (void)port;
    (void)space;
    if (!fails && service.properties)
        *properties = text_copy(service.properties);
    return answer(fails, result);
}

static int32_t enumerate(hcs_port *port, const char *asked, char **namespaces, char **result)
{
    cleanup_free char *line = text_format("enumerate %s", asked);
    bool fails = told(line);

    (void)port;
    if (!fails)
        *namespaces = text_copy("[\"" SPACE "\",\"other\"]");
    return answer(fails, result);
}

static int32_t hns(hcs_port *port, const char *method, const char *path, const char *body,
                   char **response)
{
    cleanup_free char *line = text_format("%s %s%s%s", method, path, *body ? " " : "", body);
    bool fails = told(line);

    (void)port;
    if (fails)
        *response = text_copy(service.record);
    else
        *response = text_format("{\"Success\":true,\"Output\":{\"ID\":\"" SPACE
                                "\",\"Containers\":[\"c\"],\"ResourceList\":[{\"Type\":\"Other\","
                                "\"Data\":{\"Id\":\"c\"}},{\"Type\":\"Endpoint\",\"Data\":"
                                "{\"Id\":\"%s\"}}]}}",
                                service.inside);
    return HR_OK;
}

static hcs_port *begin(size_t failing, int32_t hr, const char *record)
{
    service = (struct service){
        .port = {.create_namespace = create,
                 .open_namespace = open_one,
                 .close_namespace = close_one,
                 .modify_namespace = modify,
                 .query_namespace = query,
                 .enumerate_namespaces = enumerate,
                 .hns_call = hns},
        .failing = failing,
        .hr = hr,
        .record = record,
        .properties = "{\"ID\":\"" SPACE "\",\"Resources\":[]}",
        .inside = ENDPOINT,
    };
    err = (wcow_error)WCOW_ERROR_INIT;
    return &service.port;
}

static void said(const char *expected)
{
    assert_string_equal(service.said, expected);
    assert_int_equal(service.open, 0);
}

/* The recorded documents of containerd's shim, but for the id, which is chosen here. */
static void one_is_made_with_the_id_that_was_noted(void **state)
{
    hcs_port *port = begin(0, 0, NULL);
    cleanup_free char *id = NULL;

    (void)state;
    assert_ok(&err, hns_namespace_create(port, SPACE, &id, &err));
    said("create " SPACE " " VERSION "\nquery " VERSION "\n");
    assert_string_equal(id, SPACE);
}

static void the_service_may_call_it_something_else(void **state)
{
    hcs_port *port = begin(0, 0, NULL);
    cleanup_free char *id = NULL;

    (void)state;
    service.properties = "{\"ID\":\"" ENDPOINT "\"}";
    assert_ok(&err, hns_namespace_create(port, SPACE, &id, &err));
    assert_string_equal(id, ENDPOINT);
}

static void endpoints_go_in_by_hcn_and_out_by_hns_as_with_hcsshim(void **state)
{
    hcs_port *port = begin(0, 0, NULL);
    cleanup_strings string_list endpoints = STRING_LIST_INIT;

    (void)state;
    assert_ok(&err, hns_namespace_add(port, SPACE, ENDPOINT, &err));
    assert_ok(&err, hns_namespace_endpoints(port, SPACE, &endpoints, &err));
    assert_ok(&err, hns_namespace_remove(port, SPACE, ENDPOINT, &err));
    assert_ok(&err, hns_namespace_delete(port, SPACE, &err));
    said("open " SPACE "\n"
         "modify {\"ResourceType\":\"Endpoint\",\"RequestType\":\"Add\",\"Settings\":{"
         "\"EndpointId\":\"" ENDPOINT "\"}}\n"
         "GET /namespaces/" SPACE "\n"
         "POST /namespaces/" SPACE
         "/removeresource {\"Type\":\"Endpoint\",\"Data\":{\"Id\":\"" ENDPOINT "\"}}\n"
         "DELETE /namespaces/" SPACE "\n");
    assert_int_equal(endpoints.count, 1);
    assert_string_equal(endpoints.items[0], ENDPOINT);
}

static void all_of_them_are_listed(void **state)
{
    hcs_port *port = begin(0, 0, NULL);
    cleanup_strings string_list found = STRING_LIST_INIT;

    (void)state;
    assert_ok(&err, hns_namespaces(port, &found, &err));
    said("enumerate " VERSION "\n");
    assert_int_equal(found.count, 2);
    assert_string_equal(found.items[0], SPACE);
}

static void what_is_no_guid_is_refused_before_any_call(void **state)
{
    hcs_port *port = begin(0, 0, NULL);
    cleanup_free char *id = NULL;

    (void)state;
    assert_fails(&err, WCOW_INVALID, "'web' is no id of a network namespace: it is no GUID",
                 hns_namespace_create(port, "web", &id, &err));
    assert_null(id);
    said("");
}

static void older_windows_is_told_what_it_lacks(void **state)
{
    hcs_port *port = begin(1, HR_FROM_WIN32(126), NULL);
    cleanup_free char *id = NULL;

    (void)state;
    assert_fails(&err, WCOW_UNSUPPORTED,
                 "cannot make a network namespace: HcnCreateNamespace: this Windows has no network "
                 "namespaces (computenetwork.dll comes with Windows Server 2019, build 17763)",
                 hns_namespace_create(port, SPACE, &id, &err));
    assert_null(id);
}

static void the_record_tells_why(void **state)
{
    hcs_port *port = begin(2, (int32_t)0x803B002B,
                           "{\"Success\":false,\"Error\":\"The endpoint is in a namespace. \","
                           "\"ErrorCode\":2151350315}");

    (void)state;
    service.inside = "another one";
    assert_fails(&err, WCOW_ALREADY_EXISTS,
                 "cannot put endpoint " ENDPOINT " into network namespace " SPACE
                 ": HcnModifyNamespace: The endpoint is in a namespace (0x803B002B)",
                 hns_namespace_add(port, SPACE, ENDPOINT, &err));
    assert_int_equal((uint32_t)err.hresult, 0x803B002B);
    assert_int_equal(service.open, 0);
}

static void one_that_is_in_it_already_is_not_put_in_again(void **state)
{
    static const char *const records[] = {
        "{\"Success\":false,\"Error\":\"It is in one. \",\"ErrorCode\":2151350315}",
        "{\"Success\":false,\"Error\":\"It is attached. \",\"ErrorCode\":2151350292}",
    };

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        hcs_port *port = begin(2, (int32_t)0x80004005, records[i]);

        service.inside = "5C7D7BD4-2222-4000-8000-000000000002";
        assert_ok(&err, hns_namespace_add(port, SPACE, ENDPOINT, &err));
        assert_string_equal(err.message, "");
        assert_int_equal(service.open, 0);
    }
}

/* As hcsshim: a record is a failure, whatever the HRESULT. */
static void a_record_without_a_failing_code_is_a_failure(void **state)
{
    hcs_port *port = begin(2, HR_OK, GONE);

    (void)state;
    assert_fails(&err, WCOW_NOT_FOUND,
                 "cannot put endpoint " ENDPOINT " into network namespace " SPACE
                 ": HcnModifyNamespace: Element not found (0x80070490)",
                 hns_namespace_add(port, SPACE, ENDPOINT, &err));
}

static void what_cannot_be_asked_after_is_not_left_behind(void **state)
{
    hcs_port *port = begin(2, (int32_t)0x80004005, NULL);
    cleanup_free char *id = NULL;

    (void)state;
    assert_int_equal(hns_namespace_create(port, SPACE, &id, &err), WCOW_FAILED);
    said("create " SPACE " " VERSION "\nquery " VERSION "\nDELETE /namespaces/" SPACE "\n");
    assert_null(id);
}

static void what_is_gone_already_is_taken_out_and_deleted(void **state)
{
    hcs_port *port = begin(1, 0, GONE);

    (void)state;
    assert_ok(&err, hns_namespace_delete(port, SPACE, &err));
    port = begin(1, 0, GONE);
    assert_ok(&err, hns_namespace_remove(port, SPACE, ENDPOINT, &err));
    assert_string_equal(err.message, "");
    port = begin(1, 0, "{\"Success\":false,\"Error\":\"Not attached. \",\"ErrorCode\":2151350324}");
    assert_ok(&err, hns_namespace_remove(port, SPACE, ENDPOINT, &err));
    port = begin(1, 0, GONE);
    assert_ok(&err, hns_namespace_dissolve(port, SPACE, &err));
    assert_string_equal(err.message, "");
}

static void one_that_is_dissolved_is_emptied_first(void **state)
{
    hcs_port *port = begin(0, 0, NULL);

    (void)state;
    assert_ok(&err, hns_namespace_dissolve(port, SPACE, &err));
    said("GET /namespaces/" SPACE "\n"
         "POST /namespaces/" SPACE
         "/removeresource {\"Type\":\"Endpoint\",\"Data\":{\"Id\":\"" ENDPOINT "\"}}\n"
         "DELETE /namespaces/" SPACE "\n");
    for (size_t nth = 1; nth <= 3; nth++) {
        port = begin(nth, 0, "{\"Success\":false,\"Error\":\"no\"}");
        assert_int_equal(hns_namespace_dissolve(port, SPACE, &err), WCOW_FAILED);
        assert_int_equal(service.calls, nth);
    }
}

static void one_in_use_is_said_so(void **state)
{
    hcs_port *port =
        begin(1, 0,
              "{\"Success\":false,\"Error\":\"The specified request is unsupported. \","
              "\"ErrorCode\":2151350293}");

    (void)state;
    assert_fails(&err, WCOW_CONFLICT,
                 "cannot delete network namespace " SPACE
                 ": a container is still in it, or HNS believes so: HNSCall DELETE "
                 "/namespaces/" SPACE ": The specified request is unsupported (0x803B0015)",
                 hns_namespace_delete(port, SPACE, &err));
    port = begin(1, 0, "{\"Success\":false,\"Error\":\"The specified request is unsupported. \"}");
    assert_int_equal(hns_namespace_delete(port, SPACE, &err), WCOW_CONFLICT);
}

static wcow_status use_one(hcs_port *port)
{
    cleanup_free char *id = NULL;
    cleanup_strings string_list endpoints = STRING_LIST_INIT;
    cleanup_strings string_list all = STRING_LIST_INIT;
    wcow_status status = hns_namespace_create(port, SPACE, &id, &err);

    if (!status)
        status = hns_namespace_add(port, id, ENDPOINT, &err);
    if (!status)
        status = hns_namespace_endpoints(port, id, &endpoints, &err);
    if (!status)
        status = hns_namespaces(port, &all, &err);
    if (!status)
        status = hns_namespace_remove(port, id, ENDPOINT, &err);
    if (!status)
        status = hns_namespace_delete(port, id, &err);
    return status;
}

static void any_failing_call_is_reported_and_leaves_no_handle(void **state)
{
    size_t nth = 0;
    wcow_status status;

    (void)state;
    do {
        hcs_port *port = begin(++nth, (int32_t)0x80004005, "{\"Success\":false,\"Error\":\"no\"}");

        status = use_one(port);
        assert_int_equal(service.open, 0);
        assert_int_equal(status != WCOW_OK, service.calls >= nth);
    } while (status);
    assert_int_equal(nth, 9);
}

static void its_id_tells_whose_it_is(void **state)
{
    static const char web[] = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    static const char near[] = "0123456789abcdef01234566789abcdef0123456789abcdef0123456789abcde";
    guid id = {{0}};
    char printed[GUID_TEXT_SIZE];

    (void)state;
    memset(id.bytes, 0xee, sizeof id.bytes);
    hns_namespace_sign("task-1", &id);
    guid_print(&id, printed);
    assert_string_equal(printed, "eeeeeeee-eeee-eeee-eeee-eeeeeeeeeeee");
    assert_false(hns_namespace_is_of(printed, "task-1"));
    hns_namespace_sign(web, &id);
    guid_print(&id, printed);
    assert_string_equal(printed, "01234567-89ab-cdef-0123-4567eeeeeeee");
    assert_true(hns_namespace_is_of(printed, web));
    assert_true(hns_namespace_is_of("01234567-89AB-CDEF-0123-456700000000", web));
    assert_false(hns_namespace_is_of(printed, near));
    assert_false(hns_namespace_is_of("no GUID", web));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(its_id_tells_whose_it_is),
        cmocka_unit_test(one_is_made_with_the_id_that_was_noted),
        cmocka_unit_test(the_service_may_call_it_something_else),
        cmocka_unit_test(endpoints_go_in_by_hcn_and_out_by_hns_as_with_hcsshim),
        cmocka_unit_test(all_of_them_are_listed),
        cmocka_unit_test(what_is_no_guid_is_refused_before_any_call),
        cmocka_unit_test(older_windows_is_told_what_it_lacks),
        cmocka_unit_test(the_record_tells_why),
        cmocka_unit_test(one_that_is_in_it_already_is_not_put_in_again),
        cmocka_unit_test(one_that_is_dissolved_is_emptied_first),
        cmocka_unit_test(a_record_without_a_failing_code_is_a_failure),
        cmocka_unit_test(what_cannot_be_asked_after_is_not_left_behind),
        cmocka_unit_test(what_is_gone_already_is_taken_out_and_deleted),
        cmocka_unit_test(one_in_use_is_said_so),
        cmocka_unit_test(any_failing_call_is_reported_and_leaves_no_handle),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
