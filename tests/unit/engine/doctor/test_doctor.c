/* SPDX-License-Identifier: MIT */
/* The doctor: what each check finds of a host that a test makes up, and what --fix gives back. */
#include "engine/doctor/doctor.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "engine/container/state.h"
#include "engine/host/paths.h"
#include "engine/system/prune.h"
#include "network/endpoint.h"
#include "network/network.h"
#include "port/clock.h"
#include "tests/unit/engine/container/abandon.h"

#define NO_SUCH_SERVICE HR_FROM_WIN32(1060)
#define GIB             (UINT64_C(1) << 30)
#define SECONDS         INT64_C(1000000000)

/* ---- a made-up host ---- */

static struct made_up {
    bool elevated;
    int64_t now;
    const char *file_system;
    int32_t volume, disk, filters_hr, library, vmcompute, hns, vmms, defender;
    int32_t hypervisor_hr, exclusions_hr, resolved, program;
    uint32_t vmcompute_state, defender_state;
    uint64_t free;
    const char *filter, *exclusion, *writer;
    bool hypervisor;
    const char *missing; /* an export */
    unsigned started;    /* services */
    sim *mended;         /* starting one mends this */
} host;

static bool is_elevated(void)
{
    return host.elevated;
}

static int64_t now(void)
{
    return host.now;
}

static int32_t volume_of(const char *path, survey_volume *out)
{
    (void)path;
    memset(out, 0, sizeof *out);
    strncpy(out->file_system, host.file_system, sizeof out->file_system - 1);
    return host.volume;
}

static int32_t volume_state(const char *path, uint32_t *flags)
{
    (void)path;
    *flags = VOLUME_IS_DEV_DRIVE;
    return strcmp(host.file_system, "ReFS") == 0 ? HR_OK : HR_INVALID_PARAMETER;
}

static int32_t free_space(const char *path, uint64_t *bytes)
{
    (void)path;
    *bytes = host.free;
    return host.disk;
}

static int32_t filters(string_list *out)
{
    return string_list_add(out, "wcifs") && (!host.filter || string_list_add(out, host.filter))
               ? host.filters_hr
               : HR_OUT_OF_MEMORY;
}

static int32_t service(const char *name, uint32_t *now_is)
{
    *now_is = 4;
    if (strcmp(name, "vmcompute") == 0) {
        *now_is = host.vmcompute_state;
        return host.vmcompute;
    }
    if (strcmp(name, "WinDefend") == 0) {
        *now_is = host.defender_state;
        return host.defender;
    }
    return strcmp(name, "vmms") == 0 ? host.vmms : host.hns;
}

static int32_t start_service(const char *name)
{
    (void)name;
    host.started++;
    if (host.mended)
        sim_faults_clear(host.mended);
    return host.hns;
}

static int32_t library_export(const char *dll, const char *name)
{
    (void)dll;
    if (host.missing && strcmp(name, host.missing) == 0)
        return HR_PROC_NOT_FOUND;
    return host.library;
}

static int32_t hypervisor(bool *present)
{
    *present = host.hypervisor;
    return host.hypervisor_hr;
}

static int32_t exclusions(string_list *out)
{
    return !host.exclusion || string_list_add(out, host.exclusion) ? host.exclusions_hr
                                                                   : HR_OUT_OF_MEMORY;
}

static int32_t resolve(const char *name)
{
    (void)name;
    return host.resolved;
}

static int32_t program_writers(char **path, string_list *out)
{
    if (HR_FAILED(host.program))
        return host.program;
    *path = text_copy("C:\\tools\\wcow.exe");
    return !host.writer || string_list_add(out, host.writer) ? HR_OK : HR_OUT_OF_MEMORY;
}

static const doctor_questions asks = {
    is_elevated, now,     volume_of,       volume_state,   free_space,
    filters,     service, start_service,   library_export, hypervisor,
    exclusions,  resolve, program_writers,
};

static const char *root;       /* of the store */
static char service_line[512]; /* of the one service of ours; "": there is none */

