/** `npm run bench -- SCENARIO… [--json]`: measures on this machine what the documentation says of speed and memory. */
import '../../scripts/cli/quiet';
import { Command } from 'commander';
import type { Measurement } from './measurement';
import { thumbnails } from './thumbnails';

const SCENARIOS: Record<string, () => Promise<Measurement[]>> = { thumbnails };

const command = new Command('bench')
  .argument('[scenario...]', `among ${Object.keys(SCENARIOS).join(', ')}; default: all`)
  .option('--json', 'print the measurements as JSON')
  .action(async (names: string[], { json }: { json?: boolean }) => {
    const unknown = names.find((name) => !Object.hasOwn(SCENARIOS, name));
    if (unknown !== undefined) command.error(`There is no scenario ${unknown}.`, { exitCode: 2 });
    const measured: Record<string, Measurement[]> = {};
    for (const [name, measure] of Object.entries(SCENARIOS)) {
      if (names.length === 0 || names.includes(name)) measured[name] = await measure();
    }
    if (json) console.log(JSON.stringify(measured));
    else for (const [name, rows] of Object.entries(measured)) print(name, rows);
  });

/** `share`: objects per second, as a share of those of the first row. */
function print(name: string, rows: Measurement[]): void {
  console.log(name);
  const rate = ({ objects, seconds }: Measurement) => objects / seconds;
  const [first] = rows;
  console.table(
    rows.map((row) => ({
      what: row.name,
      objects: row.objects,
      'objects/s': rate(row).toFixed(1),
      share: first ? (rate(row) / rate(first)).toFixed(2) : '',
      MiB: Math.round(row.mebibytes),
    })),
  );
}

void command.parseAsync();
