/* SPDX-License-Identifier: MIT */
#include "tests/unit/support/faulty_hives.h"

#include <stdbool.h>
#include <stdlib.h>

#include "base/error.h"

static bool fails(faulty_hives *f)
{
    if (++f->calls != f->fail_at)
        return false;
    f->failed++;
    return true;
}

static int32_t opened(faulty_hives *f, int32_t hr)
{
    f->open += HR_SUCCEEDED(hr);
    return hr;
}

static int32_t hive_create(hives_port *port, offline_hive **out)
{
    faulty_hives *f = (faulty_hives *)port;

    return fails(f) ? HR_OUT_OF_MEMORY : opened(f, f->inner->create(f->inner, out));
}

static int32_t hive_open(hives_port *port, const char *path, offline_hive **out)
{
    faulty_hives *f = (faulty_hives *)port;

    return fails(f) ? HR_ACCESS_DENIED : opened(f, f->inner->open(f->inner, path, out));
}

static int32_t hive_merge(hives_port *port, offline_hive *const *hives, size_t count,
                          offline_hive **out)
{
    faulty_hives *f = (faulty_hives *)port;

    if (f->old)
        return HR_PROC_NOT_FOUND;
    return fails(f) ? HR_OUT_OF_MEMORY : opened(f, f->inner->merge(f->inner, hives, count, out));
}

static int32_t hive_save(hives_port *port, offline_hive *hive, const char *path, uint32_t major,
                         uint32_t minor)
{
    faulty_hives *f = (faulty_hives *)port;

    f->major = major;
    f->minor = minor;
    return fails(f) ? HR_DISK_FULL : f->inner->save(f->inner, hive, path, major, minor);
}

static int32_t hive_close(hives_port *port, offline_hive *hive)
{
    faulty_hives *f = (faulty_hives *)port;
    int32_t hr = f->inner->close(f->inner, hive);

    f->open--;
    return fails(f) ? HR_INVALID_PARAMETER : hr;
}

static void hives_free(hives_port *port)
{
    (void)port;
}

void faulty_hives_init(faulty_hives *f)
{
    *f = (faulty_hives){
        .port = {.create = hive_create,
                 .open = hive_open,
                 .merge = hive_merge,
                 .save = hive_save,
                 .close = hive_close,
                 .free = hives_free},
    };
    if (HR_FAILED(hives_port_open(&f->inner)))
        abort();
}

void faulty_hives_fail(faulty_hives *f, size_t nth)
{
    f->calls = 0;
    f->fail_at = nth;
    f->failed = 0;
}

void faulty_hives_clear(faulty_hives *f)
{
    f->inner->free(f->inner);
}
