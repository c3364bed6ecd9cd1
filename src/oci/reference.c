/* SPDX-License-Identifier: MIT */
/* Image references: reference = [domain "/"] path [":" tag] ["@" digest]. */
#include "oci/reference.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"

#define DEFAULT_DOMAIN "docker.io"
#define LEGACY_DOMAIN  "index.docker.io"
#define OFFICIAL       "library/"
#define NAME_LIMIT     255u
#define TAG_LIMIT      128u
#define HEX_DIGITS     64u

static bool is_lower(char c)
{
    return c >= 'a' && c <= 'z';
}

static bool is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_hexadecimal(const char *digits, size_t length)
{
    return strspn(digits, "0123456789abcdef") >= length;
}

bool digest_valid(const char *digest)
{
    return text_starts_with(digest, "sha256:") && strlen(digest) == 7 + HEX_DIGITS &&
           is_hexadecimal(digest + 7, HEX_DIGITS);
}

/* Letters and digits, in which '-' may stand, but not at an end. */
static bool domain_part_valid(const char *part, size_t length)
{
    if (length == 0 || part[0] == '-' || part[length - 1] == '-')
        return false;
    for (size_t i = 0; i < length; i++) {
        if (!is_lower(part[i]) && !is_upper(part[i]) && !is_digit(part[i]) && part[i] != '-')
            return false;
    }
    return true;
}

/* "[…]" of an IPv6 address, or parts between dots. Returns how much of the domain it is. */
static size_t host_length(const char *domain)
{
    size_t length = 0;

    if (domain[0] == '[') {
        length = 1 + strspn(domain + 1, "0123456789abcdefABCDEF:");
        return length > 1 && domain[length] == ']' ? length + 1 : 0;
    }
    for (;;) {
        size_t part = strcspn(domain + length, ".:");

        if (!domain_part_valid(domain + length, part))
            return 0;
        length += part;
        if (domain[length] != '.')
            return length;
        length++;
    }
}

static bool domain_valid(const char *domain)
{
    size_t length = host_length(domain);
    const char *port = domain + length + 1;

    if (length == 0)
        return false;
    if (domain[length] == '\0')
        return true;
    return domain[length] == ':' && *port && strspn(port, "0123456789") == strlen(port);
}

/* Between letters and digits: one dot, one or two underscores, any number of dashes. */
static size_t separator_length(const char *at)
{
    if (*at == '.')
        return 1;
    if (*at == '_')
        return at[1] == '_' ? 2 : 1;
    return strspn(at, "-");
}

static bool path_valid(const char *path)
{
    for (;;) {
        size_t word = strspn(path, "abcdefghijklmnopqrstuvwxyz0123456789");

        if (word == 0)
            return false;
        path += word;
        if (*path == '\0')
            return true;
        word = *path == '/' ? 1 : separator_length(path);
        if (word == 0)
            return false;
        path += word;
    }
}

static bool tag_valid(const char *tag)
{
    size_t length = strlen(tag);

    if (length == 0 || length > TAG_LIMIT || *tag == '.' || *tag == '-')
        return false;
    for (; *tag; tag++) {
        if (!is_lower(*tag) && !is_upper(*tag) && !is_digit(*tag) && !strchr("_.-", *tag))
            return false;
    }
    return true;
}

static bool has_upper(const char *name)
{
    for (; *name; name++) {
        if (is_upper(*name))
            return true;
    }
    return false;
}

/* Whether what stands before the first slash is a registry and not a part of the path. */
static bool is_domain(const char *head)
{
    return text_equal(head, "localhost") || strpbrk(head, ".:") || has_upper(head);
}

