/* SPDX-License-Identifier: MIT */
/* SIDs in SDDL: numbers, or the two letters of a well-known one ([MS-DTYP] 2.4.2.4, 2.5.1.1). */
#include <stdint.h>
#include <string.h>

#include "base/error.h"
#include "layer/backup/bytes.h"
#include "layer/backup/sddl.h"

#define SUBAUTHORITY_LIMIT 15u
#define BUILTIN            32

/* S-1-AUTHORITY-FIRST[-SECOND] */
typedef struct alias {
    char letters[3];
    unsigned char authority;
    unsigned char count;
    uint32_t first, second;
} alias;

static const alias aliases[] = {
    {"AA", 5, 2, BUILTIN, 579}, /* access control assistance operators */
    {"AC", 15, 2, 2, 1},        /* all application packages */
    {"AN", 5, 1, 7, 0},         /* anonymous */
    {"AO", 5, 2, BUILTIN, 548}, /* account operators */
    {"AS", 18, 1, 1, 0},        /* identity asserted by an authentication authority */
    {"AU", 5, 1, 11, 0},        /* authenticated users */
    {"BA", 5, 2, BUILTIN, 544}, /* administrators */
    {"BG", 5, 2, BUILTIN, 546}, /* guests */
    {"BO", 5, 2, BUILTIN, 551}, /* backup operators */
    {"BU", 5, 2, BUILTIN, 545}, /* users */
    {"CD", 5, 2, BUILTIN, 574}, /* certificate service DCOM access */
    {"CG", 3, 1, 1, 0},         /* creator group */
    {"CO", 3, 1, 0, 0},         /* creator owner */
    {"CY", 5, 2, BUILTIN, 569}, /* cryptographic operators */
    {"ED", 5, 1, 9, 0},         /* enterprise domain controllers */
    {"ER", 5, 2, BUILTIN, 573}, /* event log readers */
    {"ES", 5, 2, BUILTIN, 576}, /* RDS endpoint servers */
    {"HA", 5, 2, BUILTIN, 578}, /* Hyper-V administrators */
    {"HI", 16, 1, 12288, 0},    /* high integrity */
    {"IS", 5, 2, BUILTIN, 568}, /* IIS users */
    {"IU", 5, 1, 4, 0},         /* interactive */
    {"LS", 5, 1, 19, 0},        /* local service */
    {"LU", 5, 2, BUILTIN, 559}, /* performance log users */
    {"LW", 16, 1, 4096, 0},     /* low integrity */
    {"ME", 16, 1, 8192, 0},     /* medium integrity */
    {"MP", 16, 1, 8448, 0},     /* medium plus integrity */
    {"MS", 5, 2, BUILTIN, 577}, /* RDS management servers */
    {"MU", 5, 2, BUILTIN, 558}, /* performance monitor users */
    {"NO", 5, 2, BUILTIN, 556}, /* network configuration operators */
    {"NS", 5, 1, 20, 0},        /* network service */
    {"NU", 5, 1, 2, 0},         /* network */
    {"OW", 3, 1, 4, 0},         /* owner rights */
    {"PO", 5, 2, BUILTIN, 550}, /* print operators */
    {"PS", 5, 1, 10, 0},        /* self */
    {"PU", 5, 2, BUILTIN, 547}, /* power users */
    {"RA", 5, 2, BUILTIN, 575}, /* RDS remote access servers */
    {"RC", 5, 1, 12, 0},        /* restricted code */
    {"RD", 5, 2, BUILTIN, 555}, /* remote desktop users */
    {"RE", 5, 2, BUILTIN, 552}, /* replicator */
    {"RM", 5, 2, BUILTIN, 580}, /* remote management users */
    {"RU", 5, 2, BUILTIN, 554}, /* pre-Windows 2000 compatible access */
    {"SI", 16, 1, 16384, 0},    /* system integrity */
    {"SO", 5, 2, BUILTIN, 549}, /* server operators */
    {"SS", 18, 1, 2, 0},        /* identity asserted by a service */
    {"SU", 5, 1, 6, 0},         /* service */
    {"SY", 5, 1, 18, 0},        /* local system */
    {"WD", 1, 1, 0, 0},         /* everyone */
    {"WR", 5, 1, 33, 0},        /* write restricted code */
};

