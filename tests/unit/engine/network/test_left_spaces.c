/* SPDX-License-Identifier: MIT */
/* Network namespaces that HNS would not delete: noted, tried again, and never lost. */
#include "tests/unit/engine/network/networks.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "engine/host/store.h"
#include "engine/network/left_spaces.h"
#include "network/namespace.h"

#define SPACE "0ddba11e-0000-0000-0000-00000000000"

static const char *const ids[] = {SPACE "1", SPACE "2"};

/* What a release has left, in the note of its container: it is written down, and stands there no
 * more. */
static void take(fixture *f, char **space)
{
    assert_ok(&f->err, left_spaces_take(f->host, space, &f->err));
    assert_null(*space);
}

static char *make(fixture *f, const char *id)
{
    char *made = NULL;

    assert_ok(&f->err, hns_namespace_create(f->fake->hcs, id, &made, &f->err));
    return made;
}

static void hns_fails(fixture *f)
{
    assert_true(
        sim_fault(f->fake->sim, "{\"call\":\"HNSCall\",\"every\":true,\"hr\":\"0x80004005\"}"));
}

static size_t in_hns(fixture *f)
{
    cleanup_strings string_list all = STRING_LIST_INIT;

    assert_ok(&f->err, hns_namespaces(f->fake->hcs, &all, &f->err));
    return all.count;
}

static char *path_of_file(const fixture *f)
{
    return text_format("%s/networks/namespaces.json", f->root);
}

static bool is_noted(fixture *f, const char *id)
{
    cleanup_free char *path = path_of_file(f);
    cleanup_free char *bytes = NULL;
    size_t size = 0;

    return HR_SUCCEEDED(f->files->read(f->files, path, 4096, &bytes, &size)) && strstr(bytes, id);
}

static void each_is_noted_until_it_is_gone(void **state)
{
    fixture *f = *state;
    cleanup_free char *path = path_of_file(f);

    for (size_t i = 0; i < 2; i++) {
        char *space = make(f, ids[i]);

        take(f, &space);
        assert_true(is_noted(f, ids[i]));
    }
    hns_fails(f);
    assert_int_equal(left_spaces_retry(f->host, &f->err), WCOW_FAILED);
    sim_faults_clear(f->fake->sim);
    assert_true(is_noted(f, ids[0]) && is_noted(f, ids[1]));
    assert_true(sim_fault(f->fake->sim, "{\"call\":\"HNSCall\",\"nth\":2,\"hr\":\"0x80004005\"}"));
    assert_int_equal(left_spaces_retry(f->host, &f->err), WCOW_FAILED);
    sim_faults_clear(f->fake->sim);
    assert_int_equal(in_hns(f), 1);
    assert_true(is_noted(f, ids[0]));
    assert_false(is_noted(f, ids[1]));
    assert_ok(&f->err, left_spaces_retry(f->host, &f->err));
    assert_int_equal(in_hns(f), 0);
    assert_false(store_exists(f->host, path));
}

static void where_none_is_noted_nobody_is_asked(void **state)
{
    fixture *f = *state;
    const size_t before = fixture_calls(f, "HNSCall");
    cleanup_free char *path = path_of_file(f);
    char *none = NULL;

    assert_ok(&f->err, left_spaces_take(f->host, &none, &f->err));
    left_spaces_retry_one(f->host, ids[0]);
    assert_ok(&f->err, left_spaces_retry(f->host, &f->err));
    assert_int_equal(fixture_calls(f, "HNSCall"), before);
    assert_true(store_absent(f->host, path));
}

/* It is noted here or there, whichever call fails. */
static void what_cannot_be_written_down_stays_where_it_was(void **state)
{
    fixture *f = *state;
    char *space = make(f, ids[0]);
    size_t nth = 0;

    while (space) {
        wcow_status status;

        faulty_files_fail(&f->faulty, ++nth);
        status = left_spaces_take(f->host, &space, &f->err);
        faulty_files_fail(&f->faulty, 0);
        assert_int_equal(status != WCOW_OK, space != NULL);
        assert_true(space || is_noted(f, ids[0]));
        if (space)
            assert_non_null(strstr(f->err.message, "1 can be neither deleted nor noted: "));
    }
    assert_true(nth > 1);
}

