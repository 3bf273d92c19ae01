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
import { type PageOptions, pageOf } from "./paging.ts";

/** The Device Provisioning Service of an emulator. It shares the hub's ports. */
export interface EmulatorProvisioning {
  /** The id scope that devices register with. */
  readonly idScope: string;
  /** A connection string with the policy `provisioningserviceowner`, for service clients of provisioning. */
  readonly provisioningConnectionString: string;
  /**
   * Creates an individual enrollment, which lets one device register. Without an attestation, the service generates
   * symmetric keys and returns them.
   *
   * @throws {HubError} EnrollmentAlreadyExists; ArgumentInvalid; IotHubFormatError for an invalid key
   */
  createEnrollment(registrationId: string, options?: EnrollmentOptions): Promise<Enrollment>;
  /**
   * Returns an individual enrollment with its keys.
   *
   * @throws {HubError} EnrollmentNotFound
   */
  getEnrollment(registrationId: string): Promise<Enrollment>;
  /** Lists the individual enrollments in order of creation. */
  listEnrollments(page?: PageOptions): Promise<Enrollment[]>;
  /**
   * Deletes an enrollment and its registration. The device stays in its hub.
   *
   * @throws {HubError} EnrollmentNotFound
   */
  deleteEnrollment(registrationId: string): Promise<void>;
  /**
   * Creates an enrollment group, which lets any number of devices register, either with keys derived from the group's
   * key (`deriveDeviceKey`) or with certificates signed by one authority.
   *
   * @throws {HubError} EnrollmentAlreadyExists; ArgumentInvalid; IotHubFormatError for an invalid key
   */
  createEnrollmentGroup(
    enrollmentGroupId: string,
    options?: EnrollmentGroupOptions,
  ): Promise<EnrollmentGroup>;
  /**
   * Returns an enrollment group with its keys.
   *
   * @throws {HubError} EnrollmentNotFound
   */
  getEnrollmentGroup(enrollmentGroupId: string): Promise<EnrollmentGroup>;
  /** Lists the enrollment groups in order of creation. */
  listEnrollmentGroups(page?: PageOptions): Promise<EnrollmentGroup[]>;
  /**
   * Deletes an enrollment group and its registrations. The devices stay in their hubs.
   *
   * @throws {HubError} EnrollmentNotFound
   */
  deleteEnrollmentGroup(enrollmentGroupId: string): Promise<void>;
  /**
   * Returns the state of a registration.
   *
   * @throws {HubError} EnrollmentNotFound if the device has never registered
   */
  registrationState(registrationId: string): Promise<RegistrationState>;
}

/**
 * Implements {@link EmulatorProvisioning} with the provisioning service.
 *
 * @param host - of connection strings, with a port unless the official ports are bound
 */
export function provisioningOf(service: Provisioning, host: string): EmulatorProvisioning {
  const { idScope, individual, groups, ownerKey } = service;
  return {
    idScope,
    provisioningConnectionString: `HostName=${host};SharedAccessKeyName=provisioningserviceowner;SharedAccessKey=${ownerKey}`,
    createEnrollment: async (registrationId, options) =>
      enrollmentView(individual.create(registrationId, options)),
    getEnrollment: async (registrationId) => enrollmentView(individual.require(registrationId)),
    listEnrollments: async (page) => pageOf(individual.list(), ({ id }) => id, page).map(enrollmentView),
    deleteEnrollment: async (registrationId) => service.deleteEnrollment(registrationId),
    createEnrollmentGroup: async (enrollmentGroupId, options) =>
      groupView(groups.create(enrollmentGroupId, options)),
    getEnrollmentGroup: async (enrollmentGroupId) => groupView(groups.require(enrollmentGroupId)),
    listEnrollmentGroups: async (page) => pageOf(groups.list(), ({ id }) => id, page).map(groupView),
    deleteEnrollmentGroup: async (enrollmentGroupId) => service.deleteGroup(enrollmentGroupId),
    registrationState: async (registrationId) => service.state(registrationId),
  };
}
