/** The colours of charts are those of the style sheet, light or dark. */

export interface Colors {
  text: string;
  muted: string;
  line: string;
  success: string;
  skipped: string;
  failed: string;
}

const NAMES = ['text', 'muted', 'line', 'success', 'skipped', 'failed'] as const;

export function readColors(): Colors {
  const style = getComputedStyle(document.documentElement);
  return Object.fromEntries(
    NAMES.map((name) => [name, style.getPropertyValue(`--${name}`).trim()]),
  ) as unknown as Colors;
}

const dark = matchMedia('(prefers-color-scheme: dark)');

/** Called when the reader's system turns light or dark. */
export function onColorsChange(redraw: () => void): void {
  dark.addEventListener('change', redraw);
}
