"""Every operation of Rekognition, called by boto3 and parsed by it."""

import json
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property, partial
from typing import Any, Final, TypeAlias

import boto3
import pytest
from botocore import xform_name
from botocore.exceptions import ClientError
from custom_labels import START, image, lines
from pictures import portrait

from rekognition_async.emulator import ManualClock, RekognitionEmulator
from rekognition_async.emulator.handlers.registry import HANDLERS
from rekognition_async.emulator.protocol.messages import service_model

OPERATIONS: Final = service_model().operation_names
NOW: Final = datetime.fromtimestamp(START, UTC)
ARN: Final = "arn:aws:rekognition:us-east-1:123456789012"
MILLISECONDS: Final = round(START * 1000)
NOBODY: Final = "00000000-0000-4000-8000-000000000000"
PARTY: Final = {"Bytes": portrait(1)}
SELFIE: Final = {"Bytes": portrait(2)}
VIDEO: Final = {"S3Object": {"Bucket": "films", "Name": "market.mp4"}}
OUTPUT: Final = {"S3Bucket": "results", "S3KeyPrefix": "training"}
POLICY: Final = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": "arn:aws:iam::999999999999:root"},
                "Action": "rekognition:CopyProjectVersion",
                "Resource": "*",
            }
        ],
    }
)
VIDEO_JOBS: Final[dict[str, tuple[str, dict[str, Any]]]] = {
    "celebrity_recognition": ("Celebrities", {}),
    "content_moderation": ("ModerationLabels", {}),
    "face_detection": ("Faces", {}),
    "face_search": ("Persons", {"CollectionId": "mine"}),
    "label_detection": ("Labels", {}),
    "person_tracking": ("Persons", {}),
    "segment_detection": ("Segments", {"SegmentTypes": ["SHOT"]}),
    "text_detection": ("TextDetections", {}),
}
"""The kinds of video job: what they find, and what they are started with."""


@dataclass(frozen=True)
class Kept:
    """What is there before each call: the ids of one of everything."""

    bob: str
    """The largest face of the party. It is of no user."""
    ann: str
    """The face of the selfie. It is of the user ``ann``."""
    project: str
    train: str
    test: str
    running: str
    trained: str
    stream: str
    session: str
    analysis: str
    jobs: dict[str, str]


@dataclass
class Stage:
    """An emulator on which each call finds the same."""

    emulator: RekognitionEmulator

    @cached_property
    def furniture(self) -> tuple[Any, Kept]:
        """The state before each call, and what it holds."""
        self.emulator.people.add(
            PARTY["Bytes"], {"ann": (0.1, 0.1, 0.2, 0.2), "bob": (0.5, 0.1, 0.4, 0.6)}
        )
        self.emulator.people.add(SELFIE["Bytes"], ["ann"])
        with closing(boto3.client("rekognition", **self.emulator.client_options)) as client:
            kept = furnish(client)
        return self.emulator.export_state(), kept


def furnish(client: Any) -> Kept:
    """Makes one of everything."""
    client.create_collection(CollectionId="mine", Tags={"team": "vision"})
    faces = [
        client.index_faces(CollectionId="mine", Image=picture, MaxFaces=1, ExternalImageId=name)
        for picture, name in ((PARTY, "party"), (SELFIE, "selfie"))
    ]
    bob, ann = (indexed["FaceRecords"][0]["Face"]["FaceId"] for indexed in faces)
    client.create_user(CollectionId="mine", UserId="ann")
    client.associate_faces(CollectionId="mine", UserId="ann", FaceIds=[ann])
    project = client.create_project(ProjectName="birds", Tags={"team": "vision"})["ProjectArn"]
    client.put_project_policy(ProjectArn=project, PolicyName="open", PolicyDocument=POLICY)
    train, test = (new_dataset(client, project, kind) for kind in ("TRAIN", "TEST"))
    client.update_dataset_entries(
        DatasetArn=train,
        Changes={"GroundTruth": lines(*(image(f"{number}.jpg", "owl") for number in range(5)))},
    )
    running, trained = (
        client.create_project_version(ProjectArn=project, VersionName=name, OutputConfig=OUTPUT)
        for name in ("v1", "v2")
    )
    client.start_project_version(
        ProjectVersionArn=running["ProjectVersionArn"], MinInferenceUnits=1
    )
    return Kept(
        bob=bob,
        ann=ann,
        project=project,
        train=train,
        test=test,
        running=running["ProjectVersionArn"],
        trained=trained["ProjectVersionArn"],
        stream=new_stream(client, "door"),
        session=client.create_face_liveness_session(Settings={"AuditImagesLimit": 2})["SessionId"],
        analysis=new_analysis(client),
        jobs={kind: new_job(client, kind) for kind in VIDEO_JOBS},
    )


