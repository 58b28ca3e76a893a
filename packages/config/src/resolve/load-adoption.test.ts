import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';

/** Reads a file in a process of its own and prints whether it was taken, and how many modules of the adoption it loaded. */
const READER = `
import { registerHooks } from 'node:module';
let adoption = 0;
registerHooks({ load: (url, context, next) => {
  if (url.includes('/kubernetes/src/adopt/') && !url.endsWith('/merged-differences.ts')) adoption += 1;
  return next(url, context);
} });
const { parseApplication } = await import(process.argv[1]);
const [, , text, baseDirectory] = process.argv;
const { ok } = parseApplication(text, { file: 'sluice.yaml', baseDirectory, checkFiles: true });
console.log(JSON.stringify({ ok, adoption }));
`;
const DEPLOYMENT = `apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec: { containers: [{ name: web, image: "web:1" }] }
`;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-adoption-'));
  await writeFile(join(folder, 'web.yaml'), DEPLOYMENT);
});
afterAll(() => rm(folder, { recursive: true }));

async function read(component: string): Promise<{ readonly ok: boolean; readonly adoption: number }> {
  const parser = new URL('../parse-application.ts', import.meta.url).href;
  const text = `application: shop\ntarget: kubernetes\ncomponents: { web: { ${component} } }\n`;
  const args = ['--input-type=module', '--eval', READER, parser, text, folder];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  return JSON.parse(stdout);
}

it('what understands manifests is loaded by a file that names some, and by no other', async () => {
  expect(await read('image: "web:1"')).toEqual({ ok: true, adoption: 0 });
  const adopted = await read('manifests: [ web.yaml ]');
  expect(adopted).toEqual({ ok: true, adoption: expect.any(Number) });
  expect(adopted.adoption).toBeGreaterThan(50);
});
