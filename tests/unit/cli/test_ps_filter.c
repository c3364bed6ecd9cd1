/* SPDX-License-Identifier: MIT */
/* ps --filter: what fits, and what nothing can fit. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>

#include <cmocka.h>

#include "base/text.h"
#include "tests/unit/cli/fake_wcow.h"

static const wcow_container_info containers[3] = {
    {.id = "aaaabbbbccccdddd",
     .name = "web",
     .image = "nano:latest",
     .image_id = "sha256:1111222233334444",
     .command = "ping",
     .state = "running",
     .status = "Up 5 minutes",
     .labels = "tier=front,x",
     .networks = "nat",
     .ports = "",
     .exposed = "",
     .published = "",
     .mounts = "",
     .os_version = "",
     .isolation = "process",
     .created = 1700000000,
     .running = true},
    {.id = "bbbbccccddddeeee",
     .name = "db",
     .image = "nano:latest",
     .image_id = "sha256:1111222233334444",
     .command = "ping",
     .state = "exited",
     .status = "Exited (3) 2 hours ago",
     .exit_code = 3,
     .labels = "",
     .networks = "nat",
     .ports = "",
     .exposed = "",
     .published = "",
     .mounts = "",
     .os_version = "",
     .isolation = "hyperv",
     .created = 1600000000},
    {.id = "ccccddddeeeeffff",
     .name = "webfront",
     .image = "microsoft/core",
     .image_id = "sha256:1111222233334444",
     .command = "cmd",
     .state = "created",
     .status = "Created",
     .labels = "",
     .networks = "nat",
     .ports = "",
     .exposed = "",
     .published = "",
     .mounts = "",
     .os_version = "",
     .isolation = "hyperv",
     .created = 1500000000},
};

static int setup(void **state)
{
    fake_setup(state);
    fake.containers = containers;
    fake.container_count = 3;
    return 0;
}

static void ps_filters(void **state)
{
    (void)state;
    expect(0, "web\nwebfront\n", "", "ps", "-a", "-f", "name=web", "--format", "{{.Names}}");
    expect(0, "web\n", "", "ps", "-a", "-f", "name=^/web$", "--format", "{{.Names}}");
    expect(0, "web\ndb\n", "", "ps", "-a", "-f", "id=aaaa", "-f", "id=bbbb", "--format",
           "{{.Names}}");
    expect(0, "db\n", "", "ps", "-f", "status=exited", "--format", "{{.Names}}");
    expect(0, "db\n", "", "ps", "-a", "-f", "exited=3", "--format", "{{.Names}}");
    expect(0, "", "", "ps", "-a", "-f", "exited=0", "--format", "{{.Names}}");
    expect(0, "web\n", "", "ps", "-a", "-f", "label=tier", "--format", "{{.Names}}");
    expect(0, "web\n", "", "ps", "-a", "-f", "label=tier=front", "-f", "label=x", "--format",
           "{{.Names}}");
    expect(0, "", "", "ps", "-a", "-f", "label=tier=fro", "--format", "{{.Names}}");
    expect(0, "", "", "ps", "-a", "-f", "label=tier", "-f", "label=y", "--format", "{{.Names}}");
    expect(0, "web\ndb\nwebfront\n", "", "ps", "-a", "-f", "ancestor=11112222", "--format",
           "{{.Names}}");
    expect(0, "db\nwebfront\n", "", "ps", "-a", "-f", "isolation=hyperv", "--format", "{{.Names}}");
    expect(0, "web\n", "", "ps", "-a", "-f", "since=db", "--format", "{{.Names}}");
    expect(0, "webfront\n", "", "ps", "-a", "-f", "before=bbbb", "--format", "{{.Names}}");
    expect(0, "", "", "ps", "-a", "-f", "network=none", "--format", "{{.Names}}");
    expect(1, "", "wcow: invalid filter 'foo'\n", "ps", "-f", "foo=1");
    expect(125, "",
           "wcow: invalid argument \"foo\" for \"-f, --filter\" flag: bad format of filter "
           "(expected name=value) (see 'wcow ps --help')\n",
           "ps", "-f", "foo");
}

static void expect_names(const char *names, const char *filter)
{
    cleanup_free char *lines = text_format("%s\n", names);

    for (char *at = lines; (at = strchr(at, ' ')) != NULL;)
        *at = '\n';
    expect(0, *names ? lines : "", "", "ps", "-a", "--format", "{{.Names}}", "-f", filter);
}

/* As Go's regexp: any part of the name, with or without the slash before it. */
static void ps_takes_names_as_regular_expressions(void **state)
{
    (void)state;
    expect_names("web webfront", "name=^w.b");
    expect_names("web db", "name=^(web|db)$");
    expect_names("webfront", "name=f[r-t]o\\w+$");
    expect_names("db", "name=(?i)DB");
    expect_names("web db webfront", "name=");
    expect_names("db", "NAME = ^.{2}$ ");
    expect_names("", "name=^(a|a)*b{500}$");
    expect(1, "", "wcow: invalid filter 'name=a(': missing closing ): `a(`\n", "ps", "-f",
           "name=a(");
    expect(1, "", "wcow: invalid filter 'name=*': missing argument to repetition operator: `*`\n",
           "ps", "-f", "name=*");
}

