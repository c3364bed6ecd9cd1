/* SPDX-License-Identifier: MIT */
/* run and create: options → wcow_container_spec → container. */
#include "cli/container_options.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "cli/key_file.h"
#include "cli/transfer_display.h"

/* ---- checks ---- */

static wcow_status parse_isolation(const char *name, wcow_isolation *out, wcow_error *err)
{
    static const struct {
        const char *name;
        wcow_isolation isolation;
    } names[] = {
        {"", WCOW_ISOLATION_DEFAULT},
        {"default", WCOW_ISOLATION_DEFAULT},
        {"process", WCOW_ISOLATION_PROCESS},
        {"hyperv", WCOW_ISOLATION_HYPERV},
    };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (text_equal_ignore_case(name ? name : "", names[i].name)) {
            *out = names[i].isolation;
            return WCOW_OK;
        }
    }
    return error_set(err, WCOW_INVALID, "invalid isolation '%s': it is default, process or hyperv",
                     name);
}

static wcow_status check_pull(const char *pull, wcow_error *err)
{
    if (!pull || !*pull || strcmp(pull, "always") == 0 || strcmp(pull, "missing") == 0 ||
        strcmp(pull, "never") == 0)
        return WCOW_OK;
    return error_set(
        err, WCOW_INVALID,
        "invalid pull option: '%s': must be one of \"always\", \"missing\" or \"never\"", pull);
}

/* -a: which streams; without it output and error. Standard input comes with -i. */
static wcow_status choose_streams(struct container_request *request,
                                  const struct container_options *options, wcow_error *err)
{
    bool standard = options->attach.count == 0;

    request->attach_input = options->interactive;
    request->attach_output = standard;
    request->attach_error = standard;
    for (size_t i = 0; i < options->attach.count; i++) {
        const char *name = options->attach.items[i];

        if (text_equal_ignore_case(name, "stdin"))
            request->attach_input = true;
        else if (text_equal_ignore_case(name, "stdout"))
            request->attach_output = true;
        else if (text_equal_ignore_case(name, "stderr"))
            request->attach_error = true;
        else
            return error_set(err, WCOW_INVALID,
                             "invalid argument \"%s\" for \"-a, --attach\" flag: valid streams are "
                             "STDIN, STDOUT and STDERR",
                             name);
    }
    return WCOW_OK;
}

static wcow_status check_pairs(const string_list *pairs, const char *what, wcow_error *err)
{
    for (size_t i = 0; i < pairs->count; i++)
        if (pairs->items[i][0] == '=' || !pairs->items[i][0])
            return error_set(err, WCOW_INVALID, "invalid %s: '%s'", what, pairs->items[i]);
    return WCOW_OK;
}

/* In docker/cli's words. */
static wcow_status check_health(const struct container_options *options, wcow_error *err)
{
    const struct {
        const char *name;
        int64_t value;
    } numbers[] = {
        {"--health-interval", options->health_interval},
        {"--health-timeout", options->health_timeout},
        {"--health-retries", options->health_retries},
        {"--health-start-period", options->health_start_period},
        {"--health-start-interval", options->health_start_interval},
    };
    bool given = options->health_command && *options->health_command;

    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        given = given || numbers[i].value;
        if (options->no_health_check && given)
            break;
        if (numbers[i].value < 0)
            return error_set(err, WCOW_INVALID, "%s cannot be negative", numbers[i].name);
    }
    if (options->no_health_check && given)
        return error_set(err, WCOW_INVALID, "--no-healthcheck conflicts with --health-* options");
    if (options->health_retries > INT32_MAX)
        return error_set(err, WCOW_INVALID, "--health-retries is too large");
    return WCOW_OK;
}

/* ---- lists ---- */

static wcow_status add_all(const string_list *from, string_list *out, wcow_error *err)
{
    for (size_t i = 0; i < from->count; i++)
        if (!string_list_add(out, from->items[i]))
            return error_no_memory(err);
    return WCOW_OK;
}

static wcow_status collect(const string_list *files, bool names_alone, const string_list *given,
                           string_list *out, wcow_error *err)
{
    for (size_t i = 0; i < files->count; i++) {
        wcow_status status = key_file_read(files->items[i], names_alone, out, err);

        if (status)
            return status;
    }
    return add_all(given, out, err);
}

wcow_status environment_collect(const string_list *files, const string_list *given,
                                string_list *out, wcow_error *err)
{
    wcow_status status = check_pairs(given, "environment variable", err);

    return status ? status : collect(files, true, given, out, err);
}

static const char *const *items_of(const string_list *list)
{
    return (const char *const *)list->items;
}

/* ---- the spec ---- */

