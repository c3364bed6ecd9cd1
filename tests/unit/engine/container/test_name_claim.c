/* SPDX-License-Identifier: MIT */
/* The files that tell who may have a name: what they spare, and what is so although they deny it or
 * a crash left them. */
#include "engine/container/name_claim.h"

#include "tests/unit/engine/fixture.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/path.h"
#include "engine/container/catalog.h"
#include "engine/container/container.h"
#include "engine/container/id.h"
#include "engine/host/paths.h"

static const char *const ping[] = {"ping", NULL};

/* How many claims there are of one; NULL: of all. */
static size_t claims_of(fixture *f, const wcow_container *of)
{
    cleanup_strings string_list names = STRING_LIST_INIT;
    cleanup_free char *folder = path_of_containers(f->host);
    size_t count = 0;

    assert_int_equal(f->files->list(f->files, folder, &names), 0);
    for (size_t i = 0; i < names.count; i++)
        count += name_claim_of(names.items[i]) &&
                 (!of || text_starts_with(names.items[i], wcow_container_id(of)));
    return count;
}

static void assert_found(fixture *f, const char *reference, const wcow_container *wanted)
{
    wcow_container *found = NULL;

    assert_ok(&f->err, wcow_container_open(f->host, reference, &found, &f->err));
    assert_string_equal(wcow_container_id(found), wcow_container_id(wanted));
    wcow_container_free(found);
}

static void assert_not_found(fixture *f, const char *reference)
{
    wcow_container *found = NULL;

    assert_int_equal(wcow_container_open(f->host, reference, &found, &f->err), WCOW_NOT_FOUND);
}

static void assert_taken(fixture *f, const char *name)
{
    wcow_container_spec spec = WCOW_CONTAINER_SPEC_INIT;
    wcow_container *another = NULL;

    spec.image = IMAGE;
    spec.name = name;
    spec.command = ping;
    assert_int_equal(wcow_container_create(f->host, &spec, &another, &f->err), WCOW_ALREADY_EXISTS);
}

static void drop(fixture *f, wcow_container *container)
{
    assert_ok(&f->err, wcow_container_remove(container, false, &f->err));
    wcow_container_free(container);
}

/* As an older wcow writes it, or an editor. */
static void write_name(fixture *f, const wcow_container *container, const char *name)
{
    cleanup_record record *r = NULL;

    assert_ok(&f->err, record_read(f->host, wcow_container_id(container), &r, &f->err));
    assert_true(text_replace(&r->name, name));
    assert_ok(&f->err, record_write(f->host, r, &f->err));
}

static void a_container_claims_its_name_as_long_as_it_has_it(void **test)
{
    fixture *f = *test;
    wcow_container *web = fixture_create(f, "web", ping);
    wcow_container *db = fixture_create(f, NULL, ping);

    assert_int_equal(claims_of(f, web), 1);
    assert_int_equal(claims_of(f, db), 1);
    assert_ok(&f->err, wcow_container_rename(web, "other", &f->err));
    assert_int_equal(claims_of(f, web), 1);
    assert_found(f, "other", web);
    assert_not_found(f, "web");
    assert_taken(f, "other");
    drop(f, web);
    drop(f, db);
    assert_int_equal(claims_of(f, NULL), 0);
}

/* A list of the folder, and that file. */
static void a_name_or_the_beginning_of_an_id_costs_two_calls(void **test)
{
    fixture *f = *test;
    wcow_container *web = fixture_create(f, "web", ping);
    wcow_container *db = fixture_create(f, "db", ping);
    cleanup_free char *start = text_copy_bytes(wcow_container_id(db), ID_SHORT_LENGTH);
    const char *const references[] = {"db", start};

    for (size_t i = 0; i < 2; i++) {
        cleanup_free char *id = NULL;
        cleanup_free char *name = NULL;
        const size_t before = f->faulty.calls;

        assert_ok(&f->err, catalog_find(f->host, references[i], &id, &name, &f->err));
        assert_string_equal(name, "db");
        assert_int_equal(f->faulty.calls - before, 2);
    }
    drop(f, web);
    drop(f, db);
}

