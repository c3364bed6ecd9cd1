/* SPDX-License-Identifier: MIT */
/* Containers of schema 2: who gets it, who does not, and that they live as others do. */
#include "tests/unit/engine/container/pinging.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <wcow/endpoint.h>

#include "engine/container/container.h"
#include "engine/container/record.h"
#include "engine/container/state.h"
#include "engine/host/paths.h"
#include "engine/host/store.h"
#include "engine/network/left_spaces.h"
#include "network/namespace.h"

#define NETWORK "back"

/* What it was created with. */
static int schema_of(fixture *f, const wcow_container *container)
{
    cleanup_record record *r = NULL;

    assert_ok(&f->err, record_read(f->host, container->id, &r, &f->err));
    return r->schema;
}

/* ---- its life ---- */

static void one_of_schema_2_lives_and_leaves_nothing(void **test)
{
    static const char *const command[] = {"exit", "3", NULL};
    fixture *f = *test;
    wcow_container *web = pinging_new(f, "web", 2);
    wcow_exec_spec exec = WCOW_EXEC_SPEC_INIT;
    wcow_process_info *processes = NULL;
    size_t count = 0;

    exec.command = command;
    pinging_start(f, web);
    assert_int_equal(count_namespaces(f), 1);
    assert_int_equal(fixture_left(f, "endpoints"), 1);
    assert_ok(&f->err, wcow_container_exec(web, &exec, NULL, NULL, &f->err));
    assert_ok(&f->err, wcow_container_processes(web, &processes, &count, &f->err));
    assert_true(count > 0);
    wcow_free(processes);
    assert_ok(&f->err, wcow_container_stop(web, 5, &f->err));
    fixture_assert_clean(f);
    assert_int_equal(count_namespaces(f), 0);

    /* Once more, from what is written down. */
    pinging_start(f, web);
    assert_int_equal(count_namespaces(f), 1);
    pinging_end(f, web);
    fixture_assert_clean(f);
    assert_int_equal(count_namespaces(f), 0);
}

static void one_on_no_network_has_a_namespace_to_itself(void **test)
{
    fixture *f = *test;
    wcow_container_spec spec = pinging_spec("alone", 2);
    wcow_container *alone = NULL;

    spec.network = "none";
    assert_ok(&f->err, wcow_container_create(f->host, &spec, &alone, &f->err));
    pinging_start(f, alone);
    assert_int_equal(count_namespaces(f), 1);
    assert_int_equal(fixture_left(f, "endpoints"), 0);
    pinging_end(f, alone);
    assert_int_equal(count_namespaces(f), 0);
}

static void who_shares_its_network_is_of_its_schema(void **test)
{
    fixture *f = *test;
    wcow_container *web = pinging_new(f, "web", 2);
    wcow_container_spec spec = pinging_spec("peer", 0);
    wcow_container *peer = NULL;

    spec.network = "container:web";
    pinging_start(f, web);
    assert_ok(&f->err, wcow_container_create(f->host, &spec, &peer, &f->err));
    assert_int_equal(schema_of(f, peer), 2);
    pinging_start(f, peer);
    assert_int_equal(count_namespaces(f), 1);
    pinging_end(f, peer);
    assert_int_equal(count_namespaces(f), 1);

    spec.schema = 1;
    assert_fails(&f->err, WCOW_INVALID,
                 "cannot create container 'peer': the network of container web can be shared by "
                 "containers of its own schema, which is 2",
                 wcow_container_create(f->host, &spec, &peer, &f->err));
    pinging_end(f, web);
}

static wcow_container *make_peer(fixture *f, const char *name, const char *network)
{
    wcow_container_spec spec = pinging_spec(name, 0);
    wcow_container *peer = NULL;

    spec.network = network;
    assert_ok(&f->err, wcow_container_create(f->host, &spec, &peer, &f->err));
    return peer;
}

