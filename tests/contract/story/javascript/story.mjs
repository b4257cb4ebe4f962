// The story as the AWS SDK for JavaScript v3 tells it; the argument is the folder with its files.
// What it tells is described in ../observed.py.

import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

import {
  Rekognition,
  ResourceNotFoundException,
  paginateDescribeProjects,
  paginateDescribeProjectVersions,
  paginateGetLabelDetection,
  paginateListCollections,
  paginateListDatasetEntries,
  paginateListFaces,
  paginateListUsers,
  waitUntilProjectVersionRunning,
  waitUntilProjectVersionTrainingCompleted,
} from "@aws-sdk/client-rekognition";

const folder = process.argv[2];
const client = new Rekognition();
const waiting = { client, maxWaitTime: 60, minDelay: 0.001, maxDelay: 0.001 };

async function people() {
  const CollectionId = "guests";
  const created = await client.createCollection({ CollectionId });
  const described = await client.describeCollection({ CollectionId });
  const group = await readFile(join(folder, "group.jpg"));
  const smaller = await readFile(join(folder, "smaller.jpg"));
  const indexed = await client.indexFaces({
    CollectionId,
    Image: { Bytes: group },
    ExternalImageId: "party",
  });
  const faces = indexed.FaceRecords.map((record) => record.Face);
  const ids = faces.map((face) => face.FaceId);
  const facesFound = await client.searchFacesByImage({ CollectionId, Image: { Bytes: smaller } });

  const user = { CollectionId, UserId: "ann" };
  await client.createUser(user);
  const unknown = "00000000-0000-4000-8000-000000000000";
  const associated = await client.associateFaces({ ...user, FaceIds: [ids[0], unknown] });
  const users = await listed(paginateListUsers, "Users", { CollectionId });
  const usersFound = await client.searchUsers({ CollectionId, FaceId: ids[0] });

  const taken = await client.disassociateFaces({ ...user, FaceIds: [ids[0]] });
  await client.deleteUser(user);
  const deleted = await client.deleteFaces({ CollectionId, FaceIds: ids });
  const { StatusCode } = await client.deleteCollection({ CollectionId });
  return {
    collection_arn: created.CollectionArn,
    created_at: described.CreationTimestamp.getTime() / 1000,
    faces,
    faces_found: facesFound.FaceMatches.map((match) => [match.Face.FaceId, match.Similarity]),
    association: [
      associated.AssociatedFaces,
      associated.UnsuccessfulFaceAssociations,
      associated.UserStatus,
    ],
    users,
    users_found: usersFound.UserMatches.map((match) => [match.User.UserId, match.Similarity]),
    deleted: [taken.DisassociatedFaces, deleted.DeletedFaces, StatusCode],
  };
}

async function crowd() {
  const CollectionId = "crowd";
  const faces = await listed(paginateListFaces, "Faces", { CollectionId }, 1000);
  const { StatusCode } = await client.deleteCollection({ CollectionId });
  const ids = faces.map((face) => face.FaceId);
  return {
    count: ids.length,
    digest: createHash("sha256").update(ids.join("\n")).digest("hex"),
    members: [...new Set(faces.flatMap(Object.keys))].sort(),
    deleted: StatusCode,
  };
}

async function film() {
  const Video = { S3Object: { Bucket: "films", Name: "market.mp4" } };
  const { JobId } = await client.startLabelDetection({ Video });
  const statuses = [];
  do {
    // Only a job that is over has a listing.
    statuses.push((await client.getLabelDetection({ JobId, MaxResults: 2 })).JobStatus);
  } while (statuses.at(-1) === "IN_PROGRESS");
  const pages = [];
  for await (const page of paginateGetLabelDetection({ client, pageSize: 2 }, { JobId })) {
    pages.push(
      page.Labels.map(({ Timestamp, Label }) => [Timestamp, Label.Name, Label.Confidence]),
    );
  }
  return { job_id: JobId, statuses, pages };
}

async function model() {
  const project = await client.createProject({
    ProjectName: "birds",
    Tags: { team: "vision", cost: "7" },
  });
  const { ProjectArn } = project;
  const tags = [(await client.listTagsForResource({ ResourceArn: ProjectArn })).Tags];
  await client.untagResource({ ResourceArn: ProjectArn, TagKeys: ["cost"] });
  tags.push((await client.listTagsForResource({ ResourceArn: ProjectArn })).Tags);

  const manifest = await readFile(join(folder, "birds.manifest"));
  const datasets = [];
  for (const DatasetType of ["TRAIN", "TEST"]) {
    const { DatasetArn } = await client.createDataset({ ProjectArn, DatasetType });
    await client.updateDatasetEntries({ DatasetArn, Changes: { GroundTruth: manifest } });
    datasets.push({ DatasetArn });
  }
  const entries = await listed(paginateListDatasetEntries, "DatasetEntries", datasets[0], 3);

  const { ProjectVersionArn } = await client.createProjectVersion({
    ProjectArn,
    VersionName: "v1",
    OutputConfig: { S3Bucket: "results" },
  });
  const version = { ProjectArn, VersionNames: ["v1"] };
  const statuses = [];
  const wait = async (waiter) => {
    await waiter(waiting, version);
    const descriptions = "ProjectVersionDescriptions";
    const [found] = await listed(paginateDescribeProjectVersions, descriptions, version);
    statuses.push(found.Status);
  };
  await wait(waitUntilProjectVersionTrainingCompleted);
  await client.startProjectVersion({ ProjectVersionArn, MinInferenceUnits: 1 });
  await wait(waitUntilProjectVersionRunning);
  const { CustomLabels } = await client.detectCustomLabels({
    ProjectVersionArn,
    Image: { S3Object: { Bucket: "photos", Name: "garden.jpg" } },
    MinConfidence: 0,
  });

  const stopped = await client.stopProjectVersion({ ProjectVersionArn });
  const versionGone = await client.deleteProjectVersion({ ProjectVersionArn });
  for (const dataset of datasets) {
    await client.deleteDataset(dataset);
  }
  const projectGone = await client.deleteProject({ ProjectArn });
  return {
    version_arn: ProjectVersionArn,
    images: entries.map((entry) => JSON.parse(entry)["source-ref"]),
    tags,
    statuses,
    labels: CustomLabels,
    deleted: [stopped.Status, versionGone.Status, projectGone.Status],
  };
}

async function nobody() {
  try {
    await client.describeCollection({ CollectionId: "nobody" });
  } catch (error) {
    if (error instanceof ResourceNotFoundException) {
      return { code: error.name, message: error.message };
    }
    throw error;
  }
  throw new Error("somebody");
}

async function left() {
  return {
    collections: await listed(paginateListCollections, "CollectionIds", {}),
    projects: await listed(paginateDescribeProjects, "ProjectDescriptions", {}),
  };
}

/** All that a paginator of the SDK gives. */
async function listed(paginate, items, input, pageSize) {
  const all = [];
  for await (const page of paginate({ client, pageSize }, input)) {
    all.push(...page[items]);
  }
  return all;
}

console.log(
  JSON.stringify({
    people: await people(),
    crowd: await crowd(),
    film: await film(),
    model: await model(),
    nobody: await nobody(),
    left: await left(),
  }),
);
