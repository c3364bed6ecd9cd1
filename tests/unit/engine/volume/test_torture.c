/* SPDX-License-Identifier: MIT */
/*
 * Every access to files failed in turn, and every process killed at each, while volumes come and
 * go: no half of one is ever seen, none loses its data to a removal that failed, and after `rm`
 * and a prune nothing is left.
 */
#include "tests/unit/engine/fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "base/path.h"
#include "engine/container/catalog.h"
#include "engine/container/container.h"
#include "engine/host/volume_store.h"

static const char *const ping[] = {"ping", NULL};

/* ---- lives ---- */

/* The container came into being: what failed is its removal. Shared with those that die. */
static bool *made;

static wcow_status make_and_remove(fixture *f)
{
    wcow_volume_spec spec = WCOW_VOLUME_SPEC_INIT;
    char *name = NULL;
    wcow_status status;

    f->err = (wcow_error)WCOW_ERROR_INIT;
    spec.name = "victim";
    status = wcow_volume_create(f->host, &spec, &name, &f->err);
    wcow_free(name);
    return status ? status : wcow_volume_remove(f->host, "victim", false, &f->err);
}

static wcow_status live_with_volumes(fixture *f)
{
    static const char *const volumes[] = {"victim:C:\\v", "C:\\a", NULL};
    static const char *const options[] = {"target=C:\\b", NULL};
    wcow_container_spec spec = WCOW_CONTAINER_SPEC_INIT;
    wcow_container_remove_options whole = WCOW_CONTAINER_REMOVE_OPTIONS_INIT;
    wcow_container *container = NULL;
    wcow_status status;

    f->err = (wcow_error)WCOW_ERROR_INIT;
    spec.image = IMAGE;
    spec.name = "victim";
    spec.command = ping;
    spec.mounts = volumes;
    spec.mount_options = options;
    whole.volumes = true;
    status = wcow_container_create(f->host, &spec, &container, &f->err);
    *made = !status;
    if (!status)
        status = wcow_container_remove_with(container, &whole, &f->err);
    wcow_container_free(container);
    return status;
}

static wcow_status prune_all(fixture *f)
{
    wcow_prune_options options = WCOW_PRUNE_OPTIONS_INIT;
    wcow_volume_spec spec = WCOW_VOLUME_SPEC_INIT;
    char *name = NULL;
    wcow_status status;

    f->err = (wcow_error)WCOW_ERROR_INIT;
    status = wcow_volume_create(f->host, &spec, &name, &f->err);
    wcow_free(name);
    options.all = true;
    return status ? status : wcow_volume_prune(f->host, &options, NULL, &f->err);
}

/* ---- what is left ---- */

/* Whatever is seen is whole. */
static void assert_whole(fixture *f)
{
    cleanup_strings string_list names = STRING_LIST_INIT;

    assert_ok(&f->err, volume_names(f->host, &names, &f->err));
    for (size_t i = 0; i < names.count; i++) {
        cleanup_free char *data = path_of_volume_data(f->host, names.items[i]);
        cleanup_volume volume *v = NULL;

        assert_true(store_exists(f->host, data));
        assert_ok(&f->err, volume_open(f->host, names.items[i], &v, &f->err));
        assert_non_null(v->read);
    }
}

/*
 * As a user would; then there is nothing below volumes, neither with a name nor without. Of a
 * container that was never finished a prune takes all; of one whose removal failed the user tries
 * again, and was told if a volume stayed.
 */
static void clean_up(fixture *f)
{
    wcow_container_remove_options whole = WCOW_CONTAINER_REMOVE_OPTIONS_INIT;
    wcow_prune_options options = WCOW_PRUNE_OPTIONS_INIT;
    wcow_container *container = NULL;
    cleanup_strings string_list left = STRING_LIST_INIT;
    cleanup_free char *folder = path_of_volumes(f->host);

    assert_whole(f);
    whole.volumes = *made;
    if (!wcow_container_open(f->host, "victim", &container, NULL)) {
        cleanup_free char *status = fixture_inspect(f, container, "State.Status");

        /* Its maker died at what comes after that: it is whole, and keeps its volumes. */
        whole.volumes = *made || text_equal(status, "created");
        assert_ok(&f->err, wcow_container_remove_with(container, &whole, &f->err));
    }
    wcow_container_free(container);
    options.volumes = *made;
    assert_ok(&f->err, wcow_host_prune(f->host, &options, NULL, &f->err));
    assert_ok(&f->err, wcow_volume_remove(f->host, "victim", true, &f->err));
    assert_ok(&f->err, store_list(f->host, folder, &left, &f->err));
    fixture_assert_clean(f);
    if (left.count)
        fail_msg("'%s' is left", left.items[0]);
}

/* ---- failing ---- */

