/* SPDX-License-Identifier: MIT */
/* What port/storage.h promises: the order of the calls, and what each leaves behind. */
#include "contract.h"
#include "native.h"
#include "port/files.h"

#include "base/path.h"
#include "base/text.h"
#include "host.h"

static contract_host host;

#define CALL(name, ...) host.storage->name(host.storage, __VA_ARGS__)

static char *scratch_new(const char *name)
{
    char *path = host_path(&host, name);

    assert_done(CALL(create_sandbox_layer, path, host.layers, host.layer_count));
    return path;
}

static bool exists(const char *path)
{
    bool found = true;

    assert_done(CALL(layer_exists, path, &found));
    return found;
}

static void unmount(const char *path)
{
    assert_done(CALL(unprepare_layer, path));
    assert_done(CALL(deactivate_layer, path));
}

/* The only two that are known (facts of hcsshim and moby). */
static void names_have_their_guids(void **state)
{
    static const struct {
        const char *name;
        const char *id;
    } vectors[] = {
        {"4", "bd9c3ef9-f239-59b5-a27e-15c523b1d149"},
        {"65bf96e5760a09edf1790cb229e2dfb2dbd0fcdc0bf7451bae099106bfbfea0c",
         "18955d65-d45a-557b-bf1c-49d6dfefc526"},
    };
    guid one;
    guid two;

    (void)state;
    for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
        char text_of[GUID_TEXT_SIZE];

        assert_done(CALL(name_to_guid, vectors[i].name, &one));
        guid_print(&one, text_of);
        assert_string_equal(text_of, vectors[i].id);
    }
    assert_done(CALL(name_to_guid, "some name", &one));
    assert_done(CALL(name_to_guid, "some name", &two));
    assert_memory_equal(&one, &two, sizeof(one));
    assert_done(CALL(name_to_guid, "some other name", &two));
    assert_memory_not_equal(&one, &two, sizeof(one));
}

static void a_scratch_lives_and_dies(void **state)
{
    cleanup_free char *path = scratch_new("life");
    cleanup_free char *mount = NULL;

    (void)state;
    assert_true(exists(path));
    assert_done(CALL(activate_layer, path));
    assert_done(CALL(prepare_layer, path, host.layers, host.layer_count));
    assert_done(CALL(get_layer_mount_path, path, &mount));
    assert_true(text_starts_with(mount, "\\\\?\\Volume{"));
    assert_true(text_ends_with(mount, "}") || text_ends_with(mount, "}\\"));
    unmount(path);
    assert_done(CALL(destroy_layer, path));
    assert_false(exists(path));
}

static void a_scratch_is_mounted_again_and_again(void **state)
{
    cleanup_free char *path = scratch_new("again");

    (void)state;
    for (int i = 0; i < 3; i++) {
        assert_done(CALL(activate_layer, path));
        assert_done(CALL(prepare_layer, path, host.layers, host.layer_count));
        unmount(path);
    }
    assert_done(CALL(destroy_layer, path));
}

static void two_scratches_have_two_volumes(void **state)
{
    cleanup_free char *one = scratch_new("one");
    cleanup_free char *two = scratch_new("two");
    cleanup_free char *mount_one = NULL;
    cleanup_free char *mount_two = NULL;

    (void)state;
    assert_done(CALL(activate_layer, one));
    assert_done(CALL(activate_layer, two));
    assert_done(CALL(get_layer_mount_path, one, &mount_one));
    assert_done(CALL(get_layer_mount_path, two, &mount_two));
    assert_string_not_equal(mount_one, mount_two);
    assert_done(CALL(deactivate_layer, one));
    assert_done(CALL(deactivate_layer, two));
    assert_done(CALL(destroy_layer, one));
    assert_done(CALL(destroy_layer, two));
}

static void the_wrong_order_is_refused(void **state)
{
    cleanup_free char *path = scratch_new("order");
    char *mount = NULL;

    (void)state;
    assert_true(HR_FAILED(CALL(prepare_layer, path, host.layers, host.layer_count)));
    assert_true(HR_FAILED(CALL(unprepare_layer, path)));
    assert_true(HR_FAILED(CALL(deactivate_layer, path)));
    assert_true(HR_FAILED(CALL(get_layer_mount_path, path, &mount)));
    assert_null(mount);
    assert_done(CALL(activate_layer, path));
    assert_done(CALL(activate_layer, path)); /* as an engine does that was started again */
    assert_done(CALL(deactivate_layer, path));
    assert_done(CALL(destroy_layer, path));
}

