/* SPDX-License-Identifier: MIT */
/* What Docker has and wcow has not, and why: two tables, and how they are asked. */
#include "cli/refused.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"

/* ---- flags ---- */

#define MAKE        "run|create"
#define MAKE_UPDATE MAKE "|update"
#define NOT_YET     REFUSED_NOT_YET
#define WINDOWS     REFUSED_WINDOWS
#define NO_DAEMON   REFUSED_NO_DAEMON

#define CGROUPS   "it sets a cgroup of Linux; -m limits the memory"
#define DISK_RATE "it limits a block device by a cgroup of Linux"
#define SIGNATURE "wcow verifies digests, and no signatures"
#define ONE_HOST  "wcow works on this host, in its own process, and talks to no daemon"
#define NO_TLS    "wcow talks to no daemon; certificates of registries go into certs.d"
#define CLUSTER   "there is no cluster: volumes are this host's"

/* clang-format off */
const struct refused_option refused_options[] = {
    {"", 'c', "context", true, NO_DAEMON, "default", ONE_HOST},
    {"", 0, "config", true, NO_DAEMON, NULL, "set DOCKER_CONFIG to the folder that has config.json"},
    {"", 'H', "host", true, NO_DAEMON, NULL, ONE_HOST},
    {"", 'l', "log-level", true, NO_DAEMON, "info", "it writes no log; -D prints what the service said about a failure"},
    {"", 0, "tls", false, NO_DAEMON, "false", NO_TLS},
    {"", 0, "tlscacert", true, NO_DAEMON, NULL, NO_TLS},
    {"", 0, "tlscert", true, NO_DAEMON, NULL, NO_TLS},
    {"", 0, "tlskey", true, NO_DAEMON, NULL, NO_TLS},
    {"", 0, "tlsverify", false, NO_DAEMON, "false", NO_TLS},

    {MAKE, 0, "annotation", true, WINDOWS, NULL, "it is for an OCI runtime, and wcow calls the Host Compute Service itself; -l keeps notes on a container"},
    {MAKE_UPDATE, 0, "blkio-weight", true, WINDOWS, "0", DISK_RATE},
    {MAKE_UPDATE, 0, "blkio-weight-device", true, WINDOWS, NULL, DISK_RATE},
    {MAKE, 0, "cap-add", true, WINDOWS, NULL, "capabilities are Linux's; -u ContainerAdministrator has all rights in the container"},
    {MAKE, 0, "cap-drop", true, WINDOWS, NULL, "capabilities are Linux's; -u ContainerUser has few rights in the container"},
    {MAKE, 0, "cgroup-parent", true, WINDOWS, "", CGROUPS},
    {MAKE, 0, "cgroupns", true, WINDOWS, "", CGROUPS},
    {MAKE_UPDATE, 0, "cpu-period", true, WINDOWS, "0", CGROUPS},
    {MAKE_UPDATE, 0, "cpu-quota", true, WINDOWS, "0", CGROUPS},
    {MAKE_UPDATE, 0, "cpu-rt-period", true, WINDOWS, "0", CGROUPS},
    {MAKE_UPDATE, 0, "cpu-rt-runtime", true, WINDOWS, "0", CGROUPS},
    {MAKE_UPDATE, 0, "cpuset-cpus", true, WINDOWS, "", CGROUPS},
    {MAKE_UPDATE, 0, "cpuset-mems", true, WINDOWS, "", CGROUPS},
    {MAKE, 0, "device-cgroup-rule", true, WINDOWS, NULL, CGROUPS},
    {MAKE_UPDATE, 0, "device-read-bps", true, WINDOWS, NULL, DISK_RATE},
    {MAKE_UPDATE, 0, "device-read-iops", true, WINDOWS, NULL, DISK_RATE},
    {MAKE_UPDATE, 0, "device-write-bps", true, WINDOWS, NULL, DISK_RATE},
    {MAKE_UPDATE, 0, "device-write-iops", true, WINDOWS, NULL, DISK_RATE},
    {MAKE "|pull|push", 0, "disable-content-trust", false, NOT_YET, "true", SIGNATURE},
    {MAKE, 0, "dns-opt", true, WINDOWS, NULL, "it is for resolv.conf of Linux"},
    {MAKE, 0, "dns-option", true, WINDOWS, NULL, "it is for resolv.conf of Linux"},
    {MAKE, 0, "gpus", true, WINDOWS, NULL, "it asks for a runtime of Linux"},
    {MAKE, 0, "group-add", true, WINDOWS, NULL, "group ids are Linux's; -u chooses the user"},
    {MAKE, 0, "init", false, WINDOWS, "false", "nobody has to reap processes there"},
    {MAKE, 0, "ip6", true, WINDOWS, NULL, "its nat networks have no IPv6"},
    {MAKE, 0, "ipc", true, WINDOWS, "", "namespaces of IPC are Linux's; each container has its own objects"},
    {MAKE_UPDATE, 0, "kernel-memory", true, WINDOWS, NULL, CGROUPS},
    {MAKE, 0, "link", true, WINDOWS, NULL, "a container finds by name those that run on its own networks: wcow network create, --network"},
    {MAKE, 0, "link-local-ip", true, WINDOWS, NULL, "its nat networks have none to give"},
    {MAKE_UPDATE, 0, "memory-reservation", true, WINDOWS, "0", CGROUPS},
    {MAKE_UPDATE, 0, "memory-swap", true, WINDOWS, "0", CGROUPS},
    {MAKE, 0, "memory-swappiness", true, WINDOWS, "-1", CGROUPS},
    {MAKE, 0, "oom-kill-disable", false, WINDOWS, "false", "its kernel has no OOM killer"},
    {MAKE, 0, "oom-score-adj", true, WINDOWS, "0", "its kernel has no OOM killer"},
    {MAKE, 0, "pid", true, WINDOWS, "", "namespaces of processes are Linux's; wcow top shows a container's"},
    {MAKE_UPDATE, 0, "pids-limit", true, WINDOWS, "0", CGROUPS},
    {MAKE "|exec", 0, "privileged", false, WINDOWS, "false", "-u ContainerAdministrator has all rights in the container"},
    {MAKE, 0, "read-only", false, WINDOWS, "false", "its containers need a writable layer; bind folders with :ro"},
    {MAKE, 0, "runtime", true, NO_DAEMON, "", "wcow calls the Host Compute Service itself; --isolation chooses how"},
    {MAKE, 0, "shm-size", true, WINDOWS, "0", "it has no /dev/shm"},
    {MAKE, 0, "sysctl", true, WINDOWS, NULL, "kernel parameters are Linux's"},
    {MAKE, 0, "tmpfs", true, WINDOWS, NULL, "it has no such file system; what a container writes goes with it (--rm)"},
    {MAKE, 0, "ulimit", true, WINDOWS, NULL, "limits of users are Unix's; -m limits the memory"},
    {MAKE, 0, "use-api-socket", false, WINDOWS, "false", "there is no Docker socket; wcow has no daemon"},
    {MAKE, 0, "userns", true, WINDOWS, "", "namespaces of users are Linux's"},
    {MAKE, 0, "uts", true, WINDOWS, "", "namespaces of names are Linux's; --hostname sets the name"},

    {"network connect", 0, "driver-opt", true, WINDOWS, NULL, "an endpoint has no options there that can be given as text"},
    {"network connect", 0, "gw-priority", true, WINDOWS, "0", "it chooses the gateway itself"},
    {"network connect", 0, "ip6", true, WINDOWS, "", "its container networks have no IPv6"},
    {"network connect", 0, "link", true, WINDOWS, NULL, "a container finds by name those that run on its own networks; --add-host names others"},
    {"network connect", 0, "link-local-ip", true, WINDOWS, NULL, "its container networks have none to give"},
    {"network create", 0, "config-from", true, NO_DAEMON, "", "it is for networks of several hosts, and wcow works on one"},
    {"network create", 0, "config-only", false, NO_DAEMON, "false", "it is for networks of several hosts, and wcow works on one"},
    {"network create", 0, "ingress", false, NO_DAEMON, "false", "it is a swarm's"},
    {"network create", 0, "ip-range", true, WINDOWS, NULL, "HNS gives out addresses of the whole subnet; --ip chooses a container's own"},
    {"network create", 0, "ipam-driver", true, WINDOWS, "default", "HNS itself gives out addresses"},
    {"network create", 0, "ipam-opt", true, WINDOWS, NULL, "HNS itself gives out addresses"},
    {"network create", 0, "ipv6", false, WINDOWS, "false", "its container networks are of IPv4"},
    {"network create", 0, "scope", true, NO_DAEMON, "local", "every network is of this host"},

    {"start", 0, "checkpoint", true, WINDOWS, "", "checkpoints are CRIU's, of Linux; wcow pause holds a Hyper-V container"},
    {"start", 0, "checkpoint-dir", true, WINDOWS, "", "checkpoints are CRIU's, of Linux; wcow pause holds a Hyper-V container"},
    {"rm", 'l', "link", false, NO_DAEMON, "false", "there are no links between containers"},
    {"images", 0, "tree", false, NO_DAEMON, "false", "an image is here in one build alone; wcow history shows what it is made of"},
    {"volume create", 0, "availability", true, NO_DAEMON, NULL, CLUSTER},
    {"volume create", 0, "group", true, NO_DAEMON, NULL, CLUSTER},
    {"volume create", 0, "limit-bytes", true, NO_DAEMON, NULL, CLUSTER},
    {"volume create", 'o', "opt", true, WINDOWS, NULL, "a volume there is a folder, and its driver has no options; -v mounts any folder of the host"},
    {"volume create", 0, "required-bytes", true, NO_DAEMON, NULL, CLUSTER},
    {"volume create", 0, "scope", true, NO_DAEMON, NULL, CLUSTER},
    {"volume create", 0, "secret", true, NO_DAEMON, NULL, CLUSTER},
    {"volume create", 0, "sharing", true, NO_DAEMON, NULL, CLUSTER},
    {"volume create", 0, "topology-preferred", true, NO_DAEMON, NULL, CLUSTER},
    {"volume create", 0, "topology-required", true, NO_DAEMON, NULL, CLUSTER},
    {"volume create", 0, "type", true, NO_DAEMON, NULL, CLUSTER},
    {"volume ls", 0, "cluster", false, NO_DAEMON, "false", CLUSTER},
    {NULL, 0, NULL, false, NOT_YET, NULL, NULL},
};

