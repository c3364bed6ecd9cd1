/* SPDX-License-Identifier: MIT */
/* GNU tar's sparse files, in all the forms they were ever stored in, are read as the files they
 * are. */
#include "tests/unit/status.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "layer/tar/tar.h"
#include "layer/tar/tar_sparse.h"
#include "tests/unit/support/tar_builder.h"

#define SIZE 2000

static wcow_error err;

/* The file that all of these tell: "abc" at 10, "defgh" at 100, zeros elsewhere. */
static void assert_expanded(const text *tar)
{
    memory_source source;
    tar_reader *reader;
    const tar_entry *entry = NULL;
    char expected[SIZE] = {0};
    char content[SIZE + 1];
    size_t filled = 0;
    size_t got;

    memcpy(expected + 10, "abc", 3);
    memcpy(expected + 100, "defgh", 5);
    memory_source_init(&source, tar->data, tar->length, 7);
    reader = tar_reader_new(&source.source);
    assert_ok(&err, tar_next(reader, &entry, &err));
    assert_string_equal(entry->name, "Files/sparse");
    assert_int_equal(entry->kind, TAR_FILE);
    assert_int_equal(entry->size, SIZE);
    do {
        assert_ok(&err, tar_read(reader, content + filled, sizeof(content) - filled, &got, &err));
        filled += got;
    } while (got > 0);
    assert_int_equal(filled, SIZE);
    assert_memory_equal(content, expected, SIZE);
    assert_ok(&err, tar_next(reader, &entry, &err));
    assert_string_equal(entry->name, "next");
    assert_ok(&err, tar_next(reader, &entry, &err));
    assert_null(entry);
    tar_reader_free(reader);
}

static void assert_refused(const text *tar, const char *message)
{
    memory_source source;
    tar_reader *reader;
    const tar_entry *entry = NULL;

    memory_source_init(&source, tar->data, tar->length, 0);
    reader = tar_reader_new(&source.source);
    assert_fails(&err, WCOW_CORRUPT, message, tar_next(reader, &entry, &err));
    tar_reader_free(reader);
}

static void add_sparse(text *tar, const char *const *records, const char *content, size_t size)
{
    tar_add_pax(tar, 'x', records);
    tar_add(tar, '0', "GNUSparseFile.0/x", "", content, size);
    tar_add_file(tar, "next", "y");
    tar_end(tar);
}

static void the_oldest_records_are_read(void **state)
{
    cleanup_text text tar = TEXT_INIT;

    (void)state;
    add_sparse(&tar,
               (const char *const[]){"GNU.sparse.size=2000", "GNU.sparse.numblocks=3",
                                     "GNU.sparse.name=Files/sparse", "GNU.sparse.offset=10",
                                     "GNU.sparse.numbytes=3", "GNU.sparse.offset=100",
                                     "GNU.sparse.numbytes=5", "GNU.sparse.offset=2000",
                                     "GNU.sparse.numbytes=0", NULL},
               "abcdefgh", 8);
    assert_expanded(&tar);
}

static void a_map_in_one_record_is_read(void **state)
{
    cleanup_text text tar = TEXT_INIT;
    cleanup_text text versioned = TEXT_INIT;

    (void)state;
    add_sparse(&tar,
               (const char *const[]){"GNU.sparse.size=2000", "GNU.sparse.numblocks=2",
                                     "GNU.sparse.name=Files/sparse", "GNU.sparse.map=10,3,100,5",
                                     NULL},
               "abcdefgh", 8);
    assert_expanded(&tar);
    add_sparse(&versioned,
               (const char *const[]){"GNU.sparse.major=0", "GNU.sparse.minor=1",
                                     "GNU.sparse.realsize=2000", "GNU.sparse.numblocks=3",
                                     "GNU.sparse.name=Files/sparse",
                                     "GNU.sparse.map=10,3,50,0,100,5", NULL},
               "abcdefgh", 8);
    assert_expanded(&versioned);
}

static void a_map_before_the_content_is_read(void **state)
{
    char content[512 + 8] = "3\n10\n3\n100\n5\n2000\n0\n";
    cleanup_text text tar = TEXT_INIT;

    (void)state;
    memcpy(content + 512, "abcdefgh", 8);
    add_sparse(&tar,
               (const char *const[]){"GNU.sparse.major=1", "GNU.sparse.minor=0",
                                     "GNU.sparse.realsize=2000", "GNU.sparse.name=Files/sparse",
                                     NULL},
               content, sizeof(content));
    assert_expanded(&tar);
}

