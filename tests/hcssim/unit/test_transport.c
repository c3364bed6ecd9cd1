/* SPDX-License-Identifier: MIT */
/* What ImportLayer takes, and ExportLayer gives. */
#include "folders.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define SHARING   HR_FROM_WIN32(32)
#define NOT_READY HR_FROM_WIN32(21)

#define DIRECTORY "\x10\0\0\0"
#define FILE_HEAD "\x20\0\0\0\x01\0\0\0\0\0\0\0"

/* A header of a stream of up to 255 bytes, without a name. */
#define STREAM(id, size) id "\0\0\0\0\0\0\0" size "\0\0\0\0\0\0\0\0\0\0\0"
#define JUNCTION                                                                                   \
    "\x10\x04\0\0" STREAM("\x08",                                                                  \
                          "\x18") "\x03\0\0\xA0\x10\0\0\0\0\0\x02\0\x04\0\x02\0x\0\0\0x\0\0\0"

static char *transport(const fixture *f)
{
    char *path = in(f, "transport");

    assert_int_equal(mkdir(path, 0700), 0);
    make(path, "Files");
    put(path, "Files.$wcidirs$", DIRECTORY, 4);
    make(path, "Files/app");
    put(path, "Files/app.$wcidirs$", DIRECTORY, 4);
    put(path, "Files/app/hi.txt", FILE_HEAD "\x02\0\0\0\0\0\0\0\0\0\0\0hi", 26);
    make(path, "Hives");
    put(path, "Hives.$wcidirs$", DIRECTORY, 4);
    put(path, "Hives/System_Delta", "regf", 4);
    return path;
}

static int32_t import(fixture *f, const char *folder)
{
    cleanup_free char *path = in(f, "diff");
    layer_descriptor parents[2];

    parents_of(f, parents);
    return f->storage->import_layer(f->storage, path, folder, parents, 2);
}

static void a_transport_folder_becomes_a_layer(void **state)
{
    fixture *f = *state;
    cleanup_free char *folder = transport(f);
    cleanup_free char *path = in(f, "diff");
    cleanup_free char *content = NULL;

    assert_int_equal(import(f, folder), HR_OK);
    content = get(path, "Files/app/hi.txt");
    assert_string_equal(content, "hi");
    assert_true(is_there(path, "Hives/System_Delta"));
    assert_true(is_there(path, "layout"));
    /* What the parents have shows too, so that a client can delete it by its name. */
    assert_true(is_there(path, "Files/Windows/System32/cmd.exe"));
}

/* Files.$wcidirs$ is for the root of the layer what others are for their folders. */
static void the_root_gets_what_is_known_of_it(void **state)
{
    fixture *f = *state;
    sim_machine *machine = f->host->machine;
    cleanup_free char *folder = transport(f);
    cleanup_free char *metadata = path_join(folder, "Files.$wcidirs$");
    cleanup_free char *diff = in(f, "diff");
    cleanup_free char *root = path_join(diff, "Files");
    sim_file_info info = {0};

    put(folder, "Files.$wcidirs$", "\x12\0\0\0", 4); /* hidden */
    assert_int_equal(machine->file_times(machine, metadata, &info), HR_OK);
    info.write = 131000000000000000u;
    info.attributes = 0x20;
    assert_int_equal(machine->set_file_info(machine, metadata, &info), HR_OK);
    assert_int_equal(import(f, folder), HR_OK);
    assert_int_equal(machine->file_info(machine, root, &info), HR_OK);
    assert_int_equal(info.attributes, 0x12);
    assert_int_equal(info.write, 131000000000000000u);
}

