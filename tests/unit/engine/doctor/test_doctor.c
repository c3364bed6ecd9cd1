/* SPDX-License-Identifier: MIT */
/* The doctor: what each check finds of a host that a test makes up, and which services it starts.
 */
#include "engine/doctor/doctor.h"

#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "engine/container/state.h"
#include "tests/unit/engine/container/abandon.h"
#include "tests/unit/engine/doctor/made_up.h"

#define NO_SUCH_SERVICE HR_FROM_WIN32(1060)
#define GIB             (UINT64_C(1) << 30)
#define SECONDS         INT64_C(1000000000)

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
    made_up.elevated = false;
    expect_finding(f, "elevation", "warning", "not elevated", "elevated prompt");
    expect_finding(f, "systems", "unknown", "only an administrator", "elevated prompt");
    be_well();
    f->host->version.build = 10586;
    expect_finding(f, "windows", "broken", "build 10586", "14393");
    f->host->version.build = 0;
    expect_finding(f, "windows", "broken", "no Windows", "");
    f->host->version = version;
    made_up.now = 0;
    expect_finding(f, "clock", "broken", "early or late", "w32tm");
    be_well();
    wcow_container_free(fixture_create(f, "tomorrow", NULL));
    made_up.now -= 3600 * SECONDS;
    expect_finding(f, "clock", "warning", "minutes from now", "w32tm");
    be_well();
    made_up.writer = "Users";
    expect_finding(f, "program", "warning", "can be changed by Users", "Program Files");
    made_up.writer = NULL;
    made_up.exposed = "C:\\tools";
    expect_finding(f, "program", "warning",
                   "may change 'C:\\tools': containers get no Windows services", "Program Files");
    made_up.path = "C:\\Program Files\\wcow\\wcow.exe"; /* it is where it should be */
    made_up.exposed = "C:\\Program Files\\WCOW";
    expect_finding(f, "program", "warning", "C:\\Program Files\\WCOW",
                   "icacls \"C:\\Program Files\\WCOW\" /setowner \"*S-1-5-32-544\" /t, then icacls "
                   "\"C:\\Program Files\\WCOW\" /reset /t take that away");
    made_up.exposed = "C:\\Program Files"; /* nor is all of this wcow's to reset */
    expect_finding(f, "program", "warning", "C:\\Program Files",
                   "icacls \"C:\\Program Files\" /remove:g NAME");
    made_up.writer = "Users";
    expect_finding(f, "program", "warning", "Users",
                   "icacls \"C:\\Program Files\\wcow\" /setowner \"*S-1-5-32-544\" /t, then icacls "
                   "\"C:\\Program Files\\wcow\" /reset /t take that away");
    made_up.program = HR_ACCESS_DENIED;
    expect_finding(f, "program", "unknown", "wcow.exe", "");
}

static void what_is_wrong_with_the_root_is_found(void **test)
{
    fixture *f = *test;

    be_well();
    made_up.free = 5 * GIB;
    expect_finding(f, "disk", "warning", "5.0 GiB", "prune");
    made_up.free = GIB / 2;
    expect_finding(f, "disk", "broken", "0.5 GiB", "prune");
    made_up.disk = HR_ACCESS_DENIED;
    expect_finding(f, "disk", "unknown", "GetDiskFreeSpaceEx", "");
    made_up.file_system = "ReFS";
    expect_finding(f, "file-system", "broken", "ReFS, a Dev Drive", "NTFS");
    made_up.volume = HR_ACCESS_DENIED;
    expect_finding(f, "file-system", "unknown", "GetVolumeInformation", "");
    made_up.exclusion = "/somewhere/else";
    expect_finding(f, "defender", "warning", "it scans", "Add-MpPreference");
    made_up.exclusions_hr = HR_ACCESS_DENIED;
    expect_finding(f, "defender", "unknown", "exclusions", "");
    made_up.defender = NO_SUCH_SERVICE;
    expect_finding(f, "defender", "fine", "does not run", "");
    made_up.filter = "evilflt";
    expect_finding(f, "filters", "warning", "evilflt", "exclude");
    made_up.filters_hr = HR_NOT_SUPPORTED;
    expect_finding(f, "filters", "unknown", "FilterFindFirst", "");
}

static void what_is_wrong_with_the_services_is_found(void **test)
{
    fixture *f = *test;

    be_well();
    made_up.vmcompute = NO_SUCH_SERVICE;
    expect_finding(f, "containers", "broken", "no service vmcompute", "Containers");
    made_up.vmcompute = HR_ACCESS_DENIED;
    expect_finding(f, "containers", "unknown", "vmcompute", "");
    made_up.vmcompute = HR_OK;
    made_up.library = HR_MODULE_NOT_FOUND;
    expect_finding(f, "containers", "broken", "no vmcompute.dll", "Containers");
    expect_finding(f, "exports", "unknown", "vmcompute.dll", "");
    made_up.library = HR_OK;
    made_up.missing = "HcsSignalProcess";
    expect_finding(f, "exports", "broken", "missing: HcsSignalProcess", "sfc");
    f->host->version.build = 14393; /* which never had it */
    expect_finding(f, "exports", "fine", "yes", "");
    f->host->version.build = 20348;
    f->host->version.server = true;
    made_up.vmms = NO_SUCH_SERVICE;
    expect_finding(f, "hyper-v", "fine", "not installed", "Hyper-V");
    f->host->version.server = false; /* where it is the default */
    expect_finding(f, "hyper-v", "warning", "not installed", "Hyper-V");
    made_up.vmms = HR_OK;
    made_up.hypervisor = false;
    expect_finding(f, "hyper-v", "warning", "hypervisor", "bcdedit");
    made_up.hypervisor_hr = HR_NOT_SUPPORTED;
    expect_finding(f, "hyper-v", "unknown", "hypervisor", "");
    made_up.resolved = HR_FROM_WIN32(11001);
    expect_finding(f, "dns", "warning", "not found", "HTTPS_PROXY");
    made_up.resolved = HR_NOT_SUPPORTED;
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
    assert_int_equal(unasked, 4); /* systems; network, endpoints, namespaces */
    sim_faults_clear(f->fake->sim);
}

/* ---- mending ---- */

static void a_service_that_was_stopped_is_started(void **test)
{
    fixture *f = *test;

    be_well();
    break_service(f);
    made_up.vmcompute_state = 1;
    made_up.mended = f->fake->sim;
    expect_mended(f, "compute");
    assert_int_equal(made_up.started, 1);
}

static void a_service_that_does_not_start_stays_broken(void **test)
{
    fixture *f = *test;

    be_well();
    break_service(f);
    made_up.vmcompute_state = 1;
    made_up.hns = HR_FROM_WIN32(1058);
    {
        cleanup_json cJSON *after = examine_one(f, "compute", true);

        assert_string_equal(json_text(after->child, "Verdict", ""), "broken");
        assert_false(json_bool(after->child, "Fixed", true));
        assert_non_null(strstr(json_text(after->child, "Remedy", ""), "cannot start the service"));
    }
    sim_faults_clear(f->fake->sim);
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
    assert_ok(&f->err,
              doctor_examine(f->host, NULL, &made_up_asks, checks, 50, &json, &worst, &f->err));
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

#define TEST(name) cmocka_unit_test_setup_teardown(name, made_up_set_up, fixture_tear_down)

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
        TEST(a_service_that_is_stuck_is_left_behind),
        TEST(whatever_call_fails_all_checks_answer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
