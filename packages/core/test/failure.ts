/** Returns the error that a promise rejects with. */
export function failure(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => new Error("the promise did not reject"),
    (error: unknown) => error,
  );
}

/** Returns what a function throws. */
export function thrownBy(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  return new Error("the function did not throw");
}