def new_dataset(client: Any, project: str, kind: str) -> str:
    """Gives a project a dataset without entries."""
    created = client.create_dataset(ProjectArn=project, DatasetType=kind)
    return str(created["DatasetArn"])


def new_stream(client: Any, name: str) -> str:
    """Makes a stream processor that looks for labels."""
    stream = f"arn:aws:kinesisvideo:us-east-1:123456789012:stream/{name}/1"
    created = client.create_stream_processor(
        Name=name,
        Input={"KinesisVideoStream": {"Arn": stream}},
        Output={"S3Destination": {"Bucket": "labels"}},
        Settings={"ConnectedHome": {"Labels": ["ALL"]}},
        RoleArn="arn:aws:iam::123456789012:role/Rekognition",
        Tags={"team": "home"},
    )
    return str(created["StreamProcessorArn"])


def start_stream(client: Any, name: str) -> str:
    """Starts a stream processor that looks for labels."""
    started = client.start_stream_processor(
        Name=name,
        StartSelector={"KVSStreamStartSelector": {"FragmentNumber": "123"}},
        StopSelector={"MaxDurationInSeconds": 120},
    )
    return str(started["SessionId"])


def new_analysis(client: Any) -> str:
    """Starts a media analysis job."""
    started = client.start_media_analysis_job(
        OperationsConfig={"DetectModerationLabels": {}},
        Input={"S3Object": {"Bucket": "pictures", "Name": "all.jsonl"}},
        OutputConfig={"S3Bucket": "results"},
    )
    return str(started["JobId"])


def new_job(client: Any, kind: str, **parameters: Any) -> str:
    """Starts a job on a video."""
    _, more = VIDEO_JOBS[kind]
    start = getattr(client, f"start_{kind}")
    return str(start(Video=VIDEO, JobTag="boto3", **more, **parameters)["JobId"])


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    """The emulator of all the calls, on which nothing takes time."""
    with RekognitionEmulator(clock=ManualClock(START), durations=0) as emulator:
        yield Stage(emulator)


@pytest.fixture
def client(stage: Stage) -> Iterator[Any]:
    """boto3's client."""
    with closing(boto3.client("rekognition", **stage.emulator.client_options)) as made:
        yield made


@pytest.fixture
def kept(stage: Stage) -> Kept:
    """What is there, all of it anew."""
    state, kept = stage.furniture
    stage.emulator.import_state(state)
    return kept


Call: TypeAlias = Callable[[Any, Kept], None]

CALLS: Final[dict[str, Call]] = {}
"""What is seen of each operation, by boto3's name for it."""


def call(function: Call) -> Call:
    """Puts a function into the table, for the operation of its name."""
    CALLS[function.__name__] = function
    return function


@pytest.mark.parametrize("operation", OPERATIONS)
def test_boto3_calls_and_parses(operation: str, client: Any, kept: Kept) -> None:
    """What boto3 parses of the answer is what the operation did, or knows."""
    CALLS[xform_name(operation)](client, kept)


def test_nothing_is_left_out() -> None:
    """The emulator and this table have the operations of the service model, and no others."""
    assert HANDLERS.keys() == set(OPERATIONS)
    assert CALLS.keys() == {xform_name(operation) for operation in OPERATIONS}


def listed(client: Any, operation: str, items: str, **parameters: Any) -> list[Any]:
    """All that boto3's own paginator gives, in pages of two."""
    pages = client.get_paginator(operation).paginate(**parameters, PaginationConfig={"PageSize": 2})
    return [item for page in pages for item in page[items]]


