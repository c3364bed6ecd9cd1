/* SPDX-License-Identifier: MIT */
/* Windows' event log: wcow's entries, and reading those of the services. */
#include "engine/host/windows_log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/docker_time.h"
#include "base/error.h"
#include "base/json.h"
#include "base/path.h"
#include "base/text.h"
#include "engine/host/store.h"
#include "port/clock.h"

windows_log windows_log_port = {event_viewer_read, event_viewer_write};

/* hcsshim's and moby's advice to users names the same two; -Operational is off by default. */
const char *const windows_log_channels[] = {
    "Microsoft-Windows-Hyper-V-Compute-Admin",
    "Microsoft-Windows-Hyper-V-Compute-Operational",
    "Application",
    NULL,
};

/* ---- writing ---- */

static bool is_off(wcow_host *host)
{
    cleanup_free char *path = path_join(host->root, "daemon.json");
    cleanup_json cJSON *settings = NULL;

    return path && !store_read(host, path, &settings, NULL) &&
           !json_bool(settings, "event-log", true);
}

void windows_log_note(wcow_host *host, windows_log_id which, const char *container_id,
                      const char *words)
{
    cleanup_free char *whole = NULL;

    if (is_off(host))
        return;
    whole = text_format("%s\r\nContainer: %s\r\nRoot: %s", words, container_id, host->root);
    if (whole)
        (void)windows_log_port.write(EVENT_VIEWER_ERROR, which, whole);
}

/* ---- an entry's XML ---- */

/* What stands for a character: "&lt;", "&#13;", "&#x1F;". How long that is; 0: nothing does. */
static size_t entity(const char *at, char *out)
{
    static const struct {
        const char *name;
        char c;
    } known[] = {{"&lt;", '<'}, {"&gt;", '>'}, {"&amp;", '&'}, {"&quot;", '"'}, {"&apos;", '\''}};
    char *end;
    unsigned long code;

    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (text_starts_with(at, known[i].name)) {
            *out = known[i].c;
            return strlen(known[i].name);
        }
    }
    if (!text_starts_with(at, "&#"))
        return 0;
    code = at[2] == 'x' ? strtoul(at + 3, &end, 16) : strtoul(at + 2, &end, 10);
    if (*end != ';' || code == 0 || code > 127)
        return 0;
    *out = (char)code;
    return (size_t)(end - at) + 1;
}

/* Adds a text of XML: entities as they are meant, and all that is blank as one blank. */
static void add_words(text *out, const char *from, const char *end)
{
    while (from < end) {
        char c = *from;
        const size_t length = c == '&' ? entity(from, &c) : 0;

        from += length ? length : 1;
        if ((unsigned char)c <= ' ')
            c = ' ';
        if (c != ' ' || (out->length && text_get(out)[out->length - 1] != ' '))
            text_add_char(out, c);
    }
}

/* The value of an attribute of the first element of that name, in either kind of quotes. */
static char *attribute(const char *xml, const char *element, const char *name)
{
    cleanup_text text value = TEXT_INIT;
    const char *at = strstr(xml, element);
    const char *close = at ? strchr(at, '>') : NULL;
    const char *end;

    at = at ? strstr(at, name) : NULL;
    if (!at || !close || at > close)
        return NULL;
    at += strlen(name);
    end = *at ? strchr(at + 1, *at) : NULL;
    if (!end)
        return NULL;
    add_words(&value, at + 1, end);
    return text_take(&value);
}

static uint32_t number(const char *xml, const char *element)
{
    const char *at = strstr(xml, element);

    at = at ? strchr(at, '>') : NULL;
    return at ? (uint32_t)strtoul(at + 1, NULL, 10) : 0;
}

/* All texts below EventData or UserData. */
static void add_data(text *out, const char *xml)
{
    static const char blank[] = " ";
    const char *at = strstr(xml, "<EventData");

    if (!at)
        at = strstr(xml, "<UserData");
    while (at && (at = strchr(at, '>')) != NULL) {
        const char *end = strchr(++at, '<');

        if (!end)
            return;
        if (out->length)
            add_words(out, blank, blank + 1);
        add_words(out, at, end);
        at = end;
    }
}

void log_entry_facts_free(log_entry_facts *f)
{
    free(f->time);
    free(f->provider);
    free(f->words);
    *f = (log_entry_facts){0};
}

bool log_entry_facts_read(const char *xml, const char *message, log_entry_facts *out)
{
    CLEANUP(log_entry_facts) log_entry_facts found = {0};
    cleanup_text text words = TEXT_INIT;

    found.time = attribute(xml, "<TimeCreated", "SystemTime=");
    found.provider = attribute(xml, "<Provider", "Name=");
    found.level = number(xml, "<Level");
    found.id = number(xml, "<EventID");
    if (message)
        add_words(&words, message, message + strlen(message));
    else
        add_data(&words, xml);
    while (words.length && text_get(&words)[words.length - 1] == ' ')
        text_cut(&words, words.length - 1);
    text_add(&words, "");
    found.words = text_take(&words);
    if (!found.words)
        found.words = text_copy("");
    if (!found.time || !found.provider || !found.words)
        return false;
    *out = found;
    found = (log_entry_facts){0};
    return true;
}

char *windows_log_query(const char *channel, int64_t since)
{
    const char *ours = text_equal(channel, "Application") ? "Provider[@Name='wcow'] and " : "";
    char when[TIME_TEXT_SIZE];

    docker_time_print(since, when);
    return text_format("*[System[%sTimeCreated[@SystemTime>='%s']]]", ours, when);
}

/* ---- what explains a failure ---- */

#define EXPLAINS_MOST 3u
#define EXPLAINS_READ 200u /* entries that are looked at: others' may lie between ours */
#define EXPLAINS_WAIT 100u /* milliseconds: the service's writer has a buffer */

typedef struct search {
    const char *id;
    unsigned seen, count;
    text words;
} search;

static bool consider(void *context, const char *xml, const char *message)
{
    search *s = context;
    CLEANUP(log_entry_facts) log_entry_facts facts = {0};

    if (strstr(xml, s->id) && log_entry_facts_read(xml, message, &facts) && *facts.words) {
        text_addf(&s->words, "%s%s %u: %s", s->count ? "\n" : "", facts.provider, facts.id,
                  facts.words);
        s->count++;
    }
    return ++s->seen < EXPLAINS_READ && s->count < EXPLAINS_MOST;
}

void windows_log_explain(const char *container_id, int64_t since, wcow_error *err)
{
    const char *channel = windows_log_channels[0];
    cleanup_free char *query = windows_log_query(channel, since);
    search s = {.id = container_id, .words = TEXT_INIT};

    if (err->events[0] || !err->hresult || !query)
        return;
    if (HR_SUCCEEDED(windows_log_port.read(channel, query, consider, &s)) && !s.count) {
        clock_sleep(EXPLAINS_WAIT);
        s.seen = 0;
        (void)windows_log_port.read(channel, query, consider, &s);
    }
    if (s.count) {
        snprintf(err->events, sizeof err->events, "%s", text_get(&s.words));
        error_hint(err, "Windows' event log says: %s", err->events);
    }
    text_free(&s.words);
}