/* A sidecar is in it: HNS refuses to delete it, and the container comes and goes as it likes. */
static void a_namespace_that_others_are_in_is_left_to_the_last_of_them(void **test)
{
    fixture *f = *test;
    wcow_container *web = pinging_new(f, "web", 2);
    wcow_container *peer = make_peer(f, "peer", "container:web");

    pinging_start(f, web);
    pinging_start(f, peer);
    assert_ok(&f->err, wcow_container_stop(web, 5, &f->err));
    assert_int_equal(count_namespaces(f), 1);
    pinging_start(f, web);
    assert_int_equal(count_namespaces(f), 2);
    assert_ok(&f->err, wcow_container_restart(web, NULL, 5, &f->err));
    assert_int_equal(count_namespaces(f), 2);
    pinging_end(f, web);
    assert_int_equal(count_namespaces(f), 1);
    pinging_end(f, peer);
    assert_int_equal(count_namespaces(f), 0);
    fixture_assert_clean(f);
}

/* The end of the last one inside went by, since HNS did not answer then. */
static void a_namespace_that_is_left_is_tried_again_by_prune(void **test)
{
    fixture *f = *test;
    wcow_container_spec spec = pinging_spec("web", 2);
    cleanup_free char *path = text_format("%s/networks/namespaces.json", f->root);
    wcow_container *web = NULL;
    wcow_container *peer;

    spec.network = "none";
    assert_ok(&f->err, wcow_container_create(f->host, &spec, &web, &f->err));
    peer = make_peer(f, "peer", "container:web");
    pinging_start(f, web);
    pinging_start(f, peer);
    pinging_end(f, web);
    assert_ok(&f->err, wcow_host_prune(f->host, NULL, NULL, &f->err));
    assert_int_equal(count_namespaces(f), 1);
    assert_true(
        sim_fault(f->fake->sim, "{\"call\":\"HNSCall\",\"every\":true,\"hr\":\"0x80004005\"}"));
    assert_ok(&f->err, wcow_container_stop(peer, 5, &f->err));
    assert_int_not_equal(wcow_host_prune(f->host, NULL, NULL, &f->err), WCOW_OK);
    assert_int_equal(count_namespaces(f), 1);
    assert_true(store_exists(f->host, path));
    sim_faults_clear(f->fake->sim);
    assert_ok(&f->err, wcow_host_prune(f->host, NULL, NULL, &f->err));
    assert_int_equal(count_namespaces(f), 0);
    assert_false(store_exists(f->host, path));
    wcow_container_free(peer);
}

/* Of whoever shares a network that is shared itself: it is the owner's. */
static void who_shares_with_a_sharer_is_in_the_owners_namespace(void **test)
{
    fixture *f = *test;
    wcow_container *web = pinging_new(f, "web", 2);
    wcow_container *peer = make_peer(f, "peer", "container:web");
    wcow_container *third = make_peer(f, "third", "container:peer");

    assert_int_equal(schema_of(f, third), 2);
    pinging_start(f, web);
    assert_int_equal(wcow_container_start(third, NULL, NULL, &f->err), WCOW_CONFLICT);
    assert_non_null(strstr(f->err.message, "cannot join network of a non running container: "));
    pinging_start(f, peer);
    pinging_start(f, third);
    assert_int_equal(count_namespaces(f), 1);
    pinging_end(f, third);
    pinging_end(f, peer);
    pinging_end(f, web);
    assert_int_equal(count_namespaces(f), 0);
}

