import type { TokenEndpoint, TokenProvider } from "../auth/token-provider.ts";
import type { X509 } from "../auth/x509.ts";
import { ClientError, mustBe } from "../errors.ts";
import type { ReceiveOptions } from "../events/receive-queue.ts";
import type { Message, MessageData, ReceivedMessage } from "../messages/message.ts";
import type { ClientOptions } from "../setup/client-options.ts";
import {
  readToken,
  setupFromConnectionString,
  setupFromSastoken,
  setupFromSymmetricKey,
  setupFromX509,
} from "../setup/client-setup.ts";
import { checkId } from "../setup/device-id.ts";
import type { Platform } from "../setup/platform.ts";
import { type OperationOptions, withDeadline } from "../util/deadline.ts";
import { toJson } from "../util/json.ts";
import { receiveCallsOf } from "./receive-calls.ts";
import { ReceiveClient } from "./receive-client.ts";
import type { TwinShape, UntypedTwin } from "./twin-types.ts";

/** A method call on another device or module. @source IoT Hub REST, "Invoke device method" */
export interface MethodParams {
  methodName: string;
  /** A value with a JSON form, at most 128 KB of it. */
  payload?: unknown;
  /** 5 to 300 s; the gateway's 30 when left out. */
  responseTimeoutInSeconds?: number;
  /** 0 to 300 s; the gateway's 0 when left out. */
  connectTimeoutInSeconds?: number;
}

/** The answer to a method call. */
export interface InvokeResult {
  readonly status: number;
  readonly payload: unknown;
}

/**
 * A module of a device, on IoT Edge or by itself. It behaves as `IoTHubDeviceClient` does; in place of cloud-to-device
 * messages it has inputs and outputs, which an Edge gateway routes.
 *
 * @example
 * const client = await IoTHubModuleClient.createFromEdgeEnvironment();
 * client.onMessageReceived = (message) => client.sendMessageToOutput(message.data, "output1");
 *
 * @source Python `IoTHubModuleClient`
 */
export class IoTHubModuleClient<T extends TwinShape = UntypedTwin> extends ReceiveClient<T> {
  protected static readonly brand: symbol = Symbol.for("isohub.IoTHubModuleClient");
  /** Set by the runtime packages; the class of core itself has none and cannot make clients. */
  protected static readonly platform: Platform | undefined = undefined;

  /**
   * Makes a client from a module's connection string:
   * `HostName=…;DeviceId=…;ModuleId=…;SharedAccessKey=…`. Touches no network.
   *
   * @param connectionString - also with `SharedAccessKeyName`, which signs with that policy of the hub, or with
   * `SharedAccessSignature` instead of a key, as in {@link createFromSastoken}
   * @throws {ArgumentError} `invalid_connection_string`, `invalid_key`, `invalid_sas_token`, `unknown_option` or
   * `invalid_argument`
   * @source Python `create_from_connection_string`
   */
  static createFromConnectionString<T extends TwinShape = UntypedTwin>(
    connectionString: string,
    options: ClientOptions = {},
  ): IoTHubModuleClient<T> {
    return new this(setupFromConnectionString(this.platform, "module", connectionString, options, readToken));
  }

  /**
   * Makes a client from a module's SAS token that somebody else signed. Touches no network.
   *
   * @throws {ArgumentError} `invalid_sas_token`, `unknown_option` or `invalid_argument`
   * @source Python `create_from_sastoken`
   */
  static createFromSastoken<T extends TwinShape = UntypedTwin>(
    sastoken: string,
    options: ClientOptions = {},
  ): IoTHubModuleClient<T> {
    return new this(setupFromSastoken(this.platform, "module", sastoken, options));
  }

  /**
   * Makes a client whose SAS tokens are signed elsewhere, such as by a token broker. Everything is as with
   * {@link IoTHubDeviceClient.createFromTokenProvider}, for tokens of a module.
   *
   * @throws {ArgumentError | CredentialError | ConnectionFailedError | ServiceError | OperationTimeoutError}
   */
  static async createFromTokenProvider<T extends TwinShape = UntypedTwin>(
    tokenProvider: string | URL | TokenEndpoint | TokenProvider,
    options: ClientOptions = {},
  ): Promise<IoTHubModuleClient<T>> {
    const { setupFromTokenProvider } = await import("../setup/provider-setup.ts");
    return new this(await setupFromTokenProvider(this.platform, "module", tokenProvider, options));
  }

