/* SPDX-License-Identifier: MIT */
/*
 * hcssim.exe: the simulated Host Compute Service of a Wine host.
 *
 *   hcssim.exe                serves until it is told to stop; options come from the environment
 *   hcssim.exe --leftovers    prints what is left on the host, as JSON
 *   hcssim.exe --journal      prints the journal so far, as JSON
 *   hcssim.exe --ready        0 when the service answers, 1 when not
 *   hcssim.exe --stop         ends it, with everything that runs in it
 *
 * HCSSIM_BUILD (Windows build), HCSSIM_SYNCHRONOUS=1, HCSSIM_STATE (folder), HCSSIM_JOURNAL and
 * HCSSIM_FAULTS (files), HCSSIM_NOTIFY_DELAY, HCSSIM_SHUTDOWN_TIME (ms), HCSSIM_KEEP_ORPHANS=1; and
 * for utility VMs HCSSIM_HOME, HCSSIM_TEMPLATE, HCSSIM_GUEST, HCSSIM_VM_SCRIPT (Linux paths).
 * ci/sim sets them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/json.h"

#include "server.h"
#include "service.h"
#include "wide.h"
#include "wire.h"

static uint32_t number_option(const char *name)
{
    const char *text = getenv(name);

    return text ? (uint32_t)strtoul(text, NULL, 10) : 0;
}

static const char *text_option(const char *name)
{
    const char *text = getenv(name);

    return text && *text ? text : NULL;
}

static void read_options(sim_options *options)
{
    options->build = number_option("HCSSIM_BUILD");
    options->synchronous = number_option("HCSSIM_SYNCHRONOUS") != 0;
    options->state = text_option("HCSSIM_STATE");
    options->journal = text_option("HCSSIM_JOURNAL");
    options->faults = text_option("HCSSIM_FAULTS");
    options->notify_delay_ms = number_option("HCSSIM_NOTIFY_DELAY");
    options->shutdown_ms = number_option("HCSSIM_SHUTDOWN_TIME");
    options->keep_orphans = number_option("HCSSIM_KEEP_ORPHANS") != 0;
}

static int serve(void)
{
    machine m = {0};
    sim_options options = {0};
    HANDLE stop = CreateEventW(NULL, TRUE, FALSE, NULL);
    sim *s;
    int32_t hr;

    read_options(&options);
    hr = stop ? machine_open(&m) : HR_OUT_OF_MEMORY;
    s = HR_SUCCEEDED(hr) ? sim_new(&options, &m.calls) : NULL;
    if (!s) {
        fprintf(stderr, "hcssim: cannot start: 0x%08lX\n", (unsigned long)hr);
        return 1;
    }
    hr = server_run(s, stop);
    sim_free(s);
    if (HR_FAILED(hr))
        fprintf(stderr, "hcssim: cannot serve: 0x%08lX\n", (unsigned long)hr);
    ExitProcess(HR_FAILED(hr)); /* threads of connections may still wait for their clients */
}

/* Asks the running service something and prints the answer. */
static int ask(const char *what)
{
    cleanup_json cJSON *opening = cJSON_Parse("{\"open\":\"control\"}");
    cleanup_json cJSON *request = cJSON_CreateObject();
    cleanup_json cJSON *answer = NULL;
    cleanup_json cJSON *reply = NULL;
    wire *w = wire_connect(opening, &answer);

    json_add_text(request, "control", what);
    reply = w && wire_send(w, request) ? wire_receive(w) : NULL;
    if (!reply && strcmp(what, "ready") != 0)
        fprintf(stderr, "hcssim: %s (error %lu)\n", w ? "no reply" : "no connection",
                GetLastError());
    wire_free(w);
    if (!reply)
        return 1;
    if (strcmp(what, "leftovers") == 0 || strcmp(what, "journal") == 0) {
        cleanup_free char *text = json_print(reply);

        puts(text ? text : "null");
    }
    return 0;
}

int main(int argc, char **argv)
{
    if (argc < 2)
        return serve();
    if (argc > 2 || strncmp(argv[1], "--", 2) != 0) {
        fputs("usage: hcssim [--leftovers | --journal | --ready | --stop]\n", stderr);
        return 2;
    }
    return ask(argv[1] + 2);
}
