import { readAdminToken } from '@sluice/protocol/process/admin-token.ts';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { submitReplySchema, type TaskView, taskSchema } from '@sluice/protocol/http/tasks.ts';
import { type ServerAnnouncement, serverAnnouncementSchema } from '@sluice/protocol/process/announcement.ts';
import { type Machine, startMachine } from '../src/machine/start-machine.ts';
import { stopMachine } from '../src/machine/stop-machine.ts';

/** What a command line left behind. */
export interface FleetRun {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A machine with a released application of agents, for one test file. */
export interface TestFleet {
  readonly directory: string;
  /** Where the application's files are. */
  readonly folder: string;
  /** Runs the command line as a process of its own, in the folder of the application. */
  sluice(...args: readonly string[]): Promise<FleetRun>;
  /** As `sluice`, and what it prints read as one JSON document. */
  json(...args: readonly string[]): Promise<unknown>;
  /** Hands in tasks for a component, by its name, and says their ids. */
  submit(agent: string, ...inputs: readonly object[]): Promise<readonly string[]>;
  task(id: string): Promise<TaskView>;
  /** Asks the API, under whatever port it has now. */
  get(path: string): Promise<string>;
  server(): Promise<ServerAnnouncement>;
  /** Starts again whatever does not run. */
  up(): Promise<void>;
  down(): Promise<void>;
}

/** The SDK, for programs that are written outside of this repository. */
export const SDK: string = import.meta.resolve('@sluice/worker/start-worker.ts');
/** What all fleets of tests are called; their environment is `local`. */
export const APPLICATION = 'fleet';

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));

/** Brings up host and control plane in a folder for temporary files, and releases a `sluice.yaml` with its `agent.mjs`. */
export async function testFleet(files: {
  /** The components, as YAML under `components`. */
  readonly components: string;
  readonly program: string;
}): Promise<TestFleet> {
  const directory = await mkdtemp(join(tmpdir(), 'sluice-fleet-'));
  const folder = join(directory, APPLICATION);
  const down = async (): Promise<void> => {
    await stopMachine({ directory, keepProcesses: false });
    await rm(directory, { recursive: true, force: true });
  };
  const fleet = fleetIn(directory, folder);
  try {
    await mkdir(folder);
    await writeFile(join(folder, 'sluice.yaml'), fileOf(files.components));
    await writeFile(join(folder, 'agent.mjs'), files.program);
    await fleet.up();
    const { code, stdout, stderr } = await fleet.sluice('deploy', '--wait', '--timeout', '60s');
    if (code !== 0) throw new Error(`the fleet was not released: ${stdout}\n${stderr}`);
  } catch (thrown) {
    await down();
    throw thrown;
  }
  return { ...fleet, down };
}

const fileOf = (components: string): string => {
  const lines = components.trim().split('\n');
  return `application: ${APPLICATION}\ncomponents:\n${lines.map((line) => `  ${line}`).join('\n')}\n`;
};

function fleetIn(directory: string, folder: string): Omit<TestFleet, 'down'> {
  let machine: Machine | undefined;
  const sluice: TestFleet['sluice'] = (...args) =>
    new Promise((resolve) => {
      const env = { ...process.env, SLUICE_HOME: directory, SLUICE_API: '', CI: 'true' };
      const child = execFile(process.execPath, [MAIN, ...args], { cwd: folder, env }, (_, stdout, stderr) =>
        resolve({ code: child.exitCode ?? -1, stdout, stderr }),
      );
    });
  const json: TestFleet['json'] = async (...args) =>
    JSON.parse((await sluice(...args, '--json')).stdout) as unknown;
  const address = (): string => `http://127.0.0.1:${machine?.apiPort ?? 0}`;
  const shown = async () => ({ authorization: `Bearer ${await readAdminToken(directory)}` });
  const get: TestFleet['get'] = async (path) =>
    (await fetch(`${address()}${path}`, { headers: await shown() })).text();
  return {
    ...{ directory, folder, sluice, json, get },
    submit: async (agent, ...inputs) => {
      const body = JSON.stringify({ tasks: inputs.map((input) => ({ input })) });
      const headers = { 'content-type': 'application/json', ...(await shown()) };
      const url = `${address()}/api/v1/tracks/${APPLICATION}/local/${agent}/tasks`;
      const reply = await fetch(url, { method: 'POST', headers, body });
      return submitReplySchema.parse(await reply.json()).tasks.map(({ id }) => id);
    },
    task: async (id) => taskSchema.parse(JSON.parse(await get(`/api/v1/tasks/${id}`))),
    server: async () =>
      serverAnnouncementSchema.parse(JSON.parse(await readFile(join(directory, 'server.json'), 'utf8'))),
    up: async () => {
      machine = await startMachine({
        ...{
          directory,
          routerPort: 0,
          apiPort: 0,
          routerWorkers: 1,
          databaseUrl: undefined,
          lookEveryMs: 300,
        },
      });
    },
  };
}
