/* SPDX-License-Identifier: MIT */
/*
 * What cp does with a stranger's tar: passes it on checked, and unpacks it into a folder that is
 * full of traps, on a disk in memory. Whatever is in it: nothing outside of the folder changes,
 * nothing behind a link does, all is closed; and what was unpacked can be packed again.
 *
 * The first byte chooses how: into a container, into the host, or through a change of names.
 */
#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "layer/copy/tar_rebase.h"
#include "layer/copy/tree_pack.h"
#include "layer/copy/tree_unpack.h"
#include "tests/fuzz/memory_files.h"

#define FOLDER     FILE_ATTRIBUTE_DIRECTORY_BIT
#define DISK_LIMIT ((size_t)8 << 20)

typedef struct scene {
    memory_files files;
    size_t outside; /* things that must stay as they are */
} scene;

static void make(scene *s, file_tree *tree, const char *name, uint32_t attributes)
{
    const basic_info info = {.attributes = attributes};
    files_port *port = &s->files.port;
    tree_entry *entry;

    FUZZ_CHECK(port->tree_create(port, tree, name, &info, &entry) == HR_OK);
    FUZZ_CHECK(port->entry_close(port, entry) == HR_OK);
}

/* /secret and what is in it are not the folder's; /folder has a link to it. */
static void open_scene(scene *s)
{
    files_port *port = &s->files.port;
    file_tree *tree;

    memory_files_init(&s->files);
    s->files.room = DISK_LIMIT;
    FUZZ_CHECK(port->make_directory(port, "/root") == HR_OK);
    FUZZ_CHECK(port->tree_open(port, "/root", &tree) == HR_OK);
    make(s, tree, "secret", FOLDER);
    make(s, tree, "secret\\f", 0);
    make(s, tree, "mount", FOLDER);
    make(s, tree, "folder", FOLDER);
    make(s, tree, "folder\\way", FILE_ATTRIBUTE_REPARSE_BIT);
    make(s, tree, "folder\\d", FOLDER);
    make(s, tree, "folder\\f", 0);
    port->tree_close(port, tree);
    s->outside = memory_files_count(&s->files, "/root/secret");
}

static void close_scene(scene *s)
{
    FUZZ_CHECK(memory_files_count(&s->files, "/root/secret") == s->outside);
    FUZZ_CHECK(memory_files_count(&s->files, "/root/folder") +
                   memory_files_count(&s->files, "/root/mount") + s->outside + 1 ==
               memory_files_count(&s->files, "/root"));
    FUZZ_CHECK(s->files.open == 0);
    memory_files_clear(&s->files);
}

static wcow_status count(void *context, const void *bytes, size_t size, wcow_error *err)
{
    size_t *total = context;

    (void)bytes;
    *total += size;
    return *total > DISK_LIMIT ? error_set(err, WCOW_CANCELLED, "too much") : WCOW_OK;
}

static void unpack(const byte_source *source, bool inside)
{
    scene s;
    file_view view = {.host = !inside};
    copy_notes notes = {.left_out = NULL};
    wcow_error err = WCOW_ERROR_INIT;
    unpack_target target = {.view = &view, .own_links = inside};
    size_t total = 0;
    const byte_sink sink = {count, &total};
    wcow_status status;

    open_scene(&s);
    view.files = &s.files.port;
    target.folder = inside ? "C:\\" : "\\root\\folder";
    if (inside) {
        FUZZ_CHECK(!file_view_add(&view, "C:\\", "/root/folder", false, NULL));
        FUZZ_CHECK(!file_view_add(&view, "C:\\data", "/root/mount", false, NULL));
        FUZZ_CHECK(!file_view_add(&view, "C:\\fixed", "/root/secret", true, NULL));
    }
    status = tree_unpack(source, &target, &notes, &err);
    FUZZ_CHECK(status == WCOW_OK || (err.status == status && err.message[0]));
    ignore(tree_pack(&view, target.folder, "top", &sink, &notes, NULL));
    file_view_close(&view);
    close_scene(&s);
}

static void rebase(const byte_source *source)
{
    const tar_names names = {.as = "other", .volume = true, .tail = 512};
    copy_notes notes = {.left_out = NULL};
    size_t total = 0;
    const byte_sink sink = {count, &total};

    ignore(tar_rebase(source, &names, &sink, &notes, NULL));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const unsigned how = size ? data[0] % 3u : 0;
    uint8_t *copy = malloc(size ? size : 1);
    fuzz_input input = {.bytes = copy, .left = size, .piece = 700};
    byte_source source = fuzz_source(&input);

    FUZZ_CHECK(copy);
    if (size > 0)
        memcpy(copy, data, size);
    fuzz_mend_tar(copy, size);
    if (how == 2)
        rebase(&source);
    else
        unpack(&source, how == 1);
    free(copy);
    return 0;
}
