/* SPDX-License-Identifier: MIT */
/* wcow events: what happens, as it does. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/error.h"
#include "base/text.h"
#include "cli/all.h"
#include "cli/event_filter.h"
#include "cli/listing.h"
#include "cli/moment.h"
#include "cli/output.h"
#include "cli/template/template.h"

struct events {
    const char *format, *since, *until;
    string_list filters;
};

static const struct option options[] = {
    {'f', "filter", OPTION_FILTER, offsetof(struct events, filters), "filter",
     "Filter output based on conditions provided"},
    {0, "format", OPTION_STRING, offsetof(struct events, format), "string",
     "Format output: json, or TEMPLATE"},
    {0, "since", OPTION_STRING, offsetof(struct events, since), "string",
     "Show all events created since timestamp"},
    {0, "until", OPTION_STRING, offsetof(struct events, until), "string",
     "Stream events until this timestamp"},
    {0},
};

/* Where they go, and which. */
struct display {
    struct session *session;
    const struct events *wish;
    wcow_error failure; /* of the template */
};

/* ---- an event ---- */

static int compare_members(const void *a, const void *b)
{
    return strcmp((*(cJSON *const *)a)->string, (*(cJSON *const *)b)->string);
}

/* A map of Go's is printed in the order of its keys. False: out of memory. */
static bool sort_members(cJSON *object)
{
    const size_t count = (size_t)cJSON_GetArraySize(object);
    cleanup_free cJSON **members = calloc(count + 1, sizeof *members);

    if (!members)
        return false;
    for (size_t i = 0; i < count; i++)
        members[i] = cJSON_DetachItemFromArray(object, 0);
    qsort(members, count, sizeof *members, compare_members);
    for (size_t i = 0; i < count; i++)
        (void)cJSON_AddItemToArray(object, members[i]); /* it keeps its name */
    return true;
}

/* timeNano has more digits than a double holds: they are taken from the text. "": it has none. */
static const char *nanoseconds(const char *json, char digits[24])
{
    static const char name[] = "\"timeNano\":";
    const char *last = NULL;
    size_t length;

    for (const char *at = json; (at = strstr(at, name)); at += sizeof name - 1)
        last = at + sizeof name - 1;
    length = last ? strspn(last, "0123456789") : 0;
    if (length >= 24)
        length = 0;
    if (last)
        memcpy(digits, last, length);
    digits[length] = '\0';
    return digits;
}

/* RFC 3339 with nine digits, in this place's time, as the daemon's client prints it. */
static void print_moment(const char *digits, text *out)
{
    const int64_t moment = strtoll(digits, NULL, 10);
    const time_t seconds = (time_t)(moment / 1000000000);
    const struct tm *there = gmtime(&seconds);
    struct tm universal = there ? *there : (struct tm){.tm_year = 70};
    const struct tm *here = localtime(&seconds);
    const struct tm local = here ? *here : universal;
    char day[32];
    long offset;

    universal.tm_isdst = local.tm_isdst;
    offset = (long)(seconds - mktime(&universal)) / 60;
    (void)strftime(day, sizeof day, "%Y-%m-%dT%H:%M:%S", &local);
    text_addf(out, "%s.%09u", day, (unsigned)(moment % 1000000000));
    if (!offset)
        text_add_char(out, 'Z');
    else
        text_addf(out, "%c%02ld:%02ld", offset < 0 ? '-' : '+', labs(offset) / 60,
                  labs(offset) % 60);
}

static void print_line(const cJSON *event, const char *digits, text *out)
{
    const cJSON *attributes = json_path(event, "Actor.Attributes");
    const cJSON *each;

    print_moment(digits, out);
    text_addf(out, " %s %s %s", json_text(event, "Type", ""), json_text(event, "Action", ""),
              json_text(json_member(event, "Actor"), "ID", ""));
    cJSON_ArrayForEach (each, attributes)
        text_addf(out, "%s%s=%s", each->prev->next ? ", " : " (", each->string,
                  cJSON_IsString(each) ? each->valuestring : "");
    text_add(out, attributes && attributes->child ? ")\n" : "\n");
}

static wcow_status print_event(struct display *display, cJSON *event, const char *digits,
                               wcow_error *err)
{
    const char *format = display->wish->format;
    FILE *out = display->session->out;
    cleanup_text text line = TEXT_INIT;
    const bool json = format && (text_equal(format, "json") || text_equal(format, "{{json .}}"));

    /* In a template it is a text, which prints alike. */
    if (!cJSON_ReplaceItemInObjectCaseSensitive(
            event, "timeNano", json ? cJSON_CreateRaw(digits) : cJSON_CreateString(digits)))
        return error_no_memory(err);
    if (format && *format)
        return object_print(out, json ? "json" : format, event, DOCKER_EVENT, err);
    print_line(event, digits, &line);
    if (line.failed)
        return error_no_memory(err);
    output_write(out, text_get(&line), line.length);
    return WCOW_OK;
}

/* A wcow_event_fn. Ends the call when nobody reads any more. */
static bool show(void *context, const char *json)
{
    struct display *display = context;
    cleanup_json cJSON *event = NULL;
    char digits[24];

    if (!json)
        return fflush(display->session->out) == 0;
    if (json_parse(json, strlen(json), "an event", &event, NULL) ||
        !event_passes(&display->wish->filters, event))
        return true;
    if (!sort_members(cJSON_GetObjectItemCaseSensitive(
            cJSON_GetObjectItemCaseSensitive(event, "Actor"), "Attributes")))
        return !error_no_memory(&display->failure);
    return !print_event(display, event, nanoseconds(json, digits), &display->failure);
}

/* ---- what is asked for ---- */

static wcow_status parse_moment(const char *value, int64_t *out, wcow_error *err)
{
    if (!value || !*value || moment_parse(value, (int64_t)time(NULL) * 1000000000, out))
        return WCOW_OK;
    return error_set(err, WCOW_INVALID, "failed to parse value as time or duration: \"%s\"", value);
}

/* Before anything happens: a template that is none would show with the first event only. */
static wcow_status check_format(const char *format, wcow_error *err)
{
    cleanup_template template *t = NULL;

    if (!format || !*format || text_equal(format, "json"))
        return WCOW_OK;
    return template_parse(format, &t, err);
}

static wcow_status run(struct session *session, void *values, wcow_error *err)
{
    const struct events *wish = values;
    wcow_event_options which = WCOW_EVENT_OPTIONS_INIT;
    struct display display = {session, wish, WCOW_ERROR_INIT};
    wcow_host *host = NULL;
    wcow_status status = event_filters_check(&wish->filters, err);

    if (!status)
        status = parse_moment(wish->since, &which.since, err);
    if (!status)
        status = parse_moment(wish->until, &which.until, err);
    if (!status)
        status = check_format(wish->format, err);
    if (!status)
        status = session_host(session, &host, err);
    if (!status)
        status = wcow_host_events(host, &which, show, &display, err);
    return status ? status : error_pass(err, display.failure.status, &display.failure);
}

const struct command cmd_events = {
    .name = "events",
    .also = {"system events"},
    .section = SECTION_OTHER,
    .summary = "Get real time events from the host",
    .options = options,
    .filters = event_filter_rules,
    .size = sizeof(struct events),
    .run = run,
};
