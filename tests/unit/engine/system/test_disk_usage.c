/* SPDX-License-Identifier: MIT */
/* How large things are, what they share and what could go. */
#include "tests/unit/engine/fixture.h"

#include "base/json.h"
#include "base/path.h"

static const char *const ping[] = {"ping", NULL};

static cJSON *usage(fixture *f)
{
    char *json = NULL;

    assert_ok(&f->err, wcow_host_disk_usage(f->host, &json, &f->err));
    return fixture_json(f, json);
}

static size_t blobs(fixture *f)
{
    cleanup_free char *path = path_join(f->root, "images/blobs/sha256");
    cleanup_strings string_list names = STRING_LIST_INIT;

    assert_int_equal(f->files->list(f->files, path, &names), 0);
    return names.count;
}

static void usage_knows_what_could_go(void **state)
{
    fixture *f = *state;
    cleanup_json cJSON *idle = usage(f);
    const cJSON *images = cJSON_GetArrayItem(idle, 0);
    wcow_container *web = fixture_create(f, "web", ping);
    cleanup_json cJSON *used = usage(f);
    const cJSON *busy = cJSON_GetArrayItem(used, 0);

    assert_string_equal(json_text(images, "Type", ""), "Images");
    assert_int_equal(json_integer(images, "TotalCount", 0), 1);
    assert_int_equal(json_integer(images, "Active", -1), 0);
    assert_true(json_integer(images, "Size", 0) > 0);
    assert_int_equal(json_integer(images, "Reclaimable", -1), json_integer(images, "Size", 0));
    {
        const cJSON *item = json_member(busy, "Items")->child;

        assert_int_equal(json_integer(item, "Containers", 0), 1);
        assert_int_equal(json_integer(item, "SharedSize", -1), 0);
        assert_true(json_integer(item, "UniqueSize", 0) > 0);
        assert_string_equal(
            json_text(json_path(cJSON_GetArrayItem(used, 1), "Items")->child, "Id", ""),
            wcow_container_id(web));
    }
    assert_int_equal(json_integer(busy, "Active", 0), 1);
    assert_int_equal(json_integer(busy, "Reclaimable", -1), 0);
    assert_int_equal(json_integer(cJSON_GetArrayItem(used, 1), "TotalCount", 0), 1);
    assert_int_equal(json_integer(cJSON_GetArrayItem(used, 1), "Active", -1), 0);
    assert_ok(&f->err, wcow_container_remove(web, false, &f->err));
    wcow_container_free(web);
}

static const cJSON *row_of(const cJSON *rows, const char *type)
{
    const cJSON *row;

    cJSON_ArrayForEach (row, rows) {
        if (text_equal(json_text(row, "Type", ""), type))
            return row;
    }
    fail_msg("system df has no row '%s'", type);
    return NULL;
}

/* An image is as large as its layers, as for Docker; what it was unpacked from has a row of its
 * own.
 */
static void usage_counts_downloads_apart_from_images(void **state)
{
    fixture *f = *state;
    cleanup_json cJSON *rows = usage(f);
    wcow_image_info *images = NULL;
    size_t count = 0;

    assert_ok(&f->err, wcow_image_list(f->host, &images, &count, &f->err));
    assert_int_equal(count, 1);
    assert_int_equal(json_integer(row_of(rows, "Images"), "Size", 0), images[0].size);
    wcow_free(images);
    assert_true(json_integer(row_of(rows, "Downloads"), "Size", 0) > 0);
    assert_int_equal(json_integer(row_of(rows, "Downloads"), "TotalCount", 0), blobs(f));
    assert_int_equal(json_integer(row_of(rows, "Downloads"), "Reclaimable", 0),
                     json_integer(row_of(rows, "Downloads"), "Size", 0));
    assert_int_equal(json_integer(row_of(rows, "Local Volumes"), "Size", -1), 0);
    assert_int_equal(json_integer(row_of(rows, "Build Cache"), "Size", -1), 0);
}

static void usage_knows_what_images_share(void **state)
{
    fixture *f = *state;
    const cJSON *item;
    cleanup_json cJSON *rows = NULL;

    fixture_load(f, "other:1", "{}"); /* its base layer is the same, the one over it is not */
    rows = usage(f);
    assert_int_equal(cJSON_GetArraySize(json_member(rows->child, "Items")), 2);
    cJSON_ArrayForEach (item, json_member(rows->child, "Items")) {
        assert_true(json_integer(item, "SharedSize", 0) > json_integer(item, "UniqueSize", 0));
        assert_true(json_integer(item, "UniqueSize", 0) > 0);
        assert_int_equal(json_integer(item, "Containers", -1), 0);
    }
}

static void usage_knows_each_volume(void **state)
{
    fixture *f = *state;
    wcow_volume_spec spec = WCOW_VOLUME_SPEC_INIT;
    cleanup_free char *path = NULL;
    cleanup_json cJSON *rows = NULL;
    const cJSON *item;
    char *name = NULL;

    spec.name = "data";
    assert_ok(&f->err, wcow_volume_create(f->host, &spec, &name, &f->err));
    wcow_free(name);
    path = path_join(f->root, "volumes/data/_data/f");
    assert_int_equal(f->files->replace(f->files, path, "hello", 5), 0);
    rows = usage(f);
    item = json_member(row_of(rows, "Local Volumes"), "Items")->child;
    assert_string_equal(json_text(item, "Name", ""), "data");
    assert_int_equal(json_integer(item, "Size", -1), 5);
    assert_int_equal(json_integer(item, "Links", -1), 0);
    assert_int_equal(json_integer(row_of(rows, "Local Volumes"), "TotalCount", -1), 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(usage_knows_what_could_go),
        TEST(usage_counts_downloads_apart_from_images),
        TEST(usage_knows_what_images_share),
        TEST(usage_knows_each_volume),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
