/* SPDX-License-Identifier: MIT */
/* What is told of a container, with every member that Docker has. */
#include "tests/unit/engine/fixture.h"

static const char *const ping[] = {"ping", NULL};

/* What `images` says of the only image. */
static int64_t listed_size(fixture *f)
{
    wcow_image_info *rows = NULL;
    size_t count = 0;
    int64_t size;

    assert_ok(&f->err, wcow_image_list(f->host, &rows, &count, &f->err));
    assert_int_equal(count, 1);
    size = (int64_t)rows[0].size;
    wcow_free(rows);
    assert_true(size > 0);
    return size;
}

static void a_container_is_shown_with_all_of_dockers_members(void **state)
{
    static const struct {
        const char *path;
        const char *value;
    } members[] = {
        {"MountLabel", ""},
        {"AppArmorProfile", ""},
        {"HostConfig.ConsoleSize", "[0,0]"},
        {"HostConfig.VolumesFrom", "null"},
        {"HostConfig.Dns", "[]"},
        {"HostConfig.NanoCpus", "0"},
        {"HostConfig.Privileged", "false"},
        {"HostConfig.PidsLimit", "null"},
        {"HostConfig.StorageOpt", "<missing>"},
        {"HostConfig.SecurityOpt", "null"},
        {"Config.StopSignal", "<missing>"},
        {"HostConfig.IOMaximumBandwidth", "0"},
        {"NetworkSettings.SandboxKey", ""},
        {"NetworkSettings.IPAddress", ""},
        {"NetworkSettings.SecondaryIPAddresses", "null"},
        {"NetworkSettings.Networks.nat.Aliases", "null"},
        {"NetworkSettings.Networks.nat.IPv6Gateway", ""},
        {"State.Health", "<missing>"},
        {"Config.Healthcheck", "<missing>"},
        {"SizeRw", "<missing>"},
    };
    fixture *f = *state;
    wcow_container *one = fixture_create(f, "one", ping);

    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
        cleanup_free char *value = fixture_inspect(f, one, members[i].path);

        assert_string_equal(value, members[i].value);
    }
    assert_ok(&f->err, wcow_container_remove(one, true, &f->err));
    wcow_container_free(one);
}

static void what_a_container_was_made_with_is_shown(void **state)
{
    static const char *const devices[] = {"class/86E0D1E0-8089-11D0-9CE4-08003E301F73", NULL};
    static const char *const storage[] = {"size=30GB", NULL};
    static const char *const security[] = {"credentialspec=raw://{}", NULL};
    static const char *const search[] = {"a.example", "b.example.", NULL};
    static const struct {
        const char *path;
        const char *value;
    } members[] = {
        {"HostConfig.Devices", "[{\"PathOnHost\":\"class/86E0D1E0-8089-11D0-9CE4-08003E301F73\","
                               "\"PathInContainer\":\"\",\"CgroupPermissions\":\"\"}]"},
        {"HostConfig.StorageOpt", "{\"size\":\"30GB\"}"},
        {"HostConfig.SecurityOpt", "[\"credentialspec=raw://{}\"]"},
        {"HostConfig.DnsSearch", "[\"a.example\",\"b.example.\"]"},
        {"Config.Hostname", "web.site"},
        {"Config.Domainname", "corp.example"},
        {"Config.StopSignal", "SIGINT"},
    };
    fixture *f = *state;
    wcow_container_spec spec = WCOW_CONTAINER_SPEC_INIT;
    wcow_container *one = NULL;

    spec.image = IMAGE;
    spec.isolation = WCOW_ISOLATION_PROCESS;
    spec.devices = devices;
    spec.storage_options = storage;
    spec.security_options = security;
    spec.dns_search = search;
    spec.hostname = "web.site";
    spec.domainname = "corp.example";
    spec.stop_signal = "SIGINT";
    assert_ok(&f->err, wcow_container_create(f->host, &spec, &one, &f->err));
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        cleanup_free char *value = fixture_inspect(f, one, members[i].path);

        assert_string_equal(value, members[i].value);
    }
    assert_ok(&f->err, wcow_container_remove(one, true, &f->err));
    wcow_container_free(one);
}

static void sizes_are_those_of_scratch_and_image(void **state)
{
    fixture *f = *state;
    wcow_container *one = fixture_create(f, "one", ping);
    uint64_t own = 0;
    uint64_t whole = 0;

    assert_ok(&f->err, wcow_container_sizes(one, &own, &whole, &f->err));
    assert_int_equal(whole - own, listed_size(f));
    assert_ok(&f->err, wcow_container_remove(one, true, &f->err));
    assert_int_equal(wcow_container_sizes(one, &own, &whole, &f->err), WCOW_NOT_FOUND);
    wcow_container_free(one);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_container_is_shown_with_all_of_dockers_members),
        TEST(what_a_container_was_made_with_is_shown),
        TEST(sizes_are_those_of_scratch_and_image),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
