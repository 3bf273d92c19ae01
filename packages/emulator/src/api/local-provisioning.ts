import {
  type Enrollment,
  type EnrollmentGroup,
  type EnrollmentGroupOptions,
  type EnrollmentOptions,
  enrollmentView,
  groupView,
} from "../provisioning/enrollment.ts";
import type { Provisioning } from "../provisioning/provisioning.ts";
import type { RegistrationState } from "../provisioning/registration-record.ts";
import type { EmulatorProvisioning } from "./provisioning.ts";

/** The provisioning service with its handles for tests. */
export class LocalProvisioning implements EmulatorProvisioning {
  readonly idScope: string;
  readonly provisioningConnectionString: string;
  readonly #service: Provisioning;

  /** @param hostName - for connection strings, with a port where clients need one */
  constructor(service: Provisioning, hostName: string) {
    this.#service = service;
    this.idScope = service.idScope;
    this.provisioningConnectionString = `HostName=${hostName};SharedAccessKeyName=provisioningserviceowner;SharedAccessKey=${service.ownerKey}`;
  }

  async createEnrollment(registrationId: string, options?: EnrollmentOptions): Promise<Enrollment> {
    return enrollmentView(this.#service.individual.create(registrationId, options));
  }

  async getEnrollment(registrationId: string): Promise<Enrollment> {
    return enrollmentView(this.#service.individual.require(registrationId));
  }

  async listEnrollments(): Promise<Enrollment[]> {
    return this.#service.individual.list().map(enrollmentView);
  }

  async deleteEnrollment(registrationId: string): Promise<void> {
    this.#service.deleteEnrollment(registrationId);
  }

  async createEnrollmentGroup(
    enrollmentGroupId: string,
    options?: EnrollmentGroupOptions,
  ): Promise<EnrollmentGroup> {
    return groupView(this.#service.groups.create(enrollmentGroupId, options));
  }

  async getEnrollmentGroup(enrollmentGroupId: string): Promise<EnrollmentGroup> {
    return groupView(this.#service.groups.require(enrollmentGroupId));
  }

  async listEnrollmentGroups(): Promise<EnrollmentGroup[]> {
    return this.#service.groups.list().map(groupView);
  }

  async deleteEnrollmentGroup(enrollmentGroupId: string): Promise<void> {
    this.#service.deleteGroup(enrollmentGroupId);
  }

  async registrationState(registrationId: string): Promise<RegistrationState> {
    return this.#service.state(registrationId);
  }
}