/* Its namespace gets the endpoint: the system is not asked. */
static void it_joins_and_leaves_networks_while_it_runs(void **test)
{
    static const char *const subnets[] = {"172.40.0.0/16", NULL};
    fixture *f = *test;
    wcow_network_spec network = WCOW_NETWORK_SPEC_INIT;
    wcow_endpoint_spec endpoint = WCOW_ENDPOINT_SPEC_INIT;
    cleanup_state state *s = NULL;
    cleanup_strings string_list inside = STRING_LIST_INIT;
    wcow_container *web = pinging_new(f, "web", 2);
    char *id = NULL;

    network.name = NETWORK;
    network.subnets = subnets;
    endpoint.network = NETWORK;
    assert_ok(&f->err, wcow_network_create(f->host, &network, &id, &f->err));
    wcow_free(id);
    pinging_start(f, web);
    assert_ok(&f->err, wcow_container_connect(web, &endpoint, &f->err));
    assert_ok(&f->err, state_read(f->host, web->id, &s, &f->err));
    assert_ok(&f->err, hns_namespace_endpoints(f->fake->hcs, s->space, &inside, &f->err));
    assert_int_equal(inside.count, 2);
    assert_ok(&f->err, wcow_container_disconnect(web, NETWORK, false, &f->err));
    string_list_free(&inside);
    assert_ok(&f->err, hns_namespace_endpoints(f->fake->hcs, s->space, &inside, &f->err));
    assert_int_equal(inside.count, 1);
    assert_int_equal(fixture_calls(f, "HcsModifyComputeSystem"), 0);
    pinging_end(f, web);
    assert_int_equal(count_namespaces(f), 0);
}

/* As a run calls it, that nobody has noted. */
static void leave_namespace(fixture *f, const char *container, char **out)
{
    guid id = {{0}};
    char printed[GUID_TEXT_SIZE];

    hns_namespace_sign(container, &id);
    guid_print(&id, printed);
    assert_ok(&f->err, hns_namespace_create(f->fake->hcs, printed, out, &f->err));
}

/* Its monitor died: whoever looks at it next gives its namespace back, too. */
static void the_namespace_of_a_lost_one_is_given_back(void **test)
{
    fixture *f = *test;
    wcow_container *web = pinging_new(f, "web", 2);
    cleanup_free char *space = NULL;
    state lost = {.phase = PHASE_RUNNING, .started = 1, .networked = true};

    assert_ok(&f->err, hns_namespace_create(f->fake->hcs, "0ddba11e-0000-0000-0000-000000000001",
                                            &space, &f->err));
    lost.space = space;
    assert_ok(&f->err, state_write(f->host, web->id, &lost, &f->err));
    pinging_end(f, web);
    assert_int_equal(count_namespaces(f), 0);
}

/* The owner has gone before, and HNS has kept the namespace for the one who shares it: whose
 * monitor died, and the next who looks is the last who can tell whose it was. */
static void the_namespace_that_a_lost_one_shared_is_tried_again(void **test)
{
    fixture *f = *test;
    wcow_container *web = pinging_new(f, "web", 2);
    wcow_container *peer = make_peer(f, "peer", "container:web");
    cleanup_state state *s = NULL;
    cleanup_state state *rests = NULL;
    cleanup_free char *space = NULL;
    state lost = {.phase = PHASE_RUNNING, .started = 1, .networked = true};

    pinging_start(f, web);
    pinging_start(f, peer);
    assert_ok(&f->err, state_read(f->host, web->id, &rests, &f->err));
    assert_ok(&f->err, state_read(f->host, peer->id, &s, &f->err));
    assert_string_equal(s->shared_space, rests->space);
    assert_ok(&f->err, wcow_container_stop(peer, 5, &f->err));
    state_free(TAKE(rests));
    assert_ok(&f->err, state_read(f->host, peer->id, &rests, &f->err));
    assert_true(!rests->shared_space || !*rests->shared_space);
    pinging_end(f, web);

    leave_namespace(f, "web", &space);
    lost.shared_space = text_copy(space);
    assert_ok(&f->err, left_spaces_take(f->host, &space, &f->err));
    assert_ok(&f->err, state_write(f->host, peer->id, &lost, &f->err));
    free(lost.shared_space);
    assert_int_equal(count_namespaces(f), 1);
    free(fixture_inspect(f, peer, "State.Status"));
    assert_int_equal(count_namespaces(f), 0);
    state_free(TAKE(rests));
    assert_ok(&f->err, state_read(f->host, peer->id, &rests, &f->err));
    assert_true(!rests->shared_space || !*rests->shared_space);
    pinging_end(f, peer);
}

