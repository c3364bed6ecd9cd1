/* SPDX-License-Identifier: MIT */
/* Parsing of ports as Docker writes them (go-connections nat; docker/cli opts). */
#include "engine/container/port_spec.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/fields.h"
#include "base/number.h"
#include "base/text.h"

#define PORT_MOST 65535u

#define AT(name) offsetof(hns_port, name)

const field port_fields[] = {
    {"protocol", FIELD_CHOICE, .at = AT(protocol), .choices = hns_protocols},
    {"container", FIELD_UINT32, .at = AT(container)},
    {"host", FIELD_UINT32, .at = AT(host)},
    FIELDS_END,
};

typedef struct port_range {
    uint32_t first, last; /* 0, 0: none is named */
} port_range;

void port_list_free(port_list *ports)
{
    free(ports->items);
    *ports = (port_list){NULL, 0};
}

bool port_list_add(port_list *ports, hns_port port)
{
    hns_port *grown = realloc(ports->items, (ports->count + 1) * sizeof *grown);

    if (!grown)
        return false;
    grown[ports->count++] = port;
    ports->items = grown;
    return true;
}

static int compare_ports(const void *a, const void *b)
{
    const hns_port *left = a;
    const hns_port *right = b;

    if (left->container != right->container)
        return left->container < right->container ? -1 : 1;
    return (int)left->protocol - (int)right->protocol;
}

void port_list_sort(port_list *ports)
{
    if (ports->count)
        qsort(ports->items, ports->count, sizeof *ports->items, compare_ports);
}

/* ---- words ---- */

/* "80" or "80-90". */
static bool read_range(const char *words, port_range *out)
{
    const char *dash = strchr(words, '-');
    cleanup_free char *from = dash ? text_copy_bytes(words, (size_t)(dash - words)) : NULL;
    uint64_t first;
    uint64_t last;

    if (!number_parse(dash ? from : words, PORT_MOST, &first) ||
        !number_parse(dash ? dash + 1 : words, PORT_MOST, &last) || !first || first > last)
        return false;
    *out = (port_range){(uint32_t)first, (uint32_t)last};
    return true;
}

static uint32_t length_of(port_range range)
{
    return range.last - range.first + 1;
}

static bool read_protocol(const char *word, hns_port *out)
{
    for (int i = 0; hns_protocols[i]; i++) {
        if (text_equal_ignore_case(hns_protocols[i], word)) {
            out->protocol = i == HNS_UDP ? HNS_UDP : HNS_TCP;
            return true;
        }
    }
    return false;
}

/* "target=80,published=8080,protocol=udp" → "8080:80/udp" (docker/cli convertToStandardNotation) */
static wcow_status to_short_form(const char *given, char **out, wcow_error *err)
{
    cleanup_free char *words = text_copy(given);
    const char *target = "";
    const char *published = "";
    const char *protocol = "tcp";
    char *next = NULL;

    for (char *word = words ? strtok_r(words, ",", &next) : NULL; word;
         word = strtok_r(NULL, ",", &next)) {
        char *value = strchr(word, '=');

        if (!value || value == word)
            return error_set(err, WCOW_INVALID,
                             "invalid publish opts format (should be name=value but got '%s')",
                             word);
        *value++ = '\0';
        if (text_equal(word, "target"))
            target = value;
        else if (text_equal(word, "published"))
            published = value;
        else if (text_equal(word, "protocol"))
            protocol = value;
    }
    *out = words ? text_format("%s:%s/%s", published, target, protocol) : NULL;
    return *out ? WCOW_OK : error_no_memory(err);
}

/* What a specification says; all borrowed from its words. */
typedef struct port_words {
    const char *given;
    const char *address;
    const char *host;
    const char *container;
    const char *protocol;
} port_words;

/* From its end: an address may have colons of its own. */
static void split(char *spec, port_words *out)
{
    char *slash = strrchr(spec, '/');
    char *colon;

    if (slash)
        *slash = '\0';
    out->protocol = slash && slash[1] ? slash + 1 : "tcp";
    colon = strrchr(spec, ':');
    out->container = colon ? colon + 1 : spec;
    out->host = out->address = "";
    if (!colon)
        return;
    *colon = '\0';
    colon = strrchr(spec, ':');
    out->host = colon ? colon + 1 : spec;
    if (colon) {
        *colon = '\0';
        out->address = spec;
    }
}

/* ---- what HNS can ---- */

static bool is_any_address(const char *address)
{
    return !*address || text_equal(address, "0.0.0.0") || text_equal(address, "::") ||
           text_equal(address, "[::]");
}

