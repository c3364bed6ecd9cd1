/* SPDX-License-Identifier: MIT */
/* Log drivers and their options: moby's daemon/logger, jsonfilelog and local. */
#include "engine/container/log_config.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/number.h"
#include "base/text.h"
#include "engine/host/paths.h"
#include "engine/host/store.h"

#define LOCAL_SIZE  UINT64_C(20000000) /* local's own: 20m, five files */
#define LOCAL_FILES 5
#define MOST_FILES  100000

static const char json_file[] = "json-file";

/* ---- options ---- */

/* The value of an option; the last one counts. NULL: it is not there. */
static const char *find(const char *const *options, const char *name)
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

static bool is_among(const char *const *names, const char *option)
{
    const size_t length = strcspn(option, "=");

    for (; *names; names++) {
        if (strlen(*names) == length && strncmp(*names, option, length) == 0)
            return true;
    }
    return false;
}

static wcow_status read_size(const char *const *options, uint64_t *out, wcow_error *err)
{
    const char *given = find(options, "max-size");

    if (!given)
        return WCOW_OK;
    if (*given != '-' && !size_parse(given, out))
        return error_set(err, WCOW_INVALID, "invalid size: '%s'", given);
    if (*given == '-' || !*out)
        return error_set(err, WCOW_INVALID, "max-size must be a positive number");
    return WCOW_OK;
}

static wcow_status read_count(const char *const *options, uint32_t *out, wcow_error *err)
{
    const char *given = find(options, "max-file");
    int64_t count = 0;

    if (!given)
        return WCOW_OK;
    if (!number_parse_signed(given, &count) || count > MOST_FILES)
        return error_set(err, WCOW_INVALID, "invalid max-file: \"%s\"", given);
    if (count < 1)
        return error_set(err, WCOW_INVALID, "max-file cannot be less than 1");
    *out = (uint32_t)count;
    return WCOW_OK;
}

static wcow_status check_compress(const char *const *options, wcow_error *err)
{
    const char *given = find(options, "compress");

    if (!given || text_equal_ignore_case(given, "false") || text_equal(given, "0"))
        return WCOW_OK;
    if (!text_equal_ignore_case(given, "true") && !text_equal(given, "1"))
        return error_set(err, WCOW_INVALID, "invalid value for compress: \"%s\"", given);
    return error_set(err, WCOW_INVALID,
                     "the log opt 'compress' is not supported yet: choose a smaller max-size");
}

static wcow_status check_mode(const char *const *options, wcow_error *err)
{
    const char *mode = find(options, "mode");

    if (!mode || !*mode || text_equal(mode, "blocking"))
        return WCOW_OK;
    if (text_equal(mode, "non-blocking"))
        return error_set(err, WCOW_INVALID,
                         "the log opt 'mode=non-blocking' is not supported: what a container "
                         "writes is never dropped");
    return error_set(err, WCOW_INVALID, "logger: logging mode not supported: %s", mode);
}

static wcow_status check_no_patterns(const char *const *options, wcow_error *err)
{
    static const char *const names[] = {"labels-regex", "env-regex"};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (find(options, names[i]))
            return error_set(err, WCOW_INVALID,
                             "the log opt '%s' is not supported yet: name them with %s", names[i],
                             i ? "env" : "labels");
    }
    return WCOW_OK;
}

static wcow_status check_files(const char *driver, const char *const *options, wcow_error *err)
{
    static const char *const of_json_file[] = {"max-file",     "max-size", "compress",  "labels",
                                               "labels-regex", "env",      "env-regex", "tag",
                                               "mode",         NULL};
    static const char *const of_local[] = {"max-file", "max-size", "compress", "mode", NULL};
    const bool local = text_equal(driver, "local");
    uint64_t size = 0;
    uint32_t count = 1;
    wcow_status status = WCOW_OK;

    for (const char *const *option = options; option && *option; option++) {
        if (!is_among(local ? of_local : of_json_file, *option))
            return error_set(err, WCOW_INVALID, "unknown log opt '%.*s' for %s log driver",
                             (int)strcspn(*option, "="), *option, driver);
    }
    status = read_size(options, &size, err);
    if (!status)
        status = read_count(options, &count, err);
    if (!status)
        status = check_compress(options, err);
    if (!status)
        status = check_mode(options, err);
    return status ? status : check_no_patterns(options, err);
}

