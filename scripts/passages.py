"""Turns the RFCs of Debian's doc-rfc packages into documents of a paragraph each, one a line.

usage: passages.py FOLDER > passages.jsonl
FOLDER holds the unpacked packages.
"""

import gzip
import json
import re
import sys
from pathlib import Path

# The end of a page: its footer, a form feed, the header of the next one.
PAGE_BREAK = re.compile(r"\n*[^\n]*\[Page +\d+\]\s*\n\f?\s*(RFC[^\n]*\n)?")
HEADING = re.compile(r"^(\d+(?:\.\d+)*)\.?\s+(\S[^\n]{0,80})$")
EMPTY_LINE = re.compile(r"\n\s*\n")
SPACE = re.compile(r"[\x00-\x1f\s]+")
WORD = re.compile(r"[A-Za-z]{3,}")


def read(path):
    """A file's text, packed or not."""
    reader = gzip.open if path.suffix == ".gz" else open
    with reader(path, "rt", encoding="utf-8", errors="replace") as file:
        return file.read()


def descriptions(folder):
    """What is said of each RFC, by its number."""
    found = {}
    for path in sorted(folder.rglob("rfc*.json*")):
        try:
            description = json.loads(read(path))
            found[int(description["doc_id"].removeprefix("RFC"))] = description
        except (KeyError, ValueError):
            continue
    return found


def passages(text):
    """Each paragraph of prose with the heading above it; diagrams, tables and lists of names are left out."""
    text = PAGE_BREAK.sub("\n\n", text.replace("\r", "")).replace("\f", "\n")
    section = None
    for block in EMPTY_LINE.split(text):
        heading = HEADING.match(block.strip())
        if heading:
            section = f"{heading[1]} {heading[2]}"
            continue
        passage = SPACE.sub(" ", block).strip()
        if len(passage) >= 120 and len(WORD.findall(passage)) >= 15:
            yield section, passage


def main(folder):
    known = descriptions(folder)
    seen = set()
    count = 0
    for path in sorted(folder.rglob("rfc[0-9]*.txt*")):
        name = re.search(r"rfc(\d+)\.txt", path.name)
        if not name or int(name[1]) in seen:
            continue
        number = int(name[1])
        seen.add(number)
        about = known.get(number, {})
        for place, (section, text) in enumerate(passages(read(path)), 1):
            count += 1
            document = {
                "rfc": number,
                "seq": place,
                "title": (about.get("title") or "").strip() or None,
                "status": about.get("status") or about.get("pub_status"),
                "date": about.get("pub_date"),
                "authors": about.get("authors"),
                "section": section,
                "text": text,
            }
            print(json.dumps(document, ensure_ascii=False))
    print(f"{count} passages of {len(seen)} RFCs", file=sys.stderr)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
