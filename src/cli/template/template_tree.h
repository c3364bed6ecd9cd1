/* SPDX-License-Identifier: MIT */
/** The parsed form of a template, shared by its parser and its evaluator. */
#ifndef WCOW_CLI_TEMPLATE_TEMPLATE_TREE_H
#define WCOW_CLI_TEMPLATE_TEMPLATE_TREE_H

#include <stdbool.h>
#include <stddef.h>

#include "cli/template/template.h"

enum operand_kind {
    OPERAND_FIELD,    /* .A.B; `path` holds "A.B", empty for the dot itself */
    OPERAND_VARIABLE, /* $name, perhaps with a path */
    OPERAND_LITERAL,  /* string, number, true, false, nil */
    OPERAND_FUNCTION, /* name of a function */
    OPERAND_PIPELINE, /* ( … ), perhaps with a path */
};

struct operand {
    enum operand_kind kind;
    const char *name; /* of the variable ("$", "$x") or function */
    const char *path; /* NULL: none */
    cJSON *literal;   /* owned by the template; NULL for nil */
    struct pipeline *pipeline;
    struct operand *next;
};

/* One stage of a pipeline: a first operand and what it is applied to. */
struct stage {
    struct operand *operands;
    struct stage *next;
};

struct pipeline {
    const char *variables[2]; /* declared or set by it; NULL: none */
    bool assigns;             /* `=` and not `:=` */
    struct stage *stages;
};

enum node_kind {
    NODE_TEXT,
    NODE_OUTPUT,
    NODE_IF,
    NODE_RANGE,
    NODE_WITH,
    NODE_TEMPLATE, /* runs the one of the name `text` on what `pipeline` gives; NULL: on nothing */
    NODE_BREAK,
    NODE_CONTINUE,
};

struct node {
    enum node_kind kind;
    const char *text;
    struct pipeline *pipeline;
    struct node *body;
    struct node *otherwise;
    struct node *next;
};

/* {{define "name"}} … {{end}} */
struct definition {
    const char *name;
    struct node *nodes;
    struct definition *next;
};

/* Everything of a template lives as long as it does: one chain of allocations. */
struct allocation {
    struct allocation *next;
    max_align_t bytes[];
};

struct template
{
    struct allocation *allocations;
    cJSON *literals; /* array */
    struct node *nodes;
    struct definition *definitions; /* the last of a name first: it counts */
};

#endif
