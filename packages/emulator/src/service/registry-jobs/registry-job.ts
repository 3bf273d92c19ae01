import type { JsonObject } from "@isohub/core";
import { isoTime } from "../../hub/clock.ts";
import { HubError } from "../../hub/hub-error.ts";
import type { Fields } from "../fields.ts";

/** A new job that exports all identities, or imports some. */
export interface RegistryJobOptions {
  readonly type: "export" | "import";
  /** The container with the identities to import. */
  readonly inputBlobContainerUri: string | null;
  readonly inputBlobName: string;
  /** The container that receives the exported identities, or the errors of an import. */
  readonly outputBlobContainerUri: string;
  readonly outputBlobName: string;
  readonly excludeKeysInExport: boolean;
  /** The blob with the configurations, if the job includes them. */
  readonly configurationsBlobName?: string;
}

/** A job on the identity registry, as it is stored. */
export interface RegistryJob extends RegistryJobOptions {
  readonly jobId: string;
  readonly status: "running" | "completed" | "failed" | "cancelled";
  /** In milliseconds since 1970. */
  readonly startedAt: number;
  readonly endedAt?: number;
  readonly failureReason?: string;
}

const identitiesBlob = "devices.txt";
const configurationsBlob = "configurations.txt";

/**
 * Reads the body of `POST /jobs/create`.
 *
 * @throws {HubError} ArgumentInvalid; NotEmulated for a managed identity
 * @source IoT Hub service REST, Jobs - Create Import Export Job
 */
export function readRegistryJob(body: Fields): RegistryJobOptions {
  const type = (body.text("type") ?? "").toLowerCase();
  if (type !== "export" && type !== "import") {
    throw new HubError("ArgumentInvalid", `type must be export or import, got '${type.slice(0, 40)}'.`);
  }
  if (body.text("storageAuthenticationType")?.toLowerCase() === "identitybased") {
    throw new HubError("NotEmulated", "storageAuthenticationType must be keyBased, got identityBased.");
  }
  return {
    type,
    inputBlobContainerUri: type === "import" ? required(body, "inputBlobContainerUri") : null,
    inputBlobName: body.text("inputBlobName") || identitiesBlob,
    outputBlobContainerUri: required(body, "outputBlobContainerUri"),
    outputBlobName: body.text("outputBlobName") || identitiesBlob,
    excludeKeysInExport: body.flag("excludeKeysInExport") ?? false,
    ...(body.flag("includeConfigurations") === true
      ? { configurationsBlobName: body.text("configurationsBlobName") || configurationsBlob }
      : {}),
  };
}

/** Returns a job as services see it. @source IoT Hub service REST, JobProperties */
export function registryJobView(job: RegistryJob): JsonObject {
  const { startedAt, endedAt, failureReason, inputBlobName, ...view } = job;
  return {
    ...view,
    ...(job.type === "import" ? { inputBlobName } : {}),
    includeConfigurations: job.configurationsBlobName !== undefined,
    progress: job.status === "completed" ? 100 : 0,
    startTimeUtc: isoTime(startedAt),
    endTimeUtc: endedAt === undefined ? null : isoTime(endedAt),
    storageAuthenticationType: "keyBased",
    failureReason: failureReason ?? null,
  };
}

function required(body: Fields, name: "inputBlobContainerUri" | "outputBlobContainerUri"): string {
  const uri = body.text(name);
  if (uri) return uri;
  throw new HubError("ArgumentInvalid", `${name} must be the URL of a container with a SAS, got nothing.`);
}
