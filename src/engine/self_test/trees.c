/* SPDX-License-Identifier: MIT */
/* Steps on files: what this host's file system takes and gives back of a layer. */
#include <string.h>

#include "base/error.h"
#include "base/path.h"
#include "engine/self_test/self_test.h"
#include "layer/backup/backup_stream.h"
#include "layer/backup/reparse.h"
#include "layer/backup/sddl.h"
#include "port/clock.h"

#define FOLDER "trees"

#define BETWEEN_TWO 20u                 /* ms between two replacements of a file */
#define SETTLED     INT64_C(3000000000) /* that of engine/container/summary.c */

static const basic_info plain = {132000000000000000u, 132000000000000000u, 132000000000000000u,
                                 132000000000000000u, 0x20};
static const basic_info read_only = {132000000000000000u, 132000000000000000u, 132000000000000000u,
                                     132000000000000000u, 0x21};

/* ---- streams, as BackupWrite takes them ---- */

static void add_number(text *out, uint64_t value, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        text_add_char(out, (char)(value >> (8 * i)));
}

/* A WIN32_STREAM_ID and its body; `name` is ASCII. */
static void add_stream(text *out, uint32_t id, uint32_t attributes, const char *name,
                       const void *body, size_t size)
{
    add_number(out, id, 4);
    add_number(out, attributes, 4);
    add_number(out, size, 8);
    add_number(out, 2 * strlen(name), 4);
    for (; *name; name++)
        add_number(out, (unsigned char)*name, 2);
    text_add_bytes(out, body, size);
}

static bool add_security(text *out, const char *sddl)
{
    cleanup_free unsigned char *descriptor = NULL;
    size_t size = 0;

    if (sddl_encode(sddl, &descriptor, &size, NULL))
        return false;
    add_stream(out, BACKUP_SECURITY_DATA, 2, "", descriptor, size);
    return true;
}

/* FILE_FULL_EA_INFORMATION of one attribute, "WCOW" = "yes". */
static void add_attribute(text *out)
{
    static const unsigned char attribute[] = {0,   0,   0,   0,   0, 4,   3,   0,
                                              'W', 'C', 'O', 'W', 0, 'y', 'e', 's'};

    add_stream(out, BACKUP_EA_DATA, 0, "", attribute, sizeof(attribute));
}

/* 4 KiB at 1 MiB of a file of 2 MiB. */
static void add_sparse(text *out)
{
    cleanup_text text block = TEXT_INIT;
    static const char bytes[4096] = {'s'};

    add_stream(out, BACKUP_DATA, BACKUP_SPARSE_ATTRIBUTE, "", "", 0);
    add_number(&block, 1u << 20, 8);
    text_add_bytes(&block, bytes, sizeof(bytes));
    add_stream(out, BACKUP_SPARSE_BLOCK, BACKUP_SPARSE_ATTRIBUTE, "", text_get(&block),
               block.length);
    text_cut(&block, 0);
    add_number(&block, 2u << 20, 8);
    add_stream(out, BACKUP_SPARSE_BLOCK, BACKUP_SPARSE_ATTRIBUTE, "", text_get(&block),
               block.length);
    out->failed = out->failed || block.failed;
}

static void add_link(text *out, bool junction)
{
    cleanup_text text buffer = TEXT_INIT;

    if (reparse_encode(junction ? "C:\\Windows" : "plain.txt", junction, &buffer, NULL))
        out->failed = true;
    else
        add_stream(out, BACKUP_REPARSE_DATA, 0, "", text_get(&buffer), buffer.length);
}

/* ---- writing and reading back ---- */

static int32_t write_entry(self_test *t, file_tree *tree, const char *name, const basic_info *info,
                           const text *bytes)
{
    files_port *files = t->host->files;
    uint64_t since = clock_ticks();
    tree_entry *entry = NULL;
    int32_t hr = files->tree_create(files, tree, name, info, &entry);
    int32_t closed;

    note_call(t, "create", name, hr, since);
    if (HR_FAILED(hr))
        return hr;
    since = clock_ticks();
    hr = files->entry_restore(files, entry, text_get(bytes), bytes->length, true);
    note_call(t, "BackupWrite", name, hr, since);
    since = clock_ticks();
    closed = files->entry_close(files, entry);
    note_call(t, "close", name, closed, since);
    return HR_FAILED(hr) ? hr : closed;
}

