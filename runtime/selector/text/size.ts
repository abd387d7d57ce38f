/** Sizes as people write them. */
const UNITS: Record<string, number> = {
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
};

/** Bytes of `1048576`, `1MB` (1,000,000 bytes), `1.5 MiB`, in any case. Throws an Error that says what is allowed. */
export function parseSize(text: string): number {
  const [, number, unit = 'b'] = /^(\d+(?:\.\d+)?) ?([kmgt]?i?b)?$/i.exec(text.trim()) ?? [];
  const bytes = Math.round(Number(number) * (UNITS[unit.toLowerCase()] ?? Number.NaN));
  if (Number.isSafeInteger(bytes)) return bytes;
  throw new Error(
    `${JSON.stringify(text)} is not a size: give bytes, or a number with KB, MB, GB or TB (powers of 1,000), or with KiB, MiB, GiB or TiB (powers of 1,024), such as 1MB`,
  );
}

const NAMES = ['bytes', 'KB', 'MB', 'GB', 'TB'];

/** `1.2 MB`: three digits at most, powers of 1,000. */
export function formatSize(bytes: number): string {
  const power = Math.min(NAMES.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
  const number = (bytes / 1000 ** power).toLocaleString('en-US', { maximumSignificantDigits: 3 });
  return `${number} ${NAMES[power]}`;
}
