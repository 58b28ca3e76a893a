import type { IncomingHttpHeaders } from 'node:http';
import type { Credentials } from '../../access/access-guard.ts';
import { sessionIn } from '../../access/session-cookie.ts';

const read = new WeakMap<IncomingHttpHeaders, Credentials>();

/** What a request shows of who makes it: the same object whenever the same request is asked. */
export function credentialsIn(headers: IncomingHttpHeaders): Credentials {
  const known = read.get(headers) ?? shownIn(headers);
  read.set(headers, known);
  return known;
}

/** What is no bearer token is nobody's token, and not nothing. */
function shownIn({ authorization, cookie }: IncomingHttpHeaders): Credentials {
  const session = sessionIn(cookie);
  if (authorization === undefined) return { bearer: null, session };
  return { bearer: /^Bearer +(\S+)$/i.exec(authorization)?.[1] ?? authorization, session };
}
