import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { renderFinding } from './finding.ts';
import { tidy } from './tidy.ts';

const { values } = parseArgs({
  options: {
    update: { type: 'boolean', default: false },
    root: { type: 'string', default: fileURLToPath(new URL('../../../', import.meta.url)) },
  },
});

const startedAt = performance.now();
const { findings, filesRead, slack } = tidy(values.root, { update: values.update });
for (const finding of findings) console.log(renderFinding(finding));
for (const { name, value } of slack) {
  console.log(`note: ${name} is down to ${value}; \`npm run tidy -- --update\` keeps it there`);
}
const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
console.log(`tidy: ${findings.length} to mend in ${filesRead} files (${seconds} s)`);
process.exitCode = findings.length === 0 ? 0 : 1;
