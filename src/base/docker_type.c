/* SPDX-License-Identifier: MIT */
/* Docker's types. */
#include "base/docker_type.h"

#include <string.h>

struct type {
    enum docker_kind kind;
    enum docker_type item;
};

/* clang-format off */
#define DOCKER_TYPE(name, kind, item)
#define DOCKER_MEMBERS(type)         static const struct docker_member members_of_##type[] = {
#define DOCKER_MEMBER(name, type)    {name, type, false},
#define DOCKER_OPTIONAL(name, type)  {name, type, true},
#define DOCKER_END                   {NULL, DOCKER_NONE, false}};
#include "base/docker_types.def"
#undef DOCKER_TYPE
#undef DOCKER_MEMBERS
#undef DOCKER_MEMBER
#undef DOCKER_OPTIONAL
#undef DOCKER_END

#define DOCKER_MEMBER(name, type)
#define DOCKER_OPTIONAL(name, type)
#define DOCKER_END

#define DOCKER_TYPE(name, kind, item) [name] = {kind, item},
#define DOCKER_MEMBERS(type)
static const struct type types[DOCKER_TYPE_COUNT] = {
#include "base/docker_types.def"
};
#undef DOCKER_TYPE
#undef DOCKER_MEMBERS

#define DOCKER_TYPE(name, kind, item)
#define DOCKER_MEMBERS(type) [type] = members_of_##type,
static const struct docker_member *const all_members[DOCKER_TYPE_COUNT] = {
#include "base/docker_types.def"
};
/* clang-format on */

const struct docker_member *docker_members(enum docker_type type)
{
    static const struct docker_member none[] = {{NULL, DOCKER_NONE, false}};

    return all_members[type] ? all_members[type] : none;
}

enum docker_kind docker_kind(enum docker_type type)
{
    return types[type].kind;
}

enum docker_type docker_item(enum docker_type type)
{
    return types[type].item;
}

/* A value of that kind in which nothing is yet. */
static cJSON *empty_value(enum docker_kind kind)
{
    static const int zeros[] = {0, 0};

    switch (kind) {
    case DOCKER_IS_TEXT:
        return cJSON_CreateString("");
    case DOCKER_IS_TIME:
        return cJSON_CreateString("0001-01-01T00:00:00Z");
    case DOCKER_IS_NUMBER:
        return cJSON_CreateNumber(0);
    case DOCKER_IS_FLAG:
        return cJSON_CreateFalse();
    case DOCKER_IS_FILLED:
        return cJSON_CreateArray();
    case DOCKER_IS_PAIR:
        return cJSON_CreateIntArray(zeros, 2);
    case DOCKER_IS_STRUCT:
        return cJSON_CreateObject();
    default:
        return cJSON_CreateNull();
    }
}

cJSON *docker_zero(enum docker_type type)
{
    cleanup_json cJSON *zero = empty_value(types[type].kind);

    if (!zero || !docker_complete(zero, type))
        return NULL;
    docker_mark(zero, type);
    return TAKE(zero);
}

/* Moves each member of `from` to where it belongs in `to`, or its zero value. */
static bool sort_members(cJSON *from, const struct docker_member *members, cJSON *to)
{
    for (; members->name; members++) {
        cJSON *member = cJSON_DetachItemFromObjectCaseSensitive(from, members->name);

        if (!member && members->optional)
            continue;
        if (!member)
            member = empty_value(types[members->type].kind);
        if (!json_add(to, members->name, member) || !docker_complete(member, members->type))
            return false;
    }
    while (from->child) {
        cJSON *member = cJSON_DetachItemViaPointer(from, from->child);
        cleanup_free char *name = member->string;

        member->string = NULL;
        if (!name || !json_add(to, name, member))
            return false;
    }
    return true;
}

static bool complete_members(cJSON *object, const struct docker_member *members)
{
    cleanup_json cJSON *sorted = cJSON_CreateObject();

    if (!sorted || !sort_members(object, members, sorted))
        return false;
    object->child = sorted->child;
    sorted->child = NULL;
    return true;
}

bool docker_complete(cJSON *value, enum docker_type type)
{
    const enum docker_type item_type = types[type].item;
    cJSON *item;

    if (cJSON_IsObject(value) && all_members[type])
        return complete_members(value, all_members[type]);
    if (item_type == DOCKER_NONE)
        return true;
    cJSON_ArrayForEach (item, value)
        if (!docker_complete(item, item_type))
            return false;
    return true;
}

static enum docker_type member_type(const struct docker_member *members, const char *name)
{
    for (; members->name; members++)
        if (strcmp(members->name, name) == 0)
            return members->type;
    return DOCKER_NONE;
}

void docker_mark(cJSON *value, enum docker_type type)
{
    cJSON *item;

    if (!cJSON_IsObject(value) && !cJSON_IsArray(value) && !cJSON_IsNull(value))
        return;
    value->valueint = (int)type;
    cJSON_ArrayForEach (item, value) {
        if (all_members[type] && item->string)
            docker_mark(item, member_type(all_members[type], item->string));
        else
            docker_mark(item, types[type].item);
    }
}

enum docker_type docker_type_of(const cJSON *value)
{
    if (!cJSON_IsObject(value) && !cJSON_IsArray(value) && !cJSON_IsNull(value))
        return DOCKER_NONE;
    return (enum docker_type)value->valueint;
}
