/* SPDX-License-Identifier: MIT */
/* Tars made in memory. */
#include "tests/unit/support/tar_builder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK    512u
#define CHECKSUM 148u
#define TYPE     156u
#define LINK     157u
#define SIZE     124u
#define TIME     136u
#define MAGIC    257u

void tar_fix_checksum(text *tar, size_t offset)
{
    unsigned char *header = (unsigned char *)tar->data + offset;
    unsigned sum = 0;

    memset(header + CHECKSUM, ' ', 8);
    for (size_t i = 0; i < BLOCK; i++)
        sum += header[i];
    snprintf((char *)header + CHECKSUM, 8, "%06o", sum);
}

static void pad(text *tar)
{
    while (tar->length % BLOCK != 0)
        text_add_char(tar, 0);
}

void tar_add(text *tar, char type, const char *name, const char *link, const void *content,
             size_t size)
{
    size_t offset = tar->length;
    char header[BLOCK] = {0};

    strncpy(header, name, 100);
    memcpy(header + 100, "0000644", 8);
    snprintf(header + SIZE, 12, "%011zo", size);
    memcpy(header + TIME, "14266560000", 12);
    header[TYPE] = type;
    strncpy(header + LINK, link, 100);
    memcpy(header + MAGIC,
           "ustar\0"
           "00",
           8);
    text_add_bytes(tar, header, sizeof(header));
    tar_fix_checksum(tar, offset);
    text_add_bytes(tar, content, size);
    pad(tar);
}

void tar_add_file(text *tar, const char *name, const char *content)
{
    tar_add(tar, '0', name, "", content, strlen(content));
}

void tar_add_directory(text *tar, const char *name)
{
    tar_add(tar, '5', name, "", "", 0);
}

/* The length counts its own digits. */
static void add_record(text *out, const char *record)
{
    size_t length = strlen(record) + 2;
    char digits[24];

    for (;;) {
        int count = snprintf(digits, sizeof(digits), "%zu", length);

        if (length == strlen(record) + 2 + (size_t)count)
            break;
        length = strlen(record) + 2 + (size_t)count;
    }
    text_addf(out, "%s %s\n", digits, record);
}

void tar_add_pax(text *tar, char type, const char *const *records)
{
    cleanup_text text content = TEXT_INIT;

    for (; *records; records++)
        add_record(&content, *records);
    tar_add(tar, type, "PaxHeaders/x", "", text_get(&content), content.length);
}

void tar_end(text *tar)
{
    static const char zeros[2 * BLOCK];

    text_add_bytes(tar, zeros, sizeof(zeros));
}

static wcow_status read_memory(void *context, void *buffer, size_t size, size_t *got,
                               wcow_error *err)
{
    memory_source *self = context;
    size_t left = self->size - self->position;

    (void)err;
    if (buffer != self->lent) {
        free(self->lent);
        self->lent = NULL;
    }
    if (size > left)
        size = left;
    if (self->piece && size > self->piece)
        size = self->piece;
    if (size > 0)
        memcpy(buffer, self->bytes + self->position, size);
    self->position += size;
    *got = size;
    return WCOW_OK;
}

void memory_source_init(memory_source *self, const void *bytes, size_t size, size_t piece)
{
    *self = (memory_source){{.read = read_memory, .context = self}, bytes, size, 0, piece, NULL};
}

/* In a block of its own each time, so that a sanitizer sees who uses what was given back. */
static wcow_status lend_memory(void *context, const void **bytes, size_t *size, wcow_error *err)
{
    memory_source *self = context;
    size_t most = self->piece ? self->piece : self->size + 1;

    free(self->lent);
    self->lent = malloc(most);
    *bytes = self->lent;
    return read_memory(self, self->lent, most, size, err);
}

void memory_source_init_lending(memory_source *self, const void *bytes, size_t size, size_t piece)
{
    memory_source_init(self, bytes, size, piece);
    self->source.lend = lend_memory;
}

void memory_source_free(memory_source *self)
{
    free(self->lent);
}

char *data_file(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    cleanup_text text content = TEXT_INIT;
    char buffer[4096];
    size_t got;

    if (!file) {
        fprintf(stderr, "cannot open %s\n", path);
        abort();
    }
    while ((got = fread(buffer, 1, sizeof(buffer), file)) > 0)
        text_add_bytes(&content, buffer, got);
    fclose(file);
    *size = content.length;
    return text_take(&content);
}
