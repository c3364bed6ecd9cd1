/* SPDX-License-Identifier: MIT */
/** What every contract test includes: cmocka with its own headers, and two assertions on HRESULTs.
 */
#ifndef CONTRACT_CONTRACT_H
#define CONTRACT_CONTRACT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "native.h"

/* Both print the code in hexadecimal when they fail. */
#define assert_hr(expected, call)                                                                  \
    assert_int_equal((uint32_t)(int32_t)(expected), (uint32_t)(int32_t)(call))
#define assert_done(call) assert_hr(HR_OK, call)

#endif
