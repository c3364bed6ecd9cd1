/* SPDX-License-Identifier: MIT */
/* Names in the hosts files of containers that run already: who comes, goes, or is renamed. */
#include "tests/unit/engine/fixture.h"

#include <stdlib.h>
#include <string.h>

#include <wcow/endpoint.h>

#include "base/error.h"
#include "engine/container/container.h"
#include "engine/host/host_stores.h"
#include "engine/host/paths.h"
#include "layer/store/scratch.h"

#define NETWORK "back"

/* Of all containers. */
static char drives[32];

static const char *const ping[] = {"ping", NULL};

static int set_up(void **test)
{
    static const char *const subnets[] = {"172.40.0.0/16", NULL};
    wcow_network_spec spec = WCOW_NETWORK_SPEC_INIT;
    fixture *f;
    char *id = NULL;

    fixture_set_up(test);
    f = *test;
    spec.name = NETWORK;
    spec.subnets = subnets;
    assert_ok(&f->err, wcow_network_create(f->host, &spec, &id, &f->err));
    wcow_free(id);
    assert_non_null(mkdtemp(strcpy(drives, "/tmp/wcow-drives-XXXXXX")));
    f->monitors.drives = drives;
    f->faulty.drives = drives;
    return 0;
}

static int tear_down(void **test)
{
    cleanup_free char *command = text_format("rm -rf '%s'", drives);

    fixture_tear_down(test);
    return system(command);
}

/* One on the network that runs. */
static wcow_container *run_one(fixture *f, const char *name, wcow_isolation isolation)
{
    wcow_container_spec spec = WCOW_CONTAINER_SPEC_INIT;
    wcow_container *container = NULL;

    spec.image = IMAGE;
    spec.name = name;
    spec.command = ping;
    spec.network = NETWORK;
    spec.isolation = isolation;
    assert_ok(&f->err, wcow_container_create(f->host, &spec, &container, &f->err));
    assert_ok(&f->err, wcow_container_start(container, NULL, NULL, &f->err));
    return container;
}

/* "" if there is none. */
static char *hosts_of(fixture *f, const wcow_container *container)
{
    cleanup_free char *scratch = path_of_scratch(f->host, container->id);
    cleanup_free char *volume = NULL;
    cleanup_free char *path = NULL;
    layer_store layers;
    char *bytes = NULL;
    size_t size = 0;

    assert_ok(&f->err, host_layers(f->host, &layers, &f->err));
    assert_ok(&f->err, scratch_volume(&layers, scratch, &volume, &f->err));
    path = text_format("%s/%.*s/" HOSTS_FOLDER "/hosts", drives, (int)strcspn(volume + 11, "}"),
                       volume + 11);
    if (f->files->read(f->files, path, 1 << 16, &bytes, &size))
        return text_copy("");
    return bytes;
}

static void expect(fixture *f, const wcow_container *container, const char *words, bool there)
{
    cleanup_free char *words_of = hosts_of(f, container);

    if ((strstr(words_of, words) != NULL) != there)
        fail_msg("'%s' %s in:\n%s", words, there ? "is missing" : "is still", words_of);
}

static void who_comes_later_is_found(void **test)
{
    fixture *f = *test;
    wcow_container *web = run_one(f, "web", WCOW_ISOLATION_PROCESS);
    wcow_container *db = NULL;

    expect(f, web, " db\r\n", false);
    db = run_one(f, "db", WCOW_ISOLATION_PROCESS);
    expect(f, web, " db\r\n", true);
    expect(f, db, " web\r\n", true);
    assert_ok(&f->err, wcow_container_rename(db, "store", &f->err));
    expect(f, web, " db\r\n", false);
    expect(f, web, " store\r\n", true);
    assert_ok(&f->err, wcow_container_stop(db, 0, &f->err));
    expect(f, web, " store\r\n", false);
    assert_ok(&f->err, wcow_container_start(db, NULL, NULL, &f->err));
    expect(f, web, " store\r\n", true);
    wcow_container_free(web);
    wcow_container_free(db);
}

static void who_joins_and_leaves_while_it_runs_is_told_of(void **test)
{
    fixture *f = *test;
    wcow_endpoint_spec spec = WCOW_ENDPOINT_SPEC_INIT;
    static const char *const aliases[] = {"cache", NULL};
    wcow_container *web = run_one(f, "web", WCOW_ISOLATION_PROCESS);
    wcow_container *db = fixture_create(f, "db", ping);

    assert_ok(&f->err, wcow_container_start(db, NULL, NULL, &f->err));
    expect(f, web, " db\r\n", false); /* it is on the default network */
    spec.network = NETWORK;
    spec.aliases = aliases;
    assert_ok(&f->err, wcow_container_connect(db, &spec, &f->err));
    expect(f, web, " db\r\n", true);
    expect(f, web, " cache\r\n", true);
    expect(f, db, " web\r\n", true);
    assert_ok(&f->err, wcow_container_disconnect(db, NETWORK, false, &f->err));
    expect(f, web, " cache\r\n", false);
    expect(f, db, " web\r\n", false);
    wcow_container_free(web);
    wcow_container_free(db);
}

static size_t warnings(fixture *f, wcow_isolation isolation)
{
    wcow_container_spec spec = WCOW_CONTAINER_SPEC_INIT;
    cleanup_json cJSON *plan = NULL;
    char *json = NULL;

    spec.image = IMAGE;
    spec.network = NETWORK;
    spec.isolation = isolation;
    assert_ok(&f->err, wcow_container_plan(f->host, &spec, &json, &f->err));
    plan = fixture_json(f, json);
    return (size_t)cJSON_GetArraySize(json_member(plan, "warnings"));
}

static void what_nobody_reaches_is_said_at_create(void **test)
{
    fixture *f = *test;

    assert_int_equal(warnings(f, WCOW_ISOLATION_PROCESS), 0);
    assert_int_equal(warnings(f, WCOW_ISOLATION_HYPERV), 1);
}

/* Another's start is none of its own failures. */
static void a_file_that_cannot_be_written_holds_nobody_up(void **test)
{
    fixture *f = *test;
    wcow_container *web = run_one(f, "web", WCOW_ISOLATION_PROCESS);
    wcow_container *db = NULL;

    assert_true(sim_fault(f->fake->sim, "{\"call\":\"GetLayerMountPath\",\"nth\":2,"
                                        "\"hr\":\"0x80070005\"}"));
    db = run_one(f, "db", WCOW_ISOLATION_PROCESS);
    sim_faults_clear(f->fake->sim);
    assert_ok(&f->err, wcow_container_rename(db, "store", &f->err));
    expect(f, web, " store\r\n", true); /* the next change makes up for it */
    wcow_container_free(web);
    wcow_container_free(db);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        TEST(who_comes_later_is_found),
        TEST(who_joins_and_leaves_while_it_runs_is_told_of),
        TEST(what_nobody_reaches_is_said_at_create),
        TEST(a_file_that_cannot_be_written_holds_nobody_up),
    };

    return cmocka_run_group_tests_name("engine/container/peer_names", tests, NULL, NULL);
}
