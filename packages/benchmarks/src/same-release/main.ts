/**
 * Releases that change nothing, on real processes: how often is one of them taken back or held?
 *
 *   node packages/benchmarks/src/same-release/main.ts [--releases 8] [--hold 20s] [--warm-up 30s] [--before 15]
 *     [--results FOLDER]
 *
 * Writes same-release.md. It takes about (releases x (3 x hold + warm-up + 15 s)).
 */
import { readAdminToken } from '@sluice/protocol/process/admin-token.ts';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import { apiClient, type ApiClient } from '@sluice/protocol/http/client.ts';
import type { RolloutView } from '@sluice/protocol/http/views.ts';
import { table } from '../judge/report.ts';
import { loadAverage } from '../machine-shape.ts';
import { median } from '../median.ts';
import { RESULTS, writeResultFile } from '../result-file.ts';
import { type OwnProcess, startNode } from '../rig/child-process.ts';

const { values } = parseArgs({
  options: {
    releases: { type: 'string', default: '8' },
    hold: { type: 'string', default: '20s' },
    'warm-up': { type: 'string', default: '30s' },
    before: { type: 'string', default: '15' },
    results: { type: 'string', default: RESULTS },
  },
});

const SLUICE = fileURLToPath(new URL('../../../../sluice', import.meta.url));
const SERVICE = fileURLToPath(new URL('service-process.ts', import.meta.url));
const LOAD = fileURLToPath(new URL('load-process.ts', import.meta.url));
const LOOK_EVERY_MS = 1000;

interface Service {
  readonly name: string;
  readonly work: 'hello' | 'page' | 'cpu';
  readonly requestsPerSecond: number;
}

const SERVICES: readonly Service[] = [
  { name: 'hello-a', work: 'hello', requestsPerSecond: 60 },
  { name: 'hello-b', work: 'hello', requestsPerSecond: 20 },
  { name: 'page-a', work: 'page', requestsPerSecond: 60 },
  { name: 'page-b', work: 'page', requestsPerSecond: 20 },
  { name: 'cpu-a', work: 'cpu', requestsPerSecond: 40 },
  { name: 'cpu-b', work: 'cpu', requestsPerSecond: 20 },
];

const fileOf = ({ name, work }: Service): string => `application: ${name}
components:
  web:
    run: node service-process.ts ${work}
    instances: 2
    route: /${name}
    health: { path: /healthz, within: 30s, interval: 500ms }
    strategy: steps
strategies:
  steps:
    canary:
      phases:
        - { share: 5%, hold: ${values.hold} }
        - { share: 25%, hold: ${values.hold} }
        - { share: 50%, hold: ${values.hold} }
      keep-old: 1s
      min-requests: 1
      judge: { warm-up: ${values['warm-up']} }
`;

