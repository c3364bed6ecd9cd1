# SPDX-License-Identifier: MIT
"""Registries, a proxy that misbehaves in front of them, and the programs that use them."""