/* A header of GNU tar itself: the map begins in it. */
static void add_old(text *tar, const char *map, size_t map_size, bool more)
{
    char *header;

    tar_add(tar, 'S', "Files/sparse", "", "", 0);
    header = tar->data + tar->length - 512;
    memset(header + 257, 0, 512 - 257);
    memcpy(header + 257, "ustar  ", 8);
    memcpy(header + 386, map, map_size);
    header[482] = (char)more;
    memcpy(header + 483, "00000003720", 12); /* 2000 */
    memcpy(header + 124, "00000000010", 12); /* 8 */
    tar_fix_checksum(tar, tar->length - 512);
}

static void a_map_in_the_header_is_read(void **state)
{
    static const char map[] = "00000000012\00000000000003\0" /* 10, 3 */
                              "00000000144\00000000000005";  /* 100, 5 */
    static const char content[512] = "abcdefgh";
    cleanup_text text tar = TEXT_INIT;

    (void)state;
    add_old(&tar, map, sizeof(map), false);
    text_add_bytes(&tar, content, sizeof(content));
    tar_add_file(&tar, "next", "y");
    tar_end(&tar);
    assert_expanded(&tar);
}

static void a_map_goes_on_in_the_blocks_after_the_header(void **state)
{
    static const char first[] = "00000000012\00000000000003";
    char second[512] = {0};
    char third[512] = "00000000144\00000000000005";
    static const char content[512] = "abcdefgh";
    cleanup_text text tar = TEXT_INIT;

    (void)state;
    second[504] = 1;
    add_old(&tar, first, sizeof(first), true);
    text_add_bytes(&tar, second, sizeof(second));
    text_add_bytes(&tar, third, sizeof(third));
    text_add_bytes(&tar, content, sizeof(content));
    tar_add_file(&tar, "next", "y");
    tar_end(&tar);
    assert_expanded(&tar);
    tar_fix_checksum(&tar, 0);
    tar.length = 512 + 100;
    assert_refused(&tar, "'Files/sparse': the archive ends within 'Files/sparse'");
}

static void an_unread_sparse_file_is_skipped(void **state)
{
    cleanup_text text tar = TEXT_INIT;
    memory_source source;
    tar_reader *reader;
    const tar_entry *entry = NULL;
    char some[20];
    size_t got;

    (void)state;
    add_sparse(&tar,
               (const char *const[]){"GNU.sparse.size=2000", "GNU.sparse.numblocks=1",
                                     "GNU.sparse.map=10,8", NULL},
               "abcdefgh", 8);
    memory_source_init(&source, tar.data, tar.length, 0);
    reader = tar_reader_new(&source.source);
    assert_ok(&err, tar_next(reader, &entry, &err));
    assert_ok(&err, tar_read(reader, some, sizeof(some), &got, &err));
    assert_int_equal(got, 10);
    assert_ok(&err, tar_read(reader, some, 2, &got, &err));
    assert_memory_equal(some, "ab", 2);
    assert_ok(&err, tar_next(reader, &entry, &err));
    assert_string_equal(entry->name, "next");
    tar_reader_free(reader);
}

static void unknown_versions_are_plain_files(void **state)
{
    cleanup_text text tar = TEXT_INIT;
    memory_source source;
    tar_reader *reader;
    const tar_entry *entry = NULL;

    (void)state;
    add_sparse(&tar,
               (const char *const[]){"GNU.sparse.major=2", "GNU.sparse.minor=0",
                                     "GNU.sparse.name=Files/other", NULL},
               "abcdefgh", 8);
    memory_source_init(&source, tar.data, tar.length, 0);
    reader = tar_reader_new(&source.source);
    assert_ok(&err, tar_next(reader, &entry, &err));
    assert_string_equal(entry->name, "GNUSparseFile.0/x");
    assert_int_equal(entry->size, 8);
    tar_reader_free(reader);
}

