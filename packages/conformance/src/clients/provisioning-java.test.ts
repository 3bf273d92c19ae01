import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { deriveDeviceKey } from "@isohub/core";
import { createCertificate } from "@isohub/emulator";
import { afterAll, beforeAll, expect, it } from "vitest";
import { fileFolder } from "../files.ts";
import { buildJava, missingJava } from "../interop/java/prepare.ts";
import { startOfficialHub } from "../interop/official-hub.ts";
import { type RegistrationJob, runJobs } from "../interop/registering.ts";
import { describeUnless } from "../interop/skipping.ts";

const { emulator: hub, refused } = await startOfficialHub(undefined, { provisioningRetryAfterSeconds: 1 });
const folder = fileFolder();
const ca = join(folder, "ca.pem");
await writeFile(ca, hub.ca);
afterAll(() => hub.close());

const { idScope } = hub;
const otherKey = Buffer.alloc(32, 7).toString("base64");
const transports = ["MQTT", "MQTT_WS", "AMQPS", "AMQPS_WS", "HTTPS"];
const kinds = ["key", "group", "wrong key", "certificate"] as const;
let java: readonly string[] = [];
let running: Promise<readonly unknown[]> | undefined;

/** Returns the device of a test, whose id is also that of its registration. */
const nameOf = (transport: string, kind: string): string =>
  `${transport}-${kind}`.toLowerCase().replaceAll(/\W/g, "-");

async function jobOf(
  transport: string,
  kind: (typeof kinds)[number],
  groupKey: string,
): Promise<RegistrationJob & { readonly transport: string; readonly isRefused: boolean }> {
  const registrationId = nameOf(transport, kind);
  const job = { transport, idScope, registrationId, isRefused: kind === "wrong key" };
  if (kind === "group") return { ...job, key: await deriveDeviceKey(groupKey, registrationId) };
  if (kind === "certificate") {
    const x509 = await createCertificate(registrationId);
    const attestation = { type: "x509", primaryThumbprint: x509.thumbprint } as const;
    await hub.createEnrollment(registrationId, { attestation });
    return { ...job, x509 };
  }
  const { primaryKey } = await hub.createEnrollment(registrationId, { payload: { room: "kitchen" } });
  return { ...job, key: kind === "key" ? primaryKey : otherKey, payload: { model: "x" } };
}

/** Registers every device in one process, the first time that it is called. */
async function outcome(transport: string, kind: (typeof kinds)[number]): Promise<unknown> {
  running ??= (async () => {
    const { primaryKey } = await hub.createEnrollmentGroup("java-devices");
    const jobs = transports.flatMap((each) => kinds.map((other) => jobOf(each, other, primaryKey)));
    const input = { host: hub.hostName, jobs: await Promise.all(jobs) };
    return runJobs("java", [...java, "Provision"], input);
  })();
  return (await running)[transports.indexOf(transport) * kinds.length + kinds.indexOf(kind)];
}

describeUnless(refused[443] ?? missingJava, "provisioning-device-client of Java", () => {
  beforeAll(async () => {
    java = await buildJava({ project: "java-device", classes: ["Provision"] }, folder, ca);
  });

  const assigned = { status: "PROVISIONING_DEVICE_STATUS_ASSIGNED", assignedHub: hub.hostName };

  it.each(transports)("registers with keys and certificates over %s", async (transport) => {
    expect(await outcome(transport, "key")).toMatchObject({
      ...assigned,
      deviceId: nameOf(transport, "key"),
      payload: '{"room":"kitchen"}',
    });
    for (const kind of ["group", "certificate"] as const) {
      expect(await outcome(transport, kind)).toMatchObject({
        ...assigned,
        deviceId: nameOf(transport, kind),
      });
    }
    expect(await outcome(transport, "wrong key")).toMatchObject({
      error: expect.stringContaining("Exception"),
    });
  });
});
