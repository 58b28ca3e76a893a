import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { freePort, startProgram, startScript, stopProcess } from './child-process.ts';
import type { Contender, RunningProxy } from './contender.ts';
import { isInstalled, programPath, versionOf } from './debian-program.ts';
import { startNginx } from './upstream.ts';
import { childrenOf } from './footprint.ts';

/** All proxies that can run on this machine: Sluice's router, the two of npm, and Debian's where they are installed. */
export function contendersHere(): Contender[] {
  return [
    sluice(1),
    sluice(2),
    script('http-proxy-3', `${packageVersion('http-proxy-3')}, keep-alive agent, X-Forwarded-*`),
    script(
      'reply-from',
      `${packageVersion('@fastify/reply-from')} on Fastify ${packageVersion('fastify')}`,
      '@fastify/reply-from',
    ),
    ...(isInstalled('nginx') ? [nginx()] : []),
    ...(isInstalled('haproxy') ? [haproxy()] : []),
  ];
}

const sluice = (workers: number): Contender => ({
  name: `Sluice, ${workers} worker${workers > 1 ? 's' : ''}`,
  isNode: true,
  isOurs: true,
  setup: 'this commit, 90/10 split over two revisions, per-second counts and histogram',
  async start(upstreamPort, scratch) {
    const { child, port, pids } = await startScript('sluice', [
      String(upstreamPort),
      scratch,
      String(workers),
    ]);
    return { port, pids: () => pids, stop: () => stopProcess(child) };
  },
});

const script = (file: string, setup: string, name = file): Contender => ({
  name,
  setup,
  isNode: true,
  isOurs: false,
  async start(upstreamPort) {
    const { child, port, pids } = await startScript(file, [String(upstreamPort)]);
    return { port, pids: () => pids, stop: () => stopProcess(child) };
  },
});

const nginx = (): Contender => ({
  name: 'nginx',
  isNode: false,
  isOurs: false,
  setup: `${versionOf('nginx')}, 90/10 \`split_clients\`, one worker`,
  async start(upstreamPort, scratch) {
    const port = await freePort();
    const targets = ['stable', 'candidate']
      .map(
        (name) =>
          `upstream ${name} { server 127.0.0.1:${upstreamPort}; keepalive 256; keepalive_requests 1000000000; }`,
      )
      .join('\n  ');
    const outside = `${targets}\n  split_clients "$request_id" $chosen { 10% candidate; * stable; }`;
    const location = `proxy_pass http://$chosen; proxy_http_version 1.1; proxy_set_header Connection "";
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;`;
    return withChildren(await startNginx(scratch, port, location, outside), port);
  },
});

const haproxy = (): Contender => ({
  name: 'HAProxy',
  isNode: false,
  isOurs: false,
  setup: `${versionOf('haproxy')}, 90/10 \`balance random(1)\`, one thread`,
  async start(upstreamPort, scratch) {
    const port = await freePort();
    const file = join(scratch, 'haproxy.cfg');
    writeFileSync(
      file,
      `global
  nbthread 1
  maxconn 4096
defaults
  mode http
  timeout connect 1s
  timeout client 600s
  timeout server 600s
  option forwardfor
frontend door
  bind 127.0.0.1:${port}
  default_backend revisions
backend revisions
  balance random(1)
  http-reuse always
  server stable 127.0.0.1:${upstreamPort} weight 90
  server candidate 127.0.0.1:${upstreamPort} weight 10
`,
    );
    return withChildren(await startProgram(programPath('haproxy'), ['-db', '-f', file], port), port);
  },
});

function withChildren(child: Awaited<ReturnType<typeof startProgram>>, port: number): RunningProxy {
  const pid = child.pid ?? 0;
  return { port, pids: () => [pid, ...childrenOf(pid)], stop: () => stopProcess(child) };
}

/** Read from the files: some packages do not export their package.json. */
function packageVersion(name: string): string {
  const entry = createRequire(import.meta.url).resolve(name);
  const folder = entry.slice(
    0,
    entry.lastIndexOf(join('node_modules', name)) + join('node_modules', name).length,
  );
  return (
    JSON.parse(readFileSync(join(dirname(join(folder, 'x')), 'package.json'), 'utf8')) as { version: string }
  ).version;
}