int stop_seconds(int64_t given)
{
    if (given == NOT_GIVEN)
        return -1;
    return given < 0 ? WCOW_FOREVER : (int)given;
}

static void fill_spec(struct container_request *request, const struct container_options *options,
                      char *const *words)
{
    wcow_container_spec *spec = &request->spec;

    spec->image = words[0];
    spec->command = words[1] ? (const char *const *)words + 1 : NULL;
    spec->name = options->name;
    spec->environment = items_of(&request->environment);
    spec->labels = items_of(&request->labels);
    spec->mounts = items_of(&options->volumes);
    spec->mount_options = items_of(&options->mounts);
    spec->volumes_from = items_of(&options->volumes_from);
    spec->volume_driver = options->volume_driver;
    spec->working_directory = options->working_directory;
    spec->user = options->user;
    spec->hostname = options->hostname;
    spec->network = request->network.mode;
    spec->endpoints = request->network.endpoints;
    spec->publish = items_of(&options->publish);
    spec->publish_all = options->publish_all;
    spec->expose = items_of(&options->expose);
    spec->dns = items_of(&options->dns);
    spec->hosts = items_of(&options->hosts);
    spec->memory = options->memory;
    spec->domainname = options->domainname;
    spec->stop_signal = options->stop_signal;
    spec->restart = options->restart;
    spec->log_driver = options->log_driver;
    spec->log_options = items_of(&options->log_options);
    spec->health_command = options->health_command;
    spec->health_interval = options->health_interval;
    spec->health_timeout = options->health_timeout;
    spec->health_start_period = options->health_start_period;
    spec->health_start_interval = options->health_start_interval;
    spec->health_retries = (int)options->health_retries;
    spec->no_health_check = options->no_health_check;
    spec->devices = items_of(&options->devices);
    spec->dns_search = items_of(&options->dns_search);
    spec->security_options = items_of(&options->security_options);
    spec->storage_options = items_of(&options->storage_options);
    spec->nano_cpus = options->nano_cpus;
    spec->cpu_count = (uint64_t)options->cpu_count;
    spec->cpu_percent = (uint64_t)options->cpu_percent;
    spec->cpu_shares = (uint64_t)options->cpu_shares;
    spec->io_bandwidth = options->io_bandwidth;
    spec->io_operations = (uint64_t)options->io_operations;
    spec->stop_timeout = stop_seconds(options->stop_timeout);
    spec->tty = options->tty;
    spec->open_stdin = options->interactive;
    spec->auto_remove = options->auto_remove;
    spec->schema = options->schema == NOT_GIVEN ? 0 : (int)options->schema;
    if (options->entrypoint) {
        request->entrypoint[0] = options->entrypoint;
        spec->entrypoint = request->entrypoint;
    }
}

wcow_status container_request_make(struct container_request *request,
                                   const struct container_options *options, char *const *words,
                                   wcow_error *err)
{
    wcow_container_spec empty = WCOW_CONTAINER_SPEC_INIT;
    wcow_status status;

    request->spec = empty;
    status = parse_isolation(options->isolation, &request->spec.isolation, err);
    if (!status)
        status = check_pull(options->pull, err);
    if (!status)
        status = choose_streams(request, options, err);
    if (!status)
        status = network_request_make(&request->network, &options->network, err);
    if (!status)
        status = check_health(options, err);
    if (!status)
        status = check_pairs(&options->labels, "label", err);
    if (!status && options->stop_timeout > INT32_MAX)
        status = error_set(err, WCOW_INVALID, "invalid --stop-timeout: %lld",
                           (long long)options->stop_timeout);
    if (!status && (options->schema != NOT_GIVEN && options->schema != 1 && options->schema != 2))
        status = error_set(err, WCOW_INVALID, "invalid --schema: %lld: it is 1 or 2",
                           (long long)options->schema);
    if (!status && options->auto_remove && options->restart && *options->restart &&
        !text_equal(options->restart, "no"))
        status = error_set(err, WCOW_INVALID,
                           "conflicting options: cannot specify both --restart and --rm");
    if (!status)
        status = environment_collect(&options->environment_files, &options->environment,
                                     &request->environment, err);
    if (!status)
        status = collect(&options->label_files, false, &options->labels, &request->labels, err);
    if (!status)
        fill_spec(request, options, words);
    return status;
}

void container_request_free(struct container_request *request)
{
    string_list_free(&request->environment);
    string_list_free(&request->labels);
    network_request_free(&request->network);
}

/* ---- doing it ---- */

