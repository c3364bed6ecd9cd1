/* SPDX-License-Identifier: MIT */
/* What create refuses, before it makes anything. */
#include "tests/unit/engine/fixture.h"

#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "engine/container/mount_spec.h"

static void assert_nothing_made(fixture *f)
{
    wcow_container_info *infos = NULL;
    size_t count = 1;

    assert_ok(&f->err, wcow_container_list(f->host, &infos, &count, &f->err));
    assert_int_equal(count, 0);
    wcow_free(infos);
    fixture_assert_clean(f);
}

static wcow_status create_with(fixture *f, const char *mount)
{
    const char *const mounts[] = {mount, NULL};
    wcow_container_spec spec = WCOW_CONTAINER_SPEC_INIT;
    wcow_container *container = NULL;
    wcow_status status;

    spec.image = IMAGE;
    spec.mounts = mount ? mounts : NULL;
    status = wcow_container_create(f->host, &spec, &container, &f->err);
    if (!status)
        status = wcow_container_remove(container, false, &f->err);
    wcow_container_free(container);
    return status;
}

static void pipes_are_refused_where_windows_maps_none(void **state)
{
    static const char pipe[] = "\\\\.\\pipe\\own:\\\\.\\pipe\\in";
    fixture *f = *state;

    f->host->version.build = 14393;
    assert_fails(&f->err, WCOW_UNSUPPORTED,
                 "cannot create a container of '" IMAGE
                 "': '\\\\.\\pipe\\own:\\\\.\\pipe\\in' cannot be mounted: named pipes need "
                 "Windows of build 16299 (version 1709) or later, and this is build 14393",
                 create_with(f, pipe));
    assert_nothing_made(f);
    f->host->version.build = 20348;
    assert_ok(&f->err, create_with(f, pipe));
    assert_nothing_made(f);
    f->host->version.build = 0;
}

static void what_is_mounted_is_a_folder_that_is_there(void **state)
{
    fixture *f = *state;
    cleanup_free char *path = fixture_write(f, "a-file", "x", 1);
    cleanup_free char *of_file = text_format("%s:C:\\in", path);
    cleanup_free char *of_folder = text_format("%s:C:\\in:ro", f->root);
    cleanup_free char *message = text_format(
        "cannot create a container of '" IMAGE "': invalid volume specification: "
        "'%s:C:\\in': invalid mount config for type \"bind\": source path must be a "
        "directory: %s is a file; Windows mounts folders only: mount the folder that it "
        "is in, or copy the file in",
        path, path);

    assert_fails(
        &f->err, WCOW_INVALID,
        "cannot create a container of '" IMAGE "': invalid volume specification: "
        "'/nosuch/folder:C:\\in': invalid mount config for type \"bind\": bind source path "
        "does not exist: /nosuch/folder",
        create_with(f, "/nosuch/folder:C:\\in"));
    assert_fails(&f->err, WCOW_INVALID, message, create_with(f, of_file));
    assert_nothing_made(f);
    assert_ok(&f->err, create_with(f, of_folder));
    assert_ok(&f->err, create_with(f, "\\\\.\\pipe\\own:\\\\.\\pipe\\in"));
}

/* As by Docker, a link counts as what it leads to. */
static void a_mounted_link_leads_to_a_folder(void **state)
{
    fixture *f = *state;
    cleanup_free char *path = fixture_write(f, "a-file", "x", 1);
    const struct {
        const char *name, *target, *words;
    } cases[] = {{"to-folder", f->root, NULL},
                 {"to-file", path, "leads to a file; Windows mounts folders only"},
                 {"to-nothing", "/nosuch", "bind source path does not exist"}};

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        cleanup_free char *from = text_format("%s/%s", f->root, cases[i].name);
        cleanup_free char *mount = text_format("%s:C:\\in", from);

        assert_int_equal(symlink(cases[i].target, from), 0);
        if (!cases[i].words) {
            assert_ok(&f->err, create_with(f, mount));
            continue;
        }
        assert_int_equal(create_with(f, mount), WCOW_INVALID);
        assert_non_null(strstr(f->err.message, cases[i].words));
    }
}

static void what_windows_cannot_have_is_refused(void **state)
{
    static const struct {
        const char *device, *storage, *search, *domain, *signal;
        const char *words;
    } cases[] = {
        {.device = "class/1",
         .words = "invalid device assignment path: 'class/1': a class of "
                  "devices is a GUID like "
                  "86E0D1E0-8089-11D0-9CE4-08003E301F73"},
        {.storage = "size=big", .words = "invalid storage option 'size=big': not a size like 30GB"},
        {.storage = "size",
         .words = "invalid storage option 'size': on Windows there is size=30GB"},
        {.search = "a,b", .words = "a,b is not a valid domain"},
        {.search = "", .words = " is not a valid domain"},
        {.domain = "a b", .words = "invalid domain name 'a b': it is no name of DNS's"},
        {.signal = "NOSUCH", .words = "Invalid signal: NOSUCH"},
    };
    fixture *f = *state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *const devices[] = {cases[i].device, NULL};
        const char *const storage[] = {cases[i].storage, NULL};
        const char *const search[] = {cases[i].search, NULL};
        wcow_container_spec spec = WCOW_CONTAINER_SPEC_INIT;
        wcow_container *container = NULL;

        spec.image = IMAGE;
        spec.devices = devices;
        spec.storage_options = storage;
        spec.dns_search = search;
        spec.domainname = cases[i].domain;
        spec.stop_signal = cases[i].signal;
        assert_fails(&f->err, WCOW_INVALID, cases[i].words,
                     wcow_container_create(f->host, &spec, &container, &f->err));
    }
    assert_nothing_made(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)
        TEST(pipes_are_refused_where_windows_maps_none),
        TEST(a_mounted_link_leads_to_a_folder),
        TEST(what_is_mounted_is_a_folder_that_is_there),
        TEST(what_windows_cannot_have_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
