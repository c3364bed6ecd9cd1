/* SPDX-License-Identifier: MIT */
/* A further process of a container, as the service wants it. */
#include "engine/container/exec_document.h"
#include "engine/container/configuration.h"

#include "base/error.h"
#include "engine/container/record.h"
#include "engine/container/spec.h"
#include "engine/host/paths.h"
#include "engine/host/store.h"
#include "hcs/document.h"
#include "oci/runtime_spec.h"

static wcow_status merge_environment(const cJSON *process, const wcow_exec_spec *spec,
                                     string_list *out, wcow_error *err)
{
    if (!json_strings(process, "env", out))
        return error_set(err, WCOW_CORRUPT, "the container's config.json is damaged");
    return config_add_environment(out, spec->environment, err);
}

wcow_status exec_document(wcow_host *host, const char *id, const wcow_exec_spec *spec,
                          uint16_t columns, uint16_t rows, char **out, wcow_error *err)
{
    cleanup_strings string_list environment = STRING_LIST_INIT;
    cleanup_json cJSON *config = NULL;
    cleanup_json cJSON *process = NULL;
    cleanup_json cJSON *document = NULL;
    cleanup_record record *r = NULL;
    const cJSON *own;
    wcow_status status = record_read(host, id, &r, err);

    if (!status)
        status = configuration_load(host, id, &config, err);
    if (status)
        return status;
    own = json_member(config, "process");
    status = merge_environment(own, spec, &environment, err);
    if (status)
        return status;

    const oci_process wanted = {
        .args = spec->command,
        .env = (const char *const *)environment.items,
        .cwd = spec->working_directory ? spec->working_directory : json_text(own, "cwd", "C:\\"),
        .username = spec->user ? spec->user : json_text(json_member(own, "user"), "username", NULL),
        .terminal = spec->tty,
        .height = rows,
        .width = columns,
    };

    status = oci_process_new(&wanted, &process, err);
    if (!status)
        status = process_document_new(record_schema(r), process, NULL, &document, err);
    if (status)
        return status;
    *out = json_print(document);
    return *out ? WCOW_OK : error_no_memory(err);
}
