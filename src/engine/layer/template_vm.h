/* SPDX-License-Identifier: MIT */
/** Virtual machines that the service keeps to start Hyper-V containers from. */
#ifndef WCOW_ENGINE_LAYER_TEMPLATE_VM_H
#define WCOW_ENGINE_LAYER_TEMPLATE_VM_H

#include "engine/host/host.h"

/**
 * Ends those that stand on a layer which is about to go: they have its files open. The service
 * makes one when the first container of an image starts, tells nobody, and makes it anew when it
 * needs it. Failures are not told: the removal of the layer will fail then, and say why.
 */
void template_vms_end(wcow_host *host, const char *chain_id);

#endif