static void leave_unnoted(fixture *f, const char *container)
{
    cleanup_free char *space = NULL;

    leave_namespace(f, container, &space);
}

static void damage_state(fixture *f, const wcow_container *container)
{
    cleanup_free char *path = path_in_container(f->host, container->id, FILE_STATE);
    FILE *out = fopen(path, "w");

    assert_non_null(out);
    fputs("{", out);
    fclose(out);
}

#define HALF_MADE "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

/* Of a damaged one, and of the folder of one that never was; of others' not a hair is touched. */
static void a_namespace_that_nobody_has_noted_goes_with_its_container(void **test)
{
    fixture *f = *test;
    wcow_prune_options all = WCOW_PRUNE_OPTIONS_INIT;
    wcow_container *web = pinging_new(f, "web", 2);
    wcow_container *db = pinging_new(f, "db", 1);
    cleanup_free char *folder = path_of_container(f->host, HALF_MADE);

    leave_unnoted(f, "of somebody else");
    leave_unnoted(f, web->id);
    damage_state(f, web);
    pinging_end(f, web);
    assert_int_equal(count_namespaces(f), 1);
    leave_unnoted(f, db->id);
    damage_state(f, db);
    assert_int_equal(f->files->make_directory(f->files, folder), 0);
    leave_unnoted(f, HALF_MADE);
    assert_int_equal(count_namespaces(f), 3);
    assert_ok(&f->err, wcow_host_prune(f->host, &all, NULL, &f->err));
    assert_int_equal(count_namespaces(f), 1);
    wcow_container_free(db);
}

/* HcsSignalProcess has reached it, and it ends at Server Core's own time. */
static void a_stop_that_was_cut_short_is_told_of_schema_1(void **test)
{
    fixture *f = *test;

    for (int schema = 1; schema <= 2; schema++) {
        wcow_container *web = pinging_new(f, schema == 1 ? "one" : "two", schema);

        pinging_start(f, web);
        assert_true(sim_fault(f->fake->sim, "{\"notify\":65536,\"delay\":4700}"));
        assert_ok(&f->err, wcow_container_stop(web, 20, &f->err));
        if (schema == 1)
            assert_non_null(strstr(wcow_container_warnings(web)[0], "--schema 2 gets them all"));
        else
            assert_null(wcow_container_warnings(web)[0]);
        pinging_end(f, web);
    }
}

/* Schema 2 is no way out for all. */
static void who_cannot_be_of_schema_2_is_not_told_of_it(void **test)
{
    fixture *f = *test;

    for (int old = 0; old < 2; old++) {
        wcow_container_spec spec = pinging_spec("web", 1);
        wcow_container *web = NULL;

        spec.nano_cpus = old ? 0 : 1000000000;
        spec.cpu_count = old ? 0 : 1;
        assert_ok(&f->err, wcow_container_create(f->host, &spec, &web, &f->err));
        pinging_start(f, web);
        assert_true(sim_fault(f->fake->sim, "{\"notify\":65536,\"delay\":4700}"));
        f->host->version.build = old ? 17134 : 0;
        assert_ok(&f->err, wcow_container_stop(web, 20, &f->err));
        f->host->version.build = 0;
        assert_non_null(strstr(wcow_container_warnings(web)[0], "about 5 s"));
        assert_null(strstr(wcow_container_warnings(web)[0], "--schema 2"));
        pinging_end(f, web);
    }
}

/* Nobody is told of one that ended when it was asked to, or had no more than that. */
static void no_other_stop_is_told_of(void **test)
{
    fixture *f = *test;
    wcow_container *web = pinging_new(f, "web", 1);

    pinging_start(f, web);
    assert_ok(&f->err, wcow_container_stop(web, 20, &f->err));
    assert_null(wcow_container_warnings(web)[0]);
    pinging_start(f, web);
    assert_ok(&f->err, wcow_container_stop(web, 0, &f->err));
    assert_null(wcow_container_warnings(web)[0]);
    pinging_end(f, web);
}

