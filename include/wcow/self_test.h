/* SPDX-License-Identifier: MIT */
/**
 * The self-test: what Windows really does, asked on a real host.
 *
 * wcow is built without a Windows machine at hand: its facts come from sources, and what no source
 * tells is an assumption. The self-test tries each of them and writes down what happened.
 */
#ifndef WCOW_SELF_TEST_H
#define WCOW_SELF_TEST_H

#include <stdbool.h>
#include <stddef.h>

#include <wcow/host.h>

#ifdef __cplusplus
extern "C" {
#endif

/** How a step ended. */
typedef enum wcow_self_test_outcome {
    WCOW_SELF_TEST_BEGINS = 0,  /**< it has not ended: it is under way now */
    WCOW_SELF_TEST_PASSED = 1,  /**< as expected */
    WCOW_SELF_TEST_DIFFERS = 2, /**< something was not as expected: the report says what */
    WCOW_SELF_TEST_LEFT_OUT = 3 /**< could not be tried here; the report says why */
} wcow_self_test_outcome;

/** What to try. Initialise with WCOW_SELF_TEST_OPTIONS_INIT; all strings are borrowed. */
typedef struct wcow_self_test_options {
    size_t size;
    const char *image; /**< whose containers are run: taken from the host's own store, else pulled;
                            NULL: Microsoft's smallest for this build */
    bool no_hyperv;    /**< leave out what needs Hyper-V isolation */
    /** Called before and after each step; NULL: nobody is told. `why` is the reason of what is left
     * out, else NULL. */
    void (*told)(void *context, const char *step, wcow_self_test_outcome outcome, const char *why);
    void *context; /**< for the functions above */
} wcow_self_test_options;

#define WCOW_SELF_TEST_OPTIONS_INIT                                                                \
    {                                                                                              \
        sizeof(wcow_self_test_options), NULL, false, NULL, NULL                                    \
    }

/**
 * Tries everything, in a root folder of its own beside the host's ("<root>-self-test", removed at
 * the end; what an earlier one left there goes first). Takes minutes. Needs an elevated process and
 * a Host Compute Service.
 *
 * @param options      NULL: the defaults
 * @param[out] json    the report, one JSON object: facts of the host, and each step with its calls,
 *                     HRESULTs, documents and times; owned by the caller, wcow_free()
 * @param[out] passed  whether no step differed from what was expected
 * @return WCOW_OK also if steps differed; WCOW_UNAVAILABLE without a service, WCOW_DENIED if the
 *         process is not elevated
 */
WCOW_API WCOW_CHECKED wcow_status wcow_host_self_test(wcow_host *host,
                                                      const wcow_self_test_options *options,
                                                      char **json, bool *passed, wcow_error *err);

/**
 * The body of a program that the self-test runs in a container (`wcow deaf`, internal): for two
 * minutes it tells on its standard output which control events come, and takes no notice of them.
 *
 * @param stays  the one to close or shut down is not returned from
 */
WCOW_API WCOW_CHECKED wcow_status wcow_self_test_deaf(bool stays, wcow_error *err);

#ifdef __cplusplus
}
#endif

#endif
