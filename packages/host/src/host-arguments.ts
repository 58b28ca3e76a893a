import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { ok, type Result, refuse } from '@sluice/core/kernel/result.ts';
import { DEFAULT_PORT_RANGE, parsePortRange, type PortRange } from './ports/port-range.ts';

/** How a host is told to run. */
export interface HostArguments {
  readonly directory: string;
  /** The router's port; 0 takes a free one. */
  readonly port: number;
  readonly routerWorkers: number;
  readonly portRange: PortRange;
  /** Where it logs to, and keeps to three files of 10 MiB; without it, stdout. */
  readonly logFile?: string;
}

/** What `--help` prints. */
export const HOST_USAGE = `Usage: host --directory DIR --port PORT [--router-workers N] [--port-range FROM-TO] [--log-file FILE]

Runs the data plane of one machine: starts and supervises the processes of revisions and routes requests to them.

  --directory DIR        where the host keeps its state and logs; one host per directory
  --port PORT            port that the router listens on (0: any free port; see routerPort in DIR/host.json)
  --router-workers N     processes that proxy, from 1 to 64 (default 1)
  --port-range FROM-TO   ports for instances (default ${DEFAULT_PORT_RANGE.from}-${DEFAULT_PORT_RANGE.to})
  --log-file FILE        where to log, at most three files of 10 MiB (default: stdout)

It answers the control plane on a unix socket; its path stands in DIR/host.json.
SIGTERM ends the host and leaves the processes running; the router serves on for 30 s or until the next host of the
same directory takes over and adopts them. SIGINT leaves the processes as well and stops routing at once.
To stop everything: POST /v1/shutdown with {"stopProcesses": true}. The next start brings back what was ordered.
Under systemd set KillMode=process, or a restart of the unit ends the processes too.
Exit codes: 0 ended in order, 1 failed, 2 wrong arguments, 3 another host uses the directory.

Example: host --directory /var/lib/sluice --port 8080 --router-workers 2
`;

/** Reads the command line; a refusal says what is wrong with it. */
export function parseHostArguments(args: readonly string[]): Result<HostArguments> {
  const values = readOptions(args);
  if (!values.ok) return values;
  const { directory, port, 'router-workers': workers = '1', 'port-range': range } = values.value;
  if (!directory) return wrong('--directory is missing');
  if (!isWhole(port, 0, 65_535)) return wrong('--port needs a number from 0 to 65535');
  if (!isWhole(workers, 1, 64)) return wrong('--router-workers needs a number from 1 to 64');
  const logFile = values.value['log-file'];
  const portRange = range === undefined ? ok(DEFAULT_PORT_RANGE) : parsePortRange(range);
  if (!portRange.ok) return portRange;
  return ok({
    directory: resolve(directory),
    port: Number(port),
    routerWorkers: Number(workers),
    portRange: portRange.value,
    ...(logFile === undefined ? {} : { logFile: resolve(logFile) }),
  });
}

type OptionName = 'directory' | 'port' | 'router-workers' | 'port-range' | 'log-file';
type Options = Readonly<Partial<Record<OptionName, string>>>;

function readOptions(args: readonly string[]): Result<Options> {
  const text = { type: 'string' } as const;
  const options = {
    directory: text,
    port: text,
    'router-workers': text,
    'port-range': text,
    'log-file': text,
  };
  try {
    return ok(parseArgs({ args: [...args], options }).values);
  } catch (error) {
    return wrong(error instanceof Error ? error.message : String(error));
  }
}

const isWhole = (text: string | undefined, least: number, most: number): boolean =>
  text !== undefined && /^\d{1,5}$/.test(text) && Number(text) >= least && Number(text) <= most;

const wrong = (fault: string): Result<never> =>
  refuse('bad-arguments', `The host cannot start: ${fault}.`, 'See --help for what it takes.');
