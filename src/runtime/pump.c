/* SPDX-License-Identifier: MIT */
/* From the container's output pipes to its log and its clients. */
#include <stdlib.h>

#include "base/error.h"
#include "base/thread.h"
#include "monitor/monitor.h"

#define BLOCK_SIZE 8192
/* However busy a descendant of the dead init process writes on: then the system is ended. */
#define PATIENCE_BLOCKS 4u

typedef struct pump {
    monitor *monitor;
    stream *source;
    bool is_error;
} pump;

static void *pump_main(void *context)
{
    pump *p = context;
    monitor *m = p->monitor;
    char block[BLOCK_SIZE];
    size_t got = 0;

    while (HR_SUCCEEDED(stream_read(p->source, block, sizeof block, &got)) && got) {
        log_write(m->log, p->is_error, block, got);
        peers_output(m, p->is_error, block, got);
    }
    pthread_mutex_lock(&m->lock);
    m->pumps--;
    condition_broadcast(&m->changed);
    pthread_mutex_unlock(&m->lock);
    free(p);
    return NULL;
}

static wcow_status pump_start(monitor *m, stream *source, bool is_error, wcow_error *err)
{
    pump *p;

    if (!source)
        return WCOW_OK;
    p = malloc(sizeof *p);
    if (!p)
        return error_no_memory(err);
    *p = (pump){m, source, is_error};
    pthread_mutex_lock(&m->lock);
    m->pumps++;
    pthread_mutex_unlock(&m->lock);
    if (!thread_start_detached(pump_main, p)) {
        pthread_mutex_lock(&m->lock);
        m->pumps--;
        pthread_mutex_unlock(&m->lock);
        free(p);
        return error_set(err, WCOW_NO_MEMORY, "cannot start a thread");
    }
    return WCOW_OK;
}

wcow_status pumps_start(monitor *m, wcow_error *err)
{
    wcow_status status = pump_start(m, m->run.io.out, false, err);

    return status ? status : pump_start(m, m->run.io.err, true, err);
}

/* Waits for the end of all pumps while they still bring something; lock held. */
static bool wait_for_silence(monitor *m, uint64_t give_up)
{
    m->last_output = ticks_now();
    while (m->pumps) {
        const uint64_t silence = m->last_output + m->host->limits.drain;
        const uint64_t deadline = silence < give_up ? silence : give_up;

        if (ticks_now() >= deadline)
            return false;
        monitor_wait(m, deadline);
    }
    return true;
}

void pumps_drain(monitor *m)
{
    const uint64_t limit = (uint64_t)m->host->limits.drain * PATIENCE_BLOCKS;
    bool drained;

    pthread_mutex_lock(&m->lock);
    m->unlimited = true;
    condition_broadcast(&m->changed);
    drained = wait_for_silence(m, ticks_now() + limit);
    pthread_mutex_unlock(&m->lock);
    if (!drained && m->run.system) {
        m->run.step = "HcsShutdownComputeSystem";
        (void)!compute_system_stop(m->run.system, m->host->limits.shutdown, NULL);
        pthread_mutex_lock(&m->lock);
        drained = wait_for_silence(m, TICKS_NEVER);
        pthread_mutex_unlock(&m->lock);
    }
    if (!drained) {
        if (m->run.io.out)
            stream_cancel(m->run.io.out);
        if (m->run.io.err)
            stream_cancel(m->run.io.err);
    }
    pthread_mutex_lock(&m->lock);
    while (m->pumps)
        monitor_wait(m, TICKS_NEVER);
    pthread_mutex_unlock(&m->lock);
}
