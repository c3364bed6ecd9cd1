/* SPDX-License-Identifier: MIT */
/*
 * Import and export are inverse, on whatever host this runs: a layer, or a container's changes,
 * that are imported, exported, imported and exported again have the same tree and the same backup
 * streams. And what port/files.h promises of that: streams that are read back, hard links that are
 * told apart.
 */
#include "contract.h"

#include "base/error.h"
#include "base/path.h"
#include "host.h"
#include "layer/export/layer_export.h"
#include "layer/import/layer_import.h"
#include "layer/import/layer_listing.h"
#include "layer/store/scratch.h"
#include "port/hash.h"
#include "tests/unit/support/tar_builder.h"

/* What Wine keeps of attributes: read-only, hidden, system, folder, reparse point. A file without
 * any gets the archive bit when it is made, there as on Windows. */
#define KEPT_ATTRIBUTES 0x417u

static contract_host host;
static wcow_error err;

#define assert_ok(call)                                                                            \
    do {                                                                                           \
        if ((call) != WCOW_OK)                                                                     \
            fail_msg("%s", err.message);                                                           \
    } while (0)

static wcow_status append(void *context, const void *bytes, size_t size, wcow_error *error)
{
    text *out = context;

    text_add_bytes(out, bytes, size);
    return out->failed ? error_set(error, WCOW_NO_MEMORY, "no memory") : WCOW_OK;
}

/* One line an entry, but for the folder Hives, which the service makes. */
static wcow_status describe(void *context, const listed_entry *e, wcow_error *error)
{
    string_list *lines = context;
    /* The service puts the VM's disks there. */
    bool touched = text_equal(e->name, "UtilityVM");
    char *line;

    if (text_starts_with(e->name, "Hives"))
        return WCOW_OK;
    if (e->whiteout)
        line = text_format("%s is gone", e->name);
    else if (e->hard_link)
        line = text_format("%s = %s", e->name, e->hard_link);
    else
        line = text_format("%s %x %llu %s %llu", e->name,
                           (unsigned)(e->info.attributes & KEPT_ATTRIBUTES),
                           (unsigned long long)e->stream_length, e->stream_sha256,
                           (unsigned long long)(touched ? 0 : e->info.write));
    return string_list_own(lines, line) ? WCOW_OK : error_no_memory(error);
}

static void describe_tar(const char *bytes, size_t size, string_list *lines)
{
    memory_source source;

    memory_source_init(&source, bytes, size, 0);
    assert_ok(layer_list_entries(&source.source, describe, lines, &err));
    string_list_sort(lines);
}

static layer *import(const layer_store *store, const char *parent, const char *bytes, size_t size)
{
    cleanup_sha256 sha256 *hash = sha256_new();
    memory_source source;
    layer_id diff_id;
    layer_import_request request = {parent, diff_id, &source.source};
    layer *imported = NULL;

    sha256_update(hash, bytes, size);
    sha256_finish(hash, diff_id);
    memory_source_init(&source, bytes, size, 0);
    assert_ok(layer_import(store, &request, &imported, &err));
    return imported;
}

static void assert_equal_lines(const string_list *a, const string_list *b)
{
    for (size_t i = 0; i < a->count && i < b->count; i++)
        assert_string_equal(a->items[i], b->items[i]);
    assert_int_equal(a->count, b->count);
}

/* Exports the layer of this tar, and checks that both tell the same. */
static void export_again(const layer_store *store, const char *bytes, size_t size, text *out)
{
    const byte_sink sink = {append, out};
    const layer_chain none = LAYER_CHAIN_INIT;
    cleanup_layer layer *imported = import(store, NULL, bytes, size);
    cleanup_strings string_list before = STRING_LIST_INIT;
    cleanup_strings string_list after = STRING_LIST_INIT;

    assert_ok(layer_export(store, imported->path, &none, &sink, &err));
    describe_tar(bytes, size, &before);
    describe_tar(text_get(out), out->length, &after);
    assert_equal_lines(&before, &after);
    assert_true(after.count >= 30);
    assert_ok(layer_destroy(store, imported->id, &err));
}

