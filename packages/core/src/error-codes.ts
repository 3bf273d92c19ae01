/**
 * Every error code, with the classes that carry it. A code stays the same across versions, so you can switch on it; new ones
 * may be added.
 */
export interface ErrorCodes {
  /** An argument or option isn't valid. Correct the value that the message names. */
  invalid_argument: "ArgumentError";
  /** An option doesn't exist, or this factory doesn't accept it. Remove it, or correct its spelling. */
  unknown_option: "ArgumentError";
  /** The connection string breaks the rule that the message names. Copy it again from the hub. */
  invalid_connection_string: "ArgumentError";
  /** A symmetric key isn't valid base64. Copy the primary or secondary key of the device again. */
  invalid_key: "ArgumentError";
  /** A SAS token can't be read, has expired, or is for another device or hub. Get a new one for this device. */
  invalid_sas_token: "ArgumentError" | "CredentialError";
  /** A certificate or its key can't be read, has expired, or they don't match. Check both files and the pass phrase. */
  invalid_certificate: "ArgumentError";
  /** The message is over 256 KB, or its properties don't fit into a topic. Split it, or upload a file instead. */
  message_too_large: "ArgumentError";
  /** The network connection failed. Check the host name, DNS, and firewalls; the client retries a lost connection. */
  connect_failed: "ConnectionFailedError";
  /** The TLS handshake failed. Set `serverVerificationCert` for a local hub or gateway, and check the clock. */
  tls_failed: "ConnectionFailedError";
  /** The server or a proxy refused the WebSocket upgrade. Check that WebSockets may pass the network. */
  websocket_refused: "ConnectionFailedError";
  /** The hub is temporarily unavailable (CONNACK 3). Try again later; the client retries a lost connection. */
  server_unavailable: "ConnectionFailedError";
  /** The proxy couldn't be reached, or refused to connect. Check `proxyOptions` and what the proxy allows. */
  proxy_failed: "ConnectionFailedError";
  /** Another client on this page, or in another tab, uses this device. Close it, use one client for both, or set `whenInUse`. */
  identity_in_use: "ConnectionFailedError";
  /** A file of the SDK couldn't be loaded. Deploy all files; if a newer version replaced them, reload the page. See `cause`. */
  load_failed: "ConnectionFailedError";
  /** The token provider or token broker failed or didn't answer. See `cause`; the client retries if it can help. */
  token_provider_failed: "ConnectionFailedError" | "ServiceError";
  /** An established connection was lost. The client reconnects unless `connectionRetry` is off. */
  connection_dropped: "ConnectionDroppedError";
  /** The hub didn't answer a ping within `pingTimeoutMs`. The client reconnects unless `connectionRetry` is off. */
  keep_alive_timeout: "ConnectionDroppedError";
  /** The hub responds to pings, but lost a message. The client reconnects, unless `connectionRetry` is off, and resends it. */
  acknowledgement_timeout: "ConnectionDroppedError";
  /** The hub keeps closing new connections. Look for a second client with the same device id. */
  taken_over: "ConnectionDroppedError";
  /** The hub keeps closing connections after messages. Check its daily quota and its metrics for throttling. */
  throttled: "ConnectionDroppedError";
  /** The server keeps closing connections after messages, and has never acknowledged one. Check that it accepts their topic. */
  topic_refused: "ConnectionDroppedError";
  /** The operation needs a connection and `autoConnect` is off. Call `connect()` first. */
  not_connected: "NoConnectionError";
  /** The hub or provisioning service refused the identity. Check that it exists and is enabled, and its credential. */
  not_authorized: "CredentialError";
  /** The token broker refused the user. Sign the user in again, or request a device that the user may use. */
  token_refused: "CredentialError";
  /** The hub, gateway or storage answered with an error status. See `statusCode`; retry if `retryable`. */
  service_error: "ServiceError";
  /** The provisioning service couldn't assign the device. See `registration`. */
  registration_failed: "ServiceError";
  /** The enrollment is disabled. Enable it in the provisioning service. */
  registration_disabled: "ServiceError";
  /** The provisioning service left the device unassigned. Check the allocation policy and its linked hubs. */
  registration_unassigned: "ServiceError";
  /** The operation didn't finish within its time-out. The hub may have performed it all the same. */
  operation_timeout: "OperationTimeoutError";
  /** `disconnect()`, `shutdown()` or a lost connection without retry ended the operation. Call it again if needed. */
  operation_cancelled: "OperationCancelledError";
  /** The client has been shut down. Create a new one. */
  shut_down: "ClientError";
  /** Handlers and `receive…` calls were mixed. Use only one of them per client. */
  mode_conflict: "ClientError";
  /** The client can't perform this operation the way it was created. The message names the missing part. */
  not_supported: "ClientError";
  /** A package that an option or a feature uses isn't installed, or not part of the bundle. Install what the message names. */
  package_missing: "ClientError";
  /** An IoT Edge environment variable or file is missing. Run in an Edge module, or set what the message names. */
  edge_environment_incomplete: "ClientError";
  /** A handler or listener of the application threw. See `cause`. */
  handler_failed: "ClientError";
  /** The method already has a handler. Remove that one first. */
  handler_conflict: "ClientError";
  /** Too many received messages are waiting. Set a handler, or raise `receiveQueueLimit`. */
  queue_overflow: "ClientError";
  /** The provisioning client is already registering. Wait for that call. */
  registration_running: "ClientError";
  /** The provisioning client has already registered its device. Create a new one to register again. */
  registration_spent: "ClientError";
  /** The assignment storage failed. Fix it; until then the device registers at each start. */
  storage_failed: "ClientError";
  /** The outbox has reached a limit. Send less often, raise the limit, or set `strategyOnFull` to `dropOldest`. */
  outbox_full: "ClientError";
  /** Another client uses the store of the outbox. Use one client, or a store for each device. */
  outbox_in_use: "ClientError";
  /** The store of the outbox failed: full or read-only disk, missing permission. See `cause`. */
  outbox_failed: "ClientError";
  /** A part of the outbox's store can't be read; the rest is kept. Check the disk, and that nothing else writes to it. */
  outbox_damaged: "ClientError";
  /** A message in the outbox reached the end of its time to live. Raise `timeToLiveMs` if it is needed all the same. */
  message_expired: "ClientError";
  /** The full outbox dropped the message for a newer one. Send less often, or raise its limits. */
  message_dropped: "ClientError";
  /** Something unexpected failed inside the client. See `cause`, and report it. */
  client_error: "ClientError";
  /** The runtime lacks a feature that an option needs. The `remediation` names an alternative. */
  unsupported_feature: "UnsupportedFeatureError";
  /** The peer broke the protocol. Check the host, and the proxies in front of it; the client retries a lost connection. */
  protocol_error: "ProtocolError";
  /** The server doesn't support MQTT 3.1.1 (CONNACK 1). Check the host and port. */
  protocol_version_refused: "ProtocolError";
  /** The hub refused a subscription. Check what the hub's tier supports. */
  subscription_refused: "ProtocolError";
  /** The hub sent a payload that isn't valid JSON. Check who sent it. */
  invalid_json: "ProtocolError";
}

/** A code of any error. */
export type ErrorCode = keyof ErrorCodes;

/** The codes that an error class carries. */
export type ErrorCodeOf<TName extends ErrorCodes[ErrorCode]> = {
  [TCode in ErrorCode]: TName extends ErrorCodes[TCode] ? TCode : never;
}[ErrorCode];
