/* SPDX-License-Identifier: MIT */
/** The fake containerd's ends of standard streams and logs: commands, by their lines' words. */
#ifndef WCOW_TESTS_SHIM_FAKE_STREAMS_H
#define WCOW_TESTS_SHIM_FAKE_STREAMS_H

#include <wcow/error.h>

/** One line, whole; bytes that would break it are shown as spaces. */
void say(const char *format, ...) WCOW_PRINTF(1, 2);

/** listen ADDRESS NAME: what comes is told. */
void listen_for(char **words);
/** feed ADDRESS NAME BYTES: sends so many x, and does not hang up. */
void feed(char **words);
/** log NAMESPACE ID: dials the log pipe, as containerd does for each task that it starts. */
void follow_log(char **words);

#endif
