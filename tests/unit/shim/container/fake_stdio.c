/* SPDX-License-Identifier: MIT */
#include "tests/unit/shim/container/fake_stdio.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "port/clock.h"

#define MOST 64

struct stdio {
    char *output, *error_output;
    bool has_input, closed;
    streams *to;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* guards all */
static struct written {
    char *name;
    text text;
} written[MOST];
static size_t written_count, open_count;
static wcow_status refusal;
static const char *typed;
static uint32_t lingers;

void fake_stdio_reset(void)
{
    for (size_t i = 0; i < written_count; i++) {
        free(written[i].name);
        text_free(&written[i].text);
        written[i] = (struct written){0};
    }
    written_count = 0;
    refusal = WCOW_OK;
    typed = NULL;
    lingers = 0;
}

char *fake_stdio_written(const char *name)
{
    char *copy = NULL;

    pthread_mutex_lock(&lock);
    for (size_t i = 0; i < written_count; i++) {
        if (text_equal(written[i].name, name))
            copy = text_copy(text_get(&written[i].text));
    }
    pthread_mutex_unlock(&lock);
    return copy ? copy : text_copy("");
}

void fake_stdio_type(const char *words)
{
    typed = words;
}

void fake_stdio_refuse(wcow_status status)
{
    refusal = status;
}

void fake_stdio_linger(uint32_t milliseconds)
{
    lingers = milliseconds;
}

size_t fake_stdio_count(void)
{
    size_t count;

    pthread_mutex_lock(&lock);
    count = open_count;
    pthread_mutex_unlock(&lock);
    return count;
}

wcow_status stdio_open(files_port *files, const stdio_names *names, const stdio_limits *limits,
                       stdio **out, wcow_error *err)
{
    stdio *s;

    (void)files;
    (void)limits;
    if (refusal)
        return error_set(err, refusal, "nobody listens at '%s'", names->output);
    s = calloc(1, sizeof *s);
    if (!s)
        return error_no_memory(err);
    s->output = text_copy(names->output);
    s->error_output = text_copy(names->error_output);
    s->has_input = names->input && *names->input;
    pthread_mutex_lock(&lock);
    open_count++;
    pthread_mutex_unlock(&lock);
    *out = s;
    return WCOW_OK;
}

bool stdio_has_input(const stdio *s)
{
    return s->has_input;
}

bool stdio_has_output(const stdio *s)
{
    return *s->output;
}

bool stdio_has_error_output(const stdio *s)
{
    return *s->error_output;
}

static void keep(void *context, bool is_error, const void *bytes, size_t length)
{
    stdio *s = context;
    const char *name = is_error ? s->error_output : s->output;
    size_t i = 0;

    pthread_mutex_lock(&lock);
    while (i < written_count && !text_equal(written[i].name, name))
        i++;
    if (i == written_count && written_count < MOST)
        written[written_count++].name = text_copy(name);
    if (i < written_count)
        text_add_bytes(&written[i].text, bytes, length);
    pthread_mutex_unlock(&lock);
}

streams_sink stdio_sink(stdio *s)
{
    return (streams_sink){.context = s, .output = keep};
}

wcow_status stdio_begin_input(stdio *s, streams *to, wcow_error *err)
{
    (void)err;
    s->to = to;
    if (s->has_input && typed)
        (void)streams_write(to, typed, strlen(typed));
    if (s->has_input && s->closed)
        streams_close_input(to);
    return WCOW_OK;
}

void stdio_close_input(stdio *s)
{
    s->closed = true;
    if (s->to)
        streams_close_input(s->to);
}

void stdio_last_words(stdio *s, uint32_t milliseconds)
{
    (void)s;
    (void)milliseconds;
}

bool stdio_finish(stdio *s, uint32_t milliseconds)
{
    (void)milliseconds;
    clock_sleep(lingers);
    s->to = NULL;
    return true;
}

void stdio_free(stdio *s)
{
    if (!s)
        return;
    pthread_mutex_lock(&lock);
    open_count--;
    pthread_mutex_unlock(&lock);
    free(s->output);
    free(s->error_output);
    free(s);
}
