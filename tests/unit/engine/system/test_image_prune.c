/* SPDX-License-Identifier: MIT */
/* Which images nobody needs. */
#include "tests/unit/engine/fixture.h"

#include <string.h>

#include "base/json.h"

static const char *const ping[] = {"ping", NULL};

static cJSON *usage(fixture *f)
{
    char *json = NULL;

    assert_ok(&f->err, wcow_host_disk_usage(f->host, &json, &f->err));
    return fixture_json(f, json);
}

static void collect(void *context, const char *line)
{
    text *lines = context;

    text_addf(lines, "%s\n", line);
}

static void prune_spares_what_has_a_name_or_a_container(void **state)
{
    fixture *f = *state;
    wcow_container *web = fixture_create(f, "web", ping);
    wcow_image_prune_options all = WCOW_IMAGE_PRUNE_OPTIONS_INIT;
    cleanup_text text lines = TEXT_INIT;
    uint64_t won = 1;

    all.all = true;

    assert_ok(&f->err, wcow_image_prune(f->host, NULL, collect, &lines, &won, &f->err));
    assert_ok(&f->err, wcow_image_prune(f->host, &all, collect, &lines, &won, &f->err));
    assert_string_equal(text_get(&lines), "");
    assert_int_equal(won, 0);

    assert_ok(&f->err, wcow_container_remove(web, false, &f->err));
    wcow_container_free(web);
    assert_ok(&f->err, wcow_image_prune(f->host, &all, collect, &lines, &won, &f->err));
    assert_non_null(strstr(text_get(&lines), "untagged: " IMAGE "\ndeleted: sha256:"));
    assert_true(won > 0);
    {
        cleanup_json cJSON *rows = usage(f);

        assert_int_equal(json_integer(cJSON_GetArrayItem(rows, 0), "TotalCount", -1), 0);
        assert_int_equal(json_integer(cJSON_GetArrayItem(rows, 0), "Size", -1), 0);
    }
}

/* All images of the fixture are of January 2026. */
static void prune_takes_what_its_filters_fit(void **state)
{
    static const char *const has[] = {"a=1", "b", NULL};
    static const char *const other[] = {"a=2", NULL};
    static const char *const part[] = {"aa", NULL};
    static const struct {
        const char *const *labels, *const *without;
        int64_t until;
        bool goes;
    } rows[] = {
        {other, NULL, 0, false}, {part, NULL, 0, false}, {NULL, has, 0, false},
        {NULL, NULL, 1, false},  {has, other, 1, false}, {has, other, INT64_MAX, true},
    };
    fixture *f = *state;

    fixture_load(f, "labelled:1", "{\"Labels\":{\"a\":\"1\",\"b\":\"\"}}");
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        wcow_image_prune_options options = WCOW_IMAGE_PRUNE_OPTIONS_INIT;
        cleanup_text text lines = TEXT_INIT;
        uint64_t won = 0;

        options.all = true;
        options.labels = rows[i].labels ? rows[i].labels : has;
        options.without = rows[i].without;
        options.until = rows[i].until;
        assert_ok(&f->err, wcow_image_prune(f->host, &options, collect, &lines, &won, &f->err));
        assert_int_equal(strstr(text_get(&lines), "untagged: labelled:1\n") != NULL, rows[i].goes);
        assert_null(strstr(text_get(&lines), IMAGE));
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(prune_spares_what_has_a_name_or_a_container),
        TEST(prune_takes_what_its_filters_fit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
