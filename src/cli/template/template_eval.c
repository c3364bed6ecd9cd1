/* SPDX-License-Identifier: MIT */
/* Runs a template's tree over JSON. */
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "cli/template/template_function.h"
#include "cli/template/template_tree.h"

enum { ARGUMENT_LIMIT = 16, CALL_LIMIT = 100, COUNT_LIMIT = 1000000 };

/* One variable; the innermost is first. Lives on the stack of the run that declared it. */
struct scope {
    const char *name;
    const cJSON *value;
    struct scope *outer;
};

static wcow_status run_list(struct evaluation *evaluation, const struct node *nodes,
                            const cJSON *dot, wcow_error *err);
static wcow_status evaluate(struct evaluation *evaluation, const struct pipeline *pipeline,
                            const cJSON *dot, const cJSON **out, wcow_error *err);

static wcow_status find_variable(struct evaluation *evaluation, const char *name,
                                 struct scope **out, wcow_error *err)
{
    for (struct scope *scope = evaluation->scope; scope; scope = scope->outer) {
        if (strcmp(scope->name, name) == 0) {
            *out = scope;
            return WCOW_OK;
        }
    }
    return error_set(err, WCOW_INVALID, "bad template: undefined variable '%s'", name);
}

/* ---- operands ---- */

/* The value of key in "a=b,c=d". */
static wcow_status find_label(struct evaluation *evaluation, const char *labels, const char *key,
                              const cJSON **out, wcow_error *err)
{
    cleanup_text text value = TEXT_INIT;
    size_t length = strlen(key);

    for (const char *at = labels; *at;) {
        size_t end = strcspn(at, ",");

        if (strncmp(at, key, length) == 0 && at[length] == '=') {
            text_add_bytes(&value, at + length + 1, end - length - 1);
            break;
        }
        at += end + (at[end] == ',');
    }
    return value_keep_text(evaluation, &value, out, err);
}

/* The heading of a label's column: the last part of its name (docker/cli formatter/custom.go). */
static wcow_status label_heading(struct evaluation *evaluation, const char *key, const cJSON **out,
                                 wcow_error *err)
{
    const char *last = strrchr(key, '.');
    cleanup_text text heading = TEXT_INIT;

    for (const char *at = last ? last + 1 : key; *at; at++)
        text_add_char(&heading, *at == '-' || *at == '_' ? ' ' : *at);
    return value_keep_text(evaluation, &heading, out, err);
}

/* `.Label "key"`, the one method of what Docker lists. */
static wcow_status call_label(struct evaluation *evaluation, const char *path, const cJSON *dot,
                              const cJSON *const *arguments, size_t count, const cJSON **out,
                              wcow_error *err)
{
    const char *key = count == 1 ? cJSON_GetStringValue(arguments[0]) : NULL;
    const char *labels = json_text(dot, "Labels", NULL);

    if (strcmp(path, "Label") != 0 || !labels)
        return error_set(err, WCOW_INVALID, "bad template: '.%s' takes no arguments", path);
    if (!key)
        return error_set(err, WCOW_INVALID, "bad template: .Label wants the name of a label");
    if (evaluation->header)
        return label_heading(evaluation, key, out, err);
    return find_label(evaluation, labels, key, out, err);
}

static wcow_status call_function(struct evaluation *evaluation, const char *name,
                                 const cJSON *const *arguments, size_t count, const cJSON **out,
                                 wcow_error *err)
{
    const struct template_function *function = template_function_find(name);

    if (!function)
        return error_set(err, WCOW_INVALID, "bad template: function '%s' is not defined", name);
    if (count < function->minimum || count > function->maximum)
        return error_set(err, WCOW_INVALID, "bad template: wrong number of arguments for %s: %zu",
                         name, count);
    if (evaluation->header && function->spoils_headings && count > 0) {
        *out = arguments[0];
        return WCOW_OK;
    }
    return function->call(evaluation, arguments, count, out, err);
}

