/* SPDX-License-Identifier: MIT */
/* container.json */
#include "engine/container/record.h"

#include <stddef.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/fields.h"
#include "base/text.h"
#include "engine/host/paths.h"
#include "engine/host/store.h"

#define VERSION 1

static const char *const isolations[] = {
    [WCOW_ISOLATION_DEFAULT] = "",
    [WCOW_ISOLATION_PROCESS] = "process",
    [WCOW_ISOLATION_HYPERV] = "hyperv",
    NULL,
};

#define AT_NET(name) offsetof(attachment, name)

static const field network_fields[] = {
    {"network", FIELD_TEXT, .at = AT_NET(network), .text = ""},
    {"aliases", FIELD_TEXTS, .at = AT_NET(aliases)},
    {"ipAddress", FIELD_TEXT, .at = AT_NET(ip_address), .text = ""},
    {"macAddress", FIELD_TEXT, .at = AT_NET(mac_address), .text = ""},
    FIELDS_END,
};

#define AT_POINT(name) offsetof(mount_spec, name)

static const field point_fields[] = {
    {"type", FIELD_CHOICE, .at = AT_POINT(type), .choices = mount_types},
    {"name", FIELD_TEXT, .at = AT_POINT(name), .text = ""},
    {"source", FIELD_TEXT, .at = AT_POINT(source), .text = ""},
    {"destination", FIELD_TEXT, .at = AT_POINT(destination), .text = ""},
    {"mode", FIELD_TEXT, .at = AT_POINT(mode), .text = ""},
    {"subpath", FIELD_TEXT, .at = AT_POINT(subpath), .text = ""},
    {"readOnly", FIELD_BOOL, .at = AT_POINT(read_only)},
    {"anonymous", FIELD_BOOL, .at = AT_POINT(anonymous)},
    {"withOption", FIELD_BOOL, .at = AT_POINT(with_option)},
    FIELDS_END,
};

#define AT(name) offsetof(record, name)

