/* SPDX-License-Identifier: MIT */
/* What `layer inspect` shows equals what the field's reference makes of the same tars. */
#include "tests/unit/status.h"

#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "layer/import/layer_listing.h"
#include "tests/unit/support/tar_builder.h"

static wcow_error err;

typedef struct comparison {
    const cJSON *expected; /* of the next entry */
    size_t count, streams, attributes, junctions, secured;
} comparison;

/* Exact to 8 units of 100 ns, which is what a JSON number keeps; test_backup_stream.c compares the
 * digits. */
static void assert_time(const cJSON *expected, const char *member, uint64_t time)
{
    assert_true(json_member(expected, member)->valuedouble == (double)time);
}

static wcow_status compare(void *context, const listed_entry *e, wcow_error *error)
{
    comparison *c = context;

    (void)error;
    assert_non_null(c->expected);
    assert_string_equal(e->name, json_text(c->expected, "name", ""));
    assert_string_equal(e->hard_link ? e->hard_link : "", json_text(c->expected, "hardLink", ""));
    assert_int_equal(e->whiteout, json_bool(c->expected, "whiteout", false));
    assert_int_equal(e->size, json_integer(c->expected, "size", -1));
    assert_int_equal(e->info.attributes, json_integer(c->expected, "fileAttributes", -1));
    assert_time(c->expected, "creationTime", e->info.creation);
    assert_time(c->expected, "lastAccessTime", e->info.access);
    assert_time(c->expected, "lastWriteTime", e->info.write);
    assert_time(c->expected, "changeTime", e->info.change);
    assert_int_equal(e->stream_length, json_integer(c->expected, "backupStreamLength", -1));
    assert_string_equal(e->stream_sha256, json_text(c->expected, "backupStreamSha256", NULL));
    c->streams += e->stream_count;
    c->attributes += e->attribute_count;
    c->junctions += e->junction;
    c->secured += e->security;
    c->count++;
    c->expected = c->expected->next;
    return WCOW_OK;
}

static void compare_all(const char *tar_path, const char *json_path, comparison *c)
{
    size_t size;
    size_t json_size;
    cleanup_free char *tar = data_file(tar_path, &size);
    cleanup_free char *vectors = data_file(json_path, &json_size);
    cleanup_json cJSON *json = NULL;
    memory_source source;

    assert_ok(&err, json_parse(vectors, json_size, json_path, &json, &err));
    memory_source_init(&source, tar, size, 0);
    c->expected = json->child;
    assert_ok(&err, layer_list_entries(&source.source, compare, c, &err));
    assert_null(c->expected);
}

static void a_base_layer_is_shown_as_the_reference_reads_it(void **state)
{
    comparison c = {.count = 0};

    (void)state;
    compare_all("data/base.tar", "data/base.json", &c);
    assert_int_equal(c.count, 38);
    assert_true(c.streams >= 2);
    assert_true(c.attributes >= 1);
    assert_true(c.junctions >= 1);
    assert_true(c.secured >= 10);
}

static void a_diff_layer_is_shown_as_the_reference_reads_it(void **state)
{
    comparison c = {.count = 0};

    (void)state;
    compare_all("data/diff.tar", "data/diff.json", &c);
    assert_int_equal(c.count, 20);
}

static wcow_status refuse(void *context, const listed_entry *e, wcow_error *error)
{
    size_t *seen = context;

    (void)e;
    ++*seen;
    return error_set(error, WCOW_CANCELLED, "cancelled");
}

static void a_listener_that_refuses_ends_it(void **state)
{
    size_t size;
    size_t seen = 0;
    cleanup_free char *tar = data_file("data/diff.tar", &size);
    memory_source source;

    (void)state;
    memory_source_init(&source, tar, size, 0);
    assert_int_equal(layer_list_entries(&source.source, refuse, &seen, &err), WCOW_CANCELLED);
    assert_int_equal(seen, 1);
}

static wcow_status count(void *context, const listed_entry *e, wcow_error *error)
{
    size_t *seen = context;

    (void)e;
    (void)error;
    ++*seen;
    return WCOW_OK;
}

static void a_tar_that_is_cut_is_told_with_the_entry(void **state)
{
    size_t size;
    size_t seen = 0;
    cleanup_free char *tar = data_file("data/diff.tar", &size);
    memory_source source;

    (void)state;
    memory_source_init(&source, tar, 8 * 1024, 0);
    assert_int_equal(layer_list_entries(&source.source, count, &seen, &err), WCOW_CORRUPT);
    assert_non_null(strstr(err.message, "'Files/app/hello.exe'"));
    assert_int_equal(seen, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_base_layer_is_shown_as_the_reference_reads_it),
        cmocka_unit_test(a_diff_layer_is_shown_as_the_reference_reads_it),
        cmocka_unit_test(a_listener_that_refuses_ends_it),
        cmocka_unit_test(a_tar_that_is_cut_is_told_with_the_entry),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
