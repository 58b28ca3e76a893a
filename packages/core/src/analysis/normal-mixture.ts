/**
 * The boundary that a mean-zero sum with variance `v` crosses, on either side and at any time, with probability at
 * most alpha: the normal mixture of Robbins (Howard and others, Annals of Statistics 2021, equation 14), tuned to be
 * narrowest at `tunedFor`.
 */
export function normalMixtureBoundary(v: number, alpha: number, tunedFor: number): number {
  const rho = normalMixtureRho(tunedFor, alpha);
  return Math.sqrt((v + rho) * Math.log((v + rho) / (rho * alpha * alpha)));
}

/** The mixture's precision for which the boundary is about narrowest at `tunedFor` (equation 21 there). */
export function normalMixtureRho(tunedFor: number, alpha: number): number {
  const log = 2 * Math.log(1 / alpha);
  return tunedFor / (log + Math.log(1 + log));
}
