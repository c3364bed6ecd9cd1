/* SPDX-License-Identifier: MIT */
/*
 * Layers on the simulated service, there and back: what the field's reference (hcsshim) made a tar
 * of on that same service is imported, exported, and the same tar again, byte for byte.
 */
#include "tests/unit/status.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/path.h"
#include "layer/codec/decompress.h"
#include "layer/export/export_tree.h"
#include "layer/export/layer_export.h"
#include "layer/import/layer_import.h"
#include "port/hash.h"
#include "tests/hcssim/fake/fake.h"
#include "tests/unit/support/tar_builder.h"

static wcow_error err;
static fake_host *host;
static files_port *files;
static layer_store store;

static int start(void **state)
{
    (void)state;
    err = (wcow_error)WCOW_ERROR_INIT;
    host = fake_host_new(NULL);
    files_port_open(&files);
    scripted_share_files(host->machine, files);
    store = (layer_store){files, host->storage, host->folder};
    return host ? 0 : -1;
}

static int stop(void **state)
{
    size_t volumes = scripted_volumes(host->machine);
    size_t left = fake_host_free(host);

    (void)state;
    files->free(files);
    return left == 0 && volumes == 0 ? 0 : -1;
}

static wcow_status append(void *context, const void *bytes, size_t size, wcow_error *error)
{
    text *out = context;

    text_add_bytes(out, bytes, size);
    return out->failed ? error_no_memory(error) : WCOW_OK;
}

static void unpack(const char *path, text *out)
{
    size_t size;
    cleanup_free char *bytes = data_file(path, &size);
    cleanup_decompressor decompressor *plain = NULL;
    memory_source source;
    char buffer[65536];
    size_t got = 1;

    memory_source_init(&source, bytes, size, 0);
    assert_ok(&err, decompressor_new(&source.source, &plain, &err));
    while (got > 0) {
        assert_ok(&err,
                  source_read(decompressor_source(plain), buffer, sizeof(buffer), &got, &err));
        text_add_bytes(out, buffer, got);
    }
}

static layer *import(const char *parent, const text *tar)
{
    cleanup_sha256 sha256 *hash = sha256_new();
    memory_source source;
    layer_id diff_id;
    layer_import_request request = {parent, diff_id, &source.source};
    layer *imported = NULL;

    sha256_update(hash, text_get(tar), tar->length);
    sha256_finish(hash, diff_id);
    memory_source_init(&source, text_get(tar), tar->length, 0);
    assert_ok(&err, layer_import(&store, &request, &imported, &err));
    return imported;
}

/* By the calls of ExportLayerToTar; `parent` may be NULL. */
static void export(const layer *exported, const layer *parent, text *out)
{
    const byte_sink sink = {append, out};
    cleanup_layer_chain layer_chain chain = LAYER_CHAIN_INIT;

    if (parent)
        assert_ok(&err, layer_chain_open(&store, parent->id, &chain, &err));
    assert_ok(&err, layer_export(&store, exported->path, &chain, &sink, &err));
}

static void assert_same(const text *a, const text *b)
{
    size_t size = a->length < b->length ? a->length : b->length;

    for (size_t i = 0; i < size; i++)
        if (a->data[i] != b->data[i])
            fail_msg("block %zu differs: %.100s, %.100s", i / 512, a->data + i / 512 * 512,
                     b->data + i / 512 * 512);
    assert_int_equal(a->length, b->length);
}

static void the_reference_and_we_export_the_same_bytes(void **state)
{
    cleanup_text text base_tar = TEXT_INIT;
    cleanup_text text diff_tar = TEXT_INIT;
    cleanup_text text base_again = TEXT_INIT;
    cleanup_text text diff_again = TEXT_INIT;
    cleanup_layer layer *base = NULL;
    cleanup_layer layer *diff = NULL;

    (void)state;
    unpack("data/exported-base.tar.gz", &base_tar);
    unpack("data/exported-diff.tar.gz", &diff_tar);
    base = import(NULL, &base_tar);
    export(base, NULL, &base_again);
    assert_same(&base_tar, &base_again);
    diff = import(base->id, &diff_tar);
    export(diff, base, &diff_again);
    assert_same(&diff_tar, &diff_again);
}

