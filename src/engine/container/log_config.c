/* SPDX-License-Identifier: MIT */
/* Log drivers and their options: moby's daemon/logger, jsonfilelog, local, etwlogs and cache. */
#include "engine/container/log_config.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/number.h"
#include "base/text.h"
#include "engine/container/configuration.h"
#include "engine/container/log_attributes.h"
#include "engine/container/log_trace.h"
#include "engine/host/paths.h"
#include "engine/host/store.h"

#define LOCAL_SIZE  (UINT64_C(20) << 20) /* local's own: 20 MiB, five files, compressed */
#define LOCAL_FILES 5
#define MOST_FILES  100000

static const char json_file[] = "json-file";

#define OF_CACHE "cache-disabled", "cache-max-size", "cache-max-file", "cache-compress"
#define OF_FILES                                                                                   \
    "max-file", "max-size", "compress", "labels", "labels-regex", "env", "env-regex", "tag", "mode"

/* dockerd asks nobody which options etwlogs has, and passes over what it does not know. */
static const char *const options_known[] = {OF_FILES, OF_CACHE, NULL};

typedef struct log_driver {
    const char *name;
    const char *told; /* as it is called when an option is refused: moby has no two alike */
    bool local;       /* with local's limits */
    bool cached;      /* the files are what dockerd calls a cache */
} log_driver;

static const log_driver drivers[] = {
    {json_file, "json-file log driver", false, false},
    {"local", "log driver local", true, false},
    {"etwlogs", "etwlogs log driver", true, true},
};

static const log_driver *driver_find(const char *name)
{
    for (size_t i = 0; i < sizeof drivers / sizeof drivers[0]; i++) {
        if (text_equal(drivers[i].name, name))
            return &drivers[i];
    }
    return NULL;
}

/* ---- options ---- */

static bool is_known(const char *option)
{
    const size_t length = strcspn(option, "=");

    for (const char *const *name = options_known; *name; name++) {
        if (strlen(*name) == length && strncmp(*name, option, length) == 0)
            return true;
    }
    return false;
}

/* An option of the files. dockerd knows the cache's by names of their own, as its documentation has
 * it, and reads them by these. */
static const char *find_of_files(const log_driver *driver, const char *const *options,
                                 const char *name)
{
    cleanup_free char *of_cache = driver->cached ? text_format("cache-%s", name) : NULL;
    const char *found = of_cache ? log_option_find(options, of_cache) : NULL;

    return found ? found : log_option_find(options, name);
}

static wcow_status read_size(const log_driver *driver, const char *const *options, uint64_t *out,
                             wcow_error *err)
{
    const char *given = find_of_files(driver, options, "max-size");

    if (!given)
        return WCOW_OK;
    if (*given != '-' && !size_parse_decimal(given, out))
        return error_set(err, WCOW_INVALID, "invalid size: '%s'", given);
    if (*given == '-' || !*out)
        return error_set(err, WCOW_INVALID, "max-size must be a positive number");
    return WCOW_OK;
}

