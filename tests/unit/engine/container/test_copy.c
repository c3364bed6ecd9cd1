/* SPDX-License-Identifier: MIT */
/*
 * cp and diff on a simulated host. The service of a test in one process mounts nothing: a folder of
 * the test's stands in for every volume.
 */
#include "tests/unit/engine/fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/path.h"
#include "engine/container/state.h"
#include "engine/host/host_stores.h"
#include "engine/host/paths.h"
#include "layer/store/scratch.h"

static const char *const ping[] = {"ping", NULL};
static char *volume;

static int set_up(void **given)
{
    fixture *f = fixture_with_image(NULL);
    cleanup_free char *app = NULL;

    volume = path_join(f->fake->folder, "volume");
    app = path_join(volume, "app");
    assert_int_equal(mkdir(volume, 0700), 0);
    assert_int_equal(mkdir(app, 0700), 0);
    f->faulty.volume = volume;
    *given = f;
    return 0;
}

static int tear_down(void **given)
{
    fixture_free(*given);
    free(volume);
    return 0;
}

static bool noted_as_mounted(fixture *f, const wcow_container *container)
{
    cleanup_state state *s = NULL;

    assert_ok(&f->err, state_read(f->host, wcow_container_id(container), &s, &f->err));
    return s->mounted;
}

static void assert_content(const char *folder, const char *name, const char *content)
{
    cleanup_free char *path = path_join(folder, name);
    char bytes[64] = {0};
    FILE *file_of = fopen(path, "rb");

    assert_non_null(file_of);
    assert_true(fread(bytes, 1, sizeof(bytes) - 1, file_of) == strlen(content));
    fclose(file_of);
    assert_string_equal(bytes, content);
}

static void files_go_into_a_stopped_container_and_come_back(void **given)
{
    fixture *f = *given;
    wcow_container *web = fixture_create(f, "web", ping);
    cleanup_free char *here = fixture_write(f, "f.txt", "hello", 5);
    cleanup_free char *back = path_join(f->fake->folder, "back.txt");
    wcow_copied copied = WCOW_COPIED_INIT;

    assert_ok(&f->err, wcow_container_copy_to(web, here, "/app", NULL, &copied, &f->err));
    assert_int_equal(copied.content, 5);
    assert_int_equal(copied.transferred, 2048);
    wcow_free(copied.destination);
    assert_content(volume, "app/f.txt", "hello");
    assert_int_equal(fixture_left(f, "mounted"), 0);
    assert_int_equal(fixture_calls(f, "ActivateLayer"), 1);
    assert_false(noted_as_mounted(f, web));
    assert_ok(&f->err,
              wcow_container_copy_from(web, "C:\\app\\f.txt", back, NULL, &copied, &f->err));
    assert_string_equal(copied.destination, back);
    wcow_free(copied.destination);
    assert_content(f->fake->folder, "back.txt", "hello");
    assert_int_equal(fixture_left(f, "mounted"), 0);
    wcow_container_free(web);
}

/* Docker's words. */
static void what_cannot_be_copied_is_said(void **given)
{
    fixture *f = *given;
    wcow_container *web = fixture_create(f, "web", ping);
    cleanup_free char *here = fixture_write(f, "f.txt", "hello", 5);
    cleanup_free char *nowhere = path_join(f->fake->folder, "no/where");
    cleanup_free char *no_folder = path_join(f->fake->folder, "no");
    cleanup_free char *wrong =
        text_format("invalid output path: directory \"%s\" does not exist", no_folder);

    assert_fails(&f->err, WCOW_NOT_FOUND, "Could not find the file /none in container web",
                 wcow_container_copy_from(web, "/none", here, NULL, NULL, &f->err));
    assert_fails(&f->err, WCOW_NOT_FOUND, wrong,
                 wcow_container_copy_from(web, "/app", nowhere, NULL, NULL, &f->err));
    assert_fails(&f->err, WCOW_INVALID, "cannot copy directory",
                 wcow_container_copy_from(web, "/app", here, NULL, NULL, &f->err));
    assert_fails(&f->err, WCOW_NOT_FOUND, "Could not find the file C:\\none in container web",
                 wcow_container_copy_to(web, here, "/none/f", NULL, NULL, &f->err));
    assert_fails(&f->err, WCOW_INVALID, "no such directory",
                 wcow_container_copy_to(web, here, "/none/", NULL, NULL, &f->err));
    assert_fails(&f->err, WCOW_INVALID, "destination \"web:/app/none\" must be a directory",
                 wcow_container_copy_to(web, "-", "/app/none", NULL, NULL, &f->err));
    assert_fails(&f->err, WCOW_INVALID,
                 "'D:\\x': the specified path is not on the system drive (C:)",
                 wcow_container_copy_from(web, "D:\\x", here, NULL, NULL, &f->err));
    assert_int_equal(fixture_left(f, "mounted"), 0);
    wcow_container_free(web);
}

