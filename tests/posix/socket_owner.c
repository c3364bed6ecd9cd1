/* SPDX-License-Identifier: MIT */
/* Which process has a port, on Linux: the kernel's tables, which tell no process. */
#include "port/socket_owner.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/error.h"

#define LISTENS 0x0Au

int32_t socket_owner_find(bool udp, uint16_t port, socket_owner *out)
{
    FILE *table = fopen(udp ? "/proc/net/udp" : "/proc/net/tcp", "r");
    socket_owner best = {0};
    bool found = false;
    char line[512];

    while (table && fgets(line, sizeof line, table)) {
        uint32_t address;
        uint32_t local;
        uint32_t state;

        if (sscanf(line, " %*d: %8" SCNx32 ":%4" SCNx32 " %*8x:%*4x %2" SCNx32, &address, &local,
                   &state) != 3 ||
            local != port || (!udp && state != LISTENS) || (found && best.everywhere))
            continue;
        found = true;
        best.everywhere = !address;
    }
    if (table)
        fclose(table);
    if (!found)
        return HR_NOT_FOUND;
    *out = best;
    return HR_OK;
}
