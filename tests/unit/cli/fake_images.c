/* SPDX-License-Identifier: MIT */
/* What the scripted library says about layers and images. */
#include "tests/unit/cli/fake_wcow.h"

#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/number.h"

static const wcow_layer_entry entries[] = {
    {.name = "Files/a",
     .security = true,
     .attribute_count = 1,
     .stream_count = 2,
     .size = 1234,
     .attributes = 0x21,
     .creation_time = 48491090211286549,
     .access_time = 1,
     .write_time = 116444736000000000 + 20000000,
     .change_time = 2,
     .stream_length = 1300,
     .stream_sha256 = "abcd"},
    {.name = "Files/.wh.b", .whiteout = true, .stream_sha256 = ""},
    {.name = "Files/c", .hard_link = "Files/a", .stream_sha256 = ""},
    {.name = "Files/\x1b[2J",
     .target = "C:/\xC2\x9B",
     .junction = true,
     .attributes = 0x410,
     .write_time = 116444736000000000,
     .stream_sha256 = "ef"},
};

static wcow_status note(wcow_error *err, const char *what, const char *which)
{
    cleanup_free char *line = text_format("%s %s", what, which);

    return line ? fake_note(err, line) : error_no_memory(err);
}

wcow_status wcow_layer_inspect(wcow_host *host, const char *path, wcow_layer_entry_fn *each,
                               void *context, wcow_error *err)
{
    wcow_status status = note(err, "layer inspect", path);

    (void)host;
    for (size_t i = 0; !status && i < sizeof(entries) / sizeof(entries[0]); i++) {
        if (!each(context, &entries[i]))
            return error_set(err, WCOW_CANCELLED, "cancelled");
    }
    return status;
}

wcow_status wcow_image_save(wcow_host *host, const char *const *references, size_t count,
                            const char *path, wcow_error *err)
{
    cleanup_text text line = TEXT_INIT;

    (void)host;
    text_addf(&line, "save %s:", path);
    for (size_t i = 0; i < count; i++)
        text_addf(&line, " %s", references[i]);
    return line.failed ? error_no_memory(err) : fake_note(err, text_get(&line));
}

static wcow_status answer(const char *json, char **out, wcow_error *err)
{
    *out = text_copy(json);
    return *out ? WCOW_OK : error_no_memory(err);
}

wcow_status wcow_image_history(wcow_host *host, const char *reference, char **json, wcow_error *err)
{
    wcow_status status = note(err, "history", reference);

    (void)host;
    return status ? status
                  : answer("[{\"Id\":\"sha256:0123456789abcdef\",\"Created\":1,"
                           "\"CreatedBy\":\"cmd /c echo\\tan awfully long line of it, really\","
                           "\"Size\":1234567,\"Comment\":\"mine\"},"
                           "{\"Id\":\"<missing>\",\"Created\":0,\"CreatedBy\":\"\","
                           "\"Size\":0,\"Comment\":\"\"}]",
                           json, err);
}

wcow_status wcow_image_prune(wcow_host *host, const wcow_image_prune_options *options,
                             void (*removed)(void *context, const char *line), void *context,
                             uint64_t *reclaimed, wcow_error *err)
{
    const bool all = options->all;
    cleanup_text text line = TEXT_INIT;
    wcow_status status;

    text_add(&line, all ? "image prune all" : "image prune dangling");
    if (options->until)
        text_addf(&line, " before %lld", (long long)(options->until / 1000000000));
    for (size_t i = 0; options->labels && options->labels[i]; i++)
        text_addf(&line, " +%s", options->labels[i]);
    for (size_t i = 0; options->without && options->without[i]; i++)
        text_addf(&line, " -%s", options->without[i]);
    status = line.failed ? error_no_memory(err) : fake_note(err, text_get(&line));

    (void)host;
    *reclaimed = 0;
    if (status || !all)
        return status;
    removed(context, "untagged: it:latest");
    removed(context, "deleted: sha256:0123");
    *reclaimed = 1500;
    return WCOW_OK;
}

