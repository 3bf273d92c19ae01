// npm run pack: builds what has changed, and writes the packages as tarballs into the folder `tarballs`.
import { mkdir, rm } from "node:fs/promises";
import { join, relative } from "node:path";
import { pack } from "./lib/packing.mjs";
import { prepare } from "./lib/prepare.mjs";
import { root } from "./lib/run.mjs";

await prepare();
const folder = join(root, "tarballs");
await rm(folder, { recursive: true, force: true });
await mkdir(folder);
for (const file of await pack(folder)) console.log(relative(root, file));