wcow_status log_wishes_check(const char *driver, const char *const *options, wcow_error *err)
{
    const char *name = driver && *driver ? driver : json_file;

    if (text_equal(name, "none"))
        return options && *options
                   ? error_set(err, WCOW_INVALID, "invalid logging opts for driver none")
                   : WCOW_OK;
    if (text_equal(name, json_file) || text_equal(name, "local"))
        return check_files(name, options, err);
    if (text_equal(name, "etwlogs"))
        return error_set(err, WCOW_INVALID,
                         "the log driver 'etwlogs' is not supported yet: json-file, local and none "
                         "are");
    return error_set(err, WCOW_INVALID,
                     "error looking up logging plugin %s: plugin \"%s\" not found", name, name);
}

/* ---- what is noted beside each line ---- */

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

        if (!name || (value && !json_member(out, name) && !json_add_text(out, name, value)))
            return false;
        names += length + (names[length] == ',');
    }
    return true;
}

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
    return !made.failed && json_add_text(out, "tag", text_get(&made));
}

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

static const char *const *options_of(const record *r)
{
    return (const char *const *)r->log_options.items;
}

static wcow_status make_attributes(const record *r, const string_list *environment, char **out,
                                   wcow_error *err)
{
    const char *const *options = options_of(r);
    cleanup_json cJSON *object = cJSON_CreateObject();

    if (!object || !add_named(find(options, "labels"), &r->labels, false, object) ||
        !add_named(find(options, "env"), environment, true, object) ||
        !add_tag(find(options, "tag"), r, object))
        return error_no_memory(err);
    if (!object->child)
        return WCOW_OK;
    *out = print_sorted(object);
    return *out ? WCOW_OK : error_no_memory(err);
}

/* ---- the whole ---- */

void log_config_free(log_config *config)
{
    free(config->attributes);
    config->attributes = NULL;
}

bool log_is_kept(const record *r)
{
    return !text_equal(r->log_driver, "none");
}

wcow_status log_config_read(const record *r, const string_list *environment, log_config *out,
                            wcow_error *err)
{
    const bool local = text_equal(r->log_driver, "local");
    cleanup_log_config log_config config = {.kept = log_is_kept(r),
                                            .max_size = local ? LOCAL_SIZE : 0,
                                            .max_file = local ? LOCAL_FILES : 1};
    wcow_status status = log_wishes_check(r->log_driver, options_of(r), err);

    if (!status)
        status = read_size(options_of(r), &config.max_size, err);
    if (!status)
        status = read_count(options_of(r), &config.max_file, err);
    if (!status)
        status = make_attributes(r, environment, &config.attributes, err);
    if (status)
        return status;
    *out = config;
    config = (log_config){0};
    return WCOW_OK;
}

wcow_status log_config_load(wcow_host *host, const record *r, log_config *out, wcow_error *err)
{
    cleanup_free char *path = path_in_container(host, r->id, FILE_CONFIG);
    cleanup_strings string_list environment = STRING_LIST_INIT;
    cleanup_json cJSON *config = NULL;
    wcow_status status = path ? WCOW_OK : error_no_memory(err);

    if (!status && find(options_of(r), "env"))
        status = store_read(host, path, &config, err);
    if (status)
        return status;
    if (config && !json_strings(json_member(config, "process"), "env", &environment))
        return error_set(err, WCOW_CORRUPT, "'%s' is damaged: not what wcow wrote", path);
    return log_config_read(r, &environment, out, err);
}
