/* SPDX-License-Identifier: MIT */
/* Programs that get a process's output. */
#include "shim/stdio/logger.h"

#include "base/condition.h"
#include "base/error.h"
#include "base/text.h"
#include "port/companion.h"

#define PIPE_PREFIX "\\\\.\\pipe\\ProtectedPrefix\\Administrators\\binary-"
/* How often it is looked whether one that does not come has ended. */
#define LOOK_INTERVAL 100u
/* How long its end may take once it is killed: the pipes' names are free again after that. */
#define KILL_PATIENCE 2000u

enum { PIPE_OUTPUT, PIPE_ERROR, PIPE_WAIT, PIPE_COUNT };

struct logger {
    companion *program;
};

/* What it is being started with. */
typedef struct beginning {
    char *addresses[PIPE_COUNT];
    pipe_server *servers[PIPE_COUNT];
    string_list variables;
    companion *program;
    outlet *outlets[2];
} beginning;

static void beginning_free(beginning *b)
{
    for (size_t i = 0; i < PIPE_COUNT; i++) {
        free(b->addresses[i]);
        pipe_server_free(b->servers[i]);
    }
    for (size_t i = 0; i < 2; i++)
        outlet_free(b->outlets[i]);
    string_list_free(&b->variables);
    companion_free(b->program);
}

DEFINE_CLEANUP_VALUE(beginning, beginning, beginning_free)

static const char *or_empty(const char *name)
{
    return name ? name : "";
}

/* Ids of containerd's have none of the characters that part a pipe's name, and are checked by it.
 */
static wcow_status listen(beginning *b, const stdio_names *names, wcow_error *err)
{
    static const char *const ends[PIPE_COUNT] = {"stdout", "stderr", "wait"};
    const char *exec = or_empty(names->exec);

    for (size_t i = 0; i < PIPE_COUNT; i++) {
        int32_t hr;

        b->addresses[i] = text_format("%s%s-%s%s%s-%s", PIPE_PREFIX, or_empty(names->space),
                                      or_empty(names->container), *exec ? "-" : "", exec, ends[i]);
        if (!b->addresses[i])
            return error_no_memory(err);
        hr = pipe_listen_address(b->addresses[i], &b->servers[i]);
        if (HR_FAILED(hr))
            return error_wrap(err, error_hresult(err, hr, "listen"), "pipe '%s'", b->addresses[i]);
    }
    return WCOW_OK;
}

static wcow_status set_variables(beginning *b, const stdio_names *names, wcow_error *err)
{
    const struct {
        const char *name, *value;
    } variables[] = {
        {"CONTAINER_ID", or_empty(names->container)},
        {"CONTAINER_NAMESPACE", or_empty(names->space)},
        {"CONTAINER_STDOUT", b->addresses[PIPE_OUTPUT]},
        {"CONTAINER_STDERR", b->addresses[PIPE_ERROR]},
        {"CONTAINER_WAIT", b->addresses[PIPE_WAIT]},
    };

    for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]); i++) {
        char *variable = text_format("%s=%s", variables[i].name, variables[i].value);

        if (!variable || !string_list_own(&b->variables, variable))
            return error_no_memory(err);
    }
    return WCOW_OK;
}

static wcow_status start(beginning *b, const log_uri *uri, wcow_error *err)
{
    static const char *const nothing[] = {NULL};
    const char *const *arguments =
        uri->arguments.count ? (const char *const *)uri->arguments.items : nothing;

    return error_check(
        err,
        companion_start(uri->path, arguments, (const char *const *)b->variables.items, &b->program),
        "start it");
}

/* One look: whether it has opened the pipe, in so long. An end of the program ends the waiting. */
static wcow_status look_for_it(beginning *b, uint64_t deadline, stream **out, wcow_error *err)
{
    const uint32_t left = ticks_left(deadline);
    const int32_t hr =
        pipe_accept_within(b->servers[PIPE_WAIT], left < LOOK_INTERVAL ? left : LOOK_INTERVAL, out);
    uint32_t code = 0;

    if (hr != HR_WAIT_TIMEOUT)
        return error_check(err, hr, "wait for it");
    if (HR_SUCCEEDED(companion_wait(b->program, 0, &code)))
        return error_set(err, WCOW_FAILED, "it ended (exit code %u) before it was ready", code);
    return left ? WCOW_OK
                : error_set(err, WCOW_TIMEOUT, "it did not open and close CONTAINER_WAIT in time");
}

/* It says that it is ready by the end of that pipe; what else it says there is not listened to. */
static wcow_status await_ready(beginning *b, uint64_t deadline, wcow_error *err)
{
    cleanup_stream stream *wait = NULL;
    wcow_status status = WCOW_OK;
    int32_t hr = HR_OK;
    size_t got = 1;

    while (!status && !wait)
        status = look_for_it(b, deadline, &wait, err);
    while (!status && HR_SUCCEEDED(hr) && got) {
        char byte[16];

        hr = stream_read_timeout(wait, byte, sizeof byte, ticks_left(deadline), &got);
    }
    if (!status && hr == HR_WAIT_TIMEOUT)
        return error_set(err, WCOW_TIMEOUT, "it did not close CONTAINER_WAIT in time");
    return status ? status : error_check(err, hr, "wait for it");
}

/* Most loggers have opened these before they say that they are ready; the first write waits for one
 * that has not. */
static wcow_status make_outlets(beginning *b, uint32_t patience, wcow_error *err)
{
    for (size_t i = 0; i < 2; i++) {
        b->outlets[i] = outlet_of_logger(b->servers[i], patience);
        if (!b->outlets[i])
            return error_no_memory(err);
        b->servers[i] = NULL;
        ignore(outlet_await(b->outlets[i], 0));
    }
    return WCOW_OK;
}

/* Its process is gone when this returns, or it is one that nobody can end. */
static void put_an_end_to(companion *program)
{
    uint32_t code;

    companion_kill(program);
    (void)companion_wait(program, KILL_PATIENCE, &code);
}

static wcow_status begin(beginning *b, const log_uri *uri, const stdio_names *names,
                         const stdio_limits *limits, wcow_error *err)
{
    wcow_status status = listen(b, names, err);

    if (!status)
        status = set_variables(b, names, err);
    if (!status)
        status = start(b, uri, err);
    if (!status)
        status = await_ready(b, ticks_now() + limits->logger_start, err);
    if (!status)
        status = make_outlets(b, limits->logger_start, err);
    return status;
}

wcow_status logger_start(const log_uri *uri, const stdio_names *names, const stdio_limits *limits,
                         logger **out, outlet *outlets[2], wcow_error *err)
{
    CLEANUP(beginning) beginning b = {.variables = STRING_LIST_INIT};
    logger *l = calloc(1, sizeof *l);
    wcow_status status = l ? begin(&b, uri, names, limits, err) : error_no_memory(err);

    if (status) {
        if (b.program)
            put_an_end_to(b.program);
        free(l);
        return error_wrap(err, status, "logger '%s'", uri->path);
    }
    l->program = TAKE(b.program);
    for (size_t i = 0; i < 2; i++)
        outlets[i] = TAKE(b.outlets[i]);
    *out = l;
    return WCOW_OK;
}

uint32_t logger_id(const logger *l)
{
    return companion_id(l->program);
}

void logger_end(logger *l, uint32_t milliseconds)
{
    uint32_t code;

    if (!l)
        return;
    if (HR_FAILED(companion_wait(l->program, milliseconds, &code)))
        put_an_end_to(l->program);
    companion_free(l->program);
    free(l);
}
