/* SPDX-License-Identifier: MIT */
/*
 * --mount as Docker's client reads it (docker/cli, opts/mount.go) and its engine on Windows checks
 * it (moby, daemon/volume/mounts/windows_parser.go): one line of comma-separated values, each
 * key=value; a value with a comma in it is quoted as a whole.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/path.h"
#include "base/text.h"
#include "engine/container/mount_spec.h"

/* What the keys ask for, before it is known of which type the mount is. */
typedef struct option {
    mount_spec mount;
    char *type;
    char *source;
    char *target;
    char *driver;
    char *propagation;
    bool of_bind, of_volume, of_tmpfs, of_image; /* keys of such a kind were there */
} option;

static void option_clear(option *o)
{
    mount_spec_free(&o->mount);
    free(o->type);
    free(o->source);
    free(o->target);
    free(o->driver);
    free(o->propagation);
}

DEFINE_CLEANUP_VALUE(option, option, option_clear)

/* ---- values ---- */

static wcow_status read_bool(const char *key, const char *value, bool *out, wcow_error *err)
{
    if (!value || text_equal(value, "1") || text_equal(value, "true"))
        *out = true;
    else if (text_equal(value, "0") || text_equal(value, "false"))
        *out = false;
    else
        return error_set(err, WCOW_INVALID,
                         "invalid value for '%s': invalid boolean value (\"%s\"): must be one of "
                         "\"true\", \"1\", \"false\", or \"0\" (default \"true\")",
                         key, value);
    return WCOW_OK;
}

static wcow_status keep(char **out, const char *value, wcow_error *err)
{
    return text_replace(out, value) ? WCOW_OK : error_no_memory(err);
}

/* ---- keys ---- */

static wcow_status read_type(option *o, const char *key, const char *value, wcow_error *err)
{
    (void)key;
    return keep(&o->type, value, err);
}

static wcow_status read_source(option *o, const char *key, const char *value, wcow_error *err)
{
    (void)key;
    return keep(&o->source, value, err);
}

static wcow_status read_target(option *o, const char *key, const char *value, wcow_error *err)
{
    (void)key;
    return keep(&o->target, value, err);
}

static wcow_status read_only(option *o, const char *key, const char *value, wcow_error *err)
{
    return read_bool(key, value, &o->mount.read_only, err);
}

/* Of Docker Desktop on a Mac; its engine ignores it everywhere. */
static wcow_status read_consistency(option *o, const char *key, const char *value, wcow_error *err)
{
    (void)o;
    (void)key;
    (void)value;
    (void)err;
    return WCOW_OK;
}

static wcow_status read_propagation(option *o, const char *key, const char *value, wcow_error *err)
{
    (void)key;
    o->of_bind = true;
    return keep(&o->propagation, value, err);
}

/* What is mounted below a folder of the host is seen in the container, whatever that says. */
static wcow_status read_recursive(option *o, const char *key, const char *value, wcow_error *err)
{
    o->of_bind = true;
    if (text_equal(value, "enabled"))
        return WCOW_OK;
    if (text_equal(value, "disabled") || text_equal(value, "writable") ||
        text_equal(value, "readonly"))
        return error_set(err, WCOW_INVALID,
                         "%s=%s has no meaning on Windows: what is mounted below a folder goes "
                         "along with it",
                         key, value);
    return error_set(
        err, WCOW_INVALID,
        "invalid value for %s: %s (must be \"enabled\", \"disabled\", \"writable\", or "
        "\"readonly\")",
        key, value);
}

static wcow_status read_nonrecursive(option *o, const char *key, const char *value, wcow_error *err)
{
    (void)o;
    (void)value;
    return error_set(err, WCOW_INVALID, "%s is deprecated, use bind-recursive=disabled instead",
                     key);
}

static wcow_status read_create(option *o, const char *key, const char *value, wcow_error *err)
{
    o->of_bind = true;
    return read_bool(key, value, &o->mount.creates_source, err);
}

