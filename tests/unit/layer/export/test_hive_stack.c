/* SPDX-License-Identifier: MIT */
/* Hives that are merged: what of, in which order, and what is refused. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/path.h"
#include "layer/export/hive_stack.h"
#include "tests/posix/hive_file.h"
#include "tests/unit/support/faulty_hives.h"
#include "tests/unit/support/tar_builder.h"

#include "tests/unit/layer/import_fixture.h"

#define MARK_AT (HIVE_FILE_SIZE / 2 + 512) /* free space of its bin */

static const machine_version version = {10, 0, 20348, 0, true};
static faulty_hives hives;
static char *base; /* a base layer's folder */

static char *in_base(const char *name)
{
    cleanup_free char *config = path_join(base, "Files/Windows/System32/config");

    return path_join(config, name);
}

static int set_up(void **state)
{
    int done = start(state);
    cleanup_free char *config = NULL;

    faulty_hives_init(&hives);
    base = path_join(root, "base");
    config = in_base("");
    for (char *c = config + strlen(root) + 1; *c; c++) {
        if (*c != '/')
            continue;
        *c = '\0';
        assert_int_equal(mkdir(config, 0700), 0);
        *c = '/';
    }
    return done;
}

static int tear_down(void **state)
{
    faulty_hives_clear(&hives);
    free(base);
    return hives.open ? -1 : stop(state);
}

static void marked(const char *mark, unsigned char out[HIVE_FILE_SIZE])
{
    hive_file_make(1, out);
    memcpy(out + MARK_AT, mark, strlen(mark) + 1);
}

static void put_base(const char *name, const char *mark)
{
    cleanup_free char *path = in_base(name);
    unsigned char hive[HIVE_FILE_SIZE];

    marked(mark, hive);
    assert_int_equal(platform->replace(platform, path, hive, *mark ? sizeof(hive) : 0), 0);
}

static wcow_status open_stack(hive_stack *out)
{
    return hive_stack_open(&store, &hives.port, &version, base, out, &err);
}

static wcow_status add(hive_stack *stack, const text *tar)
{
    memory_source source;

    memory_source_init(&source, tar->data, tar->length, 0);
    return hive_stack_add_layer(stack, &source.source, &err);
}

static void add_delta(text *tar, const char *name, const char *mark)
{
    unsigned char hive[HIVE_FILE_SIZE];

    marked(mark, hive);
    tar_add(tar, '0', name, "", hive, sizeof(hive));
}

/* The marks of its bins, each with a blank before it; "" if there is no such hive. */
static void expect_hive(const hive_stack *stack, const char *name, const char *expected)
{
    cleanup_free char *path = path_join(hive_stack_folder(stack), name);
    cleanup_free char *bytes = NULL;
    cleanup_text text marks = TEXT_INIT;
    size_t size = 0;

    if (platform->read(platform, path, (size_t)1 << 20, &bytes, &size) >= 0)
        assert_true(hive_file_is_sound((unsigned char *)bytes, size));
    for (size_t at = MARK_AT; at < size; at += HIVE_FILE_SIZE / 2)
        text_addf(&marks, " %s", bytes + at);
    assert_string_equal(text_get(&marks), expected);
}

static void layers_are_merged_from_the_base_up(void **state)
{
    cleanup_text text lower = TEXT_INIT;
    cleanup_text text upper = TEXT_INIT;
    hive_stack stack = HIVE_STACK_INIT;

    (void)state;
    put_base("SOFTWARE", "base");
    put_base("SAM", "base");
    put_base("DEFAULT", "base");
    tar_add_directory(&lower, "Files");
    tar_add_directory(&lower, "Hives");
    add_delta(&lower, "Hives/Software_Delta", "lower");
    add_delta(&lower, "Hives/DEFAULTUSER_DELTA", "lower");
    add_delta(&lower, "Hives/Other_Delta", "none of ours");
    tar_end(&lower);
    add_delta(&upper, "Files/Software_Delta", "no hive");
    add_delta(&upper, "Hives/Software_Delta", "upper");
    tar_add_file(&upper, "Hives/Sam_Delta", ""); /* no changes */
    tar_end(&upper);
    assert_ok(&err, open_stack(&stack));
    assert_ok(&err, add(&stack, &lower));
    assert_ok(&err, add(&stack, &upper));
    expect_hive(&stack, "SOFTWARE", " base lower upper");
    expect_hive(&stack, "DEFAULT", " base lower");
    expect_hive(&stack, "SAM", "");
    expect_hive(&stack, "SYSTEM", "");
    assert_int_equal(hives.open, 0);
    hive_stack_close(&stack);
    assert_int_equal(files.open, 0);
    assert_null(hive_stack_folder(&stack));
    hive_stack_close(&stack); /* nothing more to do */
    {
        cleanup_strings string_list leftovers = STRING_LIST_INIT;

        assert_ok(&err, layer_list_leftovers(&store, &leftovers, &err));
        assert_int_equal(leftovers.count, 0);
    }
}

