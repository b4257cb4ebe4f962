"""Writes models, methods and reference pages for all operations of Rekognition.

    read      botocore's service model, into a form of our own
    overlay   names, corrections and all docstrings, as data
    render    the source of a module
    pages     the page of a domain in the reference
    check     ``python -m codegen --check`` says what differs from what is written

``python -m codegen`` writes. An entry of the overlay that matches nothing is an error.
"""