static void a_mounted_scratch_is_not_destroyed(void **state)
{
    cleanup_free char *path = scratch_new("mounted");

    (void)state;
    assert_done(CALL(activate_layer, path));
    assert_done(CALL(prepare_layer, path, host.layers, host.layer_count));
    assert_true(HR_FAILED(CALL(destroy_layer, path)));
    assert_true(exists(path));
    unmount(path);
    assert_done(CALL(destroy_layer, path));
}

static void parents_must_be_there(void **state)
{
    cleanup_free char *path = host_path(&host, "orphan");
    cleanup_free char *none = host_path(&host, "none");
    layer_descriptor missing = {host.layers[0].id, none};

    (void)state;
    assert_true(HR_FAILED(CALL(create_sandbox_layer, path, &missing, 1)));
    assert_true(HR_FAILED(CALL(create_sandbox_layer, path, NULL, 0)));
}

static void a_parents_id_must_be_its_names(void **state)
{
    cleanup_free char *path = scratch_new("wrong-id");
    layer_descriptor wrong = host.layers[0];

    (void)state;
    wrong.id.bytes[0] ^= 1;
    assert_done(CALL(activate_layer, path));
    assert_true(HR_FAILED(CALL(prepare_layer, path, &wrong, 1)));
    assert_done(CALL(deactivate_layer, path));
    assert_done(CALL(destroy_layer, path));
}

static void a_scratch_can_be_made_larger(void **state)
{
    cleanup_free char *path = scratch_new("larger");

    (void)state;
    assert_done(CALL(expand_sandbox_size, path, UINT64_C(40) << 30));
    assert_done(CALL(destroy_layer, path));
}

static void what_is_not_there_does_not_exist(void **state)
{
    cleanup_free char *path = host_path(&host, "nothing");

    (void)state;
    assert_false(exists(path));
    assert_true(HR_FAILED(CALL(activate_layer, path)));
    assert_true(HR_FAILED(CALL(process_base_image, path)));
}

/* After a crash: nobody is left who could deactivate it. */
static void a_left_disk_can_be_detached(void **state)
{
    cleanup_free char *path = scratch_new("left");
    cleanup_free char *disk = path_join(path, "sandbox.vhdx");

    (void)state;
    assert_done(CALL(activate_layer, path));
    assert_done(CALL(detach_disk, disk));
    assert_true(HR_FAILED(CALL(detach_disk, disk)));
    assert_done(CALL(destroy_layer, path));
}

/* ---- the transport folder of a layer ---- */

static void put(const char *folder, const char *name, const void *bytes, size_t size)
{
    cleanup_free char *path = path_join(folder, name);

    assert_done(host.files->replace(host.files, path, bytes, size));
}

static char *make_folder(const char *parent, const char *name)
{
    char *path = path_join(parent, name);

    assert_done(host.files->make_directory(host.files, path));
    return path;
}

/* Attributes, then a backup stream with the data alone. */
static void put_transport_file(const char *folder, const char *name, const char *contents)
{
    const uint32_t head[] = {0x20, 1, 0, (uint32_t)strlen(contents), 0, 0};
    cleanup_text text bytes = TEXT_INIT;

    text_add_bytes(&bytes, head, sizeof(head));
    text_add(&bytes, contents);
    put(folder, name, text_get(&bytes), bytes.length);
}

static void a_layer_is_imported_and_stands(void **state)
{
    static const uint32_t directory = 0x10;
    cleanup_free char *source = host_path(&host, "transport");
    cleanup_free char *layer = host_path(&host, "imported");
    cleanup_free char *written = host_path(&host, "imported\\Files\\new.txt");
    cleanup_free char *got = NULL;
    cleanup_free char *mount = NULL;
    cleanup_free char *files = NULL;
    cleanup_free char *hives = NULL;
    size_t size;

    (void)state;
    assert_done(host.files->make_directory(host.files, source));
    files = make_folder(source, "Files");
    hives = make_folder(source, "Hives");
    put(source, "Files.$wcidirs$", &directory, sizeof(directory));
    put(source, "Hives.$wcidirs$", &directory, sizeof(directory));
    put_transport_file(files, "new.txt", "from the layer");
    assert_done(host.files->make_directory(host.files, layer));
    assert_done(CALL(import_layer, layer, source, host.layers, host.layer_count));
    assert_true(exists(layer));
    assert_done(CALL(get_layer_mount_path, layer, &mount));
    assert_done(host.files->read(host.files, written, 100, &got, &size));
    assert_string_equal(got, "from the layer");
    assert_done(CALL(destroy_layer, layer));
    assert_false(exists(layer));
}

