/* SPDX-License-Identifier: MIT */
/* Images and layers of a whole host: history, prune, usage, what may be removed and what not. */
#include "tests/unit/engine/fixture.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "base/path.h"
#include "engine/host/layers.h"
#include "layer/import/layer_listing.h"
#include "tests/unit/support/tar_builder.h"

static int set_up(void **state)
{
    *state = fixture_with_image(NULL);
    return 0;
}

static int tear_down(void **state)
{
    fixture_free(*state);
    return 0;
}

static const char *const ping[] = {"ping", NULL};

static cJSON *parsed(fixture *f, char *json)
{
    cJSON *value = NULL;

    assert_ok(&f->err, json_parse(json, strlen(json), "it", &value, &f->err));
    wcow_free(json);
    return value;
}

static cJSON *layers(fixture *f)
{
    char *json = NULL;

    assert_ok(&f->err, wcow_layer_list(f->host, &json, &f->err));
    return parsed(f, json);
}

static cJSON *usage(fixture *f)
{
    char *json = NULL;

    assert_ok(&f->err, wcow_host_disk_usage(f->host, &json, &f->err));
    return parsed(f, json);
}

static size_t blobs(fixture *f)
{
    cleanup_free char *path = path_join(f->root, "images/blobs/sha256");
    cleanup_strings string_list names = STRING_LIST_INIT;

    assert_int_equal(f->files->list(f->files, path, &names), 0);
    return names.count;
}

