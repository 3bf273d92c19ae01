/** The scope of the store for what belongs to one folder of data, and to no snapshot: certificates and ports. */
export const machineScope = "machine";
