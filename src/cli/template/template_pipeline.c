/* SPDX-License-Identifier: MIT */
/* The inside of template actions: operands, stages, pipelines. */
#include <string.h>

#include "base/error.h"
#include "cli/template/template_literal.h"
#include "cli/template/template_parser.h"

void *parser_allocate(struct parser *parser, size_t size)
{
    struct allocation *allocation = calloc(1, sizeof(*allocation) + size);

    if (!allocation)
        return NULL;
    allocation->next = parser->made->allocations;
    parser->made->allocations = allocation;
    return allocation->bytes;
}

const char *parser_keep(struct parser *parser, const char *bytes, size_t length)
{
    char *copy = parser_allocate(parser, length + 1);

    if (copy)
        memcpy(copy, bytes, length);
    return copy;
}

wcow_status parser_next(struct parser *parser, wcow_error *err)
{
    return lexer_next(&parser->lexer, &parser->token, err);
}

bool parser_sees(const struct parser *parser, const char *word)
{
    return parser->token.kind == TOKEN_NAME && parser->token.length == strlen(word) &&
           strncmp(parser->token.start, word, parser->token.length) == 0;
}

wcow_status parser_refuse(const struct parser *parser, wcow_error *err)
{
    if (parser->token.kind == TOKEN_END)
        return error_set(err, WCOW_INVALID, "bad template: an action is not complete");
    return error_set(err, WCOW_INVALID, "bad template: unexpected '%.*s'",
                     (int)parser->token.length, parser->token.start);
}

/* ---- operands ---- */

static wcow_status string_literal(const struct token *token, cJSON **out, wcow_error *err)
{
    cleanup_text text value = TEXT_INIT;
    wcow_status status = template_literal(token, &value, err);

    if (status)
        return status;
    *out = cJSON_CreateString(text_get(&value));
    return *out ? WCOW_OK : error_no_memory(err);
}

static wcow_status number_literal(const struct token *token, cJSON **out, wcow_error *err)
{
    char digits[64];
    char *end;
    double value;

    if (token->length >= sizeof(digits))
        return error_set(err, WCOW_INVALID, "bad template: a number is too long");
    memcpy(digits, token->start, token->length);
    digits[token->length] = '\0';
    value = strtod(digits, &end);
    if (*end || end == digits)
        return error_set(err, WCOW_INVALID, "bad template: '%s' is not a number", digits);
    *out = cJSON_CreateNumber(value);
    return *out ? WCOW_OK : error_no_memory(err);
}

static wcow_status keep_literal(struct parser *parser, cJSON *literal, struct operand *operand,
                                wcow_error *err)
{
    operand->kind = OPERAND_LITERAL;
    if (!json_append(parser->made->literals, literal))
        return error_no_memory(err);
    operand->literal = literal;
    return WCOW_OK;
}

static wcow_status parse_name(struct parser *parser, struct operand *operand, wcow_error *err)
{
    if (parser_sees(parser, "true") || parser_sees(parser, "false"))
        return keep_literal(parser, cJSON_CreateBool(parser_sees(parser, "true")), operand, err);
    if (parser_sees(parser, "nil")) {
        operand->kind = OPERAND_LITERAL;
        return WCOW_OK;
    }
    operand->kind = OPERAND_FUNCTION;
    operand->name = parser_keep(parser, parser->token.start, parser->token.length);
    return operand->name ? WCOW_OK : error_no_memory(err);
}

static wcow_status parse_parentheses(struct parser *parser, struct operand *operand,
                                     wcow_error *err)
{
    wcow_status status;

    if (++parser->depth > NESTING_LIMIT)
        return error_set(err, WCOW_INVALID, "bad template: nested too deeply");
    operand->kind = OPERAND_PIPELINE;
    status = parser_next(parser, err);
    if (!status)
        status = parser_pipeline(parser, &operand->pipeline, err);
    if (status)
        return status;
    parser->depth--;
    return parser->token.kind == TOKEN_CLOSE ? WCOW_OK : parser_refuse(parser, err);
}

