/* SPDX-License-Identifier: MIT */
/* The scripted library. */
#include "tests/unit/cli/fake_wcow.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>

#include <cmocka.h>

#include <wcow/endpoint.h>

#include "base/error.h"
#include "base/json.h"
#include "base/number.h"
#include "cli/program.h"

struct fake_wcow fake;

struct wcow_host {
    char unused;
};

struct wcow_container {
    char *name;
};

/* ---- calls ---- */

wcow_status fake_call(wcow_error *err, const char *format, ...)
{
    size_t start = fake.calls.length;
    wcow_status status = WCOW_OK;
    va_list arguments;

    va_start(arguments, format);
    text_addv(&fake.calls, format, arguments);
    va_end(arguments);
    if (fake.calls.failed) {
        text_free(&fake.calls);
        return error_no_memory(err);
    }
    fake.called++;
    if (fake.called == fake.nth ||
        (fake.failing && text_starts_with(text_get(&fake.calls) + start, fake.failing))) {
        status = error_set(err, fake.failure, "%s", fake.message ? fake.message : "it failed");
        if (err)
            err->hresult = fake.hresult;
        if (fake.hint)
            error_hint(err, "%s", fake.hint);
        if (err && fake.events)
            snprintf(err->events, sizeof(err->events), "%s", fake.events);
    }
    text_add(&fake.calls, "\n");
    return status;
}

wcow_status fake_note(wcow_error *err, const char *line)
{
    return fake_call(err, "%s", line);
}

static void add_list(text *line, const char *name, const char *const *items)
{
    for (; items && *items; items++)
        text_addf(line, " %s=%s", name, *items);
}

static void add_text(text *line, const char *name, const char *value)
{
    if (value)
        text_addf(line, " %s=%s", name, value);
}

static void add_number(text *line, const char *name, uint64_t value)
{
    if (value)
        text_addf(line, " %s=%llu", name, (unsigned long long)value);
}

static void describe_endpoint(text *line, const wcow_endpoint_spec *endpoint)
{
    text_addf(line, " on=%s", endpoint->network);
    add_text(line, "ip", endpoint->ip_address);
    add_text(line, "mac", endpoint->mac_address);
    add_list(line, "alias", endpoint->aliases);
}

static void describe(text *line, const wcow_container_spec *spec)
{
    static const char *const isolations[] = {"default", "process", "hyperv"};

    text_add(line, spec->image);
    add_text(line, "name", spec->name);
    if (spec->isolation)
        add_text(line, "isolation", isolations[spec->isolation]);
    add_list(line, "entrypoint", spec->entrypoint);
    add_list(line, "command", spec->command);
    add_list(line, "env", spec->environment);
    add_list(line, "label", spec->labels);
    add_list(line, "mount", spec->mounts);
    add_list(line, "option", spec->mount_options);
    add_list(line, "from", spec->volumes_from);
    add_text(line, "driver", spec->volume_driver);
    add_text(line, "workdir", spec->working_directory);
    add_text(line, "user", spec->user);
    add_text(line, "hostname", spec->hostname);
    add_text(line, "network", spec->network);
    for (const wcow_endpoint_spec *const *each = spec->endpoints; each && *each; each++)
        describe_endpoint(line, *each);
    add_list(line, "publish", spec->publish);
    add_list(line, "expose", spec->expose);
    add_list(line, "dns", spec->dns);
    add_list(line, "host", spec->hosts);
    text_add(line, spec->publish_all ? " all-ports" : "");
    add_number(line, "memory", spec->memory);
    add_text(line, "domain", spec->domainname);
    add_text(line, "signal", spec->stop_signal);
    add_text(line, "restart", spec->restart);
    add_list(line, "device", spec->devices);
    add_list(line, "search", spec->dns_search);
    add_list(line, "security", spec->security_options);
    add_list(line, "storage", spec->storage_options);
    add_number(line, "cpus", spec->nano_cpus);
    add_number(line, "count", spec->cpu_count);
    add_number(line, "percent", spec->cpu_percent);
    add_number(line, "shares", spec->cpu_shares);
    add_number(line, "bandwidth", spec->io_bandwidth);
    add_number(line, "operations", spec->io_operations);
    if (spec->stop_timeout >= 0)
        text_addf(line, " stop=%d", spec->stop_timeout);
    text_addf(line, "%s%s%s", spec->tty ? " tty" : "", spec->open_stdin ? " stdin" : "",
              spec->auto_remove ? " rm" : "");
}

