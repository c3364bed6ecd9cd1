/* SPDX-License-Identifier: MIT */
/* Merging the user's wishes with the image's configuration. */
#include "engine/container/spec.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/number.h"
#include "base/options.h"
#include "base/path.h"
#include "base/text.h"
#include "engine/container/device_spec.h"
#include "engine/container/id.h"
#include "engine/container/log_config.h"
#include "hcs/signals.h"
#include "layer/store/scratch.h"
#include "port/machine.h"

void container_config_free(container_config *config)
{
    string_list_free(&config->environment);
    string_list_free(&config->entrypoint);
    string_list_free(&config->arguments);
    string_list_free(&config->command);
    string_list_free(&config->labels);
    free(config->working_directory);
    free(config->user);
    free(config->hostname);
    free(config->domainname);
    free(config->stop_signal);
    *config = (container_config){0};
}

static bool add_all(string_list *list, const char *const *items)
{
    for (; items && *items; items++) {
        if (!string_list_add(list, *items))
            return false;
    }
    return true;
}

static bool add_list(string_list *list, const string_list *other)
{
    return add_all(list, (const char *const *)other->items);
}

/* ---- environment ---- */

static size_t name_length(const char *variable)
{
    /* "=C:=C:\x" is a variable of cmd.exe whose name begins with the sign. */
    return *variable ? 1 + strcspn(variable + 1, "=") : 0;
}

static bool same_variable(const char *a, const char *b)
{
    const size_t length = name_length(a);

    if (length != name_length(b))
        return false;

    cleanup_free char *left = text_copy_bytes(a, length);
    cleanup_free char *right = text_copy_bytes(b, length);

    return left && right && text_equal_ignore_case(left, right);
}

static void remove_variable(string_list *list, const char *variable)
{
    size_t kept = 0;

    for (size_t i = 0; i < list->count; i++) {
        if (same_variable(list->items[i], variable))
            free(list->items[i]);
        else
            list->items[kept++] = list->items[i];
    }
    list->count = kept;
    if (list->items)
        list->items[kept] = NULL;
}

wcow_status config_add_environment(string_list *environment, const char *const *additions,
                                   wcow_error *err)
{
    for (; additions && *additions; additions++) {
        const char *variable = *additions;
        bool added = true;

        if (!*variable || (variable[0] == '=' && !strchr(variable + 1, '=')))
            return error_set(err, WCOW_INVALID, "invalid environment variable: '%s'", variable);
        remove_variable(environment, variable);
        if (variable[name_length(variable)] == '=') {
            added = string_list_add(environment, variable);
        } else {
            cleanup_free char *value = machine_environment(variable);

            if (value)
                added = string_list_own(environment, text_format("%s=%s", variable, value));
        }
        if (!added)
            return error_no_memory(err);
    }
    return WCOW_OK;
}

/* ---- the command ---- */

/* --entrypoint "" is passed as {""} and means: none, and not the image's either. Images whose
 * Dockerfile says ENTRYPOINT [""] mean the same. */
static bool is_none(const char *const *words)
{
    return words && (!words[0] || (!words[0][0] && !words[1]));
}

static bool merge_command(const wcow_container_spec *spec, const image_config *image,
                          container_config *out)
{
    const bool own_command = spec->command && spec->command[0];

    if (!add_all(&out->arguments, spec->command))
        return false;
    if (!spec->entrypoint) {
        if (!own_command) {
            out->args_escaped = image->args_escaped;
            if (!add_list(&out->arguments, &image->command))
                return false;
        }
        if (!is_none((const char *const *)image->entrypoint.items) &&
            !add_list(&out->entrypoint, &image->entrypoint))
            return false;
    } else if (!is_none(spec->entrypoint) && !add_all(&out->entrypoint, spec->entrypoint)) {
        return false;
    }
    return add_list(&out->command, &out->entrypoint) && add_list(&out->command, &out->arguments);
}

/* ---- labels ---- */

static bool has_label(const string_list *labels, const char *label)
{
    const size_t length = strcspn(label, "=");

    for (size_t i = 0; i < labels->count; i++) {
        if (strcspn(labels->items[i], "=") == length && !strncmp(labels->items[i], label, length))
            return true;
    }
    return false;
}

