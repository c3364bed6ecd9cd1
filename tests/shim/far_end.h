/* SPDX-License-Identifier: MIT */
/**
 * The client's end of one standard stream: it listens under an address, as containerd's clients do,
 * takes one connection, and is there again after it went away. For tests, on every platform.
 */
#ifndef WCOW_TESTS_SHIM_FAR_END_H
#define WCOW_TESTS_SHIM_FAR_END_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct far_end far_end;

typedef enum far_end_kind {
    FAR_READER,  /* keeps what it reads */
    FAR_STALLED, /* takes the connection, and reads nothing */
    FAR_FICKLE,  /* closes every connection at once, and takes the next one */
    FAR_WRITER,  /* far_end_say() */
} far_end_kind;

/** Listens; aborts if the name is taken. */
far_end *far_end_new(const char *address, far_end_kind kind);
/** As if its program were killed: connection and listener are gone. What was heard is kept. */
void far_end_leave(far_end *e);
/** Listens again. */
void far_end_return(far_end *e);
void far_end_free(far_end *e);

/** Whether so many bytes were heard, in all connections, before the time is over. */
bool far_end_heard(far_end *e, size_t size, uint32_t milliseconds);
/** Whether the connection has ended by then. */
bool far_end_ended(far_end *e, uint32_t milliseconds);
/** What was heard, ended by a NUL; nobody speaks any more. */
const char *far_end_bytes(const far_end *e, size_t *size);
/** Where in it the last connection began. */
size_t far_end_begin(const far_end *e);
unsigned far_end_connections(far_end *e);

/** Of a writer: false if nobody reads. */
bool far_end_say(far_end *e, const void *bytes, size_t size);
/** Of a writer: no more will come. */
void far_end_hang_up(far_end *e);

#endif