static void describe_attach(text *line, const wcow_attach_options *attach)
{
    if (!attach)
        return;
    text_addf(line, " attach%s%s%s%s", attach->standard_input ? " in" : "",
              attach->standard_output ? " out" : "", attach->standard_error ? " err" : "",
              attach->sig_proxy ? "" : " noproxy");
    add_text(line, "keys", attach->detach_keys);
}

/* ---- the host ---- */

wcow_status wcow_host_open(const wcow_host_options *options, wcow_host **out, wcow_error *err)
{
    wcow_status status = options->root ? fake_call(err, "host %s", options->root) : WCOW_OK;

    if (status)
        return status;
    *out = calloc(1, sizeof(**out));
    if (!*out)
        return error_no_memory(err);
    fake.open_hosts++;
    if (fake.step && options->step)
        options->step(options->step_context, fake.step, 1234567);
    return WCOW_OK;
}

void wcow_host_free(wcow_host *host)
{
    if (host)
        fake.open_hosts--;
    free(host);
}

wcow_status fake_answer(wcow_status status, const char *with, char **out, wcow_error *err)
{
    char *copy = status ? NULL : text_copy(with);

    if (status)
        return status;
    if (!copy)
        return error_no_memory(err);
    *out = copy;
    return WCOW_OK;
}

void wcow_free(void *memory)
{
    free(memory);
}

const char *wcow_version(void)
{
    return "1.2.3";
}

bool wcow_terminal_is(int which)
{
    return fake.terminals[which];
}

unsigned wcow_terminal_columns(void)
{
    return fake.columns;
}

bool wcow_file_exists(const char *path)
{
    (void)path;
    return fake.file != NULL;
}

wcow_status wcow_file_read(const char *path, size_t limit, char **bytes, size_t *size,
                           wcow_error *err)
{
    wcow_status status = fake_call(err, "read %s", path);

    (void)limit;
    if (!status && !fake.file)
        status = error_set(err, WCOW_NOT_FOUND, "no such file");
    if (!status)
        *size = strlen(fake.file);
    return fake_answer(status, fake.file, bytes, err);
}

wcow_status wcow_file_try(const char *path, wcow_error *err)
{
    wcow_status status = fake_call(err, "try %s", path);

    return !status && fake.file ? error_set(err, WCOW_ALREADY_EXISTS, "it is there") : status;
}

wcow_status wcow_file_create(const char *path, const void *bytes, size_t size, wcow_error *err)
{
    return fake_call(err, "write %s %.*s", path, (int)size, (const char *)bytes);
}

/* ---- containers ---- */

static wcow_status container_new(const char *name, wcow_container **out, wcow_error *err)
{
    wcow_container *container = calloc(1, sizeof(*container));
    char *copy = text_copy(name);

    if (!container || !copy) {
        free(container);
        free(copy);
        return error_no_memory(err);
    }
    container->name = copy;
    fake.open_containers++;
    *out = container;
    return WCOW_OK;
}

wcow_status wcow_container_create(wcow_host *host, const wcow_container_spec *spec,
                                  wcow_container **out, wcow_error *err)
{
    cleanup_text text line = TEXT_INIT;
    wcow_status status;

    (void)host;
    describe(&line, spec);
    status = fake_call(err, "create %s", text_get(&line));
    if (status)
        return status;
    return container_new(spec->name ? spec->name : "made-up", out, err);
}

const char *const *wcow_container_warnings(const wcow_container *container)
{
    static const char *const none[] = {NULL};

    (void)container;
    return fake.warnings ? fake.warnings : none;
}

wcow_status wcow_container_plan(wcow_host *host, const wcow_container_spec *spec, char **json,
                                wcow_error *err)
{
    (void)host;
    return fake_answer(fake_call(err, "plan %s", spec->image), fake.plan, json, err);
}

wcow_status wcow_container_open(wcow_host *host, const char *reference, wcow_container **out,
                                wcow_error *err)
{
    wcow_status status;

    (void)host;
    if (text_starts_with(reference, "no-"))
        return error_set(err, WCOW_NOT_FOUND, "no such container: %s", reference);
    status = fake_call(err, "open %s", reference);
    return status ? status : container_new(reference, out, err);
}

void wcow_container_free(wcow_container *container)
{
    if (!container)
        return;
    fake.open_containers--;
    free(container->name);
    free(container);
}

const char *wcow_container_id(const wcow_container *container)
{
    return fake.ids_are_names ? container->name
                              : "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
}

