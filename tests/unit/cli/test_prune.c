/* SPDX-License-Identifier: MIT */
/* The prune commands: what they ask, what they print, how they are filtered. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>

#include <cmocka.h>

#include "tests/unit/cli/fake_wcow.h"

static void prune_asks_first(void **state)
{
    static const char *const lines[][3] = {
        {"system", "prune"}, {"container", "prune"}, {"image", "prune"}};

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        expect_with_input("n\n", 0, NULL, "", lines[i][0], lines[i][1]);
        expect_with_input("", 0, NULL, "", lines[i][0], lines[i][1]);
        expect_with_input("yonder\n", 0, NULL, "", lines[i][0], lines[i][1]);
    }
    expect_calls("");
    expect_with_input("y\r\n", 0, NULL, "", "system", "prune");
    expect_with_input("Yes\n", 0, NULL, "", "container", "prune");
    expect_calls("prune\ncontainer prune\n");
}

static void the_warning_says_what_will_go(void **state)
{
    (void)state;
    expect_with_input("n\n", 0,
                      "WARNING! This will remove:\n"
                      "  - all stopped containers\n"
                      "  - all networks not used by at least one container\n"
                      "  - all dangling images\n"
                      "  - layers and blobs that no image names, of pulls that were broken off\n"
                      "  - their downloads, and what wcow left behind: compute systems, mounted "
                      "layers, endpoints, services of Windows, volumes that are half made\n"
                      "\n"
                      "Are you sure you want to continue? [y/N] ",
                      "", "system", "prune");
    expect_with_input("n\n", 0,
                      "WARNING! This will remove:\n"
                      "  - all stopped containers\n"
                      "  - all networks not used by at least one container\n"
                      "  - all images without at least one container associated to them\n"
                      "  - layers and blobs that no image names, of pulls that were broken off\n"
                      "\n"
                      "  Items to be pruned will be filtered with:\n"
                      "  - until=24h\n"
                      "  - label!=keep\n"
                      "\n"
                      "Are you sure you want to continue? [y/N] ",
                      "", "system", "prune", "-a", "--filter", "until=24h", "--filter",
                      "label!=keep");
    expect_with_input("n\n", 0,
                      "WARNING! This will remove all stopped containers.\n"
                      "Are you sure you want to continue? [y/N] ",
                      "", "container", "prune");
    expect_calls("");
}

static void what_went_is_printed_as_docker_does(void **state)
{
    static const char *const removed[] = {"caaaa", "cbbbb", "iuntagged: x:1", "ideleted: sha256:1",
                                          NULL};
    static const char *const containers[] = {"caaaa", NULL};

    (void)state;
    fake.removed = removed;
    fake.pruned = (wcow_prune_report){.containers = 2, .images = 1, .reclaimed = 1500};
    expect(0,
           "Deleted Containers:\naaaa\nbbbb\n\nDeleted Images:\nuntagged: x:1\ndeleted: "
           "sha256:1\n\nTotal reclaimed space: 1.5kB\n",
           "", "system", "prune", "--force");
    fake.removed = containers;
    expect(0, "Deleted Containers:\naaaa\n\nTotal reclaimed space: 1.5kB\n", "", "container",
           "prune", "-f");
    expect(0, "Deleted Containers:\naaaa\n\nTotal reclaimed space: 1500\n", "", "container",
           "prune", "-f", "--human=false");
    expect(0, "Deleted Containers:\naaaa\n\nTotal reclaimed space: 1500\n", "", "system", "prune",
           "-f", "--human=false");
    fake.pruned = (wcow_prune_report){.layers = 1, .systems = 3};
    expect(0,
           "Deleted Containers:\naaaa\n\nDeleted layers: 1\nEnded compute systems: 3\n\nTotal "
           "reclaimed space: 0B\n",
           "", "system", "prune", "-f");
    fake.removed = NULL;
    fake.pruned = (wcow_prune_report){0};
    expect(0, "Total reclaimed space: 0B\n", "", "system", "prune", "-f");
    expect(0, "Total reclaimed space: 0B\n", "", "container", "prune", "-f");
    fake.removed = containers;
    fake.failing = "prune";
    fake.failure = WCOW_FAILED;
    expect(1, "Deleted Containers:\naaaa\n", "wcow: it failed\n", "system", "prune", "-f");
}

static void prunes_are_filtered(void **state)
{
    (void)state;
    expect(0, NULL, "", "system", "prune", "-af", "--volumes", "--filter", "label=a", "--filter",
           "label!=b=c");
    expect(0, NULL, "", "container", "prune", "-f", "--filter", "until=1700000000");
    expect_calls(
        "prune all volumes label=a without=b=c\ncontainer prune until=1700000000000000000\n");
    expect(1, "", "wcow: invalid filter 'status'\n", "container", "prune", "-f", "--filter",
           "status=exited");
    expect(1, "", "wcow: invalid filter 'until=soon'\n", "system", "prune", "-f", "--filter",
           "until=soon");
    expect(1, "", "wcow: more than one until filter specified\n", "system", "prune", "-f",
           "--filter", "until=1h", "--filter", "until=2h");
    expect(1, "", "wcow: ERROR: The \"until\" filter is not supported with \"--volumes\"\n",
           "system", "prune", "-f", "--volumes", "--filter", "until=1h");
    expect(125, "", NULL, "container", "prune", "-f", "--filter", "label");
    expect_calls("");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, fake_setup, fake_teardown)
        TEST(prune_asks_first),
        TEST(the_warning_says_what_will_go),
        TEST(what_went_is_printed_as_docker_does),
        TEST(prunes_are_filtered),
    };

    return cmocka_run_group_tests_name("cli/prune", tests, NULL, NULL);
}
