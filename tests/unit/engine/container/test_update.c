/* SPDX-License-Identifier: MIT */
/* Changing the limits and the restart policy of a container. */
#include "tests/unit/engine/fixture.h"

#include <stdlib.h>
#include <string.h>

#include <wcow/update.h>

#include "base/error.h"
#include "engine/container/configuration.h"
#include "engine/container/container.h"
#include "engine/host/paths.h"
#include "engine/host/store.h"

static const char *const ping[] = {"ping", NULL};

static wcow_container *created(fixture *f, wcow_isolation isolation)
{
    wcow_container_spec spec = WCOW_CONTAINER_SPEC_INIT;
    wcow_container *container = NULL;

    spec.image = IMAGE;
    spec.name = "web";
    spec.command = ping;
    spec.isolation = isolation;
    spec.memory = 512 << 20;
    spec.cpu_percent = 50;
    assert_ok(&f->err, wcow_container_create(f->host, &spec, &container, &f->err));
    return container;
}

static void drop(fixture *f, wcow_container *container)
{
    assert_ok(&f->err, wcow_container_remove(container, true, &f->err));
    wcow_container_free(container);
}

static void assert_inspected(fixture *f, wcow_container *container, const char *path,
                             const char *expected)
{
    char *found = fixture_inspect(f, container, path);

    assert_string_equal(found, expected);
    free(found);
}

/* Of the nth call of this name in the journal: a member; malloc'ed. */
static cJSON *last_document(fixture *f, const char *call, const char *member)
{
    cleanup_json cJSON *journal = sim_journal(f->fake->sim);
    const cJSON *entry;
    cJSON *found = NULL;

    cJSON_ArrayForEach (entry, journal) {
        if (text_equal(json_text(entry, "call", ""), call)) {
            cJSON_Delete(found);
            found = cJSON_Parse(json_text(entry, member, "null"));
        }
    }
    assert_non_null(found);
    return found;
}

static const char *only_warning(const wcow_container *container)
{
    const char *const *all = wcow_container_warnings(container);

    assert_non_null(all[0]);
    assert_null(all[1]);
    return all[0];
}

static void one_that_rests_starts_with_the_new_limits(void **state)
{
    fixture *f = *state;
    wcow_container *web = created(f, WCOW_ISOLATION_PROCESS);
    wcow_update update = WCOW_UPDATE_INIT;

    update.memory = 256 << 20;
    update.cpu_percent = 25;
    update.io_operations = 300;
    update.restart = "on-failure:3";
    assert_ok(&f->err, wcow_container_update(web, &update, &f->err));
    assert_null(*wcow_container_warnings(web));
    assert_inspected(f, web, "HostConfig.Memory", "268435456");
    assert_inspected(f, web, "HostConfig.CpuPercent", "25");
    assert_inspected(f, web, "HostConfig.IOMaximumIOps", "300");
    assert_inspected(f, web, "HostConfig.RestartPolicy.Name", "on-failure");
    assert_inspected(f, web, "HostConfig.RestartPolicy.MaximumRetryCount", "3");

    assert_ok(&f->err, wcow_container_start(web, NULL, NULL, &f->err));
    cJSON *sent = last_document(f, "HcsCreateComputeSystem", "configuration");

    assert_int_equal(json_integer(sent, "MemoryMaximumInMB", 0), 256);
    assert_int_equal(json_integer(sent, "ProcessorMaximum", 0), 2500);
    assert_int_equal(json_integer(sent, "StorageIOPSMaximum", 0), 300);
    cJSON_Delete(sent);
    assert_int_equal(fixture_calls(f, "HcsModifyComputeSystem"), 0);
    drop(f, web);
}

static void zero_takes_a_limit_away_and_the_others_stay(void **state)
{
    fixture *f = *state;
    wcow_container *web = created(f, WCOW_ISOLATION_HYPERV);
    wcow_update update = WCOW_UPDATE_INIT;

    update.cpu_percent = 0;
    update.nano_cpus = 1000000000;
    assert_ok(&f->err, wcow_container_update(web, &update, &f->err));
    assert_ok(&f->err, wcow_container_start(web, NULL, NULL, &f->err));
    cJSON *sent = last_document(f, "HcsCreateComputeSystem", "configuration");

    assert_int_equal(json_integer(sent, "MemoryMaximumInMB", 0), 512);
    assert_int_equal(json_integer(sent, "ProcessorMaximum", -1), -1);
    assert_int_equal(json_integer(sent, "ProcessorCount", 0), 1);
    cJSON_Delete(sent);
    drop(f, web);
}

