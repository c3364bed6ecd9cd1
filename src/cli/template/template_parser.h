/* SPDX-License-Identifier: MIT */
/** The state of a template's parser, and its half that reads pipelines (template_pipeline.c). */
#ifndef WCOW_CLI_TEMPLATE_TEMPLATE_PARSER_H
#define WCOW_CLI_TEMPLATE_TEMPLATE_PARSER_H

#include "cli/template/template_lexer.h"
#include "cli/template/template_tree.h"

enum { NESTING_LIMIT = 64 };

struct parser {
    template *made;
    const char *at;
    bool trim; /* the action before ended with -}} */
    unsigned depth;
    unsigned loops; /* ranges that we are in */
    struct lexer lexer;
    struct token token; /* the word being looked at */
};

/** Zeroed memory, and a copy of a text, that live as long as the template; NULL when out of memory.
 */
void *parser_allocate(struct parser *parser, size_t size);
const char *parser_keep(struct parser *parser, const char *bytes, size_t length);

/** Goes to the next word. */
WCOW_CHECKED wcow_status parser_next(struct parser *parser, wcow_error *err);
/** Whether the word being looked at is this name. */
bool parser_sees(const struct parser *parser, const char *word);
/** The error that the word being looked at has no place there. */
wcow_status parser_refuse(const struct parser *parser, wcow_error *err);

/** Reads a pipeline from the word being looked at up to the first that is not part of it. */
WCOW_CHECKED wcow_status parser_pipeline(struct parser *parser, struct pipeline **out,
                                         wcow_error *err);

#endif
