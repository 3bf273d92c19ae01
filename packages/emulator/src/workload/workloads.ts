import { createServer, type Server } from "node:http";
import { getRequestListener } from "@hono/node-server";
import type { Hub } from "../hub/hub.ts";
import { HubError } from "../hub/hub-error.ts";
import { createWorkloadApi } from "./workload-api.ts";

/** Options of a workload API: its module, and its address. */
export interface WorkloadOptions {
  deviceId: string;
  moduleId: string;
  /** The path of a Unix socket that does not exist yet. */
  socketPath?: string;
  /** A TCP port at 127.0.0.1. By default, or with 0, a free port if there is no `socketPath`. */
  port?: number;
}

/** The environment variables that an Edge runtime sets for a module. */
export interface EdgeEnvironment {
  readonly IOTEDGE_WORKLOADURI: string;
  readonly IOTEDGE_APIVERSION: string;
  readonly IOTEDGE_IOTHUBHOSTNAME: string;
  readonly IOTEDGE_GATEWAYHOSTNAME: string;
  readonly IOTEDGE_DEVICEID: string;
  readonly IOTEDGE_MODULEID: string;
  readonly IOTEDGE_MODULEGENERATIONID: string;
  readonly IOTEDGE_AUTHSCHEME: string;
}

/** A running workload API. */
export interface Workload {
  readonly id: string;
  /** `unix:///path` or `http://127.0.0.1:port` */
  readonly uri: string;
  readonly generationId: string;
  readonly apiVersion: string;
  /** The variables with which a module connects to it, and to the emulator as its gateway. */
  readonly environment: EdgeEnvironment;
  /** Ends it. Closing the emulator does that, too. */
  close(): Promise<void>;
}

/** Options of {@link Workloads}. */
export interface WorkloadsOptions {
  readonly hub: Hub;
  readonly ca: string;
  readonly hostName: string;
  /** The host of the gateway, with a port unless the official ports are bound. */
  gatewayHost(): string;
}

const apiVersion = "2019-01-30";
// Some systems limit a socket path to 104 bytes, with its end.
const maxSocketPath = 103;

/** The workload APIs of an emulator. */
export class Workloads {
  readonly #options: WorkloadsOptions;
  readonly #open = new Map<string, Workload>();
  #lastId = 0;

  constructor(options: WorkloadsOptions) {
    this.#options = options;
  }

  /**
   * Starts a workload API.
   *
   * @throws {HubError} ModuleNotFound; ArgumentInvalid for both a path and a port, and for a path that is too long
   * @throws {Error} with `code`, such as `EADDRINUSE`, if the address can't be bound
   */
  async start({ deviceId, moduleId, socketPath, port }: WorkloadOptions): Promise<Workload> {
    const { hub, ca, hostName } = this.#options;
    const { generationId } = hub.registry.require({ deviceId, moduleId });
    if (socketPath !== undefined && port !== undefined)
      throw invalid("provide either socketPath or port, not both");
    if (socketPath !== undefined && Buffer.byteLength(socketPath) > maxSocketPath) {
      throw invalid(`socketPath must be up to ${maxSocketPath} bytes long`);
    }
    const { fetch } = createWorkloadApi({ hub, deviceId, ca });
    const server = createServer(getRequestListener(fetch, { overrideGlobalObjects: false }));
    await listen(server, socketPath, port ?? 0);
    const address = server.address();
    const uri =
      typeof address === "object" && address !== null
        ? `http://127.0.0.1:${address.port}`
        : `unix://${socketPath ?? ""}`;
    const id = `workload${++this.#lastId}`;
    let closed: Promise<void> | undefined;
    const workload: Workload = {
      id,
      uri,
      generationId,
      apiVersion,
      environment: {
        IOTEDGE_WORKLOADURI: uri,
        IOTEDGE_APIVERSION: apiVersion,
        IOTEDGE_IOTHUBHOSTNAME: hostName,
        IOTEDGE_GATEWAYHOSTNAME: this.#options.gatewayHost(),
        IOTEDGE_DEVICEID: deviceId,
        IOTEDGE_MODULEID: moduleId,
        IOTEDGE_MODULEGENERATIONID: generationId,
        IOTEDGE_AUTHSCHEME: "sasToken",
      },
      close: () => {
        this.#open.delete(id);
        closed ??= close(server);
        return closed;
      },
    };
    this.#open.set(id, workload);
    return workload;
  }

  /** Returns the running ones. */
  list(): Workload[] {
    return [...this.#open.values()];
  }

  async close(): Promise<void> {
    await Promise.all(this.list().map((workload) => workload.close()));
  }
}

function listen(server: Server, socketPath: string | undefined, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    const ready = (): void => {
      server.off("error", reject);
      resolve();
    };
    if (socketPath === undefined) server.listen({ host: "127.0.0.1", port }, ready);
    else server.listen({ path: socketPath }, ready);
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

function invalid(rule: string): HubError {
  return new HubError("ArgumentInvalid", `The workload API is not valid: ${rule}.`);
}
