/* SPDX-License-Identifier: MIT */
/* Limits of a container: which count, what is warned of, what is kept. The conversions:
 * test_dockerd.c.
 */
#include "tests/unit/engine/fixture.h"

#include <string.h>

static wcow_container *create_limited(fixture *f, wcow_isolation isolation)
{
    wcow_container_spec spec = WCOW_CONTAINER_SPEC_INIT;
    wcow_container *container = NULL;

    f->host->processors = 4;
    spec.image = IMAGE;
    spec.isolation = isolation;
    spec.cpu_count = 8;
    spec.cpu_shares = 500;
    spec.cpu_percent = 50;
    spec.io_bandwidth = UINT64_C(1) << 40;
    spec.io_operations = 500;
    assert_ok(&f->err, wcow_container_create(f->host, &spec, &container, &f->err));
    return container;
}

static void assert_shows(fixture *f, wcow_container *container, const char *path, const char *value)
{
    cleanup_free char *shown = fixture_inspect(f, container, path);

    assert_string_equal(shown, value);
}

static void what_does_not_count_is_warned_of_and_not_kept(void **state)
{
    fixture *f = *state;
    wcow_container *container = create_limited(f, WCOW_ISOLATION_PROCESS);
    const char *const *warnings = wcow_container_warnings(container);

    assert_string_equal(warnings[0],
                        "Conflicting options: CPU count takes priority over CPU shares on Windows "
                        "Server Containers. CPU shares discarded");
    assert_string_equal(warnings[1],
                        "Conflicting options: CPU count takes priority over CPU percent on Windows "
                        "Server Containers. CPU percent discarded");
    assert_string_equal(warnings[2], "CPU count 8 is more than this host has: it is cut to 4");
    assert_null(warnings[3]);
    assert_shows(f, container, "HostConfig.CpuCount", "4");
    assert_shows(f, container, "HostConfig.CpuShares", "0");
    assert_shows(f, container, "HostConfig.CpuPercent", "0");
    assert_shows(f, container, "HostConfig.IOMaximumBandwidth", "1099511627776");
    assert_shows(f, container, "HostConfig.IOMaximumIOps", "500");
    assert_ok(&f->err, wcow_container_remove(container, false, &f->err));
    wcow_container_free(container);
}

static void less_memory_than_the_service_counts_is_refused(void **state)
{
    fixture *f = *state;
    wcow_container_spec spec = WCOW_CONTAINER_SPEC_INIT;
    wcow_update update = WCOW_UPDATE_INIT;
    wcow_container *container = NULL;

    spec.image = IMAGE;
    spec.memory = 1;
    assert_int_equal(wcow_container_create(f->host, &spec, &container, &f->err), WCOW_INVALID);
    assert_non_null(strstr(f->err.message, "the smallest is 1m"));
    spec.memory = 1 << 20;
    assert_ok(&f->err, wcow_container_create(f->host, &spec, &container, &f->err));
    update.memory = 1024;
    assert_int_equal(wcow_container_update(container, &update, &f->err), WCOW_INVALID);
    update.memory = 0;
    assert_ok(&f->err, wcow_container_update(container, &update, &f->err));
    assert_ok(&f->err, wcow_container_remove(container, false, &f->err));
    wcow_container_free(container);
}

static void a_utility_vm_has_them_all(void **state)
{
    fixture *f = *state;
    wcow_container *container = create_limited(f, WCOW_ISOLATION_HYPERV);
    wcow_container *again = NULL;

    assert_null(wcow_container_warnings(container)[1]); /* but for the count's */
    assert_ok(&f->err, wcow_container_open(f->host, wcow_container_id(container), &again, &f->err));
    assert_null(wcow_container_warnings(again)[0]);
    assert_shows(f, again, "HostConfig.CpuCount", "4");
    assert_shows(f, again, "HostConfig.CpuShares", "500");
    assert_shows(f, again, "HostConfig.CpuPercent", "50");
    assert_ok(&f->err, wcow_container_remove(container, false, &f->err));
    wcow_container_free(again);
    wcow_container_free(container);
}

static void what_is_out_of_range_is_refused(void **state)
{
    static const struct {
        uint64_t nano_cpus, count, percent, operations;
        const char *words;
    } cases[] = {
        {UINT64_C(4000000001), 0, 0, 0,
         "range of CPUs is from 0.01 to 4.00, as there are only 4 CPUs available"},
        {0, (uint64_t)-1, 0, 0, "invalid CPU count: it cannot be negative"},
        {0, 0, (uint64_t)-1, 0, "range of CPUPercent is from 1 to 100"},
        {0, 0, 0, (uint64_t)-1, "invalid IO limit: it is out of range"},
    };
    fixture *f = *state;

    f->host->processors = 4;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        wcow_container_spec spec = WCOW_CONTAINER_SPEC_INIT;
        char *json = NULL;

        spec.image = IMAGE;
        spec.nano_cpus = cases[i].nano_cpus;
        spec.cpu_count = cases[i].count;
        spec.cpu_percent = cases[i].percent;
        spec.io_operations = cases[i].operations;
        assert_fails(&f->err, WCOW_INVALID, cases[i].words,
                     wcow_container_plan(f->host, &spec, &json, &f->err));
    }
}

/* Else somebody pulls an image for a wish that cannot be had. */
static void a_wrong_wish_counts_for_more_than_a_missing_image(void **state)
{
    static const char *const nothere[] = {"credentialspec=file://nothere", NULL};
    static const char *const unknown[] = {"seccomp=unconfined", NULL};
    static const char *const mounts[] = {"C:\\nothere:C:\\data", NULL};
    fixture *f = *state;
    wcow_container_spec wishes[4] = {WCOW_CONTAINER_SPEC_INIT, WCOW_CONTAINER_SPEC_INIT,
                                     WCOW_CONTAINER_SPEC_INIT, WCOW_CONTAINER_SPEC_INIT};

    wishes[0].cpu_percent = 101;
    wishes[1].security_options = nothere;
    wishes[2].security_options = unknown;
    wishes[3].mounts = mounts;
    for (size_t i = 0; i < sizeof wishes / sizeof wishes[0]; i++) {
        wcow_container *container = NULL;

        wishes[i].image = "nobody/has:this";
        assert_int_equal(wcow_container_create(f->host, &wishes[i], &container, &f->err),
                         WCOW_INVALID);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_does_not_count_is_warned_of_and_not_kept),
        TEST(less_memory_than_the_service_counts_is_refused),
        TEST(a_utility_vm_has_them_all),
        TEST(what_is_out_of_range_is_refused),
        TEST(a_wrong_wish_counts_for_more_than_a_missing_image),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
