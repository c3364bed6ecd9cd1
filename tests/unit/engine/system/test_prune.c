/* SPDX-License-Identifier: MIT */
/* Prune: what it is told to take, and that it tells what it took. */
#include "tests/unit/engine/fixture.h"

#include <string.h>

#include "base/error.h"
#include "engine/container/container.h"
#include "engine/container/reconcile.h"
#include "engine/host/paths.h"

/* Creates one that has the label, and leaves it at rest; its id is to be freed. */
static char *create_labelled(fixture *f, const char *name, const char *label)
{
    const char *const labels[] = {label, NULL};
    wcow_container_spec spec = WCOW_CONTAINER_SPEC_INIT;
    wcow_container *container = NULL;
    char *id;

    spec.image = IMAGE;
    spec.name = name;
    spec.labels = labels;
    assert_ok(&f->err, wcow_container_create(f->host, &spec, &container, &f->err));
    id = text_copy(wcow_container_id(container));
    wcow_container_free(container);
    return id;
}

static void note(void *context, wcow_pruned what, const char *line)
{
    text_addf(context, "%s %s\n", what == WCOW_PRUNED_CONTAINER ? "container" : "image", line);
}

static size_t containers_left(fixture *f)
{
    wcow_container_info *infos = NULL;
    size_t count = 0;

    assert_ok(&f->err, wcow_container_list(f->host, &infos, &count, &f->err));
    wcow_free(infos);
    return count;
}

static void containers_go_by_label_and_age(void **test)
{
    static const char *const keep[] = {"keep", NULL};
    static const char *const tier[] = {"tier=web", NULL};
    fixture *f = *test;
    cleanup_free char *kept = create_labelled(f, "kept", "keep=yes");
    cleanup_free char *web = create_labelled(f, "web", "tier=web");
    cleanup_free char *other = create_labelled(f, "other", "tier=db");
    cleanup_free char *expected = text_format("container %s\n", web);
    cleanup_text text told = TEXT_INIT;
    wcow_prune_options options = WCOW_PRUNE_OPTIONS_INIT;
    wcow_prune_report report = {0};

    options.removed = note;
    options.context = &told;
    options.until = 1; /* long ago */
    assert_ok(&f->err, wcow_container_prune(f->host, &options, &report, &f->err));
    assert_ok(&f->err, wcow_host_prune(f->host, &options, &report, &f->err));
    assert_string_equal(text_get(&told), "");
    options.until = INT64_MAX;
    options.labels = tier;
    assert_ok(&f->err, wcow_container_prune(f->host, &options, &report, &f->err));
    assert_string_equal(text_get(&told), expected);
    assert_int_equal(report.containers, 1);
    options.labels = NULL;
    options.without = keep;
    assert_ok(&f->err, wcow_container_prune(f->host, &options, &report, &f->err));
    assert_int_equal(containers_left(f), 1);
    assert_non_null(strstr(text_get(&told), other));
    assert_null(strstr(text_get(&told), kept));
    fixture_assert_clean(f);
}

/* It is no failure of prune's that a commit is at one; that the service does not let go of one is,
 * however it says so. */
static void who_is_busy_stays_and_who_cannot_go_is_told_of(void **test)
{
    fixture *f = *test;
    cleanup_free char *id = create_labelled(f, "web", "tier=web");
    store_lock other = STORE_LOCK_INIT;
    wcow_prune_options options = WCOW_PRUNE_OPTIONS_INIT;
    wcow_prune_report report = {0};

    options.all = true;
    assert_ok(&f->err, container_own(f->host, id, 0, &other, &f->err));
    assert_ok(&f->err, wcow_host_prune(f->host, &options, &report, &f->err));
    assert_int_equal(report.containers, 0);
    assert_int_equal(report.images, 0);
    store_lock_release(&other);
    assert_true(sim_fault(f->fake->sim, "{\"call\":\"DestroyLayer\",\"hr\":\"0xC0370118\"}"));
    assert_int_equal(wcow_container_prune(f->host, &options, &report, &f->err), WCOW_TIMEOUT);
    assert_non_null(strstr(f->err.message, "cannot remove container 'web'"));
    sim_faults_clear(f->fake->sim);
    assert_int_equal(containers_left(f), 1);
    assert_ok(&f->err, wcow_host_prune(f->host, &options, &report, &f->err));
    assert_int_equal(containers_left(f), 0);
}

static void all_takes_images_that_no_container_uses(void **test)
{
    fixture *f = *test;
    cleanup_text text told = TEXT_INIT;
    wcow_prune_options options = WCOW_PRUNE_OPTIONS_INIT;
    wcow_prune_report report = {0};

    free(create_labelled(f, "web", "a=b"));
    options.removed = note;
    options.context = &told;
    assert_ok(&f->err, wcow_host_prune(f->host, &options, &report, &f->err));
    assert_int_equal(report.containers, 1);
    assert_int_equal(report.images, 0);
    options.all = true;
    assert_ok(&f->err, wcow_host_prune(f->host, &options, &report, &f->err));
    assert_int_equal(report.containers, 0);
    assert_true(report.images > 0);
    assert_true(report.reclaimed > 0);
    assert_non_null(strstr(text_get(&told), "image untagged: " IMAGE "\nimage deleted: sha256:"));
    fixture_assert_clean(f);
}

/* What has neither labels nor an age is not what a filter asks for. */
static void filters_leave_what_a_crash_left(void **test)
{
    static const char *const labels[] = {"nosuch", NULL};
    fixture *f = *test;
    cleanup_free char *id = create_labelled(f, "debris", "a=b");
    cleanup_free char *record_path = path_in_container(f->host, id, FILE_RECORD);
    cleanup_free char *folder = path_of_container(f->host, id);
    wcow_prune_options options = WCOW_PRUNE_OPTIONS_INIT;
    file_info info;

    assert_int_equal(f->files->remove_file(f->files, record_path), 0);
    options.labels = labels;
    assert_ok(&f->err, wcow_host_prune(f->host, &options, NULL, &f->err));
    assert_true(HR_SUCCEEDED(f->files->info(f->files, folder, &info)));
    assert_ok(&f->err, wcow_host_prune(f->host, NULL, NULL, &f->err));
    assert_true(HR_FAILED(f->files->info(f->files, folder, &info)));
    fixture_assert_clean(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)
        TEST(containers_go_by_label_and_age),
        TEST(who_is_busy_stays_and_who_cannot_go_is_told_of),
        TEST(all_takes_images_that_no_container_uses),
        TEST(filters_leave_what_a_crash_left),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
