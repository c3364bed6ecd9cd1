/* SPDX-License-Identifier: MIT */
/* wcow events: which are shown, and how. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <setjmp.h>

#include <cmocka.h>

#include "tests/unit/cli/fake_wcow.h"

#define START                                                                                      \
    "{\"status\":\"start\",\"id\":\"0123abcd\",\"from\":\"test/base:1\",\"Type\":\"container\","   \
    "\"Action\":\"start\",\"Actor\":{\"ID\":\"0123abcd\",\"Attributes\":{\"name\":\"web\","        \
    "\"image\":\"test/base:1\",\"tier\":\"front\"}},\"scope\":\"local\",\"time\":1700000000,"      \
    "\"timeNano\":1700000000123456789}"
#define SORTED                                                                                     \
    "{\"status\":\"start\",\"id\":\"0123abcd\",\"from\":\"test/base:1\",\"Type\":\"container\","   \
    "\"Action\":\"start\",\"Actor\":{\"ID\":\"0123abcd\",\"Attributes\":{"                         \
    "\"image\":\"test/base:1\",\"name\":\"web\",\"tier\":\"front\"}},\"scope\":\"local\","         \
    "\"time\":1700000000,\"timeNano\":1700000000123456789}"
#define EXEC                                                                                       \
    "{\"Type\":\"container\",\"Action\":\"exec_create: cmd /c ver\",\"Actor\":{\"ID\":"            \
    "\"0123abcd\",\"Attributes\":{\"name\":\"web\"}},\"scope\":\"local\",\"time\":1700000001,"     \
    "\"timeNano\":1700000001000000000}"
#define PULL                                                                                       \
    "{\"Type\":\"image\",\"Action\":\"pull\",\"Actor\":{\"ID\":\"test/base:1\",\"Attributes\":"    \
    "{\"name\":\"test/base\"}},\"scope\":\"local\",\"time\":1700000002,"                           \
    "\"timeNano\":1700000002000000000}"
#define PRUNE                                                                                      \
    "{\"Type\":\"network\",\"Action\":\"prune\",\"Actor\":{\"ID\":\"\",\"Attributes\":{}},"        \
    "\"scope\":\"local\",\"time\":1700000003,\"timeNano\":1700000003000000000}"

static const char *const happened[] = {START, EXEC, PULL, PRUNE, NULL};

static int set_up(void **state)
{
    setenv("TZ", "UTC", 1);
    return fake_setup(state);
}

static void they_are_told_in_docker_s_lines(void **state)
{
    (void)state;
    fake.happened = happened;
    expect(0,
           "2023-11-14T22:13:20.123456789Z container start 0123abcd (image=test/base:1, name=web, "
           "tier=front)\n"
           "2023-11-14T22:13:21.000000000Z container exec_create: cmd /c ver 0123abcd (name=web)\n"
           "2023-11-14T22:13:22.000000000Z image pull test/base:1 (name=test/base)\n"
           "2023-11-14T22:13:23.000000000Z network prune \n",
           "", "events");
    expect_calls("events since=0 until=0\n");
}

static void their_time_is_this_place_s(void **state)
{
    static const char *const one[] = {PRUNE, NULL};

    (void)state;
    fake.happened = one;
    setenv("TZ", "XYZ-05:30", 1);
    expect(0, "2023-11-15T03:43:23.000000000+05:30 network prune \n", "", "events");
    setenv("TZ", "XYZ03:00", 1);
    expect(0, "2023-11-14T19:13:23.000000000-03:00 network prune \n", "", "events");
}

static void filters_choose_as_docker_s_do(void **state)
{
    static const struct {
        const char *filter, *shown;
    } cases[] = {
        {"container=web", "start\nexec_create: cmd /c ver\n"},
        {"container=0123", "start\nexec_create: cmd /c ver\n"},
        {"container=other", ""},
        {"event=start", "start\n"},
        {"event=exec_create", "exec_create: cmd /c ver\n"},
        {"event=exec_create: cmd /c ver", "exec_create: cmd /c ver\n"},
        {"type=image", "pull\n"},
        {"type=network", "prune\n"},
        {"image=test/base", "start\npull\n"},
        {"image=test/base:1", "start\npull\n"},
        {"image=test/base:2", ""},
        {"label=tier", "start\n"},
        {"label=tier=front", "start\n"},
        {"label=tier=back", ""},
        {"scope=local", "start\nexec_create: cmd /c ver\npull\nprune\n"},
        {"scope=swarm", ""},
    };

    (void)state;
    fake.happened = happened;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        expect(0, cases[i].shown, "", "events", "-f", cases[i].filter, "--format", "{{.Action}}");
    expect(0, "start\npull\n", "", "events", "-f", "event=start", "-f", "event=pull", "--format",
           "{{.Action}}");
    expect(0, "", "", "events", "-f", "event=start", "-f", "type=image");
    expect(1, "", "wcow: invalid filter 'colour'\n", "events", "-f", "colour=red");
}

static void formats_have_every_member(void **state)
{
    static const char *const one[] = {START, NULL};

    (void)state;
    fake.happened = one;
    expect(0, SORTED "\n", "", "events", "--format", "json");
    expect(0, SORTED "\n", "", "system", "events", "--format", "{{json .}}");
    expect(0, "container start 0123abcd web 1700000000 1700000000123456789 test/base:1\n", "",
           "events", "--format",
           "{{.Type}} {{.Action}} {{.Actor.ID}} {{.Actor.Attributes.name}} {{.Time}} {{.TimeNano}} "
           "{{.From}}");
    expect(1, NULL, NULL, "events", "--format", "{{.Type");
}

static void times_are_those_of_logs(void **state)
{
    (void)state;
    expect(0, "", "", "events", "--since", "1.5", "--until", "1700000000");
    expect_calls("events since=1500000000 until=1700000000000000000\n");
    expect(1, "", "wcow: failed to parse value as time or duration: \"soon\"\n", "events",
           "--until", "soon");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(they_are_told_in_docker_s_lines, set_up, fake_teardown),
        cmocka_unit_test_setup_teardown(their_time_is_this_place_s, set_up, fake_teardown),
        cmocka_unit_test_setup_teardown(filters_choose_as_docker_s_do, set_up, fake_teardown),
        cmocka_unit_test_setup_teardown(formats_have_every_member, set_up, fake_teardown),
        cmocka_unit_test_setup_teardown(times_are_those_of_logs, set_up, fake_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
