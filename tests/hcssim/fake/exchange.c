/* SPDX-License-Identifier: MIT */
/* One call of port/hcs.h on its way through the engine. */
#include "exchange.h"

#include "base/text.h"

exchange exchange_begin(hcs_port *port, const char *call)
{
    exchange e = {fake_of(port), cJSON_CreateObject(), NULL};

    json_add_text(e.request, "call", call);
    return e;
}

void exchange_add_handle(exchange *e, const char *name, const void *handle)
{
    json_add_integer(e->request, name, (int64_t)(intptr_t)handle);
}

int32_t exchange_carry_out(exchange *e)
{
    e->reply = sim_call(e->fake->sim, e->fake->session, e->request);
    return (int32_t)json_integer(e->reply, "hr", INT32_MIN);
}

void exchange_take_text(const exchange *e, const char *name, char **out)
{
    const char *found = json_text(e->reply, name, NULL);

    if (out && found)
        *out = text_copy(found);
}

void *exchange_take_handle(const exchange *e, const char *name)
{
    return (void *)(intptr_t)json_integer(e->reply, name, 0);
}

int32_t exchange_end(exchange *e, int32_t hr, char **result)
{
    exchange_take_text(e, "result", result);
    cJSON_Delete(e->request);
    cJSON_Delete(e->reply);
    return hr;
}

int32_t exchange_plainly(hcs_port *port, const plain_call *call)
{
    exchange e = exchange_begin(port, call->name);
    int32_t hr;

    if (call->handle_member)
        exchange_add_handle(&e, call->handle_member, call->handle);
    if (call->text_member)
        json_add_text(e.request, call->text_member, call->content);
    hr = exchange_carry_out(&e);
    if (call->out_member)
        exchange_take_text(&e, call->out_member, call->out);
    return exchange_end(&e, hr, call->result);
}
