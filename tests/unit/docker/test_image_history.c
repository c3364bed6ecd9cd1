/* SPDX-License-Identifier: MIT */
/* An image's history in Docker's shape. */
#include "docker/image_history.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static void the_newest_step_comes_first_and_has_the_id(void **state)
{
    const image_history base = {.created = (char[]){"1970-01-01T00:00:05.5Z"},
                                .created_by = (char[]){"ADD"}};
    const image_history odd = {.created = (char[]){"yesterday"}, .comment = (char[]){"c"}};
    const history_facts steps[] = {{&base, 7}, {&odd, 0}, {NULL, 3}};
    char *json = image_history_print("sha256:1", steps, 3);

    (void)state;
    assert_string_equal(
        json,
        "[{\"Id\":\"sha256:1\",\"Created\":0,\"CreatedBy\":\"\",\"Size\":3,\"Comment\":\"\"},"
        "{\"Id\":\"<missing>\",\"Created\":0,\"CreatedBy\":\"\",\"Size\":0,\"Comment\":\"c\"},"
        "{\"Id\":\"<missing>\",\"Created\":5,\"CreatedBy\":\"ADD\",\"Size\":7,\"Comment\":\"\"}]");
    free(json);
}

static void no_steps_are_an_empty_list(void **state)
{
    char *json = image_history_print("sha256:1", NULL, 0);

    (void)state;
    assert_string_equal(json, "[]");
    free(json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_newest_step_comes_first_and_has_the_id),
        cmocka_unit_test(no_steps_are_an_empty_list),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