/* A name that Windows cannot have is said once, and that nobody expands it. */
static void wildcards_are_said_not_to_be_expanded(void **given)
{
    static const char words[] = "wildcards are not expanded";
    fixture *f = *given;
    wcow_container *web = fixture_create(f, "web", ping);
    cleanup_free char *here = path_join(f->fake->folder, "*.txt");

    assert_int_equal(wcow_container_copy_to(web, here, "/app", NULL, NULL, &f->err), WCOW_INVALID);
    assert_non_null(strstr(f->err.hint, words));
    assert_int_equal(wcow_container_copy_from(web, "C:\\app\\*.txt", here, NULL, NULL, &f->err),
                     WCOW_INVALID);
    assert_non_null(strstr(f->err.hint, words));
    assert_non_null(strstr(f->err.message, "'C:\\app\\*.txt': look at"));
    assert_null(strstr(f->err.message, "*.txt': '"));
    assert_fails(&f->err, WCOW_NOT_FOUND, "Could not find the file /none in container web",
                 wcow_container_copy_from(web, "/none", here, NULL, NULL, &f->err));
    assert_null(strstr(f->err.hint, words));
    wcow_container_free(web);
}

/* As if it had been created with it: no path of this host's is one that -v takes. */
static void add_mount(fixture *f, const wcow_container *web, const char *at, const char *source)
{
    cleanup_free char *path = path_in_container(f->host, wcow_container_id(web), FILE_CONFIG);
    cleanup_json cJSON *json = NULL;
    cJSON *item = cJSON_CreateObject();
    cJSON *mounts;

    assert_ok(&f->err, store_read(f->host, path, &json, &f->err));
    assert_true(json_add_text(item, "destination", at) && json_add_text(item, "source", source));
    mounts = cJSON_GetObjectItemCaseSensitive(json, "mounts");
    if (!mounts)
        mounts = cJSON_AddArrayToObject(json, "mounts");
    cJSON_AddItemToArray(mounts, item);
    assert_ok(&f->err, store_write(f->host, path, json, &f->err));
}

static char *make_folder(fixture *f, const char *name)
{
    char *path = path_join(f->fake->folder, name);

    assert_int_equal(mkdir(path, 0700), 0);
    return path;
}

static void what_is_mounted_is_the_source_of_it(void **given)
{
    fixture *f = *given;
    cleanup_free char *source = make_folder(f, "data");
    cleanup_free char *here = fixture_write(f, "f.txt", "hello", 5);
    wcow_container *web = fixture_create(f, "web", ping);

    add_mount(f, web, "C:\\data", source);
    assert_ok(&f->err, wcow_container_copy_to(web, here, "/data", NULL, NULL, &f->err));
    assert_content(source, "f.txt", "hello");
    wcow_container_free(web);
}

/* The files of a copy that must not be, as they were before it. */
static void assert_refused(fixture *f, wcow_status status, const char *words)
{
    assert_int_equal(status, WCOW_INVALID);
    assert_non_null(strstr(f->err.message, words));
    assert_int_equal(fixture_left(f, "mounted"), 0);
}

static void nothing_is_copied_into_itself(void **given)
{
    fixture *f = *given;
    cleanup_free char *data = make_folder(f, "data");
    cleanup_free char *below = make_folder(f, "data/below");
    cleanup_free char *other = make_folder(f, "other");
    cleanup_free char *alias = path_join(f->fake->folder, "alias");
    cleanup_free char *kept = fixture_write(f, "data/f", "kept", 4);
    wcow_container *web = fixture_create(f, "web", ping);

    assert_int_equal(symlink(data, alias), 0);
    add_mount(f, web, "C:\\data", data);
    add_mount(f, web, "C:\\app\\sub", below);

    /* Into what is mounted, by another name, and below it. */
    assert_refused(f, wcow_container_copy_to(web, data, "/data", NULL, NULL, &f->err),
                   "into itself");
    assert_refused(f, wcow_container_copy_to(web, data, "/app/sub", NULL, NULL, &f->err),
                   "into itself");
    assert_refused(f, wcow_container_copy_to(web, data, "/", NULL, NULL, &f->err), "into itself");
    /* Out of it, itself or with what it is mounted in. */
    assert_refused(f, wcow_container_copy_from(web, "/data", data, NULL, NULL, &f->err),
                   "into itself");
    assert_refused(f, wcow_container_copy_from(web, "/", below, NULL, NULL, &f->err),
                   "into itself");
    assert_refused(f, wcow_container_copy_from(web, "/data/f", data, NULL, NULL, &f->err),
                   "are the same file");
    assert_refused(f, wcow_container_copy_to(web, kept, "/data/f", NULL, NULL, &f->err),
                   "are the same file");
    assert_content(data, "f", "kept");

    assert_ok(&f->err, wcow_container_copy_to(web, kept, "/data/g", NULL, NULL, &f->err));
    assert_ok(&f->err, wcow_container_copy_to(web, data, "/app", NULL, NULL, &f->err));
    assert_ok(&f->err, wcow_container_copy_from(web, "/data", other, NULL, NULL, &f->err));
    assert_content(other, "data/g", "kept");
    wcow_container_free(web);
}