# Collections


@call
def create_collection(client: Any, kept: Kept) -> None:
    created = client.create_collection(CollectionId="new", Tags={"team": "vision"})
    assert f"arn:{created['CollectionArn']}" == f"{ARN}:collection/new"
    assert (created["FaceModelVersion"], created["StatusCode"]) == ("7.0", 200)
    assert tags(client, created["CollectionArn"]) == {"team": "vision"}
    with pytest.raises(client.exceptions.ResourceAlreadyExistsException):
        client.create_collection(CollectionId="new")
    with pytest.raises(ClientError, match="ValidationException"):
        client.create_collection(CollectionId="a b")


@call
def describe_collection(client: Any, kept: Kept) -> None:
    described = client.describe_collection(CollectionId="mine")
    assert described["CollectionARN"] == f"{ARN}:collection/mine"
    assert (described["FaceCount"], described["UserCount"]) == (2, 1)
    assert described["CreationTimestamp"] == NOW


@call
def list_collections(client: Any, kept: Kept) -> None:
    for name in ("b", "a"):
        client.create_collection(CollectionId=name)
    assert listed(client, "list_collections", "CollectionIds") == ["mine", "b", "a"]
    assert client.list_collections()["FaceModelVersions"] == ["7.0"] * 3
    with pytest.raises(client.exceptions.InvalidPaginationTokenException):
        client.list_collections(NextToken="made-up")


@call
def delete_collection(client: Any, kept: Kept) -> None:
    assert client.delete_collection(CollectionId="mine")["StatusCode"] == 200
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.delete_collection(CollectionId="mine")


# Faces


@call
def index_faces(client: Any, kept: Kept) -> None:
    indexed = client.index_faces(
        CollectionId="mine",
        Image=PARTY,
        ExternalImageId="again",
        DetectionAttributes=["ALL"],
        MaxFaces=1,
    )
    (record,) = indexed["FaceRecords"]
    assert record["Face"]["ExternalImageId"] == "again"
    assert len(record["FaceDetail"]) == 17
    assert indexed["UnindexedFaces"][0]["Reasons"] == ["EXCEEDS_MAX_FACES"]


@call
def list_faces(client: Any, kept: Kept) -> None:
    client.index_faces(CollectionId="mine", Image=PARTY, ExternalImageId="again")
    faces = listed(client, "list_faces", "Faces", CollectionId="mine")
    names = [face["ExternalImageId"] for face in faces]
    assert sorted(names) == ["again", "again", "party", "selfie"]
    (selfie,) = [face for face in faces if face["FaceId"] == kept.ann]
    assert (selfie["ExternalImageId"], selfie["UserId"]) == ("selfie", "ann")


@call
def search_faces(client: Any, kept: Kept) -> None:
    client.index_faces(CollectionId="mine", Image=PARTY, ExternalImageId="again")
    searched = client.search_faces(CollectionId="mine", FaceId=kept.bob)
    (match,) = searched["FaceMatches"]
    assert (searched["SearchedFaceId"], match["Face"]["ExternalImageId"]) == (kept.bob, "again")
    with pytest.raises(client.exceptions.InvalidParameterException):
        client.search_faces(CollectionId="mine", FaceId=NOBODY)


@call
def search_faces_by_image(client: Any, kept: Kept) -> None:
    (match,) = client.search_faces_by_image(CollectionId="mine", Image=SELFIE)["FaceMatches"]
    assert match["Face"]["FaceId"] == kept.ann
    assert match["Similarity"] > 99


@call
def delete_faces(client: Any, kept: Kept) -> None:
    deleted = client.delete_faces(CollectionId="mine", FaceIds=[kept.bob, NOBODY])
    assert deleted["DeletedFaces"] == [kept.bob]
    (failed,) = deleted["UnsuccessfulFaceDeletions"]
    assert (failed["FaceId"], failed["Reasons"]) == (NOBODY, ["FACE_NOT_FOUND"])


