/* SPDX-License-Identifier: MIT */
/* system events-log: the last entries of several channels, as one list. */
#include <wcow/events_log.h>

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/options.h"
#include "base/text.h"
#include "engine/container/catalog.h"
#include "engine/host/windows_log.h"
#include "port/clock.h"

#define READ_MOST  2000u /* entries of a channel that are looked at */
#define LIMIT      50u
#define LIMIT_MOST 2000u
#define ID_DIGITS  12 /* so many make an id of what is no container any more */
#define DAY        (INT64_C(86400) * 1000000000)
#define NO_CHANNEL HR_FROM_WIN32(15007) /* ERROR_EVT_CHANNEL_NOT_FOUND */

/* One row, and what it is sorted by: times are texts of one length. */
typedef struct reading {
    const char *channel;
    const char *id; /* only entries that have it; NULL: all */
    uint32_t limit; /* of a channel */
    uint32_t seen, taken;
    cJSON *rows;
    bool no_memory;
} reading;

static const char *level_name(uint32_t level)
{
    static const char *const names[] = {"always", "critical", "error", "warning", "information"};

    return level < sizeof names / sizeof names[0] ? names[level] : "verbose";
}

static bool add(reading *r, const log_entry_facts *facts)
{
    cleanup_json cJSON *row = cJSON_CreateObject();

    return row && json_add_text(row, "Time", facts->time) &&
           json_add_text(row, "Level", level_name(facts->level)) &&
           json_add_text(row, "Source", facts->provider) &&
           json_add_integer(row, "ID", facts->id) && json_add_text(row, "Channel", r->channel) &&
           json_add_text(row, "Message", facts->words) && json_append(r->rows, TAKE(row));
}

/* The service writes ids as they were given; GUIDs of endpoints and layers in capitals. */
static bool is_about(const char *xml, const char *message, const char *id)
{
    return !id || strstr(xml, id) || (message && strstr(message, id));
}

static bool take(void *context, const char *xml, const char *message)
{
    reading *r = context;
    CLEANUP(log_entry_facts) log_entry_facts facts = {0};

    r->seen++;
    if (is_about(xml, message, r->id) && log_entry_facts_read(xml, message, &facts)) {
        r->no_memory = !add(r, &facts) || r->no_memory;
        r->taken++;
    }
    return r->seen < READ_MOST && r->taken < r->limit && !r->no_memory;
}

static wcow_status read_channels(reading *r, int64_t since, wcow_error *err)
{
    for (size_t i = 0; windows_log_channels[i]; i++) {
        cleanup_free char *query = windows_log_query(windows_log_channels[i], since);
        int32_t hr;

        if (!query)
            return error_no_memory(err);
        r->channel = windows_log_channels[i];
        r->seen = r->taken = 0;
        hr = windows_log_port.read(r->channel, query, take, r);
        if (HR_FAILED(hr) && hr != NO_CHANNEL)
            return error_wrap(err, error_hresult(err, hr, "EvtQuery"), "cannot read '%s'",
                              r->channel);
    }
    return r->no_memory ? error_no_memory(err) : WCOW_OK;
}

/* ---- the list ---- */

static int by_time(const void *a, const void *b)
{
    const cJSON *const *one = a;
    const cJSON *const *other = b;

    return strcmp(json_text(*one, "Time", ""), json_text(*other, "Time", ""));
}

/* The last `limit` rows, the oldest of them first. */
static wcow_status sort(cJSON **rows, uint32_t limit, wcow_error *err)
{
    const size_t count = (size_t)cJSON_GetArraySize(*rows);
    cleanup_free cJSON **all = calloc(count ? count : 1, sizeof *all);
    cleanup_json cJSON *sorted = cJSON_CreateArray();

    if (!all || !sorted)
        return error_no_memory(err);
    for (size_t i = 0; i < count; i++)
        all[i] = cJSON_DetachItemFromArray(*rows, 0);
    qsort(all, count, sizeof *all, by_time);
    for (size_t i = 0; i < count; i++) {
        if (i + limit < count)
            cJSON_Delete(all[i]);
        else
            cJSON_AddItemToArray(sorted, all[i]);
    }
    cJSON_Delete(*rows);
    *rows = TAKE(sorted);
    return WCOW_OK;
}

/* Of one that is gone its id is enough: `run --rm` leaves nothing else. */
static wcow_status id_of(wcow_host *host, const char *reference, char **out, wcow_error *err)
{
    cleanup_free char *name = NULL;
    const wcow_status status = catalog_find(host, reference, out, &name, err);

    if (status != WCOW_NOT_FOUND || strlen(reference) < ID_DIGITS ||
        reference[strspn(reference, "0123456789abcdef")])
        return status;
    *out = text_copy(reference);
    return *out ? WCOW_OK : error_no_memory(err);
}

wcow_status wcow_host_events_log(wcow_host *host, const wcow_events_log_options *options,
                                 char **json, wcow_error *err)
{
    wcow_events_log_options wish = WCOW_EVENTS_LOG_OPTIONS_INIT;
    cleanup_free char *id = NULL;
    cleanup_json cJSON *rows = cJSON_CreateArray();
    wcow_error problem = WCOW_ERROR_INIT;
    reading r = {.rows = rows};
    char *printed;
    wcow_status status = options_copy(&wish, sizeof wish, options, "wcow_events_log_options", err);

    if (status)
        return status;
    r.limit = !wish.limit ? LIMIT : wish.limit < LIMIT_MOST ? wish.limit : LIMIT_MOST;
    status = rows ? WCOW_OK : error_no_memory(&problem);
    if (!status && wish.container)
        status = id_of(host, wish.container, &id, &problem);
    r.id = id;
    if (!status)
        status = read_channels(&r, wish.since ? wish.since : clock_now() - DAY, &problem);
    if (!status)
        status = sort(&rows, r.limit, &problem);
    if (status)
        return error_pass(err, status, &problem);
    printed = json_print(rows);
    if (!printed)
        return error_no_memory(err);
    *json = printed;
    return WCOW_OK;
}