static wcow_status operand_value(struct evaluation *evaluation, const struct operand *operand,
                                 const cJSON *dot, const cJSON **out, wcow_error *err)
{
    const cJSON *value = NULL;
    struct scope *scope = NULL;
    wcow_status status = WCOW_OK;

    switch (operand->kind) {
    case OPERAND_FIELD:
        value = dot;
        break;
    case OPERAND_VARIABLE:
        status = find_variable(evaluation, operand->name, &scope, err);
        value = status ? NULL : scope->value;
        break;
    case OPERAND_LITERAL:
        value = operand->literal;
        break;
    case OPERAND_FUNCTION:
        status = call_function(evaluation, operand->name, NULL, 0, &value, err);
        break;
    case OPERAND_PIPELINE:
        status = evaluate(evaluation, operand->pipeline, dot, &value, err);
        break;
    }
    if (status)
        return status;
    if (operand->path)
        return value_path(evaluation, value, operand->path, out, err);
    *out = value;
    return WCOW_OK;
}

/* ---- pipelines ---- */

static bool decides(const struct operand *function)
{
    return function->kind == OPERAND_FUNCTION &&
           (strcmp(function->name, "and") == 0 || strcmp(function->name, "or") == 0);
}

/* `and` and `or` look at no further argument than they need: {{and .A .A.B}} is for when A is not.
 */
static wcow_status run_decision(struct evaluation *evaluation, const struct operand *function,
                                const cJSON *dot, const cJSON *const *piped, const cJSON **out,
                                wcow_error *err)
{
    const bool wanted = strcmp(function->name, "or") == 0;
    const cJSON *value = NULL;

    if (!function->next && !piped)
        return error_set(err, WCOW_INVALID, "bad template: wrong number of arguments for %s: 0",
                         function->name);
    for (const struct operand *each = function->next; each; each = each->next) {
        wcow_status status = operand_value(evaluation, each, dot, &value, err);

        if (status)
            return status;
        if (value_is_true(value) == wanted) {
            *out = value;
            return WCOW_OK;
        }
    }
    *out = piped ? *piped : value;
    return WCOW_OK;
}

/* `piped` is what the stage before made, given as the last argument; NULL in the first stage. */
static wcow_status run_stage(struct evaluation *evaluation, const struct stage *stage,
                             const cJSON *dot, const cJSON *const *piped, const cJSON **out,
                             wcow_error *err)
{
    const struct operand *first = stage->operands;
    const cJSON *arguments[ARGUMENT_LIMIT];
    size_t count = 0;

    if (decides(first))
        return run_decision(evaluation, first, dot, piped, out, err);
    for (const struct operand *each = first->next; each; each = each->next) {
        wcow_status status;

        if (count == ARGUMENT_LIMIT - 1)
            return error_set(err, WCOW_INVALID, "bad template: too many arguments");
        status = operand_value(evaluation, each, dot, &arguments[count++], err);
        if (status)
            return status;
    }
    if (piped)
        arguments[count++] = *piped;
    if (first->kind == OPERAND_FUNCTION)
        return call_function(evaluation, first->name, arguments, count, out, err);
    if (count && first->kind == OPERAND_FIELD)
        return call_label(evaluation, first->path, dot, arguments, count, out, err);
    if (count)
        return error_set(err, WCOW_INVALID, "bad template: a value is used as a function");
    return operand_value(evaluation, first, dot, out, err);
}

static wcow_status evaluate(struct evaluation *evaluation, const struct pipeline *pipeline,
                            const cJSON *dot, const cJSON **out, wcow_error *err)
{
    const cJSON *value = NULL;

    for (const struct stage *stage = pipeline->stages; stage; stage = stage->next) {
        const cJSON *before = value;
        wcow_status status = run_stage(evaluation, stage, dot,
                                       stage == pipeline->stages ? NULL : &before, &value, err);

        if (status)
            return status;
    }
    *out = value;
    return WCOW_OK;
}

/* ---- nodes ---- */

static wcow_status set_variable(struct evaluation *evaluation, const struct pipeline *pipeline,
                                const cJSON *value, wcow_error *err)
{
    struct scope *scope = NULL;
    wcow_status status = find_variable(evaluation, pipeline->variables[0], &scope, err);

    if (!status)
        scope->value = value;
    return status;
}

