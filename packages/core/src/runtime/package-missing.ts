import { asError, ClientError } from "../errors.ts";

/**
 * Creates a handler for a failed `import()`: it throws a fatal error that names the package and how to get it. Another attempt
 * would fail the same way.
 *
 * @param user - what needs the package: the subject of the message
 * @param remediation - the command that installs the package, or another way to make it available
 */
export function packageMissing(user: string, name: string, remediation: string): (cause: unknown) => never {
  return (cause) => {
    throw new ClientError(
      "package_missing",
      `${user} needs ${name}, which could not be loaded: ${asError(cause).message}`,
      { cause, remediation },
    );
  };
}

/** Creates a handler for a failed `import()` of another file of the same package, such as one that wasn't deployed. */
export const fileMissing = (packageName: string): ((cause: unknown) => never) =>
  packageMissing(
    "A connection",
    `another file of ${packageName}`,
    "Deploy all files that your bundler writes, or make it write a single file",
  );
