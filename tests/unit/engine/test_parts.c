/* SPDX-License-Identifier: MIT */
/* The parts of a container that need no service: names, merging, versions. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "engine/container/id.h"
#include "engine/container/isolation.h"
#include "engine/container/log_entry.h"
#include "engine/container/mount_spec.h"
#include "engine/container/spec.h"
#include "engine/host/paths.h"
#include "tests/unit/status.h"

static wcow_error err;

/* Where a store's layers are, and the pipe of one of its containers. */
static void look_at_root(const char *root, char **layers, char **pipe)
{
    wcow_host_options options = WCOW_HOST_OPTIONS_INIT;
    wcow_host *host = NULL;

    options.root = root;
    assert_ok(&err, wcow_host_open(&options, &host, &err));
    *layers = path_of_layers(host);
    *pipe = path_of_pipe(host, "id");
    assert_non_null(*layers);
    assert_non_null(*pipe);
    wcow_host_free(host);
}

/* The service takes no '/' for a separator, and gets paths from nobody else with one. */
static void a_root_is_one_store_however_it_is_written(void **test)
{
    static const char *const ways[] = {"C:/Wcow/x", "c:\\wcow\\x\\", "C:\\WCOW/x/"};
    cleanup_free char *layers = NULL;
    cleanup_free char *pipe = NULL;
    cleanup_free char *posix_layers = NULL;
    cleanup_free char *posix = NULL;

    (void)test;
    look_at_root("C:\\Wcow\\x", &layers, &pipe);
    assert_string_equal(layers, "C:\\Wcow\\x\\layers");
    for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
        cleanup_free char *other_layers = NULL;
        cleanup_free char *other = NULL;

        look_at_root(ways[i], &other_layers, &other);
        assert_true(text_equal_ignore_case(other_layers, layers));
        assert_string_equal(other, pipe);
    }
    /* wcow.exe is replaced while containers run: a monitor is found by the next one, too. */
    free(pipe);
    free(layers);
    look_at_root("C:\\ProgramData\\wcow", &layers, &pipe);
    assert_string_equal(pipe, "wcow-54c66de7fd22dc5c-id");
    look_at_root("/Wcow/x", &posix_layers, &posix);
    assert_string_equal(posix_layers, "/Wcow/x/layers");
    free(posix_layers);
    free(pipe);
    look_at_root("/wcow/x", &posix_layers, &pipe);
    assert_string_not_equal(posix, pipe);
}

static void names_follow_dockers_rule(void **test)
{
    static const char *const good[] = {"ab", "a_", "Web-1.2", "0x", NULL};
    static const char *const bad[] = {"",
                                      "a",
                                      "_a",
                                      "-a",
                                      ".a",
                                      "a b",
                                      "a/b",
                                      "\xc3\xa4"
                                      "a",
                                      NULL};
    char id[ID_LENGTH + 1];
    char name[NAME_SIZE];

    (void)test;
    for (const char *const *each = good; *each; each++)
        assert_ok(&err, name_check(*each, &err));
    for (const char *const *each = bad; *each; each++)
        assert_int_equal(name_check(*each, NULL), WCOW_INVALID);
    assert_ok(&err, id_make(id, &err));
    assert_true(id_valid(id));
    id[3] = 'G';
    assert_false(id_valid(id));
    for (unsigned attempt = 0; attempt < 10; attempt++) {
        assert_ok(&err, name_make(attempt, name, &err));
        assert_ok(&err, name_check(name, &err));
    }
}

static image_config *image_of(const char *config)
{
    cleanup_free char *json =
        text_format("{\"architecture\":\"amd64\",\"os\":\"windows\",\"config\":%s,\"rootfs\":{"
                    "\"type\":\"layers\","
                    "\"diff_ids\":[\"sha256:"
                    "0123456789012345678901234567890123456789012345678901234567890123\"]}}",
                    config);
    image_config *image = NULL;

    assert_ok(&err, image_config_parse(json, strlen(json), &image, &err));
    return image;
}

