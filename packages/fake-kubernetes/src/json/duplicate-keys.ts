/** Which keys of a JSON text stand twice in one object, as dotted paths, each once. Only for text that is known to be JSON. */
export function duplicateKeys(text: string): string[] {
  const found = new Set<string>();
  const open: Level[] = [];
  const token = /"(?:[^"\\]|\\.)*"|[{}[\],:]/g;
  let last = '';
  for (let match = token.exec(text); match !== null; match = token.exec(text)) {
    const part = match[0];
    const top = open.at(-1);
    if (part === '{' || part === '[')
      open.push({ keys: part === '{' ? new Set() : undefined, path: pathBelow(top), index: 0, key: '' });
    else if (part === '}' || part === ']') open.pop();
    else if (part === ',' && top !== undefined) top.index += 1;
    else if (part === ':' && top?.keys !== undefined) note(top.keys, last, top, found);
    last = part;
  }
  return [...found];
}

/** An object or list that is not closed yet; lists have no keys. */
interface Level {
  readonly keys: Set<string> | undefined;
  readonly path: string;
  index: number;
  key: string;
}

function pathBelow(top: Level | undefined): string {
  if (top === undefined) return '';
  if (top.keys === undefined) return `${top.path}[${top.index}]`;
  return top.path === '' ? top.key : `${top.path}.${top.key}`;
}

function note(keys: Set<string>, quoted: string, top: Level, found: Set<string>): void {
  const key = JSON.parse(quoted) as string;
  top.key = key;
  if (keys.has(key)) found.add(pathBelow(top));
  keys.add(key);
}
