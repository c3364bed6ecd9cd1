/* SPDX-License-Identifier: MIT */
/* Running wcow as a user would, in the test's own root. */
#include <stdlib.h>
#include <string.h>

#include <wcow/container.h>

#include "base/error.h"
#include "base/path.h"
#include "engine/self_test/self_test.h"
#include "port/clock.h"

#define PATIENCE     120000u
#define OUTPUT_LIMIT ((size_t)64 << 20)
#define SHOWN        4000 /* bytes of an output in the report */

void self_test_ran_free(self_test_ran *ran)
{
    free(ran->output);
    free(ran->error);
    memset(ran, 0, sizeof(*ran));
}

char *self_test_path(const self_test *t, const char *name)
{
    return path_join(t->host->root, name);
}

static bool fill_in(const self_test *t, const char *const *arguments, string_list *out)
{
    if (!string_list_add(out, "--root") || !string_list_add(out, t->host->root))
        return false;
    for (; *arguments; arguments++) {
        const char *word = *arguments;

        if (text_equal(word, "{image}"))
            word = t->image;
        else if (text_equal(word, "{isolation}"))
            word = t->isolation;
        if (!string_list_add(out, word))
            return false;
    }
    return true;
}

/* UTF-8 may be cut in two, and a program's output need not be any: JSON wants it printable. */
static cJSON *shown(const char *output, size_t size)
{
    cleanup_free char *start = text_copy_bytes(output, size < SHOWN ? size : SHOWN);

    if (!start)
        return NULL;
    for (char *c = start; *c; c++)
        *c = *c == '\n' || *c == '\t' || (*c >= ' ' && *c < 127) ? *c : '?';
    return cJSON_CreateString(start);
}

static void note_run(self_test *t, const string_list *words, const self_test_ran *ran)
{
    cJSON *list = cJSON_GetObjectItemCaseSensitive(t->step, "runs");
    cJSON *item = cJSON_CreateObject();
    char code[11];

    if (!list)
        list = cJSON_AddArrayToObject(t->step, "runs");
    note_hresult(ran->hr, code);
    if (!list || !item ||
        !json_add_strings(item, "arguments", (const char *const *)words->items + 2) ||
        !json_add_text(item, "hr", code) || !json_add_integer(item, "exitCode", ran->exit_code) ||
        !json_add_integer(item, "ms", (int64_t)ran->milliseconds) ||
        !json_add_integer(item, "outputSize", (int64_t)ran->output_size) ||
        !json_add(item, "output", shown(ran->output, strlen(ran->output))) ||
        !json_add(item, "error", shown(ran->error, strlen(ran->error)))) {
        cJSON_Delete(item);
        t->no_memory = true;
    } else if (!json_append(list, item)) {
        t->no_memory = true;
    }
}

/* What is not there is empty: the program could not be started, and that is told. */
static char *read_back(self_test *t, const char *path, size_t *size)
{
    files_port *files = t->host->files;
    char *bytes = NULL;

    *size = 0;
    if (HR_FAILED(files->read(files, path, OUTPUT_LIMIT, &bytes, size)))
        bytes = text_copy("");
    (void)files->remove_file(files, path);
    return bytes;
}

static int32_t run_in_files(self_test *t, const string_list *words, const char *input,
                            uint32_t milliseconds, self_test_ran *out)
{
    files_port *files = t->host->files;
    cleanup_free char *in = self_test_path(t, "run.in");
    cleanup_free char *output = self_test_path(t, "run.out");
    cleanup_free char *error = self_test_path(t, "run.err");
    size_t error_size;
    int32_t hr = HR_OK;

    if (!in || !output || !error)
        return HR_OUT_OF_MEMORY;
    if (input)
        hr = files->replace(files, in, input, strlen(input));
    if (HR_SUCCEEDED(hr))
        hr = t->program((const char *const *)words->items, input ? in : NULL, output, error,
                        milliseconds ? milliseconds : PATIENCE, &out->exit_code);
    out->output = read_back(t, output, &out->output_size);
    out->error = read_back(t, error, &error_size);
    if (input)
        (void)files->remove_file(files, in);
    return out->output && out->error ? hr : HR_OUT_OF_MEMORY;
}

void self_test_wcow(self_test *t, const char *const *arguments, const char *input,
                    uint32_t milliseconds, self_test_ran *out)
{
    cleanup_strings string_list words = STRING_LIST_INIT;
    const uint64_t since = clock_ticks();

    self_test_ran_free(out);
    out->hr = HR_OUT_OF_MEMORY;
    if (fill_in(t, arguments, &words))
        out->hr = run_in_files(t, &words, input, milliseconds, out);
    out->milliseconds = clock_ticks() - since;
    if (!out->output || !out->error)
        t->no_memory = true;
    else
        note_run(t, &words, out);
}

uint32_t self_test_exit_code(self_test *t, const char *const *arguments)
{
    cleanup_ran self_test_ran ran = SELF_TEST_RAN_INIT;

    self_test_wcow(t, arguments, NULL, 0, &ran);
    return HR_SUCCEEDED(ran.hr) ? ran.exit_code : UINT32_MAX;
}

/* ---- a container that goes on ---- */

bool self_test_start(self_test *t, const char *name)
{
    return note_expected(t, "a container starts in the background",
                         self_test_code(t, "run", "-d", "--name", name, "--isolation",
                                        "{isolation}", "{image}", "ping", "-t", "localhost") == 0);
}

void self_test_end(self_test *t, const char *name)
{
    note_expected(t, "it is removed", self_test_code(t, "rm", "-f", name) == 0);
}

wcow_status self_test_system(self_test *t, const char *name, compute_system **out, wcow_error *err)
{
    wcow_container *container = NULL;
    wcow_status status = wcow_container_open(t->host, name, &container, err);

    if (!status)
        status = compute_system_open(t->host->hcs, wcow_container_id(container), NULL, out, err);
    wcow_container_free(container);
    return status;
}