static void a_base_layer_comes_back_as_it_went(void **state)
{
    cleanup_free char *root = host_path(&host, "store");
    const layer_store store = {host.files, host.storage, root};
    cleanup_text text once = TEXT_INIT;
    cleanup_text text twice = TEXT_INIT;
    size_t size;
    cleanup_free char *tar = data_file(CONTRACT_LAYERS "/base.tar", &size);

    (void)state;
    assert_done(host.files->make_directory(host.files, root));
    export_again(&store, tar, size, &once);
    export_again(&store, once.data, once.length, &twice);
    assert_int_equal(once.length, twice.length);
}

/* ---- a diff layer ---- */

/* A base and a layer over it, of the reference's tars. */
typedef struct pair {
    char *root;
    layer_store store;
    layer *base, *diff;
    layer_chain parents;
    string_list went; /* what is told of the diff layer's tar */
} pair;

static char *read_tar(const char *name, size_t *size)
{
    cleanup_free char *path = text_format(CONTRACT_LAYERS "/%s", name);

    return data_file(path, size);
}

static void pair_open(pair *p, const char *name)
{
    size_t size;
    cleanup_free char *base = read_tar("base.tar", &size);
    cleanup_free char *diff = NULL;

    *p = (pair){.root = host_path(&host, name), .parents = LAYER_CHAIN_INIT};
    p->store = (layer_store){host.files, host.storage, p->root};
    assert_done(host.files->make_directory(host.files, p->root));
    p->base = import(&p->store, NULL, base, size);
    diff = read_tar("diff.tar", &size);
    p->diff = import(&p->store, p->base->id, diff, size);
    describe_tar(diff, size, &p->went);
    assert_ok(layer_chain_open(&p->store, p->base->id, &p->parents, &err));
}

static void pair_close(pair *p)
{
    assert_ok(layer_destroy(&p->store, p->diff->id, &err));
    assert_ok(layer_destroy(&p->store, p->base->id, &err));
    layer_free(p->diff);
    layer_free(p->base);
    layer_chain_free(&p->parents);
    string_list_free(&p->went);
    free(p->root);
}

static void export_above(const pair *p, const char *path, text *out, string_list *lines)
{
    const byte_sink sink = {append, out};

    assert_ok(layer_export(&p->store, path, &p->parents, &sink, &err));
    describe_tar(text_get(out), out->length, lines);
}

/* Of two names of a file either may come first; and a link to a parent's file is one no more. */
static bool is_of_links(const char *line)
{
    return strstr(line, "/again.exe") || strstr(line, "/hello.exe") || strstr(line, "/cmd2.exe");
}

static bool is_below(const char *line, const char *folder)
{
    return text_starts_with(line, folder) && strchr(" /", line[strlen(folder)]);
}

/* The folder Files is of the service's making; what the VM has is no part of an export. */
static void assert_came_back(const string_list *went, const char *folder, const string_list *came)
{
    size_t count = 0;

    for (size_t i = 0; i < went->count; i++) {
        const char *line = went->items[i];

        if (is_of_links(line) || !is_below(line, folder) || text_starts_with(line, "Files "))
            continue;
        if (!string_list_contains(came, line))
            fail_msg("missing: %s", line);
        count++;
    }
    assert_in_range(count, 3, 7);
}

static void a_diff_layer_comes_back_as_it_went(void **state)
{
    cleanup_text text once = TEXT_INIT;
    cleanup_text text twice = TEXT_INIT;
    cleanup_strings string_list lines = STRING_LIST_INIT;
    cleanup_strings string_list lines_again = STRING_LIST_INIT;
    cleanup_layer layer *again = NULL;
    pair p;

    (void)state;
    pair_open(&p, "diff-store");
    export_above(&p, p.diff->path, &once, &lines);
    assert_came_back(&p.went, "Files", &lines);
    again = import(&p.store, p.base->id, once.data, once.length);
    export_above(&p, again->path, &twice, &lines_again);
    assert_equal_lines(&lines, &lines_again);
    assert_ok(layer_destroy(&p.store, again->id, &err));
    pair_close(&p);
}

/* ---- a container's changes ---- */

