/* SPDX-License-Identifier: MIT */
/*
 * There is no offline registry library on Linux. What is created is the smallest hive there is;
 * what is merged has the bins of all.
 */
#include "port/hives.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/error.h"
#include "codes.h"
#include "hive_file.h"

#define HR_BAD_DATABASE      HR_FROM_WIN32(1009)
#define HR_NOT_REGISTRY_FILE HR_FROM_WIN32(1017)

struct offline_hive {
    unsigned char *bytes;
    size_t size;
};

static uint64_t filetime_now(void)
{
    return ((uint64_t)time(NULL) + UINT64_C(11644473600)) * 10000000;
}

/* Takes the bytes. */
static int32_t hive_of(unsigned char *bytes, size_t size, offline_hive **out)
{
    offline_hive *hive = malloc(sizeof(*hive));

    if (!hive || !bytes) {
        free(hive);
        free(bytes);
        return HR_OUT_OF_MEMORY;
    }
    *hive = (offline_hive){bytes, size};
    *out = hive;
    return HR_OK;
}

static int32_t hive_create(hives_port *port, offline_hive **out)
{
    unsigned char *bytes = malloc(HIVE_FILE_SIZE);

    (void)port;
    if (bytes)
        hive_file_make(filetime_now(), bytes);
    return hive_of(bytes, HIVE_FILE_SIZE, out);
}

static int32_t read_all(int fd, unsigned char *bytes, size_t size)
{
    while (size) {
        ssize_t n = read(fd, bytes, size);

        if (n <= 0)
            return n ? hresult_last() : HR_BAD_DATABASE;
        bytes += n;
        size -= (size_t)n;
    }
    return HR_OK;
}

static int32_t hive_open(hives_port *port, const char *path, offline_hive **out)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    unsigned char *bytes = NULL;
    struct stat status = {0};
    int32_t hr = HR_OK;
    size_t size;

    (void)port;
    if (fd < 0)
        return hresult_last();
    if (fstat(fd, &status))
        hr = hresult_last();
    else if (!status.st_size)
        hr = HR_BAD_DATABASE;
    size = (size_t)status.st_size;
    if (HR_SUCCEEDED(hr)) {
        bytes = malloc(size);
        hr = bytes ? read_all(fd, bytes, size) : HR_OUT_OF_MEMORY;
    }
    if (HR_SUCCEEDED(hr) && !hive_file_is_sound(bytes, size))
        hr = HR_NOT_REGISTRY_FILE;
    close(fd);
    if (HR_SUCCEEDED(hr))
        return hive_of(bytes, size, out);
    free(bytes);
    return hr;
}

static int32_t hive_merge(hives_port *port, offline_hive *const *hives, size_t count,
                          offline_hive **out)
{
    unsigned char *bytes = NULL;
    size_t size = 0;

    (void)port;
    if (!count)
        return HR_INVALID_PARAMETER;
    for (size_t i = 0; i < count; i++) {
        unsigned char *next;

        if (i == 0) {
            size = hives[0]->size;
            next = malloc(size);
            if (next)
                memcpy(next, hives[0]->bytes, size);
        } else {
            next = hive_file_join(bytes, size, hives[i]->bytes, hives[i]->size, &size);
        }
        free(bytes);
        bytes = next;
        if (!bytes)
            return HR_OUT_OF_MEMORY;
    }
    return hive_of(bytes, size, out);
}

static int32_t write_all(int fd, const unsigned char *bytes, size_t size)
{
    while (size) {
        ssize_t n = write(fd, bytes, size);

        if (n < 0)
            return hresult_last();
        bytes += n;
        size -= (size_t)n;
    }
    return HR_OK;
}

static int32_t hive_save(hives_port *port, offline_hive *hive, const char *path, uint32_t major,
                         uint32_t minor)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    int32_t hr;

    (void)port;
    (void)major; /* 0 on Linux */
    (void)minor;
    if (fd < 0)
        return hresult_last();
    hr = write_all(fd, hive->bytes, hive->size);
    if (close(fd) && HR_SUCCEEDED(hr))
        hr = hresult_last();
    return hr;
}

static int32_t hive_close(hives_port *port, offline_hive *hive)
{
    (void)port;
    free(hive->bytes);
    free(hive);
    return HR_OK;
}

static void hives_free(hives_port *port)
{
    free(port);
}

int32_t hives_port_open(hives_port **out)
{
    static const hives_port table = {
        .create = hive_create,
        .open = hive_open,
        .merge = hive_merge,
        .save = hive_save,
        .close = hive_close,
        .free = hives_free,
    };
    hives_port *port = malloc(sizeof(*port));

    if (!port)
        return HR_OUT_OF_MEMORY;
    *port = table;
    *out = port;
    return HR_OK;
}
