/* SPDX-License-Identifier: MIT */
/* The volume commands, and the flags of run that mount things. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>

#include <cmocka.h>

#include "tests/unit/cli/fake_wcow.h"

#define JSON                                                                                       \
    "{\"CreatedAt\":\"2026-01-02T03:04:05Z\",\"Driver\":\"local\",\"Labels\":{\"a\":\"b\"},"       \
    "\"Mountpoint\":\"C:\\\\v\\\\data\\\\_data\",\"Name\":\"data\",\"Options\":null,"              \
    "\"Scope\":\"local\"}"

static const wcow_volume_info volumes[] = {
    {"cache", "local", "C:\\v\\cache\\_data", "", 0, false},
    {"data", "local", "C:\\v\\data\\_data", "a=b,c=d", 2, false},
    {"f00", "local", "C:\\v\\f00\\_data", "com.docker.volume.anonymous=", 0, true},
};

static void some_volumes(void)
{
    fake.volumes = volumes;
    fake.volume_count = 3;
}

static void create_passes_on_what_is_given(void **state)
{
    (void)state;
    expect(0, "data\n", "", "volume", "create", "-d", "local", "--label", "a=b", "--label", "c",
           "data");
    expect_calls("volume data driver=local label=a=b label=c\n");
    expect(0, "made-up\n", "", "volume", "create");
    expect(0, "data\n", "", "volume", "create", "--name", "data");
    expect_calls("volume made-up\nvolume data\n");
    expect(125, "",
           "wcow: -o, --opt has no meaning on Windows: a volume there is a folder, and its driver "
           "has no "
           "options; -v mounts any folder of the host (see 'wcow volume create --help')\n",
           "volume", "create", "-o", "type=nfs", "data");
    expect(1, "",
           "wcow: conflicting options: cannot specify a volume-name through both --name and as a "
           "positional arg\n",
           "volume", "create", "--name", "a", "b");
    expect_calls("");
}

static void ls_prints_a_table_by_name(void **state)
{
    (void)state;
    some_volumes();
    expect(0, "DRIVER    VOLUME NAME\nlocal     cache\nlocal     data\nlocal     f00\n", "",
           "volume", "ls");
    expect(0, "cache\ndata\nf00\n", "", "volume", "list", "-q");
    expect(0, "data C:\\v\\data\\_data a=b,c=d local N/A\n", "", "volume", "ls", "--filter",
           "label=a=b", "--format", "{{.Name}} {{.Mountpoint}} {{.Labels}} {{.Scope}} {{.Size}}");
}

static void ls_is_filtered(void **state)
{
    static const struct {
        const char *filter, *names;
    } cases[] = {{"dangling=true", "cache\nf00\n"},
                 {"dangling=0", "data\n"},
                 {"driver=local", "cache\ndata\nf00\n"},
                 {"driver=nfs", ""},
                 {"label=c", "data\n"},
                 {"label=c=x", ""},
                 {"name=a", "cache\ndata\n"},
                 {"name=^da", "data\n"}};

    (void)state;
    some_volumes();
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        expect(0, cases[i].names, "", "volume", "ls", "-q", "--filter", cases[i].filter);
    expect_calls("volumes\nvolumes\nvolumes\nvolumes\nvolumes\nvolumes\nvolumes\nvolumes\n");
    expect(1, "", "wcow: invalid filter 'size'\n", "volume", "ls", "--filter", "size=1");
    expect(1, "", "wcow: invalid filter 'dangling=[x]'\n", "volume", "ls", "--filter",
           "dangling=x");
    expect_calls("");
}

static void inspect_knows_volumes(void **state)
{
    (void)state;
    fake.volume = JSON;
    expect(0, "C:\\v\\data\\_data b local\n", "", "volume", "inspect", "-f",
           "{{.Mountpoint}} {{.Labels.a}} {{.Scope}}", "data");
    expect(0, "[" JSON "]\n", "", "inspect", "--type", "volume", "--format", "json", "data");
    expect_calls("inspect volume data\ninspect volume data\n");
    fake.volume = NULL;
    expect(1, "[]\n", "wcow: get data: no such volume\n", "volume", "inspect", "data");
}

static void rm_goes_on_over_failures(void **state)
{
    (void)state;
    fake.failing = "remove volume a";
    fake.failure = WCOW_CONFLICT;
    expect(1, "b\n", "wcow: it failed\n", "volume", "rm", "a", "b");
    expect(0, "b\n", "", "volume", "remove", "-f", "b");
    expect_calls("remove volume a\nremove volume b\nremove volume b force\n");
}

static void prune_asks_and_prints_as_docker_does(void **state)
{
    static const char *const removed[] = {"f00", NULL};

    (void)state;
    expect_with_input("n\n", 0,
                      "WARNING! This will remove anonymous local volumes not used by at least one "
                      "container.\nAre you sure you want to continue? [y/N] ",
                      "", "volume", "prune");
    expect_with_input("n\n", 0,
                      "WARNING! This will remove all local volumes not used by at least one "
                      "container.\nAre you sure you want to continue? [y/N] ",
                      "", "volume", "prune", "-a");
    expect_calls("");
    fake.removed = removed;
    fake.pruned = (wcow_prune_report){.reclaimed = 1500};
    expect(0, "Deleted Volumes:\nf00\n\nTotal reclaimed space: 1.5kB\n", "", "volume", "prune",
           "-f", "--filter", "all=1", "--filter", "label=a");
    expect(0, "Deleted Volumes:\nf00\n\nTotal reclaimed space: 1500\n", "", "volume", "prune", "-f",
           "--human=false");
    expect_calls("prune volumes all label=a\nprune volumes\n");
    expect(1, "", "wcow: conflicting options: cannot specify both --all and --filter all=1\n",
           "volume", "prune", "-a", "--filter", "all=1");
    expect(1, "", "wcow: invalid filter 'until'\n", "volume", "prune", "--filter", "until=1h");
    expect_calls("");
}

static void system_prune_takes_volumes_along(void **state)
{
    static const char *const removed[] = {"cabc", "vf00", NULL};

    (void)state;
    fake.removed = removed;
    expect(0, "Deleted Containers:\nabc\n\nDeleted Volumes:\nf00\n\nTotal reclaimed space: 0B\n",
           "", "system", "prune", "-f", "--volumes");
    expect_calls("prune volumes\n");
}

static void run_passes_on_what_is_to_be_mounted(void **state)
{
    (void)state;
    expect(0, NULL, "", "create", "-v", "data:C:\\d", "-v", "C:\\x", "--mount",
           "type=bind,source=C:\\a,target=C:\\b", "--volumes-from", "web:ro", "--volume-driver",
           "local", "nano");
    expect_calls("create nano mount=data:C:\\d mount=C:\\x "
                 "option=type=bind,source=C:\\a,target=C:\\b from=web:ro driver=local\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, fake_setup, fake_teardown)
        TEST(create_passes_on_what_is_given),
        TEST(ls_prints_a_table_by_name),
        TEST(ls_is_filtered),
        TEST(inspect_knows_volumes),
        TEST(rm_goes_on_over_failures),
        TEST(prune_asks_and_prints_as_docker_does),
        TEST(system_prune_takes_volumes_along),
        TEST(run_passes_on_what_is_to_be_mounted),
    };

    return cmocka_run_group_tests_name("cli/volumes", tests, NULL, NULL);
}