static int32_t list_services(services_port *port, const char *prefix, service_info **out,
                             size_t *count)
{
    (void)port;
    assert_string_equal(prefix, "wcow-");
    *count = *service_line ? 1 : 0;
    *out = calloc(1, sizeof **out);
    if (*count)
        **out = (service_info){.name = text_copy("wcow-0123456789ab"),
                               .command_line = text_copy(service_line)};
    return HR_OK;
}

static int32_t query_service(services_port *port, const char *name, service_info *out)
{
    (void)port;
    if (!*service_line)
        return HR_FROM_WIN32(1060);
    *out = (service_info){.name = text_copy(name), .command_line = text_copy(service_line)};
    return HR_OK;
}

static int32_t remove_service(services_port *port, const char *name)
{
    (void)port;
    assert_string_equal(name, "wcow-0123456789ab");
    *service_line = '\0';
    return HR_OK;
}

static services_port services = {
    .list = list_services, .query = query_service, .remove = remove_service};

/* All is well on it. */
static void be_well(void)
{
    memset(&host, 0, sizeof host);
    host.elevated = true;
    host.now = clock_now();
    host.file_system = "NTFS";
    host.free = 100 * GIB;
    host.vmcompute_state = 4;
    host.defender_state = 4;
    host.exclusion = root;
    host.hypervisor = true;
}

/* ---- asking ---- */

static const doctor_check *one_check(const char *id, doctor_check two[2])
{
    for (const doctor_check *each = doctor_checks; each->id; each++)
        if (strcmp(each->id, id) == 0)
            two[0] = *each;
    assert_non_null(two[0].id);
    return two;
}

static cJSON *examine(fixture *f, const doctor_check *checks, bool fix, wcow_verdict *worst)
{
    wcow_examine_options options = WCOW_EXAMINE_OPTIONS_INIT;
    char *json = NULL;

    options.fix = fix;
    assert_ok(&f->err,
              doctor_examine(f->host, &options, &asks, checks, 10000, &json, worst, &f->err));
    return fixture_json(f, json);
}

/* One check says this, begins its finding and its remedy so. */
static void expect_finding(fixture *f, const char *id, const char *verdict, const char *begins,
                           const char *remedy)
{
    doctor_check two[2] = {{0}, {0}};
    wcow_verdict worst = WCOW_VERDICT_FINE;
    cleanup_json cJSON *rows = examine(f, one_check(id, two), false, &worst);
    const cJSON *row = cJSON_GetArrayItem(rows, 0);

    assert_int_equal(cJSON_GetArraySize(rows), 1);
    assert_string_equal(json_text(row, "ID", ""), id);
    assert_string_equal(json_text(row, "Verdict", ""), verdict);
    if (!strstr(json_text(row, "Found", ""), begins) ||
        !strstr(json_text(row, "Remedy", ""), remedy))
        fail_msg("%s: found '%s', remedy '%s'", id, json_text(row, "Found", ""),
                 json_text(row, "Remedy", ""));
}

static void nothing_is_wrong_with_a_host_that_is_well(void **test)
{
    fixture *f = *test;
    wcow_verdict worst = WCOW_VERDICT_BROKEN;
    const cJSON *row;
    size_t count = 0;

    be_well();
    {
        cleanup_json cJSON *rows = examine(f, doctor_checks, false, &worst);

        cJSON_ArrayForEach (row, rows) {
            assert_string_equal(json_text(row, "Verdict", ""), "fine");
            assert_true(*json_text(row, "Found", "") && *json_text(row, "Question", ""));
            assert_false(json_bool(row, "Fixable", true));
            count++;
        }
    }
    assert_int_equal(worst, WCOW_VERDICT_FINE);
    for (size_t i = 0; doctor_checks[i].id; i++, count--)
        assert_true(count > 0);
    assert_int_equal(count, 0);
}

