/* SPDX-License-Identifier: MIT */
/* What goes with an image, and what keeps it. */
#include "tests/unit/engine/fixture.h"

#include <string.h>

#include "base/error.h"

static const char *const ping[] = {"ping", NULL};

static void collect(void *context, const char *line)
{
    text_addf(context, "%.8s|", line);
}

static size_t images_left(fixture *f)
{
    wcow_image_info *rows = NULL;
    size_t count = 99;

    assert_ok(&f->err, wcow_image_list(f->host, &rows, &count, &f->err));
    wcow_free(rows);
    return count;
}

static void rmi_removes_the_layers_that_nothing_else_needs(void **state)
{
    fixture *f = *state;
    text lines = TEXT_INIT;
    const size_t before = fixture_calls(f, "DestroyLayer");

    fixture_load(f, "test/other:1", "{\"Cmd\":[\"ping\"]}"); /* the same base, another top */
    assert_ok(&f->err, wcow_image_remove(f->host, "test/other:1", false, collect, &lines, &f->err));
    assert_string_equal(text_get(&lines), "Untagged|Deleted:|");
    assert_int_equal(fixture_calls(f, "DestroyLayer"), before + 1);
    text_free(&lines);
    assert_ok(&f->err, wcow_image_remove(f->host, IMAGE, false, NULL, NULL, &f->err));
    assert_int_equal(fixture_calls(f, "DestroyLayer"), before + 3);
    assert_int_equal(images_left(f), 0);
    assert_int_equal(wcow_image_remove(f->host, IMAGE, false, NULL, NULL, &f->err), WCOW_NOT_FOUND);
}

static int32_t no_room(files_port *port, const char *path, const void *bytes, size_t size)
{
    (void)port;
    (void)path;
    (void)bytes;
    (void)size;
    return HR_DISK_FULL;
}

static int32_t no_room_to_write(files_port *port, file *f, const void *bytes, size_t size)
{
    (void)port;
    (void)f;
    (void)bytes;
    (void)size;
    return HR_DISK_FULL;
}

/* What makes room must not need any; and what does not make room leaves alone what is kept for it.
 */
static void on_a_full_disk_an_image_can_be_removed(void **state)
{
    fixture *f = *state;
    cleanup_free char *reserve = text_format("%s/images/reserve", f->root);
    int32_t (*replace)(files_port *, const char *, const void *, size_t) = f->faulty.port.replace;
    int32_t (*write_all)(files_port *, file *, const void *, size_t) = f->faulty.port.write_all;
    file_info info;

    fixture_load(f, "test/other:1", "{\"Cmd\":[\"ping\"]}");
    f->faulty.port.replace = no_room;
    f->faulty.port.write_all = no_room_to_write;
    for (int i = 0; i < 2; i++) {
        assert_int_not_equal(wcow_image_tag(f->host, IMAGE, "test/more:1", &f->err), WCOW_OK);
        assert_int_equal(f->err.hresult, HR_DISK_FULL);
        assert_int_equal(f->files->info(f->files, reserve, &info), HR_OK);
        assert_int_equal(info.size, 65536);
    }
    assert_ok(&f->err, wcow_image_remove(f->host, IMAGE, false, NULL, NULL, &f->err));
    assert_int_equal(images_left(f), 1);
    assert_int_equal(f->files->info(f->files, reserve, &info), HR_FILE_NOT_FOUND);
    assert_int_not_equal(wcow_image_remove(f->host, "test/other:1", false, NULL, NULL, &f->err), 0);
    assert_int_equal(f->err.hresult, HR_DISK_FULL);
    assert_int_equal(images_left(f), 1);
    f->faulty.port.replace = replace;
    f->faulty.port.write_all = write_all;
    fixture_load(f, IMAGE, "{\"Cmd\":[\"ping\"]}");
    assert_int_equal(f->files->info(f->files, reserve, &info), HR_OK);
}

static int32_t (*real_replace)(files_port *, const char *, const void *, size_t);
static int32_t (*real_remove)(files_port *, const char *);
static size_t blobs_gone;

/* There is, as soon as a blob has gone. */
static int32_t room_for_a_blob(files_port *port, const char *path, const void *bytes, size_t size)
{
    return blobs_gone ? real_replace(port, path, bytes, size) : HR_DISK_FULL;
}

static int32_t remove_and_count(files_port *port, const char *path)
{
    const int32_t hr = real_remove(port, path);

    blobs_gone += HR_SUCCEEDED(hr) && strstr(path, "/blobs/");
    return hr;
}

/* What the first removal has used is kept again for the next, out of what it has freed. */
static void a_removal_on_a_full_disk_keeps_room_for_the_next(void **state)
{
    fixture *f = *state;
    cleanup_free char *reserve = text_format("%s/images/reserve", f->root);
    file_info info;

    real_replace = f->faulty.port.replace;
    real_remove = f->faulty.port.remove_file;
    blobs_gone = 0;
    f->faulty.port.replace = room_for_a_blob;
    f->faulty.port.remove_file = remove_and_count;
    assert_ok(&f->err, wcow_image_remove(f->host, IMAGE, false, NULL, NULL, &f->err));
    f->faulty.port.replace = real_replace;
    f->faulty.port.remove_file = real_remove;
    assert_true(blobs_gone > 0);
    assert_int_equal(f->files->info(f->files, reserve, &info), HR_OK);
    assert_int_equal(info.size, 65536);
}