static bool merge_labels(const char *const *own, const string_list *inherited, string_list *out)
{
    size_t count = 0;

    while (own && own[count])
        count++;
    /* The last of several equal ones counts; "key" alone is "key=". */
    for (size_t i = count; i-- > 0;) {
        char *label = strchr(own[i], '=') ? text_copy(own[i]) : text_format("%s=", own[i]);

        if (label && has_label(out, label))
            free(label);
        else if (!label || !string_list_own(out, label))
            return false;
    }
    for (size_t i = 0; i < inherited->count; i++) {
        if (!has_label(out, inherited->items[i]) && !string_list_add(out, inherited->items[i]))
            return false;
    }
    string_list_sort(out);
    return true;
}

static const char *first_text(const char *a, const char *b, const char *otherwise)
{
    if (a && *a)
        return a;
    return b && *b ? b : otherwise;
}

/* The image's is in order. cmd run as ContainerAdministrator would else begin in
 * C:\Windows\System32 (moby oci_windows.go). */
static char *choose_working_directory(const wcow_container_spec *spec, const image_config *image)
{
    const char *given = first_text(spec->working_directory, NULL, NULL);
    char *chosen = text_copy(first_text(given, image->working_directory, "C:\\"));

    for (char *c = given ? chosen : NULL; c && *c; c++)
        *c = *c == '/' ? '\\' : *c;
    return chosen;
}

/* An image made for Linux' signals may name one that Windows has nothing like. */
static const char *known_signal(const image_config *image)
{
    const char *unused;

    return image->stop_signal && !signal_find(image->stop_signal, &unused, NULL)
               ? image->stop_signal
               : NULL;
}

wcow_status config_merge(const wcow_container_spec *spec, const image_config *image, const char *id,
                         container_config *out, wcow_error *err)
{
    cleanup_container_config container_config merged = {0};
    wcow_status status;

    if (!merge_command(spec, image, &merged) ||
        !merge_labels(spec->labels, &image->labels, &merged.labels))
        return error_no_memory(err);
    if (!merged.command.count)
        return error_set(err, WCOW_INVALID, "no command specified");
    status = config_add_environment(&merged.environment,
                                    (const char *const *)image->environment.items, err);
    if (!status)
        status = config_add_environment(&merged.environment, spec->environment, err);
    if (status)
        return status;
    merged.working_directory = choose_working_directory(spec, image);
    merged.user = text_copy(first_text(spec->user, image->user, ""));
    merged.hostname = spec->hostname && *spec->hostname ? text_copy(spec->hostname)
                                                        : text_copy_bytes(id, ID_SHORT_LENGTH);
    merged.domainname = text_copy(first_text(spec->domainname, NULL, ""));
    merged.stop_signal = text_copy(first_text(spec->stop_signal, known_signal(image), ""));
    if (!merged.working_directory || !merged.user || !merged.hostname || !merged.domainname ||
        !merged.stop_signal)
        return error_no_memory(err);
    *out = merged;
    merged = (container_config){0};
    return WCOW_OK;
}

#define HOSTNAME_LIMIT 255
#define LABEL_LIMIT    63

/*
 * A name of a computer as DNS has it. Docker takes any text and leaves it to Windows, whose answer
 * comes at start and names no reason. Source: "Naming conventions in Active Directory for
 * computers, domains, sites, and OUs" (KB 909264); the low line is what Windows' DNS takes besides.
 */
static bool is_hostname(const char *name)
{
    size_t label = 0;

    for (const char *c = name; *c; c++) {
        const bool inner = label && c[1] && c[1] != '.';

        if (*c == '.' && label)
            label = 0;
        else if (strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_", *c) ||
                 (*c == '-' && inner))
            label++;
        else
            return false;
        if (label > LABEL_LIMIT)
            return false;
    }
    return label && strlen(name) <= HOSTNAME_LIMIT;
}

static wcow_status check_hostname(const wcow_container_spec *spec, wcow_error *err)
{
    if (!spec->hostname || !*spec->hostname || is_hostname(spec->hostname))
        return WCOW_OK;
    return error_set(err, WCOW_INVALID,
                     "invalid hostname '%.64s': it can have letters, digits, '-' and '_', up to "
                     "63 between two dots",
                     spec->hostname);
}

/* A dot at its end says that it is whole. */
static bool is_domain(const char *domain)
{
    const size_t length = strlen(domain);
    cleanup_free char *plain =
        text_copy_bytes(domain, length - (length && domain[length - 1] == '.'));

    return plain && is_hostname(plain);
}

