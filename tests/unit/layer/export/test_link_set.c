/* SPDX-License-Identifier: MIT */
/* Files with several names: known by volume and id. */
#include "tests/unit/status.h"

#include "base/text.h"
#include "layer/export/link_set.h"

static const char *meet(link_set *set, uint64_t volume, uint8_t id, const char *name)
{
    const file_identity identity = {.links = 2, .volume = volume, .id = {id}};
    const char *first = NULL;

    assert_true(link_set_meet(set, &identity, name, &first));
    return first;
}

/* What is seen through a merged folder may lie on several volumes, which count from the same
 * beginning. */
static void the_same_id_on_another_volume_is_another_file(void **state)
{
    link_set set = LINK_SET_INIT;

    (void)state;
    assert_null(meet(&set, 1, 7, "a"));
    assert_null(meet(&set, 2, 7, "b"));
    assert_null(meet(&set, 1, 8, "c"));
    assert_string_equal(meet(&set, 1, 7, "d"), "a");
    assert_string_equal(meet(&set, 2, 7, "e"), "b");
    link_set_free(&set);
}

static void many_files_are_told_apart(void **state)
{
    link_set set = LINK_SET_INIT;

    (void)state;
    for (unsigned round = 0; round < 2; round++) {
        for (unsigned volume = 0; volume < 40; volume++) {
            for (unsigned id = 0; id < 40; id++) {
                cleanup_free char *name = text_format("%u-%u", volume, id);
                const char *first = meet(&set, volume, (uint8_t)id, name);

                if (round == 0)
                    assert_null(first);
                else
                    assert_string_equal(first, name);
            }
        }
    }
    link_set_free(&set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_id_on_another_volume_is_another_file),
        cmocka_unit_test(many_files_are_told_apart),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
