/* SPDX-License-Identifier: MIT */
/* What tests of pulls and pushes share. */
#include "tests/unit/image/transfer_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/path.h"
#include "image/store/blob.h"

fake_registry *there;
image_reference *pushed;
uint64_t chunk;
image_store target;
image_choice choice;
image_taker *finish_pull;

static char *target_root;
static registry_settings settings;
static registry_context context;
static progress_sink progress;

int start_transfers(void **state)
{
    cleanup_free char *tags = NULL;
    cleanup_free char *name = NULL;

    (void)start(state);
    setenv("DOCKER_CONFIG", root, 1); /* where there is none */
    there = fake_registry_new();
    name = text_format("%s/x:1", there->host);
    tags = text_format("[\"%s\"]", name);
    load_docker(tags);
    assert_ok(&err, reference_parse(name, &pushed, &err));
    settings = (registry_settings)REGISTRY_SETTINGS_INIT;
    context = (registry_context){
        .files = &files.port, .root = root, .settings = &settings, .pauses = {0, 2}};
    assert_ok(&err, progress_open(&progress, NULL, NULL, &err));
    chunk = SEND_CHUNK;
    choice = (image_choice){.architecture = "amd64"};
    finish_pull = NULL;
    target = (image_store){&files.port, NULL};
    fresh_target();
    return 0;
}

int start_pulls(void **state)
{
    (void)start_transfers(state);
    assert_ok(&err, push());
    assert_true(registry_is_complete());
    fake_registry_restart_journal(there);
    return 0;
}

int stop_transfers(void **state)
{
    fake_registry_free(there);
    reference_free(pushed);
    pushed = NULL;
    registry_settings_clear(&settings);
    progress_close(&progress);
    remove_tree(target_root);
    free(target_root);
    target_root = NULL;
    unsetenv("DOCKER_CONFIG");
    return stop(state);
}

void fresh_target(void)
{
    if (target_root)
        remove_tree(target_root);
    free(target_root);
    target_root = make_temporary_folder();
    target.root = target_root;
}

registry *open_registry(void)
{
    registry *r = NULL;

    err = (wcow_error)WCOW_ERROR_INIT;
    assert_ok(&err, registry_open(&context, &(registry_target){.host = there->host, .path = "x"},
                                  &r, &err));
    return r;
}

void add_mirror(const char *url)
{
    assert_true(string_list_add(&settings.mirrors, url));
}

wcow_status push(void)
{
    const send_request request = {.store = &store,
                                  .registry = &context,
                                  .reference = pushed,
                                  .progress = &progress,
                                  .chunk = chunk};
    send_result result = {"", 0};

    err = (wcow_error)WCOW_ERROR_INIT;
    return image_send(&request, &result, &err);
}

wcow_status pull(fetch_result *out)
{
    const fetch_request request = {.store = &target,
                                   .registry = &context,
                                   .reference = pushed,
                                   .choice = choice,
                                   .finish = finish_pull,
                                   .progress = &progress};
    fetch_result unused = {"", false};

    err = (wcow_error)WCOW_ERROR_INIT;
    return image_fetch(&request, out ? out : &unused, &err);
}

static char *path_of_blobs(const image_store *which)
{
    cleanup_free char *images = path_join(which->root, "images");
    cleanup_free char *blobs_folder = path_join(images, "blobs");

    return path_join(blobs_folder, "sha256");
}

size_t sound_blobs(const image_store *which)
{
    cleanup_free char *folder = path_of_blobs(which);
    cleanup_strings string_list names = STRING_LIST_INIT;
    const image_store plain = {platform, which->root};

    (void)platform->list(platform, folder, &names);
    for (size_t i = 0; i < names.count; i++) {
        cleanup_free char *digest = text_format("sha256:%s", names.items[i]);
        cleanup_free char *bytes = NULL;
        size_t size = 0;

        assert_ok(&err, blob_read(&plain, digest, IMAGE_JSON_LIMIT, &bytes, &size, &err));
    }
    return names.count;
}

bool registry_is_complete(void)
{
    cleanup_free char *folder = path_of_blobs(&store);
    cleanup_strings string_list names = STRING_LIST_INIT;

    (void)platform->list(platform, folder, &names);
    for (size_t i = 0; i < names.count; i++) {
        cleanup_free char *digest = text_format("sha256:%s", names.items[i]);

        if (!fake_registry_find(there, digest))
            return false;
    }
    return names.count > 0 && fake_registry_find(there, "1") != NULL;
}
