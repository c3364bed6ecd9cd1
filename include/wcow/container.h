/* SPDX-License-Identifier: MIT */
/** Containers: create, start, watch, stop, remove. */
#ifndef WCOW_CONTAINER_H
#define WCOW_CONTAINER_H

#include <stdbool.h>
#include <stddef.h>

#include <wcow/host.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A container in a host's store. Holds no lock and no system: each call looks at the truth anew.
 */
typedef struct wcow_container wcow_container;

/** How a container is kept apart from the host. */
typedef enum wcow_isolation {
    WCOW_ISOLATION_DEFAULT = 0, /**< process on Windows Server, hyperv on client Windows */
    WCOW_ISOLATION_PROCESS = 1, /**< a silo on the host's kernel */
    WCOW_ISOLATION_HYPERV = 2   /**< a utility VM of its own */
} wcow_isolation;

/** What to create. Initialise with WCOW_CONTAINER_SPEC_INIT; all strings are borrowed. */
typedef struct wcow_container_spec {
    size_t size;                   /**< set by the initialiser; lets the struct grow, see host.h */
    const char *image;             /**< reference or id of an image in the store */
    const char *name;              /**< [a-zA-Z0-9][a-zA-Z0-9_.-]+; NULL or "": a made-up one */
    wcow_isolation isolation;      /**< process or Hyper-V */
    const char *const *entrypoint; /**< NULL-terminated; NULL: the image's; {""} or {NULL}: none */
    const char *const *command;    /**< NULL-terminated; NULL or empty: the image's Cmd */
    const char *const
        *environment;          /**< NULL-terminated "KEY=value"; "KEY" alone takes the caller's */
    const char *const *labels; /**< NULL-terminated "key=value" */
    const char *const *mounts; /**< NULL-terminated, as -v has them: "C:\host:C:\container[:ro]",
                                    "volume:C:\container[:ro]", "C:\container", pipes; a source
                                    that begins with a dot is in this process's folder */
    const char *working_directory; /**< NULL: the image's, else C:\ */
    const char *user;              /**< NULL: the image's, else the base image's default */
    const char *hostname;          /**< NULL: the first 12 digits of the id */
    const char *network;           /**< "none", "container:NAME", or one network by its name or
                                        id; NULL: the host's default one, "nat" */
    uint64_t memory;               /**< bytes, 0: no limit */
    int stop_timeout;              /**< seconds; negative: 30; WCOW_FOREVER */
    bool tty;                      /**< give it a console (EmulateConsole) */
    bool open_stdin;               /**< keep its standard input open */
    bool auto_remove;              /**< remove it when it ends */
    bool start_follows;            /**< what starting it takes may begin while it is made */
    uint64_t nano_cpus;            /**< billionths of a processor; 0: no limit */
    uint64_t cpu_count;            /**< processors, cut to the host's; 0: no limit */
    uint64_t cpu_percent;          /**< 1 to 100, of all processors; 0: no limit */
    uint64_t cpu_shares;    /**< 1 to 10000, against other containers; 0: the service's own */
    uint64_t io_bandwidth;  /**< of its system drive, bytes a second; 0: no limit */
    uint64_t io_operations; /**< of its system drive, a second; 0: no limit */
    const char *const *storage_options; /**< NULL-terminated "size=30GB" */
    const char *const *devices;         /**< NULL-terminated "class/GUID"; process isolation */
    const char *const
        *security_options;         /**< NULL-terminated "credentialspec=file://spec.json" (in
                                        CredentialSpecs of the root), registry://VALUE or raw://JSON */
    const char *const *dns_search; /**< NULL-terminated domains */
    const char *domainname;        /**< the host name gets it behind a dot; NULL: none */
    const char *stop_signal; /**< as of wcow_container_stop_by(); NULL: the image's, or none */
    const char *restart;     /**< "no", "on-failure[:n]", "always", "unless-stopped"; NULL: no */
    const struct wcow_endpoint_spec *const
        *endpoints;                /**< NULL-terminated: its networks, where
                                        `network` cannot say it; see endpoint.h */
    const char *const *publish;    /**< NULL-terminated "[host:]container[/protocol]", ranges */
    const char *const *expose;     /**< NULL-terminated "80", "80-90/udp" */
    const char *const *dns;        /**< NULL-terminated addresses of servers; NULL: its networks' */
    const char *const *hosts;      /**< NULL-terminated "name:address" for its hosts file */
    bool publish_all;              /**< what is exposed and not published gets a port of the host */
    const char *health_command;    /**< the health check, a command line; NULL: the image's */
    int64_t health_interval;       /**< nanoseconds, as what follows; 0: the image's, or 30 s */
    int64_t health_timeout;        /**< of a probe; 0: the image's, or 30 s */
    int64_t health_start_period;   /**< in which failures do not count; 0: the image's, or none */
    int64_t health_start_interval; /**< between probes in it; 0: the image's, or 5 s */
    int health_retries;            /**< failures that make it unhealthy; 0: the image's, or 3 */
    bool no_health_check;          /**< none, whatever the image has */
    const char *log_driver;        /**< "json-file", "local", "none"; NULL: json-file */
    const char *const *log_options;   /**< NULL-terminated "max-size=10m" */
    const char *const *mount_options; /**< NULL-terminated, as --mount has them:
                                           "type=bind,source=C:\host,target=C:\container" */
    const char *const *volumes_from;  /**< NULL-terminated "container[:ro]": what is mounted into
                                           that one, at the same places */
    const char *volume_driver;        /**< "local"; NULL: that one */
    int schema;                       /**< of the service's documents: 1, as Docker's engine; 2, as
                                           containerd's shim, from build 17763 on and for process
                                           isolation; 0: what daemon.json says, else 1 */
} wcow_container_spec;

