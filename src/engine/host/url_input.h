/* SPDX-License-Identifier: MIT */
/** What a URL has, as a source: a thread of its own downloads it, a little ahead of the reader. */
#ifndef WCOW_ENGINE_HOST_URL_INPUT_H
#define WCOW_ENGINE_HOST_URL_INPUT_H

#include <stdbool.h>

#include "base/cleanup.h"
#include "base/source.h"

typedef struct url_input url_input;

/** Whether it begins with http:// or https://. */
bool url_is(const char *source);

/** Begins the download. That it fails is told by a read, which names the URL. */
WCOW_CHECKED wcow_status url_input_open(const char *url, url_input **out, wcow_error *err);
const byte_source *url_input_source(url_input *input);
/** Ends the download, wherever it is. */
void url_input_close(url_input *input);

DEFINE_CLEANUP(url_input, url_input *, url_input_close)
#define cleanup_url_input CLEANUP(url_input)

#endif
