/* SPDX-License-Identifier: MIT */
/*
 * Image archives as they come from strangers. Whatever is in one: it is loaded, or nothing of it is
 * listed; and nothing is written but in the store.
 */
#include "tests/fuzz/fuzz.h"

#include <ftw.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/text.h"
#include "image/archive/archive.h"

static int remove_one(const char *path, const struct stat *node, int kind, struct FTW *where)
{
    (void)node;
    (void)kind;
    (void)where;
    return remove(path);
}

/* A folder with nothing in it but the store's root. */
static void make_root(char *folder, size_t size, char *root)
{
    /* In memory, if there is such a place: the store flushes each file to the disk. */
    const char *temporary = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";

    FUZZ_CHECK(snprintf(folder, size, "%s/fuzz-archive-XXXXXX", temporary) < (int)size);
    FUZZ_CHECK(mkdtemp(folder));
    FUZZ_CHECK(snprintf(root, size, "%s/root", folder) < (int)size);
    FUZZ_CHECK(mkdir(root, 0700) == 0);
}

static void load(const image_store *store, const uint8_t *data, size_t size)
{
    fuzz_input input = {.bytes = data, .left = size, .piece = 3000};
    byte_source source = fuzz_source(&input);
    cleanup_loaded_images loaded_images loaded = LOADED_IMAGES_INIT;
    cleanup_image_records image_records records = IMAGE_RECORDS_INIT;
    wcow_error err = WCOW_ERROR_INIT;
    wcow_status status = archive_load(store, &source, NULL, &loaded, NULL, &err);

    FUZZ_CHECK((status == WCOW_OK) == (loaded.count > 0));
    FUZZ_CHECK(status == WCOW_OK || err.message[0]);
    FUZZ_CHECK(image_store_list(store, &records, &err) == WCOW_OK);
    FUZZ_CHECK(status == WCOW_OK ? records.count >= 1 : records.count == 0);
}

/* How many things there are beside the root. */
static int others;

static int count_others(const char *path, const struct stat *node, int kind, struct FTW *where)
{
    (void)node;
    (void)kind;
    others += where->level == 1 && strcmp(path + where->base, "root") != 0;
    return 0;
}

static void load_into_new_store(const uint8_t *data, size_t size)
{
    char folder[1024];
    char root[1024];
    image_store store = {NULL, root};

    make_root(folder, sizeof(folder), root);
    FUZZ_CHECK(HR_SUCCEEDED(files_port_open(&store.files)));
    load(&store, data, size);
    others = 0;
    nftw(folder, count_others, 8, FTW_PHYS);
    FUZZ_CHECK(others == 0);
    store.files->free(store.files);
    nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *copy = malloc(size ? size : 1);

    FUZZ_CHECK(copy);
    if (size > 0)
        memcpy(copy, data, size);
    fuzz_mend_tar(copy, size);
    load_into_new_store(copy, size);
    free(copy);
    return 0;
}
