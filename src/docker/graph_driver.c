/* SPDX-License-Identifier: MIT */
/* "GraphDriver". Without a folder its data is null, as docker_complete() makes it. */
#include "docker/graph_driver.h"

static const field data_fields[] = {
    {"dir", FIELD_TEXT, .at = 0},
    FIELDS_END,
};

const field graph_driver_fields[] = {
    {"Data", FIELD_SOME_OBJECT, .members = data_fields},
    {"Name", FIELD_FIXED, .text = GRAPH_DRIVER},
    FIELDS_END,
};
