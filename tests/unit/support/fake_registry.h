/* SPDX-License-Identifier: MIT */
/**
 * A registry in the test's own process (OCI distribution spec, over http on loopback), which
 * misbehaves at the request that it is told to.
 */
#ifndef TESTS_SUPPORT_FAKE_REGISTRY_H
#define TESTS_SUPPORT_FAKE_REGISTRY_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"

typedef enum registry_fault {
    FAULT_CUT,       /* hangs up without an answer */
    FAULT_HALF,      /* takes half of a body, gives half of an answer, hangs up */
    FAULT_500,       /* "internal server error" */
    FAULT_429,       /* with Retry-After: 1 */
    FAULT_401,       /* a challenge that nobody can answer */
    FAULT_404,       /* "unknown" */
    FAULT_416,       /* no such range */
    FAULT_WRONG,     /* one byte of the answer's body is another */
    FAULT_SHORT,     /* its body lacks the last byte */
    FAULT_LONG,      /* its body has a byte more */
    FAULT_REDIRECTS, /* to itself, for ever */
    FAULT_RUBBISH,   /* what is no HTTP */
    FAULT_COUNT
} registry_fault;

extern const char *const registry_fault_names[FAULT_COUNT];

typedef struct fake_upload {
    text bytes;
    bool open;
} fake_upload;

/** A blob (by digest) or manifest (by tag, and by digest). */
typedef struct fake_content {
    char *name;
    char *digest;
    char *media_type;
    char *bytes;
    size_t size;
} fake_content;

/** An answer that a request gets instead of the usual one. */
typedef struct fake_answer {
    const char *method; /* NULL ends a list */
    const char *path;   /* in its path */
    bool anonymous;     /* only requests without Authorization */
    bool usual;         /* the usual one, but for its status */
    int times;          /* that it counts; 0: always */
    int status;
    const char *headers; /* lines that end with CRLF; NULL: none */
    const char *body;    /* NULL: none */
} fake_answer;

typedef struct fake_registry {
    char host[32]; /* "127.0.0.1:port" */

    /* To be set while nobody asks it anything. */
    registry_fault fault;
    size_t fault_at;        /* the request that it happens to, counted from 1; 0: none */
    const char *fault_path; /* only requests with this in their path count; NULL: all */
    bool forever;           /* and all after it */
    bool no_ranges;         /* each answer is of the whole */
    size_t lose_puts;       /* so many uploads are ended, and the answer to that is lost */
    bool no_pieces;         /* PATCH is 405 */
    bool no_mounts;         /* mounts are uploads */
    bool forgetful;         /* after a break it does not know the upload */
    bool takes_halves;      /* of the first piece that is longer than a byte, and says so */
    fake_answer *answers;   /* the first that fits counts; NULL: there are none */
    /* Called before an answer, on the connection's thread; may block. */
    void (*before)(void *context, const char *method, const char *path);
    void *context;

    pthread_mutex_t lock; /* guards what follows */
    pthread_cond_t changed;
    text journal; /* "METHOD /path", and " bytes=…" of a range, a line a request */
    size_t requests;
    size_t faults; /* that happened */
    fake_content *contents;
    size_t content_count;
    fake_upload *uploads;
    size_t upload_count;
    int listener;
    int connections[64]; /* -1: free */
    size_t threads;
} fake_registry;

fake_registry *fake_registry_new(void);
/** Hangs up on everybody, and waits until all of its threads have ended. */
void fake_registry_free(fake_registry *r);

/** Counts from the beginning; the nth request fails so from now on (0: none). */
void fake_registry_fail(fake_registry *r, registry_fault fault, size_t nth, bool forever);
/** Forgets what it was asked. */
void fake_registry_restart_journal(fake_registry *r);
/** How many requests there were, and how many of them failed as they were told to. */
size_t fake_registry_requests(fake_registry *r);
size_t fake_registry_faults(fake_registry *r);
/** "METHOD /path", and " bytes=…" of a range, a line a request; malloc'ed. */
char *fake_registry_journal(fake_registry *r);
/** How many requests have that in their line. */
size_t fake_registry_asked(fake_registry *r, const char *part);
/** Puts something in, as if it had been pushed; `name` NULL: a blob, by its digest. */
void fake_registry_put(fake_registry *r, const char *name, const char *media_type,
                       const void *bytes, size_t size);
/** What it has of that name; NULL: nothing. */
const fake_content *fake_registry_find(fake_registry *r, const char *name);
/** Forgets all contents. */
void fake_registry_empty(fake_registry *r);

#endif