static void a_claim_counts_only_if_the_file_says_so(void **test)
{
    fixture *f = *test;
    wcow_container *web = fixture_create(f, "web", ping);
    wcow_container *db = fixture_create(f, "db", ping);

    write_name(f, web, "changed");
    assert_not_found(f, "web");
    assert_found(f, "changed", web);
    assert_ok(&f->err, wcow_container_rename(db, "web", &f->err));
    assert_found(f, "web", db);
    drop(f, web);
    drop(f, db);
}

/* Both are claimed while the file may say either. */
static void a_rename_that_was_broken_off_leaves_the_name_that_the_file_says(void **test)
{
    fixture *f = *test;
    wcow_container *web = fixture_create(f, "web", ping);
    wcow_container *again;

    assert_ok(&f->err, name_claim_make(f->host, wcow_container_id(web), "other", &f->err));
    assert_found(f, "web", web);
    assert_not_found(f, "other");
    assert_taken(f, "web");
    again = fixture_create(f, "other", ping);
    assert_found(f, "other", again);
    drop(f, again);
    write_name(f, web, "other");
    assert_taken(f, "other");
    again = fixture_create(f, "web", ping);
    assert_found(f, "web", again);
    drop(f, again);
    drop(f, web);
}

static void names_that_differ_in_case_are_two(void **test)
{
    fixture *f = *test;
    wcow_container *web = fixture_create(f, "web", ping);
    wcow_container *other = fixture_create(f, "Web", ping);

    assert_found(f, "web", web);
    assert_found(f, "Web", other);
    assert_ok(&f->err, wcow_container_rename(other, "WEB", &f->err));
    assert_found(f, "WEB", other);
    assert_not_found(f, "Web");
    assert_taken(f, "WEB");
    drop(f, web);
    drop(f, other);
}

/* No file can be called so. */
static void a_name_that_is_too_long_for_a_claim_is_looked_for_in_files(void **test)
{
    fixture *f = *test;
    char name[256];
    wcow_container *web;

    memset(name, 'x', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    web = fixture_create(f, name, ping);
    assert_int_equal(claims_of(f, web), 0);
    assert_found(f, name, web);
    assert_taken(f, name);
    assert_ok(&f->err, wcow_container_rename(web, "web", &f->err));
    assert_found(f, "web", web);
    assert_not_found(f, name);
    drop(f, web);
}

/* As an older wcow made it. */
static void one_without_a_claim_gets_one_from_who_asks_for_a_name(void **test)
{
    fixture *f = *test;
    wcow_container *web = fixture_create(f, "web", ping);
    wcow_container *db;

    name_claim_drop(f->host, wcow_container_id(web), "web");
    assert_found(f, "web", web);
    assert_taken(f, "web");
    assert_int_equal(claims_of(f, web), 1);
    name_claim_drop(f->host, wcow_container_id(web), "web");
    db = fixture_create(f, "db", ping);
    assert_int_equal(claims_of(f, web), 1);
    drop(f, web);
    drop(f, db);
}

/* As a crash leaves it between container.json and this. */
static void a_claim_of_nobody_keeps_no_name_and_goes(void **test)
{
    static const char nobody[] = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    fixture *f = *test;
    wcow_container *web;

    web = fixture_create(f, "db", ping);
    assert_ok(&f->err, name_claim_make(f->host, nobody, "web", &f->err));
    assert_ok(&f->err, name_claim_make(f->host, nobody, "more", &f->err));
    assert_not_found(f, "web");
    assert_not_found(f, nobody);
    drop(f, web);
    web = fixture_create(f, "web", ping);
    assert_int_equal(claims_of(f, NULL), 1);
    drop(f, web);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_container_claims_its_name_as_long_as_it_has_it),
        TEST(a_name_or_the_beginning_of_an_id_costs_two_calls),
        TEST(a_claim_counts_only_if_the_file_says_so),
        TEST(a_rename_that_was_broken_off_leaves_the_name_that_the_file_says),
        TEST(names_that_differ_in_case_are_two),
        TEST(a_name_that_is_too_long_for_a_claim_is_looked_for_in_files),
        TEST(one_without_a_claim_gets_one_from_who_asks_for_a_name),
        TEST(a_claim_of_nobody_keeps_no_name_and_goes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
