/* SPDX-License-Identifier: MIT */
/* What is kept of a container in files: damaged, made by a newer wcow, and what info tells of it.
 */
#include "tests/unit/engine/container/abandon.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/path.h"
#include "engine/container/container.h"
#include "engine/container/state.h"
#include "engine/host/paths.h"
#include "engine/host/store.h"

static const char *const ping[] = {"ping", NULL};

/* The row of a container, by id; NULL: it is not listed. */
static const wcow_container_info *row_of(const wcow_container_info *rows, size_t count,
                                         const wcow_container *container)
{
    for (size_t i = 0; i < count; i++) {
        if (text_equal(rows[i].id, wcow_container_id(container)))
            return &rows[i];
    }
    return NULL;
}

static void damage(fixture *f, const wcow_container *container, const char *name, const char *with)
{
    cleanup_free char *path = path_in_container(f->host, wcow_container_id(container), name);

    if (with)
        assert_int_equal(f->files->replace(f->files, path, with, strlen(with)), 0);
    else
        assert_int_equal(f->files->remove_file(f->files, path), 0);
}

static void assert_gone(fixture *f, wcow_container *container)
{
    cleanup_free char *folder = path_of_container(f->host, wcow_container_id(container));
    wcow_container *again = NULL;
    file_info info;

    assert_int_equal(wcow_container_open(f->host, wcow_container_id(container), &again, NULL),
                     WCOW_NOT_FOUND);
    assert_true(HR_FAILED(f->files->info(f->files, folder, &info)));
    fixture_assert_clean(f);
}

/* What stands in a container's folder, damaged in each way; NULL: the file is missing. */
static const struct {
    const char *file, *with;
    const char *name; /* what it is listed by */
} wrecks[] = {
    {FILE_STATE, "{", "bad"},
    {FILE_STATE, "", "bad"},
    {FILE_STATE, "{\"status\":\"dancing\",\"started\":\"\",\"finished\":\"\"}", "bad"},
    {FILE_STATE, "{\"version\":\"x\"}", "bad"},
    {FILE_STATE, NULL, "bad"},
    {FILE_RECORD, "{", ""},
    {FILE_RECORD, "[]", ""},
    {FILE_RECORD, "{\"id\":\"another\"}", ""},
};

#define WRECKS (sizeof wrecks / sizeof wrecks[0])

static void a_damaged_container_is_listed_as_dead_with_the_reason(void **test)
{
    fixture *f = *test;

    for (size_t i = 0; i < WRECKS; i++) {
        wcow_container *bad = fixture_create(f, "bad", ping);
        wcow_container *good = fixture_create(f, "good", ping);
        wcow_container_info *rows = NULL;
        const wcow_container_info *row;
        size_t count = 0;

        damage(f, bad, wrecks[i].file, wrecks[i].with);
        assert_ok(&f->err, wcow_container_list(f->host, &rows, &count, &f->err));
        assert_int_equal(count, 2);
        assert_string_equal(row_of(rows, count, good)->state, "created");
        row = row_of(rows, count, bad);
        assert_non_null(row);
        assert_string_equal(row->name, wrecks[i].name);
        assert_string_equal(row->state, "dead");
        assert_non_null(strstr(row->error, wrecks[i].file));
        assert_false(row->running);
        wcow_free(rows);
        assert_int_not_equal(wcow_container_start(bad, NULL, NULL, &f->err), WCOW_OK);
        assert_non_null(strstr(f->err.message, wrecks[i].file));
        assert_ok(&f->err, wcow_container_remove(bad, true, &f->err));
        assert_gone(f, bad);
        assert_ok(&f->err, wcow_container_remove(good, false, &f->err));
        wcow_container_free(bad);
        wcow_container_free(good);
    }
}

/* As after a crash that took the monitor and the file with it. */
static void leave_a_run(fixture *f, wcow_container *container)
{
    cleanup_free char *scratch =
        text_format("%s/containers/%s/scratch/%s", f->root, wcow_container_id(container),
                    wcow_container_id(container));

    assert_int_equal(f->fake->storage->activate_layer(f->fake->storage, scratch), 0);
    assert_int_equal(fixture_left(f, "mounted"), 1);
}

