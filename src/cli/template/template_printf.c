/* SPDX-License-Identifier: MIT */
/* printf of templates: the verbs of Go's fmt that make sense for JSON. */
#include <ctype.h>
#include <string.h>

#include "base/error.h"
#include "cli/template/template_function.h"

/* One verb: %-5.2f. */
struct verb {
    bool left, zero;
    int width;
    int precision; /* negative: none */
    char letter;
};

static int read_number(const char **at)
{
    int number = 0;

    for (; isdigit((unsigned char)**at); (*at)++)
        if (number < 1000)
            number = number * 10 + (**at - '0');
    return number;
}

static struct verb read_verb(const char **at)
{
    struct verb verb = {.precision = -1};

    for (; **at == '-' || **at == '0' || **at == '+' || **at == ' ' || **at == '#'; (*at)++) {
        verb.left |= **at == '-';
        verb.zero |= **at == '0';
    }
    verb.width = read_number(at);
    if (**at == '.') {
        (*at)++;
        verb.precision = read_number(at);
    }
    verb.letter = **at;
    if (**at)
        (*at)++;
    return verb;
}

static void print_quoted(const cJSON *value, text *out)
{
    cleanup_free char *quoted = json_print(value);

    if (quoted)
        text_add(out, quoted);
    else
        out->failed = true;
}

static void print_text(const struct verb *verb, const cJSON *value, text *out)
{
    size_t start = out->length;

    value_print(value, out);
    if (verb->precision >= 0)
        text_cut(out, start + (size_t)verb->precision);
}

static bool print_value(const struct verb *verb, const cJSON *value, text *out)
{
    double number = cJSON_IsNumber(value) ? value->valuedouble : 0;

    switch (verb->letter) {
    case 's':
    case 'v':
        print_text(verb, value, out);
        return true;
    case 'q':
        print_quoted(value, out);
        return true;
    case 't':
        value_print(value, out);
        return cJSON_IsBool(value);
    case 'd':
        text_addf(out, "%.0f", number);
        return cJSON_IsNumber(value);
    case 'x':
        text_addf(out, "%llx", (unsigned long long)(number > 0 ? number : 0));
        return cJSON_IsNumber(value);
    case 'f':
        text_addf(out, "%.*f", verb->precision < 0 ? 6 : verb->precision, number);
        return cJSON_IsNumber(value);
    default:
        return false;
    }
}

static void print_padded(const struct verb *verb, const char *string, text *out)
{
    if (verb->left) {
        text_addf(out, "%-*s", verb->width, string);
        return;
    }
    for (int have = (int)strlen(string); verb->zero && have < verb->width; have++)
        text_add_char(out, '0');
    text_addf(out, "%*s", verb->zero ? 0 : verb->width, string);
}

wcow_status template_printf(struct evaluation *evaluation, const cJSON *const *arguments,
                            size_t count, const cJSON **out, wcow_error *err)
{
    cleanup_text text made = TEXT_INIT;
    const char *at = cJSON_GetStringValue(arguments[0]);
    size_t used = 1;

    if (!at)
        return error_set(err, WCOW_INVALID, "bad template: printf wants a format");
    while (*at) {
        cleanup_text text piece = TEXT_INIT;
        struct verb verb;

        if (*at != '%') {
            text_add_char(&made, *at++);
            continue;
        }
        at++;
        verb = read_verb(&at);
        if (verb.letter == '%') {
            text_add_char(&made, '%');
            continue;
        }
        if (used == count)
            return error_set(err, WCOW_INVALID, "bad template: printf lacks an argument for %%%c",
                             verb.letter);
        if (!print_value(&verb, arguments[used++], &piece))
            return error_set(err, WCOW_INVALID, "bad template: printf cannot print it with %%%c",
                             verb.letter);
        made.failed |= piece.failed;
        print_padded(&verb, text_get(&piece), &made);
    }
    return value_keep_text(evaluation, &made, out, err);
}
