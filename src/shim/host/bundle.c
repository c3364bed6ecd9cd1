/* SPDX-License-Identifier: MIT */
#include "shim/host/bundle.h"

#include <string.h>

#include "base/error.h"
#include "base/number.h"
#include "base/path.h"
#include "base/text.h"

#define SHIM_PID           "shim.pid"
#define ADDRESS            "address"
#define SPECIFICATION      "config.json"
#define MOST_PID           ((size_t)16)
#define MOST_ADDRESS       ((size_t)1024)
#define MOST_SPECIFICATION ((size_t)16 * 1024 * 1024)

static bool is_absent(int32_t hr)
{
    return hr == HR_FILE_NOT_FOUND || hr == HR_PATH_NOT_FOUND;
}

wcow_status bundle_read(files_port *files, const char *folder, cJSON **out, wcow_error *err)
{
    cleanup_free char *path = path_join(folder, SPECIFICATION);
    cleanup_free char *bytes = NULL;
    cleanup_json cJSON *config = NULL;
    size_t size = 0;
    int32_t hr;
    wcow_status status;

    if (!path)
        return error_no_memory(err);
    hr = files->read(files, path, MOST_SPECIFICATION, &bytes, &size);
    if (is_absent(hr)) /* hcsshim's tests know these words */
        return error_set(err, WCOW_NOT_FOUND, "open %s: The system cannot find the file specified.",
                         path);
    status = error_check(err, hr, "ReadFile");
    if (status)
        return error_wrap(err, status, "cannot read '%s'", path);
    status = json_parse(bytes, size, path, &config, err);
    if (!status && !cJSON_IsObject(config))
        status = error_set(err, WCOW_CORRUPT, "%s is no JSON object", path);
    if (status)
        return error_wrap(err, status, "failed to deserialize valid OCI spec");
    *out = TAKE(config);
    return WCOW_OK;
}

uint32_t bundle_shim_pid(files_port *files, const char *folder)
{
    cleanup_free char *path = path_join(folder, SHIM_PID);
    cleanup_free char *words = NULL;
    size_t size = 0;
    uint64_t pid = 0;

    if (!path || HR_FAILED(files->read(files, path, MOST_PID, &words, &size)) ||
        !number_parse(words, UINT32_MAX, &pid))
        return 0;
    return (uint32_t)pid;
}

char *bundle_address(files_port *files, const char *folder)
{
    cleanup_free char *path = path_join(folder, ADDRESS);
    char *address = NULL;
    size_t size = 0;

    return path && HR_SUCCEEDED(files->read(files, path, MOST_ADDRESS, &address, &size)) ? address
                                                                                         : NULL;
}

static wcow_status write_file(files_port *files, const char *folder, const char *name,
                              const char *content, wcow_error *err)
{
    cleanup_free char *path = path_join(folder, name);
    wcow_status status;

    if (!path || !content)
        return error_no_memory(err);
    status = error_check(err, files->replace(files, path, content, strlen(content)), "WriteFile");
    return status ? error_wrap(err, status, "cannot write '%s'", path) : WCOW_OK;
}

wcow_status bundle_write(files_port *files, const char *folder, uint32_t pid, const char *address,
                         wcow_error *err)
{
    cleanup_free char *number = text_format("%u", (unsigned)pid);
    wcow_status status = write_file(files, folder, SHIM_PID, number, err);

    return status ? status : write_file(files, folder, ADDRESS, address, err);
}