/* Splits "name" (without tag and digest) into domain and path. */
static bool split_name(const char *name, image_reference *out)
{
    const char *slash = strchr(name, '/');
    cleanup_free char *head = slash ? text_copy_bytes(name, (size_t)(slash - name)) : NULL;

    if (slash && !head)
        return false;
    if (head && is_domain(head)) {
        name = slash + 1;
        out->domain = text_copy(text_equal(head, LEGACY_DOMAIN) ? DEFAULT_DOMAIN : head);
    } else {
        out->domain = text_copy(DEFAULT_DOMAIN);
    }
    if (out->domain && strcmp(out->domain, DEFAULT_DOMAIN) == 0 && !strchr(name, '/'))
        out->path = text_format(OFFICIAL "%s", name);
    else
        out->path = text_copy(name);
    return out->domain && out->path;
}

/* Cuts "@digest" and ":tag" off; the rest is the name. */
static bool split_ends(char *name, image_reference *out)
{
    char *at = strchr(name, '@');
    char *slash;
    char *colon;

    if (at) {
        *at = '\0';
        out->digest = text_copy(at + 1);
        if (!out->digest)
            return false;
    }
    slash = strrchr(name, '/');
    colon = strrchr(slash ? slash : name, ':');
    if (colon) {
        *colon = '\0';
        out->tag = text_copy(colon + 1);
    }
    return !colon || out->tag;
}

static wcow_status check(const char *string, const image_reference *r, wcow_error *err)
{
    if (has_upper(r->path))
        return error_set(err, WCOW_INVALID,
                         "invalid reference format: repository name (%s) must be lowercase",
                         r->path);
    if (!domain_valid(r->domain) || !path_valid(r->path) || (r->tag && !tag_valid(r->tag)) ||
        (r->digest && !digest_valid(r->digest)))
        return error_set(err, WCOW_INVALID, "invalid reference format: '%s'", string);
    if (strlen(r->domain) + 1 + strlen(r->path) > NAME_LIMIT)
        return error_set(err, WCOW_INVALID, "repository name must not be more than %u characters",
                         NAME_LIMIT);
    return WCOW_OK;
}

wcow_status reference_parse(const char *string, image_reference **out, wcow_error *err)
{
    cleanup_reference image_reference *r = calloc(1, sizeof(*r));
    cleanup_free char *name = text_copy(string);
    wcow_status status;

    if (!r || !name)
        return error_no_memory(err);
    if (strlen(string) == HEX_DIGITS && is_hexadecimal(string, HEX_DIGITS))
        return error_set(err, WCOW_INVALID,
                         "invalid repository name (%s), cannot specify 64-byte hexadecimal strings",
                         string);
    if (!split_ends(name, r) || !split_name(name, r))
        return error_no_memory(err);
    status = check(string, r, err);
    if (status)
        return status;
    *out = TAKE(r);
    return WCOW_OK;
}

static char *with_ends(const char *name, const image_reference *r)
{
    if (!name)
        return NULL;
    return text_format("%s%s%s%s%s", name, r->tag ? ":" : "", r->tag ? r->tag : "",
                       r->digest ? "@" : "", r->digest ? r->digest : "");
}

char *reference_canonical(const image_reference *reference)
{
    cleanup_free char *name = text_format("%s/%s", reference->domain, reference->path);

    return with_ends(name, reference);
}

char *reference_repository(const image_reference *reference)
{
    const char *path = reference->path;

    if (strcmp(reference->domain, DEFAULT_DOMAIN) != 0)
        return text_format("%s/%s", reference->domain, path);
    if (text_starts_with(path, OFFICIAL) && !strchr(path + strlen(OFFICIAL), '/'))
        path += strlen(OFFICIAL);
    return text_copy(path);
}

char *reference_familiar(const image_reference *reference)
{
    cleanup_free char *name = reference_repository(reference);

    return with_ends(name, reference);
}

bool reference_default_tag(image_reference *reference)
{
    if (!reference->tag && !reference->digest)
        reference->tag = text_copy("latest");
    return reference->tag || reference->digest;
}

void reference_free(image_reference *reference)
{
    if (!reference)
        return;
    free(reference->domain);
    free(reference->path);
    free(reference->tag);
    free(reference->digest);
    free(reference);
}
