/* SPDX-License-Identifier: MIT */
/* errno → HRESULT. */
#include "codes.h"

#include <errno.h>
#include <stddef.h>

#include "base/error.h"

#define E_FAIL ((int32_t)0x80004005)

static const struct {
    int code;
    uint16_t win32;
} codes[] = {
    {ENOENT, 2},    {EMFILE, 4},         {ENFILE, 4},   {EACCES, 5},    {EPERM, 5},
    {EISDIR, 5},    {EBADF, 6},          {ENOMEM, 14},  {EXDEV, 17},    {EROFS, 19},
    {ETXTBSY, 32},  {EBUSY, 32},         {ENOTSUP, 50}, {ENOSYS, 50},   {EINVAL, 87},
    {EPIPE, 109},   {ECONNRESET, 109},   {ENOSPC, 112}, {EDQUOT, 112},  {ENOTEMPTY, 145},
    {EEXIST, 183},  {ENAMETOOLONG, 206}, {EFBIG, 223},  {EAGAIN, 231},  {ETIMEDOUT, 258},
    {ENOTDIR, 267}, {ECANCELED, 995},    {EIO, 1117},   {EMLINK, 1142}, {ELOOP, 4395},
};

int32_t hresult_from_errno(int code)
{
    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
        if (codes[i].code == code)
            return HR_FROM_WIN32(codes[i].win32);
    }
    return E_FAIL;
}

int32_t hresult_last(void)
{
    return hresult_from_errno(errno);
}
