import { decodeBase64, encodeBase64, encodePercent, hmacSha256, utf8 } from "@isohub/core/internal";

/** A storage account. */
export interface StorageAccount {
  readonly name: string;
  /** base64 */
  readonly key: string;
}

const version = "2018-11-09";

/**
 * Signs a SAS for one blob.
 *
 * @param permissions - `r` to read, `w` to write
 * @returns the query string, with its `?`
 * @source Azure Storage REST, "Create a service SAS", version 2018-11-09
 */
export async function signBlob(
  account: StorageAccount,
  container: string,
  blobName: string,
  permissions: "r" | "rw",
  expiry: Date,
): Promise<string> {
  const se = seconds(expiry);
  const resource = `/blob/${account.name}/${container}/${blobName}`;
  // Start, identifier, address, protocol, snapshot and the five response headers are not restricted.
  const fields = [permissions, "", se, resource, "", "", "", version, "b", "", "", "", "", "", ""];
  const sig = await sign(account, fields.join("\n"));
  return query({ sv: version, sr: "b", se, sp: permissions, sig });
}

/**
 * Signs a SAS for a container: reading, writing, deleting and listing its blobs.
 *
 * @returns the query string, with its `?`
 * @source Azure Storage REST, "Create a service SAS", version 2018-11-09
 */
export async function signContainer(
  account: StorageAccount,
  container: string,
  expiry: Date,
): Promise<string> {
  const se = seconds(expiry);
  const permissions = "racwdl";
  const resource = `/blob/${account.name}/${container}`;
  const fields = [permissions, "", se, resource, "", "", "", version, "c", "", "", "", "", "", ""];
  const sig = await sign(account, fields.join("\n"));
  return query({ sv: version, sr: "c", se, sp: permissions, sig });
}

/**
 * Signs a SAS for the blob service of the account.
 *
 * @source Azure Storage REST, "Create an account SAS"
 */
export async function signAccount(account: StorageAccount, expiry: Date): Promise<string> {
  const se = seconds(expiry);
  const [permissions, service, types] = ["rwc", "b", "sco"];
  const fields = [account.name, permissions, service, types, "", se, "", "", version, ""];
  const sig = await sign(account, fields.join("\n"));
  return query({ sv: version, ss: service, srt: types, se, sp: permissions, sig });
}

async function sign({ key }: StorageAccount, text: string): Promise<string> {
  return encodeBase64(await hmacSha256(decodeBase64(key) ?? new Uint8Array(), utf8(text)));
}

function query(parameters: Readonly<Record<string, string>>): string {
  return `?${Object.entries(parameters)
    .map(([key, value]) => `${key}=${encodePercent(value)}`)
    .join("&")}`;
}

// Without milliseconds, as in the service.
function seconds(date: Date): string {
  return date.toISOString().replace(/\.\d+Z$/, "Z");
}
