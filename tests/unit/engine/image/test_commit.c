/* SPDX-License-Identifier: MIT */
/* Containers that become images. */
#include "tests/unit/engine/fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/json.h"
#include "engine/container/reconcile.h"
#include "engine/host/file_output.h"
#include "engine/image/commit.h"
#include "tests/unit/engine/container/abandon.h"

static const char *const ping[] = {"ping", NULL};

static void a_commit_changes_the_config_as_it_is_told(void **test)
{
    static const char *const changes[] = {"ENV A=1", "CMD [\"exit\", \"3\"]", NULL};
    static const char *const bad[] = {"RUN x", NULL};
    fixture *f = *test;
    wcow_container *web = fixture_create(f, "web", ping);
    wcow_commit_options options = WCOW_COMMIT_OPTIONS_INIT;
    char *id = NULL;
    char *json = NULL;

    options.changes = bad;
    assert_int_equal(wcow_container_commit(web, "made:1", &options, &id, &f->err), WCOW_INVALID);
    assert_int_equal(fixture_calls(f, "ExportLayer"), 0);
    options.changes = changes;
    assert_ok(&f->err, wcow_container_commit(web, "made:1", &options, &id, &f->err));
    wcow_free(id);
    assert_ok(&f->err, wcow_image_inspect(f->host, "made:1", &json, &f->err));
    {
        cleanup_json cJSON *made = fixture_json(f, json);
        cleanup_free char *cmd = json_print(json_path(made, "Config.Cmd"));
        cleanup_free char *environment = json_print(json_path(made, "Config.Env"));

        assert_string_equal(cmd, "[\"exit\",\"3\"]");
        assert_non_null(strstr(environment, "\"A=1\""));
    }
    assert_ok(&f->err, wcow_container_remove(web, false, &f->err));
    wcow_container_free(web);
}

/* In place of --change: keeps what it is shown, and adds to it or refuses. */
typedef struct fake_changer {
    bool refuses;
    unsigned calls;
    char *seen; /* "Cmd" of the config */
} fake_changer;

static wcow_status fake_change(void *context, cJSON *config, wcow_error *err)
{
    fake_changer *fake = context;

    fake->calls++;
    free(fake->seen);
    fake->seen = json_print(json_member(config, "Cmd"));
    if (fake->refuses)
        return error_set(err, WCOW_INVALID, "not so");
    return json_add_text(config, "User", "somebody") ? WCOW_OK : error_no_memory(err);
}

static void who_changes_the_config_sees_the_containers_and_may_refuse_the_image(void **test)
{
    fixture *f = *test;
    wcow_container *web = fixture_create(f, "web", ping);
    const wcow_commit_options options = WCOW_COMMIT_OPTIONS_INIT;
    fake_changer fake = {.refuses = true};
    const config_changer change = {fake_change, &fake};
    char *id = NULL;
    char *json = NULL;

    assert_fails(&f->err, WCOW_INVALID, "not so",
                 container_commit(web, "made:1", &options, &change, &id, &f->err));
    assert_null(id);
    assert_int_equal(fixture_calls(f, "ExportLayer"), 0);
    fake.refuses = false;
    assert_ok(&f->err, container_commit(web, "made:1", &options, &change, &id, &f->err));
    wcow_free(id);
    assert_int_equal(fake.calls, 2);
    assert_string_equal(fake.seen, "[\"ping\"]");
    assert_ok(&f->err, wcow_image_inspect(f->host, "made:1", &json, &f->err));
    {
        cleanup_json cJSON *made = fixture_json(f, json);

        assert_string_equal(json_text(json_member(made, "Config"), "User", ""), "somebody");
    }
    free(fake.seen);
    assert_ok(&f->err, wcow_container_remove(web, false, &f->err));
    wcow_container_free(web);
}

static void a_container_that_another_command_has_is_busy(void **test)
{
    fixture *f = *test;
    wcow_container *web = fixture_create(f, "web", ping);
    const wcow_commit_options options = WCOW_COMMIT_OPTIONS_INIT;
    store_lock other = STORE_LOCK_INIT;
    char *id = NULL;

    assert_ok(&f->err, container_own(f->host, wcow_container_id(web), 0, &other, &f->err));
    assert_fails(&f->err, WCOW_CONFLICT,
                 "conflict: container web is busy: another command is at it",
                 wcow_container_commit(web, "made:1", &options, &id, &f->err));
    store_lock_release(&other);
    assert_ok(&f->err, wcow_container_remove(web, false, &f->err));
    wcow_container_free(web);
}

/* Standard output of this process, for a while: a pipe that nobody reads. */
static void whose_reader_has_left_says_so(void **test)
{
    fixture *f = *test;
    file_output output = {0};
    const int kept = dup(1);
    wcow_status status;
    int ends[2];

    assert_int_equal(pipe(ends), 0);
    close(ends[0]);
    fflush(stdout);
    dup2(ends[1], 1);
    close(ends[1]);
    status = file_output_open(f->host, "-", &output, &f->err);
    if (!status)
        status = output.sink.write(output.sink.context, "x", 1, &f->err);
    file_output_close(&output);
    dup2(kept, 1);
    close(kept);
    assert_int_equal(status, WCOW_STOPPED);
    assert_non_null(strstr(f->err.message, "its reader has closed it"));
    assert_string_equal(f->err.hint, "");
}

