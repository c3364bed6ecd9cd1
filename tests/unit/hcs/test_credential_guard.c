/* SPDX-License-Identifier: MIT */
/* Instances of the credential guard: what the service is asked, and what its answers lead to. */
#include "hcs/credential_guard.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "tests/unit/status.h"

#define MINE                                                                                       \
    "{\"Properties\":[{\"Instances\":[{\"Id\":\"other\"},{\"Id\":\"web\",\"CredentialGuard\":"     \
    "{\"Cookie\":\"c\",\"RpcEndpoint\":\"e\",\"Transport\":\"LRPC\",\"CredentialSpec\":\"{}\"}}]}" \
    "]}"
#define OTHERS "{\"Properties\":[{\"Instances\":[{\"Id\":\"other\"}]}]}"

/* A service that answers so, and notes what it is asked. */
typedef struct guard_service {
    hcs_port port;
    int32_t modified, queried; /* HRESULTs */
    const char *properties;
    text asked;
} guard_service;

static wcow_error err;

static int32_t modify_service(hcs_port *port, const char *settings, char **result)
{
    guard_service *s = (guard_service *)port;

    text_addf(&s->asked, "%s\n", settings);
    if (HR_FAILED(s->modified))
        *result = text_copy("{\"ErrorMessage\":\"so it is\"}");
    return s->modified;
}

static int32_t get_service_properties(hcs_port *port, const char *query, char **properties,
                                      char **result)
{
    guard_service *s = (guard_service *)port;

    (void)result;
    text_addf(&s->asked, "%s\n", query);
    if (HR_SUCCEEDED(s->queried) && s->properties)
        *properties = text_copy(s->properties);
    return s->queried;
}

static guard_service service(const char *properties)
{
    return (guard_service){.port = {.modify_service = modify_service,
                                    .get_service_properties = get_service_properties},
                           .properties = properties};
}

static void the_spec_is_for_the_guard_with_schema_2_alone(void **state)
{
    cleanup_json cJSON *with = cJSON_Parse("{\"windows\":{\"credentialSpec\":\"{}\"}}");
    cleanup_json cJSON *without = cJSON_Parse("{\"windows\":{\"credentialSpec\":\"\"}}");

    (void)state;
    assert_string_equal(credential_guard_spec(SCHEMA_V2, with), "{}");
    assert_null(credential_guard_spec(SCHEMA_V1, with));
    assert_null(credential_guard_spec(SCHEMA_V2, without));
}

static void an_instance_is_made_and_looked_up_as_hcsshim_does(void **state)
{
    guard_service s = service(MINE);
    cleanup_json cJSON *made = NULL;

    (void)state;
    assert_ok(&err, credential_guard_add(&s.port, "web", "{}", &made, &err));
    assert_string_equal(text_get(&s.asked),
                        "{\"Settings\":{\"OperationDetails\":{\"Id\":\"web\",\"CredentialSpec\":"
                        "\"{}\",\"Transport\":\"LRPC\"},\"Operation\":\"AddInstance\"},"
                        "\"PropertyType\":\"ContainerCredentialGuard\"}\n"
                        "{\"PropertyTypes\":[\"ContainerCredentialGuard\"]}\n");
    assert_string_equal(json_text(made, "Cookie", ""), "c");
    assert_string_equal(json_text(made, "RpcEndpoint", ""), "e");
    text_free(&s.asked);
}

static void an_instance_is_removed_if_it_is_there(void **state)
{
    guard_service s = service(OTHERS);

    (void)state;
    assert_ok(&err, credential_guard_remove(&s.port, "web", false, &err));
    assert_null(strstr(text_get(&s.asked), "RemoveInstance"));
    s.properties = MINE;
    assert_ok(&err, credential_guard_remove(&s.port, "web", false, &err));
    assert_non_null(strstr(text_get(&s.asked),
                           "{\"Settings\":{\"OperationDetails\":{\"Id\":\"web\"},\"Operation\":"
                           "\"RemoveInstance\"},\"PropertyType\":\"ContainerCredentialGuard\"}\n"));
    text_free(&s.asked);
}

