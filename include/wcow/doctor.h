/* SPDX-License-Identifier: MIT */
/** The doctor: what is wrong with this host, and what to do about each of it. */
#ifndef WCOW_DOCTOR_H
#define WCOW_DOCTOR_H

#include <stdbool.h>
#include <stddef.h>

#include <wcow/host.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What a check found, the worse the greater. */
typedef enum wcow_verdict {
    WCOW_VERDICT_FINE = 0,    /**< as it should be, or a fact that harms nobody */
    WCOW_VERDICT_UNKNOWN = 1, /**< it could not be asked; the finding says why */
    WCOW_VERDICT_WARNING = 2, /**< containers run, but something is worse than it need be */
    WCOW_VERDICT_BROKEN = 3   /**< something that wcow does cannot work like this */
} wcow_verdict;

/** How to examine a host. Initialise with WCOW_EXAMINE_OPTIONS_INIT. */
typedef struct wcow_examine_options {
    size_t size;
    bool fix; /**< mend what can be mended without taking anything from anybody: leftovers of
                   wcow's own whose owner died are given back, services that containers need are
                   started. Containers, images, volumes and settings of the host stay */
} wcow_examine_options;

#define WCOW_EXAMINE_OPTIONS_INIT                                                                  \
    {                                                                                              \
        sizeof(wcow_examine_options), false                                                        \
    }

/**
 * Examines the host. Changes nothing unless it is asked to fix. Works for every user: what needs an
 * elevated process says so. A service that does not answer is a finding and no hang: each check has
 * ten seconds, mending what it found two minutes, and what has not returned then is left behind on
 * a thread of its own.
 *
 * @param options     NULL: the defaults
 * @param[out] json   an array of objects, one for each check: ID, Question, Verdict ("fine",
 *                    "unknown", "warning", "broken"), Found, Remedy ("" if there is none to give),
 *                    Fixable (by `fix`) and Fixed; owned by the caller, wcow_free()
 * @param[out] worst  the worst verdict
 */
WCOW_API WCOW_CHECKED wcow_status wcow_host_examine(wcow_host *host,
                                                    const wcow_examine_options *options,
                                                    char **json, wcow_verdict *worst,
                                                    wcow_error *err);

#ifdef __cplusplus
}
#endif

#endif