/* Runs `nodes` with what the pipeline's variables hold. */
static wcow_status run_with(struct evaluation *evaluation, const struct pipeline *pipeline,
                            const struct node *nodes, const cJSON *first, const cJSON *second,
                            const cJSON *dot, wcow_error *err)
{
    struct scope *outer = evaluation->scope;
    struct scope inner = {pipeline->variables[0], first, outer};
    struct scope innermost = {pipeline->variables[1], second, &inner};
    wcow_status status;

    if (pipeline->variables[0] && !pipeline->assigns)
        evaluation->scope = pipeline->variables[1] ? &innermost : &inner;
    status = run_list(evaluation, nodes, dot, err);
    evaluation->scope = outer;
    return status;
}

static wcow_status run_item(struct evaluation *evaluation, const struct node *node, size_t index,
                            const cJSON *item, wcow_error *err)
{
    const cJSON *key = NULL;
    cJSON *made;
    wcow_status status;

    if (!node->pipeline->variables[1])
        return run_with(evaluation, node->pipeline, node->body, item, NULL, item, err);
    made = item->string ? cJSON_CreateString(item->string) : cJSON_CreateNumber((double)index);
    status = value_keep(evaluation, made, &key, err);
    if (status)
        return status;
    return run_with(evaluation, node->pipeline, node->body, key, item, item, err);
}

/* Runs the body for an item; true in *ended after {{break}}. */
static wcow_status run_turn(struct evaluation *evaluation, const struct node *node, size_t index,
                            const cJSON *item, bool *ended, wcow_error *err)
{
    wcow_status status = run_item(evaluation, node, index, item, err);

    *ended = evaluation->jump == JUMP_BREAK;
    evaluation->jump = JUMP_NONE;
    return status;
}

/* {{range 3}}: 0, 1, 2. */
static wcow_status run_count(struct evaluation *evaluation, const struct node *node, double count,
                             wcow_error *err)
{
    wcow_status status = WCOW_OK;
    bool ended = false;

    if (count > (double)COUNT_LIMIT)
        return error_set(err, WCOW_INVALID, "bad template: range over too large a number");
    for (size_t i = 0; !status && !ended && (double)i < count; i++) {
        const cJSON *item = NULL;

        status = value_keep(evaluation, cJSON_CreateNumber((double)i), &item, err);
        if (!status)
            status = run_turn(evaluation, node, i, item, &ended, err);
    }
    return status;
}

static wcow_status run_range(struct evaluation *evaluation, const struct node *node,
                             const cJSON *value, const cJSON *dot, wcow_error *err)
{
    cleanup_free const cJSON **members = NULL;
    wcow_status status = WCOW_OK;
    bool ended = false;
    size_t index = 0;

    if (!value || !value_is_true(value))
        return run_list(evaluation, node->otherwise, dot, err);
    if (cJSON_IsNumber(value))
        return run_count(evaluation, node, value->valuedouble, err);
    if (cJSON_IsArray(value)) {
        for (const cJSON *item = value->child; !status && !ended && item; item = item->next)
            status = run_turn(evaluation, node, index++, item, &ended, err);
        return status;
    }
    if (!cJSON_IsObject(value))
        return error_set(err, WCOW_INVALID, "bad template: range wants a list or a map");
    members = value_sorted(value);
    if (!members)
        return error_no_memory(err);
    for (; !status && !ended && members[index]; index++)
        status = run_turn(evaluation, node, index, members[index], &ended, err);
    return status;
}

static wcow_status run_block(struct evaluation *evaluation, const struct node *node,
                             const cJSON *value, const cJSON *dot, wcow_error *err)
{
    bool taken = value_is_true(value);

    switch (node->kind) {
    case NODE_RANGE:
        return run_range(evaluation, node, value, dot, err);
    case NODE_WITH:
        return run_with(evaluation, node->pipeline, taken ? node->body : node->otherwise, value,
                        NULL, taken ? value : dot, err);
    default:
        return run_with(evaluation, node->pipeline, taken ? node->body : node->otherwise, value,
                        NULL, dot, err);
    }
}

