/* SPDX-License-Identifier: MIT */
/* Docker's config.json. */
#include "image/registry/credentials.h"

#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "base/error.h"
#include "base/json.h"
#include "base/path.h"
#include "base/text.h"
#include "image/registry/credential_helper.h"
#include "port/machine.h"

#define HUB_SERVER   "https://index.docker.io/v1/"
#define CONFIG_LIMIT ((size_t)4 << 20)

const char *credentials_server(const char *host)
{
    static const char *const hub[] = {"docker.io", "index.docker.io", "registry-1.docker.io",
                                      HUB_SERVER};

    for (size_t i = 0; i < sizeof(hub) / sizeof(hub[0]); i++) {
        if (text_equal(host, hub[i]))
            return HUB_SERVER;
    }
    return host;
}

/* Clears what was secret before memory is given back. */
static void free_secret(char *secret)
{
    volatile char *byte = secret;

    while (byte && *byte)
        *byte++ = '\0';
    free(secret);
}

void credentials_clear(credentials *c)
{
    free(c->user);
    free_secret(c->password);
    free_secret(c->token);
    *c = (credentials){NULL, NULL, NULL};
}

/* ---- the file ---- */

static char *config_folder(void)
{
    cleanup_free char *given = machine_environment("DOCKER_CONFIG");
    cleanup_free char *home = NULL;

    if (given && *given)
        return TAKE(given);
    home = machine_environment("USERPROFILE");
    if (!home || !*home) {
        free(home);
        home = machine_environment("HOME");
    }
    return home && *home ? path_join(home, ".docker") : NULL;
}

static char *config_path(void)
{
    cleanup_free char *folder = config_folder();

    return folder ? path_join(folder, "config.json") : NULL;
}

static wcow_status no_config(cJSON **out, wcow_error *err)
{
    *out = cJSON_CreateObject();
    return *out ? WCOW_OK : error_no_memory(err);
}

/* An empty one if there is no file, or nothing in it, as for Docker. */
static wcow_status read_config(files_port *files, const char *path, cJSON **out, wcow_error *err)
{
    cleanup_free char *bytes = NULL;
    cleanup_json cJSON *config = NULL;
    size_t size = 0;
    wcow_status status;
    int32_t hr = path ? files->read(files, path, CONFIG_LIMIT, &bytes, &size) : HR_FILE_NOT_FOUND;

    if (hr == HR_FILE_NOT_FOUND || hr == HR_PATH_NOT_FOUND)
        return no_config(out, err);
    if (HR_FAILED(hr))
        return error_wrap(err, error_hresult(err, hr, "read"), "cannot read '%s'", path);
    if (json_is_blank(bytes, size))
        return no_config(out, err);
    status = json_parse(bytes, size, path, &config, err);
    if (status)
        return status;
    if (cJSON_IsNull(config))
        return no_config(out, err);
    if (!cJSON_IsObject(config))
        return error_set(err, WCOW_CORRUPT, "'%s' is no configuration of Docker", path);
    *out = TAKE(config);
    return WCOW_OK;
}

static wcow_status write_config(files_port *files, const char *path, const cJSON *config,
                                wcow_error *err)
{
    cleanup_free char *bytes = json_print_pretty(config);
    cleanup_free char *folder = path_parent(path);
    int32_t hr;

    if (!bytes || !folder)
        return error_no_memory(err);
    hr = files->make_directory(files, folder);
    if (HR_SUCCEEDED(hr) || hr == HR_ALREADY_EXISTS || hr == HR_FILE_EXISTS)
        hr = files->replace(files, path, bytes, strlen(bytes));
    if (HR_FAILED(hr))
        return error_wrap(err, error_hresult(err, hr, "write"), "cannot write '%s'", path);
    return WCOW_OK;
}

/* The helper for a server; NULL: there is none. */
static const char *helper_of(const cJSON *config, const char *server)
{
    const char *helper = json_text(json_member(config, "credHelpers"), server, NULL);

    if (!helper)
        helper = json_text(config, "credsStore", NULL);
    return helper && *helper ? helper : NULL;
}

/* ---- entries ---- */

/* "https://host/v1/" and "host" are one server. */
static bool same_server(const char *key, const char *server)
{
    size_t length;

    if (text_equal(key, server))
        return true;
    if (text_starts_with(key, "https://"))
        key += strlen("https://");
    else if (text_starts_with(key, "http://"))
        key += strlen("http://");
    length = strcspn(key, "/");
    return length == strlen(server) && strncmp(key, server, length) == 0;
}

static cJSON *find_entry(const cJSON *config, const char *server)
{
    const cJSON *auths = json_member(config, "auths");
    cJSON *exact = cJSON_GetObjectItemCaseSensitive(auths, server);
    cJSON *entry;

    if (exact)
        return exact;
    cJSON_ArrayForEach (entry, auths) {
        if (entry->string && same_server(entry->string, server))
            return entry;
    }
    return NULL;
}

static wcow_status decode(const char *encoded, const char *server, credentials *out,
                          wcow_error *err)
{
    cleanup_free unsigned char *bytes = NULL;
    const char *colon;
    size_t size = 0;

    if (!base64_decode(encoded, strlen(encoded), &bytes, &size))
        return error_set(err, WCOW_CORRUPT,
                         "the entry of '%s' in Docker's config.json is malformed", server);
    bytes[size] = '\0';
    colon = memchr(bytes, ':', size);
    if (!colon)
        return error_set(err, WCOW_CORRUPT,
                         "the entry of '%s' in Docker's config.json is malformed", server);
    out->user = text_copy_bytes((char *)bytes, (size_t)(colon - (char *)bytes));
    out->password = text_copy(colon + 1);
    free_secret((char *)TAKE(bytes));
    return out->user && out->password ? WCOW_OK : error_no_memory(err);
}

