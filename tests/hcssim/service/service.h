/* SPDX-License-Identifier: MIT */
/** What the parts of hcssim.exe share: where things are, guests and their processes. */
#ifndef HCSSIM_SERVICE_SERVICE_H
#define HCSSIM_SERVICE_SERVICE_H

#include <windows.h>
#include <winsock2.h>

#include "tests/hcssim/engine/machine.h"

#include "../guest/relay.h"
#include "../guest/runner.h"

typedef struct vm vm;

/** The machine of machine.h on Wine. Zero-initialised until machine_open(). */
typedef struct machine {
    sim_machine calls;
    wchar_t *volumes; /* folder of the prepared volumes */
} machine;

struct sim_guest {
    machine *machine;
    runner *runner; /* process isolation */
    struct mappings *mappings;
    vm *vm; /* Hyper-V isolation */
};

/** Of either isolation: one of the two is set. */
struct sim_process {
    runner_process *process;
    struct vm_process *remote;
    relay *in; /* from the client to the process */
};

int32_t machine_open(machine *m);
void machine_close(machine *m);
/** Folder of a volume by its GUID; fresh memory. */
wchar_t *machine_volume(const machine *m, const char *volume);

/* host_files.c: the files of the host */
void host_files_install(sim_machine *calls);
/* host_metadata.c: and all that is known of them */
void host_metadata_install(sim_machine *calls);

/* ports.c: published ports */
void ports_install(sim_machine *calls);

/* disks.c: attached disks and their volumes */
void disks_install(sim_machine *calls);

/* silo.c: process isolation */
int32_t silo_start(machine *m, const sim_guest_spec *spec, sim_guest *guest);
int32_t silo_process_start(sim_guest *guest, const sim_process_spec *spec, sim_started *out);

/* streams.c: handing streams to a client */
typedef struct client_streams {
    HANDLE in, out, err; /* ours; moved to the client, or closed */
} client_streams;

/** Makes the client's end of a pipe into the process; `ours` is for a relay. */
int32_t streams_input(HANDLE *ours, HANDLE *theirs);
/** Moves the handles into the client. On failure all are closed, there as here. */
int32_t streams_give(uint32_t client_pid, client_streams *streams, sim_started *out);
void streams_take_back(uint32_t client_pid, const sim_started *started);

/* vm.c: Hyper-V isolation */
int32_t vm_open(void);
int32_t vm_start(const sim_guest_spec *spec, vm **out);
/** Everything in it gets CTRL_SHUTDOWN_EVENT. */
int32_t vm_shutdown(vm *v);
void vm_stop(vm *v, uint32_t exit_code);
int32_t vm_pause(vm *v, bool pause);
int32_t vm_processes(vm *v, sim_process_row **rows, size_t *count);
int32_t vm_process_start(vm *v, const sim_process_spec *spec, sim_started *out);
int32_t vm_process_kill(struct vm_process *p, uint32_t exit_code);
int32_t vm_process_signal(struct vm_process *p, int event);
int32_t vm_process_resize(struct vm_process *p, uint16_t columns, uint16_t rows);
void vm_process_free(struct vm_process *p);

#endif
