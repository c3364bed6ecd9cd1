/* SPDX-License-Identifier: MIT */
/* What a container's and an image's life leaves in events.log: Docker's names, in its order. */
#include "base/error.h"
#include "tests/unit/engine/fixture.h"

#include <stdlib.h>
#include <string.h>

static const char *const ping[] = {"ping", NULL};

/* The file's events as "container start", one a line; `last` becomes the last one of that action.
 */
static void read_events(fixture *f, text *out, const char *wanted, cJSON **last)
{
    cleanup_free char *path = text_format("%s/events.log", f->root);
    cleanup_free char *bytes = NULL;
    size_t size = 0;

    assert_false(HR_FAILED(f->files->read(f->files, path, (size_t)1 << 20, &bytes, &size)));
    for (char *line = bytes; *line; line += strcspn(line, "\n") + 1) {
        cleanup_json cJSON *event = NULL;

        assert_ok(&f->err, json_parse(line, strcspn(line, "\n"), "an event", &event, &f->err));
        text_addf(out, "%s %s\n", json_text(event, "Type", ""), json_text(event, "Action", ""));
        if (last && text_equal(json_text(event, "Action", ""), wanted)) {
            cJSON_Delete(*last);
            *last = TAKE(event);
        }
    }
}

static const char *attribute(const cJSON *event, const char *name)
{
    return json_text(json_path(event, "Actor.Attributes"), name, "");
}

static void a_life_is_told_in_docker_s_words(void **state)
{
    fixture *f = *state;
    wcow_container *web = fixture_create(f, "web", ping);
    cleanup_text text told = TEXT_INIT;
    cleanup_json cJSON *last = NULL;

    assert_ok(&f->err, wcow_container_start(web, NULL, NULL, &f->err));
    assert_ok(&f->err, wcow_container_stop(web, 5, &f->err));
    assert_ok(&f->err, wcow_container_rename(web, "old", &f->err));
    assert_ok(&f->err, wcow_container_remove(web, false, &f->err));
    read_events(f, &told, "die", &last);
    assert_string_equal(text_get(&told), "image load\ncontainer create\n"
                                         "network connect\ncontainer start\n"
                                         "container kill\nnetwork disconnect\n"
                                         "container die\ncontainer stop\n"
                                         "container rename\ncontainer destroy\n");
    assert_string_equal(json_text(last, "id", ""), wcow_container_id(web));
    assert_string_equal(json_text(last, "from", ""), IMAGE);
    assert_string_equal(attribute(last, "name"), "web");
    assert_string_equal(attribute(last, "image"), IMAGE);
    assert_string_equal(attribute(last, "exitCode"), "3221225786");
    assert_string_equal(attribute(last, "execDuration"), "0");
    wcow_container_free(web);
}

static void labels_and_signals_are_attributes(void **state)
{
    static const char *const labels[] = {"tier=front=end", "alone", "name=mine", NULL};
    fixture *f = *state;
    wcow_container_spec spec = WCOW_CONTAINER_SPEC_INIT;
    wcow_container *web = NULL;
    cleanup_text text told = TEXT_INIT;
    cleanup_json cJSON *last = NULL;

    spec.image = IMAGE;
    spec.name = "web";
    spec.labels = labels;
    assert_ok(&f->err, wcow_container_create(f->host, &spec, &web, &f->err));
    assert_ok(&f->err, wcow_container_start(web, NULL, NULL, &f->err));
    assert_ok(&f->err, wcow_container_kill(web, "SIGKILL", &f->err));
    read_events(f, &told, "kill", &last);
    assert_string_equal(attribute(last, "signal"), "9");
    assert_string_equal(attribute(last, "tier"), "front=end");
    assert_string_equal(attribute(last, "alone"), "");
    assert_string_equal(attribute(last, "name"), "web"); /* its name is none of the label's */
    wcow_container_free(web);
}

static wcow_container *create_with_volume(fixture *f, bool auto_remove)
{
    static const char *const mounts[] = {"data:C:\\data", "C:\\scratch", NULL};
    wcow_container_spec spec = WCOW_CONTAINER_SPEC_INIT;
    wcow_container *web = NULL;

    spec.image = IMAGE;
    spec.name = "web";
    spec.command = ping;
    spec.mounts = mounts;
    spec.network = "none";
    spec.auto_remove = auto_remove;
    assert_ok(&f->err, wcow_container_create(f->host, &spec, &web, &f->err));
    return web;
}

/* Each run mounts them anew. */
static void volumes_are_mounted_and_unmounted(void **state)
{
    fixture *f = *state;
    wcow_container *web = create_with_volume(f, false);
    cleanup_text text told = TEXT_INIT;
    cleanup_json cJSON *mounted = NULL;
    cleanup_json cJSON *unmounted = NULL;
    cleanup_text text again = TEXT_INIT;

    assert_ok(&f->err, wcow_container_start(web, NULL, NULL, &f->err));
    assert_ok(&f->err, wcow_container_kill(web, "KILL", &f->err));
    read_events(f, &told, "mount", &mounted);
    assert_non_null(strstr(text_get(&told), "container create\nvolume mount\nvolume mount\n"
                                            "container start\ncontainer kill\n"
                                            "volume unmount\nvolume unmount\ncontainer die\n"));
    assert_string_equal(attribute(mounted, "driver"), "local");
    assert_string_equal(attribute(mounted, "container"), wcow_container_id(web));
    assert_string_equal(attribute(mounted, "read/write"), "true");
    assert_true(text_starts_with(attribute(mounted, "destination"), "C:\\"));
    read_events(f, &again, "unmount", &unmounted);
    assert_string_equal(attribute(unmounted, "container"), wcow_container_id(web));
    assert_string_equal(attribute(unmounted, "destination"), "");
    assert_ok(&f->err, wcow_container_remove(web, true, &f->err));
    wcow_container_free(web);
}

