/* SPDX-License-Identifier: MIT */
/*
 * What we ask HNS for when a network is made, and what dockerd asks for with the same words, member
 * by member; then what inspect shows of it. The words go the whole way, from the command's option
 * table to a service that answers as dockerd's did. data/README.md tells where dockerd's come from;
 * where we differ on purpose the table below says why.
 */
#include "tests/unit/engine/fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "cli/all.h"

#define RECORDED "network/data/dockerd-networks.json"
#define NAME     "net1"
#define HNS_ID   "<HNSNETWORK1>"

/* Where we differ on purpose: a case ("*": all), and what of it. */
static struct difference {
    const char *name, *what, *why;
    bool used;
} differences[] = {
    {"*", "Name", "HNS knows a network by the name that people know, not by 64 digits", false},
    {"network-create-default", "refused", "docker's client asks for 'bridge'; we take nat", false},
    {"network-create-bridge", "words", "there are no plugins: we say which drivers there are",
     false},
    {"network-create-overlay", "words", "there is no docker swarm init here", false},
    {"network-create-nat-ip-range", "words", "we say why", false},
    {"network-create-nat-ipv6", "words", "we say why", false},
    {"network-create-nat-option-macpool", "MAC", "the recording has placeholders for addresses",
     false},
    {"network-create-nat-aux-address", "ipam", "dockerd loses them when HNS answers; we show them",
     false},
};

static bool is_on_purpose(const char *name, const char *what)
{
    for (size_t i = 0; i < sizeof differences / sizeof differences[0]; i++) {
        if ((*differences[i].name == '*' || text_equal(differences[i].name, name)) &&
            text_equal(differences[i].what, what)) {
            differences[i].used = true;
            return true;
        }
    }
    return false;
}

/* ---- a service that answers as dockerd's did ---- */

static cJSON *asked;           /* the body of POST /networks/; NULL: not asked */
static cJSON *there;           /* what it made */
static const cJSON *to_answer; /* what it answers */

static int32_t answer(hcs_port *port, const char *method, const char *path, const char *body,
                      char **response)
{
    cleanup_json cJSON *envelope = NULL;

    (void)port;
    if (text_equal(method, "POST")) {
        assert_string_equal(path, "/networks/");
        assert_null(asked);
        asked = cJSON_Parse(body);
        envelope = cJSON_Duplicate(to_answer, true);
        there = cJSON_Duplicate(json_member(envelope, "Output"), true);
        if (there) {
            cJSON_DeleteItemFromObjectCaseSensitive(there, "Name");
            json_add_text(there, "Name", json_text(asked, "Name", ""));
        }
    } else {
        envelope = cJSON_CreateObject();
        json_add_bool(envelope, "Success", true);
        json_add(envelope, "Output", cJSON_CreateArray());
        if (there && text_equal(path, "/networks/"))
            json_append(cJSON_GetObjectItem(envelope, "Output"), cJSON_Duplicate(there, true));
    }
    *response = json_print(envelope);
    return HR_OK;
}

/* ---- a command line ---- */

/* The words, and what stands for addresses made real. */
static char **words_of(const cJSON *test, int *count)
{
    const cJSON *list = json_member(test, "words");
    char **words = calloc((size_t)cJSON_GetArraySize(list) + 1, sizeof *words);
    const cJSON *word;

    *count = 0;
    cJSON_ArrayForEach (word, list) {
        const char *value = word->valuestring;

        words[(*count)++] =
            strstr(value, "<MAC>")
                ? text_copy("com.docker.network.windowsshim.macpool=00-15-5D-00-00-00,00-15-5D-00-"
                            "00-0F")
                : text_copy(value);
    }
    return words;
}

static wcow_status create(fixture *f, const cJSON *test)
{
    const struct option_rules rules = {.options = cmd_network_create.options,
                                       .command = cmd_network_create.name};
    cleanup_free void *values = calloc(1, cmd_network_create.size);
    struct option_result result = {0};
    int count = 0;
    char **words = words_of(test, &count);
    FILE *nowhere = fopen("/dev/null", "w");
    struct session session = {
        .host = f->host, .out = nowhere, .err = nowhere, .command = &cmd_network_create};
    wcow_status status = options_parse(&rules, count, words, values, &result, &f->err);

    session.arguments = result.arguments;
    session.count = result.count;
    if (!status)
        status = cmd_network_create.run(&session, values, &f->err);
    options_free(cmd_network_create.options, values);
    fclose(nowhere);
    for (int i = 0; i < count; i++)
        free(words[i]);
    free(words);
    free(result.arguments);
    return status;
}

/* ---- comparing ---- */

static void differ(const char *name, const char *what, const cJSON *ours, const cJSON *theirs)
{
    cleanup_free char *a = ours ? json_print(ours) : text_copy("nothing");
    cleanup_free char *b = theirs ? json_print(theirs) : text_copy("nothing");

    fail_msg("%s: %s: %s, dockerd's: %s", name, what, a, b);
}

