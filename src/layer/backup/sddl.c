/* SPDX-License-Identifier: MIT */
/*
 * SDDL: "O:BAG:SYD:PAI(A;OICI;FA;;;SY)(A;;0x1200a9;;;WD)S:(ML;;NW;;;LW)". A descriptor is its
 * header of 20 bytes (revision, control, four offsets), owner and group as SIDs, two ACLs; an ACL
 * is a header of 8 bytes and ACEs; an ACE is a header of 4 bytes, rights, for object ACEs two
 * GUIDs, and a SID.
 */
#include "layer/backup/sddl.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "layer/backup/bytes.h"

#define HEADER_SIZE 20u
#define OWNER       4u /* offsets of offsets in it */
#define GROUP       8u
#define SACL        12u
#define DACL        16u

#define SELF_RELATIVE    0x8000u
#define DACL_PRESENT     0x0004u
#define PROTECTED        0x1000u /* of a DACL; a SACL's is twice that, as the next two */
#define AUTO_INHERIT_REQ 0x0100u
#define AUTO_INHERITED   0x0400u
#define SACL_PRESENT     0x0010u

#define ACL_REVISION        2u
#define ACL_REVISION_OBJECT 4u
#define ACL_LIMIT           UINT16_MAX

#define OBJECT_TYPE_PRESENT    1u
#define INHERITED_TYPE_PRESENT 2u

typedef struct word {
    const char *name;
    uint32_t value;
} word;

/* Longer names first where one begins with another. */
static const word ace_types[] = {
    {"AU", 0x02}, {"AL", 0x03}, {"A", 0x00},  {"D", 0x01},  {"OA", 0x05}, {"OD", 0x06},
    {"OU", 0x07}, {"OL", 0x08}, {"ML", 0x11}, {"SP", 0x13}, {"TL", 0x14}, {NULL, 0},
};

/* These end with an expression, which nothing wrote into layers when they carried SDDL. */
static const word expression_types[] = {
    {"XA", 0x09}, {"XD", 0x0A}, {"XU", 0x0D}, {"ZA", 0x0B}, {"RA", 0x12}, {"FL", 0x15}, {NULL, 0},
};

static const word ace_flags[] = {
    {"OI", 0x01}, {"CI", 0x02}, {"NP", 0x04}, {"IO", 0x08}, {"ID", 0x10},
    {"CR", 0x20}, {"TP", 0x40}, {"SA", 0x40}, {"FA", 0x80}, {NULL, 0},
};

static const word rights[] = {
    {"GA", 0x10000000}, {"GX", 0x20000000}, {"GW", 0x40000000}, {"GR", 0x80000000},
    {"SD", 0x00010000}, {"RC", 0x00020000}, {"WD", 0x00040000}, {"WO", 0x00080000},
    {"FA", 0x001F01FF}, {"FR", 0x00120089}, {"FW", 0x00120116}, {"FX", 0x001200A0},
    {"KA", 0x000F003F}, {"KR", 0x00020019}, {"KW", 0x00020006}, {"KX", 0x00020019},
    {"CC", 0x00000001}, {"DC", 0x00000002}, {"LC", 0x00000004}, {"SW", 0x00000008},
    {"RP", 0x00000010}, {"WP", 0x00000020}, {"DT", 0x00000040}, {"LO", 0x00000080},
    {"CR", 0x00000100}, {"NW", 0x00000001}, {"NR", 0x00000002}, {"NX", 0x00000004},
    {NULL, 0},
};

static wcow_status refuse(const char *what, const char *at, wcow_error *err)
{
    return error_set(err, WCOW_CORRUPT, "%s at '%.16s'", what, at);
}

static void skip_blanks(const char **at)
{
    while (**at == ' ')
        ++*at;
}

static const word *find_word(const word *words, const char *at)
{
    for (; words->name; words++)
        if (text_starts_with(at, words->name))
            return words;
    return NULL;
}

/* Any number of words, up to what cannot be one. */
static uint32_t take_words(const word *words, const char **at)
{
    uint32_t all = 0;
    const word *found;

    while ((found = find_word(words, *at)) != NULL) {
        all |= found->value;
        *at += strlen(found->name);
    }
    return all;
}

static bool take_semicolon(const char **at)
{
    if (**at != ';')
        return false;
    ++*at;
    skip_blanks(at);
    return true;
}

/* ---- the fields of an ACE ---- */

