/* SPDX-License-Identifier: MIT */
/* What port/survey.h promises: on Windows that each answers, on Linux that there is nothing to ask.
 */
#include "contract.h"

#include "base/path.h"
#include "base/text.h"
#include "port/files.h"
#include "port/machine.h"
#include "port/survey.h"

#define INVALID_OWNER 1307 /* ERROR_INVALID_OWNER, winerror.h */

static files_port *files;
static char folder[512];

static void what_linux_does_not_have_is_not_supported(void **state)
{
    cleanup_strings string_list names = STRING_LIST_INIT;
    survey_token token;
    bool within;
    uint32_t number;
    int64_t value;

    (void)state;
    if (native_is_windows())
        return;
    assert_int_equal(survey_job(&within, &number), HR_NOT_SUPPORTED);
    assert_int_equal(survey_token_of_process(&token), HR_NOT_SUPPORTED);
    assert_int_equal(survey_administrators_pipe("x"), HR_NOT_SUPPORTED);
    assert_int_equal(survey_volume_state("/", &number), HR_NOT_SUPPORTED);
    assert_int_equal(survey_filters(&names), HR_NOT_SUPPORTED);
    assert_int_equal(survey_list(folder, &names), HR_NOT_SUPPORTED);
    assert_int_equal(survey_unasked_stream(&value), HR_NOT_SUPPORTED);
}

static void a_token_tells_its_owner_without_a_name(void **state)
{
    static const char *const owners[] = {"Administrators", "SYSTEM", "the user", "somebody else"};
    survey_token token = {0};
    size_t found = 0;

    (void)state;
    if (!native_is_windows())
        return;
    assert_done(survey_token_of_process(&token));
    for (size_t i = 0; i < sizeof(owners) / sizeof(owners[0]); i++)
        found += text_equal(token.owner, owners[i]);
    assert_int_equal(found, 1);
    assert_int_equal(token.elevated, native_is_elevated());
    assert_true(token.elevation_type >= 1 && token.elevation_type <= 3);
}

/* Twice: the name is free again, and the thread acts as itself again. */
static void a_pipe_of_administrators_is_made_and_goes(void **state)
{
    cleanup_free char *name = text_format("contract-survey-%u", machine_process_id());

    (void)state;
    for (int i = 0; native_is_windows() && i < 2; i++) {
        const int32_t hr = survey_administrators_pipe(name);

        if (hr != HR_FROM_WIN32(INVALID_OWNER))
            assert_done(hr);
    }
}

static void both_lists_of_a_folder_have_the_same_names(void **state)
{
    static const char *const names[] = {"a", "b.txt", "folder"};
    cleanup_strings string_list bare = STRING_LIST_INIT;
    cleanup_strings string_list full = STRING_LIST_INIT;

    (void)state;
    if (!native_is_windows())
        return;
    for (size_t i = 0; i < 3; i++) {
        cleanup_free char *path = path_join(folder, names[i]);

        assert_done(i < 2 ? files->replace(files, path, "x", 1)
                          : files->make_directory(files, path));
    }
    assert_done(files->list(files, folder, &bare));
    assert_done(survey_list(folder, &full));
    string_list_sort(&bare);
    string_list_sort(&full);
    assert_int_equal(bare.count, 3);
    assert_int_equal(full.count, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_string_equal(bare.items[i], names[i]);
        assert_string_equal(full.items[i], names[i]);
    }
    assert_true(HR_FAILED(survey_list("C:\\no\\such\\folder", &full)));
}

/* Wine has neither; where they fail nothing is told. */
static void what_a_volume_is_set_to_and_its_filters_are_told_or_fail(void **state)
{
    cleanup_strings string_list names = STRING_LIST_INIT;
    uint32_t flags = 1;
    int32_t hr;

    (void)state;
    if (!native_is_windows())
        return;
    hr = survey_volume_state(folder, &flags);
    if (HR_SUCCEEDED(hr))
        assert_int_equal(flags & ~(VOLUME_IS_DEV_DRIVE | VOLUME_IS_TRUSTED), 0);
    else
        assert_int_equal(flags, 1);
    if (HR_FAILED(survey_filters(&names)))
        assert_int_equal(names.count, 0);
}

static void a_copy_of_this_program_is_a_program(void **state)
{
    cleanup_free char *path = path_join(folder, "copy.exe");
    file_info info = {0};

    (void)state;
    for (int i = 0; i < 2; i++)
        assert_done(survey_copy_self(path));
    assert_done(files->info(files, path, &info));
    assert_true(info.size > 10000);
    assert_done(files->remove_file(files, path));
    assert_true(HR_FAILED(survey_copy_self(folder)));
}

static void no_stream_is_known_before_a_process_was_made(void **state)
{
    int64_t value = 7;

    (void)state;
    if (!native_is_windows())
        return;
    assert_int_equal(survey_unasked_stream(&value), HR_NOT_FOUND);
    assert_int_equal(value, 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_linux_does_not_have_is_not_supported),
        cmocka_unit_test(a_token_tells_its_owner_without_a_name),
        cmocka_unit_test(a_pipe_of_administrators_is_made_and_goes),
        cmocka_unit_test(both_lists_of_a_folder_have_the_same_names),
        cmocka_unit_test(what_a_volume_is_set_to_and_its_filters_are_told_or_fail),
        cmocka_unit_test(a_copy_of_this_program_is_a_program),
        cmocka_unit_test(no_stream_is_known_before_a_process_was_made),
    };

    native_temporary(folder, sizeof(folder));
    if (HR_FAILED(files_port_open(&files)))
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
