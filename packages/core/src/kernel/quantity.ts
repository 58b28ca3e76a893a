const BYTE_UNITS: Readonly<Record<string, number>> = {
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  Ki: 1024,
  Mi: 1024 ** 2,
  Gi: 1024 ** 3,
};

/** Reads `256Mi`, `1G`, `4096` as bytes; undefined when it is none of these. */
export function parseBytes(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)(Ki|Mi|Gi|k|M|G)?$/.exec(text.trim());
  return match ? Math.round(Number(match[1]) * (BYTE_UNITS[match[2] ?? ''] ?? 1)) : undefined;
}

/** Reads `500m` or `1.5` (cores) as thousandths of a core; undefined when it is neither. */
export function parseCpuMillis(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)(m)?$/.exec(text.trim());
  return match ? Math.round(Number(match[1]) * (match[2] ? 1 : 1000)) : undefined;
}
