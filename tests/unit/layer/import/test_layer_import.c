/* SPDX-License-Identifier: MIT */
/* Imports: the folders they make, and what they hand to the service. */
#include "tests/unit/layer/import_fixture.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/json.h"
#include "base/path.h"
#include "port/hash.h"
#include "tests/unit/support/tar_builder.h"

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

static void a_chain_without_a_utility_vm_says_so(void **state)
{
    cleanup_layer layer *base = NULL;
    cleanup_text text tar = TEXT_INIT;
    cleanup_layer_chain layer_chain chain = LAYER_CHAIN_INIT;
    char *vm = NULL;

    (void)state;
    tar_add_directory(&tar, "Files");
    tar_end(&tar);
    assert_ok(&err, import_bytes(NULL, tar.data, tar.length, &base));
    assert_ok(&err, layer_chain_open(&store, base->id, &chain, &err));
    assert_fails(&err, WCOW_NOT_FOUND,
                 "no layer of the image has a utility VM, which Hyper-V isolation boots",
                 layer_chain_utility_vm(&store, &chain, &vm, &err));
}

static void ids_are_checked(void **state)
{
    layer_id id;
    layer *l = NULL;

    (void)state;
    assert_fails(&err, WCOW_INVALID, "'../x' is no sha256 digest",
                 layer_open(&store, "../x", &l, &err));
    assert_int_equal(layer_chain_id("x", "y", id, &err), WCOW_INVALID);
    assert_int_equal(layer_destroy(&store, "..", &err), WCOW_INVALID);
}

/* The example of the OCI image specification's algorithm, computed with sha256sum. */
static void chain_ids_are_those_of_the_specification(void **state)
{
    layer_id id;

    (void)state;
    assert_ok(&err, layer_chain_id(
                        "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                        "sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb",
                        id, &err));
    assert_string_equal(id, "ccd722928bd92476ba1745586fed6e45a102504185ad88cd89e01ff116fd146c");
}

static void the_layers_of_an_image_have_the_ids_of_what_they_stand_on(void **state)
{
    cleanup_strings string_list diffs = STRING_LIST_INIT;
    cleanup_strings string_list chains = STRING_LIST_INIT;
    layer_id top;

    (void)state;
    assert_true(string_list_add(
        &diffs, "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"));
    assert_true(string_list_add(
        &diffs, "sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"));
    assert_true(string_list_add(
        &diffs, "sha256:cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc"));
    assert_ok(&err, layer_chain_ids(&diffs, &chains, &err));
    assert_int_equal(chains.count, 3);
    assert_string_equal(chains.items[0], diffs.items[0] + strlen("sha256:"));
    assert_string_equal(chains.items[1],
                        "ccd722928bd92476ba1745586fed6e45a102504185ad88cd89e01ff116fd146c");
    assert_ok(&err, layer_chain_id(chains.items[1], diffs.items[2], top, &err));
    assert_string_equal(chains.items[2], top);
    assert_true(string_list_add(&diffs, "sha256:../x"));
    assert_fails(&err, WCOW_INVALID, "'sha256:../x' is no sha256 digest",
                 layer_chain_ids(&diffs, &chains, &err));
}

static void a_damaged_record_is_made_anew(void **state)
{
    cleanup_layer layer *base = NULL;
    cleanup_layer layer *again = NULL;
    cleanup_free char *record = NULL;
    layer *l = NULL;

    (void)state;
    assert_ok(&err, import_file(NULL, "data/base.tar", &base));
    record = path_join(base->path, "layer.json");
    assert_int_equal(platform->replace(platform, record, "{}", 2), 0);
    assert_int_equal(layer_open(&store, base->id, &l, &err), WCOW_CORRUPT);
    assert_ok(&err, import_file(NULL, "data/base.tar", &again));
    assert_ok(&err, layer_open(&store, base->id, &l, &err));
    layer_free(l);
}

