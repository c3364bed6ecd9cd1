/* SPDX-License-Identifier: MIT */
#include "tests/unit/status.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/pipe_name.h"

static void assert_name(const char *address, const char *expected)
{
    char *name = NULL;

    assert_int_equal(pipe_name_parse(address, &name), HR_OK);
    assert_string_equal(name, expected);
    free(name);
}

static void every_way_to_write_it_names_the_same_pipe(void **state)
{
    (void)state;
    assert_name("\\\\.\\pipe\\a", "a");
    assert_name("//./pipe/a", "a");
    assert_name("\\\\.\\PIPE\\a", "a");
    assert_name("npipe://./pipe/a", "a");
    assert_name("npipe:////./pipe/a", "a");
    assert_name("npipe://\\\\.\\pipe\\a", "a");
    assert_name("\\\\.\\pipe\\ProtectedPrefix\\Administrators\\a-b",
                "ProtectedPrefix\\Administrators\\a-b");
    assert_name("\\\\.\\pipe\\ctr-1.2-stdin", "ctr-1.2-stdin");
    assert_name("\\\\.\\pipe\\..a", "..a");
}

/* Another computer's pipe would be told what a container writes; a file is no pipe. */
static void what_leads_elsewhere_is_refused(void **state)
{
    static const char *const refused[] = {
        "",
        "a",
        "npipe:",
        "npipe://",
        "\\\\.\\pipe",
        "\\\\.\\pipe\\",
        "\\\\server\\pipe\\a",
        "//server/pipe/a",
        "npipe://server/pipe/a",
        "npipe:////server/pipe/a",
        "\\\\?\\UNC\\server\\pipe\\a",
        "\\\\.\\UNC\\server\\pipe\\a",
        "\\\\.\\C:\\a",
        "\\\\\x0e\\pipe\\a",
        "\\\\.\\pipex\\a",
        "\\.\\pipe\\a",
        "C:\\pipe\\a",
        "\\\\.\\pipe\\..\\C:\\a",
        "\\\\.\\pipe\\.\\a",
        "\\\\.\\pipe\\a\\..",
        "\\\\.\\pipe\\a\\.. ",
        "\\\\.\\pipe\\a\\",
        "\\\\.\\pipe\\a\\\\b",
        "\\\\.\\pipe\\...",
        "//./pipe/../UNC/server/pipe/a",
        "binary:///C:/a.exe",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        char *name = NULL;

        if (pipe_name_parse(refused[i], &name) != HR_INVALID_PARAMETER)
            fail_msg("'%s' was taken", refused[i]);
        assert_null(name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_way_to_write_it_names_the_same_pipe),
        cmocka_unit_test(what_leads_elsewhere_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
