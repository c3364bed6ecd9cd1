/* SPDX-License-Identifier: MIT */
/* The terminal, by termios. */
#include "port/console.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "base/error.h"
#include "base/handler.h"
#include "base/thread.h"
#include "codes.h"

struct console_mode {
    bool changed;
    bool hides; /* Ctrl-C restores it */
    struct termios before;
};

/* What atexit() restores; NULL when nothing is changed. */
static console_mode *active;

bool console_is_terminal(int which)
{
    return isatty(which) == 1;
}

int32_t console_size(uint16_t *columns, uint16_t *rows)
{
    struct winsize size;

    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) && ioctl(STDIN_FILENO, TIOCGWINSZ, &size))
        return HR_NOT_SUPPORTED;
    *columns = size.ws_col;
    *rows = size.ws_row;
    return HR_OK;
}

static void restore_at_exit(void)
{
    if (active && active->changed)
        tcsetattr(STDIN_FILENO, TCSANOW, &active->before);
}

static void register_restore(void)
{
    atexit(restore_at_exit);
}

int32_t console_raw(console_mode **saved)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    console_mode *mode = calloc(1, sizeof(*mode));
    struct termios raw;

    if (!mode)
        return HR_OUT_OF_MEMORY;
    if (tcgetattr(STDIN_FILENO, &mode->before) == 0) {
        raw = mode->before;
        cfmakeraw(&raw);
        if (tcsetattr(STDIN_FILENO, TCSANOW, &raw)) {
            int32_t hr = hresult_last();

            free(mode);
            return hr;
        }
        mode->changed = true;
    }
    pthread_once(&once, register_restore);
    active = mode;
    *saved = mode;
    return HR_OK;
}

/* As a shell would find it otherwise: without echo. */
static void restore_and_end(int number)
{
    restore_at_exit();
    signal(number, SIG_DFL);
    raise(number);
}

/* Unless somebody else sees to Ctrl-C. */
static bool take_interrupt(void)
{
    struct sigaction now;

    if (sigaction(SIGINT, NULL, &now) || now.sa_handler != SIG_DFL)
        return false;
    return signal(SIGINT, restore_and_end) != SIG_ERR;
}

int32_t console_hide(console_mode **saved)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    console_mode *mode = calloc(1, sizeof(*mode));
    struct termios hidden;

    if (!mode)
        return HR_OUT_OF_MEMORY;
    if (tcgetattr(STDIN_FILENO, &mode->before) == 0) {
        hidden = mode->before;
        hidden.c_lflag &= ~(tcflag_t)ECHO;
        if (tcsetattr(STDIN_FILENO, TCSANOW, &hidden)) {
            int32_t hr = hresult_last();

            free(mode);
            return hr;
        }
        mode->changed = true;
        mode->hides = take_interrupt();
    }
    pthread_once(&once, register_restore);
    active = mode;
    *saved = mode;
    return HR_OK;
}

void console_restore(console_mode *saved)
{
    if (!saved)
        return;
    if (saved->hides)
        signal(SIGINT, SIG_DFL);
    if (saved->changed)
        tcsetattr(STDIN_FILENO, TCSANOW, &saved->before);
    if (active == saved)
        active = NULL;
    free(saved);
}

static const struct {
    int signal;
    int event;
} events[] = {
    {SIGINT, CONSOLE_CTRL_C},
    {SIGQUIT, CONSOLE_CTRL_BREAK},
    {SIGTERM, CONSOLE_CLOSE},
    {SIGHUP, CONSOLE_CLOSE},
};

#define EVENT_COUNT (sizeof(events) / sizeof(events[0]))

/* A handler may do next to nothing, so it hands the event to a thread through a pipe; -1: none yet.
 */
static int event_source = -1;
static atomic_int event_sink = -1;
static handler event_handler = HANDLER_INIT;

static void pass_on(int number)
{
    int saved = errno;

    for (size_t i = 0; i < EVENT_COUNT; i++) {
        unsigned char event = (unsigned char)events[i].event;

        if (events[i].signal == number && write(event_sink, &event, 1) < 0)
            break;
    }
    errno = saved;
}

static void *event_loop(void *unused)
{
    unsigned char event;

    (void)unused;
    while (read(event_source, &event, 1) == 1)
        ignore(handler_call(&event_handler, event));
    return NULL;
}

static void start_event_loop(void)
{
    int ends[2];

    if (pipe(ends))
        return;
    event_source = ends[0];
    event_sink = ends[1];
    ignore(thread_start_detached(event_loop, NULL));
}

static void handle_signals(void (*handle)(int number))
{
    struct sigaction action = {.sa_handler = handle, .sa_flags = SA_RESTART};

    for (size_t i = 0; i < EVENT_COUNT; i++)
        sigaction(events[i].signal, &action, NULL);
}

void console_on_interrupt(void (*call)(void *context, int event), void *context)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, start_event_loop);
    if (!handler_set(&event_handler, call, context))
        return;
    handle_signals(pass_on);
}

bool console_default_interrupts(uint32_t milliseconds)
{
    handle_signals(SIG_DFL);
    return handler_clear(&event_handler, milliseconds);
}