static void what_is_wrong_with_the_computer_is_found(void **test)
{
    fixture *f = *test;
    const machine_version version = f->host->version;

    be_well();
    host.elevated = false;
    expect_finding(f, "elevation", "warning", "not elevated", "elevated prompt");
    expect_finding(f, "systems", "unknown", "only an administrator", "elevated prompt");
    be_well();
    f->host->version.build = 10586;
    expect_finding(f, "windows", "broken", "build 10586", "14393");
    f->host->version.build = 0;
    expect_finding(f, "windows", "broken", "no Windows", "");
    f->host->version = version;
    host.now = 0;
    expect_finding(f, "clock", "broken", "early or late", "w32tm");
    be_well();
    wcow_container_free(fixture_create(f, "tomorrow", NULL));
    host.now -= 3600 * SECONDS;
    expect_finding(f, "clock", "warning", "minutes from now", "w32tm");
    be_well();
    host.writer = "Users";
    expect_finding(f, "program", "warning", "can be changed by Users", "Program Files");
    host.program = HR_ACCESS_DENIED;
    expect_finding(f, "program", "unknown", "wcow.exe", "");
}

static void what_is_wrong_with_the_root_is_found(void **test)
{
    fixture *f = *test;

    be_well();
    host.free = 5 * GIB;
    expect_finding(f, "disk", "warning", "5.0 GiB", "prune");
    host.free = GIB / 2;
    expect_finding(f, "disk", "broken", "0.5 GiB", "prune");
    host.disk = HR_ACCESS_DENIED;
    expect_finding(f, "disk", "unknown", "GetDiskFreeSpaceEx", "");
    host.file_system = "ReFS";
    expect_finding(f, "file-system", "broken", "ReFS, a Dev Drive", "NTFS");
    host.volume = HR_ACCESS_DENIED;
    expect_finding(f, "file-system", "unknown", "GetVolumeInformation", "");
    host.exclusion = "/somewhere/else";
    expect_finding(f, "defender", "warning", "it scans", "Add-MpPreference");
    host.exclusions_hr = HR_ACCESS_DENIED;
    expect_finding(f, "defender", "unknown", "exclusions", "");
    host.defender = NO_SUCH_SERVICE;
    expect_finding(f, "defender", "fine", "does not run", "");
    host.filter = "evilflt";
    expect_finding(f, "filters", "warning", "evilflt", "exclude");
    host.filters_hr = HR_NOT_SUPPORTED;
    expect_finding(f, "filters", "unknown", "FilterFindFirst", "");
}

static void what_is_wrong_with_the_services_is_found(void **test)
{
    fixture *f = *test;

    be_well();
    host.vmcompute = NO_SUCH_SERVICE;
    expect_finding(f, "containers", "broken", "no service vmcompute", "Containers");
    host.vmcompute = HR_ACCESS_DENIED;
    expect_finding(f, "containers", "unknown", "vmcompute", "");
    host.vmcompute = HR_OK;
    host.library = HR_MODULE_NOT_FOUND;
    expect_finding(f, "containers", "broken", "no vmcompute.dll", "Containers");
    expect_finding(f, "exports", "unknown", "vmcompute.dll", "");
    host.library = HR_OK;
    host.missing = "HcsSignalProcess";
    expect_finding(f, "exports", "broken", "missing: HcsSignalProcess", "sfc");
    f->host->version.build = 14393; /* which never had it */
    expect_finding(f, "exports", "fine", "yes", "");
    f->host->version.build = 20348;
    f->host->version.server = true;
    host.vmms = NO_SUCH_SERVICE;
    expect_finding(f, "hyper-v", "fine", "not installed", "Hyper-V");
    f->host->version.server = false; /* where it is the default */
    expect_finding(f, "hyper-v", "warning", "not installed", "Hyper-V");
    host.vmms = HR_OK;
    host.hypervisor = false;
    expect_finding(f, "hyper-v", "warning", "hypervisor", "bcdedit");
    host.hypervisor_hr = HR_NOT_SUPPORTED;
    expect_finding(f, "hyper-v", "unknown", "hypervisor", "");
    host.resolved = HR_FROM_WIN32(11001);
    expect_finding(f, "dns", "warning", "not found", "HTTPS_PROXY");
    host.resolved = HR_NOT_SUPPORTED;
    expect_finding(f, "dns", "unknown", "mcr.microsoft.com", "");
}

static void break_service(fixture *f)
{
    assert_true(sim_fault(
        f->fake->sim,
        "{\"call\":\"HcsEnumerateComputeSystems\",\"every\":true,\"hr\":\"0x800706BA\"}"));
    assert_true(
        sim_fault(f->fake->sim, "{\"call\":\"HNSCall\",\"every\":true,\"hr\":\"0x800706BA\"}"));
}

