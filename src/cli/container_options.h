/* SPDX-License-Identifier: MIT */
/** The options that run and create share, and what they ask the library for. */
#ifndef WCOW_CLI_CONTAINER_OPTIONS_H
#define WCOW_CLI_CONTAINER_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/command.h"
#include "cli/network_options.h"

struct container_options {
    bool interactive, tty, auto_remove, dry_run;
    int64_t schema;
    const char *name, *isolation, *working_directory, *user, *hostname, *entrypoint, *cidfile;
    const char *pull, *platform;
    bool quiet;
    string_list attach, environment, environment_files, labels, label_files, volumes;
    struct network_options network;
    string_list publish, expose, dns, hosts;
    bool publish_all;
    string_list mounts, volumes_from;
    const char *volume_driver;
    int64_t stop_timeout;
    const char *domainname, *stop_signal, *restart;
    string_list devices, dns_search, security_options, storage_options;
    uint64_t memory, nano_cpus, io_bandwidth;
    const char *health_command, *log_driver;
    string_list log_options;
    int64_t health_interval, health_timeout, health_start_period, health_start_interval;
    int64_t health_retries;
    bool no_health_check;
    int64_t cpu_count, cpu_percent, cpu_shares, io_operations;
};

#define CONTAINER_OPTIONS_INIT                                                                     \
    {                                                                                              \
        .schema = NOT_GIVEN, .stop_timeout = NOT_GIVEN                                             \
    }

/* clang-format off */
/* Rows of an option table for a struct whose member `options` holds them. */
#define CONTAINER_OPTION(type, letter, name, kind, member, value, help) \
    {letter, name, kind, offsetof(type, options.member), value, help}
