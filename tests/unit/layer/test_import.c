/* SPDX-License-Identifier: MIT */
/* Imports: the folders they make, what they hand to the service, and what they leave when they
 * fail. */
#include "tests/unit/status.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/json.h"
#include "base/path.h"
#include "layer/layer.h"
#include "layer/name.h"
#include "port/hash.h"
#include "tests/posix/metadata.h"
#include "tests/unit/support/faulty_files.h"
#include "tests/unit/support/recording_storage.h"
#include "tests/unit/support/tar_builder.h"

static wcow_error err;
static files_port *platform;
static faulty_files files;
static recording_storage storage;
static char *root;
static layer_store store;

static int start(void **state)
{
    (void)state;
    err = (wcow_error)WCOW_ERROR_INIT;
    files_port_open(&platform);
    faulty_files_init(&files, platform);
    recording_storage_init(&storage);
    root = make_temporary_folder();
    store = (layer_store){&files.port, &storage.port, root};
    return 0;
}

static int stop(void **state)
{
    (void)state;
    remove_tree(root);
    free(root);
    recording_storage_clear(&storage);
    platform->free(platform);
    return files.open == 0 ? 0 : -1;
}

/* ---- helpers ---- */

static void hash_of(const char *bytes, size_t size, layer_id out)
{
    cleanup_sha256 sha256 *hash = sha256_new();

    sha256_update(hash, bytes, size);
    sha256_finish(hash, out);
}

static wcow_status import_bytes(const char *parent, const char *bytes, size_t size, layer **out)
{
    memory_source source;
    layer_id diff_id;
    layer_import_request request = {parent, diff_id, &source.source};

    hash_of(bytes, size, diff_id);
    memory_source_init(&source, bytes, size, 0);
    return layer_import(&store, &request, out, &err);
}

static wcow_status import_file(const char *parent, const char *path, layer **out)
{
    size_t size;
    cleanup_free char *bytes = data_file(path, &size);

    return import_bytes(parent, bytes, size, out);
}

/* Everything but lock files: what an import leaves. */
static size_t things_in_store(void)
{
    cleanup_free char *folder = path_join(root, "layers");
    cleanup_strings string_list names = STRING_LIST_INIT;
    size_t count = 0;

    platform->list(platform, folder, &names);
    for (size_t i = 0; i < names.count; i++)
        count += !text_ends_with(names.items[i], ".lock");
    return count;
}

static char *in_layer(const layer *l, const char *name)
{
    char *path = path_join(l->path, name);

    for (char *c = path + strlen(l->path); *c; c++) {
        if (*c == '\\')
            *c = '/';
    }
    return path;
}

static bool has(const layer *l, const char *name)
{
    cleanup_free char *path = in_layer(l, name);
    struct stat node;

    return lstat(path, &node) == 0;
}

static ino_t inode_of(const layer *l, const char *name)
{
    cleanup_free char *path = in_layer(l, name);
    struct stat node;

    assert_int_equal(lstat(path, &node), 0);
    return node.st_ino;
}

static metadata_record metadata_of(const layer *l, const char *name)
{
    cleanup_free char *path = in_layer(l, name);
    metadata_record record = {0};

    assert_true(posix_files_metadata(platform, path, &record));
    return record;
}

/* ---- base layers ---- */