/* What it is asked for fails; what depends on that is not asked. */
static void a_service_that_fails_is_found_and_asked_no_more(void **test)
{
    fixture *f = *test;
    wcow_verdict worst = WCOW_VERDICT_FINE;
    const cJSON *row;
    size_t unasked = 0;

    be_well();
    break_service(f);
    expect_finding(f, "compute", "broken", "0x800706BA", "");
    expect_finding(f, "hns", "broken", "0x800706BA", "");
    {
        cleanup_json cJSON *rows = examine(f, doctor_checks, false, &worst);

        cJSON_ArrayForEach (row, rows)
            unasked += strstr(json_text(row, "Found", ""), "not asked") != NULL;
    }
    assert_int_equal(worst, WCOW_VERDICT_BROKEN);
    assert_int_equal(unasked, 3); /* systems; network, endpoints */
    sim_faults_clear(f->fake->sim);
}

/* ---- mending ---- */

/* The findings of one check with --fix, or without. */
static cJSON *examine_one(fixture *f, const char *id, bool fix)
{
    doctor_check two[2] = {{0}, {0}};
    wcow_verdict worst = WCOW_VERDICT_FINE;

    return examine(f, one_check(id, two), fix, &worst);
}

static void expect_mended(fixture *f, const char *id)
{
    cleanup_json cJSON *before = examine_one(f, id, false);
    cleanup_json cJSON *after = examine_one(f, id, true);

    assert_true(json_bool(before->child, "Fixable", false));
    assert_false(json_bool(before->child, "Fixed", true));
    assert_string_equal(json_text(after->child, "Verdict", ""), "fine");
    assert_true(json_bool(after->child, "Fixed", false));
    assert_false(json_bool(after->child, "Fixable", true));
}

static void a_service_that_was_stopped_is_started(void **test)
{
    fixture *f = *test;

    be_well();
    break_service(f);
    host.vmcompute_state = 1;
    host.mended = f->fake->sim;
    expect_mended(f, "compute");
    assert_int_equal(host.started, 1);
}

static void a_service_that_does_not_start_stays_broken(void **test)
{
    fixture *f = *test;

    be_well();
    break_service(f);
    host.vmcompute_state = 1;
    host.hns = HR_FROM_WIN32(1058);
    {
        cleanup_json cJSON *after = examine_one(f, "compute", true);

        assert_string_equal(json_text(after->child, "Verdict", ""), "broken");
        assert_false(json_bool(after->child, "Fixed", true));
        assert_non_null(strstr(json_text(after->child, "Remedy", ""), "cannot start the service"));
    }
    sim_faults_clear(f->fake->sim);
}

static void what_a_dead_monitor_left_is_told_and_given_back(void **test)
{
    fixture *f = *test;
    wcow_container *web = fixture_create(f, "web", NULL);
    cleanup_free char *scratch = path_of_scratch(f->host, wcow_container_id(web));
    cleanup_free char *status = NULL;

    be_well();
    assert_int_equal(f->fake->storage->activate_layer(f->fake->storage, scratch), 0);
    abandon(f, web, PHASE_RUNNING);
    expect_finding(f, "monitors", "warning", "1 containers whose monitor died: web", "--fix");
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

    be_well();
    expect_finding(f, "endpoints", "warning", "1 that nobody watches", "--fix");
    expect_finding(f, "endpoints", "warning", "1 of another store", "--fix");
    expect_mended(f, "endpoints");
    assert_int_equal(fixture_left(f, "endpoints"), 1);
    assert_ok(&f->err, hns_endpoint_delete(f->fake->hcs, elsewhere, &f->err));
    wcow_container_free(web);
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
    snprintf(service_line, sizeof service_line,
             "\"C:\\wcow.exe\" --root %s monitor --service " HALF_MADE, f->root);
    expect_finding(f, "services", "warning", "1 services whose container is gone", "--fix");
    expect_mended(f, "services");
    assert_string_equal(service_line, "");
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
    expect_finding(f, "damaged", "warning", "1 cannot be read: web", "wcow rm");
    wcow_container_free(web);
}

