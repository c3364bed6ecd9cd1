/* SPDX-License-Identifier: MIT */
/* The commands about images and layers. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <setjmp.h>

#include <cmocka.h>

#include "tests/unit/cli/fake_wcow.h"

static void layer_inspect_prints_an_array_with_exact_numbers(void **state)
{
    (void)state;
    expect(0,
           "[\n"
           "{\"name\":\"Files/a\",\"size\":1234,\"fileAttributes\":33,"
           "\"creationTime\":48491090211286549,\"lastAccessTime\":1,"
           "\"lastWriteTime\":116444736020000000,\"changeTime\":2,\"backupStreamLength\":1300,"
           "\"backupStreamSha256\":\"abcd\"},\n"
           "{\"name\":\"Files/.wh.b\",\"whiteout\":true,\"size\":0,\"fileAttributes\":0,"
           "\"creationTime\":0,\"lastAccessTime\":0,\"lastWriteTime\":0,\"changeTime\":0,"
           "\"backupStreamLength\":0,\"backupStreamSha256\":\"\"},\n"
           "{\"name\":\"Files/c\",\"hardLink\":\"Files/a\",\"size\":0,\"fileAttributes\":0,"
           "\"creationTime\":0,\"lastAccessTime\":0,\"lastWriteTime\":0,\"changeTime\":0,"
           "\"backupStreamLength\":0,\"backupStreamSha256\":\"\"},\n"
           "{\"name\":\"Files/\\u001b[2J\",\"size\":0,\"fileAttributes\":1040,"
           "\"creationTime\":0,\"lastAccessTime\":0,\"lastWriteTime\":116444736000000000,"
           "\"changeTime\":0,\"backupStreamLength\":0,\"backupStreamSha256\":\"ef\"}\n"
           "]\n",
           "", "layer", "inspect", "l.tar", "--format", "json");
    expect_calls("layer inspect l.tar\n");
}

static void layer_inspect_has_a_table_that_no_name_can_spoil(void **state)
{
    (void)state;
    expect(0,
           "NAME            TYPE        ATTRIBUTES   SIZE      CARRIES\n"
           "Files/a         file        AR           1.234kB   security, 1 extended attribute, "
           "2 streams\n"
           "Files/.wh.b     whiteout    -            0B        -\n"
           "Files/c         hard link   -            0B        of Files/a\n"
           "Files/\\x1b[2J   junction    DL           0B        to C:/x\n",
           "", "layer", "inspect", "l.tar", "--format",
           "table {{.Name}}\\t{{.Type}}\\t{{.Attributes}}\\t{{.Size}}\\t{{.Carries}}");
}

static void layer_inspect_fails_with_the_file_s_fault(void **state)
{
    (void)state;
    fake.failing = "layer inspect";
    fake.failure = WCOW_CORRUPT;
    expect(125, "", "wcow: it failed\n", "layer", "inspect", "l.tar");
    expect(125, "[\n", "wcow: it failed\n", "layer", "inspect", "l.tar", "--format", "json");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(layer_inspect_prints_an_array_with_exact_numbers,
                                        fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(layer_inspect_has_a_table_that_no_name_can_spoil,
                                        fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(layer_inspect_fails_with_the_file_s_fault, fake_setup,
                                        fake_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
