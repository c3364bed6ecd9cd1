/* SPDX-License-Identifier: MIT */
/**
 * Image references as Docker reads them: "nanoserver" is docker.io/library/nanoserver:latest,
 * "microsoft/nanoserver" is docker.io/microsoft/nanoserver:latest, "mcr.microsoft.com/x/y:z" is
 * itself. Source of the grammar: distribution/reference.
 */
#ifndef WCOW_OCI_REFERENCE_H
#define WCOW_OCI_REFERENCE_H

#include <stdbool.h>

#include <wcow/error.h>

#include "base/cleanup.h"

typedef struct image_reference {
    char *domain; /* "docker.io", "localhost:5000" */
    char *path;   /* "library/nanoserver" */
    char *tag;    /* NULL if none was given */
    char *digest; /* "sha256:…"; NULL if none was given */
} image_reference;

/** Parses a reference a user typed; neither tag nor digest is made up. WCOW_INVALID in Docker's
 * words. */
WCOW_CHECKED wcow_status reference_parse(const char *text, image_reference **out, wcow_error *err);
/** "docker.io/library/nanoserver" + ":tag" and "@digest" where it has them; malloc'ed. */
char *reference_canonical(const image_reference *reference);
/** The repository as `docker images` shows it: "nanoserver", "microsoft/nanoserver"; malloc'ed. */
char *reference_repository(const image_reference *reference);
/** The whole as Docker prints it: repository + ":tag" and "@digest" where it has them; malloc'ed.
 */
char *reference_familiar(const image_reference *reference);
/** Gives it the tag "latest" if it has neither tag nor digest; false when out of memory. */
bool reference_default_tag(image_reference *reference);
void reference_free(image_reference *reference);

/** Whether it is "sha256:" and 64 lower-case hexadecimal digits. */
bool digest_valid(const char *digest);

DEFINE_CLEANUP(reference, image_reference *, reference_free)
#define cleanup_reference CLEANUP(reference)

#endif
