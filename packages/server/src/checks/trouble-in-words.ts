const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ECONNRESET: 'the connection was closed without an answer',
  EPIPE: 'the connection was closed without an answer',
  ENOTFOUND: 'no such host is known',
  EAI_AGAIN: 'the name could not be looked up',
  EHOSTUNREACH: 'there is no route to it',
  ENETUNREACH: 'there is no route to it',
  ENOENT: 'there is no such file',
  EACCES: 'access to it is denied',
  ABORT_ERR: 'it was called off',
};

/** Why something could not be reached or started, in words that fit behind a colon. */
export function troubleInWords(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  const { code } = thrown as NodeJS.ErrnoException;
  // Several addresses of one name were tried; the first tells as much as all of them.
  if (thrown instanceof AggregateError && thrown.errors.length > 0) return troubleInWords(thrown.errors[0]);
  if (code === 'ERR_HTTP2_STREAM_CANCEL' && thrown.cause) return troubleInWords(thrown.cause);
  if (code?.startsWith('HPE_')) return 'what came back is not HTTP/1.1';
  return (code === undefined ? undefined : WORDS[code]) ?? thrown.message;
}
