/** Claims of a text with one in each line, `name: value` or `name=value`; a line without either is a claim of nothing. */
export function claimsOf(text: string): Readonly<Record<string, string>> {
  const lines = text.split('\n').map((line) => line.trim());
  return Object.fromEntries(
    lines
      .filter((line) => line !== '')
      .map((line) => {
        const end = line.search(/[:=]/);
        return end < 0 ? [line, ''] : [line.slice(0, end).trim(), line.slice(end + 1).trim()];
      }),
  );
}