static void a_base_layer_is_written_and_processed(void **state)
{
    cleanup_layer layer *base = NULL;
    cleanup_layer layer *again = NULL;
    metadata_record record;

    (void)state;
    assert_ok(&err, import_file(NULL, "data/base.tar", &base));
    assert_string_equal(base->id, base->diff_id);
    assert_int_equal(base->parents.count, 0);
    assert_true(base->utility_vm);
    assert_true(has(base, "Files\\Windows\\System32\\config\\SAM"));
    assert_true(has(base, "Files\\ünïcödé-日本\\😀.txt"));
    assert_true(has(base, "UtilityVM\\Files\\EFI\\Microsoft\\Boot\\BCD"));
    assert_true(has(base, "bcd.bak"));
    assert_int_equal(inode_of(base, "Files\\Windows\\WinSxS\\cmd.exe"),
                     inode_of(base, "Files\\Windows\\System32\\cmd.exe"));
    assert_non_null(strstr(storage.journal.data, "ProcessBaseImage "));
    assert_non_null(strstr(storage.journal.data, "ProcessUtilityImage UtilityVM\n"));

    /* The folder's times are those of its entry, though files were written into it since. */
    record = metadata_of(base, "Files\\Windows");
    assert_true(record.info.write == UINT64_C(133029216001234567));
    assert_true(record.info.creation == UINT64_C(132405408005000000));
    assert_int_equal(record.size, 180);
    free(record.streams);

    assert_ok(&err, layer_open(&store, base->id, &again, &err));
    assert_int_equal(again->size, base->size);
    assert_int_equal(again->files, base->files);
    assert_true(again->utility_vm);
}

static void a_layer_that_is_there_is_not_read_again(void **state)
{
    cleanup_layer layer *base = NULL;
    cleanup_layer layer *again = NULL;
    size_t calls;

    (void)state;
    assert_ok(&err, import_file(NULL, "data/base.tar", &base));
    calls = storage.calls;
    assert_ok(&err, import_file(NULL, "data/base.tar", &again));
    assert_int_equal(storage.calls, calls);
    assert_string_equal(again->path, base->path);
}

static void contents_that_do_not_fit_the_diff_id_are_refused(void **state)
{
    cleanup_layer layer *l = NULL;
    size_t size;
    cleanup_free char *bytes = data_file("data/diff.tar", &size);
    memory_source source;
    layer_id diff_id;
    layer_import_request request = {NULL, diff_id, &source.source};

    (void)state;
    bytes[size - 1] = 'x'; /* in the padding after the archive's end: hashes cover it */
    hash_of("", 0, diff_id);
    memory_source_init(&source, bytes, size, 0);
    assert_int_equal(layer_import(&store, &request, &l, &err), WCOW_CORRUPT);
    assert_null(l);
    assert_int_equal(things_in_store(), 0);
}

/* ---- diff layers ---- */

/* Compares a transport folder with transport.json: no path more, no path less, no byte different.
 */
static size_t compared;
static char comparison[4096];

static void compare_file(const cJSON *expected, const char *path)
{
    cleanup_sha256 sha256 *hash = sha256_new();
    size_t size;
    cleanup_free char *bytes = data_file(path, &size);
    layer_id hex;

    sha256_update(hash, bytes, size);
    sha256_finish(hash, hex);
    if ((int64_t)size != json_integer(expected, "size", -1) ||
        strcmp(hex, json_text(expected, "sha256", "")) != 0)
        snprintf(comparison, sizeof(comparison), "%s differs", path);
}

static const cJSON *find_path(const cJSON *json, const char *path)
{
    const cJSON *item;

    cJSON_ArrayForEach (item, json) {
        if (text_equal(json_text(item, "path", NULL), path))
            return item;
    }
    return NULL;
}

static void compare_folder(const cJSON *json, const char *folder, const char *prefix)
{
    cleanup_strings string_list names = STRING_LIST_INIT;

    platform->list(platform, folder, &names);
    for (size_t i = 0; i < names.count; i++) {
        cleanup_free char *path = path_join(folder, names.items[i]);
        cleanup_free char *name =
            text_format("%s%s%s", prefix, *prefix ? "\\" : "", names.items[i]);
        const cJSON *expected = find_path(json, name);
        struct stat node;

        lstat(path, &node);
        compared++;
        if (!expected || S_ISDIR(node.st_mode) != json_bool(expected, "directory", false))
            snprintf(comparison, sizeof(comparison), "%s is not expected", name);
        else if (S_ISDIR(node.st_mode))
            compare_folder(json, path, name);
        else
            compare_file(expected, path);
    }
}

static void compare_transport(const char *path, const char *folder, void *context)
{
    const cJSON *json = context;

    (void)path;
    compared = 0;
    comparison[0] = '\0';
    compare_folder(json, folder, "");
    if (compared != (size_t)cJSON_GetArraySize(json) && !comparison[0])
        snprintf(comparison, sizeof(comparison), "%zu paths", compared);
}

