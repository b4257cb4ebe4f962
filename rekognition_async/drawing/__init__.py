"""Draws on a picture what was found on it: `marks` says what there is, `painting` paints it."""
