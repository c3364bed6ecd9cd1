/* SPDX-License-Identifier: MIT */
/* Both ends of a pipe in one program. */
#include "tests/unit/link/wire.h"

#include <stdio.h>
#include <unistd.h>

#include "port/pipe.h"
#include "tests/unit/status.h"

const char *wire_name(void)
{
    static char name[64];
    static unsigned count;

    snprintf(name, sizeof name, "wcow-test-link-%d-%u", (int)getpid(), count++);
    return name;
}

void wire_open(connection *client, stream **server)
{
    const char *name = wire_name();
    pipe_server *listener = NULL;
    wcow_error err = WCOW_ERROR_INIT;

    assert_int_equal(pipe_listen(name, &listener), 0);
    assert_ok(&err, connection_open(name, 5000, "1.2.3", client, &err));
    assert_int_equal(pipe_accept(listener, server), 0);
    pipe_server_free(listener);
}
