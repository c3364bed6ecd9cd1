/* SPDX-License-Identifier: MIT */
/*
 * What commands about networks change on a host, one after the other, and what dockerd changes for
 * the same: each goes the whole way, from its option table through a monitor to the service.
 * data/README.md tells where dockerd's come from; where we differ on purpose the table below says
 * why. In which order a step changes things is not compared: dockerd's own differs between runs.
 */
#include "tests/unit/engine/fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/path.h"
#include "cli/all.h"
#include "cli/commands.h"
#include "network/hns.h"

#define RECORDED "container/data/dockerd-steps.json"

#define IMAGE_NAME "microsoft/windowsservercore"

/* The networks of the host; "nat" is the default one. */
static const char *const networks[] = {
    "{\"Name\":\"nat\",\"Type\":\"nat\"}",
    "{\"Name\":\"usernet\",\"Type\":\"nat\",\"Subnets\":[{\"AddressPrefix\":\"172.30.0.0/16\"}]}",
    "{\"Name\":\"usernet2\",\"Type\":\"nat\",\"Subnets\":[{\"AddressPrefix\":\"172.31.0.0/16\"}]}",
};

/* Where we differ on purpose. */
static struct difference {
    const char *cases;  /* how their names begin */
    const char *member; /* of a change; "refused": in which words */
    const char *why;
    bool used;
} differences[] = {
    {"", "make.Name", "what a crash leaves behind is found by its name", false},
    {"", "make.EnableInternalDNS",
     "it makes the gateway the first DNS server, where dockerd's resolver listens and we have none",
     false},
    {"network-connect-stopped", "system.EndpointList",
     "dockerd has them in the order of a map, we in that of the commands", false},
    {"p-conflict", "refused", "who has the port is named", false},
    {"p-conflict", "make", "who has it is found before HNS is asked", false},
};

static bool is_on_purpose(const char *name, const char *member)
{
    for (size_t i = 0; i < sizeof differences / sizeof differences[0]; i++) {
        if (text_starts_with(name, differences[i].cases) &&
            text_equal(member, differences[i].member)) {
            differences[i].used = true;
            return true;
        }
    }
    return false;
}

/* ---- a command ---- */

static wcow_status command(fixture *f, const char *line[], int count)
{
    int used = 0;
    const char *path = NULL;
    const struct command *what = command_find(count, (char *const *)(uintptr_t)line, &used, &path);
    cleanup_free void *values = calloc(1, what->size + 1);
    const struct option_rules rules = {
        .options = what->options, .stops_at_word = what->stops_at_word, .command = what->name};
    struct option_result result = {0};
    FILE *nowhere = fopen("/dev/null", "w");
    char *said = NULL;
    size_t size = 0;
    FILE *errors = open_memstream(&said, &size);
    struct session session = {
        .host = f->host, .in = stdin, .out = nowhere, .err = errors, .command = what, .path = path};
    wcow_status status;

    f->err = (wcow_error)WCOW_ERROR_INIT;
    if (what->defaults)
        memcpy(values, what->defaults, what->size);
    status = options_parse(&rules, count - used, (char *const *)(uintptr_t)line + used, values,
                           &result, &f->err);
    session.arguments = result.arguments;
    session.count = result.count;
    if (!status)
        status = what->run(&session, values, &f->err);
    options_free(what->options, values);
    free(result.arguments);
    fclose(nowhere);
    fclose(errors);
    if (!status && session.exit_code) /* it goes on over failures, and has printed them */
        status = error_set(&f->err, WCOW_FAILED, "%s", said);
    free(said);
    return status;
}

static wcow_status carry_out(fixture *f, const cJSON *words)
{
    const char *line[32] = {NULL};
    int count = 0;
    const cJSON *word;

    cJSON_ArrayForEach (word, words)
        line[count++] = word->valuestring;
    return command(f, line, count);
}

/* ---- what it changed, in the recording's words ---- */

typedef struct names {
    struct {
        char *from, *to;
    } items[64];
    size_t count;
} names;

static void name(names *all, char *from, char *to)
{
    assert_in_range(all->count, 0, 63);
    all->items[all->count].from = from;
    all->items[all->count++].to = to;
}

static void names_free(names *all)
{
    for (size_t i = 0; i < all->count; i++) {
        free(all->items[i].from);
        free(all->items[i].to);
    }
}

/* The newest first: an id is made anew at each start. */
static const char *find_name(const names *all, const char *from)
{
    for (size_t i = all->count; i; i--) {
        if (text_equal_ignore_case(all->items[i - 1].from, from))
            return all->items[i - 1].to;
    }
    return from;
}

static void reword(cJSON *item, const names *all)
{
    for (cJSON *child = item ? item->child : NULL; child; child = child->next)
        reword(child, all);
    if (cJSON_IsString(item) && !text_equal(find_name(all, item->valuestring), item->valuestring))
        assert_non_null(cJSON_SetValuestring(item, find_name(all, item->valuestring)));
}

