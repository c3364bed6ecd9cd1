/* SPDX-License-Identifier: MIT */
/* Security options: which text they stand for. */
#include "engine/container/credential_spec.h"

#include <string.h>

#include "base/error.h"
#include "base/path.h"
#include "engine/container/container.h"
#include "engine/host/paths.h"
#include "engine/host/store.h"
#include "hcs/credential_guard.h"
#include "tests/unit/engine/fixture.h"

#define SPEC "{\"CmsPlugins\":[\"ActiveDirectory\"]}"

static void write_spec(fixture *f, const char *name, const void *bytes, size_t size)
{
    cleanup_free char *folder = path_join(f->root, "CredentialSpecs");
    cleanup_free char *path = path_join(folder, name);

    assert_ok(&f->err, store_make_directory(f->host, folder, &f->err));
    assert_int_equal(f->files->replace(f->files, path, bytes, size), 0);
}

static void assert_reads(fixture *f, const char *first, const char *second, const char *words)
{
    const char *const options[] = {first, second, NULL};
    cleanup_free char *read = NULL;

    assert_ok(&f->err, credential_spec_read(f->host, options, &read, &f->err));
    assert_string_equal(read, words);
}

/* The host's registry. */
static int32_t local_value(const char *key, const char *name, char **out)
{
    assert_string_equal(key, "SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\Virtualization\\"
                             "Containers\\CredentialSpecs");
    if (text_equal(name, "denied"))
        return HR_FROM_WIN32(5);
    if (!text_equal(name, "web"))
        return HR_FROM_WIN32(2);
    *out = text_copy(SPEC);
    return HR_OK;
}

static int set_up(void **state)
{
    const int failed = fixture_set_up(state);
    fixture *f = *state;

    f->host->local_value = local_value;
    return failed;
}

static void a_text_is_taken_as_it_is(void **state)
{
    fixture *f = *state;
    cleanup_free char *none = NULL;

    write_spec(f, "spec.json", SPEC, strlen(SPEC));
    assert_reads(f, "credentialspec=file://spec.json", NULL, SPEC);
    assert_reads(f, "CredentialSpec=FILE://./spec.json", NULL, SPEC);
    assert_reads(f, "credentialspec=raw:// {} ", NULL, " {} ");
    assert_reads(f, "credentialspec=registry://web", NULL, SPEC);
    assert_reads(f, "credentialspec=raw://{}", "credentialspec=file://spec.json", SPEC);
    assert_ok(&f->err, credential_spec_read(f->host, NULL, &none, &f->err));
    assert_null(none);
}

static void what_is_no_credential_spec_is_refused(void **state)
{
    static const struct {
        const char *option;
        wcow_status status;
        const char *words; /* the beginning */
    } cases[] = {
        {"credentialspec", WCOW_INVALID, "invalid security option: no equals sign"},
        {"seccomp=unconfined", WCOW_INVALID, "security option not supported: seccomp"},
        {"credentialspec=spec.json", WCOW_INVALID, "invalid credential spec security option"},
        {"credentialspec=raw://", WCOW_INVALID, "invalid credential spec security option"},
        {"credentialspec=config://x", WCOW_INVALID, "invalid credential spec security option"},
        {"credentialspec=registry://nothere", WCOW_INVALID,
         "registry credential spec \"nothere\" was not found"},
        {"credentialspec=registry://denied", WCOW_DENIED,
         "cannot read registry credential spec \"denied\": RegGetValue: "},
        {"credentialspec=file://C:\\x", WCOW_INVALID,
         "invalid credential spec: file:// path cannot be absolute"},
        {"credentialspec=file:///x", WCOW_INVALID,
         "invalid credential spec: file:// path cannot be absolute"},
        {"credentialspec=file://\\x", WCOW_INVALID,
         "invalid credential spec: file:// path cannot be absolute"},
        {"credentialspec=file://../x", WCOW_INVALID,
         "invalid credential spec: file:// path must be under"},
        {"credentialspec=file://a/./..\\..\\x", WCOW_INVALID,
         "invalid credential spec: file:// path must be under"},
        {"credentialspec=file://nothere", WCOW_INVALID, "failed to load credential spec: "},
        {"credentialspec=file://utf16", WCOW_INVALID, "failed to load credential spec: "},
        {"credentialspec=file://empty", WCOW_INVALID, "failed to load credential spec: "},
    };
    fixture *f = *state;

    write_spec(f, "utf16", "{\0}\0", 4);
    write_spec(f, "empty", "", 0);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *const options[] = {cases[i].option, NULL};
        cleanup_free char *read = NULL;

        assert_int_equal(credential_spec_read(f->host, options, &read, &f->err), cases[i].status);
        if (strncmp(f->err.message, cases[i].words, strlen(cases[i].words)) != 0)
            fail_msg("%s: %s", cases[i].option, f->err.message);
        assert_null(read);
    }
}

/* ---- a container of schema 2 ---- */

static wcow_container *make_with_account(fixture *f)
{
    static const char *const ping[] = {"ping", NULL};
    static const char *const credentials[] = {"credentialspec=raw://" SPEC, NULL};
    wcow_container_spec spec = WCOW_CONTAINER_SPEC_INIT;
    wcow_container *web = NULL;

    spec.image = IMAGE;
    spec.name = "web";
    spec.command = ping;
    spec.schema = 2;
    spec.security_options = credentials;
    assert_ok(&f->err, wcow_container_create(f->host, &spec, &web, &f->err));
    return web;
}

