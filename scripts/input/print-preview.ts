/** What `--dry-run` prints. */
import type { Preview } from '../../client';
import { formatSize } from '../../runtime/selector/text/size';

export function printPreview({ counts, message, first, tasks }: Preview, changed: boolean): void {
  const { selected, bytes, without_size, up_to_date } = counts;
  const rows: [string, string][] = [
    ['Objects', String(selected)],
    [
      'Bytes',
      without_size > 0 ? `unknown for ${without_size} objects of a list` : `${bytes} (${formatSize(bytes)})`,
    ],
    ['Tasks', String(tasks)],
  ];
  if (changed) rows.push(['Up to date', String(up_to_date)]);
  for (const [name, value] of rows) process.stdout.write(`${name.padEnd(12)} ${value}\n`);
  for (const key of first) process.stdout.write(`             ${key}\n`);
  if (selected > first.length) process.stdout.write(`             … and ${selected - first.length} more\n`);
  process.stdout.write(`${message} Nothing was started.\n`);
}
