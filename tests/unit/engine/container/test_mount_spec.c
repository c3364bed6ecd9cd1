/* SPDX-License-Identifier: MIT */
/* -v and --mount taken apart. */
#include "engine/container/mount_spec.h"

#include "tests/unit/engine/fixture.h"

#include <string.h>
#include <unistd.h>

static wcow_error err;

typedef wcow_status parser(const char *given, mount_spec *out, wcow_error *err);

static void takes(parser *parse, const char *given, const char *expected)
{
    cleanup_mount_spec mount_spec mount = MOUNT_SPEC_INIT;
    cleanup_free char *got = NULL;

    assert_ok(&err, parse(given, &mount, &err));
    got = text_format("%s %s>%s%s%s%s%s%s", mount_types[mount.type],
                      mount.type == MOUNT_VOLUME ? (mount.name ? mount.name : "") : mount.source,
                      mount.destination, mount.read_only ? " ro" : "",
                      mount.anonymous ? " anonymous" : "", mount.copies ? " copies" : "",
                      mount.creates_source ? " creates" : "", mount.subpath ? mount.subpath : "");
    assert_string_equal(got, expected);
}

static void refuses(parser *parse, const char *given, const char *words)
{
    mount_spec mount = MOUNT_SPEC_INIT;

    err = (wcow_error)WCOW_ERROR_INIT;
    assert_int_equal(parse(given, &mount, &err), WCOW_INVALID);
    if (!strstr(err.message, words))
        fail_msg("'%s': '%s' is not in '%s'", given, words, err.message);
    assert_null(mount.source);
}

