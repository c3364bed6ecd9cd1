/* SPDX-License-Identifier: MIT */
/* The tar reader: formats it reads, damage it names, and no byte read past the end. */
#include "tests/unit/status.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "layer/tar/tar.h"
#include "tests/unit/support/tar_builder.h"

static wcow_error err;
static bool lending; /* whether the source lends its bytes, an odd number at a time */

/* A reader over a tar, which it owns. */
typedef struct opened {
    char *bytes;
    memory_source source;
    tar_reader *reader;
} opened;

static void open_tar(opened *o, const text *tar)
{
    o->bytes = text_copy_bytes(text_get(tar), tar->length);
    if (lending)
        memory_source_init_lending(&o->source, o->bytes, tar->length, 511);
    else
        memory_source_init(&o->source, o->bytes, tar->length, 0);
    o->reader = tar_reader_new(&o->source.source);
}

static void close_tar(opened *o)
{
    tar_reader_free(o->reader);
    memory_source_free(&o->source);
    free(o->bytes);
}

static const tar_entry *next(opened *o)
{
    const tar_entry *entry = NULL;

    assert_ok(&err, tar_next(o->reader, &entry, &err));
    return entry;
}

static void assert_content(opened *o, const char *expected)
{
    cleanup_text text content = TEXT_INIT;
    char buffer[3];
    size_t got;

    do {
        assert_ok(&err, tar_read(o->reader, buffer, sizeof(buffer), &got, &err));
        text_add_bytes(&content, buffer, got);
    } while (got > 0);
    assert_string_equal(text_get(&content), expected);
}

static void entries_are_read_in_order(void **state)
{
    cleanup_text text tar = TEXT_INIT;
    const tar_entry *entry;
    opened o;

    (void)state;
    tar_add_directory(&tar, "Files/");
    tar_add_file(&tar, "Files/a", "hello");
    tar_add(&tar, '1', "Files/b", "Files/a", "", 0);
    tar_add(&tar, '2', "Files/c", "a", "", 0);
    tar_add(&tar, '4', "Files/d", "", "", 0);
    tar_end(&tar);
    open_tar(&o, &tar);
    entry = next(&o);
    assert_string_equal(entry->name, "Files/"); /* as written */
    assert_int_equal(entry->kind, TAR_DIRECTORY);
    assert_true(entry->write.present);
    assert_false(entry->access.present);
    entry = next(&o);
    assert_int_equal(entry->kind, TAR_FILE);
    assert_int_equal(entry->size, 5);
    assert_content(&o, "hello");
    entry = next(&o);
    assert_int_equal(entry->kind, TAR_HARD_LINK);
    assert_string_equal(entry->link, "Files/a");
    assert_int_equal(next(&o)->kind, TAR_SYMBOLIC_LINK);
    assert_int_equal(next(&o)->kind, TAR_OTHER);
    assert_null(next(&o));
    assert_null(next(&o));
    close_tar(&o);
}

static void unread_content_is_skipped(void **state)
{
    cleanup_text text tar = TEXT_INIT;
    cleanup_text text large = TEXT_INIT;
    opened o;

    (void)state;
    for (int i = 0; i < 200000; i++)
        text_add_char(&large, 'x');
    tar_add(&tar, '0', "large", "", large.data, large.length);
    tar_add_file(&tar, "after", "y");
    open_tar(&o, &tar);
    assert_int_equal(next(&o)->size, 200000);
    assert_string_equal(next(&o)->name, "after");
    assert_content(&o, "y");
    assert_null(next(&o)); /* without the blocks of zeros */
    close_tar(&o);
}

static void pax_records_override_the_header(void **state)
{
    static const char *const records[] = {
        "path=Files/lönger",  "linkpath=to", "mtime=1500.25",         "atime=-1.5",
        "ctime=7.1234567891", "size=3",      "MSWINDOWS.fileattr=32", NULL};
    cleanup_text text tar = TEXT_INIT;
    const tar_entry *entry;
    opened o;

    (void)state;
    tar_add_pax(&tar, 'x', records);
    tar_add_file(&tar, "short", "abc");
    tar_add_file(&tar, "next", "");
    open_tar(&o, &tar);
    entry = next(&o);
    assert_string_equal(entry->name, "Files/lönger");
    assert_string_equal(entry->link, "to");
    assert_int_equal(entry->write.seconds, 1500);
    assert_int_equal(entry->write.nanoseconds, 250000000);
    assert_int_equal(entry->access.seconds, -1);
    assert_int_equal(entry->access.nanoseconds, -500000000);
    assert_int_equal(entry->change.nanoseconds, 123456789);
    assert_string_equal(pax_find(&entry->pax, "MSWINDOWS.fileattr")->value, "32");
    entry = next(&o);
    assert_string_equal(entry->name, "next");
    assert_null(pax_find(&entry->pax, "MSWINDOWS.fileattr"));
    assert_false(entry->access.present);
    close_tar(&o);
}

