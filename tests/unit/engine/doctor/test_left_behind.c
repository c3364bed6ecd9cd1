/* SPDX-License-Identifier: MIT */
/* What dead monitors and unfinished work leave behind: the doctor finds it, and --fix gives it
 * back. */
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "engine/container/state.h"
#include "engine/doctor/doctor.h"
#include "engine/host/paths.h"
#include "engine/system/prune.h"
#include "network/endpoint.h"
#include "network/namespace.h"
#include "network/network.h"
#include "tests/unit/engine/container/abandon.h"
#include "tests/unit/engine/doctor/made_up.h"

static void what_a_dead_monitor_left_is_told_and_given_back(void **test)
{
    fixture *f = *test;
    wcow_container *web = fixture_create(f, "web", NULL);
    cleanup_free char *scratch = path_of_scratch(f->host, wcow_container_id(web));
    cleanup_free char *status = NULL;

    be_well();
    assert_int_equal(f->fake->storage->activate_layer(f->fake->storage, scratch), 0);
    abandon(f, web, PHASE_RUNNING);
    expect_finding(f, "monitors", "warning", "1 container whose monitor died: web", "--fix");
    expect_finding(f, "scratches", "warning", "web", "--fix");
    assert_int_equal(fixture_left(f, "mounted"), 1); /* it only looked */
    expect_mended(f, "monitors");
    expect_finding(f, "scratches", "fine", "no", "");
    fixture_assert_clean(f);
    status = fixture_inspect(f, web, "State.Status");
    assert_string_equal(status, "exited");
    wcow_container_free(web);
}

/* A disk that stayed mounted since the service failed, of a container that rests since. */
static void a_disk_of_a_resting_container_is_given_back(void **test)
{
    fixture *f = *test;
    wcow_container *web = fixture_create(f, "web", NULL);
    cleanup_free char *scratch = path_of_scratch(f->host, wcow_container_id(web));

    be_well();
    assert_int_equal(f->fake->storage->activate_layer(f->fake->storage, scratch), 0);
    abandon(f, web, PHASE_EXITED);
    expect_finding(f, "monitors", "fine", "no", "");
    expect_mended(f, "scratches");
    fixture_assert_clean(f);
    wcow_container_free(web);
}

static char *endpoint_for(fixture *f, const char *id)
{
    hns_network network = {0};
    hns_endpoint endpoint = {0};
    hns_endpoint_wish wish = {0};
    cleanup_free char *name = hns_endpoint_name(id, 1);
    char *made;

    assert_ok(&f->err, hns_network_default(f->fake->hcs, &network, &f->err));
    wish.network_id = network.id;
    wish.name = name;
    assert_ok(&f->err, hns_endpoint_create(f->fake->hcs, &wish, &endpoint, &f->err));
    made = text_copy(endpoint.id);
    hns_endpoint_free(&endpoint);
    hns_network_free(&network);
    return made;
}

static void endpoints_of_resting_containers_go_and_others_stay(void **test)
{
    fixture *f = *test;
    wcow_container *web = fixture_create(f, "web", NULL);
    cleanup_free char *ours = endpoint_for(f, wcow_container_id(web));
    cleanup_free char *elsewhere = endpoint_for(f, "of-another-store");
    cleanup_endpoint hns_endpoint found_again = HNS_ENDPOINT_INIT;

    be_well();
    expect_finding(f, "endpoints", "warning", "1 that nobody watches", "--fix");
    expect_finding(f, "endpoints", "warning", "1 of another store", "--fix");
    expect_mended(f, "endpoints");
    assert_int_equal(fixture_left(f, "endpoints"), 1);
    assert_int_equal(hns_endpoint_get(f->fake->hcs, ours, &found_again, NULL), WCOW_NOT_FOUND);
    assert_ok(&f->err, hns_endpoint_delete(f->fake->hcs, elsewhere, &f->err));
    wcow_container_free(web);
}

static void namespaces_of_resting_containers_go_and_others_stay(void **test)
{
    static const char others[] = "0ddba11e-0000-0000-0000-000000000001";
    fixture *f = *test;
    wcow_container *web = fixture_create(f, "web", NULL);
    guid id = {{0}};
    char ours[GUID_TEXT_SIZE];
    cleanup_free char *made = NULL;
    cleanup_free char *beside = NULL;

    be_well();
    expect_finding(f, "namespaces", "fine", "0 of running", "");
    hns_namespace_sign(wcow_container_id(web), &id);
    guid_print(&id, ours);
    assert_ok(&f->err, hns_namespace_create(f->fake->hcs, ours, &made, &f->err));
    assert_ok(&f->err, hns_namespace_create(f->fake->hcs, others, &beside, &f->err));
    expect_finding(f, "namespaces", "warning",
                   "1 of other engines or stores of wcow's, 1 that nobody watches", "--fix");
    expect_mended(f, "namespaces");
    expect_finding(f, "namespaces", "fine", "0 of running containers, 1 of other engines or stores",
                   "");
    assert_ok(&f->err, hns_namespace_delete(f->fake->hcs, others, &f->err));
    wcow_container_free(web);
}

