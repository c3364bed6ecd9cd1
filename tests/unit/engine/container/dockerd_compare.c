/* SPDX-License-Identifier: MIT */
#include "tests/unit/engine/container/dockerd_compare.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"
#include "cli/all.h"
#include "cli/commands.h"

/* ---- a command ---- */

wcow_status dockerd_command(fixture *f, const char *line[], int count)
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
    return dockerd_command(f, line, count);
}

/* ---- what it changed, in the recording's words ---- */

void dockerd_name(dockerd_names *all, char *from, char *to)
{
    assert_in_range(all->count, 0, 63);
    all->items[all->count].from = from;
    all->items[all->count++].to = to;
}

static void names_free(dockerd_names *all)
{
    for (size_t i = 0; i < all->count; i++) {
        free(all->items[i].from);
        free(all->items[i].to);
    }
}

/* The newest first: an id is made anew at each start. */
const char *dockerd_find_name(const dockerd_names *all, const char *from)
{
    for (size_t i = all->count; i; i--) {
        if (text_equal_ignore_case(all->items[i - 1].from, from))
            return all->items[i - 1].to;
    }
    return from;
}

static void reword(cJSON *item, const dockerd_names *all)
{
    for (cJSON *child = item ? item->child : NULL; child; child = child->next)
        reword(child, all);
    if (cJSON_IsString(item) &&
        !text_equal(dockerd_find_name(all, item->valuestring), item->valuestring))
        assert_non_null(cJSON_SetValuestring(item, dockerd_find_name(all, item->valuestring)));
}

cJSON *dockerd_parsed(const cJSON *call, const char *member)
{
    cJSON *value = json_member(call, member) && cJSON_IsObject(json_member(call, member))
                       ? cJSON_Duplicate(json_member(call, member), true)
                       : cJSON_Parse(json_text(call, member, "{}"));

    assert_non_null(value);
    return value;
}

void dockerd_add_change(cJSON *out, const char *kind, cJSON *value)
{
    cJSON *change = cJSON_CreateObject();

    assert_true(json_append(out, change) && json_add(change, kind, value));
}

/* Since the last call; how far the journal goes now. */
static cJSON *changes(fixture *f, const dockerd_comparison *what, int *from, dockerd_names *all)
{
    cleanup_json cJSON *journal = sim_journal(f->fake->sim);
    cJSON *out = cJSON_CreateArray();
    int at = 0;
    const cJSON *call;

    cJSON_ArrayForEach (call, journal) {
        if (at++ >= *from)
            what->read(call, all, out);
    }
    *from = at;
    reword(out, all);
    return out;
}

/* ---- comparing ---- */

typedef struct step_comparison {
    const dockerd_comparison *what;
    const char *name;
    const char *step;
    text *told;
} step_comparison;

static bool is_on_purpose(const step_comparison *c, const char *member)
{
    for (size_t i = 0; i < c->what->difference_count; i++) {
        dockerd_difference *d = &c->what->differences[i];

        if (text_starts_with(c->name, d->cases) && text_equal(member, d->member)) {
            d->used = true;
            return true;
        }
    }
    return false;
}

static void tell(const step_comparison *c, const char *member, const cJSON *ours,
                 const cJSON *dockerds)
{
    cleanup_free char *left = ours ? json_print(ours) : text_copy("nothing");
    cleanup_free char *right = dockerds ? json_print(dockerds) : text_copy("nothing");

    if (!is_on_purpose(c, member))
        text_addf(c->told, "%s: %s: %s: we have %s, dockerd has %s\n", c->name, c->step, member,
                  left, right);
}

static void compare_values(const step_comparison *c, const char *kind, const cJSON *ours,
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

static void compare_changes(const step_comparison *c, cJSON *ours, const cJSON *dockerds)
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

static void compare_refusal(const step_comparison *c, wcow_status status, const wcow_error *err,
                            const cJSON *step)
{
    const char *words = json_text(step, "refused", NULL);
    cleanup_json cJSON *ours = cJSON_CreateString(status ? err->message : "");

    if (status ? !words || !strstr(err->message, words) : words != NULL)
        tell(c, "refused", ours, json_member(step, "refused"));
}

/* ---- a case ---- */

static void go_before(fixture *f, const cJSON *recorded)
{
    const cJSON *line;

    cJSON_ArrayForEach (line, json_member(recorded, "before"))
        assert_ok(&f->err, carry_out(f, line));
}

static void compare_case(const dockerd_comparison *what, const cJSON *recorded, text *told)
{
    const char *case_name = json_text(recorded, "name", "");
    fixture *f = fixture_new(NULL);
    dockerd_names all = {.count = 0};
    int at = 0;
    const cJSON *step;

    f->host->version = (machine_version){10, 0, 20348, 1, true};
    what->prepare(f, &all);
    go_before(f, recorded);
    cJSON_Delete(changes(f, what, &at, &all));
    cJSON_ArrayForEach (step, json_member(recorded, "steps")) {
        cleanup_free char *words = json_print(json_member(step, "words"));
        const step_comparison c = {what, case_name, words, told};
        const wcow_status status = carry_out(f, json_member(step, "words"));
        cJSON *ours;

        compare_refusal(&c, status, &f->err, step);
        ours = changes(f, what, &at, &all);
        compare_changes(&c, ours, json_member(step, "changes"));
        cJSON_Delete(ours);
    }
    names_free(&all);
    if (what->finish)
        what->finish(f);
    fixture_free(f);
}

void dockerd_compare(const dockerd_comparison *what)
{
    cleanup_text text told = TEXT_INIT;
    cleanup_json cJSON *cases = NULL;
    wcow_error err = WCOW_ERROR_INIT;
    FILE *data = fopen(what->recorded, "rb");
    static char bytes[1 << 16];
    const cJSON *recorded;

    assert_non_null(data);
    assert_ok(&err,
              json_parse(bytes, fread(bytes, 1, sizeof bytes, data), what->recorded, &cases, &err));
    fclose(data);
    cJSON_ArrayForEach (recorded, cases)
        compare_case(what, recorded, &told);
    for (size_t i = 0; i < what->difference_count; i++) {
        if (!what->differences[i].used)
            text_addf(&told, "no difference any more: %s %s\n", what->differences[i].cases,
                      what->differences[i].member);
    }
    fputs(text_get(&told), stderr);
    assert_int_equal(told.length, 0);
}