/* ---- commands ---- */

#define SWARM "there is no cluster: wcow works on this host"
#define PLUGINS "wcow has no plugins"

const struct refused_command refused_commands[] = {
    {"bake", NOT_YET, "run what the Dockerfile says in a container, then: wcow commit"},
    {"build|image build|builder build|buildx build|buildx bake", NOT_YET,
     "run what the Dockerfile says in a container, then: wcow commit"},
    {"builder|buildx|buildx prune|builder prune", NOT_YET, "wcow commit makes images of containers, wcow import of files"},
    {"checkpoint", WINDOWS, "checkpoints are CRIU's, of Linux; wcow pause holds a Hyper-V container"},
    {"compose", NOT_YET, "start the services with wcow run, one by one"},
    {"config", NO_DAEMON, SWARM},
    {"context", NO_DAEMON, ONE_HOST "; --root chooses another store"},
    {"manifest", NOT_YET, "wcow pull --platform chooses a build of an index"},
    {"node|secret|service|stack|swarm", NO_DAEMON, SWARM},
    {"plugin", NO_DAEMON, PLUGINS},
    {"search", NOT_YET, "Docker Hub alone can be searched, and does not tell which images are for Windows; look at https://mcr.microsoft.com/catalog"},
    {"system dial-stdio", NO_DAEMON, ONE_HOST},
    {"trust", NOT_YET, SIGNATURE},
    {"volume update", NO_DAEMON, CLUSTER},
    {NULL, NOT_YET, NULL},
};
/* clang-format on */

