/* SPDX-License-Identifier: MIT */
/* Checks documents against schema tables: what a table does not name is refused by name. */
#include "documents.h"
#include "codes.h"

#include <math.h>
#include <string.h>

#include "base/guid.h"
#include "base/text.h"

#define WHOLE_MAX 9007199254740992.0 /* 2^53: more a JSON number cannot hold exactly */
#define TEXT_MAX  ((size_t)1 << 20)

typedef struct checker {
    uint32_t build;
    text where; /* path of the object being checked */
    refusal *why;
} checker;

static int32_t check_object(checker *c, const field *schema, const cJSON *object);

static const char *place(const checker *c)
{
    return c->where.length ? text_get(&c->where) : "the document";
}

static int32_t ill_typed(checker *c, const char *name, const char *wanted)
{
    return refuse(c->why, SIM_E_INVALID_JSON, "Member '%s' of %s is not %s.", name, place(c),
                  wanted);
}

static bool is_whole(const cJSON *value)
{
    return cJSON_IsNumber(value) && value->valuedouble >= 0 && value->valuedouble <= WHOLE_MAX &&
           floor(value->valuedouble) == value->valuedouble;
}

static int32_t check_text(checker *c, const field *f, const cJSON *value)
{
    guid parsed;

    if (!cJSON_IsString(value))
        return ill_typed(c, f->name, "a string");
    if (f->kind == FIELD_GUID && !guid_parse(value->valuestring, &parsed))
        return ill_typed(c, f->name, "a GUID");
    if (!f->allowed)
        return HR_OK;
    for (const char *const *allowed = f->allowed; *allowed; allowed++)
        if (!strcmp(*allowed, value->valuestring))
            return HR_OK;
    return refuse(c->why, SIM_E_INVALID_JSON, "Member '%s' of %s has the unknown value '%s'.",
                  f->name, place(c), value->valuestring);
}

static int32_t check_whole(checker *c, const field *f, const cJSON *value)
{
    if (!is_whole(value))
        return ill_typed(c, f->name, "a whole number");
    if (f->limit > 0 && value->valuedouble > f->limit)
        return refuse(c->why, HR_INVALID_PARAMETER, "Member '%s' of %s is more than %.0f.", f->name,
                      place(c), f->limit);
    return HR_OK;
}

/* Goes into a member, an element (index >= 0): the path in messages grows and shrinks again. */
static int32_t check_inner(checker *c, const field *f, const char *name, int index,
                           const cJSON *value)
{
    size_t length = c->where.length;
    int32_t hr;

    if (!cJSON_IsObject(value))
        return ill_typed(c, name, index < 0 ? "an object" : "an array of objects");
    text_addf(&c->where, "%s%s", length ? "." : "", name);
    if (index >= 0)
        text_addf(&c->where, "[%d]", index);
    hr = check_object(c, f->fields, value);
    text_cut(&c->where, length);
    return hr;
}

static int32_t check_objects(checker *c, const field *f, const cJSON *value)
{
    int32_t hr = HR_OK;
    const cJSON *item;
    int index = 0;

    if (!cJSON_IsArray(value))
        return ill_typed(c, f->name, "an array");
    cJSON_ArrayForEach (item, value)
        if (HR_SUCCEEDED(hr))
            hr = check_inner(c, f, f->name, index++, item);
    return hr;
}

static int32_t check_map(checker *c, const field *f, const cJSON *value)
{
    int32_t hr = HR_OK;
    const cJSON *item;

    if (!cJSON_IsObject(value))
        return ill_typed(c, f->name, "an object");
    cJSON_ArrayForEach (item, value) {
        if (HR_FAILED(hr))
            return hr;
        if (f->kind == FIELD_MAP)
            hr = check_inner(c, f, item->string, -1, item);
        else if (!cJSON_IsString(item))
            hr = ill_typed(c, item->string, "a string");
    }
    return hr;
}