/* A number in C's notation, or words. */
static bool take_rights(const char **at, uint32_t *out)
{
    char *end;
    unsigned long long number;

    if (**at < '0' || **at > '9') {
        *out = take_words(rights, at);
        return true;
    }
    number = strtoull(*at, &end, 0);
    if (number > UINT32_MAX)
        return false;
    *at = end;
    *out = (uint32_t)number;
    return true;
}

static int hex_digit(char c)
{
    const char *const digits = "0123456789abcdef";
    const char *found = c ? strchr(digits, c >= 'A' && c <= 'F' ? c - 'A' + 'a' : c) : NULL;

    return found ? (int)(found - digits) : -1;
}

/* "bf967aba-0de6-11d0-a285-00aa003049e2": three numbers of Windows, then bytes. */
static bool take_guid(const char **at, text *out)
{
    static const unsigned char order[] = {3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15};
    unsigned char bytes[16];
    unsigned char guid[16];
    const char *c = *at;

    for (size_t i = 0; i < sizeof(bytes); i++) {
        int high;
        int low;

        if ((i == 4 || i == 6 || i == 8 || i == 10) && *c++ != '-')
            return false;
        high = hex_digit(c[0]);
        low = high < 0 ? -1 : hex_digit(c[1]);
        if (low < 0)
            return false;
        bytes[i] = (unsigned char)(high << 4 | low);
        c += 2;
    }
    for (size_t i = 0; i < sizeof(guid); i++)
        guid[i] = bytes[order[i]];
    text_add_bytes(out, guid, sizeof(guid));
    *at = c;
    return true;
}

static bool is_object(uint32_t type)
{
    return type >= 0x05 && type <= 0x08;
}

/* Both GUIDs of an object ACE, each of which may be missing; others must not have any. */
static bool take_guids(uint32_t type, const char **at, text *out)
{
    cleanup_text text guids = TEXT_INIT;
    uint32_t present = 0;

    if (**at != ';') {
        present |= OBJECT_TYPE_PRESENT;
        if (!is_object(type) || !take_guid(at, &guids))
            return false;
    }
    if (!take_semicolon(at))
        return false;
    if (**at != ';') {
        present |= INHERITED_TYPE_PRESENT;
        if (!is_object(type) || !take_guid(at, &guids))
            return false;
    }
    if (is_object(type))
        bytes_add_u32(out, present);
    if (guids.failed)
        out->failed = true;
    else if (guids.length > 0)
        text_add_bytes(out, guids.data, guids.length);
    return take_semicolon(at);
}

static wcow_status take_type(const char **at, uint32_t *out, wcow_error *err)
{
    const word *type;

    skip_blanks(at);
    type = find_word(expression_types, *at);
    if (type)
        return error_set(err, WCOW_UNSUPPORTED, "an ACE with an expression ('%s')", type->name);
    type = find_word(ace_types, *at);
    if (!type)
        return refuse("unknown type of ACE", *at, err);
    *at += strlen(type->name);
    *out = type->value;
    return WCOW_OK;
}

/* "TYPE;FLAGS;RIGHTS;GUID;GUID;SID)" */
static wcow_status take_ace(const char **at, text *acl, bool *object, wcow_error *err)
{
    const char *start = *at;
    size_t begin = acl->length;
    uint32_t type = 0;
    uint32_t flags;
    uint32_t mask = 0;
    wcow_status status = take_type(at, &type, err);

    if (status)
        return status;
    if (!take_semicolon(at))
        return refuse("malformed ACE", start, err);
    flags = take_words(ace_flags, at);
    if (!take_semicolon(at) || !take_rights(at, &mask) || !take_semicolon(at))
        return refuse("malformed ACE", start, err);
    text_add_char(acl, (char)type);
    text_add_char(acl, (char)flags);
    bytes_add_u16(acl, 0); /* its size, once it is known */
    bytes_add_u32(acl, mask);
    if (!take_guids(type, at, acl))
        return refuse("malformed ACE", start, err);
    status = sddl_add_sid(at, acl, err);
    if (status)
        return status;
    skip_blanks(at);
    if (**at != ')')
        return refuse("malformed ACE", start, err);
    if (acl->length > ACL_LIMIT)
        return refuse("the list is too long", start, err);
    ++*at;
    if (!acl->failed) {
        acl->data[begin + 2] = (char)((acl->length - begin) & 0xff);
        acl->data[begin + 3] = (char)((acl->length - begin) >> 8);
    }
    *object = *object || is_object(type);
    return WCOW_OK;
}

