/* SPDX-License-Identifier: MIT */
/* What port/helper.h promises, with docker-credential-test as the program. */
#include "contract.h"

#include <stdio.h>

#include "base/path.h"
#include "base/text.h"
#include "port/files.h"
#include "port/helper.h"
#include "port/machine.h"

#define PATIENCE 60000u

static char folder[512];
static char store[600];

static int32_t run(const char *verb, const char *input, size_t limit, uint32_t milliseconds,
                   char **output, uint32_t *code)
{
    const char *const arguments[] = {"docker-credential-test", verb, NULL};
    size_t size = 0;
    int32_t hr =
        helper_run(arguments, input, strlen(input), limit, milliseconds, output, &size, code);

    if (HR_SUCCEEDED(hr))
        assert_int_equal(size, strlen(*output));
    return hr;
}

/* The program's folder before what was in PATH. */
static int set_up(void **state)
{
    cleanup_free char *before = machine_environment("PATH");
    cleanup_free char *path = text_format("%s%c%s", CONTRACT_HELPERS,
                                          native_is_windows() ? ';' : ':', before ? before : "");

    (void)state;
    native_temporary(folder, sizeof(folder));
    snprintf(store, sizeof(store), "%s%cstore", folder, native_separator());
    native_set_environment("PATH", path);
    native_set_environment("HELPER_STORE", store);
    return 0;
}

static int tear_down(void **state)
{
    files_port *files = NULL;

    (void)state;
    native_set_environment("HELPER_MODE", "");
    if (HR_SUCCEEDED(files_port_open(&files))) {
        (void)files->remove_file(files, store);
        (void)files->remove_directory(files, folder);
        files->free(files);
    }
    return 0;
}

static void it_gets_the_input_and_its_output_and_exit_code_come_back(void **state)
{
    cleanup_free char *nothing = NULL;
    cleanup_free char *stored = NULL;
    cleanup_free char *got = NULL;
    uint32_t code = 99;

    (void)state;
    assert_done(run("get", "host", 1000, PATIENCE, &nothing, &code));
    assert_int_equal(code, 1);
    assert_non_null(strstr(nothing, "credentials not found in native keychain"));
    assert_done(run("store", "{\"Secret\":\"s\"}", 1000, PATIENCE, &stored, &code));
    assert_int_equal(code, 0);
    assert_string_equal(stored, "");
    assert_done(run("get", "host", 1000, PATIENCE, &got, &code));
    assert_int_equal(code, 0); /* first: one that never got so far says nothing, either */
    assert_string_equal(got, "{\"Secret\":\"s\"}");
}

static void long_input_and_output_pass(void **state)
{
    cleanup_free char *input = malloc(HELPER_INPUT_LIMIT + 2);
    cleanup_free char *stored = NULL;
    cleanup_free char *got = NULL;
    cleanup_free char *more = NULL;
    uint32_t code = 99;

    (void)state;
    memset(input, 'x', HELPER_INPUT_LIMIT + 1);
    input[HELPER_INPUT_LIMIT + 1] = '\0';
    assert_hr(HR_INVALID_PARAMETER, run("store", input, 1000, PATIENCE, &more, &code));
    input[HELPER_INPUT_LIMIT] = '\0';
    assert_done(run("store", input, 1000, PATIENCE, &stored, &code));
    assert_int_equal(code, 0);
    assert_done(run("get", "host", HELPER_INPUT_LIMIT, PATIENCE, &got, &code));
    assert_int_equal(code, 0);
    assert_string_equal(got, input);
}

static void too_much_output_is_an_error(void **state)
{
    cleanup_free char *output = NULL;
    uint32_t code = 99;

    (void)state;
    native_set_environment("HELPER_MODE", "long");
    assert_hr(HR_FILE_TOO_LARGE, run("get", "host", 65536, PATIENCE, &output, &code));
    assert_null(output);
    assert_int_equal(code, 99);
}

/* It does not read its input either. */
static void one_that_hangs_is_ended(void **state)
{
    cleanup_free char *input = calloc(1, HELPER_INPUT_LIMIT + 1);
    cleanup_free char *output = NULL;
    uint32_t code = 99;

    (void)state;
    memset(input, 'x', HELPER_INPUT_LIMIT);
    native_set_environment("HELPER_MODE", "hang");
    assert_hr(HR_WAIT_TIMEOUT, run("get", input, 1000, 300, &output, &code));
    assert_null(output);
    assert_int_equal(code, 99);
}

static void one_that_is_not_there_is_not_found(void **state)
{
    static const char *const arguments[] = {"docker-credential-nobody", "get", NULL};
    cleanup_free char *output = NULL;
    size_t size;
    uint32_t code;

    (void)state;
    assert_hr(HR_FILE_NOT_FOUND,
              helper_run(arguments, "", 0, 1000, PATIENCE, &output, &size, &code));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        TEST(it_gets_the_input_and_its_output_and_exit_code_come_back),
        TEST(long_input_and_output_pass),
        TEST(too_much_output_is_an_error),
        TEST(one_that_hangs_is_ended),
        TEST(one_that_is_not_there_is_not_found),
    };

    return cmocka_run_group_tests_name("contract/helper", tests, NULL, NULL);
}
