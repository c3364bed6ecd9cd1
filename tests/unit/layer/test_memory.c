/* SPDX-License-Identifier: MIT */
/* Out of memory at every single allocation of reading a layer: a failure, and nothing else. */
#include "tests/unit/memory.h"

#include <string.h>

#include "base/error.h"
#include "layer/import/layer_listing.h"
#include "layer/import/rootfs.h"
#include "tests/unit/status.h"
#include "tests/unit/support/tar_builder.h"

static wcow_error err;

/* One of everything that is read in its own way. */
static void add_everything(text *tar)
{
    static const char *const metadata[] = {"MSWINDOWS.fileattr=32", "MSWINDOWS.rawsd=QUJD",
                                           "MSWINDOWS.xattr.A=QQ==", "atime=1.5", NULL};
    static const char *const sddl[] = {
        "MSWINDOWS.sd=O:BAG:SYD:P(A;;FA;;;WD)(OA;;CC;bf967aba-0de6-11d0-a285-00aa003049e2;;BU)"
        "S:(AU;SA;KA;;;S-1-5-32-544)",
        NULL};
    static const char *const sparse[] = {"GNU.sparse.size=2000",         "GNU.sparse.numblocks=2",
                                         "GNU.sparse.offset=10",         "GNU.sparse.numbytes=3",
                                         "GNU.sparse.offset=100",        "GNU.sparse.numbytes=5",
                                         "GNU.sparse.name=Files/sparse", NULL};

    tar_add_pax(tar, 'g', (const char *const[]){"comment=x", NULL});
    tar_add_directory(tar, "Files");
    tar_add_pax(tar, 'x', metadata);
    tar_add_file(tar, "Files/a", "contents");
    tar_add_file(tar, "Files/a:stream", "more");
    tar_add_pax(tar, 'x', sddl);
    tar_add_file(tar, "Files/b", "");
    tar_add(tar, 'L', "././@LongLink", "", "Files/long", 11);
    tar_add(tar, '2', "x", "C:/Windows", "", 0);
    tar_add(tar, '1', "Files/h", "Files/a", "", 0);
    tar_add_pax(tar, 'x', sparse);
    tar_add_file(tar, "x", "abcdefgh");
    tar_add_file(tar, "Files/.wh.gone", "");
    tar_end(tar);
}

static wcow_status count(void *context, const listed_entry *e, wcow_error *error)
{
    size_t *seen = context;

    (void)e;
    (void)error;
    ++*seen;
    return WCOW_OK;
}

static void a_layer_is_read_or_not(void **state)
{
    cleanup_text text tar = TEXT_INIT;
    size_t nth = 0;
    bool failed;

    (void)state;
    add_everything(&tar);
    do {
        memory_source source;
        size_t seen = 0;
        wcow_status status;

        memory_source_init(&source, tar.data, tar.length, 0);
        memory_fail_nth(++nth);
        status = layer_list_entries(&source.source, count, &seen, &err);
        failed = memory_failed();
        if (!failed)
            assert_ok(&err, status);
        else /* what decodes base64 does not say why it did not */
            assert_true(status == WCOW_NO_MEMORY || status == WCOW_CORRUPT);
        assert_true(failed || seen == 7);
    } while (failed);
    assert_true(nth > 60);
}

static wcow_status make_hive(void *context, text *out, wcow_error *error)
{
    (void)context;
    text_add(out, "hive");
    return out->failed ? error_set(error, WCOW_NO_MEMORY, "out of memory") : WCOW_OK;
}

static wcow_status weigh(void *context, const void *bytes, size_t size, wcow_error *error)
{
    size_t *length = context;

    (void)bytes;
    (void)error;
    *length += size;
    return WCOW_OK;
}

static void a_root_file_system_gets_its_hives_or_not(void **state)
{
    const hive_maker hives = {make_hive, NULL};
    cleanup_text text tar = TEXT_INIT;
    size_t whole = 0;
    size_t nth = 0;
    bool failed;

    (void)state;
    tar_add_file(&tar, "Windows/System32/config/SAM", "regf");
    tar_add(&tar, '2', "link", "Windows", "", 0);
    tar_end(&tar);
    do { /* the first time none fails */
        memory_source source;
        size_t length = 0;
        const byte_sink sink = {weigh, &length};
        wcow_status status;

        memory_source_init(&source, tar.data, tar.length, 0);
        memory_fail_nth(nth);
        status = rootfs_to_layer(&source.source, &hives, &sink, &err);
        failed = memory_failed();
        memory_fail_nth(0);
        if (!nth)
            whole = length;
        assert_true(status == WCOW_OK ? length == whole : failed);
    } while (!nth++ || failed);
    assert_true(nth > 60);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_layer_is_read_or_not),
        cmocka_unit_test(a_root_file_system_gets_its_hives_or_not),
    };

    memory_hook();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
