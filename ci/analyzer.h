/* SPDX-License-Identifier: MIT */
/*
 * Read before each file that clang's analyzer looks at (ci/tidy). It sees one file at a time, and
 * so does not know that error_…() returns the failure it is given: it would follow paths on which a
 * failure is a success. Here it is told.
 */
#include "base/error.h"

static inline void analyzer_use(const char *format, ...)
{
    (void)format;
}

#define error_set(err, status, ...)          (analyzer_use(__VA_ARGS__), (void)(err), (status))
#define error_wrap(err, status, ...)         (analyzer_use(__VA_ARGS__), (void)(err), (status))
#define error_no_memory(err)                 ((void)(err), WCOW_NO_MEMORY)
#define error_hresult(err, hr, call)         ((void)(err), (void)(hr), (void)(call), WCOW_FAILED)
#define error_check(err, hr, call)           ((void)(err), (void)(call), (hr) < 0 ? WCOW_FAILED : WCOW_OK)
#define error_name(err, status, known, name) ((void)(err), (void)(known), (void)(name), (status))
#define error_pass(err, status, why)         ((void)(err), (void)(why), (status))