/* A restore that went to the wrong place: its parents would be taken for this one's. */
static void the_record_of_another_layer_is_none(void **state)
{
    cleanup_layer layer *base = NULL;
    cleanup_layer layer *diff = NULL;
    cleanup_layer layer *again = NULL;
    cleanup_free char *bytes = NULL;
    cleanup_free char *from = NULL;
    cleanup_free char *to = NULL;
    layer *l = NULL;
    size_t size;

    (void)state;
    storage.on_import = place_files;
    assert_ok(&err, import_file(NULL, "data/base.tar", &base));
    assert_ok(&err, import_file(base->id, "data/diff.tar", &diff));
    from = path_join(diff->path, "layer.json");
    to = path_join(base->path, "layer.json");
    assert_int_equal(platform->read(platform, from, 1 << 20, &bytes, &size), 0);
    assert_int_equal(platform->replace(platform, to, bytes, size), 0);
    assert_int_equal(layer_open(&store, base->id, &l, &err), WCOW_CORRUPT);
    assert_ok(&err, import_file(NULL, "data/base.tar", &again));
    assert_int_equal(again->parents.count, 0);
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

/* What a destruction asks. */
typedef struct asked {
    const char *id;
    bool answer;
    unsigned times;
} asked;

static wcow_status answer(void *context, const char *chain_id, bool *needed, wcow_error *error)
{
    asked *a = context;

    (void)error;
    assert_string_equal(chain_id, a->id);
    a->times++;
    *needed = a->answer;
    return WCOW_OK;
}

static wcow_status refuse(void *context, const char *chain_id, bool *needed, wcow_error *error)
{
    (void)context;
    (void)chain_id;
    (void)needed;
    return error_set(error, WCOW_CORRUPT, "who knows");
}

static void a_layer_that_is_needed_stays(void **state)
{
    cleanup_layer layer *imported = NULL;
    cleanup_layer layer *there = NULL;
    asked a = {NULL, true, 0};

    (void)state;
    assert_ok(&err, import_file(NULL, "data/base.tar", &imported));
    a.id = imported->id;
    assert_ok(&err, layer_destroy_unless(&store, a.id, answer, &a, &err));
    assert_ok(&err, layer_open_settled(&store, a.id, &there, &err));
    assert_string_equal(there->path, imported->path);
    assert_int_equal(layer_destroy_unless(&store, a.id, refuse, NULL, &err), WCOW_CORRUPT);
    assert_non_null(strstr(err.message, "who knows"));

    a.answer = false;
    assert_ok(&err, layer_destroy_unless(&store, a.id, answer, &a, &err));
    assert_int_equal(a.times, 2);
    layer_free(TAKE(there));
    assert_int_equal(layer_open_settled(&store, a.id, &there, &err), WCOW_NOT_FOUND);
    assert_int_equal(layer_open_settled(&store, "x", &there, &err), WCOW_INVALID);
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
        cmocka_unit_test_setup_teardown(a_chain_without_a_utility_vm_says_so, start, stop),
        cmocka_unit_test_setup_teardown(ids_are_checked, start, stop),
        cmocka_unit_test_setup_teardown(chain_ids_are_those_of_the_specification, start, stop),
        cmocka_unit_test_setup_teardown(the_layers_of_an_image_have_the_ids_of_what_they_stand_on,
                                        start, stop),
        cmocka_unit_test_setup_teardown(a_damaged_record_is_made_anew, start, stop),
        cmocka_unit_test_setup_teardown(the_record_of_another_layer_is_none, start, stop),
        cmocka_unit_test_setup_teardown(a_layer_without_its_parent_is_refused, start, stop),
        cmocka_unit_test_setup_teardown(a_whiteout_does_not_hide_what_its_own_layer_brings, start,
                                        stop),
        cmocka_unit_test_setup_teardown(a_utility_vm_folder_becomes_a_file_and_back, start, stop),
        cmocka_unit_test_setup_teardown(a_layer_that_is_needed_stays, start, stop),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
