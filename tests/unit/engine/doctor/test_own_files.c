/* SPDX-License-Identifier: MIT */
/* The files that every command goes by: what its readers refuse, or pass over, the doctor tells. */
#include <string.h>

#include "base/text.h"
#include "engine/doctor/doctor.h"
#include "tests/unit/engine/doctor/made_up.h"

static void write(fixture *f, const char *folder, const char *name, const char *contents)
{
    cleanup_free char *in = text_format("%s/%s", f->root, folder);
    cleanup_free char *path = text_format("%s/%s", in, name);

    (void)f->files->make_directory(f->files, in); /* it may be there */
    assert_int_equal(f->files->replace(f->files, path, contents, strlen(contents)), 0);
}

static void a_daemon_json_that_commands_refuse_is_broken(void **test)
{
    static const struct {
        const char *contents, *finding;
    } rows[] = {
        {"{\"schema\":3}", "\"schema\" is 1 or 2"},
        {"{\"schema\":1", "no valid JSON at line 1"},
        {"{\"max-concurrent-downloads\":-1}", "malformed"},
        {"[]", "it is an object"},
        {"7", "it is an object"},
    };
    fixture *f = *test;

    be_well();
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        write(f, ".", "daemon.json", rows[i].contents);
        expect_finding(f, "settings", "broken", rows[i].finding, "mend the file, or rename it");
        expect_finding(f, "settings", "broken", "daemon.json", "");
    }
}

static void what_has_no_effect_in_daemon_json_is_a_warning(void **test)
{
    static const struct {
        const char *contents, *finding;
    } rows[] = {
        {"{\"Schema\":2}", "wcow knows no \"Schema\""},
        {"{\"event-log\":\"yes\"}", "\"event-log\" is not true or false"},
        {"{\"max-concurrent-downloads\":\"3\"}", "\"max-concurrent-downloads\" is not a whole"},
        {"{\"schema\":2,\"hosts\":[],\"debug\":true}",
         "wcow knows no \"hosts\"; wcow knows no \"debug\""},
    };
    fixture *f = *test;

    be_well();
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        write(f, ".", "daemon.json", rows[i].contents);
        expect_finding(f, "settings", "warning", rows[i].finding, "wcow knows schema, event-log");
    }
}

/* A list that is none was taken for an empty one. */
static void a_list_of_registries_that_is_none_is_told(void **test)
{
    static const char *const rows[] = {"{\"insecure-registries\":\"a\"}",
                                       "{\"registry-mirrors\":[1]}"};
    fixture *f = *test;

    be_well();
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        cleanup_json cJSON *found = NULL;

        write(f, ".", "daemon.json", rows[i]);
        found = examine_one(f, "settings", false);
        assert_string_not_equal(json_text(found->child, "Verdict", ""), "fine");
        assert_non_null(strstr(json_text(found->child, "Found", ""), "list"));
    }
}

static void settings_that_count_are_fine(void **test)
{
    static const char all[] =
        "{\"schema\":2,\"event-log\":false,\"insecure-registries\":[\"a:5000\"],"
        "\"registry-mirrors\":[],\"max-concurrent-downloads\":3}";
    static const char *const rows[] = {"", " \n", "{}", all};
    fixture *f = *test;

    be_well();
    expect_finding(f, "settings", "fine", "nothing is set", "");
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        write(f, ".", "daemon.json", rows[i]);
        expect_finding(f, "settings", "fine", "", "");
    }
}

static void damaged_lists_of_images_and_networks_are_broken(void **test)
{
    static const char *const rows[] = {"", "{", "[]", "{\"manifests\":7,\"networks\":7}"};
    fixture *f = *test;

    be_well();
    expect_finding(f, "store", "fine", "yes: ", "");
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        write(f, "images", "index.json", rows[i]);
        expect_finding(f, "store", "broken", "index.json", "pull or load the images again");
        write(f, "networks", "networks.json", rows[i]);
        expect_finding(f, "store", "broken", "index.json", "pull or load the images again");
        expect_finding(f, "store", "broken", "networks.json", "rename it: wcow's networks stay");
    }
    write(f, "images", "index.json", "{\"schemaVersion\":2,\"manifests\":[]}");
    write(f, "networks", "networks.json", "{\"version\":99}");
    expect_finding(f, "store", "broken", "networks.json", "");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, made_up_set_up, fixture_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_daemon_json_that_commands_refuse_is_broken),
        TEST(what_has_no_effect_in_daemon_json_is_a_warning),
        TEST(a_list_of_registries_that_is_none_is_told),
        TEST(settings_that_count_are_fine),
        TEST(damaged_lists_of_images_and_networks_are_broken),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
