# SPDX-License-Identifier: MIT
"""What the end-to-end cases stand on: a simulated Windows host, wcow.exe in it, terminals."""
