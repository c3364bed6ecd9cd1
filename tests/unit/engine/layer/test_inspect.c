/* SPDX-License-Identifier: MIT */
/* What an archive of a layer holds, entry by entry. */
#include "tests/unit/engine/fixture.h"

#include <string.h>

#include "layer/import/layer_listing.h"
#include "tests/unit/support/tar_builder.h"

static const char *word(const char *value)
{
    return value ? value : "-";
}

static bool write_down(void *context, const wcow_layer_entry *e)
{
    text_addf(context, "%s %s %s %d%d%d %zu %zu %llu %x %llu %llu %llu %llu %llu %s\n", e->name,
              word(e->hard_link), word(e->target), e->whiteout, e->junction, e->security,
              e->attribute_count, e->stream_count, (unsigned long long)e->size, e->attributes,
              (unsigned long long)e->creation_time, (unsigned long long)e->access_time,
              (unsigned long long)e->write_time, (unsigned long long)e->change_time,
              (unsigned long long)e->stream_length, e->stream_sha256);
    return true;
}

/* The same of what src/layer found, which tests/unit/layer compares with the field's reference. */
static wcow_status expect(void *context, const listed_entry *e, wcow_error *error)
{
    (void)error;
    text_addf(context, "%s %s %s %d%d%d %zu %zu %llu %x %llu %llu %llu %llu %llu %s\n", e->name,
              word(e->hard_link), word(e->target), e->whiteout, e->junction, e->security,
              e->attribute_count, e->stream_count, (unsigned long long)e->size, e->info.attributes,
              (unsigned long long)e->info.creation, (unsigned long long)e->info.access,
              (unsigned long long)e->info.write, (unsigned long long)e->info.change,
              (unsigned long long)e->stream_length, e->stream_sha256);
    return WCOW_OK;
}

static void layer_inspect_tells_all_that_is_known_of_an_entry(void **state)
{
    static const char *const tars[] = {"../layer/data/base.tar", "../layer/data/diff.tar"};
    fixture *f = *state;

    for (size_t i = 0; i < sizeof tars / sizeof tars[0]; i++) {
        size_t size;
        cleanup_free char *bytes = data_file(tars[i], &size);
        cleanup_text text expected = TEXT_INIT;
        cleanup_text text told = TEXT_INIT;
        memory_source source;

        memory_source_init(&source, bytes, size, 0);
        assert_ok(&f->err, layer_list_entries(&source.source, expect, &expected, &f->err));
        assert_ok(&f->err, wcow_layer_inspect(f->host, tars[i], write_down, &told, &f->err));
        assert_true(told.length > 1000);
        assert_string_equal(text_get(&told), text_get(&expected));
    }
}

static bool refuse_second(void *context, const wcow_layer_entry *e)
{
    size_t *seen = context;

    (void)e;
    return ++*seen < 2;
}

static void layer_inspect_ends_when_its_listener_or_the_file_does(void **state)
{
    fixture *f = *state;
    cleanup_free char *path = fixture_write(f, "no.tar", "what is no archive", 18);
    size_t seen = 0;

    assert_int_equal(
        wcow_layer_inspect(f->host, "../layer/data/diff.tar", refuse_second, &seen, &f->err),
        WCOW_CANCELLED);
    assert_int_equal(seen, 2);
    assert_int_equal(wcow_layer_inspect(f->host, path, refuse_second, &seen, &f->err),
                     WCOW_CORRUPT);
    assert_non_null(strstr(f->err.message, path));
    assert_int_equal(wcow_layer_inspect(f->host, "nosuch.tar", refuse_second, &seen, &f->err),
                     WCOW_NOT_FOUND);
    assert_int_equal(seen, 2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(layer_inspect_tells_all_that_is_known_of_an_entry),
        TEST(layer_inspect_ends_when_its_listener_or_the_file_does),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
