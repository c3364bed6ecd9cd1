/* SPDX-License-Identifier: MIT */
/* A user who is a script. */
#include "tests/unit/client/fake_user.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"

static fake_user *locked(user_streams *table)
{
    fake_user *u = (fake_user *)table;

    pthread_mutex_lock(&u->lock);
    return u;
}

static void unlock(fake_user *u)
{
    condition_broadcast(&u->changed);
    pthread_mutex_unlock(&u->lock);
}

static int32_t fake_open(user_streams *table, bool input, bool output, bool error)
{
    fake_user *u = locked(table);
    const int32_t hr = u->open_hr;

    text_addf(&u->calls, "open%s%s%s|", input ? " in" : "", output ? " out" : "",
              error ? " err" : "");
    unlock(u);
    return hr;
}

static int32_t fake_read(user_streams *table, void *buffer, size_t size, size_t *got)
{
    fake_user *u = locked(table);
    int32_t hr = HR_OK;

    while (!u->cancelled && !u->typed.length && !u->hung_up)
        condition_wait(&u->changed, &u->lock);
    if (u->cancelled) {
        hr = HR_OPERATION_ABORTED;
    } else {
        *got = u->typed.length < size ? u->typed.length : size;
        if (*got)
            memcpy(buffer, u->typed.data, *got);
        if (*got)
            memmove(u->typed.data, u->typed.data + *got, u->typed.length - *got);
        u->typed.length -= *got;
    }
    unlock(u);
    return hr;
}

static void fake_cancel(user_streams *table)
{
    fake_user *u = locked(table);

    u->cancelled = true;
    unlock(u);
}

static int32_t fake_write(user_streams *table, int which, const void *bytes, size_t length)
{
    fake_user *u = locked(table);
    const int32_t hr = u->write_hr;

    if (HR_SUCCEEDED(hr))
        text_add_bytes(&u->shown[which], bytes, length);
    unlock(u);
    return hr;
}

static int32_t noted(user_streams *table, const char *call, int32_t hr)
{
    fake_user *u = locked(table);

    text_addf(&u->calls, "%s|", call);
    unlock(u);
    return hr;
}

static void fake_close(user_streams *table)
{
    (void)noted(table, "close", HR_OK);
}

static bool fake_is_console(user_streams *table, int which)
{
    fake_user *u = locked(table);
    const bool is = u->console[which];

    unlock(u);
    return is;
}

static int32_t fake_size(user_streams *table, uint16_t *columns, uint16_t *rows)
{
    fake_user *u = locked(table);
    const int32_t hr = u->columns ? HR_OK : HR_FROM_WIN32(6);

    *columns = u->columns; /* also on failure: nothing may rely on it then */
    *rows = u->columns ? u->rows : 1;
    unlock(u);
    return hr;
}

static int32_t fake_raw(user_streams *table)
{
    return noted(table, "raw", ((fake_user *)table)->raw_hr);
}

static int32_t fake_hide(user_streams *table)
{
    return noted(table, "hide", ((fake_user *)table)->raw_hr);
}

static void fake_restore(user_streams *table)
{
    (void)noted(table, "restore", HR_OK);
}

static void fake_on_interrupt(user_streams *table, user_interrupt *call, void *context)
{
    if (!handler_set(&((fake_user *)table)->interrupted, call, context))
        abort();
}

static void fake_default_interrupts(user_streams *table)
{
    (void)handler_clear(&((fake_user *)table)->interrupted, UINT32_MAX);
}

user_streams *fake_user_init(fake_user *u)
{
    *u = (fake_user){
        .table = {fake_open, fake_read, fake_cancel, fake_write, fake_close, fake_is_console,
                  fake_size, fake_raw, fake_hide, fake_restore, fake_on_interrupt,
                  fake_default_interrupts},
        .interrupted = HANDLER_INIT,
    };
    if (pthread_mutex_init(&u->lock, NULL) || !condition_init(&u->changed))
        abort();
    return &u->table;
}

void fake_user_free(fake_user *u)
{
    text_free(&u->calls);
    text_free(&u->typed);
    for (int which = STANDARD_INPUT; which <= STANDARD_ERROR; which++)
        text_free(&u->shown[which]);
    if (u->interrupted.ready)
        condition_free(&u->interrupted.changed);
    pthread_mutex_destroy(&u->lock);
    condition_free(&u->changed);
}

void fake_user_type(fake_user *u, const char *keys)
{
    (void)locked(&u->table);
    text_add(&u->typed, keys);
    unlock(u);
}

void fake_user_hang_up(fake_user *u)
{
    (void)locked(&u->table);
    u->hung_up = true;
    unlock(u);
}

void fake_user_resize(fake_user *u, uint16_t columns, uint16_t rows)
{
    (void)locked(&u->table);
    u->columns = columns;
    u->rows = rows;
    unlock(u);
}

bool fake_user_interrupt(fake_user *u, int event)
{
    return handler_call(&u->interrupted, event);
}

char *fake_user_shown(fake_user *u, int which)
{
    char *copy;

    (void)locked(&u->table);
    copy = text_copy(text_get(&u->shown[which]));
    unlock(u);
    return copy;
}
