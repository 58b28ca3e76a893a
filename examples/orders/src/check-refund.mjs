// A hook: reads what is about to happen, and forbids refunds of more than 80 euros.
const parts = [];
for await (const part of process.stdin) parts.push(part);
const { tool } = JSON.parse(Buffer.concat(parts).toString('utf8'));
const { euros } = tool.arguments;
const answer =
  euros > 80 ? { allow: false, reason: `${euros} euros are for a person to decide` } : { allow: true };
process.stdout.write(JSON.stringify(answer));
