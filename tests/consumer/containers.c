/* SPDX-License-Identifier: MIT */
/*
 * A test of somebody else's container code, as src/cli/guide/ci.md shows it: runs a program in a
 * new container and looks at its output and exit code. On Windows, or on Linux in a simulated host.
 *
 *   containers IMAGE process|hyperv
 */
#include <stdio.h>
#include <string.h>
#include <wcow/wcow.h>

struct output {
    char text[256];
    size_t length;
};

static bool collect(void *context, bool is_error, const char *text, size_t length)
{
    struct output *out = context;
    size_t room = sizeof(out->text) - 1 - out->length;

    (void)is_error;
    if (length > room)
        length = room;
    memcpy(out->text + out->length, text, length);
    out->length += length;
    return true;
}

static wcow_status run_in(wcow_container *container, struct output *out, uint32_t *code,
                          wcow_error *err)
{
    wcow_status status = wcow_container_start(container, NULL, NULL, err);

    if (!status)
        status = wcow_container_wait(container, code, err);
    if (!status)
        status = wcow_container_logs(container, NULL, collect, out, err);
    return status;
}

static wcow_status greet(wcow_host *host, const char *image, wcow_isolation isolation,
                         struct output *out, uint32_t *code, wcow_error *err)
{
    static const char *const command[] = {"cmd", "/c", "echo hello& exit 7", NULL};
    wcow_container_spec spec = WCOW_CONTAINER_SPEC_INIT;
    wcow_container *container = NULL;
    wcow_status status;

    spec.image = image;
    spec.command = command;
    spec.isolation = isolation;
    status = wcow_container_create(host, &spec, &container, err);
    if (status)
        return status;
    status = run_in(container, out, code, err);
    if (wcow_container_remove(container, true, status ? NULL : err) && !status)
        status = WCOW_FAILED;
    wcow_container_free(container);
    return status;
}

int main(int count, char **words)
{
    wcow_host_options options = WCOW_HOST_OPTIONS_INIT;
    wcow_error err = WCOW_ERROR_INIT;
    struct output out = {{0}, 0};
    wcow_isolation isolation;
    wcow_host *host = NULL;
    uint32_t code = 0;
    wcow_status status;

    if (count != 3) {
        fputs("usage: containers IMAGE process|hyperv\n", stderr);
        return 2;
    }
    isolation = strcmp(words[2], "hyperv") == 0 ? WCOW_ISOLATION_HYPERV : WCOW_ISOLATION_PROCESS;
    status = wcow_host_open(&options, &host, &err);
    if (!status)
        status = greet(host, words[1], isolation, &out, &code, &err);
    wcow_host_free(host);
    if (status) {
        fprintf(stderr, "%s: %s\n", wcow_status_name(status), err.message);
        return 1;
    }
    printf("it said \"%.5s\" and ended with %u\n", out.text, (unsigned)code);
    return strncmp(out.text, "hello", 5) == 0 && code == 7 ? 0 : 1;
}
