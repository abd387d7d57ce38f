"""Answers each request with the text, redacted line by line: texts of any size need little memory."""
import collections
import json
import sys

from redaction import redact


def answer(request):
    parameters, found = request["parameters"], collections.Counter()
    try:
        with open(request["input"], encoding="utf-8", newline="\n") as source:
            with open(request["output"], "w", encoding="utf-8", newline="\n") as target:
                for line in source:
                    redacted, counts = redact(line, parameters["kinds"], parameters["mark"])
                    target.write(redacted)
                    found.update(counts)
    except UnicodeDecodeError as error:
        return {"error": f"the text is not UTF-8: {error.reason}", "permanent": True}
    kind = request["content_type"]
    return {"outputs": [{"file": request["output"], "content_type": kind, "record": dict(found)}]}


for line in sys.stdin:
    request = json.loads(line)
    print(json.dumps({"id": request["id"], **answer(request)}), flush=True)
