/* SPDX-License-Identifier: MIT */
/* daemon.json and certs.d. */
#include "image/registry/registry_settings.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/path.h"
#include "base/text.h"

#define FILE_LIMIT    ((size_t)1 << 20)
#define MOST_PARALLEL 16

static wcow_status parse(const char *bytes, size_t size, const char *path, registry_settings *out,
                         wcow_error *err)
{
    cleanup_json cJSON *json = NULL;
    wcow_status status = json_parse(bytes, size, path, &json, err);
    int64_t downloads;

    if (status)
        return status;
    downloads = json_integer(json, "max-concurrent-downloads", out->downloads);
    if (!cJSON_IsObject(json) || !json_strings(json, "insecure-registries", &out->insecure) ||
        !json_strings(json, "registry-mirrors", &out->mirrors) || downloads < 1)
        return error_set(err, WCOW_INVALID,
                         "'%s' is malformed: it is an object with \"insecure-registries\" and "
                         "\"registry-mirrors\" (lists of strings) and \"max-concurrent-downloads\"",
                         path);
    out->downloads = downloads > MOST_PARALLEL ? MOST_PARALLEL : (unsigned)downloads;
    return WCOW_OK;
}

wcow_status registry_settings_read(files_port *files, const char *root, registry_settings *out,
                                   wcow_error *err)
{
    cleanup_registry_settings registry_settings read = REGISTRY_SETTINGS_INIT;
    cleanup_free char *path = path_join(root, "daemon.json");
    cleanup_free char *bytes = NULL;
    size_t size = 0;
    wcow_status status = WCOW_OK;
    int32_t hr;

    if (!path)
        return error_no_memory(err);
    hr = files->read(files, path, FILE_LIMIT, &bytes, &size);
    if (HR_FAILED(hr) && hr != HR_FILE_NOT_FOUND && hr != HR_PATH_NOT_FOUND)
        return error_wrap(err, error_hresult(err, hr, "read"), "cannot read '%s'", path);
    if (HR_SUCCEEDED(hr) && !json_is_blank(bytes, size))
        status = parse(bytes, size, path, &read, err);
    if (status)
        return status;
    *out = read;
    read = (registry_settings)REGISTRY_SETTINGS_INIT;
    return WCOW_OK;
}

void registry_settings_clear(registry_settings *settings)
{
    string_list_free(&settings->insecure);
    string_list_free(&settings->mirrors);
}

/* ---- insecure registries ---- */

static bool take_number(const char **at, unsigned long most, unsigned long *out)
{
    char *end;

    if (**at < '0' || **at > '9')
        return false;
    *out = strtoul(*at, &end, 10);
    *at = end;
    return *out <= most;
}

/* "10.0.0.0/8" → address and mask; false: it is none. */
static bool parse_network(const char *network, uint32_t *address, uint32_t *mask)
{
    uint32_t parts = 0;
    unsigned long bits = 32;

    for (int i = 0; i < 4; i++) {
        if (!take_number(&network, 255, &bits) || (i < 3 && *network++ != '.'))
            return false;
        parts = parts << 8 | (uint32_t)bits;
    }
    bits = 32;
    if (*network == '/') {
        network++;
        if (!take_number(&network, 32, &bits))
            return false;
    }
    if (*network)
        return false;
    *address = parts;
    *mask = bits ? UINT32_MAX << (32 - bits) : 0;
    return true;
}

static bool fits(const char *entry, const char *host, const char *name)
{
    uint32_t network = 0, mask = 0, address = 0, single = 0;

    if (text_equal_ignore_case(entry, host) || text_equal_ignore_case(entry, name))
        return true;
    return parse_network(entry, &network, &mask) && parse_network(name, &address, &single) &&
           !strchr(name, '/') && (network & mask) == (address & mask);
}

bool registry_settings_insecure(const registry_settings *settings, const char *host)
{
    static const char *const own[] = {"127.0.0.0/8", "localhost", "[::1]"};
    const char *colon = strrchr(host, ':');
    bool has_port = colon && strspn(colon + 1, "0123456789") == strlen(colon + 1);
    cleanup_free char *name =
        text_copy_bytes(host, has_port ? (size_t)(colon - host) : strlen(host));

    for (size_t i = 0; name && i < sizeof(own) / sizeof(own[0]); i++) {
        if (fits(own[i], host, name))
            return true;
    }
    for (size_t i = 0; name && i < settings->insecure.count; i++) {
        if (fits(settings->insecure.items[i], host, name))
            return true;
    }
    return false;
}

/* ---- authorities ---- */

static char *existing(files_port *files, const char *folder, const char *host)
{
    cleanup_free char *own = path_join(folder, host);
    cleanup_free char *path = own ? path_join(own, "ca.crt") : NULL;
    file_info info;

    if (!path || HR_FAILED(files->info(files, path, &info)))
        return NULL;
    return TAKE(path);
}

char *registry_authorities(files_port *files, const char *root, const char *host)
{
    cleanup_free char *folder = path_join(root, "certs.d");
    cleanup_free char *name = text_copy(host);
    char *found = NULL;
    char *to = name;

    if (!folder || !name)
        return NULL;
    if (path_separator(root) == '/') /* a ':' cannot stand in a name of Windows */
        found = existing(files, folder, name);
    for (const char *from = host; *from; from++) {
        if (*from != ':')
            *to++ = *from;
    }
    *to = '\0';
    return found ? found : existing(files, folder, name);
}
