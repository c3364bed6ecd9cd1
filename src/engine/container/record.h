/* SPDX-License-Identifier: MIT */
/** container.json: what a container is. How it is: state.h. */
#ifndef WCOW_ENGINE_CONTAINER_RECORD_H
#define WCOW_ENGINE_CONTAINER_RECORD_H

#include <wcow/container.h>

#include "base/json.h"
#include "engine/container/attachment.h"
#include "engine/container/health_check.h"
#include "engine/container/mount_spec.h"
#include "engine/container/restart_policy.h"
#include "engine/container/summary.h"
#include "hcs/document.h"

/**
 * Made by create, changed by rename, and by joining and leaving networks and update. Like
 * state.json it has a "version" (1), and what a newer wcow has added to it stays there when this
 * one writes it.
 */
typedef struct record {
    cJSON *read; /* the file as it was read: members that we do not know; NULL: it is new */
    bool copied; /* it was read of a summary's copy, which is not kept here */
    char *id;
    char *name;
    char *image;            /* as the user gave it */
    char *image_id;         /* "sha256:…" */
    char *os_version;       /* of the image, "" if it does not say */
    char *network;          /* Docker's mode: "nat", a name, "none", "container:<id>" */
    string_list command;    /* entrypoint and arguments, for listings */
    string_list entrypoint; /* these two as inspect shows them */
    string_list arguments;
    string_list labels;       /* "key=value" */
    string_list mounts;       /* -v, as the user gave them */
    char *chain;              /* chain id of the image's topmost layer */
    wcow_isolation isolation; /* process or hyperv, never default */
    int64_t created;          /* nanoseconds since 1970 */
    int stop_timeout;         /* seconds */
    bool tty;
    bool open_stdin;
    bool auto_remove;
    bool args_escaped;
    char *domainname;            /* "": none */
    char *stop_signal;           /* as the user or the image gave it; "": none */
    string_list storage_options; /* these as the user gave them */
    string_list security_options;
    string_list devices;
    string_list dns_search;
    bool limits_changed; /* by an update: these count, and not those of config.json; and only then
                            is the memory known here */
    uint64_t memory;     /* bytes */
    uint64_t nano_cpus;  /* limits, of those that count; 0: none */
    uint64_t cpu_count;
    uint64_t cpu_percent;
    uint64_t cpu_shares;
    uint64_t io_bandwidth;
    uint64_t io_operations;
    attachment_list networks;
    port_list ports;           /* published ones */
    string_list exposed;       /* "80/tcp": the user's, the image's, and the published ones */
    bool publish_all;          /* each exposed one that is not published gets a port of the host */
    string_list dns;           /* servers */
    string_list hosts;         /* "name:address" */
    restart_mode restart_mode; /* --restart */
    uint32_t restart_maximum;
    char *log_driver;        /* "json-file" … */
    string_list log_options; /* "name=value" */
    health_config health;
    string_list shell;         /* of the health check, if its command is a line */
    mount_list points;         /* what is mounted into it, wherever that was asked for */
    string_list mount_options; /* --mount and --volumes-from, as the user gave them */
    string_list volumes_from;
    string_list volumes; /* paths of -v without a source, and of the image's VOLUME */
    char *volume_driver; /* "": none was given */
    int schema;          /* of its documents: 1 or 2 */
} record;

void record_free(record *r);
DEFINE_CLEANUP(record, record *, record_free)
#define cleanup_record CLEANUP(record)

/** WCOW_CORRUPT if it is damaged, WCOW_UNSUPPORTED if a newer wcow wrote it in its own way. */
WCOW_CHECKED wcow_status record_read(wcow_host *host, const char *id, record **out,
                                     wcow_error *err);
/** The same, of the copy in a summary (NULL: none) where that counts. */
WCOW_CHECKED wcow_status record_read_with(summary *known, wcow_host *host, const char *id,
                                          record **out, wcow_error *err);
/** What stands for a record that cannot be read: its id, and empty texts. NULL: out of memory. */
record *record_unreadable(const char *id);
WCOW_CHECKED wcow_status record_write(wcow_host *host, const record *r, wcow_error *err);
/** The two members of --restart as one. */
restart_policy record_restart(const record *r);
/** In which words the service is spoken to of it. */
document_schema record_schema(const record *r);
const char *isolation_name(wcow_isolation isolation);

#endif