static char *joined(const string_list *list)
{
    text all = TEXT_INIT;

    text_add(&all, "");
    for (size_t i = 0; i < list->count; i++)
        text_addf(&all, "%s%s", i ? "|" : "", list->items[i]);
    return text_take(&all);
}

static void assert_merged(const char *config, const char *const *entrypoint,
                          const char *const *command, const char *expected)
{
    wcow_container_spec spec = WCOW_CONTAINER_SPEC_INIT;
    cleanup_image_config image_config *image = image_of(config);
    cleanup_container_config container_config merged = {0};
    cleanup_free char *words = NULL;

    spec.entrypoint = entrypoint;
    spec.command = command;
    assert_ok(&err, config_merge(&spec, image, "0123456789abcdef", &merged, &err));
    words = joined(&merged.command);
    assert_string_equal(words, expected);
}

static void a_users_entrypoint_drops_the_images_command(void **test)
{
    static const char image[] = "{\"Entrypoint\":[\"e\"],\"Cmd\":[\"c\",\"d\"]}";
    static const char *const mine[] = {"mine", NULL};
    static const char *const none[] = {"", NULL};
    wcow_container_spec spec = WCOW_CONTAINER_SPEC_INIT;
    cleanup_image_config image_config *parsed = image_of(image);
    cleanup_container_config container_config merged = {0};

    (void)test;
    assert_merged(image, NULL, NULL, "e|c|d");
    assert_merged(image, NULL, mine, "e|mine");
    assert_merged(image, mine, NULL, "mine");
    assert_merged(image, none, mine, "mine");
    spec.entrypoint = none;
    assert_fails(&err, WCOW_INVALID, "no command specified",
                 config_merge(&spec, parsed, "0123456789abcdef", &merged, &err));
}

static void variables_are_one_whatever_their_case(void **test)
{
    static const char *const more[] = {"path=mine", "NEW=", "NOSUCHVARIABLE", "A=B=C", NULL};
    wcow_container_spec spec = WCOW_CONTAINER_SPEC_INIT;
    cleanup_image_config image_config *image =
        image_of("{\"Cmd\":[\"c\"],\"Env\":[\"Path=theirs\",\"NoSuchVariable=x\",\"KEEP=1\"]}");
    cleanup_container_config container_config merged = {0};
    cleanup_free char *all = NULL;

    (void)test;
    spec.environment = more;
    assert_ok(&err, config_merge(&spec, image, "0123456789abcdef", &merged, &err));
    all = joined(&merged.environment);
    assert_string_equal(all, "KEEP=1|path=mine|NEW=|A=B=C");
    assert_string_equal(merged.hostname, "0123456789ab");
    assert_string_equal(merged.working_directory, "C:\\");
}

static void a_working_directory_of_ones_own_is_a_windows_path(void **test)
{
    static const char *const fine[] = {"C:/a/b", "/a/b", "\\a/b", NULL};
    wcow_container_spec spec = WCOW_CONTAINER_SPEC_INIT;
    cleanup_container_wish container_wish taken = {0};
    cleanup_image_config image_config *image =
        image_of("{\"Cmd\":[\"c\"],\"WorkingDir\":\"C:\\\\x\"}");

    (void)test;
    spec.image = "x";
    for (const char *const *each = fine; *each; each++) {
        cleanup_container_config container_config merged = {0};

        spec.working_directory = *each;
        assert_ok(&err, config_take(&spec, &taken, &err));
        assert_ok(&err, config_merge(&spec, image, "0123456789abcdef", &merged, &err));
        assert_null(strchr(merged.working_directory, '/'));
        assert_true(text_ends_with(merged.working_directory, "\\a\\b"));
    }
    spec.working_directory = "a/b";
    assert_fails(&err, WCOW_INVALID,
                 "the working directory 'a/b' is invalid, it needs to be an absolute path",
                 config_take(&spec, &taken, &err));
}

