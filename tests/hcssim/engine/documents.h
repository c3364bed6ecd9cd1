/* SPDX-License-Identifier: MIT */
/** Documents against their schemas (documents.c, schemas.c). */
#ifndef HCSSIM_ENGINE_DOCUMENTS_H
#define HCSSIM_ENGINE_DOCUMENTS_H

#include "base/json.h"
#include "refusal.h"

typedef enum field_kind {
    FIELD_END,
    FIELD_TEXT,
    FIELD_GUID,
    FIELD_BOOL,
    FIELD_WHOLE,   /* 0…limit; limit 0: 2^53 */
    FIELD_OBJECT,  /* fields */
    FIELD_OBJECTS, /* array of objects: fields */
    FIELD_TEXTS,   /* array of strings */
    FIELD_MAP,     /* any names; values are objects: fields */
    FIELD_STRINGS, /* any names; values are strings */
    FIELD_PAIR,    /* array of exactly two whole numbers */
    FIELD_ANY
} field_kind;

typedef struct field {
    const char *name;
    field_kind kind;
    bool required;
    double limit;
    uint32_t since; /* first build that knows it */
    const struct field *fields;
    const char *const *allowed; /* texts, NULL-terminated; NULL: any */
} field;

/** Refuses (0xC037010D) what a schema does not allow, naming the member. */
int32_t document_check(const field *schema, const cJSON *document, uint32_t build, refusal *why);
/** Parses and checks. "" and NULL are an empty document where `optional`. */
int32_t document_read(const char *content, const field *schema, bool optional, uint32_t build,
                      cJSON **out, refusal *why);

extern const field schema_container_v1[], schema_process[], schema_system_v2[],
    schema_container_v2[], schema_enumerate[], schema_query[], schema_service_query[],
    schema_modify_v1[], schema_modify_v2[], schema_modify_process[], schema_signal[],
    schema_service_settings[], schema_guard_operation[], schema_guard_add[], schema_guard_remove[],
    schema_options[];

#endif