static void volumes_are_taken_apart_at_the_right_colons(void **state)
{
    static const char *const good[][2] = {
        {"C:\\a:D:\\b:ro", "bind C:\\a>D:\\b ro"},
        {"C:/a b/c:C:/d", "bind C:\\a b\\c>C:\\d"},
        {"C:\\a:d:", "bind C:\\a>d:"}, /* a whole drive */
        {"C:\\a\\:C:\\b\\:RW", "bind C:\\a>C:\\b"},
        {"\\\\?\\C:\\a:C:\\b", "bind \\\\?\\C:\\a>C:\\b"},
        {"C:\\a:\\\\?\\C:\\b", "bind C:\\a>C:\\b"},
        {"data:C:\\b", "volume data>C:\\b"},
        {"Data.1:C:\\b:ro", "volume data.1>C:\\b ro"},
        {"C:\\b", "volume >C:\\b anonymous"},
        {"d:", "volume >d: anonymous"},
        {"c:/x/y/", "volume >c:\\x\\y anonymous"},
        {"\\\\.\\pipe\\a:\\\\.\\pipe\\b", "npipe \\\\.\\pipe\\a>\\\\.\\pipe\\b"},
        {"//./pipe/a:\\\\.\\pipe\\b", "npipe \\\\.\\pipe\\a>\\\\.\\pipe\\b"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        takes(mount_spec_parse, good[i][0], good[i][1]);
}

static void what_is_no_volume_is_refused(void **state)
{
    static const char *const bad[][2] = {
        {"", "invalid volume specification: ''"},
        {"C:\\a:b", "both paths must be absolute"},
        {"C:\\a:C:\\b:x", "invalid volume specification: 'C:\\a:C:\\b:x'"},
        {"data:C:\\b:nocopy", "invalid volume specification"},
        {"C:\\b:ro", "a mode needs a source"},
        {":C:\\b", "invalid volume specification: ':C:\\b'"},
        {"C:\\a:c:", "destination path (c:) cannot be 'c:' or 'c:\\'"},
        {"C:\\a:C:/", "destination path (C:\\) cannot be 'c:' or 'c:\\'"},
        {"C:\\a:\\\\?\\C:\\", "cannot be 'c:'"},
        {"C:\\a:C:\\x\\..\\..", "both paths must be absolute"},
        {"C:\\a:C:\\b|c", "both paths must be absolute"},
        {"data\\x:C:\\b", "both paths must be absolute"},
        {"\\\\server\\share:C:\\b", "New-SmbGlobalMapping"},
        {"x:C:\\b", "volume name is too short"},
        {"a b:C:\\b", "includes invalid characters for a local volume name"},
        {"con:C:\\b", "volume name \"con\" cannot be a reserved word"},
        {"Com1.txt:C:\\b", "cannot be a reserved word"},
        {"data.:C:\\b", "no dot at its end"},
        {"\\\\.\\pipe\\a:C:\\b", "'C:\\b' is not a valid pipe path"},
        {"C:\\a:\\\\.\\pipe\\b", "a folder cannot be mounted as a pipe"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        refuses(mount_spec_parse, bad[i][0], bad[i][1]);
}

static void a_relative_source_is_in_this_process_s_folder(void **state)
{
    cleanup_free char *here = getcwd(NULL, 0);
    cleanup_free char *expected = text_format("bind %s/x>C:\\b", here);
    cleanup_free char *given = text_format("%s/x:C:\\b", here);
    cleanup_mount_spec mount_spec mount = MOUNT_SPEC_INIT;

    (void)state;
    takes(mount_spec_parse, "./x:C:\\b", expected);
    takes(mount_option_parse, "type=bind,source=./x,target=C:\\b", expected);
    assert_ok(&err, mount_spec_parse("./x:C:\\b", &mount, &err));
    assert_string_equal(mount.given, given);
}

static void options_are_read_key_by_key(void **state)
{
    static const char *const good[][2] = {
        {"type=bind,source=C:\\a,target=C:\\b", "bind C:\\a>C:\\b"},
        {"type=bind,src=C:/a,dst=C:/b,readonly", "bind C:\\a>C:\\b ro"},
        {"TYPE=Bind,src=C:\\a,destination=D:,ro=1,consistency=cached", "bind C:\\a>D: ro"},
        {"type=bind,src=C:\\a,dst=C:\\b,ro=false,bind-recursive=enabled", "bind C:\\a>C:\\b"},
        {"type=bind,src=C:\\a,dst=C:\\b,bind-create-src", "bind C:\\a>C:\\b creates"},
        {"src=data,dst=C:\\b", "volume data>C:\\b"},
        {"type=volume,src=Data,dst=C:\\b,volume-driver=local,volume-label=a=b",
         "volume data>C:\\b"},
        {"dst=C:\\b,volume-nocopy", "volume >C:\\b anonymous"},
        {"dst=C:\\b,volume-nocopy=false", "volume >C:\\b anonymous copies"},
        {"src=data,dst=C:\\b,volume-subpath=a/b", "volume data>C:\\ba/b"},
        {"type=bind,\"src=C:\\a,b\",dst=C:\\b", "bind C:\\a,b>C:\\b"},
        {"type=npipe,src=\\\\.\\pipe\\a,dst=\\\\.\\pipe\\b", "npipe \\\\.\\pipe\\a>\\\\.\\pipe\\b"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        takes(mount_option_parse, good[i][0], good[i][1]);
}

static void labels_of_a_volume_are_kept(void **state)
{
    cleanup_mount_spec mount_spec mount = MOUNT_SPEC_INIT;

    (void)state;
    assert_ok(&err, mount_option_parse("dst=C:\\b,volume-label=a=b,volume-label=c,volume-label==x",
                                       &mount, &err));
    assert_int_equal(mount.labels.count, 2);
    assert_string_equal(mount.labels.items[0], "a=b");
    assert_string_equal(mount.labels.items[1], "c=");
}

static void what_is_no_option_is_refused_in_docker_s_words(void **state)
{
    static const char *const bad[][2] = {
        {"", "invalid argument \"\" for \"--mount\" flag: value is empty"},
        {"type=bind,src", "invalid field 'src' must be a key=value pair"},
        {"type=bind,", "invalid field '' must be a key=value pair"},
        {"type=bind,what=x", "unknown option 'what' in 'what=x'"},
        {"type=bind,src=", "invalid value for 'src': value is empty"},
        {"type=bind, src=C:\\a", "option should not have whitespace"},
        {"type=bind,src= C:\\a", "value should not have whitespace"},
        {"dst=C:\\b,ro=maybe", "invalid boolean value (\"maybe\")"},
        {"dst=C:\\b\"", "bare \" in non-quoted field"},
        {"\"dst=C:\\b", "a quote is not closed"},
        {"\"dst=C:\\b\"x", "extraneous text"},
        {"type=tmpfs,dst=C:\\b",
         "invalid mount config for type \"tmpfs\": mount type unknown: Windows has no such"},
        {"type=image,src=x,dst=C:\\b",
         "invalid mount config for type \"image\": mount type unknown"},
        {"type=bind,src=C:\\a", "field Target must not be empty"},
        {"type=bind,dst=C:\\b", "field Source must not be empty"},
        {"type=bind,src=a,dst=C:\\b", "mount path must be absolute"},
        {"type=bind,src=C:\\a,dst=b", "invalid mount path: 'b'"},
        {"type=bind,src=C:\\a,dst=C:\\", "cannot be 'c:' or 'c:\\'"},
        {"type=bind,src=C:\\a,dst=C:\\b,volume-nocopy",
         "cannot mix 'volume-*' options with mount type 'bind'"},
        {"src=data,dst=C:\\b,bind-create-src",
         "cannot mix 'bind-*' options with mount type 'volume'"},
        {"dst=C:\\b,tmpfs-size=1m", "cannot mix 'tmpfs-*' options with mount type 'volume'"},
        {"dst=C:\\b,image-subpath=x", "cannot mix 'image-*' options"},
        {"type=bind,src=C:\\a,dst=C:\\b,bind-propagation=rprivate",
         "invalid propagation mode: rprivate"},
        {"type=bind,src=C:\\a,dst=C:\\b,bind-recursive=disabled", "has no meaning on Windows"},
        {"type=bind,src=C:\\a,dst=C:\\b,bind-recursive=x", "(must be \"enabled\""},
        {"type=bind,src=C:\\a,dst=C:\\b,bind-nonrecursive", "is deprecated"},
        {"src=data,dst=C:\\b,volume-driver=nfs", "plugin \"nfs\" not found"},
        {"src=data,dst=C:\\b,volume-opt=type=nfs", "options are not supported on this platform"},
        {"dst=C:\\b,volume-subpath=a", "must not set Subpath when using anonymous volumes"},
        {"src=data,dst=C:\\b,volume-subpath=..\\a", "subpath must be a relative path"},
        {"src=data,dst=C:\\b,volume-subpath=\\a", "subpath must be a relative path"},
        {"src=data,dst=C:\\b,volume-subpath=C:\\a", "subpath must be a relative path"},
        {"src=data,dst=C:\\b,volume-subpath=a\\", "subpath must be a relative path"},
        {"type=npipe,src=\\\\.\\pipe\\a,dst=\\\\.\\pipe\\b,ro",
         "field ReadOnly must not be specified"},
        {"type=npipe,src=C:\\a,dst=\\\\.\\pipe\\b", "'C:\\a' is not a valid pipe path"},
        {"type=npipe,src=\\\\.\\pipe\\a,dst=C:\\b", "'C:\\b' is not a valid pipe path"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        refuses(mount_option_parse, bad[i][0], bad[i][1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(volumes_are_taken_apart_at_the_right_colons),
        cmocka_unit_test(what_is_no_volume_is_refused),
        cmocka_unit_test(a_relative_source_is_in_this_process_s_folder),
        cmocka_unit_test(options_are_read_key_by_key),
        cmocka_unit_test(labels_of_a_volume_are_kept),
        cmocka_unit_test(what_is_no_option_is_refused_in_docker_s_words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