#define WCOW_CONTAINER_SPEC_INIT                                                                   \
    {                                                                                              \
        sizeof(wcow_container_spec), NULL, NULL, WCOW_ISOLATION_DEFAULT, NULL, NULL, NULL, NULL,   \
            NULL, NULL, NULL, NULL, NULL, 0, -1, false, false, false, false, 0, 0, 0, 0, 0, 0,     \
            NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, false, NULL,   \
            0, 0, 0, 0, 0, false, NULL, NULL, NULL, NULL, NULL, 0                                  \
    }

/**
 * Creates a container, without starting it: config, state, scratch layer.
 *
 * @param[out] out  to be freed with wcow_container_free(); untouched on failure
 * @return WCOW_ALREADY_EXISTS if the name is taken, WCOW_NOT_FOUND if the image is not there,
 *         WCOW_INVALID if the spec is malformed or what it mounts is not a
 *         folder. Volumes that are not there are made
 */
WCOW_API WCOW_CHECKED wcow_status wcow_container_create(wcow_host *host,
                                                        const wcow_container_spec *spec,
                                                        wcow_container **out, wcow_error *err);

/**
 * What create and start would do, without touching anything: a JSON object with `config` (the OCI
 * runtime spec), `system` and `process` (the HCS documents), `calls` (their sequence) and, if there
 * are any, `warnings`.
 */
WCOW_API WCOW_CHECKED wcow_status wcow_container_plan(wcow_host *host,
                                                      const wcow_container_spec *spec, char **json,
                                                      wcow_error *err);

/**
 * What create, update, stop and restart have to tell beside their success: limits that another one
 * took the place of, a stop that was cut short. A NULL-terminated list that lives as long as the
 * object.
 */
WCOW_API const char *const *wcow_container_warnings(const wcow_container *container);

/**
 * Finds a container by id, unambiguous prefix of an id, or name. Reconciles it first if its monitor
 * is gone.
 *
 * @return WCOW_NOT_FOUND, or WCOW_CONFLICT if the prefix fits several
 */
WCOW_API WCOW_CHECKED wcow_status wcow_container_open(wcow_host *host, const char *reference,
                                                      wcow_container **out, wcow_error *err);

/** Frees the object; the container itself goes on as it is. NULL is fine. */
WCOW_API void wcow_container_free(wcow_container *container);

/** The 64 hexadecimal digits of its id; lives as long as the object. */
WCOW_API const char *wcow_container_id(const wcow_container *container);
/** Its name, without a slash; lives as long as the object. Of one whose container.json is damaged
 * the first 12 digits of its id. */