/* A call that fails is told, and what is in HNS stays noted. */
static void what_fails_while_it_is_tried_again_loses_none(void **state)
{
    fixture *f = *state;
    bool done = false;

    for (size_t nth = 1; !done; nth++) {
        cleanup_free char *here = make(f, ids[0]);
        char *space = text_copy(here);
        wcow_status status;

        take(f, &space);
        faulty_files_fail(&f->faulty, nth);
        status = left_spaces_retry(f->host, NULL);
        done = !f->faulty.failed;
        faulty_files_fail(&f->faulty, 0);
        assert_int_equal(status != WCOW_OK, !done);
        assert_true(is_noted(f, ids[0]) || in_hns(f) == 0);
        assert_true(nth > 1 || !done);
        assert_ok(&f->err, left_spaces_retry(f->host, &f->err));
        assert_int_equal(in_hns(f), 0);
    }
}

/* Of many that are noted, whoever ends asks for the one that he was in. */
static void one_alone_is_tried_again(void **state)
{
    fixture *f = *state;
    size_t before;

    for (size_t i = 0; i < 2; i++) {
        char *space = make(f, ids[i]);

        take(f, &space);
    }
    before = fixture_calls(f, "HNSCall");
    left_spaces_retry_one(f->host, NULL);
    left_spaces_retry_one(f->host, SPACE "3");
    assert_int_equal(fixture_calls(f, "HNSCall"), before);
    left_spaces_retry_one(f->host, ids[1]);
    assert_true(is_noted(f, ids[0]));
    assert_false(is_noted(f, ids[1]));
    assert_int_equal(in_hns(f), 1);
    assert_ok(&f->err, left_spaces_retry(f->host, &f->err));
    assert_int_equal(in_hns(f), 0);
}

static void damage(fixture *f)
{
    static const char damaged[] = "{\"version\":1,\"namespaces\":5}";
    cleanup_free char *path = path_of_file(f);

    assert_int_equal(f->files->replace(f->files, path, damaged, sizeof damaged - 1), 0);
}

/* It is kept, for whoever looks, and keeps nobody from noting more. */
static void a_damaged_file_is_put_aside(void **state)
{
    fixture *f = *state;
    cleanup_free char *path = path_of_file(f);
    cleanup_free char *aside = text_format("%s/networks/namespaces.json.damaged", f->root);
    cleanup_strings string_list read = STRING_LIST_INIT;
    char *space = make(f, ids[0]);

    take(f, &space);
    damage(f);
    assert_int_equal(left_spaces_read(f->host, &read, &f->err), WCOW_CORRUPT);
    assert_non_null(strstr(f->err.message, "namespaces.json' is damaged"));
    assert_ok(&f->err, left_spaces_retry(f->host, &f->err));
    assert_true(store_exists(f->host, aside));
    assert_false(store_exists(f->host, path));
    damage(f);
    space = text_copy(ids[0]);
    take(f, &space);
    assert_ok(&f->err, left_spaces_read(f->host, &read, &f->err));
    assert_int_equal(read.count, 1);
    assert_ok(&f->err, left_spaces_retry(f->host, &f->err));
    assert_int_equal(in_hns(f), 0);
}

/* That is none of ours. */
static void one_of_a_newer_wcow_is_left_alone(void **state)
{
    fixture *f = *state;
    cleanup_free char *path = path_of_file(f);
    char *space = text_copy(ids[0]);

    take(f, &space);
    assert_int_equal(f->files->replace(f->files, path, "{\"version\":2}", 13), 0);
    assert_int_equal(left_spaces_retry(f->host, &f->err), WCOW_UNSUPPORTED);
    space = text_copy(ids[0]);
    assert_int_equal(left_spaces_take(f->host, &space, &f->err), WCOW_UNSUPPORTED);
    assert_non_null(space);
    free(space);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_is_noted_until_it_is_gone, set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(where_none_is_noted_nobody_is_asked, set_up,
                                        fixture_tear_down),
        cmocka_unit_test_setup_teardown(what_cannot_be_written_down_stays_where_it_was, set_up,
                                        fixture_tear_down),
        cmocka_unit_test_setup_teardown(what_fails_while_it_is_tried_again_loses_none, set_up,
                                        fixture_tear_down),
        cmocka_unit_test_setup_teardown(one_alone_is_tried_again, set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(a_damaged_file_is_put_aside, set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(one_of_a_newer_wcow_is_left_alone, set_up,
                                        fixture_tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
