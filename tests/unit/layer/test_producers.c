/* SPDX-License-Identifier: MIT */
/* Layers as they are made elsewhere than on Windows: BuildKit, umoci, whoever follows OCI. */
#include "tests/unit/layer/import_fixture.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "tests/unit/support/tar_builder.h"

/* ---- removals ---- */

static const char *const *of_parents; /* files that they have below Files */

static void put(const char *folder, const char *name)
{
    for (const char *slash = strchr(name, '/'); slash; slash = strchr(slash + 1, '/')) {
        cleanup_free char *path = text_format("%s/Files/%.*s", folder, (int)(slash - name), name);

        (void)platform->make_directory(platform, path);
    }
    cleanup_free char *path = text_format("%s/Files/%s", folder, name);

    if (HR_FAILED(platform->replace(platform, path, "parent's", 8)))
        abort();
}

/* As ImportLayer leaves a layer: what parents have is to be seen in it, what the layer brings
 * instead of it, where both have something. */
static void import_over_parents(const char *path, const char *folder, void *context)
{
    place_files(path, folder, context);
    for (const char *const *name = of_parents; *name; name++) {
        cleanup_free char *there = text_format("%s/Files/%s", path, *name);
        file_info info;

        if (HR_FAILED(platform->info(platform, there, &info)))
            put(path, *name);
    }
}

static void import_over(const char *const *parents, text *tar, layer **out)
{
    cleanup_layer layer *base = NULL;

    assert_ok(&err, import_file(NULL, "data/base.tar", &base));
    of_parents = parents;
    storage.on_import = import_over_parents;
    tar_end(tar);
    assert_ok(&err, import_bytes(base->id, tar->data, tar->length, out));
}

static void begin(text *tar)
{
    tar_add_directory(tar, "Files");
    tar_add_directory(tar, "Files/Windows");
    tar_add_directory(tar, "Files/Windows/System32");
}

static const char *const usual[] = {"d/a", "d/sub/b", "d/sub/deep/c", "e/f", NULL};

/* Only what the layer brings itself is in it then. */
static void a_folder_removed_and_made_again_is_new(void **state)
{
    (void)state;
    for (int first = 0; first < 2; first++) {
        cleanup_layer layer *l = NULL;
        cleanup_text text tar = TEXT_INIT;

        begin(&tar);
        if (first)
            tar_add_file(&tar, "Files/.wh.d", "");
        tar_add_directory(&tar, "Files/d");
        tar_add_file(&tar, "Files/d/new", "new");
        tar_add_directory(&tar, "Files/d/sub");
        tar_add_file(&tar, "Files/d/sub/own", "own");
        if (!first)
            tar_add_file(&tar, "Files/.wh.d", "");
        import_over(usual, &tar, &l);
        assert_true(has(l, "Files\\d\\new"));
        assert_true(has(l, "Files\\d\\sub\\own"));
        assert_false(has(l, "Files\\d\\a"));
        assert_false(has(l, "Files\\d\\sub\\b"));
        assert_false(has(l, "Files\\d\\sub\\deep"));
        assert_true(has(l, "Files\\e\\f"));
        stop(state);
        start(state);
    }
}

static void an_opaque_folder_shows_nothing_of_parents(void **state)
{
    cleanup_layer layer *l = NULL;
    cleanup_text text tar = TEXT_INIT;

    (void)state;
    begin(&tar);
    tar_add_directory(&tar, "Files/d");
    tar_add_file(&tar, "Files/d/.wh..wh..opq", "");
    tar_add_file(&tar, "Files/d/a", "mine");
    tar_add_directory(&tar, "Files/d/sub");
    tar_add(&tar, '1', "Files/d/link", "Files/d/a", "", 0);
    import_over(usual, &tar, &l);
    assert_true(has(l, "Files\\d\\a"));
    assert_true(has(l, "Files\\d\\link"));
    assert_true(has(l, "Files\\d\\sub"));
    assert_false(has(l, "Files\\d\\sub\\b"));
    assert_false(has(l, "Files\\d\\.wh..wh..opq"));
    assert_true(has(l, "Files\\e\\f"));
}

