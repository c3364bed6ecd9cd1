/* SPDX-License-Identifier: MIT */
/* Requests to the fake registry and its answers. */
#include "tests/unit/support/fake_registry_http.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

typedef struct request {
    char method[8];
    char path[512];
    text head;
    char *body;
    size_t size; /* of the body that came */
    bool broken; /* not all of it did */
} request;

typedef struct answer {
    int status;
    text headers;
    const char *body;
    size_t size;
} answer;

/* ---- bytes ---- */

static bool send_all(int socket, const void *bytes, size_t size)
{
    const char *at = bytes;

    while (size > 0) {
        const ssize_t sent = send(socket, at, size, MSG_NOSIGNAL);

        if (sent <= 0)
            return false;
        at += sent;
        size -= (size_t)sent;
    }
    return true;
}

static size_t receive(int socket, char *to, size_t size)
{
    size_t got = 0;

    while (got < size) {
        const ssize_t more = recv(socket, to + got, size - got, 0);

        if (more <= 0)
            break;
        got += (size_t)more;
    }
    return got;
}

/* Looks first, so that what follows the head stays for whoever reads the body. */
static bool read_head(int socket, request *q)
{
    char bytes[4096];
    ssize_t seen = 0;

    for (;;) {
        const ssize_t before = seen;
        const char *end;

        seen = recv(socket, bytes, sizeof(bytes) - 1, MSG_PEEK);
        if (seen <= 0 || bytes[0] < 'A' || bytes[0] > 'Z')
            return false; /* gone, or a client that tries TLS first */
        bytes[seen] = '\0';
        end = strstr(bytes, "\r\n\r\n");
        if (end) {
            text_add_bytes(&q->head, bytes, receive(socket, bytes, (size_t)(end - bytes) + 4));
            return sscanf(text_get(&q->head), "%7s %511s", q->method, q->path) == 2;
        }
        if (seen == before)
            sched_yield(); /* the rest of the head is still on its way */
    }
}

/* A header's value, up to the line's end; NULL: there is none. */
static const char *header(const request *q, const char *name)
{
    const char *found = strstr(text_get(&q->head), name);

    return found ? found + strlen(name) : NULL;
}

static void read_body(int socket, request *q, bool half)
{
    const char *length = header(q, "Content-Length: ");
    const size_t size = length ? strtoul(length, NULL, 10) : 0;

    q->body = malloc(size + 1);
    q->size = receive(socket, q->body, half ? size / 2 : size);
    q->broken = q->size < size;
}

static bool send_answer(int socket, const request *q, const answer *a, size_t promised)
{
    const bool head = strcmp(q->method, "HEAD") == 0;
    cleanup_text text out = TEXT_INIT;

    text_addf(&out, "HTTP/1.1 %d X\r\nContent-Length: %zu\r\n%s\r\n", a->status, promised,
              text_get(&a->headers));
    if (!head)
        text_add_bytes(&out, a->body ? a->body : "", a->size);
    return send_all(socket, text_get(&out), out.length) && (head || a->size == promised);
}

/* ---- what a registry says ---- */

static void say(answer *a, int status, const char *code)
{
    text_free(&a->headers);
    a->status = status;
    a->body = code;
    a->size = code ? strlen(code) : 0;
}

static void give(const fake_registry *r, const request *q, const fake_content *content, answer *a)
{
    const char *range = r->no_ranges ? NULL : header(q, "Range: bytes=");
    const size_t from = range ? strtoul(range, NULL, 10) : 0;

    if (!content) {
        say(a, 404, "{\"errors\":[{\"code\":\"UNKNOWN\",\"message\":\"unknown\"}]}");
        return;
    }
    if (range && from >= content->size) {
        say(a, 416, NULL);
        return;
    }
    a->status = range ? 206 : 200;
    a->body = content->bytes + from;
    a->size = content->size - from;
    if (range)
        text_addf(&a->headers, "Content-Range: bytes %zu-%zu/%zu\r\n", from, content->size - 1,
                  content->size);
    if (content->media_type)
        text_addf(&a->headers, "Content-Type: %s\r\nDocker-Content-Digest: %s\r\n",
                  content->media_type, content->digest);
}

static void tell_upload(fake_registry *r, size_t number, int status, answer *a)
{
    const size_t length = r->uploads[number].bytes.length;

    a->status = status;
    text_addf(&a->headers, "Location: /v2/x/blobs/uploads/%zu?state=%zu\r\nRange: 0-%zu\r\n",
              number, length, length ? length - 1 : 0);
}

