/* SPDX-License-Identifier: MIT */
/** What the files of the scripted machine share. */
#ifndef HCSSIM_FAKE_SCRIPTED_H
#define HCSSIM_FAKE_SCRIPTED_H

#include <pthread.h>

#include "base/strings.h"
#include "base/text.h"

#include "fake.h"

#define EXIT_BY_CONTROL 0xC000013Au

typedef struct scripted {
    sim_machine calls;
    struct files_port *files;     /* keeps what Linux cannot keep of a file */
    struct files_port *own_files; /* the same, unless another one is shared */
    pthread_mutex_t lock;         /* guards everything below, and the flags of processes */
    pthread_cond_t changed;
    sim_guest *guests;
    size_t volumes;
    bool disks_held; /* clients have attached disks open */
    size_t running;
    uint32_t last_pid;
    const scripted_act *acts; /* of "tar" that are still to come */
    size_t act_count;
} scripted;

struct sim_guest {
    scripted *machine;
    char *id;
    void (*exited)(void *context, int32_t hr);
    void *context;
    sim_process *processes;
    sim_guest *next;
};

/** One of the programs in programs.c. */
typedef struct program {
    const char *name;
    uint32_t (*run)(sim_process *p);
    bool handles_events; /* control events do not end it */
    int32_t hr;          /* cannot be started, with this code */
} program;

struct sim_process {
    scripted *machine;
    sim_guest *guest; /* NULL once that was stopped */
    pthread_t thread;
    uint32_t pid;
    int64_t created;
    const program *program;
    string_list arguments; /* the first is the program */
    char *rest;            /* of the command line, after the program */
    string_list environment;
    char *directory;
    char *user;
    bool console;
    uint16_t columns, rows;
    void (*exited)(void *context, uint32_t exit_code);
    void *context;
    int in, out, err; /* our ends; -1 where there is none */
    int wake[2];
    /* under the machine's lock */
    bool killed;
    uint32_t kill_code;
    unsigned events; /* bits of control events that are pending */
    bool in_closed;
    bool resized;
    bool done;
    unsigned linger; /* ms that a child holds stdout after the end */
    sim_process *next;
};

typedef enum wake_reason {
    WAKE_READY,
    WAKE_KILLED,
    WAKE_EVENT,
    WAKE_RESIZED,
    WAKE_TIMEOUT
} wake_reason;

/** Waits for a descriptor (-1: none), for what others do to the process, or for time (-1: ever). */
wake_reason process_wait(sim_process *p, int descriptor, short events, int milliseconds);
/** False when the process was killed. What nobody reads any more is dropped. */
bool process_write(sim_process *p, int descriptor, const void *bytes, size_t size);
bool process_print(sim_process *p, int descriptor, const char *format, ...) WCOW_PRINTF(3, 4);
/** Up to `size` bytes of stdin; 0 is its end, or the process was killed. */
size_t process_read(sim_process *p, void *buffer, size_t size);
/** The next pending control event, -1: none. */
int process_next_event(sim_process *p);

void process_size(sim_process *p, uint16_t *columns, uint16_t *rows);
/** It runs another program from now on. */
void process_become(sim_process *p, const program *other);

/** The program that a command line names; NULL if there is none. Sets arguments and rest. */
const program *program_find(sim_process *p, const char *command_line);

/** A control event reaches a process; under the lock. */
void scripted_event(sim_process *p, int event);
/** Ends a process; under the lock. */
void scripted_kill(sim_process *p, uint32_t exit_code);

/** scripted_process.c, scripted_files.c, scripted_metadata.c */
void scripted_processes_install(sim_machine *calls);
void scripted_files_install(sim_machine *calls);
void scripted_metadata_install(sim_machine *calls);

#endif