static void global_records_hold_until_overridden(void **state)
{
    cleanup_text text tar = TEXT_INIT;
    const tar_entry *entry;
    opened o;

    (void)state;
    tar_add_pax(&tar, 'g', (const char *const[]){"MSWINDOWS.fileattr=32", "comment=x", NULL});
    tar_add_file(&tar, "a", "");
    tar_add_pax(&tar, 'x', (const char *const[]){"MSWINDOWS.fileattr=33", NULL});
    tar_add_file(&tar, "b", "");
    tar_add_pax(&tar, 'x', (const char *const[]){"MSWINDOWS.fileattr=", NULL});
    tar_add_file(&tar, "c", "");
    tar_add_pax(&tar, 'g', (const char *const[]){"MSWINDOWS.fileattr=34", NULL});
    tar_add_file(&tar, "d", "");
    open_tar(&o, &tar);
    assert_string_equal(pax_find(&next(&o)->pax, "MSWINDOWS.fileattr")->value, "32");
    assert_string_equal(pax_find(&next(&o)->pax, "MSWINDOWS.fileattr")->value, "33");
    assert_null(pax_find(&next(&o)->pax, "MSWINDOWS.fileattr"));
    entry = next(&o);
    assert_string_equal(pax_find(&entry->pax, "MSWINDOWS.fileattr")->value, "34");
    assert_string_equal(pax_find(&entry->pax, "comment")->value, "x");
    close_tar(&o);
}

static void gnu_long_names_are_read(void **state)
{
    cleanup_text text tar = TEXT_INIT;
    char name[301] = {0};
    char link[301] = {0};
    const tar_entry *entry;
    opened o;

    (void)state;
    memset(name, 'n', 300);
    memset(link, 'l', 300);
    tar_add(&tar, 'L', "././@LongLink", "", name, sizeof(name));
    tar_add(&tar, 'K', "././@LongLink", "", link, sizeof(link));
    tar_add(&tar, '2', "n", "l", "", 0);
    open_tar(&o, &tar);
    entry = next(&o);
    assert_string_equal(entry->name, name);
    assert_string_equal(entry->link, link);
    close_tar(&o);
}

static void a_long_name_of_gnu_counts_before_any_other(void **state)
{
    cleanup_text text tar = TEXT_INIT;
    opened o;

    (void)state;
    tar_add_pax(&tar, 'x', (const char *const[]){"path=pax", NULL});
    tar_add(&tar, 'L', "././@LongLink", "", "gnu", 4);
    tar_add_file(&tar, "header", "");
    tar_add(&tar, 'L', "././@LongLink", "", "", 1);
    tar_add_file(&tar, "header", "");
    open_tar(&o, &tar);
    assert_string_equal(next(&o)->name, "gnu");
    assert_string_equal(next(&o)->name, "header"); /* an empty one is none */
    close_tar(&o);
}

static void of_two_extended_headers_the_second_counts(void **state)
{
    cleanup_text text tar = TEXT_INIT;
    const tar_entry *entry;
    opened o;

    (void)state;
    tar_add_pax(&tar, 'x', (const char *const[]){"path=first", NULL});
    tar_add_pax(&tar, 'x', (const char *const[]){"mtime=5", NULL});
    tar_add_file(&tar, "header", "");
    open_tar(&o, &tar);
    entry = next(&o);
    assert_string_equal(entry->name, "header");
    assert_int_equal(entry->write.seconds, 5);
    close_tar(&o);
}