/* What these are depends on the host or its domain: of a layer, they would mean another there. */
static const char relative[][3] = {
    "AP", "CA", "CN", "DA", "DC", "DD", "DG", "DU", "EA",
    "EK", "KA", "LA", "LG", "PA", "RO", "RS", "SA",
};

static char upper(char c)
{
    return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

static bool is_alias(const char *at, const char *letters)
{
    return upper(at[0]) == letters[0] && upper(at[1]) == letters[1];
}

static void add_head(unsigned char count, uint64_t authority, text *out)
{
    text_add_char(out, 1);
    text_add_char(out, (char)count);
    for (int shift = 40; shift >= 0; shift -= 8)
        text_add_char(out, (char)(authority >> shift & 0xff));
}

static wcow_status add_alias(const char **at, text *out, wcow_error *err)
{
    for (size_t i = 0; i < sizeof(aliases) / sizeof(aliases[0]); i++) {
        const alias *a = &aliases[i];

        if (!is_alias(*at, a->letters))
            continue;
        add_head(a->count, a->authority, out);
        bytes_add_u32(out, a->first);
        if (a->count > 1)
            bytes_add_u32(out, a->second);
        *at += 2;
        return WCOW_OK;
    }
    if (is_alias(*at, "UD")) { /* user-mode drivers: S-1-5-84-0-0-0-0-0 */
        add_head(6, 5, out);
        bytes_add_u32(out, 84);
        for (int i = 0; i < 5; i++)
            bytes_add_u32(out, 0);
        *at += 2;
        return WCOW_OK;
    }
    for (size_t i = 0; i < sizeof(relative) / sizeof(relative[0]); i++)
        if (is_alias(*at, relative[i]))
            return error_set(err, WCOW_UNSUPPORTED, "the account '%s' is one of the host's own",
                             relative[i]);
    return error_set(err, WCOW_CORRUPT, "unknown account '%.2s'", *at);
}

static int digit_of(char c, unsigned base)
{
    unsigned digit = 99;

    if (c >= '0' && c <= '9')
        digit = (unsigned)(c - '0');
    else if (c >= 'a' && c <= 'f')
        digit = (unsigned)(c - 'a' + 10);
    else if (c >= 'A' && c <= 'F')
        digit = (unsigned)(c - 'A' + 10);
    return digit < base ? (int)digit : -1;
}

/* Decimal, or hexadecimal after 0x; but the D of a "D:" that follows is none of its digits. */
static bool parse_number(const char **at, uint64_t limit, uint64_t *out)
{
    const char *c = *at;
    unsigned base = 10;
    uint64_t number = 0;

    if (c[0] == '0' && (c[1] == 'x' || c[1] == 'X')) {
        base = 16;
        c += 2;
    }
    if (digit_of(*c, base) < 0)
        return false;
    for (; digit_of(*c, base) >= 0 && c[1] != ':'; c++) {
        uint64_t digit = (uint64_t)digit_of(*c, base);

        if (number > (limit - digit) / base)
            return false;
        number = number * base + digit;
    }
    *out = number;
    *at = c;
    return true;
}

static wcow_status add_numbers(const char **at, text *out, wcow_error *err)
{
    const char *start = *at;
    const char *c = start + 2;
    uint64_t revision = 0;
    uint64_t authority = 0;
    uint64_t parts[SUBAUTHORITY_LIMIT];
    unsigned char count = 0;
    bool fine = parse_number(&c, 1, &revision) && revision == 1 && *c == '-';

    if (fine)
        c++;
    fine = fine && parse_number(&c, (UINT64_C(1) << 48) - 1, &authority);
    while (fine && *c == '-') {
        c++;
        fine = count < SUBAUTHORITY_LIMIT && parse_number(&c, UINT32_MAX, &parts[count++]);
    }
    if (!fine || count == 0)
        return error_set(err, WCOW_CORRUPT, "malformed SID '%.*s'", (int)strcspn(start, ";)"),
                         start);
    add_head(count, authority, out);
    for (unsigned i = 0; i < count; i++)
        bytes_add_u32(out, (uint32_t)parts[i]);
    *at = c;
    return WCOW_OK;
}

wcow_status sddl_add_sid(const char **at, text *out, wcow_error *err)
{
    while (**at == ' ')
        ++*at;
    if (((*at)[0] == 'S' || (*at)[0] == 's') && (*at)[1] == '-')
        return add_numbers(at, out, err);
    return add_alias(at, out, err);
}
