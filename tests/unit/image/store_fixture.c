/* SPDX-License-Identifier: MIT */
/* What tests of the image store share. */
#include "tests/unit/image/store_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/path.h"
#include "port/hash.h"

wcow_error err;
files_port *platform;
faulty_files files;
char *root;
image_store store;

int start(void **state)
{
    (void)state;
    err = (wcow_error)WCOW_ERROR_INIT;
    files_port_open(&platform);
    faulty_files_init(&files, platform);
    root = make_temporary_folder();
    store = (image_store){&files.port, root};
    return 0;
}

int stop(void **state)
{
    (void)state;
    remove_tree(root);
    free(root);
    platform->free(platform);
    return files.open == 0 ? 0 : -1;
}

void digest_of(const char *bytes, size_t size, char out[DIGEST_SIZE])
{
    cleanup_sha256 sha256 *hash = sha256_new();

    memcpy(out, "sha256:", 7);
    sha256_update(hash, bytes, size);
    sha256_finish(hash, out + 7);
}

void config_for(text *out, const char *os, const char *const *layers)
{
    char digest[DIGEST_SIZE];

    text_addf(out, "{\"architecture\":\"amd64\",\"os\":\"%s\",\"rootfs\":{\"type\":\"layers\",",
              os);
    text_add(out, "\"diff_ids\":[");
    for (size_t i = 0; layers[i]; i++) {
        digest_of(layers[i], strlen(layers[i]), digest);
        text_addf(out, "%s\"%s\"", i ? "," : "", digest);
    }
    text_add(out, "]}}");
}

/* What `docker save` makes: manifest.json, config, layers (the second through a link). */
void docker_archive(text *tar, const char *os, const char *tags)
{
    static const char *const layers[] = {"layer one", "layer two", NULL};
    cleanup_text text config = TEXT_INIT;
    cleanup_text text manifest = TEXT_INIT;

    config_for(&config, os, layers);
    text_addf(&manifest,
              "[{\"Config\":\"config.json\",\"RepoTags\":%s,"
              "\"Layers\":[\"1/layer.tar\",\"2/layer.tar\"]}]",
              tags);
    tar_add_directory(tar, "1/");
    tar_add_file(tar, "1/layer.tar", layers[0]);
    tar_add(tar, '2', "2/layer.tar", "../real/layer.tar", "", 0);
    tar_add_file(tar, "real/layer.tar", layers[1]);
    tar_add_file(tar, "config.json", config.data);
    tar_add_file(tar, "manifest.json", manifest.data);
    tar_end(tar);
}

void add_blob(text *tar, const char *content, char digest[DIGEST_SIZE])
{
    char name[100];

    digest_of(content, strlen(content), digest);
    snprintf(name, sizeof(name), "blobs/sha256/%s", digest + 7);
    tar_add_file(tar, name, content);
}

/* An OCI layout; the layer's blob is `content`, its name in the archive tells `claimed`. */
void oci_archive(text *tar, const char *os, const char *annotations, const char *content)
{
    static const char *const layers[] = {"the layer", NULL};
    cleanup_text text config = TEXT_INIT;
    cleanup_text text manifest = TEXT_INIT;
    cleanup_text text index = TEXT_INIT;
    char layer_digest[DIGEST_SIZE];
    char digest[DIGEST_SIZE];
    char name[100];

    digest_of(layers[0], strlen(layers[0]), layer_digest);
    if (content) {
        snprintf(name, sizeof(name), "blobs/sha256/%s", layer_digest + 7);
        tar_add_file(tar, name, content);
    }
    config_for(&config, os, layers);
    add_blob(tar, config.data, digest);
    text_addf(&manifest, "{\"schemaVersion\":2,\"config\":{\"digest\":\"%s\",\"size\":%zu},",
              digest, config.length);
    text_addf(&manifest, "\"layers\":[{\"digest\":\"%s\",\"size\":%zu}]}", layer_digest,
              strlen(layers[0]));
    add_blob(tar, manifest.data, digest);
    text_addf(&index,
              "{\"schemaVersion\":2,\"manifests\":[{\"mediaType\":\"%s\",\"digest\":\"%s\","
              "\"size\":%zu%s}]}",
              MEDIA_OCI_MANIFEST, digest, manifest.length, annotations);
    tar_add_file(tar, "oci-layout", "{\"imageLayoutVersion\":\"1.0.0\"}");
    tar_add_file(tar, "index.json", index.data);
    tar_end(tar);
}

wcow_status load(const text *tar, loaded_images *out)
{
    memory_source source;

    memory_source_init(&source, text_get(tar), tar->length, 0);
    return archive_load(&store, &source.source, NULL, out, NULL, &err);
}

void load_docker(const char *tags)
{
    cleanup_text text tar = TEXT_INIT;
    cleanup_loaded_images loaded_images loaded = LOADED_IMAGES_INIT;

    docker_archive(&tar, "windows", tags);
    assert_ok(&err, load(&tar, &loaded));
    assert_int_equal(loaded.count, 1);
}

size_t files_in(const char *folder)
{
    cleanup_free char *path = path_join(root, folder);
    cleanup_strings string_list names = STRING_LIST_INIT;

    platform->list(platform, path, &names);
    return names.count;
}

size_t blobs(void)
{
    return files_in("images/blobs/sha256");
}
