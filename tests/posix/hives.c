/* SPDX-License-Identifier: MIT */
/* There is no offline registry library on Linux: what is saved is the smallest hive there is. */
#include "port/hives.h"

#include <fcntl.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/error.h"
#include "codes.h"
#include "hive_file.h"

struct offline_hive {
    unsigned char bytes[HIVE_FILE_SIZE];
};

static uint64_t filetime_now(void)
{
    return ((uint64_t)time(NULL) + UINT64_C(11644473600)) * 10000000;
}

static int32_t hive_create(hives_port *port, offline_hive **out)
{
    offline_hive *hive = malloc(sizeof(*hive));

    (void)port;
    if (!hive)
        return HR_OUT_OF_MEMORY;
    hive_file_make(filetime_now(), hive->bytes);
    *out = hive;
    return HR_OK;
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
    (void)major;
    (void)minor;
    if (fd < 0)
        return hresult_last();
    hr = write_all(fd, hive->bytes, sizeof(hive->bytes));
    if (close(fd) && HR_SUCCEEDED(hr))
        hr = hresult_last();
    return hr;
}

static int32_t hive_close(hives_port *port, offline_hive *hive)
{
    (void)port;
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
        .create = hive_create, .save = hive_save, .close = hive_close, .free = hives_free};
    hives_port *port = malloc(sizeof(*port));

    if (!port)
        return HR_OUT_OF_MEMORY;
    *port = table;
    *out = port;
    return HR_OK;
}
