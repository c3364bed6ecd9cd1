/* SPDX-License-Identifier: MIT */
/**
 * What the engine needs of the machine it pretends to be: volumes, guests (silos and utility VMs),
 * processes, files. Two implementations: tests/hcssim/fake/scripted.c (native tests; processes
 * follow a script, streams are pipes) and tests/hcssim/service/machine.c (Wine; everything real).
 *
 * All functions return an HRESULT. They may block and are called without the engine's locks held.
 */
#ifndef HCSSIM_ENGINE_MACHINE_H
#define HCSSIM_ENGINE_MACHINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct sim_machine sim_machine;
typedef struct sim_guest sim_guest;     /* a started silo or utility VM */
typedef struct sim_process sim_process; /* a process in one */

/** How to start a guest. */
typedef struct sim_guest_spec {
    const char *id; /* of the compute system */
    bool hyperv;
    const char *volume;        /* process isolation: GUID of the prepared volume */
    const char *scratch;       /* LayerFolderPath */
    const char *const *layers; /* the topmost parent only, as for volume_prepare() */
    const char *runtime_image; /* hyperv: the UtilityVM folder */
    const char *hostname;
    uint64_t memory_mb;        /* 0: no limit */
    const char *const *mounts; /* triples host, container, "ro"|"rw"; NULL-terminated */
    /** The guest ended by itself (VM worker killed, crash). Called once, on a thread of the
     * machine. */
    void (*exited)(void *context, int32_t hr);
    void *context;
} sim_guest_spec;

typedef struct sim_process_spec {
    const char *application; /* may be NULL */
    const char *command_line;
    const char *working_directory;
    const char *user;
    const char *const *environment; /* "K=v", NULL-terminated: only what the document names */
    bool console;                   /* EmulateConsole */
    uint16_t columns, rows;
    bool in, out, err;   /* which pipes to make */
    uint32_t client_pid; /* whose handles the streams become */
    /** Ended; called once, on a thread of the machine, after its output was passed on. */
    void (*exited)(void *context, uint32_t exit_code);
    void *context;
} sim_process_spec;

/** A started process. Streams are values for the client: HANDLEs in it (Wine), descriptors
 * (native). */
typedef struct sim_started {
    uint32_t pid;
    intptr_t in, out, err; /* 0 where not asked for */
    sim_process *process;
} sim_started;

/** One row of ProcessList. */
typedef struct sim_process_row {
    uint32_t pid;
    char name[64];
    uint64_t user_100ns, kernel_100ns, commit, private_ws, shared_ws;
    int64_t created; /* ns since 1970 */
} sim_process_row;

/** What a file says of itself. Times in units of 100 ns since 1601. */
typedef struct sim_file_info {
    uint64_t creation, access, write, change;
    uint32_t attributes; /* FILE_ATTRIBUTE_… */
    uint32_t links;
    uint64_t id; /* the same for all names of a file */
} sim_file_info;

struct sim_machine {
    /* Files and disks of the host, paths as the client gave them. These alone may be called with
     * the engine's lock held (state, fault file): they must not call back. */
    bool (*exists)(sim_machine *m, const char *path, bool *directory);
    int32_t (*read_file)(sim_machine *m, const char *path, char **out, size_t *size);
    int32_t (*write_file)(sim_machine *m, const char *path, const void *bytes, size_t size);
    int32_t (*make_directory)(sim_machine *m, const char *path);
    /** A folder with all in it, or a file. */
    int32_t (*remove_tree)(sim_machine *m, const char *path);
    /** Names in a folder, NULL-terminated, one malloc'ed block each and the array. */
    int32_t (*list)(sim_machine *m, const char *path, char ***names);
    /** With all that is known of each file, to where nothing is. */
    int32_t (*copy_tree)(sim_machine *m, const char *from, const char *to);
    /** The same of what nobody writes to: its files may get another name instead of a copy. */
    int32_t (*link_tree)(sim_machine *m, const char *from, const char *to);
    /** Of a file, folder or reparse point itself. */
    int32_t (*file_info)(sim_machine *m, const char *path, sim_file_info *out);
    /** Its times and no more; on Wine that is much faster. */
    int32_t (*file_times)(sim_machine *m, const char *path, sim_file_info *out);
    /** Sets times and attributes. */
    int32_t (*set_file_info)(sim_machine *m, const char *path, const sim_file_info *info);
    /**
     * Makes what a Win32 backup stream holds, with these times: a folder if the attributes say so,
     * which may be there, or else a file, which may not.
     */
    int32_t (*restore)(sim_machine *m, const char *path, const sim_file_info *info,
                       const void *streams, size_t size);
    /** The backup stream, security first, alternate streams last. */
    int32_t (*backup)(sim_machine *m, const char *path, char **out, size_t *size);
    /** Another name for a file. */
    int32_t (*link)(sim_machine *m, const char *path, const char *existing);

