/** docs/client.md: its program works as it is, and its tables name what exists. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import * as client from '../../client';
import { Execution } from '../../client/execution';
import { ROOT } from '../../root';
import { synthesizeForTest, TestCloud } from '../support/cloud';

const PAGE = readFileSync(join(ROOT, 'docs', 'client.md'), 'utf8');
const [, PROGRAM = ''] = /```ts\n(.*?)```/s.exec(PAGE) ?? [];

describe('docs/client.md', () => {
  it('has a program of about 15 lines that processes a prefix, and type-checks', async () => {
    const lines = PROGRAM.split('\n').filter((line) => line.trim() !== '');
    expect(lines).to.have.length.within(10, 16);
    const stack = await synthesizeForTest({});
    const cloud = await TestCloud.start(stack.stackFolder);
    const folder = mkdtempSync(join(tmpdir(), 'program-'));
    try {
      await cloud.put(['data/a', 'data/b', 'data/c']);
      const program = join(folder, 'program.ts');
      // The program would be beside main.ts.
      writeFileSync(program, PROGRAM.replace("'./client'", JSON.stringify(join(ROOT, 'client'))));
      const project = join(folder, 'tsconfig.json');
      const typeRoots = [join(ROOT, 'node_modules', '@types')];
      writeFileSync(
        project,
        JSON.stringify({
          extends: join(ROOT, 'tsconfig.json'),
          // The files that `npm run check` keeps are for the project.
          compilerOptions: { typeRoots, types: ['node'], incremental: false, tsBuildInfoFile: null },
          include: ['program.ts'],
        }),
      );
      const node = (...args: string[]) =>
        promisify(execFile)(process.execPath, args, {
          cwd: ROOT,
          env: { ...process.env, ...cloud.cloud.environment },
        });
      await node(join(ROOT, 'node_modules', 'typescript-7', 'bin', 'tsc'), '--project', project);
      const tsNode = [require.resolve('ts-node/dist/bin'), '--project', join(ROOT, 'tsconfig.json')];
      const { stdout } = await node(...tsNode, program);
      expect(stdout)
        .to.match(/^ended 3 3$/m)
        .and.match(/^\{ succeeded: 3, skipped: 0, failed: 0 \}$/m);
    } finally {
      rmSync(folder, { recursive: true });
      await cloud.close();
      await stack.remove();
    }
  });

  it('names calls that exist, and every call and error', () => {
    const calls = [...PAGE.matchAll(/`(BatchProcessor|batch|execution)\.(\w+)\(/g)].map(
      ([, owner, name]) => `${owner}.${name}`,
    );
    const methodsOf = (of: object) =>
      Object.getOwnPropertyNames(of).filter((name) => typeof Reflect.get(of, name) === 'function');
    const isPublic = (name: string) => name !== 'constructor';
    const existing = [
      ...methodsOf(client.BatchProcessor).map((name) => `BatchProcessor.${name}`),
      ...methodsOf(client.BatchProcessor.prototype)
        .filter(isPublic)
        .map((name) => `batch.${name}`),
      ...methodsOf(Execution.prototype)
        .filter(isPublic)
        .map((name) => `execution.${name}`),
    ];
    expect([...new Set(calls)]).to.have.members(existing);
    const errors = Object.keys(client).filter(
      (name) => name.endsWith('Error') && name !== 'BatchProcessorError',
    );
    const documented = [...PAGE.matchAll(/^\| `(\w+Error)` \|/gm)].map(([, name]) => name);
    expect(documented).to.have.members(errors);
  });
});