static void ps_knows_an_ancestor_by_its_layers(void **state)
{
    static const char *const images[] = {
        "nano",     "{\"RootFS\":{\"Layers\":[\"sha256:1\"]}}",
        "other",    "{\"RootFS\":{\"Layers\":[\"sha256:2\"]}}",
        "longer",   "{\"RootFS\":{\"Layers\":[\"sha256:1\",\"sha256:3\",\"sha256:4\"]}}",
        "sha256:9", "{\"RootFS\":{\"Layers\":[\"sha256:2\",\"sha256:3\"]}}",
        NULL,       NULL};
    wcow_container_info mixed[3];

    (void)state;
    memcpy(mixed, containers, sizeof(mixed));
    mixed[1].image_id = "sha256:9";
    fake.containers = mixed;
    fake.image_names = images;
    fake.image = "{\"RootFS\":{\"Layers\":[\"sha256:1\",\"sha256:3\"]}}";
    expect_names("web webfront", "ancestor=nano");
    expect_names("db", "ancestor=other");
    expect_names("", "ancestor=longer");
    expect_names("db", "ancestor=sha256:9");
    fake.image = NULL; /* the image of the two is gone; its id is still known */
    expect_names("", "ancestor=nano");
    expect_names("", "ancestor=nosuch");
    expect_names("web webfront", "ancestor=11112222");
}

static void ps_refuses_values_that_nothing_can_have(void **state)
{
    (void)state;
    expect(1, "",
           "wcow: invalid filter 'status=foo': invalid value for state (foo): must be one of "
           "created, running, paused, restarting, removing, exited, dead\n",
           "ps", "-f", "status=foo");
    expect(1, "", "wcow: invalid filter 'exited=x': it is no whole number\n", "ps", "-f",
           "exited=x");
    expect(1, "",
           "wcow: invalid filter 'health=fine': invalid value for health (fine): must be one of "
           "none, starting, healthy, unhealthy\n",
           "ps", "-f", "health=fine");
    expect(1, "", "wcow: invalid filter 'is-task=maybe'\n", "ps", "-f", "is-task=maybe");
    expect(1, "", "wcow: filter for 'publish' should not contain ':': 80:80\n", "ps", "-f",
           "publish=80:80");
    expect(1, "", NULL, "ps", "-f", "expose=x");
    expect(1, "", NULL, "ps", "-f", "expose=70000/tcp");
    expect_calls("");
    expect(1, "", "wcow: No such container: nope\n", "ps", "-f", "since=nope");
    expect(1, "", "wcow: No such container: nope\n", "ps", "-f", "before=nope");
}

static void ps_knows_the_filters_of_what_windows_has_not(void **state)
{
    (void)state;
    expect_names("web db webfront", "health=none");
    expect_names("", "health=healthy");
    expect_names("web db webfront", "is-task=false");
    expect_names("", "is-task=1");
    expect_names("", "publish=80");
    expect_names("", "expose=8000-8080/tcp");
}

static void ps_looks_for_volumes(void **state)
{
    (void)state;
    fake.inspected = "{\"Mounts\":[{\"Source\":\"C:\\\\host\",\"Destination\":\"C:\\\\in\"}]}";
    expect_names("web db webfront", "volume=c:\\in");
    expect_names("web db webfront", "volume=C:\\host");
    expect_names("", "volume=C:\\other");
    fake.failing = "inspect";
    fake.failure = WCOW_CORRUPT;
    expect(1, "", "wcow: it failed\n", "ps", "-a", "-f", "volume=x");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, fake_teardown)
        TEST(ps_filters),
        TEST(ps_takes_names_as_regular_expressions),
        TEST(ps_knows_an_ancestor_by_its_layers),
        TEST(ps_refuses_values_that_nothing_can_have),
        TEST(ps_knows_the_filters_of_what_windows_has_not),
        TEST(ps_looks_for_volumes),
    };

    return cmocka_run_group_tests_name("cli/ps_filter", tests, NULL, NULL);
}