static void collect(void *context, const char *line)
{
    text *lines = context;

    text_addf(lines, "%s\n", line);
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

static void history_tells_every_layer(void **state)
{
    fixture *f = *state;
    char *json = NULL;

    assert_ok(&f->err, wcow_image_history(f->host, IMAGE, &json, &f->err));
    {
        cleanup_json cJSON *rows = parsed(f, json);
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

static void save_replaces_a_file_only_when_all_is_written(void **state)
{
    static const char *const images[] = {IMAGE, "nope"};
    fixture *f = *state;
    char *path = fixture_write(f, "saved.tar", "before", 6);
    cleanup_free char *read = NULL;
    size_t size = 0;

    assert_int_equal(wcow_image_save(f->host, images, 2, path, &f->err), WCOW_NOT_FOUND);
    assert_int_equal(f->files->read(f->files, path, 100, &read, &size), 0);
    assert_string_equal(read, "before");
    assert_ok(&f->err, wcow_image_save(f->host, images, 1, path, &f->err));
    free(read);
    read = NULL;
    assert_int_equal(f->files->read(f->files, path, 1 << 26, &read, &size), 0);
    assert_true(size > 10000);
    free(path);
}

static void a_commit_changes_the_config_as_it_is_told(void **state)
{
    static const char *const changes[] = {"ENV A=1", "CMD [\"exit\", \"3\"]", NULL};
    static const char *const bad[] = {"RUN x", NULL};
    fixture *f = *state;
    wcow_container *web = fixture_create(f, "web", ping);
    wcow_commit_options options = WCOW_COMMIT_OPTIONS_INIT;
    char *id = NULL;
    char *json = NULL;

    options.changes = bad;
    assert_int_equal(wcow_container_commit(web, "made:1", &options, &id, &f->err), WCOW_INVALID);
    assert_int_equal(fixture_calls(f, "ExportLayer"), 0);
    options.changes = changes;
    assert_ok(&f->err, wcow_container_commit(web, "made:1", &options, &id, &f->err));
    wcow_free(id);
    assert_ok(&f->err, wcow_image_inspect(f->host, "made:1", &json, &f->err));
    {
        cleanup_json cJSON *made = parsed(f, json);
        cleanup_free char *cmd = json_print(json_path(made, "Config.Cmd"));
        cleanup_free char *environment = json_print(json_path(made, "Config.Env"));

        assert_string_equal(cmd, "[\"exit\",\"3\"]");
        assert_non_null(strstr(environment, "\"A=1\""));
    }
    assert_ok(&f->err, wcow_container_remove(web, false, &f->err));
    wcow_container_free(web);
}

static void a_container_becomes_an_image_that_runs(void **state)
{
    fixture *f = *state;
    wcow_container *web = fixture_create(f, "web", ping);
    wcow_commit_options options = WCOW_COMMIT_OPTIONS_INIT;
    wcow_container *again;
    char *id = NULL;
    char *json = NULL;

    options.author = "somebody";
    options.comment = "why";
    assert_ok(&f->err, wcow_container_commit(web, "made:1", &options, &id, &f->err));
    assert_memory_equal(id, "sha256:", 7);
    assert_ok(&f->err, wcow_image_inspect(f->host, "made:1", &json, &f->err));
    {
        cleanup_json cJSON *made = parsed(f, json);

        assert_string_equal(json_text(made, "Id", ""), id);
        assert_string_equal(json_text(made, "Author", ""), "somebody");
        assert_string_equal(json_text(made, "Comment", ""), "why");
        assert_int_equal(cJSON_GetArraySize(json_path(made, "RootFS.Layers")), 3);
        assert_string_equal(cJSON_GetStringValue(json_path(made, "Config.Cmd")->child), "ping");
    }
    assert_ok(&f->err, wcow_image_history(f->host, id, &json, &f->err));
    {
        cleanup_json cJSON *rows = parsed(f, json);

        assert_string_equal(json_text(rows->child, "Comment", ""), "why");
        assert_non_null(strstr(json_text(rows->child, "CreatedBy", ""), "ping"));
    }
    assert_int_equal(fixture_left(f, "mounted"), 0);
    assert_int_equal(fixture_calls(f, "ExportLayer"), 1);

    /* The container is as it was; and the image serves for another. */
    assert_ok(&f->err, wcow_container_start(web, NULL, NULL, &f->err));
    assert_int_equal(wcow_container_commit(web, NULL, &options, &id, &f->err), WCOW_CONFLICT);
    assert_non_null(strstr(f->err.hint, "wcow stop web"));
    assert_ok(&f->err, wcow_container_remove(web, true, &f->err));
    wcow_container_free(web);
    {
        wcow_container_spec spec = WCOW_CONTAINER_SPEC_INIT;

        spec.image = "made:1";
        assert_ok(&f->err, wcow_container_create(f->host, &spec, &again, &f->err));
    }
    assert_ok(&f->err, wcow_container_start(again, NULL, NULL, &f->err));
    assert_ok(&f->err, wcow_container_remove(again, true, &f->err));
    wcow_container_free(again);
    wcow_free(id);
}

/* ---- layer inspect ---- */

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
static wcow_status expect(void *context, const inspected_entry *e, wcow_error *error)
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
        assert_ok(&f->err, layer_inspect(&source.source, expect, &expected, &f->err));
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

/* Its layers stand on nobody then, and all that is listed stays so. */
static void a_damaged_config_does_not_hide_the_layers(void **state)
{
    fixture *f = *state;
    cleanup_json cJSON *inspected = NULL;
    cleanup_free char *folder = path_join(f->root, "images/blobs/sha256");
    cleanup_free char *config = NULL;
    char *json = NULL;

    assert_ok(&f->err, wcow_image_inspect(f->host, IMAGE, &json, &f->err));
    inspected = parsed(f, json);
    config = path_join(folder, json_text(inspected, "Id", "") + strlen("sha256:"));
    assert_int_equal(f->files->replace(f->files, config, "\0\0\0\0", 4), 0);
    {
        cleanup_json cJSON *all = layers(f);

        assert_int_equal(cJSON_GetArraySize(all), 2);
        assert_string_equal(json_text(all->child, "Status", ""), "unused");
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(layers_tell_who_stands_on_them),
        TEST(a_layer_in_use_is_not_removed),
        TEST(a_leftover_is_listed_and_removed),
        TEST(a_damaged_config_does_not_hide_the_layers),
        TEST(zap_destroys_what_another_tool_left),
        TEST(zap_leaves_a_folder_without_layers_alone),
        TEST(zap_refuses_what_nobody_means),
        TEST(prune_spares_what_has_a_name_or_a_container),
        TEST(prune_takes_what_its_filters_fit),
        TEST(usage_knows_what_could_go),
        TEST(usage_counts_downloads_apart_from_images),
        TEST(usage_knows_what_images_share),
        TEST(history_tells_every_layer),
        TEST(a_container_becomes_an_image_that_runs),
        TEST(a_commit_changes_the_config_as_it_is_told),
        TEST(layer_inspect_tells_all_that_is_known_of_an_entry),
        TEST(layer_inspect_ends_when_its_listener_or_the_file_does),
        TEST(save_replaces_a_file_only_when_all_is_written),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
