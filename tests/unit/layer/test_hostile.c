/* SPDX-License-Identifier: MIT */
/* Layers from strangers: refused with the name of the entry, and nothing is left of them. */
#include "tests/unit/layer/import_fixture.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/support/tar_builder.h"

static void refuse_in_base(const char *message, const text *tar)
{
    layer *l = NULL;
    wcow_status status = import_bytes(NULL, tar->data, tar->length, &l);
    const char *said = strstr(err.message, ": ");

    assert_int_equal(status, WCOW_CORRUPT);
    assert_non_null(said);
    assert_string_equal(said + 2, message);
    assert_int_equal(things_in_store(), 0);
    assert_null(l);
}

static void names_that_lead_elsewhere_are_refused(void **state)
{
    static const struct {
        const char *name;
        const char *message;
    } cases[] = {
        {"Files/../../x", "entry 'Files/../../x': it has a '..' component"},
        {"../Files/x", "entry '../Files/x': it has a '..' component"},
        {"Files\\..\\..\\x", "entry 'Files\\..\\..\\x': it has a '..' component"},
        {"Files/./x", "entry 'Files/./x': it has a '.' component"},
        {"/Files/x", "entry '/Files/x': it is an absolute path"},
        {"\\\\?\\C:\\x", "entry '\\\\?\\C:\\x': it is an absolute path"},
        {"C:/x", "entry 'C:/x': it has a ':'"},
        {"Files/C:/x", "entry 'Files/C:/x': it has a ':'"},
        {"Files/x:stream", "entry 'Files/x:stream': it has a ':'"},
        {"Files/NUL", "entry 'Files/NUL': it names a device"},
        {"Files/com1.txt", "entry 'Files/com1.txt': it names a device"},
        {"Files/aux .c", "entry 'Files/aux .c': it names a device"},
        {"Files/lpt9.tar.gz", "entry 'Files/lpt9.tar.gz': it names a device"},
        {"Files/COM\u00B9", "entry 'Files/COM\u00B9': it names a device"},
        {"Files/conin$", "entry 'Files/conin$': it names a device"},
        {"Files/prn/x", "entry 'Files/prn/x': it names a device"},
        {"Files/x.", "entry 'Files/x.': a component ends with a dot or blank"},
        {"Files/x ", "entry 'Files/x ': a component ends with a dot or blank"},
        {"Files/a*b", "entry 'Files/a*b': it has a character that Windows does not allow"},
        {"Files/a\tb", "entry 'Files/a\tb': it has a control character"},
        {"Other/x", "entry 'Other/x': it is not below Files, Hives or UtilityVM/Files"},
        {"files", "entry 'files': it is not below Files, Hives or UtilityVM/Files"},
        {"UtilityVM/x", "entry 'UtilityVM/x': it is not below Files, Hives or UtilityVM/Files"},
        {"layer.json", "entry 'layer.json': it is not below Files, Hives or UtilityVM/Files"},
        {"Files/d.$wcidirs$", "entry 'Files/d.$wcidirs$': it ends with .$wcidirs$, which the "
                              "layer format keeps to itself"},
        {"Files/d.$WciDirs$", "entry 'Files/d.$WciDirs$': it ends with .$wcidirs$, which the "
                              "layer format keeps to itself"},
        {"Files.$wcidirs$", "entry 'Files.$wcidirs$': it ends with .$wcidirs$, which the layer "
                            "format keeps to itself"},
        {"tombstones.txt",
         "entry 'tombstones.txt': it is not below Files, Hives or UtilityVM/Files"},
        {"bcd.bak", "entry 'bcd.bak': it is not below Files, Hives or UtilityVM/Files"},
        {"", "entry '': it is not below Files, Hives or UtilityVM/Files"},
        {"Files/.wh.../x", "entry 'Files/.wh.../x': a component ends with a dot or blank"},
        {"Files/.wh.x", "entry 'Files/.wh.x': a base layer cannot remove 'Files\\x' from anything"},
        {"Files/.wh...", "entry 'Files/.wh...': a component ends with a dot or blank"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        cleanup_text text tar = TEXT_INIT;

        tar_add_directory(&tar, "Files");
        tar_add_file(&tar, cases[i].name, "x");
        tar_end(&tar);
        refuse_in_base(cases[i].message, &tar);
    }
}

static void a_name_that_is_too_long_is_refused(void **state)
{
    cleanup_text text tar = TEXT_INIT;
    cleanup_text text record = TEXT_INIT;
    char message[500];

    (void)state;
    text_add(&record, "path=Files/");
    for (int i = 0; i < 256; i++)
        text_add_char(&record, 'n');
    snprintf(message, sizeof(message), "entry '%s': a component is longer than 255 characters",
             record.data + 5);
    tar_add_directory(&tar, "Files");
    tar_add_pax(&tar, 'x', (const char *const[]){text_get(&record), NULL});
    tar_add_file(&tar, "x", "x");
    refuse_in_base(message, &tar);
}

/* A PAX path of "Files", so many slashes, and "a"; or whatever else gives names. */
static void add_slashes(text *tar, const char *key, char type, size_t slashes)
{
    cleanup_text text value = TEXT_INIT;
    cleanup_text text record = TEXT_INIT;

    text_add(&value, "Files");
    for (size_t i = 0; i < slashes; i++)
        text_add_char(&value, '/');
    text_add_char(&value, 'a');
    text_addf(&record, "%s=%s", key, text_get(&value));
    if (type == 'x')
        tar_add_pax(tar, 'x', (const char *const[]){text_get(&record), NULL});
    else
        tar_add(tar, type, "././@LongLink", "", text_get(&value), value.length + 1);
}

/* It was copied into a buffer of a fixed size, as it stands in the tar. */
static void a_name_of_many_slashes_is_refused(void **state)
{
    static const struct {
        const char *key;
        char type;
    } forms[] = {{"path", 'x'}, {"path", 'L'}, {"linkpath", 'x'}, {"linkpath", 'K'}};
    static const size_t counts[] = {98299, 131000, 196000, 262144, 270000, 1000000};

    (void)state;
    for (size_t f = 0; f < sizeof(forms) / sizeof(forms[0]); f++) {
        for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
            cleanup_text text tar = TEXT_INIT;
            char end[64];

            snprintf(end, sizeof(end), "/...' of %zu bytes is too long", counts[i] + 6);
            tar_add_directory(&tar, "Files");
            add_slashes(&tar, forms[f].key, forms[f].type, counts[i]);
            tar_add_file(&tar, "Files/f", "content");
            tar_end(&tar);
            assert_int_equal(import_bytes(NULL, tar.data, tar.length, &(layer *){NULL}),
                             WCOW_CORRUPT);
            assert_non_null(strstr(err.message, "the name 'Files///"));
            assert_null(strstr(err.message, "entry '"));
            assert_true(text_ends_with(err.message, end));
            assert_int_equal(things_in_store(), 0);
        }
    }
}

