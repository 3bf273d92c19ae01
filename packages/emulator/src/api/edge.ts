import type { EdgeRoute, EdgeRouteSpec } from "../hub/deliveries/edge-routes.ts";
import type { InputOptions } from "../hub/deliveries/input-message.ts";
import type { InputQueueItem } from "../hub/deliveries/inputs.ts";
import type { Hub } from "../hub/hub.ts";
import type { Workload, WorkloadOptions, Workloads } from "../workload/workloads.ts";

/** The IoT Edge features of an emulator: inputs and outputs of modules, and the workload API. */
export interface EmulatorEdge {
  /**
   * Queues a message for an input of a module. A string is sent as UTF-8, an object as JSON. The message is redelivered
   * until it is acknowledged, for up to two hours.
   *
   * @throws {HubError} ModuleNotFound; ArgumentInvalid; MessageTooLarge if it exceeds 256 KB;
   * DeviceMaximumQueueDepthExceeded if 10,000 messages are queued
   */
  sendToInput(
    deviceId: string,
    moduleId: string,
    inputName: string,
    body: string | Uint8Array | object,
    options?: InputOptions,
  ): Promise<{ messageId: string }>;
  /**
   * Lists the messages queued for the inputs of a module, oldest first.
   *
   * @throws {HubError} ModuleNotFound (synchronously)
   */
  inputQueue(deviceId: string, moduleId: string): InputQueueItem[];
  /**
   * Routes messages from an output of a module to an input of another module on the same device, as an Edge gateway
   * does. Routed messages don't become telemetry. A route ends when it is removed or one of its modules is deleted.
   *
   * @throws {HubError} DeviceNotFound; ModuleNotFound; ArgumentInvalid if the input has no name
   */
  addRoute(route: EdgeRouteSpec): Promise<EdgeRoute>;
  /**
   * Removes a route.
   *
   * @throws {HubError} GenericNotFound
   */
  removeRoute(id: string): Promise<void>;
  /** Lists the routes. */
  routes(): EdgeRoute[];

  /**
   * Starts a workload API, which signs tokens for a module and provides its trust bundle, as on an Edge device. With the
   * variables of the result's `environment`, a module client uses this emulator as its gateway.
   *
   * @throws {HubError} ModuleNotFound; ArgumentInvalid if both a path and a port are given
   * @throws {Error} with `code`, such as `EADDRINUSE`, if the address can't be bound
   */
  startWorkload(options: WorkloadOptions): Promise<Workload>;
  /** Lists the running workload APIs. */
  workloads(): Workload[];
}

/** Implements {@link EmulatorEdge} with a hub and its workload APIs. */
export function edgeOf({ inputs, registry }: Hub, workloads: Workloads): EmulatorEdge {
  const { routes } = inputs;
  return {
    sendToInput: async (deviceId, moduleId, inputName, body, options) =>
      inputs.send({ deviceId, moduleId }, inputName, body, options),
    inputQueue: (deviceId, moduleId) => inputs.list(registry.require({ deviceId, moduleId })),
    addRoute: async (route) => routes.add(route),
    removeRoute: async (id) => routes.remove(id),
    routes: () => routes.list(),
    startWorkload: (options) => workloads.start(options),
    workloads: () => workloads.list(),
  };
}
