/* SPDX-License-Identifier: MIT */
/* A scanner, an indexer or a backup holds files for a moment, or for longer: nothing fails for it.
 */
#include "tests/unit/layer/import_fixture.h"

#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "layer/store/working_folder.h"
#include "tests/unit/support/tar_builder.h"

#define FOR_EVER 1000u

static int32_t (*remove_really)(files_port *port, file_tree *tree, const char *name);
static unsigned held; /* removals of working folders that fail from now on */

static int32_t remove_unless_held(files_port *port, file_tree *tree, const char *name)
{
    if (held > 0 && text_ends_with(name, "-t")) {
        held--;
        return HR_SHARING_VIOLATION;
    }
    return remove_really(port, tree, name);
}

static int begin(void **state)
{
    int failed = start(state);

    remove_really = files.port.tree_remove;
    files.port.tree_remove = remove_unless_held;
    held = 0;
    storage.on_import = place_files;
    storage.code = HR_SHARING_VIOLATION;
    return failed;
}

static void import_both(layer **base, layer **diff)
{
    assert_ok(&err, import_file(NULL, "data/base.tar", base));
    assert_ok(&err, import_file((*base)->id, "data/diff.tar", diff));
}

static void an_import_waits_until_its_working_folder_can_go(void **state)
{
    cleanup_layer layer *base = NULL;
    cleanup_layer layer *diff = NULL;

    (void)state;
    held = 3;
    import_both(&base, &diff);
    assert_int_equal(held, 0);
    assert_int_equal(things_in_store(), 2);
}

/* The layer is whole. What stays beside it, a prune removes. */
static void an_import_that_succeeded_does_not_fail_for_its_working_folder(void **state)
{
    cleanup_layer layer *base = NULL;
    cleanup_layer layer *diff = NULL;
    cleanup_layer layer *again = NULL;
    size_t removed = 0;

    (void)state;
    held = FOR_EVER;
    import_both(&base, &diff);
    assert_ok(&err, layer_open(&store, diff->id, &again, &err));
    assert_int_equal(things_in_store(), 3);
    held = 0;
    assert_ok(&err, layer_sweep(&store, &removed, &err));
    assert_int_equal(removed, 1);
    assert_int_equal(things_in_store(), 2);
}

static void a_working_folder_that_is_held_is_left_to_the_sweep(void **state)
{
    working_folder folder = {NULL, NULL};

    (void)state;
    assert_ok(&err, working_folder_open(&store, &folder, &err));
    held = FOR_EVER;
    working_folder_close(&store, &folder);
    assert_int_equal(things_in_store(), 1);
    held = 0;
    assert_ok(&err, layer_sweep(&store, NULL, &err));
    assert_int_equal(things_in_store(), 0);
}

static void a_layer_that_is_held_goes_a_moment_later(void **state)
{
    cleanup_layer layer *base = NULL;

    (void)state;
    assert_ok(&err, import_file(NULL, "data/base.tar", &base));
    storage.fail_call = "DestroyLayer";
    storage.fail_count = 3;
    assert_ok(&err, layer_destroy(&store, base->id, &err));
    assert_int_equal(storage.fail_count, 0);
    assert_int_equal(things_in_store(), 0);
}

/* It is no layer any more; the sweep says what keeps it from going. */
static void what_is_held_of_a_removed_layer_is_left_to_the_sweep(void **state)
{
    cleanup_layer layer *base = NULL;
    cleanup_layer layer *again = NULL;

    (void)state;
    assert_ok(&err, import_file(NULL, "data/base.tar", &base));
    storage.fail_call = "DestroyLayer";
    storage.fail_count = FOR_EVER;
    assert_ok(&err, layer_destroy(&store, base->id, &err));
    assert_int_equal(layer_open(&store, base->id, &again, &err), WCOW_NOT_FOUND);
    assert_int_equal(things_in_store(), 1);
    assert_int_not_equal(layer_sweep(&store, NULL, &err), WCOW_OK);
    assert_int_equal(err.hresult, HR_SHARING_VIOLATION);
    storage.fail_count = 0;
    assert_ok(&err, layer_sweep(&store, NULL, &err));
    assert_int_equal(things_in_store(), 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, stop)
    const struct CMUnitTest tests[] = {
        TEST(an_import_waits_until_its_working_folder_can_go),
        TEST(an_import_that_succeeded_does_not_fail_for_its_working_folder),
        TEST(a_working_folder_that_is_held_is_left_to_the_sweep),
        TEST(a_layer_that_is_held_goes_a_moment_later),
        TEST(what_is_held_of_a_removed_layer_is_left_to_the_sweep),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
