/* SPDX-License-Identifier: MIT */
/* What the Host Compute Service answers. */
#include "hcs/result.h"

#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "port/hcs.h"

static bool is_one_of(int32_t hr, const int32_t *codes, size_t count)
{
    int32_t normal = hresult_normalise(hr);

    for (size_t i = 0; i < count; i++) {
        if (normal == codes[i])
            return true;
    }
    return false;
}

#define IS_ONE_OF(hr, ...)                                                                         \
    is_one_of(hr, (const int32_t[]){__VA_ARGS__},                                                  \
              sizeof((const int32_t[]){__VA_ARGS__}) / sizeof(int32_t))

bool hcs_is_pending(int32_t hr)
{
    return IS_ONE_OF(hr, HCS_PENDING);
}

bool hcs_is_not_found(int32_t hr)
{
    return IS_ONE_OF(hr, HCS_SYSTEM_NOT_FOUND, HR_NOT_FOUND);
}

bool hcs_is_already_stopped(int32_t hr)
{
    return IS_ONE_OF(hr, HCS_SYSTEM_ALREADY_STOPPED, HCS_PROCESS_ALREADY_STOPPED, HR_NOT_FOUND);
}

bool hcs_is_not_supported(int32_t hr)
{
    /* An unknown request is answered with INVALID_JSON, INVALID_DATA or the guest's
     * UNKNOWN_MESSAGE. */
    return IS_ONE_OF(hr, HR_NOT_SUPPORTED, HCS_INVALID_JSON, HR_FROM_WIN32(13), HR_PROC_NOT_FOUND,
                     (int32_t)0xC037010B, (int32_t)0x80004001);
}

bool hcs_is_invalid_state(int32_t hr)
{
    return IS_ONE_OF(hr, HCS_INVALID_STATE);
}

/* One line of text: the service's messages end with line breaks, and have some within. */
static void add_line(text *t, const char *line)
{
    size_t start;

    if (t->length)
        text_add_char(t, '\n');
    start = t->length;
    for (; *line; line++) {
        bool blank = strchr(" \t\r\n", *line) != NULL;

        if (!blank)
            text_add_char(t, *line);
        else if (t->length > start && t->data[t->length - 1] != ' ')
            text_add_char(t, ' ');
    }
    while (t->length > start && t->data[t->length - 1] == ' ')
        text_cut(t, t->length - 1);
}

static void add_event(text *t, const cJSON *event)
{
    const char *message = json_text(event, "Message", "");
    const char *source = json_text(event, "Source", "");
    cleanup_free char *line = NULL;

    if (*message == '\0')
        return;
    line = *source ? text_format("%s [%s]", message, source) : text_copy(message);
    if (line)
        add_line(t, line);
}

/* Attribution says which step of the service or of the guest failed:
 * {"OperationFailure":{"Detail":…}}. */
static void add_attribution(text *t, const cJSON *attribution)
{
    for (const cJSON *kind = attribution ? attribution->child : NULL; kind; kind = kind->next) {
        const char *detail = json_text(kind, "Detail", "");
        cleanup_free char *line = NULL;

        line = *detail ? text_format("%s: %s", kind->string, detail) : text_copy(kind->string);
        if (line && *line)
            add_line(t, line);
    }
}

static void describe(text *t, const cJSON *result)
{
    const cJSON *item;

    cJSON_ArrayForEach (item, json_member(result, "ErrorEvents")) {
        add_event(t, item);
    }
    if (t->length == 0 && *json_text(result, "ErrorMessage", ""))
        add_line(t, json_text(result, "ErrorMessage", ""));
    cJSON_ArrayForEach (item, json_member(result, "Attribution")) {
        if (cJSON_IsObject(item))
            add_attribution(t, item);
    }
}

wcow_status hcs_check(int32_t hr, const char *result, const char *call, wcow_error *err)
{
    cleanup_json cJSON *parsed = NULL;
    cleanup_text text events = TEXT_INIT;
    wcow_status status = error_check(err, hr, call);
    size_t length;

    /* Some builds answer with plain text or half a document: then there are no events to show. */
    if (status == WCOW_OK || !err || !result ||
        json_parse(result, strlen(result), "the result", &parsed, NULL) != WCOW_OK)
        return status;

    describe(&events, parsed);
    length = events.length < sizeof(err->events) ? events.length : sizeof(err->events) - 1;
    while (length < events.length && length > 0 &&
           ((unsigned char)text_get(&events)[length] & 0xC0) == 0x80)
        length--;
    memcpy(err->events, text_get(&events), events.failed ? 0 : length);
    err->events[events.failed ? 0 : length] = '\0';
    return status;
}
