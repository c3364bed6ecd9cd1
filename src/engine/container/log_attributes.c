/* SPDX-License-Identifier: MIT */
/* Labels, variables and a tag beside each line. */
#include "engine/container/log_attributes.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/regex.h"
#include "base/text.h"

const char *log_option_find(const char *const *options, const char *name)
{
    const size_t length = strlen(name);
    const char *found = NULL;

    for (; options && *options; options++) {
        if (strncmp(*options, name, length) == 0 && (*options)[length] == '=')
            found = *options + length + 1;
        else if (text_equal(*options, name))
            found = "";
    }
    return found;
}

/* In place of one that has the name. */
static bool put(cJSON *out, const char *name, const char *value)
{
    cJSON_DeleteItemFromObjectCaseSensitive(out, name);
    return json_add_text(out, name, value);
}

/* ---- by name, and by pattern ---- */

/* The value of "name=value" in a list. NULL: it is not there. */
static const char *value_in(const string_list *list, const char *name, size_t length, bool any_case)
{
    for (size_t i = 0; list && i < list->count; i++) {
        cleanup_free char *start = text_copy_bytes(list->items[i], strcspn(list->items[i], "="));
        cleanup_free char *wanted = text_copy_bytes(name, length);
        const char *behind = list->items[i] + strcspn(list->items[i], "=");

        if (start && wanted &&
            (any_case ? text_equal_ignore_case(start, wanted) : text_equal(start, wanted)))
            return *behind ? behind + 1 : "";
    }
    return NULL;
}

/* Of "a,b" those that are in the list. */
static bool add_named(const char *names, const string_list *list, bool any_case, cJSON *out)
{
    while (names && *names) {
        const size_t length = strcspn(names, ",");
        const char *value = length ? value_in(list, names, length, any_case) : NULL;
        cleanup_free char *name = text_copy_bytes(names, length);

        if (!name || (value && !put(out, name, value)))
            return false;
        names += length + (names[length] == ',');
    }
    return true;
}

static wcow_status compile(const char *pattern, regex **out, wcow_error *err)
{
    wcow_status status = regex_new(pattern, out, err);

    return status ? error_wrap(err, status, "error parsing regexp") : WCOW_OK;
}

/* Those in the list whose name has a match. */
static wcow_status add_matching(const char *pattern, const string_list *list, cJSON *out,
                                wcow_error *err)
{
    regex *r = NULL;
    bool failed = false;
    wcow_status status = pattern && *pattern ? compile(pattern, &r, err) : WCOW_OK;

    for (size_t i = 0; r && list && i < list->count && !failed; i++) {
        const size_t length = strcspn(list->items[i], "=");
        cleanup_free char *name = text_copy_bytes(list->items[i], length);
        const char *value = list->items[i][length] ? list->items[i] + length + 1 : "";

        failed = !name || (regex_matches(r, name, &failed) && !put(out, name, value)) || failed;
    }
    regex_free(r);
    return failed ? error_no_memory(err) : status;
}

/* ---- the tag ---- */

/* {{.ID}} and its like, as moby's loggerutils has them; others stay as they are. */
static bool add_tag(const char *tag, const record *r, cJSON *out)
{
    const char *image = text_starts_with(r->image_id, "sha256:") ? r->image_id + 7 : r->image_id;
    const struct {
        const char *field, *value;
        int width;
    } fields[] = {
        {"{{.ID}}", r->id, 12},           {"{{.FullID}}", r->id, 64},
        {"{{.Name}}", r->name, 1000},     {"{{.ImageName}}", r->image, 1000},
        {"{{.ImageID}}", image, 12},      {"{{.ImageFullID}}", r->image_id, 1000},
        {"{{.DaemonName}}", "docker", 6},
    };
    cleanup_text text made = TEXT_INIT;

    if (!tag || !*tag)
        return true;
    while (*tag) {
        size_t i = 0;

        while (i < sizeof fields / sizeof fields[0] && !text_starts_with(tag, fields[i].field))
            i++;
        if (i < sizeof fields / sizeof fields[0]) {
            text_addf(&made, "%.*s", fields[i].width, fields[i].value);
            tag += strlen(fields[i].field);
        } else {
            text_add_char(&made, *tag++);
        }
    }
    return !made.failed && put(out, "tag", text_get(&made));
}

/* ---- the whole ---- */

static int compare_members(const void *a, const void *b)
{
    return strcmp((*(cJSON *const *)a)->string, (*(cJSON *const *)b)->string);
}

/* In the order of their names, as Go writes a map. */
static char *print_sorted(cJSON *object)
{
    const size_t count = (size_t)cJSON_GetArraySize(object);
    cleanup_free cJSON **members = calloc(count + 1, sizeof *members);

    if (!members)
        return NULL;
    for (size_t i = 0; i < count; i++)
        members[i] = cJSON_DetachItemFromArray(object, 0);
    qsort(members, count, sizeof *members, compare_members);
    for (size_t i = 0; i < count; i++)
        (void)cJSON_AddItemToArray(object, members[i]);
    return json_print(object);
}

bool log_attributes_need_environment(const char *const *options)
{
    return log_option_find(options, "env") || log_option_find(options, "env-regex");
}

wcow_status log_attributes_check(const char *const *options, wcow_error *err)
{
    static const char *const names[] = {"labels-regex", "env-regex"};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *pattern = log_option_find(options, names[i]);
        regex *r = NULL;
        wcow_status status = pattern ? compile(pattern, &r, err) : WCOW_OK;

        regex_free(r);
        if (status)
            return status;
    }
    return WCOW_OK;
}

wcow_status log_attributes_make(const record *r, const string_list *environment, char **out,
                                wcow_error *err)
{
    const char *const *options = (const char *const *)r->log_options.items;
    cleanup_json cJSON *object = cJSON_CreateObject();
    wcow_status status;

    if (!object || !add_named(log_option_find(options, "labels"), &r->labels, false, object))
        return error_no_memory(err);
    status = add_matching(log_option_find(options, "labels-regex"), &r->labels, object, err);
    if (!status && !add_named(log_option_find(options, "env"), environment, true, object))
        return error_no_memory(err);
    if (!status)
        status = add_matching(log_option_find(options, "env-regex"), environment, object, err);
    if (!status && !add_tag(log_option_find(options, "tag"), r, object))
        return error_no_memory(err);
    if (status || !object->child)
        return status;
    *out = print_sorted(object);
    return *out ? WCOW_OK : error_no_memory(err);
}