/* What ImportLayer does, as far as these tests need it: files appear below Files. */
static void place_files(const char *path, const char *folder, void *context)
{
    cleanup_free char *command =
        text_format("cp -r '%s/Files' '%s/Files' && touch '%s/Files/Windows/System32/ea.dll'",
                    folder, path, path);

    (void)context;
    if (system(command))
        abort();
}

static void a_transport_folder_equals_the_reference(void **state)
{
    cleanup_layer layer *base = NULL;
    cleanup_layer layer *diff = NULL;
    size_t size;
    cleanup_free char *bytes = data_file("data/transport.json", &size);
    cleanup_json cJSON *json = NULL;

    (void)state;
    assert_ok(&err, json_parse(bytes, size, "transport.json", &json, &err));
    assert_ok(&err, import_file(NULL, "data/base.tar", &base));
    storage.on_import = compare_transport;
    storage.context = json;
    /* Without what ImportLayer makes, the links that follow it cannot be made. */
    assert_int_equal(import_file(base->id, "data/diff.tar", &diff), WCOW_NOT_FOUND);
    assert_string_equal(comparison, "");
    assert_int_equal(compared, 19);
    assert_int_equal(things_in_store(), 1);
}

static void a_diff_layer_gets_its_links_removals_and_utility_vm(void **state)
{
    cleanup_layer layer *base = NULL;
    cleanup_layer layer *diff = NULL;
    layer_id chain;
    metadata_record record;

    (void)state;
    assert_ok(&err, import_file(NULL, "data/base.tar", &base));
    storage.on_import = place_files;
    assert_ok(&err, import_file(base->id, "data/diff.tar", &diff));
    assert_ok(&err, layer_chain_id(base->id, diff->diff_id, chain, &err));
    assert_string_equal(diff->id, chain);
    assert_int_equal(diff->parents.count, 1);
    assert_string_equal(diff->parents.items[0], base->id);
    assert_true(diff->utility_vm);

    assert_false(has(diff, "Files\\Windows\\System32\\ea.dll"));
    assert_int_equal(inode_of(diff, "Files\\app\\again.exe"),
                     inode_of(diff, "Files\\app\\hello.exe"));
    assert_int_equal(inode_of(diff, "Files\\app\\cmd2.exe"),
                     inode_of(base, "Files\\Windows\\System32\\cmd.exe"));

    assert_true(has(diff, "UtilityVM\\Files\\new.dll"));
    assert_int_equal(inode_of(diff, "UtilityVM\\Files\\EFI\\Microsoft\\Boot\\bootmgfw.efi"),
                     inode_of(base, "UtilityVM\\Files\\EFI\\Microsoft\\Boot\\bootmgfw.efi"));
    assert_int_not_equal(inode_of(diff, "UtilityVM\\Files\\EFI\\Microsoft\\Boot\\BCD"),
                         inode_of(base, "UtilityVM\\Files\\EFI\\Microsoft\\Boot\\BCD"));
    record = metadata_of(diff, "UtilityVM\\Files\\EFI");
    assert_true(record.info.write == UINT64_C(133029216001234567));
    free(record.streams);
    assert_int_equal(things_in_store(), 2);
}

static void a_chain_is_described_topmost_first(void **state)
{
    cleanup_layer layer *base = NULL;
    cleanup_layer layer *diff = NULL;
    cleanup_layer_chain layer_chain chain = LAYER_CHAIN_INIT;
    cleanup_free char *vm = NULL;
    guid id;

    (void)state;
    assert_ok(&err, import_file(NULL, "data/base.tar", &base));
    storage.on_import = place_files;
    assert_ok(&err, import_file(base->id, "data/diff.tar", &diff));
    assert_ok(&err, layer_chain_open(&store, diff->id, &chain, &err));
    assert_int_equal(chain.count, 2);
    assert_string_equal(chain.items[0].path, diff->path);
    assert_string_equal(chain.items[1].path, base->path);
    storage.port.name_to_guid(&storage.port, base->id, &id);
    assert_memory_equal(&chain.items[1].id, &id, sizeof(id));
    assert_ok(&err, layer_chain_utility_vm(&store, &chain, &vm, &err));
    assert_true(text_starts_with(vm, diff->path));
}

