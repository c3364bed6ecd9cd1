/* SPDX-License-Identifier: MIT */
/* Runs whose streams a test stands behind. */
#include "tests/unit/engine/attached.h"

#include <stdlib.h>
#include <unistd.h>

wcow_container *attached_create(fixture *f, const char *const *command, bool open_stdin)
{
    wcow_container_spec spec = WCOW_CONTAINER_SPEC_INIT;
    wcow_container *container = NULL;

    spec.image = IMAGE;
    spec.command = command;
    spec.open_stdin = open_stdin;
    assert_ok(&f->err, wcow_container_create(f->host, &spec, &container, &f->err));
    return container;
}

void attached_free(attached_result *r)
{
    free(r->out);
    free(r->err);
}

/* Starts it attached, with `input` on standard input, which then ends. */
attached_result attached_run(fixture *f, wcow_container *container, const char *input,
                             size_t length)
{
    wcow_attach_options attach = WCOW_ATTACH_OPTIONS_INIT;
    attached_result r = {.outcome = {.exit_code = 99}};
    streams s;

    streams_replace(f, &s);
    if (input) {
        attach.standard_input = true;
        if (write(s.in[1], input, length) != (ssize_t)length)
            r.status = WCOW_FAILED;
        close(s.in[1]);
        s.in[1] = -1;
    }
    if (!r.status)
        r.status = wcow_container_start(container, &attach, &r.outcome, &f->err);
    streams_restore(&s, &r.out, &r.err);
    return r;
}