static void what_a_damaged_container_left_behind_goes_with_it(void **test)
{
    fixture *f = *test;

    for (size_t i = 0; i < 2 * WRECKS; i++) {
        const bool by_prune = i >= WRECKS;
        wcow_container *bad = fixture_create(f, "bad", ping);
        wcow_prune_report report = {0};

        leave_a_run(f, bad);
        damage(f, bad, wrecks[i % WRECKS].file, wrecks[i % WRECKS].with);
        /* Its record alone is damaged? Then the state still tells what to release: nothing. */
        if (text_equal(wrecks[i % WRECKS].file, FILE_RECORD))
            abandon(f, bad, PHASE_RUNNING);
        if (by_prune)
            assert_ok(&f->err, wcow_host_prune(f->host, NULL, &report, &f->err));
        else
            assert_ok(&f->err, wcow_container_remove(bad, true, &f->err));
        assert_gone(f, bad);
        assert_int_equal(report.containers, by_prune ? 1 : 0);
        wcow_container_free(bad);
    }
}

static void a_damaged_container_that_runs_is_ended_by_force_only(void **test)
{
    static const char *const files[] = {FILE_STATE, FILE_RECORD};
    fixture *f = *test;

    for (size_t i = 0; i < 2; i++) {
        wcow_container *web = fixture_create(f, "web", ping);

        assert_ok(&f->err, wcow_container_start(web, NULL, NULL, &f->err));
        damage(f, web, files[i], "{");
        assert_int_not_equal(wcow_container_remove(web, false, &f->err), WCOW_OK);
        assert_int_equal(fixture_left(f, "systems"), 1);
        assert_ok(&f->err, wcow_container_remove(web, true, &f->err));
        assert_gone(f, web);
        wcow_container_free(web);
    }
}

/* The text of a file in a container's folder. */
static cJSON *read_json(fixture *f, const wcow_container *container, const char *name)
{
    cleanup_free char *path = path_in_container(f->host, wcow_container_id(container), name);
    cJSON *json = NULL;

    assert_ok(&f->err, store_read(f->host, path, &json, &f->err));
    return json;
}

static void change_json(fixture *f, const wcow_container *container, const char *name,
                        const char *member, cJSON *value)
{
    cleanup_free char *path = path_in_container(f->host, wcow_container_id(container), name);
    cleanup_json cJSON *json = read_json(f, container, name);

    cJSON_DeleteItemFromObjectCaseSensitive(json, member);
    assert_true(json_add(json, member, value));
    assert_ok(&f->err, store_write(f->host, path, json, &f->err));
}

static void files_of_a_container_have_a_version(void **test)
{
    static const char *const files[] = {FILE_STATE, FILE_RECORD};
    fixture *f = *test;
    wcow_container *web = fixture_create(f, "web", ping);

    for (size_t i = 0; i < 2; i++) {
        cleanup_json cJSON *json = read_json(f, web, files[i]);

        assert_int_equal(json_integer(json, "version", 0), 1);
        /* Before there were versions, they looked the same. */
        cJSON_DeleteItemFromObjectCaseSensitive(json, "version");
        damage(f, web, files[i], NULL);
        cleanup_free char *path = path_in_container(f->host, wcow_container_id(web), files[i]);
        assert_ok(&f->err, store_write(f->host, path, json, &f->err));
    }
    assert_ok(&f->err, wcow_container_start(web, NULL, NULL, &f->err));
    assert_ok(&f->err, wcow_container_remove(web, true, &f->err));
    wcow_container_free(web);
}

static void what_a_newer_wcow_has_added_survives(void **test)
{
    fixture *f = *test;
    wcow_container *web = fixture_create(f, "web", ping);
    cleanup_json cJSON *state_json = NULL;
    cleanup_json cJSON *record_json = NULL;

    change_json(f, web, FILE_STATE, "mood", cJSON_CreateString("well"));
    change_json(f, web, FILE_RECORD, "restart", cJSON_CreateNumber(3));
    assert_ok(&f->err, wcow_container_start(web, NULL, NULL, &f->err));
    assert_ok(&f->err, wcow_container_rename(web, "other", &f->err));
    assert_ok(&f->err, wcow_container_stop(web, 0, &f->err));
    fixture_settle(f);
    state_json = read_json(f, web, FILE_STATE);
    record_json = read_json(f, web, FILE_RECORD);
    assert_string_equal(json_text(state_json, "status", ""), "exited");
    assert_string_equal(json_text(state_json, "mood", ""), "well");
    assert_string_equal(json_text(record_json, "name", ""), "other");
    assert_int_equal(json_integer(record_json, "restart", 0), 3);
    assert_ok(&f->err, wcow_container_remove(web, true, &f->err));
    wcow_container_free(web);
}

