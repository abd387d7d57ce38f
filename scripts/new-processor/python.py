"""Reads an object from standard input and writes its output to standard output. docs/commands.md has more."""
import json, os, sys

lines = sum(1 for line in sys.stdin.buffer)
print(f"counted {lines} lines", file=sys.stderr)  # a log line
print(json.dumps({"key": os.environ["OBJECT_KEY"], "lines": lines}))