static wcow_status check_names(const wcow_container_spec *spec, wcow_error *err)
{
    const char *unused;
    wcow_status status = check_hostname(spec, err);

    if (!status && spec->domainname && *spec->domainname && !is_hostname(spec->domainname))
        status = error_set(err, WCOW_INVALID, "invalid domain name '%.64s': it is no name of DNS's",
                           spec->domainname);
    for (const char *const *domain = spec->dns_search; domain && *domain && !status; domain++) {
        if (!is_domain(*domain))
            status = error_set(err, WCOW_INVALID, "%s is not a valid domain", *domain);
    }
    if (!status && spec->stop_signal && *spec->stop_signal)
        status = signal_find(spec->stop_signal, &unused, err);
    return status;
}

static wcow_status check_spec(const wcow_container_spec *spec, wcow_error *err)
{
    wcow_status status = WCOW_OK;

    if (!spec->image || !*spec->image)
        return error_set(err, WCOW_INVALID, "no image was named");
    if (spec->name && *spec->name)
        status = name_check(spec->name, err);
    if (status)
        return status;
    status = check_names(spec, err);
    if (!status && spec->volume_driver && *spec->volume_driver &&
        !text_equal(spec->volume_driver, "local"))
        status = error_set(err, WCOW_INVALID,
                           "error looking up volume plugin %s: plugin \"%s\" not found: wcow has "
                           "volumes of the driver local",
                           spec->volume_driver, spec->volume_driver);
    if (status)
        return status;
    if (spec->working_directory && *spec->working_directory &&
        !path_is_absolute(spec->working_directory) && *spec->working_directory != '\\')
        return error_set(err, WCOW_INVALID,
                         "the working directory '%s' is invalid, it needs to be an absolute path",
                         spec->working_directory);
    for (const char *const *label = spec->labels; label && *label; label++) {
        if (!**label || **label == '=')
            return error_set(err, WCOW_INVALID, "invalid label '%s': empty name", *label);
    }
    return WCOW_OK;
}

void container_wish_free(container_wish *wish)
{
    mount_list_free(&wish->mounts);
    string_list_free(&wish->devices);
    network_wish_free(&wish->network);
    free(wish->credentials);
    wish->credentials = NULL;
}

/* "size=30GB"; as in dockerd the last one counts, and 0 is the default. */
static wcow_status read_storage(const char *const *options, uint64_t *out, wcow_error *err)
{
    static const char name[] = "size=";
    uint64_t size = 0;

    for (; options && *options; options++) {
        if (!text_starts_with(*options, name))
            return error_set(err, WCOW_INVALID,
                             "invalid storage option '%s': on Windows there is size=30GB",
                             *options);
        if (!size_parse(*options + strlen(name), &size) || size > INT64_MAX)
            return error_set(err, WCOW_INVALID, "invalid storage option '%s': not a size like 30GB",
                             *options);
    }
    *out = size ? size : SCRATCH_SIZE;
    return WCOW_OK;
}

wcow_status config_take(const wcow_container_spec *given, container_wish *out, wcow_error *err)
{
    cleanup_container_wish container_wish wish = {.spec = WCOW_CONTAINER_SPEC_INIT};
    wcow_container_spec *spec = &wish.spec;
    wcow_status status = options_copy(spec, sizeof *spec, given, "wcow_container_spec", err);

    if (!status)
        status = check_spec(spec, err);
    if (!status)
        status = mount_list_parse(spec, &wish.mounts, err);
    if (!status)
        status = device_classes_parse(spec->devices, &wish.devices, err);
    if (!status)
        status = read_storage(spec->storage_options, &wish.storage_size, err);
    if (!status)
        status = health_wishes_check(spec, err);
    if (!status)
        status = log_wishes_check(spec->log_driver, spec->log_options, err);
    if (!status)
        status = network_wish_take(spec, &wish.network, err);
    if (!status)
        status = restart_policy_parse(spec->restart, &wish.restart, err);
    if (!status && spec->auto_remove && wish.restart.mode != RESTART_NO)
        status =
            error_set(err, WCOW_INVALID, "can't create 'AutoRemove' container with restart policy");
    if (status)
        return status;
    if (spec->name && !*spec->name)
        spec->name = NULL;
    container_wish_free(out);
    *out = wish;
    wish = (container_wish){.spec = WCOW_CONTAINER_SPEC_INIT};
    return WCOW_OK;
}