typedef struct reading {
    files_port *files;
    tree_backup *backup;
} reading;

static wcow_status read_backup(void *context, void *buffer, size_t size, size_t *got,
                               wcow_error *err)
{
    reading *r = context;

    return error_check(err, r->files->backup_read(r->files, r->backup, buffer, size, got),
                       "BackupRead");
}

static wcow_status list_streams(reading *r, cJSON *out, uint32_t *kinds, wcow_error *err)
{
    const byte_source source = {read_backup, r, NULL};
    cleanup_backup_reader backup_reader *reader = backup_reader_new(&source);
    const backup_header *header = NULL;
    wcow_status status = reader ? backup_next(reader, &header, err) : error_no_memory(err);

    while (!status && header) {
        cJSON *item = cJSON_CreateObject();

        if (!item || !json_add_integer(item, "id", header->id) ||
            !json_add_integer(item, "attributes", header->attributes) ||
            !json_add_integer(item, "size", (int64_t)header->size) ||
            !json_add_text(item, "name", header->name)) {
            cJSON_Delete(item);
            return error_no_memory(err);
        }
        if (!json_append(out, item))
            return error_no_memory(err);
        *kinds |= 1u << (header->id & 31);
        status = backup_next(reader, &header, err);
    }
    return status;
}

/* Notes the streams of a file; returns a bit for each kind (1 << BACKUP_…). */
static uint32_t read_entry(self_test *t, file_tree *tree, const char *name)
{
    reading r = {t->host->files, NULL};
    const uint64_t since = clock_ticks();
    cleanup_free char *label = text_format("streams of %s", name);
    cleanup_json cJSON *streams = cJSON_CreateArray();
    uint32_t kinds = 0;
    wcow_error err = WCOW_ERROR_INIT;
    wcow_status status;
    int32_t hr = r.files->tree_backup_open(r.files, tree, name, &r.backup);

    if (!streams || !label) {
        t->no_memory = true;
        return 0;
    }
    note_call(t, "open for backup", name, hr, since);
    if (HR_FAILED(hr))
        return 0;
    status = list_streams(&r, streams, &kinds, &err);
    note_status(t, "BackupRead", name, status, &err, since);
    r.files->backup_close(r.files, r.backup);
    note_json(t, label, TAKE(streams));
    return kinds;
}

static bool has(uint32_t kinds, uint32_t kind)
{
    return (kinds & 1u << kind) != 0;
}

static file_tree *open_tree(self_test *t)
{
    files_port *files = t->host->files;
    cleanup_free char *path = self_test_path(t, FOLDER);
    const uint64_t since = clock_ticks();
    file_tree *tree = NULL;
    int32_t hr = path ? files->make_directory(files, path) : HR_OUT_OF_MEMORY;

    if (HR_SUCCEEDED(hr) || hr == HR_ALREADY_EXISTS)
        hr = files->tree_open(files, path, &tree);
    note_call(t, "open a tree", FOLDER, hr, since);
    note_expected(t, "a folder of the root can be opened as a tree", HR_SUCCEEDED(hr));
    return tree;
}

