/* SPDX-License-Identifier: MIT */
/* What port/socket_owner.h promises. */
#include "contract.h"

#include <string.h>

#include "base/error.h"
#include "native.h"
#include "port/machine.h"
#include "port/socket_owner.h"

/* Linux tells no process of a socket, and Wine does not everywhere. */
static void assert_is_this_process(const socket_owner *owner)
{
    if (!native_is_windows() || (native_is_wine() && !owner->pid))
        return;
    assert_int_equal(owner->pid, machine_process_id());
    assert_string_equal(owner->program, "test_contract_socket_owner.exe");
}

static void who_has_a_port_is_found(void **state)
{
    (void)state;
    for (int udp = 0; udp < 2; udp++) {
        for (int everywhere = 0; everywhere < 2; everywhere++) {
            socket_owner owner = {0};
            uint16_t port;
            const intptr_t s = native_socket(udp, everywhere, &port);

            assert_int_equal(socket_owner_find(udp, port, &owner), HR_OK);
            assert_int_equal(owner.everywhere, everywhere);
            assert_is_this_process(&owner);
            assert_int_equal(socket_owner_find(!udp, port, &owner), HR_NOT_FOUND);
            native_socket_close(s);
            assert_int_equal(socket_owner_find(udp, port, &owner), HR_NOT_FOUND);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_has_a_port_is_found),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