const char *refused_verdict(enum refused_kind kind)
{
    switch (kind) {
    case REFUSED_WINDOWS:
        return "has no meaning on Windows";
    case REFUSED_NO_DAEMON:
        return "has no meaning for wcow";
    case REFUSED_NOT_YET:
        break;
    }
    return "is not supported yet";
}

/* ---- asking ---- */

/* Whether a text is one of "a|b|c". */
static bool is_among(const char *list, const char *word)
{
    const size_t length = strlen(word);

    for (const char *at = list;; at++) {
        const size_t each = strcspn(at, "|");

        if (each == length && strncmp(at, word, length) == 0)
            return true;
        at += each;
        if (!*at)
            return false;
    }
}

bool refused_is_of(const struct refused_option *option, const char *command)
{
    return is_among(option->commands, command);
}

const struct refused_option *refused_by_name(const char *command, const char *name, size_t length)
{
    for (const struct refused_option *each = refused_options; each->name; each++)
        if (strlen(each->name) == length && strncmp(each->name, name, length) == 0 &&
            is_among(each->commands, command))
            return each;
    return NULL;
}

const struct refused_option *refused_by_letter(const char *command, char letter)
{
    for (const struct refused_option *each = refused_options; each->name; each++)
        if (each->letter && each->letter == letter && is_among(each->commands, command))
            return each;
    return NULL;
}

wcow_status refused_check(const struct refused_option *option, const char *value, wcow_error *err)
{
    char letter[8] = "";

    if (option->harmless && text_equal(option->harmless, value))
        return WCOW_OK;
    if (option->letter)
        snprintf(letter, sizeof(letter), "-%c, ", option->letter);
    return error_set(err, WCOW_INVALID, "%s--%s %s: %s", letter, option->name,
                     refused_verdict(option->kind), option->reason);
}

static bool calls(const char *paths, const char *first, const char *second)
{
    char both[64];

    if (!second)
        return is_among(paths, first);
    snprintf(both, sizeof(both), "%s %s", first, second);
    return is_among(paths, both);
}

const struct refused_command *refused_command_find(int count, char *const *words, int *used)
{
    for (int taken = count > 1 ? 2 : 1; taken > 0; taken--) {
        for (const struct refused_command *each = refused_commands; each->paths; each++) {
            if (calls(each->paths, words[0], taken > 1 ? words[1] : NULL)) {
                *used = taken;
                return each;
            }
        }
    }
    return NULL;
}

wcow_status refused_command_tell(const struct refused_command *command, char *const *words,
                                 int used, wcow_error *err)
{
    return error_set(err, WCOW_INVALID, "'wcow %s%s%s' %s: %s", words[0], used > 1 ? " " : "",
                     used > 1 ? words[1] : "", refused_verdict(command->kind), command->reason);
}
