/* SPDX-License-Identifier: MIT */
/*
 * The table of codes: what they mean, why they come, what to do. Sources: hcsshim
 * internal/hcs/errors.go and hcn/hcnerrors.go, Microsoft's HCSHResult.md and HCNHResult.md,
 * winerror.h, and the issue trackers of moby, hcsshim, containerd and docker/for-win.
 */
#include <stddef.h>

#include <wcow/explain.h>

/* With --root alone each command would have to name it, and what is in the old one is not moved. */
#define ANOTHER_FOLDER                                                                             \
    "use another folder from now on (nothing is moved): setx /M WCOW_ROOT D:\\wcow, then pull or " \
    "load again in a new prompt; empty the old one: "                                              \
    "wcow --root C:\\ProgramData\\wcow system prune -a"

static const wcow_explanation codes[] = {
#include "base/codes_exit.def"
#include "base/codes_hcn.def"
#include "base/codes_hcs.def"
#include "base/codes_known.def"
#include "base/codes_win32.def"
};

const wcow_explanation *wcow_explanations(size_t *count)
{
    *count = sizeof(codes) / sizeof(codes[0]);
    return codes;
}