const char *wcow_container_name(const wcow_container *container)
{
    return container->name;
}

static wcow_status attached(const char *what, wcow_container *container,
                            const wcow_attach_options *attach, wcow_outcome *outcome,
                            wcow_error *err)
{
    cleanup_text text line = TEXT_INIT;
    wcow_status status;

    describe_attach(&line, attach);
    status = fake_call(err, "%s %s%s", what, container->name, text_get(&line));
    if (!status && attach)
        *outcome = fake.outcome;
    return status;
}

wcow_status wcow_container_start(wcow_container *container, const wcow_attach_options *attach,
                                 wcow_outcome *outcome, wcow_error *err)
{
    return attached("start", container, attach, outcome, err);
}

wcow_status wcow_container_attach(wcow_container *container, const wcow_attach_options *options,
                                  wcow_outcome *outcome, wcow_error *err)
{
    return attached("attach", container, options, outcome, err);
}

wcow_status wcow_container_exec(wcow_container *container, const wcow_exec_spec *spec,
                                const wcow_attach_options *attach, wcow_outcome *outcome,
                                wcow_error *err)
{
    cleanup_text text line = TEXT_INIT;

    text_add(&line, "exec");
    add_list(&line, "command", spec->command);
    add_list(&line, "env", spec->environment);
    add_text(&line, "workdir", spec->working_directory);
    add_text(&line, "user", spec->user);
    text_add(&line, spec->tty ? " tty in" : " in");
    return attached(text_get(&line), container, attach, outcome, err);
}

wcow_status wcow_container_stop(wcow_container *container, int seconds, wcow_error *err)
{
    return fake_call(err, "stop %s %d", container->name, seconds);
}

wcow_status wcow_container_restart(wcow_container *container, const char *signal, int seconds,
                                   wcow_error *err)
{
    if (!signal)
        return fake_call(err, "restart %s %d", container->name, seconds);
    return fake_call(err, "restart %s %s %d", container->name, signal, seconds);
}

wcow_status wcow_container_stop_by(wcow_container *container, const char *signal, int seconds,
                                   wcow_error *err)
{
    return fake_call(err, "stop %s %s %d", container->name, signal, seconds);
}

wcow_status wcow_container_kill(wcow_container *container, const char *signal, wcow_error *err)
{
    return fake_call(err, "kill %s %s", container->name, signal);
}

wcow_status wcow_container_wait(wcow_container *container, uint32_t *exit_code, wcow_error *err)
{
    wcow_status status = fake_call(err, "wait %s", container->name);

    if (!status)
        *exit_code = fake.exit_code;
    return status;
}

wcow_status wcow_container_remove_with(wcow_container *container,
                                       const wcow_container_remove_options *options,
                                       wcow_error *err)
{
    return fake_call(err, "remove %s%s%s", container->name, options->force ? " force" : "",
                     options->volumes ? " volumes" : "");
}

wcow_status wcow_container_rename(wcow_container *container, const char *name, wcow_error *err)
{
    return fake_call(err, "rename %s %s", container->name, name);
}

wcow_status wcow_container_pause(wcow_container *container, wcow_error *err)
{
    return fake_call(err, "pause %s", container->name);
}

wcow_status wcow_container_unpause(wcow_container *container, wcow_error *err)
{
    return fake_call(err, "unpause %s", container->name);
}

wcow_status wcow_container_inspect(wcow_container *container, char **json, wcow_error *err)
{
    return fake_answer(fake_call(err, "inspect %s", container->name), fake.inspected, json, err);
}

/* A list and its strings belong to the test; the block that is freed only points to them. */
void *fake_copy_list(const void *items, size_t size)
{
    void *copy = calloc(1, size + 1);

    if (copy && size)
        memcpy(copy, items, size);
    return copy;
}

wcow_status wcow_container_get_info(wcow_container *container, wcow_container_info **out,
                                    wcow_error *err)
{
    wcow_status status = fake_call(err, "info %s", container->name);

    if (status)
        return status;
    *out = fake_copy_list(&fake.container, sizeof(fake.container));
    return *out ? WCOW_OK : error_no_memory(err);
}

wcow_status wcow_container_list(wcow_host *host, wcow_container_info **out, size_t *count,
                                wcow_error *err)
{
    wcow_status status = fake_call(err, "list");

    (void)host;
    if (status)
        return status;
    *out = fake_copy_list(fake.containers, fake.container_count * sizeof(**out));
    if (!*out)
        return error_no_memory(err);
    fake.listings++;
    *count = fake.last_listing && fake.listings > fake.last_listing ? 0 : fake.container_count;
    return WCOW_OK;
}

