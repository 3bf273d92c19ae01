import type { JsonObject } from "@isohub/core";
import { type Clock, utf8 } from "@isohub/core/internal";
import type { OpenContainer } from "../../blobs/blob-container.ts";
import type { Hub } from "../../hub/hub.ts";
import { HubError, hubErrorOf } from "../../hub/hub-error.ts";
import { parseJson } from "../../hub/json.ts";
import type { Store, Table } from "../../store/store.ts";
import { Fields } from "../fields.ts";
import { runItem } from "../identities/bulk.ts";
import { exportedConfiguration, importConfiguration } from "./exported-configuration.ts";
import { exportedIdentity } from "./exported-identity.ts";
import { type RegistryJob, type RegistryJobOptions, registryJobView } from "./registry-job.ts";

/** Parts of a hub that {@link RegistryJobs} need. */
export interface RegistryJobsOptions {
  readonly hub: Hub;
  readonly clock: Clock;
  readonly store: Store;
  readonly openContainer: OpenContainer;
}

const errorsBlob = "importErrors.log";
const maxKeptJobs = 100;

/**
 * Jobs that export all identities into a blob, or import them from one: a line of JSON for each. They can include the
 * configurations, in another blob. One job runs at a time.
 *
 * @source IoT Hub documentation, "Import and export IoT Hub device identities in bulk"
 */
export class RegistryJobs {
  readonly #options: RegistryJobsOptions;
  readonly #table: Table<RegistryJob>;
  #running: { readonly jobId: string; readonly abort: AbortController } | undefined;

  constructor(options: RegistryJobsOptions) {
    this.#options = options;
    this.#table = options.store.table("registryJobs");
    for (const job of [...this.#table.values()]) {
      if (job.status === "running") this.#end(job, "failed", "The hub stopped before the job had ended.");
    }
  }

  /** @throws {HubError} JobQuotaExceeded while another job runs; ArgumentInvalid */
  create(options: RegistryJobOptions): JsonObject {
    if (this.#running !== undefined) {
      throw new HubError("JobQuotaExceeded", "A hub runs one import or export at a time.");
    }
    const abort = new AbortController();
    const { openContainer, clock } = this.#options;
    for (const uri of [options.inputBlobContainerUri, options.outputBlobContainerUri]) {
      if (uri !== null) openContainer(uri, abort.signal);
    }
    const jobId = crypto.randomUUID();
    const job: RegistryJob = { ...options, jobId, status: "running", startedAt: clock.now() };
    this.#table.set(jobId, job);
    this.#forgetOldest();
    this.#running = { jobId, abort };
    void this.#run(job, abort.signal);
    return registryJobView(job);
  }

  /** @throws {HubError} JobNotFound */
  get(jobId: string): JsonObject {
    return registryJobView(this.#require(jobId));
  }

  /** Returns the jobs in the order of creation. */
  list(): JsonObject[] {
    return Array.from(this.#table.values(), registryJobView);
  }

  /** Cancels a job that runs: identities that it has imported stay. @throws {HubError} JobNotFound */
  cancel(jobId: string): JsonObject {
    const job = this.#require(jobId);
    if (job.status === "running") {
      this.#end(job, "cancelled");
      this.close();
    }
    return this.get(jobId);
  }

  /** Stops the job that runs. */
  close(): void {
    this.#running?.abort.abort();
    this.#running = undefined;
  }

  #require(jobId: string): RegistryJob {
    const job = this.#table.get(jobId);
    if (job !== undefined) return job;
    throw new HubError("JobNotFound", `There is no job '${jobId.slice(0, 80)}'.`);
  }

  async #run(job: RegistryJob, signal: AbortSignal): Promise<void> {
    const { status, failureReason } = await (job.type === "export"
      ? this.#export(job, signal)
      : this.#import(job, signal)
    ).then(
      () => ({ status: "completed" as const, failureReason: undefined }),
      (error: unknown) => ({ status: "failed" as const, failureReason: hubErrorOf(error).message }),
    );
    // A cancelled job already has its status, and a closed hub stores nothing more.
    if (signal.aborted) return;
    this.#running = undefined;
    this.#end(job, status, failureReason);
  }

  async #export(job: RegistryJob, signal: AbortSignal): Promise<void> {
    const { hub, openContainer } = this.#options;
    const { outputBlobContainerUri, outputBlobName, excludeKeysInExport, configurationsBlobName } = job;
    const container = openContainer(outputBlobContainerUri, signal);
    await container.write(outputBlobName, exportedLines(hub, excludeKeysInExport));
    if (configurationsBlobName === undefined) return;
    const configurations = hub.configurations.list().map(exportedConfiguration);
    await container.write(
      configurationsBlobName,
      configurations.map((each) => JSON.stringify(each)),
    );
  }

