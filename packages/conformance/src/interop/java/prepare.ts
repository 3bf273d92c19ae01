import { execFile } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { root } from "../../files.ts";
import { exclusively } from "../exclusively.ts";
import { missingTool } from "../skipping.ts";

const run = promisify(execFile);

/** The reason why Java programs can't be built, if there is one. */
export const missingJava: string | undefined =
  (await missingTool("mvn", ["--version"])) ?? (await missingTool("javac", ["-version"]));

/** Runs Maven in a folder. */
export async function maven(args: readonly string[], cwd: string): Promise<void> {
  await exclusively("maven", () => run("mvn", ["-q", "-B", ...args], { cwd }));
}

/** A Java program with the libraries of its pom.xml. */
export interface JavaSource {
  /** A folder of `interop`, with a pom.xml and the classes. */
  readonly project: string;
  readonly classes: readonly string[];
}

/**
 * Compiles programs, and creates a trust store.
 *
 * @param folder - for the classes and the trust store
 * @param ca - the file of the certificate to trust
 * @returns the arguments for `java`, without the name of the class
 */
export async function buildJava(
  { project, classes }: JavaSource,
  folder: string,
  ca: string,
): Promise<string[]> {
  const sources = join(root, "packages/conformance/src/interop", project);
  const libraries = join(root, "node_modules/.cache/isohub-interop", project);
  await mkdir(libraries, { recursive: true });
  const pom = join(sources, "pom.xml");
  const copy = ["-f", pom, "dependency:copy-dependencies", `-DoutputDirectory=${libraries}`];
  await maven(copy, folder);
  const classPath = [join(libraries, "*"), folder].join(delimiter);
  const files = classes.map((name) => join(sources, `${name}.java`));
  await run("javac", ["-cp", classPath, "-d", folder, ...files]);
  return [...(await trusting(ca, folder)), "-cp", classPath];
}

/** Creates a trust store with a certificate. Returns the arguments for `java` that use it. */
export async function trusting(ca: string, folder: string): Promise<string[]> {
  const trust = join(folder, "trust.p12");
  const store = ["-keystore", trust, "-storetype", "PKCS12", "-storepass", "changeit"];
  await run("keytool", ["-importcert", "-noprompt", "-alias", "hub", "-file", ca, ...store]);
  return [`-Djavax.net.ssl.trustStore=${trust}`, "-Djavax.net.ssl.trustStorePassword=changeit"];
}
