/* SPDX-License-Identifier: MIT */
/* login, logout. */
#include <wcow/registry.h>

#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "engine/image/transfers.h"

/* "https://host/v1/" is the host to ask. NULL when out of memory. */
static char *server_host(const char *server)
{
    const char *start = server ? server : "docker.io";

    if (text_equal(credentials_server(start), credentials_server("docker.io")))
        start = "docker.io";
    if (text_starts_with(start, "https://"))
        start += strlen("https://");
    else if (text_starts_with(start, "http://"))
        start += strlen("http://");
    return text_copy_bytes(start, strcspn(start, "/"));
}

wcow_status wcow_registry_login(wcow_host *host, const char *server, const char *user,
                                const char *password, char **kept_in, wcow_error *err)
{
    cleanup_transfers transfers t = TRANSFERS_INIT;
    cleanup_free char *name = server_host(server);
    cleanup_credentials credentials given = {text_copy(user), text_copy(password), NULL};
    wcow_status status;

    if (!name || !given.user || !given.password)
        return error_no_memory(err);
    status = transfers_open(host, NULL, NULL, &t, err);
    if (!status)
        status = registry_check(&t.registry, name, &given, err);
    if (status)
        return error_wrap(err, status, "cannot log in to '%s'", name);
    return credentials_store(t.images.files, name, &given, kept_in, err);
}

wcow_status wcow_registry_user(wcow_host *host, const char *server, char **user, wcow_error *err)
{
    cleanup_free char *name = server_host(server);
    cleanup_credentials credentials found = {NULL, NULL, NULL};
    files_port *files;
    wcow_status status = host_files(host, &files, err);

    if (!status && !name)
        status = error_no_memory(err);
    if (!status)
        status = credentials_find(files, name, &found, err);
    if (!status)
        *user = TAKE(found.user);
    return status;
}

wcow_status wcow_host_user_setting(wcow_host *host, const char *name, char **value, wcow_error *err)
{
    files_port *files;
    wcow_status status = host_files(host, &files, err);

    return status ? status : docker_config_text(files, name, value, err);
}

wcow_status wcow_registry_check(wcow_host *host, const char *server, wcow_error *err)
{
    cleanup_transfers transfers t = TRANSFERS_INIT;
    cleanup_free char *name = server_host(server);
    wcow_status status = transfers_open(host, NULL, NULL, &t, err);

    if (!status && !name)
        status = error_no_memory(err);
    if (!status)
        status = registry_check(&t.registry, name, NULL, err);
    return status ? error_wrap(err, status, "cannot log in to '%s'", name ? name : "") : WCOW_OK;
}

wcow_status wcow_registry_logout(wcow_host *host, const char *server, wcow_error *err)
{
    cleanup_free char *name = server_host(server);
    files_port *files;
    bool found = false;
    wcow_status status = host_files(host, &files, err);

    if (!status && !name)
        status = error_no_memory(err);
    if (!status)
        status = credentials_erase(files, name, &found, err);
    if (!status && !found)
        status = error_set(err, WCOW_NOT_FOUND, "not logged in to %s", name);
    return status;
}