@call
def detect_faces(client: Any, kept: Kept) -> None:
    bob, ann = client.detect_faces(Image=PARTY, Attributes=["ALL"])["FaceDetails"]
    shape: Any = service_model().shape_for("FaceDetail")
    assert set(bob) == set(ann) == set(shape.members)
    assert bob["BoundingBox"]["Left"] == 0.5


@call
def compare_faces(client: Any, kept: Kept) -> None:
    compared = client.compare_faces(SourceImage=SELFIE, TargetImage=PARTY)
    (match,) = compared["FaceMatches"]
    assert set(match["Face"]) == {"BoundingBox", "Confidence", "Landmarks", "Pose", "Quality"}
    assert match["Face"]["BoundingBox"]["Width"] == pytest.approx(0.2)
    assert match["Similarity"] > 90
    assert [face["BoundingBox"]["Left"] for face in compared["UnmatchedFaces"]] == [0.5]
    assert set(compared["SourceImageFace"]) == {"BoundingBox", "Confidence"}


# Users


@call
def create_user(client: Any, kept: Kept) -> None:
    client.create_user(CollectionId="mine", UserId="bob")
    assert {"UserId": "bob", "UserStatus": "CREATED"} in users(client)
    with pytest.raises(client.exceptions.ConflictException):
        client.create_user(CollectionId="mine", UserId="bob")


@call
def list_users(client: Any, kept: Kept) -> None:
    for name in ("bob", "cleo"):
        client.create_user(CollectionId="mine", UserId=name)
    statuses = {user["UserId"]: user["UserStatus"] for user in users(client)}
    assert statuses == {"ann": "ACTIVE", "bob": "CREATED", "cleo": "CREATED"}


@call
def associate_faces(client: Any, kept: Kept) -> None:
    associated = client.associate_faces(
        CollectionId="mine", UserId="ann", FaceIds=[kept.bob, NOBODY], UserMatchThreshold=0
    )
    assert associated["AssociatedFaces"] == [{"FaceId": kept.bob}]
    assert associated["UnsuccessfulFaceAssociations"] == [
        {"FaceId": NOBODY, "Reasons": ["FACE_NOT_FOUND"]}
    ]
    assert associated["UserStatus"] == "UPDATING"


@call
def disassociate_faces(client: Any, kept: Kept) -> None:
    taken = client.disassociate_faces(CollectionId="mine", UserId="ann", FaceIds=[kept.ann])
    assert taken["DisassociatedFaces"] == [{"FaceId": kept.ann}]
    assert taken["UnsuccessfulFaceDisassociations"] == []
    assert taken["UserStatus"] == "UPDATING"


@call
def search_users(client: Any, kept: Kept) -> None:
    searched = client.search_users(CollectionId="mine", FaceId=kept.ann)
    (match,) = searched["UserMatches"]
    assert match["User"] == {"UserId": "ann", "UserStatus": "ACTIVE"}
    assert searched["SearchedFace"] == {"FaceId": kept.ann}


@call
def search_users_by_image(client: Any, kept: Kept) -> None:
    searched = client.search_users_by_image(CollectionId="mine", Image=SELFIE)
    (match,) = searched["UserMatches"]
    assert match["User"]["UserId"] == "ann"
    assert match["Similarity"] >= 99.9
    assert searched["UnsearchedFaces"] == []


@call
def delete_user(client: Any, kept: Kept) -> None:
    client.delete_user(CollectionId="mine", UserId="ann")
    assert users(client) == []
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.delete_user(CollectionId="mine", UserId="ann")


def users(client: Any) -> list[Any]:
    """The users of the collection."""
    return listed(client, "list_users", "Users", CollectionId="mine")


# Pictures


@call
def detect_labels(client: Any, kept: Kept) -> None:
    features = ["GENERAL_LABELS", "IMAGE_PROPERTIES"]
    found = client.detect_labels(Image=PARTY, Features=features)
    assert found["Labels"][0]["Confidence"] >= 55
    assert found["ImageProperties"]["DominantColors"][0]["HexCode"].startswith("#")