/* What is signed with its digits is its own, and none of ours to take away. */
static void a_namespace_of_what_a_newer_wcow_made_is_told_apart(void **test)
{
    static const char newer[] = "{\"version\":99}";
    fixture *f = *test;
    wcow_container *web = fixture_create(f, "web", NULL);
    cleanup_free char *path = path_in_container(f->host, wcow_container_id(web), FILE_STATE);
    cleanup_free char *made = NULL;
    guid id = {{0}};
    char space[GUID_TEXT_SIZE];

    be_well();
    hns_namespace_sign(wcow_container_id(web), &id);
    guid_print(&id, space);
    assert_ok(&f->err, hns_namespace_create(f->fake->hcs, space, &made, &f->err));
    assert_int_equal(f->files->replace(f->files, path, newer, strlen(newer)), 0);
    expect_finding(f, "namespaces", "fine", "1 of another store of wcow's", "Get-HnsNamespace");
    assert_ok(&f->err, hns_namespace_delete(f->fake->hcs, space, &f->err));
    wcow_container_free(web);
}

static wcow_container *start_of_schema_2(fixture *f, const char *name, const char *network)
{
    static const char *const ping[] = {"ping", NULL};
    wcow_container_spec spec = WCOW_CONTAINER_SPEC_INIT;
    wcow_container *container = NULL;

    spec.image = IMAGE;
    spec.name = name;
    spec.command = ping;
    spec.schema = network ? 0 : 2;
    spec.network = network;
    assert_ok(&f->err, wcow_container_create(f->host, &spec, &container, &f->err));
    assert_ok(&f->err, wcow_container_start(container, NULL, NULL, &f->err));
    return container;
}

#define KEPT ", 1 kept until the last container in it ends"

static void expect_kept(fixture *f, const char *finding)
{
    expect_finding(f, "namespaces", "fine", finding, "");
    cJSON_Delete(examine_one(f, "namespaces", true)); /* tries in vain, and takes nothing away */
    expect_finding(f, "namespaces", "fine", finding, "");
}

/* HNS does not delete it while the sidecar is in it: that is how it is, and nobody's fault. */
static void a_namespace_that_a_sidecar_is_in_is_no_finding(void **test)
{
    fixture *f = *test;
    wcow_container *web = start_of_schema_2(f, "web", NULL);
    wcow_container *peer = start_of_schema_2(f, "peer", "container:web");
    cleanup_json cJSON *tried = NULL;

    be_well();
    expect_finding(f, "namespaces", "fine", "1 of running containers", "");
    assert_ok(&f->err, wcow_container_stop(web, 5, &f->err));
    expect_kept(f, "0 of running containers" KEPT);
    tried = examine_one(f, "namespaces", true);
    assert_false(json_bool(tried->child, "Fixed", true));
    assert_ok(&f->err, wcow_container_start(web, NULL, NULL, &f->err));
    expect_kept(f, "1 of running containers" KEPT);
    assert_ok(&f->err, wcow_container_remove(web, true, &f->err));
    expect_kept(f, "0 of running containers" KEPT);

    /* The end of the last one inside goes by, since HNS does not answer then. */
    assert_true(
        sim_fault(f->fake->sim, "{\"call\":\"HNSCall\",\"every\":true,\"hr\":\"0x80004005\"}"));
    assert_ok(&f->err, wcow_container_stop(peer, 5, &f->err));
    sim_faults_clear(f->fake->sim);
    expect_mended(f, "namespaces");
    expect_finding(f, "namespaces", "fine", "0 of running containers", "");
    wcow_container_free(web);
    wcow_container_free(peer);
}

static void a_damaged_list_of_namespaces_is_told_and_put_aside(void **test)
{
    fixture *f = *test;
    cleanup_free char *folder = text_format("%s/networks", f->root);
    cleanup_free char *path = text_format("%s/namespaces.json", folder);

    be_well();
    assert_int_equal(f->files->make_directory(f->files, folder), 0);
    assert_int_equal(f->files->replace(f->files, path, "{", 1), 0);
    expect_finding(f, "namespaces", "warning", "namespaces.json", "--fix");
    expect_mended(f, "namespaces");
}

