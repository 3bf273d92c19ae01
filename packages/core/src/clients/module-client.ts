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
import type { OperationOptions } from "../util/deadline.ts";
import { toJson } from "../util/json.ts";
import { loadFile } from "../util/load-file.ts";
import { receiveCallsOf } from "./receive-calls.ts";
import { ReceiveClient } from "./receive-client.ts";
import type { TwinShape, UntypedTwin } from "./twin-types.ts";

/** A call of a method of another device or module. @source IoT Hub REST, "Invoke device method" */
export interface MethodParams {
  /** The name of the method. */
  methodName: string;
  /** A value with a JSON form of at most 128 KB. */
  payload?: unknown;
  /** The time limit for the response: 5 to 300 s. Defaults to the gateway's 30. */
  responseTimeoutInSeconds?: number | undefined;
  /** The time limit for a disconnected target to connect: 0 to 300 s. Defaults to the gateway's 0. */
  connectTimeoutInSeconds?: number | undefined;
}

/** The response to a method call. */
export interface InvokeResult {
  /** The status that the method returned. */
  readonly status: number;
  /** The parsed JSON that the method returned. */
  readonly payload: unknown;
}

/**
 * A module of a device, on IoT Edge or elsewhere. It behaves like `IoTHubDeviceClient`, but has inputs and outputs, which an Edge
 * gateway routes, instead of cloud-to-device messages.
 *
 * @example
 * const client = await IoTHubModuleClient.createFromEdgeEnvironment();
 * client.onMessageReceived = (message) => client.sendMessageToOutput(message.data, "output1");
 *
 * @source Python `IoTHubModuleClient`
 */
export class IoTHubModuleClient<T extends TwinShape = UntypedTwin> extends ReceiveClient<T> {
  protected static readonly brand: symbol = Symbol.for("isohub.IoTHubModuleClient");
  /** Set by the runtime packages. Core's class has none, and can't create clients. */
  protected static readonly platform: Platform | undefined = undefined;

  /**
   * Creates a client from a module's connection string, `HostName=…;DeviceId=…;ModuleId=…;SharedAccessKey=…`. Doesn't connect.
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
    return new this(setupFromConnectionString(this, "module", connectionString, options, readToken));
  }

  /**
   * Creates a client from a module's SAS token. Doesn't connect.
   *
   * @throws {ArgumentError} `invalid_sas_token`, `unknown_option` or `invalid_argument`
   * @source Python `create_from_sastoken`
   */
  static createFromSastoken<T extends TwinShape = UntypedTwin>(
    sastoken: string,
    options: ClientOptions = {},
  ): IoTHubModuleClient<T> {
    return new this(setupFromSastoken(this, "module", sastoken, options));
  }

  /**
   * Creates a client whose SAS tokens are signed elsewhere, such as by a token broker. Behaves like
   * {@link IoTHubDeviceClient.createFromTokenProvider}, with tokens of a module.
   *
   * @throws {ArgumentError | CredentialError | ConnectionFailedError | ServiceError | OperationTimeoutError}
   */
  static async createFromTokenProvider<T extends TwinShape = UntypedTwin>(
    tokenProvider: string | URL | TokenEndpoint | TokenProvider,
    options: ClientOptions = {},
  ): Promise<IoTHubModuleClient<T>> {
    const { setupFromTokenProvider } = await loadFile(() => import("../setup/provider-setup.ts"));
    return new this(await setupFromTokenProvider(this, "module", tokenProvider, options));
  }

  /**
   * Creates a client from a module's key, which Python supports only for devices. Doesn't connect.
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
    return new this(setupFromSymmetricKey(this, "module", symmetricKey, ids, options));
  }

  /**
   * Creates a client from a certificate. Reads and checks it, but doesn't connect.
   *
   * @throws {ArgumentError} `invalid_certificate`, `unknown_option` or `invalid_argument`
   * @throws {UnsupportedFeatureError} the runtime doesn't support client certificates
   * @source Python `create_from_x509_certificate`
   */
  static createFromX509Certificate<T extends TwinShape = UntypedTwin>(
    x509: X509,
    hostname: string,
    deviceId: string,
    moduleId: string,
    options: ClientOptions = {},
  ): IoTHubModuleClient<T> {
    return new this(setupFromX509(this, "module", x509, { hostname, deviceId, moduleId }, options));
  }

  /**
   * Creates a client from the environment of an IoT Edge module: its variables, and the workload API for certificates and
   * signatures. For debugging outside of a container, set `EdgeHubConnectionString` and `EdgeModuleCACertificateFile`
   * instead. It returns a promise because it sends requests to the workload API.
   *
   * @throws {ClientError} `edge_environment_incomplete`, with the missing variables
   * @throws {ConnectionFailedError | ServiceError} the workload API couldn't be reached, or refused
   * @throws {ArgumentError} a variable isn't valid; `unknown_option` for options that the environment defines
   * @source Python `create_from_edge_environment`
   */
  static async createFromEdgeEnvironment<T extends TwinShape = UntypedTwin>(
    options: ClientOptions = {},
  ): Promise<IoTHubModuleClient<T>> {
    const { setupFromEdgeEnvironment } = await loadFile(() => import("../setup/edge-setup.ts"));
    return new this(await setupFromEdgeEnvironment(this, options));
  }

  /**
   * Sends a message by an output, to where the gateway's routes lead. Otherwise behaves like `sendMessage`.
   *
   * @throws {ArgumentError} `invalid_argument`: the output name isn't a non-empty string
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
   * Fetches the next message of an input. Messages of other inputs are kept.
   *
   * @returns `undefined` if none arrived in time
   * @throws {ClientError} `mode_conflict`: handlers have been set
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
   * @returns the response, whatever its status
   * @throws {ClientError} `not_supported`: there is no gateway
   * @throws {ServiceError} the gateway couldn't reach the target: 404 not connected, 504 no response in time
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
      throw new ClientError("not_supported", "Calling a method of another module needs an IoT Edge gateway", {
        remediation: "Use createFromEdgeEnvironment, or a connection string with GatewayHostName",
      });
    }
    checkName("methodName", (methodParams as MethodParams | undefined)?.methodName);
    toJson("The method call", methodParams);
    const { httpOf, readInvokeResult, twinPath, untilShutdown } = await loadFile(
      () => import("./client-http.ts"),
    );
    const path = twinPath(
      checkId("device id", deviceId),
      moduleId === undefined ? undefined : checkId("module id", moduleId),
    );
    const caller = locator.name;
    const operation = `Calling method '${methodParams.methodName}'`;
    const answer = await untilShutdown(this.core, options, (inner) =>
      this.core.withDeadline(operation, inner, (signal) =>
        httpOf(this.core).post(operation, () => `${path}/methods`, methodParams, signal, {
          "x-ms-edge-moduleId": caller,
        }),
      ),
    );
    return readInvokeResult(answer);
  }
}

function checkName(name: string, value: unknown): string {
  if (typeof value === "string" && value !== "") return value;
  throw mustBe(`The ${name}`, value, "a non-empty string");
}
