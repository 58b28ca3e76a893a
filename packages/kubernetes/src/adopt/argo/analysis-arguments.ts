import type { ManifestPath } from '../workloads/check-shape.ts';
import { type ArgoAdoption, faultOf } from './argo-adoption.ts';
import { fieldOfRollout } from './field-of-rollout.ts';
import type { FoundTemplate } from './find-templates.ts';
import type { RolloutArgument } from './rollout-spec.ts';
import type { TemplateArgument } from './template-shape.ts';

/** What an argument stands for: a text, or a key of a Secret that is read when it is needed. */
export type ArgumentValue =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'secret'; readonly secret: string; readonly key: string };

/** Arguments by their names. */
export type ArgumentValues = ReadonlyMap<string, ArgumentValue>;

/** The hashes that Sluice puts in when it measures, by the names that Argo has for them. */
const HASHES = { Latest: '{{candidate-hash}}', Stable: '{{stable-hash}}' } as const;

/**
 * The arguments of an analysis as Argo merges them: those that the templates declare, with the values that the Rollout
 * gives laid over theirs; what the Rollout gives beside is passed over. An argument without a value is a fault.
 * Undefined after a fault.
 */
export function analysisArguments(
  adoption: ArgoAdoption,
  templates: readonly FoundTemplate[],
  given: readonly RolloutArgument[],
  path: ManifestPath,
): ArgumentValues | undefined {
  const before = adoption.notes.faults.length;
  const declared = declaredArguments(adoption, templates);
  const values = new Map<string, ArgumentValue>();
  for (const [name, { argument, template }] of declared) {
    const known = adoption.notes.faults.length;
    const index = given.findIndex((one) => one.name === name);
    const own = given[index];
    const value =
      own && (own.value !== undefined || own.valueFrom !== undefined)
        ? givenValue(adoption, own, [...path, index])
        : declaredValue(adoption, argument);
    if (value) values.set(name, value);
    else if (adoption.notes.faults.length === known)
      faultOf(
        adoption,
        path,
        `${template.document.object.kind} ${template.document.object.metadata.name} needs the argument ${name}, and neither it nor the Rollout gives it a value.`,
      );
  }
  return adoption.notes.faults.length > before ? undefined : values;
}

interface Declared {
  readonly argument: TemplateArgument;
  readonly template: FoundTemplate;
}

/** The first declaration counts unless it has no value; two that differ are refused, as Argo does. */
function declaredArguments(
  { notes }: ArgoAdoption,
  templates: readonly FoundTemplate[],
): ReadonlyMap<string, Declared> {
  const declared = new Map<string, Declared>();
  for (const template of templates)
    for (const [index, argument] of (template.spec.args ?? []).entries()) {
      const first = declared.get(argument.name);
      const differs =
        first?.argument.value !== undefined &&
        argument.value !== undefined &&
        String(first.argument.value) !== String(argument.value);
      if (differs)
        notes.fault(
          template.document,
          ['spec', 'args', index],
          `The argument ${argument.name} has the value \`${argument.value}\` here and \`${first.argument.value}\` in ${first.template.document.object.metadata.name}; Argo refuses to run both together.`,
        );
      if (first === undefined || (first.argument.value === undefined && !first.argument.valueFrom))
        declared.set(argument.name, { argument, template });
    }
  return declared;
}

function givenValue(
  adoption: ArgoAdoption,
  { value, valueFrom }: RolloutArgument,
  path: ManifestPath,
): ArgumentValue | undefined {
  if (valueFrom?.podTemplateHashValue) return text(HASHES[valueFrom.podTemplateHashValue]);
  if (valueFrom?.fieldRef) return fieldValue(adoption, valueFrom.fieldRef.fieldPath, path);
  return text(String(value));
}

function declaredValue(
  adoption: ArgoAdoption,
  { value, valueFrom }: TemplateArgument,
): ArgumentValue | undefined {
  if (value !== undefined) return text(String(value));
  if (valueFrom?.secretKeyRef)
    return { kind: 'secret', secret: valueFrom.secretKeyRef.name, key: valueFrom.secretKeyRef.key };
  if (valueFrom?.fieldRef) return fieldValue(adoption, valueFrom.fieldRef.fieldPath, []);
  return undefined;
}

function fieldValue(
  adoption: ArgoAdoption,
  fieldPath: string,
  path: ManifestPath,
): ArgumentValue | undefined {
  const found = fieldOfRollout(adoption.rollout, fieldPath, adoption.namespace);
  if (found !== undefined) return text(found);
  const why = fieldPath.startsWith('status')
    ? 'A status is written by Argo in the cluster, and there is none in Sluice; write the value itself.'
    : 'The Rollout has no such field with one value.';
  faultOf(adoption, path, `The argument asks for ${fieldPath}. ${why}`);
  return undefined;
}

const text = (value: string): ArgumentValue => ({ kind: 'text', text: value });