@call
def detect_moderation_labels(client: Any, kept: Kept) -> None:
    rated = [
        client.detect_moderation_labels(Image={"S3Object": {"Bucket": "abc", "Name": str(number)}})
        for number in range(9)
    ]
    labels = [label for found in rated for label in found["ModerationLabels"]]
    assert {label["TaxonomyLevel"] for label in labels} >= {1, 2}
    assert {found["ModerationModelVersion"] for found in rated} == {"7.0"}


@call
def detect_text(client: Any, kept: Kept) -> None:
    found = client.detect_text(Image=PARTY)["TextDetections"]
    assert {item["Type"] for item in found} == {"LINE", "WORD"}
    with pytest.raises(client.exceptions.InvalidImageFormatException):
        client.detect_text(Image={"Bytes": b"text"})


@call
def detect_protective_equipment(client: Any, kept: Kept) -> None:
    wanted = {"MinConfidence": 80, "RequiredEquipmentTypes": ["FACE_COVER"]}
    found = client.detect_protective_equipment(Image=PARTY, SummarizationAttributes=wanted)
    numbers = [person["Id"] for person in found["Persons"]]
    assert numbers[0] == 0
    assert set(found["Summary"]) == {
        "PersonsWithRequiredEquipment",
        "PersonsWithoutRequiredEquipment",
        "PersonsIndeterminate",
    }
    assert sorted(number for some in found["Summary"].values() for number in some) == numbers


@call
def recognize_celebrities(client: Any, kept: Kept) -> None:
    found = client.recognize_celebrities(Image={"S3Object": {"Bucket": "abc", "Name": "3"}})
    assert found["CelebrityFaces"][0]["Name"]
    assert found["UnrecognizedFaces"] is not None


@call
def get_celebrity_info(client: Any, kept: Kept) -> None:
    found = client.recognize_celebrities(Image={"S3Object": {"Bucket": "abc", "Name": "3"}})
    for celebrity in found["CelebrityFaces"]:
        assert client.get_celebrity_info(Id=celebrity["Id"])["Name"] == celebrity["Name"]
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.get_celebrity_info(Id="nobody1")


@call
def detect_custom_labels(client: Any, kept: Kept) -> None:
    found = client.detect_custom_labels(
        Image=PARTY, ProjectVersionArn=kept.running, MinConfidence=0
    )
    assert [label["Name"] for label in found["CustomLabels"]] == ["owl"]
    with pytest.raises(client.exceptions.ResourceNotReadyException):
        client.detect_custom_labels(Image=PARTY, ProjectVersionArn=kept.trained)


# Videos


def start_job(kind: str, client: Any, kept: Kept) -> None:
    """Starts a job, once for its token; a channel is taken, and nothing is published on it."""
    channel = {
        "SNSTopicArn": "arn:aws:sns:us-east-1:123456789012:AmazonRekognitionJobs",
        "RoleArn": "arn:aws:iam::123456789012:role/Rekognition",
    }
    job_id = new_job(client, kind, NotificationChannel=channel, ClientRequestToken="once")
    assert len(job_id) == 64
    assert job_id != kept.jobs[kind]
    assert new_job(client, kind, NotificationChannel=channel, ClientRequestToken="once") == job_id


def get_job(kind: str, client: Any, kept: Kept) -> None:
    """Reads two pages of what a job found."""
    items, _ = VIDEO_JOBS[kind]
    job = {"JobId": kept.jobs[kind], "MaxResults": 2}
    get = getattr(client, f"get_{kind}")
    page = get(**job)
    assert (page["JobStatus"], page["JobTag"], page["Video"]) == ("SUCCEEDED", "boto3", VIDEO)
    assert page["VideoMetadata"]
    assert len(page[items]) == 2
    more = get(**job, NextToken=page["NextToken"])
    assert more[items]
    assert more[items] != page[items]
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        get(JobId="0" * 64)


for _kind in VIDEO_JOBS:
    CALLS[f"start_{_kind}"] = partial(start_job, _kind)
    CALLS[f"get_{_kind}"] = partial(get_job, _kind)


# Media analysis