static void ids_that_differ_by_case_are_two_containers(void **state)
{
    guard_service s = service(MINE);
    cJSON *made = NULL;

    (void)state;
    assert_fails(&err, WCOW_FAILED,
                 "its credential spec: the credential guard has made no instance for it",
                 credential_guard_add(&s.port, "Web", "{}", &made, &err));
    assert_null(made);
    assert_ok(&err, credential_guard_remove(&s.port, "Web", false, &err));
    assert_null(strstr(text_get(&s.asked), "RemoveInstance"));
    text_free(&s.asked);
}

static void an_old_windows_is_named(void **state)
{
    guard_service s = service(MINE);
    cJSON *made = NULL;

    (void)state;
    s.modified = s.queried = HR_PROC_NOT_FOUND;
    assert_fails(&err, WCOW_UNSUPPORTED,
                 "with schema 2 credential specs need Windows build 17763 (Server 2019) or later: "
                 "take schema 1",
                 credential_guard_add(&s.port, "web", "{}", &made, &err));
    assert_null(made);
    assert_ok(&err, credential_guard_remove(&s.port, "web", false, &err));
    text_free(&s.asked);
}

static void what_the_service_refuses_is_told(void **state)
{
    static const struct {
        int32_t modified, queried;
        const char *properties, *words;
    } cases[] = {
        {HR_FROM_WIN32(5), 0, MINE, "its credential spec: HcsModifyServiceSettings: "},
        {0, HR_FROM_WIN32(5), MINE, "its credential spec: HcsGetServiceProperties: "},
        {0, 0, NULL, "its credential spec: "},
        {0, 0, "{", "its credential spec: "},
        {0, 0, "{\"Properties\":[]}", "its credential spec: the credential guard has made no"},
        {0, 0, OTHERS, "its credential spec: the credential guard has made no instance for it"},
        {0, 0, "{\"Properties\":[{\"Instances\":[{\"Id\":\"web\",\"CredentialGuard\":7}]}]}",
         "its credential spec: the credential guard has made no instance for it"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        guard_service s = service(cases[i].properties);
        cJSON *made = NULL;

        s.modified = cases[i].modified;
        s.queried = cases[i].queried;
        assert_int_not_equal(credential_guard_add(&s.port, "web", "{}", &made, &err), WCOW_OK);
        assert_null(made);
        if (!text_starts_with(err.message, cases[i].words))
            fail_msg("%zu: %s", i, err.message);
        text_free(&s.asked);
    }
}

/* It may be there: whoever asked keeps its note. */
static void what_cannot_be_removed_is_told(void **state)
{
    guard_service s = service(MINE);

    (void)state;
    s.modified = HR_FROM_WIN32(5);
    assert_int_equal(credential_guard_remove(&s.port, "web", false, &err), WCOW_DENIED);
    assert_true(text_starts_with(err.message, "its instance of the credential guard: "));
    s.queried = HR_FROM_WIN32(5);
    assert_int_equal(credential_guard_remove(&s.port, "web", false, &err), WCOW_DENIED);
    text_free(&s.asked);
}

/* Where nobody knows of one; of one that is there that says nothing. */
static void who_guesses_takes_no_answer_for_none(void **state)
{
    static const char *const answers[] = {"", "{", NULL};
    guard_service s = service(MINE);

    (void)state;
    for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
        s.properties = answers[i];
        assert_ok(&err, credential_guard_remove(&s.port, "web", true, &err));
        assert_int_not_equal(credential_guard_remove(&s.port, "web", false, &err), WCOW_OK);
    }
    s.queried = HR_FROM_WIN32(5);
    assert_ok(&err, credential_guard_remove(&s.port, "web", true, &err));
    s = (guard_service){.port = s.port, .asked = s.asked, .properties = MINE};
    s.modified = HR_FROM_WIN32(5);
    assert_int_equal(credential_guard_remove(&s.port, "web", true, &err), WCOW_DENIED);
    text_free(&s.asked);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_spec_is_for_the_guard_with_schema_2_alone),
        cmocka_unit_test(an_instance_is_made_and_looked_up_as_hcsshim_does),
        cmocka_unit_test(an_instance_is_removed_if_it_is_there),
        cmocka_unit_test(ids_that_differ_by_case_are_two_containers),
        cmocka_unit_test(an_old_windows_is_named),
        cmocka_unit_test(what_the_service_refuses_is_told),
        cmocka_unit_test(what_cannot_be_removed_is_told),
        cmocka_unit_test(who_guesses_takes_no_answer_for_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
