/* SPDX-License-Identifier: MIT */
/** What error codes of Windows containers mean, and what to do about them. */
#ifndef WCOW_EXPLAIN_H
#define WCOW_EXPLAIN_H

#include <stddef.h>

#include <wcow/error.h>

#ifdef __cplusplus
extern "C" {
#endif

/** One entry of the table. All texts are static, never NULL; lists end with NULL. */
typedef struct wcow_explanation {
    uint32_t code;           /**< HRESULT or Win32 code; 0 for a failure known by its text only */
    const char *name;        /**< the symbol, "HCS_E_IMAGE_MISMATCH", or a short slug for code 0 */
    const char *meaning;     /**< one sentence */
    const char *causes[6];   /**< likely causes, most likely first */
    const char *remedies[6]; /**< what to do, most useful first */
    const char *match;       /**< text that identifies it in an error without a code, or NULL */
    wcow_status status;      /**< what the functions of this library return for it */
} wcow_explanation;

/**
 * Finds the entry of a code. 0xC03701xx and 0x803701xx find the same entry, and so do a Win32 code
 * and its 0x8007xxxx form.
 *
 * @return NULL if the code is not known
 */
WCOW_API const wcow_explanation *wcow_explain(uint32_t code);

/** Finds an entry by name, slug, or the text of an error message. NULL if nothing matches. */
WCOW_API const wcow_explanation *wcow_explain_text(const char *string);

/** The table itself, for listings. */
WCOW_API const wcow_explanation *wcow_explanations(size_t *count);

#ifdef __cplusplus
}
#endif

#endif
