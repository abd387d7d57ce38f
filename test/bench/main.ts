/** `npm run bench -- [SCENARIO…] [--objects N] [--repeat N] [--json]`: ratios, each to a baseline that is measured beside it. */
import '../../scripts/cli/quiet';
import { Command, InvalidArgumentError } from 'commander';
import { type Figure, join, median, type Scenario } from './figure';
import { smallObjects } from './small-objects';
import { thumbnails } from './thumbnails';

const SCENARIOS: Record<string, Scenario> = { 'small-objects': smallObjects, thumbnails };

const positive = (text: string) => {
  if (!/^[1-9]\d{0,6}$/.test(text)) throw new InvalidArgumentError('It is not a whole number from 1 on.');
  return Number(text);
};

const command = new Command('bench')
  .argument('[scenario...]', `among ${Object.keys(SCENARIOS).join(', ')}; default: all`)
  .option('--objects <number>', 'objects of a run, where they are small', positive, 3000)
  .option('--repeat <number>', 'measure so often; median, least and most are shown', positive, 3)
  .option('--json', 'print the figures as JSON')
  .action(async (names: string[], options: { objects: number; repeat: number; json?: boolean }) => {
    const unknown = names.find((name) => !Object.hasOwn(SCENARIOS, name));
    if (unknown !== undefined) command.error(`There is no scenario ${unknown}.`, { exitCode: 2 });
    const figures: Figure[] = [];
    for (const [name, scenario] of Object.entries(SCENARIOS)) {
      if (names.length > 0 && !names.includes(name)) continue;
      const repetitions: Figure[][] = [];
      for (let round = 1; round <= options.repeat; round += 1) {
        console.error(`${name}: ${round} of ${options.repeat}`);
        repetitions.push(await scenario({ objects: options.objects }));
      }
      figures.push(...join(repetitions));
    }
    if (options.json) console.log(JSON.stringify(figures, null, 2));
    else for (const figure of figures) print(figure);
  });

function print({ name, values, aim, measured }: Figure): void {
  const spread = `${Math.min(...values).toFixed(2)} to ${Math.max(...values).toFixed(2)}`;
  const aimed = aim && ('atLeast' in aim ? `, aim: at least ${aim.atLeast}` : `, aim: at most ${aim.atMost}`);
  console.log(`${median(values).toFixed(2)}  ${name} (${spread}${aimed ?? ''})`);
  for (const [what, value] of Object.entries(measured)) console.log(`        ${what}: ${value.toFixed(2)}`);
}

void command.parseAsync();
