/* SPDX-License-Identifier: MIT */
/* wcow port. */
#include <string.h>

#include <wcow/endpoint.h>

#include "base/error.h"
#include "base/number.h"
#include "base/text.h"
#include "cli/all.h"

static const char *protocol_of(const wcow_port_info *port)
{
    return port->udp ? "udp" : "tcp";
}

/* "80" or "80/tcp" */
static wcow_status read_wanted(const char *given, wcow_port_info *out, wcow_error *err)
{
    cleanup_free char *number = text_copy_bytes(given, strcspn(given, "/"));
    const char *protocol = strchr(given, '/');
    uint64_t port = 0;

    if (!number)
        return error_no_memory(err);
    if (!number_parse(number, UINT16_MAX, &port) ||
        (protocol && !text_equal_ignore_case(protocol, "/tcp") &&
         !text_equal_ignore_case(protocol, "/udp")))
        return error_set(err, WCOW_INVALID, "invalid port '%s': it is like 80 or 80/udp", given);
    out->container = (uint16_t)port;
    out->udp = protocol && text_equal_ignore_case(protocol, "/udp");
    return WCOW_OK;
}

static void print_all(FILE *out, const wcow_port_info *ports, size_t count)
{
    for (size_t i = 0; i < count; i++)
        fprintf(out, "%u/%s -> 0.0.0.0:%u\n", ports[i].container, protocol_of(&ports[i]),
                ports[i].host);
}

static wcow_status print_one(struct session *session, const wcow_port_info *ports, size_t count,
                             wcow_error *err)
{
    wcow_port_info wanted = {false, 0, 0};
    wcow_status status = read_wanted(session->arguments[1], &wanted, err);
    bool found = false;

    if (status)
        return status;
    for (size_t i = 0; i < count; i++) {
        if (ports[i].container == wanted.container && ports[i].udp == wanted.udp) {
            fprintf(session->out, "0.0.0.0:%u\n", ports[i].host);
            found = true;
        }
    }
    if (found)
        return WCOW_OK;
    return error_set(err, WCOW_NOT_FOUND, "no public port '%u/%s' published for %s",
                     wanted.container, protocol_of(&wanted), session->arguments[0]);
}

static wcow_status run(struct session *session, void *values, wcow_error *err)
{
    cleanup_container wcow_container *container = NULL;
    cleanup_wcow wcow_port_info *ports = NULL;
    size_t count = 0;
    wcow_status status = session_container(session, session->arguments[0], &container, err);

    (void)values;
    if (!status)
        status = wcow_container_ports(container, &ports, &count, err);
    if (status)
        return status;
    if (session->count > 1)
        return print_one(session, ports, count, err);
    print_all(session->out, ports, count);
    return WCOW_OK;
}

const struct command cmd_port = {
    .name = "port",
    .also = {"container port"},
    .section = SECTION_OTHER,
    .summary = "List port mappings or a specific mapping for the container",
    .arguments = "CONTAINER [PRIVATE_PORT[/PROTO]]",
    .minimum = 1,
    .maximum = 2,
    .run = run,
};
