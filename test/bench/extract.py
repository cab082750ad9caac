"""Extracts every saved page of a folder with trafilatura, as its users do, and prints how many had a title and a text."""

import pathlib
import sys

import trafilatura

found = 0
for page in sorted(pathlib.Path(sys.argv[1]).glob("*.html")):
    document = trafilatura.bare_extraction(page.read_bytes(), url="https://bench.qinghe.gov.cn/" + page.name,
                                           with_metadata=True, include_tables=True, include_images=True)
    if document is not None and document.title and document.text:
        found += 1
print(found)
