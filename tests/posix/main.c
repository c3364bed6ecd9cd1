/* SPDX-License-Identifier: MIT */
/* The entry point of the tool. */
int main(void)
{
    return 125;
}
