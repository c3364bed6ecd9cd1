/* SPDX-License-Identifier: MIT */
/* volume create, ls, inspect, rm, prune. */
#include <wcow/volume.h>

#include "tests/unit/engine/fixture.h"

#include <string.h>

#include "base/path.h"
#include "engine/container/catalog.h"
#include "engine/host/volume_store.h"

static const char *const ping[] = {"ping", NULL};

static char *create(fixture *f, const char *name, const char *label)
{
    const char *const labels[] = {label, NULL};
    wcow_volume_spec spec = WCOW_VOLUME_SPEC_INIT;
    char *made = NULL;

    spec.name = name;
    spec.labels = label ? labels : NULL;
    assert_ok(&f->err, wcow_volume_create(f->host, &spec, &made, &f->err));
    return made;
}

static void make(fixture *f, const char *name, const char *label)
{
    wcow_free(create(f, name, label));
}

static wcow_container *mount(fixture *f, const char *name, const char *given)
{
    const char *const volumes[] = {given, NULL};
    wcow_container_spec spec = WCOW_CONTAINER_SPEC_INIT;
    wcow_container *container = NULL;

    spec.image = IMAGE;
    spec.name = name;
    spec.command = ping;
    spec.mounts = volumes;
    assert_ok(&f->err, wcow_container_create(f->host, &spec, &container, &f->err));
    return container;
}

static void assert_list(fixture *f, const char *expected)
{
    wcow_volume_info *infos = NULL;
    cleanup_text text told = TEXT_INIT;
    size_t count = 0;

    assert_ok(&f->err, wcow_volume_list(f->host, &infos, &count, &f->err));
    for (size_t i = 0; i < count; i++)
        text_addf(&told, "%s %s %zu%s|", infos[i].anonymous ? "#" : infos[i].name, infos[i].labels,
                  infos[i].links, strcmp(infos[i].driver, "local") == 0 ? "" : "?");
    wcow_free(infos);
    assert_string_equal(text_get(&told), expected);
}

static void create_says_what_cannot_be(void **given)
{
    fixture *f = *given;
    static const char *const options[] = {"type=nfs", NULL};
    static const char *const labels[] = {"=x", NULL};
    const wcow_volume_spec specs[] = {
        {.size = sizeof(wcow_volume_spec), .name = "data", .driver = "nfs"},
        {.size = sizeof(wcow_volume_spec), .name = "data", .options = options},
        {.size = sizeof(wcow_volume_spec), .name = "data", .labels = labels},
        {.size = sizeof(wcow_volume_spec), .name = "..\\x"},
        {.size = sizeof(wcow_volume_spec), .name = "a"},
    };
    static const char *const words[] = {
        "create data: error looking up volume plugin nfs: plugin \"nfs\" not found: wcow has "
        "volumes "
        "of the driver local",
        "create data: options are not supported on this platform: a volume is a folder of wcow's; "
        "mount another one with -v C:\\folder:C:\\container",
        "invalid label '=x': empty name",
        "create ..\\x: \"..\\x\" includes invalid characters for a local volume name, only "
        "\"[a-zA-Z0-9][a-zA-Z0-9_.-]\" are allowed. If you intended to pass a host directory, use "
        "absolute path",
        "create a: volume name is too short, names should be at least two alphanumeric characters",
    };

    for (size_t i = 0; i < sizeof specs / sizeof specs[0]; i++) {
        char *name = NULL;

        assert_fails(&f->err, WCOW_INVALID, words[i],
                     wcow_volume_create(f->host, &specs[i], &name, &f->err));
    }
    assert_list(f, "");
}

static void ls_tells_who_has_which(void **given)
{
    fixture *f = *given;
    wcow_container *one = NULL;
    char *anonymous = create(f, NULL, NULL);
    char *upper = create(f, "Upper", "b=c");

    assert_int_equal(strlen(anonymous), 64);
    assert_string_equal(upper, "upper");
    one = mount(f, "one", "upper:C:\\u");
    wcow_free(anonymous);
    wcow_free(upper);
    {
        wcow_volume_info *infos = NULL;
        size_t count = 0;

        assert_ok(&f->err, wcow_volume_list(f->host, &infos, &count, &f->err));
        assert_int_equal(count, 2);
        assert_true(infos[0].anonymous);
        assert_string_equal(infos[0].labels, "com.docker.volume.anonymous=");
        assert_string_equal(infos[1].labels, "b=c");
        assert_int_equal(infos[1].links, 1);
        wcow_free(infos);
    }
    assert_ok(&f->err, wcow_container_remove(one, false, &f->err));
    wcow_container_free(one);
}