@call
def start_media_analysis_job(client: Any, kept: Kept) -> None:
    job_id = new_analysis(client)
    assert job_id != kept.analysis
    assert client.get_media_analysis_job(JobId=job_id)["Status"] == "SUCCEEDED"


@call
def get_media_analysis_job(client: Any, kept: Kept) -> None:
    job = client.get_media_analysis_job(JobId=kept.analysis)
    assert job["Status"] == "SUCCEEDED"
    assert (job["CreationTimestamp"], job["CompletionTimestamp"]) == (NOW, NOW)
    assert job["Results"]["S3Object"]["Name"] == f"{kept.analysis}/results.jsonl"


@call
def list_media_analysis_jobs(client: Any, kept: Kept) -> None:
    job = client.get_media_analysis_job(JobId=kept.analysis)
    del job["ResponseMetadata"]
    assert client.list_media_analysis_jobs()["MediaAnalysisJobs"] == [job]


# Liveness


@call
def create_face_liveness_session(client: Any, kept: Kept) -> None:
    token = {"ClientRequestToken": "once"}
    session_id = client.create_face_liveness_session(**token)["SessionId"]
    assert session_id != kept.session
    assert client.create_face_liveness_session(**token)["SessionId"] == session_id


@call
def get_face_liveness_session_results(client: Any, kept: Kept) -> None:
    found = client.get_face_liveness_session_results(SessionId=kept.session)
    assert (found["SessionId"], found["Status"]) == (kept.session, "SUCCEEDED")
    assert found["ReferenceImage"]["Bytes"].startswith(b"\x89PNG")
    assert len(found["AuditImages"]) == 2
    with pytest.raises(client.exceptions.SessionNotFoundException):
        client.get_face_liveness_session_results(SessionId=NOBODY)


# Projects and their policies


@call
def create_project(client: Any, kept: Kept) -> None:
    created = client.create_project(ProjectName="nests")
    assert created["ProjectArn"] == f"{ARN}:project/nests/{MILLISECONDS}"
    with pytest.raises(client.exceptions.ResourceInUseException):
        client.create_project(ProjectName="nests")


@call
def describe_projects(client: Any, kept: Kept) -> None:
    (project,) = listed(client, "describe_projects", "ProjectDescriptions")
    assert (project["ProjectArn"], project["Status"]) == (kept.project, "CREATED")
    assert project["CreationTimestamp"] == NOW
    assert [dataset["DatasetArn"] for dataset in project["Datasets"]] == [kept.train, kept.test]


@call
def delete_project(client: Any, kept: Kept) -> None:
    with pytest.raises(client.exceptions.ResourceInUseException):
        client.delete_project(ProjectArn=kept.project)
    nests = client.create_project(ProjectName="nests")["ProjectArn"]
    assert client.delete_project(ProjectArn=nests)["Status"] == "DELETING"
    (project,) = client.describe_projects()["ProjectDescriptions"]
    assert project["ProjectArn"] == kept.project


@call
def put_project_policy(client: Any, kept: Kept) -> None:
    policy = {"ProjectArn": kept.project, "PolicyName": "new"}
    revision = client.put_project_policy(**policy, PolicyDocument=POLICY)["PolicyRevisionId"]
    assert [found["PolicyRevisionId"] for found in policies(client, kept)][-1] == revision
    with pytest.raises(client.exceptions.MalformedPolicyDocumentException):
        client.put_project_policy(**policy, PolicyDocument="{")


@call
def list_project_policies(client: Any, kept: Kept) -> None:
    (found,) = policies(client, kept)
    assert (found["PolicyName"], found["ProjectArn"]) == ("open", kept.project)
    assert json.loads(found["PolicyDocument"]) == json.loads(POLICY)
    assert found["CreationTimestamp"] == NOW


@call
def delete_project_policy(client: Any, kept: Kept) -> None:
    client.delete_project_policy(ProjectArn=kept.project, PolicyName="open")
    assert policies(client, kept) == []


def policies(client: Any, kept: Kept) -> list[Any]:
    """The policies of the project."""
    project = {"ProjectArn": kept.project}
    return listed(client, "list_project_policies", "ProjectPolicies", **project)


# Datasets


