/* SPDX-License-Identifier: MIT */
/** A container of a contract test: a mounted scratch, a compute system, its notifications. */
#ifndef CONTRACT_CONTAINER_H
#define CONTRACT_CONTAINER_H

#include "host.h"
#include "watch.h"

#define OWNER "wcow-contract"

typedef struct container {
    contract_host *host;
    char id[64];
    char *scratch;
    char *volume; /* NULL: Hyper-V isolation */
    hcs_system *system;
    hcs_registration *registration;
    bool ends_with_handle; /* with the last one; services before 16299 do not know that */
    watch seen;
} container;

/** Makes the scratch (and mounts it, for process isolation), without a system. */
void container_prepare(contract_host *host, container *c, bool hyperv);
/** Its create document; `extra` are members to add, with a comma before each. Malloc'ed. */
char *container_document(const container *c, const char *extra);
/** Creates the system, registers for it and waits for its creation. */
void container_create(container *c);
/** prepare, create and start. */
void container_run(contract_host *host, container *c, bool hyperv);
/** Terminates what is there, closes it, takes the scratch away. */
void container_end(container *c);

/** The code of a call that may be pending, waiting for its notification then. */
int32_t container_complete(container *c, int32_t hr, uint32_t type);

/** A process in it, with the pipes asked for. */
typedef struct process {
    container *in;
    hcs_process *handle;
    hcs_process_io io;
    hcs_registration *registration;
    watch seen;
} process;

/** 0, or the call's failure. Streams: any of "ioe". */
int32_t guest_create(container *c, const char *command_line, const char *streams, process *out);
void guest_run(container *c, const char *command_line, const char *streams, process *out);
/** Closes its input, as Docker does it. */
void guest_close_input(process *p);
/** All that comes from a stream, NUL-terminated; malloc'ed. */
char *stream_drain(stream *s, size_t *size);
/** Waits for the end and returns the exit code. */
uint32_t guest_wait(process *p);
void guest_end(process *p);

#endif
