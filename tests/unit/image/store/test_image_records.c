/* SPDX-License-Identifier: MIT */
/* Entries of index.json that other tools have written. */
#include "tests/unit/image/store_fixture.h"

#include <string.h>

#include "base/error.h"
#include "base/path.h"

/* Points the only entry at an index of these manifests, as tools write it that note no choice. */
static void make_entry_an_index(const char *const *digests, size_t count)
{
    cleanup_free char *path = path_join(root, "images/index.json");
    cleanup_text text index = TEXT_INIT;
    cleanup_text text entries = TEXT_INIT;
    cleanup_free char *blob = NULL;
    char digest[DIGEST_SIZE];

    text_addf(&index,
              "{\"schemaVersion\":2,\"manifests\":[{\"digest\":\"%s\",\"size\":2,"
              "\"platform\":{\"os\":\"linux\",\"architecture\":\"amd64\"}}",
              digests[0]);
    for (size_t i = 0; i < count; i++)
        text_addf(&index,
                  ",{\"digest\":\"%s\",\"size\":2,\"platform\":{\"os\":\"windows\","
                  "\"architecture\":\"amd64\"}}",
                  digests[i]);
    text_add(&index, "]}");
    digest_of(index.data, index.length, digest);
    blob = text_format("%s/images/blobs/sha256/%s", root, digest + strlen("sha256:"));
    assert_int_equal(platform->replace(platform, blob, index.data, index.length), 0);
    text_addf(&entries,
              "{\"schemaVersion\":2,\"manifests\":[{\"mediaType\":\"%s\",\"digest\":\"%s\","
              "\"size\":%zu,\"annotations\":{\"io.containerd.image.name\":"
              "\"docker.io/library/x:1\"}}]}",
              MEDIA_OCI_INDEX, digest, index.length);
    assert_int_equal(platform->replace(platform, path, entries.data, entries.length), 0);
}

static void of_an_index_without_a_choice_the_image_that_is_here_is_taken(void **state)
{
    static const char absent[] =
        "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    cleanup_text text oci = TEXT_INIT;
    cleanup_loaded_images loaded_images loaded = LOADED_IMAGES_INIT;
    cleanup_image image *there = NULL;
    cleanup_image image *missing = NULL;

    (void)state;
    oci_archive(&oci, "windows", ",\"annotations\":{\"io.containerd.image.name\":\"x:1\"}",
                "the layer");
    assert_ok(&err, load(&oci, &loaded));

    const char *const digests[] = {absent, loaded.items[0].descriptor.digest};

    make_entry_an_index(digests, 2);
    assert_ok(&err, image_store_open(&store, "x:1", &there, &err));
    assert_string_equal(there->record.id, loaded.items[0].id);
    assert_string_equal(there->record.descriptor.digest, digests[1]);
    make_entry_an_index(digests, 1);
    assert_int_equal(image_store_open(&store, "x:1", &missing, &err), WCOW_NOT_FOUND);
    assert_string_equal(err.message, "No such image: x:1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            of_an_index_without_a_choice_the_image_that_is_here_is_taken, start, stop),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
