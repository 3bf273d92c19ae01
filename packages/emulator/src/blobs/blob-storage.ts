import { encodePercent } from "@isohub/core/internal";
import { HubError, messageOf } from "../hub/hub-error.ts";
import { Azurite, azuriteMissing } from "./azurite.ts";
import { signAccount, signBlob } from "./blob-sas.ts";

/** When the storage for uploads is started: at once, with the first upload, or never. */
export type BlobStorageMode = boolean | "on-demand";

/** The one container that uploads go to. */
export const uploadContainer = "uploads";

const dayMs = 24 * 3_600_000;

/** The blobs that devices have uploaded, in a storage that starts when it is needed. */
export class BlobStorage {
  readonly #mode: BlobStorageMode;
  readonly #locate: (() => string) | undefined;
  #azurite: Azurite | undefined;
  #starting: Promise<Azurite> | undefined;
  #closed = false;

  /** @param locate - finds the program of the storage, if it is not to be that of the installed package */
  constructor(mode: BlobStorageMode, locate?: () => string) {
    this.#mode = mode;
    this.#locate = locate;
  }

  /** Where a request for a blob has to go; `undefined` while there is no storage. */
  get target(): { readonly port: number; readonly account: string } | undefined {
    const port = this.#azurite?.port ?? 0;
    return port === 0 ? undefined : { port, account: this.#azurite?.account.name ?? "" };
  }

  /** The process of the storage, while there is one. */
  get pid(): number | undefined {
    return this.#azurite?.pid;
  }

  /** Starts the storage if that is to be done at once. @throws {Error} saying what is missing */
  async open(): Promise<void> {
    if (this.#mode === true) await this.#running();
  }

  /**
   * The storage, started if it does not run yet.
   *
   * @throws {HubError} DefaultStorageEndpointNotConfigured without a storage, ServiceUnavailable when it does not start
   */
  async ready(): Promise<Azurite> {
    if (this.#mode === false) {
      const message = "The hub has no storage: it was started with blobStorage: false.";
      throw new HubError("DefaultStorageEndpointNotConfigured", message);
    }
    try {
      return await this.#running();
    } catch (error) {
      const text = messageOf(error);
      const name = text === azuriteMissing ? "DefaultStorageEndpointNotConfigured" : "ServiceUnavailable";
      throw new HubError(name, text);
    }
  }

  /**
   * A signature that opens a blob for writing and reading, until `ms` milliseconds from now.
   *
   * @throws {HubError} as {@link BlobStorage.ready}
   */
  async sign(blobName: string, ms: number): Promise<string> {
    const { account } = await this.ready();
    // By the clock of the machine: the storage has no other.
    return signBlob(account, uploadContainer, blobName, "rw", new Date(Date.now() + ms));
  }

  /** A blob as it is stored. @throws {HubError} GenericNotFound when there is none */
  async read(blobName: string): Promise<Response> {
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

  async close(): Promise<void> {
    this.#closed = true;
    await this.#azurite?.close();
    await this.#starting?.catch(() => {});
  }

  #running(): Promise<Azurite> {
    if (this.#closed) return Promise.reject(new Error("The emulator is closed"));
    this.#starting ??= this.#start();
    return this.#starting;
  }

  async #start(): Promise<Azurite> {
    const azurite = new Azurite(this.#locate);
    this.#azurite = azurite;
    // One that did not start, or has ended by itself, is no reason not to try again.
    const ended = async (): Promise<void> => {
      this.#starting = undefined;
      await azurite.close();
    };
    try {
      await azurite.start();
      const query = await signAccount(azurite.account, new Date(Date.now() + dayMs));
      const url = `http://127.0.0.1:${azurite.port}/${azurite.account.name}/${uploadContainer}${query}&restype=container`;
      const { status } = await fetch(url, { method: "PUT" });
      if (status !== 201) throw new Error(`The storage did not make its container: status ${status}`);
    } catch (error) {
      await ended();
      throw error;
    }
    void azurite.exited.then(ended);
    return azurite;
  }
}