static void a_layer_without_its_parent_is_refused(void **state)
{
    cleanup_layer layer *l = NULL;
    layer_id parent;

    (void)state;
    hash_of("no such layer", 13, parent);
    assert_int_equal(import_file(parent, "data/diff.tar", &l), WCOW_NOT_FOUND);
    assert_non_null(strstr(err.message, "its parent: layer "));
    assert_int_equal(things_in_store(), 0);
}

static void a_whiteout_does_not_hide_what_its_own_layer_brings(void **state)
{
    cleanup_layer layer *base = NULL;
    cleanup_layer layer *diff = NULL;
    cleanup_text text tar = TEXT_INIT;

    (void)state;
    assert_ok(&err, import_file(NULL, "data/base.tar", &base));
    tar_add_directory(&tar, "Files");
    tar_add_directory(&tar, "Files/Windows");
    tar_add_directory(&tar, "Files/Windows/System32");
    tar_add_file(&tar, "Files/.wh.old", "");
    tar_add_file(&tar, "Files/old", "new");
    tar_end(&tar);
    storage.on_import = place_files;
    assert_ok(&err, import_bytes(base->id, tar.data, tar.length, &diff));
    assert_true(has(diff, "Files\\old"));
    assert_false(diff->utility_vm);
}

static void a_utility_vm_folder_becomes_a_file_and_back(void **state)
{
    cleanup_layer layer *base = NULL;
    cleanup_layer layer *diff = NULL;
    cleanup_text text tar = TEXT_INIT;

    (void)state;
    assert_ok(&err, import_file(NULL, "data/base.tar", &base));
    tar_add_directory(&tar, "Files");
    tar_add_directory(&tar, "Files/Windows");
    tar_add_directory(&tar, "Files/Windows/System32");
    tar_add_directory(&tar, "UtilityVM");
    tar_add_directory(&tar, "UtilityVM/Files");
    tar_add_file(&tar, "UtilityVM/Files/EFI", "now a file");
    tar_end(&tar);
    storage.on_import = place_files;
    assert_ok(&err, import_bytes(base->id, tar.data, tar.length, &diff));
    assert_true(has(diff, "UtilityVM\\Files\\EFI"));
    assert_false(has(diff, "UtilityVM\\Files\\EFI\\Microsoft"));
    assert_true(has(base, "UtilityVM\\Files\\EFI\\Microsoft\\Boot\\BCD"));
}

/* ---- hostile layers ---- */

static void refuse_in_base(const char *message, const text *tar)
{
    layer *l = NULL;
    wcow_status status = import_bytes(NULL, tar->data, tar->length, &l);
    const char *said = strstr(err.message, ": ");

    assert_int_equal(status, WCOW_CORRUPT);
    assert_non_null(said);
    assert_string_equal(said + 2, message);
    assert_int_equal(things_in_store(), 0);
    assert_null(l);
}

