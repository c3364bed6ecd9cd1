/* SPDX-License-Identifier: MIT */
/** The document of a process, for the builders of documents. */
#ifndef WCOW_HCS_PROCESS_DOCUMENT_H
#define WCOW_HCS_PROCESS_DOCUMENT_H

#include "hcs/document.h"

/** In what the reference clients of the schemas differ. */
typedef struct process_dialect {
    bool always_sizes_console;  /* a fixed array in Docker's engine: [0,0] if nobody set it */
    bool keeps_empty_variables; /* "NAME=" is sent as it is */
} process_dialect;

/** As process_document_new(). */
WCOW_CHECKED wcow_status process_document_write(const process_dialect *dialect,
                                                const cJSON *process,
                                                const process_streams *streams, cJSON **out,
                                                wcow_error *err);

#endif
