/* SPDX-License-Identifier: MIT */
/* What a step writes down. */
#include <inttypes.h>
#include <stdio.h>

#include "base/error.h"
#include "engine/self_test/self_test.h"
#include "port/clock.h"

static void noted(self_test *t, bool added)
{
    t->no_memory = t->no_memory || !added;
}

void note_text(self_test *t, const char *name, const char *value)
{
    noted(t, json_add_text(t->step, name, value));
}

void note_number(self_test *t, const char *name, int64_t value)
{
    noted(t, json_add_integer(t->step, name, value));
}

void note_json(self_test *t, const char *name, cJSON *value)
{
    noted(t, value && json_add(t->step, name, value));
}

void note_hresult(int32_t hr, char out[11])
{
    snprintf(out, 11, "0x%08" PRIX32, (uint32_t)hr);
}

/* Adds to a list of the step, which is made by its first item. */
static void append(self_test *t, const char *name, cJSON *item)
{
    cJSON *list = cJSON_GetObjectItemCaseSensitive(t->step, name);

    if (!list) {
        list = cJSON_AddArrayToObject(t->step, name);
        noted(t, list);
    }
    if (list)
        noted(t, json_append(list, item));
    else
        cJSON_Delete(item);
}

static cJSON *call_new(const char *call, const char *on, int32_t hr, uint64_t since)
{
    cleanup_json cJSON *item = cJSON_CreateObject();
    char code[11];

    note_hresult(hr, code);
    if (!item || !json_add_text(item, "call", call) || !json_add_text(item, "on", on) ||
        !json_add_text(item, "hr", code) ||
        !json_add_integer(item, "ms", (int64_t)(clock_ticks() - since)))
        return NULL;
    return TAKE(item);
}

void note_call(self_test *t, const char *call, const char *on, int32_t hr, uint64_t since)
{
    cJSON *item = call_new(call, on, hr, since);

    noted(t, item);
    if (item)
        append(t, "calls", item);
}

void note_status(self_test *t, const char *call, const char *on, wcow_status status,
                 const wcow_error *err, uint64_t since)
{
    cJSON *item = call_new(call, on, status ? err->hresult : HR_OK, since);
    const bool complete =
        item && (!status || (json_add_text(item, "kind", wcow_status_name(status)) &&
                             json_add_text(item, "message", err->message) &&
                             json_add_text(item, "events", err->events[0] ? err->events : NULL)));

    noted(t, complete);
    if (item)
        append(t, "calls", item);
}

bool note_expected(self_test *t, const char *what, bool is_so)
{
    cJSON *item = cJSON_CreateObject();

    noted(t, item && json_add_text(item, "what", what) && json_add_bool(item, "so", is_so));
    if (item)
        append(t, "expected", item);
    t->differs = t->differs || !is_so;
    return is_so;
}

void note_left_out(self_test *t, const char *reason)
{
    note_text(t, "leftOut", reason);
    t->left_out = true;
}
