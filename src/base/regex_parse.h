/* SPDX-License-Identifier: MIT */
/** The parser of patterns: what regex_parse.c and regex_class.c share. */
#ifndef WCOW_BASE_REGEX_PARSE_H
#define WCOW_BASE_REGEX_PARSE_H

#include "base/regex_program.h"

#define REGEX_LAST 0x10ffffu

struct regex_flags {
    bool fold, dot_all, lines;
};

struct regex_parser {
    const char *pattern;
    const char *at;
    regex_tree *tree;
    struct regex_flags flags;
    unsigned depth;
    wcow_error *err;
    wcow_status status; /* the first thing that went wrong */
};

/** Notes the first thing that went wrong, in Go's words; -1. */
int regex_fail(struct regex_parser *p, const char *what, const char *from);

/** A new node; -1 once anything went wrong. */
int regex_add(struct regex_parser *p, regex_node node);

/** A class without ranges yet: they are added before anything else is. */
regex_node regex_class(const struct regex_parser *p);
void regex_add_range(struct regex_parser *p, regex_node *class, uint32_t low, uint32_t high);
/** With the other case of its letters, if that counts as the same. */
void regex_add_folded(struct regex_parser *p, regex_node *class, uint32_t low, uint32_t high);

/** One character, which may be escaped; moves past it. */
uint32_t regex_read_character(struct regex_parser *p);
/** \d and its like; moves past it. False: it is none. */
bool regex_read_letter_class(struct regex_parser *p, regex_node *class);
/** "[…]"; moves past it. */
int regex_parse_class(struct regex_parser *p);

#endif
