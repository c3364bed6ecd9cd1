/* SPDX-License-Identifier: MIT */
/* Decompression of layer blobs. */
#include "layer/codec/decompress.h"

#include <string.h>

#include "base/error.h"
#include "layer/codec/codec.h"

#define INPUT_SIZE (256u * 1024)

struct decompressor {
    byte_source source;
    const byte_source *from;
    codec *codec;              /* NULL: plain */
    const unsigned char *next; /* what was read and not used: here, */
    size_t left;               /* so many bytes */
    bool input_ended;
    bool between_members; /* the input may end here */
    unsigned char input[INPUT_SIZE];
};

/* Reads more input when all is used. */
static wcow_status fill(decompressor *d, wcow_error *err)
{
    const void *bytes = NULL;
    size_t got = 0;
    wcow_status status = source_next(d->from, d->input, INPUT_SIZE, &bytes, &got, err);

    if (status)
        return status;
    d->next = got > 0 ? bytes : d->input; /* libraries get no NULL, even for nothing */
    d->left = got;
    d->input_ended = got == 0;
    return WCOW_OK;
}

/* Reads so many bytes, of which the format is chosen, or fewer at the input's end. */
static wcow_status read_first(decompressor *d, size_t count, wcow_error *err)
{
    d->next = d->input;
    while (d->left < count && !d->input_ended) {
        size_t got = 0;
        wcow_status status =
            source_read(d->from, d->input + d->left, INPUT_SIZE - d->left, &got, err);

        if (status)
            return status;
        d->left += got;
        d->input_ended = got == 0;
    }
    return WCOW_OK;
}

/* What may follow a member: nothing, another one, or zeros (tapes, padded files). */
static void skip_padding(decompressor *d)
{
    while (d->between_members && d->left > 0 && *d->next == 0) {
        d->next++;
        d->left--;
    }
}

static wcow_status damaged(const decompressor *d, const char *how, wcow_error *err)
{
    return error_set(err, WCOW_CORRUPT, "the %s data is %s", d->codec->name, how);
}

/* Makes sure that there is input, unless it ended. */
static wcow_status ensure_input(decompressor *d, wcow_error *err)
{
    skip_padding(d);
    while (d->left == 0 && !d->input_ended) {
        wcow_status status = fill(d, err);

        if (status)
            return status;
        skip_padding(d);
    }
    return WCOW_OK;
}

static wcow_status read_compressed(void *context, void *buffer, size_t size, size_t *got,
                                   wcow_error *err)
{
    decompressor *d = context;
    codec_step step = {NULL, 0, buffer, size, false, false};

    while (step.out_size == size) {
        wcow_status status = ensure_input(d, err);
        size_t before;

        if (status)
            return status;
        if (d->left == 0 && d->between_members)
            break;
        before = d->left;
        step.in = d->next;
        step.in_size = before;
        if (!d->codec->step(d->codec, &step))
            return damaged(d, "damaged", err);
        d->next += before - step.in_size;
        d->left = step.in_size;
        d->between_members = step.member_done;
        if (before == 0 && step.out_size == size && !step.member_done)
            return damaged(d, "cut off", err);
    }
    *got = size - step.out_size;
    return WCOW_OK;
}

static wcow_status read_plain(void *context, void *buffer, size_t size, size_t *got,
                              wcow_error *err)
{
    decompressor *d = context;

    if (d->left == 0)
        return source_read(d->from, buffer, size, got, err);
    if (size > d->left)
        size = d->left;
    memcpy(buffer, d->next, size);
    d->next += size;
    d->left -= size;
    *got = size;
    return WCOW_OK;
}

/* A zstd file may begin with a frame of notes, of which there are sixteen kinds (RFC 8878, 3.1.2).
 */
static const struct {
    unsigned char magic[4];
    size_t length;
    unsigned char first_mask; /* what counts of the first byte */
    codec *(*make)(void);
} formats[] = {
    {{0x1f, 0x8b, 0x08}, 3, 0xff, codec_gzip_new},
    {{0x28, 0xb5, 0x2f, 0xfd}, 4, 0xff, codec_zstd_new},
    {{0x50, 0x2a, 0x4d, 0x18}, 4, 0xf0, codec_zstd_new},
};

static bool begins_with(const decompressor *d, size_t format)
{
    const unsigned char *magic = formats[format].magic;
    size_t length = formats[format].length;

    return d->left >= length && (d->next[0] & formats[format].first_mask) == magic[0] &&
           memcmp(d->next + 1, magic + 1, length - 1) == 0;
}

static wcow_status choose(decompressor *d, wcow_error *err)
{
    for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
        if (!begins_with(d, i))
            continue;
        d->codec = formats[i].make();
        if (!d->codec)
            return error_no_memory(err);
        d->source.read = read_compressed;
        return WCOW_OK;
    }
    return WCOW_OK;
}

wcow_status decompressor_new(const byte_source *source, decompressor **out, wcow_error *err)
{
    cleanup_decompressor decompressor *d = malloc(sizeof(*d));
    wcow_status status;

    if (!d)
        return error_no_memory(err);
    /* Not the input: untouched, it takes no memory. */
    memset(d, 0, offsetof(decompressor, input));
    d->source = (byte_source){.read = read_plain, .context = d};
    d->from = source;
    status = read_first(d, sizeof(formats[0].magic), err);
    if (!status)
        status = choose(d, err);
    if (status)
        return status;
    *out = TAKE(d);
    return WCOW_OK;
}

const byte_source *decompressor_source(decompressor *d)
{
    return &d->source;
}

void decompressor_free(decompressor *d)
{
    if (!d)
        return;
    if (d->codec)
        d->codec->free(d->codec);
    free(d);
}
