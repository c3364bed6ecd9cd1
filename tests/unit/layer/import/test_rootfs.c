/* SPDX-License-Identifier: MIT */
/* Root file systems as base layers: what comes out, and that it can be imported. */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "layer/codec/compress.h"
#include "layer/import/layer_listing.h"
#include "layer/import/rootfs.h"
#include "tests/unit/support/tar_builder.h"

#include "tests/unit/layer/import_fixture.h"

static const char *const hives[] = {"DEFAULT", "SAM", "SECURITY", "SOFTWARE", "SYSTEM"};

static wcow_status append(void *context, const void *bytes, size_t size, wcow_error *error)
{
    text *out = context;

    text_add_bytes(out, bytes, size);
    return out->failed ? error_no_memory(error) : WCOW_OK;
}

/* Stands in for the offline registry library. */
static wcow_status hive_status;
static size_t hives_made;

static wcow_status make_hive(void *context, text *out, wcow_error *error)
{
    (void)context;
    hives_made++;
    text_add(out, "an empty hive");
    return hive_status ? error_set(error, hive_status, "there is no library") : WCOW_OK;
}

/* In pieces, so that no border of the tar's own falls together with one of reading it. */
static wcow_status convert(const text *tar, text *out)
{
    const byte_sink sink = {append, out};
    const hive_maker hives_of_test = {make_hive, NULL};
    memory_source source;

    memory_source_init(&source, tar->data, tar->length, 700);
    hives_made = 0;
    hive_status = WCOW_OK;
    return rootfs_to_layer(&source.source, &hives_of_test, &sink, &err);
}

static void add_hives(text *tar, const char *prefix)
{
    for (size_t i = 0; i < 5; i++) {
        cleanup_free char *name = text_format("%sWindows/System32/config/%s", prefix, hives[i]);

        tar_add_file(tar, name, "regf");
    }
}

static void add_folders(text *tar, const char *prefix)
{
    static const char *const names[] = {"Windows", "Windows/System32", "Windows/System32/config"};

    for (size_t i = 0; i < 3; i++) {
        cleanup_free char *name = text_format("%s%s", prefix, names[i]);

        tar_add_directory(tar, name);
    }
}

static wcow_status add_name(void *context, const listed_entry *entry, wcow_error *error)
{
    text *names = context;

    (void)error;
    text_addf(names, "%s", entry->name);
    if (entry->hard_link || entry->target)
        text_addf(names, " -> %s", entry->hard_link ? entry->hard_link : entry->target);
    if (entry->stream_count)
        text_addf(names, " +%zu", entry->stream_count);
    text_add(names, "\n");
    return WCOW_OK;
}

static void expect_names(const text *tar, const char *expected)
{
    cleanup_text text names = TEXT_INIT;
    memory_source source;

    memory_source_init(&source, tar->data, tar->length, 0);
    assert_ok(&err, layer_list_entries(&source.source, add_name, &names, &err));
    assert_string_equal(text_get(&names), expected);
}

/* What comes out can be imported, by the real importer. */
static void expect_imports(const text *tar)
{
    cleanup_layer layer *imported = NULL;

    assert_ok(&err, import_bytes(NULL, tar->data, tar->length, &imported));
}

#define HIVES_OUT                                                                                  \
    "Files/Windows/System32/config/DEFAULT\nFiles/Windows/System32/config/SAM\n"                   \
    "Files/Windows/System32/config/SECURITY\nFiles/Windows/System32/config/SOFTWARE\n"             \
    "Files/Windows/System32/config/SYSTEM\n"
#define FOLDERS_OUT "Files/Windows\nFiles/Windows/System32\nFiles/Windows/System32/config\n"