WCOW_API const char *wcow_container_name(const wcow_container *container);

/** How a session with a container's or an exec's standard streams goes. Initialise with
 * WCOW_ATTACH_OPTIONS_INIT. */
typedef struct wcow_attach_options {
    size_t size;             /**< set by the initialiser */
    bool standard_input;     /**< forward this process's standard input */
    bool standard_output;    /**< and output */
    bool standard_error;     /**< and error */
    bool sig_proxy;          /**< pass Ctrl-C and Ctrl-Break on (when it has no console) */
    const char *detach_keys; /**< "ctrl-p,ctrl-q" style; NULL: that one */
} wcow_attach_options;

#define WCOW_ATTACH_OPTIONS_INIT                                                                   \
    {                                                                                              \
        sizeof(wcow_attach_options), false, true, true, true, NULL                                 \
    }

/** How an attached session ended. Initialise with WCOW_OUTCOME_INIT. */
typedef struct wcow_outcome {
    bool detached;      /**< the user typed the detach keys; exit_code is not set */
    uint32_t exit_code; /**< all 32 bits */
    wcow_error warning; /**< what went wrong after its end (giving back what it had), or that it may
                             end with a job that this process cannot leave; or WCOW_OK */
} wcow_outcome;

#define WCOW_OUTCOME_INIT                                                                          \
    {                                                                                              \
        false, 0, WCOW_ERROR_INIT                                                                  \
    }

/**
 * Starts it and returns when it runs (the monitor reported ready) or failed. The monitor is
 * wcow.exe, which is looked for beside this library (wcow.dll), then beside the program. With
 * `attach`, the streams are connected before the first byte can be lost, and the call returns when
 * the container ends or the user detaches.
 *
 * @param attach   NULL: start in the background
 * @param outcome  how the session ended; required with attach, else NULL or for its warning
 * @return WCOW_EXIT_UNKNOWN if it has ended and its exit code could not be learnt; WCOW_NOT_FOUND
 * if there is no wcow.exe
 */
WCOW_API WCOW_CHECKED wcow_status wcow_container_start(wcow_container *container,
                                                       const wcow_attach_options *attach,
                                                       wcow_outcome *outcome, wcow_error *err);

/**
 * Connects this process's standard streams to a running container, until it ends or one detaches.
 *
 * @param options  NULL: the defaults
 * @return WCOW_CONFLICT if it does not run
 */
WCOW_API WCOW_CHECKED wcow_status wcow_container_attach(wcow_container *container,
                                                        const wcow_attach_options *options,
                                                        wcow_outcome *outcome, wcow_error *err);

/** As seconds to wait: nothing is terminated, however long it takes. */
#define WCOW_FOREVER INT32_MAX

/**
 * Stops it: its own stop signal, else CtrlShutdown, to its process (where the build can, else
 * none), wait, then terminate.
 *
 * @param seconds  how long to wait before terminating; negative: the container's own setting;
 *                 WCOW_FOREVER
 */
WCOW_API WCOW_CHECKED wcow_status wcow_container_stop(wcow_container *container, int seconds,
                                                      wcow_error *err);

/**
 * The same with a signal of wcow_container_kill() in place of its own; NULL: that one. KILL
 * terminates at once.
 */
WCOW_API WCOW_CHECKED wcow_status wcow_container_stop_by(wcow_container *container,
                                                         const char *signal, int seconds,
                                                         wcow_error *err);

/**
 * Stops it as wcow_container_stop_by() does, if it runs, and starts it. One that was to be removed
 * at its end is not, as this end is none.
 */
WCOW_API WCOW_CHECKED wcow_status wcow_container_restart(wcow_container *container,
                                                         const char *signal, int seconds,
                                                         wcow_error *err);

/**
 * Sends a signal: KILL (terminates), TERM, INT, BREAK, CLOSE, LOGOFF, SHUTDOWN or a number of
 * Linux. HcsSignalProcess, or HcsTerminateProcess for KILL; WCOW_UNSUPPORTED for other signals on
 * builds before 17763.
 */
