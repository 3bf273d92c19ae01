import type {
  Enrollment,
  EnrollmentGroup,
  EnrollmentGroupOptions,
  EnrollmentOptions,
} from "../provisioning/enrollment.ts";
import type { RegistrationState } from "../provisioning/registration-record.ts";

/** The provisioning service of an emulator: it listens at the ports of the hub and assigns devices to it. */
export interface EmulatorProvisioning {
  /** What devices have to name besides their registration id. */
  readonly idScope: string;
  /** A connection string of the policy `provisioningserviceowner`, for service clients of provisioning. */
  readonly provisioningConnectionString: string;

  /**
   * Lets one device register. Without more it does so with a key of its own, which is in the result.
   *
   * @throws {HubError} EnrollmentAlreadyExists; ArgumentInvalid, IotHubFormatError for a key
   */
  createEnrollment(registrationId: string, options?: EnrollmentOptions): Promise<Enrollment>;
  /** @throws {HubError} EnrollmentNotFound */
  getEnrollment(registrationId: string): Promise<Enrollment>;
  /** In the order of creation. */
  listEnrollments(): Promise<Enrollment[]>;
  /** Deletes an enrollment with its registration; the device stays in the hub. @throws {HubError} EnrollmentNotFound */
  deleteEnrollment(registrationId: string): Promise<void>;

  /**
   * Lets any number of devices register: with keys that `deriveDeviceKey` makes of the group's, or with certificates of
   * one authority.
   *
   * @throws {HubError} EnrollmentAlreadyExists; ArgumentInvalid, IotHubFormatError for a key
   */
  createEnrollmentGroup(
    enrollmentGroupId: string,
    options?: EnrollmentGroupOptions,
  ): Promise<EnrollmentGroup>;
  /** @throws {HubError} EnrollmentNotFound */
  getEnrollmentGroup(enrollmentGroupId: string): Promise<EnrollmentGroup>;
  /** In the order of creation. */
  listEnrollmentGroups(): Promise<EnrollmentGroup[]>;
  /** Deletes a group with its registrations; the devices stay in the hub. @throws {HubError} EnrollmentNotFound */
  deleteEnrollmentGroup(enrollmentGroupId: string): Promise<void>;

  /** How far a registration has come. @throws {HubError} EnrollmentNotFound when there has been none */
  registrationState(registrationId: string): Promise<RegistrationState>;
}