static wcow_status read_nocopy(option *o, const char *key, const char *value, wcow_error *err)
{
    bool nocopy = false;
    wcow_status status = read_bool(key, value, &nocopy, err);

    o->of_volume = true;
    o->mount.copies = !nocopy;
    return status;
}

static wcow_status read_label(option *o, const char *key, const char *value, wcow_error *err)
{
    char *label = strchr(value, '=') ? text_copy(value) : text_format("%s=", value);

    (void)key;
    o->of_volume = true;
    if (*value == '=') {
        free(label);
        return WCOW_OK;
    }
    return label && string_list_own(&o->mount.labels, label) ? WCOW_OK : error_no_memory(err);
}

static wcow_status read_driver(option *o, const char *key, const char *value, wcow_error *err)
{
    (void)key;
    o->of_volume = true;
    return keep(&o->driver, value, err);
}

static wcow_status read_driver_option(option *o, const char *key, const char *value,
                                      wcow_error *err)
{
    (void)o;
    (void)key;
    (void)value;
    return error_set(err, WCOW_INVALID,
                     "volume-opt: options are not supported on this platform: a volume is a folder "
                     "of wcow's; mount another one with type=bind");
}

static wcow_status read_subpath(option *o, const char *key, const char *value, wcow_error *err)
{
    (void)key;
    o->of_volume = true;
    return keep(&o->mount.subpath, value, err);
}

static wcow_status read_image(option *o, const char *key, const char *value, wcow_error *err)
{
    (void)key;
    (void)value;
    (void)err;
    o->of_image = true;
    return WCOW_OK;
}

static wcow_status read_tmpfs(option *o, const char *key, const char *value, wcow_error *err)
{
    (void)key;
    (void)value;
    (void)err;
    o->of_tmpfs = true;
    return WCOW_OK;
}

static const struct key {
    const char *name;
    bool alone; /* may stand without a value */
    wcow_status (*read)(option *o, const char *key, const char *value, wcow_error *err);
} keys[] = {
    {"type", false, read_type},
    {"source", false, read_source},
    {"src", false, read_source},
    {"target", false, read_target},
    {"dst", false, read_target},
    {"destination", false, read_target},
    {"readonly", true, read_only},
    {"ro", true, read_only},
    {"consistency", false, read_consistency},
    {"bind-propagation", false, read_propagation},
    {"bind-recursive", false, read_recursive},
    {"bind-nonrecursive", true, read_nonrecursive},
    {"bind-create-src", true, read_create},
    {"volume-nocopy", true, read_nocopy},
    {"volume-label", false, read_label},
    {"volume-driver", false, read_driver},
    {"volume-opt", false, read_driver_option},
    {"volume-subpath", false, read_subpath},
    {"image-subpath", false, read_image},
    {"tmpfs-size", false, read_tmpfs},
    {"tmpfs-mode", false, read_tmpfs},
};

static const struct key *key_find(const char *name)
{
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        if (text_equal_ignore_case(keys[i].name, name))
            return &keys[i];
    return NULL;
}

/* ---- fields ---- */

static bool is_blank_at_end(const char *value)
{
    const size_t length = strlen(value);

    return length &&
           (isspace((unsigned char)value[0]) || isspace((unsigned char)value[length - 1]));
}

static wcow_status check_value(const char *name, const char *value, const char *field,
                               wcow_error *err)
{
    if (value && !value[strspn(value, " \t\r\n")])
        return error_set(err, WCOW_INVALID, "invalid value for '%s': value is empty", name);
    if (value && is_blank_at_end(value))
        return error_set(err, WCOW_INVALID,
                         "invalid value for '%s' in '%s': value should not have whitespace", name,
                         field);
    return WCOW_OK;
}