WCOW_API WCOW_CHECKED wcow_status wcow_container_kill(wcow_container *container, const char *signal,
                                                      wcow_error *err);

/**
 * Waits until it is not running and tells the exit code of its last run.
 *
 * @return WCOW_EXIT_UNKNOWN if that could not be learnt
 */
WCOW_API WCOW_CHECKED wcow_status wcow_container_wait(wcow_container *container,
                                                      uint32_t *exit_code, wcow_error *err);

/**
 * Removes it with its scratch layer. With force, a running one is terminated first, and what a
 * crash left of it (system, mounted layer, endpoint) is released. That holds for one whose files
 * are damaged, too. Volumes stay, even those without a name.
 *
 * @return WCOW_CONFLICT while it runs, without force; WCOW_UNSUPPORTED if a newer wcow made it
 */
WCOW_API WCOW_CHECKED wcow_status wcow_container_remove(wcow_container *container, bool force,
                                                        wcow_error *err);

/** How to remove one. Initialise with WCOW_CONTAINER_REMOVE_OPTIONS_INIT. */
typedef struct wcow_container_remove_options {
    size_t size;  /**< set by the initialiser */
    bool force;   /**< as of wcow_container_remove() */
    bool volumes; /**< its anonymous volumes, too, but for those that other containers use */
} wcow_container_remove_options;

#define WCOW_CONTAINER_REMOVE_OPTIONS_INIT                                                         \
    {                                                                                              \
        sizeof(wcow_container_remove_options), false, false                                        \
    }

/** The same, with what `options` say; NULL: the defaults. */
WCOW_API WCOW_CHECKED wcow_status wcow_container_remove_with(
    wcow_container *container, const wcow_container_remove_options *options, wcow_error *err);

/**
 * Gives it another name, also while it runs.
 *
 * @return WCOW_ALREADY_EXISTS if the name is taken, WCOW_INVALID if it is none
 */
WCOW_API WCOW_CHECKED wcow_status wcow_container_rename(wcow_container *container, const char *name,
                                                        wcow_error *err);

/** Pause and resume; Hyper-V isolation only, as HCS allows (WCOW_UNSUPPORTED otherwise). */
WCOW_API WCOW_CHECKED wcow_status wcow_container_pause(wcow_container *container, wcow_error *err);
WCOW_API WCOW_CHECKED wcow_status wcow_container_unpause(wcow_container *container,
                                                         wcow_error *err);

/** The container as `docker inspect` shows it (one JSON object); owned by the caller, wcow_free().
 */
WCOW_API WCOW_CHECKED wcow_status wcow_container_inspect(wcow_container *container, char **json,
                                                         wcow_error *err);

/**
 * What it takes on the disk, looked up anew.
 *
 * @param[out] own    bytes of its scratch disk
 * @param[out] whole  the same, and its image
 */
WCOW_API WCOW_CHECKED wcow_status wcow_container_sizes(wcow_container *container, uint64_t *own,
                                                       uint64_t *whole, wcow_error *err);

/** One row of `wcow ps`. Strings are never NULL, and owned by what was handed out. */
typedef struct wcow_container_info {
    const char *id;        /**< 64 digits */
    const char *name;      /**< "": its container.json is damaged */
    const char *image;     /**< as the user gave it */
    const char *image_id;  /**< "sha256:…" */
    const char *command;   /**< the command line */
    const char *state;     /**< created, running, paused, exited, removing, dead; dead also: its
                                files are damaged, or of a newer wcow (`error` says which) */
    const char *status;    /**< "Up 5 minutes", "Exited (0) 2 hours ago", "Created" */
    const char *labels;    /**< "a=b,c=d" */
    const char *networks;  /**< "nat,backend"; "none"; "": another container's */
    const char *isolation; /**< "process" or "hyperv" */
    int64_t created;       /**< seconds since 1970 */
    int64_t started;       /**< 0: never */
    uint32_t exit_code;    /**< of the last run; see exit_known */
    bool running;          /**< also while it is paused */
    bool paused;           /**< its processes stand still */
    bool exit_known;       /**< it has run, has ended, and exit_code is its own */
    bool tty;              /**< it has a console */
    bool open_stdin;       /**< its standard input is kept open */
    bool auto_remove;      /**< it is removed when it ends */
    uint32_t pid;      /**< of its process: the host's with process isolation; 0: it does not run */
    int64_t finished;  /**< seconds since 1970; 0: never, or it runs */
    const char *error; /**< why its last run failed or it is dead; "": no such thing */
    const char *mounts;     /**< what is mounted into it: "C:\a,data" */
    const char *os_version; /**< of its image, "10.0.20348.1"; "": it does not say */
    const char *ports;      /**< "0.0.0.0:8080->80/tcp, 81/tcp"; "" while it does not run */
    const char *exposed;    /**< "80/tcp,81/tcp" */
    const char *published;  /**< the container's ports that -p named: "80/tcp" */
    const char
        *health; /**< "starting", "healthy", "unhealthy"; "none": no check, or it never ran */
    size_t local_volumes; /**< how many of its mounts are volumes */
} wcow_container_info;