async function sluice(...args: string[]): Promise<string> {
  const child = spawn(SLUICE, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  const printed = await text(child.stdout);
  const [code] = await exited;
  if (code !== 0)
    throw new SluiceError('unexpected', `sluice ${args.join(' ')} ended with ${String(code)}: ${printed}`, {
      next: 'stop',
    });
  return printed;
}

/** What came of one release: its end, whether it was held on the way, and the highest odds against it. */
interface Course {
  readonly service: Service;
  readonly outcome: string;
  readonly reason: string;
  readonly wasHeld: boolean;
  readonly highestOdds: number;
  readonly requests: number;
}

async function release(api: ApiClient, directory: string, service: Service, version: string): Promise<void> {
  await writeFile(join(directory, 'version.txt'), version);
  const input = { text: fileOf(service), file: 'sluice.yaml', baseDirectory: directory };
  const reply = await api.release({ ...input, version, by: 'benchmark' });
  if (!reply.ok) throw new SluiceError('unexpected', JSON.stringify(reply.failure), { next: 'stop' });
}

async function follow(api: ApiClient, service: Service, version: string): Promise<Course> {
  let wasHeld = false;
  for (;;) {
    await delay(LOOK_EVERY_MS);
    const reply = await api.track(`${service.name}/local/web`);
    if (!reply.ok) throw new SluiceError('unexpected', JSON.stringify(reply.failure), { next: 'stop' });
    const { active, last } = reply.value;
    const isHeld = active?.phase === 'held' && active.reason?.kind === 'suspicious';
    wasHeld ||= isHeld;
    // Who is suspected is taken back by us: the next release shall not wait for a person.
    if (isHeld && active) await api.command(reply.value.id, { command: 'abort', by: 'benchmark' });
    if (active === null && last?.version === version) return courseOf(service, last, wasHeld);
  }
}

function courseOf(service: Service, last: RolloutView, wasHeld: boolean): Course {
  const { evidence, outcome, reason } = last;
  return {
    ...{ service, wasHeld, outcome: outcome ?? 'none' },
    reason: reason ? `${reason.kind}: ${reason.detail}` : '',
    highestOdds: evidence ? 1 / evidence.pValue : 1,
    requests: evidence?.candidate.requests ?? 0,
  };
}

async function coursesOf(api: ApiClient, home: string, service: Service): Promise<readonly Course[]> {
  const directory = join(home, service.name);
  const courses: Course[] = [];
  for (let count = 1; count <= Number(values.releases); count++) {
    await release(api, directory, service, `v${count + 1}`);
    const course = await follow(api, service, `v${count + 1}`);
    process.stdout.write(
      `${service.name} v${count + 1}: ${course.outcome}, odds at most ${course.highestOdds.toFixed(1)} : 1 ${course.reason}\n`,
    );
    courses.push(course);
  }
  return courses;
}

async function measure(home: string): Promise<readonly Course[]> {
  const machine = ['--directory', join(home, 'machine')];
  const up = await sluice('up', '--json', '--port', '0', '--api-port', '0', ...machine);
  const { apiPort, routerPort } = JSON.parse(up) as Record<'apiPort' | 'routerPort', number>;
  const api = apiClient({
    baseUrl: `http://127.0.0.1:${apiPort}`,
    token: await readAdminToken(join(home, 'machine')),
  });
  let load: OwnProcess | undefined;
  try {
    for (const service of SERVICES) {
      const directory = join(home, service.name);
      await mkdir(directory);
      await cp(SERVICE, join(directory, 'service-process.ts'));
      await release(api, directory, service, 'v1');
      await follow(api, service, 'v1');
    }
    const rates = SERVICES.map(({ name, requestsPerSecond }) => `/${name}=${requestsPerSecond}`);
    load = startNode([LOAD, `http://127.0.0.1:${routerPort}`, ...rates], join(home, 'load.log'));
    await delay(Number(values.before) * 1000);
    const courses = await Promise.all(SERVICES.map((service) => coursesOf(api, home, service)));
    return courses.flat();
  } finally {
    await load?.stop();
    await sluice('down', ...machine);
  }
}

function rowsOf(courses: readonly Course[]): readonly (readonly string[])[] {
  return SERVICES.map((service) => {
    const own = courses.filter((course) => course.service === service);
    const count = (is: (course: Course) => boolean): string => `${own.filter(is).length}`;
    const odds = own.map(({ highestOdds }) => highestOdds);
    return [
      `${service.work}, ${service.requestsPerSecond} requests/s`,
      `${own.length}`,
      count(({ outcome, wasHeld }) => outcome === 'rolled-back' && !wasHeld),
      count(({ wasHeld }) => wasHeld),
      `${median(odds).toFixed(1)} : 1`,
      `${Math.max(...odds).toFixed(1)} : 1`,
    ];
  });
}

async function main(): Promise<void> {
  const loadBefore = loadAverage();
  const home = await mkdtemp(join(tmpdir(), 'sluice-same-release-'));
  try {
    const courses = await measure(home);
    const takenBack = courses.filter(({ outcome, wasHeld }) => outcome !== 'succeeded' && !wasHeld);
    const held = courses.filter(({ wasHeld }) => wasHeld);
    const { releases, hold, before } = values;
    const path = writeResultFile(values.results, 'same-release.md', {
      title: 'Releases that change nothing, on real processes',
      method: [
        `Six services of two processes each behind one router, started with \`sluice up\` and released again and again with the same program, all six at once: "hello" answers at once, "page" after about 20 ms (lognormal, sigma 0.35), "cpu" after about 2 ms of hashing. The first release that is judged comes after ${before} s of traffic. Phases of 5, 25 and 50 %, ${hold} each, a warm-up of ${values['warm-up']}; else all defaults. Load, router, control plane, database and all instances share the machine, so processes wait for each other.`,
        'A release that the judge takes back is a false verdict. "Held as suspicious" means odds of 3 : 1 or more at the end of a phase; the benchmark then takes it back itself. The odds are the highest ever reached; 100 : 1 rolls back.',
      ],
      again: `node packages/benchmarks/src/same-release/main.ts --releases ${releases} --hold ${hold} --warm-up ${values['warm-up']} --before ${before}`,
      loadBefore,
      goals: [
        {
          goal: 'at most 1 % of the releases are taken back',
          measured: `${takenBack.length} of ${courses.length}, and ${held.length} held as suspicious`,
          met: takenBack.length <= Math.ceil(courses.length / 100),
        },
      ],
      sections: [
        {
          title: 'Figures',
          text: table(
            ['service', 'releases', 'taken back', 'held as suspicious', 'median of the odds', 'highest odds'],
            rowsOf(courses),
          ),
        },
        ...(takenBack.length === 0
          ? []
          : [
              {
                title: 'Taken back',
                text: takenBack.map(({ service, reason }) => `- ${service.name}: ${reason}`),
              },
            ]),
      ],
    });
    process.stdout.write(`written: ${path}\n`);
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

await main();