static void maps_that_lie_are_refused(void **state)
{
    static const struct {
        const char *size, *count, *map, *message;
    } cases[] = {
        {"2000", "1", "10,3", "does not fit its content"},      /* more is stored */
        {"2000", "1", "10,9", "does not fit its content"},      /* less is stored */
        {"2000", "2", "10,5,12,3", "is malformed"},             /* overlap */
        {"2000", "2", "100,4,10,4", "is malformed"},            /* backwards */
        {"12", "1", "10,8", "is malformed"},                    /* beyond the end */
        {"2000", "1", "9223372036854775807,8", "is malformed"}, /* far beyond */
        {"2000", "1", "-10,8", "is malformed"},
        {"2000", "2", "0,8", "is malformed"},
        {"2000", "x", "0,8", "is malformed"},
        {"2000", "-1", "0,8", "is malformed"},
        {"2000", "1", "0,x", "is malformed"},
        {"2000", "1", "0,8,", "is malformed"},
        {"2000", "1", "0", "is malformed"},
        {"2000", "1", ",8", "is malformed"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        cleanup_text text tar = TEXT_INIT;
        cleanup_free char *size = text_format("GNU.sparse.size=%s", cases[i].size);
        cleanup_free char *count = text_format("GNU.sparse.numblocks=%s", cases[i].count);
        cleanup_free char *map = text_format("GNU.sparse.map=%s", cases[i].map);
        cleanup_free char *message =
            text_format("'GNUSparseFile.0/x': the map of a sparse file %s", cases[i].message);

        add_sparse(&tar, (const char *const[]){size, count, map, NULL}, "abcdefgh", 8);
        assert_refused(&tar, message);
    }
}

static void maps_before_the_content_that_lie_are_refused(void **state)
{
    static const struct {
        const char *map, *message;
        size_t size;
    } cases[] = {
        {"x\n", "is malformed", 512},
        {"-1\n", "is malformed", 512},
        {"1\n0\n", "is malformed", 512}, /* then only NULs: no number is so long */
        {"1\n0\n8\n", "is cut off", 100},
        {"00000000000000000000000000001\n0\n8\n", "is malformed", 512},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        cleanup_text text tar = TEXT_INIT;
        char content[512] = {0};
        cleanup_free char *message =
            text_format("'GNUSparseFile.0/x': the map of a sparse file %s", cases[i].message);

        memcpy(content, cases[i].map, strlen(cases[i].map));
        add_sparse(&tar,
                   (const char *const[]){"GNU.sparse.major=1", "GNU.sparse.minor=0",
                                         "GNU.sparse.realsize=8", NULL},
                   content, cases[i].size);
        assert_refused(&tar, message);
    }
}

static void records_that_are_out_of_order_are_refused(void **state)
{
    cleanup_text text swapped = TEXT_INIT;
    cleanup_text text comma = TEXT_INIT;

    (void)state;
    add_sparse(&swapped,
               (const char *const[]){"GNU.sparse.numbytes=8", "GNU.sparse.offset=0", NULL},
               "abcdefgh", 8);
    assert_refused(&swapped, "malformed PAX record");
    add_sparse(&comma, (const char *const[]){"GNU.sparse.offset=0,8", NULL}, "abcdefgh", 8);
    assert_refused(&comma, "malformed PAX record");
}

/* A few bytes of an archive must not fill a disk. */
static void a_file_larger_than_any_disk_is_refused(void **state)
{
    cleanup_text text tar = TEXT_INIT;

    (void)state;
    add_sparse(&tar,
               (const char *const[]){"GNU.sparse.size=9223372036854775807",
                                     "GNU.sparse.numblocks=1", "GNU.sparse.map=0,8", NULL},
               "abcdefgh", 8);
    assert_refused(&tar, "'GNUSparseFile.0/x': a sparse file of 9223372036854775807 bytes is too "
                         "large");
}

static void a_link_cannot_be_sparse(void **state)
{
    cleanup_text text tar = TEXT_INIT;

    (void)state;
    tar_add_pax(&tar, 'x',
                (const char *const[]){"GNU.sparse.size=0", "GNU.sparse.numblocks=1",
                                      "GNU.sparse.map=0,0", NULL});
    tar_add(&tar, '2', "link", "to", "", 0);
    assert_refused(&tar, "'link': the map of a sparse file does not fit its content");
}

static wcow_status endless(void *context, void *block, wcow_error *error)
{
    size_t *blocks = context;

    (void)error;
    ++*blocks;
    memset(block, '\n', 512);
    memcpy(block, "1000000000000\n", 14);
    for (size_t i = 14; i + 2 <= 512; i += 2)
        memcpy((char *)block + i, "0\n", 2);
    return WCOW_OK;
}

static void a_map_without_end_is_refused(void **state)
{
    sparse_map map = SPARSE_MAP_INIT;
    size_t blocks = 0;

    (void)state;
    assert_fails(&err, WCOW_CORRUPT, "the map of a sparse file is too long",
                 sparse_map_from_content(endless, &blocks, &map, &err));
    assert_int_equal(blocks, 2048); /* 1 MiB */
    sparse_map_free(&map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_oldest_records_are_read),
        cmocka_unit_test(a_map_in_one_record_is_read),
        cmocka_unit_test(a_map_before_the_content_is_read),
        cmocka_unit_test(a_map_in_the_header_is_read),
        cmocka_unit_test(a_map_goes_on_in_the_blocks_after_the_header),
        cmocka_unit_test(an_unread_sparse_file_is_skipped),
        cmocka_unit_test(unknown_versions_are_plain_files),
        cmocka_unit_test(maps_that_lie_are_refused),
        cmocka_unit_test(maps_before_the_content_that_lie_are_refused),
        cmocka_unit_test(records_that_are_out_of_order_are_refused),
        cmocka_unit_test(a_file_larger_than_any_disk_is_refused),
        cmocka_unit_test(a_link_cannot_be_sparse),
        cmocka_unit_test(a_map_without_end_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
