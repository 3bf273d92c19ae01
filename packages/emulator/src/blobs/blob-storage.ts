import { existsSync } from "node:fs";
import { encodePercent } from "@isohub/core/internal";
import { HubError, messageOf } from "../hub/hub-error.ts";
import { Azurite, azuriteMissing } from "./azurite.ts";
import { type StorageAccount, signAccount, signBlob, signContainer } from "./blob-sas.ts";

/** The time at which the blob storage starts: at once, with the first upload, or never. */
export type BlobStorageMode = boolean | "on-demand";

/** The container of all uploads. */
export const uploadContainer = "uploads";

const dayMs = 24 * 3_600_000;

/** The blob storage for uploads, an Azurite process that starts when it is needed. */
export class BlobStorage {
  readonly #mode: BlobStorageMode;
  readonly #locate: (() => string) | undefined;
  readonly #kept: string | undefined;
  #azurite: Azurite | undefined;
  #starting: Promise<Azurite> | undefined;
  /** The signatures in the URLs of this storage's containers, by which {@link BlobStorage.reach} recognizes them. */
  readonly #signatures = new Set<string>();
  #closed = false;

  /**
   * @param locate - returns the path of the program; by default that of the installed package
   * @param kept - the folder that keeps the blobs over restarts; by default they end with the hub
   */
  constructor(mode: BlobStorageMode, locate?: () => string, kept?: string) {
    this.#mode = mode;
    this.#locate = locate;
    this.#kept = kept;
  }

  /** The destination of requests for blobs; `undefined` while there is no process. */
  get target(): { readonly port: number; readonly account: string } | undefined {
    const port = this.#azurite?.port ?? 0;
    return port === 0 ? undefined : { port, account: this.#azurite?.account.name ?? "" };
  }

  /** The id of the process, while it runs. */
  get pid(): number | undefined {
    return this.#azurite?.pid;
  }

  /** Starts the process if the mode is `true`. @throws {Error} if the package is missing or the process doesn't start */
  async open(): Promise<void> {
    if (this.#mode === true) await this.#running();
  }

  /**
   * Returns the running process, and starts it first if necessary.
   *
   * @throws {HubError} DefaultStorageEndpointNotConfigured without blob storage, ServiceUnavailable if it doesn't start
   */
  async ready(): Promise<Azurite> {
    if (this.#mode === false) {
      const message = "The hub has no blob storage: it was started with blobStorage: false.";
      throw new HubError("DefaultStorageEndpointNotConfigured", message);
    }
    try {
      return await this.#running();
    } catch (error) {
      const message = messageOf(error);
      const name = message === azuriteMissing ? "DefaultStorageEndpointNotConfigured" : "ServiceUnavailable";
      throw new HubError(name, message);
    }
  }

  /**
   * Signs a SAS for writing and reading a blob, valid for `ms` milliseconds.
   *
   * @throws {HubError} as {@link BlobStorage.ready}
   */
  async sign(blobName: string, ms: number): Promise<string> {
    const { account } = await this.ready();
    // By the clock of the machine, which Azurite uses.
    return signBlob(account, uploadContainer, blobName, "rw", new Date(Date.now() + ms));
  }

  /**
   * Creates a container, unless it exists, and returns its path with a SAS: `/isohub/name?sv=…`. The SAS is valid for a day.
   *
   * @throws {HubError} ArgumentInvalid for a name that isn't valid, or as {@link BlobStorage.ready}
   */
  async createContainer(name: string): Promise<string> {
    if (!/^(?=.{3,63}$)[a-z0-9]+(-[a-z0-9]+)*$/.test(name)) {
      throw new HubError(
        "ArgumentInvalid",
        `name must be 3 to 63 characters of a-z 0-9 and single dashes, got '${name.slice(0, 80)}'.`,
      );
    }
    const { account, port } = await this.ready();
    await createContainer(account, port, name);
    const query = await signContainer(account, name, new Date(Date.now() + dayMs));
    this.#signatures.add(new URLSearchParams(query).get("sig") ?? "");
    return `/${account.name}/${name}${query}`;
  }

  /** Returns the address at which this process reaches a URL; containers of this storage are reached without the proxy. */
  reach(url: URL): URL {
    const { port } = this.target ?? {};
    const isOwn = this.#signatures.has(url.searchParams.get("sig") ?? "");
    return isOwn && port !== undefined
      ? new URL(`http://127.0.0.1:${port}${url.pathname}${url.search}`)
      : url;
  }

  /** Returns a blob. @throws {HubError} GenericNotFound if it doesn't exist */
  async read(blobName: string): Promise<Response> {
    // Blobs of an earlier run.
    if (this.#kept !== undefined && this.#mode !== false && existsSync(this.#kept)) await this.ready();
    const azurite = this.#azurite;
    if (azurite !== undefined && azurite.port !== 0) {
      const query = await signBlob(
        azurite.account,
        uploadContainer,
        blobName,
        "r",
        new Date(Date.now() + dayMs),
      );
      const path = blobName.split("/").map(encodePercent).join("/");
      const url = `http://127.0.0.1:${azurite.port}/${azurite.account.name}/${uploadContainer}/${path}${query}`;
      const response = await fetch(url);
      if (response.ok) return response;
      await response.body?.cancel();
    }
    throw new HubError("GenericNotFound", `There is no blob '${blobName}'.`);
  }

  /** Returns the size and time of a blob. @throws {HubError} GenericNotFound if it doesn't exist */
  async describe(blobName: string): Promise<{ size: number; lastModified: number }> {
    const { headers, body } = await this.read(blobName);
    await body?.cancel();
    return {
      size: Number(headers.get("content-length")),
      lastModified: Date.parse(headers.get("last-modified") ?? ""),
    };
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#azurite?.close();
    await this.#starting?.catch(() => {});
  }

  #running(): Promise<Azurite> {
    if (this.#closed) return Promise.reject(new Error("The emulator is closed."));
    this.#starting ??= this.#start();
    return this.#starting;
  }

  async #start(): Promise<Azurite> {
    const azurite = new Azurite(this.#locate, this.#kept);
    this.#azurite = azurite;
    // A process that did not start, or has ended by itself, is replaced on the next use.
    const ended = async (): Promise<void> => {
      this.#starting = undefined;
      await azurite.close();
    };
    try {
      await azurite.start();
      await createContainer(azurite.account, azurite.port, uploadContainer);
    } catch (error) {
      await ended();
      throw error;
    }
    void azurite.exited.then(ended);
    return azurite;
  }
}

async function createContainer(account: StorageAccount, port: number, name: string): Promise<void> {
  const query = await signAccount(account, new Date(Date.now() + dayMs));
  const url = `http://127.0.0.1:${port}/${account.name}/${name}${query}&restype=container`;
  const { status } = await fetch(url, { method: "PUT" });
  const exists = 409;
  if (status !== 201 && status !== exists) {
    throw new Error(`The blob storage could not create the container '${name}': status ${status}.`);
  }
}