#define CONTAINER_OPTIONS(type) \
    CONTAINER_OPTION(type, 0, "add-host", OPTION_LIST, hosts, "list", \
                     "Add a custom host-to-IP mapping (host:ip)"), \
    CONTAINER_OPTION(type, 'a', "attach", OPTION_LIST, attach, "list", \
                     "Attach to STDIN, STDOUT or STDERR"), \
    CONTAINER_OPTION(type, 0, "cidfile", OPTION_STRING, cidfile, "string", \
                     "Write the container ID to the file"), \
    CONTAINER_OPTION(type, 0, "cpu-count", OPTION_INTEGER, cpu_count, "int", \
                     "CPU count"), \
    CONTAINER_OPTION(type, 0, "cpu-percent", OPTION_INTEGER, cpu_percent, "int", \
                     "CPU percent, of all processors: 1 to 100"), \
    CONTAINER_OPTION(type, 'c', "cpu-shares", OPTION_INTEGER, cpu_shares, "int", \
                     "CPU shares (relative weight): 1 to 10000"), \
    CONTAINER_OPTION(type, 0, "cpus", OPTION_BILLIONTHS, nano_cpus, "decimal", \
                     "Number of CPUs"), \
    CONTAINER_OPTION(type, 0, "device", OPTION_LIST, devices, "list", \
                     "Add a class of host devices to the container: class/GUID"), \
    CONTAINER_OPTION(type, 0, "dns", OPTION_LIST, dns, "list", \
                     "Set custom DNS servers"), \
    CONTAINER_OPTION(type, 0, "dns-search", OPTION_LIST, dns_search, "list", \
                     "Set custom DNS search domains"), \
    CONTAINER_OPTION(type, 0, "domainname", OPTION_STRING, domainname, "string", \
                     "Container domain name: what follows the host name"), \
    CONTAINER_OPTION(type, 0, "dry-run", OPTION_FLAG, dry_run, NULL, \
                     "Print what would be sent to the Host Compute Service, and do nothing"), \
    CONTAINER_OPTION(type, 0, "entrypoint", OPTION_STRING, entrypoint, "string", \
                     "Overwrite the default ENTRYPOINT of the image"), \
    CONTAINER_OPTION(type, 'e', "env", OPTION_LIST, environment, "list", \
                     "Set environment variables"), \
    CONTAINER_OPTION(type, 0, "env-file", OPTION_LIST, environment_files, "list", \
                     "Read in a file of environment variables"), \
    CONTAINER_OPTION(type, 0, "expose", OPTION_LIST, expose, "list", \
                     "Expose a port or a range of ports"), \
    CONTAINER_OPTION(type, 0, "health-cmd", OPTION_STRING, health_command, "string", \
                     "Command to run to check health"), \
    CONTAINER_OPTION(type, 0, "health-interval", OPTION_DURATION, health_interval, "duration", \
                     "Time between running the check (ms|s|m|h)"), \
    CONTAINER_OPTION(type, 0, "health-retries", OPTION_INTEGER, health_retries, "int", \
                     "Consecutive failures needed to report unhealthy"), \
    CONTAINER_OPTION(type, 0, "health-start-interval", OPTION_DURATION, health_start_interval, \
                     "duration", "Time between running the check during the start period (ms|s|m|h)"), \
    CONTAINER_OPTION(type, 0, "health-start-period", OPTION_DURATION, health_start_period, \
                     "duration", "Start period for the container to initialize before starting " \
                     "health-retries countdown (ms|s|m|h)"), \
    CONTAINER_OPTION(type, 0, "health-timeout", OPTION_DURATION, health_timeout, "duration", \
                     "Maximum time to allow one check to run (ms|s|m|h)"), \
    CONTAINER_OPTION(type, 'h', "hostname", OPTION_STRING, hostname, "string", \
                     "Container host name"), \
    CONTAINER_OPTION(type, 'i', "interactive", OPTION_FLAG, interactive, NULL, \
                     "Keep STDIN open even if not attached"), \
    CONTAINER_OPTION(type, 0, "io-maxbandwidth", OPTION_SIZE, io_bandwidth, "bytes", \
                     "Maximum IO bandwidth limit for the system drive"), \
    CONTAINER_OPTION(type, 0, "io-maxiops", OPTION_INTEGER, io_operations, "uint", \
                     "Maximum IOps limit for the system drive"), \
    CONTAINER_OPTION(type, 0, "ip", OPTION_STRING, network.ip_address, "ip", \
                     "IPv4 address (e.g., 172.30.100.104)"), \
    CONTAINER_OPTION(type, 0, "isolation", OPTION_STRING, isolation, "string", \
                     "Container isolation technology: default, process or hyperv"), \
    CONTAINER_OPTION(type, 'l', "label", OPTION_LIST, labels, "list", \
                     "Set meta data on a container"), \
    CONTAINER_OPTION(type, 0, "label-file", OPTION_LIST, label_files, "list", \
                     "Read in a line delimited file of labels"), \
    CONTAINER_OPTION(type, 0, "log-driver", OPTION_STRING, log_driver, "string", \
                     "Logging driver for the container: json-file, local, etwlogs or none"), \
    CONTAINER_OPTION(type, 0, "log-opt", OPTION_LIST, log_options, "list", \
                     "Log driver options: max-size=10m, max-file=3, compress=, labels=, env=, tag="), \
    CONTAINER_OPTION(type, 0, "mac-address", OPTION_STRING, network.mac_address, "string", \
                     "Container MAC address (e.g., 92:d0:c6:0a:29:33)"), \
    CONTAINER_OPTION(type, 'm', "memory", OPTION_SIZE, memory, "bytes", \
                     "Memory limit"), \
    CONTAINER_OPTION(type, 0, "mount", OPTION_LIST, mounts, "mount", \
                     "Attach a filesystem mount of type bind, volume or npipe"), \
    CONTAINER_OPTION(type, 0, "name", OPTION_STRING, name, "string", \
                     "Assign a name to the container"), \
    CONTAINER_OPTION(type, 0, "net", OPTION_LIST, network.networks, "network", \
                     "The same as --network"), \
    CONTAINER_OPTION(type, 0, "net-alias", OPTION_LIST, network.aliases, "list", \
                     "The same as --network-alias"), \
    CONTAINER_OPTION(type, 0, "network", OPTION_LIST, network.networks, "network", \
                     "Connect a container to a network: its name, none or container:NAME"), \
    CONTAINER_OPTION(type, 0, "network-alias", OPTION_LIST, network.aliases, "list", \
                     "Add network-scoped alias for the container"), \
    CONTAINER_OPTION(type, 0, "no-healthcheck", OPTION_FLAG, no_health_check, NULL, \
                     "Disable any container-specified HEALTHCHECK"), \
    CONTAINER_OPTION(type, 0, "platform", OPTION_STRING, platform, "string", \
                     "Windows of which build to pull: \"windows(10.0.20348)/amd64\""), \
    CONTAINER_OPTION(type, 'p', "publish", OPTION_LIST, publish, "list", \
                     "Publish a container's port(s) to the host"), \
    CONTAINER_OPTION(type, 'P', "publish-all", OPTION_FLAG, publish_all, NULL, \
                     "Publish all exposed ports to random ports"), \
    CONTAINER_OPTION(type, 0, "pull", OPTION_STRING, pull, "string", \
                     "Pull image before running: always, missing or never"), \
    CONTAINER_OPTION(type, 'q', "quiet", OPTION_FLAG, quiet, NULL, \
                     "Suppress the pull output"), \
    CONTAINER_OPTION(type, 0, "restart", OPTION_STRING, restart, "string", \
                     "Restart policy: no, on-failure[:max-retries], always or unless-stopped"), \
    CONTAINER_OPTION(type, 0, "rm", OPTION_FLAG, auto_remove, NULL, \
                     "Automatically remove the container when it exits"), \
    CONTAINER_OPTION(type, 0, "schema", OPTION_INTEGER, schema, "int", \
                     "Schema of the service's documents: 1, as Docker; 2, as containerd"), \
    CONTAINER_OPTION(type, 0, "security-opt", OPTION_LIST, security_options, "list", \
                     "Credential spec: credentialspec=file://NAME, registry://VALUE or raw://JSON"), \
    CONTAINER_OPTION(type, 0, "stop-signal", OPTION_STRING, stop_signal, "string", \
                     "Signal to stop the container"), \
    CONTAINER_OPTION(type, 0, "stop-timeout", OPTION_INTEGER, stop_timeout, "int", \
                     "Timeout (in seconds) to stop a container; negative: for ever"), \
    CONTAINER_OPTION(type, 0, "storage-opt", OPTION_LIST, storage_options, "list", \
                     "Storage options of the container: size=30GB"), \
    CONTAINER_OPTION(type, 't', "tty", OPTION_FLAG, tty, NULL, \
                     "Allocate a pseudo-TTY"), \
    CONTAINER_OPTION(type, 'u', "user", OPTION_STRING, user, "string", \
                     "Username to run the command as"), \
    CONTAINER_OPTION(type, 'v', "volume", OPTION_LIST, volumes, "list", \
                     "Mount a folder or a volume: C:\\host|NAME:C:\\container[:ro]"), \
    CONTAINER_OPTION(type, 0, "volume-driver", OPTION_STRING, volume_driver, "string", \
                     "Volume driver for the container: local"), \
    CONTAINER_OPTION(type, 0, "volumes-from", OPTION_LIST, volumes_from, "list", \
                     "Mount volumes from the specified container(s): NAME[:ro]"), \
    CONTAINER_OPTION(type, 'w', "workdir", OPTION_STRING, working_directory, "string", \
                     "Working directory inside the container")
