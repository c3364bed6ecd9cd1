/* SPDX-License-Identifier: MIT */
/* What a registry keeps, and what it is told to do. */
#include "tests/unit/support/fake_registry.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "port/hash.h"
#include "tests/unit/support/fake_registry_http.h"

const char *const registry_fault_names[FAULT_COUNT] = {
    "cut", "half",         "500",          "429",         "401",       "404",
    "416", "a wrong byte", "a short body", "a long body", "redirects", "rubbish",
};

/* ---- contents ---- */

const fake_content *fake_registry_find(fake_registry *r, const char *name)
{
    for (size_t i = 0; i < r->content_count; i++) {
        if (strcmp(r->contents[i].name, name) == 0)
            return &r->contents[i];
    }
    return NULL;
}

static void add(fake_registry *r, const char *name, const char *digest, const char *media_type,
                const void *bytes, size_t size)
{
    fake_content *content;

    if (fake_registry_find(r, name))
        return;
    r->contents = realloc(r->contents, (r->content_count + 1) * sizeof(*r->contents));
    content = &r->contents[r->content_count++];
    *content = (fake_content){.name = text_copy(name),
                              .digest = text_copy(digest),
                              .media_type = text_copy(media_type),
                              .bytes = malloc(size + 1),
                              .size = size};
    memcpy(content->bytes, bytes, size);
}

void fake_registry_put(fake_registry *r, const char *name, const char *media_type,
                       const void *bytes, size_t size)
{
    cleanup_sha256 sha256 *hash = sha256_new();
    char digest[7 + SHA256_HEX_SIZE] = "sha256:";

    sha256_update(hash, bytes, size);
    sha256_finish(hash, digest + 7);
    pthread_mutex_lock(&r->lock);
    add(r, digest, digest, media_type, bytes, size);
    if (name)
        add(r, name, digest, media_type, bytes, size);
    pthread_mutex_unlock(&r->lock);
}

static void drop_all(fake_registry *r)
{
    for (size_t i = 0; i < r->content_count; i++) {
        free(r->contents[i].name);
        free(r->contents[i].digest);
        free(r->contents[i].media_type);
        free(r->contents[i].bytes);
    }
    for (size_t i = 0; i < r->upload_count; i++)
        text_free(&r->uploads[i].bytes);
    free(r->contents);
    free(r->uploads);
    r->contents = NULL;
    r->uploads = NULL;
    r->content_count = r->upload_count = 0;
}

void fake_registry_empty(fake_registry *r)
{
    pthread_mutex_lock(&r->lock);
    drop_all(r);
    pthread_mutex_unlock(&r->lock);
}

/* ---- what it is told, and what it tells ---- */

void fake_registry_restart_journal(fake_registry *r)
{
    pthread_mutex_lock(&r->lock);
    text_free(&r->journal);
    r->requests = r->faults = 0;
    pthread_mutex_unlock(&r->lock);
}

void fake_registry_fail(fake_registry *r, registry_fault fault, size_t nth, bool forever)
{
    fake_registry_restart_journal(r);
    pthread_mutex_lock(&r->lock);
    r->fault = fault;
    r->fault_at = nth;
    r->forever = forever;
    pthread_mutex_unlock(&r->lock);
}

size_t fake_registry_requests(fake_registry *r)
{
    size_t count;

    pthread_mutex_lock(&r->lock);
    count = r->requests;
    pthread_mutex_unlock(&r->lock);
    return count;
}

size_t fake_registry_faults(fake_registry *r)
{
    size_t count;

    pthread_mutex_lock(&r->lock);
    count = r->faults;
    pthread_mutex_unlock(&r->lock);
    return count;
}

char *fake_registry_journal(fake_registry *r)
{
    char *copy;

    pthread_mutex_lock(&r->lock);
    copy = text_copy(text_get(&r->journal));
    pthread_mutex_unlock(&r->lock);
    return copy;
}

size_t fake_registry_asked(fake_registry *r, const char *part)
{
    cleanup_free char *copy = fake_registry_journal(r);
    char *rest = NULL;
    size_t count = 0;

    for (char *line = strtok_r(copy, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
        count += strstr(line, part) != NULL;
    return count;
}

/* ---- connections ---- */

typedef struct connection {
    fake_registry *r;
    int socket;
} connection;

static void *serve(void *context)
{
    connection *c = context;
    fake_registry *r = c->r;

    while (fake_registry_answer(r, c->socket))
        continue;
    pthread_mutex_lock(&r->lock);
    for (size_t i = 0; i < sizeof(r->connections) / sizeof(r->connections[0]); i++) {
        if (r->connections[i] == c->socket)
            r->connections[i] = -1;
    }
    close(c->socket);
    r->threads--;
    pthread_cond_broadcast(&r->changed);
    pthread_mutex_unlock(&r->lock);
    free(c);
    return NULL;
}

static bool remember(fake_registry *r, int socket)
{
    for (size_t i = 0; i < sizeof(r->connections) / sizeof(r->connections[0]); i++) {
        if (r->connections[i] < 0) {
            r->connections[i] = socket;
            return true;
        }
    }
    return false;
}

static void *listen_for_all(void *context)
{
    fake_registry *r = context;
    int socket;

    while ((socket = accept(r->listener, NULL, NULL)) >= 0) {
        connection *c = malloc(sizeof(*c));
        pthread_t thread;

        *c = (connection){r, socket};
        pthread_mutex_lock(&r->lock);
        if (!remember(r, socket) || pthread_create(&thread, NULL, serve, c))
            abort();
        pthread_detach(thread);
        r->threads++;
        pthread_mutex_unlock(&r->lock);
    }
    pthread_mutex_lock(&r->lock);
    r->threads--;
    pthread_cond_broadcast(&r->changed);
    pthread_mutex_unlock(&r->lock);
    return NULL;
}

fake_registry *fake_registry_new(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t length = sizeof(address);
    fake_registry *r = calloc(1, sizeof(*r));
    pthread_t thread;

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    pthread_mutex_init(&r->lock, NULL);
    pthread_cond_init(&r->changed, NULL);
    memset(r->connections, 0xff, sizeof(r->connections));
    r->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    r->threads = 1;
    if (bind(r->listener, (struct sockaddr *)&address, sizeof(address)) ||
        listen(r->listener, 16) || getsockname(r->listener, (struct sockaddr *)&address, &length) ||
        pthread_create(&thread, NULL, listen_for_all, r))
        abort();
    pthread_detach(thread);
    snprintf(r->host, sizeof(r->host), "127.0.0.1:%u", ntohs(address.sin_port));
    return r;
}

void fake_registry_free(fake_registry *r)
{
    if (!r)
        return;
    shutdown(r->listener, SHUT_RDWR);
    pthread_mutex_lock(&r->lock);
    while (r->threads) {
        for (size_t i = 0; i < sizeof(r->connections) / sizeof(r->connections[0]); i++) {
            if (r->connections[i] >= 0)
                shutdown(r->connections[i], SHUT_RDWR);
        }
        pthread_cond_wait(&r->changed, &r->lock);
    }
    pthread_mutex_unlock(&r->lock);
    close(r->listener);
    drop_all(r);
    text_free(&r->journal);
    pthread_mutex_destroy(&r->lock);
    pthread_cond_destroy(&r->changed);
    free(r);
}
