/* SPDX-License-Identifier: MIT */
/**
 * The simulated Host Compute Service in the same process, for native tests: the ports of src/port
 * over the engine (engine/sim.h) and a machine whose processes follow a script.
 *
 *     fake_host *host = fake_host_new(NULL);
 *     … fake_host_hcs(host), fake_host_storage(host), host->sim for faults and the journal …
 *     assert_int_equal(fake_host_free(host), 0);        nothing was left open
 */
#ifndef HCSSIM_FAKE_FAKE_H
#define HCSSIM_FAKE_FAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "port/hcs.h"
#include "port/storage.h"

#include "../engine/sim.h"

/* ---- ports ---- */

/** A client's port. free() ends its session: what it left open counts as leaked (sim_free()). */
hcs_port *fake_hcs_open(sim *s);
storage_port *fake_storage_open(sim *s);
/** Handles that the client has open: systems, processes, registrations. */
size_t fake_hcs_handles(hcs_port *port);

/* ---- the scripted machine ---- */

/**
 * A machine on the POSIX file system. Processes are threads; what one does is told by the first
 * word of its command line (quotes, folders, ".exe" and upper case do not matter), see programs.c:
 *
 *   echo TEXT, err TEXT   writes a line to stdout, stderr
 *   cat                   copies stdin to stdout until its end
 *   exit N                ends with N (decimal or 0x…, 32 bits)
 *   sleep MS              ends with 0 after that time
 *   flood N               writes N bytes: 0, 1, … 250, 0, …
 *   wait                  ends with 0 at a control event, after writing its name; "wait N": with N
 *   stuck                 ignores control events
 *   ping                  writes a line every 20 ms for ever
 *   env, args, cwd, user  writes what it was given
 *   tty                   writes "COLUMNSxROWS", and again at every resize, until stdin ends
 *   crash                 ends with 0xC0000005
 *   linger MS             ends at once; a child of it keeps stdout for that long and writes a line
 *   cmd /c …, cmd         runs the rest; runs lines from stdin until "exit N"
 *   denied, notexe        cannot be started: 0x80070005, 0x800700C1
 *
 * Anything else is not found (0x80070002). A control event that is not handled ends a process with
 * 0xC000013A. A container whose host name begins with "slow" takes 200 ms to start, one with
 * "broken" cannot be started.
 */
sim_machine *scripted_new(void);
void scripted_free(sim_machine *machine);
/** Lets it know what this port knows of files, and the other way round. It must outlive the
 * machine.
 */
struct files_port;
void scripted_share_files(sim_machine *machine, struct files_port *files);
/** The guest of a system goes down by itself, as when its VM's worker process is killed. */
bool scripted_crash(sim_machine *machine, const char *id);
/** A process ends by itself, with that code; false: there is none of that pid. */
bool scripted_end(sim_machine *machine, uint32_t pid, uint32_t exit_code);
/** How many processes run, how many volumes are up: both 0 when nothing was left behind. */
size_t scripted_processes(sim_machine *machine);
size_t scripted_volumes(sim_machine *machine);
/** Whether clients have the disks open that they attached. */
void scripted_hold_disks(sim_machine *machine, bool hold);

/** What a run of "tar" does, in this order. */
typedef struct scripted_act {
    const void *out; /* it writes this */
    size_t size;
    const char *err; /* it says this; NULL: nothing */
    bool endless;    /* it writes zeros until it is ended */
    bool reads;      /* it reads its input to the end */
    bool hangs;      /* it does nothing until it is ended */
    uint32_t exit_code;
} scripted_act;

/** Now there is a program "tar", whose nth run does the nth of these; borrowed. 0: there is none.
 */
void scripted_play(sim_machine *machine, const scripted_act *acts, size_t count);

/* ---- everything at once ---- */

/** A simulated host in a folder of its own under $TMPDIR. */
typedef struct fake_host {
    char *folder;
    char *base;  /* a processed base layer with a utility VM: <folder>/base */
    char *upper; /* a layer over it: <folder>/upper */
    sim_machine *machine;
    sim *sim;
    hcs_port *hcs;         /* one client's */
    storage_port *storage; /* another's */
} fake_host;

/** `options` may be NULL. */
fake_host *fake_host_new(const sim_options *options);
/** Takes it down with its folder; returns how many handles were left open. NULL is fine. */
size_t fake_host_free(fake_host *host);
/** A folder that PrepareLayer takes as a parent; made by hand, not by the service. */
bool fake_layer_make(const char *path, bool utility_vm);

#endif
