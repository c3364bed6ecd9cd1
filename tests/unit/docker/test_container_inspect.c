/* SPDX-License-Identifier: MIT */
/* A container in Docker's shape. */
#include "docker/container_inspect.h"

#include "tests/unit/docker/shows.h"
static const char *const arguments[] = {"-t", "x", NULL};
static const char *const environment[] = {"A=1", NULL};
static const char *const labels[] = {"a=b=c", "lone", NULL};

static const endpoint_facts endpoints[] = {
    {.network = "nat", .id = "e", .ip_address = "172.17.0.2", .prefix_length = 16}};

static const container_facts web = {
    .id = "0123",
    .name = "web",
    .created = 1,
    .path = "ping",
    .path_arguments = arguments,
    .image = "base:1",
    .image_id = "sha256:1",
    .os_version = "10.0.20348.1",
    .log_path = "C:\\l",
    .scratch = "C:\\s",
    .state = "running",
    .running = true,
    .pid = UINT32_MAX,
    .exit_code = 3,
    .started = 1000000000,
    .environment = environment,
    .arguments = arguments,
    .labels = labels,
    .stop_timeout = 30,
    .restart_policy = "on-failure",
    .restart_maximum = 3,
    .restart_count = 2,
    .restarting = true,
    .network = {.mode = "nat", .endpoints = endpoints, .endpoint_count = 1},
    .isolation = "process",
    .schema = 2,
    .memory = 1ull << 40,
};

static void facts_are_where_docker_shows_them(void **state)
{
    cleanup_free char *json = container_inspect_print(&web);

    (void)state;
    assert_non_null(json);
    shows(json, "Id", "\"0123\"");
    shows(json, "Name", "\"/web\"");
    shows(json, "Path", "\"ping\"");
    shows(json, "Args", "[\"-t\",\"x\"]");
    shows(json, "Image", "\"sha256:1\"");
    shows(json, "State.Status", "\"running\"");
    shows(json, "State.Running", "true");
    shows(json, "State.Pid", "4294967295");
    shows(json, "State.StartedAt", "\"1970-01-01T00:00:01Z\"");
    shows(json, "State.FinishedAt", "\"0001-01-01T00:00:00Z\"");
    shows(json, "Config.Image", "\"base:1\"");
    shows(json, "Config.Cmd", "[\"-t\",\"x\"]");
    shows(json, "Config.Labels", "{\"a\":\"b=c\",\"lone\":\"\"}");
    shows(json, "Config.AttachStdout", "true");
    shows(json, "HostConfig.Memory", "1099511627776");
    shows(json, "HostConfig.LogConfig", "{\"Type\":\"json-file\",\"Config\":{}}");
    shows(json, "HostConfig.RestartPolicy", "{\"Name\":\"on-failure\",\"MaximumRetryCount\":3}");
    shows(json, "HostConfig.Schema", "2");
    shows(json, "RestartCount", "2");
    shows(json, "State.Restarting", "true");
    shows(json, "GraphDriver", "{\"Data\":{\"dir\":\"C:\\\\s\"},\"Name\":\"windowsfilter\"}");
    shows(json, "NetworkSettings.SandboxID", "\"0123\"");
}

static void an_empty_list_is_what_docker_makes_of_it(void **state)
{
    const container_facts bare = {.name = "x", .network = {.mode = "none"}, .state = "created"};
    cleanup_free char *json = container_inspect_print(&bare);

    (void)state;
    assert_non_null(json);
    shows(json, "Args", "[]");
    shows(json, "Mounts", "[]");
    shows(json, "ExecIDs", "null");
    shows(json, "HostConfig.Binds", "null");
    shows(json, "Config.Env", "[]");
    shows(json, "Config.Entrypoint", "null");
    shows(json, "Config.Labels", "{}");
    shows(json, "Config.ArgsEscaped", "<missing>");
    shows(json, "GraphDriver.Data", "null");
    shows(json, "NetworkSettings.Networks.none.EndpointID", "\"\"");
    shows(json, "NetworkSettings.Networks.none.IPPrefixLen", "0");
}

