"""Many requests as one: where they come from, how they are sent, and what is remembered of them.

================  ==================================================================
``outcomes``      what became of one request
``sharding``      which keys belong to a part of the whole
``external_ids``  keys as ExternalImageIds, and back
``pictures``      pictures from folders, globs, S3, files and pipes, each with a key
``loading``       a picture as what a request takes
``journal``       a file of outcomes, by which a bulk goes on where it stopped
``engine``        sends, at the pace of the quota, and hands out what became of it
``work``          what the engine does for requests, pictures and faces
================  ==================================================================
"""