/* clang-format on */

/* A spec and what it borrows. */
struct container_request {
    wcow_container_spec spec;
    string_list environment, labels;
    struct network_request network;
    const char *entrypoint[2];
    bool attach_input, attach_output, attach_error;
};

/**
 * Makes the spec from options and the words IMAGE [COMMAND…]. Checks all that can be checked before
 * anything is touched. To be freed even when it fails; starts out zeroed.
 */
WCOW_CHECKED wcow_status container_request_make(struct container_request *request,
                                                const struct container_options *options,
                                                char *const *words, wcow_error *err);
void container_request_free(struct container_request *request);

DEFINE_CLEANUP_VALUE(request, struct container_request, container_request_free)
#define cleanup_request CLEANUP(request)

/**
 * Creates the container and writes its --cidfile; nothing is left behind if that fails. With
 * --dry-run it prints the plan instead and *out stays NULL.
 */
WCOW_CHECKED wcow_status container_request_run(struct session *session,
                                               const struct container_request *request,
                                               const struct container_options *options,
                                               wcow_container **out, wcow_error *err);

/** What the library takes for a time to wait of --stop-timeout or --timeout: of a negative number
 * Docker makes one that never comes. */
int stop_seconds(int64_t given);

/** The environment of --env-file and --env, in that order. */
WCOW_CHECKED wcow_status environment_collect(const string_list *files, const string_list *given,
                                             string_list *out, wcow_error *err);

#endif
