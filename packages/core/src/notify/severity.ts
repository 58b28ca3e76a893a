import { SEVERITIES, type Severity } from './notice.ts';

/** Whether something matters at least as much as is asked for. */
export const isAtLeast = (severity: Severity, least: Severity): boolean =>
  SEVERITIES.indexOf(severity) >= SEVERITIES.indexOf(least);