wcow_status wcow_container_connect(wcow_container *container, const wcow_endpoint_spec *spec,
                                   wcow_error *err)
{
    cleanup_text text line = TEXT_INIT;

    describe_endpoint(&line, spec);
    return fake_call(err, "connect %s%s", container->name, text_get(&line));
}

wcow_status wcow_container_disconnect(wcow_container *container, const char *network, bool force,
                                      wcow_error *err)
{
    return fake_call(err, "disconnect %s %s%s", container->name, network, force ? " force" : "");
}

wcow_status wcow_container_ports(wcow_container *container, wcow_port_info **out, size_t *count,
                                 wcow_error *err)
{
    static const wcow_port_info ports[] = {{true, 53, 49152}, {false, 80, 8080}, {false, 80, 81}};
    wcow_status status = fake_call(err, "ports %s", container->name);

    if (status)
        return status;
    *out = fake_copy_list(ports, sizeof ports);
    *count = sizeof ports / sizeof ports[0];
    return *out ? WCOW_OK : error_no_memory(err);
}

wcow_status wcow_container_processes(wcow_container *container, wcow_process_info **out,
                                     size_t *count, wcow_error *err)
{
    wcow_status status = fake_call(err, "processes %s", container->name);

    if (status)
        return status;
    *out = fake_copy_list(fake.processes, fake.process_count * sizeof(**out));
    if (!*out)
        return error_no_memory(err);
    *count = fake.process_count;
    return WCOW_OK;
}

wcow_status wcow_container_logs(wcow_container *container, const wcow_log_options *options,
                                wcow_log_fn *each, void *context, wcow_error *err)
{
    wcow_status status = fake_call(
        err, "logs %s follow=%d timestamps=%d%s tail=%lld since=%lld until=%lld", container->name,
        options->follow, options->timestamps, options->details ? " details=1" : "",
        (long long)options->tail, (long long)options->since, (long long)options->until);

    if (!status && fake.log)
        each(context, false, fake.log, strlen(fake.log));
    if (!status && fake.log)
        each(context, true, "oops\n", 5);
    return status;
}

wcow_status wcow_container_sizes(wcow_container *container, uint64_t *own, uint64_t *whole,
                                 wcow_error *err)
{
    wcow_status status = fake_call(err, "sizes %s", container->name);

    if (!status) {
        *own = 2000000;
        *whole = 298000000;
    }
    return status;
}

/* ---- running the program ---- */

void fake_reset(void)
{
    text_free(&fake.calls);
    memset(&fake, 0, sizeof(fake));
    fake.container = (wcow_container_info){.running = true, .open_stdin = true};
    fake.inspected = "{\"Id\":\"abc\",\"Config\":{\"Tty\":false,\"OpenStdin\":true},"
                     "\"State\":{\"Running\":true,\"Paused\":false}}";
    fake.info = "{}";
    fake.plan = "{}";
}

int fake_setup(void **state)
{
    (void)state;
    fake_reset();
    return 0;
}

int fake_teardown(void **state)
{
    unsigned left = fake.open_containers + fake.open_hosts + fake.open_watches;

    (void)state;
    text_free(&fake.calls);
    return left ? -1 : 0;
}

void program_with_input(struct printed *printed, const char *input, const char *const *words)
{
    char *arguments[64] = {(char *)(uintptr_t) "wcow"};
    FILE *in = tmpfile();
    size_t out_size, err_size;
    FILE *out = open_memstream(&printed->out, &out_size);
    FILE *err = open_memstream(&printed->err, &err_size);
    int count = 1;

    for (; *words; words++)
        arguments[count++] = (char *)(uintptr_t)*words;
    fputs(input, in);
    rewind(in);
    printed->code = program_run(in, out, err, count, arguments);
    fclose(in);
    fclose(out);
    fclose(err);
}

void expect_at(const char *file, int line, const char *input, uint32_t code, const char *out,
               const char *err, const char *const *words)
{
    struct printed printed;

    program_with_input(&printed, input, words);
    if (out)
        _assert_string_equal(printed.out, out, file, line);
    if (err)
        _assert_string_equal(printed.err, err, file, line);
    _assert_int_equal(printed.code, code, file, line);
    free(printed.out);
    free(printed.err);
}

void expect_calls(const char *calls)
{
    assert_string_equal(text_get(&fake.calls), calls);
    text_cut(&fake.calls, 0);
}
