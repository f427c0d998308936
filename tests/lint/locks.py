#!/usr/bin/env python3
"""A lock owns its data: locks are made in one file."""

import sys

import tree

STANDARD = r"\bvolatile\b|\b\w*condition_variable\w*\b|\b(lock_guard|unique_lock|scoped_lock|shared_lock)\b"
MUTEX = r"\b\w*mutex\w*\b|\b(pthread|apr_thread)_(cond|rwlock|spin)\w*\b"
GUARDED = "include/mpm/base/guarded.hpp"
# An allocator that several pools share takes APR's mutex and no other: apr_allocator_mutex_set().
ALLOCATORS = ("src/apr/pool_cache.hpp", "src/apr/pool_cache.cpp")

root = sys.argv[1]
found = [*tree.words(root, ["include", "src"], STANDARD, exempt=[GUARDED])]
found += tree.words(root, ["include", "src"], MUTEX, exempt=[GUARDED, *ALLOCATORS])
found += tree.words(root, ["src/apr"], r"\bstd::\w*mutex\b|\bpthread_mutex\w*\b")
tree.finish(f"Shared data is a Guarded or an atomic: no other lock and no volatile outside {GUARDED}.", found)