  async #import(job: RegistryJob, signal: AbortSignal): Promise<void> {
    const { hub, openContainer } = this.#options;
    const { inputBlobContainerUri, inputBlobName, outputBlobContainerUri, configurationsBlobName } = job;
    const errors: string[] = [];
    const blobs: readonly (readonly [name: string, importLine: typeof importIdentity])[] = [
      [inputBlobName, importIdentity],
      ...(configurationsBlobName === undefined
        ? []
        : ([[configurationsBlobName, importConfigurationLine]] as const)),
    ];
    for (const [name, importLine] of blobs) {
      let number = 0;
      for await (const line of openContainer(inputBlobContainerUri ?? "", signal).lines(name)) {
        if (signal.aborted) return;
        const error = importLine(hub, line, ++number);
        if (error !== undefined) errors.push(JSON.stringify(error));
      }
    }
    await openContainer(outputBlobContainerUri, signal).write(errorsBlob, errors);
  }

  #end(job: RegistryJob, status: RegistryJob["status"], failureReason?: string): void {
    const endedAt = this.#options.clock.now();
    const reason = failureReason === undefined ? {} : { failureReason };
    this.#table.set(job.jobId, { ...job, status, endedAt, ...reason });
  }

  #forgetOldest(): void {
    const [oldest] = this.#table.values();
    if (this.#table.size > maxKeptJobs && oldest !== undefined) this.#table.delete(oldest.jobId);
  }
}

function* exportedLines(hub: Hub, excludeKeys: boolean): Generator<string> {
  for (const record of hub.registry.list()) {
    // Identities can be deleted during a large export.
    if (hub.registry.find(record) === record)
      yield JSON.stringify(exportedIdentity(hub, record, excludeKeys));
  }
}

/** Imports the identity of a line. Returns its error for the log, without the line's content, which may be a key. */
function importIdentity(hub: Hub, line: string, number: number): JsonObject | undefined {
  return importLine(line, number, "an identity", (item) => {
    const error = runItem(hub, item);
    if (error === undefined) return undefined;
    const { deviceId: id, moduleId, errorCode, errorStatus } = error;
    return {
      id,
      ...(moduleId === undefined ? {} : { moduleId }),
      ...errorFields(new HubError(errorCode, errorStatus)),
    };
  });
}

/** Imports the configuration of a line. Returns its error for the log. */
function importConfigurationLine(hub: Hub, line: string, number: number): JsonObject | undefined {
  return importLine(line, number, "a configuration", (item) => {
    try {
      importConfiguration(hub, item);
      return undefined;
    } catch (error) {
      if (!(error instanceof HubError)) throw error;
      return { id: item.text("id") ?? "", ...errorFields(error) };
    }
  });
}

function importLine(
  line: string,
  number: number,
  kind: string,
  run: (item: Fields) => JsonObject | undefined,
): JsonObject | undefined {
  try {
    return run(new Fields(parseJson(utf8(line)), `line ${number}`));
  } catch (error) {
    const status =
      error instanceof HubError
        ? error.message
        : `line ${number} must be the JSON of ${kind}, got other text.`;
    return errorFields(new HubError("DeserializationError", status));
  }
}

function errorFields({ errorCode, message: errorStatus }: HubError): JsonObject {
  return { errorCode, errorStatus };
}
