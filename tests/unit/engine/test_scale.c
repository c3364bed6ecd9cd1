/* SPDX-License-Identifier: MIT */
/* What a command asks of the disk does not grow with what else is in the store: calls are counted,
 * so no machine is too slow for it. */
#include "tests/unit/engine/fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/path.h"
#include "engine/container/container.h"
#include "engine/container/id.h"
#include "engine/container/name_claim.h"
#include "engine/container/record.h"
#include "engine/container/state.h"
#include "engine/host/paths.h"

#define MANY  300u
#define SLACK 12u /* who waits for another looks once more */

static const char *const ping[] = {"ping", NULL};

/* What the commands are about. */
typedef struct subject {
    fixture *f;
    wcow_container *container;
    char name[32];
    unsigned round;
} subject;

/* ---- commands ---- */

static void create(subject *s)
{
    snprintf(s->name, sizeof s->name, "web%u", s->round);
    s->container = fixture_create(s->f, s->name, ping);
}

static void create_without_a_name(subject *s)
{
    wcow_container_free(fixture_create(s->f, NULL, ping));
}

static void open_by(subject *s, const char *reference)
{
    wcow_container *found = NULL;

    assert_ok(&s->f->err, wcow_container_open(s->f->host, reference, &found, &s->f->err));
    assert_string_equal(wcow_container_id(found), wcow_container_id(s->container));
    wcow_container_free(found);
}

static void find_by_name(subject *s)
{
    open_by(s, s->name);
}

static void find_by_id(subject *s)
{
    open_by(s, wcow_container_id(s->container));
}

static void find_by_short_id(subject *s)
{
    cleanup_free char *id = text_copy_bytes(wcow_container_id(s->container), ID_SHORT_LENGTH);

    open_by(s, id);
}

static void inspect(subject *s)
{
    free(fixture_inspect(s->f, s->container, "Name"));
}

static void start(subject *s)
{
    assert_ok(&s->f->err, wcow_container_start(s->container, NULL, NULL, &s->f->err));
}

static void exec(subject *s)
{
    static const char *const command[] = {"exit", "0", NULL};
    wcow_exec_spec spec = WCOW_EXEC_SPEC_INIT;

    spec.command = command;
    assert_ok(&s->f->err, wcow_container_exec(s->container, &spec, NULL, NULL, &s->f->err));
}

static void stop(subject *s)
{
    assert_ok(&s->f->err, wcow_container_stop(s->container, 5, &s->f->err));
    fixture_settle(s->f);
}

static void rename_it(subject *s)
{
    snprintf(s->name, sizeof s->name, "other%u", s->round);
    assert_ok(&s->f->err, wcow_container_rename(s->container, s->name, &s->f->err));
}

static void remove_it(subject *s)
{
    assert_ok(&s->f->err, wcow_container_remove(s->container, false, &s->f->err));
    wcow_container_free(s->container);
    s->container = NULL;
}

static void run_and_remove(subject *s)
{
    static const char *const command[] = {"exit", "0", NULL};
    wcow_container_spec spec = WCOW_CONTAINER_SPEC_INIT;
    wcow_container *container = NULL;

    spec.image = IMAGE;
    spec.command = command;
    spec.auto_remove = true;
    assert_ok(&s->f->err, wcow_container_create(s->f->host, &spec, &container, &s->f->err));
    assert_ok(&s->f->err, wcow_container_start(container, NULL, NULL, &s->f->err));
    wcow_container_free(container);
    fixture_settle(s->f);
}

/* In this order. */
static const struct {
    const char *name;
    void (*call)(subject *s);
} commands[] = {
    {"create", create},
    {"create without a name", create_without_a_name},
    {"find by name", find_by_name},
    {"find by id", find_by_id},
    {"find by short id", find_by_short_id},
    {"inspect", inspect},
    {"start", start},
    {"exec", exec},
    {"find by name what runs", find_by_name},
    {"stop", stop},
    {"rename", rename_it},
    {"rm", remove_it},
    {"run --rm", run_and_remove},
};

