#!/usr/bin/env python3
"""Prints the methods of the tests that failed, from a file of results. Exits with 1 where they are too many to be a matter of luck, or where something failed outside any test."""
import sys
import xml.etree.ElementTree

MOST = 5

try:
    results = xml.etree.ElementTree.parse(sys.argv[1])
except (OSError, xml.etree.ElementTree.ParseError):
    sys.exit(1)
failed = sorted({f"{test.get('type')}.{test.get('method')}" for test in results.iter("test") if test.get("result") == "Fail"})
errors = sum(int(assembly.get("errors", "0")) for assembly in results.iter("assembly"))
if errors or not 0 < len(failed) <= MOST:
    sys.exit(1)
print("\n".join(failed))
