/* SPDX-License-Identifier: MIT */
/* Containers' file systems as tars that become images again. */
#include "tests/unit/container/fixture.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "base/path.h"
#include "container/layers.h"
#include "container/record.h"

static const char *const ping[] = {"ping", NULL};

/* The simulated service of a test in one process mounts nothing: the base layer's files stand in.
 */
static char *volume;

static int set_up(void **given)
{
    fixture *f = fixture_with_image(NULL);
    cleanup_image image *i = NULL;
    cleanup_free char *layers = path_join(f->root, "layers");
    cleanup_free char *folder = NULL;
    image_store images = {f->files, f->root};

    assert_ok(&f->err, image_store_open(&images, IMAGE, &i, &f->err));
    folder = path_join(layers, i->config->diff_ids.items[0] + strlen("sha256:"));
    volume = path_join(folder, "Files");
    f->faulty.volume = volume;
    *given = f;
    return 0;
}

static int tear_down(void **given)
{
    fixture_free(*given);
    free(volume);
    return 0;
}

static bool noted_as_mounted(fixture *f, const char *id)
{
    cleanup_state state *s = NULL;

    assert_ok(&f->err, state_read(f->host, id, &s, &f->err));
    return s->mounted;
}

static void an_exported_file_system_becomes_an_image_that_runs(void **given)
{
    static const char *const changes[] = {"CMD [\"ping\"]", NULL};
    fixture *f = *given;
    wcow_container *web = fixture_create(f, "web", ping);
    cleanup_free char *path = path_join(f->fake->folder, "web.tar");
    wcow_import_options options = WCOW_IMPORT_OPTIONS_INIT;
    wcow_container_spec spec = WCOW_CONTAINER_SPEC_INIT;
    wcow_container *again = NULL;
    char *id = NULL;

    assert_ok(&f->err, wcow_container_export(web, path, &f->err));
    assert_int_equal(fixture_left(f, "mounted"), 0);
    assert_int_equal(fixture_calls(f, "UnprepareLayer"), 1);
    assert_false(noted_as_mounted(f, wcow_container_id(web)));
    options.changes = changes;
    assert_ok(&f->err, wcow_image_import(f->host, path, "made:1", &options, &id, &f->err));
    wcow_free(id);
    spec.image = "made:1";
    assert_ok(&f->err, wcow_container_create(f->host, &spec, &again, &f->err));
    assert_ok(&f->err, wcow_container_start(again, NULL, NULL, &f->err));
    assert_ok(&f->err, wcow_container_remove(again, true, &f->err));
    wcow_container_free(again);
    /* It is as it was. */
    assert_ok(&f->err, wcow_container_start(web, NULL, NULL, &f->err));
    assert_ok(&f->err, wcow_container_remove(web, true, &f->err));
    wcow_container_free(web);
}

static void a_running_container_is_not_exported(void **given)
{
    fixture *f = *given;
    wcow_container *web = fixture_create(f, "web", ping);
    cleanup_free char *path = path_join(f->fake->folder, "web.tar");

    assert_ok(&f->err, wcow_container_start(web, NULL, NULL, &f->err));
    assert_fails(&f->err, WCOW_CONFLICT, "cannot export container web while it is running",
                 wcow_container_export(web, path, &f->err));
    assert_string_equal(f->err.hint, "stop it first: wcow stop web");
    assert_int_equal(access(path, F_OK), -1);
    assert_ok(&f->err, wcow_container_remove(web, true, &f->err));
    wcow_container_free(web);
}

static void what_a_failure_left_mounted_is_released(void **given)
{
    fixture *f = *given;
    wcow_container *web = fixture_create(f, "web", ping);
    cleanup_free char *path = path_join(f->fake->folder, "web.tar");

    /* Neither call of the end is carried out: the scratch stays mounted, as after a crash. */
    assert_true(sim_fault(f->fake->sim, "{\"call\":\"UnprepareLayer\",\"hr\":\"0x80004005\"}"));
    assert_true(sim_fault(f->fake->sim, "{\"call\":\"DeactivateLayer\",\"hr\":\"0x80004005\"}"));
    assert_int_equal(wcow_container_export(web, path, &f->err), WCOW_FAILED);
    assert_non_null(strstr(f->err.message, "cannot export container web: cannot unmount"));
    sim_faults_clear(f->fake->sim);
    assert_int_equal(fixture_left(f, "mounted"), 1);
    assert_true(noted_as_mounted(f, wcow_container_id(web)));
    assert_int_equal(access(path, F_OK), -1);

    assert_ok(&f->err, wcow_container_export(web, path, &f->err));
    assert_int_equal(fixture_left(f, "mounted"), 0);
    assert_ok(&f->err, wcow_container_remove(web, false, &f->err));
    wcow_container_free(web);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_exported_file_system_becomes_an_image_that_runs),
        TEST(a_running_container_is_not_exported),
        TEST(what_a_failure_left_mounted_is_released),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