/* The longest that is taken, beside others and alone; and what is not UTF-8 grows. */
static void a_name_of_slashes_that_fits_is_a_name(void **state)
{
    cleanup_layer layer *l = NULL;
    cleanup_text text tar = TEXT_INIT;

    (void)state;
    tar_add_directory(&tar, "Files");
    tar_add_file(&tar, "Files/before", "1");
    add_slashes(&tar, "path", 'x', 98298);
    tar_add_file(&tar, "Files/f", "content");
    tar_add_file(&tar, "Files/behind", "2");
    tar_end(&tar);
    assert_ok(&err, import_bytes(NULL, tar.data, tar.length, &l));
    assert_true(has(l, "Files\\a"));
    assert_true(has(l, "Files\\behind"));
}

static void a_name_that_grows_when_it_is_mended_is_refused(void **state)
{
    cleanup_text text tar = TEXT_INIT;
    cleanup_text text record = TEXT_INIT;

    (void)state;
    text_add(&record, "path=Files/");
    for (int i = 0; i < 33000; i++)
        text_add_char(&record, '\xff');
    tar_add_directory(&tar, "Files");
    tar_add_pax(&tar, 'x', (const char *const[]){text_get(&record), NULL});
    tar_add_file(&tar, "x", "x");
    assert_int_equal(import_bytes(NULL, tar.data, tar.length, &(layer *){NULL}), WCOW_CORRUPT);
    assert_true(text_ends_with(err.message, "\uFFFD...' of 99006 bytes is too long"));
}

