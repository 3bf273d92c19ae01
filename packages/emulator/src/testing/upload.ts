import { deviceToken } from "./device.ts";
import type { TestBench } from "./emulator.ts";
import { https } from "./https.ts";

/** For tests of uploads: the first of a file waits for a process to start. */
export const slow = { timeout: 60_000 };

/** The query of every request. */
export const version = "api-version=2021-04-12";

/** Where to put a blob, as the hub says it. */
export interface Place {
  readonly correlationId: string;
  readonly hostName: string;
  readonly containerName: string;
  readonly blobName: string;
  readonly sasToken: string;
}

/** A device with what its requests carry. */
export interface Uploader {
  readonly id: string;
  readonly authorization: string;
  readonly path: string;
}

/** Registers a device. */
export async function newUploader(bench: TestBench, id?: string): Promise<Uploader> {
  if (id !== undefined) await bench.hub.createDevice(id);
  const deviceId = id ?? (await bench.newDevice());
  const authorization = await deviceToken(bench.hub, deviceId);
  return { id: deviceId, authorization, path: `/devices/${encodeURIComponent(deviceId)}/files` };
}

/** Asks for a place. */
export async function placeFor(
  bench: TestBench,
  { path, authorization }: Omit<Uploader, "id">,
  blobName: string,
): Promise<Place> {
  const options = { headers: { authorization }, body: { blobName } };
  const { status, text, json } = await https(bench.hub, `${path}?${version}`, options);
  if (status !== 200) throw new Error(`there is no place for '${blobName}': ${status} ${text}`);
  return json as Place;
}

/** The path of a blob with its signature, each segment encoded. */
export function pathOf({ containerName, blobName, sasToken }: Place): string {
  return `/${containerName}/${blobName.split("/").map(encodeURIComponent).join("/")}${sasToken}`;
}