/* Nothing is taken from under a container that runs. */
static void a_running_container_stays_as_it_is(void **test)
{
    static const char *const ping[] = {"ping", NULL};
    fixture *f = *test;
    wcow_container *web = fixture_create(f, "web", ping);
    wcow_verdict worst = WCOW_VERDICT_BROKEN;

    be_well();
    assert_ok(&f->err, wcow_container_start(web, NULL, NULL, &f->err));
    expect_finding(f, "systems", "fine", "1 of running", "");
    expect_finding(f, "endpoints", "fine", "1 of running", "");
    assert_ok(&f->err, leftovers_release(f->host, &f->err));
    cJSON_Delete(examine(f, doctor_checks, true, &worst));
    assert_int_equal(worst, WCOW_VERDICT_FINE);
    {
        cleanup_free char *status = fixture_inspect(f, web, "State.Status");

        assert_string_equal(status, "running");
    }
    assert_ok(&f->err, wcow_container_remove(web, true, &f->err));
    wcow_container_free(web);
}

#define HALF_MADE "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static void folders_and_layers_that_nobody_finished_go(void **test)
{
    fixture *f = *test;
    cleanup_free char *folder = path_of_container(f->host, HALF_MADE);
    cleanup_free char *layer = text_format("%s/layers/0123456789ab-t", f->root);

    be_well();
    wcow_container_free(fixture_create(f, "whole", NULL)); /* which makes the folder above */
    assert_int_equal(f->files->make_directory(f->files, folder), 0);
    assert_int_equal(f->files->make_directory(f->files, layer), 0);
    expect_finding(f, "folders", "warning", HALF_MADE, "--fix");
    expect_finding(f, "layers", "warning", "0123456789ab", "--fix");
    expect_mended(f, "folders");
    expect_mended(f, "layers");
    fixture_assert_clean(f);
}

static void a_service_whose_container_is_gone_goes(void **test)
{
    fixture *f = *test;

    be_well();
    snprintf(made_up_service, sizeof made_up_service,
             "\"C:\\wcow.exe\" --root %s monitor --service " HALF_MADE, f->root);
    expect_finding(f, "services", "warning", "1 service whose container is gone", "--fix");
    expect_mended(f, "services");
    assert_string_equal(made_up_service, "");
}

static void a_damaged_container_is_named(void **test)
{
    fixture *f = *test;
    wcow_container *web = fixture_create(f, "web", NULL);
    cleanup_free char *path = path_in_container(f->host, wcow_container_id(web), FILE_STATE);
    FILE *out = fopen(path, "w");

    be_well();
    assert_non_null(out);
    fputs("{", out);
    fclose(out);
    expect_finding(f, "damaged", "warning", "1 cannot be read: web (cannot read", "wcow rm");
    expect_finding(f, "damaged", "warning", "state.json", "wcow rm");
    wcow_container_free(web);
}

static void a_container_whose_configuration_is_damaged_or_gone_is_named(void **test)
{
    static const char *const contents[] = {"", "{", "{} {}"};
    fixture *f = *test;
    wcow_container *web = fixture_create(f, "web", NULL);
    cleanup_free char *path = path_in_container(f->host, wcow_container_id(web), FILE_CONFIG);
    char *json = NULL;

    be_well();
    expect_finding(f, "damaged", "fine", "yes: of 1", "");
    for (size_t i = 0; i < sizeof(contents) / sizeof(contents[0]); i++) {
        assert_int_equal(f->files->replace(f->files, path, contents[i], strlen(contents[i])), 0);
        expect_finding(f, "damaged", "warning", "config.json", "wcow rm");
        assert_int_equal(wcow_container_inspect(web, &json, &f->err), WCOW_CORRUPT);
    }
    assert_int_equal(f->files->remove_file(f->files, path), 0);
    expect_finding(f, "damaged", "warning", "1 cannot be read: web (cannot read", "wcow rm");
    assert_int_equal(wcow_container_inspect(web, &json, &f->err), WCOW_CORRUPT);
    assert_non_null(strstr(f->err.message, "cannot inspect container 'web': cannot read"));
    assert_null(json);
    wcow_container_free(web);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, made_up_set_up, fixture_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_a_dead_monitor_left_is_told_and_given_back),
        TEST(a_disk_of_a_resting_container_is_given_back),
        TEST(endpoints_of_resting_containers_go_and_others_stay),
        TEST(namespaces_of_resting_containers_go_and_others_stay),
        TEST(a_namespace_of_what_a_newer_wcow_made_is_told_apart),
        TEST(a_namespace_that_a_sidecar_is_in_is_no_finding),
        TEST(a_damaged_list_of_namespaces_is_told_and_put_aside),
        TEST(a_running_container_stays_as_it_is),
        TEST(folders_and_layers_that_nobody_finished_go),
        TEST(a_service_whose_container_is_gone_goes),
        TEST(a_damaged_container_is_named),
        TEST(a_container_whose_configuration_is_damaged_or_gone_is_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