static void what_is_not_utf8_in_a_name_is_replaced(void **state)
{
    cleanup_text text tar = TEXT_INIT;
    const tar_entry *entry;
    opened o;

    (void)state;
    tar_add(&tar, '2', "a\xff\xe4\xb8", "\xed\xa0\x80", "", 0);
    open_tar(&o, &tar);
    entry = next(&o);
    assert_string_equal(entry->name, "a\uFFFD\uFFFD\uFFFD");
    assert_string_equal(entry->link, "\uFFFD\uFFFD\uFFFD");
    close_tar(&o);
}

static void the_prefix_and_times_of_star_are_read(void **state)
{
    cleanup_text text tar = TEXT_INIT;
    const tar_entry *entry;
    opened o;

    (void)state;
    tar_add_file(&tar, "name", "");
    memset(tar.data + 345, 'p', 131);
    memcpy(tar.data + 476, "00000000144", 12);
    memcpy(tar.data + 488, "00000000310", 12);
    memcpy(tar.data + 508, "tar", 4);
    tar_fix_checksum(&tar, 0);
    open_tar(&o, &tar);
    entry = next(&o);
    assert_int_equal(strlen(entry->name), 131 + 1 + 4);
    assert_int_equal(entry->access.seconds, 100);
    assert_int_equal(entry->change.seconds, 200);
    close_tar(&o);
}

/* Go's writer made such headers once. */
static void a_prefix_where_gnu_has_times_is_a_prefix(void **state)
{
    cleanup_text text tar = TEXT_INIT;
    const tar_entry *entry;
    opened o;

    (void)state;
    tar_add_file(&tar, "name", "");
    memcpy(tar.data + 257, "ustar  ", 8);
    strcpy(tar.data + 345, "some/folder");
    tar_fix_checksum(&tar, 0);
    open_tar(&o, &tar);
    entry = next(&o);
    assert_string_equal(entry->name, "some/folder/name");
    assert_false(entry->access.present);
    close_tar(&o);
}

static void a_ustar_prefix_is_joined(void **state)
{
    cleanup_text text tar = TEXT_INIT;
    opened o;

    (void)state;
    tar_add_file(&tar, "name", "");
    strcpy(tar.data + 345, "some/folder");
    tar_fix_checksum(&tar, 0);
    open_tar(&o, &tar);
    assert_string_equal(next(&o)->name, "some/folder/name");
    close_tar(&o);
}

static void old_gnu_times_are_read(void **state)
{
    cleanup_text text tar = TEXT_INIT;
    const tar_entry *entry;
    opened o;

    (void)state;
    tar_add_file(&tar, "name", "");
    memcpy(tar.data + 257, "ustar  ", 8);
    strcpy(tar.data + 345, "00000000144");
    strcpy(tar.data + 357, "00000000310");
    tar_fix_checksum(&tar, 0);
    open_tar(&o, &tar);
    entry = next(&o);
    assert_string_equal(entry->name, "name");
    assert_int_equal(entry->access.seconds, 100);
    assert_int_equal(entry->change.seconds, 200);
    close_tar(&o);
}

