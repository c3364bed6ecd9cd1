/* SPDX-License-Identifier: MIT */
/* Template text → tree: text, blocks, actions. */
#include <ctype.h>
#include <string.h>

#include "base/error.h"
#include "cli/template/template_literal.h"
#include "cli/template/template_parser.h"

/* What ended a list of nodes. */
enum ending { ENDING_TEXT, ENDING_END, ENDING_ELSE };

static wcow_status parse_list(struct parser *parser, struct node **out, enum ending *ending,
                              wcow_error *err);

static wcow_status parse_whole_pipeline(struct parser *parser, struct pipeline **out,
                                        wcow_error *err)
{
    wcow_status status = parser_pipeline(parser, out, err);

    if (status)
        return status;
    return parser->token.kind == TOKEN_END ? WCOW_OK : parser_refuse(parser, err);
}

/* ---- actions ---- */

static const struct {
    const char *word;
    enum node_kind kind;
} blocks[] = {{"if", NODE_IF}, {"range", NODE_RANGE}, {"with", NODE_WITH}};

static wcow_status parse_block(struct parser *parser, enum node_kind kind, struct node *node,
                               wcow_error *err);

/* After {{else: nothing, or `if …` which is a block of its own that shares our {{end}}. */
static wcow_status parse_else(struct parser *parser, struct node *node, wcow_error *err)
{
    enum ending ending;
    wcow_status status = parser_next(parser, err);

    if (status)
        return status;
    if (parser_sees(parser, "if") || parser_sees(parser, "with")) {
        enum node_kind kind = parser_sees(parser, "if") ? NODE_IF : NODE_WITH;

        node->otherwise = parser_allocate(parser, sizeof(*node->otherwise));
        if (!node->otherwise)
            return error_no_memory(err);
        return parse_block(parser, kind, node->otherwise, err);
    }
    if (parser->token.kind != TOKEN_END)
        return parser_refuse(parser, err);
    status = parse_list(parser, &node->otherwise, &ending, err);
    if (status)
        return status;
    if (ending != ENDING_END)
        return error_set(err, WCOW_INVALID, "bad template: {{else}} without its {{end}}");
    return WCOW_OK;
}

static wcow_status parse_block(struct parser *parser, enum node_kind kind, struct node *node,
                               wcow_error *err)
{
    enum ending ending;
    wcow_status status;

    if (++parser->depth > NESTING_LIMIT)
        return error_set(err, WCOW_INVALID, "bad template: nested too deeply");
    node->kind = kind;
    status = parser_next(parser, err);
    if (!status)
        status = parse_whole_pipeline(parser, &node->pipeline, err);
    parser->loops += kind == NODE_RANGE;
    if (!status)
        status = parse_list(parser, &node->body, &ending, err);
    parser->loops -= kind == NODE_RANGE;
    if (status)
        return status;
    if (ending == ENDING_TEXT)
        return error_set(err, WCOW_INVALID, "bad template: a block has no {{end}}");
    if (ending == ENDING_ELSE)
        status = parse_else(parser, node, err);
    parser->depth--;
    return status;
}

/* The name after {{define, {{template or {{block. */
static wcow_status parse_name(struct parser *parser, const char *word, const char **out,
                              wcow_error *err)
{
    cleanup_text text name = TEXT_INIT;
    wcow_status status = parser_next(parser, err);

    if (status)
        return status;
    if (parser->token.kind != TOKEN_STRING)
        return error_set(err, WCOW_INVALID, "bad template: {{%s}} wants a name in quotes", word);
    status = template_literal(&parser->token, &name, err);
    if (status)
        return status;
    *out = parser_keep(parser, text_get(&name), name.length);
    return *out ? parser_next(parser, err) : error_no_memory(err);
}

/* What follows up to {{end}} becomes a template of that name; loops outside are not its own. */
static wcow_status parse_definition(struct parser *parser, const char *name, const char *word,
                                    wcow_error *err)
{
    struct definition *definition = parser_allocate(parser, sizeof(*definition));
    const unsigned loops = parser->loops;
    enum ending ending;
    wcow_status status;

    if (!definition)
        return error_no_memory(err);
    if (++parser->depth > NESTING_LIMIT)
        return error_set(err, WCOW_INVALID, "bad template: nested too deeply");
    parser->loops = 0;
    status = parse_list(parser, &definition->nodes, &ending, err);
    if (status)
        return status;
    if (ending != ENDING_END)
        return error_set(err, WCOW_INVALID, "bad template: {{%s}} has no {{end}}", word);
    parser->loops = loops;
    parser->depth--;
    definition->name = name;
    definition->next = parser->made->definitions;
    parser->made->definitions = definition;
    return WCOW_OK;
}

static wcow_status parse_define(struct parser *parser, struct node *node, wcow_error *err)
{
    const char *name = NULL;
    wcow_status status;

    if (parser->depth)
        return error_set(err, WCOW_INVALID, "bad template: {{define}} within a block");
    node->kind = NODE_TEXT;
    node->text = "";
    status = parse_name(parser, "define", &name, err);
    if (status)
        return status;
    if (parser->token.kind != TOKEN_END)
        return parser_refuse(parser, err);
    return parse_definition(parser, name, "define", err);
}

/* {{template "name" pipeline}}; {{block}} is the same, and defines it on the spot. */
static wcow_status parse_template(struct parser *parser, struct node *node, wcow_error *err)
{
    const bool is_block = parser_sees(parser, "block");
    const char *word = is_block ? "block" : "template";
    wcow_status status;

    node->kind = NODE_TEMPLATE;
    status = parse_name(parser, word, &node->text, err);
    if (!status && (is_block || parser->token.kind != TOKEN_END))
        status = parse_whole_pipeline(parser, &node->pipeline, err);
    return status || !is_block ? status : parse_definition(parser, node->text, word, err);
}