/* What is mounted below the destination counts where the source has something for it. */
static void nothing_is_copied_into_itself_by_a_mount_below(void **given)
{
    fixture *f = *given;
    cleanup_free char *project = make_folder(f, "project");
    cleanup_free char *data = make_folder(f, "project/data");
    cleanup_free char *cache = make_folder(f, "project/cache");
    wcow_container *web = fixture_create(f, "web", ping);

    add_mount(f, web, "C:\\app\\project\\other", cache);
    assert_ok(&f->err, wcow_container_copy_to(web, project, "/app", NULL, NULL, &f->err));
    add_mount(f, web, "C:\\app\\project\\data", data);
    assert_refused(f, wcow_container_copy_to(web, project, "/app", NULL, NULL, &f->err),
                   "into itself");
    wcow_container_free(web);
}

static void a_running_container_is_not_mounted_again(void **given)
{
    fixture *f = *given;
    wcow_container *web = fixture_create(f, "web", ping);
    cleanup_free char *here = fixture_write(f, "f.txt", "hello", 5);
    size_t before;

    assert_ok(&f->err, wcow_container_start(web, NULL, NULL, &f->err));
    before = fixture_calls(f, "ActivateLayer");
    assert_ok(&f->err, wcow_container_copy_to(web, here, "/app/", NULL, NULL, &f->err));
    assert_content(volume, "app/f.txt", "hello");
    assert_int_equal(fixture_calls(f, "ActivateLayer"), before);
    assert_true(noted_as_mounted(f, web)); /* by its run */
    assert_int_equal(fixture_left(f, "mounted"), 1);
    assert_ok(&f->err, wcow_container_remove(web, true, &f->err));
    wcow_container_free(web);
}

/* dockerd's calls for each request (vectors: cp-created, cp-stopped), in that order; it makes two
 * requests of a copy, and mounts for each. */
static void a_copy_mounts_once(void **given)
{
    static const char *const calls[] = {"ActivateLayer", "PrepareLayer", "GetLayerMountPath",
                                        "UnprepareLayer", "DeactivateLayer"};
    fixture *f = *given;
    wcow_container *web = fixture_create(f, "web", ping);
    cleanup_free char *here = fixture_write(f, "f.txt", "hello", 5);

    assert_ok(&f->err, wcow_container_copy_to(web, here, "/app", NULL, NULL, &f->err));
    for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
        assert_int_equal(fixture_calls(f, calls[i]), 1);
    wcow_container_free(web);
}

/* The scripted machine knows no such program. */
static void a_utility_vm_without_tar_is_said(void **given)
{
    fixture *f = *given;
    wcow_container_spec spec = WCOW_CONTAINER_SPEC_INIT;
    wcow_container *web = NULL;
    cleanup_free char *here = fixture_write(f, "f.txt", "hello", 5);

    spec.image = IMAGE;
    spec.name = "web";
    spec.isolation = WCOW_ISOLATION_HYPERV;
    assert_ok(&f->err, wcow_container_create(f->host, &spec, &web, &f->err));
    assert_ok(&f->err, wcow_container_start(web, NULL, NULL, &f->err));
    assert_fails(&f->err, WCOW_UNSUPPORTED,
                 "'/app': the files of container web cannot be reached while it runs with Hyper-V "
                 "isolation: it has no C:\\Windows\\System32\\tar.exe",
                 wcow_container_copy_to(web, here, "/app", NULL, NULL, &f->err));
    assert_string_equal(f->err.hint, "stop it first: wcow stop web");
    assert_ok(&f->err, wcow_container_pause(web, &f->err));
    assert_fails(&f->err, WCOW_CONFLICT,
                 "Container web is paused, unpause the container before copying files",
                 wcow_container_copy_to(web, here, "/app", NULL, NULL, &f->err));
    assert_ok(&f->err, wcow_container_remove(web, true, &f->err));
    wcow_container_free(web);
}

static void no_failing_call_leaves_it_mounted(void **given)
{
    fixture *f = *given;
    wcow_container *web = fixture_create(f, "web", ping);
    cleanup_free char *here = fixture_write(f, "f.txt", "hello", 5);
    bool done = false;

    for (size_t nth = 1; !done; nth++) {
        faulty_files_fail(&f->faulty, nth);
        done = wcow_container_copy_to(web, here, "/app", NULL, NULL, &f->err) == WCOW_OK &&
               f->faulty.calls < nth;
        faulty_files_fail(&f->faulty, 0);
        assert_int_equal(fixture_left(f, "mounted"), 0);
        assert_true(nth < 500);
    }
    assert_content(volume, "app/f.txt", "hello");
    wcow_container_free(web);
}

