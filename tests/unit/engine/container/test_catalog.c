/* SPDX-License-Identifier: MIT */
/* All containers of a store: found and listed, with a summary and without, whatever stands in it.
 */
#include "engine/container/catalog.h"

#include "tests/unit/engine/fixture.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/path.h"
#include "engine/container/container.h"
#include "engine/container/id.h"
#include "engine/host/paths.h"
#include "port/clock.h"

#define MANY 12u /* more than a summary is worth writing for */

static char *summary_path(const fixture *f)
{
    return text_format("%s/containers/summary.json", f->root);
}

/* Makes a file as old as it would be if nobody had touched it for a while. */
static void age(const fixture *f, const char *id, const char *name)
{
    static int64_t seconds = 10;
    cleanup_free char *path = path_in_container(f->host, id, name);
    const int64_t then = clock_now() / 1000000000 - ++seconds;
    const struct timespec times[2] = {{.tv_sec = then}, {.tv_sec = then}};

    assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

/* A container at rest, as create leaves it, without a scratch; its id. */
static void put(fixture *f, unsigned number, const char *name, char id[ID_LENGTH + 1])
{
    cleanup_free char *folder = NULL;
    record r = {.name = (char *)(uintptr_t)name, .isolation = WCOW_ISOLATION_PROCESS};
    const state s = {.phase = PHASE_CREATED};

    snprintf(id, ID_LENGTH + 1, "%08x%056x", number * 0x9e3779b1u, number);
    folder = path_of_container(f->host, id);
    assert_ok(&f->err, store_make_directory(f->host, folder, &f->err));
    r.id = id;
    r.created = number;
    assert_ok(&f->err, state_write(f->host, id, &s, &f->err));
    assert_ok(&f->err, record_write(f->host, &r, &f->err));
    age(f, id, FILE_STATE);
    age(f, id, FILE_RECORD);
}

static void put_many(fixture *f, char ids[MANY][ID_LENGTH + 1])
{
    for (unsigned i = 0; i < MANY; i++) {
        char name[16];

        snprintf(name, sizeof name, "name%u", i);
        put(f, i, name, ids[i]);
    }
}

static size_t listed(fixture *f)
{
    cleanup_catalog catalog all = CATALOG_INIT;

    assert_ok(&f->err, catalog_read(f->host, &all, &f->err));
    return all.count;
}

/* How many files of containers a call opens: all but looks and lists. */
static size_t opened_by(fixture *f, void (*call)(fixture *f))
{
    const size_t before = f->faulty.reads;

    call(f);
    return f->faulty.reads - before;
}

static void list(fixture *f)
{
    listed(f);
}

static void find_last(fixture *f)
{
    cleanup_free char *id = NULL;
    cleanup_free char *name = NULL;

    assert_ok(&f->err, catalog_find(f->host, "name11", &id, &name, &f->err));
    assert_string_equal(name, "name11");
}

static void ask_for_nobody(fixture *f)
{
    cleanup_free char *owner = NULL;

    assert_ok(&f->err, catalog_owner(f->host, "nobody", &owner, &f->err));
    assert_null(owner);
}

static void finds(fixture *f, const char *reference, const char *expected)
{
    cleanup_free char *id = NULL;
    cleanup_free char *name = NULL;

    assert_ok(&f->err, catalog_find(f->host, reference, &id, &name, &f->err));
    assert_string_equal(id, expected);
}

static void finds_nothing(fixture *f, const char *reference)
{
    char *id = NULL;
    char *name = NULL;

    assert_int_equal(catalog_find(f->host, reference, &id, &name, &f->err), WCOW_NOT_FOUND);
}

static void a_store_without_a_summary_gets_one_when_it_is_listed(void **test)
{
    fixture *f = *test;
    cleanup_free char *path = summary_path(f);
    char ids[MANY][ID_LENGTH + 1];

    put_many(f, ids);
    assert_false(store_exists(f->host, path));
    assert_int_equal(opened_by(f, list), 1 + 2 * MANY);
    assert_true(store_exists(f->host, path));
    assert_int_equal(listed(f), MANY);
    assert_int_equal(opened_by(f, list), 1);
    assert_int_equal(opened_by(f, find_last), 1);
    assert_int_equal(opened_by(f, ask_for_nobody), 1);
}

static void a_name_is_looked_for_under_the_lock_and_leaves_a_summary(void **test)
{
    fixture *f = *test;
    cleanup_lock store_lock lock = STORE_LOCK_INIT;
    char ids[MANY][ID_LENGTH + 1];

    put_many(f, ids);
    assert_ok(&f->err, catalog_lock(f->host, &lock, &f->err));
    /* Who does not hold the lock leaves it to others. */
    assert_int_equal(opened_by(f, list), 1 + 2 * MANY);
    assert_int_equal(opened_by(f, list), 1 + 2 * MANY);
    assert_int_equal(opened_by(f, ask_for_nobody), 1 + MANY);
    /* Each has a claim of its name from then on (name_claim.h): no other is possible. */
    assert_int_equal(opened_by(f, ask_for_nobody), 0);
    store_lock_release(&lock);
    assert_int_equal(opened_by(f, find_last), 1);
}

/* Not even looks: of a thousand, each costs its moment. */
static void a_name_that_is_remembered_leads_to_its_file_alone(void **test)
{
    fixture *f = *test;
    char ids[MANY][ID_LENGTH + 1];
    cleanup_record record *r = NULL;
    size_t calls;

    put_many(f, ids);
    listed(f);
    calls = f->faulty.calls;
    find_last(f);
    assert_int_equal(f->faulty.calls - calls, 3); /* a list, the summary, a look at its file */
    /* Names that have changed hands: neither is what is remembered. */
    assert_ok(&f->err, record_read(f->host, ids[11], &r, &f->err));
    assert_true(text_replace(&r->name, "other"));
    assert_ok(&f->err, record_write(f->host, r, &f->err));
    finds_nothing(f, "name11");
    record_free(r);
    r = NULL;
    assert_ok(&f->err, record_read(f->host, ids[4], &r, &f->err));
    assert_true(text_replace(&r->name, "name11"));
    assert_ok(&f->err, record_write(f->host, r, &f->err));
    finds(f, "name11", ids[4]);
    finds_nothing(f, "name4");
    finds(f, "other", ids[11]);
}

static void a_whole_id_leads_to_one_file(void **test)
{
    fixture *f = *test;
    char ids[MANY][ID_LENGTH + 1];
    char named[ID_LENGTH + 1];
    size_t before;

    put_many(f, ids);
    before = f->faulty.reads;
    finds(f, ids[3], ids[3]);
    assert_int_equal(f->faulty.reads - before, 1);
    /* As in Docker: an id comes before a name, a name before the prefix of an id. */
    put(f, MANY, ids[3], named);
    finds(f, ids[3], ids[3]);
    put(f, MANY + 1, "9e37", named);
    finds(f, "9e37", named);
    finds(f, "9e3779b1", ids[1]);
    finds_nothing(f, "/nobody");
}

static void what_has_changed_is_read_again(void **test)
{
    fixture *f = *test;
    char ids[MANY][ID_LENGTH + 1];
    char more[ID_LENGTH + 1];
    cleanup_record record *r = NULL;
    cleanup_free char *folder = NULL;

    put_many(f, ids);
    listed(f);
    /* As a wcow does that knows of no summary. */
    assert_ok(&f->err, record_read(f->host, ids[0], &r, &f->err));
    assert_true(text_replace(&r->name, "mameo"));
    assert_ok(&f->err, record_write(f->host, r, &f->err));
    finds(f, "mameo", ids[0]);
    finds_nothing(f, "name0");
    /* One that came, and one that went. */
    put(f, MANY, "more", more);
    finds(f, "more", more);
    folder = path_of_containers(f->host);
    assert_ok(&f->err, store_remove(f->host, folder, ids[1], &f->err));
    finds_nothing(f, "name1");
    assert_int_equal(listed(f), MANY);
    assert_int_equal(opened_by(f, list), 1 + 3);
}

static void what_was_changed_a_moment_ago_is_not_copied(void **test)
{
    fixture *f = *test;
    char ids[MANY][ID_LENGTH + 1];
    cleanup_free char *path = NULL;

    put_many(f, ids);
    path = path_in_container(f->host, ids[0], FILE_RECORD);
    assert_int_equal(utimensat(AT_FDCWD, path, NULL, 0), 0);
    listed(f);
    assert_int_equal(opened_by(f, list), 1 + 1);
    age(f, ids[0], FILE_RECORD);
    assert_int_equal(opened_by(f, list), 1 + 1);
}

static void a_damaged_summary_costs_time_only(void **test)
{
    static const char *const damages[] = {
        "",
        "{",
        "[]",
        "{\"version\":\"x\"}",
        "{\"version\":1}",
        "{\"version\":1,\"containers\":[]}",
        "{\"version\":1,\"containers\":[1,{\"container.json\":{\"size\":1}}]}",
        "{\"version\":1,\"containers\":\"a\"}",
        "{\"version\":1,\"containers\":{\"a\":1,\"b\":{\"container.json\":{\"size\":1}}}}",
    };
    fixture *f = *test;
    cleanup_free char *path = summary_path(f);
    char ids[MANY][ID_LENGTH + 1];

    put_many(f, ids);
    for (size_t i = 0; i < sizeof damages / sizeof damages[0]; i++) {
        assert_int_equal(f->files->replace(f->files, path, damages[i], strlen(damages[i])), 0);
        assert_int_equal(listed(f), MANY);
        assert_int_equal(opened_by(f, list), 1);
        finds(f, "name5", ids[5]);
    }
}

/* Each of them is cut off at every length, and must be none, or as good as none. */
static void a_torn_summary_is_none(void **test)
{
    fixture *f = *test;
    cleanup_free char *path = summary_path(f);
    cleanup_free char *whole = NULL;
    char ids[MANY][ID_LENGTH + 1];
    size_t size = 0;

    put_many(f, ids);
    listed(f);
    assert_int_equal(f->files->read(f->files, path, 1 << 20, &whole, &size), 0);
    for (size_t length = 0; length < size; length += 97) {
        assert_int_equal(f->files->replace(f->files, path, whole, length), 0);
        finds(f, "name5", ids[5]);
        finds_nothing(f, "name99");
    }
}

/* A copy that says what is no container: the file decides, and the copy is made anew. */
static void a_copy_that_is_no_record_is_dropped(void **test)
{
    static const char *const files[] = {FILE_RECORD, FILE_STATE};
    fixture *f = *test;
    cleanup_free char *path = summary_path(f);
    char ids[MANY][ID_LENGTH + 1];

    put_many(f, ids);
    listed(f);
    for (size_t i = 0; i < 2; i++) {
        cleanup_json cJSON *json = NULL;
        cJSON *copy;

        assert_ok(&f->err, store_read(f->host, path, &json, &f->err));
        cJSON_ArrayForEach (copy, cJSON_GetObjectItem(json, "containers")) {
            assert_true(
                json_add(cJSON_GetObjectItem(copy, files[i]), "content", cJSON_CreateObject()));
            cJSON_DeleteItemFromObject(cJSON_GetObjectItem(copy, files[i]), "content");
        }
        assert_ok(&f->err, store_write(f->host, path, json, &f->err));
        {
            cleanup_catalog catalog all = CATALOG_INIT;

            assert_ok(&f->err, catalog_read(f->host, &all, &f->err));
            assert_int_equal(all.count, MANY);
            for (size_t n = 0; n < all.count; n++)
                assert_int_equal(all.items[n].unreadable, WCOW_OK);
        }
        assert_int_equal(opened_by(f, list), 1);
    }
}

static void a_newer_wcows_summary_is_left_alone(void **test)
{
    static const char newer[] = "{\"version\":2,\"other\":[]}";
    fixture *f = *test;
    cleanup_free char *path = summary_path(f);
    cleanup_free char *now = NULL;
    char ids[MANY][ID_LENGTH + 1];
    size_t size = 0;

    put_many(f, ids);
    assert_int_equal(f->files->replace(f->files, path, newer, strlen(newer)), 0);
    assert_int_equal(listed(f), MANY);
    assert_int_equal(f->files->read(f->files, path, 1 << 20, &now, &size), 0);
    assert_string_equal(now, newer);
}

/* As a crash leaves them while a summary is written. */
static void temporary_files_of_a_summary_go_with_the_next(void **test)
{
    fixture *f = *test;
    cleanup_free char *left = text_format("%s/containers/summary.json.12-3.tmp", f->root);
    char ids[MANY][ID_LENGTH + 1];

    put_many(f, ids);
    assert_int_equal(f->files->replace(f->files, left, "{", 1), 0);
    listed(f);
    assert_false(store_exists(f->host, left));
}

static void copies_of_what_is_gone_go_in_time(void **test)
{
    fixture *f = *test;
    cleanup_free char *path = summary_path(f);
    cleanup_free char *folder = path_of_containers(f->host);
    cleanup_json cJSON *json = NULL;
    char ids[MANY][ID_LENGTH + 1];

    put_many(f, ids);
    listed(f);
    for (size_t i = 1; i < MANY; i++)
        assert_ok(&f->err, store_remove(f->host, folder, ids[i], &f->err));
    assert_int_equal(listed(f), 1);
    assert_ok(&f->err, store_read(f->host, path, &json, &f->err));
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(json, "containers")), 1);
}

