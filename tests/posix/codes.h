/* SPDX-License-Identifier: MIT */
/** errno → HRESULT, by the Win32 code of the same meaning. */
#ifndef POSIX_CODES_H
#define POSIX_CODES_H

#include <stdint.h>

/** E_FAIL for an errno that the table does not hold. */
int32_t hresult_from_errno(int code);
/** The present errno. */
int32_t hresult_last(void);

#endif