/*
 * Windows' short paths leave room for a name of 8.3 behind a folder: one of 248 to 259 characters
 * is what an importer stumbles over first (hcsshim 357aec7). The layer's folder decides how deep it
 * is.
 */
static void a_layer_has_folders_with_long_paths(void **state)
{
    static const uint32_t directory = 0x10;
    cleanup_free char *source = host_path(&host, "long");
    cleanup_free char *layer = host_path(&host, "long-imported");
    cleanup_text text name = TEXT_INIT;
    cleanup_free char *files = NULL;
    cleanup_free char *deep = NULL;
    file_info info;

    (void)state;
    assert_done(host.files->make_directory(host.files, source));
    assert_done(host.files->make_directory(host.files, layer));
    files = make_folder(source, "Files");
    put(source, "Files.$wcidirs$", &directory, sizeof(directory));
    while (strlen(layer) + strlen("/Files/") + name.length < 250)
        text_add_char(&name, 'n');
    free(make_folder(files, text_get(&name)));
    text_add(&name, ".$wcidirs$");
    put(files, text_get(&name), &directory, sizeof(directory));
    text_cut(&name, name.length - strlen(".$wcidirs$"));

    assert_done(CALL(import_layer, layer, source, host.layers, host.layer_count));
    free(files);
    files = path_join(layer, "Files");
    deep = path_join(files, text_get(&name));
    assert_done(host.files->info(host.files, deep, &info));
    assert_int_equal(info.kind, FILE_KIND_DIRECTORY);
    assert_done(CALL(destroy_layer, layer));
}

static void a_scratch_is_exported(void **state)
{
    cleanup_free char *path = scratch_new("to-export");
    cleanup_free char *target = host_path(&host, "export");
    cleanup_free char *files = host_path(&host, "export\\Files");
    file_info info;

    (void)state;
    assert_done(host.files->make_directory(host.files, target));
    assert_done(CALL(activate_layer, path));
    assert_done(CALL(prepare_layer, path, host.layers, host.layer_count));
    assert_done(CALL(unprepare_layer, path));
    assert_done(CALL(export_layer, path, target, host.layers, host.layer_count));
    assert_done(host.files->info(host.files, files, &info));
    assert_int_equal(info.kind, FILE_KIND_DIRECTORY);
    assert_done(CALL(deactivate_layer, path));
    assert_done(CALL(destroy_layer, path));
}

static void a_base_is_processed_once(void **state)
{
    (void)state;
    assert_true(HR_FAILED(CALL(process_base_image, host.layers[host.layer_count - 1].path)));
}

static int set_up(void **state)
{
    (void)state;
    contract_host_open(&host);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    return contract_host_close(&host) != 0;
}

/* Here, since the simulated host keeps security descriptors, and Wine does not. */
static void a_folder_lets_nobody_else_in(void **state)
{
    cleanup_free char *path = host_path(&host, "private");
    files_port *files = NULL;

    (void)state;
    assert_done(files_port_open(&files));
    assert_done(files->make_directory(files, path));
    assert_true(native_is_private(path));
    assert_done(files->remove_directory(files, path));
    files->free(files);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_have_their_guids),
        cmocka_unit_test(a_scratch_lives_and_dies),
        cmocka_unit_test(a_scratch_is_mounted_again_and_again),
        cmocka_unit_test(two_scratches_have_two_volumes),
        cmocka_unit_test(the_wrong_order_is_refused),
        cmocka_unit_test(a_mounted_scratch_is_not_destroyed),
        cmocka_unit_test(parents_must_be_there),
        cmocka_unit_test(a_parents_id_must_be_its_names),
        cmocka_unit_test(a_scratch_can_be_made_larger),
        cmocka_unit_test(what_is_not_there_does_not_exist),
        cmocka_unit_test(a_left_disk_can_be_detached),
        cmocka_unit_test(a_folder_lets_nobody_else_in),
        cmocka_unit_test(a_layer_is_imported_and_stands),
        cmocka_unit_test(a_layer_has_folders_with_long_paths),
        cmocka_unit_test(a_scratch_is_exported),
        cmocka_unit_test(a_base_is_processed_once),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