static wcow_status read_field(option *o, const char *field, wcow_error *err)
{
    const char *sign = strchr(field, '=');
    cleanup_free char *name = text_copy_bytes(field, sign ? (size_t)(sign - field) : strlen(field));
    const char *value = sign ? sign + 1 : NULL;
    const struct key *key;
    wcow_status status;

    if (!name)
        return error_no_memory(err);
    if (is_blank_at_end(name))
        return error_set(err, WCOW_INVALID,
                         "invalid option '%s' in '%s': option should not have whitespace", name,
                         field);
    status = check_value(name, value, field, err);
    if (status)
        return status;
    key = key_find(name);
    if (!value && (!key || !key->alone))
        return error_set(err, WCOW_INVALID, "invalid field '%s' must be a key=value pair", field);
    if (!key)
        return error_set(err, WCOW_INVALID, "unknown option '%s' in '%s'", name, field);
    return key->read(o, key->name, value, err);
}

/* A field of a line of comma-separated values, as Go's encoding/csv reads them. */
static wcow_status next_field(const char **at, text *out, wcow_error *err)
{
    const char *c = *at;
    const bool quoted = *c == '"';

    for (c += quoted; *c && (quoted || *c != ','); c++) {
        if (*c == '"' && !quoted)
            return error_set(err, WCOW_INVALID,
                             "parse error: bare \" in non-quoted field: quote the whole of "
                             "key=value");
        if (*c == '"' && *++c != '"')
            break;
        text_add_char(out, *c);
    }
    if (quoted && c[-1] != '"')
        return error_set(err, WCOW_INVALID, "parse error: a quote is not closed");
    if (*c && *c != ',')
        return error_set(err, WCOW_INVALID, "parse error: extraneous text behind a quoted field");
    *at = c + (*c == ',');
    return out->failed ? error_no_memory(err) : WCOW_OK;
}

static wcow_status read_fields(option *o, const char *line, wcow_error *err)
{
    const char *at = line;
    bool more = true;

    while (more) {
        cleanup_text text field = TEXT_INIT;
        wcow_status status = next_field(&at, &field, err);

        if (!status)
            status = read_field(o, text_get(&field), err);
        if (status)
            return status;
        more = *at || (at > line && at[-1] == ',');
        if (more && !*at) /* a comma at the end has an empty field behind it */
            return error_set(err, WCOW_INVALID, "invalid field '' must be a key=value pair");
    }
    return WCOW_OK;
}

/* ---- the whole ---- */

static wcow_status choose_type(option *o, wcow_error *err)
{
    const char *type = o->type ? o->type : "volume";

    for (int i = 0; mount_types[i]; i++) {
        if (text_equal_ignore_case(type, mount_types[i])) {
            o->mount.type = (mount_type)i;
            return WCOW_OK;
        }
    }
    if (text_equal_ignore_case(type, "tmpfs"))
        return error_set(err, WCOW_INVALID,
                         "invalid mount config for type \"tmpfs\": mount type unknown: Windows has "
                         "no such file system; what a container writes goes with it (--rm)");
    return error_set(err, WCOW_INVALID,
                     "invalid mount config for type \"%s\": mount type unknown: it is bind, volume "
                     "or npipe",
                     type);
}

static wcow_status check_mix(const option *o, wcow_error *err)
{
    const char *type = mount_types[o->mount.type];
    const char *mixed = NULL;

    if (o->of_bind && o->mount.type != MOUNT_BIND)
        mixed = "bind";
    else if (o->of_volume && o->mount.type != MOUNT_VOLUME)
        mixed = "volume";
    else if (o->of_image)
        mixed = "image";
    else if (o->of_tmpfs)
        mixed = "tmpfs";
    return mixed ? error_set(err, WCOW_INVALID, "cannot mix '%s-*' options with mount type '%s'",
                             mixed, type)
                 : WCOW_OK;
}

static wcow_status missing(const option *o, const char *what, wcow_error *err)
{
    return mount_misconfigured(&o->mount, err, "field %s must not be empty", what);
}

