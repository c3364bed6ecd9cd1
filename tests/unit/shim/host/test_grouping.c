/* SPDX-License-Identifier: MIT */
/* Which shim a task belongs to, by the annotations of its specification. */
#include "shim/host/grouping.h"

#include "base/text.h"
#include "tests/unit/status.h"

static wcow_error err;

#define TYPE    "\"io.kubernetes.cri.container-type\""
#define SANDBOX "\"io.kubernetes.cri.sandbox-id\""
#define HPC     "\"microsoft.com/hostprocess-container\""

static wcow_status read(const char *annotations, shim_group *out)
{
    cleanup_free char *words = text_format("{\"annotations\": %s}", annotations);
    static cJSON *kept;

    cJSON_Delete(kept); /* which `out` points into */
    kept = cJSON_Parse(words);
    assert_non_null(kept);
    err = (wcow_error)WCOW_ERROR_INIT;
    return shim_group_read(kept, "web", out, &err);
}

static void annotations_decide(void **state)
{
    static const struct {
        const char *annotations;
        shim_role role;
        const char *sandbox;
    } rows[] = {
        {"null", SHIM_ALONE, "web"},
        {"{}", SHIM_ALONE, "web"},
        {"{\"other\": \"x\", " HPC ": \"false\"}", SHIM_ALONE, "web"},
        {"{" TYPE ": \"sandbox\", " SANDBOX ": \"web\"}", SHIM_SANDBOX, "web"},
        {"{" TYPE ": \"container\", " SANDBOX ": \"pod\"}", SHIM_CONTAINER, "pod"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        shim_group group;

        assert_ok(&err, read(rows[i].annotations, &group));
        assert_int_equal(group.role, rows[i].role);
        assert_string_equal(group.sandbox, rows[i].sandbox);
    }
}

static void contradictions_are_refused(void **state)
{
    static const struct {
        const char *annotations, *words;
        wcow_status status;
    } rows[] = {
        {"{" TYPE ": \"sandbox\"}",
         "the annotations 'io.kubernetes.cri.container-type' and 'io.kubernetes.cri.sandbox-id' "
         "need each other",
         WCOW_INVALID},
        {"{" SANDBOX ": \"web\"}",
         "the annotations 'io.kubernetes.cri.container-type' and 'io.kubernetes.cri.sandbox-id' "
         "need each other",
         WCOW_INVALID},
        {"{" TYPE ": \"sandbox\", " SANDBOX ": \"pod\"}",
         "the sandbox 'web' has 'pod' in its annotation 'io.kubernetes.cri.sandbox-id'",
         WCOW_INVALID},
        {"{" TYPE ": \"vm\", " SANDBOX ": \"web\"}",
         "the annotation 'io.kubernetes.cri.container-type' is neither 'sandbox' nor 'container' "
         "but 'vm'",
         WCOW_INVALID},
        {"{" TYPE ": \"sandbox\", " SANDBOX ": \"web\", " HPC ": \"true\"}",
         "HostProcess containers are not supported", WCOW_UNSUPPORTED},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        shim_group group = {SHIM_ALONE, NULL};

        assert_fails(&err, rows[i].status, rows[i].words, read(rows[i].annotations, &group));
        assert_null(group.sandbox);
    }
    assert_non_null(strstr(err.hint, "RuntimeClass"));
}

static int forget(void **state)
{
    shim_group group;

    (void)state;
    /* The last document is the static one's, which nobody needs any more. */
    return read("null", &group) ? -1 : 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(annotations_decide),
        cmocka_unit_test(contradictions_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, forget);
}
