/* SPDX-License-Identifier: MIT */
/*
 * Odd layers are read as everyone else reads them: data/odd.tar.gz holds the tars, data/odd.json
 * what the field's reference (go-winio's backuptar on Go's archive/tar) makes of each, or null
 * where it refuses. data/make-odd made them.
 *
 * Not among them is what we do otherwise on purpose. We refuse: an archive that ends after an
 * extended header (it was cut), a target of a link that is longer than a reparse point can hold.
 * We expand sparse files of GNU's old form ('S'), which the reference restores as empty files. And
 * global extended headers hold for what follows, as POSIX has it; to the reference they are files.
 */
#include "tests/unit/status.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "layer/codec/decompress.h"
#include "layer/import/layer_listing.h"
#include "layer/tar/tar.h"
#include "tests/unit/support/tar_builder.h"

static wcow_error err;

/* What is wrong with an entry, or NULL. */
static const char *difference(const listed_entry *e, const cJSON *expected)
{
    const struct {
        const char *member;
        uint64_t value;
    } numbers[] = {
        {"size", e->size},
        {"fileAttributes", e->info.attributes},
        {"creationTime", e->info.creation},
        {"lastAccessTime", e->info.access},
        {"lastWriteTime", e->info.write},
        {"changeTime", e->info.change},
        {"backupStreamLength", e->stream_length},
    };

    if (!expected)
        return "is not expected";
    if (strcmp(e->name, json_text(expected, "name", "")) != 0)
        return "has another name";
    if (strcmp(e->hard_link ? e->hard_link : "", json_text(expected, "hardLink", "")) != 0)
        return "links elsewhere";
    if (e->whiteout != json_bool(expected, "whiteout", false))
        return "is a whiteout, or none";
    if (strcmp(e->stream_sha256, json_text(expected, "backupStreamSha256", "")) != 0)
        return "has another stream";
    /* Exact to what a JSON number keeps. */
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
        if (json_member(expected, numbers[i].member)->valuedouble != (double)numbers[i].value)
            return numbers[i].member;
    return NULL;
}

static wcow_status compare(void *context, const listed_entry *e, wcow_error *error)
{
    const cJSON **expected = context;
    const char *wrong = difference(e, *expected);

    if (wrong)
        return error_set(error, WCOW_INVALID, "'%s' %s", e->name, wrong);
    *expected = (*expected)->next;
    return WCOW_OK;
}

/* Whether the layer is read as expected; prints how it is not. */
static bool check(const char *name, const cJSON *expected, const char *bytes, size_t size)
{
    const cJSON *next = expected ? expected->child : NULL;
    memory_source source;
    wcow_status status;

    memory_source_init(&source, bytes, size, 0);
    status = layer_list_entries(&source.source, compare, &next, &err);
    if (!expected) {
        print_error("%s: nothing is known of it\n", name);
        return false;
    }
    if (cJSON_IsNull(expected)) {
        /* What it has before the bad place is told all the same, and not compared. */
        if (status != WCOW_CORRUPT && status != WCOW_INVALID)
            print_error("%s: is not refused\n", name);
        return status == WCOW_CORRUPT || status == WCOW_INVALID;
    }
    if (status || next)
        print_error("%s: %s\n", name, status ? err.message : "lacks an entry");
    return !status && !next;
}

static char *read_entry(tar_reader *reader, const tar_entry *entry)
{
    char *bytes = malloc(entry->size + 1);
    size_t filled = 0;
    size_t got = 1;

    assert_non_null(bytes);
    while (got > 0) {
        assert_ok(&err, tar_read(reader, bytes + filled, entry->size - filled, &got, &err));
        filled += got;
    }
    assert_int_equal(filled, entry->size);
    return bytes;
}

static void odd_layers_are_read_as_the_reference_reads_them(void **state)
{
    size_t size;
    size_t json_size;
    cleanup_free char *archive = data_file("data/odd.tar.gz", &size);
    cleanup_free char *vectors = data_file("data/odd.json", &json_size);
    cleanup_json cJSON *json = NULL;
    cleanup_decompressor decompressor *plain = NULL;
    cleanup_tar_reader tar_reader *reader = NULL;
    const tar_entry *entry = NULL;
    memory_source source;
    int count = 0;
    int wrong = 0;

    (void)state;
    assert_ok(&err, json_parse(vectors, json_size, "odd.json", &json, &err));
    memory_source_init(&source, archive, size, 0);
    assert_ok(&err, decompressor_new(&source.source, &plain, &err));
    reader = tar_reader_new(decompressor_source(plain));
    assert_non_null(reader);
    for (;; count++) {
        cleanup_free char *bytes = NULL;

        assert_ok(&err, tar_next(reader, &entry, &err));
        if (!entry)
            break;
        bytes = read_entry(reader, entry);
        wrong += !check(entry->name, json_member(json, entry->name), bytes, entry->size);
    }
    assert_int_equal(wrong, 0);
    assert_int_equal(count, cJSON_GetArraySize(json));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(odd_layers_are_read_as_the_reference_reads_them),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
