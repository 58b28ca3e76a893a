import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SAMPLE_TIME } from '@sluice/protocol/http/testing/sample-views.ts';
import type { TrackView } from '@sluice/protocol/http/views.ts';
import { listenOnLoopback } from '@sluice/server/api/listen-on-loopback.ts';
import type { FakeControlPlane } from '@sluice/server/api/testing/fake-control-plane.ts';
import type { MemoryAgents } from '@sluice/server/api/testing/memory-agents.ts';
import type { MemoryAudit } from '@sluice/server/api/testing/memory-audit.ts';
import type { MemoryClusters } from '@sluice/server/api/testing/memory-clusters.ts';
import type { MemorySchedules } from '@sluice/server/api/testing/memory-schedules.ts';
import type { MemoryTasks } from '@sluice/server/api/testing/memory-tasks.ts';
import type { PoolRow } from '@sluice/server/pools/pool-plan.ts';
import type { MemoryWorkflows } from '@sluice/server/api/testing/memory-workflows.ts';
import { type TestApi, testApi } from '@sluice/server/api/testing/test-api.ts';
import { runCli } from '../src/run-cli.ts';
import { type Screen, screen } from '../src/testing/screen.ts';
import type { World } from '../src/world.ts';

/** What one run of the command line left behind. */
export interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What differs from a run in a pipe without any variables. */
export interface RunOptions {
  readonly environment?: Record<string, string>;
  readonly input?: string;
  /** What git says; by default there is none. */
  readonly git?: (args: readonly string[], directory: string) => string | null;
  /** A terminal that stdout is, instead of a pipe. */
  readonly terminal?: Screen;
  readonly interrupted?: AbortSignal;
  readonly onOutput?: (text: string) => void;
  /** Called before each wait, with how many there have been. */
  readonly onWait?: (times: number) => void;
}

/** The command line against the real API over a control plane in memory. */
export interface TestCli {
  readonly plane: FakeControlPlane;
  readonly audit: MemoryAudit;
  readonly clusters: MemoryClusters;
  readonly tasks: MemoryTasks;
  readonly schedules: MemorySchedules;
  readonly workflows: MemoryWorkflows;
  readonly pools: PoolRow[];
  readonly agents: MemoryAgents;
  readonly url: string;
  /** An empty folder to work in. */
  readonly folder: string;
  write(name: string, text: string): Promise<void>;
  run(args: string, options?: RunOptions): Promise<Run>;
  /** As `run`, and stdout read as one JSON document. */
  json(args: string, options?: RunOptions): Promise<{ code: number; document: unknown }>;
  closeApi(): Promise<void>;
  close(): Promise<void>;
}

/** Opens the API on a free port; time stands still one and a half minutes after the samples. */
export async function testCli(
  tracks?: readonly TrackView[],
  api: TestApi = testApi(tracks ? { tracks } : {}),
): Promise<TestCli> {
  const { app, plane, audit, clusters, tasks, schedules, workflows, pools, agents } = api;
  const { url } = await listenOnLoopback(app, { port: 0 });
  const folder = await mkdtemp(join(tmpdir(), 'sluice-cli-'));
  const run: TestCli['run'] = async (args, options = {}) => {
    const stdout: string[] = [];
    const stderr: string[] = [];
    const code = await runCli(splitArguments(args), worldOf({ url, folder, stdout, stderr }, options));
    return { code, stdout: stdout.join(''), stderr: stderr.join('') };
  };
  return {
    plane,
    audit,
    clusters,
    tasks,
    schedules,
    workflows,
    pools,
    agents,
    url,
    folder,
    write: (name, text) => writeFile(join(folder, name), text),
    run,
    json: async (args, options) => {
      const { code, stdout } = await run(`${args} --json`, options);
      return { code, document: JSON.parse(stdout) as unknown };
    },
    closeApi: () => app.close(),
    close: async () => {
      await app.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

interface Surroundings {
  readonly url: string;
  readonly folder: string;
  readonly stdout: string[];
  readonly stderr: string[];
}

function worldOf({ url, folder, stdout, stderr }: Surroundings, options: RunOptions): World {
  const never = new AbortController().signal;
  let waits = 0;
  const pipe = (written: string[]) => ({
    write: (text: string) => {
      written.push(text);
      options.onOutput?.(text);
    },
    isTerminal: false,
    size: () => ({ columns: 0, rows: 0 }),
  });
  return {
    environment: {
      SLUICE_API: url,
      SLUICE_HOME: join(folder, 'home'),
      XDG_CONFIG_HOME: join(folder, 'config'),
      LANG: 'C.UTF-8',
      ...options.environment,
    },
    workingDirectory: folder,
    stdout: options.terminal ?? pipe(stdout),
    stderr: pipe(stderr),
    userName: 'ada',
    interrupted: options.interrupted ?? never,
    now: () => SAMPLE_TIME + 85_000,
    wait: async () => {
      waits += 1;
      options.onWait?.(waits);
      // The world goes on before the next look.
      await new Promise((resolve) => setImmediate(resolve));
    },
    readStandardInput: async () => options.input ?? '',
    git: async (args, directory) => options.git?.(args, directory) ?? null,
  };
}

/** Words at spaces; quotes keep them together. */
const splitArguments = (text: string): string[] =>
  [...text.matchAll(/"([^"]*)"|(\S+)/g)].map((match) => match[1] ?? match[2] ?? '');

/** A terminal to look at. */
export const terminal = (columns: number, rows: number): Screen => screen(columns, rows);

/** A file that the fake control plane takes. */
export const SHOP =
  'application: storefront\ncomponents:\n  web:\n    run: node server.js\n    health: /healthz\n';
