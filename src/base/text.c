/* SPDX-License-Identifier: MIT */
/* Growing text. */
#include "base/text.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Makes room for `more` bytes and a NUL. */
static bool text_reserve(text *t, size_t more)
{
    size_t capacity = t->capacity ? t->capacity : 64;
    char *data;

    if (t->failed || more >= SIZE_MAX / 2 - t->length) {
        t->failed = true;
        return false;
    }
    while (capacity < t->length + more + 1)
        capacity *= 2;
    if (capacity == t->capacity)
        return true;

    data = realloc(t->data, capacity);
    if (!data) {
        t->failed = true;
        return false;
    }
    t->data = data;
    t->capacity = capacity;
    return true;
}

void text_add_bytes(text *t, const void *bytes, size_t length)
{
    if (!text_reserve(t, length))
        return;
    if (length)
        memcpy(t->data + t->length, bytes, length);
    t->length += length;
    t->data[t->length] = '\0';
}

void text_add(text *t, const char *string)
{
    text_add_bytes(t, string, strlen(string));
}

void text_add_char(text *t, char c)
{
    text_add_bytes(t, &c, 1);
}

void text_addv(text *t, const char *format, va_list arguments)
{
    va_list again;
    int length;

    va_copy(again, arguments);
    length = vsnprintf(NULL, 0, format, again);
    va_end(again);

    if (length < 0) {
        t->failed = true;
        return;
    }
    if (!text_reserve(t, (size_t)length))
        return;
    (void)vsnprintf(t->data + t->length, (size_t)length + 1, format, arguments);
    t->length += (size_t)length;
}

void text_addf(text *t, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    text_addv(t, format, arguments);
    va_end(arguments);
}

void text_cut(text *t, size_t length)
{
    if (length >= t->length)
        return;
    t->length = length;
    t->data[length] = '\0';
}

const char *text_get(const text *t)
{
    return t->data && !t->failed ? t->data : "";
}

char *text_take(text *t)
{
    char *taken = NULL;

    if (!t->failed)
        taken = t->data ? TAKE(t->data) : text_copy("");
    text_free(t);
    return taken;
}

void text_free(text *t)
{
    free(t->data);
    *t = (text)TEXT_INIT;
}

char *text_format(const char *format, ...)
{
    text t = TEXT_INIT;
    va_list arguments;

    va_start(arguments, format);
    text_addv(&t, format, arguments);
    va_end(arguments);
    return text_take(&t);
}

char *text_copy(const char *string)
{
    return string ? text_copy_bytes(string, strlen(string)) : NULL;
}

char *text_copy_bytes(const char *bytes, size_t length)
{
    char *copy = malloc(length + 1);

    if (!copy)
        return NULL;
    if (length)
        memcpy(copy, bytes, length);
    copy[length] = '\0';
    return copy;
}

bool text_replace(char **owned, const char *string)
{
    char *copy = text_copy(string);

    if (string && !copy)
        return false;
    free(*owned);
    *owned = copy;
    return true;
}

const char *text_plural(size_t count)
{
    return count == 1 ? "" : "s";
}

bool text_equal(const char *a, const char *b)
{
    if (!a || !b)
        return a == b;
    return strcmp(a, b) == 0;
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool text_equal_ignore_case(const char *a, const char *b)
{
    if (!a || !b)
        return a == b;
    while (*a && lower(*a) == lower(*b)) {
        a++;
        b++;
    }
    return lower(*a) == lower(*b);
}

bool text_starts_with(const char *string, const char *prefix)
{
    return strncmp(string, prefix, strlen(prefix)) == 0;
}

bool text_ends_with(const char *string, const char *suffix)
{
    size_t length = strlen(string);
    size_t end = strlen(suffix);

    return length >= end && strcmp(string + length - end, suffix) == 0;
}

size_t text_control_length(const char *string)
{
    const unsigned char *c = (const unsigned char *)string;

    if (c[0] == 0xC2 && c[1] >= 0x80 && c[1] <= 0x9F)
        return 2;
    return (c[0] && c[0] < ' ') || c[0] == 0x7F;
}

void text_make_printable(char *string)
{
    while (*string) {
        size_t length = text_control_length(string);

        if (length && *string != '\n' && *string != '\t')
            memset(string, ' ', length);
        string += length ? length : 1;
    }
}
