import { formatDuration } from '@sluice/core/kernel/duration.ts';
import { DEFAULTS } from '../language/defaults.ts';
import { defaultMs } from '../resolve/default-value.ts';
import { decided } from '../resolve/placed-component.ts';
import type { EnvironmentRule, FileRule } from './rule.ts';

/** Only an HTTP check has an answer to expect something of. */
export const expectationsHaveAnswers: FileRule = (input) =>
  Object.entries(input.checks ?? {})
    .filter(([, check]) => check && 'expect' in check && !('http' in check))
    .map(([name]) => ({
      path: ['checks', name, 'expect'],
      at: 'key',
      says: 'goes with http only; a command is good when it ends with 0, tcp when it connects',
    }));

/** A probe does not take longer than an instance may take to become ready. */
export const probesFit: EnvironmentRule = (components) =>
  components.flatMap((component) => {
    const health = decided(component, 'health');
    if (typeof health?.value !== 'object') return [];
    const { within, timeout } = health.value;
    if (!('within' in health.value) && !('timeout' in health.value)) return [];
    const withinMs = within ?? defaultMs(DEFAULTS.health.within);
    const timeoutMs = timeout ?? defaultMs(DEFAULTS.health.timeout);
    if (timeoutMs <= withinMs) return [];
    const says = `lets one probe take ${formatDuration(timeoutMs)}, but an instance must be ready within ${formatDuration(withinMs)}`;
    return [{ path: health.path, at: 'value', says }];
  });
