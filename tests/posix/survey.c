/* SPDX-License-Identifier: MIT */
/* There is no Windows here to be surveyed, and nothing can be asked of it. */
#include "port/survey.h"

#include <stdio.h>

#include "base/error.h"

int32_t survey_session(uint32_t *session)
{
    (void)session;
    return HR_NOT_SUPPORTED;
}

int32_t survey_job(bool *within, uint32_t *limits)
{
    (void)within;
    (void)limits;
    return HR_NOT_SUPPORTED;
}

int32_t survey_privilege(const char *name, privilege_state *out)
{
    (void)name;
    (void)out;
    return HR_NOT_SUPPORTED;
}

int32_t survey_volume_of(const char *path, survey_volume *out)
{
    (void)path;
    (void)out;
    return HR_NOT_SUPPORTED;
}

int32_t survey_volume_state(const char *path, uint32_t *flags)
{
    (void)path;
    (void)flags;
    return HR_NOT_SUPPORTED;
}

int32_t survey_filters(string_list *out)
{
    (void)out;
    return HR_NOT_SUPPORTED;
}

int32_t survey_list(const char *path, string_list *out)
{
    (void)path;
    (void)out;
    return HR_NOT_SUPPORTED;
}

int32_t survey_token_of_process(survey_token *out)
{
    (void)out;
    return HR_NOT_SUPPORTED;
}

int32_t survey_administrators_pipe(const char *name)
{
    (void)name;
    return HR_NOT_SUPPORTED;
}

int32_t survey_unasked_stream(int64_t *out)
{
    (void)out;
    return HR_NOT_SUPPORTED;
}

int32_t survey_service(const char *name, uint32_t *state)
{
    (void)name;
    (void)state;
    return HR_NOT_SUPPORTED;
}

int32_t survey_export(const char *dll, const char *name)
{
    (void)dll;
    (void)name;
    return HR_NOT_SUPPORTED;
}

int32_t survey_start_service(const char *name)
{
    (void)name;
    return HR_NOT_SUPPORTED;
}

int32_t survey_free_space(const char *path, uint64_t *bytes)
{
    (void)path;
    (void)bytes;
    return HR_NOT_SUPPORTED;
}

int32_t survey_hypervisor(bool *present)
{
    (void)present;
    return HR_NOT_SUPPORTED;
}

int32_t survey_exclusions(string_list *out)
{
    (void)out;
    return HR_NOT_SUPPORTED;
}

int32_t survey_resolve(const char *name)
{
    (void)name;
    return HR_NOT_SUPPORTED;
}

int32_t survey_program_writers(char **path, string_list *out)
{
    (void)path;
    (void)out;
    return HR_NOT_SUPPORTED;
}

int32_t survey_copy_self(const char *path)
{
    FILE *in = fopen("/proc/self/exe", "rb");
    FILE *out = fopen(path, "wb");
    bool copied = in && out;
    char buffer[65536];
    size_t got;

    while (copied && (got = fread(buffer, 1, sizeof(buffer), in)) > 0)
        copied = fwrite(buffer, 1, got, out) == got;
    if (in)
        fclose(in);
    if (out)
        copied = fclose(out) == 0 && copied;
    return copied ? HR_OK : HR_ACCESS_DENIED;
}

int32_t survey_end_process(uint32_t pid)
{
    (void)pid;
    return HR_NOT_SUPPORTED;
}

int32_t survey_run_self(const char *const *arguments, const char *input, const char *output,
                        const char *error, uint32_t milliseconds, uint32_t *exit_code)
{
    (void)arguments;
    (void)input;
    (void)output;
    (void)error;
    (void)milliseconds;
    (void)exit_code;
    return HR_NOT_SUPPORTED;
}
