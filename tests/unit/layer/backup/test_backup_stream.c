/* SPDX-License-Identifier: MIT */
/* Backup streams: byte for byte what the field's importers make of a layer tar; and read back. */
#include "tests/unit/status.h"

#include <stdio.h>
#include <string.h>

#include "base/base64.h"
#include "base/error.h"
#include "base/json.h"
#include "base/strings.h"
#include "layer/backup/backup_stream.h"
#include "layer/backup/entry.h"
#include "layer/store/name.h"
#include "port/hash.h"
#include "tests/unit/support/tar_builder.h"

static wcow_error err;

/* Everything that one file's stream is made of; moves on to the entry after it. */
static void encode(tar_reader *reader, const tar_entry **entry, text *out)
{
    cleanup_free char *name = text_copy((*entry)->name);
    size_t length = strlen(name);
    char buffer[1000];
    size_t got;

    assert_ok(&err, backup_encode(*entry, out, &err));
    for (;;) {
        do {
            assert_ok(&err, tar_read(reader, buffer, sizeof(buffer), &got, &err));
            text_add_bytes(out, buffer, got);
        } while (got > 0);
        assert_ok(&err, tar_next(reader, entry, &err));
        if (!*entry || strncmp((*entry)->name, name, length) != 0 || (*entry)->name[length] != ':')
            return;
        assert_ok(&err,
                  backup_encode_alternate((*entry)->name + length + 1, (*entry)->size, out, &err));
    }
}

static void assert_stream(const cJSON *expected, const text *stream)
{
    cleanup_sha256 sha256 *hash = sha256_new();
    char hex[SHA256_HEX_SIZE];
    const char *bytes = json_text(expected, "backupStreamHex", NULL);

    assert_int_equal(stream->length, json_integer(expected, "backupStreamLength", -1));
    sha256_update(hash, text_get(stream), stream->length);
    sha256_finish(hash, hex);
    if (bytes) {
        cleanup_text text printed = TEXT_INIT;

        for (size_t i = 0; i < stream->length; i++)
            text_addf(&printed, "%02x", (unsigned char)stream->data[i]);
        assert_string_equal(text_get(&printed), bytes);
    }
    assert_string_equal(hex, json_text(expected, "backupStreamSha256", ""));
}

/* The 18 digits of a FILETIME as they stand in the file. */
static void assert_filetime(const char *vectors, const char *name, const char *member,
                            uint64_t time)
{
    cleanup_free char *quoted = text_format("\"name\": \"%s\"", name);
    cleanup_free char *wanted = text_format("\"%s\": %llu,", member, (unsigned long long)time);
    const char *at = strstr(vectors, quoted);
    const char *found = at ? strstr(at, member) : NULL;

    assert_non_null(found);
    assert_memory_equal(found - 1, wanted, strlen(wanted));
}

static void assert_entry(const char *vectors, const cJSON *expected, const tar_entry *entry)
{
    basic_info info;

    assert_string_equal(entry->name, json_text(expected, "name", ""));
    assert_ok(&err, entry_basic_info(entry, &info, &err));
    assert_int_equal(entry->size, json_integer(expected, "size", -1));
    assert_int_equal(info.attributes, json_integer(expected, "fileAttributes", -1));
    assert_filetime(vectors, entry->name, "creationTime", info.creation);
    assert_filetime(vectors, entry->name, "lastAccessTime", info.access);
    assert_filetime(vectors, entry->name, "lastWriteTime", info.write);
    assert_filetime(vectors, entry->name, "changeTime", info.change);
}