static void a_name_that_is_too_deep_is_refused(void **state)
{
    cleanup_text text tar = TEXT_INIT;
    cleanup_text text record = TEXT_INIT;

    (void)state;
    text_add(&record, "path=Files");
    for (int i = 0; i < 500; i++)
        text_add(&record, "/d");
    tar_add_directory(&tar, "Files");
    tar_add_pax(&tar, 'x', (const char *const[]){text_get(&record), NULL});
    tar_add_directory(&tar, "x");
    /* Its message is cut, as long as the name is. */
    assert_int_equal(import_bytes(NULL, tar.data, tar.length, &(layer *){NULL}), WCOW_CORRUPT);
    assert_non_null(strstr(err.message, "'Files/d/d/d/"));
    assert_int_equal(things_in_store(), 0);
}

/* What all else lies in must not lead elsewhere. */
static void the_outermost_folders_must_be_folders(void **state)
{
    static const struct {
        char type;
        const char *name, *link;
    } cases[] = {
        {'2', "Files", "C:/"},         {'2', "UtilityVM", "C:/"}, {'2', "UtilityVM/Files", "C:/"},
        {'2', "Hives", "Files"},       {'0', "Hives", ""},        {'1', "Hives", "Files/f"},
        {'1', "UtilityVM", "Files/f"}, {'0', "UtilityVM", ""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        cleanup_text text tar = TEXT_INIT;
        cleanup_free char *message = text_format("entry '%s': it must be a folder", cases[i].name);

        if (strcmp(cases[i].name, "Files") != 0) {
            tar_add_directory(&tar, "Files");
            tar_add_file(&tar, "Files/f", "x");
        }
        if (strchr(cases[i].name, '/'))
            tar_add_directory(&tar, "UtilityVM");
        tar_add(&tar, cases[i].type, cases[i].name, cases[i].link, "", 0);
        refuse_in_base(message, &tar);
    }
}

/* What the header says is not what is there. */
static void sizes_that_lie_are_refused(void **state)
{
    cleanup_text text tar = TEXT_INIT;
    size_t header;

    (void)state;
    tar_add_directory(&tar, "Files");
    header = tar.length;
    tar_add_file(&tar, "Files/f", "x");
    memcpy(tar.data + header + 124, "77777777777", 12); /* 8 GiB */
    tar_fix_checksum(&tar, header);
    refuse_in_base("entry 'Files/f': the archive ends within 'Files/f'", &tar);
}

static void an_entry_that_comes_twice_is_refused(void **state)
{
    cleanup_text text tar = TEXT_INIT;

    (void)state;
    tar_add_directory(&tar, "Files");
    tar_add_file(&tar, "Files/readme", "x");
    tar_add_file(&tar, "Files/ReadMe", "y");
    refuse_in_base("entry 'Files/ReadMe': the archive has it twice", &tar);
}

static void nothing_is_written_through_a_link(void **state)
{
    cleanup_text text tar = TEXT_INIT;

    (void)state;
    tar_add_directory(&tar, "Files");
    tar_add(&tar, '2', "Files/out", "C:/Windows", "", 0);
    tar_add_file(&tar, "Files/out/evil.dll", "x");
    refuse_in_base("entry 'Files/out/evil.dll': it lies behind the link 'Files\\out'", &tar);
}

static void nothing_is_written_into_a_file(void **state)
{
    cleanup_text text tar = TEXT_INIT;

    (void)state;
    tar_add_directory(&tar, "Files");
    tar_add_file(&tar, "Files/f", "x");
    tar_add_file(&tar, "Files/f/g", "x");
    refuse_in_base("entry 'Files/f/g': it lies within 'Files\\f', which is a file", &tar);
}

static void hard_links_out_of_the_layer_are_refused(void **state)
{
    static const struct {
        const char *target;
        const char *message;
    } cases[] = {
        {"../../etc/passwd",
         "entry 'Files/l': its target '../../etc/passwd': it has a '..' component"},
        {"/etc/passwd", "entry 'Files/l': its target '/etc/passwd': it is an absolute path"},
        {"Files/none",
         "entry 'Files/l': the archive has no file 'Files\\none' before this link to it"},
        {"Files", "entry 'Files/l': the archive has no file 'Files' before this link to it"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        cleanup_text text tar = TEXT_INIT;

        tar_add_directory(&tar, "Files");
        tar_add(&tar, '1', "Files/l", cases[i].target, "", 0);
        refuse_in_base(cases[i].message, &tar);
    }
}

static void devices_and_contradictions_are_refused(void **state)
{
    cleanup_text text device = TEXT_INIT;
    cleanup_text text folder = TEXT_INIT;

    (void)state;
    tar_add(&device, '3', "Files", "", "", 0);
    refuse_in_base("entry 'Files': a Windows layer cannot hold this kind of entry ('3')", &device);
    tar_add_pax(&folder, 'x', (const char *const[]){"MSWINDOWS.fileattr=16", NULL});
    tar_add_file(&folder, "Files", "x");
    refuse_in_base("entry 'Files': its attributes (0x10) do not fit its type ('0')", &folder);
}

static void refuse_in_diff(const char *parent, const char *message, const text *tar)
{
    layer *l = NULL;
    wcow_status status = import_bytes(parent, tar->data, tar->length, &l);
    const char *said = strstr(err.message, ": ");

    assert_int_equal(status, WCOW_CORRUPT);
    assert_string_equal(said + 2, message);
    assert_int_equal(things_in_store(), 1);
    assert_null(l);
}

static void a_hostile_diff_layer_is_refused(void **state)
{
    static const struct {
        char type;
        const char *name;
        const char *link;
        const char *message;
    } cases[] = {
        {'5', "Hives/d", "", "entry 'Hives/d': only files can be below Hives"},
        {'2', "Hives/l", "x", "entry 'Hives/l': only files can be below Hives"},
        {'1', "Hives/l", "Files/x",
         "entry 'Hives/l': a hard link from there to 'Files\\x' is not allowed"},
        {'1', "Files/l", "Hives/x",
         "entry 'Files/l': neither this layer nor a parent has 'Hives\\x', which it links to"},
        {'1', "UtilityVM/Files/l", "Files/noattr.txt",
         "entry 'UtilityVM/Files/l': a hard link from there to 'Files\\noattr.txt' is not allowed"},
        {'1', "Files/l", "Files", "entry 'Files/l': 'Files', which it links to, is a folder"},
        {'1', "Files/l", "Files/Windows",
         "entry 'Files/l': 'Files\\Windows', which it links to, is a folder"},
        {'1', "UtilityVM/Files/l", "UtilityVM/Files/EFI",
         "entry 'UtilityVM/Files/l': 'UtilityVM\\Files\\EFI', which it links to, is a folder"},
        {'0', "Files/.wh.", "", "entry 'Files/.wh.': a component ends with a dot or blank"},
        {'0', ".wh.Files", "",
         "entry '.wh.Files': it is not below Files, Hives or UtilityVM/Files"},
        {'0', "UtilityVM/.wh.Files", "",
         "entry 'UtilityVM/.wh.Files': it is not below Files, Hives or UtilityVM/Files"},
        {'0', "Hives/.wh.System_Delta", "",
         "entry 'Hives/.wh.System_Delta': 'Hives\\System_Delta' cannot be removed by a layer"},
        {'0', "UtilityVM/Files/.wh.none", "",
         "entry 'UtilityVM/Files/.wh.none': the parent's utility VM has no "
         "'UtilityVM\\Files\\none' to remove"},
    };
    cleanup_layer layer *base = NULL;

    (void)state;
    assert_ok(&err, import_file(NULL, "data/base.tar", &base));
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        cleanup_text text tar = TEXT_INIT;

        tar_add_directory(&tar, "Files");
        tar_add_directory(&tar, "Hives");
        tar_add(&tar, cases[i].type, cases[i].name, cases[i].link, "", 0);
        tar_end(&tar);
        refuse_in_diff(base->id, cases[i].message, &tar);
    }
}

static void nothing_is_removed_behind_a_link(void **state)
{
    cleanup_layer layer *base = NULL;
    cleanup_text text tar = TEXT_INIT;

    (void)state;
    assert_ok(&err, import_file(NULL, "data/base.tar", &base));
    tar_add_directory(&tar, "Files");
    tar_add(&tar, '2', "Files/out", "C:/Windows", "", 0);
    tar_add_file(&tar, "Files/out/.wh.System32", "");
    refuse_in_diff(base->id, "entry 'Files/out/.wh.System32': it lies behind the link 'Files\\out'",
                   &tar);
}

static void a_parent_without_a_utility_vm_cannot_be_changed(void **state)
{
    cleanup_layer layer *base = NULL;
    cleanup_text text base_tar = TEXT_INIT;
    cleanup_text text tar = TEXT_INIT;

    (void)state;
    tar_add_directory(&base_tar, "Files");
    tar_end(&base_tar);
    assert_ok(&err, import_bytes(NULL, base_tar.data, base_tar.length, &base));
    assert_false(base->utility_vm);
    tar_add_directory(&tar, "UtilityVM");
    tar_end(&tar);
    refuse_in_diff(
        base->id,
        "entry 'UtilityVM': the layer changes the utility VM, but no parent layer has one", &tar);
}

static void a_layer_cut_anywhere_leaves_nothing(void **state)
{
    cleanup_text text tar = TEXT_INIT;
    layer_id diff_id;

    (void)state;
    tar_add_directory(&tar, "Files");
    tar_add_pax(&tar, 'x', (const char *const[]){"MSWINDOWS.fileattr=32", "mtime=1.5", NULL});
    tar_add_file(&tar, "Files/a", "content");
    tar_add_file(&tar, "Files/a:s", "stream");
    tar_end(&tar);
    hash_of(tar.data, tar.length, diff_id);
    for (size_t length = 0; length < tar.length; length++) {
        cleanup_free char *exact = text_copy_bytes(tar.data, length);
        memory_source source;
        layer_import_request request = {NULL, diff_id, &source.source};
        layer *l = NULL;

        memory_source_init(&source, exact, length, 0);
        assert_int_equal(layer_import(&store, &request, &l, &err), WCOW_CORRUPT);
        assert_int_equal(things_in_store(), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(names_that_lead_elsewhere_are_refused, start, stop),
        cmocka_unit_test_setup_teardown(a_name_that_is_too_long_is_refused, start, stop),
        cmocka_unit_test_setup_teardown(a_name_of_many_slashes_is_refused, start, stop),
        cmocka_unit_test_setup_teardown(a_name_of_slashes_that_fits_is_a_name, start, stop),
        cmocka_unit_test_setup_teardown(a_name_that_grows_when_it_is_mended_is_refused, start,
                                        stop),
        cmocka_unit_test_setup_teardown(a_name_that_is_too_deep_is_refused, start, stop),
        cmocka_unit_test_setup_teardown(the_outermost_folders_must_be_folders, start, stop),
        cmocka_unit_test_setup_teardown(sizes_that_lie_are_refused, start, stop),
        cmocka_unit_test_setup_teardown(nothing_is_removed_behind_a_link, start, stop),
        cmocka_unit_test_setup_teardown(an_entry_that_comes_twice_is_refused, start, stop),
        cmocka_unit_test_setup_teardown(nothing_is_written_through_a_link, start, stop),
        cmocka_unit_test_setup_teardown(nothing_is_written_into_a_file, start, stop),
        cmocka_unit_test_setup_teardown(hard_links_out_of_the_layer_are_refused, start, stop),
        cmocka_unit_test_setup_teardown(devices_and_contradictions_are_refused, start, stop),
        cmocka_unit_test_setup_teardown(a_hostile_diff_layer_is_refused, start, stop),
        cmocka_unit_test_setup_teardown(a_parent_without_a_utility_vm_cannot_be_changed, start,
                                        stop),
        cmocka_unit_test_setup_teardown(a_layer_cut_anywhere_leaves_nothing, start, stop),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