/* What HNS made, by its answer. */
static void name_endpoint(names *all, const cJSON *call, const cJSON *body)
{
    cleanup_json cJSON *answer =
        cJSON_Parse(json_text(json_member(call, "reply"), "response", "{}"));
    const char *id = json_text(json_member(answer, "Output"), "ID", NULL);
    const char *network = find_name(all, json_text(body, "VirtualNetwork", ""));

    if (id)
        name(all, text_copy(id),
             text_format("<EP:%.*s>", (int)strlen(network) - (int)strlen("<HNSNETWORK:>"),
                         network + strlen("<HNSNETWORK:")));
}

static void name_container(names *all, const char *id)
{
    static const char *const shown[] = {"<ID>", "<ID2>"};
    size_t which = 0;

    for (size_t i = 0; i < all->count; i++) {
        if (text_equal(all->items[i].from, id))
            return;
        which += text_equal(all->items[i].to, "<ID>");
    }
    name(all, text_copy_bytes(id, 12), text_copy("<ID:12>"));
    name(all, text_copy(id), text_copy(shown[which]));
}

static cJSON *parsed(const cJSON *call, const char *member)
{
    cJSON *value = json_member(call, member) && cJSON_IsObject(json_member(call, member))
                       ? cJSON_Duplicate(json_member(call, member), true)
                       : cJSON_Parse(json_text(call, member, "{}"));

    assert_non_null(value);
    return value;
}

/* What is about networks. */
static cJSON *of_networks(cJSON *document)
{
    static const char *const members[] = {"EndpointList", "NetworkSharedContainerName", "HostName",
                                          "AllowUnqualifiedDNSQuery"};
    cJSON *out = cJSON_CreateObject();

    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        cJSON *member = cJSON_DetachItemFromObjectCaseSensitive(document, members[i]);

        if (member)
            assert_true(json_add(out, members[i], member));
    }
    cJSON_Delete(document);
    return out;
}

static void add_change(cJSON *out, const char *kind, cJSON *value)
{
    cJSON *change = cJSON_CreateObject();

    assert_true(json_append(out, change) && json_add(change, kind, value));
}

static void read_call(const cJSON *call, names *all, cJSON *out)
{
    const char *what = json_text(call, "call", "");
    const char *method = json_text(call, "method", "");
    const char *path = json_text(call, "path", "");

    if (text_equal(what, "HNSCall") && text_equal(method, "POST") &&
        text_equal(path, "/endpoints/")) {
        cJSON *body = parsed(call, "object");

        name_endpoint(all, call, body);
        add_change(out, "make", body);
    } else if (text_equal(what, "HNSCall") && text_equal(method, "DELETE") &&
               text_starts_with(path, "/endpoints/")) {
        add_change(out, "delete", cJSON_CreateString(path + strlen("/endpoints/")));
    } else if (text_equal(what, "HcsModifyComputeSystem")) {
        add_change(out, "modify", parsed(call, "configuration"));
    } else if (text_equal(what, "HcsCreateComputeSystem")) {
        name_container(all, json_text(call, "id", ""));
        add_change(out, "system", of_networks(parsed(call, "configuration")));
    }
}

/* Since the last call; how far the journal goes now. */
static cJSON *changes(fixture *f, int *from, names *all)
{
    cleanup_json cJSON *journal = sim_journal(f->fake->sim);
    cJSON *out = cJSON_CreateArray();
    int at = 0;
    const cJSON *call;

    cJSON_ArrayForEach (call, journal) {
        if (at++ >= *from)
            read_call(call, all, out);
    }
    *from = at;
    reword(out, all);
    return out;
}

/* ---- comparing ---- */

typedef struct comparison {
    const char *name;
    const char *step;
    text *told;
} comparison;

static void tell(const comparison *c, const char *member, const cJSON *ours, const cJSON *dockerds)
{
    cleanup_free char *left = ours ? json_print(ours) : text_copy("nothing");
    cleanup_free char *right = dockerds ? json_print(dockerds) : text_copy("nothing");

    if (!is_on_purpose(c->name, member))
        text_addf(c->told, "%s: %s: %s: we have %s, dockerd has %s\n", c->name, c->step, member,
                  left, right);
}

static void compare_values(const comparison *c, const char *kind, const cJSON *ours,
                           const cJSON *dockerds)
{
    const cJSON *item;

    cJSON_ArrayForEach (item, ours) {
        cleanup_free char *member = text_format("%s.%s", kind, item->string);

        if (!cJSON_Compare(item, json_member(dockerds, item->string), true))
            tell(c, member, item, json_member(dockerds, item->string));
    }
    cJSON_ArrayForEach (item, dockerds) {
        cleanup_free char *member = text_format("%s.%s", kind, item->string);

        if (!json_member(ours, item->string))
            tell(c, member, NULL, item);
    }
}