static void a_container_becomes_an_image_that_runs(void **test)
{
    fixture *f = *test;
    wcow_container *web = fixture_create(f, "web", ping);
    wcow_commit_options options = WCOW_COMMIT_OPTIONS_INIT;
    wcow_container *again;
    char *id = NULL;
    char *json = NULL;

    options.author = "somebody";
    options.comment = "why";
    assert_ok(&f->err, wcow_container_commit(web, "made:1", &options, &id, &f->err));
    assert_memory_equal(id, "sha256:", 7);
    assert_ok(&f->err, wcow_image_inspect(f->host, "made:1", &json, &f->err));
    {
        cleanup_json cJSON *made = fixture_json(f, json);

        assert_string_equal(json_text(made, "Id", ""), id);
        assert_string_equal(json_text(made, "Author", ""), "somebody");
        assert_string_equal(json_text(made, "Comment", ""), "why");
        assert_int_equal(cJSON_GetArraySize(json_path(made, "RootFS.Layers")), 3);
        assert_string_equal(cJSON_GetStringValue(json_path(made, "Config.Cmd")->child), "ping");
    }
    assert_ok(&f->err, wcow_image_history(f->host, id, &json, &f->err));
    {
        cleanup_json cJSON *rows = fixture_json(f, json);

        assert_string_equal(json_text(rows->child, "Comment", ""), "why");
        assert_non_null(strstr(json_text(rows->child, "CreatedBy", ""), "ping"));
    }
    assert_int_equal(fixture_left(f, "mounted"), 0);
    assert_int_equal(fixture_calls(f, "ExportLayer"), 1);

    /* The container is as it was; and the image serves for another. */
    assert_ok(&f->err, wcow_container_start(web, NULL, NULL, &f->err));
    assert_int_equal(wcow_container_commit(web, NULL, &options, &id, &f->err), WCOW_CONFLICT);
    assert_non_null(strstr(f->err.hint, "wcow stop web"));
    assert_ok(&f->err, wcow_container_remove(web, true, &f->err));
    wcow_container_free(web);
    {
        wcow_container_spec spec = WCOW_CONTAINER_SPEC_INIT;

        spec.image = "made:1";
        assert_ok(&f->err, wcow_container_create(f->host, &spec, &again, &f->err));
    }
    assert_ok(&f->err, wcow_container_start(again, NULL, NULL, &f->err));
    assert_ok(&f->err, wcow_container_remove(again, true, &f->err));
    wcow_container_free(again);
    wcow_free(id);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)

/* A removal that was begun and not ended: there is nothing to stop. */
static void of_what_is_half_removed_it_is_said_what_to_do(void **test)
{
    const wcow_commit_options options = WCOW_COMMIT_OPTIONS_INIT;
    fixture *f = *test;
    wcow_container *web = fixture_create(f, "web", ping);
    char *id = NULL;

    abandon(f, web, PHASE_REMOVING);
    assert_int_equal(wcow_container_commit(web, NULL, &options, &id, &f->err), WCOW_CONFLICT);
    assert_non_null(strstr(f->err.hint, "wcow rm -f web"));
    assert_null(strstr(f->err.hint, "stop"));
    assert_ok(&f->err, wcow_container_remove(web, true, &f->err));
    wcow_container_free(web);
}

#define OLD_NAMES                                                                                  \
    "1.1.1.1 of-the-image\r\n# wcow: names of this container's networks\r\n172.20.0.7 "            \
    "gone\r\n# wcow: end\r\n"

/* The names of its networks are those of its last run, and not an image's. */
static void names_of_networks_stay_out_of_an_image(void **test)
{
    static const char *const hosts[] = {"gone:172.20.0.7", NULL};
    char drive[] = "/tmp/wcow-commit-XXXXXX";
    fixture *f = *test;
    const wcow_commit_options options = WCOW_COMMIT_OPTIONS_INIT;
    wcow_container_spec spec = WCOW_CONTAINER_SPEC_INIT;
    wcow_container *web = NULL;
    cleanup_free char *path = NULL;
    cleanup_free char *folder = NULL;
    cleanup_free char *kept = NULL;
    char *id = NULL;

    assert_non_null(mkdtemp(drive));
    f->faulty.volume = drive;
    folder = text_format("mkdir -p '%s/" HOSTS_FOLDER "'", drive);
    path = text_format("%s/" HOSTS_FOLDER "/hosts", drive);
    assert_int_equal(system(folder), 0);
    assert_int_equal(f->files->replace(f->files, path, OLD_NAMES, strlen(OLD_NAMES)), HR_OK);
    spec.image = IMAGE;
    spec.name = "web";
    spec.hosts = hosts;
    assert_ok(&f->err, wcow_container_create(f->host, &spec, &web, &f->err));
    assert_ok(&f->err, wcow_container_commit(web, "made:1", &options, &id, &f->err));
    wcow_free(id);
    assert_int_equal(fixture_left(f, "mounted"), 0);
    kept = text_format("test \"$(cat '%s')\" = \"$(printf '1.1.1.1 of-the-image\r')\"", path);
    assert_int_equal(system(kept), 0);
    assert_ok(&f->err, wcow_container_remove(web, false, &f->err));
    wcow_container_free(web);
    free(folder);
    folder = text_format("rm -rf '%s'", drive);
    assert_int_equal(system(folder), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_container_that_another_command_has_is_busy),
        TEST(whose_reader_has_left_says_so),
        TEST(a_container_becomes_an_image_that_runs),
        TEST(of_what_is_half_removed_it_is_said_what_to_do),
        TEST(names_of_networks_stay_out_of_an_image),
        TEST(a_commit_changes_the_config_as_it_is_told),
        TEST(who_changes_the_config_sees_the_containers_and_may_refuse_the_image),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
