/* SPDX-License-Identifier: MIT */
/* What containers have mounted, and which of it goes with them. */
#include "engine/container/volumes.h"

#include "tests/unit/engine/fixture.h"

#include <string.h>
#include <unistd.h>

#include "base/path.h"
#include "engine/container/container.h"
#include "engine/host/host_stores.h"

#define WITH_VOLUME "test/volume:1"

static const char *const exit_0[] = {"exit", "0", NULL};

typedef struct wish {
    const char *volumes[4], *options[4], *from[4];
    const char *image;
    bool auto_remove;
} wish;

static wcow_status try_create(fixture *f, const char *name, const wish *w, wcow_container **out)
{
    wcow_container_spec spec = WCOW_CONTAINER_SPEC_INIT;

    f->err = (wcow_error)WCOW_ERROR_INIT;
    spec.image = w->image ? w->image : IMAGE;
    spec.name = name;
    spec.command = exit_0;
    spec.mounts = w->volumes;
    spec.mount_options = w->options;
    spec.volumes_from = w->from;
    spec.auto_remove = w->auto_remove;
    return wcow_container_create(f->host, &spec, out, &f->err);
}

static wcow_container *create(fixture *f, const char *name, const wish *w)
{
    wcow_container *container = NULL;

    assert_ok(&f->err, try_create(f, name, w, &container));
    return container;
}

static void refused(fixture *f, const wish *w, const char *words)
{
    wcow_container *container = NULL;

    assert_int_not_equal(try_create(f, "wrong", w, &container), WCOW_OK);
    if (!strstr(f->err.message, words))
        fail_msg("'%s' is not in '%s'", words, f->err.message);
}

static size_t volumes(fixture *f)
{
    cleanup_strings string_list names = STRING_LIST_INIT;

    assert_ok(&f->err, volume_names(f->host, &names, &f->err));
    return names.count;
}

static void drop(fixture *f, wcow_container *container, bool with_volumes)
{
    wcow_container_remove_options options = WCOW_CONTAINER_REMOVE_OPTIONS_INIT;

    options.volumes = with_volumes;
    assert_ok(&f->err, wcow_container_remove_with(container, &options, &f->err));
    wcow_container_free(container);
}

/* "Type Name Destination RW" of each, anonymous names as '#'. */
static void mounts(fixture *f, wcow_container *container, const char *expected)
{
    char *json = NULL;
    cleanup_json cJSON *inspected = NULL;
    cleanup_text text told = TEXT_INIT;
    const cJSON *mount;

    assert_ok(&f->err, wcow_container_inspect(container, &json, &f->err));
    inspected = fixture_json(f, json);
    cJSON_ArrayForEach (mount, json_member(inspected, "Mounts")) {
        const char *name = json_text(mount, "Name", "-");

        text_addf(&told, "%s %s %s%s|", json_text(mount, "Type", ""),
                  strlen(name) == 64 ? "#" : name, json_text(mount, "Destination", ""),
                  json_bool(mount, "RW", false) ? "" : " ro");
    }
    assert_string_equal(text_get(&told), expected);
}

static void volumes_are_made_with_the_container(void **given)
{
    fixture *f = *given;
    const wish w = {.volumes = {"Data:C:\\d:ro", "C:\\a"},
                    .options = {"source=more,target=C:\\m,volume-label=x=y"}};
    wcow_container *container = create(f, "web", &w);
    cleanup_volume volume *v = NULL;

    mounts(f, container, "volume data C:\\d ro|volume more C:\\m|volume # C:\\a|");
    assert_int_equal(volumes(f), 3);
    assert_ok(&f->err, volume_open(f->host, "more", &v, &f->err));
    assert_string_equal(v->labels.items[0], "x=y");
    drop(f, container, false);
    assert_int_equal(volumes(f), 3);
    fixture_assert_clean(f);
}

static void rm_takes_those_without_a_name_along_if_asked_to(void **given)
{
    fixture *f = *given;
    const wish w = {.volumes = {"data:C:\\d", "C:\\a"}, .options = {"target=C:\\b"}};

    drop(f, create(f, "web", &w), true);
    assert_int_equal(volumes(f), 1);
    assert_true(volume_exists(f->host, "data"));
}

