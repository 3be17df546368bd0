"""Turns Debian's package lists into JSON documents, one a line.

usage: catalogue.py Packages Translation-en > packages.jsonl
"""

import json
import re
import sys


def stanzas(path):
    """The paragraphs of a Debian control file, as dictionaries; continuation lines lose their leading space."""
    fields, key = {}, None
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            line = line.rstrip("\n")
            if not line:
                if fields:
                    yield fields
                fields = {}
            elif line[0] in " \t":
                fields[key] += "\n" + line[1:]
            else:
                key, _, value = line.partition(":")
                fields[key] = value.strip()
    if fields:
        yield fields


def title_and_text(description):
    """The first line, and the rest with its ` .` separators turned into empty lines."""
    title, _, text = description.partition("\n")
    return title, re.sub(r"(?m)^\.$", "", text)


def comma_separated(value):
    return [item.strip() for item in value.replace("\n", " ").split(",") if item.strip()]


def document(package, descriptions):
    title, text = title_and_text(
        descriptions.get(package.get("Description-md5"), package.get("Description", ""))
    )
    return {
        "name": package["Package"],
        "version": package["Version"],
        "section": package.get("Section"),
        "priority": package.get("Priority"),
        "title": title,
        "description": text,
        "maintainer": re.sub(r"\s*<.*>$", "", package.get("Maintainer", "")),
        "homepage": package.get("Homepage"),
        "arch": package["Architecture"],
        "size": int(package["Size"]),
        "installed_kb": int(package.get("Installed-Size", 0)),
        "source": package.get("Source", package["Package"]).split()[0],
        # Names only: without version bounds, architectures and alternatives.
        "depends": [re.split(r"[\s:(|]", item)[0] for item in comma_separated(package.get("Depends", ""))],
        "tags": comma_separated(package.get("Tag", "")),
    }


def main(packages, translations):
    descriptions = {
        stanza["Description-md5"]: stanza["Description-en"] for stanza in stanzas(translations)
    }
    for package in stanzas(packages):
        fields = document(package, descriptions).items()
        present = {key: value for key, value in fields if value not in (None, "", [])}
        print(json.dumps(present, ensure_ascii=False))


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    sys.stdout.reconfigure(encoding="utf-8")
    main(*sys.argv[1:])
