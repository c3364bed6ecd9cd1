/* SPDX-License-Identifier: MIT */
#include "tests/unit/engine/container/pinging.h"

#include "network/namespace.h"

wcow_container_spec pinging_spec(const char *name, int schema)
{
    static const char *const ping[] = {"ping", NULL};
    wcow_container_spec spec = WCOW_CONTAINER_SPEC_INIT;

    spec.image = IMAGE;
    spec.name = name;
    spec.command = ping;
    spec.schema = schema;
    return spec;
}

wcow_container *pinging_new(fixture *f, const char *name, int schema)
{
    const wcow_container_spec spec = pinging_spec(name, schema);
    wcow_container *container = NULL;

    assert_ok(&f->err, wcow_container_create(f->host, &spec, &container, &f->err));
    return container;
}

void pinging_start(fixture *f, wcow_container *container)
{
    assert_ok(&f->err, wcow_container_start(container, NULL, NULL, &f->err));
}

void pinging_end(fixture *f, wcow_container *container)
{
    assert_ok(&f->err, wcow_container_remove(container, true, &f->err));
    wcow_container_free(container);
}

size_t count_namespaces(fixture *f)
{
    cleanup_strings string_list all = STRING_LIST_INIT;

    assert_ok(&f->err, hns_namespaces(f->fake->hcs, &all, &f->err));
    return all.count;
}
