/* SPDX-License-Identifier: MIT */
/* wcow-cni.exe: reads what a call is from the environment and standard input. */
#include <stdio.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "plugin.h"

static char *read_input(void)
{
    text all = TEXT_INIT;
    char bytes[4096];
    size_t got;

    while ((got = fread(bytes, 1, sizeof(bytes), stdin)) > 0)
        text_add_bytes(&all, bytes, got);
    return text_take(&all);
}

int main(void)
{
    cleanup_free char *input = read_input();
    cleanup_free char *out = NULL;
    const cni_call call = {.command = getenv("CNI_COMMAND"),
                           .container = getenv("CNI_CONTAINERID"),
                           .space = getenv("CNI_NETNS"),
                           .interface = getenv("CNI_IFNAME"),
                           .input = input};
    hcs_port *port = NULL;
    int code;

    if (hcs_port_open(&port) < 0) {
        printf("{\"cniVersion\":\"1.0.0\",\"code\":999,\"msg\":\"no Host Compute Service\"}\n");
        return 1;
    }
    code = cni_run(port, &call, &out);
    port->free(port);
    if (out && *out)
        printf("%s\n", out);
    return code;
}