/* ---- a service that returns from nothing ---- */

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t opened = PTHREAD_COND_INITIALIZER;
static bool is_open, has_left;

static void get_stuck(examination *x)
{
    found(x, "late");
    pthread_mutex_lock(&gate);
    while (!is_open)
        pthread_cond_wait(&opened, &gate);
    has_left = true;
    pthread_cond_broadcast(&opened);
    pthread_mutex_unlock(&gate);
}

static void say_yes(examination *x)
{
    found(x, "yes");
}

static void open_gate(void)
{
    pthread_mutex_lock(&gate);
    is_open = true;
    pthread_cond_broadcast(&opened);
    while (!has_left)
        pthread_cond_wait(&opened, &gate);
    pthread_mutex_unlock(&gate);
}

static void a_service_that_is_stuck_is_left_behind(void **test)
{
    static const doctor_check checks[] = {
        {"stuck", "?", LANE_SERVICE, false, get_stuck, NULL},
        {"after", "?", LANE_SERVICE, false, say_yes, NULL},
        {"other", "?", LANE_NETWORK, false, say_yes, NULL},
        {0},
    };
    fixture *f = *test;
    wcow_verdict worst = WCOW_VERDICT_FINE;
    char *json = NULL;

    be_well();
    assert_ok(&f->err, doctor_examine(f->host, NULL, &asks, checks, 50, &json, &worst, &f->err));
    open_gate();
    {
        cleanup_json cJSON *rows = fixture_json(f, json);

        assert_string_equal(json_text(cJSON_GetArrayItem(rows, 0), "Verdict", ""), "broken");
        assert_non_null(strstr(json_text(rows->child, "Found", ""), "no answer within"));
        assert_string_equal(json_text(cJSON_GetArrayItem(rows, 1), "Verdict", ""), "unknown");
        assert_string_equal(json_text(cJSON_GetArrayItem(rows, 2), "Verdict", ""), "fine");
    }
    assert_int_equal(worst, WCOW_VERDICT_BROKEN);
}

/* ---- torture ---- */

static void whatever_call_fails_all_checks_answer(void **test)
{
    fixture *f = *test;
    wcow_container *web = fixture_create(f, "web", NULL);
    size_t failed = 1;
    size_t nth;

    be_well();
    for (nth = 1; nth < 1000; nth++) {
        wcow_verdict worst = WCOW_VERDICT_FINE;

        abandon(f, web, PHASE_RUNNING);
        faulty_files_fail(&f->faulty, nth);
        cJSON_Delete(examine(f, doctor_checks, true, &worst));
        failed = f->faulty.failed;
        faulty_files_fail(&f->faulty, 0);
        if (!failed)
            break;
    }
    assert_int_equal(failed, 0);
    assert_true(nth > 20);
    fixture_assert_clean(f);
    wcow_container_free(web);
}

static int set_up(void **test)
{
    static const machine_version server = {10, 0, 20348, 1, true};
    const int code = fixture_set_up(test);
    fixture *f = *test;

    f->host->version = server;
    root = f->root;
    f->host->services = &services;
    *service_line = '\0';
    return code;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, fixture_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(nothing_is_wrong_with_a_host_that_is_well),
        TEST(what_is_wrong_with_the_computer_is_found),
        TEST(what_is_wrong_with_the_root_is_found),
        TEST(what_is_wrong_with_the_services_is_found),
        TEST(a_service_that_fails_is_found_and_asked_no_more),
        TEST(a_service_that_was_stopped_is_started),
        TEST(a_service_that_does_not_start_stays_broken),
        TEST(what_a_dead_monitor_left_is_told_and_given_back),
        TEST(a_disk_of_a_resting_container_is_given_back),
        TEST(endpoints_of_resting_containers_go_and_others_stay),
        TEST(a_running_container_stays_as_it_is),
        TEST(folders_and_layers_that_nobody_finished_go),
        TEST(a_service_whose_container_is_gone_goes),
        TEST(a_damaged_container_is_named),
        TEST(a_service_that_is_stuck_is_left_behind),
        TEST(whatever_call_fails_all_checks_answer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