/* Another template: it sees no variables of ours, and its $ is what it was given. */
static wcow_status run_template(struct evaluation *evaluation, const struct node *node,
                                const cJSON *dot, wcow_error *err)
{
    const struct definition *definition = evaluation->definitions;
    struct scope *outer = evaluation->scope;
    struct scope root = {"$", NULL, NULL};
    wcow_status status = WCOW_OK;

    while (definition && strcmp(definition->name, node->text) != 0)
        definition = definition->next;
    if (!definition)
        return error_set(err, WCOW_INVALID, "bad template: template \"%s\" is not defined",
                         node->text);
    if (evaluation->calls == CALL_LIMIT)
        return error_set(err, WCOW_INVALID, "bad template: template \"%s\" calls itself too often",
                         node->text);
    if (node->pipeline)
        status = evaluate(evaluation, node->pipeline, dot, &root.value, err);
    if (status)
        return status;
    evaluation->calls++;
    evaluation->scope = &root;
    status = run_list(evaluation, definition->nodes, root.value, err);
    evaluation->scope = outer;
    evaluation->calls--;
    return status;
}

/* A block, or something printed. */
static wcow_status run_pipeline(struct evaluation *evaluation, const struct node *node,
                                const cJSON *value, const cJSON *dot, wcow_error *err)
{
    if (node->kind != NODE_OUTPUT)
        return run_block(evaluation, node, value, dot, err);
    if (!node->pipeline->variables[0])
        value_print(value, evaluation->out);
    return WCOW_OK;
}

static wcow_status run_list(struct evaluation *evaluation, const struct node *nodes,
                            const cJSON *dot, wcow_error *err)
{
    wcow_status status = WCOW_OK;

    for (const struct node *node = nodes; !status && node && !evaluation->jump; node = node->next) {
        const struct pipeline *pipeline = node->pipeline;
        const cJSON *value = NULL;

        if (node->kind == NODE_TEXT) {
            text_add(evaluation->out, node->text);
            continue;
        }
        if (node->kind == NODE_BREAK || node->kind == NODE_CONTINUE) {
            evaluation->jump = node->kind == NODE_BREAK ? JUMP_BREAK : JUMP_CONTINUE;
            continue;
        }
        if (node->kind == NODE_TEMPLATE) {
            status = run_template(evaluation, node, dot, err);
            continue;
        }
        status = evaluate(evaluation, pipeline, dot, &value, err);
        if (!status && pipeline->variables[0] && pipeline->assigns)
            status = set_variable(evaluation, pipeline, value, err);
        if (status)
            return status;
        /* A variable declared by itself is known to what follows it in the list. */
        if (node->kind == NODE_OUTPUT && pipeline->variables[0] && !pipeline->assigns)
            return run_with(evaluation, pipeline, node->next, value, NULL, dot, err);
        status = run_pipeline(evaluation, node, value, dot, err);
    }
    return status;
}

static wcow_status run(const template *t, const cJSON *data, bool header, text *out,
                       wcow_error *err)
{
    cleanup_json cJSON *made = cJSON_CreateArray();
    struct scope root = {"$", data, NULL};
    struct evaluation evaluation = {
        .made = made, .scope = &root, .definitions = t->definitions, .header = header, .out = out};
    wcow_status status;

    if (!made)
        return error_no_memory(err);
    status = run_list(&evaluation, t->nodes, data, err);
    if (status)
        return status;
    return out->failed ? error_no_memory(err) : WCOW_OK;
}

/* Texts keep NUL as 0xc0 0x80 (json_parse_with_nul()); whoever prints them wants NUL. */
static void restore_nul(text *out, size_t from)
{
    size_t to = from;

    for (size_t at = from; at < out->length; at++) {
        const bool is_nul = at + 1 < out->length && (unsigned char)out->data[at] == 0xc0 &&
                            (unsigned char)out->data[at + 1] == 0x80;

        at += is_nul;
        out->data[to++] = is_nul ? '\0' : out->data[at];
    }
    text_cut(out, to);
}

wcow_status template_run(const template *t, const cJSON *data, text *out, wcow_error *err)
{
    const size_t from = out->length;
    wcow_status status = run(t, data, false, out, err);

    if (!status)
        restore_nul(out, from);
    return status;
}

wcow_status template_run_header(const template *t, const cJSON *headings, text *out,
                                wcow_error *err)
{
    return run(t, headings, true, out, err);
}