static void inspect_shows_docker_s_members(void **given)
{
    fixture *f = *given;
    char *json = NULL;
    cleanup_json cJSON *shown = NULL;

    make(f, "data", "a=b");
    assert_ok(&f->err, wcow_volume_inspect(f->host, "DATA", &json, &f->err));
    shown = fixture_json(f, json);
    assert_string_equal(json_text(shown, "Name", ""), "data");
    assert_string_equal(json_text(shown, "Driver", ""), "local");
    assert_string_equal(json_text(shown, "Scope", ""), "local");
    assert_string_equal(json_text(json_member(shown, "Labels"), "a", ""), "b");
    assert_true(cJSON_IsNull(json_member(shown, "Options")));
    assert_true(text_ends_with(json_text(shown, "Mountpoint", ""), "/volumes/data/_data"));
    assert_int_equal(strlen(json_text(shown, "CreatedAt", "")), strlen("2026-01-02T03:04:05Z"));
    assert_fails(&f->err, WCOW_NOT_FOUND, "get nope: no such volume",
                 wcow_volume_inspect(f->host, "nope", &json, &f->err));
    assert_fails(&f->err, WCOW_NOT_FOUND, "get ..: no such volume",
                 wcow_volume_inspect(f->host, "..", &json, &f->err));
}

static void rm_says_who_uses_it(void **given)
{
    fixture *f = *given;
    wcow_container *one = mount(f, "one", "data:C:\\d");
    cleanup_free char *words =
        text_format("remove data: volume is in use - [%s]", wcow_container_id(one));

    assert_fails(&f->err, WCOW_CONFLICT, words, wcow_volume_remove(f->host, "data", true, &f->err));
    assert_non_null(strstr(f->err.hint, "wcow rm one"));
    assert_ok(&f->err, wcow_container_remove(one, false, &f->err));
    wcow_container_free(one);
    assert_ok(&f->err, wcow_volume_remove(f->host, "Data", false, &f->err));
    assert_list(f, "");
    assert_fails(&f->err, WCOW_NOT_FOUND, "get data: no such volume",
                 wcow_volume_remove(f->host, "data", false, &f->err));
    assert_ok(&f->err, wcow_volume_remove(f->host, "data", true, &f->err));
    assert_fails(&f->err, WCOW_NOT_FOUND, "get ..\\containers: no such volume",
                 wcow_volume_remove(f->host, "..\\containers", false, &f->err));
}

static wcow_status prune(fixture *f, bool all, const char *label)
{
    const char *const labels[] = {label, NULL};
    wcow_prune_options options = WCOW_PRUNE_OPTIONS_INIT;

    options.all = all;
    options.labels = label ? labels : NULL;
    return wcow_volume_prune(f->host, &options, NULL, &f->err);
}

static void prune_takes_what_nobody_mounts(void **given)
{
    fixture *f = *given;
    wcow_container *one = mount(f, "one", "used:C:\\d");

    make(f, "free", "keep=");
    make(f, "gone", NULL);
    make(f, NULL, NULL);
    assert_ok(&f->err, prune(f, false, NULL));
    assert_list(f, "free keep= 0|gone  0|used  1|");
    assert_ok(&f->err, prune(f, true, "keep"));
    assert_list(f, "gone  0|used  1|");
    assert_ok(&f->err, prune(f, true, NULL));
    assert_list(f, "used  1|");
    assert_ok(&f->err, wcow_container_remove(one, false, &f->err));
    wcow_container_free(one);
}

static void system_prune_takes_anonymous_ones_if_asked_to(void **given)
{
    fixture *f = *given;
    wcow_prune_options options = WCOW_PRUNE_OPTIONS_INIT;

    make(f, "named", NULL);
    make(f, NULL, NULL);
    assert_ok(&f->err, wcow_host_prune(f->host, &options, NULL, &f->err));
    assert_list(f, "# com.docker.volume.anonymous= 0|named  0|");
    options.volumes = true;
    assert_ok(&f->err, wcow_host_prune(f->host, &options, NULL, &f->err));
    assert_list(f, "named  0|");
}

/* What a newer wcow made may mount anything. */
static void what_a_container_may_have_stays(void **given)
{
    fixture *f = *given;
    wcow_container *one = mount(f, "one", "other:C:\\d");
    cleanup_free char *folder = path_join(f->root, "containers");
    cleanup_free char *own = path_join(folder, wcow_container_id(one));
    cleanup_free char *path = path_join(own, "container.json");
    char *bytes = NULL;
    size_t size = 0;

    make(f, "free", NULL);
    assert_int_equal(f->files->read(f->files, path, 1 << 20, &bytes, &size), 0);
    assert_int_equal(f->files->replace(f->files, path, "{\"version\":2}", 13), 0);
    assert_ok(&f->err, prune(f, true, NULL));
    assert_list(f, "free  1|other  1|");
    assert_int_equal(f->files->replace(f->files, path, bytes, size), 0);
    free(bytes);
    assert_ok(&f->err, wcow_container_remove(one, false, &f->err));
    wcow_container_free(one);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)
        TEST(create_says_what_cannot_be),      TEST(ls_tells_who_has_which),
        TEST(inspect_shows_docker_s_members),  TEST(rm_says_who_uses_it),
        TEST(prune_takes_what_nobody_mounts),  TEST(system_prune_takes_anonymous_ones_if_asked_to),
        TEST(what_a_container_may_have_stays),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
