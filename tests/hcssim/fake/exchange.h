/* SPDX-License-Identifier: MIT */
/** One call of port/hcs.h on its way through the engine: request, reply, and what is taken of it.
 */
#ifndef HCSSIM_FAKE_EXCHANGE_H
#define HCSSIM_FAKE_EXCHANGE_H

#include <pthread.h>

#include "base/error.h"
#include "base/json.h"
#include "fake.h"

/* A client's function; handles of the port are the engine's numbers. */
typedef struct listener {
    uint64_t callback;
    hcs_callback *call;
    void *context;
    struct listener *next;
} listener;

typedef struct fake_hcs {
    hcs_port port;
    sim *sim;
    uint64_t session;
    pthread_mutex_t lock; /* guards the listeners */
    listener *listeners;
} fake_hcs;

static inline fake_hcs *fake_of(hcs_port *port)
{
    return (fake_hcs *)port;
}

typedef struct exchange {
    fake_hcs *fake;
    cJSON *request;
    cJSON *reply;
} exchange;

exchange exchange_begin(hcs_port *port, const char *call);
void exchange_add_handle(exchange *e, const char *name, const void *handle);
int32_t exchange_carry_out(exchange *e);
/** Hands over a text of the reply; `out` may be NULL. */
void exchange_take_text(const exchange *e, const char *name, char **out);
void *exchange_take_handle(const exchange *e, const char *name);
int32_t exchange_end(exchange *e, int32_t hr, char **result);

/** A call that takes a handle, perhaps a text, and gives back nothing or a text. */
typedef struct plain_call {
    const char *name;
    const char *handle_member;
    const void *handle;
    const char *text_member;
    const char *content;
    const char *out_member;
    char **out;
    char **result;
} plain_call;

int32_t exchange_plainly(hcs_port *port, const plain_call *call);

/* fake_network.c */
int32_t fake_create_namespace(hcs_port *port, const guid *id, const char *settings,
                              hcn_namespace **out, char **result);
int32_t fake_open_namespace(hcs_port *port, const guid *id, hcn_namespace **out, char **result);
int32_t fake_close_namespace(hcs_port *port, hcn_namespace *space);
int32_t fake_modify_namespace(hcs_port *port, hcn_namespace *space, const char *settings,
                              char **result);
int32_t fake_query_namespace(hcs_port *port, hcn_namespace *space, const char *query,
                             char **properties, char **result);
int32_t fake_enumerate_namespaces(hcs_port *port, const char *query, char **namespaces,
                                  char **result);

#endif
