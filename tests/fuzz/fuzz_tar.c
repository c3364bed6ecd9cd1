/* SPDX-License-Identifier: MIT */
/* Layers as they come from strangers: compressed or not, tar, PAX, and what they become. */
#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "base/text.h"
#include "layer/backup/backup_stream.h"
#include "layer/backup/entry.h"
#include "layer/codec/decompress.h"
#include "layer/store/name.h"
#include "layer/tar/tar.h"

/* A bomb is not a fault of the parser, but it would stop the fuzzer. */
#define MOST_CONTENT ((size_t)4 << 20)

static void read_content(tar_reader *reader)
{
    char buffer[512];
    size_t got = 1;

    for (size_t total = 0; got > 0 && total < MOST_CONTENT; total += got)
        if (tar_read(reader, buffer, sizeof(buffer), &got, NULL) != WCOW_OK)
            return;
}

/* What was encoded can be read back, all of it. */
static void read_back(const text *stream)
{
    fuzz_input input = {
        .bytes = (const uint8_t *)text_get(stream), .left = stream->length, .piece = 4096};
    byte_source source = fuzz_source(&input);
    cleanup_backup_reader backup_reader *reader = backup_reader_new(&source);
    const backup_header *header = NULL;

    FUZZ_CHECK(reader);
    do
        FUZZ_CHECK(backup_next(reader, &header, NULL) == WCOW_OK);
    while (header);
}

static void use_entry(const tar_entry *entry)
{
    cleanup_text text stream = TEXT_INIT;
    cleanup_free char *name = NULL;
    basic_info info;

    FUZZ_CHECK(entry->name && entry->link);
    FUZZ_CHECK(entry->kind == TAR_FILE || entry->size == 0);
    if (layer_name(entry->name, &name, NULL) == WCOW_OK)
        FUZZ_CHECK(name);
    if (entry_basic_info(entry, &info, NULL) != WCOW_OK ||
        backup_encode(entry, &stream, NULL) != WCOW_OK)
        return;
    if (entry->size == 0) /* else the contents are still to come */
        read_back(&stream);
}

static void read_entries(const byte_source *source)
{
    cleanup_tar_reader tar_reader *reader = tar_reader_new(source);
    const tar_entry *entry;

    FUZZ_CHECK(reader);
    for (int i = 0; i < 1000 && tar_next(reader, &entry, NULL) == WCOW_OK && entry; i++) {
        use_entry(entry);
        if (i % 2 == 0)
            read_content(reader);
    }
}

/* As an import does: what is decompressed is lent, and so is what is read of it. */
static void read_layer(const uint8_t *data, size_t size)
{
    fuzz_input input = {.bytes = data, .left = size, .piece = 700};
    byte_source source = fuzz_lender(&input);
    cleanup_decompressor decompressor *plain = NULL;

    if (decompressor_new(&source, &plain, NULL) == WCOW_OK)
        read_entries(decompressor_source(plain));
    input = (fuzz_input){.bytes = data, .left = size, .piece = 700};
    read_entries(&source);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *copy = malloc(size ? size : 1);

    FUZZ_CHECK(copy);
    if (size > 0)
        memcpy(copy, data, size);
    read_layer(copy, size);
    fuzz_mend_tar(copy, size);
    read_layer(copy, size);
    free(copy);
    return 0;
}