/* What no `docker login` writes any more, but people and scripts do. */
static wcow_status read_plain(const cJSON *entry, credentials *out, wcow_error *err)
{
    const char *user = json_text(entry, "username", "");
    const char *password = json_text(entry, "password", "");

    if (!*user)
        return WCOW_OK;
    out->user = text_copy(user);
    out->password = text_copy(password);
    return out->user && out->password ? WCOW_OK : error_no_memory(err);
}

static wcow_status read_entry(const cJSON *entry, const char *server, credentials *out,
                              wcow_error *err)
{
    const char *encoded = json_text(entry, "auth", NULL);
    const char *token = json_text(entry, "identitytoken", NULL);
    wcow_status status = WCOW_OK;

    if (token && *token) {
        out->token = text_copy(token);
        if (!out->token)
            return error_no_memory(err);
    }
    if (encoded && *encoded)
        status = decode(encoded, server, out, err);
    else
        status = read_plain(entry, out, err);
    return status;
}

wcow_status credentials_find(files_port *files, const char *host, credentials *out, wcow_error *err)
{
    const char *server = credentials_server(host);
    cleanup_free char *path = config_path();
    cleanup_json cJSON *config = NULL;
    cleanup_credentials credentials found = {NULL, NULL, NULL};
    wcow_status status = read_config(files, path, &config, err);
    const char *helper;

    if (status)
        return status;
    helper = helper_of(config, server);
    if (helper)
        status = credential_helper_get(helper, server, &found, err);
    else
        status = read_entry(find_entry(config, server), server, &found, err);
    if (status)
        return error_wrap(err, status, "cannot get the credentials of '%s'", server);
    *out = found;
    found = (credentials){NULL, NULL, NULL};
    return WCOW_OK;
}

static cJSON *make_entry(const credentials *given)
{
    cleanup_free char *pair = text_format("%s:%s", given->user ? given->user : "",
                                          given->password ? given->password : "");
    cleanup_free char *encoded = pair ? base64_encode(pair, strlen(pair)) : NULL;
    cJSON *entry = cJSON_CreateObject();

    if (entry && encoded && json_add_text(entry, "auth", encoded) &&
        json_add_text(entry, "identitytoken", given->token))
        return entry;
    cJSON_Delete(entry);
    return NULL;
}

/* Docker lists a server in "auths" even when a helper has its password. */
static wcow_status add_entry(cJSON *config, const char *server, cJSON *entry, wcow_error *err)
{
    cJSON *auths = cJSON_GetObjectItemCaseSensitive(config, "auths");

    if (!auths)
        auths = cJSON_AddObjectToObject(config, "auths");
    if (!auths || !entry) {
        cJSON_Delete(entry);
        return error_no_memory(err);
    }
    cJSON_DeleteItemFromObjectCaseSensitive(auths, server);
    return json_add(auths, server, entry) ? WCOW_OK : error_no_memory(err);
}

static wcow_status no_home(wcow_error *err)
{
    return error_set(err, WCOW_NOT_FOUND,
                     "there is no place for credentials: none of DOCKER_CONFIG, USERPROFILE and "
                     "HOME is set");
}

wcow_status credentials_store(files_port *files, const char *host, const credentials *given,
                              char **plain, wcow_error *err)
{
    const char *server = credentials_server(host);
    cleanup_free char *path = config_path();
    cleanup_json cJSON *config = NULL;
    wcow_status status = path ? read_config(files, path, &config, err) : no_home(err);
    const char *helper;

    if (status)
        return status;
    helper = helper_of(config, server);
    if (helper)
        status = credential_helper_store(helper, server, given, err);
    if (!status)
        status = add_entry(config, server, helper ? cJSON_CreateObject() : make_entry(given), err);
    if (!status)
        status = write_config(files, path, config, err);
    if (!status)
        *plain = helper ? NULL : TAKE(path);
    return status;
}

wcow_status credentials_erase(files_port *files, const char *host, bool *found, wcow_error *err)
{
    const char *server = credentials_server(host);
    cleanup_free char *path = config_path();
    cleanup_json cJSON *config = NULL;
    wcow_status status = path ? read_config(files, path, &config, err) : no_home(err);
    cJSON *entry;
    const char *helper;

    if (status)
        return status;
    helper = helper_of(config, server);
    entry = find_entry(config, server);
    *found = entry != NULL;
    if (helper)
        status = credential_helper_erase(helper, server, err);
    if (status || !entry)
        return status;
    cJSON_Delete(
        cJSON_DetachItemViaPointer(cJSON_GetObjectItemCaseSensitive(config, "auths"), entry));
    return write_config(files, path, config, err);
}

/* ---- what else is in there ---- */

wcow_status docker_config_text(files_port *files, const char *name, char **out, wcow_error *err)
{
    cleanup_free char *path = config_path();
    cleanup_json cJSON *config = NULL;
    const char *value;
    wcow_status status = read_config(files, path, &config, err);

    if (status)
        return status;
    value = json_text(config, name, NULL);
    *out = text_copy(value);
    return value && !*out ? error_no_memory(err) : WCOW_OK;
}
