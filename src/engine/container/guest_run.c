/* SPDX-License-Identifier: MIT */
/* A program in a container: its output through a channel, its input through another one. */
#include "engine/container/guest_run.h"

#include "base/error.h"
#include "base/json.h"
#include "engine/container/record.h"
#include "engine/host/host.h"
#include "hcs/document.h"
#include "oci/runtime_spec.h"

#define USER         "ContainerAdministrator" /* whoever copies files is an administrator */
#define CHANNEL_SIZE (256u * 1024)
#define PIECE_SIZE   (64u * 1024)
#define ERRORS_LIMIT 4096u
#define LAST_WORDS   1000u /* ms */

static void take_output(void *context, bool is_error, const void *bytes, size_t length)
{
    guest_run *g = context;

    if (!is_error)
        ignore(sink_write(&g->output.sink, bytes, length, NULL));
    else if (g->errors.length < ERRORS_LIMIT)
        text_add_bytes(&g->errors, bytes,
                       length < ERRORS_LIMIT - g->errors.length ? length
                                                                : ERRORS_LIMIT - g->errors.length);
}

static void take_end(void *context)
{
    guest_run *g = context;

    channel_end(&g->output, WCOW_OK, NULL);
}

static wcow_status make_document(const wcow_container *container, const char *const *arguments,
                                 char **out, wcow_error *err)
{
    const oci_process wanted = {.args = arguments, .cwd = "C:\\", .username = USER};
    cleanup_json cJSON *process = NULL;
    cleanup_json cJSON *document = NULL;
    cleanup_record record *r = NULL;
    wcow_status status = record_read(container->host, container->id, &r, err);

    if (!status)
        status = oci_process_new(&wanted, &process, err);
    if (!status)
        status = process_document_new(record_schema(r), process, NULL, &document, err);
    if (status)
        return status;
    *out = json_print(document);
    return *out ? WCOW_OK : error_no_memory(err);
}

/* Who writes to the channel is the thread that reads the pipes; it may wait for the reader as long
 * as that likes. */
wcow_status guest_run_begin(wcow_container *container, const char *const *arguments, guest_run *g,
                            wcow_error *err)
{
    const streams_sink sink = {g, take_output, take_end};
    hcs_process_io io = {0, NULL, NULL, NULL};
    cleanup_free char *document = NULL;
    hcs_port *hcs;
    wcow_status status = host_hcs(container->host, &hcs, err);

    g->patience = container->host->limits.guest;
    if (!status)
        status = channel_open(&g->output, CHANNEL_SIZE, err);
    if (!status)
        status = make_document(container, arguments, &document, err);
    if (!status && !(g->streams = streams_new()))
        status = error_no_memory(err);
    if (!status)
        status = compute_system_open(hcs, container->id, NULL, &g->system, err);
    if (!status)
        status = compute_process_create(g->system, document, &io, &g->process, err);
    if (status)
        return status;
    g->output.source_patience = g->patience;
    streams_attach(g->streams, g->process, &io);
    status = streams_begin(g->streams, &sink, err);
    g->reading = status == WCOW_OK;
    return status;
}

/* ---- its input ---- */

static void *feed_main(void *context)
{
    guest_run *g = context;
    char *piece = malloc(PIECE_SIZE);
    size_t got = piece ? 1 : 0;

    while (got) {
        if (source_read(&g->input.source, piece, PIECE_SIZE, &got, NULL) ||
            (got && !streams_write(g->streams, piece, got)))
            break;
    }
    channel_abandon(&g->input);
    streams_close_input(g->streams);
    free(piece);
    return NULL;
}

wcow_status guest_run_feed(guest_run *g, wcow_error *err)
{
    wcow_status status = channel_open(&g->input, CHANNEL_SIZE, err);

    if (status)
        return status;
    channel_abandon(&g->output); /* whatever it prints keeps nobody */
    g->input.sink_patience = g->patience;
    g->feeding = !pthread_create(&g->feeder, NULL, feed_main, g);
    return g->feeding ? WCOW_OK : error_set(err, WCOW_NO_MEMORY, "cannot start a thread");
}

void guest_run_end_input(guest_run *g)
{
    if (g->feeding)
        channel_end(&g->input, WCOW_OK, NULL);
    else
        streams_close_input(g->streams);
}

/* ---- its end ---- */

wcow_status guest_run_finish(guest_run *g, uint32_t *exit_code, wcow_error *err)
{
    wcow_status status;

    guest_run_end_input(g);
    status = compute_process_wait(g->process, g->patience, exit_code, err);
    if (status == WCOW_TIMEOUT)
        return error_set(err, WCOW_TIMEOUT, "it has not ended for %u s",
                         (g->patience + 999) / 1000);
    (void)streams_drain(g->streams, LAST_WORDS, TICKS_NEVER);
    streams_finish(g->streams);
    text_add(&g->errors, "");
    return status;
}

/* Nobody writes to it any more. */
static void end_feeding(guest_run *g)
{
    if (!g->feeding)
        return;
    channel_end(&g->input, WCOW_OK, NULL);
    streams_cancel_input(g->streams);
    pthread_join(g->feeder, NULL);
}

/* Nobody reads its pipes any more, then. */
void guest_run_end(guest_run *g)
{
    if (g->output.bytes)
        channel_abandon(&g->output);
    if (g->process && !compute_process_exited(g->process))
        ignore(compute_process_kill_alone(g->process, NULL));
    end_feeding(g);
    if (g->streams)
        streams_finish(g->streams);
    if (g->reading) /* the thread that reads tells its end after its streams' */
        channel_await_end(&g->output);
    streams_free(g->streams);
    compute_process_close(g->process);
    compute_system_close(g->system);
    channel_close(&g->output);
    channel_close(&g->input);
    text_free(&g->errors);
}
