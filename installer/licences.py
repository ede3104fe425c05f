"""Writes the page that goes with every package: the licences of all that the programs are made of. `licences` beside this file calls it:

    licences.py ABOUT.json PAGE.html [NAME=FILE ...]

ABOUT.json is what `cargo about generate --format json` tells of the crates. NAME=FILE is a further part and the file of its licence.
Fails where a licence has no text, where a crate is without any, and where no file of a crate was found for a licence that asks for its
authors' names to be passed on: about.toml then says which file it is.
"""

import collections
import html
import json
import pathlib
import sys

PAGE = """<!DOCTYPE html>
<html lang="en"><meta charset="utf-8"><title>Licences of third parties</title>
<style>body {{ font-family: sans-serif; max-width: 60em; margin: 2em auto; padding: 0 1em }} pre {{ white-space: pre-wrap }}</style>
<h1>Licences of third parties</h1>
<p>The ODBC driver for Exact Online and the program exact-odbc contain the following, each under its own licence.</p>
<ul>
{contents}
</ul>
{texts}
<h2 id="notices">Notices</h2>
{notices}
</html>
"""


def crate_name(crate):
    return f"{crate['name']} {crate['version']}"


def section(number, title, users, text):
    names = ", ".join(sorted(users))
    return f'<h2 id="licence-{number}">{html.escape(title)}</h2>\n<p>{html.escape(names)}</p>\n<pre>{html.escape(text.strip())}</pre>'


def faults(about):
    """What is missing, one sentence each."""
    licensed = set()
    for licence in about["licenses"]:
        users = {crate_name(user["crate"]) for user in licence["used_by"]}
        licensed |= users
        if not licence["text"].strip():
            yield f"{licence['id']} has no text: {', '.join(sorted(users))}"
        # The Apache licence is the same for everybody; its notices are passed on below.
        if licence["source_path"] is None and not licence["id"].startswith("Apache-2.0"):
            yield f"No file with the licence {licence['id']} was found, so about.toml must name it: {', '.join(sorted(users))}"
    for crate in about["crates"]:
        if crate_name(crate["package"]) not in licensed:
            yield f"{crate_name(crate['package'])} has no licence"


def notices(about):
    """The files NOTICE of the crates, which the Apache licence asks to be passed on (section 4d), each text once."""
    found = collections.defaultdict(set)
    for crate in about["crates"]:
        for file in sorted(pathlib.Path(crate["package"]["manifest_path"]).parent.glob("NOTICE*")):
            found[file.read_text(encoding="utf-8").strip()].add(crate_name(crate["package"]))
    for text, users in sorted(found.items(), key=lambda item: sorted(item[1])):
        yield f"<p>{html.escape(', '.join(sorted(users)))}</p>\n<pre>{html.escape(text)}</pre>"


def main(source, target, *further):
    about = json.loads(pathlib.Path(source).read_text(encoding="utf-8"))
    missing = sorted(faults(about))
    if missing:
        sys.exit("\n".join(missing))
    parts = []
    for licence in about["licenses"]:
        parts.append((licence["name"], {crate_name(user["crate"]) for user in licence["used_by"]}, licence["text"]))
    for part in further:
        name, _, file = part.partition("=")
        parts.append((name, {name}, pathlib.Path(file).read_text(encoding="utf-8")))
    parts.sort(key=lambda part: (part[0], sorted(part[1])))
    contents = collections.Counter(name for name, _, _ in parts)
    first = {name: number for number, (name, _, _) in reversed(list(enumerate(parts)))}
    page = PAGE.format(
        contents="\n".join(
            f'<li><a href="#licence-{first[name]}">{html.escape(name)}</a>{f", {count} texts" if count > 1 else ""}</li>'
            for name, count in sorted(contents.items())
        ),
        texts="\n".join(section(number, *part) for number, part in enumerate(parts)),
        notices="\n".join(notices(about)),
    )
    pathlib.Path(target).write_text(page, encoding="utf-8")
    print(f"{target}: {len(about['crates'])} crates, {len(parts)} texts, {len(page):,} characters")


main(*sys.argv[1:])