static void a_layer_s_tar_comes_out_byte_for_byte(void **state)
{
    size_t size;
    cleanup_free char *bytes = data_file("data/base.tar", &size);
    cleanup_text text small = TEXT_INIT;
    cleanup_text text packed = TEXT_INIT;
    cleanup_text text out = TEXT_INIT;
    const byte_sink sink = {append, &packed};
    cleanup_compressor compressor *c = NULL;

    (void)state;
    tar_add_directory(&small, "Files");
    add_folders(&small, "Files/");
    add_hives(&small, "Files/");
    tar_end(&small);
    text_add_bytes(&small, "\0\0\0", 3); /* what follows the end belongs to it, too */
    assert_ok(&err, convert(&small, &out));
    assert_int_equal(out.length, small.length);
    assert_memory_equal(out.data, small.data, small.length);
    assert_int_equal(hives_made, 0);

    assert_ok(&err, compressor_new(&sink, &c, &err));
    assert_ok(&err, sink_write(compressor_sink(c), small.data, small.length, &err));
    assert_ok(&err, compressor_finish(c, &err));
    text_cut(&out, 0);
    assert_ok(&err, convert(&packed, &out));
    assert_memory_equal(out.data, small.data, small.length);

    text_cut(&packed, 0);
    text_add_bytes(&packed, bytes, size);
    text_cut(&out, 0);
    assert_ok(&err, convert(&packed, &out));
    assert_int_equal(out.length, size);
    assert_memory_equal(out.data, bytes, size);
}

static void a_plain_root_is_moved_below_files(void **state)
{
    static const char *const records[] = {
        "MSWINDOWS.fileattr=33", "MSWINDOWS.rawsd=AQAEgA==", "SCHILY.xattr.user.x=1", NULL};
    cleanup_text text tar = TEXT_INIT;
    cleanup_text text out = TEXT_INIT;

    (void)state;
    tar_add_directory(&tar, "./");
    add_folders(&tar, "./");
    add_hives(&tar, "./");
    tar_add_pax(&tar, 'x', records);
    tar_add_file(&tar, "./a.txt", "contents of a");
    tar_add_file(&tar, "./a.txt:stream", "beside it");
    tar_add(&tar, '1', "./b.txt", "./a.txt", "", 0);
    tar_add(&tar, '2', "./c", "a.txt", "", 0);
    tar_end(&tar);
    assert_ok(&err, convert(&tar, &out));
    expect_names(&out, "Files\n" FOLDERS_OUT HIVES_OUT "Files/a.txt +1\n"
                       "Files/b.txt -> Files/a.txt\nFiles/c -> a.txt\n");
    assert_non_null(memmem(out.data, out.length, "contents of a", 13));
    assert_non_null(memmem(out.data, out.length, "MSWINDOWS.rawsd=AQAEgA==\n", 25));
    assert_non_null(memmem(out.data, out.length, "MSWINDOWS.fileattr=33\n", 22));
    assert_null(memmem(out.data, out.length, "SCHILY", 6));
    expect_imports(&out);
}

static void folders_that_are_left_out_are_made(void **state)
{
    cleanup_text text tar = TEXT_INIT;
    cleanup_text text out = TEXT_INIT;

    (void)state;
    add_hives(&tar, "");
    tar_add_directory(&tar, "Windows/"); /* comes too late, and once is enough */
    tar_end(&tar);
    assert_int_equal(convert(&tar, &out), WCOW_CORRUPT);
    assert_non_null(strstr(err.message, "has it twice"));

    text_cut(&tar, 0);
    text_cut(&out, 0);
    add_hives(&tar, "/");
    tar_add_file(&tar, "/Users/x/y", "z");
    tar_end(&tar);
    assert_ok(&err, convert(&tar, &out));
    expect_names(&out,
                 "Files\n" FOLDERS_OUT HIVES_OUT "Files/Users\nFiles/Users/x\nFiles/Users/x/y\n");
    expect_imports(&out);
}

static void a_layer_packed_from_its_folder_is_one_too(void **state)
{
    cleanup_text text tar = TEXT_INIT;
    cleanup_text text out = TEXT_INIT;

    (void)state;
    tar_add_directory(&tar, "./");
    tar_add_directory(&tar, "./Files/");
    add_folders(&tar, "./Files/");
    add_hives(&tar, "./Files/");
    tar_end(&tar);
    assert_ok(&err, convert(&tar, &out));
    expect_names(&out, "Files\n" FOLDERS_OUT HIVES_OUT);
}

static void a_layer_whose_folders_are_left_out_is_refused(void **state)
{
    cleanup_text text tar = TEXT_INIT;
    cleanup_text text out = TEXT_INIT;

    (void)state;
    tar_add_directory(&tar, "Files");
    tar_add_file(&tar, "Files/a/b", "c");
    add_folders(&tar, "Files/");
    add_hives(&tar, "Files/");
    tar_end(&tar);
    assert_fails(&err, WCOW_CORRUPT,
                 "entry 'Files/a/b': the archive has no folder 'Files\\a' before it",
                 convert(&tar, &out));
}

