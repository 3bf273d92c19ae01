/** The fields of a twin whose names are case-insensitive, and the fields below them. Names in tags and properties aren't. */
const fields: Readonly<Record<string, readonly string[]>> = {
  deviceId: [],
  moduleId: [],
  etag: [],
  deviceEtag: [],
  status: [],
  statusReason: [],
  statusUpdateTime: [],
  connectionState: [],
  lastActivityTime: [],
  cloudToDeviceMessageCount: [],
  authenticationType: [],
  x509Thumbprint: ["primaryThumbprint", "secondaryThumbprint"],
  modelId: [],
  version: [],
  tags: [],
  properties: ["desired", "reported"],
  capabilities: ["iotEdge"],
  deviceScope: [],
  parentScopes: [],
  configurations: [],
  jobId: [],
  jobType: [],
  startTimeUtc: [],
  endTimeUtc: [],
  createdDateTimeUtc: [],
  lastUpdatedDateTimeUtc: [],
  outcome: ["deviceMethodResponse"],
  error: ["code", "description"],
};

const fieldNames = Object.keys(fields);

/** Returns a path with the names that its row has. */
export type PathReader = (path: readonly (string | number)[]) => readonly (string | number)[];

/** Returns a path with the names as a twin has them, without `devices.`, `devices.modules.` or `devices.jobs.` before them. */
export function canonicalPath(path: readonly (string | number)[]): readonly (string | number)[] {
  const [head, ...tail] = path;
  if (tail.length > 0 && sameName(head, "devices")) {
    const isCollection = sameName(tail[0], "jobs") || sameName(tail[0], "modules");
    return canonicalPath(tail.length > 1 && isCollection ? tail.slice(1) : tail);
  }
  // The documentation's example has this name, and its result the other one.
  if (sameName(head, "createdTimeUtc")) return ["createdDateTimeUtc", ...tail];
  const field = fieldNames.find((name) => sameName(head, name));
  if (field === undefined) return path;
  const [next, ...more] = tail;
  if (next === undefined) return [field];
  return [field, (fields[field] ?? []).find((name) => sameName(next, name)) ?? next, ...more];
}

/** Returns a path with the name of a message's property in lower case: their case doesn't matter. */
export function messagePath([head = "", ...tail]: readonly (string | number)[]): readonly (
  | string
  | number
)[] {
  return [typeof head === "string" ? head.toLowerCase() : head, ...tail];
}

function sameName(given: string | number | undefined, name: string): boolean {
  return typeof given === "string" && given.toLowerCase() === name.toLowerCase();
}
