/* SPDX-License-Identifier: MIT */
/* Reparse buffers: made as Windows wants them, read back, refused when damaged. */
#include "tests/unit/status.h"

#include <string.h>

#include "layer/backup/reparse.h"

static wcow_error err;

static void links_are_read_back_as_they_were_typed(void **state)
{
    static const struct {
        const char *target;
        bool junction;
        const char *print;
    } cases[] = {
        {"C:\\Users", true, "C:\\Users"},
        {"C:/ProgramData", false, "C:\\ProgramData"},
        {"..\\x\\y", false, "..\\x\\y"},
        {"\\\\server\\share", false, "\\\\server\\share"},
        {"\\\\?\\Volume{1}\\", true, "\\\\?\\Volume{1}\\"},
        {"日本/😀", false, "日本\\😀"},
        {"", false, ""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        cleanup_text text buffer = TEXT_INIT;
        cleanup_free char *target = NULL;
        bool junction = !cases[i].junction;

        assert_ok(&err, reparse_encode(cases[i].target, cases[i].junction, &buffer, &err));
        assert_ok(&err, reparse_decode((const unsigned char *)buffer.data, buffer.length, &target,
                                       &junction, &err));
        assert_string_equal(target, cases[i].print);
        assert_int_equal(junction, cases[i].junction);
    }
}

/* The flags follow the 8-byte header and four 16-bit numbers. */
static void only_a_path_without_a_root_is_relative(void **state)
{
    static const struct {
        const char *target;
        char flag;
    } cases[] = {{"x", 1}, {"..\\x", 1}, {"\\x", 1}, {"C:\\x", 0}, {"\\\\s\\x", 0}};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        cleanup_text text buffer = TEXT_INIT;

        assert_ok(&err, reparse_encode(cases[i].target, false, &buffer, &err));
        assert_int_equal(buffer.data[16], cases[i].flag);
    }
}

static void a_target_that_does_not_fit_is_refused(void **state)
{
    cleanup_text text buffer = TEXT_INIT;
    cleanup_text text target = TEXT_INIT;

    (void)state;
    for (int i = 0; i < 5000; i++)
        text_add_char(&target, 'x');
    assert_fails(&err, WCOW_CORRUPT, "the link's target is too long",
                 reparse_encode(target.data, false, &buffer, &err));
}

static void a_buffer_cut_anywhere_is_refused(void **state)
{
    cleanup_text text buffer = TEXT_INIT;

    (void)state;
    assert_ok(&err, reparse_encode("C:\\x", false, &buffer, &err));
    /* The last two bytes are the NUL after the print name, which need not be there. */
    for (size_t size = 0; size < buffer.length - 2; size++) {
        cleanup_free char *exact = text_copy_bytes(buffer.data, size);
        cleanup_free char *target = NULL;
        bool junction;

        assert_int_equal(reparse_decode((unsigned char *)exact, size, &target, &junction, &err),
                         WCOW_CORRUPT);
        assert_null(target);
    }
}

static void other_tags_are_named(void **state)
{
    static const unsigned char cloud[16] = {0x1a, 0, 0, 0x90};
    cleanup_free char *target = NULL;
    bool junction;

    (void)state;
    assert_fails(&err, WCOW_UNSUPPORTED, "a reparse point of tag 0x9000001A",
                 reparse_decode(cloud, sizeof(cloud), &target, &junction, &err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(links_are_read_back_as_they_were_typed),
        cmocka_unit_test(only_a_path_without_a_root_is_relative),
        cmocka_unit_test(a_target_that_does_not_fit_is_refused),
        cmocka_unit_test(a_buffer_cut_anywhere_is_refused),
        cmocka_unit_test(other_tags_are_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
