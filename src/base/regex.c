/* SPDX-License-Identifier: MIT */
/*
 * Trees → instructions, and how they run: as a set of places in the program that moves over the
 * text (Thompson). A text of n characters costs at most n times the program.
 */
#include "base/regex.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/regex_program.h"

enum operation { CLASS, ASSERT, SPLIT, MATCH };

/* SPLIT goes on at both of `next`; the others at the first one. */
struct instruction {
    enum operation operation;
    int node; /* what CLASS and ASSERT look for */
    size_t next[2];
};

struct regex {
    regex_tree tree;
    struct instruction *program;
    size_t count;
    size_t start;
    size_t work; /* what compiling it has cost, and a character of a text will at most */
    bool full;   /* it would be more than it may */
};

uint32_t regex_read(const char **at)
{
    const unsigned char *bytes = (const unsigned char *)*at;
    const size_t more = bytes[0] >= 0xf0 ? 3 : bytes[0] >= 0xe0 ? 2 : bytes[0] >= 0xc0 ? 1 : 0;
    uint32_t c = bytes[0];

    if (more)
        c = bytes[0] & (0x3fu >> more);
    for (size_t i = 1; i <= more; i++) {
        if ((bytes[i] & 0xc0) != 0x80) {
            ++*at;
            return bytes[0];
        }
        c = c << 6 | (bytes[i] & 0x3f);
    }
    *at += more + 1;
    return c;
}

/* ---- compiling: each piece is written before what it goes on with, so from the end ---- */

static size_t emit(regex *r, enum operation operation, int node, size_t next, size_t other)
{
    if (r->count == REGEX_PROGRAM)
        r->full = true;
    if (r->full)
        return 0;
    r->program[r->count] = (struct instruction){operation, node, {next, other}};
    return r->count++;
}

static size_t compile(regex *r, int index, size_t next);

/* "x*" is a split whose first branch comes back to it. */
static size_t compile_star(regex *r, int inner, size_t next)
{
    const size_t split = emit(r, SPLIT, -1, next, next);
    const size_t body = r->full ? 0 : compile(r, inner, split);

    if (!r->full)
        r->program[split].next[0] = body;
    return split;
}

static size_t compile_repeated(regex *r, const regex_node *node, size_t next)
{
    const int optional = node->maximum < 0 ? 0 : node->maximum - node->minimum;
    const size_t end = next;

    if (node->maximum < 0)
        next = compile_star(r, node->left, next);
    for (int i = 0; i < optional && !r->full; i++)
        next = emit(r, SPLIT, -1, compile(r, node->left, next), end);
    for (int i = 0; i < node->minimum && !r->full; i++)
        next = compile(r, node->left, next);
    return next;
}

/* Where to begin for the node and then `next`. The bound on the work stops "((){999}){999}". */
static size_t compile(regex *r, int index, size_t next)
{
    const regex_node *node = &r->tree.nodes[index];

    r->work += 1 + node->count;
    r->full |= r->work > REGEX_WORK;
    for (; node->kind == REGEX_CONCAT && !r->full; node = &r->tree.nodes[index]) {
        next = compile(r, node->right, next);
        index = node->left;
    }
    if (r->full)
        return 0;
    switch (node->kind) {
    case REGEX_EMPTY:
    case REGEX_CONCAT:
        return next;
    case REGEX_CLASS:
        return emit(r, CLASS, index, next, next);
    case REGEX_ASSERT:
        return emit(r, ASSERT, index, next, next);
    case REGEX_EITHER:
        return emit(r, SPLIT, -1, compile(r, node->left, next), compile(r, node->right, next));
    case REGEX_REPEATED:
        return compile_repeated(r, node, next);
    }
    return next;
}

wcow_status regex_new(const char *pattern, regex **out, wcow_error *err)
{
    regex *r = calloc(1, sizeof(*r));
    wcow_status status = r ? regex_parse(pattern, &r->tree, err) : error_no_memory(err);

    if (!status) {
        r->program = calloc(REGEX_PROGRAM, sizeof(*r->program));
        status = r->program ? WCOW_OK : error_no_memory(err);
    }
    if (!status) {
        r->start = compile(r, r->tree.root, emit(r, MATCH, -1, 0, 0));
        if (r->full)
            status = error_set(err, WCOW_INVALID, "expression too large: `%s`", pattern);
    }
    if (status) {
        regex_free(r);
        return status;
    }
    *out = r;
    return WCOW_OK;
}