  /**
   * Makes a client from a module's key, which Python has for devices only. Touches no network.
   *
   * @param symmetricKey - base64; `undefined` with the option `signingMechanism`
   * @throws {ArgumentError} `invalid_key`, `unknown_option` or `invalid_argument`
   */
  static createFromSymmetricKey<T extends TwinShape = UntypedTwin>(
    symmetricKey: string | undefined,
    hostname: string,
    deviceId: string,
    moduleId: string,
    options: ClientOptions = {},
  ): IoTHubModuleClient<T> {
    const ids = { hostname, deviceId, moduleId };
    return new this(setupFromSymmetricKey(this.platform, "module", symmetricKey, ids, options));
  }

  /**
   * Makes a client from a certificate. Reads and checks it, and touches no network.
   *
   * @throws {ArgumentError} `invalid_certificate`, `unknown_option` or `invalid_argument`
   * @throws {UnsupportedFeatureError} where a client certificate is not possible
   * @source Python `create_from_x509_certificate`
   */
  static createFromX509Certificate<T extends TwinShape = UntypedTwin>(
    x509: X509,
    hostname: string,
    deviceId: string,
    moduleId: string,
    options: ClientOptions = {},
  ): IoTHubModuleClient<T> {
    return new this(setupFromX509(this.platform, "module", x509, { hostname, deviceId, moduleId }, options));
  }

  /**
   * Makes a client from what IoT Edge gives to a module: variables of the environment, and the workload API for trust
   * and signatures. For debugging outside of a container, `EdgeHubConnectionString` and `EdgeModuleCACertificateFile`
   * take their place. It asks the workload API, which is why it is a promise here.
   *
   * @throws {ClientError} `edge_environment_incomplete`, naming what is missing
   * @throws {ConnectionFailedError | ServiceError} the workload API could not be reached or refused
   * @throws {ArgumentError} a variable is not valid; `unknown_option` for options that the environment decides
   * @source Python `create_from_edge_environment`
   */
  static async createFromEdgeEnvironment<T extends TwinShape = UntypedTwin>(
    options: ClientOptions = {},
  ): Promise<IoTHubModuleClient<T>> {
    const { setupFromEdgeEnvironment } = await import("../setup/edge-setup.ts");
    return new this(await setupFromEdgeEnvironment(this.platform, options));
  }

  /**
   * Sends a message by an output; the gateway's routes say where it goes. Behaves as `sendMessage` otherwise.
   *
   * @throws {ArgumentError} `invalid_argument` for an output name that is not a text
   * @source Python `send_message_to_output`
   */
  async sendMessageToOutput(
    message: Message<unknown> | MessageData,
    outputName: string,
    options: OperationOptions = {},
  ): Promise<void> {
    return this.sendTelemetry(message, checkName("output name", outputName), options);
  }

  /**
   * Fetches the next message of an input. Messages of inputs that nobody has asked for yet are kept.
   *
   * @returns `undefined` when none came in the time given
   * @source Python `receive_message_on_input`
   */
  async receiveMessageOnInput(
    inputName: string,
    options: ReceiveOptions = {},
  ): Promise<ReceivedMessage | undefined> {
    return receiveCallsOf(this.core).message(checkName("input name", inputName), options);
  }

  /**
   * Calls a direct method of another device or module through the gateway, over HTTPS.
   *
   * @returns what it answered, whatever the status
   * @throws {ClientError} `not_supported` without a gateway
   * @throws {ServiceError} the gateway could not reach it: 404 not connected, 504 no answer in time
   * @source Python `invoke_method`
   */
  async invokeMethod(
    methodParams: MethodParams,
    deviceId: string,
    moduleId?: string,
    options: OperationOptions = {},
  ): Promise<InvokeResult> {
    this.core.ensureOpen();
    const { locator, options: resolved } = this.core.setup;
    if (resolved.gatewayHostname === undefined) {
      throw new ClientError("not_supported", "A method call on another module needs an IoT Edge gateway", {
        remediation: "Use createFromEdgeEnvironment, or a connection string with GatewayHostName",
      });
    }
    checkName("methodName", (methodParams as MethodParams | undefined)?.methodName);
    toJson("The method call", methodParams);
    const { httpOf, twinPath } = await import("./client-http.ts");
    const path = twinPath(
      checkId("device id", deviceId),
      moduleId === undefined ? undefined : checkId("module id", moduleId),
    );
    const caller = locator.name;
    const what = `Calling method '${methodParams.methodName}'`;
    const answer = await withDeadline(this.core.clock, what, options, resolved.operationTimeoutMs, (signal) =>
      httpOf(this.core).post(what, () => `${path}/methods`, methodParams, signal, {
        "x-ms-edge-moduleId": caller,
      }),
    );
    return answer as InvokeResult;
  }
}

function checkName(what: string, value: unknown): string {
  if (typeof value === "string" && value !== "") return value;
  throw mustBe(`The ${what}`, value, "a text that is not empty");
}