static void broken_transport_folders_are_refused_whole(void **state)
{
    static const struct {
        const char *name;
        const char *bytes;
        size_t size;
    } cases[] = {
        {"Files/x", "\x20\0\0", 3},                                /* no attributes */
        {"Files/x", "\x10\0\0\0", 4},                              /* a folder's attributes */
        {"Files/x", FILE_HEAD "\x09\0\0\0\0\0\0\0\0\0\0\0hi", 26}, /* more data than there is */
        {"Files/x", "\x20\0\0\0\x0b\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
         24},                                   /* unknown stream */
        {"Files/x", "\x20\0\0\0\x01\0\0\0", 8}, /* half a header */
        {"Files/x", "\x20\x04\0\0", 4},         /* reparse point without data */
        {"Files/x", "\x20\0\0\0" STREAM("\x01", "\0") STREAM("\x01", "\0"), 44}, /* twice */
        {"Files/x", "\x20\0\0\0" STREAM("\x01", "\0") STREAM("\x03", "\0"), 44}, /* order */
        {"Files/x", "\x20\0\0\0" STREAM("\x07", "\0"), 24},                      /* object id */
        {"Files/x", "\x20\0\0\0" STREAM("\x03", "\x02") "\x01\x80", 26}, /* half a descriptor */
        {"Files/x",
         "\x20\0\0\0" STREAM("\x03", "\x14") "\x01\0\0\x80\x14\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
         44}, /* an owner behind its end */
        {"Files/x", "\x20\0\0\0" STREAM("\x02", "\x08") "\0\0\0\0\0\x04\0\0", 32}, /* no name */
        {"Files/x", "\x20\x04\0\0" STREAM("\x08", "\x02") "xx", 26},               /* half a link */
        {"Files/x.$wcidirs$", DIRECTORY, 4},                        /* of no folder */
        {"Files/app.$wcidirs$", "\x20\0\0\0", 4},                   /* a file's attributes */
        {"else.txt", "", 0},                                        /* does not belong here */
        {"tombstones.txt", "Version 1.0\r\n", 13},                  /* no byte order mark */
        {"tombstones.txt", "\xEF\xBB\xBFVersion 1.0\r\nx\r\n", 19}, /* no path */
    };
    fixture *f = *state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        cleanup_free char *folder = transport(f);

        put(folder, cases[i].name, cases[i].bytes, cases[i].size);
        assert_int_equal(import(f, folder), HR_FROM_WIN32(13));
        assert_false(is_there(f->host->folder, "diff"));
        f->host->machine->remove_tree(f->host->machine, folder);
    }
}

static void metadata_needs_its_folder(void **state)
{
    fixture *f = *state;
    cleanup_free char *folder = transport(f);
    cleanup_free char *hive = text_format("%s/Hives/System_Delta", folder);
    cleanup_free char *hives = text_format("%s/Hives", folder);

    unlink(hive);
    assert_int_equal(rmdir(hives), 0);
    assert_int_equal(import(f, folder), HR_FROM_WIN32(13));
}

static void a_folder_needs_its_metadata(void **state)
{
    fixture *f = *state;
    cleanup_free char *folder = transport(f);

    make(folder, "Files/bare");
    assert_int_equal(import(f, folder), HR_FROM_WIN32(13));
}

static void nothing_is_written_through_a_junction(void **state)
{
    static const char junction[] = JUNCTION;
    fixture *f = *state;
    cleanup_free char *folder = transport(f);
    cleanup_free char *within = text_format("%s/Files/app/hi.txt", folder);

    put(folder, "Files/app.$wcidirs$", junction, sizeof(junction) - 1);
    assert_int_equal(import(f, folder), HR_FROM_WIN32(13));
    unlink(within);
    assert_int_equal(import(f, folder), HR_OK);
}

static void an_export_can_be_imported(void **state)
{
    fixture *f = *state;
    cleanup_free char *folder = transport(f);
    cleanup_free char *out = in(f, "export");
    cleanup_free char *layer = in(f, "diff");
    cleanup_free char *gone = text_format("%s/Files/Windows/System32/cmd.exe", layer);
    cleanup_free char *tombstones = NULL;
    layer_descriptor parents[2];

    parents_of(f, parents);
    assert_int_equal(import(f, folder), HR_OK);
    assert_int_equal(unlink(gone), 0);
    assert_int_equal(mkdir(out, 0700), 0);
    assert_int_equal(f->storage->export_layer(f->storage, layer, out, parents, 2), HR_OK);
    tombstones = get(out, "tombstones.txt");
    assert_string_equal(tombstones, "\xEF\xBB\xBFVersion 1.0\r\n\\Windows\\System32\\cmd.exe\r\n");
    assert_true(is_there(out, "Files/app/hi.txt"));
    assert_true(is_there(out, "Hives/Software_Delta"));
    assert_false(is_there(out, "Files/Windows/System32/config/SAM"));
    assert_int_equal(f->storage->destroy_layer(f->storage, layer), HR_OK);
    assert_int_equal(import(f, out), HR_OK);
    assert_true(is_there(layer, "Files/app/hi.txt"));
    assert_false(is_there(layer, "Files/Windows/System32/cmd.exe"));
    assert_true(is_there(layer, "Files/Windows/System32/config/SAM"));
}

