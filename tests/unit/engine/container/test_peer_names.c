/* SPDX-License-Identifier: MIT */
/* Names in the hosts files of containers that run already: who comes, goes, or is renamed. */
#include "tests/unit/engine/fixture.h"

#include <stdlib.h>
#include <string.h>

#include <wcow/endpoint.h>

#include "base/condition.h"
#include "base/error.h"
#include "engine/container/container.h"
#include "engine/container/state.h"
#include "engine/host/host_stores.h"
#include "engine/host/paths.h"
#include "engine/host/store.h"
#include "layer/store/scratch.h"
#include "port/clock.h"
#include "tests/unit/engine/container/abandon.h"

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

/* Of one whose drive is mounted. */
static char *hosts_path(fixture *f, const wcow_container *container)
{
    cleanup_free char *scratch = path_of_scratch(f->host, container->id);
    cleanup_free char *volume = NULL;
    layer_store layers;

    assert_ok(&f->err, host_layers(f->host, &layers, &f->err));
    assert_ok(&f->err, scratch_volume(&layers, scratch, &volume, &f->err));
    return text_format("%s/%.*s/" HOSTS_FOLDER "/hosts", drives, (int)strcspn(volume + 11, "}"),
                       volume + 11);
}

/* "" if there is none. */
static char *hosts_of(fixture *f, const wcow_container *container)
{
    cleanup_free char *path = hosts_path(f, container);
    char *bytes = NULL;
    size_t size = 0;

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

/* ---- those that are gone, and nobody said so ---- */

static wcow_status had_address(void *context, state *s, wcow_error *err)
{
    static char words[][16] = {"e1", NETWORK, "172.40.0.77", ""};
    const hns_endpoint left = {.id = words[0],
                               .network_name = words[1],
                               .ip_address = words[2],
                               .name = words[3],
                               .gateway = words[3]};

    (void)context;
    (void)err;
    return hns_endpoint_list_add(&s->endpoints, &left) ? WCOW_OK : WCOW_NO_MEMORY;
}

/* HNS may have given its address to another one. */
static void one_whose_monitor_was_killed_is_named_to_nobody(void **test)
{
    static const char stale[] = "# wcow: names of this container's networks\r\n"
                                "172.40.0.77 db\r\n# wcow: end\r\n";
    fixture *f = *test;
    wcow_container *web = run_one(f, "web", WCOW_ISOLATION_PROCESS);
    wcow_container *db = run_one(f, "db", WCOW_ISOLATION_PROCESS);
    wcow_container *app = NULL;
    wcow_container *found = NULL;
    cleanup_free char *path = hosts_path(f, web);

    assert_ok(&f->err, wcow_container_stop(db, 0, &f->err));
    abandon(f, db, PHASE_RUNNING);
    assert_ok(&f->err, state_change(f->host, db->id, had_address, NULL, &f->err));
    app = run_one(f, "app", WCOW_ISOLATION_PROCESS);
    expect(f, web, " app\r\n", true);
    expect(f, web, " db\r\n", false);
    expect(f, app, " db\r\n", false);
    assert_int_equal(f->files->replace(f->files, path, stale, sizeof stale - 1), HR_OK);
    assert_ok(&f->err, wcow_container_open(f->host, "db", &found, &f->err));
    expect(f, web, " db\r\n", false); /* whoever finds it tells all */
    wcow_container_free(found);
    wcow_container_free(web);
    wcow_container_free(db);
    wcow_container_free(app);
}

/* ---- those that end ---- */

static void take_drive(fixture *f, const wcow_container *container, store_lock *lock)
{
    cleanup_free char *path = path_in_container(f->host, container->id, FILE_HOSTS_LOCK);

    assert_ok(&f->err, store_lock_take(f->host, path, 0, lock, &f->err));
}

static void who_unmounts_a_drive_has_it_alone(void **test)
{
    fixture *f = *test;
    wcow_container *web = run_one(f, "web", WCOW_ISOLATION_PROCESS);
    wcow_container *db = run_one(f, "db", WCOW_ISOLATION_PROCESS);
    store_lock lock = STORE_LOCK_INIT;

    take_drive(f, web, &lock);
    assert_ok(&f->err, wcow_container_rename(db, "store", &f->err));
    expect(f, web, " store\r\n", false); /* it might be ending */
    store_lock_release(&lock);
    assert_ok(&f->err, wcow_container_rename(db, "db", &f->err));
    expect(f, web, " db\r\n", true);
    wcow_container_free(web);
    wcow_container_free(db);
}

static void who_writes_into_it_is_waited_for_but_not_for_long(void **test)
{
    fixture *f = *test;
    wcow_container *web = run_one(f, "web", WCOW_ISOLATION_PROCESS);
    store_lock lock = STORE_LOCK_INIT;
    const uint64_t before = clock_ticks();

    take_drive(f, web, &lock);
    assert_ok(&f->err, wcow_container_stop(web, 0, &f->err));
    assert_in_range(clock_ticks() - before, 900, 30000);
    store_lock_release(&lock);
    wcow_container_free(web);
}

/* ---- a service that is stuck ---- */

static bool has_strays(fixture *f)
{
    bool some;

    pthread_mutex_lock(&f->host->lock);
    some = f->host->strays > 0;
    pthread_mutex_unlock(&f->host->lock);
    return some;
}

static void whatever_takes_long_holds_nobody_up(void **test)
{
    fixture *f = *test;
    wcow_container *web = run_one(f, "web", WCOW_ISOLATION_PROCESS);
    wcow_container *db = run_one(f, "db", WCOW_ISOLATION_PROCESS);
    uint64_t before;

    f->host->limits.answer = 200;
    assert_true(
        sim_fault(f->fake->sim, "{\"call\":\"GetLayerMountPath\",\"nth\":1,\"delay\":3000}"));
    before = clock_ticks();
    assert_ok(&f->err, wcow_container_rename(db, "store", &f->err));
    assert_in_range(clock_ticks() - before, 0, 2500);
    assert_true(has_strays(f));
    while (has_strays(f))
        clock_sleep(20);
    sim_faults_clear(f->fake->sim);
    expect(f, web, " store\r\n", true); /* it was done in the end */
    wcow_container_free(web);
    wcow_container_free(db);
}

/* ---- names that were there ---- */

/* The drives of all mounts are one: what a run has written the next one finds. */
static void share_drive(fixture *f)
{
    cleanup_free char *command = text_format("mkdir -p '%s/" HOSTS_FOLDER "'", drives);

    assert_int_equal(system(command), 0);
    f->monitors.drives = f->faulty.drives = NULL;
    f->monitors.volume = f->faulty.volume = drives;
}

static bool names_db(void)
{
    cleanup_free char *command =
        text_format("grep -q ' db' '%s/" HOSTS_FOLDER "/hosts' 2>/dev/null", drives);

    return system(command) == 0;
}

/* db's own file is written by nobody, since it is in a virtual machine. In one, web's drive is
 * mounted for its names: with them, then to take them out, and then never again. */
static void who_left_his_last_network_finds_nobody(void **test)
{
    static const struct {
        wcow_isolation isolation;
        size_t mounts[3];
    } cases[] = {
        {WCOW_ISOLATION_PROCESS, {1, 1, 1}},
        {WCOW_ISOLATION_HYPERV, {1, 1, 0}},
    };
    fixture *f = *test;
    wcow_container *db = run_one(f, "db", WCOW_ISOLATION_HYPERV);

    share_drive(f);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        wcow_container *web = run_one(f, "web", cases[i].isolation);

        assert_true(names_db());
        assert_ok(&f->err, wcow_container_stop(web, 0, &f->err));
        for (size_t k = 0; k < 3; k++) {
            const size_t before = fixture_calls(f, "PrepareLayer");

            assert_ok(&f->err, wcow_container_start(web, NULL, NULL, &f->err));
            assert_int_equal(fixture_calls(f, "PrepareLayer") - before, cases[i].mounts[k]);
            assert_int_equal(names_db(), !k);
            assert_ok(&f->err, wcow_container_stop(web, 0, &f->err));
            if (!k)
                assert_ok(&f->err, wcow_container_disconnect(web, NETWORK, false, &f->err));
        }
        assert_ok(&f->err, wcow_container_remove(web, true, &f->err));
        wcow_container_free(web);
    }
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
        TEST(one_whose_monitor_was_killed_is_named_to_nobody),
        TEST(who_unmounts_a_drive_has_it_alone),
        TEST(who_writes_into_it_is_waited_for_but_not_for_long),
        TEST(whatever_takes_long_holds_nobody_up),
        TEST(who_left_his_last_network_finds_nobody),
    };

    return cmocka_run_group_tests_name("engine/container/peer_names", tests, NULL, NULL);
}
