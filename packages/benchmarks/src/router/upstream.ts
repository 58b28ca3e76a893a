import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, startProgram, startScript, stopProcess } from './child-process.ts';
import type { RunningProxy } from './contender.ts';
import { isInstalled, programPath, versionOf } from './debian-program.ts';

/** Says what stands behind the proxies. */
export const upstreamName = (): string =>
  isInstalled('nginx') ? `nginx ${versionOf('nginx')}, one worker` : 'a Node HTTP server';

/** Starts the instance that every proxy sends to: it answers `/1k` with 1,024 bytes. */
export async function startUpstream(scratch: string): Promise<RunningProxy> {
  if (!isInstalled('nginx')) {
    const { child, port, pids } = await startScript('upstream', []);
    return { port, pids: () => pids, stop: () => stopProcess(child) };
  }
  const port = await freePort();
  const body = `default_type text/plain; return 200 "${'x'.repeat(1_024)}";`;
  const child = await startNginx(scratch, port, body);
  return { port, pids: () => [child.pid ?? 0], stop: () => stopProcess(child) };
}

/** Starts nginx in the foreground with one worker and one location. `outside` stands beside the server block. */
export function startNginx(
  scratch: string,
  port: number,
  location: string,
  outside = '',
): ReturnType<typeof startProgram> {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `${name}_temp_path ${join(scratch, name)};`)
    .join(' ');
  const configuration = `worker_processes 1; daemon off; pid ${join(scratch, 'nginx.pid')};
error_log ${join(scratch, 'error.log')};
events { worker_connections 4096; }
http {
  access_log off; keepalive_requests 1000000000; keepalive_timeout 600s; ${temporary}
  ${outside}
  server { listen 127.0.0.1:${port} backlog=4096; location / { ${location} } }
}
`;
  writeFileSync(join(scratch, 'nginx.conf'), configuration);
  return startProgram(programPath('nginx'), ['-c', join(scratch, 'nginx.conf'), '-p', scratch], port);
}
