/* SPDX-License-Identifier: MIT */
/*
 * The whole importer: layers as they come from strangers become layers of a store, each upon those
 * before it, on a disk in memory. Whatever is in them: a layer is there whole, or nothing is; all
 * is closed; and when the layers are destroyed, nothing is left.
 *
 * An input is several archives, one after another; a block that begins with "--layer--" comes
 * between two.
 */
#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "layer/import/layer_import.h"
#include "layer/store/layer.h"
#include "port/hash.h"
#include "tests/fuzz/memory_files.h"

#define BLOCK       512u
#define LAYERS_MOST 4u

static const char border[] = "--layer--";

/* ---- a service ---- */

typedef struct memory_storage {
    storage_port port;
    memory_files *files;
} memory_storage;

static int32_t name_to_guid(storage_port *port, const char *name, guid *out)
{
    (void)port;
    memset(out, 0, sizeof(*out));
    memcpy(out->bytes, name, strnlen(name, sizeof(out->bytes)));
    return HR_OK;
}

static int32_t import_layer(storage_port *port, const char *path, const char *folder,
                            const layer_descriptor *parents, size_t count)
{
    memory_files *files = ((memory_storage *)port)->files;

    (void)parents;
    FUZZ_CHECK(count > 0);
    memory_files_move(files, folder, path, "Files");
    memory_files_move(files, folder, path, "Hives");
    return HR_OK;
}

static int32_t destroy_layer(storage_port *port, const char *path)
{
    memory_files_remove(((memory_storage *)port)->files, path);
    return HR_OK;
}

/* As the service does: without Files there is no base layer. */
static int32_t process_base_image(storage_port *port, const char *path)
{
    cleanup_free char *files = text_format("%s/Files", path);

    FUZZ_CHECK(files);
    return memory_files_count(((memory_storage *)port)->files, files) ? HR_OK : HR_PATH_NOT_FOUND;
}

static int32_t process_utility_image(storage_port *port, const char *path)
{
    FUZZ_CHECK(memory_files_count(((memory_storage *)port)->files, path) > 0);
    return HR_OK;
}

/* ---- imports ---- */

typedef struct stack {
    layer_store store;
    memory_files files;
    memory_storage storage;
    layer *layers[LAYERS_MOST]; /* imported */
    size_t count;
} stack;

static wcow_status import_archive(const stack *s, const uint8_t *data, size_t size, layer **out,
                                  wcow_error *err)
{
    cleanup_sha256 sha256 *hash = sha256_new();
    fuzz_input input = {.bytes = data, .left = size, .piece = 3000};
    byte_source source = fuzz_source(&input);
    layer_id diff_id;
    layer_import_request request = {NULL, diff_id, &source};

    FUZZ_CHECK(hash);
    sha256_update(hash, data, size);
    sha256_finish(hash, diff_id);
    if (s->count > 0)
        request.parent = s->layers[s->count - 1]->id;
    return layer_import(&s->store, &request, out, err);
}

static void add_layer(stack *s, const uint8_t *data, size_t size)
{
    const size_t before = memory_files_count(&s->files, "/root/layers");
    wcow_error err = WCOW_ERROR_INIT;
    layer *l = NULL;
    wcow_status status = import_archive(s, data, size, &l, &err);

    FUZZ_CHECK((status == WCOW_OK) == (l != NULL));
    FUZZ_CHECK(s->files.open == 0);
    if (l) {
        s->layers[s->count++] = l;
        return;
    }
    FUZZ_CHECK(err.message[0] && err.status == status);
    FUZZ_CHECK(memory_files_count(&s->files, "/root/layers") == (before ? before : 1));
}

static void destroy_all(stack *s)
{
    while (s->count > 0) {
        layer *l = s->layers[--s->count];

        FUZZ_CHECK(layer_destroy(&s->store, l->id, NULL) == WCOW_OK);
        layer_free(l);
    }
    FUZZ_CHECK(memory_files_count(&s->files, "/root/layers") <= 1);
}

/* Where the archive ends that begins the data. */
static size_t archive_size(const uint8_t *data, size_t size)
{
    for (size_t at = 0; at < size; at += BLOCK)
        if (size - at >= sizeof(border) - 1 && memcmp(data + at, border, sizeof(border) - 1) == 0)
            return at;
    return size;
}

static void import_all(const uint8_t *data, size_t size)
{
    stack s = {.storage = {.port = {.name_to_guid = name_to_guid,
                                    .import_layer = import_layer,
                                    .destroy_layer = destroy_layer,
                                    .process_base_image = process_base_image,
                                    .process_utility_image = process_utility_image}}};

    memory_files_init(&s.files);
    s.storage.files = &s.files;
    s.store = (layer_store){&s.files.port, &s.storage.port, "/root"};
    for (size_t i = 0; i < LAYERS_MOST && size > 0; i++) {
        size_t length = archive_size(data, size);
        size_t passed = size - length < BLOCK ? size : length + BLOCK;

        add_layer(&s, data, length);
        data += passed;
        size -= passed;
    }
    destroy_all(&s);
    memory_files_clear(&s.files);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *copy = malloc(size ? size : 1);

    FUZZ_CHECK(copy);
    if (size > 0)
        memcpy(copy, data, size);
    fuzz_mend_tar(copy, size);
    import_all(copy, size);
    free(copy);
    return 0;
}
