/** However many read figures, whoever knows them is asked only so often, in milliseconds. */
const KEPT_MS = 2_000;
/** Who takes longer has no say in this reading of the figures, in milliseconds. */
const PATIENCE_MS = 2_000;

/** Reads at most once in a while; `otherwise` when there is no answer in time: no figure is better than an old one. */
export function keptReading<Figures>(
  read: () => Promise<Figures>,
  otherwise: Figures,
): () => Promise<Figures> {
  let last: { readonly at: number; readonly figures: Promise<Figures> } | undefined;
  return () => {
    const at = performance.now();
    if (!last || at - last.at > KEPT_MS) last = { at, figures: inTime(read, otherwise) };
    return last.figures;
  };
}

async function inTime<Figures>(read: () => Promise<Figures>, otherwise: Figures): Promise<Figures> {
  const { promise, resolve } = Promise.withResolvers<Figures>();
  const timer = setTimeout(resolve, PATIENCE_MS, otherwise);
  const figures = Promise.resolve()
    .then(read)
    .catch(() => otherwise);
  return Promise.race([figures, promise]).finally(() => clearTimeout(timer));
}
