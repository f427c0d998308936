#!/usr/bin/env python3
"""Nothing unwinds: no exception is thrown or caught, and a thread ends by returning."""

import sys

import tree

UNWINDS = r"\b(throw|try|catch|rethrow_exception|apr_thread_exit|pthread_exit)\b"

found = tree.words(sys.argv[1], ["include", "src"], UNWINDS)
tree.finish("No throw, try or catch, and no exit from a thread but its return.", found)
