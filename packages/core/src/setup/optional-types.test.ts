import { expect, it } from "vitest";
import type {
  BackoffOptions,
  ClientOptions,
  DeviceProvisioning,
  MessageOptions,
  MethodParams,
  MethodResult,
  OperationOptions,
  ProvisioningOptions,
  ReceiveOptions,
  RegisterOptions,
  ShutdownOptions,
  TokenEndpoint,
  UploadOptions,
} from "../index.ts";
import { memoryRuntime } from "../testing/memory-runtime.ts";
import type { TokenBrokerOptions } from "../token-broker.ts";
import { resolveOptions } from "./resolve-options.ts";

/** The optional properties that don't accept `undefined` with `exactOptionalPropertyTypes`, which this project sets. */
type Exact<T> = {
  [TName in keyof T]-?: object extends Pick<T, TName>
    ? { [TOther in TName]: undefined } extends Pick<T, TName>
      ? never
      : TName
    : never;
}[keyof T];

// That this compiles is the test; a property that accepts no undefined is in the message of the compiler.
type AllAcceptUndefined<T> = [Exact<T>] extends [never] ? true : Exact<T>;
const accepting: [
  AllAcceptUndefined<ClientOptions>,
  AllAcceptUndefined<ProvisioningOptions>,
  AllAcceptUndefined<DeviceProvisioning>,
  AllAcceptUndefined<OperationOptions>,
  AllAcceptUndefined<ShutdownOptions>,
  AllAcceptUndefined<ReceiveOptions>,
  AllAcceptUndefined<RegisterOptions>,
  AllAcceptUndefined<UploadOptions>,
  AllAcceptUndefined<MessageOptions>,
  AllAcceptUndefined<MethodParams>,
  AllAcceptUndefined<MethodResult>,
  AllAcceptUndefined<BackoffOptions>,
  AllAcceptUndefined<TokenEndpoint>,
  AllAcceptUndefined<TokenBrokerOptions>,
] = [true, true, true, true, true, true, true, true, true, true, true, true, true, true];

it("optional options accept undefined, such as an environment variable that isn't set", () => {
  expect(accepting).toHaveLength(14);
  const options: ClientOptions = {
    gatewayHostname: process.env["ISOHUB_NOT_SET"],
    productInfo: process.env["ISOHUB_NOT_SET"],
    keepAlive: undefined,
    autoConnect: undefined,
  };
  const { retryPolicy, ...resolved } = resolveOptions(options, memoryRuntime());
  const { retryPolicy: byDefault, ...defaults } = resolveOptions({}, memoryRuntime());
  expect(resolved).toEqual(defaults);
  expect(retryPolicy).toBe(byDefault);
});
