import fc from 'fast-check';

const SURROGATES = { first: 0xd800, count: 0x800 };

/**
 * Any code point except surrogates, as fast-check's unit 'binary' gives. That unit first makes a table of a million, which takes seconds.
 */
export const codePoint = fc.integer({ min: 0, max: 0x10ffff - SURROGATES.count }).map(
  (index) => String.fromCodePoint(index < SURROGATES.first ? index : index + SURROGATES.count),
  (text) => {
    const [point, ...others] = [...String(text)].map((one) => one.codePointAt(0) ?? 0);
    if (point === undefined || others.length > 0) throw new Error('not one code point');
    return point < SURROGATES.first ? point : point - SURROGATES.count;
  },
);
