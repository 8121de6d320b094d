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
_MADE = (VERDICTS, REVIEWS)
_FORMATS = {".json": "application/json", ".jsonld": "application/ld+json", ".yml": "application/yaml"}
_DEED, _SOFTWARE, _AUTHORS, _LICENCE, _FIGURES, _LOCK = (
    "#judging", "#software", "#authors", "#licence", "#figures", f"#{LOCK}",
)  # fmt: skip
Words = Callable[[str], str]
Node = dict[str, Any]


def crate(files: Mapping[str, bytes], found: Docket, made: Made, words: Words) -> Node:
    """Return the metadata document.

    Parameters
    ----------
    files : the content of every file beside it, by name.
    words : gives a text by the last part of its id.
    """
    paper = by_hash(found.paper.sha256)
    inputs = [_ref(name) for name in files if name not in _MADE]
    root = {
        "@id": "./", "@type": "Dataset", "name": words("name"), "description": words("description"),
        "datePublished": made.released, "license": _ref(_LICENCE), "author": _refs(_author_ids(made)),
        "about": _ref(paper), "hasPart": [_ref(name) for name in files], "mentions": _ref(_DEED),
    }  # fmt: skip
    deed = {
        "@id": _DEED, "@type": "CreateAction", "name": words("judging"), "instrument": _ref(_SOFTWARE),
        "object": [*inputs, _ref(_FIGURES), _ref(paper)], "result": _refs(_MADE),
    }  # fmt: skip
    figures = {
        "@id": _FIGURES, "@type": "CreativeWork", "name": words("figures"), "sha256": found.inputs["panel"],
    }  # fmt: skip
    nodes = [
        {"@id": CRATE, "@type": "CreativeWork", "conformsTo": _ref(SPECIFICATION), "about": _ref("./")},
        root,
        *(_file(name, content, words) for name, content in files.items()),
        deed,
        *_software(made, words),
        figures,
        _paper(found),
    ]
    return {"@context": CONTEXT, "@graph": nodes}


def _file(name: str, content: bytes, words: Words) -> Node:
    return {
        "@id": name, "@type": "File", "name": words(f"file.{name.replace('.', '_')}"),
        "encodingFormat": _FORMATS[name[name.rindex("."):]], "contentSize": str(len(content)),
        "sha256": sha256_bytes(content),
    }  # fmt: skip


def _software(made: Made, words: Words) -> list[Node]:
    software: Node = {
        "@id": _SOFTWARE, "@type": "SoftwareSourceCode", "name": made.title, "version": made.version,
        "license": _ref(_LICENCE), "author": _refs(_author_ids(made)), "sha256": made.code_sha256,
        "description": words("software"),
    }  # fmt: skip
    authors = [
        {"@id": author, "@type": "Organization", "name": name}
        for author, name in zip(_author_ids(made), made.authors, strict=True)
    ]
    licence = {"@id": _LICENCE, "@type": "CreativeWork", "name": made.licence, "description": words("licence")}
    if made.lock_sha256 is None:
        return [software, *authors, licence]
    lock = {
        "@id": _LOCK,
        "@type": "CreativeWork",
        "name": LOCK,
        "description": words("lock"),
        "sha256": made.lock_sha256,
    }
    return [software | {"softwareRequirements": _ref(_LOCK)}, *authors, licence, lock]


def _paper(found: Docket) -> Node:
    known = {"name": found.paper.title, "inLanguage": found.paper.language}
    return {
        "@id": by_hash(found.paper.sha256), "@type": "ScholarlyArticle", "sha256": found.paper.sha256,
        **{key: value for key, value in known.items() if value is not None},
    }  # fmt: skip


def _author_ids(made: Made) -> list[str]:
    return [_AUTHORS if number == 1 else f"{_AUTHORS}-{number}" for number in range(1, len(made.authors) + 1)]


def _ref(name: str) -> dict[str, str]:
    return {"@id": name}


def _refs(names: list[str] | tuple[str, ...]) -> list[dict[str, str]]:
    return [_ref(name) for name in names]