static void try_streams(self_test *t, file_tree *tree)
{
    cleanup_text text bytes = TEXT_INIT;
    uint32_t kinds;

    if (!add_security(&bytes, "O:BAG:SYD:P(A;;FA;;;SY)(A;;FA;;;BA)(A;;0x1200a9;;;BU)"))
        t->no_memory = true;
    add_stream(&bytes, BACKUP_DATA, 0, "", "hello", 5);
    add_stream(&bytes, BACKUP_ALTERNATE_DATA, 0, ":two:$DATA", "second", 6);
    note_expected(t, "a file with security and an alternate stream is written",
                  HR_SUCCEEDED(write_entry(t, tree, "plain.txt", &plain, &bytes)));
    kinds = read_entry(t, tree, "plain.txt");
    note_expected(t, "its contents come back", has(kinds, BACKUP_DATA));
    note_expected(t, "its security comes back", has(kinds, BACKUP_SECURITY_DATA));
    note_expected(t, "its alternate stream comes back", has(kinds, BACKUP_ALTERNATE_DATA));

    /* With a SACL, for which the handle may lack ACCESS_SYSTEM_SECURITY. */
    text_cut(&bytes, 0);
    if (!add_security(&bytes, "O:BAG:SYD:P(A;;FA;;;SY)(A;;FA;;;BA)S:(AU;FA;FA;;;WD)"))
        t->no_memory = true;
    add_stream(&bytes, BACKUP_DATA, 0, "", "audited", 7);
    (void)write_entry(t, tree, "audited.txt", &plain, &bytes);
    (void)read_entry(t, tree, "audited.txt");

    text_cut(&bytes, 0);
    add_attribute(&bytes);
    add_stream(&bytes, BACKUP_DATA, 0, "", "with EA", 7);
    (void)write_entry(t, tree, "attribute.txt", &plain, &bytes);
    (void)read_entry(t, tree, "attribute.txt");

    text_cut(&bytes, 0);
    add_sparse(&bytes);
    (void)write_entry(t, tree, "sparse.bin", &plain, &bytes);
    (void)read_entry(t, tree, "sparse.bin");
    t->no_memory = t->no_memory || bytes.failed;
}

static void try_links(self_test *t, file_tree *tree)
{
    static const basic_info link = {132000000000000000u, 132000000000000000u, 132000000000000000u,
                                    132000000000000000u, 0x420};
    static const basic_info junction = {132000000000000000u, 132000000000000000u,
                                        132000000000000000u, 132000000000000000u, 0x410};
    files_port *files = t->host->files;
    cleanup_text text bytes = TEXT_INIT;
    const uint64_t since = clock_ticks();
    file_identity identity = {0};
    int32_t hr;

    add_link(&bytes, false);
    note_expected(t, "a symbolic link is made",
                  HR_SUCCEEDED(write_entry(t, tree, "link", &link, &bytes)) &&
                      has(read_entry(t, tree, "link"), BACKUP_REPARSE_DATA));
    text_cut(&bytes, 0);
    add_link(&bytes, true);
    note_expected(t, "a junction is made",
                  HR_SUCCEEDED(write_entry(t, tree, "junction", &junction, &bytes)) &&
                      has(read_entry(t, tree, "junction"), BACKUP_REPARSE_DATA));
    t->no_memory = t->no_memory || bytes.failed;
    hr = files->tree_link(files, tree, "hard", tree, "plain.txt");
    note_call(t, "hard link", "hard", hr, since);
    if (HR_SUCCEEDED(hr))
        hr = files->tree_identity(files, tree, "hard", &identity);
    note_expected(t, "a hard link is made", HR_SUCCEEDED(hr) && identity.links == 2);
}

void step_trees(self_test *t)
{
    file_tree *tree = open_tree(t);

    if (!tree)
        return;
    try_streams(t, tree);
    try_links(t, tree);
    t->host->files->tree_close(t->host->files, tree);
}

/* ---- files that are in use ---- */

static int32_t write_small(self_test *t, file_tree *tree, const char *name, const basic_info *info)
{
    cleanup_text text bytes = TEXT_INIT;

    add_stream(&bytes, BACKUP_DATA, 0, "", "x", 1);
    t->no_memory = t->no_memory || bytes.failed;
    return write_entry(t, tree, name, info, &bytes);
}

static int32_t remove_entry(self_test *t, file_tree *tree, const char *name)
{
    files_port *files = t->host->files;
    const uint64_t since = clock_ticks();
    const int32_t hr = files->tree_remove(files, tree, name);

    note_call(t, "remove", name, hr, since);
    return hr;
}

