// Byte counts and rates for people: IEC units, because memory comes in powers of two. The only place that formats them.

const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const;

/** `0 B`, `812 B`, `3.2 MiB`, `-1.5 KiB`: three significant digits at most. */
export function formatBytes(bytes: number): string {
  if (!Number.isFinite(bytes)) return '? B';
  let value = Math.abs(bytes);
  let unit = 0;
  while (value >= 1023.95 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  const text = unit === 0 ? String(Math.round(value)) : value.toFixed(value < 99.95 ? 1 : 0);
  return `${bytes < 0 && Number(text) !== 0 ? '-' : ''}${text} ${units[unit]}`;
}

/** Per second while that is a readable number, per hour below it. */
export function formatByteRate(bytesPerSecond: number): string {
  if (Math.abs(bytesPerSecond) >= 1024) return `${formatBytes(bytesPerSecond)}/s`;
  return `${formatBytes(bytesPerSecond * 3600)}/h`;
}
