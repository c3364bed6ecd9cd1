/* SPDX-License-Identifier: MIT */
/**
 * A whole wcow on a simulated host, in one process: the store in a temporary folder, the service in
 * memory, monitors on threads with ports (and so a session with the service) of their own.
 */
#ifndef TESTS_UNIT_ENGINE_FIXTURE_H
#define TESTS_UNIT_ENGINE_FIXTURE_H

#include <pthread.h>

#include <wcow/wcow.h>

#include "base/json.h"
#include "base/text.h"
#include "engine/host/host.h"
#include "tests/hcssim/fake/fake.h"
#include "tests/posix/hive_file.h"
#include "tests/unit/status.h"
#include "tests/unit/support/fake_services.h"
#include "tests/unit/support/faulty_files.h"

#define IMAGE "test/base:1"

typedef struct fixture {
    fake_host *fake;
    char *root;
    files_port *files;     /* of Linux, what stands behind the faulty ones */
    faulty_files faulty;   /* the caller's */
    faulty_files monitors; /* the monitors' */
    wcow_host *host;
    fake_services services; /* after fixture_serve() */
    bool serves;
    wcow_error err;
    pthread_mutex_t lock;
    size_t running;   /* monitors that have not ended */
    size_t leaked;    /* handles of the service that monitors left open */
    size_t may_leave; /* how many of them are a failing service's own fault */
    pthread_cond_t changed;
} fixture;

/** A host whose store is empty. */
fixture *fixture_new(const sim_options *options);
/** One with IMAGE in it: a base layer with a utility VM, and a layer over it; its Cmd is "ping". */
fixture *fixture_with_image(const sim_options *options);
/** Gives the host, and those of its monitors, a Service Control Manager; else there is none. */
void fixture_serve(fixture *f);
/** Waits for the monitors, checks that nothing is left open, removes everything. */
void fixture_free(fixture *f);
/** The set-up and the tear-down of tests that want one with an image, and nothing else. */
int fixture_set_up(void **state);
int fixture_tear_down(void **state);

/** A registry hive that has `mark` somewhere in its bins. Those of the image are marked by their
 * names. */
void fixture_hive(const char *mark, unsigned char out[HIVE_FILE_SIZE]);

/** Loads an image with this name and `config` object ("{}"). */
void fixture_load(fixture *f, const char *name, const char *config);
/** The bytes of such an archive. */
void fixture_archive(text *out, const char *name, const char *config);
/** The same with a file of that name, however hostile, in the upper layer. */
void fixture_archive_with(text *out, const char *name, const char *config, const char *entry);
/** Writes a file into the fixture's folder; its path, malloc'ed. */
char *fixture_write(fixture *f, const char *name, const void *bytes, size_t size);

/** Creates a container that runs this (a NULL-terminated list), with the name. */
wcow_container *fixture_create(fixture *f, const char *name, const char *const *command);
/** Waits until all monitors have ended. */
void fixture_settle(fixture *f);
/** A member of the sim's leftovers: "systems", "processes", "endpoints", "handles", and "mounted".
 */
size_t fixture_left(fixture *f, const char *what);
/** Nothing is left on the host: no system, process, endpoint or mounted layer. */
void fixture_assert_clean(fixture *f);
/** How often the service was called so. */
size_t fixture_calls(fixture *f, const char *name);
/** An answer of the library as values; the text is freed. */
cJSON *fixture_json(fixture *f, char *json);
/** A member of the container's inspection, "State.Status"; malloc'ed text, numbers printed. */
char *fixture_inspect(fixture *f, wcow_container *container, const char *path);

/** What runs with this process's standard streams replaced. */
typedef struct streams {
    int saved[3];
    int in[2]; /* write to in[1] to type */
    char *out_path, *err_path;
} streams;

void streams_replace(fixture *f, streams *s);
/** Puts the true ones back; what was written to output and error goes to the texts. */
void streams_restore(streams *s, char **out, char **err);

#endif
