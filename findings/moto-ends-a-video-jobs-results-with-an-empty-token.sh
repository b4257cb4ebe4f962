#!/usr/bin/env bash
# moto ends the results of a Rekognition video job with an empty NextToken instead of none.
#
# GetTextDetection and GetFaceSearch answer with NextToken "" and all results at once. boto3 has no
# paginator for them, so callers write the loop; one that goes on while the key is in the answer asks
# for ever, with an empty token that boto3 sends and moto takes, and collects the same results each time
# (here it is stopped after 5 pages). One that tests the token for truth ends after the first page.
#
# Seen with moto 5.2.5, boto3 1.43.117 and botocore 1.43.117 on 2026-11-28.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check moto==5.2.5 boto3==1.43.117 botocore==1.43.117
"$folder/venv/bin/python" - <<'PY'
import boto3
from moto import mock_aws

VIDEO = {"S3Object": {"Bucket": "media", "Name": "a.mp4"}}


def pages(get, job, goes_on):
    page = get(JobId=job)
    seen = [page]
    while goes_on(page) and len(seen) < 5:
        page = get(JobId=job, NextToken=page["NextToken"])
        seen.append(page)
    return seen


with mock_aws():
    client = boto3.client(
        "rekognition", region_name="eu-west-1", aws_access_key_id="AKID", aws_secret_access_key="none"
    )
    text_job = client.start_text_detection(Video=VIDEO)["JobId"]
    face_job = client.start_face_search(Video=VIDEO, CollectionId="people")["JobId"]
    for get, job, results in (
        (client.get_text_detection, text_job, "TextDetections"),
        (client.get_face_search, face_job, "Persons"),
    ):
        by_key = pages(get, job, lambda page: "NextToken" in page)
        by_truth = pages(get, job, lambda page: page.get("NextToken"))
        tokens = [page["NextToken"] for page in by_key]
        print(results, "pages by key:", len(by_key), "by truth:", len(by_truth), "tokens:", tokens)
        assert len(by_key) == 5 and len(by_truth) == 1
        assert all(page["NextToken"] == "" and page[results] == by_key[0][results] for page in by_key)
        assert not client.can_paginate(get.__name__)
PY
