"""The one place that touches the insides of botocore and aiobotocore."""
