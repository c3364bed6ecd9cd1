/* SPDX-License-Identifier: MIT */
/* A program that uses the installed library: prints what an error code means. */
#include <stdio.h>
#include <wcow/wcow.h>

int main(void)
{
    const wcow_explanation *found = wcow_explain(0xC0370106u);

    if (!found)
        return 1;
    puts(found->meaning);
    return 0;
}