static void a_prepared_scratch_cannot_be_exported(void **state)
{
    fixture *f = *state;
    cleanup_free char *out = in(f, "export");
    layer_descriptor parents[2];

    parents_of(f, parents);
    assert_int_equal(mkdir(out, 0700), 0);
    assert_int_equal(f->storage->export_layer(f->storage, f->scratch, out, parents, 2), SHARING);
    assert_int_equal(f->storage->unprepare_layer(f->storage, f->scratch), HR_OK);
    assert_int_equal(f->storage->export_layer(f->storage, f->scratch, out, parents, 2), HR_OK);
    assert_true(is_there(out, "Hives/System_Delta"));
    assert_int_equal(f->storage->deactivate_layer(f->storage, f->scratch), HR_OK);
}

static int32_t export_scratch(fixture *f, const char *scratch, const char *out)
{
    layer_descriptor parents[2];

    parents_of(f, parents);
    return f->storage->export_layer(f->storage, scratch, out, parents, 2);
}

/* What no known caller does (facts §6.8). */
static void what_cannot_be_exported_is_refused(void **state)
{
    fixture *f = *state;
    storage_port *storage = f->storage;
    cleanup_free char *path = in(f, "other");
    cleanup_free char *out = in(f, "export");
    layer_descriptor parents[2];

    parents_of(f, parents);
    make_scratch(f, path);
    assert_int_equal(export_scratch(f, path, out), NOT_READY); /* not attached */
    assert_int_equal(storage->activate_layer(storage, path), HR_OK);
    assert_int_equal(export_scratch(f, path, out), NOT_READY); /* never prepared */
    assert_false(is_there(f->host->folder, "export"));
    assert_int_equal(storage->prepare_layer(storage, path, parents, 2), HR_OK);
    assert_int_equal(storage->unprepare_layer(storage, path), HR_OK);
    assert_int_equal(storage->export_layer(storage, path, out, parents + 1, 1),
                     (int32_t)0xC0370112); /* other parents */
    assert_int_equal(export_scratch(f, path, out), HR_OK);
    assert_int_equal(export_scratch(f, path, out), HR_FROM_WIN32(145)); /* not empty */
    assert_int_equal(storage->deactivate_layer(storage, path), HR_OK);
    assert_int_equal(export_scratch(f, "/no/where", out), HR_FROM_WIN32(3));
}

/* dockerd commits it so: activated, but never prepared on the host. */
static void what_only_a_utility_vm_has_used_can_be_exported(void **state)
{
    fixture *f = *state;
    cleanup_free char *path = in(f, "other");
    cleanup_free char *out = in(f, "export");
    cleanup_free char *document = NULL;
    cleanup_free char *first = f->scratch;

    make_scratch(f, path);
    f->scratch = path;
    document = hyperv_document(f, "web", "");
    f->scratch = TAKE(first);
    end_system(f, run_document(f, "web", document));
    assert_int_equal(f->storage->activate_layer(f->storage, path), HR_OK);
    assert_int_equal(export_scratch(f, path, out), HR_OK);
    assert_int_equal(f->storage->deactivate_layer(f->storage, path), HR_OK);
}

static void a_layer_is_exported_over_its_own_parents_only(void **state)
{
    fixture *f = *state;
    cleanup_free char *folder = transport(f);
    cleanup_free char *layer = in(f, "diff");
    cleanup_free char *out = in(f, "export");
    layer_descriptor parents[2];

    parents_of(f, parents);
    assert_int_equal(import(f, folder), HR_OK);
    assert_int_equal(f->storage->export_layer(f->storage, layer, out, parents + 1, 1),
                     (int32_t)0xC0370112);
    assert_int_equal(f->storage->export_layer(f->storage, layer, out, parents, 2), HR_OK);
}

/* containerd mounts and exports them as it does a scratch. */
static void read_only_layers_are_prepared_without_effect(void **state)
{
    fixture *f = *state;
    storage_port *storage = f->storage;
    layer_descriptor parents[2];
    layer_descriptor wrong;

    parents_of(f, parents);
    wrong = parents[1];
    wrong.id.bytes[0] ^= 1;
    assert_int_equal(storage->activate_layer(storage, f->host->base), HR_OK);
    assert_int_equal(storage->prepare_layer(storage, f->host->base, NULL, 0), HR_OK);
    assert_int_equal(storage->unprepare_layer(storage, f->host->base), HR_OK);
    assert_int_equal(storage->deactivate_layer(storage, f->host->base), HR_OK);
    assert_int_equal(storage->prepare_layer(storage, f->host->upper, parents + 1, 1), HR_OK);
    assert_int_equal(storage->prepare_layer(storage, f->host->upper, &wrong, 1),
                     (int32_t)0xC0370112);
}

