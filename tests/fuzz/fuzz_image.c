/* SPDX-License-Identifier: MIT */
/* The JSON of images: manifests, indexes and configurations. */
#include "tests/fuzz/fuzz.h"

#include "oci/image_config.h"
#include "oci/manifest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cleanup_manifest image_manifest *manifest = NULL;
    cleanup_image_config image_config *config = NULL;

    if (image_manifest_parse((const char *)data, size, "input", &manifest, NULL) == WCOW_OK)
        FUZZ_CHECK(manifest);
    if (image_config_parse((const char *)data, size, &config, NULL) == WCOW_OK)
        FUZZ_CHECK(config && config->json);
    return 0;
}