/* POSIX semantics (FileDispositionInformationEx): the name is free at once, although somebody
 * reads. */
static void try_open_one(self_test *t, file_tree *tree)
{
    files_port *files = t->host->files;
    cleanup_free char *folder = self_test_path(t, FOLDER);
    cleanup_free char *path = folder ? path_join(folder, "open.txt") : NULL;
    file *open = NULL;
    file_info info;
    int32_t hr;

    (void)write_small(t, tree, "open.txt", &plain);
    hr = path ? files->open(files, path, FILE_READ, &open) : HR_OUT_OF_MEMORY;
    note_expected(t, "a file of the tree is opened", HR_SUCCEEDED(hr));
    if (HR_FAILED(hr))
        return;
    note_expected(t, "a file that somebody reads is removed",
                  HR_SUCCEEDED(remove_entry(t, tree, "open.txt")));
    hr = files->tree_info(files, tree, "open.txt", &info);
    note_call(t, "look at the removed", "open.txt", hr, clock_ticks());
    hr = write_small(t, tree, "open.txt", &plain);
    note_call(t, "make it again", "open.txt", hr, clock_ticks());
    files->close(files, open);
}

static void try_replacing(self_test *t)
{
    files_port *files = t->host->files;
    cleanup_free char *path = self_test_path(t, "replaced.json");
    uint64_t since = clock_ticks();
    file *open = NULL;
    int32_t hr = path ? files->replace(files, path, "1", 1) : HR_OUT_OF_MEMORY;

    if (HR_SUCCEEDED(hr))
        hr = files->open(files, path, FILE_READ, &open);
    note_call(t, "write and open", "replaced.json", hr, since);
    if (HR_FAILED(hr))
        return;
    since = clock_ticks();
    hr = files->replace(files, path, "2", 1);
    note_call(t, "replace while it is read", "replaced.json", hr, since);
    files->close(files, open);
    (void)files->remove_file(files, path);
}

/*
 * summary.c takes a file for the one it knows if size and time are the same, and does not trust a
 * time younger than three seconds: so what is just written has to have the time of now. Whether two
 * replacements are told apart at once is good to know; nothing rests on it.
 */
static void try_replacing_twice(self_test *t)
{
    files_port *files = t->host->files;
    cleanup_free char *path = self_test_path(t, "replaced-twice.json");
    const uint64_t since = clock_ticks();
    file_info first = {0};
    file_info second = {0};
    int64_t late;
    int32_t hr = path ? files->replace(files, path, "1", 1) : HR_OUT_OF_MEMORY;

    if (HR_SUCCEEDED(hr))
        hr = files->info(files, path, &first);
    clock_sleep(BETWEEN_TWO);
    if (HR_SUCCEEDED(hr))
        hr = files->replace(files, path, "2", 1);
    if (HR_SUCCEEDED(hr))
        hr = files->info(files, path, &second);
    late = clock_now() - second.modified;
    note_call(t, "replace twice", "replaced-twice.json", hr, since);
    if (path)
        (void)files->remove_file(files, path);
    if (!note_expected(t, "a file is replaced twice", HR_SUCCEEDED(hr)))
        return;
    note_number(t, "replacedApart100ns", (second.modified - first.modified) / 100);
    note_text(t, "replacedAtOnce", first.modified == second.modified ? "alike" : "told apart");
    note_expected(t, "what is just written has the time of now", late > -SETTLED && late < SETTLED);
}

void step_deletion(self_test *t)
{
    file_tree *tree = open_tree(t);

    if (!tree)
        return;
    try_open_one(t, tree);
    (void)write_small(t, tree, "readonly.txt", &read_only);
    note_expected(t, "a read-only file is removed",
                  HR_SUCCEEDED(remove_entry(t, tree, "readonly.txt")));
    try_replacing(t);
    try_replacing_twice(t);
    t->host->files->tree_close(t->host->files, tree);
}
