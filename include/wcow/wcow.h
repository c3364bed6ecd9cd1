/* SPDX-License-Identifier: MIT */
/** All of libwcow. */
#ifndef WCOW_WCOW_H
#define WCOW_WCOW_H

#include <wcow/container.h>
#include <wcow/copy.h>
#include <wcow/doctor.h>
#include <wcow/error.h>
#include <wcow/event.h>
#include <wcow/events_log.h>
#include <wcow/explain.h>
#include <wcow/file.h>
#include <wcow/host.h>
#include <wcow/image.h>
#include <wcow/layer.h>
#include <wcow/network.h>
#include <wcow/registry.h>
#include <wcow/self_test.h>
#include <wcow/service.h>
#include <wcow/stats.h>
#include <wcow/terminal.h>
#include <wcow/update.h>
#include <wcow/volume.h>

#endif