static void limits_that_contradict_earlier_ones_change_nothing(void **state)
{
    fixture *f = *state;
    wcow_container *web = created(f, WCOW_ISOLATION_PROCESS);
    wcow_update update = WCOW_UPDATE_INIT;

    update.nano_cpus = 1000000000;
    update.memory = 1 << 30;
    update.restart = "always";
    assert_fails(&f->err, WCOW_INVALID,
                 "cannot update container 'web': conflicting options: Nano CPUs and CPU Percent "
                 "cannot both be set",
                 wcow_container_update(web, &update, &f->err));
    assert_non_null(strstr(f->err.hint, "0 takes one away"));
    assert_inspected(f, web, "HostConfig.Memory", "536870912");
    assert_inspected(f, web, "HostConfig.RestartPolicy.Name", "no");
    drop(f, web);
}

static void one_that_runs_is_changed_by_the_requests_of_hcsshim(void **state)
{
    fixture *f = *state;
    wcow_container *web = created(f, WCOW_ISOLATION_PROCESS);
    wcow_update update = WCOW_UPDATE_INIT;
    cJSON *sent;

    assert_ok(&f->err, wcow_container_start(web, NULL, NULL, &f->err));
    update.memory = 256 << 20;
    assert_ok(&f->err, wcow_container_update(web, &update, &f->err));
    assert_null(*wcow_container_warnings(web));
    sent = last_document(f, "HcsModifyComputeSystem", "configuration");
    assert_string_equal(json_text(sent, "ResourcePath", ""), "Container/Memory/SizeInMB");
    assert_string_equal(json_text(sent, "RequestType", ""), "Update");
    assert_int_equal(json_integer(sent, "Settings", 0), 256);
    cJSON_Delete(sent);

    f->host->version.build = 20348;
    update = (wcow_update)WCOW_UPDATE_INIT;
    update.cpu_percent = 10;
    assert_ok(&f->err, wcow_container_update(web, &update, &f->err));
    assert_null(*wcow_container_warnings(web));
    sent = last_document(f, "HcsModifyComputeSystem", "configuration");
    assert_string_equal(json_text(sent, "ResourcePath", ""), "Container/Processor");
    assert_int_equal(json_integer(json_member(sent, "Settings"), "Maximum", 0), 1000);
    assert_int_equal(cJSON_GetArraySize(json_member(sent, "Settings")), 1);
    cJSON_Delete(sent);
    assert_int_equal(fixture_calls(f, "HcsModifyComputeSystem"), 2);
    drop(f, web);
}

