/** The command that starts what was planned: the words of this one, without what is only for planning. */
import { quote } from '../../runtime/shell-word';

/** Options with a value that `execute` does not have, or that the plan itself decides. */
const LEFT_OUT = ['--workers', '--deadline', '--budget', '--from', '--name', '--batch-size'];
/** Options without a value. */
const FLAGS = ['--json'];

/** `words`: of this command, as the user typed them. `--sample` stays where it is a share of the keys. */
export function executeCommand(
  words: string[],
  {
    workers,
    batchSize,
    name,
    isWatched,
  }: { workers: number; batchSize: number; name: string; isWatched: boolean },
): string {
  const kept: string[] = [];
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? '';
    const [, option = word, value] = /^(--[\w-]+)=(.*)$/s.exec(word) ?? [];
    const given = value ?? words[index + 1] ?? '';
    const isCount = option === '--sample' && /^\d+$/.test(given);
    if (FLAGS.includes(option)) continue;
    if (LEFT_OUT.includes(option) || isCount) {
      if (value === undefined) index += 1;
      continue;
    }
    kept.push(quote(word));
  }
  const more = batchSize > 1 ? [`--batch-size ${batchSize}`] : [];
  const watch = isWatched ? ['--watch'] : [];
  return [
    'npx ts-node scripts/execute.ts',
    workers,
    ...kept,
    ...more,
    `--name ${quote(name)}`,
    ...watch,
  ].join(' ');
}
