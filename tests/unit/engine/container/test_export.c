/* SPDX-License-Identifier: MIT */
/* Containers' file systems as tars that become images again. */
#include "tests/unit/engine/fixture.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "base/path.h"
#include "engine/container/state.h"
#include "engine/host/host_stores.h"
#include "engine/host/paths.h"
#include "layer/import/layer_listing.h"
#include "tests/unit/support/faulty_hives.h"
#include "tests/unit/support/tar_builder.h"

static const char *const ping[] = {"ping", NULL};

/* The simulated service of a test in one process mounts nothing: the base layer's files stand in.
 */
static char *volume;

static int set_up(void **given)
{
    fixture *f = fixture_with_image(NULL);
    cleanup_image image *i = NULL;
    cleanup_free char *layers = path_join(f->root, "layers");
    cleanup_free char *folder = NULL;
    image_store images = {f->files, f->root};

    assert_ok(&f->err, image_store_open(&images, IMAGE, &i, &f->err));
    folder = path_join(layers, i->config->diff_ids.items[0] + strlen("sha256:"));
    volume = path_join(folder, "Files");
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

static bool noted_as_mounted(fixture *f, const char *id)
{
    cleanup_state state *s = NULL;

    assert_ok(&f->err, state_read(f->host, id, &s, &f->err));
    return s->mounted;
}

static void an_exported_file_system_becomes_an_image_that_runs(void **given)
{
    static const char *const changes[] = {"CMD [\"ping\"]", NULL};
    fixture *f = *given;
    wcow_container *web = fixture_create(f, "web", ping);
    cleanup_free char *path = path_join(f->fake->folder, "web.tar");
    wcow_import_options options = WCOW_IMPORT_OPTIONS_INIT;
    wcow_container_spec spec = WCOW_CONTAINER_SPEC_INIT;
    wcow_container *again = NULL;
    char *id = NULL;

    assert_ok(&f->err, wcow_container_export(web, path, NULL, &f->err));
    assert_int_equal(fixture_left(f, "mounted"), 0);
    assert_int_equal(fixture_calls(f, "UnprepareLayer"), 2); /* for its registry, and its files */
    assert_false(noted_as_mounted(f, wcow_container_id(web)));
    options.changes = changes;
    assert_ok(&f->err, wcow_image_import(f->host, path, "made:1", &options, &id, &f->err));
    wcow_free(id);
    spec.image = "made:1";
    assert_ok(&f->err, wcow_container_create(f->host, &spec, &again, &f->err));
    assert_ok(&f->err, wcow_container_start(again, NULL, NULL, &f->err));
    assert_ok(&f->err, wcow_container_remove(again, true, &f->err));
    wcow_container_free(again);
    /* It is as it was. */
    assert_ok(&f->err, wcow_container_start(web, NULL, NULL, &f->err));
    assert_ok(&f->err, wcow_container_remove(web, true, &f->err));
    wcow_container_free(web);
}

static void a_running_container_is_not_exported(void **given)
{
    fixture *f = *given;
    wcow_container *web = fixture_create(f, "web", ping);
    cleanup_free char *path = path_join(f->fake->folder, "web.tar");

    assert_ok(&f->err, wcow_container_start(web, NULL, NULL, &f->err));
    assert_fails(&f->err, WCOW_CONFLICT, "cannot export container web while it is running",
                 wcow_container_export(web, path, NULL, &f->err));
    assert_non_null(strstr(f->err.hint, "stop it first: wcow stop web"));
    assert_non_null(strstr(f->err.hint, "wcow cp"));
    assert_int_equal(access(path, F_OK), -1);
    assert_ok(&f->err, wcow_container_remove(web, true, &f->err));
    wcow_container_free(web);
}

static void what_a_failure_left_mounted_is_released(void **given)
{
    fixture *f = *given;
    wcow_container *web = fixture_create(f, "web", ping);
    cleanup_free char *path = path_join(f->fake->folder, "web.tar");

    /* Neither call of the end is carried out: the scratch stays mounted, as after a crash. */
    assert_true(
        sim_fault(f->fake->sim, "{\"call\":\"UnprepareLayer\",\"nth\":2,\"hr\":\"0x80004005\"}"));
    assert_true(
        sim_fault(f->fake->sim, "{\"call\":\"DeactivateLayer\",\"nth\":2,\"hr\":\"0x80004005\"}"));
    assert_int_equal(wcow_container_export(web, path, NULL, &f->err), WCOW_FAILED);
    assert_non_null(strstr(f->err.message, "cannot export container web: cannot unmount"));
    sim_faults_clear(f->fake->sim);
    assert_int_equal(fixture_left(f, "mounted"), 1);
    assert_true(noted_as_mounted(f, wcow_container_id(web)));
    assert_int_equal(access(path, F_OK), -1);

    assert_ok(&f->err, wcow_container_export(web, path, NULL, &f->err));
    assert_int_equal(fixture_left(f, "mounted"), 0);
    assert_ok(&f->err, wcow_container_remove(web, false, &f->err));
    wcow_container_free(web);
}

/* ---- what comes with the files ---- */

static char *read_archive(fixture *f, const char *path, size_t *size)
{
    char *bytes = NULL;

    assert_int_equal(f->files->read(f->files, path, (size_t)64 << 20, &bytes, size), 0);
    return bytes;
}

static wcow_status add_name(void *context, const listed_entry *entry, wcow_error *err)
{
    (void)err;
    text_addf(context, "%s\n", entry->name);
    return WCOW_OK;
}

static void names_in(fixture *f, const char *path, text *out)
{
    size_t size = 0;
    cleanup_free char *bytes = read_archive(f, path, &size);
    memory_source source;

    memory_source_init(&source, bytes, size, 0);
    assert_ok(&f->err, layer_list_entries(&source.source, add_name, out, &f->err));
}

/* Puts what a container changes in the registry where the simulated service takes it from. */
static void change_registry(fixture *f, wcow_container *container, const char *hive,
                            const void *bytes, size_t size)
{
    cleanup_free char *scratch = path_of_scratch(f->host, wcow_container_id(container));
    cleanup_free char *hives = path_join(scratch, "Hives");
    cleanup_free char *path = path_join(hives, hive);

    (void)f->files->make_directory(f->files, hives);
    assert_int_equal(f->files->replace(f->files, path, bytes, size), 0);
}

static void the_utility_vm_of_the_image_comes_after_the_files(void **given)
{
    fixture *f = *given;
    wcow_container *web = fixture_create(f, "web", ping);
    cleanup_free char *path = path_join(f->fake->folder, "web.tar");
    cleanup_text text names = TEXT_INIT;

    assert_ok(&f->err, wcow_container_export(web, path, NULL, &f->err));
    names_in(f, path, &names);
    assert_non_null(strstr(text_get(&names),
                           "\nUtilityVM\nUtilityVM/Files\nUtilityVM/Files/EFI\n"
                           "UtilityVM/Files/EFI/Microsoft\nUtilityVM/Files/EFI/Microsoft/Boot\n"
                           "UtilityVM/Files/EFI/Microsoft/Boot/BCD\n"));
    assert_ok(&f->err, wcow_container_remove(web, true, &f->err));
    wcow_container_free(web);
}

static void the_registry_has_what_layers_and_container_changed(void **given)
{
    fixture *f = *given;
    wcow_container *web = fixture_create(f, "web", ping);
    cleanup_free char *path = path_join(f->fake->folder, "web.tar");
    unsigned char hive[HIVE_FILE_SIZE];
    cleanup_free char *warning = NULL;
    cleanup_free char *bytes = NULL;
    const char *base;
    const char *upper;
    const char *own;
    size_t size = 0;

    fixture_hive("the container's own", hive);
    change_registry(f, web, "Software_Delta", hive, sizeof(hive));
    change_registry(f, web, "Sam_Delta", "", 0);
    assert_ok(&f->err, wcow_container_export(web, path, &warning, &f->err));
    assert_null(warning);
    bytes = read_archive(f, path, &size);
    /* In this order; the upper layer's is in its own tar only. */
    base = memmem(bytes, size, "regf", 4);
    upper = memmem(bytes, size, "Hives/Software_Delta", 20);
    own = memmem(bytes, size, "the container's own", 19);
    assert_non_null(base);
    assert_true(base < upper);
    assert_int_equal(own - upper, 4096); /* in the bin after it */
    assert_memory_equal(upper - 4096, "Files/Windows/System32/config/SOFTWARE", 38);
    assert_int_equal(fixture_calls(f, "ExportLayer"), 1);
    assert_int_equal(fixture_left(f, "mounted"), 0);
    assert_ok(&f->err, wcow_container_remove(web, true, &f->err));
    wcow_container_free(web);
}

static void what_is_no_hive_fails_the_export(void **given)
{
    fixture *f = *given;
    wcow_container *web = fixture_create(f, "web", ping);
    cleanup_free char *path = path_join(f->fake->folder, "web.tar");
    layer_store layers = {f->files, NULL, f->root};
    cleanup_strings string_list leftovers = STRING_LIST_INIT;
    char *warning = NULL;

    change_registry(f, web, "System_Delta", "rubbish", 7);
    assert_true(wcow_container_export(web, path, &warning, &f->err) != WCOW_OK);
    assert_non_null(strstr(f->err.message, "cannot export container web: cannot merge the registry "
                                           "hive SYSTEM: OROpenHive"));
    assert_null(warning);
    assert_int_equal(access(path, F_OK), -1);
    assert_ok(&f->err, layer_list_leftovers(&layers, &leftovers, &f->err));
    assert_int_equal(leftovers.count, 0);
    assert_ok(&f->err, wcow_container_remove(web, true, &f->err));
    wcow_container_free(web);
}

/* Then there is a warning, and all else is as ever. */
static void where_windows_cannot_merge_the_files_are_exported(void **given)
{
    fixture *f = *given;
    wcow_container *web = fixture_create(f, "web", ping);
    cleanup_free char *path = path_join(f->fake->folder, "web.tar");
    layer_store layers = {f->files, NULL, f->root};
    cleanup_strings string_list leftovers = STRING_LIST_INIT;
    cleanup_text text names = TEXT_INIT;
    cleanup_free char *warning = NULL;
    faulty_hives hives;

    faulty_hives_init(&hives);
    hives.old = true;
    f->host->hives = &hives.port;
    assert_ok(&f->err, wcow_container_export(web, path, &warning, &f->err));
    assert_string_equal(warning,
                        "what container web changed in the registry is not exported: cannot merge "
                        "the registry hive SOFTWARE: this host's offreg.dll cannot merge registry "
                        "hives: Windows Server 2022's is the first that can");
    assert_int_equal(hives.open, 0);
    names_in(f, path, &names);
    assert_non_null(strstr(text_get(&names), "config/SOFTWARE\n"));
    assert_ok(&f->err, layer_list_leftovers(&layers, &leftovers, &f->err));
    assert_int_equal(leftovers.count, 0);
    /* Nobody has to listen. */
    assert_ok(&f->err, wcow_container_export(web, path, NULL, &f->err));
    f->host->hives = NULL;
    faulty_hives_clear(&hives);
    assert_ok(&f->err, wcow_container_remove(web, true, &f->err));
    wcow_container_free(web);
}

static void without_its_image_a_container_s_files_are_exported(void **given)
{
    fixture *f = *given;
    wcow_container *web = fixture_create(f, "web", ping);
    cleanup_free char *path = path_join(f->fake->folder, "web.tar");
    cleanup_free char *warning = NULL;

    assert_ok(&f->err, wcow_image_remove(f->host, IMAGE, true, NULL, NULL, &f->err));
    assert_ok(&f->err, wcow_container_export(web, path, &warning, &f->err));
    assert_string_equal(warning, "what container web changed in the registry is not exported: its "
                                 "image " IMAGE " is gone");
    assert_ok(&f->err, wcow_container_remove(web, true, &f->err));
    wcow_container_free(web);
}

static void any_failing_call_of_the_library_is_told(void **given)
{
    fixture *f = *given;
    wcow_container *web = fixture_create(f, "web", ping);
    cleanup_free char *path = path_join(f->fake->folder, "web.tar");
    size_t told = 0;
    faulty_hives hives;

    faulty_hives_init(&hives);
    f->host->hives = &hives.port;
    for (size_t nth = 1;; nth++) {
        wcow_status status;

        faulty_hives_fail(&hives, nth);
        status = wcow_container_export(web, path, NULL, &f->err);
        assert_int_equal(hives.open, 0);
        told += status != WCOW_OK;
        if (!hives.failed)
            break;
    }
    /* Of six merges, in each of which two are opened, merged and saved. */
    assert_int_equal(told, 6 * 4);
    assert_int_equal(hives.major, f->host->version.major);
    f->host->hives = NULL;
    faulty_hives_clear(&hives);
    assert_ok(&f->err, wcow_container_remove(web, true, &f->err));
    wcow_container_free(web);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_exported_file_system_becomes_an_image_that_runs),
        TEST(a_running_container_is_not_exported),
        TEST(what_a_failure_left_mounted_is_released),
        TEST(the_utility_vm_of_the_image_comes_after_the_files),
        TEST(the_registry_has_what_layers_and_container_changed),
        TEST(what_is_no_hive_fails_the_export),
        TEST(where_windows_cannot_merge_the_files_are_exported),
        TEST(without_its_image_a_container_s_files_are_exported),
        TEST(any_failing_call_of_the_library_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
