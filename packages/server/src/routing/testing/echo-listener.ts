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

const LATE_MS = 500;

/**
 * For tests: an instance of a revision that answers with what it got. `/received` answers how many requests had the path
 * `/copied` or `/late`; `/slow` answers nothing, ever; `/late` answers after a while; `/failing` answers 500.
 */
export function echoListener(revision: string): RequestListener {
  let counted = 0;
  return (request, response) => {
    const path = request.url ?? '/';
    if (path === '/copied' || path === '/late') counted++;
    if (path === '/slow') return;
    if (path === '/received') {
      response.end(String(counted));
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
      if (path === '/late') setTimeout(() => response.end(JSON.stringify(echo)), LATE_MS);
      else response.end(JSON.stringify(echo));
    });
  };
}
