/* SPDX-License-Identifier: MIT */
/** String literals of templates: Go's. */
#ifndef WCOW_CLI_TEMPLATE_TEMPLATE_LITERAL_H
#define WCOW_CLI_TEMPLATE_TEMPLATE_LITERAL_H

#include "base/text.h"
#include "cli/template/template_lexer.h"

/** What stands between the quotes ("…" with escapes, `…` as it is), added to `out`. */
WCOW_CHECKED wcow_status template_literal(const struct token *token, text *out, wcow_error *err);

#endif
