/* SPDX-License-Identifier: MIT */
/* What is told of an image: as Docker shows it, and its history. */
#include "tests/unit/engine/fixture.h"

#include <string.h>

#include "base/json.h"

static void history_tells_every_layer(void **state)
{
    fixture *f = *state;
    char *json = NULL;

    assert_ok(&f->err, wcow_image_history(f->host, IMAGE, &json, &f->err));
    {
        cleanup_json cJSON *rows = fixture_json(f, json);
        uint64_t size = 0;
        const cJSON *row;

        assert_true(cJSON_GetArraySize(rows) >= 2);
        assert_memory_equal(json_text(rows->child, "Id", ""), "sha256:", 7);
        assert_string_equal(json_text(rows->child->next, "Id", ""), "<missing>");
        cJSON_ArrayForEach (row, rows)
            size += (uint64_t)json_integer(row, "Size", 0);
        assert_true(size > 0);
    }
    assert_int_equal(wcow_image_history(f->host, "nope", &json, &f->err), WCOW_NOT_FOUND);
}

/* The folder of an imported layer that an image stands on. */
static bool is_layer(fixture *f, const char *path)
{
    char *json = NULL;
    const cJSON *row;
    bool found = false;

    assert_ok(&f->err, wcow_layer_list(f->host, &json, &f->err));

    cleanup_json cJSON *rows = fixture_json(f, json);
    cJSON_ArrayForEach (row, rows) {
        found |= strcmp(json_text(row, "Path", ""), path) == 0 && json_integer(row, "Images", 0);
    }
    return found;
}

/* What `images` says of the only image. */
static int64_t listed_size(fixture *f)
{
    wcow_image_info *rows = NULL;
    size_t count = 0;
    int64_t size;

    assert_ok(&f->err, wcow_image_list(f->host, &rows, &count, &f->err));
    assert_int_equal(count, 1);
    size = (int64_t)rows[0].size;
    wcow_free(rows);
    assert_true(size > 0);
    return size;
}

static void an_image_is_shown_as_docker_shows_it(void **state)
{
    fixture *f = *state;
    char *json = NULL;

    assert_ok(&f->err, wcow_image_inspect(f->host, IMAGE, &json, &f->err));

    cleanup_json cJSON *shown = fixture_json(f, json);
    assert_memory_equal(json_text(shown, "Id", ""), "sha256:", 7);
    assert_string_equal(json_path(shown, "RepoTags")->child->valuestring, IMAGE);
    assert_string_equal(json_text(shown, "Os", ""), "windows");
    assert_string_equal(json_text(shown, "OsVersion", ""), "10.0.20348.1");
    assert_string_equal(json_path(shown, "Config.Cmd")->child->valuestring, "ping");
    assert_int_equal(cJSON_GetArraySize(json_path(shown, "RootFS.Layers")), 2);
    assert_string_equal(json_text(json_path(shown, "GraphDriver"), "Name", ""), "windowsfilter");
    assert_true(is_layer(f, json_text(json_path(shown, "GraphDriver.Data"), "dir", "")));
    assert_int_equal(json_integer(shown, "Size", 0), listed_size(f));
    assert_string_equal(json_text(shown, "DockerVersion", "none"), "");
    assert_string_equal(json_text(shown, "Parent", "none"), "");
    assert_fails(&f->err, WCOW_NOT_FOUND, "No such image: test/none:1",
                 wcow_image_inspect(f->host, "test/none:1", &json, &f->err));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_image_is_shown_as_docker_shows_it),
        TEST(history_tells_every_layer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
