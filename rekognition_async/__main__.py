"""``python -m rekognition_async`` is the command ``rekognition-async``."""

from rekognition_async.cli import main

main()
