/* SPDX-License-Identifier: MIT */
/* Downloads as sources. */
#include "engine/host/url_input.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "image/registry/http.h"

#define ROOM ((size_t)1 << 20)

struct url_input {
    byte_source source;
    char *url;
    pthread_t thread;
    progress_sink progress; /* abandoned by who closes it */
    pthread_mutex_t lock;
    pthread_cond_t changed;
    size_t first, filled; /* of the ring */
    bool ended;           /* the thread will add nothing more */
    bool closed;          /* nobody will read any more */
    wcow_status status;   /* of the download, once it ended */
    wcow_error error;
    char ring[ROOM];
};

bool url_is(const char *source)
{
    return text_starts_with(source, "http://") || text_starts_with(source, "https://");
}

/* ---- the thread's side ---- */

static wcow_status add(void *context, const void *bytes, size_t size, wcow_error *err)
{
    url_input *input = context;
    const char *from = bytes;
    bool closed;

    pthread_mutex_lock(&input->lock);
    while (size && !input->closed) {
        size_t at = (input->first + input->filled) % ROOM;
        size_t piece = at < input->first ? input->first - at : ROOM - at;

        if (input->filled == ROOM) {
            pthread_cond_wait(&input->changed, &input->lock);
            continue;
        }
        piece = piece < size ? piece : size;
        memcpy(input->ring + at, from, piece);
        input->filled += piece;
        from += piece;
        size -= piece;
        pthread_cond_broadcast(&input->changed);
    }
    closed = input->closed;
    pthread_mutex_unlock(&input->lock);
    return closed ? error_set(err, WCOW_CANCELLED, "cancelled") : WCOW_OK;
}

static wcow_status fetch(url_input *input, wcow_error *err)
{
    const http_trust trust = {NULL, false};
    const http_request request = {.method = "GET",
                                  .url = input->url,
                                  .sink = add,
                                  .sink_context = input,
                                  .progress = &input->progress};
    cleanup_http_client http_client *client = NULL;
    cleanup_http_response http_response response = {.status = 0};
    wcow_status status = http_client_new(&trust, &client, err);

    if (!status)
        status = http_send(client, &request, &response, err);
    if (status || response.status == 200)
        return status;
    return error_set(err, response.status == 404 ? WCOW_NOT_FOUND : WCOW_UNAVAILABLE,
                     "the server answers %d", response.status);
}

static void *download(void *context)
{
    url_input *input = context;
    wcow_error error = WCOW_ERROR_INIT;
    wcow_status status = fetch(input, &error);

    pthread_mutex_lock(&input->lock);
    input->status = status;
    input->error = error;
    input->ended = true;
    pthread_cond_broadcast(&input->changed);
    pthread_mutex_unlock(&input->lock);
    return NULL;
}

/* ---- the reader's side ---- */

static wcow_status read_download(void *context, void *buffer, size_t size, size_t *got,
                                 wcow_error *err)
{
    url_input *input = context;
    wcow_status status = WCOW_OK;
    size_t piece;

    pthread_mutex_lock(&input->lock);
    while (!input->filled && !input->ended)
        pthread_cond_wait(&input->changed, &input->lock);
    piece = ROOM - input->first < input->filled ? ROOM - input->first : input->filled;
    piece = piece < size ? piece : size;
    memcpy(buffer, input->ring + input->first, piece);
    input->first = (input->first + piece) % ROOM;
    input->filled -= piece;
    *got = piece;
    if (!piece)
        status = input->status;
    pthread_cond_broadcast(&input->changed);
    pthread_mutex_unlock(&input->lock);
    if (!status)
        return WCOW_OK;
    if (err)
        *err = input->error;
    return error_wrap(err, status, "cannot download '%s'", input->url);
}

/* Each step undoes itself; what came before it is undone here, the last first. */
static wcow_status begin(url_input *input, wcow_error *err)
{
    wcow_status status = progress_open(&input->progress, NULL, NULL, err);

    if (status)
        return status;
    if (!pthread_mutex_init(&input->lock, NULL)) {
        if (!pthread_cond_init(&input->changed, NULL)) {
            if (!pthread_create(&input->thread, NULL, download, input))
                return WCOW_OK;
            pthread_cond_destroy(&input->changed);
        }
        pthread_mutex_destroy(&input->lock);
    }
    progress_close(&input->progress);
    return error_no_memory(err);
}

wcow_status url_input_open(const char *url, url_input **out, wcow_error *err)
{
    url_input *input = calloc(1, sizeof(*input));
    wcow_status status;

    if (!input)
        return error_no_memory(err);
    input->source = (byte_source){.read = read_download, .context = input};
    input->url = text_copy(url);
    status = input->url ? begin(input, err) : error_no_memory(err);
    if (!status) {
        *out = input;
        return WCOW_OK;
    }
    free(input->url);
    free(input);
    return status;
}

const byte_source *url_input_source(url_input *input)
{
    return &input->source;
}

void url_input_close(url_input *input)
{
    if (!input)
        return;
    progress_abandon(&input->progress, true);
    pthread_mutex_lock(&input->lock);
    input->closed = true;
    pthread_cond_broadcast(&input->changed);
    pthread_mutex_unlock(&input->lock);
    pthread_join(input->thread, NULL);
    pthread_cond_destroy(&input->changed);
    pthread_mutex_destroy(&input->lock);
    progress_close(&input->progress);
    free(input->url);
    free(input);
}
