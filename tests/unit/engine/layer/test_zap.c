/* SPDX-License-Identifier: MIT */
/* What of other tools' layers is destroyed, and what nobody means. */
#include "tests/unit/engine/fixture.h"

#include <string.h>
#include <unistd.h>

#include "base/path.h"

static void zap_destroys_what_another_tool_left(void **state)
{
    fixture *f = *state;
    cleanup_free char *path = path_join(f->fake->folder, "windowsfilter");

    assert_int_equal(f->files->make_directory(f->files, path), 0);
    assert_ok(&f->err, wcow_layer_zap(f->host, path, NULL, &f->err));
    assert_int_equal(access(path, F_OK), -1);
    assert_int_equal(fixture_calls(f, "DestroyLayer"), 1);
    assert_int_equal(wcow_layer_zap(f->host, path, NULL, &f->err), WCOW_NOT_FOUND);
}

static void zap_leaves_a_folder_without_layers_alone(void **state)
{
    fixture *f = *state;
    cleanup_free char *path = path_join(f->fake->folder, "letters");
    cleanup_free char *letter = path_join(path, "to-mother.txt");
    char *json = NULL;

    assert_int_equal(f->files->make_directory(f->files, path), 0);
    assert_int_equal(f->files->replace(f->files, letter, "Dear", 4), 0);
    assert_int_equal(wcow_layer_zap(f->host, path, NULL, &f->err), WCOW_INVALID);
    assert_non_null(strstr(f->err.message, "there are no layers in"));
    assert_int_equal(access(letter, F_OK), 0);
    assert_int_equal(fixture_calls(f, "DestroyLayer"), 0);
    assert_int_equal(f->files->remove_file(f->files, letter), 0);
    assert_int_equal(f->files->remove_directory(f->files, path), 0);
    assert_int_equal(wcow_layer_foreign(f->host, path, &json, &f->err), WCOW_NOT_FOUND);
}

static void zap_refuses_what_nobody_means(void **state)
{
    static const char *const refused[] = {
        "",
        "x",
        "/",
        "C:",
        "C:\\",
        "c:/",
        "\\\\?\\C:\\",
        "C:\\Windows",
        "C:\\windows\\System32",
        "C:\\Users\\",
        "C:\\a\\..\\b",
        "\\\\?\\Volume{1}\\",
    };
    fixture *f = *state;
    cleanup_free char *inner = path_join(f->root, "layers");
    cleanup_free char *outer = path_parent(f->root);

    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
        assert_int_equal(wcow_layer_zap(f->host, refused[i], NULL, &f->err), WCOW_INVALID);
    assert_int_equal(wcow_layer_zap(f->host, f->root, NULL, &f->err), WCOW_INVALID);
    assert_int_equal(wcow_layer_zap(f->host, inner, NULL, &f->err), WCOW_INVALID);
    assert_int_equal(wcow_layer_zap(f->host, outer, NULL, &f->err), WCOW_INVALID);
    assert_int_equal(fixture_calls(f, "DestroyLayer"), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(zap_destroys_what_another_tool_left),
        TEST(zap_leaves_a_folder_without_layers_alone),
        TEST(zap_refuses_what_nobody_means),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
