// npm run version -- 0.2.0: sets the version of all packages, in every place where it stands. Without an argument, prints the places.
import { readVersions, setVersion } from "./lib/versions.mjs";

const [version] = process.argv.slice(2);
if (version !== undefined) setVersion(version);
for (const place of readVersions()) console.log(`${place.version}  ${place.file}`);
