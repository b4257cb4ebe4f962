"""Pictures as people have them: reading any format, and making what Rekognition takes of it.

What decodes needs the extra ``images``; `limits`, `prepared` and `extra` load without it.
"""
