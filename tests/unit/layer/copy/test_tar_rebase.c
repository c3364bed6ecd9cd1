/* SPDX-License-Identifier: MIT */
/* Tars of others as ours. */
#include "layer/copy/tar_rebase.h"

#include "tests/unit/layer/copy/scene.h"

#include <string.h>

#include "base/error.h"

static wcow_status append(void *context, const void *bytes, size_t size, wcow_error *error)
{
    text *out = context;

    text_add_bytes(out, bytes, size);
    return out->failed ? error_no_memory(error) : WCOW_OK;
}

static wcow_status rebase(const text *tar, const tar_names *names, text *out)
{
    const byte_sink sink = {append, out};
    memory_source source;
    wcow_status status;

    memory_source_init(&source, text_get(tar), tar->length, 777);
    status = tar_rebase(&source.source, names, &sink, &notes, &err);
    memory_source_free(&source);
    return status;
}

static void names_get_what_was_asked_for(void **state)
{
    const tar_names names = {.only = "b", .as = "c"};
    cleanup_text text tar = TEXT_INIT;
    cleanup_text text out = TEXT_INIT;
    cleanup_free char *f = NULL;
    cleanup_free char *h = NULL;

    (void)state;
    tar_add_directory(&tar, "./b/");
    tar_add_file(&tar, "./b/f", "x");
    tar_add(&tar, '1', "b/h", "b/f", NULL, 0);
    tar_add(&tar, '3', "b/null", "", NULL, 0);
    tar_end(&tar);
    assert_ok(&err, rebase(&tar, &names, &out));
    assert_int_equal(notes.count, 1);
    assert_int_equal(notes.content, 1);
    assert_ok(&err, scene_unpack_outside(&out));
    f = scene_read("host/c/f");
    h = scene_read("host/c/h");
    assert_string_equal(f, "x");
    assert_string_equal(h, "x");
}

static void the_top_itself_may_be_a_file(void **state)
{
    const tar_names names = {.only = "a b.txt", .as = "o.txt"};
    cleanup_text text tar = TEXT_INIT;
    cleanup_text text out = TEXT_INIT;

    (void)state;
    tar_add_file(&tar, "a b.txt", "x");
    tar_end(&tar);
    assert_ok(&err, rebase(&tar, &names, &out));
    assert_ok(&err, scene_unpack_outside(&out));
    assert_true(scene_has("host/o.txt"));
}

static void what_was_not_asked_for_is_refused(void **state)
{
    static const char *const hostile[] = {"bb", "a", "../b", "B", "/", "b:x", "b/../a"};
    const tar_names names = {.only = "b", .as = "c"};

    (void)state;
    for (size_t i = 0; i < sizeof(hostile) / sizeof(hostile[0]); i++) {
        cleanup_text text tar = TEXT_INIT;
        cleanup_text text out = TEXT_INIT;

        tar_add_file(&tar, hostile[i], "x");
        tar_end(&tar);
        assert_int_equal(rebase(&tar, &names, &out), WCOW_CORRUPT);
    }
    {
        cleanup_text text tar = TEXT_INIT;
        cleanup_text text out = TEXT_INIT;

        tar_add(&tar, '1', "b/h", "a", NULL, 0);
        tar_end(&tar);
        assert_fails(&err, WCOW_CORRUPT, "'b/h': it was not asked for", rebase(&tar, &names, &out));
    }
}

static void extended_headers_stay_behind(void **state)
{
    static const char *const records[] = {"MSWINDOWS.rawsd=AQAEgA==", "MSWINDOWS.fileattr=6", NULL};
    const tar_names names = {.only = NULL, .as = NULL};
    cleanup_text text tar = TEXT_INIT;
    cleanup_text text out = TEXT_INIT;

    (void)state;
    tar_add_pax(&tar, 'x', records);
    tar_add_file(&tar, "f", "x");
    tar_end(&tar);
    assert_ok(&err, rebase(&tar, &names, &out));
    assert_int_equal(out.length, 4 * 512);
    assert_string_equal(text_get(&out), "./f");
}

int main(void)
{
#define SCENE(test) cmocka_unit_test_setup_teardown(test, scene_set_up, scene_tear_down)
    const struct CMUnitTest tests[] = {
        SCENE(names_get_what_was_asked_for),
        SCENE(the_top_itself_may_be_a_file),
        SCENE(what_was_not_asked_for_is_refused),
        SCENE(extended_headers_stay_behind),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
