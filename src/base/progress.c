/* SPDX-License-Identifier: MIT */
/* One lock: who is told is never told of two things at once, nor after they said no. */
#include "base/progress.h"

#include "base/error.h"
#include "base/text.h"

wcow_status progress_open(progress_sink *out, progress_fn *tell, void *context, wcow_error *err)
{
    *out = (progress_sink){.tell = tell, .context = context};
    return pthread_mutex_init(&out->lock, NULL) ? error_no_memory(err) : WCOW_OK;
}

void progress_close(progress_sink *sink)
{
    (void)pthread_mutex_destroy(&sink->lock);
}

/* With the lock held. */
static wcow_status going_on(const progress_sink *sink, wcow_error *err)
{
    return sink->cancelled || sink->abandoned ? error_set(err, WCOW_CANCELLED, "cancelled")
                                              : WCOW_OK;
}

wcow_status progress_tell(progress_sink *sink, const char *what, const char *doing, uint64_t done,
                          uint64_t total, wcow_error *err)
{
    wcow_status status;

    if (!sink)
        return WCOW_OK;
    (void)pthread_mutex_lock(&sink->lock);
    if (sink->tell && !sink->cancelled && !(what && text_equal(what, sink->muted)))
        sink->cancelled = !sink->tell(sink->context, what, doing, done, total);
    status = going_on(sink, err);
    (void)pthread_mutex_unlock(&sink->lock);
    return status;
}

wcow_status progress_check(progress_sink *sink, wcow_error *err)
{
    wcow_status status;

    if (!sink)
        return WCOW_OK;
    (void)pthread_mutex_lock(&sink->lock);
    status = going_on(sink, err);
    (void)pthread_mutex_unlock(&sink->lock);
    return status;
}

void progress_abandon(progress_sink *sink, bool abandoned)
{
    if (!sink)
        return;
    (void)pthread_mutex_lock(&sink->lock);
    sink->abandoned = abandoned;
    (void)pthread_mutex_unlock(&sink->lock);
}