static void expect_refused(const text *tar, wcow_status status, const char *message)
{
    cleanup_text text out = TEXT_INIT;

    assert_fails(&err, status, message, convert(tar, &out));
}

/* Each folder of its way would be made first: 50,000 names of 50 KB. */
static void a_name_that_is_too_deep_costs_nothing(void **state)
{
    cleanup_text text tar = TEXT_INIT;
    cleanup_text text out = TEXT_INIT;
    cleanup_text text record = TEXT_INIT;

    (void)state;
    text_add(&record, "path=d");
    for (int i = 0; i < 40000; i++)
        text_add(&record, "/d");
    tar_add_pax(&tar, 'x', (const char *const[]){text_get(&record), NULL});
    tar_add_file(&tar, "x", "content");
    tar_end(&tar);
    assert_int_equal(convert(&tar, &out), WCOW_CORRUPT);
    assert_non_null(strstr(err.message, "entry 'Files/d/d/d/"));
    assert_in_range(out.length, 0, 200000);
}

static void what_no_base_layer_holds_is_refused_by_name(void **state)
{
    static const struct {
        char type;
        const char *name, *link, *message;
    } rows[] = {
        {'0', "../x", "", "entry 'Files/../x': it has a '..' component"},
        {'0', "a/.wh.b", "",
         "entry 'Files/a/.wh.b': a base layer cannot remove 'Files\\a\\b' from anything"},
        {'0', "a/.wh..wh..opq", "",
         "entry 'Files/a/.wh..wh..opq': a base layer has nothing to hide in 'Files\\a'"},
        {'3', "dev/null", "",
         "entry 'dev/null': a Windows layer cannot hold this kind of entry ('3')"},
        {'0', "a/con.txt", "", "entry 'Files/a/con.txt': it names a device"},
        {'1', "a/x", "nowhere",
         "entry 'Files/a/x': the archive has no file 'Files\\nowhere' before this link to it"},
        {'1', "a/x", "../x", "entry 'Files/a/x': its target 'Files/../x': it has a '..' component"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        cleanup_text text tar = TEXT_INIT;

        add_hives(&tar, "");
        tar_add_directory(&tar, "a");
        tar_add(&tar, rows[i].type, rows[i].name, rows[i].link, "", 0);
        tar_end(&tar);
        expect_refused(&tar, WCOW_CORRUPT, rows[i].message);
    }
}

static void what_is_no_windows_is_refused(void **state)
{
    cleanup_text text nothing = TEXT_INIT;
    cleanup_text text linux_root = TEXT_INIT;
    cleanup_text text rubbish = TEXT_INIT;

    (void)state;
    tar_end(&nothing);
    expect_refused(&nothing, WCOW_INVALID, "the archive is empty");
    tar_add_directory(&linux_root, "usr/");
    tar_add_file(&linux_root, "usr/x", "y");
    tar_end(&linux_root);
    expect_refused(&linux_root, WCOW_INVALID,
                   "it has no folder Windows: only the whole file system of a Windows image, "
                   "container or volume can become an image");
    for (int i = 0; i < 2000; i++)
        text_add(&rubbish, "rubbish");
    {
        cleanup_text text out = TEXT_INIT;

        assert_int_equal(convert(&rubbish, &out), WCOW_CORRUPT);
        assert_int_equal(out.length, 0);
    }
}

/* ---- hives that are missing ---- */

static void hives_that_are_missing_are_added_empty(void **state)
{
    (void)state;
    for (size_t i = 0; i < 5; i++) {
        cleanup_text text tar = TEXT_INIT;
        cleanup_text text out = TEXT_INIT;
        cleanup_text text names = TEXT_INIT;

        text_add(&names, "Files\nFiles/windows\nFiles/windows/system32\n"
                         "Files/windows/system32/Config\n");
        for (size_t j = 0; j < 5; j++) {
            cleanup_free char *name = text_format("windows/system32/Config/%s", hives[j]);

            if (i == j)
                continue;
            tar_add_file(&tar, name, "regf");
            text_addf(&names, "Files/%s\n", name);
        }
        tar_end(&tar);
        text_addf(&names, "Files/windows/system32/Config/%s\n", hives[i]);
        assert_ok(&err, convert(&tar, &out));
        assert_int_equal(hives_made, 1);
        expect_names(&out, text_get(&names));
        expect_imports(&out);
        reopen_platform();
    }
}

static void folders_above_missing_hives_are_added_before_them(void **state)
{
    cleanup_text text tar = TEXT_INIT;
    cleanup_text text out = TEXT_INIT;
    cleanup_layer layer *imported = NULL;

    (void)state;
    tar_add_directory(&tar, "WINDOWS");
    tar_add_file(&tar, "a", "b");
    tar_end(&tar);
    assert_ok(&err, convert(&tar, &out));
    assert_int_equal(hives_made, 1);
    expect_names(&out, "Files\nFiles/WINDOWS\nFiles/a\nFiles/WINDOWS/System32\n"
                       "Files/WINDOWS/System32/config\n"
                       "Files/WINDOWS/System32/config/DEFAULT\nFiles/WINDOWS/System32/config/SAM\n"
                       "Files/WINDOWS/System32/config/SECURITY\n"
                       "Files/WINDOWS/System32/config/SOFTWARE\n"
                       "Files/WINDOWS/System32/config/SYSTEM\n");
    assert_ok(&err, import_bytes(NULL, out.data, out.length, &imported));
    {
        cleanup_free char *path = in_layer(imported, "Files\\WINDOWS\\System32\\config\\SAM");
        cleanup_free char *bytes = NULL;
        metadata_record hive = metadata_of(imported, "Files\\WINDOWS\\System32\\config\\SAM");
        metadata_record folder = metadata_of(imported, "Files\\WINDOWS\\System32\\config");
        metadata_record above = metadata_of(imported, "Files\\WINDOWS\\System32");
        size_t size = 0;

        assert_int_equal(files.port.read(&files.port, path, 100, &bytes, &size), 0);
        assert_string_equal(bytes, "an empty hive");
        assert_int_equal(hive.info.attributes, 0x20);
        /* Users may look into the folders above (a third entry), and not into the hives' own. */
        assert_int_equal(folder.size, hive.size);
        assert_true(above.size > folder.size);
        free(hive.streams);
        free(folder.streams);
        free(above.streams);
    }
}

/* Files of zeros, and what else looks like the end and is not. */
static void zeros_before_the_end_stay_where_they_are(void **state)
{
    static const char zeros[5000];
    cleanup_text text tar = TEXT_INIT;
    cleanup_text text out = TEXT_INIT;
    size_t length;

    (void)state;
    tar_add_directory(&tar, "Files");
    add_folders(&tar, "Files/");
    tar_add(&tar, '0', "Files/zeros", "", zeros, sizeof(zeros));
    length = tar.length;
    for (int i = 0; i < 20; i++)
        tar_end(&tar);
    assert_ok(&err, convert(&tar, &out));
    assert_memory_equal(out.data, tar.data, length);
    expect_names(&out, "Files\n" FOLDERS_OUT "Files/zeros\n" HIVES_OUT);
    expect_imports(&out);
}

/* What is lost may have been the hives. */
static void an_archive_that_was_cut_between_entries_gets_no_hives(void **state)
{
    static const char *const prefixes[] = {"", "Files/"};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        cleanup_text text tar = TEXT_INIT;

        if (i)
            tar_add_directory(&tar, "Files");
        add_folders(&tar, prefixes[i]);
        expect_refused(&tar, WCOW_CORRUPT,
                       "it has no Windows\\System32\\config\\DEFAULT, and is cut off");
    }
}