/* ---- who gets it ---- */

static void what_the_administrator_wants_counts_where_it_can_be(void **test)
{
    fixture *f = *test;
    cleanup_free char *path = text_format("%s/daemon.json", f->root);
    wcow_container_spec spec = pinging_spec("vm", 0);
    wcow_container *container = NULL;

    container = pinging_new(f, "none", 0);
    assert_int_equal(schema_of(f, container), 1);
    wcow_container_free(container);

    assert_int_equal(f->files->replace(f->files, path, "{\"schema\":2}", 12), 0);
    container = pinging_new(f, "default", 0);
    assert_int_equal(schema_of(f, container), 2);
    wcow_container_free(container);
    container = pinging_new(f, "asked", 1);
    assert_int_equal(schema_of(f, container), 1);
    wcow_container_free(container);

    spec.isolation = WCOW_ISOLATION_HYPERV;
    assert_ok(&f->err, wcow_container_create(f->host, &spec, &container, &f->err));
    assert_int_equal(schema_of(f, container), 1);
    wcow_container_free(container);
    spec = pinging_spec("limited", 0);
    spec.nano_cpus = 1000000000;
    spec.cpu_count = 1;
    assert_ok(&f->err, wcow_container_create(f->host, &spec, &container, &f->err));
    assert_int_equal(schema_of(f, container), 1);
    wcow_container_free(container);
    f->host->version.build = 17134;
    spec = pinging_spec("old", 0);
    assert_int_not_equal(wcow_container_create(f->host, &spec, &container, &f->err), WCOW_OK);
    assert_null(strstr(f->err.message, "schema")); /* its image is too new, and no more */
    f->host->version.build = 0;

    assert_int_equal(f->files->replace(f->files, path, "{\"schema\":3}", 12), 0);
    spec = pinging_spec("bad", 0);
    assert_int_equal(wcow_container_create(f->host, &spec, &container, &f->err), WCOW_INVALID);
    assert_non_null(strstr(f->err.message, "daemon.json' is malformed: \"schema\" is 1 or 2"));
}

static void what_cannot_be_is_refused_in_words(void **test)
{
    fixture *f = *test;
    wcow_container_spec wishes[4];
    static const char *const words[] = {
        "--schema 2 is for process isolation",
        "with schema 2 CPU count and Nano CPUs cannot both be set",
        "invalid schema 3: it is 1 or 2",
        "--schema 2 needs Windows build 17763 (Server 2019) or later, and this is build 17134",
    };

    for (size_t i = 0; i < 4; i++)
        wishes[i] = pinging_spec(NULL, 2);
    wishes[0].isolation = WCOW_ISOLATION_HYPERV;
    wishes[1].nano_cpus = 1000000000;
    wishes[1].cpu_count = 1;
    wishes[2].schema = 3;
    for (size_t i = 0; i < 4; i++) {
        wcow_container *container = NULL;

        f->host->version.build = i == 3 ? 17134 : 0;
        wishes[i].isolation = i ? WCOW_ISOLATION_PROCESS : WCOW_ISOLATION_HYPERV;
        assert_int_not_equal(wcow_container_create(f->host, &wishes[i], &container, &f->err),
                             WCOW_OK);
        if (!strstr(f->err.message, words[i]))
            fail_msg("'%s' is not in '%s'", words[i], f->err.message);
    }
    f->host->version.build = 0;
}

/* Nor by the schema of the one whose network it shares. */
static void what_cannot_be_does_not_follow_either(void **test)
{
    fixture *f = *test;
    wcow_container *web = pinging_new(f, "web", 2);
    wcow_container_spec spec = pinging_spec("peer", 0);
    wcow_container *peer = NULL;

    spec.network = "container:web";
    spec.nano_cpus = 1000000000;
    spec.cpu_count = 1;
    assert_int_not_equal(wcow_container_create(f->host, &spec, &peer, &f->err), WCOW_OK);
    assert_non_null(
        strstr(f->err.message, "with schema 2 CPU count and Nano CPUs cannot both be set"));
    assert_non_null(
        strstr(f->err.message, "container web, whose network is to be shared, is of schema 2: "));
    pinging_end(f, web);
}

