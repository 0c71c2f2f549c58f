/**
 * Whether two samples can be told apart: the two-sided p of the rank-sum test (Mann and Whitney 1947), with the correction for ties and the
 * normal approximation, which holds from some twenty values on. It looks at ranks alone, so that the few slow answers of a busy machine
 * decide nothing.
 */
export function rankSumP(one, other) {
  const all = [...one.map((value) => [value, 0]), ...other.map((value) => [value, 1])].sort(([a], [b]) => a - b);
  let rankSum = 0;
  let ties = 0;
  for (let start = 0; start < all.length; ) {
    let end = start;
    while (end < all.length && all[end][0] === all[start][0]) end += 1;
    const rank = (start + end + 1) / 2;
    for (let index = start; index < end; index += 1) if (all[index][1] === 0) rankSum += rank;
    ties += (end - start) ** 3 - (end - start);
    start = end;
  }
  const [n, m, total] = [one.length, other.length, all.length];
  const u = rankSum - (n * (n + 1)) / 2;
  const deviation = Math.sqrt(((n * m) / 12) * (total + 1 - ties / (total * (total - 1))));
  // Every value the same: nothing tells them apart.
  if (deviation === 0) return 1;
  const z = Math.max(0, Math.abs(u - (n * m) / 2) - 0.5) / deviation;
  return Math.min(1, 2 * upperTail(z));
}

/** How much of a standard normal lies above z ≥ 0 (Abramowitz and Stegun 26.2.17: an error below 7.5e-8). */
function upperTail(z) {
  const t = 1 / (1 + 0.2316419 * z);
  const density = Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
  const coefficients = [0.31938153, -0.356563782, 1.781477937, -1.821255978, 1.330274429];
  return density * coefficients.reduce((sum, coefficient, index) => sum + coefficient * t ** (index + 1), 0);
}
