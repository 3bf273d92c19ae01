// Bundles one configuration of rollup.config.mjs, apart from the others.
import { workerData } from "node:worker_threads";
import configurations from "../../../rollup.config.mjs";
import { bundleName, writeBundle } from "./bundle.mjs";

await writeBundle(configurations.find((options) => bundleName(options) === workerData));