static void base_256_numbers_are_read(void **state)
{
    cleanup_text text tar = TEXT_INIT;
    const tar_entry *entry;
    opened o;

    (void)state;
    tar_add_file(&tar, "name", "abc");
    memcpy(tar.data + 124, "\x80\0\0\0\0\0\0\0\0\0\0\x03", 12);
    memcpy(tar.data + 136, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xfe", 12);
    tar_fix_checksum(&tar, 0);
    open_tar(&o, &tar);
    entry = next(&o);
    assert_int_equal(entry->size, 3);
    assert_int_equal(entry->write.seconds, -2);
    close_tar(&o);
}

static void a_name_with_a_slash_at_its_end_is_a_folder_in_old_tars(void **state)
{
    cleanup_text text tar = TEXT_INIT;
    opened o;

    (void)state;
    tar_add(&tar, '\0', "old/", "", "", 0);
    tar_add(&tar, '\0', "file", "", "", 0);
    open_tar(&o, &tar);
    assert_int_equal(next(&o)->kind, TAR_DIRECTORY);
    assert_int_equal(next(&o)->kind, TAR_FILE);
    close_tar(&o);
}

/* ---- damage ---- */

static void refuse(const text *tar, const char *message)
{
    const tar_entry *entry = NULL;
    wcow_status status;
    opened o;

    open_tar(&o, tar);
    do {
        status = tar_next(o.reader, &entry, &err);
    } while (!status && entry);
    assert_int_equal(status, WCOW_CORRUPT);
    assert_string_equal(err.message, message);
    close_tar(&o);
}

static void a_wrong_checksum_is_refused(void **state)
{
    cleanup_text text tar = TEXT_INIT;

    (void)state;
    tar_add_file(&tar, "name", "");
    tar.data[0] = 'N';
    refuse(&tar, "a tar header's checksum is wrong");
}

static void malformed_numbers_are_refused(void **state)
{
    static const struct {
        size_t offset;
        const char *bytes;
        const char *message;
    } cases[] = {
        {124, "0000000000x", "malformed size of 'name'"},
        {124, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", "malformed size of 'name'"},
        {124, "\x80\x01\0\0\0\0\0\0\0\0\0\0", "malformed size of 'name'"},
        {136, "notanumber!", "malformed time of 'name'"},
        {100, "notamode\0\0\0", "malformed mode, owner or device of 'name'"},
        {329,
         "9\0\0\0\0\0\0\0"
         "000",
         "malformed mode, owner or device of 'name'"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        cleanup_text text tar = TEXT_INIT;

        tar_add_file(&tar, "name", "");
        memcpy(tar.data + cases[i].offset, cases[i].bytes, 12);
        tar_fix_checksum(&tar, 0);
        refuse(&tar, cases[i].message);
    }
}

static void malformed_records_are_refused(void **state)
{
    static const struct {
        const char *content;
        const char *message;
    } cases[] = {
        {"x a=b\n", "malformed PAX record"},
        {"6 a=b", "malformed PAX record"},
        {"7 a=b\n", "malformed PAX record"},
        {"0 a=b\n", "malformed PAX record"},
        {"6 a b\n", "malformed PAX record"},
        {"5 =b\n", "malformed PAX record"},
        {"99999999999 a=b\n", "malformed PAX record"},
        {"6a=b\n", "malformed PAX record"},
        {"9 size=x\n", "malformed size of 'name'"},
        {"11 size=-1\n", "malformed size of 'name'"},
        {"28 size=9223372036854775808\n", "malformed size of 'name'"},
        {"11 mtime=.\n", "malformed time of 'name'"},
        {"11 mtime=x\n", "malformed time of 'name'"},
        {"13 mtime=1.x\n", "malformed time of 'name'"},
        {"29 mtime=9999999999999999999\n", "malformed time of 'name'"},
        {"8 uid=x\n", "malformed owner of 'name'"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        cleanup_text text tar = TEXT_INIT;
        /* the length of a record counts itself */
        tar_add(&tar, 'x', "PaxHeaders", "", cases[i].content, strlen(cases[i].content));
        tar_add_file(&tar, "name", "");
        refuse(&tar, cases[i].message);
    }
}

static void a_nul_within_a_name_is_refused(void **state)
{
    cleanup_text text tar = TEXT_INIT;

    (void)state;
    tar_add(&tar, 'x', "PaxHeaders", "", "12 path=a\0b\n", 12);
    tar_add_file(&tar, "name", "");
    refuse(&tar, "malformed PAX record");
}

static void headers_that_are_too_long_are_refused(void **state)
{
    cleanup_text text pax = TEXT_INIT;
    cleanup_text text name = TEXT_INIT;

    (void)state;
    tar_add(&pax, 'x', "PaxHeaders", "", "", 0);
    memcpy(pax.data + 124, "00004000001", 12); /* 1 MiB + 1 */
    tar_fix_checksum(&pax, 0);
    refuse(&pax, "an extended header of 1048577 bytes is too long");
    tar_add(&name, 'L', "././@LongLink", "", "", 0);
    memcpy(name.data + 124, "00004000001", 12);
    tar_fix_checksum(&name, 0);
    refuse(&name, "an extended header of 1048577 bytes is too long");
}

static void records_without_end_are_refused(void **state)
{
    cleanup_text text tar = TEXT_INIT;
    cleanup_text text records = TEXT_INIT;

    (void)state;
    for (int i = 0; i <= PAX_RECORD_LIMIT; i++)
        text_addf(&records, "12 k%05d=v\n", i);
    tar_add(&tar, 'x', "PaxHeaders", "", records.data, records.length);
    refuse(&tar, "more than 512 PAX records");
}

/* Global records add up, header by header. */
static void global_records_without_end_are_refused(void **state)
{
    cleanup_text text tar = TEXT_INIT;
    char value[1 << 14];

    (void)state;
    memset(value, 'v', sizeof(value));
    for (int i = 0; i < 4; i++) {
        cleanup_text text record = TEXT_INIT;

        text_addf(&record, "%zu %d=", sizeof(value) + 9, i);
        text_add_bytes(&record, value, sizeof(value));
        text_add_char(&record, '\n');
        tar_add(&tar, 'g', "PaxHeaders", "", record.data, record.length);
    }
    tar_add_file(&tar, "name", "");
    refuse(&tar, "more than 65536 bytes of global PAX records");
}

static void extended_headers_without_end_are_refused(void **state)
{
    cleanup_text text tar = TEXT_INIT;
    cleanup_text text last = TEXT_INIT;

    (void)state;
    for (int i = 0; i < 100; i++)
        tar_add_pax(&tar, 'g', (const char *const[]){"a=b", NULL});
    refuse(&tar, "too many extended headers before an entry");
    tar_add_pax(&last, 'x', (const char *const[]){"a=b", NULL});
    refuse(&last, "the archive ends after an extended header");
}

static void data_after_one_block_of_zeros_is_refused(void **state)
{
    static const char zeros[512];
    cleanup_text text tar = TEXT_INIT;

    (void)state;
    text_add_bytes(&tar, zeros, sizeof(zeros));
    tar_add_file(&tar, "name", "");
    refuse(&tar, "the archive goes on after a block of zeros");
}

/* Every length is refused, or ends the archive where an entry ends; nothing reads past it (ASan).
 */
static void an_archive_cut_anywhere_is_refused_or_ends(void **state)
{
    cleanup_text text tar = TEXT_INIT;
    size_t whole = 0;

    (void)state;
    tar_add_pax(&tar, 'x', (const char *const[]){"path=Files/x", "mtime=1.5", NULL});
    tar_add_file(&tar, "a", "content");
    tar_add_file(&tar, "b", "");
    tar_end(&tar);
    for (size_t length = 0; length <= tar.length; length++) {
        text cut = {tar.data, length, length, false};
        const tar_entry *entry = NULL;
        wcow_status status;
        opened o;

        open_tar(&o, &cut);
        do {
            status = tar_next(o.reader, &entry, &err);
        } while (!status && entry);
        whole += !status;
        if (status)
            assert_int_equal(status, WCOW_CORRUPT);
        close_tar(&o);
    }
    /* Before the first header, after each entry, after one block of zeros, after both. */
    assert_int_equal(whole, 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(entries_are_read_in_order),
        cmocka_unit_test(unread_content_is_skipped),
        cmocka_unit_test(pax_records_override_the_header),
        cmocka_unit_test(global_records_hold_until_overridden),
        cmocka_unit_test(gnu_long_names_are_read),
        cmocka_unit_test(a_long_name_of_gnu_counts_before_any_other),
        cmocka_unit_test(of_two_extended_headers_the_second_counts),
        cmocka_unit_test(what_is_not_utf8_in_a_name_is_replaced),
        cmocka_unit_test(the_prefix_and_times_of_star_are_read),
        cmocka_unit_test(a_prefix_where_gnu_has_times_is_a_prefix),
        cmocka_unit_test(a_ustar_prefix_is_joined),
        cmocka_unit_test(old_gnu_times_are_read),
        cmocka_unit_test(base_256_numbers_are_read),
        cmocka_unit_test(a_name_with_a_slash_at_its_end_is_a_folder_in_old_tars),
        cmocka_unit_test(a_wrong_checksum_is_refused),
        cmocka_unit_test(malformed_numbers_are_refused),
        cmocka_unit_test(malformed_records_are_refused),
        cmocka_unit_test(a_nul_within_a_name_is_refused),
        cmocka_unit_test(headers_that_are_too_long_are_refused),
        cmocka_unit_test(records_without_end_are_refused),
        cmocka_unit_test(global_records_without_end_are_refused),
        cmocka_unit_test(extended_headers_without_end_are_refused),
        cmocka_unit_test(data_after_one_block_of_zeros_is_refused),
        cmocka_unit_test(an_archive_cut_anywhere_is_refused_or_ends),
    };

    int failed = cmocka_run_group_tests_name("read", tests, NULL, NULL);

    lending = true;
    return failed + cmocka_run_group_tests_name("lent", tests, NULL, NULL);
}
