/* SPDX-License-Identifier: MIT */
/**
 * A CNI plug-in as containerd calls one for a pod: ADD makes an endpoint on the network of the
 * configuration's name and puts it into the pod's namespace, DEL takes it away again. It does what
 * the plug-ins for Windows do, and no more than a test of pods needs.
 *
 * The endpoint is called "<container>_<network>", as theirs are, so that a second ADD and a second
 * DEL find what there is.
 */
#ifndef TESTS_SHIM_CNI_PLUGIN_H
#define TESTS_SHIM_CNI_PLUGIN_H

#include "port/hcs.h"

/** What the environment says; NULL: not set. */
typedef struct cni_call {
    const char *command;   /* CNI_COMMAND */
    const char *container; /* CNI_CONTAINERID */
    const char *space;     /* CNI_NETNS: the id of a namespace; of a second DEL "" */
    const char *interface; /* CNI_IFNAME */
    const char *input;     /* the configuration, on standard input */
} cni_call;

/** Carries a call out. Returns the exit code; `out` is what standard output is to have (fresh). */
int cni_run(hcs_port *port, const cni_call *call, char **out);

#endif
