/* SPDX-License-Identifier: MIT */
#include "shim/container/unheeded.h"

#include <pb_common.h>
#include <pb_decode.h>

#include "shim/wire/runhcs.pb.h"

#define MOST_WORDS 1024u

static const char *const meant[] = {"io.microsoft.", "microsoft.com/"};

static bool is_ours(uint32_t number)
{
    runhcs_options options = {0};
    pb_field_iter_t at;

    return pb_field_iter_begin(&at, runhcs_options_fields, &options) &&
           pb_field_iter_find(&at, number);
}

void unheeded_options(wire_bytes options, text *out)
{
    pb_istream_t in = pb_istream_from_buffer(options.data, options.size);
    pb_wire_type_t type;
    uint32_t number, last = 0;
    bool end;

    while (pb_decode_tag(&in, &type, &number, &end) && pb_skip_field(&in, type)) {
        if (number != last && !is_ours(number) && out->length < MOST_WORDS)
            text_addf(out, " %u", (unsigned)number);
        last = number; /* a list has it many times */
    }
}

void unheeded_annotations(const cJSON *annotations, bool (*heeds)(const char *name), text *out)
{
    const cJSON *each;

    cJSON_ArrayForEach (each, annotations) {
        for (size_t i = 0; i < sizeof(meant) / sizeof(meant[0]); i++)
            if (text_starts_with(each->string, meant[i]) && !heeds(each->string) &&
                out->length < MOST_WORDS)
                text_addf(out, " %.128s", each->string);
    }
}
