import { expect } from 'chai';
import { executeCommand } from '../../../scripts/plan/command-words';

const PLANNED = { workers: 8, batchSize: 20, name: 'plan-1', isWatched: false };
const command = (...words: string[]) => executeCommand(words, PLANNED);

describe('the command that starts a planned run', () => {
  it('has the words of the plan, without the options that are only for planning', () => {
    expect(
      command(
        'data/',
        '--deadline',
        '30m',
        '--sample',
        '20',
        '--processor',
        'gzip',
        '--json',
        '--from=run-1',
      ),
    ).to.equal('npx ts-node scripts/execute.ts 8 data/ --processor gzip --batch-size 20 --name plan-1');
  });

  it('keeps a share of the keys, and quotes for the shell', () => {
    expect(command('--sample=1%', '--sample=20', '', '--match', '**/*.jpg')).to.equal(
      "npx ts-node scripts/execute.ts 8 --sample=1% '' --match '**/*.jpg' --batch-size 20 --name plan-1",
    );
  });

  it('quotes a name: Step Functions allows more than letters', () => {
    expect(executeCommand(['a/'], { ...PLANNED, name: "it's(1)" })).to.include(" --name 'it'\\''s(1)'");
  });

  it('has no batch size of one, and follows the run if that is an option', () => {
    expect(
      executeCommand(['a/', '--batch-size', '5'], { ...PLANNED, batchSize: 1, isWatched: true }),
    ).to.equal('npx ts-node scripts/execute.ts 8 a/ --name plan-1 --watch');
  });
});
