"""The verdicts with what they were made from as one research object: RO-Crate 1.1, a graph of files, software and deed.

Source: Soiland-Reyes et al. (2022), Packaging research artefacts with RO-Crate, Data Science 5(2); specification 1.1.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from regional_econ._base.files import sha256_bytes
from regional_econ.referee.docket import Docket
from regional_econ.referee.exports.made import LOCK, Made
from regional_econ.referee.exports.names import CRATE, REVIEWS, VERDICTS, by_hash

SPECIFICATION = "https://w3id.org/ro/crate/1.1"
# The context of the specification has no word for a hash; the vocabulary that it is drawn from has.
CONTEXT = [f"{SPECIFICATION}/context", {"sha256": "http://schema.org/sha256"}]
_LICENCES = "https://spdx.org/licenses"
_MADE = (VERDICTS, REVIEWS)
_FORMATS = {".json": "application/json", ".jsonld": "application/ld+json", ".yml": "application/yaml"}
_DEED, _SOFTWARE, _AUTHORS, _WRITER, _LOCK, _RECORD = (
    "#judging", "#software", "#authors", "#writer", f"#{LOCK}", "record",
)  # fmt: skip
Words = Callable[[str], str]
Node = dict[str, Any]


def crate(files: Mapping[str, bytes], found: Docket, made: Made, words: Words) -> Node:
    """Return the metadata document.

    Parameters
    ----------
    files : the content of every file beside it, by name.
    words : gives a text by its id within the room.
    """
    paper = by_hash(found.paper.sha256)
    inputs, read = [_ref(name) for name in files if name not in _MADE], _read(found, words)
    root = {
        "@id": "./", "@type": "Dataset", "name": words("crate.name"), "description": words("crate.description"),
        "datePublished": made.released, "license": _ref(_licence(made)), "author": _refs(_author_ids(made)),
        "about": _ref(paper), "hasPart": [_ref(name) for name in files], "mentions": _ref(_DEED),
    }  # fmt: skip
    deed = {
        "@id": _DEED, "@type": "CreateAction", "name": words("crate.judging"), "instrument": _ref(_SOFTWARE),
        "object": [*inputs, *(_ref(node["@id"]) for node in read), _ref(paper)], "result": _refs(_MADE),
    }  # fmt: skip
    nodes = [
        {"@id": CRATE, "@type": "CreativeWork", "conformsTo": _ref(SPECIFICATION), "about": _ref("./")},
        root,
        *(_file(name, content, words) for name, content in files.items()),
        deed,
        *_software(made, words),
        *read,
        *_paper(found),
    ]
    return {"@context": CONTEXT, "@graph": nodes}


def _read(found: Docket, words: Words) -> list[Node]:
    """What was read and does not lie in the crate: each input by its hash, and the verdicts published before."""
    hashes = {key: sha256 for key, sha256 in found.inputs.items() if key not in found.files and key != "document"}
    hashes |= {_RECORD: found.former_sha256} if found.former_sha256 else {}
    return [
        {"@id": f"#{key}", "@type": "CreativeWork", "name": words(f"input.{key}"), "sha256": hashes[key]}
        for key in sorted(hashes)
    ]


def _file(name: str, content: bytes, words: Words) -> Node:
    return {
        "@id": name, "@type": "File", "name": words(f"crate.file.{name.replace('.', '_')}"),
        "encodingFormat": _FORMATS[name[name.rindex("."):]], "contentSize": str(len(content)),
        "sha256": sha256_bytes(content),
    }  # fmt: skip


def _software(made: Made, words: Words) -> list[Node]:
    software: Node = {
        "@id": _SOFTWARE, "@type": "SoftwareSourceCode", "name": made.title, "version": made.version,
        "license": _ref(_licence(made)), "author": _refs(_author_ids(made)), "sha256": made.code_sha256,
        "description": words("crate.software"),
    }  # fmt: skip
    authors = [
        {"@id": author, "@type": "Organization", "name": name}
        for author, name in zip(_author_ids(made), made.authors, strict=True)
    ]
    licence = {
        "@id": _licence(made),
        "@type": "CreativeWork",
        "name": made.licence,
        "description": words("crate.licence"),
    }
    if made.lock_sha256 is None:
        return [software, *authors, licence]
    lock = {
        "@id": _LOCK,
        "@type": "CreativeWork",
        "name": LOCK,
        "description": words("crate.lock"),
        "sha256": made.lock_sha256,
    }
    return [software | {"softwareRequirements": _ref(_LOCK)}, *authors, licence, lock]


def _paper(found: Docket) -> list[Node]:
    known = {"name": found.paper.title, "inLanguage": found.paper.language}
    paper: Node = {
        "@id": by_hash(found.paper.sha256), "@type": "ScholarlyArticle", "sha256": found.paper.sha256,
        **{key: value for key, value in known.items() if value is not None},
    }  # fmt: skip
    if found.paper.author is None:
        return [paper]
    author = {"@id": _WRITER, "@type": "Person", "name": found.paper.author}
    return [paper | {"author": _ref(_WRITER)}, author]


def _licence(made: Made) -> str:
    """The licence by its address: a citation file names it by its id in the SPDX list."""
    return f"{_LICENCES}/{made.licence}"


def _author_ids(made: Made) -> list[str]:
    return [_AUTHORS if number == 1 else f"{_AUTHORS}-{number}" for number in range(1, len(made.authors) + 1)]


def _ref(name: str) -> dict[str, str]:
    return {"@id": name}


def _refs(names: list[str] | tuple[str, ...]) -> list[dict[str, str]]:
    return [_ref(name) for name in names]