static void what_cannot_be_changed_while_it_runs_is_told_and_written_down(void **state)
{
    fixture *f = *state;
    wcow_container *web = created(f, WCOW_ISOLATION_PROCESS);
    wcow_update update = WCOW_UPDATE_INIT;

    assert_ok(&f->err, wcow_container_start(web, NULL, NULL, &f->err));
    assert_true(sim_fault(f->fake->sim,
                          "{\"call\":\"HcsModifyComputeSystem\",\"nth\":1,\"hr\":\"0x80070032\"}"));
    update.memory = 256 << 20;
    assert_ok(&f->err, wcow_container_update(web, &update, &f->err));
    assert_non_null(strstr(only_warning(web), "goes on with the memory limit that it has"));
    assert_non_null(strstr(only_warning(web), "0x80070032"));
    assert_inspected(f, web, "HostConfig.Memory", "268435456");

    update = (wcow_update)WCOW_UPDATE_INIT;
    update.memory = 0;
    assert_ok(&f->err, wcow_container_update(web, &update, &f->err));
    assert_non_null(strstr(only_warning(web), "no request that takes it away"));

    update = (wcow_update)WCOW_UPDATE_INIT;
    update.io_bandwidth = 1000000;
    assert_ok(&f->err, wcow_container_update(web, &update, &f->err));
    assert_non_null(strstr(only_warning(web), "limits of its disk"));

    update = (wcow_update)WCOW_UPDATE_INIT;
    update.cpu_percent = 0;
    assert_ok(&f->err, wcow_container_update(web, &update, &f->err));
    assert_non_null(strstr(only_warning(web), "limit of processors"));

    update = (wcow_update)WCOW_UPDATE_INIT;
    update.restart = "always";
    assert_ok(&f->err, wcow_container_update(web, &update, &f->err));
    assert_non_null(strstr(only_warning(web), "does not come back with the host as it is to"));
    fixture_serve(f); /* with a Service Control Manager there is nothing to say */
    assert_ok(&f->err, wcow_container_update(web, &update, &f->err));
    assert_null(*wcow_container_warnings(web));
    assert_true(fake_services_automatic(&f->services));
    update.restart = "no";
    assert_ok(&f->err, wcow_container_update(web, &update, &f->err));
    assert_false(fake_services_automatic(&f->services));
    assert_int_equal(fixture_calls(f, "HcsModifyComputeSystem"), 1);
    drop(f, web);
}

static void processors_are_not_changed_before_20h2(void **state)
{
    fixture *f = *state;
    wcow_container *web = created(f, WCOW_ISOLATION_PROCESS);
    wcow_update update = WCOW_UPDATE_INIT;

    assert_ok(&f->err, wcow_container_start(web, NULL, NULL, &f->err));
    f->host->version.build = 17763;
    update.cpu_percent = 10;
    assert_ok(&f->err, wcow_container_update(web, &update, &f->err));
    assert_non_null(strstr(only_warning(web), "from build 19042 on"));
    assert_int_equal(fixture_calls(f, "HcsModifyComputeSystem"), 0);
    drop(f, web);
}

static void a_virtual_machine_goes_on_as_it_is(void **state)
{
    fixture *f = *state;
    wcow_container *web = created(f, WCOW_ISOLATION_HYPERV);
    wcow_update update = WCOW_UPDATE_INIT;

    assert_ok(&f->err, wcow_container_start(web, NULL, NULL, &f->err));
    update.memory = 1 << 30;
    assert_ok(&f->err, wcow_container_update(web, &update, &f->err));
    assert_non_null(strstr(only_warning(web), "virtual machine's"));
    assert_int_equal(fixture_calls(f, "HcsModifyComputeSystem"), 0);
    drop(f, web);
}

static void one_that_goes_away_by_itself_is_not_restarted(void **state)
{
    fixture *f = *state;
    wcow_container_spec spec = WCOW_CONTAINER_SPEC_INIT;
    wcow_container *web = NULL;
    wcow_update update = WCOW_UPDATE_INIT;

    spec.image = IMAGE;
    spec.auto_remove = true;
    assert_ok(&f->err, wcow_container_create(f->host, &spec, &web, &f->err));
    update.restart = "always";
    assert_int_equal(wcow_container_update(web, &update, &f->err), WCOW_INVALID);
    assert_non_null(strstr(f->err.message, "because AutoRemove is enabled"));
    update.restart = "sometimes";
    assert_int_equal(wcow_container_update(web, &update, &f->err), WCOW_INVALID);
    drop(f, web);
}

/* ---- both files or none ---- */

static uint64_t memory_that_counts(fixture *f, wcow_container *web)
{
    record *r = NULL;
    cJSON *config = NULL;
    uint64_t memory;

    assert_ok(&f->err, record_read(f->host, web->id, &r, &f->err));
    assert_ok(&f->err, configuration_read(f->host, r, &config, &f->err));
    memory = (uint64_t)json_integer(json_path(config, "windows.resources.memory"), "limit", 0);
    if (r->limits_changed)
        assert_int_equal(r->memory, memory);
    cJSON_Delete(config);
    record_free(r);
    return memory;
}

