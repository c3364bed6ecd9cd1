/* SPDX-License-Identifier: MIT */
/* An image in Docker's shape. */
#include "docker/image_inspect.h"

#include "tests/unit/docker/shows.h"
static const char *const tags[] = {"base:1", NULL};

static void an_image_shows_its_config_as_it_stands(void **state)
{
    image_history steps[] = {{.comment = (char[]){"first"}}, {.comment = (char[]){"last"}}};
    image_config config = {
        .json = (char[]){"{\"config\":{\"Cmd\":[\"x\"],\"Odd\":1}}"},
        .os_version = (char[]){"10.0.1"},
        .history = steps,
        .history_count = 2,
    };
    cleanup_free char *json = NULL;

    (void)state;
    json = image_inspect_print(&(image_facts){.id = "sha256:1",
                                              .tags = tags,
                                              .config = &config,
                                              .folder = "C:\\l",
                                              .size = 1ull << 40,
                                              .tagged = 1000000000});
    assert_non_null(json);
    shows(json, "Id", "\"sha256:1\"");
    shows(json, "RepoTags", "[\"base:1\"]");
    shows(json, "RepoDigests", "[]");
    shows(json, "Comment", "\"last\"");
    shows(json, "Created", "\"\"");
    shows(json, "Os", "\"windows\"");
    shows(json, "OsVersion", "\"10.0.1\"");
    shows(json, "Config.Odd", "1");
    shows(json, "RootFS", "{\"Type\":\"layers\",\"Layers\":null}");
    shows(json, "Size", "1099511627776");
    shows(json, "GraphDriver.Data.dir", "\"C:\\\\l\"");
    shows(json, "Metadata.LastTagTime", "\"1970-01-01T00:00:01Z\"");
}

static void one_that_is_not_unpacked_has_no_folder(void **state)
{
    const image_config config = {.json = (char[]){"{}"}};
    cleanup_free char *json = NULL;

    (void)state;
    json = image_inspect_print(&(image_facts){.id = "sha256:1", .config = &config});
    assert_non_null(json);
    shows(json, "GraphDriver.Data", "null");
    shows(json, "RepoTags", "[]");
    shows(json, "Comment", "\"\"");
    shows(json, "Metadata.LastTagTime", "\"0001-01-01T00:00:00Z\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_image_shows_its_config_as_it_stands),
        cmocka_unit_test(one_that_is_not_unpacked_has_no_folder),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
