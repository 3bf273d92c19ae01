import type { JsonObject } from "@isohub/core";
import { type Clock, setTimerAt } from "@isohub/core/internal";
import { AppliedConfigurations } from "./configurations/applied-configurations.ts";
import { Configurations } from "./configurations/configurations.ts";
import { admit, type ConnectOutcome, type ConnectRequest } from "./connecting.ts";
import { CertificateAuthorities } from "./credentials/certificate-authorities.ts";
import {
  type AuthContext,
  type AuthFailure,
  authenticate,
  authorize,
  type PresentedCredentials,
  type Proof,
} from "./credentials/credentials.ts";
import { builtInPolicies, type Permission, type SharedAccessPolicy } from "./credentials/policies.ts";
import { type PolicyClaim, verifyPolicyToken } from "./credentials/policy-token.ts";
import { C2d } from "./deliveries/c2d.ts";
import { Inputs } from "./deliveries/inputs.ts";
import { DeviceOperations } from "./device-operations.ts";
import { EventFeed } from "./events/event-feed.ts";
import type { EventBody } from "./events/events.ts";
import { HubMessages } from "./hub-messages.ts";
import type { HubOptions } from "./hub-options.ts";
import { type Identity, parseIdentity } from "./identities/identity.ts";
import { Registry } from "./identities/registry.ts";
import { Identities } from "./identities.ts";
import { Ingestion } from "./ingestion.ts";
import { Jobs } from "./jobs/jobs.ts";
import { Throttles } from "./limits/throttles.ts";
import { Methods } from "./methods.ts";
import { Sessions } from "./sessions/sessions.ts";
import { EventHubs } from "./telemetry/event-hubs.ts";
import { MessageRouter } from "./telemetry/message-router.ts";
import { TelemetryStore } from "./telemetry/telemetry.ts";
import { Twins } from "./twins/twins.ts";
import { Uploads } from "./uploads.ts";
import { IdentityViews } from "./views/identity-views.ts";

/** An IoT hub without sockets. Listeners hand it connections and packets, and carry out its decisions. */
export class Hub {
  readonly throttles: Throttles;
  readonly registry: Registry;
  readonly identities: Identities;
  readonly events: EventFeed;
  readonly sessions: Sessions;
  readonly telemetry: TelemetryStore;
  readonly eventHubs: EventHubs;
  readonly router: MessageRouter;
  readonly twins: Twins;
  readonly methods: Methods;
  readonly c2d: C2d;
  readonly inputs: Inputs;
  readonly uploads: Uploads;
  readonly views: IdentityViews;
  readonly ingestion: Ingestion;
  readonly operations: DeviceOperations;
  readonly jobs: Jobs;
  readonly configurations: Configurations;
  readonly policies: ReadonlyMap<string, SharedAccessPolicy>;
  readonly authorities: CertificateAuthorities;
  readonly #clock: Clock;
  readonly #authContext: AuthContext;

