/* SPDX-License-Identifier: MIT */
/*
 * Schema 1 is what Docker's engine speaks to this day, and the default; schema 2 is containerd's
 * (hcs/README.md). A container keeps what it was created with.
 */
#include "engine/container/schema.h"

#include "base/error.h"
#include "base/path.h"
#include "base/text.h"
#include "engine/host/host_stores.h"
#include "engine/host/store.h"
#include "hcs/document.h"

#define SETTINGS_LIMIT (1u << 20)

static wcow_status parse_settings(const char *path, const char *bytes, size_t size, int *out,
                                  wcow_error *err)
{
    cleanup_json cJSON *settings = NULL;
    int64_t schema;
    wcow_status status = json_parse(bytes, size, path, &settings, err);

    if (status)
        return status;
    schema = json_member(settings, "schema") ? json_integer(settings, "schema", -1) : 1;
    if (schema != 1 && schema != 2)
        return error_set(err, WCOW_INVALID, "'%s' is malformed: \"schema\" is 1 or 2", path);
    *out = (int)schema;
    return WCOW_OK;
}

/* Of an administrator who says nothing it is 1. */
wcow_status schema_of_host(wcow_host *host, int *out, wcow_error *err)
{
    cleanup_free char *path = path_join(host->root, "daemon.json");
    cleanup_free char *bytes = NULL;
    size_t size = 0;
    files_port *files = NULL;
    wcow_status status = path ? host_files(host, &files, err) : error_no_memory(err);
    int32_t hr;

    if (status)
        return status;
    hr = files->read(files, path, SETTINGS_LIMIT, &bytes, &size);
    *out = 1;
    if (hr == HR_FILE_NOT_FOUND || hr == HR_PATH_NOT_FOUND ||
        (HR_SUCCEEDED(hr) && json_is_blank(bytes, size)))
        return WCOW_OK;
    if (HR_FAILED(hr))
        return error_wrap(err, error_hresult(err, hr, "read"), "cannot read '%s'", path);
    return parse_settings(path, bytes, size, out, err);
}

/* Whether a container can be of schema 2; why not, if not. */
static wcow_status check_2(const wcow_host *host, const container_wish *wish,
                           wcow_isolation isolation, wcow_error *err)
{
    const uint32_t build = host->version.build;

    if (build && build < SCHEMA_V2_BUILD)
        return error_set(err, WCOW_UNSUPPORTED,
                         "--schema 2 needs Windows build %d (Server 2019) or later, and this is "
                         "build %u",
                         SCHEMA_V2_BUILD, build);
    if (isolation == WCOW_ISOLATION_HYPERV)
        return error_set(err, WCOW_UNSUPPORTED,
                         "--schema 2 is for process isolation: a container with Hyper-V isolation "
                         "is of schema 1");
    return schema_check_limits(2, &wish->spec, err);
}

bool schema_2_is_for(const wcow_host *host, const record *r)
{
    const uint32_t build = host->version.build;

    return (!build || build >= SCHEMA_V2_BUILD) && r->isolation == WCOW_ISOLATION_PROCESS &&
           !(r->nano_cpus && r->cpu_count) && !network_mode_container(r->network);
}

wcow_status schema_settle(wcow_host *host, container_wish *wish, wcow_isolation isolation,
                          wcow_error *err)
{
    const int given = wish->spec.schema;
    int wanted = given;
    wcow_status status = WCOW_OK;

    if (given < 0 || given > 2)
        return error_set(err, WCOW_INVALID, "invalid schema %d: it is 1 or 2", given);
    if (!given)
        status = schema_of_host(host, &wanted, err);
    if (!status && wanted == 2) {
        status = check_2(host, wish, isolation, given ? err : NULL);
        if (status && !given) {
            status = WCOW_OK;
            wanted = 1;
        }
    }
    if (!status)
        wish->schema = wanted;
    return status;
}

wcow_status schema_follow(wcow_host *host, container_wish *wish, wcow_isolation isolation,
                          wcow_error *err)
{
    const char *other = network_mode_container(wish->network.mode);
    cleanup_record record *r = NULL;
    wcow_status status = other ? record_read(host, other, &r, err) : WCOW_OK;

    if (status || !other || r->schema == wish->schema)
        return status;
    if (wish->spec.schema)
        return error_set(err, WCOW_INVALID,
                         "the network of container %s can be shared by containers of its own "
                         "schema, which is %d",
                         r->name, r->schema);
    status = r->schema == 2 ? check_2(host, wish, isolation, err) : WCOW_OK;
    if (status)
        return error_wrap(err, status,
                          "container %s, whose network is to be shared, is of schema 2", r->name);
    wish->schema = r->schema;
    return WCOW_OK;
}

wcow_status schema_check_limits(int schema, const wcow_container_spec *limits, wcow_error *err)
{
    if (schema != 2 || !limits->nano_cpus || !limits->cpu_count)
        return WCOW_OK;
    return error_set(err, WCOW_INVALID,
                     "conflicting options: with schema 2 CPU count and Nano CPUs cannot both be "
                     "set");
}
