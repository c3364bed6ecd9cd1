/* SPDX-License-Identifier: MIT */
/* What tests of copies share. */
#include "tests/unit/layer/copy/scene.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/path.h"
#include "layer/backup/bytes.h"
#include "layer/backup/reparse.h"

file_view inside;
file_view outside;
text told;
copy_notes notes;

file_tree *scene_tree;

static void hear(void *context, const char *line)
{
    text_addf(context, "%s\n", line);
}

static void show(const char *at, const char *folder, bool read_only)
{
    cleanup_free char *source = path_join(root, folder);

    assert_ok(&err, file_view_add(&inside, at, source, read_only, &err));
}

int scene_set_up(void **state)
{
    static const char *const folders[] = {"vol", "mount", "host", "fixed"};

    if (start(state))
        return -1;
    assert_int_equal(files.port.tree_open(&files.port, root, &scene_tree), 0);
    for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
        scene_make(folders[i], NULL);
    inside = (file_view){.files = &files.port};
    outside = (file_view){.files = &files.port, .host = true};
    show("C:\\", "vol", false);
    show("C:\\data", "mount", false);
    show("C:\\fixed", "fixed", true);
    notes = (copy_notes){.left_out = hear, .context = &told};
    return 0;
}

int scene_tear_down(void **state)
{
    text_free(&told);
    file_view_close(&inside);
    file_view_close(&outside);
    files.port.tree_close(&files.port, scene_tree);
    return stop(state);
}

char *scene_path(const char *name)
{
    cleanup_free char *path = path_join(root, name);

    return copy_path_clean(path);
}

static tree_entry *make(const char *name, uint32_t attributes)
{
    const basic_info info = {.write = UINT64_C(132223104000000000), .attributes = attributes};
    tree_entry *entry = NULL;

    assert_int_equal(files.port.tree_create(&files.port, scene_tree, name, &info, &entry), 0);
    return entry;
}

void scene_make(const char *name, const char *contents)
{
    tree_entry *entry = make(name, contents ? 0 : FILE_ATTRIBUTE_DIRECTORY_BIT);

    if (contents && *contents)
        assert_int_equal(files.port.entry_write(&files.port, entry, contents, strlen(contents)), 0);
    assert_int_equal(files.port.entry_close(&files.port, entry), 0);
}

void scene_link(const char *name, const char *target)
{
    cleanup_text text body = TEXT_INIT;
    cleanup_text text stream = TEXT_INIT;
    tree_entry *entry = make(name, FILE_ATTRIBUTE_REPARSE_BIT);

    assert_ok(&err, reparse_encode(target, false, &body, &err));
    bytes_add_u32(&stream, 8);
    bytes_add_u32(&stream, 0);
    bytes_add_u64(&stream, body.length);
    bytes_add_u32(&stream, 0);
    text_add_bytes(&stream, text_get(&body), body.length);
    assert_int_equal(
        files.port.entry_restore(&files.port, entry, text_get(&stream), stream.length, false), 0);
    assert_int_equal(files.port.entry_close(&files.port, entry), 0);
}

char *scene_read(const char *name)
{
    cleanup_free char *path = path_join(root, name);
    char *bytes = NULL;
    size_t size;

    return HR_SUCCEEDED(platform->read(platform, path, 1 << 20, &bytes, &size)) ? bytes : NULL;
}

bool scene_has(const char *name)
{
    cleanup_free char *path = path_join(root, name);
    file_info info;

    return HR_SUCCEEDED(platform->info(platform, path, &info));
}

static wcow_status append(void *context, const void *bytes, size_t size, wcow_error *error)
{
    text *out = context;

    text_add_bytes(out, bytes, size);
    return out->failed ? error_no_memory(error) : WCOW_OK;
}

wcow_status scene_pack(file_view *view, const char *path, const char *name, text *out)
{
    const byte_sink sink = {append, out};

    return tree_pack(view, path, name, &sink, &notes, &err);
}

wcow_status scene_unpack(const text *tar, const unpack_target *target)
{
    memory_source source;
    wcow_status status;

    memory_source_init(&source, text_get(tar), tar->length, 777);
    status = tree_unpack(&source.source, target, &notes, &err);
    memory_source_free(&source);
    return status;
}

wcow_status scene_unpack_outside(const text *tar)
{
    cleanup_free char *folder = scene_path("host");
    const unpack_target target = {.view = &outside, .folder = folder};

    return scene_unpack(tar, &target);
}
