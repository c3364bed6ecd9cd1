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

        left_spaces_take(f->host, &space);
        assert_null(space);
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

    left_spaces_take(f->host, &none);
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
        faulty_files_fail(&f->faulty, ++nth);
        left_spaces_take(f->host, &space);
        faulty_files_fail(&f->faulty, 0);
        assert_true(space || is_noted(f, ids[0]));
    }
    assert_true(nth > 1);
    do {
        faulty_files_fail(&f->faulty, nth++);
        ignore(left_spaces_retry(f->host, NULL));
        faulty_files_fail(&f->faulty, 0);
        assert_true(in_hns(f) == 0 || is_noted(f, ids[0]));
    } while (is_noted(f, ids[0]));
    assert_int_equal(in_hns(f), 0);
}

static void a_damaged_file_is_said_so(void **state)
{
    fixture *f = *state;
    cleanup_free char *path = path_of_file(f);
    char *space = make(f, ids[0]);

    left_spaces_take(f->host, &space);
    assert_int_equal(f->files->replace(f->files, path, "{\"version\":1,\"namespaces\":5}", 28), 0);
    assert_int_equal(left_spaces_retry(f->host, &f->err), WCOW_CORRUPT);
    assert_non_null(strstr(f->err.message, "namespaces.json' is damaged"));
    space = text_copy(ids[1]);
    left_spaces_take(f->host, &space);
    assert_non_null(space);
    free(space);
    assert_ok(&f->err, hns_namespace_delete(f->fake->hcs, ids[0], &f->err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_is_noted_until_it_is_gone, set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(where_none_is_noted_nobody_is_asked, set_up,
                                        fixture_tear_down),
        cmocka_unit_test_setup_teardown(what_cannot_be_written_down_stays_where_it_was, set_up,
                                        fixture_tear_down),
        cmocka_unit_test_setup_teardown(a_damaged_file_is_said_so, set_up, fixture_tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
