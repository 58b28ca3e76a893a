/** Headers that speak about one connection only (RFC 9110, 7.6.1) and are never passed on. */
const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
]);

/** Whether a header, in any case, is hop-by-hop by itself. */
export function isHopByHop(name: string): boolean {
  switch (name.length) {
    case 2:
    case 7:
    case 10:
    case 14:
    case 16:
    case 17:
    case 18:
    case 19:
      return HOP_BY_HOP.has(name.toLowerCase());
    default:
      return false;
  }
}

/** Whether a Connection header has only its usual words, which name no further header. */
export function namesNoHeader(connection: string): boolean {
  switch (connection) {
    case 'keep-alive':
    case 'close':
    case 'Upgrade':
    case 'upgrade':
    case 'Keep-Alive':
    case 'Close':
      return true;
    default:
      return false;
  }
}

/** Raw headers without those that a Connection header names. */
export function withoutNamed(raw: readonly string[], connection: string): string[] {
  const named = new Set(connection.split(',').map((name) => name.trim().toLowerCase()));
  const kept: string[] = [];
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] as string;
    if (!named.has(name.toLowerCase())) kept.push(name, raw[i + 1] as string);
  }
  return kept;
}
