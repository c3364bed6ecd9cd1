/* SPDX-License-Identifier: MIT */
/* Processes of the scripted machine: threads, whose streams are pipes. */
#include "scripted.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "base/error.h"

static scripted *scripted_of(sim_machine *machine)
{
    return (scripted *)machine;
}

/* ---- what a program can do ---- */

/* What others did to the process; takes care of events that nobody handles. */
static bool look(sim_process *p, wake_reason *out)
{
    bool found = true;

    pthread_mutex_lock(&p->machine->lock);
    if (p->events && !p->program->handles_events && !p->killed) {
        p->killed = true;
        p->kill_code = EXIT_BY_CONTROL;
    }
    if (p->killed)
        *out = WAKE_KILLED;
    else if (p->events)
        *out = WAKE_EVENT;
    else if (p->resized)
        *out = WAKE_RESIZED;
    else
        found = false;
    if (found && *out == WAKE_RESIZED)
        p->resized = false;
    pthread_mutex_unlock(&p->machine->lock);
    return found;
}

static bool input_closed(sim_process *p, int descriptor)
{
    bool closed;

    pthread_mutex_lock(&p->machine->lock);
    closed = descriptor >= 0 && descriptor == p->in && p->in_closed;
    pthread_mutex_unlock(&p->machine->lock);
    return closed;
}

wake_reason process_wait(sim_process *p, int descriptor, short events, int milliseconds)
{
    struct pollfd polled[2] = {{.fd = p->wake[0], .events = POLLIN},
                               {.fd = descriptor, .events = events}};
    wake_reason reason;
    char drained[64];

    for (;;) {
        int count;

        if (look(p, &reason))
            return reason;
        if (input_closed(p, descriptor))
            return WAKE_READY;
        count = poll(polled, 2, milliseconds);
        if (!count)
            return WAKE_TIMEOUT;
        if (polled[0].revents) {
            if (read(p->wake[0], drained, sizeof(drained)) < 0)
                continue;
        } else if (polled[1].revents) {
            return WAKE_READY;
        }
    }
}

bool process_write(sim_process *p, int descriptor, const void *bytes, size_t size)
{
    const char *at = bytes;

    while (size && descriptor >= 0) {
        ssize_t put = write(descriptor, at, size);

        if (put > 0) {
            at += put;
            size -= (size_t)put;
        } else if (errno != EAGAIN && errno != EINTR) {
            return true;
        } else if (process_wait(p, descriptor, POLLOUT, -1) == WAKE_KILLED) {
            return false;
        }
    }
    return true;
}

bool process_print(sim_process *p, int descriptor, const char *format, ...)
{
    cleanup_text text line = TEXT_INIT;
    va_list arguments;

    va_start(arguments, format);
    text_addv(&line, format, arguments);
    va_end(arguments);
    return process_write(p, descriptor, text_get(&line), line.length);
}

size_t process_read(sim_process *p, void *buffer, size_t size)
{
    while (p->in >= 0) {
        ssize_t got = read(p->in, buffer, size);

        if (got >= 0)
            return (size_t)got;
        if (errno != EAGAIN || input_closed(p, p->in))
            return 0;
        if (process_wait(p, p->in, POLLIN, -1) == WAKE_KILLED)
            return 0;
    }
    return 0;
}

int process_next_event(sim_process *p)
{
    int event = -1;

    pthread_mutex_lock(&p->machine->lock);
    for (int i = 0; i < 8 && event < 0; i++)
        if (p->events & 1u << i)
            event = i;
    if (event >= 0)
        p->events &= ~(1u << event);
    pthread_mutex_unlock(&p->machine->lock);
    return event;
}

void process_size(sim_process *p, uint16_t *columns, uint16_t *rows)
{
    pthread_mutex_lock(&p->machine->lock);
    *columns = p->columns;
    *rows = p->rows;
    pthread_mutex_unlock(&p->machine->lock);
}

void process_become(sim_process *p, const program *other)
{
    pthread_mutex_lock(&p->machine->lock);
    p->program = other;
    pthread_mutex_unlock(&p->machine->lock);
}

