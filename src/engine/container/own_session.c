/* SPDX-License-Identifier: MIT */
/* wcow_attach_options → session_options. */
#include "engine/container/own_session.h"

#include "base/options.h"

wcow_status own_session_init(own_session *s, const wcow_attach_options *given, wcow_error *err)
{
    wcow_attach_options wish = WCOW_ATTACH_OPTIONS_INIT;
    wcow_status status = options_copy(&wish, sizeof wish, given, "wcow_attach_options", err);

    if (status)
        return status;
    s->options = (session_options){
        .streams = standard_streams_init(&s->streams),
        .input = wish.standard_input,
        .output = wish.standard_output,
        .error = wish.standard_error,
        .interrupts = wish.sig_proxy,
        .detach_keys = wish.detach_keys,
    };
    return WCOW_OK;
}