/* Folders that the layer does not bring are no matter: they become empty. */
static void an_opaque_folder_need_not_be_in_the_layer(void **state)
{
    static const char *const parents[] = {"d/a", "d/sub/b", NULL};
    cleanup_layer layer *l = NULL;
    cleanup_text text tar = TEXT_INIT;

    (void)state;
    begin(&tar);
    tar_add_file(&tar, "Files/d/.wh..wh..opq", "");
    tar_add_file(&tar, "Files/none/.wh..wh..opq", "");
    import_over(parents, &tar, &l);
    assert_true(has(l, "Files\\d"));
    assert_false(has(l, "Files\\d\\a"));
    assert_false(has(l, "Files\\d\\sub"));
    assert_false(has(l, "Files\\none"));
}

static void an_opaque_folder_of_the_utility_vm_shows_nothing_of_the_parent_s(void **state)
{
    static const char *const none[] = {NULL};
    cleanup_layer layer *l = NULL;
    cleanup_text text tar = TEXT_INIT;

    (void)state;
    begin(&tar);
    tar_add_directory(&tar, "UtilityVM");
    tar_add_directory(&tar, "UtilityVM/Files");
    tar_add_directory(&tar, "UtilityVM/Files/EFI");
    tar_add_file(&tar, "UtilityVM/Files/EFI/.wh..wh..opq", "");
    tar_add_file(&tar, "UtilityVM/Files/EFI/own", "own");
    import_over(none, &tar, &l);
    assert_true(has(l, "UtilityVM\\Files\\EFI\\own"));
    assert_false(has(l, "UtilityVM\\Files\\EFI\\Microsoft"));
}

/* The other way round than most layers have it: it spares what its own layer brought. */
static void a_whiteout_in_the_utility_vm_may_come_after_what_takes_its_place(void **state)
{
    static const char *const none[] = {NULL};
    cleanup_layer layer *l = NULL;
    cleanup_text text tar = TEXT_INIT;

    (void)state;
    begin(&tar);
    tar_add_directory(&tar, "UtilityVM");
    tar_add_directory(&tar, "UtilityVM/Files");
    tar_add_directory(&tar, "UtilityVM/Files/EFI");
    tar_add_file(&tar, "UtilityVM/Files/EFI/own", "own");
    tar_add_file(&tar, "UtilityVM/Files/.wh.EFI", "");
    import_over(none, &tar, &l);
    assert_true(has(l, "UtilityVM\\Files\\EFI\\own"));
    assert_false(has(l, "UtilityVM\\Files\\EFI\\Microsoft"));
}

static void where_nothing_can_be_hidden_opaque_whiteouts_are_refused(void **state)
{
    static const struct {
        const char *name, *message;
        bool base;
    } cases[] = {
        {"Files/.wh..wh..opq", "a base layer has nothing to hide in 'Files'", true},
        {"Hives/.wh..wh..opq", "'Hives' cannot be cleared by a layer", false},
        {".wh..wh..opq", "it is not below Files, Hives or UtilityVM/Files", false},
        {"Files/out/.wh..wh..opq", "it lies behind the link 'Files\\out'", false},
    };
    cleanup_layer layer *base = NULL;

    (void)state;
    assert_ok(&err, import_file(NULL, "data/base.tar", &base));
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        cleanup_text text tar = TEXT_INIT;
        cleanup_free char *expected =
            text_format("entry '%s': %s", cases[i].name, cases[i].message);

        begin(&tar);
        tar_add(&tar, '2', "Files/out", "C:/Windows", "", 0);
        tar_add_directory(&tar, "Hives");
        tar_add_file(&tar, cases[i].name, "");
        tar_end(&tar);
        assert_int_equal(
            import_bytes(cases[i].base ? NULL : base->id, tar.data, tar.length, &(layer *){NULL}),
            WCOW_CORRUPT);
        assert_true(text_ends_with(err.message, expected));
    }
}