static bool has_placeholder(const cJSON *value)
{
    cleanup_free char *printed = json_print(value);

    return strstr(printed, "<MAC>") != NULL;
}

static void compare_body(const char *name, const cJSON *theirs)
{
    const cJSON *member;

    if (!asked)
        differ(name, "body", NULL, theirs);
    assert_int_equal(cJSON_GetArraySize(asked), cJSON_GetArraySize(theirs));
    cJSON_ArrayForEach (member, theirs) {
        const cJSON *ours = json_member(asked, member->string);

        if (cJSON_Compare(ours, member, true))
            continue;
        if (has_placeholder(member) ? is_on_purpose(name, "MAC")
                                    : is_on_purpose(name, member->string))
            continue;
        differ(name, member->string, ours, member);
    }
}

/* Its HNS name and id are options in dockerd's inspect. */
static void compare_options(const char *name, const cJSON *ours, const cJSON *theirs)
{
    const cJSON *option;

    assert_int_equal(cJSON_GetArraySize(ours), cJSON_GetArraySize(theirs));
    cJSON_ArrayForEach (option, theirs) {
        const cJSON *mine = json_member(ours, option->string);
        const bool named = text_equal(option->valuestring, "<NETWORK>");

        if (cJSON_Compare(mine, option, true) ||
            (named && mine && text_equal(mine->valuestring, NAME) && is_on_purpose(name, "Name")) ||
            (has_placeholder(option) && mine && is_on_purpose(name, "MAC")))
            continue;
        differ(name, option->string, mine, option);
    }
}

static void compare_shown(fixture *f, const char *name, const cJSON *test)
{
    char *json = NULL;
    cJSON *shown;

    if (!json_member(test, "ipam"))
        return;
    assert_ok(&f->err, wcow_network_inspect(f->host, NAME, &json, &f->err));
    shown = fixture_json(f, json);
    if (!cJSON_Compare(json_member(shown, "IPAM"), json_member(test, "ipam"), true) &&
        !is_on_purpose(name, "ipam"))
        differ(name, "IPAM", json_member(shown, "IPAM"), json_member(test, "ipam"));
    compare_options(name, json_member(shown, "Options"), json_member(test, "options"));
    cJSON_Delete(shown);
}

/* Refused by dockerd or its client before HNS was asked: by us, too, and with its words. */
static void compare_refusal(fixture *f, const char *name, wcow_status status, const char *words)
{
    if (!status) {
        assert_true(is_on_purpose(name, "refused"));
        return;
    }
    assert_null(asked);
    if (!strstr(f->err.message, words) && !is_on_purpose(name, "words"))
        fail_msg("%s: '%s', dockerd's: '%s'", name, f->err.message, words);
}

static void try(fixture *f, const cJSON *test)
{
    const char *name = json_text(test, "name", "?");
    const char *words = json_text(test, "refused", NULL);
    cleanup_json cJSON *fine = NULL;
    wcow_status status;

    asked = there = NULL;
    to_answer = json_member(test, "response");
    if (!to_answer) {
        fine = cJSON_Parse("{\"Success\":true,\"Output\":{\"ID\":\"x\",\"Type\":\"nat\"}}");
        to_answer = fine;
    }
    status = create(f, test);
    if (words)
        compare_refusal(f, name, status, words);
    else
        compare_body(name, json_member(test, "body"));
    if (!words && !status)
        compare_shown(f, name, test);
    cJSON_Delete(asked);
    cJSON_Delete(there);
    there = NULL;
    assert_ok(&f->err, wcow_network_prune(f->host, NULL, &f->err));
}

static cJSON *recorded(fixture *f)
{
    char *bytes = NULL;
    size_t size = 0;
    cJSON *cases = NULL;

    assert_int_equal(f->files->read(f->files, RECORDED, 1 << 20, &bytes, &size), 0);
    assert_ok(&f->err, json_parse(bytes, size, RECORDED, &cases, &f->err));
    free(bytes);
    return cases;
}

static void networks_are_asked_for_as_dockerd_does(void **state)
{
    fixture *f = fixture_new(NULL);
    hcs_port port = {.hns_call = answer};
    hcs_port *simulated = f->host->hcs;
    cJSON *cases = recorded(f);
    const cJSON *test;

    (void)state;
    assert_true(cJSON_GetArraySize(cases) > 30);
    f->host->hcs = &port;
    cJSON_ArrayForEach (test, cases)
        try(f, test);
    f->host->hcs = simulated;
    for (size_t i = 0; i < sizeof differences / sizeof differences[0]; i++)
        if (!differences[i].used)
            fail_msg("no longer different: %s, %s", differences[i].name, differences[i].what);
    cJSON_Delete(cases);
    fixture_free(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(networks_are_asked_for_as_dockerd_does),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