static void begin_upload(fake_registry *r, const request *q, answer *a)
{
    const char *mount = strstr(q->path, "mount=sha256%3A");
    char digest[72] = "sha256:";

    if (mount && !r->no_mounts) {
        memcpy(digest + 7, mount + strlen("mount=sha256%3A"), 64);
        if (fake_registry_find(r, digest)) {
            say(a, 201, NULL);
            return;
        }
    }
    r->uploads = realloc(r->uploads, (r->upload_count + 1) * sizeof(*r->uploads));
    r->uploads[r->upload_count] = (fake_upload){.bytes = TEXT_INIT, .open = true};
    tell_upload(r, r->upload_count++, 202, a);
}

static void add_piece(fake_registry *r, request *q, fake_upload *upload, answer *a)
{
    const char *range = header(q, "Content-Range: ");

    if (r->no_pieces) {
        say(a, 405, NULL);
        return;
    }
    if (!range || strtoul(range, NULL, 10) != upload->bytes.length) {
        say(a, 416, NULL);
        return;
    }
    if (r->takes_halves && q->size > 1) {
        r->takes_halves = false;
        q->size /= 2;
    }
    text_add_bytes(&upload->bytes, q->body, q->size);
    tell_upload(r, (size_t)(upload - r->uploads), 202, a);
}

static void end_upload(fake_registry *r, const request *q, fake_upload *upload, answer *a)
{
    const char *name = strstr(q->path, "digest=sha256%3A");
    char digest[72] = "sha256:";

    text_add_bytes(&upload->bytes, q->body, q->size);
    if (q->broken)
        return;
    memcpy(digest + 7, name ? name + strlen("digest=sha256%3A") : "", name ? 64 : 0);
    upload->open = false;
    pthread_mutex_unlock(&r->lock);
    fake_registry_put(r, NULL, NULL, text_get(&upload->bytes), upload->bytes.length);
    pthread_mutex_lock(&r->lock);
    if (fake_registry_find(r, digest))
        say(a, 201, NULL);
    else
        say(a, 400,
            "{\"errors\":[{\"code\":\"DIGEST_INVALID\",\"message\":\"not what it says\"}]}");
}

static void answer_upload(fake_registry *r, request *q, const char *rest, answer *a)
{
    const size_t number = strtoul(rest, NULL, 10);
    fake_upload *upload = number < r->upload_count ? &r->uploads[number] : NULL;

    if (strcmp(q->method, "POST") == 0)
        begin_upload(r, q, a);
    else if (!upload || !upload->open)
        say(a, 404, "{\"errors\":[{\"code\":\"BLOB_UPLOAD_UNKNOWN\",\"message\":\"gone\"}]}");
    else if (strcmp(q->method, "PATCH") == 0)
        add_piece(r, q, upload, a);
    else if (strcmp(q->method, "PUT") == 0)
        end_upload(r, q, upload, a);
    else
        tell_upload(r, number, 204, a);
    if (q->broken && upload && r->forgetful)
        upload->open = false;
}

static void answer_manifest(fake_registry *r, const request *q, const char *name, answer *a)
{
    const char *type = header(q, "Content-Type: ");
    cleanup_free char *media_type = type ? text_copy_bytes(type, strcspn(type, "\r\n")) : NULL;

    if (strcmp(q->method, "PUT") != 0) {
        give(r, q, fake_registry_find(r, name), a);
        return;
    }
    if (q->broken)
        return;
    pthread_mutex_unlock(&r->lock);
    fake_registry_put(r, name, media_type, q->body, q->size);
    pthread_mutex_lock(&r->lock);
    say(a, 201, NULL);
}

static void answer_well(fake_registry *r, request *q, answer *a)
{
    const char *part;

    if ((part = strstr(q->path, "/blobs/uploads/")) != NULL)
        answer_upload(r, q, part + strlen("/blobs/uploads/"), a);
    else if ((part = strstr(q->path, "/blobs/")) != NULL)
        give(r, q, fake_registry_find(r, part + strlen("/blobs/")), a);
    else if ((part = strstr(q->path, "/manifests/")) != NULL)
        answer_manifest(r, q, part + strlen("/manifests/"), a);
    else
        say(a, 404, NULL);
}

/* ---- and what it says when it misbehaves ---- */