/** Lists containers, newest first, reconciled. Free the array (one block) with wcow_free(). */
WCOW_API WCOW_CHECKED wcow_status wcow_container_list(wcow_host *host, wcow_container_info **out,
                                                      size_t *count, wcow_error *err);

/**
 * One container as a row of wcow_container_list(), reconciled: what most programs want to know
 * without parsing the JSON of wcow_container_inspect(). It is true at the time of the call only.
 *
 * @param[out] out  one block with its strings, owned by the caller, wcow_free()
 * @return WCOW_NOT_FOUND if it has been removed meanwhile
 */
WCOW_API WCOW_CHECKED wcow_status wcow_container_get_info(wcow_container *container,
                                                          wcow_container_info **out,
                                                          wcow_error *err);

/** One row of `wcow top`: HcsGetComputeSystemProperties ProcessList. */
typedef struct wcow_process_info {
    uint32_t pid;                 /**< with process isolation the host's, too */
    const char *name;             /**< image name, owned by the list */
    uint64_t cpu_100ns;           /**< user + kernel time */
    uint64_t private_working_set; /**< bytes */
} wcow_process_info;

/**
 * Lists the processes of a running container. Free the array (one block) with wcow_free().
 *
 * @return WCOW_CONFLICT if it does not run
 */
WCOW_API WCOW_CHECKED wcow_status wcow_container_processes(wcow_container *container,
                                                           wcow_process_info **out, size_t *count,
                                                           wcow_error *err);

/** What to run in a running container. Initialise with WCOW_EXEC_SPEC_INIT. */
typedef struct wcow_exec_spec {
    size_t size;
    const char *const *command;     /**< NULL-terminated, at least one word */
    const char *const *environment; /**< added to the container's */
    const char *working_directory;  /**< NULL: the container's */
    const char *user;               /**< NULL: the container's */
    bool tty;                       /**< give it a console */
} wcow_exec_spec;

#define WCOW_EXEC_SPEC_INIT                                                                        \
    {                                                                                              \
        sizeof(wcow_exec_spec), NULL, NULL, NULL, NULL, false                                      \
    }

/**
 * Runs a further process in it (HcsCreateProcess on a handle of our own, or the monitor's).
 *
 * @param attach   NULL: leave it running in the background, its output read and thrown away
 * @param outcome  required with attach
 */
WCOW_API WCOW_CHECKED wcow_status wcow_container_exec(wcow_container *container,
                                                      const wcow_exec_spec *spec,
                                                      const wcow_attach_options *attach,
                                                      wcow_outcome *outcome, wcow_error *err);

/** Which part of the log, and how. Initialise with WCOW_LOG_OPTIONS_INIT. */
typedef struct wcow_log_options {
    size_t size;
    bool follow;     /**< go on until the container ends */
    bool timestamps; /**< prefix each line with its RFC 3339 time */
    int64_t tail;    /**< only the last so many lines; negative: all */
    int64_t since;   /**< nanoseconds since 1970; 0: from the start */
    int64_t until;   /**< nanoseconds since 1970; 0: to the end */
    bool details;    /**< a blank before each line, where Docker shows a log driver's extras */
} wcow_log_options;

