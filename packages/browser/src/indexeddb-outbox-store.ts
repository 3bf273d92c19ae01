import { UnsupportedFeatureError } from "@isohub/core";
import {
  inUse,
  mustBe,
  type OutboxStore,
  type StoredMessage,
  type StoredMessages,
} from "@isohub/core/outbox";
import { type DBSchema, type IDBPDatabase, openDB } from "idb";

/** Options of a store in IndexedDB. */
export interface IndexedDbOutboxOptions {
  /**
   * `strict`, the default, accepts a message once the browser has flushed it to the disk, so that it survives a power cut. `relaxed`
   * accepts it once the operating system has it: it survives a reload, a closed or crashed tab and a crashed browser; that is faster, and
   * the default of browsers. A browser may ignore this.
   */
  durability?: "strict" | "relaxed" | undefined;
}

interface Schema extends DBSchema {
  messages: { key: number; value: Uint8Array };
}

const messages = "messages";
/** The time that a store waits for a page that is being reloaded, in milliseconds. */
const graceMs = 1000;
/** The names of the stores in use in this page, for pages without Web Locks. */
const inPage = new Set<string>();

class IndexedDbOutboxStore implements OutboxStore {
  readonly #name: string;
  readonly #durability: "strict" | "relaxed";
  #database: IDBPDatabase<Schema> | undefined;
  #release: (() => void) | undefined;

  constructor(name: string, durability: "strict" | "relaxed") {
    this.#name = name;
    this.#durability = durability;
  }

  async open(): Promise<StoredMessages> {
    if (typeof indexedDB === "undefined") {
      throw new UnsupportedFeatureError("This environment has no IndexedDB", {
        remediation: "Run this code in a browser, or omit the store",
      });
    }
    this.#release = await lock(this.#name);
    try {
      const { store } = (await this.#connect()).transaction(messages);
      const [keys, values] = await Promise.all([store.getAllKeys(), store.getAll()]);
      return { messages: keys.map((key, index) => ({ key, bytes: values[index] ?? new Uint8Array() })) };
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  append(added: readonly StoredMessage[]): Promise<void> {
    return this.#write((store) => added.map(({ key, bytes }) => store.put(bytes, key)));
  }

  remove(keys: readonly number[]): Promise<void> {
    return this.#write((store) => keys.map((key) => store.delete(key)));
  }

  async close(): Promise<void> {
    this.#database?.close();
    this.#database = undefined;
    this.#release?.();
    this.#release = undefined;
  }

  /** Opens the database, also after the browser has closed it because a user deleted the data of the page. */
  async #connect(): Promise<IDBPDatabase<Schema>> {
    this.#database ??= await openDB<Schema>(`isohub outbox ${this.#name}`, 1, {
      upgrade: (database) => void database.createObjectStore(messages),
      terminated: () => {
        this.#database = undefined;
      },
    });
    return this.#database;
  }

  /** Runs requests in one transaction: all of them take effect, or none. */
  async #write(request: (store: WritableStore) => Promise<unknown>[]): Promise<void> {
    const database = await this.#connect();
    const transaction = database.transaction(messages, "readwrite", { durability: this.#durability });
    await Promise.all([...request(transaction.store), transaction.done]);
  }
}

interface WritableStore {
  put(value: Uint8Array, key: number): Promise<number>;
  delete(key: number): Promise<void>;
}

/** Acquires a lock that all pages of an origin share. @returns a function that releases it; so does the end of the page */
async function lock(name: string): Promise<() => void> {
  const refused = inUse(`The outbox '${name}'`);
  if (inPage.has(name)) throw refused;
  inPage.add(name);
  const release = (): void => void inPage.delete(name);
  // Pages over `http:` have none.
  if (!globalThis.navigator?.locks) return release;
  try {
    const signal = AbortSignal.timeout(graceMs);
    return await new Promise((resolve, reject) => {
      const hold = (): Promise<void> =>
        new Promise((end) =>
          resolve(() => {
            release();
            end();
          }),
        );
      navigator.locks.request(`isohub outbox ${name}`, { signal }, hold).catch(reject);
    });
  } catch (error) {
    // A sandboxed page has the API, but no locks and no IndexedDB.
    release();
    throw error instanceof DOMException && error.name === "SecurityError" ? error : refused;
  }
}

/**
 * Creates a store for an outbox in IndexedDB, which survives a reload, a closed tab and a restart of the browser. Use a separate name for
 * each device. A second client with the same name, also in another tab of this origin, is refused with `outbox_in_use`. Users and browsers
 * can delete the data of a page; `navigator.storage.persist()` asks the browser not to do so when space is short.
 *
 * @param name - of the store, unique in this origin
 * @throws {ArgumentError} `invalid_argument`
 * @example
 * const outbox = createOutbox({ store: indexedDbOutboxStore("thermostat-1") });
 */
export function indexedDbOutboxStore(
  name: string,
  { durability = "strict" }: IndexedDbOutboxOptions = {},
): OutboxStore {
  if (typeof name !== "string" || name === "") throw mustBe("name", name, "a non-empty string");
  if (durability !== "strict" && durability !== "relaxed")
    throw mustBe("durability", durability, "'strict' or 'relaxed'");
  return new IndexedDbOutboxStore(name, durability);
}
