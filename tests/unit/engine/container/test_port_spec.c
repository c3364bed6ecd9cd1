/* SPDX-License-Identifier: MIT */
/* Ports as Docker writes them, and as `ps` shows them. */
#include "engine/container/port_spec.h"

#include "base/text.h"
#include "engine/container/ports.h"
#include "tests/unit/status.h"

static wcow_error err;

static char *parsed(const char *const *specs)
{
    cleanup_ports port_list ports = {NULL, 0};
    cleanup_text text all = TEXT_INIT;

    assert_ok(&err, port_specs_parse(specs, &ports, &err));
    for (size_t i = 0; i < ports.count; i++)
        text_addf(&all, "%u>%u/%s ", ports.items[i].host, ports.items[i].container,
                  hns_protocols[ports.items[i].protocol]);
    return text_take(&all);
}

static void ports_are_read_in_all_of_dockers_ways(void **state)
{
    static const struct {
        const char *given, *read;
    } cases[] = {
        {"80", "0>80/tcp "},
        {"8080:80", "8080>80/tcp "},
        {"53:53/udp", "53>53/udp "},
        {"80/TCP", "0>80/tcp "},
        {":80", "0>80/tcp "},
        {"0:80", "0>80/tcp "},
        {"0.0.0.0:8080:80", "8080>80/tcp "},
        {"[::]:8080:80", "8080>80/tcp "},
        {"0.0.0.0::80", "0>80/tcp "},
        {"5000-5002:6000-6002", "5000>6000/tcp 5001>6001/tcp 5002>6002/tcp "},
        {"80-81/udp", "0>80/udp 0>81/udp "},
        {"target=80,published=8080,protocol=udp", "8080>80/udp "},
        {"target=80", "0>80/tcp "},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *const specs[] = {cases[i].given, NULL};
        cleanup_free char *all = parsed(specs);

        assert_string_equal(all, cases[i].read);
    }
}

static void ports_go_to_the_service_in_dockers_order(void **state)
{
    static const char *const specs[] = {"443", "80:80", "53/udp", "81:80", "53/tcp", NULL};
    cleanup_free char *all = parsed(specs);

    (void)state;
    assert_true(text_starts_with(all, "0>53/tcp 0>53/udp "));
    assert_true(text_ends_with(all, " 0>443/tcp "));
}

static void what_windows_cannot_is_refused_in_dockers_words(void **state)
{
    static const struct {
        const char *given, *said;
    } cases[] = {
        {"127.0.0.1:8080:80",
         "Windows does not support host IP addresses in NAT settings: -p 127.0.0.1:8080:80 has "
         "'127.0.0.1'"},
        {"[::1]:8080:80",
         "Windows does not support host IP addresses in NAT settings: -p [::1]:8080:80 has "
         "'[::1]'"},
        {"8000-8003:80",
         "Windows does not support more than one host port in NAT settings: -p 8000-8003:80 has "
         "8000-8003"},
        {"80:80/sctp", "invalid protocol sctp: Windows forwards tcp and udp"},
        {"", "no port specified: <empty>"},
        {"80:", "no port specified: 80:<empty>"},
        {"x", "invalid containerPort: x"},
        {"0", "invalid containerPort: 0"},
        {"65536", "invalid containerPort: 65536"},
        {"9-8", "invalid containerPort: 9-8"},
        {"x:80", "invalid hostPort: x"},
        {"80-82:80-81", "invalid ranges specified for container and host Ports: 80-81 and 80-82"},
        {"target=80,x", "invalid publish opts format (should be name=value but got 'x')"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *const specs[] = {cases[i].given, NULL};
        port_list ports = {NULL, 0};

        assert_fails(&err, WCOW_INVALID, cases[i].said, port_specs_parse(specs, &ports, &err));
        assert_null(ports.items);
    }
}

static void one_port_of_the_host_is_published_once(void **state)
{
    static const char *const twice[] = {"80:80", "79-81:179-181", NULL};
    static const char *const fine[] = {"80:80", "80:80/udp", "81", "81", NULL};
    port_list ports = {NULL, 0};

    (void)state;
    free(parsed(fine));
    assert_fails(&err, WCOW_INVALID, "the host's port 80/tcp is published twice",
                 port_specs_parse(twice, &ports, &err));
}

static void exposed_ports_are_named_with_their_protocol(void **state)
{
    static const char *const specs[] = {"80", "80/tcp", "81-82/udp", "9/sctp", NULL};
    static const char *const bad[] = {"", "x", "80/icmp", "8080:80", "3-2", "0", NULL};
    cleanup_strings string_list exposed = STRING_LIST_INIT;
    hns_port port;

    (void)state;
    assert_ok(&err, exposed_ports_add(specs, "--expose", &exposed, &err));
    assert_int_equal(exposed.count, 4);
    assert_string_equal(exposed.items[0], "80/tcp");
    assert_string_equal(exposed.items[2], "82/udp");
    assert_true(exposed_port_read("82/udp", &port));
    assert_int_equal(port.container, 82);
    assert_int_equal(port.protocol, HNS_UDP);
    assert_false(exposed_port_read("9/sctp", &port));
    for (const char *const *each = bad; *each; each++) {
        const char *const one[] = {*each, NULL};

        assert_int_equal(exposed_ports_add(one, "--expose", &exposed, &err), WCOW_INVALID);
    }
}

static void rows_of_ports_are_shown_together(void **state)
{
    static hns_port ports[] = {{HNS_TCP, 5002, 5002}, {HNS_TCP, 5000, 5000}, {HNS_TCP, 5001, 5001},
                               {HNS_TCP, 80, 8080},   {HNS_UDP, 53, 53},     {HNS_TCP, 90, 90}};
    static hns_endpoint endpoint = {.ports = ports, .port_count = 6};
    static const hns_endpoint_list endpoints = {&endpoint, 1};
    char eighty[] = "80/tcp";
    char next[] = "81/tcp";
    char last[] = "82/tcp";
    char *shown[] = {eighty, next, last, NULL};
    const string_list exposed = {shown, 3, 3};
    cleanup_text text all = TEXT_INIT;

    (void)state;
    ports_print(&endpoints, &exposed, &all);
    assert_string_equal(text_get(&all), "0.0.0.0:90->90/tcp, 0.0.0.0:53->53/udp, 81-82/tcp, "
                                        "0.0.0.0:5000-5002->5000-5002/tcp, 0.0.0.0:8080->80/tcp");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ports_are_read_in_all_of_dockers_ways),
        cmocka_unit_test(ports_go_to_the_service_in_dockers_order),
        cmocka_unit_test(what_windows_cannot_is_refused_in_dockers_words),
        cmocka_unit_test(one_port_of_the_host_is_published_once),
        cmocka_unit_test(exposed_ports_are_named_with_their_protocol),
        cmocka_unit_test(rows_of_ports_are_shown_together),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
