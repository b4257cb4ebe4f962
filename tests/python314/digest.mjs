// Runs models_digest.py on CPython 3.14, as Pyodide carries it: node digest.mjs FOLDER
// FOLDER has `packages`, what Python imports, and `documents.json`; the digest goes to stdout.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { loadPyodide } from "pyodide";

const folder = process.argv[2];
const python = await loadPyodide({ stdout: () => {}, stderr: console.error });
python.mountNodeFS("/packages", join(folder, "packages"));
python.globals.set("documents", readFileSync(join(folder, "documents.json"), "utf-8"));
// Without this Node prints Pyodide's own source, a line of megabytes.
process.on("uncaughtException", (error) => {
  console.error(error.message);
  process.exit(1);
});
const digest = python.runPython(`
import json, sys, warnings

warnings.simplefilter("error")
sys.dont_write_bytecode = True
sys.path.insert(0, "/packages")
import models_digest

json.dumps(models_digest.digest(json.loads(documents)))
`);
process.stdout.write(digest);