/* ---- life of a process ---- */

static void close_descriptor(int *descriptor)
{
    if (*descriptor >= 0)
        close(*descriptor);
    *descriptor = -1;
}

static void linger(sim_process *p)
{
    if (process_wait(p, -1, 0, (int)p->linger) != WAKE_KILLED)
        process_print(p, p->out, "the child is done\n");
    close_descriptor(&p->out);
}

static void *run(void *argument)
{
    sim_process *p = argument;
    scripted *m = p->machine;
    uint32_t exit_code = p->program->run(p);

    pthread_mutex_lock(&m->lock);
    if (p->killed)
        exit_code = p->kill_code;
    m->running--;
    pthread_mutex_unlock(&m->lock);
    close_descriptor(&p->in);
    close_descriptor(&p->err);
    if (!p->linger)
        close_descriptor(&p->out);
    p->exited(p->context, exit_code);
    if (p->linger)
        linger(p);
    pthread_mutex_lock(&m->lock);
    p->done = true;
    pthread_cond_broadcast(&m->changed);
    pthread_mutex_unlock(&m->lock);
    return NULL;
}

static void destroy(sim_process *p)
{
    close_descriptor(&p->in);
    close_descriptor(&p->out);
    close_descriptor(&p->err);
    close_descriptor(&p->wake[0]);
    close_descriptor(&p->wake[1]);
    string_list_free(&p->arguments);
    string_list_free(&p->environment);
    free(p->rest);
    free(p->directory);
    free(p->user);
    free(p);
}

/* One end for the process, non-blocking, one for the client. */
static bool make_pipe(bool wanted, bool input, int *ours, intptr_t *theirs)
{
    int ends[2];

    if (!wanted)
        return true;
    if (pipe(ends))
        return false;
    fcntl(ends[0], F_SETFD, FD_CLOEXEC);
    fcntl(ends[1], F_SETFD, FD_CLOEXEC);
    *ours = ends[input ? 0 : 1];
    *theirs = ends[input ? 1 : 0];
    return fcntl(*ours, F_SETFL, O_NONBLOCK) == 0;
}

static sim_process *process_new(scripted *m, const sim_process_spec *spec)
{
    sim_process *p = calloc(1, sizeof(*p));

    p->machine = m;
    p->in = p->out = p->err = p->wake[0] = p->wake[1] = -1;
    p->directory = text_copy(spec->working_directory);
    p->user = text_copy(spec->user);
    p->console = spec->console;
    p->columns = spec->columns;
    p->rows = spec->rows;
    p->exited = spec->exited;
    p->context = spec->context;
    for (const char *const *item = spec->environment; *item; item++)
        string_list_add(&p->environment, *item);
    return p;
}

static void streams_close(sim_machine *machine, uint32_t pid, const sim_started *started)
{
    (void)machine;
    (void)pid;
    if (started->in)
        close((int)started->in);
    if (started->out)
        close((int)started->out);
    if (started->err)
        close((int)started->err);
}

/* SIGPIPE is blocked in the thread of a process: what nobody reads is an error code there. */
static int32_t start_thread(sim_process *p)
{
    sigset_t broken_pipe;
    sigset_t before;
    int failed;

    sigemptyset(&broken_pipe);
    sigaddset(&broken_pipe, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &broken_pipe, &before);
    failed = pthread_create(&p->thread, NULL, run, p);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return failed ? HR_OUT_OF_MEMORY : HR_OK;
}

static bool make_pipes(sim_process *p, const sim_process_spec *spec, sim_started *out)
{
    return !pipe(p->wake) && fcntl(p->wake[0], F_SETFL, O_NONBLOCK) == 0 &&
           fcntl(p->wake[1], F_SETFL, O_NONBLOCK) == 0 &&
           make_pipe(spec->in, true, &p->in, &out->in) &&
           make_pipe(spec->out, false, &p->out, &out->out) &&
           make_pipe(spec->err, false, &p->err, &out->err);
}