/* The in-process fake has no volumes: what would be on one lies in the scratch. */
static file_tree *open_volume(const char *scratch, const char *volume)
{
    cleanup_free char *folder = path_join(scratch, "Files");
    file_tree *tree = NULL;

    if (HR_SUCCEEDED(host.files->tree_open(host.files, volume, &tree)))
        return tree;
    assert_done(host.files->make_directory(host.files, folder));
    assert_done(host.files->tree_open(host.files, folder, &tree));
    return tree;
}

/* Makes what the diff layer has in its folder app. */
static void change_as(const layer *diff, file_tree *volume)
{
    static const char *const copied[] = {"app", "app\\cmd2.exe", "app\\data.txt", "app\\hello.exe",
                                         "app\\j"};
    files_port *files = host.files;
    file_tree *tree = NULL;
    basic_info info;

    assert_done(files->tree_open(files, diff->path, &tree));
    for (size_t i = 0; i < sizeof(copied) / sizeof(copied[0]); i++) {
        cleanup_free char *from = text_format("Files\\%s", copied[i]);

        assert_done(files->tree_copy(files, volume, copied[i], tree, from));
    }
    assert_done(files->tree_link(files, volume, "app\\again.exe", volume, "app\\hello.exe"));
    assert_done(files->tree_basic_info(files, tree, "Files\\app", &info));
    assert_done(files->tree_set_info(files, volume, "app", &info));
    files->tree_close(files, tree);
    files->tree_close(files, volume);
}

static void what_a_container_changed_comes_back_in_a_layer(void **state)
{
    cleanup_free char *box = host_path(&host, "box");
    cleanup_free char *volume = NULL;
    cleanup_text text once = TEXT_INIT;
    cleanup_text text twice = TEXT_INIT;
    cleanup_strings string_list lines = STRING_LIST_INIT;
    cleanup_strings string_list lines_again = STRING_LIST_INIT;
    cleanup_layer layer *again = NULL;
    pair p;

    (void)state;
    pair_open(&p, "box-store");
    assert_ok(scratch_create(&p.store, box, &p.parents, 0, &err));
    assert_ok(scratch_mount(&p.store, box, &p.parents, &volume, &err));
    change_as(p.diff, open_volume(box, volume));
    assert_ok(scratch_unmount(&p.store, box, &err));
    export_above(&p, box, &once, &lines);
    assert_came_back(&p.went, "Files/app", &lines);
    assert_true(string_list_contains(&lines, "Files/app/hello.exe = Files/app/again.exe"));
    again = import(&p.store, p.base->id, once.data, once.length);
    export_above(&p, again->path, &twice, &lines_again);
    assert_equal_lines(&lines, &lines_again);
    assert_ok(scratch_destroy(&p.store, box, &err));
    assert_ok(layer_destroy(&p.store, again->id, &err));
    pair_close(&p);
}

/* ---- the port's part in it ---- */

#define FILE_NAME "f"

/* A folder of its own, as a tree. */
static file_tree *tree_new(const char *name)
{
    cleanup_free char *path = host_path(&host, name);
    file_tree *tree = NULL;

    assert_done(host.files->make_directory(host.files, path));
    assert_done(host.files->tree_open(host.files, path, &tree));
    return tree;
}

static void restore(file_tree *tree, const char *name, const void *bytes, size_t size)
{
    const basic_info info = {.attributes = 0x20};
    tree_entry *entry = NULL;

    assert_done(host.files->tree_create(host.files, tree, name, &info, &entry));
    assert_done(host.files->entry_restore(host.files, entry, bytes, size, false));
    assert_done(host.files->entry_close(host.files, entry));
}

static void read_backup(file_tree *tree, size_t piece, text *out)
{
    tree_backup *backup = NULL;
    char buffer[4096];
    size_t got = 1;

    assert_done(host.files->tree_backup_open(host.files, tree, FILE_NAME, &backup));
    while (got > 0) {
        assert_done(host.files->backup_read(host.files, backup, buffer, piece, &got));
        text_add_bytes(out, buffer, got);
    }
    host.files->backup_close(host.files, backup);
}

