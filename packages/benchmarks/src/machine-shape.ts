import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';

/** The machine that figures come from, without its name: cores, processor, memory and version of Node. */
export function machineShape(): string {
  const model = cpus()[0]?.model.trim() ?? 'unknown processor';
  const gigabytes = Math.round(totalmem() / 2 ** 30);
  return `${availableParallelism()} cores (${model}), ${gigabytes} GB memory, Node ${process.version}`;
}

/** How busy the machine is: processes that want to run, averaged over 1, 5 and 15 minutes. */
export const loadAverage = (): string =>
  loadavg()
    .map((load) => load.toFixed(2))
    .join(', ');