static void an_archive_that_goes_on_after_its_end_gets_no_hives(void **state)
{
    cleanup_text text tar = TEXT_INIT;

    (void)state;
    tar_add_directory(&tar, "Files");
    add_folders(&tar, "Files/");
    tar_end(&tar);
    tar_add_file(&tar, "more", "of it");
    expect_refused(&tar, WCOW_CORRUPT,
                   "it has no Windows\\System32\\config\\DEFAULT, and goes on after its end");
}

static void what_stands_in_a_hive_s_way_is_refused(void **state)
{
    static const struct {
        char type;
        const char *name, *message;
        wcow_status status;
    } rows[] = {
        {'5', "Windows/System32/config/SAM",
         "entry 'Files/Windows/System32/config/SAM': it must be a file: the layer's registry is "
         "made of it",
         WCOW_CORRUPT},
        {'2', "Windows/System32/config/SAM",
         "entry 'Files/Windows/System32/config/SAM': it must be a file: the layer's registry is "
         "made of it",
         WCOW_CORRUPT},
        {'0', "Windows/System32/config",
         "it has no Windows\\System32\\config\\DEFAULT, and its 'Windows\\System32\\config' is no "
         "folder for one",
         WCOW_INVALID},
        {'2', "Windows/System32",
         "it has no Windows\\System32\\config\\DEFAULT, and its 'Windows\\System32' is no folder "
         "for "
         "one",
         WCOW_INVALID},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        cleanup_text text tar = TEXT_INIT;

        tar_add_directory(&tar, "Windows");
        tar_add(&tar, rows[i].type, rows[i].name, rows[i].type == '2' ? "elsewhere" : "", "", 0);
        tar_end(&tar);
        expect_refused(&tar, rows[i].status, rows[i].message);
    }
}

