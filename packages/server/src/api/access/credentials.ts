import type { IncomingHttpHeaders } from 'node:http';
import type { Credentials } from '../../access/access-guard.ts';

/** What a request shows of who makes it. What is no bearer token is nobody's token, and not nothing. */
export function credentialsIn({ authorization }: Pick<IncomingHttpHeaders, 'authorization'>): Credentials {
  if (authorization === undefined) return { bearer: null };
  return { bearer: /^Bearer +(\S+)$/i.exec(authorization)?.[1] ?? authorization };
}
