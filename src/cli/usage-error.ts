/** A mistake of whoever calls a command. */

/** What is given to the command does not fit. */
export class UsageError extends Error {}
