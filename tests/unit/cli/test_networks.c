/* SPDX-License-Identifier: MIT */
/* The network commands: what they ask of the library, and what they print. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>

#include <cmocka.h>

#include "tests/unit/cli/fake_wcow.h"

#define ID "0123abcd-0000-0000-0000-000000000001\n"

static void create_hands_on_all_that_was_given(void **state)
{
    (void)state;
    expect(0, ID, "", "network", "create", "web");
    expect(0, ID, "", "network", "create", "-d", "l2bridge", "--subnet", "10.1.0.0/24", "--subnet",
           "10.2.0.0/24", "--gateway=10.1.0.1", "--aux-address", "a=10.1.0.5", "--label", "k=v",
           "-o", "vlan=1", "--opt", "x=y", "--attachable", "--internal", "--ipv4", "back");
    expect_calls("network create web driver=-\nnetwork made\n"
                 "network create back driver=l2bridge internal attachable subnet=10.1.0.0/24 "
                 "subnet=10.2.0.0/24 gateway=10.1.0.1 aux=a=10.1.0.5 "
                 "option=vlan=1 option=x=y label=k=v\nnetwork made\n");
}

static void an_internal_nat_network_is_warned_of(void **state)
{
    static const char warning[] =
        "WARNING: --internal does not keep the containers of a nat network from the outside: use "
        "-d internal\n";

    (void)state;
    expect(0, ID, warning, "network", "create", "--internal", "web");
    expect(0, ID, "", "network", "create", "--internal", "-d", "private", "web");
    expect(0, ID,
           "{\"warning\":\"--internal does not keep the containers of a nat network from the "
           "outside: use -d internal\",\"status\":\"ok\",\"hresult\":\"\",\"hint\":\"\","
           "\"events\":\"\"}\n",
           "--errors=json", "network", "create", "--internal", "web");
}

static void what_no_network_here_can_have_is_refused_with_its_reason(void **state)
{
    (void)state;
    expect(125, "", NULL, "network", "create", "--ipv6", "web");
    expect(125, "", NULL, "network", "create", "--config-only", "web");
    expect(125, "", NULL, "network", "create", "--ipam-driver", "x", "web");
    expect(
        125, "",
        "wcow: --ip-range has no meaning on Windows: HNS gives out addresses of the whole subnet; "
        "--ip chooses a container's own (see 'wcow network create --help')\n",
        "network", "create", "--subnet", "10.1.0.0/16", "--ip-range", "10.1.0.0/25", "web");
    expect(1, "", NULL, "network", "create", "--label", "=v", "web");
    expect_calls("");
    expect(0, ID, "", "network", "create", "--ipv6=false", "--scope", "local", "--ipam-driver",
           "default", "web");
}

static void networks_are_listed_as_docker_lists_them(void **state)
{
    (void)state;
    expect(0,
           "NETWORK ID     NAME      DRIVER     SCOPE\n"
           "11111111-222   back      l2bridge   local\n"
           "0123abcd-000   nat       nat        local\n"
           "00000000-000   none      null       local\n",
           "", "network", "ls");
    expect(0, "11111111-222\n0123abcd-000\n00000000-000\n", "", "network", "list", "-q");
    expect(0,
           "{\"CreatedAt\":\"1970-01-02 00:00:00 +0000 "
           "UTC\",\"Driver\":\"l2bridge\",\"ID\":\"11111111-2222-3333-4444-555555555555\","
           "\"IPv4\":\"true\",\"IPv6\":\"false\",\"Internal\":\"true\",\"Labels\":\"a=1,b=\","
           "\"Name\":\"back\",\"Scope\":\"local\"}\n",
           "", "network", "ls", "--no-trunc", "--format", "json", "-f", "name=back");
    expect(0, "back 1\n", "", "network", "ls", "--format", "{{.Name}} {{.Label \"a\"}}", "-f",
           "label=a=1");
    expect(0, "network_id: 11111111-222\nname: back\ndriver: l2bridge\nscope: local\n\n", "",
           "network", "ls", "--format", "raw", "-f", "driver=l2bridge");
}

static void every_filter_of_dockers_chooses(void **state)
{
    static const struct {
        const char *filter, *names;
    } cases[] = {
        {"driver=nat", "nat\n"},
        {"name=^na", "nat\n"},
        {"name=n", "nat\nnone\n"},
        {"id=^1111", "back\n"},
        {"label=a", "back\n"},
        {"label=b=", "back\n"},
        {"label=a=2", ""},
        {"scope=swarm", ""},
        {"scope=local", "back\nnat\nnone\n"},
        {"type=builtin", "nat\nnone\n"},
        {"type=custom", "back\n"},
        {"dangling=true", "back\n"},
        {"dangling=0", "nat\nnone\n"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        expect(0, cases[i].names, "", "network", "ls", "--format", "{{.Name}}", "--filter",
               cases[i].filter);
}

static void a_filter_that_is_none_is_refused(void **state)
{
    static const char *const wrong[] = {"dangling=perhaps", "type=mine", "name=(", "colour=red"};

    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        expect(1, "", NULL, "network", "ls", "-f", wrong[i]);
    expect_calls("");
}

static void rm_goes_on_over_failures(void **state)
{
    (void)state;
    expect(1, "a\nb\n", NULL, "network", "rm", "a", "used-x", "no-y", "b");
    expect(0, "a\n", "", "network", "remove", "-f", "no-y", "a");
    expect(1, "", NULL, "network", "rm", "--force", "used-x");
}

static void prune_asks_and_tells_names(void **state)
{
    (void)state;
    expect_with_input("n\n", 0,
                      "WARNING! This will remove all custom networks not used by at least one "
                      "container.\nAre you sure you want to continue? [y/N] ",
                      "", "network", "prune");
    expect_calls("");
    expect(0, "Deleted Networks:\nback\nfront\n\n", "", "network", "prune", "-f", "--filter",
           "until=24h", "--filter", "label=a", "--filter", "label!=b");
    expect_calls("network prune until label=a without=b\nnetwork pruned\n");
}

static void inspect_finds_networks_last(void **state)
{
    (void)state;
    fake.network = "{\"Name\":\"web\",\"Id\":\"01\",\"IPAM\":{\"Config\":[{\"Subnet\":\"s\"}]}}";
    expect(0, "web s\n", "", "network", "inspect", "-v", "-f",
           "{{.Name}} {{range .IPAM.Config}}{{.Subnet}}{{end}}", "web");
    expect(0, "01\n", "", "inspect", "--type", "network", "--format", "{{.Id}}", "web");
    fake.network = NULL;
    expect(1, "[]\n", NULL, "network", "inspect", "web");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(create_hands_on_all_that_was_given, fake_setup,
                                        fake_teardown),
        cmocka_unit_test_setup_teardown(an_internal_nat_network_is_warned_of, fake_setup,
                                        fake_teardown),
        cmocka_unit_test_setup_teardown(what_no_network_here_can_have_is_refused_with_its_reason,
                                        fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(networks_are_listed_as_docker_lists_them, fake_setup,
                                        fake_teardown),
        cmocka_unit_test_setup_teardown(every_filter_of_dockers_chooses, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(a_filter_that_is_none_is_refused, fake_setup,
                                        fake_teardown),
        cmocka_unit_test_setup_teardown(rm_goes_on_over_failures, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(prune_asks_and_tells_names, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(inspect_finds_networks_last, fake_setup, fake_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