static wcow_status read_count(const log_driver *driver, const char *const *options, uint32_t *out,
                              wcow_error *err)
{
    const char *given = find_of_files(driver, options, "max-file");
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

/* As Go's strconv.ParseBool. */
static bool truth_parse(const char *given, bool *out)
{
    static const char *const words[][6] = {{"0", "f", "F", "false", "FALSE", "False"},
                                           {"1", "t", "T", "true", "TRUE", "True"}};

    for (size_t value = 0; value < 2; value++) {
        for (size_t i = 0; i < 6; i++) {
            if (text_equal(given, words[value][i])) {
                *out = value;
                return true;
            }
        }
    }
    return false;
}

static wcow_status read_truth(const char *given, const char *name, bool *out, wcow_error *err)
{
    if (!given || truth_parse(given, out))
        return WCOW_OK;
    return error_set(err, WCOW_INVALID, "invalid value for %s: \"%s\"", name, given);
}

static wcow_status check_compressed(const log_driver *driver, const log_config *config,
                                    wcow_error *err)
{
    if (!config->compressed || (config->max_file > 1 && config->max_size))
        return WCOW_OK;
    return error_set(
        err, WCOW_INVALID,
        driver->local
            ? "compression cannot be enabled when max file count is 1"
            : "compress cannot be true when max-file is less than 2 or max-size is not set");
}

/* What its options make of the files. */
static wcow_status read_files(const log_driver *driver, const char *const *options, log_config *out,
                              wcow_error *err)
{
    bool disabled = false;
    wcow_status status;

    *out = (log_config){.kept = true,
                        .max_size = driver->local ? LOCAL_SIZE : 0,
                        .max_file = driver->local ? LOCAL_FILES : 1,
                        .compressed = driver->local};
    status = read_size(driver, options, &out->max_size, err);
    if (!status)
        status = read_count(driver, options, &out->max_file, err);
    if (!status)
        status = read_truth(find_of_files(driver, options, "compress"), "compress",
                            &out->compressed, err);
    if (!status)
        status = check_compressed(driver, out, err);
    if (!status)
        status = read_truth(log_option_find(options, "cache-disabled"), "option cache-disabled",
                            &disabled, err);
    out->kept = !driver->cached || !disabled;
    return status;
}

static wcow_status check_mode(const char *const *options, wcow_error *err)
{
    const char *mode = log_option_find(options, "mode");

    if (!mode || !*mode || text_equal(mode, "blocking"))
        return WCOW_OK;
    if (text_equal(mode, "non-blocking"))
        return error_set(err, WCOW_INVALID,
                         "the log opt 'mode=non-blocking' is not supported: what a container "
                         "writes is never dropped");
    return error_set(err, WCOW_INVALID, "logger: logging mode not supported: %s", mode);
}

static wcow_status check_options(const log_driver *driver, const char *const *options,
                                 wcow_error *err)
{
    log_config unused;
    wcow_status status;

    for (const char *const *option = options; option && *option; option++) {
        if (!is_known(*option))
            return error_set(err, WCOW_INVALID, "unknown log opt '%.*s' for %s",
                             (int)strcspn(*option, "="), *option, driver->told);
    }
    status = read_files(driver, options, &unused, err);
    if (!status)
        status = check_mode(options, err);
    return status ? status : log_attributes_check(options, err);
}

wcow_status log_wishes_check(const char *driver, const char *const *options, wcow_error *err)
{
    const char *name = driver && *driver ? driver : json_file;
    const log_driver *found = driver_find(name);

    if (text_equal(name, "none"))
        return options && *options
                   ? error_set(err, WCOW_INVALID, "invalid logging opts for driver none")
                   : WCOW_OK;
    if (found)
        return check_options(found, options, err);
    return error_set(err, WCOW_INVALID,
                     "error looking up logging plugin %s: plugin \"%s\" not found", name, name);
}

/* ---- the whole ---- */

void log_config_free(log_config *config)
{
    free(config->attributes);
    free(config->trace_head);
    config->attributes = NULL;
    config->trace_head = NULL;
}

static const char *const *options_of(const record *r)
{
    return (const char *const *)r->log_options.items;
}

/* NULL: that of no files. One of a newer wcow is read as the default, as far as it goes. */
static const log_driver *driver_of(const record *r)
{
    const log_driver *found = driver_find(r->log_driver);

    if (found || text_equal(r->log_driver, "none"))
        return found;
    return &drivers[0];
}

bool log_is_kept(const record *r)
{
    const log_driver *driver = driver_of(r);
    log_config config = {0};

    return driver && (read_files(driver, options_of(r), &config, NULL) || config.kept);
}

wcow_status log_config_read(const record *r, const string_list *environment, log_config *out,
                            wcow_error *err)
{
    const log_driver *driver = driver_of(r);
    cleanup_log_config log_config config = {.max_file = 1};
    wcow_status status = log_wishes_check(r->log_driver, options_of(r), err);

    if (!status && driver)
        status = read_files(driver, options_of(r), &config, err);
    if (!status)
        status = log_attributes_make(r, environment, &config.attributes, err);
    if (!status && driver && driver->cached) {
        config.trace_head = log_trace_head(r);
        status = config.trace_head ? WCOW_OK : error_no_memory(err);
    }
    if (status)
        return status;
    *out = config;
    config = (log_config){0};
    return WCOW_OK;
}

wcow_status log_config_load(wcow_host *host, const record *r, log_config *out, wcow_error *err)
{
    cleanup_strings string_list environment = STRING_LIST_INIT;
    cleanup_json cJSON *config = NULL;
    wcow_status status = WCOW_OK;

    if (log_attributes_need_environment(options_of(r)))
        status = configuration_load(host, r->id, &config, err);
    if (status)
        return status;
    if (config && !json_strings(json_member(config, "process"), "env", &environment))
        return error_set(err, WCOW_CORRUPT,
                         "the container's config.json is damaged: not what wcow wrote");
    return log_config_read(r, &environment, out, err);
}
