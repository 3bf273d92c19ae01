/** The scope of the store for records that belong to one folder of data, and to no snapshot: certificates and ports. */
export const machineScope = "machine";