static void a_container_that_removes_itself_takes_them_along(void **given)
{
    fixture *f = *given;
    const wish w = {.volumes = {"data:C:\\d", "C:\\a"}, .auto_remove = true};
    wcow_container *container = create(f, "web", &w);

    assert_int_equal(volumes(f), 2);
    assert_ok(&f->err, wcow_container_start(container, NULL, NULL, &f->err));
    fixture_settle(f);
    wcow_container_free(container);
    assert_int_equal(volumes(f), 1);
    fixture_assert_clean(f);
}

static void the_image_s_volumes_are_anonymous_unless_something_is_there(void **given)
{
    fixture *f = *given;
    const wish plain = {.image = WITH_VOLUME};
    const wish over = {.image = WITH_VOLUME, .volumes = {"data:C:\\DATA"}};

    fixture_load(f, WITH_VOLUME, "{\"Cmd\":[\"ping\"],\"Volumes\":{\"c:/data\":{}}}");
    {
        wcow_container *container = create(f, "plain", &plain);

        mounts(f, container, "volume # c:\\data|");
        drop(f, container, true);
    }
    {
        wcow_container *container = create(f, "over", &over);

        mounts(f, container, "volume data C:\\DATA|");
        drop(f, container, true);
    }
    assert_int_equal(volumes(f), 1);
}

static void volumes_from_shares_what_another_has(void **given)
{
    fixture *f = *given;
    const wish first = {.volumes = {"data:C:\\d", "C:\\a"}};
    const wish second = {.from = {"one:ro"}, .volumes = {"own:C:\\d"}};
    wcow_container *one = create(f, "one", &first);
    wcow_container *two = create(f, "two", &second);

    mounts(f, two, "volume own C:\\d|volume # C:\\a ro|");
    drop(f, one, true); /* the other one still has it */
    assert_int_equal(volumes(f), 3);
    drop(f, two, true); /* the last one takes it along */
    assert_int_equal(volumes(f), 2);
}

