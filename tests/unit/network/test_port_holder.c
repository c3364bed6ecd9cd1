/* SPDX-License-Identifier: MIT */
/* Who has a port of the host: told before HNS is asked, and after it refused. */
#include "tests/unit/status.h"

#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "network/port_holder.h"
#include "tests/unit/network/script.h"

#define ENDPOINTS(list)                                                                            \
    script_begin(&(const script_step){"GET", "/endpoints/", "",                                    \
                                      "{\"Success\":true,\"Output\":[" list "]}", 0},              \
                 1)
#define PUBLISHES(name, protocol, port)                                                            \
    "{\"ID\":\"e1\",\"Name\":\"" name                                                              \
    "\",\"Policies\":[{\"Type\":\"NAT\",\"Protocol\":\"" protocol                                  \
    "\",\"InternalPort\":80,\"ExternalPort\":" port "}]}"

static wcow_error err;
static socket_owner somebody; /* has the port that is asked for */
static size_t asked;

static int32_t owner(bool udp, uint16_t port, socket_owner *out)
{
    assert_int_equal(port, 8080);
    (void)udp;
    asked++;
    *out = somebody;
    return HR_OK;
}

static int32_t nobody(bool udp, uint16_t port, socket_owner *out)
{
    (void)udp;
    (void)port;
    (void)out;
    return HR_NOT_FOUND;
}

static const hns_port tcp = {HNS_TCP, 80, 8080};
static const hns_port udp = {HNS_UDP, 80, 8080};
static const hns_port open_one = {HNS_TCP, 80, 0};

static wcow_status check(hcs_port *hcs, socket_owner_find_fn *find, const hns_port *port)
{
    err = (wcow_error)WCOW_ERROR_INIT;
    return port_holders_check(hcs, find, port, 1, &err);
}

static void a_container_that_publishes_it_is_named(void **state)
{
    (void)state;
    assert_int_equal(
        check(ENDPOINTS(PUBLISHES("wcow-0123456789abcdef", "tcp", "8080")), nobody, &tcp),
        WCOW_CONFLICT);
    assert_non_null(strstr(err.message, "port 8080/tcp of the host is already allocated: container "
                                        "0123456789ab publishes it"));
    assert_int_equal(check(ENDPOINTS(PUBLISHES("other", "tcp", "8080")), nobody, &tcp),
                     WCOW_CONFLICT);
    assert_non_null(strstr(err.message, "another engine's container publishes it"));
}

static void other_ports_and_protocols_are_no_conflict(void **state)
{
    (void)state;
    assert_ok(&err, check(ENDPOINTS(PUBLISHES("wcow-a", "udp", "8080")), nobody, &tcp));
    assert_ok(&err, check(ENDPOINTS(PUBLISHES("wcow-a", "tcp", "8081")), nobody, &tcp));
    assert_ok(&err, check(ENDPOINTS(PUBLISHES("wcow-a", "tcp", "8080")), owner, &open_one));
}

static void a_process_that_listens_everywhere_is_named(void **state)
{
    static const struct {
        socket_owner owner;
        const char *words;
    } cases[] = {
        {{77, "nginx.exe", true}, "allocated: process 77 (nginx.exe) has it"},
        {{77, "", true}, "allocated: process 77 has it"},
        {{0, "", true}, "allocated: another process has it"},
        {{4, "System", true}, "allocated: Windows itself has it, as for IIS"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        somebody = cases[i].owner;
        assert_int_equal(check(ENDPOINTS(""), owner, &tcp), WCOW_CONFLICT);
        assert_non_null(strstr(err.message, cases[i].words));
    }
}

/* One address alone, and UDP that may be shared: HNS knows. */
static void of_what_is_not_sure_hns_decides(void **state)
{
    (void)state;
    somebody = (socket_owner){77, "nginx.exe", false};
    assert_ok(&err, check(ENDPOINTS(""), owner, &tcp));
    somebody.everywhere = true;
    assert_ok(&err, check(ENDPOINTS(""), owner, &udp));
    assert_ok(&err, check(ENDPOINTS(""), NULL, &tcp));
}

static void after_a_refusal_all_are_told(void **state)
{
    const hns_port ports[] = {tcp, open_one, {HNS_UDP, 80, 8080}};

    (void)state;
    somebody = (socket_owner){77, "dns.exe", false};
    err = (wcow_error)WCOW_ERROR_INIT;
    error_set(&err, WCOW_FAILED, "no");
    port_holders_tell(ENDPOINTS(PUBLISHES("wcow-0123456789abcdef", "tcp", "8080")), owner, ports, 3,
                      &err);
    assert_non_null(
        strstr(err.hint, "port 8080/tcp of the host: container 0123456789ab publishes it"));
    assert_non_null(strstr(err.hint, "port 8080/udp of the host: process 77 (dns.exe) has it"));
    err = (wcow_error)WCOW_ERROR_INIT;
    error_set(&err, WCOW_FAILED, "no");
    port_holders_tell(ENDPOINTS(""), nobody, ports, 3, &err);
    assert_non_null(strstr(err.hint, "show excludedportrange protocol=udp"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_container_that_publishes_it_is_named),
        cmocka_unit_test(other_ports_and_protocols_are_no_conflict),
        cmocka_unit_test(a_process_that_listens_everywhere_is_named),
        cmocka_unit_test(of_what_is_not_sure_hns_decides),
        cmocka_unit_test(after_a_refusal_all_are_told),
    };

    return cmocka_run_group_tests_name("network/port_holder", tests, NULL, NULL);
}
