/* SPDX-License-Identifier: MIT */
/*
 * Network namespaces: whether one gets the id that is chosen, what version 1 of HNS tells of it,
 * what a namespace is that version 1 makes, and one that is "ready on create". No source tells;
 * wcow notes the id of a namespace before it makes one.
 */
#include "engine/self_test/self_test.h"

#include "base/error.h"
#include "network/hns.h"
#include "network/namespace.h"
#include "port/clock.h"
#include "port/hash.h"

static bool choose_id(self_test *t, char out[GUID_TEXT_SIZE])
{
    guid id;

    if (HR_FAILED(random_bytes(&id, sizeof id))) {
        note_left_out(t, "there are no random numbers for an id");
        return false;
    }
    guid_print(&id, out);
    return true;
}

void self_test_namespace(self_test *t, const char *method, const char *id, const char *name)
{
    hcs_port *hcs = t->host->hcs;
    const uint64_t since = clock_ticks();
    cleanup_free char *path = text_format("/namespaces/%s", id);
    cleanup_free char *answer = NULL;
    int32_t hr;

    if (!path) {
        t->no_memory = true;
        return;
    }
    hr = hcs->hns_call(hcs, method, path, "", &answer);
    note_call(t, "HNSCall", name, hr, since);
    note_text(t, name, answer);
}

static void try_delete(self_test *t, const char *id, const char *whose)
{
    wcow_error err = WCOW_ERROR_INIT;
    const uint64_t since = clock_ticks();
    const wcow_status status = hns_namespace_delete(t->host->hcs, id, &err);

    note_status(t, "HNSCall", whose, status, &err, since);
    note_expected(t, whose, status == WCOW_OK);
}

static void try_chosen(self_test *t)
{
    wcow_error err = WCOW_ERROR_INIT;
    const uint64_t since = clock_ticks();
    char id[GUID_TEXT_SIZE];
    cleanup_free char *made = NULL;
    wcow_status status;

    if (!choose_id(t, id))
        return;
    status = hns_namespace_create(t->host->hcs, id, &made, &err);
    note_status(t, "HcnCreateNamespace", "with an id of ours", status, &err, since);
    if (!note_expected(t, "a namespace can be made", status == WCOW_OK))
        return;
    note_expected(t, "a namespace has the id that was chosen", text_equal_ignore_case(made, id));
    self_test_namespace(t, "GET", made, "madeByVersion2");
    try_delete(t, made, "a namespace of version 2 is deleted by version 1");
    self_test_namespace(t, "GET", made, "afterItsEnd");
}

/* hcsshim asks for the version first, and chooses by that. */
static void ask_version(self_test *t)
{
    wcow_error err = WCOW_ERROR_INIT;
    const uint64_t since = clock_ticks();
    cJSON *answer = NULL;
    const wcow_status status =
        hns_call(t->host->hcs, "GET", "/globals/version", NULL, &answer, &err);

    note_status(t, "HNSCall", "GET /globals/version", status, &err, since);
    note_expected(t, "HNS tells its version", status == WCOW_OK);
    if (!status)
        note_json(t, "hnsVersion", answer);
}

/* As hcsshim makes it with HNS 15.2 and later; what it is different in, its properties tell. */
static void try_ready(self_test *t)
{
    static const char settings[] =
        "{\"SchemaVersion\":{\"Major\":2,\"Minor\":0},\"ReadyOnCreate\":true}";
    hcs_port *hcs = t->host->hcs;
    cleanup_free char *result = NULL;
    hcn_namespace *space = NULL;
    char printed[GUID_TEXT_SIZE];
    uint64_t since;
    guid id;
    int32_t hr;

    if (!choose_id(t, printed) || !guid_parse(printed, &id))
        return;
    since = clock_ticks();
    hr = hcs->create_namespace(hcs, &id, settings, &space, &result);
    note_call(t, "HcnCreateNamespace", "with ReadyOnCreate", hr, since);
    if (HR_FAILED(hr)) {
        note_text(t, "readyOnCreate", result);
        return;
    }
    (void)hcs->close_namespace(hcs, space);
    self_test_namespace(t, "GET", printed, "readyOnCreate");
    try_delete(t, printed, "a namespace that was made with ReadyOnCreate is deleted");
}

/* As version 2 shows it: its type is what decides whether containers can be in it. */
static void show(self_test *t, const char *printed)
{
    static const char question[] = "{\"SchemaVersion\":{\"Major\":2,\"Minor\":0}}";
    hcs_port *hcs = t->host->hcs;
    const uint64_t since = clock_ticks();
    cleanup_free char *result = NULL;
    cleanup_free char *properties = NULL;
    hcn_namespace *space = NULL;
    guid id;
    int32_t hr;

    if (!guid_parse(printed, &id))
        return;
    hr = hcs->open_namespace(hcs, &id, &space, &result);
    if (HR_SUCCEEDED(hr)) {
        free(TAKE(result));
        hr = hcs->query_namespace(hcs, space, question, &properties, &result);
        (void)hcs->close_namespace(hcs, space);
    }
    note_call(t, "HcnQueryNamespaceProperties", "of one of version 1", hr, since);
    note_text(t, "madeByVersion1", properties ? properties : result);
}

static void try_version_1(self_test *t)
{
    wcow_error err = WCOW_ERROR_INIT;
    const uint64_t since = clock_ticks();
    cleanup_json cJSON *answer = NULL;
    cleanup_free char *id = NULL;
    const wcow_status status = hns_call(t->host->hcs, "POST", "/namespaces/", "{}", &answer, &err);

    note_status(t, "HNSCall", "POST /namespaces/", status, &err, since);
    if (status)
        return;
    id = hns_member_text(answer, "ID");
    if (!id) {
        t->no_memory = true;
        return;
    }
    show(t, id);
    try_delete(t, id, "a namespace of version 1 is deleted");
}

void step_namespaces(self_test *t)
{
    wcow_error err = WCOW_ERROR_INIT;
    const uint64_t since = clock_ticks();
    cleanup_strings string_list before = STRING_LIST_INIT;
    const wcow_status status = hns_namespaces(t->host->hcs, &before, &err);

    note_status(t, "HcnEnumerateNamespaces", "", status, &err, since);
    if (status == WCOW_UNSUPPORTED) {
        note_left_out(t, "this Windows has no network namespaces");
        return;
    }
    note_expected(t, "namespaces are listed", status == WCOW_OK);
    note_number(t, "namespaces", (int64_t)before.count);
    ask_version(t);
    try_chosen(t);
    try_ready(t);
    try_version_1(t);
}
