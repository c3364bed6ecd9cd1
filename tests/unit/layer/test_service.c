/* SPDX-License-Identifier: MIT */
/* Layers and scratch layers on the simulated service, which checks what it is handed. */
#include "tests/unit/status.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/path.h"
#include "layer/import/layer_import.h"
#include "layer/store/scratch.h"
#include "port/hash.h"
#include "tests/hcssim/fake/fake.h"
#include "tests/unit/support/faulty_files.h"
#include "tests/unit/support/tar_builder.h"

static wcow_error err;
static fake_host *host;
static files_port *platform;
static faulty_files files;
static layer_store store;

static int start(void **state)
{
    (void)state;
    err = (wcow_error)WCOW_ERROR_INIT;
    host = fake_host_new(NULL);
    files_port_open(&platform);
    faulty_files_init(&files, platform);
    store = (layer_store){&files.port, host->storage, host->folder};
    return host ? 0 : -1;
}

static int stop(void **state)
{
    size_t volumes = scripted_volumes(host->machine);

    (void)state;
    platform->free(platform);
    return fake_host_free(host) == 0 && volumes == 0 && files.open == 0 ? 0 : -1;
}

static wcow_status import_file(const char *parent, const char *path, layer **out)
{
    size_t size;
    cleanup_free char *bytes = data_file(path, &size);
    cleanup_sha256 sha256 *hash = sha256_new();
    memory_source source;
    layer_id diff_id;
    layer_import_request request = {parent, diff_id, &source.source};

    sha256_update(hash, bytes, size);
    sha256_finish(hash, diff_id);
    memory_source_init(&source, bytes, size, 0);
    return layer_import(&store, &request, out, &err);
}

static bool is_there(const char *folder, const char *name)
{
    cleanup_free char *path = path_join(folder, name);

    return access(path, F_OK) == 0;
}

static void a_base_and_a_diff_layer_carry_a_scratch(void **state)
{
    cleanup_layer layer *base = NULL;
    cleanup_layer layer *diff = NULL;
    cleanup_layer_chain layer_chain chain = LAYER_CHAIN_INIT;
    cleanup_free char *box = path_join(host->folder, "box");
    cleanup_free char *volume = NULL;

    (void)state;
    assert_ok(&err, import_file(NULL, "data/base.tar", &base));
    assert_true(is_there(base->path, "blank.vhdx"));
    assert_true(is_there(base->path, "UtilityVM/SystemTemplate.vhdx"));
    assert_ok(&err, import_file(base->id, "data/diff.tar", &diff));
    assert_true(is_there(diff->path, "Files/app/hello.exe"));
    assert_true(is_there(diff->path, "Files/app/cmd2.exe"));
    assert_true(is_there(diff->path, "UtilityVM/Files/new.dll"));

    assert_ok(&err, layer_chain_open(&store, diff->id, &chain, &err));
    assert_ok(&err, scratch_create(&store, box, &chain, (uint64_t)20 << 30, &err));
    assert_ok(&err, scratch_mount(&store, box, &chain, &volume, &err));
    assert_true(text_starts_with(volume, "\\\\?\\Volume{"));
    assert_ok(&err, scratch_unmount(&store, box, &err));
    assert_ok(&err, scratch_destroy(&store, box, &err));
    assert_false(is_there(host->folder, "box"));
    assert_ok(&err, layer_destroy(&store, diff->id, &err));
    assert_ok(&err, layer_destroy(&store, base->id, &err));
    assert_false(is_there(base->path, ""));
}

static void a_scratch_that_a_crash_left_mounted_is_removed(void **state)
{
    cleanup_layer layer *base = NULL;
    cleanup_layer_chain layer_chain chain = LAYER_CHAIN_INIT;
    cleanup_free char *box = path_join(host->folder, "box");
    cleanup_free char *volume = NULL;

    (void)state;
    assert_ok(&err, import_file(NULL, "data/base.tar", &base));
    assert_ok(&err, layer_chain_open(&store, base->id, &chain, &err));
    assert_ok(&err, scratch_create(&store, box, &chain, 0, &err));
    assert_ok(&err, scratch_mount(&store, box, &chain, &volume, &err));
    assert_int_equal(scripted_volumes(host->machine), 1);
    assert_ok(&err, scratch_destroy(&store, box, &err));
    assert_int_equal(scripted_volumes(host->machine), 0);
    assert_false(is_there(host->folder, "box"));
}

static void a_scratch_half_mounted_is_removed(void **state)
{
    cleanup_layer layer *base = NULL;
    cleanup_layer_chain layer_chain chain = LAYER_CHAIN_INIT;
    cleanup_free char *box = path_join(host->folder, "box");

    (void)state;
    assert_ok(&err, import_file(NULL, "data/base.tar", &base));
    assert_ok(&err, layer_chain_open(&store, base->id, &chain, &err));
    assert_ok(&err, scratch_create(&store, box, &chain, 0, &err));
    assert_int_equal(host->storage->activate_layer(host->storage, box), HR_OK);
    assert_ok(&err, scratch_destroy(&store, box, &err));
    assert_int_equal(scripted_volumes(host->machine), 0);
}

static void a_scratch_that_a_crash_left_mounted_can_be_mounted_again(void **state)
{
    cleanup_layer layer *base = NULL;
    cleanup_layer_chain layer_chain chain = LAYER_CHAIN_INIT;
    cleanup_free char *box = path_join(host->folder, "box");
    cleanup_free char *volume = NULL;
    cleanup_free char *again = NULL;

    (void)state;
    assert_ok(&err, import_file(NULL, "data/base.tar", &base));
    assert_ok(&err, layer_chain_open(&store, base->id, &chain, &err));
    assert_ok(&err, scratch_create(&store, box, &chain, 0, &err));
    assert_ok(&err, scratch_mount(&store, box, &chain, &volume, &err));
    scratch_release(&store, box);
    assert_ok(&err, scratch_mount(&store, box, &chain, &again, &err));
    assert_ok(&err, scratch_unmount(&store, box, &err));
    assert_ok(&err, scratch_destroy(&store, box, &err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_base_and_a_diff_layer_carry_a_scratch, start, stop),
        cmocka_unit_test_setup_teardown(a_scratch_that_a_crash_left_mounted_is_removed, start,
                                        stop),
        cmocka_unit_test_setup_teardown(a_scratch_half_mounted_is_removed, start, stop),
        cmocka_unit_test_setup_teardown(a_scratch_that_a_crash_left_mounted_can_be_mounted_again,
                                        start, stop),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