static int32_t check_texts(checker *c, const field *f, const cJSON *value)
{
    const cJSON *item;

    if (!cJSON_IsArray(value))
        return ill_typed(c, f->name, "an array");
    cJSON_ArrayForEach (item, value) {
        int32_t hr = check_text(c, f, item);

        if (HR_FAILED(hr))
            return hr;
    }
    return HR_OK;
}

static int32_t check_pair(checker *c, const field *f, const cJSON *value)
{
    const cJSON *item;

    if (!cJSON_IsArray(value) || cJSON_GetArraySize(value) != 2)
        return ill_typed(c, f->name, "an array of two whole numbers");
    cJSON_ArrayForEach (item, value)
        if (!is_whole(item))
            return ill_typed(c, f->name, "an array of two whole numbers");
    return HR_OK;
}

static int32_t check_value(checker *c, const field *f, const cJSON *value)
{
    switch (f->kind) {
    case FIELD_TEXT:
    case FIELD_GUID:
        return check_text(c, f, value);
    case FIELD_BOOL:
        return cJSON_IsBool(value) ? HR_OK : ill_typed(c, f->name, "true or false");
    case FIELD_WHOLE:
        return check_whole(c, f, value);
    case FIELD_OBJECT:
        return check_inner(c, f, f->name, -1, value);
    case FIELD_OBJECTS:
        return check_objects(c, f, value);
    case FIELD_TEXTS:
        return check_texts(c, f, value);
    case FIELD_MAP:
    case FIELD_STRINGS:
        return check_map(c, f, value);
    case FIELD_PAIR:
        return check_pair(c, f, value);
    case FIELD_END:
    case FIELD_ANY:
        break;
    }
    return HR_OK;
}

static const field *field_find(const checker *c, const field *schema, const char *name)
{
    for (const field *f = schema; f->kind != FIELD_END; f++)
        if (!strcmp(f->name, name) && f->since <= c->build)
            return f;
    return NULL;
}

static int32_t check_object(checker *c, const field *schema, const cJSON *object)
{
    const cJSON *member;

    cJSON_ArrayForEach (member, object) {
        const field *f = field_find(c, schema, member->string);
        int32_t hr;

        if (!f)
            return refuse(c->why, SIM_E_INVALID_JSON, "Unknown member '%s' in %s.", member->string,
                          place(c));
        hr = check_value(c, f, member);
        if (HR_FAILED(hr))
            return hr;
    }
    for (const field *f = schema; f->kind != FIELD_END; f++)
        if (f->required && !json_member(object, f->name))
            return refuse(c->why, SIM_E_INVALID_JSON, "Member '%s' is missing in %s.", f->name,
                          place(c));
    return HR_OK;
}

int32_t document_check(const field *schema, const cJSON *document, uint32_t build, refusal *why)
{
    checker c = {build, TEXT_INIT, why};
    int32_t hr;

    if (!cJSON_IsObject(document))
        return refuse(why, SIM_E_INVALID_JSON, "The document is not an object.");
    hr = check_object(&c, schema, document);
    text_free(&c.where);
    return hr;
}

int32_t document_read(const char *content, const field *schema, bool optional, uint32_t build,
                      cJSON **out, refusal *why)
{
    cleanup_json cJSON *document = NULL;
    wcow_error err = {0};
    int32_t hr;

    if (optional && (!content || !*content)) {
        *out = cJSON_CreateObject();
        return HR_OK;
    }
    if (!content)
        return refuse(why, HR_INVALID_PARAMETER, "There is no document.");
    if (json_parse(content, strnlen(content, TEXT_MAX), "the document", &document, &err))
        return refuse(why, SIM_E_INVALID_JSON, "Invalid JSON document: %s", err.message);
    hr = document_check(schema, document, build, why);
    if (HR_SUCCEEDED(hr))
        *out = TAKE(document);
    return hr;
}
