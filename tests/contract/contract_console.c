/* SPDX-License-Identifier: MIT */
/*
 * What port/console.h promises, driven through a pseudo-terminal by console.py: this program does
 * what its first argument says and tells on standard output what it saw.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "base/program_main.h"
#include "base/text.h"
#include "contract.h"
#include "native.h"
#include "port/clock.h"
#include "port/console.h"

static stream *out;

static void say(const char *line)
{
    (void)stream_write(out, line, strlen(line));
}

static void say_size(void)
{
    uint16_t columns = 0;
    uint16_t rows = 0;
    cleanup_free char *line = NULL;

    if (HR_FAILED(console_size(&columns, &rows)))
        line = text_copy("no size\r\n");
    else
        line = text_format("size %ux%u\r\n", columns, rows);
    say(line);
}

/* Which standard streams are terminals, how large, and what the entry point made of them. */
static uint32_t tell(void)
{
    cleanup_free char *line = text_format("terminals %d%d%d\r\n", console_is_terminal(0),
                                          console_is_terminal(1), console_is_terminal(2));
    cleanup_free char *sequences =
        text_format("sequences %d%d\r\n", native_obeys_sequences(1), native_obeys_sequences(2));

    say(line);
    say_size();
    say(sequences);
    return 0;
}

static atomic_int events[3];

static void count_event(void *context, int event)
{
    (void)context;
    atomic_fetch_add(&events[event], 1);
    say(event == CONSOLE_CTRL_C ? "<interrupt>" : "<other event>");
}

/* Echoes each byte in hexadecimal until "q"; "s" tells the size. */
static uint32_t keys(bool raw)
{
    console_mode *mode = NULL;
    cleanup_stream stream *in = NULL;
    bool ended = false;

    if (raw && HR_FAILED(console_raw(&mode)))
        return 1;
    if (HR_FAILED(stream_standard(STANDARD_INPUT, &in)))
        return 2;
    console_on_interrupt(count_event, NULL);
    say("ready\r\n");
    while (!ended) {
        unsigned char bytes[64];
        size_t got = 0;

        if (HR_FAILED(stream_read(in, bytes, sizeof(bytes), &got)))
            return 3;
        ended = got == 0;
        for (size_t i = 0; i < got; i++) {
            cleanup_free char *line = text_format("<%02x>", bytes[i]);

            say(line);
            if (bytes[i] == 's')
                say_size();
            ended = ended || bytes[i] == 'q';
        }
    }
    console_restore(mode);
    say("\r\nend\r\n");
    return 0;
}

/* A line that is not shown; without one, until Ctrl-C ends it. */
static uint32_t hidden(void)
{
    console_mode *mode = NULL;
    cleanup_stream stream *in = NULL;
    cleanup_free char *line = NULL;
    char bytes[64];
    size_t got = 0;

    if (HR_FAILED(console_hide(&mode)) || HR_FAILED(stream_standard(STANDARD_INPUT, &in)))
        return 1;
    say("ready\r\n");
    if (HR_FAILED(stream_read(in, bytes, sizeof(bytes), &got)))
        return 2;
    console_restore(mode);
    line = text_format("<%.*s>", (int)strcspn(bytes, "\r\n"), bytes);
    say(line);
    say("end\r\n");
    return got > 0 ? 0 : 3;
}

/* What another program on this console finds after Ctrl-C has ended one at a hidden line. */
static uint32_t handed_back(void)
{
    char before[100];
    char after[100];

    native_console_spoil();
    native_console_state(before, sizeof(before));
    native_run_here("hidden");
    native_console_state(after, sizeof(after));
    if (strcmp(before, after) != 0) {
        say(before);
        say(" became ");
        say(after);
        return 1;
    }
    say("handed back\r\n");
    return 0;
}

/* A read that nobody answers is cancelled, and the process ends although it was blocked. */
static uint32_t cancelled(void)
{
    cleanup_stream stream *in = NULL;
    char byte;
    size_t got;

    if (HR_FAILED(stream_standard(STANDARD_INPUT, &in)))
        return 2;
    say("ready\r\n");
    say(stream_read_timeout(in, &byte, 1, 100, &got) == HR_WAIT_TIMEOUT ? "timeout\r\n" : "?\r\n");
    stream_cancel(in);
    say(stream_read(in, &byte, 1, &got) == HR_OPERATION_ABORTED ? "aborted\r\n" : "?\r\n");
    return 0;
}

static uint32_t interrupts(void)
{
    console_on_interrupt(count_event, NULL);
    say("ready\r\n");
    for (int i = 0; i < 500 && atomic_load(&events[CONSOLE_CTRL_C]) == 0; i++)
        clock_sleep(20);
    say(atomic_load(&events[CONSOLE_CTRL_C]) == 1 ? "interrupted\r\n" : "nothing\r\n");
    say(console_default_interrupts(60000) ? "ended\r\n" : "?\r\n");
    return 0;
}

/* What is called stays in the call until this allows it to return. */
static atomic_bool called, allowed, returned;

static void stay(void *context, int event)
{
    (void)context;
    (void)event;
    atomic_store(&called, true);
    while (!atomic_load(&allowed))
        clock_sleep(1);
    atomic_store(&returned, true);
}

static void *allow(void *context)
{
    (void)context;
    clock_sleep(50);
    atomic_store(&allowed, true);
    return NULL;
}

/* What was registered can be taken away from a call that runs, and not from under it. */
static uint32_t removals(void)
{
    pthread_t helper;

    console_on_interrupt(stay, NULL);
    say("ready\r\n");
    while (!atomic_load(&called))
        clock_sleep(20);
    say(console_default_interrupts(1) ? "?\r\n" : "still runs\r\n");
    if (pthread_create(&helper, NULL, allow, NULL) != 0)
        return 2;
    say(console_default_interrupts(60000) && atomic_load(&returned) ? "runs no more\r\n" : "?\r\n");
    pthread_join(helper, NULL);
    return 0;
}

/* Characters, split at every byte between two writes. */
static uint32_t text_pieces(void)
{
    static const char characters[] = "gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x90\x84.\r\n";

    for (size_t i = 0; i + 1 < sizeof(characters); i++)
        (void)stream_write(out, characters + i, 1);
    say("end\r\n");
    return 0;
}

uint32_t program_main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";
    uint32_t code = 125;

    if (HR_FAILED(stream_standard(STANDARD_OUTPUT, &out)))
        return 124;
    if (strcmp(what, "tell") == 0)
        code = tell();
    else if (strcmp(what, "raw") == 0)
        code = keys(true);
    else if (strcmp(what, "lines") == 0)
        code = keys(false);
    else if (strcmp(what, "hidden") == 0)
        code = hidden();
    else if (strcmp(what, "handed-back") == 0)
        code = handed_back();
    else if (strcmp(what, "cancelled") == 0)
        code = cancelled();
    else if (strcmp(what, "interrupts") == 0)
        code = interrupts();
    else if (strcmp(what, "removals") == 0)
        code = removals();
    else if (strcmp(what, "text") == 0)
        code = text_pieces();
    stream_free(out);
    return code;
}