/* An update leads to nothing that the next start could not do. */
static void nor_is_it_updated_to_that(void **test)
{
    fixture *f = *test;
    wcow_container *web = pinging_new(f, "web", 2);
    wcow_update update = WCOW_UPDATE_INIT;

    update.cpu_count = 1;
    assert_ok(&f->err, wcow_container_update(web, &update, &f->err));
    update = (wcow_update)WCOW_UPDATE_INIT;
    update.nano_cpus = 1000000000;
    assert_int_equal(wcow_container_update(web, &update, &f->err), WCOW_INVALID);
    pinging_start(f, web);
    pinging_end(f, web);
}

static void a_plan_shows_its_documents(void **test)
{
    fixture *f = *test;
    const wcow_container_spec spec = pinging_spec(NULL, 2);
    cleanup_json cJSON *plan = NULL;
    const cJSON *system;
    const cJSON *item;
    char *json = NULL;
    size_t made = 0;

    assert_ok(&f->err, wcow_container_plan(f->host, &spec, &json, &f->err));
    plan = fixture_json(f, json);
    system = json_member(plan, "system");
    assert_int_equal(json_integer(json_member(system, "SchemaVersion"), "Major", 0), 2);
    assert_string_equal(json_text(json_path(system, "Container.Networking"), "Namespace", ""),
                        "<namespace>");
    cJSON_ArrayForEach (item, json_member(plan, "calls")) {
        made += text_equal(json_text(item, "call", ""), "HcnCreateNamespace");
        assert_null(strstr(json_text(item, "on", ""), "/namespaces/0"));
    }
    assert_int_equal(made, 1);
    assert_int_equal(count_namespaces(f), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(one_of_schema_2_lives_and_leaves_nothing, fixture_set_up,
                                        fixture_tear_down),
        cmocka_unit_test_setup_teardown(one_on_no_network_has_a_namespace_to_itself, fixture_set_up,
                                        fixture_tear_down),
        cmocka_unit_test_setup_teardown(a_namespace_that_others_are_in_is_left_to_the_last_of_them,
                                        fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(a_namespace_that_is_left_is_tried_again_by_prune,
                                        fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(who_shares_with_a_sharer_is_in_the_owners_namespace,
                                        fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(who_shares_its_network_is_of_its_schema, fixture_set_up,
                                        fixture_tear_down),
        cmocka_unit_test_setup_teardown(it_joins_and_leaves_networks_while_it_runs, fixture_set_up,
                                        fixture_tear_down),
        cmocka_unit_test_setup_teardown(the_namespace_of_a_lost_one_is_given_back, fixture_set_up,
                                        fixture_tear_down),
        cmocka_unit_test_setup_teardown(the_namespace_that_a_lost_one_shared_is_tried_again,
                                        fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(a_namespace_that_nobody_has_noted_goes_with_its_container,
                                        fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(a_stop_that_was_cut_short_is_told_of_schema_1,
                                        fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(who_cannot_be_of_schema_2_is_not_told_of_it, fixture_set_up,
                                        fixture_tear_down),
        cmocka_unit_test_setup_teardown(no_other_stop_is_told_of, fixture_set_up,
                                        fixture_tear_down),
        cmocka_unit_test_setup_teardown(what_the_administrator_wants_counts_where_it_can_be,
                                        fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(what_cannot_be_does_not_follow_either, fixture_set_up,
                                        fixture_tear_down),
        cmocka_unit_test_setup_teardown(what_cannot_be_is_refused_in_words, fixture_set_up,
                                        fixture_tear_down),
        cmocka_unit_test_setup_teardown(nor_is_it_updated_to_that, fixture_set_up,
                                        fixture_tear_down),
        cmocka_unit_test_setup_teardown(a_plan_shows_its_documents, fixture_set_up,
                                        fixture_tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
