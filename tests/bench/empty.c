/* SPDX-License-Identifier: MIT */
/* Does nothing: what the start of any MinGW program costs. */
int main(void)
{
    return 0;
}
