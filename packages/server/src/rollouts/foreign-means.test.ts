import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { releaseRequestSchema } from '@sluice/protocol/http/requests.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { componentVariables, FOREIGN_ENVIRONMENT } from '../checks/component-variables.ts';
import { declaredApplication } from './declared-application.ts';

const SECRET = 'what-only-this-machine-knows';
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-foreign-'));
  await writeFile(join(folder, 'there'), SECRET);
  await writeFile(join(folder, 'deployment.yaml'), `kind: ${SECRET}`);
});
afterAll(() => rm(folder, { recursive: true }));

const CLUSTER = 'image: ghcr.io/acme/web:1\n    port: 8080\n    target: kubernetes';

const refusalOf = (component: string, more = ''): string => {
  const text = `application: shop\ncomponents:\n  web:\n    ${component}\n${more}`;
  const request = releaseRequestSchema.parse({ text, file: 'sluice.yaml', baseDirectory: folder });
  const declared = declaredApplication(request, { isForeign: true });
  return declared.ok ? 'taken' : declared.refusal.detail;
};

describe('an organisation to which the machine does not belong', () => {
  it('runs nothing there', () => {
    expect(refusalOf('run: node server.js')).toContain('web would run on a machine');
  });

  it.each([
    ['is there', 'there'],
    ['is not there', 'missing'],
    ['lies elsewhere', '/etc/shadow'],
  ])('is not told whether a file %s, nor what it says', (_how, file) => {
    const secret = refusalOf(`${CLUSTER}\n    secrets: { TOKEN: { file: ${file} } }`);
    expect(secret).toContain('reads the secret TOKEN from a file');
    const mounted = refusalOf(`${CLUSTER}\n    kubernetes: { files: { /etc/x: ${file} } }`);
    const manifests = refusalOf(`manifests: [${file}]\n    target: kubernetes`);
    for (const said of [mounted, manifests]) {
      expect(said).toContain('would lie on the machine of the control plane');
      expect(said).not.toContain(SECRET);
    }
  });

  it('reads none of its variables', async () => {
    expect(refusalOf(`${CLUSTER}\n    secrets: { TOKEN: { environment: HOME } }`)).toContain(
      'reads the secret TOKEN from an environment',
    );
    const file = { from: 'file', path: join(folder, 'there') } as const;
    const variable = { from: 'environment', name: 'PATH' } as const;
    const read = await componentVariables(
      { env: {}, secrets: { FILE: file, VARIABLE: variable } },
      FOREIGN_ENVIRONMENT,
    );
    expect(read.secrets).toEqual({});
    expect(Object.keys(read.missing)).toEqual(['FILE', 'VARIABLE']);
  });

  it('has no command carried out there', () => {
    const checks = 'checks:\n  smoke: { command: cat /etc/shadow }\n';
    expect(refusalOf(CLUSTER, checks)).toContain('the check smoke is a command');
    const agents = `kind: agents\n    image: ghcr.io/acme/web:1\n    target: kubernetes\n    hooks: [{ name: look, at: before-task, command: id }]`;
    expect(refusalOf(agents)).toMatch(/is a command|hooks/);
  });

  it('names what is called for its evidence, with nothing that is read there', () => {
    const metrics = (more: string) =>
      `${CLUSTER}\n    kubernetes: { metrics: { prometheus: "https://metrics.example", ${more} } }`;
    expect(refusalOf(metrics('headers: { Authorization: { secret: metrics-token } }'))).toBe('taken');
    const read = 'of the metrics of web is read there';
    expect(refusalOf(metrics('headers: { Authorization: { file: there } }'))).toContain(read);
    expect(refusalOf(metrics('headers: { Authorization: { environment: HOME } }'))).toContain(read);
    expect(refusalOf(metrics('tls: { ca: there }'))).toContain('the certificates of the metrics of web');
    const measured = (header: string) =>
      `${CLUSTER}\n    strategy: { canary: { measurements: { quality: { web: { url: "https://q.example", headers: { Authorization: ${header} } } } } } }`;
    expect(refusalOf(measured('{ environment: HOME }'))).toContain(
      'the header authorization of the measurement quality of web is read there',
    );
  });

  it('releases into clusters as everybody does', () => {
    expect(refusalOf(CLUSTER)).toBe('taken');
  });
});