wcow_status wcow_host_disk_usage(wcow_host *host, char **json, wcow_error *err)
{
    wcow_status status = fake_note(err, "df");

    (void)host;
    return status
               ? status
               : answer("[{\"Type\":\"Images\",\"TotalCount\":2,\"Active\":1,\"Size\":3000,"
                        "\"Reclaimable\":1000,\"Items\":[{\"Id\":\"sha256:0123456789abcdef\","
                        "\"SharedSize\":1000,\"UniqueSize\":500,\"Containers\":1}]},"
                        "{\"Type\":\"Containers\",\"TotalCount\":0,\"Active\":0,\"Size\":0,"
                        "\"Reclaimable\":0,\"Items\":[{\"Id\":\"fedcba9876543210\",\"Size\":9}]}]",
                        json, err);
}

wcow_status wcow_layer_list(wcow_host *host, char **json, wcow_error *err)
{
    wcow_status status = fake_note(err, "layer list");

    (void)host;
    return status
               ? status
               : answer("[{\"Id\":\"0123456789abcdef\",\"Parent\":\"\",\"Size\":2500,\"Files\":7,"
                        "\"UtilityVM\":true,\"Path\":\"C:/l\",\"Status\":\"ready\",\"Images\":2,"
                        "\"Containers\":1},"
                        "{\"Id\":\"fedcba9876543210\",\"Parent\":\"0123456789abcdef\","
                        "\"Status\":\"leftover\"}]",
                        json, err);
}

wcow_status wcow_layer_remove(wcow_host *host, const char *id, char **removed, wcow_error *err)
{
    wcow_status status = note(err, "layer rm", id);

    (void)host;
    if (text_starts_with(id, "no-"))
        return error_set(err, WCOW_NOT_FOUND, "No such layer: %s", id);
    return status ? status : answer("0123456789abcdef", removed, err);
}

wcow_status wcow_layer_zap_list(wcow_host *host, const char *path, char **json, wcow_error *err)
{
    (void)host;
    if (text_ends_with(path, ".txt"))
        return error_set(err, WCOW_INVALID, "'%s' is a file", path);
    return answer("[{\"Id\":\"1\"},{\"Id\":\"2\"},{\"Id\":\"3\"},{\"Id\":\"4\"}]", json, err);
}

wcow_status wcow_layer_zap(wcow_host *host, const char *path, const wcow_layer_zap_options *options,
                           wcow_error *err)
{
    (void)host;
    options->tell(options->context, WCOW_LAYER_UNMOUNTED, "1");
    options->tell(options->context, WCOW_LAYER_DESTROYED, "1");
    return note(err, options->force ? "layer zap -f" : "layer zap", path);
}

wcow_status wcow_layer_foreign(wcow_host *host, const char *path, char **json, wcow_error *err)
{
    wcow_status status = note(err, "layer foreign", path);

    (void)host;
    return status ? status
                  : answer("[{\"Id\":\"0123456789abcdef\",\"Path\":\"C:\\\\w\\\\1\",\"Kind\":"
                           "\"scratch\",\"Mounted\":true,\"Systems\":[\"a\",\"b\"]},{\"Id\":\"2\","
                           "\"Path\":\"C:\\\\w\\\\2\",\"Kind\":\"layer\",\"Mounted\":false,"
                           "\"Systems\":[]}]",
                           json, err);
}

wcow_status wcow_container_commit(wcow_container *container, const char *reference,
                                  const wcow_commit_options *options, char **id, wcow_error *err)
{
    cleanup_text text line = TEXT_INIT;
    wcow_status status;

    (void)container;
    text_addf(&line, "commit %s %s %s", reference ? reference : "-",
              options->author ? options->author : "-", options->comment ? options->comment : "-");
    for (size_t i = 0; options->changes && options->changes[i]; i++)
        text_addf(&line, " [%s]", options->changes[i]);
    status = line.failed ? error_no_memory(err) : fake_note(err, text_get(&line));
    return status ? status : answer("sha256:0123", id, err);
}

