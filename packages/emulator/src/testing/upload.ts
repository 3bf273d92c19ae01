import { deviceToken } from "./device.ts";
import type { TestBench } from "./emulator.ts";
import { https } from "./https.ts";

/** The query of every request. */
export const version = "api-version=2021-04-12";

/** The blob of an upload, as the hub returns it. */
export interface UploadTarget {
  readonly correlationId: string;
  readonly hostName: string;
  readonly containerName: string;
  readonly blobName: string;
  readonly sasToken: string;
}

/** A device, with the parts of its requests. */
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

/** Requests an upload. */
export async function requestUpload(
  bench: TestBench,
  { path, authorization }: Omit<Uploader, "id">,
  blobName: string,
): Promise<UploadTarget> {
  const options = { headers: { authorization }, body: { blobName } };
  const { status, text, json } = await https(bench.hub, `${path}?${version}`, options);
  if (status !== 200) throw new Error(`no upload of '${blobName}': ${status} ${text}`);
  return json as UploadTarget;
}

/** Returns the path of a blob with its SAS, each segment encoded. */
export function pathOf({ containerName, blobName, sasToken }: UploadTarget): string {
  return `/${containerName}/${blobName.split("/").map(encodeURIComponent).join("/")}${sasToken}`;
}