/* Two that got one name all the same (folders copied by hand): one is found, none is lost. */
static void two_of_one_name_are_both_there(void **test)
{
    fixture *f = *test;
    char ids[MANY][ID_LENGTH + 1];
    char twin[ID_LENGTH + 1];
    cleanup_free char *owner = NULL;

    put_many(f, ids);
    put(f, MANY, "name5", twin);
    for (size_t i = 0; i < 2; i++) {
        const char *first = strcmp(ids[5], twin) < 0 ? ids[5] : twin;

        finds(f, "name5", first);
        finds(f, twin, twin);
        finds(f, ids[5], ids[5]);
        assert_int_equal(listed(f), MANY + 1);
    }
    assert_ok(&f->err, catalog_owner(f->host, "name5", &owner, &f->err));
    assert_non_null(owner);
}

/* One of those who want the same name at the same moment. */
typedef struct wanting {
    fixture *f;
    pthread_t thread;
    char id[ID_LENGTH + 1];
    bool took;
} wanting;

static void *want(void *context)
{
    wanting *w = context;
    wcow_host *host = w->f->host;
    cleanup_lock store_lock lock = STORE_LOCK_INIT;
    cleanup_free char *owner = NULL;
    cleanup_free char *folder = path_of_container(host, w->id);
    char name[] = "wanted";
    const record r = {.id = w->id, .name = name, .isolation = WCOW_ISOLATION_PROCESS};

    if (!catalog_lock(host, &lock, NULL) && !catalog_owner(host, name, &owner, NULL) && !owner)
        w->took = !store_make_directory(host, folder, NULL) && !record_write(host, &r, NULL);
    return NULL;
}

