/* SPDX-License-Identifier: MIT */
/* Appending to events.log. */
#include "engine/host/event_log.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "base/utf.h"
#include "engine/host/paths.h"
#include "engine/host/store.h"
#include "port/clock.h"

/* What all attributes of an event may take, before they are escaped (six bytes for one, at most).
 */
#define ATTRIBUTES_LIMIT ((EVENT_LINE_LIMIT - 8192) / 6)

/* Whatever people called things goes into the line, but only so much of a single text. */
static bool add_mended(cJSON *object, const char *name, const char *value)
{
    cleanup_free char *mended = utf8_mended(value, strnlen(value, 1024));

    return mended && json_add_text(object, name, mended);
}

static bool add_attributes(cJSON *object, const event_attribute *attributes, size_t count)
{
    size_t left = ATTRIBUTES_LIMIT;

    for (size_t i = 0; i < count; i++) {
        const char *value = attributes[i].value;
        const size_t length = value ? strlen(attributes[i].name) + strlen(value) : 0;
        cleanup_free char *name = NULL;
        cleanup_free char *mended = NULL;

        if (!value || length > left || cJSON_GetObjectItemCaseSensitive(object, attributes[i].name))
            continue;
        left -= length;
        name = utf8_mended(attributes[i].name, strlen(attributes[i].name));
        mended = utf8_mended(value, strlen(value));
        if (!name || !mended || !json_add_text(object, name, mended))
            return false;
    }
    return true;
}

/* Of containers and images Docker says the beginning twice: as it did before there were others. */
static bool add_old_members(cJSON *event, const char *type, const char *action, const char *id,
                            const cJSON *attributes)
{
    const bool container = text_equal(type, "container");

    if (!container && !text_equal(type, "image"))
        return true;
    return add_mended(event, "status", action) && add_mended(event, "id", id) &&
           json_add_text(event, "from", container ? json_text(attributes, "image", NULL) : NULL);
}

/*
 * timeNano does not fit a double, which is what cJSON has for numbers: it is written as the text of
 * a number.
 */
static bool add_times(cJSON *event)
{
    const int64_t now = clock_now();
    cleanup_free char *nanoseconds = text_format("%lld", (long long)now);

    return json_add_integer(event, "time", now / 1000000000) && nanoseconds &&
           json_add(event, "timeNano", cJSON_CreateRaw(nanoseconds));
}

/* The line, with its end; NULL: out of memory. */
static char *print_event(const char *type, const char *action, const char *id,
                         const event_attribute *attributes, size_t count)
{
    cleanup_json cJSON *event = cJSON_CreateObject();
    cleanup_json cJSON *members = cJSON_CreateObject();
    cleanup_free char *printed = NULL;
    cJSON *actor = NULL;

    if (!event || !members || !add_attributes(members, attributes, count) ||
        !add_old_members(event, type, action, id, members) || !json_add_text(event, "Type", type) ||
        !add_mended(event, "Action", action))
        return NULL;
    actor = cJSON_AddObjectToObject(event, "Actor");
    if (!actor || !add_mended(actor, "ID", id) || !json_add(actor, "Attributes", TAKE(members)) ||
        !json_add_text(event, "scope", "local") || !add_times(event))
        return NULL;
    printed = json_print(event);
    return printed ? text_format("%s\n", printed) : NULL;
}

/*
 * Under a lock that nobody waits for: whoever finds it taken appends to the file that is being put
 * aside, or to the new one. The size is looked up again, for another may have done it meanwhile.
 */
static void rotate(wcow_host *host, files_port *files, const char *path)
{
    cleanup_free char *lock_path = path_of_event_lock(host);
    cleanup_free char *aside = path_of_older_events(host);
    cleanup_lock store_lock lock = STORE_LOCK_INIT;
    file_info info;
    int32_t hr;

    if (!lock_path || !aside || store_lock_take(host, lock_path, 0, &lock, NULL))
        return;
    if (HR_FAILED(files->info(files, path, &info)) || info.size < EVENT_LOG_LIMIT)
        return;
    hr = files->remove_file(files, aside);
    if (HR_SUCCEEDED(hr) || hr == HR_FILE_NOT_FOUND)
        (void)files->rename(files, path, aside); /* the next one tries again */
}

/* One write of the whole line to the end of the file: the system puts those of others before or
 * behind it, never into it (FILE_APPEND_DATA; O_APPEND). */
static void append(wcow_host *host, files_port *files, const char *path, const char *line)
{
    file *log = NULL;
    file_info info;

    if (HR_SUCCEEDED(files->info(files, path, &info)) && info.size >= EVENT_LOG_LIMIT)
        rotate(host, files, path);
    if (HR_FAILED(files->open(files, path, FILE_APPEND, &log)))
        return;
    (void)files->write_all(files, log, line, strlen(line));
    files->close(files, log);
}

void event_note(wcow_host *host, const char *type, const char *action, const char *id,
                const event_attribute *attributes, size_t count)
{
    cleanup_free char *path = path_of_events(host);
    cleanup_free char *line = print_event(type, action, id, attributes, count);
    files_port *files = NULL;

    if (path && line && strlen(line) <= EVENT_LINE_LIMIT && !host_files(host, &files, NULL))
        append(host, files, path, line);
}