static void a_hive_that_cannot_be_made_is_told(void **state)
{
    const hive_maker failing = {make_hive, NULL};
    cleanup_text text tar = TEXT_INIT;
    cleanup_text text out = TEXT_INIT;
    const byte_sink sink = {append, &out};
    memory_source source;

    (void)state;
    tar_add_directory(&tar, "Windows");
    tar_end(&tar);
    memory_source_init(&source, tar.data, tar.length, 0);
    hive_status = WCOW_UNAVAILABLE;
    assert_fails(
        &err, WCOW_UNAVAILABLE,
        "it has no Windows\\System32\\config\\DEFAULT, and an empty one cannot be made: there "
        "is no library",
        rootfs_to_layer(&source.source, &failing, &sink, &err));
}

/* Every piece of what is added may be the one that the disk has no room for. */
static wcow_status take_some(void *context, const void *bytes, size_t size, wcow_error *error)
{
    size_t *room = context;

    (void)bytes;
    if (size > *room)
        return error_set(error, WCOW_FAILED, "full");
    *room -= size;
    return WCOW_OK;
}

static void a_full_disk_is_told_wherever_it_is_met(void **state)
{
    const hive_maker maker = {make_hive, NULL};
    cleanup_text text tar = TEXT_INIT;
    size_t failed = 0;

    (void)state;
    tar_add_directory(&tar, "Windows");
    tar_end(&tar);
    hive_status = WCOW_OK;
    for (size_t all = 0;; all += 512, failed++) {
        size_t room = all;
        const byte_sink sink = {take_some, &room};
        memory_source source;
        wcow_status status;

        memory_source_init(&source, tar.data, tar.length, 0);
        status = rootfs_to_layer(&source.source, &maker, &sink, &err);
        if (!status)
            break;
        assert_int_equal(status, WCOW_FAILED);
        assert_true(text_ends_with(err.message, "full"));
    }
    assert_true(failed > 20);
}

static void an_archive_cut_anywhere_is_refused(void **state)
{
    cleanup_text text tar = TEXT_INIT;

    (void)state;
    add_folders(&tar, "");
    tar_add_file(&tar, "a", "contents");
    add_hives(&tar, "");
    for (size_t length = 1; length < tar.length; length += 100) {
        const text cut = {tar.data, length, length, false};
        cleanup_text text out = TEXT_INIT;

        assert_true(convert(&cut, &out) != WCOW_OK || length > tar.length - 512);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_layer_s_tar_comes_out_byte_for_byte),
        TEST(a_plain_root_is_moved_below_files),
        TEST(folders_that_are_left_out_are_made),
        TEST(a_layer_packed_from_its_folder_is_one_too),
        TEST(a_layer_whose_folders_are_left_out_is_refused),
        TEST(a_name_that_is_too_deep_costs_nothing),
        TEST(what_no_base_layer_holds_is_refused_by_name),
        TEST(what_is_no_windows_is_refused),
        TEST(an_archive_cut_anywhere_is_refused),
        TEST(hives_that_are_missing_are_added_empty),
        TEST(folders_above_missing_hives_are_added_before_them),
        TEST(zeros_before_the_end_stay_where_they_are),
        TEST(an_archive_that_was_cut_between_entries_gets_no_hives),
        TEST(an_archive_that_goes_on_after_its_end_gets_no_hives),
        TEST(what_stands_in_a_hive_s_way_is_refused),
        TEST(a_hive_that_cannot_be_made_is_told),
        TEST(a_full_disk_is_told_wherever_it_is_met),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
