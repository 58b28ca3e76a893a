import type { RequestListener } from 'node:http';

/** What the echo server tells about a request that reached it. */
export interface Echo {
  readonly revision: string;
  /** Tells the instances of a revision apart. */
  readonly port: number;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Bytes of the body. */
  readonly bytes: number;
}

/**
 * For tests: an instance of a revision that answers with what it got. `/received` answers how many requests had the path
 * `/copied`; `/slow` answers nothing, ever; `/failing` answers 500.
 */
export function echoListener(revision: string): RequestListener {
  let copied = 0;
  return (request, response) => {
    const path = request.url ?? '/';
    if (path === '/copied') copied++;
    if (path === '/slow') return;
    if (path === '/received') {
      response.end(String(copied));
      return;
    }
    let bytes = 0;
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
    });
    request.on('end', () => {
      const port = request.socket.localPort ?? 0;
      const echo: Echo = { revision, port, path, headers: request.headers, bytes };
      response.writeHead(path === '/failing' ? 500 : 200, { 'content-type': 'application/json' });
      response.end(JSON.stringify(echo));
    });
  };
}
