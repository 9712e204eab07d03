"""Keep freed memory for the next step."""

from __future__ import annotations

import ctypes
import ctypes.util

_M_TRIM_THRESHOLD, _M_TOP_PAD, _M_MMAP_MAX = -1, -2, -4
_LARGEST = 2**31 - 1


def keep_freed_memory() -> bool:
    """Tell glibc's allocator not to hand memory back to the system between steps; return whether it listened.

    By default each large tensor is mapped anew and its pages are cleared by the kernel at first touch, which took a
    third of a training step. Other platforms' allocators are left alone.
    """
    library = ctypes.util.find_library("c")
    mallopt = getattr(ctypes.CDLL(library), "mallopt", None) if library else None
    if mallopt is None:
        return False
    wanted = ((_M_MMAP_MAX, 0), (_M_TRIM_THRESHOLD, _LARGEST), (_M_TOP_PAD, 64 << 20))
    return all(mallopt(option, value) == 1 for option, value in wanted)
