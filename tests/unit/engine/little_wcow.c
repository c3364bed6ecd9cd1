/* SPDX-License-Identifier: MIT */
/* A wcow for the self-test's steps. */
#include "tests/unit/engine/little_wcow.h"

#include <string.h>

#include <wcow/container.h>

#include "base/error.h"

little_options little;

static size_t count_of(const char *const *words)
{
    size_t count = 0;

    while (words[count])
        count++;
    return count;
}

static const char *after(const char *const *words, const char *word)
{
    while (*words && !text_equal(*words, word))
        words++;
    return *words ? words[1] : "";
}

wcow_host *little_open(fixture *f, const char *root)
{
    wcow_host *own = NULL;

    assert_ok(&f->err,
              host_new(root, f->host->hcs, f->host->storage, f->host->files, &own, &f->err));
    own->start_monitor = f->host->start_monitor;
    own->start_context = f->host->start_context;
    own->limits = f->host->limits;
    own->version = f->host->version;
    return own;
}

static wcow_status little_run(wcow_host *host, const char *const *words, wcow_container **out)
{
    wcow_container_spec spec = WCOW_CONTAINER_SPEC_INIT;
    wcow_status status;

    spec.name = after(words, "--name");
    spec.image = IMAGE;
    spec.isolation = text_equal(after(words, "--isolation"), "hyperv") ? WCOW_ISOLATION_HYPERV
                                                                       : WCOW_ISOLATION_PROCESS;
    while (!text_equal(*words, IMAGE))
        words++;
    spec.command = words + 1;
    status = wcow_container_create(host, &spec, out, NULL);
    if (!status)
        status = wcow_container_start(*out, NULL, NULL, NULL);
    if (!status && little.fault)
        assert_true(sim_fault(little.f->fake->sim, little.fault));
    return status;
}

static wcow_status little_verb(wcow_container *container, const char *verb)
{
    wcow_process_info *rows = NULL;
    size_t count;
    wcow_status status = WCOW_OK;

    if (text_equal(verb, "rm") || text_equal(verb, "stop"))
        sim_faults_clear(little.f->fake->sim);
    if (text_equal(verb, "rm"))
        return wcow_container_remove(container, true, NULL);
    if (text_equal(verb, "stop"))
        return wcow_container_stop(container, 0, NULL);
    if (text_equal(verb, "pause"))
        return wcow_container_pause(container, NULL);
    if (text_equal(verb, "unpause"))
        return wcow_container_unpause(container, NULL);
    if (text_equal(verb, "top"))
        status = wcow_container_processes(container, &rows, &count, NULL);
    wcow_free(rows);
    return status;
}

int32_t little_wcow(const char *const *arguments, const char *input, const char *output,
                    const char *error, uint32_t milliseconds, uint32_t *exit_code)
{
    const char *verb = arguments[2];
    const char *last = arguments[count_of(arguments) - 1];
    const char *name = text_equal(verb, "run") ? after(arguments, "--name") : last;
    wcow_container *container = NULL;
    wcow_host *own;
    wcow_status status;

    (void)input, (void)output, (void)error, (void)milliseconds;
    *exit_code = text_equal(last, "exit 42") ? 42 : 1;
    if (*exit_code == 42 || !*name || !strstr(little.names, name))
        return HR_OK;
    own = little_open(little.f, arguments[1]);
    status = text_equal(verb, "run") ? little_run(own, arguments, &container)
                                     : wcow_container_open(own, name, &container, NULL);
    if (!status && !text_equal(verb, "run"))
        status = little_verb(container, verb);
    wcow_container_free(container);
    wcow_host_free(own);
    *exit_code = status ? 1 : 0;
    return HR_OK;
}
