"""Answers each request with the sheets of a workbook, each a CSV file. Loading openpyxl takes longer than most workbooks do."""
import csv
import json
import sys

from openpyxl import load_workbook

OLE = bytes.fromhex("d0cf11e0a1b11ae1")  # what .xls files and encrypted workbooks start with


def text(value):
    return value.isoformat() if hasattr(value, "isoformat") else value


def sheets(workbook, output, parameters):
    for number, sheet in enumerate(workbook.worksheets):
        if sheet.sheet_state != "visible" and not parameters["hidden"]:
            continue
        file, rows = f"{output}.{number}", 0
        with open(file, "w", encoding="utf-8", newline="") as target:
            writer = csv.writer(target, delimiter=parameters["delimiter"], lineterminator="\n")
            for row in sheet.iter_rows(values_only=True):
                writer.writerow([text(value) for value in row])
                rows += 1
        yield {
            "suffix": f"/{sheet.title}.csv",
            "file": file,
            "content_type": "text/csv; charset=utf-8",
            "record": {"sheet": sheet.title, "rows": rows},
        }


def answer(request):
    with open(request["input"], "rb") as source:
        if source.read(len(OLE)) == OLE:
            return {"error": "this is an encrypted workbook, or one of Excel 97: save it as .xlsx", "permanent": True}
        try:
            # Row by row, and the values of formulas.
            workbook = load_workbook(source, read_only=True, data_only=True)
            return {"outputs": list(sheets(workbook, request["output"], request["parameters"]))}
        except (OSError, MemoryError):
            raise  # the machine's fault: this object is tried again
        except Exception as error:
            return {"error": f"this is not a workbook that openpyxl reads: {error}", "permanent": True}


for line in sys.stdin:
    request = json.loads(line)
    print(json.dumps({"id": request["id"], **answer(request)}), flush=True)