#define COMMANDS (sizeof commands / sizeof commands[0])

/* Calls of the commands and of their monitors. */
static void play(fixture *f, unsigned round, size_t counts[COMMANDS])
{
    subject s = {.f = f, .round = round};

    for (size_t i = 0; i < COMMANDS; i++) {
        const size_t before = f->faulty.calls + f->monitors.calls;

        commands[i].call(&s);
        counts[i] = f->faulty.calls + f->monitors.calls - before;
    }
    fixture_settle(f);
}

static void assert_no_more(const size_t few[COMMANDS], const size_t many[COMMANDS])
{
    size_t grown = 0;

    for (size_t i = 0; i < COMMANDS; i++) {
        if (many[i] > few[i] + SLACK) {
            print_error("%s: %zu calls, and %zu where there is much\n", commands[i].name, few[i],
                        many[i]);
            grown++;
        }
    }
    assert_int_equal(grown, 0);
}

/* ---- what else is in the store ---- */

static void put_container(fixture *f, unsigned number)
{
    char id[ID_LENGTH + 1];
    char name[16];
    record r = {.id = id, .name = name, .isolation = WCOW_ISOLATION_PROCESS, .created = number};
    const state s = {.phase = PHASE_CREATED};
    cleanup_free char *folder = NULL;

    snprintf(id, sizeof id, "%08x%056x", number * 0x9e3779b1u, number);
    snprintf(name, sizeof name, "name%u", number);
    folder = path_of_container(f->host, id);
    assert_ok(&f->err, store_make_directory(f->host, folder, &f->err));
    assert_ok(&f->err, state_write(f->host, id, &s, &f->err));
    assert_ok(&f->err, name_claim_make(f->host, id, name, &f->err));
    assert_ok(&f->err, record_write(f->host, &r, &f->err));
}

static void other_containers_cost_nothing(void **test)
{
    fixture *f = *test;
    size_t few[COMMANDS];
    size_t many[COMMANDS];

    play(f, 0, few); /* what is made once is there */
    play(f, 1, few);
    for (unsigned i = 0; i < MANY; i++)
        put_container(f, i);
    play(f, 2, many);
    assert_no_more(few, many);
}

/* The layer.json of one that the image stands on. */
static cJSON *some_layer(fixture *f, const char *layers)
{
    cleanup_strings string_list names = STRING_LIST_INIT;
    cJSON *found = NULL;

    assert_int_equal(f->files->list(f->files, layers, &names), 0);
    for (size_t i = 0; i < names.count && !found; i++) {
        cleanup_free char *path = text_format("%s/%s/layer.json", layers, names.items[i]);

        ignore(store_read(f->host, path, &found, NULL));
    }
    assert_non_null(found);
    return found;
}

static void put_layer(fixture *f, unsigned number, const char *layers, cJSON *json)
{
    char id[ID_LENGTH + 1];
    cleanup_free char *folder = NULL;
    cleanup_free char *path = NULL;

    snprintf(id, sizeof id, "%08x%056x", number * 0x9e3779b1u, number);
    folder = path_join(layers, id);
    path = path_join(folder, "layer.json");
    assert_true(cJSON_ReplaceItemInObject(json, "chainId", cJSON_CreateString(id)));
    assert_ok(&f->err, store_make_directory(f->host, folder, &f->err));
    assert_ok(&f->err, store_write(f->host, path, json, &f->err));
}

static void other_layers_cost_nothing(void **test)
{
    fixture *f = *test;
    cleanup_free char *layers = path_of_layers(f->host);
    cleanup_json cJSON *json = some_layer(f, layers);
    size_t few[COMMANDS];
    size_t many[COMMANDS];

    play(f, 0, few);
    play(f, 1, few);
    for (unsigned i = 0; i < MANY; i++)
        put_layer(f, i, layers, json);
    play(f, 2, many);
    assert_no_more(few, many);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(other_containers_cost_nothing),
        TEST(other_layers_cost_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