/* ---- folders ---- */

static void expect_refused(const char *parent, const text *tar, const char *message)
{
    size_t before = things_in_store();

    assert_int_equal(import_bytes(parent, tar->data, tar->length, &(layer *){NULL}), WCOW_CORRUPT);
    assert_true(text_ends_with(err.message, message));
    assert_int_equal(things_in_store(), before);
}

/* umoci and others that add files without the folders they are in. */
static void a_folder_that_the_archive_left_out_is_named(void **state)
{
    static const struct {
        char type;
        const char *name, *folder;
        size_t size;
        bool files; /* the archive has at least this */
    } cases[] = {
        {'0', "Files/x", "Files", 1, false},           {'5', "Files/x", "Files", 0, false},
        {'0', "Files/a/x", "Files\\a", 1, true},       {'0', "Files/a/x", "Files\\a", 300000, true},
        {'5', "Files/a/b", "Files\\a", 0, true},       {'2', "Files/a/b/l", "Files\\a\\b", 0, true},
        {'0', "Hives/System_Delta", "Hives", 1, true},
    };
    cleanup_layer layer *base = NULL;
    cleanup_free char *bytes = calloc(1, 300000);

    (void)state;
    assert_ok(&err, import_file(NULL, "data/base.tar", &base));
    for (size_t i = 0; i < 2 * sizeof(cases) / sizeof(cases[0]); i++) {
        cleanup_text text tar = TEXT_INIT;
        cleanup_free char *message =
            text_format("entry '%s': the archive has no folder '%s' before it", cases[i / 2].name,
                        cases[i / 2].folder);

        if (cases[i / 2].files)
            tar_add_directory(&tar, "Files");
        tar_add(&tar, cases[i / 2].type, cases[i / 2].name,
                cases[i / 2].type == '2' ? "target" : "", bytes, cases[i / 2].size);
        tar_end(&tar);
        expect_refused(i % 2 ? base->id : NULL, &tar, message);
    }
}

static void a_link_in_a_folder_that_no_layer_has_is_refused(void **state)
{
    cleanup_layer layer *base = NULL;
    cleanup_text text tar = TEXT_INIT;
    cleanup_text text base_tar = TEXT_INIT;

    (void)state;
    begin(&base_tar);
    tar_add_file(&base_tar, "Files/f", "x");
    tar_add(&base_tar, '1', "Files/a/l", "Files/f", "", 0);
    tar_end(&base_tar);
    expect_refused(NULL, &base_tar,
                   "entry 'Files/a/l': the archive has no folder 'Files\\a' before it");

    assert_ok(&err, import_file(NULL, "data/base.tar", &base));
    begin(&tar);
    tar_add_file(&tar, "Files/f", "x");
    tar_add(&tar, '1', "Files/a/l", "Files/f", "", 0);
    tar_end(&tar);
    storage.on_import = place_files;
    expect_refused(base->id, &tar, "'Files\\a\\l': no layer has the folder it is in");
}

static void a_base_layer_has_files(void **state)
{
    cleanup_text text empty = TEXT_INIT;
    cleanup_text text hives = TEXT_INIT;
    static const char message[] =
        "the archive has no folder 'Files', so it is no base layer of Windows";

    (void)state;
    tar_end(&empty);
    expect_refused(NULL, &empty, message);
    tar_add_directory(&hives, "Hives");
    tar_end(&hives);
    expect_refused(NULL, &hives, message);
    assert_null(storage.journal.length ? strstr(storage.journal.data, "ProcessBaseImage") : NULL);
}

/* ---- volumes ---- */

static const char *formatted;

static int32_t file_system(files_port *port, const char *path, char **out)
{
    (void)port;
    (void)path;
    *out = text_copy(formatted);
    return *out ? HR_OK : HR_OUT_OF_MEMORY;
}