/* What the last system was told of the credential guard. */
static cJSON *guard_of_last(fixture *f)
{
    cleanup_json cJSON *journal = sim_journal(f->fake->sim);
    cleanup_json cJSON *document = NULL;
    const cJSON *item;

    cJSON_ArrayForEach (item, journal) {
        if (!text_equal(json_text(item, "call", ""), "HcsCreateComputeSystem"))
            continue;
        cJSON_Delete(document);
        document = cJSON_Parse(json_text(item, "configuration", ""));
    }
    return cJSON_Duplicate(json_path(document, "Container.ContainerCredentialGuard"), true);
}

static void end(fixture *f, wcow_container *container)
{
    assert_ok(&f->err, wcow_container_remove(container, true, &f->err));
    wcow_container_free(container);
}

/* The instance is made for a run, named in the document, and goes at its end. */
static void it_is_given_to_the_credential_guard_for_a_run(void **state)
{
    fixture *f = *state;
    wcow_container *web = make_with_account(f);

    assert_int_equal(fixture_left(f, "guards"), 0);
    for (int run = 0; run < 2; run++) {
        cleanup_json cJSON *guard = NULL;

        assert_ok(&f->err, wcow_container_start(web, NULL, NULL, &f->err));
        assert_int_equal(fixture_left(f, "guards"), 1);
        guard = guard_of_last(f);
        assert_string_equal(json_text(guard, "CredentialSpec", ""), SPEC);
        assert_string_equal(json_text(guard, "Transport", ""), "LRPC");
        assert_string_not_equal(json_text(guard, "Cookie", ""), "");
        assert_ok(&f->err, wcow_container_stop(web, 0, &f->err));
        assert_int_equal(fixture_left(f, "guards"), 0);
    }
    end(f, web);
}

/* What stays is noted, and goes with the container. */
static void an_account_that_is_not_forgotten_goes_with_its_container(void **state)
{
    fixture *f = *state;
    wcow_container *web = make_with_account(f);

    assert_ok(&f->err, wcow_container_start(web, NULL, NULL, &f->err));
    assert_true(sim_fault(f->fake->sim, "{\"call\":\"HcsModifyServiceSettings\",\"hr\":"
                                        "\"0x80004005\"}"));
    ignore(wcow_container_stop(web, 0, NULL));
    assert_int_equal(fixture_left(f, "guards"), 1);
    end(f, web);
    assert_int_equal(fixture_left(f, "guards"), 0);
}

/* Of a monitor that dies the instance stays, unlike the system: whoever comes next removes it. */
static void an_account_of_a_damaged_container_is_forgotten(void **state)
{
    fixture *f = *state;
    wcow_container *web = make_with_account(f);
    cleanup_free char *path = path_in_container(f->host, web->id, FILE_STATE);
    cleanup_json cJSON *guard = NULL;

    assert_ok(&f->err, credential_guard_add(f->fake->hcs, web->id, SPEC, &guard, &f->err));
    assert_int_equal(f->files->replace(f->files, path, "{", 1), 0);
    end(f, web);
    assert_int_equal(fixture_left(f, "guards"), 0);
}

/* A host that is not there has neither a cookie nor an endpoint for it. */
static void a_plan_shows_what_the_guard_would_be_asked(void **state)
{
    static const char *const credentials[] = {"credentialspec=raw://" SPEC, NULL};
    fixture *f = *state;
    wcow_container_spec spec = WCOW_CONTAINER_SPEC_INIT;
    cleanup_json cJSON *plan = NULL;
    const cJSON *guard, *item;
    cleanup_text text asked = TEXT_INIT;
    char *json = NULL;

    spec.image = IMAGE;
    spec.schema = 2;
    spec.security_options = credentials;
    assert_ok(&f->err, wcow_container_plan(f->host, &spec, &json, &f->err));
    plan = fixture_json(f, json);
    guard = json_path(plan, "system.Container.ContainerCredentialGuard");
    assert_string_equal(json_text(guard, "Cookie", ""), "<cookie>");
    assert_string_equal(json_text(guard, "CredentialSpec", ""), SPEC);
    cJSON_ArrayForEach (item, json_member(plan, "calls")) {
        if (text_equal(json_text(item, "call", ""), "HcsModifyServiceSettings"))
            text_addf(&asked, "%s|", json_text(item, "on", ""));
    }
    assert_string_equal(text_get(&asked), "ContainerCredentialGuard AddInstance|"
                                          "ContainerCredentialGuard RemoveInstance|");
    assert_int_equal(fixture_left(f, "guards"), 0);
}

/* Nobody knows of an account, and the guard does not tell: all the same it goes. */
static void a_damaged_container_goes_whatever_the_guard_answers(void **state)
{
    fixture *f = *state;

    for (int i = 0; i < 2; i++) {
        wcow_container *web = make_with_account(f);
        cleanup_free char *path = path_in_container(f->host, web->id, i ? FILE_RECORD : FILE_STATE);

        assert_int_equal(f->files->replace(f->files, path, "{", 1), 0);
        if (i)
            assert_int_equal(f->files->remove_file(f->files, path), 0);
        assert_true(sim_fault(f->fake->sim, "{\"call\":\"HcsGetServiceProperties\",\"hr\":"
                                            "\"0x80004005\"}"));
        if (i)
            assert_ok(&f->err, wcow_host_prune(f->host, NULL, NULL, &f->err));
        else
            assert_ok(&f->err, wcow_container_remove(web, true, &f->err));
        wcow_container_free(web);
        sim_faults_clear(f->fake->sim);
        fixture_assert_clean(f);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, fixture_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_text_is_taken_as_it_is),
        TEST(what_is_no_credential_spec_is_refused),
        TEST(it_is_given_to_the_credential_guard_for_a_run),
        TEST(an_account_that_is_not_forgotten_goes_with_its_container),
        TEST(an_account_of_a_damaged_container_is_forgotten),
        TEST(a_damaged_container_goes_whatever_the_guard_answers),
        TEST(a_plan_shows_what_the_guard_would_be_asked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