@call
def create_dataset(client: Any, kept: Kept) -> None:
    nests = client.create_project(ProjectName="nests")["ProjectArn"]
    copy = client.create_dataset(
        ProjectArn=nests, DatasetType="TRAIN", DatasetSource={"DatasetArn": kept.train}
    )["DatasetArn"]
    assert copy == f"{ARN}:project/nests/dataset/train/{MILLISECONDS}"
    assert total(client, copy) == 5


@call
def describe_dataset(client: Any, kept: Kept) -> None:
    found = client.describe_dataset(DatasetArn=kept.train)["DatasetDescription"]
    assert found["Status"] == "UPDATE_COMPLETE"
    assert (found["CreationTimestamp"], found["LastUpdatedTimestamp"]) == (NOW, NOW)
    assert found["DatasetStats"] == {
        "LabeledEntries": 5,
        "TotalEntries": 5,
        "TotalLabels": 1,
        "ErrorEntries": 0,
    }


@call
def update_dataset_entries(client: Any, kept: Kept) -> None:
    content = lines(image("0.jpg", "wren"), image("5.jpg", "wren"))
    client.update_dataset_entries(DatasetArn=kept.train, Changes={"GroundTruth": content})
    assert total(client, kept.train) == 6


@call
def list_dataset_entries(client: Any, kept: Kept) -> None:
    entries = listed(client, "list_dataset_entries", "DatasetEntries", DatasetArn=kept.train)
    sources = [json.loads(entry)["source-ref"] for entry in entries]
    assert sources == [f"s3://photos/{number}.jpg" for number in range(5)]


@call
def list_dataset_labels(client: Any, kept: Kept) -> None:
    dataset = {"DatasetArn": kept.train}
    (label,) = listed(client, "list_dataset_labels", "DatasetLabelDescriptions", **dataset)
    stats = {"EntryCount": 5, "BoundingBoxCount": 0}
    assert label == {"LabelName": "owl", "LabelStats": stats}


@call
def distribute_dataset_entries(client: Any, kept: Kept) -> None:
    client.distribute_dataset_entries(Datasets=[{"Arn": kept.train}, {"Arn": kept.test}])
    assert [total(client, arn) for arn in (kept.train, kept.test)] == [4, 1]


@call
def delete_dataset(client: Any, kept: Kept) -> None:
    client.delete_dataset(DatasetArn=kept.test)
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.describe_dataset(DatasetArn=kept.test)


def total(client: Any, arn: str) -> int:
    """How many entries a dataset has."""
    found = client.describe_dataset(DatasetArn=arn)["DatasetDescription"]
    return int(found["DatasetStats"]["TotalEntries"])


# Model versions


@call
def create_project_version(client: Any, kept: Kept) -> None:
    created = client.create_project_version(
        ProjectArn=kept.project, VersionName="v3", OutputConfig=OUTPUT
    )
    assert created["ProjectVersionArn"] == f"{ARN}:project/birds/version/v3/{MILLISECONDS}"
    assert status_of(client, kept, created["ProjectVersionArn"]) == "TRAINING_COMPLETED"


@call
def describe_project_versions(client: Any, kept: Kept) -> None:
    versions = listed(
        client,
        "describe_project_versions",
        "ProjectVersionDescriptions",
        ProjectArn=kept.project,
    )
    assert [version["ProjectVersionArn"] for version in versions] == [kept.trained, kept.running]
    assert [version["Status"] for version in versions] == ["TRAINING_COMPLETED", "RUNNING"]
    for version in versions:
        assert (version["CreationTimestamp"], version["TrainingEndTimestamp"]) == (NOW, NOW)
        assert version["OutputConfig"] == OUTPUT
        assert 0.8 <= version["EvaluationResult"]["F1Score"] <= 1


@call
def start_project_version(client: Any, kept: Kept) -> None:
    version = {"ProjectVersionArn": kept.trained, "MinInferenceUnits": 1}
    assert client.start_project_version(**version)["Status"] == "STARTING"
    assert status_of(client, kept, kept.trained) == "RUNNING"