static wcow_status parse_operand_start(struct parser *parser, struct operand *operand,
                                       wcow_error *err)
{
    const struct token *token = &parser->token;
    cJSON *literal = NULL;
    wcow_status status;

    switch (token->kind) {
    case TOKEN_FIELD:
        operand->kind = OPERAND_FIELD;
        operand->path = parser_keep(parser, token->start + 1, token->length - 1);
        return operand->path ? WCOW_OK : error_no_memory(err);
    case TOKEN_VARIABLE:
        operand->kind = OPERAND_VARIABLE;
        operand->name = parser_keep(parser, token->start, token->length);
        return operand->name ? WCOW_OK : error_no_memory(err);
    case TOKEN_NAME:
        return parse_name(parser, operand, err);
    case TOKEN_STRING:
        status = string_literal(token, &literal, err);
        return status ? status : keep_literal(parser, literal, operand, err);
    case TOKEN_NUMBER:
        status = number_literal(token, &literal, err);
        return status ? status : keep_literal(parser, literal, operand, err);
    case TOKEN_OPEN:
        return parse_parentheses(parser, operand, err);
    default:
        return parser_refuse(parser, err);
    }
}

static wcow_status parse_operand(struct parser *parser, struct operand **out, wcow_error *err)
{
    struct operand *operand = parser_allocate(parser, sizeof(*operand));
    wcow_status status;

    if (!operand)
        return error_no_memory(err);
    status = parse_operand_start(parser, operand, err);
    if (!status)
        status = parser_next(parser, err);
    if (status)
        return status;
    *out = operand;
    if (operand->kind != OPERAND_VARIABLE && operand->kind != OPERAND_PIPELINE)
        return WCOW_OK;
    if (parser->token.kind != TOKEN_FIELD || !parser->token.attached || parser->token.length == 1)
        return WCOW_OK;
    operand->path = parser_keep(parser, parser->token.start + 1, parser->token.length - 1);
    return operand->path ? parser_next(parser, err) : error_no_memory(err);
}

/* ---- pipelines ---- */

static bool ends_stage(enum token_kind kind)
{
    return kind == TOKEN_END || kind == TOKEN_PIPE || kind == TOKEN_CLOSE;
}

static wcow_status parse_stage(struct parser *parser, struct stage **out, wcow_error *err)
{
    struct stage *stage = parser_allocate(parser, sizeof(*stage));
    struct operand **last;
    wcow_status status;

    if (!stage)
        return error_no_memory(err);
    last = &stage->operands;
    do {
        status = parse_operand(parser, last, err);
        if (status)
            return status;
        last = &(*last)->next;
    } while (!ends_stage(parser->token.kind));
    *out = stage;
    return WCOW_OK;
}

/* `$x :=`, `$i, $x :=` or `$x =` before a pipeline; leaves everything as it was if there is none.
 */
static wcow_status parse_variables(struct parser *parser, struct pipeline *pipeline,
                                   wcow_error *err)
{
    struct lexer lexer = parser->lexer;
    struct token token = parser->token;
    struct token names[2];
    size_t count = 0;
    wcow_status status;

    while (count < 2 && parser->token.kind == TOKEN_VARIABLE) {
        names[count++] = parser->token;
        status = parser_next(parser, err);
        if (status)
            return status;
        if (parser->token.kind != TOKEN_COMMA)
            break;
        status = parser_next(parser, err);
        if (status)
            return status;
    }
    if (!count || (parser->token.kind != TOKEN_DECLARE && parser->token.kind != TOKEN_ASSIGN)) {
        parser->lexer = lexer;
        parser->token = token;
        return WCOW_OK;
    }
    pipeline->assigns = parser->token.kind == TOKEN_ASSIGN;
    for (size_t i = 0; i < count; i++) {
        pipeline->variables[i] = parser_keep(parser, names[i].start, names[i].length);
        if (!pipeline->variables[i])
            return error_no_memory(err);
    }
    return parser_next(parser, err);
}

wcow_status parser_pipeline(struct parser *parser, struct pipeline **out, wcow_error *err)
{
    struct pipeline *pipeline = parser_allocate(parser, sizeof(*pipeline));
    struct stage **last;
    wcow_status status;

    if (!pipeline)
        return error_no_memory(err);
    status = parse_variables(parser, pipeline, err);
    if (status)
        return status;

    last = &pipeline->stages;
    for (;;) {
        status = parse_stage(parser, last, err);
        if (status)
            return status;
        last = &(*last)->next;
        if (parser->token.kind != TOKEN_PIPE)
            break;
        status = parser_next(parser, err);
        if (status)
            return status;
    }
    *out = pipeline;
    return WCOW_OK;
}