static void a_base_without_hives_has_empty_ones(void **state)
{
    cleanup_text text tar = TEXT_INIT;
    hive_stack stack = HIVE_STACK_INIT;

    (void)state;
    put_base("SAM", ""); /* of no bytes, as tools write it that know no hives */
    add_delta(&tar, "Hives/Sam_Delta", "one");
    add_delta(&tar, "Hives/System_Delta", "two");
    tar_end(&tar);
    assert_ok(&err, open_stack(&stack));
    assert_ok(&err, add(&stack, &tar));
    expect_hive(&stack, "SAM", "  one");
    expect_hive(&stack, "SYSTEM", "  two");
    hive_stack_close(&stack);
}

/* It would lead to a registry of the host's own, perhaps. */
static void a_base_with_a_link_for_a_hive_is_refused(void **state)
{
    static const char *const outside[] = {"Files/Windows/System32/config/SAM",
                                          "Files/Windows/System32"};

    (void)state;
    put_base("SOFTWARE", "base");
    for (size_t i = 0; i < 2; i++) {
        cleanup_free char *path = path_join(base, outside[i]);
        cleanup_free char *away = path_join(root, "away");
        hive_stack stack = HIVE_STACK_INIT;

        if (i)
            assert_int_equal(rename(path, away), 0);
        assert_int_equal(symlink(i ? away : "SOFTWARE", path), 0);
        assert_true(open_stack(&stack) != WCOW_OK);
        assert_non_null(strstr(err.message, "Files\\Windows\\System32\\config\\"));
        assert_int_equal(files.open, 0);
    }
}

static void what_a_layer_has_wrong_is_told(void **state)
{
    static const char *const messages[] = {"cannot merge the registry hive SAM: OROpenHive",
                                           "entry 'Hives/SAM_DELTA': make a file",
                                           "the archive ends within 'Hives/Sam_Delta'"};
    hive_stack stack = HIVE_STACK_INIT;

    (void)state;
    put_base("SAM", "base");
    for (size_t i = 0; i < 3; i++) {
        cleanup_text text tar = TEXT_INIT;

        if (i == 0)
            tar_add_file(&tar, "Hives/Sam_Delta", "rubbish");
        else
            add_delta(&tar, "Hives/Sam_Delta", "one");
        if (i == 1)
            add_delta(&tar, "Hives/SAM_DELTA", "twice");
        if (i == 2)
            text_cut(&tar, tar.length - 1000);
        else
            tar_end(&tar);
        assert_ok(&err, open_stack(&stack));
        assert_true(add(&stack, &tar) != WCOW_OK);
        if (!strstr(err.message, messages[i]))
            fail_msg("%s", err.message);
        hive_stack_close(&stack);
        assert_int_equal(files.open, 0);
    }
}

static void a_library_that_cannot_merge_is_told_apart(void **state)
{
    cleanup_text text tar = TEXT_INIT;
    hive_stack stack = HIVE_STACK_INIT;

    (void)state;
    hives.old = true;
    add_delta(&tar, "Hives/Sam_Delta", "one");
    tar_end(&tar);
    assert_ok(&err, open_stack(&stack));
    assert_fails(&err, WCOW_UNSUPPORTED,
                 "cannot merge the registry hive SAM: this host's offreg.dll cannot merge registry "
                 "hives: Windows Server 2022's is the first that can",
                 add(&stack, &tar));
    hive_stack_close(&stack);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(layers_are_merged_from_the_base_up),        TEST(a_base_without_hives_has_empty_ones),
        TEST(a_base_with_a_link_for_a_hive_is_refused),  TEST(what_a_layer_has_wrong_is_told),
        TEST(a_library_that_cannot_merge_is_told_apart),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