@call
def stop_project_version(client: Any, kept: Kept) -> None:
    assert client.stop_project_version(ProjectVersionArn=kept.running)["Status"] == "STOPPING"
    assert status_of(client, kept, kept.running) == "STOPPED"


@call
def copy_project_version(client: Any, kept: Kept) -> None:
    copy = client.copy_project_version(
        SourceProjectArn=kept.project,
        SourceProjectVersionArn=kept.running,
        DestinationProjectArn=kept.project,
        VersionName="copy",
        OutputConfig=OUTPUT,
    )["ProjectVersionArn"]
    assert status_of(client, kept, copy) == "COPYING_COMPLETED"


@call
def delete_project_version(client: Any, kept: Kept) -> None:
    deleted = client.delete_project_version(ProjectVersionArn=kept.trained)
    assert deleted["Status"] == "DELETING"
    assert status_of(client, kept, kept.trained) is None
    with pytest.raises(client.exceptions.ResourceInUseException):
        client.delete_project_version(ProjectVersionArn=kept.running)


def status_of(client: Any, kept: Kept, arn: str) -> Any:
    """The status of a version of the project; None where there is none."""
    page = client.describe_project_versions(ProjectArn=kept.project)
    statuses = {
        version["ProjectVersionArn"]: version["Status"]
        for version in page["ProjectVersionDescriptions"]
    }
    return statuses.get(arn)


# Stream processors


@call
def create_stream_processor(client: Any, kept: Kept) -> None:
    assert new_stream(client, "gate") == f"{ARN}:streamprocessor/gate"
    with pytest.raises(client.exceptions.ResourceInUseException):
        new_stream(client, "gate")


@call
def describe_stream_processor(client: Any, kept: Kept) -> None:
    found = client.describe_stream_processor(Name="door")
    assert (found["StreamProcessorArn"], found["Status"]) == (kept.stream, "STOPPED")
    assert (found["CreationTimestamp"], found["LastUpdateTimestamp"]) == (NOW, NOW)
    assert found["Settings"] == {"ConnectedHome": {"Labels": ["ALL"]}}


@call
def update_stream_processor(client: Any, kept: Kept) -> None:
    client.update_stream_processor(Name="door", DataSharingPreferenceForUpdate={"OptIn": True})
    found = client.describe_stream_processor(Name="door")
    assert found["DataSharingPreference"] == {"OptIn": True}


@call
def start_stream_processor(client: Any, kept: Kept) -> None:
    assert start_stream(client, "door")
    assert client.describe_stream_processor(Name="door")["Status"] == "RUNNING"


@call
def list_stream_processors(client: Any, kept: Kept) -> None:
    new_stream(client, "gate")
    start_stream(client, "door")
    assert listed(client, "list_stream_processors", "StreamProcessors") == [
        {"Name": "door", "Status": "RUNNING"},
        {"Name": "gate", "Status": "STOPPED"},
    ]


@call
def stop_stream_processor(client: Any, kept: Kept) -> None:
    start_stream(client, "door")
    client.stop_stream_processor(Name="door")
    assert client.describe_stream_processor(Name="door")["Status"] == "STOPPED"


@call
def delete_stream_processor(client: Any, kept: Kept) -> None:
    client.delete_stream_processor(Name="door")
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.describe_stream_processor(Name="door")


# Tags


@call
def tag_resource(client: Any, kept: Kept) -> None:
    client.tag_resource(ResourceArn=kept.project, Tags={"team": "birds", "cost": "7"})
    assert tags(client, kept.project) == {"team": "birds", "cost": "7"}


@call
def untag_resource(client: Any, kept: Kept) -> None:
    client.untag_resource(ResourceArn=kept.stream, TagKeys=["team"])
    assert tags(client, kept.stream) == {}


@call
def list_tags_for_resource(client: Any, kept: Kept) -> None:
    assert tags(client, f"{ARN}:collection/mine") == {"team": "vision"}
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        tags(client, f"{ARN}:collection/mine-not")


def tags(client: Any, arn: str) -> Any:
    """The tags of something."""
    return client.list_tags_for_resource(ResourceArn=arn)["Tags"]
