/* SPDX-License-Identifier: MIT */
/* The version of the library. */
#include <wcow/host.h>

#define VERSION "0.1.0" /* CMakeLists.txt says the same; a test compares them */

const char *wcow_version(void)
{
    return VERSION;
}
