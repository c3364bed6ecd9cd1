/* SPDX-License-Identifier: MIT */
/* Patterns → trees, by the grammar of RE2 (github.com/google/re2/wiki/Syntax). */
#include "base/regex_parse.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

static int parse_either(struct regex_parser *p);

/* ---- building ---- */

int regex_fail(struct regex_parser *p, const char *what, const char *from)
{
    if (!p->status)
        p->status = error_set(p->err, WCOW_INVALID, "%s: `%s`", what, from);
    return -1;
}

static bool grow(struct regex_parser *p, void *list, size_t *capacity, size_t count, size_t size)
{
    void **where = list;
    void *more;

    if (count < *capacity)
        return true;
    more = realloc(*where, (*capacity * 2 + 16) * size);
    if (!more) {
        if (!p->status)
            p->status = error_no_memory(p->err);
        return false;
    }
    *where = more;
    *capacity = *capacity * 2 + 16;
    return true;
}

int regex_add(struct regex_parser *p, regex_node node)
{
    regex_tree *tree = p->tree;

    if (p->status)
        return -1;
    if (tree->count >= REGEX_NODES)
        return regex_fail(p, "expression too large", p->pattern);
    if (!grow(p, &tree->nodes, &tree->capacity, tree->count, sizeof(node)))
        return -1;
    tree->nodes[tree->count] = node;
    return (int)tree->count++;
}

void regex_add_range(struct regex_parser *p, regex_node *class, uint32_t low, uint32_t high)
{
    regex_tree *tree = p->tree;

    if (p->status)
        return;
    if (tree->range_count >= REGEX_NODES * 4) {
        regex_fail(p, "expression too large", p->pattern);
        return;
    }
    if (!grow(p, &tree->ranges, &tree->range_capacity, tree->range_count, sizeof(regex_range)))
        return;
    tree->ranges[tree->range_count++] = (regex_range){low, high};
    class->count++;
}

void regex_add_folded(struct regex_parser *p, regex_node *class, uint32_t low, uint32_t high)
{
    const int other = 'a' - 'A';

    regex_add_range(p, class, low, high);
    for (uint32_t c = 'A'; p->flags.fold && c <= 'Z'; c++) {
        const uint32_t small = c + (uint32_t)other;

        if (low <= c && c <= high)
            regex_add_range(p, class, small, small);
        if (low <= small && small <= high)
            regex_add_range(p, class, c, c);
    }
}

regex_node regex_class(const struct regex_parser *p)
{
    return (regex_node){.kind = REGEX_CLASS, .first = p->tree->range_count};
}

static int add_character(struct regex_parser *p, uint32_t c)
{
    regex_node class = regex_class(p);

    regex_add_folded(p, &class, c, c);
    return regex_add(p, class);
}

static int add_place(struct regex_parser *p, enum regex_place place)
{
    return regex_add(p, (regex_node){.kind = REGEX_ASSERT, .place = place});
}

static int join(struct regex_parser *p, enum regex_kind kind, int left, int right)
{
    if (left < 0 || right < 0)
        return left < 0 ? right : left;
    return regex_add(p, (regex_node){.kind = kind, .left = left, .right = right});
}

/* ---- groups ---- */

/* The letters after "(?": moves to the ':' or ')' behind them. */
static void read_flags(struct regex_parser *p, const char *from)
{
    bool on = true;

    for (;; p->at++) {
        switch (*p->at) {
        case 'i':
            p->flags.fold = on;
            break;
        case 's':
            p->flags.dot_all = on;
            break;
        case 'm':
            p->flags.lines = on;
            break;
        case 'U':
            break; /* how much is matched does not matter */
        case '-':
            if (!on) {
                regex_fail(p, "invalid or unsupported Perl syntax", from);
                return;
            }
            on = false;
            break;
        case ':':
        case ')':
            return;
        default:
            regex_fail(p, "invalid or unsupported Perl syntax", from);
            return;
        }
    }
}

/* Behind the '(': what kind of group. True: it was "(?i)", which is none. */
static bool read_group_head(struct regex_parser *p, const char *from)
{
    const char *end;

    if (*p->at != '?')
        return false;
    p->at++;
    if (*p->at == '<' || strncmp(p->at, "P<", 2) == 0) {
        end = strchr(p->at, '>');
        if (!end)
            regex_fail(p, "invalid named capture", from);
        else
            p->at = end + 1;
        return false;
    }
    read_flags(p, from);
    if (p->status)
        return false;
    return *p->at++ == ')';
}

static int parse_group(struct regex_parser *p)
{
    const struct regex_flags before = p->flags;
    const char *from = p->at;
    int inner;

    p->at++;
    if (read_group_head(p, from))
        return regex_add(p, (regex_node){.kind = REGEX_EMPTY});
    if (p->status)
        return -1;
    if (++p->depth > REGEX_DEPTH)
        return regex_fail(p, "expression nests too deeply", p->pattern);
    inner = parse_either(p);
    p->depth--;
    if (p->status)
        return -1;
    if (*p->at != ')')
        return regex_fail(p, "missing closing )", p->pattern);
    p->at++;
    p->flags = before;
    return inner;
}

/* ---- the rest ---- */