static void a_hostname_is_one_that_windows_can_have(void **test)
{
    static const char *const fine[] = {"", "w", "web-1", "web_1", "WEB.example.com", "1", NULL};
    static const char *const bad[] = {"bad host!", "-web", "web-", "a..b",     ".a",
                                      "a.",        "a.-b", "a/b",  "\xC3\xA4", NULL};
    wcow_container_spec spec = WCOW_CONTAINER_SPEC_INIT;
    cleanup_container_wish container_wish taken = {0};
    char longest[301];

    (void)test;
    spec.image = "x";
    for (const char *const *each = fine; *each; each++) {
        spec.hostname = *each;
        assert_ok(&err, config_take(&spec, &taken, &err));
    }
    for (const char *const *each = bad; *each; each++) {
        cleanup_free char *said = text_format("invalid hostname '%s': it can have letters, digits, "
                                              "'-' and '_', up to 63 between two dots",
                                              *each);

        spec.hostname = *each;
        assert_fails(&err, WCOW_INVALID, said, config_take(&spec, &taken, &err));
    }
    spec.hostname = longest;
    memset(longest, 'a', sizeof longest);
    longest[64] = '\0';
    assert_int_equal(config_take(&spec, &taken, &err), WCOW_INVALID);
    longest[63] = '\0';
    assert_ok(&err, config_take(&spec, &taken, &err));
    for (size_t i = 0; i < sizeof longest; i++)
        longest[i] = i % 50 == 49 ? '.' : 'a';
    longest[256] = '\0';
    assert_int_equal(config_take(&spec, &taken, &err), WCOW_INVALID);
}

static void the_last_of_equal_labels_counts(void **test)
{
    static const char *const labels[] = {"a=1", "b", "a=2", NULL};
    wcow_container_spec spec = WCOW_CONTAINER_SPEC_INIT;
    cleanup_image_config image_config *image =
        image_of("{\"Cmd\":[\"c\"],\"Labels\":{\"a\":\"image\",\"z\":\"kept\"}}");
    cleanup_container_config container_config merged = {0};
    cleanup_free char *all = NULL;

    (void)test;
    spec.labels = labels;
    assert_ok(&err, config_merge(&spec, image, "0123456789abcdef", &merged, &err));
    all = joined(&merged.labels);
    assert_string_equal(all, "a=2|b=|z=kept");
}

/* process.<member> of the config.json that an image with this config and command has. */
static char *process_text(const char *config, const char *const *command, const char *member)
{
    static const char *const folders[] = {"layer", "scratch", NULL};
    container_wish wish = {.spec = WCOW_CONTAINER_SPEC_INIT};
    cleanup_image_config image_config *image = image_of(config);
    cleanup_container_config container_config merged = {0};
    cleanup_json cJSON *oci = NULL;
    const cJSON *item;

    wish.spec.command = command;
    assert_ok(&err, config_merge(&wish.spec, image, "0123456789abcdef", &merged, &err));
    assert_ok(&err, config_to_oci(&merged, &wish, WCOW_ISOLATION_PROCESS, 2, folders, &oci, &err));
    item = json_member(json_member(oci, "process"), member);
    return cJSON_IsString(item) ? text_copy(item->valuestring)
           : item               ? json_print(item)
                                : text_copy("none");
}

static void assert_process(const char *config, const char *const *command, const char *line,
                           const char *args)
{
    cleanup_free char *found_line = process_text(config, command, "commandLine");
    cleanup_free char *found_args = process_text(config, command, "args");

    assert_string_equal(found_line, line);
    assert_string_equal(found_args, args);
}

/* "cmd /S /C …" of a Dockerfile's shell form must not be quoted once more: cmd would not know it.
 */