/* Of an answer that is right but for its body; false: hangs up after it. */
static bool spoil(int socket, const request *q, registry_fault fault, answer *a)
{
    cleanup_free char *body = calloc(1, a->size + 2);
    const size_t right = a->size;

    if (!a->size || strcmp(q->method, "HEAD") == 0)
        return send_answer(socket, q, a, right);
    memcpy(body, a->body, a->size);
    a->body = body;
    if (fault == FAULT_WRONG)
        body[right / 2] ^= 1;
    else if (fault == FAULT_HALF)
        a->size = right / 2;
    else
        a->size = fault == FAULT_LONG ? right + 1 : right - 1;
    return send_answer(socket, q, a, fault == FAULT_HALF ? right : a->size);
}

static bool misbehave(fake_registry *r, int socket, request *q, answer *a)
{
    static const struct {
        int status;
        const char *headers;
    } refusals[FAULT_COUNT] = {
        [FAULT_500] = {500, ""},
        [FAULT_429] = {429, "Retry-After: 1\r\n"},
        [FAULT_401] = {401, "WWW-Authenticate: Basic realm=\"nobody\"\r\n"},
        [FAULT_404] = {404, ""},
        [FAULT_416] = {416, ""},
        [FAULT_REDIRECTS] = {307, ""},
    };
    const int status = refusals[r->fault].status;

    if (r->fault == FAULT_CUT)
        return false;
    if (r->fault == FAULT_RUBBISH)
        return send_all(socket, "\x01\x02 nothing\r\n\r\n", 14) && false;
    if (status) {
        say(a, status, NULL);
        text_add(&a->headers, refusals[r->fault].headers);
        if (status == 307)
            text_addf(&a->headers, "Location: %s\r\n", q->path);
        return send_answer(socket, q, a, 0);
    }
    pthread_mutex_lock(&r->lock);
    answer_well(r, q, a);
    pthread_mutex_unlock(&r->lock);
    return !q->broken && spoil(socket, q, r->fault, a);
}

/* Whether this request is one of those that go wrong. */
static bool note(fake_registry *r, const request *q)
{
    const char *range = header(q, "Range: ");
    bool faulty;

    pthread_mutex_lock(&r->lock);
    text_addf(&r->journal, "%s %s", q->method, q->path);
    if (range)
        text_addf(&r->journal, " %.*s", (int)strcspn(range, "\r\n"), range);
    text_add_char(&r->journal, '\n');
    r->requests++;
    faulty = r->fault_at && (!r->fault_path || strstr(q->path, r->fault_path)) &&
             (r->forever ? r->requests >= r->fault_at : r->requests == r->fault_at);
    r->faults += faulty;
    pthread_mutex_unlock(&r->lock);
    return faulty;
}

/* What it is told to say to this request; NULL: what a registry says. */
static const fake_answer *told(fake_registry *r, const request *q)
{
    for (fake_answer *each = r->answers; each && each->method; each++) {
        if (strcmp(each->method, q->method) == 0 && strstr(q->path, each->path) &&
            !(each->anonymous && header(q, "Authorization: ")) && each->times >= 0) {
            each->times -= each->times == 1 ? 2 : each->times > 0;
            return each;
        }
    }
    return NULL;
}

static void answer_as_told(fake_registry *r, request *q, answer *a)
{
    const fake_answer *is = told(r, q);

    if (!is || is->usual)
        answer_well(r, q, a);
    if (!is)
        return;
    if (is->usual && a->status < 300)
        a->status = is->status;
    if (is->usual)
        return;
    say(a, is->status, is->body);
    text_add(&a->headers, is->headers ? is->headers : "");
}

static bool lost(fake_registry *r, const request *q)
{
    if (!r->lose_puts || strcmp(q->method, "PUT") != 0 || !strstr(q->path, "/uploads/"))
        return false;
    r->lose_puts--;
    return true;
}

static bool answer_request(fake_registry *r, int socket, request *q)
{
    answer a = {.status = 0, .headers = TEXT_INIT};
    const bool faulty = note(r, q);
    bool stays;

    if (r->before)
        r->before(r->context, q->method, q->path);
    read_body(socket, q, faulty && r->fault == FAULT_HALF);
    if (faulty) {
        stays = misbehave(r, socket, q, &a);
    } else {
        pthread_mutex_lock(&r->lock);
        answer_as_told(r, q, &a);
        pthread_mutex_unlock(&r->lock);
        stays = !lost(r, q) && send_answer(socket, q, &a, a.size);
    }
    text_free(&a.headers);
    return stays;
}

bool fake_registry_answer(fake_registry *r, int socket)
{
    request q = {.head = TEXT_INIT};
    const bool stays = read_head(socket, &q) && answer_request(r, socket, &q);

    text_free(&q.head);
    free(q.body);
    return stays;
}
