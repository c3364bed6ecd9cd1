/* SPDX-License-Identifier: MIT */
/* The SDK's headers include it, and need nothing of it that C does not declare by itself. */
#pragma once
