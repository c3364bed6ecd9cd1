/* SPDX-License-Identifier: MIT */
/* This process's console. */
#include "port/console.h"

#include <pthread.h>

#include "base/handler.h"
#include "stream_parts.h"

#define RAW_INPUT_CLEAR                                                                            \
    (DWORD)(ENABLE_ECHO_INPUT | ENABLE_LINE_INPUT | ENABLE_PROCESSED_INPUT | ENABLE_MOUSE_INPUT |  \
            ENABLE_WINDOW_INPUT)

/* What was changed of one handle. */
typedef struct handle_mode {
    HANDLE handle; /* NULL: nothing */
    DWORD before;
} handle_mode;

struct console_mode {
    handle_mode input, output;
};

/* What atexit() restores; NULL when nothing is changed. */
static console_mode *active;

/* Set for each Ctrl-C while the console is raw. */
static HANDLE raw_interrupt;
static atomic_bool raw;

static HANDLE standard_handle(int which)
{
    static const DWORD ids[] = {STD_INPUT_HANDLE, STD_OUTPUT_HANDLE, STD_ERROR_HANDLE};

    return which < STANDARD_INPUT || which > STANDARD_ERROR ? NULL : GetStdHandle(ids[which]);
}

bool console_is_terminal(int which)
{
    DWORD mode;

    return GetConsoleMode(standard_handle(which), &mode);
}

int32_t console_size(uint16_t *columns, uint16_t *rows)
{
    CONSOLE_SCREEN_BUFFER_INFO info;

    if (!GetConsoleScreenBufferInfo(standard_handle(STANDARD_OUTPUT), &info) &&
        !GetConsoleScreenBufferInfo(standard_handle(STANDARD_ERROR), &info))
        return hresult_last();
    *columns = (uint16_t)(info.srWindow.Right - info.srWindow.Left + 1);
    *rows = (uint16_t)(info.srWindow.Bottom - info.srWindow.Top + 1);
    return HR_OK;
}

static void mode_restore(const handle_mode *mode)
{
    if (mode->handle)
        SetConsoleMode(mode->handle, mode->before);
}

/* Consoles before Windows 10 1511 know no VT sequences: they get the rest of the mode. */
static int32_t mode_change(handle_mode *mode, int which, DWORD clear, DWORD set, DWORD virtual)
{
    HANDLE handle = standard_handle(which);
    DWORD before;

    if (!GetConsoleMode(handle, &before))
        return HR_OK;
    if (!SetConsoleMode(handle, (before & ~clear) | set | virtual) &&
        !SetConsoleMode(handle, (before & ~clear) | set))
        return hresult_last();
    mode->handle = handle;
    mode->before = before;
    return HR_OK;
}

static void restore_at_exit(void)
{
    if (!active)
        return;
    mode_restore(&active->input);
    mode_restore(&active->output);
}

static handler interrupt = HANDLER_INIT;

/*
 * The system runs it on a thread of its own. After CTRL_CLOSE_EVENT it ends the process.
 *
 * A raw console gives Ctrl-C as a key. Not every console does (Wine's on a Unix terminal does not):
 * where it comes as an event all the same, whoever reads the console makes the key of it again.
 */
static BOOL WINAPI interrupted(DWORD type)
{
    if (type == CTRL_C_EVENT && atomic_load(&raw)) {
        SetEvent(raw_interrupt);
        return TRUE;
    }
    if (handler_call(&interrupt, type == CTRL_C_EVENT       ? CONSOLE_CTRL_C
                                 : type == CTRL_BREAK_EVENT ? CONSOLE_CTRL_BREAK
                                                            : CONSOLE_CLOSE))
        return TRUE;
    restore_at_exit(); /* what ends the process now does not run atexit() */
    return FALSE;
}

static void add_handler(void)
{
    SetConsoleCtrlHandler(interrupted, TRUE);
}

static void register_interrupts(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, add_handler);
}

HANDLE console_raw_interrupt(void)
{
    return atomic_load(&raw) ? raw_interrupt : NULL;
}

static void prepare_raw(void)
{
    atexit(restore_at_exit);
    raw_interrupt = CreateEventW(NULL, FALSE, FALSE, NULL);
    register_interrupts();
}

int32_t console_raw(console_mode **saved)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    console_mode *mode = calloc(1, sizeof(*mode));
    int32_t hr;

    if (!mode)
        return HR_OUT_OF_MEMORY;
    hr = mode_change(&mode->input, STANDARD_INPUT, RAW_INPUT_CLEAR, 0,
                     ENABLE_VIRTUAL_TERMINAL_INPUT);
    if (HR_SUCCEEDED(hr))
        hr = mode_change(&mode->output, STANDARD_OUTPUT, 0,
                         ENABLE_PROCESSED_OUTPUT | ENABLE_WRAP_AT_EOL_OUTPUT,
                         ENABLE_VIRTUAL_TERMINAL_PROCESSING | DISABLE_NEWLINE_AUTO_RETURN);
    if (HR_FAILED(hr)) {
        console_restore(mode);
        return hr;
    }
    pthread_once(&once, prepare_raw);
    active = mode;
    atomic_store(&raw, mode->input.handle != NULL);
    *saved = mode;
    return HR_OK;
}

static void prepare_hiding(void)
{
    atexit(restore_at_exit);
    register_interrupts();
}

int32_t console_hide(console_mode **saved)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    console_mode *mode = calloc(1, sizeof(*mode));
    int32_t hr;

    if (!mode)
        return HR_OUT_OF_MEMORY;
    hr = mode_change(&mode->input, STANDARD_INPUT, ENABLE_ECHO_INPUT,
                     ENABLE_LINE_INPUT | ENABLE_PROCESSED_INPUT, 0);
    if (HR_FAILED(hr)) {
        free(mode);
        return hr;
    }
    pthread_once(&once, prepare_hiding);
    active = mode;
    *saved = mode;
    return HR_OK;
}

void console_restore(console_mode *saved)
{
    if (!saved)
        return;
    mode_restore(&saved->input);
    mode_restore(&saved->output);
    if (active == saved) {
        active = NULL;
        atomic_store(&raw, false);
    }
    free(saved);
}

void console_on_interrupt(void (*call)(void *context, int event), void *context)
{
    if (handler_set(&interrupt, call, context))
        register_interrupts();
}

bool console_default_interrupts(uint32_t milliseconds)
{
    return handler_clear(&interrupt, milliseconds);
}