static void an_images_ready_command_line_is_not_quoted_again(void **test)
{
    static const char one[] = "{\"Cmd\":[\"cmd /S /C \\\"echo  a\\\"\"],\"ArgsEscaped\":true}";
    static const char two[] =
        "{\"Entrypoint\":[\"cmd /S /C run\"],\"Cmd\":[\"two words\",\"x\"],\"ArgsEscaped\":true}";
    static const char *const mine[] = {"cmd /S", NULL};

    (void)test;
    assert_process(one, NULL, "cmd /S /C \"echo  a\"", "none");
    assert_process(two, NULL, "cmd /S /C run \"two words\" x", "none");
    assert_process(one, mine, "none", "[\"cmd /S\"]");
}

/* What was parsed as it was taken is what the container gets. */
static void mounts_are_all_taken_or_none(void **test)
{
    static const char *const good[] = {"C:\\a:C:\\b", "D:\\c:C:\\d:ro", NULL};
    static const char *const bad[] = {"C:\\a:C:\\b", "nonsense", NULL};
    static const char *const folders[] = {"layer", "scratch", NULL};
    static const char *const command[] = {"c", NULL};
    wcow_container_spec spec = WCOW_CONTAINER_SPEC_INIT;
    cleanup_container_wish container_wish wish = {0};
    cleanup_container_config container_config merged = {0};
    cleanup_image_config image_config *image = image_of("{}");
    cleanup_json cJSON *oci = NULL;
    cleanup_free char *printed = NULL;

    (void)test;
    spec.image = "x";
    spec.command = command;
    spec.mounts = bad;
    assert_int_equal(config_take(&spec, &wish, NULL), WCOW_INVALID);
    assert_int_equal(wish.mounts.count, 0);
    spec.mounts = good;
    assert_ok(&err, config_take(&spec, &wish, &err));
    assert_int_equal(wish.mounts.count, 2);
    assert_string_equal(wish.mounts.items[1].given, good[1]);
    assert_ok(&err, config_merge(&wish.spec, image, "0123456789abcdef", &merged, &err));
    assert_ok(&err, config_to_oci(&merged, &wish, WCOW_ISOLATION_PROCESS, 2, folders, &oci, &err));
    printed = json_print(json_member(oci, "mounts"));
    assert_non_null(strstr(printed, "\"source\":\"C:\\\\a\""));
    assert_non_null(
        strstr(printed, "\"destination\":\"C:\\\\d\",\"source\":\"D:\\\\c\",\"options\":[\"ro\"]"));
}

static void assert_runs(uint32_t host_build, const char *image, bool process, bool hyperv)
{
    wcow_host host = {.version = {10, 0, host_build, 0, true}};
    wcow_error problem = WCOW_ERROR_INIT;

    assert_int_equal(isolation_check(&host, WCOW_ISOLATION_PROCESS, "i", image, &problem),
                     process ? WCOW_OK : WCOW_UNSUPPORTED);
    if (!process && hyperv)
        assert_non_null(strstr(problem.hint, "--isolation=hyperv"));
    assert_int_equal(isolation_check(&host, WCOW_ISOLATION_HYPERV, "i", image, NULL),
                     hyperv ? WCOW_OK : WCOW_UNSUPPORTED);
}

/* What decides there is in the words: both revisions, and the tag to take. */
static void server_2016_runs_images_of_its_own_revision(void **test)
{
    wcow_host host = {.version = {10, 0, 14393, 5850, true}};

    (void)test;
    assert_ok(&err, isolation_check(&host, WCOW_ISOLATION_PROCESS, "i", "10.0.14393.5850", &err));
    assert_ok(&err, isolation_check(&host, WCOW_ISOLATION_PROCESS, "i", "10.0.14393", &err));
    assert_int_equal(isolation_check(&host, WCOW_ISOLATION_PROCESS, "i", "10.0.14393.4886", &err),
                     WCOW_UNSUPPORTED);
    assert_string_equal(err.message, "image 'i' is for Windows 10.0.14393.4886: this host, Windows "
                                     "10.0.14393.5850, cannot run it with process isolation");
    assert_non_null(strstr(err.hint, "take the image's tag 10.0.14393.5850, or update the host to "
                                     "revision 4886."));
}

