#!/usr/bin/env bash
# boto3's paginator for ListCollections, with MaxItems, cuts one of two parallel lists.
#
# ListCollections answers with two lists of equal length: CollectionIds, and FaceModelVersions,
# the n-th version belonging to the n-th id. PaginationConfig={"MaxItems": 3} gives 3 ids with all
# 5 versions of the page; the page that a StartingToken resumes in has 2 ids and no versions. So
# ids and versions no longer pair. Only the primary result key is cut to MaxItems; the other
# keys of a page are passed on whole, and emptied on a resumed page.
#
# Seen with boto3 1.43.117 and botocore 1.43.117 on 2026-11-28.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check boto3==1.43.117 botocore==1.43.117
AWS_EC2_METADATA_DISABLED=true "$folder/venv/bin/python" - <<'PY'
import boto3
from botocore.stub import Stubber

client = boto3.client(
    "rekognition", region_name="eu-west-1", aws_access_key_id="AKID", aws_secret_access_key="none"
)
def answer():
    return {"CollectionIds": list("abcde"), "FaceModelVersions": ["7.0"] * 4 + ["6.0"]}


paginator = client.get_paginator("list_collections")


def pages(**config):
    with Stubber(client) as stubber:
        stubber.add_response("list_collections", answer())
        return [
            (page["CollectionIds"], page["FaceModelVersions"])
            for page in paginator.paginate(PaginationConfig=config)
        ]


with Stubber(client) as stubber:
    stubber.add_response("list_collections", answer())
    cut = paginator.paginate(PaginationConfig={"MaxItems": 3})
    first = [(page["CollectionIds"], page["FaceModelVersions"]) for page in cut]
    token = cut.resume_token
resumed = pages(StartingToken=token)
print("first:  ", first)
print("resumed:", resumed)
assert first == [(["a", "b", "c"], ["7.0", "7.0", "7.0", "7.0", "6.0"])]
assert resumed == [(["d", "e"], [])]
PY