static void what_cannot_be_mounted_is_told(void **given)
{
    fixture *f = *given;
    const wish cases[] = {
        {.volumes = {"a1:C:\\x", "b1:c:\\X"}},
        {.volumes = {"a1:C:\\x"}, .options = {"target=C:\\x"}},
        {.from = {"nobody"}},
        {.from = {":ro"}},
        {.from = {"one:x"}},
        {.options = {"source=sub,target=C:\\x,volume-subpath=none"}},
    };
    static const char *const words[] = {
        "Duplicate mount point: c:\\X",
        "Duplicate mount point: C:\\x",
        "No such container: nobody",
        "volumes-from specification cannot be an empty string",
        "invalid mode: x",
        "cannot access volume-subpath 'none' of volume sub",
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        refused(f, &cases[i], words[i]);
    fixture_assert_clean(f);
}

static void those_nearer_to_the_root_come_first(void **given)
{
    fixture *f = *given;
    const wish w = {.volumes = {"c1:C:\\a\\b\\c", "b1:C:\\a\\b", "d1:D:"}};
    wcow_container *container = create(f, "web", &w);

    mounts(f, container, "volume d1 D:|volume b1 C:\\a\\b|volume c1 C:\\a\\b\\c|");
    drop(f, container, false);
}

static void inspect_and_ps_tell_of_them(void **given)
{
    fixture *f = *given;
    const wish w = {.volumes = {"data:C:\\d:ro", "C:\\a"},
                    .options = {"source=more,target=C:\\m,readonly"}};
    wcow_container *container = create(f, "web", &w);
    wcow_container_info *info = NULL;
    char *json = NULL;
    cleanup_json cJSON *inspected = NULL;
    cleanup_free char *host = NULL;
    cleanup_free char *config = NULL;

    assert_ok(&f->err, wcow_container_inspect(container, &json, &f->err));
    inspected = fixture_json(f, json);
    host = json_print(json_member(json_member(inspected, "HostConfig"), "Mounts"));
    assert_string_equal(host, "[{\"Type\":\"volume\",\"Source\":\"more\",\"Target\":\"C:\\\\m\","
                              "\"ReadOnly\":true}]");
    config = json_print(json_member(json_member(inspected, "Config"), "Volumes"));
    assert_string_equal(config, "{\"C:\\\\a\":{}}");
    assert_ok(&f->err, wcow_container_get_info(container, &info, &f->err));
    assert_int_equal(info->local_volumes, 3);
    assert_non_null(strstr(info->mounts, "data,more,"));
    wcow_free(info);
    drop(f, container, true);
}

/* The simulated service of a test in one process mounts nothing: the base layer's files stand in.
 */
static void what_the_image_has_goes_into_an_empty_volume_if_asked_to(void **given)
{
    fixture *f = *given;
    const wish plain = {.options = {"source=data,target=C:\\Windows"}};
    const wish copies = {.options = {"source=data,target=C:\\Windows,volume-nocopy=false"}};
    cleanup_image image *i = NULL;
    cleanup_free char *layers = path_join(f->root, "layers");
    cleanup_free char *folder = NULL;
    cleanup_free char *drive = NULL;
    cleanup_free char *data = path_of_volume_data(f->host, "data");
    cleanup_free char *inside = path_join(data, "System32");
    image_store images = {f->files, f->root};

    assert_ok(&f->err, image_store_open(&images, IMAGE, &i, &f->err));
    folder = path_join(layers, i->config->diff_ids.items[0] + strlen("sha256:"));
    drive = path_join(folder, "Files");
    f->faulty.volume = drive;
    drop(f, create(f, "plain", &plain), false);
    assert_false(store_exists(f->host, inside));
    drop(f, create(f, "copies", &copies), false);
    assert_true(store_exists(f->host, inside));
    /* What is there stays as it is. */
    assert_ok(&f->err, store_remove(f->host, data, "System32", &f->err));
    assert_int_equal(f->files->replace(f->files, inside, "mine", 4), 0);
    drop(f, create(f, "again", &copies), false);
    assert_int_equal(volume_size(f->host, "data"), 4);
    fixture_assert_clean(f);
}

/* Its scratch is in use, say. */
static void one_that_could_not_be_removed_keeps_them_all_the_same(void **given)
{
    fixture *f = *given;
    const wish w = {.volumes = {"C:\\a"}};
    wcow_container *container = create(f, "web", &w);
    wcow_container_remove_options options = WCOW_CONTAINER_REMOVE_OPTIONS_INIT;

    assert_true(sim_fault(f->fake->sim,
                          "{\"call\":\"DestroyLayer\",\"every\":true,\"hr\":\"0x80070020\"}"));
    assert_int_not_equal(wcow_container_remove_with(container, &options, &f->err), WCOW_OK);
    sim_faults_clear(f->fake->sim);
    drop(f, container, false);
    assert_int_equal(volumes(f), 1);
    fixture_assert_clean(f);
}

/* Made by another container that has the whole volume. */
static void a_link_in_a_subpath_starts_nothing(void **given)
{
    fixture *f = *given;
    const wish whole = {.volumes = {"data:C:\\d"}};
    const wish part = {.options = {"source=data,target=C:\\d,volume-subpath=sub"}};
    wcow_container *first = create(f, "first", &whole);
    cleanup_free char *data = path_of_volume_data(f->host, "data");
    cleanup_free char *inside = path_join(data, "sub");
    wcow_container *second;

    assert_ok(&f->err, store_make_directory(f->host, inside, &f->err));
    second = create(f, "second", &part);
    assert_ok(&f->err, store_remove(f->host, data, "sub", &f->err));
    assert_int_equal(symlink("/etc", inside), 0);
    assert_int_not_equal(wcow_container_start(second, NULL, NULL, &f->err), WCOW_OK);
    assert_non_null(strstr(f->err.message, "leads through a link"));
    fixture_settle(f);
    drop(f, second, false);
    drop(f, first, false);
    fixture_assert_clean(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)
        TEST(volumes_are_made_with_the_container),
        TEST(rm_takes_those_without_a_name_along_if_asked_to),
        TEST(a_container_that_removes_itself_takes_them_along),
        TEST(the_image_s_volumes_are_anonymous_unless_something_is_there),
        TEST(volumes_from_shares_what_another_has),
        TEST(what_cannot_be_mounted_is_told),
        TEST(those_nearer_to_the_root_come_first),
        TEST(inspect_and_ps_tell_of_them),
        TEST(what_the_image_has_goes_into_an_empty_volume_if_asked_to),
        TEST(one_that_could_not_be_removed_keeps_them_all_the_same),
        TEST(a_link_in_a_subpath_starts_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