void regex_free(regex *r)
{
    if (!r)
        return;
    regex_tree_free(&r->tree);
    free(r->program);
    free(r);
}

/* ---- running ---- */

/* A set of instructions, each at most once, and what is still to be followed. */
struct places {
    size_t *items;
    size_t count;
    uint32_t *mark; /* round in which an instruction was added */
};

struct run {
    const regex *r;
    struct places now, next;
    size_t *stack;
    uint32_t round;
    uint32_t before, after; /* the characters around the place; 0: none */
};

static bool is_word(uint32_t c)
{
    return c < 128 && (isalnum((int)c) || c == '_');
}

static bool holds(const struct run *run, enum regex_place place)
{
    switch (place) {
    case PLACE_TEXT_BEGIN:
        return !run->before;
    case PLACE_TEXT_END:
        return !run->after;
    case PLACE_LINE_BEGIN:
        return !run->before || run->before == '\n';
    case PLACE_LINE_END:
        return !run->after || run->after == '\n';
    case PLACE_WORD_EDGE:
        return is_word(run->before) != is_word(run->after);
    case PLACE_NO_WORD_EDGE:
        return is_word(run->before) == is_word(run->after);
    }
    return false;
}

/* Adds where the program goes on from there without reading. True: it matches. */
static bool follow(struct run *run, struct places *set, size_t from)
{
    size_t waiting = 0;

    run->stack[waiting++] = from;
    while (waiting) {
        const size_t at = run->stack[--waiting];
        const struct instruction *i = &run->r->program[at];

        if (set->mark[at] == run->round)
            continue;
        set->mark[at] = run->round;
        if (i->operation == MATCH)
            return true;
        if (i->operation == CLASS) {
            set->items[set->count++] = at;
        } else if (i->operation == SPLIT) {
            run->stack[waiting++] = i->next[1];
            run->stack[waiting++] = i->next[0];
        } else if (holds(run, run->r->tree.nodes[i->node].place)) {
            run->stack[waiting++] = i->next[0];
        }
    }
    return false;
}

static bool is_in_class(const regex_tree *tree, int index, uint32_t c)
{
    const regex_node *class = &tree->nodes[index];

    for (size_t i = class->first; i < class->first + class->count; i++)
        if (tree->ranges[i].low <= c && c <= tree->ranges[i].high)
            return !class->negated;
    return class->negated;
}

static bool search(struct run *run, const char *string)
{
    const char *at = string;

    for (;;) {
        const char *behind = at;
        const uint32_t c = *at ? regex_read(&behind) : 0;

        run->round++;
        run->after = c;
        /* A match may begin anywhere, so also here. */
        for (size_t i = 0; i < run->now.count; i++)
            if (follow(run, &run->next, run->now.items[i]))
                return true;
        if (follow(run, &run->next, run->r->start))
            return true;
        if (!*at)
            return false;
        run->now.count = 0;
        for (size_t i = 0; i < run->next.count; i++) {
            const struct instruction *each = &run->r->program[run->next.items[i]];

            if (is_in_class(&run->r->tree, each->node, c))
                run->now.items[run->now.count++] = each->next[0];
        }
        run->next.count = 0;
        run->before = c;
        at = behind;
    }
}

bool regex_matches(const regex *r, const char *string, bool *failed)
{
    struct run run = {.r = r};
    const size_t size = r->count + 1;
    size_t *lists = calloc(size * 4, sizeof(*lists));
    uint32_t *marks = calloc(size, sizeof(*marks));
    bool found = false;

    *failed = !lists || !marks;
    if (!*failed) {
        run.now.items = lists;
        run.next = (struct places){.items = lists + size, .mark = marks};
        run.stack = lists + 2 * size; /* each instruction is followed once, and adds two at most */
        found = search(&run, string);
    }
    free(lists);
    free(marks);
    return found;
}
