/** Objects to process, as files of a bucket's folder. */
import { linkSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const MIB = 2 ** 20;

/** Objects of about 200 bytes. */
export function makeSmallObjects(folder: string, count: number): void {
  mkdirSync(folder, { recursive: true });
  for (let number = 0; number < count; number += 1) {
    const name = nameOf(number, 'txt');
    writeFileSync(join(folder, name), `${name} `.repeat(18));
  }
}

/** Writes files with recurring contents: the first `distinct` files are real, and the others are links to them in turn. */
export function makeFiles(folder: string, count: number, extension: string, contents: Uint8Array[]): void {
  mkdirSync(folder, { recursive: true });
  for (let number = 0; number < count; number += 1) {
    const file = join(folder, nameOf(number, extension));
    const content = contents[number];
    if (content) writeFileSync(file, content);
    else linkSync(join(folder, nameOf(number % contents.length, extension)), file);
  }
}

/** 1 MiB that looks like an access log. gzip compresses it to about a third. */
export function logLines(seed: number): Buffer {
  const random = generator(seed);
  const lines: string[] = [];
  for (let bytes = 0; bytes < MIB; ) {
    const [address, path, status, size] = [random(), random(), random(), random()];
    const line = `10.${address % 256}.${(address >> 8) % 256}.7 - - "GET /objects/${path.toString(16)}?part=${path % 9}" ${[200, 200, 200, 304, 404][status % 5]} ${size % 100_000}\n`;
    lines.push(line);
    bytes += line.length;
  }
  return Buffer.from(lines.join('')).subarray(0, MIB);
}

const nameOf = (number: number, extension: string) => `${String(number).padStart(6, '0')}.${extension}`;

/** The same numbers on every machine (xorshift, Marsaglia 2003): whole, from 0, below 2 ** 31. */
function generator(seed: number): () => number {
  let state = seed + 2_463_534_242;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 1;
  };
}
