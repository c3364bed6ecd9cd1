/* SPDX-License-Identifier: MIT */
/* Security options: which text they stand for. */
#include "engine/container/credential_spec.h"

#include <string.h>

#include "base/error.h"
#include "base/path.h"
#include "engine/host/store.h"
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

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, fixture_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_text_is_taken_as_it_is),
        TEST(what_is_no_credential_spec_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