static const field fields[] = {
    {"id", FIELD_TEXT, .at = AT(id), .text = ""},
    {"name", FIELD_TEXT, .at = AT(name), .text = ""},
    {"image", FIELD_TEXT, .at = AT(image), .text = ""},
    {"imageId", FIELD_TEXT, .at = AT(image_id), .text = ""},
    {"osVersion", FIELD_TEXT, .at = AT(os_version), .text = ""},
    {"chain", FIELD_TEXT, .at = AT(chain), .text = ""},
    {"network", FIELD_TEXT, .at = AT(network), .text = "none"},
    {"command", FIELD_TEXTS, .at = AT(command)},
    {"entrypoint", FIELD_TEXTS, .at = AT(entrypoint)},
    {"arguments", FIELD_TEXTS, .at = AT(arguments)},
    {"labels", FIELD_TEXTS, .at = AT(labels)},
    {"mounts", FIELD_TEXTS, .at = AT(mounts)},
    {"stopTimeout", FIELD_INT, .at = AT(stop_timeout), .number = 30},
    {"tty", FIELD_BOOL, .at = AT(tty)},
    {"openStdin", FIELD_BOOL, .at = AT(open_stdin)},
    {"autoRemove", FIELD_BOOL, .at = AT(auto_remove)},
    {"argsEscaped", FIELD_BOOL, .at = AT(args_escaped)},
    {"isolation", FIELD_CHOICE, .at = AT(isolation), .choices = isolations},
    {"created", FIELD_TIME, .at = AT(created)},
    {"domainname", FIELD_TEXT, .at = AT(domainname), .text = ""},
    {"stopSignal", FIELD_TEXT, .at = AT(stop_signal), .text = ""},
    {"storageOptions", FIELD_TEXTS, .at = AT(storage_options)},
    {"securityOptions", FIELD_TEXTS, .at = AT(security_options)},
    {"devices", FIELD_TEXTS, .at = AT(devices)},
    {"dnsSearch", FIELD_TEXTS, .at = AT(dns_search)},
    {"limitsChanged", FIELD_BOOL, .at = AT(limits_changed)},
    {"memory", FIELD_SIZE, .at = AT(memory)},
    {"nanoCpus", FIELD_SIZE, .at = AT(nano_cpus)},
    {"cpuCount", FIELD_SIZE, .at = AT(cpu_count)},
    {"cpuPercent", FIELD_SIZE, .at = AT(cpu_percent)},
    {"cpuShares", FIELD_SIZE, .at = AT(cpu_shares)},
    {"ioBandwidth", FIELD_SIZE, .at = AT(io_bandwidth)},
    {"ioOperations", FIELD_SIZE, .at = AT(io_operations)},
    {"networks", FIELD_ITEMS, .at = AT(networks), .number = sizeof(attachment),
     .members = network_fields},
    {"ports", FIELD_ITEMS, .at = AT(ports), .number = sizeof(hns_port), .members = port_fields},
    {"exposed", FIELD_TEXTS, .at = AT(exposed)},
    {"publishAll", FIELD_BOOL, .at = AT(publish_all)},
    {"dns", FIELD_TEXTS, .at = AT(dns)},
    {"hosts", FIELD_TEXTS, .at = AT(hosts)},
    {"restartPolicy", FIELD_CHOICE, .at = AT(restart_mode), .text = "no", .choices = restart_modes},
    {"restartMaximum", FIELD_UINT32, .at = AT(restart_maximum)},
    {"logDriver", FIELD_TEXT, .at = AT(log_driver), .text = "json-file"},
    {"logOptions", FIELD_TEXTS, .at = AT(log_options)},
    {"healthTest", FIELD_TEXTS, .at = AT(health.test)},
    {"healthInterval", FIELD_SIZE, .at = AT(health.interval)},
    {"healthTimeout", FIELD_SIZE, .at = AT(health.timeout)},
    {"healthStartPeriod", FIELD_SIZE, .at = AT(health.start_period)},
    {"healthStartInterval", FIELD_SIZE, .at = AT(health.start_interval)},
    {"healthRetries", FIELD_SIZE, .at = AT(health.retries)},
    {"shell", FIELD_TEXTS, .at = AT(shell)},
    {"mountPoints", FIELD_ITEMS, .at = AT(points), .number = sizeof(mount_spec),
     .members = point_fields},
    {"mountOptions", FIELD_TEXTS, .at = AT(mount_options)},
    {"volumesFrom", FIELD_TEXTS, .at = AT(volumes_from)},
    {"volumes", FIELD_TEXTS, .at = AT(volumes)},
    {"volumeDriver", FIELD_TEXT, .at = AT(volume_driver), .text = ""},
    {"schema", FIELD_INT, .at = AT(schema), .number = 1},
    FIELDS_END,
};

restart_policy record_restart(const record *r)
{
    return (restart_policy){r->restart_mode, r->restart_maximum};
}

document_schema record_schema(const record *r)
{
    return r->schema == 2 ? SCHEMA_V2 : SCHEMA_V1;
}

const char *isolation_name(wcow_isolation isolation)
{
    return isolations[isolation == WCOW_ISOLATION_HYPERV ? isolation : WCOW_ISOLATION_PROCESS];
}

void record_free(record *r)
{
    if (!r)
        return;
    cJSON_Delete(r->read);
    free(r->id);
    free(r->name);
    free(r->image);
    free(r->image_id);
    free(r->os_version);
    free(r->network);
    free(r->chain);
    string_list_free(&r->command);
    string_list_free(&r->entrypoint);
    string_list_free(&r->arguments);
    string_list_free(&r->labels);
    string_list_free(&r->mounts);
    free(r->domainname);
    free(r->stop_signal);
    string_list_free(&r->storage_options);
    string_list_free(&r->security_options);
    string_list_free(&r->devices);
    string_list_free(&r->dns_search);
    attachment_list_free(&r->networks);
    port_list_free(&r->ports);
    string_list_free(&r->exposed);
    string_list_free(&r->dns);
    string_list_free(&r->hosts);
    free(r->log_driver);
    string_list_free(&r->log_options);
    health_config_free(&r->health);
    string_list_free(&r->shell);
    mount_list_free(&r->points);
    string_list_free(&r->mount_options);
    string_list_free(&r->volumes_from);
    string_list_free(&r->volumes);
    free(r->volume_driver);
    free(r);
}