static void every_stream_equals(const char *tar_path, const char *json_path, size_t piece)
{
    size_t size;
    size_t json_size;
    cleanup_free char *tar = data_file(tar_path, &size);
    cleanup_free char *vectors = data_file(json_path, &json_size);
    cleanup_json cJSON *json = NULL;
    cleanup_tar_reader tar_reader *reader = NULL;
    memory_source source;
    const tar_entry *entry;
    const cJSON *expected;

    memory_source_init(&source, tar, size, piece);
    reader = tar_reader_new(&source.source);
    assert_ok(&err, json_parse(vectors, json_size, json_path, &json, &err));
    assert_ok(&err, tar_next(reader, &entry, &err));
    cJSON_ArrayForEach (expected, json) {
        cleanup_text text stream = TEXT_INIT;

        assert_non_null(entry);
        if (json_member(expected, "hardLink")) {
            assert_int_equal(entry->kind, TAR_HARD_LINK);
            assert_string_equal(entry->link, json_text(expected, "hardLink", ""));
            assert_ok(&err, tar_next(reader, &entry, &err));
            continue;
        }
        if (json_bool(expected, "whiteout", false)) {
            assert_non_null(strstr(entry->name, WHITEOUT_PREFIX));
            assert_ok(&err, tar_next(reader, &entry, &err));
            continue;
        }
        assert_entry(vectors, expected, entry);
        encode(reader, &entry, &stream);
        assert_stream(expected, &stream);
    }
    assert_null(entry);
}

static void every_entry_of_a_base_layer_equals_its_vector(void **state)
{
    (void)state;
    every_stream_equals("data/base.tar", "data/base.json", 0);
}

static void every_entry_of_a_diff_layer_equals_its_vector(void **state)
{
    (void)state;
    every_stream_equals("data/diff.tar", "data/diff.json", 0);
}

static void a_source_may_give_one_byte_at_a_time(void **state)
{
    (void)state;
    every_stream_equals("data/diff.tar", "data/diff.json", 1);
}

/* ---- malformed metadata ---- */

static void assert_refused(const char *const *records, wcow_status status, const char *message)
{
    cleanup_text text tar = TEXT_INIT;
    cleanup_text text out = TEXT_INIT;
    cleanup_tar_reader tar_reader *reader = NULL;
    memory_source source;
    const tar_entry *entry;

    tar_add_pax(&tar, 'x', records);
    tar_add_file(&tar, "Files/x", "x");
    memory_source_init(&source, tar.data, tar.length, 0);
    reader = tar_reader_new(&source.source);
    assert_ok(&err, tar_next(reader, &entry, &err));
    assert_fails(&err, status, message, backup_encode(entry, &out, &err));
}

static void malformed_metadata_is_refused(void **state)
{
    (void)state;
    assert_refused((const char *const[]){"MSWINDOWS.rawsd=AQAE?", NULL}, WCOW_CORRUPT,
                   "malformed MSWINDOWS.rawsd");
    assert_refused((const char *const[]){"MSWINDOWS.rawsd=AQ=E", NULL}, WCOW_CORRUPT,
                   "malformed MSWINDOWS.rawsd");
    assert_refused((const char *const[]){"MSWINDOWS.xattr.A=!", NULL}, WCOW_CORRUPT,
                   "malformed MSWINDOWS.xattr.A");
    assert_refused((const char *const[]){"MSWINDOWS.sd=O:BAG:", NULL}, WCOW_CORRUPT,
                   "MSWINDOWS.sd: unknown account ''");
}

/* Encodes a file of one byte that has these records. */
static void encode_file(const char *const *records, text *out)
{
    cleanup_text text tar = TEXT_INIT;
    cleanup_tar_reader tar_reader *reader = NULL;
    memory_source source;
    const tar_entry *entry;

    tar_add_pax(&tar, 'x', records);
    tar_add_file(&tar, "Files/x", "x");
    memory_source_init(&source, tar.data, tar.length, 0);
    reader = tar_reader_new(&source.source);
    assert_ok(&err, tar_next(reader, &entry, &err));
    assert_ok(&err, backup_encode(entry, out, &err));
}

