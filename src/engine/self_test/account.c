/* SPDX-License-Identifier: MIT */
/*
 * The credential guard, asked for an account that there is none of: what vmcompute.dll says to
 * that, on a host that may be in no domain, to a second instance of that name, and to the removal
 * of one that is not there. No source tells; wcow looks an instance up before it removes it.
 */
#include "engine/self_test/self_test.h"

#include "base/error.h"
#include "base/text.h"
#include "hcs/credential_guard.h"
#include "port/clock.h"

#define INSTANCE "wcow-self-test"

static bool begin(self_test *t)
{
    const uint32_t build = t->host->version.build;

    if (!build || build >= SCHEMA_V2_BUILD)
        return true;
    note_left_out(t, "this build asks no credential guard");
    return false;
}

/* Its members but for the cookie, which is nobody's to read. */
static void note_state(self_test *t, const cJSON *state)
{
    note_text(t, "transport", json_text(state, "Transport", ""));
    note_text(t, "cookie", *json_text(state, "Cookie", "") ? "is there" : "is empty");
    note_text(t, "endpoint", *json_text(state, "RpcEndpoint", "") ? "is there" : "is empty");
}

static wcow_status add(self_test *t, const char *as)
{
    const uint64_t since = clock_ticks();
    cleanup_json cJSON *state = NULL;
    wcow_error err = WCOW_ERROR_INIT;
    wcow_status status =
        credential_guard_add(t->host->hcs, INSTANCE, SELF_TEST_ACCOUNT, &state, &err);

    note_status(t, "HcsModifyServiceSettings", as, status, &err, since);
    if (!status)
        note_state(t, state);
    return status;
}

static wcow_status take_away(self_test *t, const char *as)
{
    const uint64_t since = clock_ticks();
    wcow_error err = WCOW_ERROR_INIT;
    wcow_status status = credential_guard_remove(t->host->hcs, INSTANCE, false, &err);

    note_status(t, "HcsModifyServiceSettings", as, status, &err, since);
    return status;
}

static void remove_none(self_test *t)
{
    static const char request[] =
        "{\"PropertyType\":\"ContainerCredentialGuard\",\"Settings\":{\"Operation\":"
        "\"RemoveInstance\",\"OperationDetails\":{\"Id\":\"" INSTANCE "\"}}}";
    hcs_port *hcs = t->host->hcs;
    const uint64_t since = clock_ticks();
    cleanup_free char *result = NULL;
    const int32_t hr = hcs->modify_service(hcs, request, &result);

    note_call(t, "HcsModifyServiceSettings", "RemoveInstance of none", hr, since);
    note_text(t, "removalOfNone", result ? result : "");
}

/* That the first is refused is a fact; what was taken must be given back. */
void step_account(self_test *t)
{
    if (!begin(t))
        return;
    if (!add(t, "AddInstance"))
        (void)add(t, "AddInstance again");
    if (note_expected(t, "no instance is left", !take_away(t, "RemoveInstance")))
        remove_none(t);
}
