/* SPDX-License-Identifier: MIT */
/** Inside of a utility VM's host side, for vm.c (its life), vm_calls.c and vm_process.c. */
#ifndef HCSSIM_SERVICE_VM_H
#define HCSSIM_SERVICE_VM_H

#include <cjson/cJSON.h>

#include "service.h"
#include "vm_link.h"

typedef struct vm_process vm_process;

struct vm {
    volatile LONG references; /* the guest's and one for each process */
    wchar_t *folder;          /* of the prefix, as Windows sees it */
    char *unix_folder;
    char *scratch;
    struct mappings *mappings;
    char token[LINK_TOKEN_SIZE];
    HANDLE worker;  /* vmwp.exe */
    HANDLE dead;    /* set: the agent or the worker is gone */
    HANDLE watcher; /* thread that waits for the worker's end */
    HANDLE reader;  /* thread that reads what the agent says */
    link *link;
    volatile LONG stopping;
    CRITICAL_SECTION lock; /* guards what follows */
    struct vm_call *calls;
    vm_process *processes;
    uint32_t last_id;
    void (*exited)(void *context, int32_t hr);
    void *context;
};

struct vm_process {
    struct vm_process *next;
    vm *vm; /* referenced; calls fail when it has ended */
    uint32_t number, pid;
    relay *in, *out, *err;
    CRITICAL_SECTION calling; /* held while `exited` runs */
    bool over;
    volatile LONG references;
    void (*exited)(void *context, uint32_t exit_code);
    void *context;
};

void vm_release(vm *v);
/** Sends a request (freed) and waits for the answer. HR_BROKEN_PIPE when the VM is gone. */
int32_t vm_call(vm *v, const char *what, cJSON *request, cJSON **reply);
/** The same without waiting: for threads that must not. */
void vm_post_process(vm *v, const char *what, uint32_t process);
/** A request that names a process. */
int32_t vm_call_process(vm *v, const char *what, uint32_t process, const char *name, int64_t value);
/** Thread: reads answers and events until the connection ends. */
DWORD WINAPI vm_read(void *argument);

/** The agent said that it ended, or (all, code 0xC0370106) the VM is gone. */
void vm_process_ended(vm_process *p, uint32_t code);
vm_process *vm_process_find(vm *v, uint32_t number);
void vm_process_release(vm_process *p);
void vm_processes_end(vm *v, uint32_t code);

#endif