/* DATA "contents", then an alternate stream ":s:$DATA" of "stream". */
static const char streams[] = "\1\0\0\0\0\0\0\0\x08\0\0\0\0\0\0\0\0\0\0\0contents"
                              "\4\0\0\0\0\0\0\0\x06\0\0\0\0\0\0\0\x10\0\0\0"
                              ":\0s\0:\0$\0D\0A\0T\0A\0stream";

static void what_was_restored_is_read_back(void **state)
{
    const size_t size = sizeof(streams) - 1;
    file_tree *tree = tree_new("restored");
    cleanup_text text got = TEXT_INIT;
    cleanup_text text pieces = TEXT_INIT;
    tree_backup *none = NULL;

    (void)state;
    restore(tree, FILE_NAME, streams, size);
    read_backup(tree, 4096, &got);
    /* On Windows, security comes first. */
    assert_true(got.length >= size);
    assert_memory_equal(got.data + got.length - size, streams, size);
    read_backup(tree, 7, &pieces);
    assert_int_equal(pieces.length, got.length);
    assert_memory_equal(pieces.data, got.data, got.length);
    assert_hr(HR_FILE_NOT_FOUND, host.files->tree_backup_open(host.files, tree, "none", &none));
    assert_hr(HR_PATH_NOT_FOUND, host.files->tree_backup_open(host.files, tree, "no\\f", &none));
    assert_null(none);
    host.files->tree_close(host.files, tree);
}

static void names_of_one_file_are_known_by_its_id(void **state)
{
    files_port *files = host.files;
    file_tree *tree = tree_new("linked");
    file_identity original = {0};
    file_identity link = {0};
    file_identity other = {0};

    (void)state;
    restore(tree, FILE_NAME, streams, sizeof(streams) - 1);
    restore(tree, "g", streams, sizeof(streams) - 1);
    assert_done(files->tree_identity(files, tree, FILE_NAME, &original));
    assert_int_equal(original.links, 1);
    assert_done(files->tree_link(files, tree, "l", tree, FILE_NAME));
    assert_done(files->tree_identity(files, tree, FILE_NAME, &original));
    assert_done(files->tree_identity(files, tree, "l", &link));
    assert_done(files->tree_identity(files, tree, "g", &other));
    assert_int_equal(original.links, 2);
    assert_int_equal(link.links, 2);
    assert_int_equal(other.links, 1);
    assert_memory_equal(original.id, link.id, sizeof(link.id));
    assert_memory_not_equal(original.id, other.id, sizeof(other.id));
    assert_hr(HR_FILE_NOT_FOUND, files->tree_identity(files, tree, "none", &original));
    files->tree_close(files, tree);
}

static void what_is_open_tells_what_its_name_tells(void **state)
{
    static const char *const names[] = {FILE_NAME, "l", "d"};
    const basic_info folder = {.attributes = FILE_ATTRIBUTE_DIRECTORY_BIT};
    files_port *files = host.files;
    file_tree *tree = tree_new("told");
    tree_entry *entry;

    (void)state;
    restore(tree, FILE_NAME, streams, sizeof(streams) - 1);
    assert_done(files->tree_link(files, tree, "l", tree, FILE_NAME));
    assert_done(files->tree_create(files, tree, "d", &folder, &entry));
    assert_done(files->entry_close(files, entry));
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        tree_backup *backup = NULL;
        file_identity identity = {0};
        file_identity expected = {0};
        basic_info info = {0};
        basic_info there = {0};

        assert_done(files->tree_identity(files, tree, names[i], &expected));
        assert_done(files->tree_basic_info(files, tree, names[i], &there));
        assert_done(files->tree_backup_open(files, tree, names[i], &backup));
        assert_done(files->backup_info(files, backup, &info, &identity));
        files->backup_close(files, backup);
        assert_memory_equal(&info, &there, sizeof(info));
        assert_memory_equal(&identity, &expected, sizeof(identity));
    }
    files->tree_close(files, tree);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_restored_is_read_back),
        cmocka_unit_test(what_is_open_tells_what_its_name_tells),
        cmocka_unit_test(names_of_one_file_are_known_by_its_id),
        cmocka_unit_test(a_base_layer_comes_back_as_it_went),
        cmocka_unit_test(a_diff_layer_comes_back_as_it_went),
        cmocka_unit_test(what_a_container_changed_comes_back_in_a_layer),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