static void fail_each(fixture *f, wcow_status (*live)(fixture *f), bool cleans)
{
    size_t failures = 0;
    size_t nth = 1;

    for (;; nth++) {
        faulty_files_fail(&f->faulty, nth);

        const wcow_status status = live(f);
        const size_t hit = f->faulty.failed;

        faulty_files_fail(&f->faulty, 0);
        f->faulty.failed = 0;
        if (status) {
            failures++;
            assert_int_not_equal(f->err.message[0], '\0');
        }
        if (!cleans) {
            assert_whole(f);
            assert_ok(&f->err, prune_all(f));
        }
        clean_up(f);
        if (!hit)
            break;
    }
    printf("%zu accesses to files failed in turn, %zu were told\n", nth - 1, failures);
    assert_true(failures > 5);
}

static void a_volume_that_fails_leaves_nothing(void **given)
{
    fail_each(*given, make_and_remove, true);
}

static void a_container_that_fails_leaves_no_volume(void **given)
{
    fail_each(*given, live_with_volumes, true);
}

static void a_prune_that_fails_leaves_whole_volumes(void **given)
{
    fail_each(*given, prune_all, false);
}

/* ---- dying ---- */

/* In a process of its own, which ends at its nth access to files; whether it came that far. */
static bool dies(fixture *f, wcow_status (*live)(fixture *f), size_t nth)
{
    pid_t child;
    int code = 0;

    *made = false;
    fflush(NULL);
    child = fork();
    if (child == 0) {
        faulty_files_fail(&f->faulty, nth);
        f->faulty.die = true;
        ignore(live(f));
        _exit(0);
    }
    assert_int_equal(waitpid(child, &code, 0), child);
    return WIFEXITED(code) && WEXITSTATUS(code) == FAULTY_FILES_DIED;
}

static void kill_each(fixture *f, wcow_status (*live)(fixture *f))
{
    size_t nth = 1;

    for (; dies(f, live, nth); nth++)
        clean_up(f);
    clean_up(f);
    printf("killed at %zu accesses to files in turn\n", nth - 1);
    assert_true(nth > 10);
}

static void a_volume_whose_maker_dies_leaves_nothing(void **given)
{
    kill_each(*given, make_and_remove);
}

static void a_container_whose_maker_dies_leaves_no_volume(void **given)
{
    kill_each(*given, live_with_volumes);
}

/* ---- meeting ---- */

/* Between two accesses of a create somebody prunes: what is being made stays. */
static void prune_meanwhile(void *context)
{
    fixture *f = context;
    wcow_prune_options options = WCOW_PRUNE_OPTIONS_INIT;
    wcow_host *other = NULL;
    hcs_port *hcs = fake_hcs_open(f->fake->sim);
    storage_port *storage = fake_storage_open(f->fake->sim);
    wcow_error err = WCOW_ERROR_INIT;

    options.all = true;
    assert_ok(&err, host_new(f->root, hcs, storage, f->files, &other, &err));
    assert_ok(&err, wcow_volume_prune(other, &options, NULL, &err));
    wcow_host_free(other);
    hcs->free(hcs);
    storage->free(storage);
}

static void what_a_container_is_being_made_with_is_not_pruned(void **given)
{
    fixture *f = *given;
    static const char *const volumes[] = {"victim:C:\\v", "C:\\a", NULL};
    bool met = true;

    for (size_t at = 1; met; at++) {
        wcow_container_spec spec = WCOW_CONTAINER_SPEC_INIT;
        wcow_container *container = NULL;
        cleanup_strings string_list names = STRING_LIST_INIT;

        spec.image = IMAGE;
        spec.name = "victim";
        spec.command = ping;
        spec.mounts = volumes;
        faulty_files_meet(&f->faulty, at, prune_meanwhile, f);
        assert_ok(&f->err, wcow_container_create(f->host, &spec, &container, &f->err));
        met = f->faulty.met;
        faulty_files_meet(&f->faulty, 0, NULL, NULL);
        assert_ok(&f->err, volume_names(f->host, &names, &f->err));
        assert_int_equal(names.count, 2);
        wcow_container_free(container);
        {
            wcow_container_remove_options whole = WCOW_CONTAINER_REMOVE_OPTIONS_INIT;

            whole.volumes = true;
            assert_ok(&f->err, wcow_container_open(f->host, "victim", &container, &f->err));
            assert_ok(&f->err, wcow_container_remove_with(container, &whole, &f->err));
            wcow_container_free(container);
        }
        assert_ok(&f->err, wcow_volume_remove(f->host, "victim", true, &f->err));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)
        TEST(a_volume_that_fails_leaves_nothing),
        TEST(a_container_that_fails_leaves_no_volume),
        TEST(a_prune_that_fails_leaves_whole_volumes),
        TEST(a_volume_whose_maker_dies_leaves_nothing),
        TEST(a_container_whose_maker_dies_leaves_no_volume),
        TEST(what_a_container_is_being_made_with_is_not_pruned),
    };

    made = mmap(NULL, sizeof *made, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    return made == MAP_FAILED ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
