import { mkdtemp, readdir, readFile, rm, stat, symlink, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { IoTHubDeviceClient } from "../clients.ts";
import { createOutbox, fileOutboxStore } from "../outbox.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "isohub-outbox-"));
});
afterEach(() => rm(folder, { recursive: true }));

const bytes = new Uint8Array(1000).fill(7);

/** Creates a client that never connects. */
function clientWith(path: string): { client: IoTHubDeviceClient; codes: string[] } {
  const outbox = createOutbox({ store: fileOutboxStore(path) });
  const client = IoTHubDeviceClient.createFromConnectionString("HostName=h;DeviceId=d;SharedAccessKey=a2V5", {
    outbox,
    autoConnect: false,
  });
  const codes: string[] = [];
  client.onBackgroundException = ({ code }) => void codes.push(code);
  return { client, codes };
}

describe("a file outbox store on a disk", () => {
  it("leaves a single file, which only its user can read", async () => {
    const path = join(folder, "outbox");
    const store = fileOutboxStore(path);
    await store.open();
    await store.append([{ key: 1, bytes }]);
    await store.close();
    expect(await readdir(folder)).toEqual(["outbox"]);
    if (process.platform !== "win32") expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it.skipIf(process.platform === "win32")("has one user, also by a symbolic link", async () => {
    const [path, link] = [join(folder, "outbox"), join(folder, "link")];
    await symlink(path, link);
    const store = fileOutboxStore(path);
    await store.open();
    await store.append([{ key: 1, bytes }]);
    await expect(fileOutboxStore(link).open()).rejects.toMatchObject({ code: "outbox_in_use" });
    await store.close();
    const linked = fileOutboxStore(link);
    expect((await linked.open()).messages).toHaveLength(1);
    await linked.close();
  });

  it("that ends within a message is reported, and the messages before it are kept", async () => {
    const path = join(folder, "outbox");
    const before = clientWith(path);
    await before.client.enqueue("1");
    await before.client.enqueue("2");
    await before.client.shutdown();
    await truncate(path, (await readFile(path)).length - 1);
    const { client, codes } = clientWith(path);
    await client.enqueue("3");
    expect(client.queue?.depth).toBe(2);
    expect(codes).toEqual(["outbox_damaged"]);
    await client.shutdown();
  });

  it.each([
    [
      "in a folder that doesn't exist",
      "none/outbox",
      "The store of the outbox failed: its folder doesn't exist",
    ],
    ["that is a folder", "", /^The store of the outbox failed: EISDIR/],
    ["with other contents", "other", /other isn't the file of an outbox$/],
  ])("%s rejects messages with the reason", async (_title, name, message) => {
    await writeFile(join(folder, "other"), "[settings]\n");
    const { client, codes } = clientWith(join(folder, name));
    await expect(client.enqueue("1")).rejects.toMatchObject({
      code: "outbox_failed",
      message: expect.stringMatching(message),
      remediation: expect.stringMatching(/./),
    });
    expect(codes).toEqual(["outbox_failed"]);
    expect(await readFile(join(folder, "other"), "utf8")).toBe("[settings]\n");
    await client.shutdown();
  });
});
