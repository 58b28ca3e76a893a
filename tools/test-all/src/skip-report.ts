import { appendFileSync } from 'node:fs';

/** Environment variable with the path of the file that collects the reasons, one a line. */
export const skipReportVariable = 'SLUICE_SKIP_REPORT';

/**
 * Says why something is not tested on this machine. Under `npm test` the reasons are printed together at the end,
 * where nobody can overlook them; otherwise the reason goes to standard error at once.
 */
export function reportSkip(reason: string): void {
  const line = `${reason.replaceAll(/\s+/g, ' ').trim()}\n`;
  const path = process.env[skipReportVariable];
  if (path === undefined || path === '') process.stderr.write(`skipped: ${line}`);
  // One short write in append mode is atomic, so that test workers do not tear each other's lines.
  else appendFileSync(path, line);
}
