/* SPDX-License-Identifier: MIT */
/* Names in a hosts file. */
#include "network/hosts_file.h"

#include <string.h>

static const char first_line[] = "# wcow: names of this container's networks\r\n";
static const char last_line[] = "# wcow: end\r\n";

/* NULL: it is not there. The texts are of whoever had the image: they may have NULs. */
static const char *find(const char *from, const char *end, const char *words)
{
    const size_t length = strlen(words);

    for (; (size_t)(end - from) >= length; from++) {
        if (memcmp(from, words, length) == 0)
            return from;
    }
    return NULL;
}

void hosts_file_write(const char *old, size_t size, const host_name *names, size_t count, text *out)
{
    const char *end = old + size;
    const char *ours = find(old, end, first_line);
    const char *behind = ours ? find(ours, end, last_line) : NULL;

    if (!behind)
        ours = end;
    text_add_bytes(out, old, (size_t)(ours - old));
    if (behind)
        text_add_bytes(out, behind + strlen(last_line), (size_t)(end - behind) - strlen(last_line));
    if (!count)
        return;
    if (out->length && text_get(out)[out->length - 1] != '\n')
        text_add(out, "\r\n");
    text_add(out, first_line);
    for (size_t i = 0; i < count && out->length + strlen(names[i].name) + 64 < HOSTS_FILE_LIMIT;
         i++)
        text_addf(out, "%s %s\r\n", names[i].address, names[i].name);
    text_add(out, last_line);
}
