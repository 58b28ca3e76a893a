import { parseApplication } from '@sluice/config/parse-application.ts';
import type { ApplicationSpec, ComponentSpec } from '@sluice/core/rollout/component-spec.ts';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import { ok, type Result } from '@sluice/core/kernel/result.ts';
import type { ReleaseRequest } from '@sluice/protocol/http/requests.ts';
import type { Problem } from '@sluice/protocol/http/views.ts';
import { compileTrafficExpression } from '../expressions/traffic-expression.ts';
import { safePattern } from '../expressions/safe-pattern.ts';
import { compileCel } from '../expressions/cel-condition.ts';
import { foreignMeans } from './foreign-means.ts';
import { type Refused, refusedWith } from './problems.ts';

/** What a request declares, resolved for its environment and narrowed to the components it names. */
export interface Declared {
  readonly application: ApplicationSpec;
  readonly components: readonly ComponentSpec[];
  readonly warnings: readonly string[];
}

/**
 * Reads the file of a release request; every fault is told with its place.
 *
 * @param isForeign the machine of the control plane is not that of whoever asks: nothing may run or be read there
 */
export function declaredApplication(
  request: ReleaseRequest,
  { isForeign = false }: { readonly isForeign?: boolean | undefined } = {},
): Result<Declared, Problem> {
  const outcome = parseApplication(request.text, {
    file: request.file,
    environment: request.environment,
    baseDirectory: request.baseDirectory,
    strategy: request.strategy,
    checkFiles: !isForeign,
    isForeign,
    checkExpression: (text) => faultOf(compileTrafficExpression(text)),
    checkCondition: (text) => faultOf(compileCel(text)),
  });
  if (!outcome.ok)
    return refusedWith(
      422,
      'invalid-file',
      {
        title: `${request.file} cannot be released`,
        detail: outcome.diagnostics
          .map(
            ({ file, line, message }) => `${file === request.file ? 'line ' : `${file}:`}${line}: ${message}`,
          )
          .join('\n'),
        remedy: 'Correct the lines above; `sluice validate` checks the file without releasing anything.',
      },
      outcome.diagnostics.map(({ file, line, column, endColumn, path, message, suggestion }) => ({
        file,
        line,
        column,
        endColumn,
        path,
        message,
        ...(suggestion === undefined ? {} : { suggestion }),
      })),
    );
  const { application } = outcome;
  const foreign = isForeign ? foreignMeans(application) : undefined;
  if (foreign) return foreign;
  const badMask = faultyMask(application);
  if (badMask) return badMask;
  const components = chosenComponents(application, request);
  if (!components.ok) return components;
  return ok({
    application,
    components: components.value,
    warnings: outcome.warnings.map(({ file, line, message }) => `${file}:${line}: ${message}`),
  });
}

/** A pattern that could not be looked for would hide nothing, and nobody would know. */
function faultyMask({ components }: ApplicationSpec): Refused | undefined {
  for (const { name, mask = [] } of components)
    for (const pattern of mask)
      try {
        safePattern(pattern);
      } catch (thrown) {
        return refusedWith(422, 'invalid-mask', {
          title: 'A pattern cannot be used',
          detail: `The pattern ${pattern} under mask of ${name} is none of RE2: ${SluiceError.from(thrown, 'reading it').message}.`,
          remedy: 'Correct it; RE2 has no backreferences and no looking around. Nothing was changed.',
        });
      }
  return undefined;
}

function chosenComponents(
  application: ApplicationSpec,
  request: ReleaseRequest,
): Result<readonly ComponentSpec[], Problem> {
  const names = application.components.map(({ name }) => name);
  const isNamed = (asked: string, name: string): boolean => name === asked || name.startsWith(`${asked}.`);
  const unknown = request.components?.find((asked) => !names.some((name) => isNamed(asked, name)));
  if (unknown !== undefined)
    return refusedWith(422, 'unknown-component', {
      title: 'No such component',
      detail: `${request.file} declares no component ${unknown}.`,
      remedy: `It declares ${names.join(', ')}.`,
    });
  const chosen = application.components.filter(
    ({ name }) => request.components?.some((asked) => isNamed(asked, name)) ?? true,
  );
  const share = request.canaryShareBasisPoints;
  return ok(share === undefined ? chosen : chosen.map((component) => beginningAt(component, share)));
}

const faultOf = (compiled: Result<unknown>): string | undefined =>
  compiled.ok ? undefined : compiled.refusal.message;

/** A canary that begins at a share: smaller phases are left out, and the first one left has just this share. */
function beginningAt(component: ComponentSpec, shareBasisPoints: number): ComponentSpec {
  const { strategy } = component;
  if (strategy.kind !== 'canary') return component;
  const later = strategy.phases.filter((phase) => phase.shareBasisPoints > shareBasisPoints);
  const model =
    strategy.phases.findLast((phase) => phase.shareBasisPoints <= shareBasisPoints) ?? strategy.phases[0];
  if (!model) return component;
  return { ...component, strategy: { ...strategy, phases: [{ ...model, shareBasisPoints }, ...later] } };
}