static void a_volume_that_is_not_ntfs_is_refused(void **state)
{
    static const char *const others[] = {"ReFS", "FAT32", "exFAT", ""};
    cleanup_layer layer *base = NULL;

    (void)state;
    files.port.file_system = file_system;
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        cleanup_free char *message = text_format(
            "the volume of '%s' is formatted with %s, and layers of Windows need NTFS: name a "
            "folder on such a volume with --root",
            root, *others[i] ? others[i] : "nothing known");

        formatted = others[i];
        assert_int_equal(import_file(NULL, "data/base.tar", &base), WCOW_UNSUPPORTED);
        assert_true(text_ends_with(err.message, message));
        assert_int_equal(things_in_store(), 0);
    }
    formatted = "ntfs";
    assert_ok(&err, import_file(NULL, "data/base.tar", &base));
}

/* ---- links ---- */

typedef struct seen_link {
    const char *name;
    uint32_t attributes; /* of the transport format: the first bytes, little-endian */
} seen_link;

static seen_link seen[4];

static void look_at_links(const char *path, const char *folder, void *context)
{
    for (size_t i = 0; i < sizeof(seen) / sizeof(seen[0]); i++) {
        cleanup_free char *holder = text_format("%s/Files/%s", folder, seen[i].name);
        cleanup_free char *bytes = NULL;
        size_t size = 0;

        if (HR_FAILED(platform->read(platform, holder, 4096, &bytes, &size)) || size < 4)
            abort();
        memcpy(&seen[i].attributes, bytes, 4);
    }
    place_files(path, folder, context);
}

/* Only their data says what they are; ImportLayer goes by the attributes. */
static void links_without_attributes_are_reparse_points(void **state)
{
    cleanup_layer layer *base = NULL;
    cleanup_layer layer *l = NULL;
    cleanup_text text tar = TEXT_INIT;

    (void)state;
    seen[0] = (seen_link){"plain", 0};
    seen[1] = (seen_link){"whole", 0};
    seen[2] = (seen_link){"wrong", 0};
    seen[3] = (seen_link){"junction.$wcidirs$", 0};
    assert_ok(&err, import_file(NULL, "data/base.tar", &base));
    begin(&tar);
    tar_add(&tar, '2', "Files/plain", "x", "", 0);
    tar_add_pax(&tar, 'x', (const char *const[]){"MSWINDOWS.fileattr=1056", NULL});
    tar_add(&tar, '2', "Files/whole", "x", "", 0);
    tar_add_pax(&tar, 'x', (const char *const[]){"MSWINDOWS.fileattr=32", NULL});
    tar_add(&tar, '2', "Files/wrong", "x", "", 0);
    tar_add_pax(&tar, 'x', (const char *const[]){"MSWINDOWS.mountpoint=1", NULL});
    tar_add(&tar, '2', "Files/junction", "C:\\x", "", 0);
    tar_end(&tar);
    storage.on_import = look_at_links;
    assert_ok(&err, import_bytes(base->id, tar.data, tar.length, &l));
    assert_int_equal(seen[0].attributes, 0x400);
    assert_int_equal(seen[1].attributes, 0x420);
    assert_int_equal(seen[2].attributes, 0x420);
    assert_int_equal(seen[3].attributes, 0x410);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)
    const struct CMUnitTest tests[] = {
        TEST(a_folder_removed_and_made_again_is_new),
        TEST(an_opaque_folder_shows_nothing_of_parents),
        TEST(an_opaque_folder_need_not_be_in_the_layer),
        TEST(an_opaque_folder_of_the_utility_vm_shows_nothing_of_the_parent_s),
        TEST(a_whiteout_in_the_utility_vm_may_come_after_what_takes_its_place),
        TEST(where_nothing_can_be_hidden_opaque_whiteouts_are_refused),
        TEST(a_folder_that_the_archive_left_out_is_named),
        TEST(a_link_in_a_folder_that_no_layer_has_is_refused),
        TEST(a_base_layer_has_files),
        TEST(a_volume_that_is_not_ntfs_is_refused),
        TEST(links_without_attributes_are_reparse_points),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
