/** Failures of a connection before anything was sent. */
const CODES: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);
/** Errors lie in each other no deeper than this. */
const DEPTH = 5;

/** Whether a request has failed before anything of it was sent, so that it has surely done nothing. */
export function wasNeverSent(thrown: unknown): boolean {
  let error: unknown = thrown;
  for (let depth = 0; depth < DEPTH && error instanceof Error; depth++) {
    if (CODES.has((error as NodeJS.ErrnoException).code ?? '')) return true;
    error = error.cause;
  }
  return false;
}
