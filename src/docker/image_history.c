/* SPDX-License-Identifier: MIT */
/* An image's history in Docker's shape. */
#include "docker/image_history.h"

#include <stdlib.h>

#include "base/fields.h"
#include "base/number.h"

#define SECOND INT64_C(1000000000)

/* A row, in the order in which Docker names its members. */
typedef struct row {
    const char *id;
    int64_t created; /* seconds since 1970 */
    const char *created_by;
    uint64_t size;
    const char *comment;
} row;

#define AT(name) offsetof(row, name)

static const field fields[] = {
    {"Id", FIELD_TEXT, .at = AT(id)},
    {"Created", FIELD_SECONDS, .at = AT(created)},
    {"CreatedBy", FIELD_TEXT, .at = AT(created_by), .text = ""},
    {"Size", FIELD_SIZE, .at = AT(size)},
    {"Comment", FIELD_TEXT, .at = AT(comment), .text = ""},
    FIELDS_END,
};

static row row_of(const char *id, const history_facts *facts)
{
    const image_history *step = facts->step;
    row r = {.id = id ? id : "<missing>", .size = facts->size};

    if (!step)
        return r;
    if (step->created && time_parse(step->created, &r.created))
        r.created /= SECOND;
    r.created_by = step->created_by;
    r.comment = step->comment;
    return r;
}

char *image_history_print(const char *id, const history_facts *steps, size_t count)
{
    cleanup_json cJSON *rows = cJSON_CreateArray();

    for (size_t i = count; rows && i > 0; i--) {
        const row r = row_of(i == count ? id : NULL, &steps[i - 1]);

        if (!json_append(rows, fields_object(fields, &r)))
            return NULL;
    }
    return rows ? json_print(rows) : NULL;
}