wcow_status wcow_image_import(wcow_host *host, const char *source, const char *reference,
                              const wcow_import_options *options, char **id, wcow_error *err)
{
    cleanup_text text line = TEXT_INIT;
    wcow_status status;

    (void)host;
    text_addf(&line, "import %s %s %s %s", source, reference ? reference : "-",
              options->message ? options->message : "-",
              options->platform ? options->platform : "-");
    for (size_t i = 0; options->changes && options->changes[i]; i++)
        text_addf(&line, " [%s]", options->changes[i]);
    status = line.failed ? error_no_memory(err) : fake_note(err, text_get(&line));
    return status ? status : answer("sha256:0123", id, err);
}

wcow_status wcow_container_export(wcow_container *container, const char *path, char **warning,
                                  wcow_error *err)
{
    wcow_status status = note(err, "export", path);

    (void)container;
    return status || !text_equal(path, "warned.tar") ? status : answer("it is old", warning, err);
}

/* ---- images ---- */

wcow_status wcow_image_load(wcow_host *host, const char *path, const wcow_load_options *options,
                            wcow_error *err)
{
    wcow_status status =
        fake_call(err, "load %s%s%s%s", path, options->progress ? " progress" : "",
                  options->platform ? " of " : "", options->platform ? options->platform : "");
    void *context = options->context;

    (void)host;
    if (status)
        return status;
    if (options->progress) {
        options->progress(context, "layer 1", 500, 1000);
        options->progress(context, "layer 1", 1000, 1000);
        options->progress(context, "layer 2, whose name is a long one", 2000, 0);
    }
    options->loaded(context, "microsoft/nanoserver:latest");
    options->loaded(context, "sha256:0123");
    return WCOW_OK;
}

wcow_status wcow_image_check_platform(wcow_host *host, const char *reference, const char *platform,
                                      wcow_error *err)
{
    (void)host;
    return platform ? fake_call(err, "platform %s of %s", platform, reference) : WCOW_OK;
}

wcow_status wcow_image_list(wcow_host *host, wcow_image_info **out, size_t *count, wcow_error *err)
{
    wcow_status status = fake_call(err, "images");

    (void)host;
    if (status)
        return status;
    *out = fake_copy_list(fake.images, fake.image_count * sizeof(**out));
    if (!*out)
        return error_no_memory(err);
    *count = fake.image_count;
    return WCOW_OK;
}

/* Of the image in fake.image only when it was made. */
wcow_status wcow_image_get_info(wcow_host *host, const char *reference, wcow_image_info **out,
                                wcow_error *err)
{
    cleanup_json cJSON *image = NULL;
    wcow_image_info info = {.id = reference};
    int64_t created = 0;
    wcow_status status;

    (void)host;
    if (!fake.image)
        return error_set(err, WCOW_NOT_FOUND, "no such image: %s", reference);
    status = fake_call(err, "image %s", reference);
    if (!status)
        status = json_parse(fake.image, strlen(fake.image), "image", &image, err);
    if (status)
        return status;
    if (time_parse(json_text(image, "Created", ""), &created))
        info.created = created / 1000000000;
    *out = fake_copy_list(&info, sizeof(info));
    return *out ? WCOW_OK : error_no_memory(err);
}

wcow_status wcow_image_exists(wcow_host *host, const char *reference, bool *exists, wcow_error *err)
{
    wcow_status status = fake.image ? fake_call(err, "exists %s", reference) : WCOW_OK;

    (void)host;
    if (!status)
        *exists = fake.image != NULL;
    return status;
}

wcow_status wcow_image_inspect(wcow_host *host, const char *reference, char **json, wcow_error *err)
{
    const char *found = fake.image;

    (void)host;
    for (const char *const *name = fake.image_names; name && *name; name += 2)
        if (strcmp(*name, reference) == 0)
            found = name[1];
    if (!found)
        return error_set(err, WCOW_NOT_FOUND, "no such image: %s", reference);
    return fake_answer(fake_call(err, "image %s", reference), found, json, err);
}

wcow_status wcow_image_remove(wcow_host *host, const char *reference, bool force,
                              void (*removed)(void *context, const char *line), void *context,
                              wcow_error *err)
{
    wcow_status status;

    (void)host;
    if (text_starts_with(reference, "no-"))
        return error_set(err, WCOW_NOT_FOUND, "no such image: %s", reference);
    status = fake_call(err, "rmi %s%s", reference, force ? " force" : "");
    if (!status)
        removed(context, "Untagged: it");
    return status;
}
