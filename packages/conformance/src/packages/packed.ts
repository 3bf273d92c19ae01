import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { packageNamed, packages } from "../../../../scripts/lib/packages.mjs";
import { pack, tarballName } from "../../../../scripts/lib/packing.mjs";

const run = promisify(execFile);

/** The name of a published package's folder. */
export type PackageName = string;
export const packageNames: readonly PackageName[] = packages
  .filter(({ isPublished }) => isPublished)
  .map(({ name }) => name);

/** The packages as they are published, and a project that has installed them. */
export class Packed {
  readonly folder: string;
  readonly #tarballs: string;
  /** The folder of the project, from which nothing in this workspace can be found. */
  readonly project: string;

  constructor(folder: string, tarballs: string = folder) {
    this.folder = folder;
    this.#tarballs = tarballs;
    this.project = join(folder, "project");
  }

  static async create(names: readonly PackageName[] = packageNames): Promise<Packed> {
    const folder = await mkdtemp(join(tmpdir(), "isohub-packed-"));
    const packed = new Packed(folder);
    await pack(folder, names);
    await packed.#install(names);
    return packed;
  }

  /** Creates another project that has installed some of the packages. */
  async other(names: readonly PackageName[]): Promise<Packed> {
    const other = new Packed(await mkdtemp(join(tmpdir(), "isohub-packed-")), this.#tarballs);
    await other.#install(names);
    return other;
  }

  async #install(names: readonly PackageName[]): Promise<void> {
    await mkdir(this.project);
    const manifest = { name: "project", private: true, type: "module" };
    await writeFile(join(this.project, "package.json"), JSON.stringify(manifest));
    const tarballs = names.map((name) => this.#tarball(name));
    await run("npm", ["install", "--no-audit", "--no-fund", ...tarballs], { cwd: this.project });
    await this.#expectTarballs();
  }

  /** Checks that none of our packages is from a registry. */
  async #expectTarballs(): Promise<void> {
    const lock = JSON.parse(await readFile(join(this.project, "package-lock.json"), "utf8"));
    for (const { manifest } of packages) {
      const { resolved = "file:" } = lock.packages[`node_modules/${manifest.name}`] ?? {};
      if (!resolved.startsWith("file:")) throw new Error(`${manifest.name} was installed from ${resolved}`);
    }
  }

  async tarball(name: PackageName): Promise<Uint8Array> {
    return readFile(this.#tarball(name));
  }

  /** Returns the file names in a package. */
  async files(name: PackageName): Promise<string[]> {
    const { stdout } = await run("tar", ["-tzf", this.#tarball(name)]);
    return stdout
      .trim()
      .split("\n")
      .map((path) => path.replace(/^package\//, ""));
  }

  read(name: PackageName, path: string): Promise<string> {
    return readFile(join(this.project, "node_modules", packageNamed(name).manifest.name, path), "utf8");
  }

  /** Writes a file in the project. @returns its name */
  async write(name: string, content: string): Promise<string> {
    await writeFile(join(this.project, name), content);
    return name;
  }

  /** Runs a program in the project. @returns its standard output */
  async run(program: string, args: string[], env: Record<string, string> = {}): Promise<string> {
    try {
      const { stdout } = await run(program, args, {
        cwd: this.project,
        env: { ...process.env, ...env },
      });
      return stdout.trim();
    } catch (error) {
      const { stdout, stderr } = error as { stdout?: string; stderr?: string };
      throw new Error(`${program} ${args.join(" ")} failed\n${stdout}\n${stderr}`, { cause: error });
    }
  }

  remove(): Promise<void> {
    return rm(this.folder, { recursive: true });
  }

  #tarball(name: PackageName): string {
    return join(this.#tarballs, tarballName(packageNamed(name).manifest));
  }
}
