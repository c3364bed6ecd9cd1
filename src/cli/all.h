/* SPDX-License-Identifier: MIT */
/** Every command; each is in the file of its name. */
#ifndef WCOW_CLI_ALL_H
#define WCOW_CLI_ALL_H

#include "cli/command.h"

extern const struct command cmd_attach;
extern const struct command cmd_commit;
extern const struct command cmd_complete;
extern const struct command cmd_completion;
extern const struct command cmd_container_inspect;
extern const struct command cmd_container_prune;
extern const struct command cmd_cp;
extern const struct command cmd_create;
extern const struct command cmd_events;
extern const struct command cmd_exec;
extern const struct command cmd_deaf;
extern const struct command cmd_diff;
extern const struct command cmd_doctor;
extern const struct command cmd_explain;
extern const struct command cmd_export;
extern const struct command cmd_help;
extern const struct command cmd_history;
extern const struct command cmd_image_inspect;
extern const struct command cmd_image_prune;
extern const struct command cmd_images;
extern const struct command cmd_import;
extern const struct command cmd_info;
extern const struct command cmd_inspect;
extern const struct command cmd_kill;
extern const struct command cmd_layer_inspect;
extern const struct command cmd_layer_ls;
extern const struct command cmd_layer_rm;
extern const struct command cmd_layer_zap;
extern const struct command cmd_load;
extern const struct command cmd_login;
extern const struct command cmd_logout;
extern const struct command cmd_logs;
extern const struct command cmd_monitor;
extern const struct command cmd_network_connect;
extern const struct command cmd_network_create;
extern const struct command cmd_network_disconnect;
extern const struct command cmd_network_inspect;
extern const struct command cmd_network_ls;
extern const struct command cmd_network_prune;
extern const struct command cmd_network_rm;
extern const struct command cmd_pause;
extern const struct command cmd_port;
extern const struct command cmd_ps;
extern const struct command cmd_pull;
extern const struct command cmd_push;
extern const struct command cmd_reference;
extern const struct command cmd_rename;
extern const struct command cmd_restart;
extern const struct command cmd_rm;
extern const struct command cmd_rmi;
extern const struct command cmd_run;
extern const struct command cmd_save;
extern const struct command cmd_service_ls;
extern const struct command cmd_start;
extern const struct command cmd_stats;
extern const struct command cmd_stop;
extern const struct command cmd_system_df;
extern const struct command cmd_system_events_log;
extern const struct command cmd_system_prune;
extern const struct command cmd_tag;
extern const struct command cmd_top;
extern const struct command cmd_unpause;
extern const struct command cmd_update;
extern const struct command cmd_version;
extern const struct command cmd_volume_create;
extern const struct command cmd_volume_inspect;
extern const struct command cmd_volume_ls;
extern const struct command cmd_volume_prune;
extern const struct command cmd_volume_rm;
extern const struct command cmd_wait;

#endif
