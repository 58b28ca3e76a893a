import { formatDuration } from '@sluice/core/kernel/duration.ts';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { MeasurementQuery, MeasurementSpec } from '@sluice/core/rollout/measurement-spec.ts';
import type { WebQuestions } from './ask-web.ts';
import { fillNames, fillNamesIn } from './fill-names.ts';
import type {
  Answered,
  MeasurementContext,
  MeasurementPorts,
  PrometheusLocation,
} from './measurement-ports.ts';
import { meetsCondition, type Measurement } from './meets-condition.ts';
import { readSecrets } from './read-secrets.ts';

/** One measurement that is due. */
export interface DueMeasurement {
  readonly spec: MeasurementSpec;
  readonly context: MeasurementContext;
  /** Tells this run from every other; a task that was started for it is found again by it. */
  readonly run: string;
}

/** What measuring works with, with the connections for questions over HTTP. */
export interface MeasuringPorts extends MeasurementPorts {
  readonly web: WebQuestions;
}

/**
 * Measures once. It never rejects, and answers at the latest when the query's time is over, whatever the one who is asked
 * does: everything that goes wrong is an `error`, which is no failure.
 */
export async function measure(
  { spec, context, run }: DueMeasurement,
  ports: MeasuringPorts,
  calledOff: AbortSignal,
): Promise<Measurement> {
  const late = AbortSignal.timeout(spec.query.timeoutMs);
  const signal = AbortSignal.any([calledOff, late]);
  const over = new Promise<Answered>((resolve) => {
    const end = () => resolve({ ok: false, message: reasonOfEnd(spec.query.timeoutMs, calledOff.aborted) });
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
  });
  const asked = ask(spec.query, { context, run }, ports, signal).catch(
    (thrown: unknown): Answered => ({
      ok: false,
      message: `It was not measured: ${SluiceError.from(thrown, `measuring ${spec.name}`).message}.`,
    }),
  );
  const answer = await Promise.race([asked, over]);
  if (!answer.ok) return { outcome: 'error', value: '', message: answer.message };
  const measured = meetsCondition(spec.condition, answer, ports.compileExpr);
  if (answer.warnings.length === 0) return measured;
  return { ...measured, message: `${measured.message} Prometheus warns: ${answer.warnings.join('; ')}.` };
}

const reasonOfEnd = (timeoutMs: number, wasCalledOff: boolean): string =>
  wasCalledOff ? 'It was called off.' : `There was no answer within ${formatDuration(timeoutMs)}.`;

function ask(
  query: MeasurementQuery,
  asker: { readonly context: MeasurementContext; readonly run: string },
  ports: MeasuringPorts,
  signal: AbortSignal,
): Promise<Answered> {
  switch (query.provider) {
    case 'prometheus':
      return askPrometheus(query, asker.context, ports, signal);
    case 'web':
      return askWeb(query, asker.context, ports, signal);
    case 'task':
      return runTask(query, asker, signal);
  }
}

async function askPrometheus(
  query: Extract<MeasurementQuery, { provider: 'prometheus' }>,
  context: MeasurementContext,
  { askPrometheus: put, ...ports }: MeasuringPorts,
  signal: AbortSignal,
): Promise<Answered> {
  const own = await readSecrets(query.headers, context, ports);
  const location = locationOf(query, context);
  const headers = Object.fromEntries(Object.entries(own).map(([name, value]) => [name, { value }]));
  const answer = await put(
    {
      connection: {
        address: location.address,
        headers: { ...location.headers, ...headers },
        tls: location.tls,
        timeoutMs: query.timeoutMs,
      },
      query: fillNames(query.query, context),
      range: query.range,
    },
    signal,
  );
  return answer.ok ? { ...answer, wentWell: null } : answer;
}

/** The headers and certificates of the component's own Prometheus go to that one alone. */
function locationOf(
  { address, insecure }: Extract<MeasurementQuery, { provider: 'prometheus' }>,
  { evidence }: MeasurementContext,
): PrometheusLocation {
  if (address === null && evidence !== null) return evidence;
  if (address === null)
    throw new SluiceError('invalid-input', 'neither the measurement nor the component names a Prometheus', {
      next: 'ask-human',
    });
  const tls = insecure ? { caFile: null, certFile: null, keyFile: null, insecure } : null;
  return { address, headers: {}, tls };
}

async function askWeb(
  query: Extract<MeasurementQuery, { provider: 'web' }>,
  context: MeasurementContext,
  { web, ...ports }: MeasuringPorts,
  signal: AbortSignal,
): Promise<Answered> {
  const headers = await readSecrets(query.headers, context, ports);
  return web.ask(query, { context, headers }, signal);
}

async function runTask(
  { task, timeoutMs }: Extract<MeasurementQuery, { provider: 'task' }>,
  { context, run }: { readonly context: MeasurementContext; readonly run: string },
  signal: AbortSignal,
): Promise<Answered> {
  if (context.runTask === null) return { ok: false, message: 'The target of the component runs no tasks.' };
  return context.runTask(fillNamesIn(task, context), { name: run, timeoutMs }, signal);
}
