/** The version of the SDK: all packages are released together. A test compares it with every package.json. */
export const version = "0.1.0";
