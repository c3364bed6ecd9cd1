/* SPDX-License-Identifier: MIT */
/**
 * Scope-bound cleanup. A variable declared `cleanup_free char *text = NULL;` is freed when its
 * scope ends, however it ends; TAKE hands its value on. There is no goto and no macro that hides a
 * return.
 */
#ifndef WCOW_BASE_CLEANUP_H
#define WCOW_BASE_CLEANUP_H

#include <stdlib.h>

/* Defines cleanup_after_NAME() for a type freed by release(): use CLEANUP(NAME) before the
 * variable. */
#define DEFINE_CLEANUP(name, type, release)                                                        \
    static inline void cleanup_after_##name(type *where)                                           \
    {                                                                                              \
        if (*where)                                                                                \
            release(*where);                                                                       \
    }

#define CLEANUP(name) __attribute__((cleanup(cleanup_after_##name)))

/* The same for values with a NULL-safe, in-place destructor (text, string_list…). */
#define DEFINE_CLEANUP_VALUE(name, type, release)                                                  \
    static inline void cleanup_after_##name(type *where)                                           \
    {                                                                                              \
        release(where);                                                                            \
    }

static inline void cleanup_after_free(void *where)
{
    free(*(void **)where);
}

#define cleanup_free CLEANUP(free)

/* Hands a pointer on and forgets it, so that the scope's end does not free it. */
#define TAKE(pointer)                                                                              \
    __extension__({                                                                                \
        __typeof__(pointer) taken_ = (pointer);                                                    \
        (pointer) = NULL;                                                                          \
        taken_;                                                                                    \
    })

#endif
