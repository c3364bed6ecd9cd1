/* SPDX-License-Identifier: MIT */
/**
 * The library that the command line calls, as a script: it writes down each call and answers what
 * the test put in. One global, since the functions it stands for take no context.
 */
#ifndef WCOW_TESTS_UNIT_CLI_FAKE_WCOW_H
#define WCOW_TESTS_UNIT_CLI_FAKE_WCOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <wcow/wcow.h>

#include "base/text.h"

struct fake_wcow {
    text calls; /* one a line: "start web -" */

    /* The call whose line starts with `failing` fails with this. */
    const char *failing;
    unsigned nth, called; /* and so does the nth call, counted from 1 */
    wcow_status failure;
    int32_t hresult;
    const char *message;
    const char *hint;
    const char *events;

    wcow_outcome outcome;           /* of start, attach, exec */
    uint32_t exit_code;             /* of wait */
    const char *inspected;          /* JSON of a container */
    wcow_container_info container;  /* the same container's, without texts */
    const char *image;              /* JSON of an image; NULL: there is none */
    const char *const *image_names; /* names and their JSON in turn; NULL: all are `image` */
    const char *const *settings;    /* of config.json: names and values in turn; NULL: none */
    bool broken_settings;
    const char *network; /* JSON of one; NULL: there is none */
    const char *info;
    const char *findings; /* of an examination; the worst of them is `verdict` */
    wcow_verdict verdict;
    const char *plan;
    const char *const *warnings; /* of what is created; NULL: none */
    const char *step;            /* told when a host is opened; NULL: none */
    const char *file;            /* contents of every file; NULL: there are none */
    const wcow_container_info *containers;
    size_t container_count;
    unsigned listings, last_listing; /* after so many there are no containers; 0: for ever */
    bool ids_are_names;              /* each has the name it was opened by for its id */
    const wcow_volume_info *volumes;
    size_t volume_count;
    const char *volume; /* JSON of a volume; NULL: there is none */
    const wcow_image_info *images;
    size_t image_count;
    const wcow_process_info *processes;
    size_t process_count;
    const wcow_stats *stats; /* of each container; NULL: the service does not answer */
    wcow_prune_report pruned;
    const char *const *removed;  /* lines of a prune: "c" or "i" before each; NULL: none */
    const char *log;             /* what logs hands out */
    const char *const *happened; /* lines that events hands out; NULL: none */
    bool terminals[3];
    unsigned columns;
    const char *const *typed; /* lines at the terminal, NULL-terminated */
    const char *user;         /* of the credentials that are kept */

    unsigned open_containers, open_hosts, open_watches; /* what was not freed */
};

extern struct fake_wcow fake;

/** How a run of the program went. Streams are owned, see outcome_free(). */
struct printed {
    uint32_t code;
    char *out;
    char *err;
};

/** Forgets everything, with a host where no terminal and no container is. */
void fake_reset(void);

/** Runs "wcow LINE…", the words in a NULL-terminated list, with `input` on standard input. */
void program_with_input(struct printed *printed, const char *input, const char *const *words);

/** Runs and compares: prints both sides of what differs. NULL: not compared. */
#define expect(code, out, err, ...)                                                                \
    expect_at(__FILE__, __LINE__, "", code, out, err, (const char *const[]){__VA_ARGS__, NULL})
#define expect_with_input(input, code, out, err, ...)                                              \
    expect_at(__FILE__, __LINE__, input, code, out, err, (const char *const[]){__VA_ARGS__, NULL})
void expect_at(const char *file, int line, const char *input, uint32_t code, const char *out,
               const char *err, const char *const *words);

/** Compares the calls since the last time, and forgets them. */
void expect_calls(const char *calls);

/* For the parts of the library that have a file of their own. */

/** Writes a call down; fails if the test wants it to. */
wcow_status fake_call(wcow_error *err, const char *format, ...) WCOW_PRINTF(2, 3);
/** The same of a whole line. */
wcow_status fake_note(wcow_error *err, const char *line);
/** A copy of `with` in *out, unless `status` is a failure. */
wcow_status fake_answer(wcow_status status, const char *with, char **out, wcow_error *err);
/** A block of memory as the library hands it out; NULL when out of memory. */
void *fake_copy_list(const void *items, size_t size);

int fake_setup(void **state);
/** Also checks that everything was freed. */
int fake_teardown(void **state);

#endif