static void of_those_who_want_a_name_one_gets_it(void **test)
{
    fixture *f = *test;
    wanting all[8] = {{.f = NULL}};
    char ids[MANY][ID_LENGTH + 1];
    size_t took = 0;

    put_many(f, ids);
    listed(f);
    for (unsigned i = 0; i < 8; i++) {
        all[i].f = f;
        snprintf(all[i].id, sizeof all[i].id, "%064x", i + 1);
        assert_int_equal(pthread_create(&all[i].thread, NULL, want, &all[i]), 0);
    }
    for (size_t i = 0; i < 8; i++) {
        pthread_join(all[i].thread, NULL);
        took += all[i].took;
    }
    assert_int_equal(took, 1);
    assert_int_equal(listed(f), MANY + 1);
}

static void what_is_no_container_is_not_listed(void **test)
{
    fixture *f = *test;
    cleanup_strings string_list debris = STRING_LIST_INIT;
    char ids[MANY][ID_LENGTH + 1];
    cleanup_free char *folder = NULL;

    put_many(f, ids);
    folder = path_of_container(f->host, ids[2]);
    assert_ok(&f->err, store_remove(f->host, folder, FILE_RECORD, &f->err));
    assert_int_equal(listed(f), MANY - 1);
    assert_ok(&f->err, catalog_debris(f->host, &debris, &f->err));
    assert_int_equal(debris.count, 1);
    assert_string_equal(debris.items[0], ids[2]);
}

