/* SPDX-License-Identifier: MIT */
/* References: what Docker accepts, how it shows them. */
#include "tests/unit/status.h"

#include <string.h>

#include "base/text.h"
#include "oci/reference.h"

#define DIGEST "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

static wcow_error err;

static void references_are_completed_and_shown_as_docker_does(void **state)
{
    static const struct {
        const char *given;
        const char *canonical;
        const char *repository;
        const char *familiar;
    } cases[] = {
        {"nanoserver", "docker.io/library/nanoserver:latest", "nanoserver", "nanoserver:latest"},
        {"nanoserver:ltsc2022", "docker.io/library/nanoserver:ltsc2022", "nanoserver",
         "nanoserver:ltsc2022"},
        {"microsoft/nanoserver", "docker.io/microsoft/nanoserver:latest", "microsoft/nanoserver",
         "microsoft/nanoserver:latest"},
        {"docker.io/nanoserver", "docker.io/library/nanoserver:latest", "nanoserver",
         "nanoserver:latest"},
        {"index.docker.io/a/b", "docker.io/a/b:latest", "a/b", "a/b:latest"},
        {"docker.io/library/a/b", "docker.io/library/a/b:latest", "library/a/b",
         "library/a/b:latest"},
        {"mcr.microsoft.com/windows/nanoserver:ltsc2022",
         "mcr.microsoft.com/windows/nanoserver:ltsc2022", "mcr.microsoft.com/windows/nanoserver",
         "mcr.microsoft.com/windows/nanoserver:ltsc2022"},
        {"localhost/a", "localhost/a:latest", "localhost/a", "localhost/a:latest"},
        {"localhost:5000/a:b", "localhost:5000/a:b", "localhost:5000/a", "localhost:5000/a:b"},
        {"[::1]:5000/a", "[::1]:5000/a:latest", "[::1]:5000/a", "[::1]:5000/a:latest"},
        {"Registry/a", "Registry/a:latest", "Registry/a", "Registry/a:latest"},
        {"a@" DIGEST, "docker.io/library/a@" DIGEST, "a", "a@" DIGEST},
        {"a:b@" DIGEST, "docker.io/library/a:b@" DIGEST, "a", "a:b@" DIGEST},
        {"a__b/c-----d.e_f:T_a.g-1", "docker.io/a__b/c-----d.e_f:T_a.g-1", "a__b/c-----d.e_f",
         "a__b/c-----d.e_f:T_a.g-1"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        cleanup_reference image_reference *reference = NULL;
        cleanup_free char *canonical = NULL;
        cleanup_free char *repository = NULL;
        cleanup_free char *familiar = NULL;

        assert_ok(&err, reference_parse(cases[i].given, &reference, &err));
        assert_true(reference_default_tag(reference));
        canonical = reference_canonical(reference);
        repository = reference_repository(reference);
        familiar = reference_familiar(reference);
        assert_string_equal(canonical, cases[i].canonical);
        assert_string_equal(repository, cases[i].repository);
        assert_string_equal(familiar, cases[i].familiar);
    }
}

static void malformed_references_are_refused(void **state)
{
    static const char *const cases[] = {
        "",        ":",        "a:",      "a@",        ("@" DIGEST), "a:b:c",      "a//b",
        "/a",      "a/",       "a..b",    "a___b",     "-a",         "a-",         "a.",
        "a b",     "a:.b",     "a:-b",    "a@sha256:", "a@md5:00",   "a@sha256:E", "-x.y/a",
        "x.y-/a",  "x.y:/a",   "x.y:p/a", "[::1/a",    "[]/a",       "x..y/a",     "a:b c",
        "a/b@c@d", "..\\evil", "a/../b",  "a:b/c",     "ä",          "a\n",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        cleanup_reference image_reference *reference = NULL;
        cleanup_free char *message = text_format("invalid reference format: '%s'", cases[i]);

        assert_fails(&err, WCOW_INVALID, message, reference_parse(cases[i], &reference, &err));
        assert_null(reference);
    }
}

static void upper_case_is_refused_in_docker_s_words(void **state)
{
    cleanup_reference image_reference *reference = NULL;

    (void)state;
    assert_fails(&err, WCOW_INVALID,
                 "invalid reference format: repository name (library/Nano) must be lowercase",
                 reference_parse("Nano", &reference, &err));
}

static void an_id_is_no_name(void **state)
{
    cleanup_reference image_reference *reference = NULL;

    (void)state;
    assert_fails(&err, WCOW_INVALID,
                 "invalid repository name "
                 "(e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855), cannot "
                 "specify 64-byte hexadecimal strings",
                 reference_parse(&DIGEST[7], &reference, &err));
}

static void a_name_is_bounded(void **state)
{
    cleanup_reference image_reference *reference = NULL;
    char name[300] = {0};
    char tag[140] = "a:";

    (void)state;
    memset(name, 'a', 255);
    assert_fails(&err, WCOW_INVALID, "repository name must not be more than 255 characters",
                 reference_parse(name, &reference, &err));
    memset(tag + 2, 't', 129);
    assert_int_equal(reference_parse(tag, &reference, &err), WCOW_INVALID);
    tag[130] = '\0';
    assert_ok(&err, reference_parse(tag, &reference, &err));
}

static void digests_are_checked(void **state)
{
    (void)state;
    assert_true(digest_valid(DIGEST));
    assert_false(digest_valid(DIGEST "0"));
    assert_false(digest_valid(&DIGEST[7]));
    assert_false(digest_valid(""));
    assert_false(digest_valid("sha256:../../../../../../../../../../../../../../../../../../../x"));
    assert_false(
        digest_valid("sha256:E3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(references_are_completed_and_shown_as_docker_does),
        cmocka_unit_test(malformed_references_are_refused),
        cmocka_unit_test(upper_case_is_refused_in_docker_s_words),
        cmocka_unit_test(an_id_is_no_name),
        cmocka_unit_test(a_name_is_bounded),
        cmocka_unit_test(digests_are_checked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
