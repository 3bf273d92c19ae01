/** The reason why a case can't run. It isn't a failure of the hub. */
export class NotPossible extends Error {}