/* With --rm, too: dockerd does not take this end for one. */
static void a_restart_is_told_and_is_no_end(void **state)
{
    fixture *f = *state;
    wcow_container *web = create_with_volume(f, true);
    cleanup_text text told = TEXT_INIT;
    cleanup_free char *status = NULL;

    assert_ok(&f->err, wcow_container_start(web, NULL, NULL, &f->err));
    assert_ok(&f->err, wcow_container_restart(web, NULL, 5, &f->err));
    read_events(f, &told, NULL, NULL);
    assert_non_null(strstr(text_get(&told), "container die\ncontainer stop\nvolume mount\n"
                                            "volume mount\ncontainer start\ncontainer restart\n"));
    assert_null(strstr(text_get(&told), "destroy"));
    status = fixture_inspect(f, web, "State.Status");
    assert_string_equal(status, "running");
    assert_ok(&f->err, wcow_container_stop(web, 5, &f->err));
    fixture_settle(f);
    text_cut(&told, 0);
    read_events(f, &told, NULL, NULL);
    assert_non_null(strstr(text_get(&told), "container destroy\n"));
    wcow_container_free(web);
}

static void what_would_not_stop_is_not_started(void **state)
{
    fixture *f = *state;
    wcow_container *web = create_with_volume(f, false);
    cleanup_text text told = TEXT_INIT;

    assert_ok(&f->err, wcow_container_start(web, NULL, NULL, &f->err));
    assert_int_equal(wcow_container_restart(web, "NOSUCH", 0, &f->err), WCOW_INVALID);
    read_events(f, &told, NULL, NULL);
    assert_null(strstr(text_get(&told), "container die"));
    assert_null(strstr(text_get(&told), "container restart"));
    assert_ok(&f->err, wcow_container_remove(web, true, &f->err));
    wcow_container_free(web);
}

static void a_network_of_the_host_is_named(void **state)
{
    fixture *f = *state;
    wcow_container *web = fixture_create(f, "web", ping);
    cleanup_text text told = TEXT_INIT;
    cleanup_json cJSON *last = NULL;

    assert_ok(&f->err, wcow_container_start(web, NULL, NULL, &f->err));
    assert_ok(&f->err, wcow_container_remove(web, true, &f->err));
    read_events(f, &told, "disconnect", &last);
    assert_string_equal(attribute(last, "container"), wcow_container_id(web));
    assert_string_equal(attribute(last, "name"), "nat");
    assert_int_equal(strlen(json_text(json_path(last, "Actor"), "ID", "")), 36);
    wcow_container_free(web);
}

static void an_exec_tells_its_command_and_its_end(void **state)
{
    static const char *const command[] = {"exit", "3", NULL};
    fixture *f = *state;
    wcow_container *web = fixture_create(f, "web", ping);
    wcow_exec_spec spec = WCOW_EXEC_SPEC_INIT;
    wcow_attach_options attach = WCOW_ATTACH_OPTIONS_INIT;
    wcow_outcome outcome = WCOW_OUTCOME_INIT;
    cleanup_text text told = TEXT_INIT;
    cleanup_json cJSON *last = NULL;

    spec.command = command;
    assert_ok(&f->err, wcow_container_start(web, NULL, NULL, &f->err));
    assert_ok(&f->err, wcow_container_exec(web, &spec, &attach, &outcome, &f->err));
    read_events(f, &told, "exec_die", &last);
    assert_non_null(strstr(text_get(&told), "container exec_create: exit 3\n"
                                            "container exec_start: exit 3\n"
                                            "container exec_die\n"));
    assert_int_equal(strlen(attribute(last, "execID")), 64);
    assert_string_equal(attribute(last, "exitCode"), "3");
    assert_ok(&f->err, wcow_container_remove(web, true, &f->err));
    wcow_container_free(web);
}

static void an_image_comes_gets_a_name_and_goes(void **state)
{
    fixture *f = *state;
    cleanup_text text told = TEXT_INIT;
    cleanup_json cJSON *last = NULL;

    assert_ok(&f->err, wcow_image_tag(f->host, IMAGE, "mine:2", &f->err));
    assert_ok(&f->err, wcow_image_remove(f->host, "mine:2", false, NULL, NULL, &f->err));
    assert_ok(&f->err, wcow_image_remove(f->host, IMAGE, false, NULL, NULL, &f->err));
    read_events(f, &told, "tag", &last);
    assert_string_equal(text_get(&told),
                        "image load\nimage tag\nimage untag\nimage untag\nimage delete\n");
    assert_string_equal(attribute(last, "name"), "mine:2");
    assert_true(text_starts_with(json_text(last, "id", ""), "sha256:"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(a_life_is_told_in_docker_s_words),      TEST(labels_and_signals_are_attributes),
        TEST(volumes_are_mounted_and_unmounted),     TEST(a_restart_is_told_and_is_no_end),
        TEST(what_would_not_stop_is_not_started),    TEST(a_network_of_the_host_is_named),
        TEST(an_exec_tells_its_command_and_its_end), TEST(an_image_comes_gets_a_name_and_goes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