static void what_a_newer_wcow_wrote_its_own_way_is_left_alone(void **test)
{
    static const char *const files[] = {FILE_STATE, FILE_RECORD};
    static const char said[] = "was written by a newer wcow (format 2, this one knows 1)";
    fixture *f = *test;

    for (size_t i = 0; i < 2; i++) {
        wcow_container *web = fixture_create(f, "web", ping);
        wcow_prune_report report = {0};
        wcow_container_info *info = NULL;

        change_json(f, web, files[i], "version", cJSON_CreateNumber(2));
        assert_ok(&f->err, wcow_container_get_info(web, &info, &f->err));
        assert_string_equal(info->state, "dead");
        assert_non_null(strstr(info->error, said));
        wcow_free(info);
        assert_int_equal(wcow_container_remove(web, true, &f->err), WCOW_UNSUPPORTED);
        assert_non_null(strstr(f->err.message, said));
        assert_int_equal(wcow_container_start(web, NULL, NULL, &f->err), WCOW_UNSUPPORTED);
        assert_non_null(strstr(f->err.message, said));
        assert_int_equal(wcow_host_prune(f->host, NULL, &report, &f->err), WCOW_UNSUPPORTED);
        assert_non_null(strstr(f->err.message, said));
        assert_int_equal(report.containers, 0);
        change_json(f, web, files[i], "version", cJSON_CreateNumber(1));
        assert_ok(&f->err, wcow_container_remove(web, false, &f->err));
        wcow_container_free(web);
    }
}

static void info_tells_what_is_known_of_one_container(void **test)
{
    fixture *f = *test;
    wcow_container *web = fixture_create(f, "web", ping);
    wcow_container_info *info = NULL;

    assert_ok(&f->err, wcow_container_get_info(web, &info, &f->err));
    assert_string_equal(info->id, wcow_container_id(web));
    assert_string_equal(info->state, "created");
    assert_false(info->running);
    assert_false(info->exit_known);
    assert_int_equal(info->pid, 0);
    wcow_free(info);
    assert_ok(&f->err, wcow_container_start(web, NULL, NULL, &f->err));
    assert_ok(&f->err, wcow_container_get_info(web, &info, &f->err));
    assert_string_equal(info->name, "web");
    assert_string_equal(info->image, IMAGE);
    assert_string_equal(info->state, "running");
    assert_true(info->running);
    assert_int_not_equal(info->pid, 0);
    assert_int_equal(info->finished, 0);
    wcow_free(info);
    assert_ok(&f->err, wcow_container_stop(web, 0, &f->err));
    assert_ok(&f->err, wcow_container_get_info(web, &info, &f->err));
    assert_string_equal(info->state, "exited");
    assert_true(info->exit_known);
    assert_int_not_equal(info->finished, 0);
    assert_int_equal(info->pid, 0);
    wcow_free(info);
    assert_ok(&f->err, wcow_container_remove(web, true, &f->err));
    assert_int_equal(wcow_container_get_info(web, &info, &f->err), WCOW_NOT_FOUND);
    wcow_container_free(web);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_damaged_container_is_listed_as_dead_with_the_reason,
                                        fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(what_a_damaged_container_left_behind_goes_with_it,
                                        fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(a_damaged_container_that_runs_is_ended_by_force_only,
                                        fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(files_of_a_container_have_a_version, fixture_set_up,
                                        fixture_tear_down),
        cmocka_unit_test_setup_teardown(what_a_newer_wcow_has_added_survives, fixture_set_up,
                                        fixture_tear_down),
        cmocka_unit_test_setup_teardown(what_a_newer_wcow_wrote_its_own_way_is_left_alone,
                                        fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(info_tells_what_is_known_of_one_container, fixture_set_up,
                                        fixture_tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
