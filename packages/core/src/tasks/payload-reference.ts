/** What payloads that are passed by reference are bounded by. */
export const PAYLOAD_LIMITS = {
  /** Of one payload. */
  bytes: 64 * 1024 * 1024,
  /** Of all payloads of a tenant; looked at every few seconds, so that it is no sharp bound. */
  tenantBytes: 16 * 1024 * 1024 * 1024,
  /** Of a piece in which it is kept and sent. */
  chunkBytes: 256 * 1024,
  /** Of the name of a media type, in characters. */
  mediaType: 100,
} as const;

/** The name of a payload: the digest of its content. */
export const PAYLOAD_ID = /^sha256:[0-9a-f]{64}$/;

/** An input or a result that is kept elsewhere. */
export interface PayloadReference {
  readonly $payload: string;
}

/** The payload that an input or a result stands for; null when it is the thing itself. */
export function payloadIn(json: unknown): string | null {
  if (typeof json !== 'object' || json === null || !('$payload' in json)) return null;
  const { $payload } = json;
  const isAlone = Object.keys(json).length === 1;
  return isAlone && typeof $payload === 'string' && PAYLOAD_ID.test($payload) ? $payload : null;
}

/** What stands in the place of a payload. */
export const referenceTo = (payload: string): PayloadReference => ({ $payload: payload });