    /* ports of the host that lead to containers; with the lock held, as files */
    /**
     * Forwards a port of the host to one of a container's; HR_FROM_WIN32(32) where somebody else
     * has it. NULL where there is no network: then nothing is forwarded.
     */
    int32_t (*port_open)(sim_machine *m, bool udp, uint16_t host, uint16_t container);
    void (*port_close)(sim_machine *m, bool udp, uint16_t host);

    /* disks: attached ones are open in a way that nobody can remove or rename them */
    int32_t (*disk_open)(sim_machine *m, const char *scratch, intptr_t *out);
    void (*disk_close)(sim_machine *m, intptr_t disk);
    /** Whether somebody else has it open, too. */
    bool (*disk_in_use)(sim_machine *m, const char *scratch, intptr_t *disk);

    /* volumes: what ActivateLayer and PrepareLayer bring up */
    /** An attached disk has a volume, with nothing on it that matters. */
    int32_t (*volume_attach)(sim_machine *m, const char *volume, uint64_t size);
    void (*volume_detach)(sim_machine *m, const char *volume);
    /**
     * Makes the volume's contents: parents merged bottom-up, then the scratch's own changes, which
     * are kept in the scratch folder as Files and tombstones.txt. `layers` is the topmost parent
     * only: the engine's ImportLayer leaves in a layer's Files everything down to the base, as
     * names that a client removes from it afterwards must be gone.
     */
    int32_t (*volume_prepare)(sim_machine *m, const char *volume, const char *scratch,
                              const char *const *layers);
    /** Takes it away again, keeping the scratch's own changes in the scratch folder. */
    int32_t (*volume_release)(sim_machine *m, const char *volume, const char *scratch);

    int32_t (*guest_start)(sim_machine *m, const sim_guest_spec *spec, sim_guest **out);
    /** Everything in it gets CTRL_SHUTDOWN_EVENT. Does not wait for what comes of that. */
    int32_t (*guest_shutdown)(sim_machine *m, sim_guest *guest);
    /**
     * Ends everything in it with this exit code, waits, frees it. `exited` is not called. Its
     * processes may report their ends meanwhile; those that do not are taken for killed. They are
     * freed later.
     */
    void (*guest_stop)(sim_machine *m, sim_guest *guest, uint32_t exit_code);
    int32_t (*guest_pause)(sim_machine *m, sim_guest *guest, bool pause);
    int32_t (*guest_processes)(sim_machine *m, sim_guest *guest, sim_process_row **rows,
                               size_t *count);

    /** HR_FROM_WIN32(2) when there is no such program, 0x800700C1 when it is none. */
    int32_t (*process_start)(sim_machine *m, sim_guest *guest, const sim_process_spec *spec,
                             sim_started *out);
    int32_t (*process_kill)(sim_machine *m, sim_process *process, uint32_t exit_code);
    /** event: CTRL_C_EVENT 0, BREAK 1, CLOSE 2, LOGOFF 5, SHUTDOWN 6. */
    int32_t (*process_signal)(sim_machine *m, sim_process *process, int event);
    int32_t (*process_resize)(sim_machine *m, sim_process *process, uint16_t columns,
                              uint16_t rows);
    int32_t (*process_close_stdin)(sim_machine *m, sim_process *process);
    /** Forgets it (it may still run: then it runs on unseen). `exited` is not called after return.
     */
    void (*process_free)(sim_machine *m, sim_process *process);

    /** Gives the client's streams of a started process back, when the reply could not be delivered.
     */
    void (*streams_close)(sim_machine *m, uint32_t client_pid, const sim_started *started);
    /** Ends a client process at once (fault injection); NULL where clients are not processes. */
    int32_t (*kill_client)(sim_machine *m, uint32_t pid);
    int64_t (*now)(sim_machine *m); /* ns since 1970 */
};

#endif