static wcow_status check_words(const port_words *words, port_range *host, port_range *container,
                               wcow_error *err)
{
    if (!*words->container)
        return error_set(err, WCOW_INVALID, "no port specified: %s<empty>", words->given);
    if (!read_range(words->container, container))
        return error_set(err, WCOW_INVALID, "invalid containerPort: %s", words->container);
    if (*words->host && !text_equal(words->host, "0") && !read_range(words->host, host))
        return error_set(err, WCOW_INVALID, "invalid hostPort: %s", words->host);
    if (host->first && length_of(*host) != length_of(*container) && length_of(*container) > 1)
        return error_set(err, WCOW_INVALID,
                         "invalid ranges specified for container and host Ports: %s and %s",
                         words->container, words->host);
    return WCOW_OK;
}

static wcow_status check_possible(const port_words *words, port_range host, port_range container,
                                  hns_port *port, wcow_error *err)
{
    if (!is_any_address(words->address))
        return error_set(err, WCOW_INVALID,
                         "Windows does not support host IP addresses in NAT settings: -p %s has "
                         "'%s'",
                         words->given, words->address);
    if (host.first && length_of(host) != length_of(container))
        return error_set(err, WCOW_INVALID,
                         "Windows does not support more than one host port in NAT settings: -p %s "
                         "has %s",
                         words->given, words->host);
    if (!read_protocol(words->protocol, port))
        return error_set(err, WCOW_INVALID, "invalid protocol %s: Windows forwards tcp and udp",
                         words->protocol);
    return WCOW_OK;
}

static bool is_taken(const port_list *ports, const hns_port *port)
{
    for (size_t i = 0; port->host && i < ports->count; i++) {
        if (ports->items[i].host == port->host && ports->items[i].protocol == port->protocol)
            return true;
    }
    return false;
}

static wcow_status add_range(port_range host, port_range container, hns_port port, port_list *out,
                             wcow_error *err)
{
    for (uint32_t i = 0; i < length_of(container); i++) {
        port.container = container.first + i;
        port.host = host.first ? host.first + i : 0;
        if (is_taken(out, &port))
            return error_set(err, WCOW_INVALID, "the host's port %u/%s is published twice",
                             port.host, hns_protocols[port.protocol]);
        if (!port_list_add(out, port))
            return error_no_memory(err);
    }
    return WCOW_OK;
}

static wcow_status parse_one(const char *given, port_list *out, wcow_error *err)
{
    cleanup_free char *spec = NULL;
    port_words words = {.given = given};
    port_range host = {0, 0};
    port_range container = {0, 0};
    hns_port port = {HNS_TCP, 0, 0};
    wcow_status status = WCOW_OK;

    if (strchr(given, '='))
        status = to_short_form(given, &spec, err);
    else if (!(spec = text_copy(given)))
        status = error_no_memory(err);
    if (status)
        return status;
    split(spec, &words);
    status = check_words(&words, &host, &container, err);
    if (!status)
        status = check_possible(&words, host, container, &port, err);
    return status ? status : add_range(host, container, port, out, err);
}

wcow_status port_specs_parse(const char *const *specs, port_list *out, wcow_error *err)
{
    cleanup_ports port_list ports = {NULL, 0};

    for (; specs && *specs; specs++) {
        wcow_status status = parse_one(*specs, &ports, err);

        if (status)
            return status;
    }
    port_list_sort(&ports);
    *out = ports;
    ports = (port_list){NULL, 0};
    return WCOW_OK;
}

/* ---- exposed ports ---- */

static bool is_protocol(const char *word)
{
    return text_equal(word, "tcp") || text_equal(word, "udp") || text_equal(word, "sctp");
}

static wcow_status add_exposed(const char *given, const char *option, string_list *out,
                               wcow_error *err)
{
    cleanup_free char *ports = text_copy_bytes(given, strcspn(given, "/"));
    const char *slash = strchr(given, '/');
    const char *protocol = slash && slash[1] ? slash + 1 : "tcp";
    port_range range;

    if (!ports)
        return error_no_memory(err);
    if (!read_range(ports, &range) || !is_protocol(protocol))
        return error_set(err, WCOW_INVALID,
                         "invalid %s '%s': it is a port or a range, with or without protocol: 80, "
                         "8000-8010/udp",
                         option, given);
    for (uint32_t port = range.first; port <= range.last; port++) {
        cleanup_free char *name = text_format("%u/%s", port, protocol);

        if (!name || (!string_list_contains(out, name) && !string_list_add(out, name)))
            return error_no_memory(err);
    }
    return WCOW_OK;
}

wcow_status exposed_ports_add(const char *const *specs, const char *option, string_list *out,
                              wcow_error *err)
{
    wcow_status status = WCOW_OK;

    for (; specs && *specs && !status; specs++)
        status = add_exposed(*specs, option, out, err);
    return status;
}

bool exposed_port_read(const char *exposed, hns_port *out)
{
    cleanup_free char *number = text_copy_bytes(exposed, strcspn(exposed, "/"));
    const char *slash = strchr(exposed, '/');
    uint64_t port;

    *out = (hns_port){HNS_TCP, 0, 0};
    if (!number || !slash || !number_parse(number, PORT_MOST, &port))
        return false;
    out->container = (uint32_t)port;
    return read_protocol(slash + 1, out);
}