static void ask(fixture *f)
{
    wcow_container_info *rows = NULL;
    size_t count = 0;

    assert_ok(&f->err, wcow_container_list(f->host, &rows, &count, &f->err));
    wcow_free(rows);
}

/* Its files once, and a look at whether its monitor listens; what rests is not even asked for that.
 */
static void what_runs_is_read_once_and_no_lock_is_taken(void **test)
{
    static const char *const ping[] = {"ping", NULL};
    fixture *f = *test;
    wcow_container *web = fixture_create(f, "web", ping);
    size_t locks;

    assert_int_equal(opened_by(f, ask), 1 + 2);
    assert_ok(&f->err, wcow_container_start(web, NULL, NULL, &f->err));
    locks = f->faulty.locks;
    assert_int_equal(opened_by(f, ask), 1 + 2);
    assert_int_equal(f->faulty.locks, locks);
    assert_ok(&f->err, wcow_container_remove(web, true, &f->err));
    wcow_container_free(web);
}

/* The list alone brings it to rest; no command has to open it for that. */
static void one_whose_monitor_died_is_listed_as_ended(void **test)
{
    fixture *f = *test;
    const state running = {.phase = PHASE_RUNNING, .started = 1};
    cleanup_state state *now = NULL;
    wcow_container_info *rows = NULL;
    size_t count = 0;
    char id[ID_LENGTH + 1];

    put(f, 1, "web", id);
    assert_ok(&f->err, state_write(f->host, id, &running, &f->err));
    assert_ok(&f->err, wcow_container_list(f->host, &rows, &count, &f->err));
    assert_int_equal(count, 1);
    assert_string_equal(rows[0].state, "exited");
    wcow_free(rows);
    assert_ok(&f->err, state_read(f->host, id, &now, &f->err));
    assert_true(now->lost);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_store_without_a_summary_gets_one_when_it_is_listed),
        TEST(a_name_is_looked_for_under_the_lock_and_leaves_a_summary),
        TEST(a_name_that_is_remembered_leads_to_its_file_alone),
        TEST(a_whole_id_leads_to_one_file),
        TEST(what_has_changed_is_read_again),
        TEST(what_was_changed_a_moment_ago_is_not_copied),
        TEST(a_damaged_summary_costs_time_only),
        TEST(a_torn_summary_is_none),
        TEST(a_copy_that_is_no_record_is_dropped),
        TEST(a_newer_wcows_summary_is_left_alone),
        TEST(temporary_files_of_a_summary_go_with_the_next),
        TEST(copies_of_what_is_gone_go_in_time),
        TEST(two_of_one_name_are_both_there),
        TEST(of_those_who_want_a_name_one_gets_it),
        TEST(what_runs_is_read_once_and_no_lock_is_taken),
        TEST(one_whose_monitor_died_is_listed_as_ended),
        TEST(what_is_no_container_is_not_listed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
