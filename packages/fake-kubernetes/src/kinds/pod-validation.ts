import {
  type Json,
  type JsonMap,
  isMap,
  listAt,
  mapAt,
  numberAt,
  textAt,
  plainText,
} from '../json/json-tree.ts';
import { quantityNanos } from '../schema/quantity.ts';
import { type FieldFault, fault } from '../server/refusal.ts';
import { nameFault } from '../validation/name-rules.ts';

/** What is wrong with a pod's spec; `path` is where it stands, for example `spec.template.spec`. */
export function podSpecFaults(spec: JsonMap, path: string): FieldFault[] {
  const volumes = listAt(spec, 'volumes');
  const sound = volumes.filter((volume) => volumeFaults(volume, '').length === 0);
  const containers = listAt(spec, 'containers');
  return [
    ...volumes.flatMap((volume, at) => volumeFaults(volume, `${path}.volumes[${at}]`)),
    ...(containers.length === 0 ? [fault.required(`${path}.containers`)] : []),
    ...containersFaults(containers, sound, `${path}.containers`),
    ...containersFaults(listAt(spec, 'initContainers'), sound, `${path}.initContainers`),
    ...oneOf(spec, 'restartPolicy', ['Always', 'OnFailure', 'Never'], path),
    ...oneOf(spec, 'dnsPolicy', ['ClusterFirst', 'ClusterFirstWithHostNet', 'Default', 'None'], path),
  ];
}

/** A text that may only be one of a few. */
export function oneOf(
  object: JsonMap,
  key: string,
  supported: readonly string[],
  path: string,
): FieldFault[] {
  const value = textAt(object, key);
  return value === '' || supported.includes(value)
    ? []
    : [fault.unsupported(`${path}.${key}`, value, supported)];
}

function volumeFaults(volume: Json, path: string): FieldFault[] {
  const name = textAt(volume, 'name');
  const sources = Object.keys(isMap(volume) ? volume : {}).filter((key) => key !== 'name');
  const faults = name === '' ? [fault.required(`${path}.name`)] : [];
  // The server looks at kinds of volumes in an order of its own, in which the empty directory comes first.
  const ordered = ['emptyDir', ...sources.filter((key) => key !== 'emptyDir')].filter((key) =>
    sources.includes(key),
  );
  const more = ordered
    .slice(1)
    .map((key) => fault.forbidden(`${path}.${key}`, 'may not specify more than 1 volume type'));
  return [...faults, ...more];
}

function containersFaults(containers: readonly Json[], volumes: readonly Json[], path: string): FieldFault[] {
  const known = new Set(volumes.map((volume) => textAt(volume, 'name')));
  const seen = new Set<string>();
  return containers.flatMap((container, at) => {
    const name = textAt(container, 'name');
    const doubled = name !== '' && seen.has(name) ? [fault.duplicate(`${path}[${at}].name`, name)] : [];
    seen.add(name);
    return [...doubled, ...containerFaults(isMap(container) ? container : {}, known, `${path}[${at}]`)];
  });
}

function containerFaults(container: JsonMap, volumes: ReadonlySet<string>, path: string): FieldFault[] {
  const name = textAt(container, 'name');
  const wrongName = name === '' ? undefined : nameFault('label', name);
  const mounts = listAt(container, 'volumeMounts');
  return [
    ...(name === '' ? [fault.required(`${path}.name`)] : []),
    ...(wrongName === undefined ? [] : [fault.invalid(`${path}.name`, name, wrongName)]),
    ...(textAt(container, 'image') === '' ? [fault.required(`${path}.image`)] : []),
    ...oneOf(container, 'imagePullPolicy', ['Always', 'IfNotPresent', 'Never'], path),
    ...oneOf(container, 'terminationMessagePolicy', ['FallbackToLogsOnError', 'File'], path),
    ...listAt(container, 'ports').flatMap((port, at) => portFaults(port, `${path}.ports[${at}]`)),
    ...portNameFaults(listAt(container, 'ports'), `${path}.ports`),
    ...mounts.flatMap((mount, at) => mountFaults(mount, volumes, `${path}.volumeMounts[${at}]`)),
    ...probesFaults(container, path),
    ...resourceFaults(mapAt(container, 'resources'), `${path}.resources`),
  ];
}

function portFaults(port: Json, path: string): FieldFault[] {
  const number = numberAt(port, 'containerPort') ?? 0;
  return number > 0 && number <= 65_535 ? [] : [portRange(`${path}.containerPort`, number)];
}

function portNameFaults(ports: readonly Json[], path: string): FieldFault[] {
  const seen = new Set<string>();
  return ports.flatMap((port, at) => {
    const name = textAt(port, 'name');
    if (name === '' || !seen.has(name)) {
      seen.add(name);
      return [];
    }
    return [fault.duplicate(`${path}[${at}].name`, name)];
  });
}

/** The fault of a number that is no port. */
export function portRange(field: string, number: number): FieldFault {
  return fault.invalid(field, number, 'must be between 1 and 65535, inclusive');
}

function mountFaults(mount: Json, volumes: ReadonlySet<string>, path: string): FieldFault[] {
  const name = textAt(mount, 'name');
  if (name === '') return [fault.required(`${path}.name`)];
  const missing = volumes.has(name) ? [] : [fault.notFound(`${path}.name`, name)];
  return textAt(mount, 'mountPath') === '' ? [...missing, fault.required(`${path}.mountPath`)] : missing;
}

function probesFaults(container: JsonMap, path: string): FieldFault[] {
  return ['livenessProbe', 'readinessProbe', 'startupProbe'].flatMap((key) => {
    const probe = container[key];
    if (!isMap(probe)) return [];
    const handlers = ['exec', 'httpGet', 'tcpSocket', 'grpc'].filter((one) => probe[one] !== undefined);
    const none =
      handlers.length === 0 ? [fault.required(`${path}.${key}`, 'must specify a handler type')] : [];
    const more = handlers
      .slice(1)
      .map((one) => fault.forbidden(`${path}.${key}.${one}`, 'may not specify more than 1 handler type'));
    const success = numberAt(probe, 'successThreshold') ?? 1;
    const once =
      key !== 'readinessProbe' && success !== 1
        ? [fault.invalid(`${path}.${key}.successThreshold`, success, 'must be 1')]
        : [];
    const wrongPorts = ['httpGet', 'tcpSocket', 'grpc'].flatMap((one) =>
      probePortFaults(mapAt(probe, one)['port'], `${path}.${key}.${one}.port`),
    );
    return [...none, ...more, ...wrongPorts, ...once];
  });
}

function probePortFaults(port: Json | undefined, path: string): FieldFault[] {
  if (typeof port !== 'number') return [];
  return port > 0 && port <= 65_535 ? [] : [portRange(path, port)];
}

function resourceFaults(resources: JsonMap, path: string): FieldFault[] {
  const limits = mapAt(resources, 'limits');
  return Object.entries(mapAt(resources, 'requests')).flatMap(([resource, amount]) => {
    const limit = limits[resource];
    if (limit === undefined) return [];
    const above = (quantityNanos(plainText(amount)) ?? 0n) > (quantityNanos(plainText(limit)) ?? 0n);
    return above
      ? [
          fault.invalid(
            `${path}.requests`,
            amount,
            `must be less than or equal to ${resource} limit of ${plainText(limit)}`,
          ),
        ]
      : [];
  });
}