static wcow_status print_plan(struct session *session, wcow_host *host,
                              const wcow_container_spec *spec, wcow_error *err)
{
    cleanup_wcow char *plan = NULL;
    cleanup_json cJSON *parsed = NULL;
    cleanup_free char *pretty = NULL;
    wcow_status status = wcow_container_plan(host, spec, &plan, err);

    if (!status)
        status = json_parse(plan, strlen(plan), "the plan", &parsed, err);
    if (status)
        return status;
    pretty = json_print_pretty(parsed);
    if (!pretty)
        return error_no_memory(err);
    fprintf(session->out, "%s\n", pretty);
    return WCOW_OK;
}

static wcow_status write_id(const char *path, wcow_container *container, wcow_error *err)
{
    const char *id = wcow_container_id(container);
    wcow_container_remove_options whole = WCOW_CONTAINER_REMOVE_OPTIONS_INIT;
    wcow_status status = wcow_file_create(path, id, strlen(id), err);

    if (!status)
        return WCOW_OK;
    /* An id that the caller cannot learn is of no use to it. */
    whole.force = true;
    whole.volumes = true;
    if (wcow_container_remove_with(container, &whole, NULL) != WCOW_OK && err)
        error_hint(err, "the container %s could not be removed again; try: wcow rm -fv %s", id, id);
    return error_wrap(err, status, "cannot write the container ID file '%s'", path);
}

/* --pull: before the container is made. What it shows goes to stderr: stdout is the container's. */
static wcow_status pull_image(struct session *session, const struct container_request *request,
                              const struct container_options *options, const char *heading,
                              wcow_error *err)
{
    wcow_pull_options wanted = WCOW_PULL_OPTIONS_INIT;

    wanted.platform = options->platform;
    wanted.process = request->spec.isolation == WCOW_ISOLATION_PROCESS;
    return pull_and_show(session, request->spec.image, &wanted, heading, options->quiet,
                         session->err, err);
}

static bool pulls(const struct container_options *options, const char *when)
{
    return strcmp(options->pull && *options->pull ? options->pull : "missing", when) == 0;
}

static bool is_missing(wcow_host *host, const char *image)
{
    bool exists = true;

    return !wcow_image_exists(host, image, &exists, NULL) && !exists;
}

/* An image of another platform is as good as missing. */
static wcow_status check_platform(wcow_host *host, const char *image,
                                  const struct container_options *options, wcow_error *err)
{
    if (!options->platform || !*options->platform)
        return WCOW_OK;
    return wcow_image_check_platform(host, image, options->platform, err);
}

static wcow_status create_or_pull(struct session *session, wcow_host *host,
                                  const struct container_request *request,
                                  const struct container_options *options, wcow_container **out,
                                  wcow_error *err)
{
    const char *image = request->spec.image;
    cleanup_free char *heading = text_format("Unable to find image '%s%s' locally", image,
                                             reference_has_tag(image) ? "" : ":latest");
    wcow_status status = WCOW_OK;
    bool misfit;

    if (pulls(options, "always"))
        status = pull_image(session, request, options, NULL, err);
    if (!status)
        status = check_platform(host, image, options, err);
    misfit = status == WCOW_NOT_FOUND;
    if (!status)
        status = wcow_container_create(host, &request->spec, out, err);
    if (status != WCOW_NOT_FOUND || !pulls(options, "missing") ||
        !(misfit || is_missing(host, image)))
        return status;
    status = pull_image(session, request, options, heading, err);
    if (status)
        return error_wrap(err, status, "image '%s' is not here, and cannot be had", image);
    return wcow_container_create(host, &request->spec, out, err);
}

static void print_warnings(struct session *session, const wcow_container *container)
{
    const char *const *warning = wcow_container_warnings(container);

    for (; *warning; warning++)
        session_warning(session, "%s", *warning);
}

wcow_status container_request_run(struct session *session, const struct container_request *request,
                                  const struct container_options *options, wcow_container **out,
                                  wcow_error *err)
{
    cleanup_container wcow_container *container = NULL;
    wcow_host *host = NULL;
    wcow_status status;

    if (options->cidfile && wcow_file_exists(options->cidfile))
        return error_set(err, WCOW_INVALID,
                         "container ID file found, make sure the other container isn't running "
                         "or delete %s",
                         options->cidfile);
    status = session_host(session, &host, err);
    if (status)
        return status;
    if (options->dry_run) {
        status = check_platform(host, request->spec.image, options, err);
        return status ? status : print_plan(session, host, &request->spec, err);
    }
    status = create_or_pull(session, host, request, options, &container, err);
    if (!status)
        print_warnings(session, container);
    if (!status && options->cidfile)
        status = write_id(options->cidfile, container, err);
    if (status)
        return status;
    *out = TAKE(container);
    return WCOW_OK;
}