static wcow_status take_bind(option *o, wcow_error *err)
{
    if (!o->source)
        return missing(o, "Source", err);
    if (o->propagation)
        return mount_misconfigured(&o->mount, err,
                                   "invalid propagation mode: %s: mounts of Linux "
                                   "have one",
                                   o->propagation);
    if (!mount_take_source(&o->mount, o->source, strlen(o->source)))
        return error_no_memory(err);
    if (!path_is_absolute(o->mount.source))
        return mount_misconfigured(
            &o->mount, err, "invalid mount path: '%s' mount path must be absolute", o->source);
    return WCOW_OK;
}

/* Relative, and in the volume. */
static bool is_inside(const char *path)
{
    for (const char *at = path;; at++) {
        const size_t length = strcspn(at, "/\\");

        if (!length || strcspn(at, ":*?\"<>|\r\n") < length ||
            (length <= 2 && !strncmp(at, "..", length)))
            return false;
        at += length;
        if (!*at)
            return true;
    }
}

static wcow_status take_volume(option *o, wcow_error *err)
{
    mount_spec *mount = &o->mount;

    if (o->driver && !text_equal(o->driver, "local"))
        return error_set(err, WCOW_INVALID,
                         "error looking up volume plugin %s: plugin \"%s\" not found: wcow has "
                         "volumes of the driver local",
                         o->driver, o->driver);
    if (mount->subpath && !o->source)
        return error_set(err, WCOW_INVALID, "must not set Subpath when using anonymous volumes");
    if (mount->subpath && !is_inside(mount->subpath))
        return mount_misconfigured(mount, err, "subpath must be a relative path within the volume");
    mount->anonymous = !o->source;
    return o->source ? mount_take_name(mount, o->source, err) : WCOW_OK;
}

static wcow_status take_pipe(option *o, wcow_error *err)
{
    const char *wrong = NULL;

    if (!o->source)
        return missing(o, "Source", err);
    if (o->mount.read_only)
        return mount_misconfigured(&o->mount, err, "field ReadOnly must not be specified");
    if (!mount_is_pipe(o->source))
        wrong = o->source;
    else if (!mount_is_pipe(o->target))
        wrong = o->target;
    if (wrong)
        return mount_misconfigured(&o->mount, err, "'%s' is not a valid pipe path", wrong);
    return mount_take_source(&o->mount, o->source, strlen(o->source)) ? WCOW_OK
                                                                      : error_no_memory(err);
}

static wcow_status take_by_type(option *o, wcow_error *err)
{
    if (o->mount.type == MOUNT_BIND)
        return take_bind(o, err);
    return o->mount.type == MOUNT_VOLUME ? take_volume(o, err) : take_pipe(o, err);
}

static wcow_status take(option *o, wcow_error *err)
{
    wcow_status status = choose_type(o, err);

    if (!status)
        status = check_mix(o, err);
    if (status)
        return status;
    if (!o->target)
        status = missing(o, "Target", err);
    else
        status = mount_take_destination(&o->mount, o->target, strlen(o->target), NULL, err);
    if (!status)
        status = take_by_type(o, err);
    if (!status && o->mount.type != MOUNT_PIPE && mount_is_pipe(o->mount.destination))
        status = mount_misconfigured(&o->mount, err, "a folder cannot be mounted as a pipe: '%s'",
                                     o->mount.destination);
    return status;
}

wcow_status mount_option_parse(const char *given, mount_spec *out, wcow_error *err)
{
    CLEANUP(option) option o = {.mount = MOUNT_SPEC_INIT};
    wcow_status status;

    o.mount.with_option = true;
    o.mount.origin = MOUNT_FROM_OPTION;
    o.mount.given = text_copy(given);
    if (!o.mount.given)
        return error_no_memory(err);
    if (!given[strspn(given, " \t\r\n")])
        status = error_set(err, WCOW_INVALID, "value is empty");
    else
        status = read_fields(&o, given, err);
    if (status)
        return error_wrap(err, status, "invalid argument \"%s\" for \"--mount\" flag", given);
    status = take(&o, err);
    if (status)
        return status;
    *out = o.mount;
    o.mount = (mount_spec)MOUNT_SPEC_INIT;
    return WCOW_OK;
}