static void security_as_text_counts_where_there_is_no_other(void **state)
{
    static const char system[] = "\1\0\0\x80\x14\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
                                 "\1\1\0\0\0\0\0\5\x12\0\0";
    cleanup_text text only = TEXT_INIT;
    cleanup_text text both = TEXT_INIT;

    (void)state;
    encode_file((const char *const[]){"MSWINDOWS.sd=O:SY", NULL}, &only);
    assert_int_equal(only.length, 20 + sizeof(system) + 20);
    assert_int_equal(only.data[0], BACKUP_SECURITY_DATA);
    assert_memory_equal(only.data + 20, system, sizeof(system));
    /* Even an empty descriptor is one. */
    encode_file((const char *const[]){"MSWINDOWS.sd=O:SY", "MSWINDOWS.rawsd=", NULL}, &both);
    assert_int_equal(both.length, 20);
    assert_int_equal(both.data[0], BACKUP_DATA);
}

static void an_attribute_name_of_more_than_255_bytes_is_refused(void **state)
{
    char record[400] = "MSWINDOWS.xattr.";
    char message[400];

    (void)state;
    memset(record + strlen(record), 'A', 256);
    snprintf(message, sizeof(message), "%.300s is too long", record);
    strcat(record, "=QQ==");
    assert_refused((const char *const[]){record, NULL}, WCOW_CORRUPT, message);
}

/* Of so many records whose values decode to so many bytes. */
static void assert_too_long(const char *key, size_t size, unsigned count, const char *message)
{
    static const char *const numbers[] = {"", "1", "2"};
    cleanup_free char *bytes = calloc(1, size);
    cleanup_free char *encoded = base64_encode(bytes, size);
    cleanup_strings string_list records = STRING_LIST_INIT;

    for (unsigned i = 0; i < count; i++)
        assert_true(string_list_own(&records, text_format("%s%s=%s", key, numbers[i], encoded)));
    assert_refused((const char *const *)records.items, WCOW_CORRUPT, message);
}

/* As much as NTFS takes, or Windows' structures can say. */
static void records_that_no_file_could_have_are_refused(void **state)
{
    (void)state;
    assert_too_long("MSWINDOWS.xattr.A", 60000, 3, "more than 131072 bytes of extended attributes");
    assert_too_long("MSWINDOWS.xattr.A", 65536, 1, "MSWINDOWS.xattr.A is too long");
    assert_too_long("MSWINDOWS.rawsd", 131227, 1,
                    "a security descriptor of 131227 bytes is too long");
}