static wcow_status parse_jump(struct parser *parser, struct node *node, wcow_error *err)
{
    const bool is_break = parser_sees(parser, "break");
    wcow_status status;

    if (!parser->loops)
        return error_set(err, WCOW_INVALID, "bad template: {{%s}} outside of {{range}}",
                         is_break ? "break" : "continue");
    node->kind = is_break ? NODE_BREAK : NODE_CONTINUE;
    status = parser_next(parser, err);
    if (status)
        return status;
    return parser->token.kind == TOKEN_END ? WCOW_OK : parser_refuse(parser, err);
}

static wcow_status parse_action(struct parser *parser, struct node *node, wcow_error *err)
{
    static const struct {
        const char *word;
        wcow_status (*parse)(struct parser *parser, struct node *node, wcow_error *err);
    } others[] = {{"define", parse_define},
                  {"template", parse_template},
                  {"block", parse_template},
                  {"break", parse_jump},
                  {"continue", parse_jump}};

    for (size_t i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++)
        if (parser_sees(parser, blocks[i].word))
            return parse_block(parser, blocks[i].kind, node, err);
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        if (parser_sees(parser, others[i].word))
            return others[i].parse(parser, node, err);
    node->kind = NODE_OUTPUT;
    return parse_whole_pipeline(parser, &node->pipeline, err);
}

/* ---- text and actions ---- */

/* Closing braces of the action, past strings that may hold them. */
static const char *action_end(const char *at)
{
    const char *end = at + strlen(at);

    while (at < end) {
        if (*at == '"' || *at == '`') {
            at = lexer_string_end(at, end);
            if (!at)
                return NULL;
        } else if (at[0] == '}' && at[1] == '}') {
            return at;
        } else {
            at++;
        }
    }
    return NULL;
}

static bool trims_left(const char *open)
{
    return open[2] == '-' && isspace((unsigned char)open[3]);
}

static wcow_status add_text(struct parser *parser, const char *end, struct node ***last,
                            wcow_error *err)
{
    const char *start = parser->at;
    struct node *node;

    if (parser->trim)
        while (start < end && isspace((unsigned char)*start))
            start++;
    if (*end && trims_left(end))
        while (end > start && isspace((unsigned char)end[-1]))
            end--;
    if (start == end)
        return WCOW_OK;

    node = parser_allocate(parser, sizeof(*node));
    if (!node)
        return error_no_memory(err);
    node->kind = NODE_TEXT;
    node->text = parser_keep(parser, start, (size_t)(end - start));
    **last = node;
    *last = &node->next;
    return node->text ? WCOW_OK : error_no_memory(err);
}

/* Points the lexer at the action that opens at `open`; comments leave an empty one. */
static wcow_status open_action(struct parser *parser, const char *open, wcow_error *err)
{
    const char *start = open + 2 + (trims_left(open) ? 2 : 0);
    const char *end;

    if (strncmp(start, "/*", 2) == 0) {
        const char *close = strstr(start, "*/");

        end = close ? strstr(close, "}}") : NULL;
        start = end;
    } else {
        end = action_end(start);
    }
    if (!end)
        return error_set(err, WCOW_INVALID, "bad template: '{{' is not closed");

    parser->at = end + 2;
    parser->trim = end > open + 3 && end[-1] == '-' && isspace((unsigned char)end[-2]);
    if (parser->trim && end > start)
        end--;
    parser->lexer = (struct lexer){start, end, false};
    return parser_next(parser, err);
}

static wcow_status add_action(struct parser *parser, struct node ***last, wcow_error *err)
{
    struct node *node = parser_allocate(parser, sizeof(*node));
    wcow_status status;

    if (!node)
        return error_no_memory(err);
    status = parse_action(parser, node, err);
    if (status)
        return status;
    **last = node;
    *last = &node->next;
    return WCOW_OK;
}

static bool is_comment(const char *open)
{
    return strncmp(open + 2 + (trims_left(open) ? 2 : 0), "/*", 2) == 0;
}

static wcow_status parse_list(struct parser *parser, struct node **out, enum ending *ending,
                              wcow_error *err)
{
    struct node **last = out;
    wcow_status status = WCOW_OK;

    while (!status) {
        const char *open = strstr(parser->at, "{{");

        *ending = ENDING_TEXT;
        status = add_text(parser, open ? open : parser->at + strlen(parser->at), &last, err);
        if (status || !open)
            return status;
        status = open_action(parser, open, err);
        if (status)
            return status;
        if (is_comment(open))
            continue;
        if (parser_sees(parser, "end") || parser_sees(parser, "else")) {
            *ending = parser_sees(parser, "end") ? ENDING_END : ENDING_ELSE;
            return WCOW_OK;
        }
        status = add_action(parser, &last, err);
    }
    return status;
}

wcow_status template_parse(const char *source, template **out, wcow_error *err)
{
    cleanup_template template *made = calloc(1, sizeof(*made));
    struct parser parser = {.made = made, .at = source};
    enum ending ending;
    wcow_status status;

    if (!made)
        return error_no_memory(err);
    made->literals = cJSON_CreateArray();
    if (!made->literals)
        return error_no_memory(err);
    status = parse_list(&parser, &made->nodes, &ending, err);
    if (status)
        return status;
    if (ending != ENDING_TEXT)
        return error_set(err, WCOW_INVALID, "bad template: {{%s}} without a block",
                         ending == ENDING_END ? "end" : "else");
    *out = TAKE(made);
    return WCOW_OK;
}

void template_free(template *t)
{
    if (!t)
        return;
    for (struct allocation *each = t->allocations, *following; each; each = following) {
        following = each->next;
        free(each);
    }
    cJSON_Delete(t->literals);
    free(t);
}
