/* SPDX-License-Identifier: MIT */
/** What a pattern is made of (regex_parse.c) and what it becomes (regex.c). */
#ifndef WCOW_BASE_REGEX_PROGRAM_H
#define WCOW_BASE_REGEX_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <wcow/error.h>

#include "base/cleanup.h"

enum {
    REGEX_NODES = 4096,    /* of a pattern */
    REGEX_DEPTH = 200,     /* groups in groups */
    REGEX_REPEAT = 1000,   /* {n}, as in Go */
    REGEX_PROGRAM = 20000, /* instructions, after {n} is written out */
    REGEX_WORK = 200000,   /* nodes and ranges, after that */
};

enum regex_kind {
    REGEX_EMPTY,
    REGEX_CLASS,    /* one character: ranges [first, first + count) */
    REGEX_ASSERT,   /* a place: `place` */
    REGEX_CONCAT,   /* left, then right */
    REGEX_EITHER,   /* left or right */
    REGEX_REPEATED, /* left, minimum to maximum times; maximum -1: any number */
};

enum regex_place {
    PLACE_TEXT_BEGIN,
    PLACE_TEXT_END,
    PLACE_LINE_BEGIN,
    PLACE_LINE_END,
    PLACE_WORD_EDGE,
    PLACE_NO_WORD_EDGE,
};

typedef struct regex_range {
    uint32_t low, high;
} regex_range;

typedef struct regex_node {
    enum regex_kind kind;
    enum regex_place place;
    bool negated; /* the class */
    int left, right;
    int minimum, maximum;
    size_t first, count; /* ranges of the class */
} regex_node;

/* All nodes of a pattern; children stand before their parents. */
typedef struct regex_tree {
    regex_node *nodes;
    size_t count, capacity;
    regex_range *ranges;
    size_t range_count, range_capacity;
    int root;
} regex_tree;

WCOW_CHECKED wcow_status regex_parse(const char *pattern, regex_tree *out, wcow_error *err);
void regex_tree_free(regex_tree *tree);

DEFINE_CLEANUP_VALUE(regex_tree, regex_tree, regex_tree_free)

/** Reads one character of UTF-8; a byte that begins none stands for itself. Moves past it. */
uint32_t regex_read(const char **at);

#endif