/* Takes the one out of ours that is most like it: of the same kind, and of the same network. */
static cJSON *take_like(cJSON *ours, const cJSON *change)
{
    const char *kind = change->child->string;
    const cJSON *network = json_member(change->child, "VirtualNetwork");
    int at = 0;
    const cJSON *each;

    cJSON_ArrayForEach (each, ours) {
        const cJSON *value = json_member(each, kind);

        if (value &&
            (!network || cJSON_Compare(network, json_member(value, "VirtualNetwork"), true)) &&
            (!cJSON_IsString(value) || cJSON_Compare(value, change->child, true)))
            return cJSON_DetachItemFromArray(ours, at);
        at++;
    }
    return NULL;
}

static void compare_changes(const comparison *c, cJSON *ours, const cJSON *dockerds)
{
    const cJSON *change;

    cJSON_ArrayForEach (change, dockerds) {
        const char *kind = change->child->string;
        cleanup_json cJSON *mine = take_like(ours, change);

        if (!mine)
            tell(c, kind, NULL, change->child);
        else
            compare_values(c, kind, mine->child, change->child);
    }
    cJSON_ArrayForEach (change, ours)
        tell(c, change->child->string, change->child, NULL);
}

static void compare_refusal(const comparison *c, wcow_status status, const wcow_error *err,
                            const cJSON *step)
{
    const char *words = json_text(step, "refused", NULL);
    cleanup_json cJSON *ours = cJSON_CreateString(status ? err->message : "");

    if (status ? !words || !strstr(err->message, words) : words != NULL)
        tell(c, "refused", ours, json_member(step, "refused"));
}

/* ---- a case ---- */

static void make_networks(fixture *f, names *all)
{
    cJSON *listed = NULL;
    const cJSON *each;

    for (size_t i = 0; i < sizeof networks / sizeof networks[0]; i++)
        assert_ok(&f->err,
                  hns_call(f->fake->hcs, "POST", "/networks/", networks[i], NULL, &f->err));
    assert_ok(&f->err, hns_call(f->fake->hcs, "GET", "/networks/", NULL, &listed, &f->err));
    cJSON_ArrayForEach (each, listed)
        name(all, text_copy(json_text(each, "ID", "")),
             text_format("<HNSNETWORK:%s>", json_text(each, "Name", "")));
    cJSON_Delete(listed);
}

/* It is wcow's own: others' are not removed. */
static void make_net9(fixture *f)
{
    const char *line[] = {"network", "create", "--subnet", "172.32.0.0/16", "net9", NULL};

    assert_ok(&f->err, command(f, line, 5));
}

static void compare_case(const cJSON *recorded, text *told)
{
    const char *case_name = json_text(recorded, "name", "");
    fixture *f = fixture_new(NULL);
    names all = {.count = 0};
    int at = 0;
    const cJSON *step;

    f->host->version = (machine_version){10, 0, 20348, 1, true};
    fixture_load(f, IMAGE_NAME, "{}");
    make_networks(f, &all);
    make_net9(f);
    cJSON_Delete(changes(f, &at, &all));
    cJSON_ArrayForEach (step, json_member(recorded, "steps")) {
        cleanup_free char *words = json_print(json_member(step, "words"));
        const comparison c = {case_name, words, told};
        const wcow_status status = carry_out(f, json_member(step, "words"));
        cJSON *ours;

        compare_refusal(&c, status, &f->err, step);
        ours = changes(f, &at, &all);
        compare_changes(&c, ours, json_member(step, "changes"));
        cJSON_Delete(ours);
    }
    names_free(&all);
    fixture_free(f);
}

static void we_change_what_dockerd_changes(void **state)
{
    cleanup_text text told = TEXT_INIT;
    cleanup_json cJSON *cases = NULL;
    wcow_error err = WCOW_ERROR_INIT;
    FILE *data = fopen(RECORDED, "rb");
    static char bytes[1 << 16];
    const cJSON *recorded;

    (void)state;
    assert_non_null(data);
    assert_ok(&err, json_parse(bytes, fread(bytes, 1, sizeof bytes, data), RECORDED, &cases, &err));
    fclose(data);
    cJSON_ArrayForEach (recorded, cases)
        compare_case(recorded, &told);
    for (size_t i = 0; i < sizeof differences / sizeof differences[0]; i++) {
        if (!differences[i].used)
            text_addf(&told, "no difference any more: %s %s\n", differences[i].cases,
                      differences[i].member);
    }
    fputs(text_get(&told), stderr);
    assert_int_equal(told.length, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(we_change_what_dockerd_changes),
    };

    return cmocka_run_group_tests_name("engine/container/dockerd_steps", tests, NULL, NULL);
}
