/* SPDX-License-Identifier: MIT */
#include "tests/unit/engine/container/abandon.h"

#include "engine/container/container.h"

void abandon(fixture *f, const wcow_container *container, phase p)
{
    state s = {.phase = p,
               .pid = 7,
               .monitor_pid = 8,
               .started = 1,
               .system = true,
               .mounted = true,
               .networked = true};

    assert_ok(&f->err, state_write(f->host, container->id, &s, &f->err));
}