/* The one layer that a VM can boot from; malloc'ed. */
static char *layer_with_vm(fixture *f)
{
    cleanup_free char *folder = text_format("%s/layers", f->root);
    cleanup_strings string_list names = STRING_LIST_INIT;
    char *found = NULL;
    file_info info;

    assert_int_equal(f->files->list(f->files, folder, &names), HR_OK);
    for (size_t i = 0; i < names.count; i++) {
        cleanup_free char *vm = text_format("%s/%s/UtilityVM", folder, names.items[i]);

        if (HR_SUCCEEDED(f->files->info(f->files, vm, &info)))
            found = text_copy(names.items[i]);
    }
    assert_non_null(found);
    return found;
}

static const char *template_of; /* the layer that it stands on */

static int32_t enumerate_with_templates(hcs_port *port, const char *query, char **systems,
                                        char **result)
{
    (void)port;
    (void)result;
    assert_string_equal(query, "{}"); /* it is nobody's */
    *systems = text_format("[{\"Id\":\"theirs\",\"IsRuntimeTemplate\":true,"
                           "\"RuntimeImagePath\":\"C:\\\\x\\\\UtilityVM\"},"
                           "{\"Id\":\"running\",\"RuntimeImagePath\":\"C:\\\\%s\\\\UtilityVM\"},"
                           "{\"Id\":\"template\",\"IsRuntimeTemplate\":true,"
                           "\"RuntimeImagePath\":\"C:\\\\%s\\\\UtilityVM\"}]",
                           template_of, template_of);
    return HR_OK;
}

/* After a Hyper-V container the service keeps a VM that it starts others from, on the layer's
 * files: without its end they cannot be removed. */
static void what_the_service_keeps_on_a_layer_is_ended_first(void **state)
{
    fixture *f = *state;
    hcs_port *hcs = f->fake->hcs;
    int32_t (*enumerate)(hcs_port *, const char *, char **, char **) = hcs->enumerate_systems;
    const size_t before = fixture_calls(f, "HcsOpenComputeSystem");
    cleanup_free char *base = layer_with_vm(f);

    template_of = base;
    hcs->enumerate_systems = enumerate_with_templates;
    assert_ok(&f->err, wcow_image_remove(f->host, IMAGE, false, NULL, NULL, &f->err));
    hcs->enumerate_systems = enumerate;
    assert_int_equal(fixture_calls(f, "HcsOpenComputeSystem"), before + 1);
}

static void an_image_in_use_is_kept(void **state)
{
    fixture *f = *state;
    wcow_container *web = fixture_create(f, "web", ping);
    const size_t before = fixture_calls(f, "DestroyLayer");

    assert_int_equal(wcow_image_remove(f->host, IMAGE, false, NULL, NULL, &f->err), WCOW_CONFLICT);
    assert_non_null(strstr(f->err.message, "must force"));
    assert_ok(&f->err, wcow_container_start(web, NULL, NULL, &f->err));
    assert_int_equal(wcow_image_remove(f->host, IMAGE, true, NULL, NULL, &f->err), WCOW_CONFLICT);
    assert_non_null(strstr(f->err.message, "cannot be forced"));
    assert_ok(&f->err, wcow_container_stop(web, 5, &f->err));

    /* Forced away, it leaves its layers to the container, which still starts. */
    assert_ok(&f->err, wcow_image_remove(f->host, IMAGE, true, NULL, NULL, &f->err));
    assert_int_equal(fixture_calls(f, "DestroyLayer"), before);
    assert_ok(&f->err, wcow_container_start(web, NULL, NULL, &f->err));
    assert_ok(&f->err, wcow_container_remove(web, true, &f->err));
    wcow_container_free(web);
    fixture_assert_clean(f);
}

static void a_layer_that_cannot_be_destroyed_is_told(void **state)
{
    fixture *f = *state;

    assert_true(sim_fault(f->fake->sim,
                          "{\"call\":\"DestroyLayer\",\"every\":true,\"hr\":\"0x80004005\"}"));
    assert_int_equal(wcow_image_remove(f->host, IMAGE, false, NULL, NULL, &f->err), WCOW_FAILED);
    assert_non_null(strstr(f->err.message, "the image '" IMAGE "' is removed, but not all of its "
                                           "layers"));
    assert_int_equal(images_left(f), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(rmi_removes_the_layers_that_nothing_else_needs),
        TEST(on_a_full_disk_an_image_can_be_removed),
        TEST(a_removal_on_a_full_disk_keeps_room_for_the_next),
        TEST(what_the_service_keeps_on_a_layer_is_ended_first),
        TEST(an_image_in_use_is_kept),
        TEST(a_layer_that_cannot_be_destroyed_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
