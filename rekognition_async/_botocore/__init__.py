"""The client's side of botocore and aiobotocore: nothing else touches their insides.

``client`` opens a `connection`, which makes a `transport` for calls; `events` holds what runs
within a call, and the other modules replace parts of botocore by cheaper ones.
"""
