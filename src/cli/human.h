/* SPDX-License-Identifier: MIT */
/** Numbers and times as Docker shows them to people (docker/go-units). */
#ifndef WCOW_CLI_HUMAN_H
#define WCOW_CLI_HUMAN_H

#include <stdint.h>

#include "base/text.h"

/** What each command says of --human that has sizes in its output. */
#define HUMAN_SIZES_HELP                                                                           \
    "Print sizes in human readable format (the default; --human=false: in bytes)"

/** "About a minute", "3 hours". */
void human_duration(int64_t seconds, text *out);
/** "4.84GB" with so many significant digits, in powers of 1000. */
void human_size(uint64_t bytes, int digits, text *out);
/** The same, or all of its digits and no unit: what --human says. */
void human_size_or_bytes(bool human, uint64_t bytes, int digits, text *out);
/** "15.99GiB": four digits, in powers of 1024, as `docker info` tells memory. */
void human_memory(uint64_t bytes, text *out);
/** "2026-11-23 17:33:42 +0000 UTC", local time, as Go prints it. */
void human_time(int64_t seconds, text *out);
/** "00:01:02.345" of a time in units of 100 ns, as `docker top` shows it on Windows. */
void human_cpu(uint64_t time_100ns, text *out);
/** The first `width` characters; what is longer ends in "…" (and is as long). */
void human_ellipsis(const char *string, size_t width, text *out);
/** A string in quotes with escapes, as Go's %q writes it. */
void human_quote(const char *string, text *out);
/** The first 12 digits of an id, without "sha256:". */
void human_id(const char *id, text *out);

#endif