static void names_that_lead_elsewhere_are_refused(void **state)
{
    static const struct {
        const char *name;
        const char *message;
    } cases[] = {
        {"Files/../../x", "entry 'Files/../../x': it has a '..' component"},
        {"../Files/x", "entry '../Files/x': it has a '..' component"},
        {"Files\\..\\..\\x", "entry 'Files\\..\\..\\x': it has a '..' component"},
        {"Files/./x", "entry 'Files/./x': it has a '.' component"},
        {"/Files/x", "entry '/Files/x': it is an absolute path"},
        {"\\\\?\\C:\\x", "entry '\\\\?\\C:\\x': it is an absolute path"},
        {"C:/x", "entry 'C:/x': it has a ':'"},
        {"Files/C:/x", "entry 'Files/C:/x': it has a ':'"},
        {"Files/x:stream", "entry 'Files/x:stream': it has a ':'"},
        {"Files/NUL", "entry 'Files/NUL': it names a device"},
        {"Files/com1.txt", "entry 'Files/com1.txt': it names a device"},
        {"Files/aux .c", "entry 'Files/aux .c': it names a device"},
        {"Files/x.", "entry 'Files/x.': a component ends with a dot or blank"},
        {"Files/x ", "entry 'Files/x ': a component ends with a dot or blank"},
        {"Files/a*b", "entry 'Files/a*b': it has a character that Windows does not allow"},
        {"Files/a\tb", "entry 'Files/a\tb': it has a control character"},
        {"Other/x", "entry 'Other/x': it is not below Files, Hives or UtilityVM/Files"},
        {"files", "entry 'files': it is not below Files, Hives or UtilityVM/Files"},
        {"UtilityVM/x", "entry 'UtilityVM/x': it is not below Files, Hives or UtilityVM/Files"},
        {"layer.json", "entry 'layer.json': it is not below Files, Hives or UtilityVM/Files"},
        {"Files/d.$wcidirs$", "entry 'Files/d.$wcidirs$': it ends with .$wcidirs$, which the "
                              "layer format keeps to itself"},
        {"Files/.wh.x", "entry 'Files/.wh.x': a base layer cannot remove 'Files\\x' from anything"},
        {"Files/.wh...", "entry 'Files/.wh...': a component ends with a dot or blank"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        cleanup_text text tar = TEXT_INIT;

        tar_add_directory(&tar, "Files");
        tar_add_file(&tar, cases[i].name, "x");
        tar_end(&tar);
        refuse_in_base(cases[i].message, &tar);
    }
}

static void a_name_that_is_too_long_is_refused(void **state)
{
    cleanup_text text tar = TEXT_INIT;
    cleanup_text text record = TEXT_INIT;
    char message[500];

    (void)state;
    text_add(&record, "path=Files/");
    for (int i = 0; i < 256; i++)
        text_add_char(&record, 'n');
    snprintf(message, sizeof(message), "entry '%s': a component is longer than 255 characters",
             record.data + 5);
    tar_add_directory(&tar, "Files");
    tar_add_pax(&tar, 'x', (const char *const[]){text_get(&record), NULL});
    tar_add_file(&tar, "x", "x");
    refuse_in_base(message, &tar);
}

static void an_entry_that_comes_twice_is_refused(void **state)
{
    cleanup_text text tar = TEXT_INIT;

    (void)state;
    tar_add_directory(&tar, "Files");
    tar_add_file(&tar, "Files/readme", "x");
    tar_add_file(&tar, "Files/ReadMe", "y");
    refuse_in_base("entry 'Files/ReadMe': the archive has it twice", &tar);
}

static void nothing_is_written_through_a_link(void **state)
{
    cleanup_text text tar = TEXT_INIT;

    (void)state;
    tar_add_directory(&tar, "Files");
    tar_add(&tar, '2', "Files/out", "C:/Windows", "", 0);
    tar_add_file(&tar, "Files/out/evil.dll", "x");
    refuse_in_base("entry 'Files/out/evil.dll': it lies behind the link 'Files\\out'", &tar);
}

static void nothing_is_written_into_a_file(void **state)
{
    cleanup_text text tar = TEXT_INIT;

    (void)state;
    tar_add_directory(&tar, "Files");
    tar_add_file(&tar, "Files/f", "x");
    tar_add_file(&tar, "Files/f/g", "x");
    refuse_in_base("entry 'Files/f/g': it lies within 'Files\\f', which is a file", &tar);
}

static void hard_links_out_of_the_layer_are_refused(void **state)
{
    static const struct {
        const char *target;
        const char *message;
    } cases[] = {
        {"../../etc/passwd",
         "entry 'Files/l': its target '../../etc/passwd': it has a '..' component"},
        {"/etc/passwd", "entry 'Files/l': its target '/etc/passwd': it is an absolute path"},
        {"Files/none",
         "entry 'Files/l': the archive has no file 'Files\\none' before this link to it"},
        {"Files", "entry 'Files/l': the archive has no file 'Files' before this link to it"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        cleanup_text text tar = TEXT_INIT;

        tar_add_directory(&tar, "Files");
        tar_add(&tar, '1', "Files/l", cases[i].target, "", 0);
        refuse_in_base(cases[i].message, &tar);
    }
}

static void devices_and_contradictions_are_refused(void **state)
{
    cleanup_text text device = TEXT_INIT;
    cleanup_text text folder = TEXT_INIT;

    (void)state;
    tar_add(&device, '3', "Files", "", "", 0);
    refuse_in_base("entry 'Files': a Windows layer cannot hold this kind of entry ('3')", &device);
    tar_add_pax(&folder, 'x', (const char *const[]){"MSWINDOWS.fileattr=16", NULL});
    tar_add_file(&folder, "Files", "x");
    refuse_in_base("entry 'Files': its attributes (0x10) do not fit its type ('0')", &folder);
}

static void refuse_in_diff(const char *parent, const char *message, const text *tar)
{
    layer *l = NULL;
    wcow_status status = import_bytes(parent, tar->data, tar->length, &l);
    const char *said = strstr(err.message, ": ");

    assert_int_equal(status, WCOW_CORRUPT);
    assert_string_equal(said + 2, message);
    assert_int_equal(things_in_store(), 1);
    assert_null(l);
}

static void a_hostile_diff_layer_is_refused(void **state)
{
    static const struct {
        char type;
        const char *name;
        const char *link;
        const char *message;
    } cases[] = {
        {'5', "Hives/d", "", "entry 'Hives/d': only files can be below Hives"},
        {'2', "Hives/l", "x", "entry 'Hives/l': only files can be below Hives"},
        {'1', "Hives/l", "Files/x",
         "entry 'Hives/l': a hard link from there to 'Files\\x' is not allowed"},
        {'1', "Files/l", "Hives/x",
         "entry 'Files/l': neither this layer nor a parent has 'Hives\\x', which it links to"},
        {'1', "UtilityVM/Files/l", "Files/noattr.txt",
         "entry 'UtilityVM/Files/l': a hard link from there to 'Files\\noattr.txt' is not allowed"},
        {'0', "Hives/.wh.System_Delta", "",
         "entry 'Hives/.wh.System_Delta': 'Hives\\System_Delta' cannot be removed by a layer"},
        {'0', "UtilityVM/Files/.wh.none", "",
         "entry 'UtilityVM/Files/.wh.none': the parent's utility VM has no "
         "'UtilityVM\\Files\\none' to remove"},
    };
    cleanup_layer layer *base = NULL;

    (void)state;
    assert_ok(&err, import_file(NULL, "data/base.tar", &base));
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        cleanup_text text tar = TEXT_INIT;

        tar_add_directory(&tar, "Files");
        tar_add_directory(&tar, "Hives");
        tar_add(&tar, cases[i].type, cases[i].name, cases[i].link, "", 0);
        tar_end(&tar);
        refuse_in_diff(base->id, cases[i].message, &tar);
    }
}

static void a_parent_without_a_utility_vm_cannot_be_changed(void **state)
{
    cleanup_layer layer *base = NULL;
    cleanup_text text base_tar = TEXT_INIT;
    cleanup_text text tar = TEXT_INIT;

    (void)state;
    tar_add_directory(&base_tar, "Files");
    tar_end(&base_tar);
    assert_ok(&err, import_bytes(NULL, base_tar.data, base_tar.length, &base));
    assert_false(base->utility_vm);
    tar_add_directory(&tar, "UtilityVM");
    tar_end(&tar);
    refuse_in_diff(
        base->id,
        "entry 'UtilityVM': the layer changes the utility VM, but no parent layer has one", &tar);
}

static void a_layer_cut_anywhere_leaves_nothing(void **state)
{
    cleanup_text text tar = TEXT_INIT;
    layer_id diff_id;

    (void)state;
    tar_add_directory(&tar, "Files");
    tar_add_pax(&tar, 'x', (const char *const[]){"MSWINDOWS.fileattr=32", "mtime=1.5", NULL});
    tar_add_file(&tar, "Files/a", "content");
    tar_add_file(&tar, "Files/a:s", "stream");
    tar_end(&tar);
    hash_of(tar.data, tar.length, diff_id);
    for (size_t length = 0; length < tar.length; length++) {
        cleanup_free char *exact = text_copy_bytes(tar.data, length);
        memory_source source;
        layer_import_request request = {NULL, diff_id, &source.source};
        layer *l = NULL;

        memory_source_init(&source, exact, length, 0);
        assert_int_equal(layer_import(&store, &request, &l, &err), WCOW_CORRUPT);
        assert_int_equal(things_in_store(), 0);
    }
}

/* ---- failures from outside ---- */

/* After any failure, a second try succeeds, and then there is exactly the layer. */
static void check_after_failure(const char *parent, const char *path, size_t others)
{
    cleanup_layer layer *l = NULL;
    size_t removed;

    faulty_files_fail(&files, 0);
    recording_storage_fail(&storage, 0);
    assert_int_equal(files.open, 0);
    assert_ok(&err, layer_sweep(&store, &removed, &err));
    assert_int_equal(things_in_store(), others);
    assert_ok(&err, import_file(parent, path, &l));
    assert_int_equal(things_in_store(), others + 1);
    assert_ok(&err, layer_destroy(&store, l->id, &err));
    assert_int_equal(things_in_store(), others);
}

static void any_failing_file_call_leaves_no_layer(void **state)
{
    cleanup_layer layer *base = NULL;
    size_t points = 0;

    (void)state;
    assert_ok(&err, import_file(NULL, "data/base.tar", &base));
    storage.on_import = place_files;
    for (size_t nth = 1;; nth++) {
        cleanup_layer layer *l = NULL;
        wcow_status status;

        faulty_files_fail(&files, nth);
        status = import_file(base->id, "data/diff.tar", &l);
        if (!files.failed) {
            assert_int_equal(status, WCOW_OK);
            break;
        }
        points++;
        faulty_files_fail(&files, 0);
        if (status == WCOW_OK) { /* it failed where that does no harm */
            assert_ok(&err, layer_destroy(&store, l->id, &err));
        } else {
            assert_null(l);
            assert_non_null(strstr(err.message, "cannot import layer "));
        }
        check_after_failure(base->id, "data/diff.tar", 1);
    }
    print_message("%zu points of failure\n", points);
    assert_true(points > 100);
}

static void any_failing_service_call_leaves_no_layer(void **state)
{
    cleanup_layer layer *base = NULL;
    size_t points = 0;

    (void)state;
    assert_ok(&err, import_file(NULL, "data/base.tar", &base));
    storage.on_import = place_files;
    for (size_t nth = 1;; nth++) {
        layer *l = NULL;
        wcow_status status;

        recording_storage_fail(&storage, nth);
        status = import_file(base->id, "data/diff.tar", &l);
        if (!storage.failed) {
            layer_free(l);
            break;
        }
        points++;
        assert_int_not_equal(status, WCOW_OK);
        assert_int_equal(err.hresult, HR_ACCESS_DENIED);
        assert_non_null(strstr(err.message, "cannot import layer "));
        check_after_failure(base->id, "data/diff.tar", 1);
    }
    assert_int_equal(points, 3); /* NameToGuid, ImportLayer, ProcessUtilityImage */
}

static void a_half_made_layer_is_swept(void **state)
{
    cleanup_layer layer *base = NULL;
    cleanup_free char *record = NULL;
    cleanup_free char *transport = NULL;
    cleanup_free char *removing = NULL;
    size_t removed = 0;

    (void)state;
    assert_ok(&err, import_file(NULL, "data/base.tar", &base));
    record = path_join(base->path, "layer.json");
    transport = text_format("%s-transport", base->path);
    removing = text_format("%s-removing", base->path);
    assert_int_equal(unlink(record), 0);
    assert_int_equal(mkdir(transport, 0777), 0);
    assert_int_equal(mkdir(removing, 0777), 0);
    assert_int_equal(layer_open(&store, base->id, &(layer *){NULL}, &err), WCOW_NOT_FOUND);
    assert_ok(&err, layer_sweep(&store, &removed, &err));
    assert_int_equal(things_in_store(), 0);
    assert_true(removed > 0);
}

static void what_another_process_works_on_is_not_swept(void **state)
{
    cleanup_layer layer *base = NULL;
    cleanup_free char *record = NULL;
    cleanup_free char *lock_path = NULL;
    file_lock *lock = NULL;

    (void)state;
    assert_ok(&err, import_file(NULL, "data/base.tar", &base));
    record = path_join(base->path, "layer.json");
    lock_path = text_format("%s/layers/%.2s.lock", root, base->id);
    assert_int_equal(unlink(record), 0);
    assert_int_equal(platform->lock(platform, lock_path, 0, &lock), HR_OK);
    assert_ok(&err, layer_sweep(&store, NULL, &err));
    assert_int_equal(things_in_store(), 1);
    platform->unlock(platform, lock);
}

static void layers_are_listed(void **state)
{
    cleanup_layer layer *base = NULL;
    cleanup_strings string_list ids = STRING_LIST_INIT;
    cleanup_strings string_list none = STRING_LIST_INIT;

    (void)state;
    assert_ok(&err, layer_list(&store, &none, &err));
    assert_int_equal(none.count, 0);
    assert_ok(&err, import_file(NULL, "data/base.tar", &base));
    assert_ok(&err, layer_list(&store, &ids, &err));
    assert_int_equal(ids.count, 1);
    assert_string_equal(ids.items[0], base->id);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_base_layer_is_written_and_processed, start, stop),
        cmocka_unit_test_setup_teardown(a_layer_that_is_there_is_not_read_again, start, stop),
        cmocka_unit_test_setup_teardown(contents_that_do_not_fit_the_diff_id_are_refused, start,
                                        stop),
        cmocka_unit_test_setup_teardown(a_transport_folder_equals_the_reference, start, stop),
        cmocka_unit_test_setup_teardown(a_diff_layer_gets_its_links_removals_and_utility_vm, start,
                                        stop),
        cmocka_unit_test_setup_teardown(a_chain_is_described_topmost_first, start, stop),
        cmocka_unit_test_setup_teardown(a_layer_without_its_parent_is_refused, start, stop),
        cmocka_unit_test_setup_teardown(a_whiteout_does_not_hide_what_its_own_layer_brings, start,
                                        stop),
        cmocka_unit_test_setup_teardown(a_utility_vm_folder_becomes_a_file_and_back, start, stop),
        cmocka_unit_test_setup_teardown(names_that_lead_elsewhere_are_refused, start, stop),
        cmocka_unit_test_setup_teardown(a_name_that_is_too_long_is_refused, start, stop),
        cmocka_unit_test_setup_teardown(an_entry_that_comes_twice_is_refused, start, stop),
        cmocka_unit_test_setup_teardown(nothing_is_written_through_a_link, start, stop),
        cmocka_unit_test_setup_teardown(nothing_is_written_into_a_file, start, stop),
        cmocka_unit_test_setup_teardown(hard_links_out_of_the_layer_are_refused, start, stop),
        cmocka_unit_test_setup_teardown(devices_and_contradictions_are_refused, start, stop),
        cmocka_unit_test_setup_teardown(a_hostile_diff_layer_is_refused, start, stop),
        cmocka_unit_test_setup_teardown(a_parent_without_a_utility_vm_cannot_be_changed, start,
                                        stop),
        cmocka_unit_test_setup_teardown(a_layer_cut_anywhere_leaves_nothing, start, stop),
        cmocka_unit_test_setup_teardown(any_failing_file_call_leaves_no_layer, start, stop),
        cmocka_unit_test_setup_teardown(any_failing_service_call_leaves_no_layer, start, stop),
        cmocka_unit_test_setup_teardown(a_half_made_layer_is_swept, start, stop),
        cmocka_unit_test_setup_teardown(what_another_process_works_on_is_not_swept, start, stop),
        cmocka_unit_test_setup_teardown(layers_are_listed, start, stop),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