static int parse_dot(struct regex_parser *p)
{
    regex_node class = regex_class(p);

    p->at++;
    if (!p->flags.dot_all) {
        class.negated = true;
        regex_add_range(p, &class, '\n', '\n');
    } else {
        regex_add_range(p, &class, 0, REGEX_LAST);
    }
    return regex_add(p, class);
}

/* \Q…\E: as it stands. */
static int parse_quoted(struct regex_parser *p)
{
    int all = regex_add(p, (regex_node){.kind = REGEX_EMPTY});

    for (p->at += 2; *p->at && strncmp(p->at, "\\E", 2) != 0 && !p->status;)
        all = join(p, REGEX_CONCAT, all, add_character(p, regex_read(&p->at)));
    p->at += *p->at ? 2 : 0;
    return all;
}

static int parse_escape(struct regex_parser *p)
{
    static const struct {
        char letter;
        enum regex_place place;
    } places[] = {{'A', PLACE_TEXT_BEGIN},
                  {'z', PLACE_TEXT_END},
                  {'b', PLACE_WORD_EDGE},
                  {'B', PLACE_NO_WORD_EDGE}};
    regex_node class = regex_class(p);

    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        if (p->at[1] == places[i].letter) {
            p->at += 2;
            return add_place(p, places[i].place);
        }
    }
    if (p->at[1] == 'Q')
        return parse_quoted(p);
    if (regex_read_letter_class(p, &class))
        return regex_add(p, class);
    return add_character(p, regex_read_character(p));
}

static int parse_atom(struct regex_parser *p)
{
    switch (*p->at) {
    case '(':
        return parse_group(p);
    case '[':
        return regex_parse_class(p);
    case '.':
        return parse_dot(p);
    case '\\':
        return parse_escape(p);
    case '^':
        p->at++;
        return add_place(p, p->flags.lines ? PLACE_LINE_BEGIN : PLACE_TEXT_BEGIN);
    case '$':
        p->at++;
        return add_place(p, p->flags.lines ? PLACE_LINE_END : PLACE_TEXT_END);
    case '*':
    case '+':
    case '?':
        return regex_fail(p, "missing argument to repetition operator", p->at);
    default:
        return add_character(p, regex_read(&p->at));
    }
}

static bool read_number(const char **at, int *out)
{
    int value = 0;

    if (!isdigit((unsigned char)**at))
        return false;
    for (; isdigit((unsigned char)**at); ++*at)
        value = value > REGEX_REPEAT ? value : value * 10 + (**at - '0');
    *out = value;
    return true;
}

/* {n}, {n,} and {n,m}; what only looks like it stands for itself. Moves past it. */
static bool read_braces(struct regex_parser *p, int *minimum, int *maximum)
{
    const char *at = p->at + 1;

    if (*p->at != '{' || !read_number(&at, minimum))
        return false;
    *maximum = *minimum;
    if (*at == ',') {
        at++;
        if (!read_number(&at, maximum))
            *maximum = -1;
    }
    if (*at != '}')
        return false;
    if (*minimum > REGEX_REPEAT || *maximum > REGEX_REPEAT ||
        (*maximum >= 0 && *maximum < *minimum))
        regex_fail(p, "invalid repeat count", p->at);
    p->at = at + 1;
    return true;
}

static bool read_repetition(struct regex_parser *p, int *minimum, int *maximum)
{
    const char c = *p->at;

    if (c != '*' && c != '+' && c != '?')
        return read_braces(p, minimum, maximum);
    *minimum = c == '+';
    *maximum = c == '?' ? 1 : -1;
    p->at++;
    return true;
}

static int parse_repeated(struct regex_parser *p)
{
    int inner = parse_atom(p);
    const char *from = p->at;
    int minimum;
    int maximum;

    if (p->status || !read_repetition(p, &minimum, &maximum) || p->status)
        return inner;
    p->at += *p->at == '?';
    inner = regex_add(
        p, (regex_node){
               .kind = REGEX_REPEATED, .left = inner, .minimum = minimum, .maximum = maximum});
    if (read_repetition(p, &minimum, &maximum))
        return regex_fail(p, "invalid nested repetition operator", from);
    return inner;
}

static int parse_concat(struct regex_parser *p)
{
    int all = regex_add(p, (regex_node){.kind = REGEX_EMPTY});

    while (*p->at && *p->at != '|' && *p->at != ')' && !p->status)
        all = join(p, REGEX_CONCAT, all, parse_repeated(p));
    return all;
}

static int parse_either(struct regex_parser *p)
{
    int all = parse_concat(p);

    while (*p->at == '|' && !p->status) {
        p->at++;
        all = join(p, REGEX_EITHER, all, parse_concat(p));
    }
    return all;
}

void regex_tree_free(regex_tree *tree)
{
    free(tree->nodes);
    free(tree->ranges);
    *tree = (regex_tree){0};
}

wcow_status regex_parse(const char *pattern, regex_tree *out, wcow_error *err)
{
    CLEANUP(regex_tree) regex_tree tree = {0};
    struct regex_parser p = {.pattern = pattern, .at = pattern, .tree = &tree, .err = err};

    tree.root = parse_either(&p);
    if (!p.status && *p.at == ')')
        regex_fail(&p, "unexpected )", pattern);
    if (p.status)
        return p.status;
    *out = tree;
    tree = (regex_tree){0};
    return WCOW_OK;
}