/* ---- the parts of a descriptor ---- */

/* What is built: the parts one after the other, and what the header says of them. */
typedef struct descriptor {
    uint32_t control;
    uint32_t offsets[5]; /* by OWNER / 4 and so on */
    text parts;
} descriptor;

/* "P", "AR", "AI" in any order; true if there is no list at all, which lets everyone in. */
static bool take_acl_flags(const char **at, unsigned shift, uint32_t *control)
{
    static const word flags[] = {
        {"P", PROTECTED}, {"AR", AUTO_INHERIT_REQ}, {"AI", AUTO_INHERITED}, {NULL, 0}};
    static const char everyone[] = "NO_ACCESS_CONTROL";

    *control |= take_words(flags, at) << shift;
    if (!text_starts_with(*at, everyone))
        return false;
    *at += sizeof(everyone) - 1;
    *control |= take_words(flags, at) << shift;
    return true;
}

static wcow_status take_acl(const char **at, bool sacl, descriptor *out, wcow_error *err)
{
    cleanup_text text acl = TEXT_INIT;
    bool object = false;
    uint16_t count = 0;

    out->control |= sacl ? SACL_PRESENT : DACL_PRESENT;
    skip_blanks(at);
    if (take_acl_flags(at, sacl, &out->control))
        return WCOW_OK;
    bytes_add_u64(&acl, 0); /* its header, once it is known */
    skip_blanks(at);
    for (; **at == '('; count++) {
        wcow_status status;

        ++*at;
        status = take_ace(at, &acl, &object, err);
        if (status)
            return status;
        skip_blanks(at);
    }
    out->offsets[(sacl ? SACL : DACL) / 4] = (uint32_t)(HEADER_SIZE + out->parts.length);
    bytes_add_u16(&out->parts, object ? ACL_REVISION_OBJECT : ACL_REVISION);
    bytes_add_u16(&out->parts, (uint16_t)acl.length);
    bytes_add_u32(&out->parts, count);
    if (acl.failed)
        return error_no_memory(err);
    text_add_bytes(&out->parts, acl.data + 8, acl.length - 8);
    return WCOW_OK;
}

static wcow_status take_sid(const char **at, size_t which, descriptor *out, wcow_error *err)
{
    out->offsets[which / 4] = (uint32_t)(HEADER_SIZE + out->parts.length);
    return sddl_add_sid(at, &out->parts, err);
}

static wcow_status take_part(const char **at, descriptor *out, wcow_error *err)
{
    const char *start = *at;
    char part = *start;

    if (!strchr("OGDS", part) || start[1] != ':')
        return refuse("neither owner, group nor list", start, err);
    *at += 2;
    if ((part == 'O' && out->offsets[OWNER / 4]) || (part == 'G' && out->offsets[GROUP / 4]) ||
        (part == 'D' && out->control & DACL_PRESENT) ||
        (part == 'S' && out->control & SACL_PRESENT))
        return refuse("a part that comes twice", start, err);
    if (part == 'O' || part == 'G')
        return take_sid(at, part == 'O' ? OWNER : GROUP, out, err);
    return take_acl(at, part == 'S', out, err);
}

static wcow_status finish(const descriptor *d, unsigned char **out, size_t *size, wcow_error *err)
{
    cleanup_text text whole = TEXT_INIT;

    if (d->parts.failed)
        return error_no_memory(err);
    bytes_add_u16(&whole, 1); /* revision */
    bytes_add_u16(&whole, (uint16_t)(d->control | SELF_RELATIVE));
    for (size_t i = OWNER / 4; i <= DACL / 4; i++)
        bytes_add_u32(&whole, d->offsets[i]);
    text_add_bytes(&whole, text_get(&d->parts), d->parts.length);
    if (whole.failed)
        return error_no_memory(err);
    *size = whole.length;
    *out = (unsigned char *)text_take(&whole);
    return *out ? WCOW_OK : error_no_memory(err);
}

wcow_status sddl_encode(const char *sddl, unsigned char **out, size_t *size, wcow_error *err)
{
    descriptor d = {.parts = TEXT_INIT};
    wcow_status status = WCOW_OK;

    skip_blanks(&sddl);
    while (*sddl && !status) {
        status = take_part(&sddl, &d, err);
        if (!status)
            skip_blanks(&sddl);
    }
    if (!status)
        status = finish(&d, out, size, err);
    text_free(&d.parts);
    return status;
}
