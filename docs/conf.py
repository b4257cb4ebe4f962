"""How the documentation is built: ``python -m sphinx -W --keep-going -n -b html docs <folder>``."""

import sys
from pathlib import Path

from rekognition_async import __version__

sys.path.insert(0, str(Path(__file__).parent))

project = "rekognition-async"
author = copyright = "the authors of rekognition-async"  # noqa: A001 - Sphinx's own name
version = release = __version__

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "myst_parser",
    "sphinx_click",
    "extension",
]

# A name in single backticks is one of ours, and has to be found.
default_role = "any"

autodoc_member_order = "bysource"
autodoc_default_options = {"exclude-members": "model_config"}
add_module_names = False
maximum_signature_line_length = 88
toc_object_entries_show_parents = "hide"
# Dashes only: quotes may stand in code.
smartquotes_action = "D"
napoleon_numpy_docstring = False
myst_heading_anchors = 3

# Names of others: their documentation would have to be fetched.
nitpick_ignore = [
    ("py:class", "AioBaseClient"),
    ("py:class", "AioConfig"),
    ("py:class", "AioSession"),
    ("py:class", "BaseModel"),
    ("py:class", "PIL.Image.Image"),
    # What each method that takes one says in words.
    ("py:class", "Keyed"),
    ("py:class", "PictureSource"),
    ("py:class", "datetime"),
    ("py:exc", "ValidationError"),
    # Type variables are documented nowhere.
    ("py:class", "R"),
]
nitpick_ignore_regex = [
    ("py:class", r"(aiobotocore|collections\.abc|contextlib|os|pathlib|random)\..*"),
    ("py:class", r"rekognition_async\.operation\.[RT]"),
    ("py:class", r"rekognition_async\.pictures\.prepared\.(Placed|_P_co)"),
]

# They are part of other pages.
exclude_patterns = ["permissions_by_operation.md"]

html_theme = "furo"
html_title = f"rekognition-async {__version__}"
html_static_path = ["_static"]
html_css_files = ["pages.css"]
html_show_sourcelink = False
html_copy_source = False
