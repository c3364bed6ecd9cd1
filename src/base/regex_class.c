/* SPDX-License-Identifier: MIT */
/* Characters, escapes and classes of patterns. */
#include "base/regex_parse.h"

#include <ctype.h>
#include <string.h>

/* \d, \s, \w and [:name:] are the same few ranges under two names. */
static const struct {
    const char *name;
    char letter;
    const char *ranges; /* pairs */
} named_classes[] = {
    {"digit", 'd', "09"},      {"", 's', "\t\n\f\r  "},
    {"word", 'w', "09AZ__az"}, {"alnum", 0, "09AZaz"},
    {"alpha", 0, "AZaz"},      {"ascii", 0, "\x01\x7f"},
    {"blank", 0, "\t\t  "},    {"cntrl", 0, "\x01\x1f\x7f\x7f"},
    {"graph", 0, "!~"},        {"lower", 0, "az"},
    {"print", 0, " ~"},        {"punct", 0, "!/:@[`{~"},
    {"space", 0, "\t\r  "},    {"upper", 0, "AZ"},
    {"xdigit", 0, "09AFaf"},
};

#define NAMED_CLASSES (sizeof(named_classes) / sizeof(named_classes[0]))

static void add_named(struct regex_parser *p, regex_node *class, const char *ranges, bool negated)
{
    uint32_t next = 0;

    for (; *ranges; ranges += 2) {
        const uint32_t low = (unsigned char)ranges[0];
        const uint32_t high = (unsigned char)ranges[1];

        if (!negated)
            regex_add_folded(p, class, low, high);
        else if (low > next)
            regex_add_range(p, class, next, low - 1);
        next = high + 1;
    }
    if (negated)
        regex_add_range(p, class, next, REGEX_LAST);
}

bool regex_read_letter_class(struct regex_parser *p, regex_node *class)
{
    if (p->at[0] != '\\')
        return false;
    for (size_t i = 0; i < NAMED_CLASSES; i++) {
        const char letter = named_classes[i].letter;

        if (!letter || !p->at[1] || tolower((unsigned char)p->at[1]) != letter)
            continue;
        add_named(p, class, named_classes[i].ranges, p->at[1] != letter);
        p->at += 2;
        return true;
    }
    return false;
}

/* [:alpha:] and [:^alpha:] inside a class; moves past it. */
static bool read_named_class(struct regex_parser *p, regex_node *class)
{
    const char *end = strncmp(p->at, "[:", 2) == 0 ? strstr(p->at + 2, ":]") : NULL;
    const bool negated = end && p->at[2] == '^';
    const char *name = p->at + 2 + negated;

    for (size_t i = 0; end && i < NAMED_CLASSES; i++) {
        if (!*named_classes[i].name || strlen(named_classes[i].name) != (size_t)(end - name) ||
            strncmp(named_classes[i].name, name, (size_t)(end - name)) != 0)
            continue;
        add_named(p, class, named_classes[i].ranges, negated);
        p->at = end + 2;
        return true;
    }
    if (end)
        regex_fail(p, "invalid character class range", p->at);
    return false;
}

/* After "\x": two digits, or any number in braces. */
static uint32_t read_hex(struct regex_parser *p)
{
    const bool braces = *p->at == '{';
    const char *from = p->at - 2;
    uint32_t value = 0;
    int digits = 0;

    p->at += braces;
    for (; isxdigit((unsigned char)*p->at) && (braces || digits < 2); p->at++, digits++) {
        const int c = tolower((unsigned char)*p->at);

        value = value * 16 + (uint32_t)(isdigit(c) ? c - '0' : c - 'a' + 10);
        if (value > REGEX_LAST)
            break;
    }
    if (!digits || (!braces && digits < 2) || (braces && *p->at++ != '}') || value > REGEX_LAST)
        regex_fail(p, "invalid escape sequence", from);
    return value;
}

uint32_t regex_read_character(struct regex_parser *p)
{
    static const char letters[] = "afnrtv";
    static const char meanings[] = "\a\f\n\r\t\v";
    const char *from = p->at;
    const char *found;

    if (*p->at != '\\')
        return regex_read(&p->at);
    p->at++;
    if (!*p->at) {
        regex_fail(p, "trailing backslash at end of expression", "");
        return 0;
    }
    found = strchr(letters, *p->at);
    if (found) {
        p->at++;
        return (unsigned char)meanings[found - letters];
    }
    if (*p->at == 'x') {
        p->at++;
        return read_hex(p);
    }
    if (!ispunct((unsigned char)*p->at)) {
        regex_fail(p, "invalid escape sequence", from);
        return 0;
    }
    return (unsigned char)*p->at++;
}

int regex_parse_class(struct regex_parser *p)
{
    const char *from = p->at;
    regex_node class = regex_class(p);
    bool first = true;

    p->at++;
    class.negated = *p->at == '^';
    p->at += class.negated;
    for (; *p->at != ']' || first; first = false) {
        uint32_t low;
        uint32_t high;

        if (!*p->at)
            return regex_fail(p, "missing closing ]", from);
        if (regex_read_letter_class(p, &class) || read_named_class(p, &class))
            continue;
        low = high = regex_read_character(p);
        if (p->at[0] == '-' && p->at[1] && p->at[1] != ']') {
            p->at++;
            high = regex_read_character(p);
        }
        if (high < low)
            return regex_fail(p, "invalid character class range", from);
        regex_add_folded(p, &class, low, high);
        if (p->status)
            return -1;
    }
    p->at++;
    return regex_add(p, class);
}