static void enter(sim_guest *guest, sim_process *p)
{
    scripted *m = p->machine;

    pthread_mutex_lock(&m->lock);
    p->pid = m->last_pid += 4;
    p->created = m->calls.now(&m->calls);
    p->guest = guest;
    p->next = guest->processes;
    guest->processes = p;
    m->running++;
    pthread_mutex_unlock(&m->lock);
}

static void leave(sim_process *p)
{
    scripted *m = p->machine;

    pthread_mutex_lock(&m->lock);
    for (sim_process **at = p->guest ? &p->guest->processes : NULL; at && *at; at = &(*at)->next)
        if (*at == p) {
            *at = p->next;
            break;
        }
    pthread_mutex_unlock(&m->lock);
}

/* What could not be started after all. */
static void withdraw(sim_process *p)
{
    leave(p);
    pthread_mutex_lock(&p->machine->lock);
    p->machine->running--;
    pthread_mutex_unlock(&p->machine->lock);
}

static int32_t process_start(sim_machine *machine, sim_guest *guest, const sim_process_spec *spec,
                             sim_started *out)
{
    scripted *m = scripted_of(machine);
    sim_started started = {0};
    sim_process *p = process_new(m, spec);
    int32_t hr = HR_OK;

    p->program = program_find(p, spec->command_line ? spec->command_line : spec->application);
    if (!p->program)
        hr = HR_FILE_NOT_FOUND;
    else if (!p->program->run)
        hr = p->program->hr;
    else if (!make_pipes(p, spec, &started))
        hr = HR_OUT_OF_MEMORY;
    if (HR_SUCCEEDED(hr)) {
        enter(guest, p);
        started.pid = p->pid;
        started.process = p;
        *out = started;
        hr = start_thread(p);
        if (HR_FAILED(hr))
            withdraw(p);
    }
    if (HR_FAILED(hr)) {
        streams_close(machine, 0, &started);
        destroy(p);
    }
    return hr;
}

static void wake(sim_process *p)
{
    if (write(p->wake[1], "", 1) < 0)
        return; /* full: it will wake anyway */
}

void scripted_event(sim_process *p, int event)
{
    p->events |= 1u << event;
    wake(p);
}

void scripted_kill(sim_process *p, uint32_t exit_code)
{
    if (p->killed)
        return;
    p->killed = true;
    p->kill_code = exit_code;
    wake(p);
}

static int32_t process_kill(sim_machine *machine, sim_process *p, uint32_t exit_code)
{
    scripted *m = scripted_of(machine);

    pthread_mutex_lock(&m->lock);
    scripted_kill(p, exit_code);
    pthread_mutex_unlock(&m->lock);
    return HR_OK;
}

static int32_t process_signal(sim_machine *machine, sim_process *p, int event)
{
    scripted *m = scripted_of(machine);

    pthread_mutex_lock(&m->lock);
    scripted_event(p, event);
    pthread_mutex_unlock(&m->lock);
    return HR_OK;
}

static int32_t process_resize(sim_machine *machine, sim_process *p, uint16_t columns, uint16_t rows)
{
    scripted *m = scripted_of(machine);

    pthread_mutex_lock(&m->lock);
    p->columns = columns;
    p->rows = rows;
    p->resized = true;
    wake(p);
    pthread_mutex_unlock(&m->lock);
    return HR_OK;
}

static int32_t process_close_stdin(sim_machine *machine, sim_process *p)
{
    scripted *m = scripted_of(machine);

    pthread_mutex_lock(&m->lock);
    p->in_closed = true;
    wake(p);
    pthread_mutex_unlock(&m->lock);
    return HR_OK;
}

static void process_free(sim_machine *machine, sim_process *p)
{
    (void)machine;
    pthread_join(p->thread, NULL);
    leave(p);
    destroy(p);
}

void scripted_processes_install(sim_machine *calls)
{
    calls->process_start = process_start;
    calls->process_kill = process_kill;
    calls->process_signal = process_signal;
    calls->process_resize = process_resize;
    calls->process_close_stdin = process_close_stdin;
    calls->process_free = process_free;
    calls->streams_close = streams_close;
}
