/* SPDX-License-Identifier: MIT */
/* The in-process fake: a host whose processes follow a script. */
#include <stdio.h>

#include "contract.h"
#include "host.h"
#include "tests/hcssim/fake/fake.h"

static fake_host *fake;

void variant_open(contract_host *host)
{
    fake = fake_host_new(NULL);
    assert_non_null(fake);
    scripted_share_files(fake->machine, host->files);
    host->hcs = fake->hcs;
    host->storage = fake->storage;
    /* The fake's own folder, in which it has a base layer already: ours stands beside it. */
    snprintf(host->folder, sizeof(host->folder), "%s/contract", fake->folder);
    assert_done(host->files->make_directory(host->files, host->folder));
}

/* Its programs are built in. */
void variant_copy_programs(contract_host *host, const char *folder)
{
    (void)host;
    (void)folder;
}

size_t variant_close(contract_host *host)
{
    (void)host;
    return fake_host_free(TAKE(fake));
}