/* Each access to files fails in turn: either all has changed and it says so, or nothing has. */
static void a_failure_changes_all_or_nothing(void **state)
{
    fixture *f = *state;
    wcow_container *web = created(f, WCOW_ISOLATION_PROCESS);
    uint64_t before = 512 << 20;
    size_t failures = 0;

    for (size_t nth = 1;; nth++) {
        wcow_update update = WCOW_UPDATE_INIT;
        wcow_error err = WCOW_ERROR_INIT;

        update.memory = (nth + 600) << 20;
        faulty_files_fail(&f->faulty, nth);

        const wcow_status status = wcow_container_update(web, &update, &err);
        const size_t hit = f->faulty.failed;

        faulty_files_fail(&f->faulty, 0);
        f->faulty.failed = 0;
        failures += status != WCOW_OK;

        const uint64_t now = memory_that_counts(f, web);

        assert_true(now == update.memory || (now == before && status));
        before = now;
        if (!hit)
            break;
    }
    assert_true(failures > 3);
    drop(f, web);
}

/* Whoever dies after container.json leaves the old config.json. */
static void a_config_of_before_the_update_does_not_count(void **state)
{
    fixture *f = *state;
    wcow_container *web = created(f, WCOW_ISOLATION_PROCESS);
    cleanup_free char *path = path_in_container(f->host, web->id, FILE_CONFIG);
    cleanup_json cJSON *old = NULL;
    wcow_update update = WCOW_UPDATE_INIT;

    assert_ok(&f->err, store_read(f->host, path, &old, &f->err));
    update.memory = 128 << 20;
    assert_ok(&f->err, wcow_container_update(web, &update, &f->err));
    assert_ok(&f->err, store_write(f->host, path, old, &f->err));
    assert_inspected(f, web, "HostConfig.Memory", "134217728");
    assert_ok(&f->err, wcow_container_start(web, NULL, NULL, &f->err));
    cJSON *sent = last_document(f, "HcsCreateComputeSystem", "configuration");

    assert_int_equal(json_integer(sent, "MemoryMaximumInMB", 0), 128);
    assert_int_equal(json_integer(sent, "ProcessorMaximum", 0), 5000);
    cJSON_Delete(sent);
    drop(f, web);
}

/* Each call to the service fails in turn: the update is written down all the same. */
static void a_service_that_fails_keeps_nothing_from_being_written_down(void **state)
{
    fixture *f = *state;
    wcow_container *web = created(f, WCOW_ISOLATION_PROCESS);

    assert_ok(&f->err, wcow_container_start(web, NULL, NULL, &f->err));
    for (unsigned nth = 1;; nth++) {
        cleanup_free char *fault = text_format("{\"nth\":%u,\"hr\":\"0x80004005\"}", nth);
        wcow_update update = WCOW_UPDATE_INIT;

        update.memory = (UINT64_C(100) + nth) << 20;
        sim_faults_clear(f->fake->sim);
        assert_true(sim_fault(f->fake->sim, fault));
        assert_ok(&f->err, wcow_container_update(web, &update, &f->err));

        const size_t hit = sim_faults_hit(f->fake->sim);

        f->may_leave = fake_hcs_handles(f->fake->hcs); /* it refused to close them */
        assert_int_equal(memory_that_counts(f, web), update.memory);
        if (!hit)
            break;
    }
    sim_faults_clear(f->fake->sim);
    drop(f, web);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)
    static const struct CMUnitTest tests[] = {
        TEST(one_that_rests_starts_with_the_new_limits),
        TEST(zero_takes_a_limit_away_and_the_others_stay),
        TEST(limits_that_contradict_earlier_ones_change_nothing),
        TEST(one_that_runs_is_changed_by_the_requests_of_hcsshim),
        TEST(what_cannot_be_changed_while_it_runs_is_told_and_written_down),
        TEST(processors_are_not_changed_before_20h2),
        TEST(a_virtual_machine_goes_on_as_it_is),
        TEST(one_that_goes_away_by_itself_is_not_restarted),
        TEST(a_failure_changes_all_or_nothing),
        TEST(a_config_of_before_the_update_does_not_count),
        TEST(a_service_that_fails_keeps_nothing_from_being_written_down),
    };

    return cmocka_run_group_tests_name("update", tests, NULL, NULL);
}
