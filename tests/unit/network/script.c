/* SPDX-License-Identifier: MIT */
/* A Host Network Service that follows a script. */
#include "tests/unit/network/script.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "tests/unit/status.h"

static const script_step *script;
static size_t length, position;
static char surprise[512];

static int32_t follow(hcs_port *port, const char *method, const char *path, const char *body,
                      char **response)
{
    const script_step *step = &script[position];

    (void)port;
    if (position >= length || strcmp(step->method, method) != 0 || strcmp(step->path, path) != 0 ||
        strcmp(step->body, body) != 0) {
        snprintf(surprise, sizeof(surprise), "step %zu: %s %s %s", position, method, path, body);
        return (int32_t)0x8000FFFF;
    }
    position++;
    *response = text_copy(step->response);
    return step->hr;
}

static hcs_port port = {.hns_call = follow};

hcs_port *script_begin(const script_step *steps, size_t count)
{
    script = steps;
    length = count;
    position = 0;
    surprise[0] = '\0';
    return &port;
}

void script_end(void)
{
    if (surprise[0])
        fail_msg("not in the script: %s", surprise);
    assert_int_equal(position, length);
}
