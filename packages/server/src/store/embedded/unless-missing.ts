/** For `.catch`: turns "no such file" into undefined and lets every other failure pass. */
export function unlessMissing(thrown: unknown): undefined {
  if (errorCode(thrown) === 'ENOENT') return undefined;
  throw thrown;
}

/** The `code` of a system error such as `ENOENT`, or undefined. */
export function errorCode(thrown: unknown): string | undefined {
  if (!(thrown instanceof Error) || !('code' in thrown)) return undefined;
  return typeof thrown.code === 'string' ? thrown.code : undefined;
}