static void numbers_out_of_range_are_refused(void **state)
{
    static const struct {
        const char *record;
        const char *message;
    } cases[] = {
        {"MSWINDOWS.fileattr=4294967296", "malformed MSWINDOWS.fileattr '4294967296'"},
        {"MSWINDOWS.fileattr=0x10", "malformed MSWINDOWS.fileattr '0x10'"},
        {"LIBARCHIVE.creationtime=1.x", "malformed LIBARCHIVE.creationtime '1.x'"},
        {"LIBARCHIVE.creationtime=", "malformed LIBARCHIVE.creationtime ''"},
        {"MSWINDOWS.fileattr=", "malformed MSWINDOWS.fileattr ''"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        cleanup_text text tar = TEXT_INIT;
        cleanup_tar_reader tar_reader *reader = NULL;
        memory_source source;
        const tar_entry *entry;
        basic_info info;

        tar_add_pax(&tar, 'x', (const char *const[]){cases[i].record, NULL});
        tar_add_file(&tar, "Files/x", "x");
        memory_source_init(&source, tar.data, tar.length, 0);
        reader = tar_reader_new(&source.source);
        assert_ok(&err, tar_next(reader, &entry, &err));
        assert_fails(&err, WCOW_CORRUPT, cases[i].message, entry_basic_info(entry, &info, &err));
    }
}

/* Go's nanoseconds since 1970 have 64 bits; layers made and read with it agree about what is
 * beyond.
 */
static void times_wrap_around_as_they_do_elsewhere(void **state)
{
    static const struct {
        tar_time time;
        uint64_t expected;
    } cases[] = {
        {{true, 0, 0}, UINT64_C(116444736000000000)},
        {{true, -1, -999999950}, UINT64_C(116444735980000001)}, /* cut towards 1970 */
        {{true, 9223372036, 0}, UINT64_C(208678456360000000)},
        {{true, 9223372037, 0}, UINT64_C(24211015632904484)},
        {{true, INT64_MAX, 0}, UINT64_C(116444735990000000)},
        {{true, INT64_MIN, 0}, UINT64_C(116444736000000000)},
        {{false, 0, 0}, UINT64_C(48491090211286549)},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        tar_entry entry = {.kind = TAR_FILE, .write = cases[i].time};
        basic_info info;

        assert_ok(&err, entry_basic_info(&entry, &info, &err));
        assert_true(info.write == cases[i].expected);
    }
}

/* ---- reading back ---- */

static void a_stream_is_read_back(void **state)
{
    cleanup_text text stream = TEXT_INIT;
    cleanup_backup_reader backup_reader *reader = NULL;
    memory_source source;
    const backup_header *header;
    char buffer[16];
    size_t got;

    (void)state;
    assert_ok(&err, backup_encode_alternate("Zone.Identifier", 3, &stream, &err));
    text_add(&stream, "abc");
    assert_ok(&err, backup_encode_alternate("s", 0, &stream, &err));
    text_add_bytes(&stream, "\x09\0\0\0\x08\0\0\0\x0a\0\0\0\0\0\0\0\0\0\0\0\0\x10\0\0\0\0\0\0hi",
                   30);
    memory_source_init(&source, stream.data, stream.length, 1);
    reader = backup_reader_new(&source.source);

    assert_ok(&err, backup_next(reader, &header, &err));
    assert_int_equal(header->id, BACKUP_ALTERNATE_DATA);
    assert_string_equal(header->name, ":Zone.Identifier:$DATA");
    assert_int_equal(header->size, 3);
    assert_ok(&err, backup_read(reader, buffer, sizeof(buffer), &got, &err));
    assert_int_equal(got, 1);
    assert_ok(&err, backup_next(reader, &header, &err)); /* skips the rest */
    assert_string_equal(header->name, ":s:$DATA");
    assert_ok(&err, backup_next(reader, &header, &err));
    assert_int_equal(header->id, BACKUP_SPARSE_BLOCK);
    assert_int_equal(header->attributes, BACKUP_SPARSE_ATTRIBUTE);
    assert_int_equal(header->offset, 4096);
    assert_int_equal(header->size, 2);
    assert_null(header->name);
    assert_ok(&err, backup_next(reader, &header, &err));
    assert_null(header);
}

static void a_stream_cut_anywhere_is_refused(void **state)
{
    cleanup_text text stream = TEXT_INIT;

    (void)state;
    assert_ok(&err, backup_encode_alternate("name", 3, &stream, &err));
    text_add(&stream, "abc");
    for (size_t length = 1; length < stream.length; length++) {
        cleanup_backup_reader backup_reader *reader = NULL;
        cleanup_free char *exact = text_copy_bytes(stream.data, length);
        memory_source source;
        const backup_header *header = NULL;
        wcow_status status;

        memory_source_init(&source, exact, length, 0);
        reader = backup_reader_new(&source.source);
        status = backup_next(reader, &header, &err);
        if (!status)
            status = backup_next(reader, &header, &err);
        assert_int_equal(status, WCOW_CORRUPT);
        assert_string_equal(err.message, "the backup stream is cut off");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_entry_of_a_base_layer_equals_its_vector),
        cmocka_unit_test(every_entry_of_a_diff_layer_equals_its_vector),
        cmocka_unit_test(a_source_may_give_one_byte_at_a_time),
        cmocka_unit_test(malformed_metadata_is_refused),
        cmocka_unit_test(an_attribute_name_of_more_than_255_bytes_is_refused),
        cmocka_unit_test(records_that_no_file_could_have_are_refused),
        cmocka_unit_test(numbers_out_of_range_are_refused),
        cmocka_unit_test(security_as_text_counts_where_there_is_no_other),
        cmocka_unit_test(times_wrap_around_as_they_do_elsewhere),
        cmocka_unit_test(a_stream_is_read_back),
        cmocka_unit_test(a_stream_cut_anywhere_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