/* What takes the place of what a parent has there, of the other kind. */
static void files_folders_and_links_replace_each_other(void **state)
{
    static const char junction[] = JUNCTION;
    fixture *f = *state;
    cleanup_free char *folder = transport(f);
    cleanup_free char *layer = in(f, "diff");
    sim_file_info info;
    cleanup_free char *config = text_format("%s/Files/Windows/System32/config", layer);
    cleanup_free char *program = text_format("%s/Files/Windows/System32/cmd.exe", layer);

    make(folder, "Files/Windows");
    put(folder, "Files/Windows.$wcidirs$", DIRECTORY, 4);
    make(folder, "Files/Windows/System32");
    put(folder, "Files/Windows/System32.$wcidirs$", DIRECTORY, 4);
    make(folder, "Files/Windows/System32/config");
    put(folder, "Files/Windows/System32/config.$wcidirs$", junction, sizeof(junction) - 1);
    make(folder, "Files/Windows/System32/cmd.exe");
    put(folder, "Files/Windows/System32/cmd.exe.$wcidirs$", DIRECTORY, 4);
    put(folder, "Files/Windows/System32/cmd.exe/hi.txt", FILE_HEAD "\0\0\0\0\0\0\0\0\0\0\0\0", 24);
    assert_int_equal(import(f, folder), HR_OK);
    assert_int_equal(f->host->machine->file_info(f->host->machine, config, &info), HR_OK);
    assert_int_equal(info.attributes & 0x410, 0x410);
    assert_int_equal(f->host->machine->file_info(f->host->machine, program, &info), HR_OK);
    assert_int_equal(info.attributes & 0x410, 0x10);
}

static void sparse_files_get_their_holes(void **state)
{
    /* BACKUP_DATA is absent, two blocks: "a" at 0, the end at 5. */
    static const char sparse[] = "\x20\x02\0\0\x09\0\0\0\x08\0\0\0\x09\0\0\0\0\0\0\0\0\0\0\0"
                                 "\0\0\0\0\0\0\0\0a"
                                 "\x09\0\0\0\x08\0\0\0\x08\0\0\0\0\0\0\0\0\0\0\0"
                                 "\x05\0\0\0\0\0\0\0";
    fixture *f = *state;
    cleanup_free char *folder = transport(f);
    cleanup_free char *path = text_format("%s/diff/Files/x", f->host->folder);
    struct stat found;

    put(folder, "Files/x", sparse, sizeof(sparse) - 1);
    assert_int_equal(import(f, folder), HR_OK);
    assert_int_equal(stat(path, &found), 0);
    assert_int_equal(found.st_size, 5);
}

static void tombstones_delete_what_the_parents_have(void **state)
{
    static const char tombstones[] = "\xEF\xBB\xBFVersion 1.0\r\n\\Windows\\System32\\cmd.exe\r\n";
    fixture *f = *state;
    cleanup_free char *folder = transport(f);
    cleanup_free char *path = in(f, "diff");

    put(folder, "tombstones.txt", tombstones, sizeof(tombstones) - 1);
    assert_int_equal(import(f, folder), HR_OK);
    assert_false(is_there(path, "Files/Windows/System32/cmd.exe"));
    assert_true(is_there(path, "Files/Windows/System32/config"));
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_transport_folder_becomes_a_layer),
        TEST(the_root_gets_what_is_known_of_it),
        TEST(broken_transport_folders_are_refused_whole),
        TEST(metadata_needs_its_folder),
        TEST(a_folder_needs_its_metadata),
        TEST(nothing_is_written_through_a_junction),
        TEST(an_export_can_be_imported),
        TEST(a_prepared_scratch_cannot_be_exported),
        TEST(what_cannot_be_exported_is_refused),
        TEST(what_only_a_utility_vm_has_used_can_be_exported),
        TEST(a_layer_is_exported_over_its_own_parents_only),
        TEST(read_only_layers_are_prepared_without_effect),
        TEST(files_folders_and_links_replace_each_other),
        TEST(sparse_files_get_their_holes),
        TEST(tombstones_delete_what_the_parents_have),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