static void mounts_and_the_endpoint_are_shown(void **state)
{
    static const mount_facts mounts[] = {{"bind", NULL, "C:\\a", "C:\\b", NULL, "ro", false},
                                         {"volume", "data", "C:\\c", "C:\\d", "local", "", true}};
    static const char *const wished[] = {"a=b", NULL};
    static const mount_wish_facts wishes[] = {
        {.type = "volume", .source = "data", .target = "C:\\d", .labels = wished},
        {.type = "bind", .source = "C:\\a", .target = "C:\\b", .read_only = true}};
    static const char *const volumes[] = {"C:\\e", NULL};
    container_facts facts = web;
    cleanup_free char *json = NULL;

    (void)state;
    facts.mounts = mounts;
    facts.mount_count = 2;
    facts.mount_wishes = wishes;
    facts.mount_wish_count = 2;
    facts.volumes = volumes;
    facts.args_escaped = true;
    json = container_inspect_print(&facts);
    assert_non_null(json);
    shows(json, "Mounts",
          "[{\"Type\":\"bind\",\"Source\":\"C:\\\\a\",\"Destination\":\"C:\\\\b\",\"Mode\":\"ro\","
          "\"RW\":false,\"Propagation\":\"\"},{\"Type\":\"volume\",\"Name\":\"data\","
          "\"Source\":\"C:\\\\c\",\"Destination\":\"C:\\\\d\",\"Driver\":\"local\",\"Mode\":\"\","
          "\"RW\":true,\"Propagation\":\"\"}]");
    shows(json, "HostConfig.Mounts",
          "[{\"Type\":\"volume\",\"Source\":\"data\",\"Target\":\"C:\\\\d\",\"VolumeOptions\":{"
          "\"Labels\":{\"a\":\"b\"}}},{\"Type\":\"bind\",\"Source\":\"C:\\\\a\",\"Target\":"
          "\"C:\\\\b\",\"ReadOnly\":true}]");
    shows(json, "Config.Volumes", "{\"C:\\\\e\":{}}");
    shows(json, "NetworkSettings.Networks.nat.EndpointID", "\"e\"");
    shows(json, "NetworkSettings.Networks.nat.IPAddress", "\"172.17.0.2\"");
    shows(json, "NetworkSettings.Networks.nat.IPPrefixLen", "16");
    shows(json, "Config.ArgsEscaped", "true");
}

static void ports_are_shown_as_wished_and_as_they_are(void **state)
{
    static const port_facts bindings[] = {{"tcp", 80, 8080}, {"tcp", 80, 8081}, {"udp", 53, 0}};
    static const port_facts ports[] = {{"tcp", 80, 8080}, {"udp", 53, 49152}};
    static const char *const exposed[] = {"53/udp", "80/tcp", "81/tcp", NULL};
    static const char *const hosts[] = {"db:10.0.0.5", NULL};
    container_facts facts = web;
    cleanup_free char *json = NULL;
    cleanup_free char *stopped = NULL;

    (void)state;
    facts.network.bindings = bindings;
    facts.network.binding_count = 3;
    facts.network.ports = ports;
    facts.network.port_count = 2;
    facts.network.exposed = exposed;
    facts.network.hosts = hosts;
    facts.network.running = true;
    json = container_inspect_print(&facts);
    assert_non_null(json);
    shows(json, "HostConfig.PortBindings",
          "{\"80/tcp\":[{\"HostIp\":\"\",\"HostPort\":\"8080\"},{\"HostIp\":\"\",\"HostPort\":"
          "\"8081\"}],\"53/udp\":[{\"HostIp\":\"\",\"HostPort\":\"\"}]}");
    shows(json, "NetworkSettings.Ports",
          "{\"80/tcp\":[{\"HostIp\":\"0.0.0.0\",\"HostPort\":\"8080\"}],\"53/udp\":[{\"HostIp\":"
          "\"0.0.0.0\",\"HostPort\":\"49152\"}],\"81/tcp\":null}");
    shows(json, "Config.ExposedPorts", "{\"53/udp\":{},\"80/tcp\":{},\"81/tcp\":{}}");
    shows(json, "HostConfig.ExtraHosts", "[\"db:10.0.0.5\"]");
    facts.network.running = false;
    stopped = container_inspect_print(&facts);
    shows(stopped, "NetworkSettings.Ports", "{}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(facts_are_where_docker_shows_them),
        cmocka_unit_test(an_empty_list_is_what_docker_makes_of_it),
        cmocka_unit_test(mounts_and_the_endpoint_are_shown),
        cmocka_unit_test(ports_are_shown_as_wished_and_as_they_are),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
