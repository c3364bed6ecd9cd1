/* SPDX-License-Identifier: MIT */
/* Who listens at a monitor's pipe: a thread of its own, or the main one while it has nothing to do.
 */
#include "monitor/accept.h"

#include "monitor/peer.h"
#include "port/clock.h"

/* Between a failed accept and the next. */
#define ACCEPT_PAUSE 100u

/*
 * A failed accept is a shortage of the moment (of memory, of handles): whoever connects next must
 * be heard all the same, since a monitor that nobody can talk to cannot be told to stop. Ends with
 * pipe_server_cancel() only.
 */
static void accept_all(monitor *m)
{
    for (;;) {
        stream *s = NULL;
        int32_t hr = pipe_accept(m->server, &s);

        peers_reap(m);
        if (hr == HR_OPERATION_ABORTED)
            return;
        if (HR_FAILED(hr))
            clock_sleep(ACCEPT_PAUSE);
        else
            ignore(peer_new(m, s, NULL));
    }
}

static void *accept_main(void *context)
{
    accept_all(context);
    return NULL;
}

bool accept_begin(monitor *m)
{
    m->accepting = !pthread_create(&m->accepter, NULL, accept_main, m);
    return m->accepting;
}

void accept_end(monitor *m)
{
    if (!m->accepting)
        return;
    pipe_server_cancel(m->server);
    pthread_join(m->accepter, NULL);
    pipe_server_resume(m->server);
    m->accepting = false;
}

static void stop_accepting(void *context)
{
    monitor *m = context;

    pipe_server_cancel(m->server);
}

/*
 * A container that has run for a while will run on, and this thread has nothing to do but to wait
 * for its end: it accepts meanwhile, and the thread that did is given back. Without memory for
 * another one at the end, who comes then waits for the end, or for the next run.
 */
void accept_while_it_runs(monitor *m)
{
    if (run_ends_within(&m->run, m->host->limits.lull))
        return;
    accept_end(m);
    run_wake_also(&m->run, stop_accepting, m);
    while (!run_ends_within(&m->run, 0)) {
        accept_all(m);
        pipe_server_resume(m->server);
    }
    run_wake_also(&m->run, NULL, NULL);
    pipe_server_resume(m->server);
    (void)accept_begin(m);
}
