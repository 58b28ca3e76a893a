import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { generate } from './generate.ts';
import { generators } from './generators.ts';

const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } });
const root = fileURLToPath(new URL('../../..', import.meta.url));
const stale = await generate(root, generators, { check: values.check });

for (const { path, difference } of stale) {
  if (values.check) console.log(`${path} is not what its generator makes:\n${difference}`);
  else console.log(`wrote ${path}`);
}
console.log(
  `codegen: ${stale.length} of ${generators.length} generated files ${values.check ? 'are stale' : 'changed'}`,
);
process.exitCode = values.check && stale.length > 0 ? 1 : 0;
