import type { ControlClient } from "@isohub/emulator/control-client";

/** The connection strings of a device or module at the local hub. */
export interface LocalConnectionStrings {
  readonly connectionString: string;
  readonly pageConnectionString: string;
}

/** A message that the local hub holds. */
export interface HeldMessage {
  readonly deviceId: string;
  readonly moduleId?: string | undefined;
  readonly properties: Readonly<Record<string, string | null>>;
  readonly sequenceNumber: number;
}

/** A local hub, in this process or in another. */
export interface LocalHub {
  /** The certificate authority of the hub, in PEM. */
  ca(): Promise<string>;
  /** Registers a device with its modules, or finds them registered. Returns the device's strings, and then its modules'. */
  register(deviceId: string, moduleIds: readonly string[]): Promise<LocalConnectionStrings[]>;
  /** Returns the messages that arrived after a sequence number. */
  telemetryAfter(sequenceNumber: number): Promise<readonly HeldMessage[]>;
  /** Injects a fault with its arguments. */
  inject(fault: string, ...args: readonly unknown[]): Promise<void>;
}

/** The methods of the control API that a simulation uses; the emulator in the same process has them, too. */
export interface HubControl {
  /** Registers a device. Rejects if the hub has it. */
  createDevice(deviceId: string): Promise<LocalConnectionStrings>;
  /** Reads the connection strings of a device. */
  getDevice(deviceId: string): Promise<LocalConnectionStrings>;
  /** Registers a module. Rejects if the device has it. */
  createModule(deviceId: string, moduleId: string): Promise<LocalConnectionStrings>;
  /** Reads the connection strings of a module. */
  getModule(deviceId: string, moduleId: string): Promise<LocalConnectionStrings>;
  /** Reads the messages that the hub holds, in order. @param options - `after`: only those with a higher number */
  telemetry(
    identity?: string,
    options?: { after?: number },
  ): readonly HeldMessage[] | Promise<readonly HeldMessage[]>;
  /** The methods that inject faults, by name. */
  readonly faults: object;
  /** The certificate authority, as PEM, if the hub is in this process. */
  readonly ca?: string;
  /** Reads the certificate authority, as PEM, from a hub in another process. */
  caPem?(): Promise<string>;
}

/**
 * Creates a local hub from a client of its control API, or from the `Emulator` in this process.
 *
 * @param control - `createControlClient(url)`, or what `startEmulator()` returns
 */
export function localHub(control: ControlClient | HubControl): LocalHub {
  const hub = control as HubControl;
  return {
    ca: async () => hub.ca ?? (await hub.caPem?.()) ?? "",
    async register(deviceId, moduleIds) {
      const device = await createOrGet(
        () => hub.createDevice(deviceId),
        () => hub.getDevice(deviceId),
      );
      const modules: LocalConnectionStrings[] = [];
      for (const moduleId of moduleIds) {
        const module = await createOrGet(
          () => hub.createModule(deviceId, moduleId),
          () => hub.getModule(deviceId, moduleId),
        );
        modules.push(module);
      }
      return [device, ...modules];
    },
    telemetryAfter: async (after) => hub.telemetry(undefined, { after }),
    async inject(fault, ...args) {
      const method: unknown = Reflect.get(hub.faults, fault);
      if (typeof method !== "function") throw new TypeError(`the local hub must have the fault '${fault}'`);
      await Reflect.apply(method, hub.faults, args);
    },
  };
}

async function createOrGet<Registered>(
  create: () => Promise<Registered>,
  get: () => Promise<Registered>,
): Promise<Registered> {
  try {
    return await create();
  } catch (error) {
    if (!/AlreadyExists/.test(String(Object(error).name))) throw error;
    return get();
  }
}
