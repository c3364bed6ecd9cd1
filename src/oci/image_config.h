/* SPDX-License-Identifier: MIT */
/** The configuration of an image: what a container made from it inherits (Docker and OCI are one).
 */
#ifndef WCOW_OCI_IMAGE_CONFIG_H
#define WCOW_OCI_IMAGE_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <wcow/error.h>

#include "base/cleanup.h"
#include "base/strings.h"
#include "oci/health_config.h"

typedef struct image_history {
    char *created; /* RFC 3339; NULL if missing, as the others */
    char *created_by;
    char *author;
    char *comment;
    bool empty_layer;
} image_history;

typedef struct image_config {
    char *json;         /* the whole, as it stands in the blob */
    char *architecture; /* "amd64"; NULL if missing, as all texts here */
    char *os;           /* "windows" */
    char *os_version;   /* "10.0.20348.2031" */
    char *author;
    char *created;           /* RFC 3339 as written */
    int64_t created_seconds; /* since 1970; 0 if missing or malformed */
    string_list environment; /* "KEY=value" */
    string_list entrypoint;
    string_list command;
    string_list labels;        /* "key=value" */
    string_list volumes;       /* paths */
    string_list exposed_ports; /* "80/tcp" */
    char *working_directory;
    char *user;
    char *stop_signal;
    string_list shell; /* of commands in one line; empty: Windows' own */
    health_config health;
    bool args_escaped;    /* Windows: entrypoint/cmd is one ready command line (shell form) */
    string_list diff_ids; /* "sha256:…", base first */
    image_history *history;
    size_t history_count;
} image_config;

/** Most bytes of a config or manifest that are accepted (containerd's and skopeo's limit: 4 MiB).
 */
#define IMAGE_JSON_LIMIT ((size_t)4 << 20)
/** Most layers of an image. */
#define IMAGE_LAYER_LIMIT 1024

/** Parses a config blob. WCOW_CORRUPT if malformed, naming the member. */
WCOW_CHECKED wcow_status image_config_parse(const char *bytes, size_t size, image_config **out,
                                            wcow_error *err);
void image_config_free(image_config *config);

DEFINE_CLEANUP(image_config, image_config *, image_config_free)
#define cleanup_image_config CLEANUP(image_config)

#endif