static void images_run_where_their_version_allows(void **test)
{
    wcow_host server = {.version = {10, 0, 20348, 0, true}};
    wcow_host client = {.version = {10, 0, 22621, 0, false}};

    (void)test;
    assert_runs(17763, "10.0.17763.1", true, true);
    assert_runs(17763, "10.0.14393.1", false, true);
    assert_runs(17763, "10.0.20348.1", false, false);
    assert_runs(20348, "10.0.17763.1", false, true);
    assert_runs(26100, "10.0.20348.1", true, true);
    assert_runs(26100, "10.0.26100.1", true, true);
    assert_runs(26200, "10.0.20348.1", false, true);
    assert_runs(26200, "", true, true);
    assert_int_equal(isolation_resolve(&server, WCOW_ISOLATION_DEFAULT), WCOW_ISOLATION_PROCESS);
    assert_int_equal(isolation_resolve(&client, WCOW_ISOLATION_DEFAULT), WCOW_ISOLATION_HYPERV);
    assert_int_equal(isolation_resolve(&client, WCOW_ISOLATION_PROCESS), WCOW_ISOLATION_PROCESS);
}

static void a_log_entry_is_read_whatever_it_holds(void **test)
{
    static const struct {
        const char *line;
        const char *log; /* of `length` bytes; NULL: the line is none */
        size_t length;
    } cases[] = {
        {"'log':'a\\u0000b\\n'", "a\0b\n", 4},
        {"'log':'\\u0000'", "\0", 1},
        {"'log':'\\u20ac\\uD83D\\ude00\\u00e9'", "\xe2\x82\xac\xf0\x9f\x98\x80\xc3\xa9", 9},
        {"'log':'\\ud83d|\\ude00'", "\xef\xbf\xbd|\xef\xbf\xbd", 7},
        {"'log':'\\ud83d\\u0041'",
         "\xef\xbf\xbd"
         "A",
         4},
        {"'log':'\\\\ \\/ \\b\\f\\r\\t \\u003c'", "\\ / \b\f\r\t <", 10},
        {"'attrs':{'a':['}',{}],'b':1}, 'log':'x' ", "x", 1},
        {"'log':'x','a':tru", "x", 1},
        {"'log':'\\u00'", NULL, 0},
        {"'log':'\\x'", NULL, 0},
        {"'log':'\\", NULL, 0},
        {"'log':1", NULL, 0},
        {"'log'", NULL, 0},
        {"'attrs':{'a':'x", NULL, 0},
    };

    (void)test;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        cleanup_log_entry log_entry entry = LOG_ENTRY_INIT;
        cleanup_free char *line =
            text_format("{%s,'stream':'stderr','time':'2026-11-29T01:02:03.5Z'} ", cases[i].line);

        for (char *at = line; *at; at++)
            *at = *at == '\'' ? '"' : *at;
        assert_int_equal(log_entry_read(line, strlen(line), &entry), cases[i].log != NULL);
        if (!cases[i].log)
            continue;
        assert_int_equal(entry.log.length, cases[i].length);
        assert_memory_equal(entry.log.data, cases[i].log, cases[i].length);
        assert_true(entry.is_error);
        assert_int_equal(entry.when % 1000000000, 500000000);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_root_is_one_store_however_it_is_written),
        cmocka_unit_test(names_follow_dockers_rule),
        cmocka_unit_test(a_users_entrypoint_drops_the_images_command),
        cmocka_unit_test(variables_are_one_whatever_their_case),
        cmocka_unit_test(a_working_directory_of_ones_own_is_a_windows_path),
        cmocka_unit_test(a_hostname_is_one_that_windows_can_have),
        cmocka_unit_test(the_last_of_equal_labels_counts),
        cmocka_unit_test(an_images_ready_command_line_is_not_quoted_again),
        cmocka_unit_test(mounts_are_all_taken_or_none),
        cmocka_unit_test(server_2016_runs_images_of_its_own_revision),
        cmocka_unit_test(images_run_where_their_version_allows),
        cmocka_unit_test(a_log_entry_is_read_whatever_it_holds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
