/* SPDX-License-Identifier: MIT */
/* Layers: who stands on them, and what goes. */
#include "tests/unit/engine/fixture.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/json.h"
#include "base/path.h"
#include "engine/container/record.h"

static const char *const ping[] = {"ping", NULL};

static cJSON *layers(fixture *f)
{
    char *json = NULL;

    assert_ok(&f->err, wcow_layer_list(f->host, &json, &f->err));
    return fixture_json(f, json);
}

static cJSON *usage(fixture *f)
{
    char *json = NULL;

    assert_ok(&f->err, wcow_host_disk_usage(f->host, &json, &f->err));
    return fixture_json(f, json);
}

static void layers_tell_who_stands_on_them(void **state)
{
    fixture *f = *state;
    wcow_container *web = fixture_create(f, "web", ping);
    cleanup_json cJSON *all = layers(f);
    const cJSON *one;
    size_t bases = 0;

    assert_int_equal(cJSON_GetArraySize(all), 2);
    cJSON_ArrayForEach (one, all) {
        assert_string_equal(json_text(one, "Status", ""), "ready");
        assert_int_equal(json_integer(one, "Images", 0), 1);
        assert_int_equal(json_integer(one, "Containers", 0), 1);
        bases += json_text(one, "Parent", "x")[0] == '\0';
    }
    assert_int_equal(bases, 1);
    assert_ok(&f->err, wcow_container_remove(web, false, &f->err));
    wcow_container_free(web);
}

static void a_layer_in_use_is_not_removed(void **state)
{
    fixture *f = *state;
    cleanup_json cJSON *all = layers(f);
    const char *id = json_text(cJSON_GetArrayItem(all, 0), "Id", "");
    char *removed = NULL;

    assert_int_equal(wcow_layer_remove(f->host, id, &removed, &f->err), WCOW_CONFLICT);
    assert_non_null(strstr(f->err.message, "is used by an image"));
    assert_int_equal(wcow_layer_remove(f->host, "zz", &removed, &f->err), WCOW_NOT_FOUND);
    assert_int_equal(wcow_layer_remove(f->host, "", &removed, &f->err), WCOW_NOT_FOUND);
    assert_null(removed);
}

static int64_t size_of_images(fixture *f)
{
    cleanup_json cJSON *rows = usage(f);

    return json_integer(rows->child, "Size", -1);
}

static void a_leftover_is_listed_and_removed(void **state)
{
    static const char id[] = "00000000000000000000000000000000000000000000000000000000000000aa";
    fixture *f = *state;
    cleanup_free char *folder = path_join(f->root, "layers");
    cleanup_free char *path = path_join(folder, id);
    cleanup_free char *inner = path_join(path, "Files");
    cleanup_free char *half = path_join(inner, "half.bin");
    cleanup_free char *transport = path_join(folder, "000000000000-t");
    cleanup_free char *other = path_join(transport, "more");
    const int64_t before = size_of_images(f);
    char *removed = NULL;

    assert_int_equal(f->files->make_directory(f->files, path), 0);
    assert_int_equal(f->files->make_directory(f->files, inner), 0);
    assert_int_equal(f->files->replace(f->files, half, "12345", 5), 0);
    assert_int_equal(f->files->make_directory(f->files, transport), 0);
    assert_int_equal(f->files->replace(f->files, other, "678", 3), 0);
    assert_int_equal(size_of_images(f), before + 8);
    {
        cleanup_json cJSON *all = layers(f);

        assert_int_equal(cJSON_GetArraySize(all), 3);
        assert_string_equal(json_text(cJSON_GetArrayItem(all, 2), "Status", ""), "leftover");
        assert_int_equal(json_integer(cJSON_GetArrayItem(all, 2), "Size", 0), 8);
    }
    assert_ok(&f->err, wcow_layer_remove(f->host, "000000", &removed, &f->err));
    assert_string_equal(removed, id);
    wcow_free(removed);
    assert_int_equal(access(path, F_OK), -1);
}

/* Its layers stand on nobody then, and all that is listed stays so. */
static void a_damaged_config_does_not_hide_the_layers(void **state)
{
    fixture *f = *state;
    cleanup_json cJSON *inspected = NULL;
    cleanup_free char *folder = path_join(f->root, "images/blobs/sha256");
    cleanup_free char *config = NULL;
    char *json = NULL;

    assert_ok(&f->err, wcow_image_inspect(f->host, IMAGE, &json, &f->err));
    inspected = fixture_json(f, json);
    config = path_join(folder, json_text(inspected, "Id", "") + strlen("sha256:"));
    assert_int_equal(f->files->replace(f->files, config, "\0\0\0\0", 4), 0);
    {
        cleanup_json cJSON *all = layers(f);

        assert_int_equal(cJSON_GetArraySize(all), 2);
        assert_string_equal(json_text(all->child, "Status", ""), "unused");
    }
}

/* One that somebody holds just now. */
typedef struct holding {
    int32_t (*read)(files_port *port, const char *path, size_t limit, char **out, size_t *size);
    char *part; /* of its path */
} holding;

static holding held;

static int32_t read_unless_held(files_port *port, const char *path, size_t limit, char **out,
                                size_t *size)
{
    return strstr(path, held.part) ? HR_SHARING_VIOLATION : held.read(port, path, limit, out, size);
}

/* Its image is gone, so the container's topmost layer alone tells what else it stands on. */
static void what_is_below_a_layer_that_cannot_be_read_stays(void **state)
{
    fixture *f = *state;
    wcow_container *web = fixture_create(f, "web", ping);
    cleanup_record record *r = NULL;
    wcow_image_prune_options options = WCOW_IMAGE_PRUNE_OPTIONS_INIT;
    uint64_t won = 0;

    assert_ok(&f->err, record_read(f->host, wcow_container_id(web), &r, &f->err));
    assert_ok(&f->err, wcow_image_remove(f->host, IMAGE, true, NULL, NULL, &f->err));
    held = (holding){f->faulty.port.read, text_format("%s/layer.json", r->chain)};
    f->faulty.port.read = read_unless_held;
    assert_int_not_equal(wcow_image_prune(f->host, &options, NULL, NULL, &won, &f->err), WCOW_OK);
    f->faulty.port.read = held.read;
    free(held.part);
    {
        cleanup_json cJSON *all = layers(f);

        assert_int_equal(cJSON_GetArraySize(all), 2);
    }
    assert_ok(&f->err, wcow_container_start(web, NULL, NULL, &f->err));
    assert_ok(&f->err, wcow_container_remove(web, true, &f->err));
    wcow_container_free(web);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(layers_tell_who_stands_on_them),
        TEST(a_layer_in_use_is_not_removed),
        TEST(what_is_below_a_layer_that_cannot_be_read_stays),
        TEST(a_leftover_is_listed_and_removed),
        TEST(a_damaged_config_does_not_hide_the_layers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