#define WCOW_LOG_OPTIONS_INIT                                                                      \
    {                                                                                              \
        sizeof(wcow_log_options), false, false, -1, 0, 0, false                                    \
    }

/** Log text as the container wrote it, of one or many lines. Returning false ends the call
 * (WCOW_OK). */
typedef bool wcow_log_fn(void *context, bool is_error, const char *text, size_t length);

/**
 * Hands out what a container wrote, in the order it came.
 *
 * @param options  NULL: the defaults
 */
WCOW_API WCOW_CHECKED wcow_status wcow_container_logs(wcow_container *container,
                                                      const wcow_log_options *options,
                                                      wcow_log_fn *each, void *context,
                                                      wcow_error *err);

/** What a commit writes down. Initialise with WCOW_COMMIT_OPTIONS_INIT. */
typedef struct wcow_commit_options {
    size_t size;
    const char *author;         /**< NULL: the image's own */
    const char *comment;        /**< NULL: none */
    const char *const *changes; /**< NULL-terminated Dockerfile instructions, as of
                                     wcow_image_import(); NULL: none */
} wcow_commit_options;

#define WCOW_COMMIT_OPTIONS_INIT                                                                   \
    {                                                                                              \
        sizeof(wcow_commit_options), NULL, NULL, NULL                                              \
    }

/**
 * Makes an image of a container that does not run: its image, and a layer of what it changed.
 * Command, environment, working directory and labels are the container's, then changed by
 * options->changes.
 *
 * @param options    NULL: the defaults
 * @param reference  "repo[:tag]" of the new image; NULL: no name
 * @param[out] id    "sha256:…" of it, owned by the caller, wcow_free()
 * @return WCOW_CONFLICT while it runs
 */
WCOW_API WCOW_CHECKED wcow_status wcow_container_commit(wcow_container *container,
                                                        const char *reference,
                                                        const wcow_commit_options *options,
                                                        char **id, wcow_error *err);

/**
 * Writes the whole file system of a container that does not run as a tar, with security, streams
 * and hard links, which wcow_image_import() takes: names begin with Files/. Its registry hives are
 * whole ones, with what the layers of its image and the container changed in them. The utility VM
 * that its image has, for Hyper-V isolation, comes after it (UtilityVM/).
 *
 * Changes of the registry stay behind where Windows cannot merge hives (before Windows Server 2022)
 * and when the container's image is gone.
 *
 * @param path          the archive, "-" for standard output; a file is replaced when all is written
 * @param[out] warning  why they stayed behind; untouched: they did not. Owned by the caller,
 *                      wcow_free(); may be NULL
 * @return WCOW_CONFLICT while it runs
 */
WCOW_API WCOW_CHECKED wcow_status wcow_container_export(wcow_container *container, const char *path,
                                                        char **warning, wcow_error *err);

/**
 * The body of a container's monitor process (`wcow monitor <id>`, internal): serves its pipe,
 * creates the compute system when asked to, owns it until it ends, and tears everything down.
 */
WCOW_API WCOW_CHECKED wcow_status wcow_monitor_run(wcow_host *host, const char *id,
                                                   wcow_error *err);

/**
 * The same where nobody asks for the start: the host has booted, and the container is started if
 * its restart policy brings it back.
 */
WCOW_API WCOW_CHECKED wcow_status wcow_monitor_run_at_boot(wcow_host *host, const char *id,
                                                           wcow_error *err);

/**
 * The same of a process that Windows has started as a service: one of both, as the service was
 * started. Ending the service stops the container.
 */
WCOW_API WCOW_CHECKED wcow_status wcow_monitor_serve(wcow_host *host, const char *id,
                                                     wcow_error *err);

/**
 * From now on, what is started by way of this host is watched by threads of this process, not by a
 * process of its own. That spares the start of one, or of a service; and such a container ends with
 * this process, however that ends. wcow_host_free() waits until its threads are done, for ten
 * seconds at most. To be called before anything is started; of no use for containers that have a
 * restart policy, which are to come back.
 */
WCOW_API WCOW_CHECKED wcow_status wcow_monitor_within(wcow_host *host, wcow_error *err);

#ifdef __cplusplus
}
#endif

#endif