  constructor(options: HubOptions) {
    const { clock, store, hostNames, sasClockSkewSeconds, requireApiVersion } = options;
    this.#clock = clock;
    const throttles = new Throttles(clock, store, options.tier);
    this.throttles = throttles;
    this.registry = new Registry(clock, store, options.makeKey);
    this.events = options.events ?? new EventFeed(clock);
    this.sessions = new Sessions(store);
    this.telemetry = new TelemetryStore(clock, store, options.telemetryLimits, options.partitions);
    const { name = "localhost", telemetryLimits: limits, partitions } = options;
    this.eventHubs = new EventHubs({ clock, store, limits, partitions, name }, this.telemetry);
    this.twins = new Twins(
      clock,
      store,
      this.sessions,
      this.events,
      (session, operation) => options.twinInterceptor(session, operation) ?? throttles.onTwin(operation),
    );
    this.methods = new Methods(clock, this.sessions, this.events, throttles);
    this.c2d = new C2d(clock, store, this.registry, this.events, options);
    this.inputs = new Inputs(clock, store, this.registry, this.events, options);
    this.uploads = new Uploads(clock, store, this.registry, this.events);
    this.policies = builtInPolicies(store, options.makeKey);
    this.authorities = new CertificateAuthorities(
      (pem) => options.parseCertificate(pem),
      store.table("authorities"),
    );
    const { registry, policies, authorities, sessions, twins, c2d } = this;
    const applied = new AppliedConfigurations(store);
    this.views = new IdentityViews({ clock, store, registry, sessions, twins, c2d, applied });
    const { events, inputs, uploads, views } = this;
    const twin = (identity: Identity): JsonObject => ({ ...views.twin(identity) });
    const { parseCondition } = options;
    this.router = new MessageRouter({ store, eventHubs: this.eventHubs, parseCondition, twin });
    const { router, methods } = this;
    this.jobs = new Jobs({ clock, store, registry, views, twins, methods, parseCondition });
    const messages = new HubMessages({ clock, router, registry, events, twins, hubName: name, twin });
    this.identities = new Identities({
      messages,
      store,
      registry,
      events,
      sessions,
      twins,
      c2d,
      inputs,
      uploads,
      views,
      applied,
    });
    const { identities } = this;
    this.configurations = new Configurations({
      clock,
      store,
      registry,
      identities,
      views,
      twins,
      applied,
      parseCondition,
    });
    twins.onChange = identities.onChange = (identity) => this.configurations.evaluate(identity);
    this.#authContext = {
      clock,
      hostNames,
      sasClockSkewSeconds,
      requireApiVersion,
      throttles,
      registry,
      policies,
      authorities,
      crypto: options.crypto,
    };
    this.ingestion = new Ingestion(registry, inputs, router, events, throttles);
    const { configurations, ingestion } = this;
    this.operations = new DeviceOperations({
      sessions,
      events,
      twins,
      methods,
      c2d,
      inputs,
      views,
      ingestion,
      configurations,
      throttles,
    });
  }

  /** Accepts or refuses a CONNECT. A refusal without a return code closes the connection without a CONNACK. */
  async connect(request: ConnectRequest): Promise<ConnectOutcome> {
    const outcome = await admit(this.#authContext, request);
    if ("reason" in outcome) {
      this.refused(request.connectFields.clientId, outcome);
      return outcome;
    }
    const { session, warnings } = outcome;
    for (const warning of warnings) this.events.emit("warning", session.identity, warning);
    this.sessions.open(session);
    if (session.expiresAt !== undefined) {
      session.expiryTimer = setTimerAt(this.#clock, session.expiresAt + 1, () => this.checkExpiry());
    }
    return outcome;
  }

  /** Checks the credentials of a request that isn't a CONNECT. */
  authenticate(identity: Identity, presented: PresentedCredentials): Promise<Proof | AuthFailure> {
    return authenticate(this.#authContext, identity, presented);
  }

  /** Checks the SAS token of a service. Returns why it doesn't grant a permission, or `undefined` if it does. */
  authorize(token: string, permission: Permission, path: readonly string[]): Promise<string | undefined> {
    return authorize(this.#authContext, token, permission, path);
  }

  /** Checks the token of a policy. Returns what it grants, or why it isn't valid. */
  claimOf(token: string): Promise<PolicyClaim | string> {
    return verifyPolicyToken(this.#authContext, token);
  }

  /** Emits the event of a refused connection. */
  refused(clientId: string, refusal: EventBody<"connectionRefused">): void {
    this.events.emit("connectionRefused", parseIdentity(clientId) ?? { deviceId: clientId }, refusal);
  }

  /** Ends the connections whose tokens have expired. Timers call it; call it yourself after you set the clock. */
  checkExpiry(): void {
    const now = this.#clock.now();
    for (const { expiresAt, connection } of this.sessions.list()) {
      if (expiresAt !== undefined && expiresAt < now) connection.end("tokenExpired");
    }
  }

  /** Ends every connection, and everything that waits for one. The state stays in the store. */
  end(): void {
    for (const session of this.sessions.list()) session.connection.end("hubStopped");
    // First, so that it doesn't count calls as failed that end with the hub.
    this.jobs.close();
    this.methods.close();
    this.telemetry.close();
    this.eventHubs.close();
    this.c2d.close();
    this.inputs.close();
    this.uploads.close();
  }
}
