/* SPDX-License-Identifier: MIT */
/** The libraries that this program was built with. */
#ifndef CLI_DEPENDENCIES_H
#define CLI_DEPENDENCIES_H

#include <cjson/cJSON.h>

/** A list of {Name, Version, Source}, for a bill of materials; NULL when out of memory. */
cJSON *dependencies_new(void);

#endif
