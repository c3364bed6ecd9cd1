/* SPDX-License-Identifier: MIT */
/* Labels that are asked for. */
#include "docker/labels.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void labels_fit_as_in_moby(void **state)
{
    static const char *const one[] = {"a", NULL};
    static const char *const pair[] = {"a=1", "b", NULL};
    static const char *const wrong[] = {"a=2", NULL};
    static const char *const mixed[] = {"a=1", "c", NULL};
    cleanup_strings string_list labels = STRING_LIST_INIT;

    (void)state;
    assert_true(string_list_add(&labels, "a=1") && string_list_add(&labels, "b=2,c=3"));
    assert_true(labels_fit(&labels, NULL, NULL));
    assert_true(labels_fit(&labels, one, NULL));
    assert_true(labels_fit(&labels, pair, NULL));
    assert_false(labels_fit(&labels, wrong, NULL));
    assert_false(labels_fit(&labels, mixed, NULL));
    assert_false(labels_fit(&labels, NULL, pair));
    assert_true(labels_fit(&labels, NULL, mixed)); /* it has not all of them */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(labels_fit_as_in_moby),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