/* Everything of all files of the layer, also of those that are its parent's. */
static void tree_of(const layer *l, text *out)
{
    const byte_sink sink = {append, out};
    cleanup_free char *folder = path_join(l->path, "Files");
    const tree_parts parts = {.volume = folder};

    assert_ok(&err, tree_write_tar(files, &parts, &sink, &err));
}

static void a_diff_layer_comes_back_as_it_went(void **state)
{
    size_t size;
    cleanup_free char *base_bytes = data_file("data/base.tar", &size);
    text base_tar = {.data = base_bytes, .length = size};
    cleanup_free char *diff_bytes = data_file("data/diff.tar", &size);
    text diff_tar = {.data = diff_bytes, .length = size};
    cleanup_layer layer *base = import(NULL, &base_tar);
    cleanup_layer layer *diff = import(base->id, &diff_tar);
    cleanup_text text once = TEXT_INIT;
    cleanup_text text twice = TEXT_INIT;
    cleanup_text text tree = TEXT_INIT;
    cleanup_text text tree_again = TEXT_INIT;
    cleanup_layer layer *again = NULL;

    (void)state;
    export(diff, base, &once);
    again = import(base->id, &once);
    tree_of(diff, &tree);
    tree_of(again, &tree_again);
    assert_same(&tree, &tree_again);
    export(again, base, &twice);
    assert_same(&once, &twice);
}

/* What a container did, as the scratch has it on this host: below Files, and a list of what is
 * gone.
 */
static void change_as(const layer *diff, const char *box)
{
    static const char gone[] =
        "\xEF\xBB\xBFVersion 1.0\n\\streams.txt\n\\Windows\\System32\\ea.dll\n";
    sim_machine *machine = host->machine;
    cleanup_free char *from = path_join(diff->path, "Files");
    cleanup_free char *to = path_join(box, "Files");
    cleanup_free char *linked = path_join(to, "app/hello.exe");
    cleanup_free char *existing = path_join(to, "app/again.exe");
    cleanup_free char *tombstones = path_join(box, "tombstones.txt");

    assert_int_equal(machine->copy_tree(machine, from, to), HR_OK);
    assert_int_equal(machine->remove_tree(machine, linked), HR_OK);
    assert_int_equal(machine->link(machine, linked, existing), HR_OK);
    assert_int_equal(machine->write_file(machine, tombstones, gone, strlen(gone)), HR_OK);
}

static void what_a_container_changed_is_exported_with_all_that_is_known_of_it(void **state)
{
    cleanup_text text base_tar = TEXT_INIT;
    cleanup_text text diff_tar = TEXT_INIT;
    cleanup_text text once = TEXT_INIT;
    cleanup_text text tree = TEXT_INIT;
    cleanup_text text tree_again = TEXT_INIT;
    cleanup_layer layer *base = NULL;
    cleanup_layer layer *diff = NULL;
    cleanup_layer layer *again = NULL;
    cleanup_layer_chain layer_chain chain = LAYER_CHAIN_INIT;
    cleanup_free char *box = path_join(host->folder, "box");
    const byte_sink sink = {append, &once};

    (void)state;
    unpack("data/exported-base.tar.gz", &base_tar);
    unpack("data/exported-diff.tar.gz", &diff_tar);
    base = import(NULL, &base_tar);
    diff = import(base->id, &diff_tar);
    assert_ok(&err, layer_chain_open(&store, base->id, &chain, &err));
    assert_int_equal(
        host->storage->create_sandbox_layer(host->storage, box, chain.items, chain.count), HR_OK);
    change_as(diff, box);
    assert_ok(&err, layer_export(&store, box, &chain, &sink, &err));
    again = import(base->id, &once);
    tree_of(diff, &tree);
    tree_of(again, &tree_again);
    assert_same(&tree, &tree_again);
    assert_int_equal(host->storage->destroy_layer(host->storage, box), HR_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_reference_and_we_export_the_same_bytes, start, stop),
        cmocka_unit_test_setup_teardown(a_diff_layer_comes_back_as_it_went, start, stop),
        cmocka_unit_test_setup_teardown(
            what_a_container_changed_is_exported_with_all_that_is_known_of_it, start, stop),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