/* Of the old file or the new one there is one, whole, and nothing else. */
/* What was there, or what comes. */
static void assert_whole(fixture *f, const char *path)
{
    cleanup_free char *content = NULL;
    size_t size = 0;

    assert_int_equal(f->files->read(f->files, path, 16, &content, &size), 0);
    assert_true((size == 3 && memcmp(content, "old", 3) == 0) ||
                (size == 5 && memcmp(content, "hello", 5) == 0));
}

static void no_failing_call_of_a_copy_out_leaves_half_a_file(void **given)
{
    fixture *f = *given;
    wcow_container *web = fixture_create(f, "web", ping);
    cleanup_free char *inside = path_join(volume, "app/f.txt");
    cleanup_free char *here = make_folder(f, "here");
    bool done = false;

    assert_int_equal(f->files->replace(f->files, inside, "hello", 5), 0);
    for (size_t nth = 1; !done; nth++) {
        cleanup_free char *old = fixture_write(f, "here/f.txt", "old", 3);
        cleanup_strings string_list names = STRING_LIST_INIT;
        wcow_status status;

        faulty_files_fail(&f->faulty, nth);
        status = wcow_container_copy_from(web, "/app/f.txt", here, NULL, NULL, &f->err);
        done = status == WCOW_OK && f->faulty.calls < nth;
        faulty_files_fail(&f->faulty, 0);
        assert_int_equal(f->files->list(f->files, here, &names), 0);
        assert_int_equal(names.count, 1);
        assert_whole(f, old);
        assert_int_equal(fixture_left(f, "mounted"), 0);
        if (status)
            assert_true(f->err.message[0] != '\0');
        assert_true(nth < 500);
    }
    assert_content(here, "f.txt", "hello");
    wcow_container_free(web);
}

static void no_failing_call_of_the_service_goes_unseen(void **given)
{
    static const char *const calls[] = {"ActivateLayer", "PrepareLayer", "GetLayerMountPath",
                                        "UnprepareLayer", "DeactivateLayer"};
    fixture *f = *given;
    wcow_container *web = fixture_create(f, "web", ping);
    cleanup_free char *here = fixture_write(f, "f.txt", "hello", 5);

    for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
        cleanup_free char *fault =
            text_format("{\"call\":\"%s\",\"nth\":1,\"hr\":\"0x80070005\"}", calls[i]);

        assert_true(sim_fault(f->fake->sim, fault));
        assert_int_not_equal(wcow_container_copy_to(web, here, "/app", NULL, NULL, &f->err),
                             WCOW_OK);
        sim_faults_clear(f->fake->sim);
        /* What could not be unmounted is noted, and the next one begins with that. */
        assert_ok(&f->err, wcow_container_copy_to(web, here, "/app", NULL, NULL, &f->err));
        assert_int_equal(fixture_left(f, "mounted"), 0);
        assert_false(noted_as_mounted(f, web));
    }
    wcow_container_free(web);
}

static void diff_needs_rest(void **given)
{
    fixture *f = *given;
    wcow_container *web = fixture_create(f, "web", ping);
    wcow_change *changes = NULL;
    size_t count = 1;

    assert_ok(&f->err, wcow_container_changes(web, &changes, &count, &f->err));
    assert_int_equal(count, 0);
    wcow_free(changes);
    assert_int_equal(fixture_left(f, "mounted"), 0);
    assert_ok(&f->err, wcow_container_start(web, NULL, NULL, &f->err));
    assert_fails(&f->err, WCOW_CONFLICT, "cannot compare container web while it is running",
                 wcow_container_changes(web, &changes, &count, &f->err));
    assert_ok(&f->err, wcow_container_remove(web, true, &f->err));
    wcow_container_free(web);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(files_go_into_a_stopped_container_and_come_back),
        TEST(what_cannot_be_copied_is_said),
        TEST(wildcards_are_said_not_to_be_expanded),
        TEST(what_is_mounted_is_the_source_of_it),
        TEST(nothing_is_copied_into_itself),
        TEST(nothing_is_copied_into_itself_by_a_mount_below),
        TEST(a_running_container_is_not_mounted_again),
        TEST(a_copy_mounts_once),
        TEST(a_utility_vm_without_tar_is_said),
        TEST(no_failing_call_leaves_it_mounted),
        TEST(no_failing_call_of_a_copy_out_leaves_half_a_file),
        TEST(no_failing_call_of_the_service_goes_unseen),
        TEST(diff_needs_rest),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
