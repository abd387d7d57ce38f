import collections, json, re, sys

lines = size = 0
words = collections.Counter()
try:
    for line in sys.stdin.buffer:
        lines += 1
        size += len(line)
        words.update(re.findall(r"\w+", line.decode().lower()))
except UnicodeDecodeError as error:
    print(f"line {lines} is not UTF-8: {error.reason}", file=sys.stderr)
    sys.exit(65)  # another try cannot succeed

most_common = dict(words.most_common(int(sys.argv[1])))
counts = {"lines": lines, "words": words.total(), "bytes": size, "most_common": most_common}
print(json.dumps(counts, ensure_ascii=False))