record *record_unreadable(const char *id)
{
    cleanup_json cJSON *json = cJSON_CreateObject();
    cleanup_record record *r = calloc(1, sizeof *r);

    if (!json || !r || !json_add_text(json, "id", id) ||
        !json_add_text(json, "isolation", isolations[WCOW_ISOLATION_PROCESS]) ||
        !json_add_text(json, "created", "0001-01-01T00:00:00Z") || !fields_read(fields, json, r))
        return NULL;
    return TAKE(r);
}

/* One of a wcow that knew -v with folders and pipes alone, and kept no more than its words. */
static bool adopt_mounts(record *r)
{
    if (r->points.count)
        return true;
    for (size_t i = 0; i < r->mounts.count; i++) {
        mount_spec mount = MOUNT_SPEC_INIT;

        if (mount_spec_parse(r->mounts.items[i], &mount, NULL))
            return false;
        if (!mount_list_add(&r->points, &mount))
            return false;
    }
    return true;
}

/* Before containers had several, there was the default one or none. */
static bool names_networks(const json_piece *copy, const cJSON *own)
{
    json_piece networks;

    return own ? json_member(own, "networks") != NULL
               : json_piece_member(copy, "networks", &networks);
}

static const summary_file kept = {FILE_RECORD, VERSION, fields};

static wcow_status read_from(summary *known, wcow_host *host, const char *id, record **out,
                             wcow_error *err)
{
    cleanup_json cJSON *own = NULL;
    cleanup_record record *r = calloc(1, sizeof *r);
    json_piece copy = {"", 0};
    wcow_status status =
        r ? summary_read(known, host, id, &kept, &copy, &own, err) : error_no_memory(err);

    if (status)
        return status;
    if (!(own ? fields_read(fields, own, r) : fields_scan(fields, &copy, r)) ||
        !text_equal(r->id, id) || !adopt_mounts(r)) {
        cleanup_free char *path = path_in_container(host, id, FILE_RECORD);

        return error_set(err, WCOW_CORRUPT, "'%s' is damaged: not what wcow wrote",
                         path ? path : FILE_RECORD);
    }
    if (!r->networks.count && !text_equal(r->network, "none") && !names_networks(&copy, own) &&
        !attachment_add_default(&r->networks))
        return error_no_memory(err);
    r->copied = !own;
    r->read = TAKE(own);
    *out = TAKE(r);
    return WCOW_OK;
}

/* Of what a copy is not fit for, the file decides. */
wcow_status record_read_with(summary *known, wcow_host *host, const char *id, record **out,
                             wcow_error *err)
{
    wcow_error problem = WCOW_ERROR_INIT;
    wcow_status status = read_from(known, host, id, out, &problem);

    if (known && status == WCOW_CORRUPT) {
        summary_drop(known, id, FILE_RECORD);
        status = read_from(known, host, id, out, &problem);
        if (status)
            summary_drop(known, id, FILE_RECORD);
    }
    return error_pass(err, status, &problem);
}

wcow_status record_read(wcow_host *host, const char *id, record **out, wcow_error *err)
{
    return record_read_with(NULL, host, id, out, err);
}

wcow_status record_write(wcow_host *host, const record *r, wcow_error *err)
{
    cleanup_free char *path = path_in_container(host, r->id, FILE_RECORD);
    cleanup_json cJSON *json = NULL;
    wcow_status status = path ? WCOW_OK : error_no_memory(err);

    if (!status && r->copied) /* the members that are not known here are in the file alone */
        status = store_read_version(host, path, VERSION, &json, err);
    if (status)
        return status;
    if (!json)
        json = r->read ? cJSON_Duplicate(r->read, true) : cJSON_CreateObject();
    if (!json || !json_put_integer(json, "version", VERSION) || !fields_write(fields, r, json))
        return error_no_memory(err);
    return store_write(host, path, json, err);
}
