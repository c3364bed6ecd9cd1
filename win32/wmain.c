/* SPDX-License-Identifier: MIT */
/* The entry point on Windows. */
#include <fcntl.h>
#include <io.h>
#include <stdio.h>

#include "base/program.h"
#include "platform.h"

int wmain(int argc, wchar_t **wide);

static UINT code_page_before;

/* The console belongs to others, too, who go on using it. */
static void restore_code_page(void)
{
    SetConsoleOutputCP(code_page_before);
}

/* What is printed is UTF-8 with line feeds, byte for byte, wherever it goes. */
static void prepare_output(void)
{
    _setmode(_fileno(stdin), _O_BINARY);
    _setmode(_fileno(stdout), _O_BINARY);
    _setmode(_fileno(stderr), _O_BINARY);
    code_page_before = GetConsoleOutputCP();
    if (code_page_before && code_page_before != CP_UTF8 && SetConsoleOutputCP(CP_UTF8))
        atexit(restore_code_page);
}

static char **arguments_to_utf8(int argc, wchar_t **wide)
{
    char **arguments = calloc((size_t)argc + 1, sizeof(*arguments));

    for (int i = 0; arguments && i < argc; i++) {
        arguments[i] = utf8_from_wide(wide[i]);
        if (!arguments[i])
            return NULL;
    }
    return arguments;
}

int wmain(int argc, wchar_t **wide)
{
    char **arguments = arguments_to_utf8(argc, wide);

    if (!arguments)
        return 125;
    prepare_output();
    /* exit() takes an int and hands on all of its 32 bits. */
    return (int)program_main(argc, arguments);
}
