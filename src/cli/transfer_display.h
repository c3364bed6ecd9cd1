/* SPDX-License-Identifier: MIT */
/** Progress of pulls and pushes, as Docker shows it: a bar a layer on a terminal, lines elsewhere.
 */
#ifndef WCOW_CLI_TRANSFER_DISPLAY_H
#define WCOW_CLI_TRANSFER_DISPLAY_H

#include "base/text.h"
#include "cli/command.h"

#define DEFAULT_TAG_LINE "Using default tag: latest"

struct transfer_row {
    char id[80];
    char status[80];
    uint64_t done, total;
    uint64_t drawn; /* percent */
};

struct transfer_display {
    FILE *out;
    bool terminal;
    struct transfer_row *rows;
    size_t count;
    text held; /* lines for when the first layer moves: a transfer that fails before is one line */
    bool begun;
    bool failed; /* a line was lost for want of memory */
};

/** A display on standard output. */
void transfer_display_open(struct session *session, struct transfer_display *display);
void transfer_display_close(struct transfer_display *display);

/** A line before all others, held back like those of the transfer itself. */
void transfer_display_say(struct transfer_display *display, const char *line);

/** After a success: shows what is held back. */
WCOW_CHECKED wcow_status transfer_display_finish(struct transfer_display *display, wcow_error *err);

/** Shows an event; the context is the display. A wcow_transfer_fn. */
bool transfer_display_show(void *display, const wcow_transfer *event);

/** Whether the last part of a name has a tag or digest: ':' after the last '/'. */
bool reference_has_tag(const char *reference);

/**
 * Pulls an image and shows it; quiet: shows nothing.
 *
 * @param heading  a line before all others, NULL: none
 */
WCOW_CHECKED wcow_status pull_and_show(struct session *session, const char *reference,
                                       const wcow_pull_options *options, const char *heading,
                                       bool quiet, FILE *out, wcow_error *err);

DEFINE_CLEANUP_VALUE(transfer_display, struct transfer_display, transfer_display_close)

#endif
