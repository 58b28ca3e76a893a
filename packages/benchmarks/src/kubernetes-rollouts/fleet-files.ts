/** Where all components run. */
export const NAMESPACE = 'fleet';
/** A file may declare so many components. */
const COMPONENTS_PER_FILE = 64;

/** One `sluice.yaml` of the fleet, and the tracks of its components. */
export interface FleetFile {
  readonly application: string;
  readonly tracks: readonly string[];
  /** The text with an image of this version. */
  text(version: string): string;
}

/**
 * The files of so many components, each with so many pods and a canary of a quarter on the plain Service, in a judge step
 * that lasts for hours.
 */
export function fleetFiles(components: number, instances: number): readonly FleetFile[] {
  const files = Math.ceil(components / COMPONENTS_PER_FILE);
  return Array.from({ length: files }, (_, file) => {
    const application = `fleet${file}`;
    const count = Math.min(COMPONENTS_PER_FILE, components - file * COMPONENTS_PER_FILE);
    const names = Array.from({ length: count }, (_each, index) => `web${index}`);
    return {
      application,
      tracks: names.map((name) => `${application}/local/${name}`),
      text: (version) => textOf(application, names, version, instances),
    };
  });
}

function textOf(application: string, names: readonly string[], version: string, instances: number): string {
  const strategy = '{ canary: { phases: [ { share: 25%, hold: 4h } ] } }';
  const image = `"registry.example/web:${version}"`;
  const component = (name: string): string =>
    `{ image: ${image}, instances: ${instances}, route: { host: ${name}.${application}.example }, strategy: ${strategy} }`;
  return [
    `application: ${application}`,
    `target: { kubernetes: { cluster: default, namespace: ${NAMESPACE} } }`,
    'components:',
    ...names.map((name) => `  ${name}: ${component(name)}`),
    '',
  ].join('\n');
}
