// Counts and rates of countable things for people: `1,240`, `12.5k`, `3.1/s`, `40/h`.

export function formatCount(count: number): string {
  if (!Number.isFinite(count)) return '?';
  const value = Math.round(count);
  if (Math.abs(value) < 100_000) return String(value).replace(/\B(?=(\d{3})+$)/g, ',');
  return Math.abs(value) < 1e6 ? `${(value / 1e3).toFixed(0)}k` : `${(value / 1e6).toFixed(1)}M`;
}

export function formatCountRate(perSecond: number): string {
  if (Math.abs(perSecond) >= 0.1) return `${perSecond.toFixed(Math.abs(perSecond) < 10 ? 1 : 0)}/s`;
  return `${(perSecond * 3600).toFixed(0)}/h`;
}
