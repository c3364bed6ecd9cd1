/* SPDX-License-Identifier: MIT */
#include "base/source.h"

#include <string.h>

static wcow_status read_bytes(void *context, void *buffer, size_t size, size_t *got,
                              wcow_error *err)
{
    memory_bytes *self = context;

    (void)err;
    *got = size < self->left ? size : self->left;
    if (*got == 0) /* there may be no memory at all */
        return WCOW_OK;
    memcpy(buffer, self->next, *got);
    self->next += *got;
    self->left -= *got;
    return WCOW_OK;
}

static wcow_status lend_bytes(void *context, const void **bytes, size_t *size, wcow_error *err)
{
    memory_bytes *self = context;

    (void)err;
    *bytes = self->next;
    *size = self->left;
    self->left = 0;
    return WCOW_OK;
}

void memory_bytes_init(memory_bytes *self, const void *bytes, size_t size)
{
    *self = (memory_bytes){{read_bytes, self, lend_bytes}, bytes, size};
}
